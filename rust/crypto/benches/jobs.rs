//! Batches of 256 jobs as a chunk of mail gives them: every kernel that this machine has beside the library alone.
//!
//! `cargo bench -p smimebatch-crypto`. Keys and signatures are those of the test vectors; every answer is checked.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, reason = "a benchmark")]

use std::collections::HashMap;
use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use smimebatch_crypto::digest::{self, Algorithm, LineEnds};
use smimebatch_crypto::lanes::{Choice, Kernels};
use smimebatch_crypto::signature::{self, Answer, Curve, Input, PublicKey, Scheme};

const JOBS: usize = 256;
/// What is hashed of a reference mail to verify it.
const CONTENT_BYTES: usize = 5_120;
const VECTORS: &str = include_str!("../tests/crypto/signatures.txt");

/// Every kernel of this machine, those of AVX2, none.
const CHOICES: [(&str, Choice); 3] =
    [("auto", Choice::Auto), ("avx2", Choice::Avx2), ("library", Choice::Off)];

fn digests(criterion: &mut Criterion) {
    let line = b"as stored with LF, sixty octets to a line and a little more\n";
    let chunk: Vec<u8> = line.iter().copied().cycle().take(CONTENT_BYTES * JOBS).collect();
    let pieces: Vec<[&[u8]; 1]> = chunk.chunks(CONTENT_BYTES).map(|content| [content]).collect();
    for (algorithm, line_ends, name) in [
        (Algorithm::Sha256, LineEnds::AsStored, "sha256"),
        (Algorithm::Sha256, LineEnds::LfToCrlf, "sha256 of LF as CRLF"),
        (Algorithm::Sha1, LineEnds::AsStored, "sha1"),
        (Algorithm::Sha512, LineEnds::AsStored, "sha512"),
    ] {
        let job = |pieces| digest::Job { algorithm, pieces, line_ends };
        let jobs: Vec<digest::Job<'_>> = pieces.iter().map(|pieces| job(&pieces[..])).collect();
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Bytes(chunk.len().try_into().unwrap()));
        let expected = digest::many_with(&jobs, Kernels::of(Choice::Off));
        each_choice(&mut group, |kernels| {
            assert_eq!(digest::many_with(black_box(&jobs), kernels), expected);
        });
    }
}

fn verifications(criterion: &mut Criterion) {
    for name in ["rsa-2048 sha256", "rsa-3072 sha256", "rsa-4096 sha256", "p256 sha256", "ed25519"]
    {
        let Some(case) = vector(name) else { continue };
        let bytes = |field: &str| from_hex(case[field]);
        let sha256 = Algorithm::Sha256;
        let (key, scheme) = match name {
            "ed25519" => (PublicKey::ed25519(&bytes("ed25519")), Scheme::Ed25519),
            "p256 sha256" => (PublicKey::ec(Curve::P256, &bytes("point")), Scheme::Ecdsa),
            _ => (PublicKey::rsa(&bytes("n"), &bytes("e")), Scheme::RsaPkcs1 { hash: sha256 }),
        };
        let (key, signature) = (key.unwrap(), bytes("signature"));
        let octets = bytes(if name == "ed25519" { "message" } else { "digest" });
        let pieces = [&octets[..]];
        let input =
            if name == "ed25519" { Input::Message(&pieces) } else { Input::Digest(&octets) };
        let jobs = vec![signature::Job { key: &key, scheme, input, signature: &signature }; JOBS];
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(JOBS.try_into().unwrap()));
        each_choice(&mut group, |kernels| {
            let answers = signature::verify_many_with(black_box(&jobs), kernels);
            assert!(answers.iter().all(|answer| *answer == Answer::Valid));
        });
    }
}

fn each_choice(group: &mut BenchmarkGroup<'_, WallTime>, work: impl Fn(Kernels)) {
    for (name, choice) in CHOICES {
        group.bench_function(name, |bencher| bencher.iter(|| work(Kernels::of(choice))));
    }
}

/// The fields of a test vector that `cryptography` made.
fn vector(name: &str) -> Option<HashMap<&'static str, &'static str>> {
    let title = format!("case: {name} (cryptography)\n");
    let case = VECTORS.split("\n\n").find(|case| case.starts_with(&title))?;
    Some(case.lines().filter_map(|line| line.split_once(": ")).collect())
}

fn from_hex(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

criterion_group!(benches, digests, verifications);
criterion_main!(benches);
