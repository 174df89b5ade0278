//! Private keys: what they are made of, what is refused, what they show, and agreement.

use crate::known::cases;
use crate::transport;
use crate::vectors::from_hex;
use smimebatch_crypto::agreement::{AgreementError, agree};
use smimebatch_crypto::kem::{KemError, MlKem, decapsulate, encapsulate};
use smimebatch_crypto::private_key::{PrivateKey, PrivateKeyAlgorithm, RsaFactors, RsaNumbers};
use smimebatch_crypto::signature::{Curve, KeyError, PublicKey};

fn algorithms() -> Vec<PrivateKeyAlgorithm> {
    use PrivateKeyAlgorithm::{Ec, Ed448, Ed25519, MlKem as Kem, X448, X25519};
    let others = [X25519, X448, Ed25519, Ed448];
    Curve::all().map(Ec).chain(others).chain(MlKem::ALL.map(Kem)).collect()
}

#[test]
fn rule_40a_debug_shows_algorithm_and_size_only() {
    let case = &cases("rejection 2048", 9)[0];
    let key = transport::key(case, true);
    assert_eq!(format!("{key:?}"), "PrivateKey(Rsa, 2048 bits)");
    assert_eq!(format!("{key:#?}"), "PrivateKey(Rsa, 2048 bits)");
    for algorithm in algorithms() {
        let key = PrivateKey::generate(algorithm).unwrap();
        let expected = format!("PrivateKey({algorithm:?}, {} bits)", key.bits());
        assert_eq!(format!("{key:?}"), expected);
    }
    let factors = RsaFactors {
        prime_1: &[0xab; 64],
        prime_2: &[0xab; 64],
        exponent_1: &[0xab; 64],
        exponent_2: &[0xab; 64],
        coefficient: &[0xab; 64],
    };
    let numbers = RsaNumbers {
        modulus: &[0xab; 128],
        public_exponent: &[3],
        private_exponent: &[0xab; 128],
        factors: Some(factors),
    };
    assert_eq!(format!("{numbers:?} {factors:?}"), "RsaNumbers(128 octets) RsaFactors(64 octets)");
}

#[test]
fn public_key_bits_are_openssl_s() {
    for case in cases("public ", 4) {
        let private = case.octets("private");
        let key = match case.title() {
            "public x25519" => PrivateKey::x25519(&private),
            "public x448" => PrivateKey::x448(&private),
            "public ed25519" => PrivateKey::ed25519(&private),
            "public ed448" => PrivateKey::ed448(&private),
            other => panic!("{other}"),
        };
        assert_eq!(key.unwrap().public_key_bits(), case.octets("public"), "{}", case.title());
    }
}

#[test]
fn public_points_and_agreed_secrets_are_openssl_s() {
    for case in cases("agreement ", 5) {
        let curve = case.curve();
        let key = PrivateKey::ec(curve, &case.octets("private")).unwrap();
        assert_eq!(key.public_key_bits(), case.octets("public"), "{curve:?}");
        let secret = agree(&key, &case.octets("peer")).unwrap();
        assert_eq!(secret.as_bytes(), case.octets("secret"), "{curve:?}");
    }
}

#[test]
fn agreement_is_the_same_from_both_sides() {
    for algorithm in algorithms() {
        let [one, other] = [(); 2].map(|()| PrivateKey::generate(algorithm).unwrap());
        assert_eq!((one.algorithm(), other.algorithm()), (algorithm, algorithm));
        assert_ne!(one.public_key_bits(), other.public_key_bits());
        let secret = agree(&one, other.public_key_bits());
        match algorithm {
            PrivateKeyAlgorithm::Ec(_)
            | PrivateKeyAlgorithm::X25519
            | PrivateKeyAlgorithm::X448 => {
                let octets = one.bits().div_ceil(8) as usize;
                assert_eq!(secret.as_ref().unwrap().len(), octets, "{algorithm:?}");
                assert_eq!(agree(&other, one.public_key_bits()), secret, "{algorithm:?}");
                for wrong in [&[][..], &[0], &[4; 9], &other.public_key_bits()[1..]] {
                    assert_eq!(agree(&one, wrong), Err(AgreementError::Peer), "{algorithm:?}");
                }
            }
            _ => assert_eq!(secret, Err(AgreementError::Unusable)),
        }
        if let PrivateKeyAlgorithm::Ec(curve) = algorithm {
            assert!(PublicKey::ec(curve, one.public_key_bits()).is_ok());
            let mut off_curve = other.public_key_bits().to_vec();
            *off_curve.last_mut().unwrap() ^= 1;
            assert_eq!(agree(&one, &off_curve), Err(AgreementError::Peer), "{algorithm:?}");
        }
    }
    let rsa = transport::key(&cases("rejection 1024", 9)[0], true);
    assert_eq!(agree(&rsa, &[4; 65]), Err(AgreementError::Unusable));
    let generated = PrivateKey::generate(PrivateKeyAlgorithm::Rsa);
    assert_eq!(generated.err(), Some(KeyError::Unsupported));
}

/// A hexadecimal number of a curve's domain.
fn number(hex: &str) -> Vec<u8> {
    from_hex(&format!("{}{hex}", "0".repeat(hex.len() % 2)))
}

#[test]
fn ec_scalar_must_be_from_1_to_the_order_less_1() {
    for curve in Curve::all() {
        let order = number(curve.domain().order);
        let mut last = order.clone();
        *last.last_mut().unwrap() -= 1;
        let made = |scalar: &[u8]| PrivateKey::ec(curve, scalar).map(|_| ());
        assert_eq!(made(&last), Ok(()), "{curve:?}");
        assert_eq!(made(&[&[0; 9], &last[..]].concat()), Ok(()), "{curve:?}");
        for wrong in [&[][..], &[0], &[0; 80], &order, &[0xff; 80]] {
            assert_eq!(made(wrong), Err(KeyError::Malformed), "{curve:?}");
        }
        let base = PrivateKey::ec(curve, &[1]).unwrap();
        let octets = curve.bits().div_ceil(8) as usize;
        let coordinate = |hex| {
            let number = number(hex);
            [vec![0; octets - number.len()], number].concat()
        };
        let domain = curve.domain();
        let expected = [vec![4], coordinate(domain.x), coordinate(domain.y)].concat();
        assert_eq!(base.public_key_bits(), expected, "{curve:?}");
    }
}

#[test]
fn rsa_numbers_that_do_not_fit_each_other_are_malformed() {
    let case = &cases("rejection 1024", 9)[0];
    let numbers = ["n", "e", "d", "p", "q", "dp", "dq", "qinv"].map(|name| case.octets(name));
    let made = |numbers: &[Vec<u8>; 8], has_factors: bool| {
        let [n, e, d, p, q, dp, dq, qinv] = numbers;
        let factors = has_factors.then_some(RsaFactors {
            prime_1: p,
            prime_2: q,
            exponent_1: dp,
            exponent_2: dq,
            coefficient: qinv,
        });
        let numbers = RsaNumbers { modulus: n, public_exponent: e, private_exponent: d, factors };
        PrivateKey::rsa(&numbers).map(|key| (key.algorithm(), key.bits()))
    };
    for has_factors in [true, false] {
        let right = made(&numbers, has_factors);
        assert_eq!(right, Ok((PrivateKeyAlgorithm::Rsa, 1024)));
        for at in 0..if has_factors { 8 } else { 3 } {
            let mut wrong = numbers.clone();
            // Two more, so that what was odd is odd.
            *wrong[at].last_mut().unwrap() ^= 2;
            assert_eq!(made(&wrong, has_factors), Err(KeyError::Malformed), "{at}");
            wrong[at] = Vec::new();
            assert_eq!(made(&wrong, has_factors), Err(KeyError::Malformed), "{at}");
        }
        let padded = numbers.clone().map(|number| [vec![0; 5], number].concat());
        assert_eq!(made(&padded, has_factors), right);
    }
}

/// RFC 8017 §A.1.1, as the public key's own parser would read it: n and e lie at their places.
#[test]
fn rsa_public_key_bits_hold_both_numbers() {
    for bits in ["1024", "1025", "1032", "2048", "3072"] {
        let case = &cases(&format!("rejection {bits}"), 9)[0];
        let key = transport::key(case, true);
        assert_eq!(key.bits().to_string(), bits);
        let octets = key.public_key_bits();
        assert_eq!(octets[0], 0x30);
        let (before, e) = octets.split_at(octets.len() - 5);
        assert_eq!(e, [2, 3, 1, 0, 1]);
        assert!(before.ends_with(&case.octets("n")));
    }
}

#[test]
fn octets_of_another_length_are_malformed() {
    for octets in 0..=70 {
        let key = vec![octets as u8 + 1; octets];
        assert_eq!(PrivateKey::x25519(&key).is_ok(), octets == 32);
        assert_eq!(PrivateKey::x448(&key).is_ok(), octets == 56);
        assert_eq!(PrivateKey::ed25519(&key).is_ok(), octets == 32);
        assert_eq!(PrivateKey::ed448(&key).is_ok(), octets == 57);
        for set in MlKem::ALL {
            assert_eq!(PrivateKey::ml_kem_seed(set, &key).is_ok(), octets == 64);
            let expanded = PrivateKey::ml_kem_expanded(set, &key).err();
            assert_eq!(expanded, Some(KeyError::Malformed));
        }
    }
}

#[test]
fn encapsulated_secret_is_decapsulated_and_a_changed_ciphertext_gives_another() {
    for set in MlKem::ALL {
        let key = PrivateKey::generate(PrivateKeyAlgorithm::MlKem(set)).unwrap();
        assert_eq!(key.public_key_bits().len(), set.public_key_octets());
        let made = encapsulate(set, key.public_key_bits()).unwrap();
        assert_eq!(made.ciphertext.len(), set.ciphertext_octets());
        assert_eq!(decapsulate(&key, &made.ciphertext).unwrap(), made.shared_secret);
        let mut changed = made.ciphertext.clone();
        changed[3] ^= 1;
        let rejected = decapsulate(&key, &changed).unwrap();
        assert_ne!(rejected, made.shared_secret);
        assert_eq!(decapsulate(&key, &changed).unwrap(), rejected);
        assert_eq!(decapsulate(&key, &changed[1..]), Err(KemError::Malformed));
        assert_eq!(encapsulate(set, &key.public_key_bits()[1..]), Err(KemError::Malformed));
        let other = PrivateKey::generate(PrivateKeyAlgorithm::X25519).unwrap();
        assert_eq!(decapsulate(&other, &changed), Err(KemError::Unusable));
    }
}
