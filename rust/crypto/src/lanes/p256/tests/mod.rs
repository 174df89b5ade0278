//! Every way of computing against the library, and arithmetic against a slow twin.

mod arithmetic;
mod signatures;

use super::scalar::{self, Scalar, Words};

const N_BE: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6,
    0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];
const P_BE: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
];

/// Big-endian numbers modulo one of 32 octets: the slow twin.
mod slow {
    use crate::aws_lc::bignum::{Number, Temporaries};

    pub(super) fn modulo(number_be: &[u8], modulus_be: &[u8; 32]) -> [u8; 32] {
        let [number, modulus] = [number_be, modulus_be].map(Number::from_be_bytes);
        let mut octets = [0; 32];
        let remainder = number.remainder(&modulus, &mut Temporaries::new());
        assert!(remainder.write_be_bytes(&mut octets));
        octets
    }

    pub(super) fn sum(a: &[u8; 32], b: &[u8; 32], modulus_be: &[u8; 32]) -> [u8; 32] {
        let (mut carry, mut sum) = (0, [0; 33]);
        for at in (0..32).rev() {
            carry += u16::from(a[at]) + u16::from(b[at]);
            sum[at + 1] = carry as u8;
            carry >>= 8;
        }
        sum[0] = carry as u8;
        modulo(&sum, modulus_be)
    }

    pub(super) fn negative(a: &[u8; 32], modulus_be: &[u8; 32]) -> [u8; 32] {
        let (a, mut borrow, mut left) = (modulo(a, modulus_be), 0, [0; 32]);
        for at in (0..32).rev() {
            let difference = i16::from(modulus_be[at]) - i16::from(a[at]) + borrow;
            left[at] = difference as u8;
            borrow = difference >> 8;
        }
        modulo(&left, modulus_be)
    }

    pub(super) fn product(a: &[u8; 32], b: &[u8; 32], modulus_be: &[u8; 32]) -> [u8; 32] {
        let mut product = [0_u8; 64];
        for row in (0..32).rev() {
            let mut carry = 0;
            for at in (0..32).rev() {
                let place = &mut product[row + at + 1];
                let sum = u32::from(a[at]) * u32::from(b[row]) + u32::from(*place) + carry;
                *place = sum as u8;
                carry = sum >> 8;
            }
            product[row] = carry as u8;
        }
        modulo(&product, modulus_be)
    }
}

/// As a number that was received.
fn octets(words: &Words) -> [u8; 32] {
    let mut number_be = [0; 32];
    for (octets, word) in number_be.rchunks_mut(8).zip(words) {
        octets.copy_from_slice(&word.to_be_bytes());
    }
    number_be
}

fn small(number: u8) -> [u8; 32] {
    std::array::from_fn(|at| if at == 31 { number } else { 0 })
}

/// `a / b` modulo n, for b from 1 to n - 1.
fn quotient(a: &[u8; 32], b: &[u8; 32]) -> [u8; 32] {
    let mut inverse = [Scalar::of_signature(b).unwrap()];
    scalar::invert_all(&mut inverse);
    let a = Scalar::of_digest(a);
    octets(&scalar::multiples(&inverse[0], &a, &a)[0].words())
}
