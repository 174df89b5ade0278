//! Montgomery arithmetic on doubles, four numbers at once, over any [`Doubles`].
//!
//! A number is D digits of 50 bits, each from -2^49 to 2^49. The product of two digits is taken
//! apart by two multiply-adds: the first is rounded to a multiple of 2^50, the high digit, and the
//! second gives the exact rest. Both come out as a double whose bits, read as an integer, are the
//! digit plus a constant, so columns are summed as integers, and what constants a column will meet
//! is taken from its first value ([`Start`]). Up to four products share one pair of high and low:
//! 4 · 2^99 is within the 2^101 that fit the high one, and four errors of 2^49 within the 2^51 of
//! the low one.
//!
//! Reduction has no chain of quotients. With k = -1/n mod 2^200 and n4 = (n k + 1) / 2^200, the four
//! lowest digits m of T vanish as T + m n k = T - m + 2^200 m n4: m n4 is added four digits up, and
//! the digits are dropped. The last rows use one digit (n1) and n itself, so that R = 2^(50 D).
//!
//! Sizes. |m| <= half its power of two, n4 and n1 are at most n/2 in size, so a reduced T is at most
//! |T|/R + n/4 + n/4 + n/2 in size. For n < R/4, factors of at most x n give at most
//! (x²/4 + 1) n: from 1.25 n after the first product it takes 18 more to pass 1.85 n, and R/2, the
//! largest that D balanced digits hold, is above 2n. There are 17 more at most.

mod modulus;
mod montgomery;
mod registers;
mod rows;
mod start;

pub(crate) use modulus::Modulus;

use super::{Arithmetic, Constants, PublicExponent, Signature};
use crate::lanes::features::Avx2Fma;
use crate::lanes::limbs::{self, side_by_side};
use registers::Doubles;
use start::Start;

/// Numbers in a register.
pub(super) const LANES: usize = 4;
/// Bits of a digit: two products of balanced digits, and sums of four, fit what a double holds.
const DIGIT_BITS: u32 = 50;
/// One digit of each lane's number.
type Digits = [f64; LANES];

/// Digit counts with a kernel: for RSA of 1,024, 1,536, 2,048, 3,072 and 4,096 bits, with two bits to
/// spare. One less than a multiple of four has no squaring.
const DIGIT_COUNTS: [usize; 5] = [21, 32, 41, 62, 82];
/// n < R/4: see the module's text.
const SPARE_BITS: u32 = 2;

/// Whether this thread rounds to the nearest double, as all of this assumes: a program that runs us may have chosen
/// otherwise (fesetround), for vectors too.
pub(crate) fn rounds_to_nearest() -> bool {
    let (one, tiny) = std::hint::black_box((1.0_f64, f64::EPSILON / 16.0));
    [one + tiny, one - tiny].iter().all(|it| it.to_bits() == one.to_bits())
}

impl Arithmetic for Avx2Fma {
    type Modulus = Modulus;
    const LANES: usize = LANES;
    /// A group costs about as much as one and a half jobs in the library.
    const FEWEST: usize = 2;

    fn power(self, signatures: &mut [Signature<'_, Modulus>], exponent: PublicExponent) {
        power_of_size(self, signatures, exponent);
    }
}

pub(super) fn power_of_size<L: Doubles>(
    lanes: L,
    signatures: &mut [Signature<'_, Modulus>],
    exponent: PublicExponent,
) {
    match signatures.first().map(|signature| signature.modulus.digits()) {
        Some(21) => power_many::<L, 21>(lanes, signatures, exponent),
        Some(32) => power_many::<L, 32>(lanes, signatures, exponent),
        Some(41) => power_many::<L, 41>(lanes, signatures, exponent),
        Some(62) => power_many::<L, 62>(lanes, signatures, exponent),
        Some(82) => power_many::<L, 82>(lanes, signatures, exponent),
        Some(other) => unreachable!("no modulus has {other} digits"),
        None => {}
    }
}

/// The numbers of four lanes.
pub(crate) struct Group<const D: usize> {
    /// In digits from 0 to 2^50: the one factor that is not balanced.
    base: [Digits; D],
    n: [Digits; D],
    n4: [Digits; D],
    n1: [Digits; D],
    r_squared: [Digits; D],
    negated_inverse: Digits,
}

/// Lanes without a signature repeat the first.
fn power_many<L: Doubles, const D: usize>(
    lanes: L,
    signatures: &mut [Signature<'_, Modulus>],
    exponent: PublicExponent,
) {
    let mut bases = [[0.0; D]; LANES];
    for (base, signature) in bases.iter_mut().zip(&*signatures) {
        let mut plain = [0; D];
        limbs::from_be_bytes::<DIGIT_BITS>(signature.block(), &mut plain);
        *base = plain.map(|digit| digit as f64);
    }
    let [Some(first), ..] = [signatures.first()] else {
        return;
    };
    let moduli: [&Modulus; LANES] =
        std::array::from_fn(|lane| signatures.get(lane).unwrap_or(first).modulus);
    let group = Group::<D> {
        base: side_by_side(bases.each_ref().map(|base| &base[..])),
        n: side_by_side(moduli.map(|modulus| &*modulus.n)),
        n4: side_by_side(moduli.map(|modulus| &*modulus.n4)),
        n1: side_by_side(moduli.map(|modulus| &*modulus.n1)),
        r_squared: side_by_side(moduli.map(|modulus| &*modulus.r_squared)),
        negated_inverse: moduli.map(|modulus| modulus.negated_inverse),
    };
    let powers = lanes.power(&group, const { &Start::NEW }, exponent.squarings());
    for (lane, signature) in signatures.iter_mut().enumerate() {
        let power = powers.map(|digits| digits.get(lane).copied().unwrap_or_default());
        let reduced = signature.modulus.reduced(&power);
        limbs::write_be_bytes::<DIGIT_BITS>(&reduced, signature.block_mut());
    }
}
