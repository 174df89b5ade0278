//! Whether a number is a prime: the test of Miller and Rabin (FIPS 186-5 §B.3.1), its bases out of a hash of the number.
//!
//! AWS-LC has the test too, with bases of a random generator, whose start alone takes 35 ms. These are as good: whoever
//! looks for a composite number that passes changes all of them with every number that he tries.

use super::bignum::{Montgomery, Number, Temporaries};
use crate::digest::{self, Algorithm};
use std::cmp::Ordering;

/// Each takes a composite number for a prime once in four times at most.
const ROUNDS: u8 = 64;
/// Octets of the largest number that is asked about: an order of DSA.
const MOST_OCTETS: usize = 32;

/// Whether an odd number above 3, of 256 bits at most, is a prime; one that is not passes once in 2^128 times.
pub(super) fn is_prime(number: &Number, temporaries: &mut Temporaries) -> bool {
    let mut octets = [0; MOST_OCTETS];
    let Some(montgomery) = Montgomery::new(number, temporaries) else { return false };
    if !number.write_be_bytes(&mut octets) {
        return false;
    }
    // number - 1 = odd · 2^twos.
    let mut less_one = octets;
    less_one[MOST_OCTETS - 1] ^= 1;
    let twos = trailing_zeros(&less_one);
    let odd = Number::from_be_bytes(&shifted_right(&less_one, twos));
    let (less_one, two) = (Number::from_be_bytes(&less_one), Number::from_be_bytes(&[2]));
    let is_less_one = |power: &Number| power.compare(&less_one) == Ordering::Equal;
    (0..ROUNDS).all(|round| {
        let hash = digest::one(Algorithm::Sha256, &[&octets[..], &[round]].concat());
        let base = Number::from_be_bytes(hash.as_bytes()).remainder(number, temporaries);
        if base.is_zero() || base.is_one() || is_less_one(&base) {
            return true;
        }
        let mut power = Number::new();
        montgomery.power(&mut power, &base, &odd, number, temporaries);
        if power.is_one() || is_less_one(&power) {
            return true;
        }
        (1..twos).any(|_| {
            let mut square = Number::new();
            montgomery.power(&mut square, &power, &two, number, temporaries);
            power = square;
            is_less_one(&power)
        })
    })
}

fn trailing_zeros(number_be: &[u8]) -> u32 {
    let zeros = number_be.iter().rev().take_while(|octet| **octet == 0).count();
    let first = number_be.iter().rev().nth(zeros).map_or(0, |octet| octet.trailing_zeros());
    8 * zeros as u32 + first
}

fn shifted_right(number_be: &[u8], bits: u32) -> Vec<u8> {
    let kept = number_be.len().saturating_sub(bits as usize / 8);
    let mut above = 0_u16;
    let shift = |octet: &u8| {
        let pair = above << 8 | u16::from(*octet);
        above = pair & 0xff;
        (pair >> (bits % 8)) as u8
    };
    number_be.iter().take(kept).map(shift).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(number_be: &[u8]) -> bool {
        is_prime(&Number::from_be_bytes(number_be), &mut Temporaries::new())
    }

    fn is_prime_by_division(number: u32) -> bool {
        (2..).take_while(|divisor| divisor * divisor <= number).all(|it| !number.is_multiple_of(it))
    }

    #[test]
    fn prime_orders_are_primes_and_their_neighbours_are_not() {
        // The order of P-256 (SP 800-186 §3.2.1.3), and 2^160 - 47.
        let order = [
            0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
            0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63,
            0x25, 0x51,
        ];
        let mut below = [0xff; 20];
        below[19] = 0xd1;
        for prime in [&order[..], &below] {
            assert!(found(prime));
            let mut next = prime.to_vec();
            *next.last_mut().unwrap() += 2;
            assert!(!found(&next));
        }
    }

    /// Composite numbers that are hard to tell: of Carmichael, and strong pseudoprimes to the first bases.
    #[test]
    fn prime_is_no_pseudoprime() {
        for number in [561_u64, 1_105, 2_047, 3_215_031_751, 3_825_123_056_546_413_051] {
            assert!(!found(&number.to_be_bytes()), "{number}");
        }
    }

    #[test]
    fn prime_is_nothing_even_or_too_large() {
        assert!(!found(&[4]) && !found(&[0]) && !found(&[0xff; 33]));
    }

    proptest! {
        #[test]
        fn prime_equals_slow_twin(number in 2_u32..0x4000_0000) {
            let number = 2 * number + 1;
            prop_assert_eq!(found(&number.to_be_bytes()), is_prime_by_division(number));
        }

        #[test]
        fn shifted_right_by_its_zeros_is_odd(number in 1_u128..) {
            let octets = number.to_be_bytes();
            let zeros = trailing_zeros(&octets);
            prop_assert_eq!(zeros, number.trailing_zeros());
            let shifted = shifted_right(&octets, zeros);
            let value = shifted.iter().fold(0_u128, |value, octet| value << 8 | u128::from(*octet));
            prop_assert_eq!(value, number >> zeros);
        }
    }
}
