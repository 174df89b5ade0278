//! The edges RULES names, and what does not go together.

use crate::vectors::{all, from_hex, named};
use smimebatch_crypto::digest::{self, Algorithm};
use smimebatch_crypto::signature::{
    Answer, Curve, Input, Job, KeyAlgorithm, KeyError, Mask, PublicKey, Scheme, verify_one,
};

#[test]
fn rule_10_digest_info_of_another_hash_of_the_same_length_is_invalid() {
    let vector = named("rsa-2048 sha256");
    let scheme = Scheme::RsaPkcs1 { hash: Algorithm::Sha512_256 };
    let answer = vector.answer_with(&vector.key, scheme, &vector.signed, &vector.signature);
    assert_eq!(answer, Answer::Invalid);
}

#[test]
fn rule_10_modulus_too_small_for_the_digest_is_invalid() {
    let vector = named("rsa-512 sha256");
    let scheme = Scheme::RsaPkcs1 { hash: Algorithm::Sha512 };
    let digest = digest::one(Algorithm::Sha512, b"");
    let answer = vector.answer_with(&vector.key, scheme, digest.as_bytes(), &vector.signature);
    assert_eq!(answer, Answer::Invalid);
}

#[test]
fn rule_11_other_salt_or_hash_is_invalid() {
    for vector in all() {
        let Scheme::RsaPss { hash, mask, salt_octets } = vector.scheme else {
            continue;
        };
        let mgf1 = [Algorithm::Sha1, Algorithm::Sha384].map(Mask::Mgf1);
        let mut schemes: Vec<Scheme> = [Mask::Shake128, Mask::Shake256]
            .into_iter()
            .chain(mgf1)
            .filter(|other| *other != mask)
            .map(|mask| Scheme::RsaPss { hash, mask, salt_octets })
            .collect();
        for salt_octets in [salt_octets + 1, salt_octets.wrapping_sub(1), u32::MAX] {
            schemes.push(Scheme::RsaPss { hash, mask, salt_octets });
        }
        for scheme in schemes {
            let answer = vector.answer_with(&vector.key, scheme, &vector.signed, &vector.signature);
            assert_eq!(answer, Answer::Invalid, "{} {scheme:?}", vector.title);
        }
    }
}

/// A DER INTEGER pair with the given contents octets.
fn pair(r: &[u8], s: &[u8]) -> Vec<u8> {
    let integer = |value: &[u8]| [&[0x02, value.len() as u8], value].concat();
    let body = [integer(r), integer(s)].concat();
    let head = if body.len() < 128 {
        vec![0x30, body.len() as u8]
    } else {
        vec![0x30, 0x81, body.len() as u8]
    };
    [head, body].concat()
}

/// The contents octets of r and s in a DER pair.
fn parts(signature: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let body = if signature[1] & 0x80 == 0 { &signature[2..] } else { &signature[3..] };
    let (r, rest) = body[2..].split_at(usize::from(body[1]));
    (r.to_vec(), rest[2..].to_vec())
}

#[test]
fn rule_12_every_form_but_strict_der_is_refused() {
    for vector in all() {
        if !matches!(vector.scheme, Scheme::Ecdsa | Scheme::Dsa) {
            continue;
        }
        let (r, s) = parts(&vector.signature);
        assert_eq!(pair(&r, &s), vector.signature);
        let padded = |value: &[u8]| [&[0], value].concat();
        let negative = |value: &[u8]| {
            let mut value = value.to_vec();
            value[0] |= 0x80;
            value
        };
        let unsigned = |value: &[u8]| {
            let zeros = value.iter().take_while(|octet| **octet == 0).count();
            value[zeros..].to_vec()
        };
        let mut indefinite = vec![0x30, 0x80];
        indefinite
            .extend([&[0x02, r.len() as u8], &r[..], &[0x02, s.len() as u8], &s[..]].concat());
        indefinite.extend([0, 0]);
        let mut long_length = vec![0x30, 0x82, 0x00, vector.signature.len() as u8 - 2];
        long_length.extend(&vector.signature[2..]);
        for (what, signature) in [
            ("non-minimal r", pair(&padded(&r), &s)),
            ("non-minimal s", pair(&r, &padded(&s))),
            ("zero r", pair(&[0], &s)),
            ("zero s", pair(&r, &[0])),
            ("zero both", pair(&[0], &[0])),
            ("empty r", pair(&[], &s)),
            ("negative r", pair(&negative(&r), &s)),
            ("negative s", pair(&r, &negative(&s))),
            ("raw r||s", [unsigned(&r), unsigned(&s)].concat()),
            ("indefinite length", indefinite),
            ("long length", long_length),
            ("one number", vec![0x30, 0x03, 0x02, 0x01, 0x01]),
            ("trailing number", {
                let mut three = pair(&r, &s);
                three.extend([0x02, 0x01, 0x01]);
                three
            }),
        ] {
            let answer = vector.answer(&vector.signed, &signature);
            assert_eq!(answer, Answer::Invalid, "{}: {what}", vector.title);
        }
    }
}

/// r + n and s + n are congruent to r and s, and must still be refused.
#[test]
fn rule_12_numbers_at_or_above_the_order_are_refused() {
    let orders = [
        ("p256", "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"),
        (
            "p384",
            concat!(
                "ffffffffffffffffffffffffffffffffffffffffffffffff",
                "c7634d81f4372ddf581a0db248b0a77aecec196accc52973"
            ),
        ),
        (
            "p521",
            concat!(
                "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa",
                "51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409"
            ),
        ),
    ];
    let mut cases: Vec<_> =
        orders.into_iter().map(|(curve, order)| (named(curve), from_hex(order))).collect();
    for title in ["dsa-1024", "dsa-2048", "dsa-3072"] {
        let vector = named(title);
        let q = vector.octets("q");
        cases.push((vector, q));
    }
    for (vector, order) in cases {
        let (r, s) = parts(&vector.signature);
        for signature in [pair(&sum(&r, &order), &s), pair(&r, &sum(&s, &order))] {
            let answer = vector.answer(&vector.signed, &signature);
            assert_eq!(answer, Answer::Invalid, "{}", vector.title);
        }
    }
}

/// The sum of two unsigned big-endian numbers as the contents octets of a DER INTEGER.
fn sum(a: &[u8], b: &[u8]) -> Vec<u8> {
    let octets = a.len().max(b.len()) + 1;
    let mut out = vec![0; octets];
    let mut carry = 0;
    for place in 0..octets {
        let digit = |number: &[u8]| {
            number.len().checked_sub(place + 1).map_or(0, |index| u16::from(number[index]))
        };
        let total = digit(a) + digit(b) + carry;
        out[octets - 1 - place] = total as u8;
        carry = total >> 8;
    }
    while out.len() > 1 && out[0] == 0 && out[1] < 0x80 {
        out.remove(0);
    }
    out
}

#[test]
fn rule_14_signature_shorter_than_the_modulus_is_left_padded() {
    let vector = named("rsa-1024 leading zero");
    assert_eq!((vector.signature.len(), vector.signature[0]), (128, 0));
    let short = &vector.signature[1..];
    assert_eq!(vector.answer(&vector.signed, short), Answer::Valid);
    assert_eq!(vector.answer(&vector.signed, &short[1..]), Answer::Invalid);
    let longer = [&[0], &vector.signature[..]].concat();
    assert_eq!(vector.answer(&vector.signed, &longer), Answer::Invalid);
}

#[test]
fn rule_14_signature_equal_to_or_above_the_modulus_is_invalid() {
    let vector = named("rsa-1024 sha1");
    let n = vector.octets("n");
    assert_eq!(vector.answer(&vector.signed, &n), Answer::Invalid);
    assert_eq!(vector.answer(&vector.signed, &vec![0xff; n.len()]), Answer::Invalid);
}

#[test]
fn rule_14_leading_zeros_of_key_numbers_change_nothing() {
    let vector = named("rsa-1024 sha1");
    let zeros = |name| [&[0, 0][..], &vector.octets(name)].concat();
    let key = PublicKey::rsa(&zeros("n"), &zeros("e")).unwrap();
    assert_eq!(key.bits(), 1024);
    let answer = vector.answer_with(&key, vector.scheme, &vector.signed, &vector.signature);
    assert_eq!(answer, Answer::Valid);
}

#[test]
fn ec_compressed_and_hybrid_points_verify_and_broken_points_are_malformed() {
    for (name, curve) in [("p256", Curve::P256), ("p384", Curve::P384), ("p521", Curve::P521)] {
        let vector = named(name);
        let point = vector.octets("point");
        let compressed = vector.octets("compressed");
        let mut hybrid = point.clone();
        hybrid[0] = 0x06 | (compressed[0] & 1);
        for form in [&point, &compressed, &hybrid] {
            let key = PublicKey::ec(curve, form).unwrap();
            assert_eq!(key.algorithm(), KeyAlgorithm::Ec(curve));
            assert_eq!(key.bits(), curve.bits());
            let answer = vector.answer_with(&key, vector.scheme, &vector.signed, &vector.signature);
            assert_eq!(answer, Answer::Valid);
        }
        let mut off_curve = point.clone();
        *off_curve.last_mut().unwrap() ^= 1;
        let mut wrong_hybrid = hybrid.clone();
        wrong_hybrid[0] ^= 1;
        let beyond_prime = [vec![0x04], vec![0xff; point.len() - 1]].concat();
        let longer = [&point[..], &[0]].concat();
        let all_zero = vec![0; point.len()];
        let malformed: [&[u8]; 9] = [
            &[],
            &[0x00],
            &[0x04],
            &off_curve,
            &wrong_hybrid,
            &beyond_prime,
            &longer,
            &point[..point.len() - 1],
            &all_zero,
        ];
        for form in malformed {
            assert_eq!(PublicKey::ec(curve, form).err(), Some(KeyError::Malformed), "{form:02x?}");
        }
    }
    let p256 = named("p256").octets("point");
    assert_eq!(PublicKey::ec(Curve::P384, &p256).err(), Some(KeyError::Malformed));
}

#[test]
fn dsa_hostile_parameters_are_refused() {
    let vector = named("dsa-2048");
    let [p, q, g, y] = ["p", "q", "g", "y"].map(|name| vector.octets(name));
    let minus_one = {
        let mut number = p.clone();
        *number.last_mut().unwrap() &= 0xfe;
        number
    };
    let one: &[u8] = &[1];
    let zero: &[u8] = &[0];
    let even_q = {
        let mut number = q.clone();
        *number.last_mut().unwrap() ^= 1;
        number
    };
    let other_q = {
        let mut number = q.clone();
        *number.last_mut().unwrap() ^= 2;
        number
    };
    let malformed: [[&[u8]; 4]; 15] = [
        [&[], &[], &[], &[]],
        [zero, &q, &g, &y],
        [&p, zero, &g, &y],
        [&minus_one, &q, &g, &y],
        [&p, &even_q, &g, &y],
        [&p, &other_q, &g, &y],
        [&p, &p, &g, &y],
        [&q, &p, &g, &y],
        [&p, &q, zero, &y],
        [&p, &q, one, &y],
        [&p, &q, &p, &y],
        [&p, &q, &minus_one, &y],
        [&p, &q, &g, one],
        [&p, &q, &g, &minus_one],
        [&p, &q, &g, &[2]],
    ];
    for numbers in malformed {
        let [p, q, g, y] = numbers;
        assert_eq!(PublicKey::dsa(p, q, g, y).err(), Some(KeyError::Malformed));
    }
    let huge = vec![0xff; 1_251];
    assert_eq!(PublicKey::dsa(&huge, &q, &g, &y).err(), Some(KeyError::Unsupported));
    let enormous = vec![0xff; 1 << 20];
    assert_eq!(PublicKey::dsa(&p, &q, &g, &enormous).err(), Some(KeyError::Unsupported));
    assert_eq!(PublicKey::dsa(&p, &[0x0b], &g, &y).err(), Some(KeyError::Unsupported));
}

#[test]
fn rule_13_ed25519_message_in_pieces_verifies() {
    let vector = named("ed25519");
    let (first, rest) = vector.signed.split_at(10);
    let answer = |pieces: &[&[u8]]| {
        verify_one(&Job {
            key: &vector.key,
            scheme: Scheme::Ed25519,
            input: Input::Message(pieces),
            signature: &vector.signature,
        })
    };
    assert_eq!(answer(&[first, b"", rest]), Answer::Valid);
    assert_eq!(answer(&[rest, first]), Answer::Invalid);
    assert_eq!(answer(&[]), Answer::Invalid);
}

/// RFC 8032 §7.1, tests 1 (empty message) and 2.
#[test]
fn ed25519_vectors_of_rfc_8032_are_valid() {
    for (key, message, signature) in [
        (
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            concat!(
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155",
                "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
            ),
        ),
        (
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            concat!(
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da",
                "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
            ),
        ),
    ] {
        let key = PublicKey::ed25519(&from_hex(key)).unwrap();
        assert_eq!((key.algorithm(), key.bits()), (KeyAlgorithm::Ed25519, 256));
        let message = from_hex(message);
        let job = Job {
            key: &key,
            scheme: Scheme::Ed25519,
            input: Input::Message(&[&message]),
            signature: &from_hex(signature),
        };
        assert_eq!(verify_one(&job), Answer::Valid);
    }
}

#[test]
fn verify_one_scheme_key_and_input_that_do_not_match_are_unsupported() {
    let sha256 = Algorithm::Sha256;
    let schemes = [
        Scheme::RsaPkcs1 { hash: sha256 },
        Scheme::RsaPss { hash: sha256, mask: Mask::Mgf1(sha256), salt_octets: 32 },
        Scheme::RsaPkcs1 { hash: Algorithm::Shake256 },
        Scheme::Dsa,
        Scheme::Ecdsa,
        Scheme::Ed25519,
        Scheme::Ed448,
        Scheme::MlDsa,
        Scheme::SlhDsa,
    ];
    let digest = [7; 32];
    let titles = ["rsa-2048 sha256", "dsa-2048 sha256", "p256 sha256", "brainpoolP320t1"];
    for title in titles.into_iter().chain(["ed25519", "ed448", "ml-dsa-65", "slh-dsa-sha2-128s"]) {
        let vector = named(title);
        for scheme in schemes {
            let digest_job = Job {
                key: &vector.key,
                scheme,
                input: Input::Digest(&digest),
                signature: &vector.signature,
            };
            let matches = match vector.key.algorithm() {
                KeyAlgorithm::Rsa => match scheme {
                    Scheme::RsaPkcs1 { hash } => hash == sha256,
                    Scheme::RsaPss { .. } => true,
                    _ => false,
                },
                KeyAlgorithm::Dsa => scheme == Scheme::Dsa,
                KeyAlgorithm::Ec(_) => scheme == Scheme::Ecdsa,
                _ => false,
            };
            let expected = if matches { Answer::Invalid } else { Answer::Unsupported };
            assert_eq!(verify_one(&digest_job), expected, "{title} {scheme:?}");
            let message_job = Job { input: Input::Message(&[&digest]), ..digest_job };
            let expected = match (vector.key.algorithm(), scheme) {
                (KeyAlgorithm::Ed25519, Scheme::Ed25519)
                | (KeyAlgorithm::Ed448, Scheme::Ed448)
                | (KeyAlgorithm::MlDsa(_), Scheme::MlDsa)
                | (KeyAlgorithm::SlhDsa(_), Scheme::SlhDsa) => Answer::Invalid,
                _ => Answer::Unsupported,
            };
            assert_eq!(verify_one(&message_job), expected, "{title} {scheme:?}");
        }
    }
}

#[test]
fn verify_one_digest_of_wrong_length_is_unsupported() {
    let rsa = named("rsa-2048 sha256");
    for length in [0, 20, 31, 33, 64] {
        let answer = rsa.answer(&vec![0; length], &rsa.signature);
        assert_eq!(answer, Answer::Unsupported);
    }
    for title in ["p256", "dsa-2048"] {
        let vector = named(title);
        assert_eq!(vector.answer(&[], &vector.signature), Answer::Unsupported);
    }
}

#[test]
fn rule_14_check_of_a_large_key_costs_what_it_takes() {
    let odd = |bits: usize| [vec![0xff; bits / 8 - 1], vec![0xfd]].concat();
    let cost =
        |bits: usize, exponent: &[u8]| PublicKey::rsa(&odd(bits), exponent).unwrap().check_cost();
    for bits in [512, 1_024, 2_048, 4_096, 8_192] {
        assert_eq!(cost(bits, &[1, 0, 1]), 1, "{bits}");
    }
    assert_eq!(cost(4_096, &[0xff; 8]), 1);
    assert_eq!(cost(8_192, &[0xff; 8]), 4);
    assert_eq!(cost(16_384, &[1, 0, 1]), 4);
    assert_eq!(cost(16_384, &[0xff; 8]), 16);
    assert_eq!(cost(3_072, &[0xff; 383]), 26);
}
