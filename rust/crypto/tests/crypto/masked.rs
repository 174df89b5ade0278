//! CPUs without what kernels are made for: this very program, run by an emulator of older ones.
//!
//! Needs `qemu-x86_64` (qemu-user 7.2 or later, which knows AVX2).

use crate::vectors::{all, input};
use smimebatch_crypto::digest::{self, Algorithm, LineEnds};
#[cfg(target_arch = "x86_64")]
use smimebatch_crypto::lanes::Choice;
use smimebatch_crypto::lanes::Kernels;
use smimebatch_crypto::signature::{Answer, Job, verify_many_with};

/// Runs here and in the emulator.
#[test]
fn kernels_in_use_answer_right() {
    eprintln!("in use: {}", Kernels::in_use());
    for title in ["rsa-2048 sha256", "p256 sha256", "ed25519"] {
        let title = format!("{title} (cryptography)");
        let vector = all().into_iter().find(|vector| vector.title == title).unwrap();
        let (signed, other) = (&vector.signed[..], [1; 32]);
        let pieces = [[signed], [&other[..]], [signed], [signed]];
        let job = |pieces| {
            let [signed]: &[&[u8]; 1] = pieces;
            let input = input(vector.scheme, signed, pieces);
            Job { key: &vector.key, scheme: vector.scheme, input, signature: &vector.signature }
        };
        let expected = [Answer::Valid, Answer::Invalid, Answer::Valid, Answer::Valid];
        let jobs = pieces.each_ref().map(job);
        assert_eq!(verify_many_with(&jobs, Kernels::in_use()), expected, "{title}");
    }
    let pieces = [[&b"one\ntwo\n"[..]]; 16];
    for algorithm in [Algorithm::Md5, Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512] {
        let line_ends = LineEnds::LfToCrlf;
        let jobs = pieces.each_ref().map(|pieces| digest::Job { algorithm, pieces, line_ends });
        let expected = vec![digest::one(algorithm, b"one\r\ntwo\r\n"); jobs.len()];
        assert_eq!(digest::many_with(&jobs, Kernels::in_use()), expected, "{algorithm:?}");
    }
}

/// CPU, choice, and what that comes to.
#[cfg(target_arch = "x86_64")]
const CPUS: [(&str, Choice, &str); 3] = [
    ("Nehalem", Choice::Auto, NONE),
    ("Nehalem", Choice::Avx512, NONE),
    (
        "Haswell",
        Choice::Auto,
        "rsa 4 x AVX2 and FMA, ecdsa p256 library, ed25519 library, sha1 library, sha256 8 x AVX2, \
         sha384 4 x AVX2, sha512 4 x AVX2, md5 8 x AVX2, line ends library, base64 library",
    ),
];
#[cfg(target_arch = "x86_64")]
const NONE: &str = "rsa library, ecdsa p256 library, ed25519 library, sha1 library, sha256 library, \
                    sha384 library, sha512 library, md5 library, line ends library, base64 library";

#[cfg(target_arch = "x86_64")]
#[test]
fn cpu_without_vectors_falls_back_and_answers_the_same() {
    for (cpu, choice, expected) in CPUS {
        let run = std::process::Command::new("qemu-x86_64")
            .args(["-cpu", cpu])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", "masked::kernels_in_use_answer_right", "--nocapture"])
            .env(smimebatch_crypto::lanes::VARIABLE, choice.name())
            .output();
        let Ok(run) = run else {
            let said = "a CPU without vectors: there is no qemu-x86_64";
            assert!(std::env::var_os("TESTS_NO_SKIP").is_none(), "NOT TESTED: {said}");
            eprintln!("NOT TESTED: {said}");
            return;
        };
        let text = String::from_utf8_lossy(&run.stderr);
        assert!(run.status.success(), "{cpu} {choice:?}: {text}");
        assert!(text.contains(&format!("in use: {expected}\n")), "{cpu} {choice:?}: {text}");
    }
}
