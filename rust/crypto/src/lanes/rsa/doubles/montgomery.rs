//! Multiplication and squaring with Montgomery reduction, of four numbers at once.

use super::registers::Doubles;
use super::rows::{HIGH_BIAS, Product, Sums, add_four_rows, add_row, add_triangle, add_two_rows};
use super::start::Start;
use super::{Digits, Group};

/// `base ^ (2^squarings + 1) mod n` in each lane, between -2n and 2n, for bases below their n.
#[inline(always)]
pub(super) fn power<L: Doubles, const D: usize>(
    lanes: L,
    group: &Group<D>,
    start: &Start<D>,
    squarings: u32,
) -> [Digits; D] {
    const { assert!(D >= 8 && D % 4 != 3) }
    let modulus = LoadedModulus {
        n: lanes.load_rows(&group.n),
        n4: lanes.load_rows(&group.n4),
        n1: lanes.load_rows(&group.n1),
        negated_inverse: lanes.load(&group.negated_inverse),
    };
    let base = lanes.load_rows(&group.base);
    let mut power = lanes.load_rows(&group.r_squared);
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
    lanes.store_rows(&power)
}

struct LoadedModulus<L: Doubles, const D: usize> {
    n: [L::Register; D],
    n4: [L::Register; D],
    n1: [L::Register; D],
    negated_inverse: L::Register,
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
