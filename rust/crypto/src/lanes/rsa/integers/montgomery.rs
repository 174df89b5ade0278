//! Multiplication and squaring with Montgomery reduction, of eight numbers at once.

use super::registers::Lanes;
use super::{Digits, Group};

/// `base ^ (2^squarings + 1) mod n` in each lane, or n more, for bases below their n.
#[inline(always)]
pub(super) fn power<L: Lanes, const D: usize>(
    lanes: L,
    group: &Group<D>,
    squarings: u32,
) -> [Digits; D] {
    const { assert!(D.is_multiple_of(2) && D >= 4) }
    let (base, n) = (lanes.load_rows(&group.base), lanes.load_rows(&group.n));
    let negated_inverse = lanes.load(&group.negated_inverse);
    let mut columns = [[lanes.all(0); D]; 2];
    let columns = columns.as_flattened_mut();
    let mut power = lanes.load_rows(&group.r_squared);
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
    lanes.store_rows(&power)
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
    let zero = lanes.all(0);
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
    let zero = lanes.all(0);
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
    let zero = lanes.all(0);
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
    let zero = lanes.all(0);
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
