//! Products of digits, row by row, into the columns of their sums.

use super::registers::Doubles;

/// 1.5 · 2^102: a number below 2^101 in size, added to it, is rounded to a multiple of 2^50.
pub(super) const HIGH_BIAS: f64 = 1.5 * power_of_two(102);
/// 1.5 · 2^52: an integer of at most 2^51 in size, added to it, is in its lowest bits.
pub(super) const LOW_BIAS: f64 = 1.5 * power_of_two(52);

const fn power_of_two(exponent: u64) -> f64 {
    f64::from_bits((1023 + exponent) << 52)
}

/// A sum of at most four products of digits, taken apart.
#[derive(Clone, Copy)]
pub(super) struct Product<L: Doubles> {
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
    pub(super) fn first(lanes: L, a: L::Register, b: L::Register) -> Self {
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
pub(super) struct Sums<L: Doubles> {
    lanes: L,
    carried: L::Sums,
}

impl<L: Doubles> Sums<L> {
    #[inline(always)]
    pub(super) fn new(lanes: L, carried: L::Sums) -> Self {
        Self { lanes, carried }
    }

    #[inline(always)]
    pub(super) fn put(&mut self, column: &mut L::Sums, product: Product<L>) {
        let lanes = self.lanes;
        let low = lanes.bits(product.low);
        *column = lanes.add_sums(lanes.add_sums(*column, self.carried), low);
        self.carried = lanes.bits(product.high);
    }

    #[inline(always)]
    pub(super) fn end(self, column: &mut L::Sums) {
        *column = self.lanes.add_sums(*column, self.carried);
    }
}

/// Adds `digits · rows[i]` at column i, and `carry` at the first.
#[inline(always)]
pub(super) fn add_four_rows<L: Doubles>(
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
pub(super) fn add_two_rows<L: Doubles>(
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
pub(super) fn add_row<L: Doubles>(
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
pub(super) fn add_triangle<L: Doubles>(lanes: L, columns: &mut [L::Sums], digits: &[L::Register]) {
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
