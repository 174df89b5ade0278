//! The floor of a benchmark: how fast the cryptographic jobs alone run on this machine, through
//! this crate.
//!
//! `floor --threads T --messages N --bytes B` times N digests (SHA-256 of B bytes) and N RSA-2048
//! verifications (e = 65537, SHA-256, PKCS#1 v1.5), in batches of 1,000 as a chunk of mail gives
//! them, on one thread and on T. Every answer is checked. `floor` is both jobs for every message:
//! no verifier built on them can be faster. Each is timed with the kernels this process uses
//! (`SMIMEBATCH_LANES`), which the first line names, and then with the library alone, as under
//! `SMIMEBATCH_LANES=off`.

#![expect(clippy::print_stdout, reason = "a program whose output is its purpose")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark"
)]

use smimebatch_crypto::digest::{self, Algorithm, LineEnds};
use smimebatch_crypto::lanes::{Choice, Kernels};
use smimebatch_crypto::signature::{self, Answer, Input, PublicKey, Scheme};
use std::sync::Barrier;
use std::time::{Duration, Instant};

/// Messages in a chunk of the pipeline.
const BATCH: usize = 1_000;

// A key and a signature made with Python's cryptography: "rsa-2048 sha256" of
// tests/crypto/signatures.txt.
const MODULUS: &str = concat!(
    "a15103444585eaf7556952c2e593874645cca9f44feba6a0a6b0f215e77707ae8a3166de2db9d133341a3e89b7",
    "9f2870551ed755ae2ce5b9a74b7ec84f9d6818ee632e2d5b6e0c8143d60a24bb7454150a1873f39fb70fb4d244",
    "ce5a5b78672c6295c95deeb8c307248e482b30bec79d6227f630fbcd49114e8d671cb6e5564624757b2c9e9917",
    "ceb46b9b18bfaca94d6827482e67b9f593a4fa41f7103434f623b16b3a0a634905d2f27dd92e71e9ab73f25543",
    "a21a845a24dbd711e20f9bda4b8d7f37e15840d499eec789b4669224159d9c4fd7a3497c6d099fb0a9d95b265a",
    "143f2b4ccb8abdbf8d200dddf034c7b4d8653341fabfcc967e0dbfaff8d349",
);
const SIGNED_DIGEST: &str = "536a82aaeb01f2a141c1529a57f830768e3bc27d21112a4ea282f1590ce46057";
const SIGNATURE: &str = concat!(
    "51c2a43c998694a0d9487a403b48b38a7d9a8612f5d0950621d90a9f813a1ee899ab852277a54c5657c4dffed9",
    "9ad40de59cbcf2875ff97fadda0f47ec233c6e1c7db164608088f8809699ea1dccefe99557af29842cd79ed1a6",
    "5f87ef61cbb78de8b218939a6001bfae92ddd9167131e2ca4ae415ced5453ae9e183589f7d14c8cb93681e5c92",
    "509ca4fe582a5da07818de2b44217f0d909145fc6bd2b7dc6e649f5da7f0e82d33289e88f7a645ec223624f320",
    "716d23841b5fe74f9bf1cda108094ba7e5af12cc645b3d31cdbac0d54f74101e8836749f71ab07cb4a09e808ab",
    "45073eec7680c07c9270228cafcccd85c7db7a173333798e4b12d1fc2b989a",
);

struct Arguments {
    threads: usize,
    messages: usize,
    bytes: usize,
}

fn main() {
    let arguments = read_arguments();
    let (lanes, library) = (Kernels::in_use(), Kernels::of(Choice::Off));
    println!("messages {}  bytes {}  lanes: {lanes}", arguments.messages, arguments.bytes);
    let mut thread_counts = vec![1, arguments.threads];
    thread_counts.dedup();
    for threads in thread_counts {
        println!("threads {threads}  {}", rates(threads, &arguments, lanes));
        println!("threads {threads}  library alone: {}", rates(threads, &arguments, library));
    }
}

fn rates(threads: usize, arguments: &Arguments, kernels: Kernels) -> String {
    let digests = |messages, ready: &_| time_digests(messages, arguments.bytes, kernels, ready);
    let digests = time(threads, digests, arguments);
    let checks = time(threads, |messages, ready| time_checks(messages, kernels, ready), arguments);
    let rate = |elapsed: Duration| arguments.messages as f64 / elapsed.as_secs_f64();
    format!(
        "sha256 {:.0}/s  rsa2048 {:.0}/s  floor {:.0} messages/s",
        rate(digests),
        rate(checks),
        rate(digests + checks)
    )
}

/// Shares the messages out over threads; the clock starts when all are set up, and the slowest
/// counts.
fn time(
    threads: usize,
    work: impl Fn(usize, &Barrier) -> Duration + Sync,
    arguments: &Arguments,
) -> Duration {
    let ready = Barrier::new(threads);
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|thread| {
                let more = usize::from(thread < arguments.messages % threads);
                let messages = arguments.messages / threads + more;
                let (work, ready) = (&work, &ready);
                scope.spawn(move || work(messages, ready))
            })
            .collect();
        running.into_iter().map(|thread| thread.join().unwrap()).max().unwrap()
    })
}

fn time_digests(messages: usize, bytes: usize, kernels: Kernels, ready: &Barrier) -> Duration {
    // As in a chunk, each message lies elsewhere: one buffer would flatter the cache.
    let chunk = vec![b'm'; bytes * BATCH];
    let pieces: Vec<[&[u8]; 1]> =
        (0..BATCH).map(|index| [&chunk[index * bytes..(index + 1) * bytes]]).collect();
    let expected = digest::one(Algorithm::Sha256, pieces[0][0]);
    let job = |pieces| digest::Job {
        algorithm: Algorithm::Sha256,
        pieces,
        line_ends: LineEnds::AsStored,
    };
    let jobs: Vec<_> = pieces.iter().map(|pieces| job(&pieces[..])).collect();
    ready.wait();
    let start = Instant::now();
    for size in batches(messages) {
        let digests = digest::many_with(&jobs[..size], kernels);
        assert!(digests.iter().all(|digest| *digest == expected));
    }
    start.elapsed()
}

fn time_checks(messages: usize, kernels: Kernels, ready: &Barrier) -> Duration {
    let key = PublicKey::rsa(&from_hex(MODULUS), &[1, 0, 1]).unwrap();
    let (digest, signature) = (from_hex(SIGNED_DIGEST), from_hex(SIGNATURE));
    let job = signature::Job {
        key: &key,
        scheme: Scheme::RsaPkcs1 { hash: Algorithm::Sha256 },
        input: Input::Digest(&digest),
        signature: &signature,
    };
    let jobs = vec![job; BATCH];
    ready.wait();
    let start = Instant::now();
    for size in batches(messages) {
        let answers = signature::verify_many_with(&jobs[..size], kernels);
        assert!(answers.iter().all(|answer| *answer == Answer::Valid));
    }
    start.elapsed()
}

/// Sizes of the batches that so many messages make.
fn batches(messages: usize) -> impl Iterator<Item = usize> {
    (0..messages).step_by(BATCH).map(move |done| BATCH.min(messages - done))
}

fn read_arguments() -> Arguments {
    let mut arguments = Arguments { threads: 1, messages: 50_000, bytes: 5_120 };
    let mut words = std::env::args().skip(1);
    while let Some(name) = words.next() {
        let value = words.next().and_then(|value| value.parse().ok());
        match (name.as_str(), value) {
            ("--threads", Some(threads @ 1..)) => arguments.threads = threads,
            ("--messages", Some(messages @ 1..)) => arguments.messages = messages,
            ("--bytes", Some(bytes)) => arguments.bytes = bytes,
            _ => {
                println!("usage: floor [--threads T] [--messages N] [--bytes B]; found {name}");
                std::process::exit(2);
            }
        }
    }
    arguments
}

fn from_hex(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}
