//! How fast each kernel runs on this machine, as a ratio to the library in the same minute.
//!
//! `rates rsa` times verifications of RSA keys of each size, warm (a key used again) and cold (a new
//! key for each signature), `rates curves` those of P-256 and Ed25519, and `rates digests` the digests of messages
//! of 5 KB and of 200 octets.
//! The ways take turns in short slices, of which the fastest counts. Every answer is checked.

#![expect(clippy::print_stdout, reason = "a program whose output is its purpose")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark"
)]

use smimebatch_crypto::digest::{self, Algorithm, LineEnds};
use smimebatch_crypto::lanes::{Choice, Kernels};
use smimebatch_crypto::signature::{self, Answer, Curve, Input, PublicKey, Scheme};
use std::collections::HashMap;
use std::time::Instant;

const SIGNATURES: &str = include_str!("../tests/crypto/signatures_lanes.txt");
const CURVE_SIGNATURES: &str = include_str!("../tests/crypto/signatures.txt");
/// Library first: the others are ratios to it.
const CHOICES: [Choice; 3] = [Choice::Off, Choice::Avx2, Choice::Avx512];
/// Jobs in a slice, a multiple of every group.
const JOBS: usize = 64;
const SLICES: usize = 60;

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("rsa") => rsa_rates(),
        Some("digests") => digest_rates(),
        Some("curves") => curve_rates(),
        other => {
            println!("usage: rates rsa|curves|digests; found {other:?}");
            std::process::exit(2);
        }
    }
}

/// The fastest of many slices of `work`, in jobs/s, for each choice.
fn rates(jobs: usize, mut work: impl FnMut(Kernels)) -> [f64; CHOICES.len()] {
    let mut fastest = [f64::MAX; CHOICES.len()];
    for _ in 0..SLICES {
        for (choice, fastest) in CHOICES.into_iter().zip(&mut fastest) {
            let kernels = Kernels::of(choice);
            let start = Instant::now();
            work(kernels);
            *fastest = fastest.min(start.elapsed().as_secs_f64());
        }
    }
    fastest.map(|elapsed| jobs as f64 / elapsed)
}

fn print(title: &str, unit: f64, rates: [f64; CHOICES.len()]) {
    let [library, avx2, avx512] = rates.map(|rate| rate * unit);
    let (twice, more) = (avx2 / library, avx512 / library);
    println!(
        "{title:<34} library {library:>9.0}  avx2 {avx2:>9.0} {twice:>5.2}x  avx512 {avx512:>9.0} {more:>5.2}x"
    );
}

fn rsa_rates() {
    println!("verifications/s; {}", Kernels::of(Choice::Auto));
    let cases = SIGNATURES.trim_end().split("\n\n").skip(1);
    for case in cases {
        let fields: HashMap<_, _> =
            case.lines().map(|line| line.split_once(": ").unwrap()).collect();
        let title = fields["case"].trim_end_matches(" (cryptography)");
        let octets = |name: &str| from_hex(fields[name]);
        let (n, e, digest, signature) =
            (octets("n"), octets("e"), octets("digest"), octets("signature"));
        if fields["scheme"] != "pkcs1" {
            continue;
        }
        let new_keys =
            || (0..JOBS).map(|_| PublicKey::rsa(&n, &e).unwrap()).collect::<Vec<PublicKey>>();
        let scheme = Scheme::RsaPkcs1 { hash: Algorithm::Sha256 };
        let input = Input::Digest(&digest);
        let check = |keys: &[PublicKey], kernels| check(keys, scheme, input, &signature, kernels);
        let keys = new_keys();
        print(&format!("{title} warm"), 1.0, rates(JOBS, |kernels| check(&keys, kernels)));
        print(&format!("{title} cold"), 1.0, rates(JOBS, |kernels| check(&new_keys(), kernels)));
    }
}

fn check(keys: &[PublicKey], scheme: Scheme, input: Input<'_>, signature: &[u8], kernels: Kernels) {
    let job = |key| signature::Job { key, scheme, input, signature };
    let jobs: Vec<_> = keys.iter().map(job).collect();
    let answers = signature::verify_many_with(&jobs, kernels);
    assert!(answers.iter().all(|answer| *answer == Answer::Valid));
}

fn curve_rates() {
    println!("verifications/s; {}", Kernels::of(Choice::Auto));
    for (name, scheme) in [("p256 sha256", Scheme::Ecdsa), ("ed25519", Scheme::Ed25519)] {
        let title = format!("case: {name} (cryptography)\n");
        let case = CURVE_SIGNATURES.split("\n\n").find(|case| case.starts_with(&title)).unwrap();
        let fields: HashMap<_, _> = case.lines().filter_map(|line| line.split_once(": ")).collect();
        let octets = |name: &str| from_hex(fields[name]);
        let is_ecdsa = scheme == Scheme::Ecdsa;
        let signed = octets(if is_ecdsa { "digest" } else { "message" });
        let (signature, pieces) = (octets("signature"), [&signed[..]]);
        let new_key = || match scheme {
            Scheme::Ecdsa => PublicKey::ec(Curve::P256, &octets("point")).unwrap(),
            _ => PublicKey::ed25519(&octets("ed25519")).unwrap(),
        };
        let new_keys = || (0..JOBS).map(|_| new_key()).collect::<Vec<PublicKey>>();
        let input = if is_ecdsa { Input::Digest(&signed) } else { Input::Message(&pieces) };
        let check = |keys: &[PublicKey], kernels| check(keys, scheme, input, &signature, kernels);
        let keys = new_keys();
        print(&format!("{name} warm"), 1.0, rates(JOBS, |kernels| check(&keys, kernels)));
        print(&format!("{name} cold"), 1.0, rates(JOBS, |kernels| check(&new_keys(), kernels)));
    }
}

fn digest_rates() {
    println!("MB/s; {}", Kernels::of(Choice::Auto));
    for bytes in [200, 5_120, 65_536] {
        // As in a chunk, each message lies elsewhere: one buffer would flatter the cache.
        let mut line = vec![b'm'; 76];
        line.push(b'\n');
        let chunk: Vec<u8> = line.iter().copied().cycle().take(bytes * JOBS).collect();
        let pieces: Vec<[&[u8]; 1]> =
            (0..JOBS).map(|index| [&chunk[index * bytes..(index + 1) * bytes]]).collect();
        for line_ends in [LineEnds::AsStored, LineEnds::LfToCrlf] {
            for algorithm in [
                Algorithm::Md5,
                Algorithm::Sha1,
                Algorithm::Sha256,
                Algorithm::Sha384,
                Algorithm::Sha512,
            ] {
                let jobs: Vec<_> = pieces
                    .iter()
                    .map(|pieces| digest::Job { algorithm, pieces, line_ends })
                    .collect();
                let expected = digest::many_with(&jobs, Kernels::of(Choice::Off));
                let work = |kernels| assert!(digest::many_with(&jobs, kernels) == expected);
                let unit = bytes as f64 / 1e6;
                print(&format!("{algorithm:?} {bytes} {line_ends:?}"), unit, rates(JOBS, work));
            }
        }
    }
}

fn from_hex(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}
