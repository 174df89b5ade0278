//! What columns begin with.

use super::DIGIT_BITS;
use super::rows::{HIGH_BIAS, LOW_BIAS};

/// What columns begin with: a multiple of 2^64 less the constants that their sums will bring, plus
/// a number large enough that no column is negative, as carries are shifted down without sign.
pub(crate) struct Start<const D: usize> {
    pub(super) product: [[u64; D]; 2],
    pub(super) square: [[u64; D]; 2],
}

/// Far above what sums to a column, and far below 2^64 less that; 2^49 makes the digit that is
/// taken from a column the nearest one.
const COLUMN_BIAS: u64 = (1 << 61) + (1 << (DIGIT_BITS - 1));
/// What the bias of a column carries into the next.
const CARRIED_BIAS: u64 = COLUMN_BIAS >> DIGIT_BITS;

impl<const D: usize> Start<D> {
    pub(super) const NEW: Self =
        Self { product: columns_before(false), square: columns_before(true) };
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
