//! Big-endian numbers modulo one of 32 octets: the slow twin of the curves' arithmetic.

use crate::aws_lc::bignum::{Montgomery, Number, Temporaries};

pub(in crate::lanes) fn modulo(number_be: &[u8], modulus_be: &[u8; 32]) -> [u8; 32] {
    let [number, modulus] = [number_be, modulus_be].map(Number::from_be_bytes);
    let mut octets = [0; 32];
    let remainder = number.remainder(&modulus, &mut Temporaries::new());
    assert!(remainder.write_be_bytes(&mut octets));
    octets
}

pub(in crate::lanes) fn sum(a: &[u8; 32], b: &[u8; 32], modulus_be: &[u8; 32]) -> [u8; 32] {
    let (mut carry, mut sum) = (0, [0; 33]);
    for at in (0..32).rev() {
        carry += u16::from(a[at]) + u16::from(b[at]);
        sum[at + 1] = carry as u8;
        carry >>= 8;
    }
    sum[0] = carry as u8;
    modulo(&sum, modulus_be)
}

pub(in crate::lanes) fn negative(a: &[u8; 32], modulus_be: &[u8; 32]) -> [u8; 32] {
    let (a, mut borrow, mut left) = (modulo(a, modulus_be), 0, [0; 32]);
    for at in (0..32).rev() {
        let difference = i16::from(modulus_be[at]) - i16::from(a[at]) + borrow;
        left[at] = difference as u8;
        borrow = difference >> 8;
    }
    modulo(&left, modulus_be)
}

pub(in crate::lanes) fn product(a: &[u8; 32], b: &[u8; 32], modulus_be: &[u8; 32]) -> [u8; 32] {
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

pub(in crate::lanes) fn power(a: &[u8; 32], exponent: &[u8], modulus_be: &[u8; 32]) -> [u8; 32] {
    let base = modulo(a, modulus_be);
    let [base, exponent, modulus] = [&base[..], exponent, modulus_be].map(Number::from_be_bytes);
    let (mut power, mut temporaries) = (Number::new(), Temporaries::new());
    let montgomery = Montgomery::new(&modulus, &mut temporaries).unwrap();
    montgomery.power(&mut power, &base, &exponent, &modulus, &mut temporaries);
    let mut octets = [0; 32];
    assert!(power.write_be_bytes(&mut octets));
    octets
}

/// `1 / a` modulo a prime, and 0 for 0.
pub(in crate::lanes) fn inverse(a: &[u8; 32], prime_be: &[u8; 32]) -> [u8; 32] {
    power(a, &negative(&small(2), prime_be), prime_be)
}

pub(in crate::lanes) fn small(number: u8) -> [u8; 32] {
    std::array::from_fn(|at| if at == 31 { number } else { 0 })
}
