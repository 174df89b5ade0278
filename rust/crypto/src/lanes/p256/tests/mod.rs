//! Every way of computing against the library, and arithmetic against a slow twin.

mod arithmetic;
mod signatures;

use super::scalar::{self, Scalar};
use crate::lanes::curves::Words;

const N_BE: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6,
    0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];
const P_BE: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
];

/// As a number that was received.
fn octets(words: &Words) -> [u8; 32] {
    let mut number_be = [0; 32];
    for (octets, word) in number_be.rchunks_mut(8).zip(words) {
        octets.copy_from_slice(&word.to_be_bytes());
    }
    number_be
}

/// `a / b` modulo n, for b from 1 to n - 1.
fn quotient(a: &[u8; 32], b: &[u8; 32]) -> [u8; 32] {
    let mut inverse = [Scalar::of_signature(b).unwrap()];
    scalar::invert_all(&mut inverse);
    let a = Scalar::of_digest(a);
    octets(&scalar::multiples(&inverse[0], &a, &a)[0].words())
}
