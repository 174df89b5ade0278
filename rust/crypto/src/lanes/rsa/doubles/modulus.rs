//! A modulus in balanced digits, and the multiples of it that the reduction adds.

use super::{DIGIT_BITS, DIGIT_COUNTS, SPARE_BITS};
use crate::aws_lc;
use crate::lanes::limbs::{self, mask};
use crate::lanes::rsa::Constants;

/// What the kernel needs to know of an odd modulus n, in balanced digits.
pub(crate) struct Modulus {
    /// In digits from 0 to 2^50.
    plain: Box<[u64]>,
    pub(super) n: Box<[f64]>,
    /// (n k + 1) / 2^200 for k = -1/n mod 2^200, between -2^199 and 2^199.
    pub(super) n4: Box<[f64]>,
    /// (n k + 1) / 2^50 for k = -1/n mod 2^50, between -2^49 and 2^49.
    pub(super) n1: Box<[f64]>,
    /// R² mod n, for R = 2^(50 D).
    pub(super) r_squared: Box<[f64]>,
    /// -1/n mod 2^50, between -2^49 and 2^49.
    pub(super) negated_inverse: f64,
}

impl Constants for Modulus {
    fn new(key: &aws_lc::rsa::Key) -> Option<Self> {
        let fits =
            |digits: &&usize| key.modulus_bits() + SPARE_BITS <= DIGIT_BITS * **digits as u32;
        let digits = *DIGIT_COUNTS.iter().find(fits)?;
        let cut = |number_be: &[u8]| {
            let mut number = vec![0; digits].into_boxed_slice();
            limbs::from_be_bytes::<DIGIT_BITS>(number_be, &mut number);
            number
        };
        let plain = cut(key.modulus_be());
        let r_squared = cut(&key.power_of_two_mod_n(2 * DIGIT_BITS as usize * digits));
        let lowest = plain.first().copied().unwrap_or_default();
        let inverse = limbs::negated_inverse::<DIGIT_BITS>(lowest);
        Some(Self {
            n: balanced(&plain, false),
            n4: friendly(&plain, inverse, 4),
            n1: friendly(&plain, inverse, 1),
            r_squared: balanced(&r_squared, false),
            negated_inverse: balance(inverse as i64).0 as f64,
            plain,
        })
    }

    fn digits(&self) -> usize {
        self.plain.len()
    }
}

impl Modulus {
    /// The number of those balanced digits, above -2n and below 2n, in digits from 0 and below n.
    pub(super) fn reduced<const D: usize>(&self, balanced: &[f64; D]) -> [u64; D] {
        let mut carry = 0;
        let mut number = balanced.map(|digit| {
            let sum = digit as i64 + carry;
            carry = sum >> DIGIT_BITS;
            sum as u64 & mask::<DIGIT_BITS>()
        });
        // Below zero, the number is 2^(50 D) too large; n at most twice brings it above.
        while carry < 0 {
            let mut carried = 0;
            for (digit, more) in number.iter_mut().zip(&self.plain) {
                let sum = *digit + more + carried;
                carried = sum >> DIGIT_BITS;
                *digit = sum & mask::<DIGIT_BITS>();
            }
            carry += carried as i64;
        }
        if !limbs::is_below(&number, &self.plain) {
            limbs::subtract::<DIGIT_BITS>(&mut number, &self.plain);
        }
        number
    }
}

/// A digit between -2^49 and 2^49, and what is carried, of any sum.
fn balance(sum: i64) -> (i64, i64) {
    let carry = (sum + (1 << (DIGIT_BITS - 1))) >> DIGIT_BITS;
    (sum - (carry << DIGIT_BITS), carry)
}

/// The balanced digits of a number, or of its negative. The highest takes what is left.
fn balanced(plain: &[u64], is_negated: bool) -> Box<[f64]> {
    let mut carried = 0;
    let mut digits: Vec<i64> = plain
        .iter()
        .map(|digit| {
            let (digit, carry) = balance(*digit as i64 + carried);
            carried = carry;
            digit
        })
        .collect();
    if let Some(highest) = digits.last_mut() {
        *highest += carried << DIGIT_BITS;
    }
    let sign = if is_negated { -1 } else { 1 };
    digits.into_iter().map(|digit| (sign * digit) as f64).collect()
}

/// (n k + 1) / 2^(50 `steps`) for k = -1/n modulo that power and between its halves.
///
/// That is what `steps` steps of a Montgomery reduction make of 1, their multipliers being the
/// digits of k as a positive number; n less for a k that should be negative.
fn friendly(n: &[u64], negated_inverse: u64, steps: usize) -> Box<[f64]> {
    let mut reduced = vec![0; n.len()];
    let mut multiplier = 0;
    for step in 0..steps {
        let one = u64::from(step == 0);
        let lowest = one + reduced.first().copied().unwrap_or_default();
        multiplier = lowest.wrapping_mul(negated_inverse) & mask::<DIGIT_BITS>();
        let mut carry = u128::from(one);
        for (place, digit) in n.iter().enumerate() {
            let here = reduced.get(place).copied().unwrap_or_default();
            let sum = u128::from(*digit) * u128::from(multiplier) + u128::from(here) + carry;
            carry = sum >> DIGIT_BITS;
            if let Some(below) = place.checked_sub(1).and_then(|below| reduced.get_mut(below)) {
                *below = sum as u64 & mask::<DIGIT_BITS>();
            }
        }
        if let Some(highest) = reduced.last_mut() {
            *highest = carry as u64;
        }
    }
    if multiplier < 1 << (DIGIT_BITS - 1) {
        return balanced(&reduced, false);
    }
    let mut missing = n.to_vec();
    limbs::subtract::<DIGIT_BITS>(&mut missing, &reduced);
    balanced(&missing, true)
}
