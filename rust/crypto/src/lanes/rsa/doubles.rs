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

use super::double_registers::Doubles;
use super::{Arithmetic, Constants, PublicExponent, Signature};
use crate::aws_lc;
use crate::lanes::features::Avx2Fma;
use crate::lanes::limbs::{self, mask, side_by_side};

/// Numbers in a register.
pub(super) const LANES: usize = 4;
/// Bits of a digit: two products of balanced digits, and sums of four, fit what a double holds.
pub(super) const DIGIT_BITS: u32 = 50;

/// Digit counts with a kernel: for RSA of 1,024, 1,536, 2,048, 3,072 and 4,096 bits, with two bits to
/// spare. One less than a multiple of four has no squaring.
const DIGIT_COUNTS: [usize; 5] = [21, 32, 41, 62, 82];
/// n < R/4: see the module's text.
const SPARE_BITS: u32 = 2;

/// 1.5 · 2^102: a number below 2^101 in size, added to it, is rounded to a multiple of 2^50.
const HIGH_BIAS: f64 = 1.5 * power_of_two(102);
/// 1.5 · 2^52: an integer of at most 2^51 in size, added to it, is in its lowest bits.
const LOW_BIAS: f64 = 1.5 * power_of_two(52);

const fn power_of_two(exponent: u64) -> f64 {
    f64::from_bits((1023 + exponent) << 52)
}

/// What the kernel needs to know of an odd modulus n, in balanced digits.
pub(crate) struct Modulus {
    /// In digits from 0 to 2^50.
    plain: Box<[u64]>,
    n: Box<[f64]>,
    /// (n k + 1) / 2^200 for k = -1/n mod 2^200, between -2^199 and 2^199.
    n4: Box<[f64]>,
    /// (n k + 1) / 2^50 for k = -1/n mod 2^50, between -2^49 and 2^49.
    n1: Box<[f64]>,
    /// R² mod n, for R = 2^(50 D).
    r_squared: Box<[f64]>,
    /// -1/n mod 2^50, between -2^49 and 2^49.
    negated_inverse: f64,
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

/// One digit of each lane's number.
type Digits = [f64; LANES];

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
        let reduced = reduced(&power, &signature.modulus.plain);
        limbs::write_be_bytes::<DIGIT_BITS>(&reduced, signature.block_mut());
    }
}

/// The number of those balanced digits, above -2n and below 2n, in digits from 0 and below n.
fn reduced<const D: usize>(balanced: &[f64; D], n: &[u64]) -> [u64; D] {
    let mut carry = 0;
    let mut number = balanced.map(|digit| {
        let sum = digit as i64 + carry;
        carry = sum >> DIGIT_BITS;
        sum as u64 & mask::<DIGIT_BITS>()
    });
    // Below zero, the number is 2^(50 D) too large; n at most twice brings it above.
    while carry < 0 {
        let mut carried = 0;
        for (digit, more) in number.iter_mut().zip(n) {
            let sum = *digit + more + carried;
            carried = sum >> DIGIT_BITS;
            *digit = sum & mask::<DIGIT_BITS>();
        }
        carry += carried as i64;
    }
    if !limbs::is_below(&number, n) {
        limbs::subtract::<DIGIT_BITS>(&mut number, n);
    }
    number
}

/// What columns begin with: a multiple of 2^64 less the constants that their sums will bring, plus
/// a number large enough that no column is negative, as carries are shifted down without sign.
pub(crate) struct Start<const D: usize> {
    product: [[u64; D]; 2],
    square: [[u64; D]; 2],
}

/// Far above what sums to a column, and far below 2^64 less that; 2^49 makes the digit that is
/// taken from a column the nearest one.
const COLUMN_BIAS: u64 = (1 << 61) + (1 << (DIGIT_BITS - 1));
/// What the bias of a column carries into the next.
const CARRIED_BIAS: u64 = COLUMN_BIAS >> DIGIT_BITS;

impl<const D: usize> Start<D> {
    const NEW: Self = Self { product: columns_before(false), square: columns_before(true) };
}

#[expect(clippy::indexing_slicing, reason = "below 2 D")]
const fn columns_before<const D: usize>(is_square: bool) -> [[u64; D]; 2] {
    let mut columns = [[0; D]; 2];
    let mut column = 0;
    while column < 2 * D {
        let (lows, highs, carried) = match column {
            0 => (pairs_at::<D>(0, is_square), 0, 0),
            _ => (
                pairs_at::<D>(column, is_square),
                pairs_at::<D>(column - 1, is_square),
                CARRIED_BIAS,
            ),
        };
        columns[column / D][column % D] = COLUMN_BIAS
            .wrapping_sub(lows.wrapping_mul(LOW_BIAS.to_bits()))
            .wrapping_sub(highs.wrapping_mul(HIGH_BIAS.to_bits()))
            .wrapping_sub(carried);
        column += 1;
    }
    columns
}

/// Rows of so many left that are taken together.
const fn taken_together(left: usize) -> usize {
    match left {
        4.. => 4,
        2.. => 2,
        _ => 1,
    }
}

/// Pairs of high and low whose low comes to that column, in a product or square and its reduction.
const fn pairs_at<const D: usize>(column: usize, is_square: bool) -> u64 {
    const fn holds(first: usize, count: usize, column: usize) -> u64 {
        (first <= column && column < first + count) as u64
    }
    let mut pairs = 0;
    let mut row = 0;
    while row < D {
        let left = D - row;
        let rows = taken_together(left);
        pairs += match (is_square, rows) {
            (false, _) => holds(row, D + rows - 1, column),
            (true, 4) => holds(2 * row, left + 3, column),
            (true, _) => holds(2 * row, 2 * left - 1, column),
        };
        row += rows;
    }
    row = 0;
    while row < D - 4 {
        let rows = taken_together(D - 4 - row);
        pairs += holds(row + 4, D + rows - 1, column);
        row += rows;
    }
    while row < D - 1 {
        pairs += holds(row + 1, D, column);
        row += 1;
    }
    pairs + holds(row, D, column)
}

/// `base ^ (2^squarings + 1) mod n` in each lane, between -2n and 2n, for bases below their n.
///
/// Loops count from here on: a closure would be compiled by itself, without the instructions.
#[inline(always)]
pub(super) fn power<L: Doubles, const D: usize>(
    lanes: L,
    group: &Group<D>,
    start: &Start<D>,
    squarings: u32,
) -> [Digits; D] {
    const { assert!(D >= 8 && D % 4 != 3) }
    let modulus = LoadedModulus {
        n: load(lanes, &group.n),
        n4: load(lanes, &group.n4),
        n1: load(lanes, &group.n1),
        negated_inverse: lanes.load(&group.negated_inverse),
    };
    let base = load(lanes, &group.base);
    let mut power = load(lanes, &group.r_squared);
    let mut columns = [[lanes.all_sums(0); D]; 2];
    let columns = columns.as_flattened_mut();
    // Into Montgomery form, the squarings, and a product with the base outside Montgomery form,
    // which takes the power out of it.
    for step in 0..squarings + 2 {
        if step == 0 || step == squarings + 1 {
            begin(lanes, columns, start.product.as_flattened());
            multiply(lanes, columns, &power, &base);
        } else {
            begin(lanes, columns, start.square.as_flattened());
            square(lanes, columns, &power);
        }
        reduce(lanes, columns, &modulus, &mut power);
    }
    store(lanes, &power)
}

struct LoadedModulus<L: Doubles, const D: usize> {
    n: [L::Register; D],
    n4: [L::Register; D],
    n1: [L::Register; D],
    negated_inverse: L::Register,
}

#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "as said at `power`")]
fn load<L: Doubles, const D: usize>(lanes: L, rows: &[Digits; D]) -> [L::Register; D] {
    let mut registers = [lanes.all(0.0); D];
    for at in 0..D {
        registers[at] = lanes.load(&rows[at]);
    }
    registers
}

#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "as said at `power`")]
fn store<L: Doubles, const D: usize>(lanes: L, registers: &[L::Register; D]) -> [Digits; D] {
    let mut rows = [[0.0; LANES]; D];
    for at in 0..D {
        rows[at] = lanes.store(registers[at]);
    }
    rows
}

#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "as many of each")]
fn begin<L: Doubles>(lanes: L, columns: &mut [L::Sums], start: &[u64]) {
    let columns = &mut columns[..start.len()];
    for at in 0..start.len() {
        columns[at] = lanes.all_sums(start[at]);
    }
}

/// Adds the columns of `a · b`.
#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "rows end at D + D")]
fn multiply<L: Doubles, const D: usize>(
    lanes: L,
    columns: &mut [L::Sums],
    a: &[L::Register; D],
    b: &[L::Register; D],
) {
    let none = lanes.all_sums(0);
    let mut row = 0;
    while row + 4 <= D {
        let rows = [b[row], b[row + 1], b[row + 2], b[row + 3]];
        add_four_rows(lanes, &mut columns[row..], a, rows, none);
        row += 4;
    }
    if row + 2 <= D {
        add_two_rows(lanes, &mut columns[row..], a, [b[row], b[row + 1]]);
        row += 2;
    }
    if row < D {
        add_row(lanes, &mut columns[row..], a, b[row], none);
    }
}

/// Adds the columns of `a²`: the products of two different digits once, of one of them doubled.
#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "columns of digits i, j < D are below 2 D")]
fn square<L: Doubles, const D: usize>(lanes: L, columns: &mut [L::Sums], a: &[L::Register; D]) {
    let mut row = 0;
    while row + 4 <= D {
        add_triangle(lanes, &mut columns[2 * row..], &a[row..]);
        row += 4;
    }
    let mut sums = Sums::new(lanes, lanes.all_sums(0));
    let columns = &mut columns[2 * row..];
    if row + 1 == D {
        sums.put(&mut columns[0], Product::first(lanes, a[row], a[row]));
        sums.end(&mut columns[1]);
    } else if row + 2 == D {
        let (x, y) = (a[row], a[row + 1]);
        sums.put(&mut columns[0], Product::first(lanes, x, x));
        sums.put(&mut columns[1], Product::first(lanes, lanes.add(x, x), y));
        sums.put(&mut columns[2], Product::first(lanes, y, y));
        sums.end(&mut columns[3]);
    }
}

/// Montgomery reduction; see the module's text.
#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "rows end at D + D")]
fn reduce<L: Doubles, const D: usize>(
    lanes: L,
    columns: &mut [L::Sums],
    modulus: &LoadedModulus<L, D>,
    reduced: &mut [L::Register; D],
) {
    let none = lanes.all_sums(0);
    let mut carry = none;
    let mut row = 0;
    while row + 8 <= D {
        let first = take_digit(lanes, columns[row], &mut carry);
        let second = take_digit(lanes, columns[row + 1], &mut carry);
        let third = take_digit(lanes, columns[row + 2], &mut carry);
        let rows = [first, second, third, take_digit(lanes, columns[row + 3], &mut carry)];
        add_four_rows(lanes, &mut columns[row + 4..], &modulus.n4, rows, carry);
        carry = none;
        row += 4;
    }
    if row + 6 <= D {
        let first = take_digit(lanes, columns[row], &mut carry);
        let rows = [first, take_digit(lanes, columns[row + 1], &mut carry)];
        add_two_rows(lanes, &mut columns[row + 4..], &modulus.n4, rows);
        row += 2;
    }
    if row + 5 <= D {
        let digit = take_digit(lanes, columns[row], &mut carry);
        add_row(lanes, &mut columns[row + 4..], &modulus.n4, digit, none);
        row += 1;
    }
    while row + 1 < D {
        let digit = take_digit(lanes, columns[row], &mut carry);
        add_row(lanes, &mut columns[row + 1..], &modulus.n1, digit, carry);
        carry = none;
        row += 1;
    }
    // The last row makes its own column zero, by the multiplier modulo 2^50.
    columns[row] = lanes.add_sums(columns[row], carry);
    let digit = lanes.digit(columns[row]);
    let bias = lanes.all(HIGH_BIAS);
    let high = lanes.multiply_add(digit, modulus.negated_inverse, bias);
    let multiplier = lanes.multiply_add(digit, modulus.negated_inverse, lanes.subtract(bias, high));
    add_row(lanes, &mut columns[row..], &modulus.n, multiplier, none);
    carry = lanes.carry(columns[row]);
    for at in 0..D {
        reduced[at] = take_digit(lanes, columns[D + at], &mut carry);
    }
}

/// The balanced digit of a column with what was carried into it; what is left is carried on.
#[inline(always)]
fn take_digit<L: Doubles>(lanes: L, column: L::Sums, carry: &mut L::Sums) -> L::Register {
    let sum = lanes.add_sums(column, *carry);
    *carry = lanes.carry(sum);
    lanes.digit(sum)
}

/// A sum of at most four products of digits, taken apart.
#[derive(Clone, Copy)]
struct Product<L: Doubles> {
    lanes: L,
    high: L::Register,
    low: L::Register,
}

impl<L: Doubles> Product<L> {
    #[inline(always)]
    fn none(lanes: L) -> Self {
        Self { lanes, high: lanes.all(HIGH_BIAS), low: lanes.all(LOW_BIAS) }
    }

    #[inline(always)]
    fn first(lanes: L, a: L::Register, b: L::Register) -> Self {
        let high = lanes.multiply_add(a, b, lanes.all(HIGH_BIAS));
        let rest = lanes.subtract(lanes.all(HIGH_BIAS + LOW_BIAS), high);
        Self { lanes, high, low: lanes.multiply_add(a, b, rest) }
    }

    #[inline(always)]
    fn and(self, a: L::Register, b: L::Register) -> Self {
        let Self { lanes, high: before, low } = self;
        let high = lanes.multiply_add(a, b, before);
        let rest = lanes.multiply_add(a, b, lanes.subtract(before, high));
        Self { lanes, high, low: lanes.add(low, rest) }
    }
}

/// Puts products into columns from one to the next: the low part here, the high part there.
struct Sums<L: Doubles> {
    lanes: L,
    carried: L::Sums,
}

impl<L: Doubles> Sums<L> {
    #[inline(always)]
    fn new(lanes: L, carried: L::Sums) -> Self {
        Self { lanes, carried }
    }

    #[inline(always)]
    fn put(&mut self, column: &mut L::Sums, product: Product<L>) {
        let lanes = self.lanes;
        let low = lanes.bits(product.low);
        *column = lanes.add_sums(lanes.add_sums(*column, self.carried), low);
        self.carried = lanes.bits(product.high);
    }

    #[inline(always)]
    fn end(self, column: &mut L::Sums) {
        *column = self.lanes.add_sums(*column, self.carried);
    }
}

/// Adds `digits · rows[i]` at column i, and `carry` at the first.
#[inline(always)]
fn add_four_rows<L: Doubles>(
    lanes: L,
    columns: &mut [L::Sums],
    digits: &[L::Register],
    rows: [L::Register; 4],
    carry: L::Sums,
) {
    let sums = Sums::new(lanes, carry);
    continue_four_rows(lanes, columns, digits, rows, [Product::none(lanes); 3], sums);
}

/// Goes on with four rows: of the next three columns, products are known already.
#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "more columns than digits")]
fn continue_four_rows<L: Doubles>(
    lanes: L,
    columns: &mut [L::Sums],
    digits: &[L::Register],
    rows: [L::Register; 4],
    begun: [Product<L>; 3],
    mut sums: Sums<L>,
) {
    let [mut first, mut second, mut third] = begun;
    let count = digits.len();
    let columns = &mut columns[..count + 4];
    for at in 0..count {
        let digit = digits[at];
        let done = first.and(rows[0], digit);
        first = second.and(rows[1], digit);
        second = third.and(rows[2], digit);
        third = Product::first(lanes, rows[3], digit);
        sums.put(&mut columns[at], done);
    }
    sums.put(&mut columns[count], first);
    sums.put(&mut columns[count + 1], second);
    sums.put(&mut columns[count + 2], third);
    sums.end(&mut columns[count + 3]);
}

#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "more columns than digits")]
fn add_two_rows<L: Doubles>(
    lanes: L,
    columns: &mut [L::Sums],
    digits: &[L::Register],
    rows: [L::Register; 2],
) {
    let mut sums = Sums::new(lanes, lanes.all_sums(0));
    let mut begun = Product::none(lanes);
    let count = digits.len();
    let columns = &mut columns[..count + 2];
    for at in 0..count {
        let digit = digits[at];
        let done = begun.and(rows[0], digit);
        begun = Product::first(lanes, rows[1], digit);
        sums.put(&mut columns[at], done);
    }
    sums.put(&mut columns[count], begun);
    sums.end(&mut columns[count + 1]);
}

#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "more columns than digits")]
fn add_row<L: Doubles>(
    lanes: L,
    columns: &mut [L::Sums],
    digits: &[L::Register],
    row: L::Register,
    carry: L::Sums,
) {
    let mut sums = Sums::new(lanes, carry);
    let count = digits.len();
    let columns = &mut columns[..count + 1];
    for at in 0..count {
        let digit = digits[at];
        sums.put(&mut columns[at], Product::first(lanes, row, digit));
    }
    sums.end(&mut columns[count]);
}

/// Adds the products of the first four digits with themselves and with those after them.
#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "four digits and eight columns at least")]
fn add_triangle<L: Doubles>(lanes: L, columns: &mut [L::Sums], digits: &[L::Register]) {
    let [a, b, c, d] = [digits[0], digits[1], digits[2], digits[3]];
    let [a2, b2, c2, d2] = [lanes.add(a, a), lanes.add(b, b), lanes.add(c, c), lanes.add(d, d)];
    let mut sums = Sums::new(lanes, lanes.all_sums(0));
    sums.put(&mut columns[0], Product::first(lanes, a, a));
    sums.put(&mut columns[1], Product::first(lanes, a2, b));
    sums.put(&mut columns[2], Product::first(lanes, a2, c).and(b, b));
    sums.put(&mut columns[3], Product::first(lanes, a2, d).and(b2, c));
    let begun = [
        Product::first(lanes, b2, d).and(c, c),
        Product::first(lanes, c2, d),
        Product::first(lanes, d, d),
    ];
    continue_four_rows(lanes, &mut columns[4..], &digits[4..], [a2, b2, c2, d2], begun, sums);
}
