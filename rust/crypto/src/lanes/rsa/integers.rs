//! Montgomery arithmetic on integers of 52-bit digits, eight numbers at once, over any
//! [`Lanes`].
//!
//! Numbers are D digits, the digits of eight numbers side by side in a register, and every lane has
//! a modulus of its own. Sums stay in columns of 64 bits, of which one holds 4,096 halves of a digit
//! product: 2 D of a product and 2 D of its reduction, so carries can wait for the end up to 1,000
//! digits. A product and its Montgomery reduction take two rows at a time, so that four
//! multiplications share the load and store of a column.

use super::registers::{Lanes, Portable};
use super::{Arithmetic, Constants, PublicExponent, Signature};
use crate::aws_lc;
use crate::lanes::features::Ifma;
use crate::lanes::limbs::{self, side_by_side};

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

/// `base ^ (2^squarings + 1) mod n` in each lane, or n more, for bases below their n.
///
/// Loops count from here on: a closure would be compiled by itself, without the instructions.
#[inline(always)]
pub(super) fn power<L: Lanes, const D: usize>(
    lanes: L,
    group: &Group<D>,
    squarings: u32,
) -> [Digits; D] {
    const { assert!(D.is_multiple_of(2) && D >= 4) }
    let (base, n) = (load(lanes, &group.base), load(lanes, &group.n));
    let negated_inverse = lanes.load(&group.negated_inverse);
    let mut columns = [[lanes.zero(); D]; 2];
    let columns = columns.as_flattened_mut();
    let mut power = load(lanes, &group.r_squared);
    // Into Montgomery form, the squarings, and a product with the base outside Montgomery form,
    // which takes the power out of it.
    for step in 0..squarings + 2 {
        if step == 0 || step == squarings + 1 {
            multiply(lanes, columns, &power, &base);
        } else {
            square(lanes, columns, &power);
        }
        reduce(lanes, columns, &n, negated_inverse, &mut power);
    }
    store(lanes, &power)
}

#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "as said at `power`")]
fn load<L: Lanes, const D: usize>(lanes: L, rows: &[Digits; D]) -> [L::Register; D] {
    let mut registers = [lanes.zero(); D];
    for at in 0..D {
        registers[at] = lanes.load(&rows[at]);
    }
    registers
}

#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "as said at `power`")]
fn store<L: Lanes, const D: usize>(lanes: L, registers: &[L::Register; D]) -> [Digits; D] {
    let mut rows = [[0; LANES]; D];
    for at in 0..D {
        rows[at] = lanes.store(registers[at]);
    }
    rows
}

/// The columns of `a · b`.
#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "rows end at D + D")]
fn multiply<L: Lanes, const D: usize>(
    lanes: L,
    columns: &mut [L::Register],
    a: &[L::Register; D],
    b: &[L::Register; D],
) {
    let zero = lanes.zero();
    for column in columns.iter_mut() {
        *column = zero;
    }
    for pair in 0..D / 2 {
        let row = 2 * pair;
        let rows = [b[row], b[row + 1]];
        add_two_rows(lanes, &mut columns[row..row + D + 2], a, rows, [zero; 2]);
    }
}

/// The columns of `a²`: each product of two different digits once, doubled, and the squares.
#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "columns of digits i, j < D are below 2 D")]
fn square<L: Lanes, const D: usize>(lanes: L, columns: &mut [L::Register], a: &[L::Register; D]) {
    let zero = lanes.zero();
    for column in columns.iter_mut() {
        *column = zero;
    }
    for pair in 0..D / 2 {
        let row = 2 * pair;
        let rows = [a[row], a[row + 1]];
        let beside = &mut columns[2 * row + 1..];
        beside[0] = lanes.add_low(beside[0], rows[0], rows[1]);
        beside[1] = lanes.add_high(beside[1], rows[0], rows[1]);
        add_two_rows(lanes, &mut beside[1..1 + D - row], &a[row + 2..], rows, [zero; 2]);
    }
    for at in 0..D {
        let (low, high) = (columns[2 * at], columns[2 * at + 1]);
        columns[2 * at] = lanes.add_low(lanes.add(low, low), a[at], a[at]);
        columns[2 * at + 1] = lanes.add_high(lanes.add(high, high), a[at], a[at]);
    }
}

/// Montgomery reduction: the columns plus the multiple of n that makes the lower half zero, divided
/// by R, with the carries brought in.
#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "rows end at D + D")]
fn reduce<L: Lanes, const D: usize>(
    lanes: L,
    columns: &mut [L::Register],
    n: &[L::Register; D],
    negated_inverse: L::Register,
    reduced: &mut [L::Register; D],
) {
    let zero = lanes.zero();
    for pair in 0..D / 2 {
        let row = 2 * pair;
        // The multiplier of a row makes its lowest digit zero, and carries the rest on.
        let multiplier0 = lanes.add_low(zero, columns[row], negated_inverse);
        let first = lanes.add_low(columns[row], n[0], multiplier0);
        let mut second = lanes.add(columns[row + 1], lanes.carry(first));
        second = lanes.add_high(second, n[0], multiplier0);
        second = lanes.add_low(second, n[1], multiplier0);
        let multiplier1 = lanes.add_low(zero, second, negated_inverse);
        second = lanes.add_low(second, n[0], multiplier1);
        let rest = &mut columns[row + 2..row + 2 + D];
        rest[0] = lanes.add(rest[0], lanes.carry(second));
        add_two_rows(lanes, rest, &n[2..], [multiplier0, multiplier1], [n[1], n[0]]);
    }
    let mut carry = zero;
    for at in 0..D {
        let sum = lanes.add(columns[D + at], carry);
        carry = lanes.carry(sum);
        reduced[at] = lanes.digit(sum);
    }
}

/// Adds `digits · rows[0]` at the first column, and `digits · rows[1]` at the second.
///
/// `before` are the digits before those given, nearest first. There are two columns more than
/// digits.
#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "two columns more than digits")]
fn add_two_rows<L: Lanes>(
    lanes: L,
    columns: &mut [L::Register],
    digits: &[L::Register],
    rows: [L::Register; 2],
    before: [L::Register; 2],
) {
    let [mut previous, mut before] = before;
    let zero = lanes.zero();
    let count = digits.len();
    let columns = &mut columns[..count + 2];
    for at in 0..count {
        let digit = digits[at];
        let mut sum0 = lanes.add_low(columns[at], digit, rows[0]);
        let mut sum1 = lanes.add_low(zero, previous, rows[1]);
        sum0 = lanes.add_high(sum0, previous, rows[0]);
        sum1 = lanes.add_high(sum1, before, rows[1]);
        columns[at] = lanes.add(sum0, sum1);
        (before, previous) = (previous, digit);
    }
    let mut first = lanes.add_high(columns[count], previous, rows[0]);
    first = lanes.add_low(first, previous, rows[1]);
    columns[count] = lanes.add_high(first, before, rows[1]);
    columns[count + 1] = lanes.add_high(columns[count + 1], previous, rows[1]);
}
