//! Every case of signatures.txt, signatures_rare.txt and signatures_lanes.txt (see generate.py and so
//! on): valid as it is, invalid with anything changed.

use smimebatch_crypto::digest::Algorithm;
use smimebatch_crypto::signature::{
    Answer, Curve, Input, Job, Mask, MlDsa, PublicKey, Scheme, SlhDsa, verify_many, verify_one,
};
use std::collections::HashMap;

const SIGNATURES: [&str; 3] = [
    include_str!("signatures.txt"),
    include_str!("signatures_rare.txt"),
    include_str!("signatures_lanes.txt"),
];

/// A case with its key made.
pub(crate) struct Vector {
    pub(crate) title: &'static str,
    pub(crate) fields: HashMap<&'static str, &'static str>,
    pub(crate) key: PublicKey,
    pub(crate) scheme: Scheme,
    /// Digest, or message where the scheme takes that.
    pub(crate) signed: Vec<u8>,
    pub(crate) signature: Vec<u8>,
}

impl Vector {
    pub(crate) fn octets(&self, name: &str) -> Vec<u8> {
        from_hex(self.fields[name])
    }

    pub(crate) fn answer(&self, signed: &[u8], signature: &[u8]) -> Answer {
        self.answer_with(&self.key, self.scheme, signed, signature)
    }

    pub(crate) fn answer_with(
        &self,
        key: &PublicKey,
        scheme: Scheme,
        signed: &[u8],
        signature: &[u8],
    ) -> Answer {
        let pieces = [signed];
        let input = input(scheme, signed, &pieces);
        verify_one(&Job { key, scheme, input, signature })
    }
}

pub(crate) fn input<'a>(scheme: Scheme, signed: &'a [u8], pieces: &'a [&'a [u8]]) -> Input<'a> {
    if takes_message(scheme) { Input::Message(pieces) } else { Input::Digest(signed) }
}

/// RULES 13.
fn takes_message(scheme: Scheme) -> bool {
    matches!(scheme, Scheme::Ed25519 | Scheme::Ed448 | Scheme::MlDsa | Scheme::SlhDsa)
}

pub(crate) fn from_hex(hex: &str) -> Vec<u8> {
    assert!(hex.len().is_multiple_of(2));
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

pub(crate) fn hash(name: &str) -> Algorithm {
    match name {
        "md2" => Algorithm::Md2,
        "md5" => Algorithm::Md5,
        "ripemd160" => Algorithm::Ripemd160,
        "sha1" => Algorithm::Sha1,
        "sha224" => Algorithm::Sha224,
        "sha256" => Algorithm::Sha256,
        "sha384" => Algorithm::Sha384,
        "sha512" => Algorithm::Sha512,
        "sha512_256" => Algorithm::Sha512_256,
        other => panic!("hash {other}"),
    }
}

pub(crate) fn all() -> Vec<Vector> {
    let cases = SIGNATURES.iter().flat_map(|text| text.trim_end().split("\n\n").skip(1));
    cases
        .map(|case| {
            let fields: HashMap<_, _> =
                case.lines().map(|line| line.split_once(": ").unwrap()).collect();
            vector(fields)
        })
        .collect()
}

pub(crate) fn named(start: &str) -> Vector {
    all().into_iter().find(|vector| vector.title.starts_with(start)).expect(start)
}

fn vector(fields: HashMap<&'static str, &'static str>) -> Vector {
    let octets = |name: &str| from_hex(fields[name]);
    let curve = || match fields["curve"] {
        "prime192v1" => Curve::P192,
        "secp224r1" => Curve::P224,
        // OpenSSL's names are the enum's, but for the first letter.
        name => {
            let is_it = |curve: &Curve| format!("{curve:?}").eq_ignore_ascii_case(name);
            Curve::all().find(is_it).expect(name)
        }
    };
    let ml_dsa = || match fields["set"] {
        "ml-dsa-44" => MlDsa::MlDsa44,
        "ml-dsa-65" => MlDsa::MlDsa65,
        "ml-dsa-87" => MlDsa::MlDsa87,
        other => panic!("set {other}"),
    };
    let slh_dsa = || match fields["set"] {
        "slh-dsa-sha2-128s" => SlhDsa::Sha2_128s,
        "slh-dsa-shake-128s" => SlhDsa::Shake128s,
        other => panic!("set {other}"),
    };
    let (key, scheme) = match fields["scheme"] {
        "pkcs1" => (
            PublicKey::rsa(&octets("n"), &octets("e")),
            Scheme::RsaPkcs1 { hash: hash(fields["hash"]) },
        ),
        "pss" => {
            let salt_octets = u32::from_str_radix(fields["salt"], 16).unwrap();
            let scheme = Scheme::RsaPss {
                hash: hash(fields["hash"]),
                mask: Mask::Mgf1(hash(fields["mgf1"])),
                salt_octets,
            };
            (PublicKey::rsa(&octets("n"), &octets("e")), scheme)
        }
        "dsa" => {
            (PublicKey::dsa(&octets("p"), &octets("q"), &octets("g"), &octets("y")), Scheme::Dsa)
        }
        "ecdsa" => (PublicKey::ec(curve(), &octets("point")), Scheme::Ecdsa),
        "ed25519" => (PublicKey::ed25519(&octets("ed25519")), Scheme::Ed25519),
        "ed448" => (PublicKey::ed448(&octets("key")), Scheme::Ed448),
        "ml-dsa" => (PublicKey::ml_dsa(ml_dsa(), &octets("key")), Scheme::MlDsa),
        "slh-dsa" => (PublicKey::slh_dsa(slh_dsa(), &octets("key")), Scheme::SlhDsa),
        other => panic!("scheme {other}"),
    };
    let signed = octets(if takes_message(scheme) { "message" } else { "digest" });
    let signature = octets("signature");
    Vector {
        title: fields["case"],
        key: key.expect(fields["case"]),
        scheme,
        signed,
        signature,
        fields,
    }
}

#[test]
fn verify_one_signature_of_other_implementation_is_valid() {
    let vectors = all();
    assert_eq!(vectors.len(), 159);
    for vector in &vectors {
        let answer = vector.answer(&vector.signed, &vector.signature);
        assert_eq!(answer, Answer::Valid, "{}", vector.title);
    }
}

#[test]
fn verify_one_anything_changed_is_invalid() {
    for vector in all() {
        let octets = vector.signature.len();
        for index in [0, 1, octets / 2, octets - 1] {
            let mut signature = vector.signature.clone();
            signature[index] ^= 0x04;
            let answer = vector.answer(&vector.signed, &signature);
            assert_eq!(answer, Answer::Invalid, "{} octet {index}", vector.title);
        }
        let mut signed = vector.signed.clone();
        signed[0] ^= 0x80;
        assert_eq!(vector.answer(&signed, &vector.signature), Answer::Invalid, "{}", vector.title);
        let longer = [&vector.signature[..], &[0]].concat();
        assert_eq!(vector.answer(&vector.signed, &longer), Answer::Invalid, "{}", vector.title);
        let longer = [&[0], &vector.signature[..]].concat();
        assert_eq!(vector.answer(&vector.signed, &longer), Answer::Invalid, "{}", vector.title);
        let shorter = &vector.signature[..octets - 1];
        assert_eq!(vector.answer(&vector.signed, shorter), Answer::Invalid, "{}", vector.title);
        assert_eq!(vector.answer(&vector.signed, &[]), Answer::Invalid, "{}", vector.title);
    }
}

#[test]
fn verify_many_good_and_bad_mixed_answers_in_job_order_on_every_thread() {
    let vectors = all();
    let pieces: Vec<[&[u8]; 1]> = vectors.iter().map(|vector| [&vector.signed[..]]).collect();
    let mut jobs = Vec::new();
    let mut expected = Vec::new();
    for (index, (vector, pieces)) in vectors.iter().zip(&pieces).enumerate() {
        let good = index % 3 != 0;
        // A bad job borrows the signature of the case before it.
        let other = &vectors[(index + vectors.len() - 1) % vectors.len()];
        jobs.push(Job {
            key: &vector.key,
            scheme: vector.scheme,
            input: input(vector.scheme, &vector.signed, pieces),
            signature: if good { &vector.signature } else { &other.signature },
        });
        expected.push(if good { Answer::Valid } else { Answer::Invalid });
    }
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(verify_many(&jobs), expected));
        }
    });
}
