//! The cases of envelopes.txt (see generate_envelopes.py), by the start of their titles.

use crate::vectors::from_hex;
use smimebatch_crypto::cipher::Cipher;
use smimebatch_crypto::digest::Algorithm;
use smimebatch_crypto::signature::Curve;
use std::collections::HashMap;

/// One case.
pub(crate) struct Case(HashMap<&'static str, &'static str>);

impl Case {
    pub(crate) fn title(&self) -> &'static str {
        self.0["case"]
    }

    pub(crate) fn octets(&self, name: &str) -> Vec<u8> {
        from_hex(self.0[name])
    }

    pub(crate) fn number(&self, name: &str) -> u32 {
        self.0[name].parse().unwrap()
    }

    pub(crate) fn hash(&self, name: &str) -> Algorithm {
        match self.0[name] {
            "sha3_256" => Algorithm::Sha3_256,
            name => crate::vectors::hash(name),
        }
    }

    pub(crate) fn curve(&self) -> Curve {
        match self.0["curve"] {
            "secp256r1" => Curve::P256,
            "secp384r1" => Curve::P384,
            "secp521r1" => Curve::P521,
            "brainpoolP384r1" => Curve::BrainpoolP384r1,
            "secp256k1" => Curve::Secp256k1,
            other => panic!("curve {other}"),
        }
    }

    pub(crate) fn cipher(&self) -> Cipher {
        match self.0["cipher"] {
            "aes128" => Cipher::Aes128,
            "aes192" => Cipher::Aes192,
            "aes256" => Cipher::Aes256,
            "des" => Cipher::Des,
            "3des" => Cipher::TripleDes,
            "rc2" => Cipher::Rc2 { effective_bits: 128 },
            "cast5" => Cipher::Cast5,
            "camellia128" => Cipher::Camellia128,
            "camellia192" => Cipher::Camellia192,
            "camellia256" => Cipher::Camellia256,
            "seed" => Cipher::Seed,
            "idea" => Cipher::Idea,
            other => panic!("cipher {other}"),
        }
    }
}

/// As many cases as are expected, so that a file cut short shows.
pub(crate) fn cases(start: &str, count: usize) -> Vec<Case> {
    let text = include_str!("envelopes.txt").trim_end();
    let cases: Vec<Case> = text
        .split("\n\n")
        .skip(1)
        .map(|case| Case(case.lines().map(|line| line.split_once(": ").unwrap()).collect()))
        .filter(|case| case.title().starts_with(start))
        .collect();
    assert_eq!(cases.len(), count, "{start}");
    cases
}
