//! Montgomery arithmetic on integers of 52-bit digits, eight numbers at once, over any
//! [`Lanes`].
//!
//! Numbers are D digits, the digits of eight numbers side by side in a register, and every lane has
//! a modulus of its own. Sums stay in columns of 64 bits, of which one holds 4,096 halves of a digit
//! product: 2 D of a product and 2 D of its reduction, so carries can wait for the end up to 1,000
//! digits. A product and its Montgomery reduction take two rows at a time, so that four
//! multiplications share the load and store of a column.

mod montgomery;
mod registers;

pub(crate) use registers::Lanes;

use super::{Arithmetic, Constants, PublicExponent, Signature};
use crate::aws_lc;
use crate::lanes::features::Ifma;
use crate::lanes::limbs::{self, side_by_side};
use crate::lanes::registers::Portable;

/// Numbers in a register.
pub(in crate::lanes) const LANES: usize = 8;
/// Bits of a digit: what the multiply-add of AVX-512 IFMA takes.
pub(super) const LIMB_BITS: u32 = 52;
/// One digit of each lane's number.
pub(super) type Digits = [u64; LANES];

/// Digit counts with a kernel: for RSA of 1,024, 1,536, 2,048, 3,072 and 4,096 bits, with at least
/// four bits to spare.
const DIGIT_COUNTS: [usize; 5] = [20, 30, 40, 60, 80];
/// What keeps sums below 2n: with a, b < 2n the Montgomery product is below
/// (4n² + Rn) / R <= n + n/4.
const SPARE_BITS: u32 = 4;

/// What the kernels need to know of an odd modulus n.
pub(crate) struct Modulus {
    n: Box<[u64]>,
    /// R² mod n, for R = 2^(52 D).
    r_squared: Box<[u64]>,
    /// -1/n mod 2^52.
    negated_inverse: u64,
}

impl Constants for Modulus {
    fn new(key: &aws_lc::rsa::Key) -> Option<Self> {
        let fits = |digits: &&usize| key.modulus_bits() + SPARE_BITS <= LIMB_BITS * **digits as u32;
        let digits = *DIGIT_COUNTS.iter().find(fits)?;
        let cut = |number_be: &[u8]| {
            let mut number = vec![0; digits].into_boxed_slice();
            limbs::from_be_bytes::<LIMB_BITS>(number_be, &mut number);
            number
        };
        let n = cut(key.modulus_be());
        let r_squared = cut(&key.power_of_two_mod_n(2 * LIMB_BITS as usize * digits));
        let lowest = n.first().copied().unwrap_or_default();
        let negated_inverse = limbs::negated_inverse::<LIMB_BITS>(lowest);
        Some(Self { n, r_squared, negated_inverse })
    }

    fn digits(&self) -> usize {
        self.n.len()
    }
}

impl Arithmetic for Ifma {
    type Modulus = Modulus;
    const LANES: usize = LANES;
    /// A group costs about as much as two and a half jobs in the library, however few of its lanes
    /// are in use.
    const FEWEST: usize = 3;

    fn power(self, signatures: &mut [Signature<'_, Modulus>], exponent: PublicExponent) {
        power_of_size(self, signatures, exponent);
    }
}

impl Arithmetic for Portable {
    type Modulus = Modulus;
    const LANES: usize = LANES;
    /// It is there to be tried, not to be fast.
    const FEWEST: usize = 1;

    fn power(self, signatures: &mut [Signature<'_, Modulus>], exponent: PublicExponent) {
        power_of_size(self, signatures, exponent);
    }
}

fn power_of_size<L: Lanes>(
    lanes: L,
    signatures: &mut [Signature<'_, Modulus>],
    exponent: PublicExponent,
) {
    match signatures.first().map(|signature| signature.modulus.digits()) {
        Some(20) => power_many::<L, 20>(lanes, signatures, exponent),
        Some(30) => power_many::<L, 30>(lanes, signatures, exponent),
        Some(40) => power_many::<L, 40>(lanes, signatures, exponent),
        Some(60) => power_many::<L, 60>(lanes, signatures, exponent),
        Some(80) => power_many::<L, 80>(lanes, signatures, exponent),
        Some(other) => unreachable!("no modulus has {other} digits"),
        None => {}
    }
}

/// The numbers of eight lanes.
pub(crate) struct Group<const D: usize> {
    base: [Digits; D],
    n: [Digits; D],
    r_squared: [Digits; D],
    negated_inverse: Digits,
}

/// Lanes without a signature repeat the first.
fn power_many<L: Lanes, const D: usize>(
    lanes: L,
    signatures: &mut [Signature<'_, Modulus>],
    exponent: PublicExponent,
) {
    let mut bases = [[0; D]; LANES];
    for (base, signature) in bases.iter_mut().zip(&*signatures) {
        limbs::from_be_bytes::<LIMB_BITS>(signature.block(), base);
    }
    let [Some(first), ..] = [signatures.first()] else {
        return;
    };
    let moduli: [&Modulus; LANES] =
        std::array::from_fn(|lane| signatures.get(lane).unwrap_or(first).modulus);
    let group = Group::<D> {
        base: side_by_side(bases.each_ref().map(|base| &base[..])),
        n: side_by_side(moduli.map(|modulus| &*modulus.n)),
        r_squared: side_by_side(moduli.map(|modulus| &*modulus.r_squared)),
        negated_inverse: moduli.map(|modulus| modulus.negated_inverse),
    };
    let powers = lanes.power(&group, exponent.squarings());
    for (lane, signature) in signatures.iter_mut().enumerate() {
        let mut power = powers.map(|digits| digits.get(lane).copied().unwrap_or_default());
        // `power` leaves less than 2n.
        if !limbs::is_below(&power, &signature.modulus.n) {
            limbs::subtract::<LIMB_BITS>(&mut power, &signature.modulus.n);
        }
        limbs::write_be_bytes::<LIMB_BITS>(&power, signature.block_mut());
    }
}
