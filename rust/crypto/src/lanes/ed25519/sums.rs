//! Sums of multiples of the base point and of keys, eight at once, out of their tables.

use super::field::Field;
use super::point::{Addend, Entry, Places, Point, add, affine, double};
use crate::lanes::curves::{BASE_BITS, KEY_BITS, SET_BITS, SETS, SignedLanes, Table};
use crate::lanes::curves::{DIGITS, Numbers, Words};
use crate::lanes::rsa::LANES;

/// What eight signatures ask for.
pub(crate) struct Sums<'a> {
    pub(super) base: &'a Table<Entry>,
    pub(super) keys: [&'a Table<Entry>; LANES],
    /// How often the base point is added: odd, whether negated.
    pub(super) base_times: [(Words, bool); LANES],
    /// How often the key is subtracted: odd, and whether once too often.
    pub(super) key_times: [(Words, bool); LANES],
}

/// The sums of each group.
#[inline(always)]
#[expect(clippy::needless_range_loop, clippy::indexing_slicing, reason = "loops count here")]
pub(super) fn ends<L: SignedLanes>(lanes: L, groups: &[Sums<'_>]) -> Vec<Places> {
    let field = Field::new(lanes);
    let mut points = Vec::with_capacity(groups.len());
    for group in groups {
        points.push(sum(field, group));
    }
    let affine_points = affine(field, &points);
    let mut ends = Vec::with_capacity(groups.len());
    for at in 0..affine_points.len() {
        let [x, y] = &affine_points[at];
        ends.push(Places {
            x: field.store(&field.canonical(x)),
            y: field.store(&field.canonical(y)),
        });
    }
    ends
}

#[inline(always)]
fn sum<L: SignedLanes>(field: Field<L>, sums: &Sums<'_>) -> Point<L> {
    let neutral = field.constant(&[0; DIGITS]);
    let mut sum = Point { x: neutral, y: field.one(), z: field.one(), t: neutral };
    for place in (0..SET_BITS / KEY_BITS).rev() {
        if place + 1 < SET_BITS / KEY_BITS {
            for _ in 1..KEY_BITS {
                sum = double(field, &sum).without_t(field, &sum.t);
            }
            sum = double(field, &sum).point(field);
        }
        for set in 0..SETS {
            sum = add(field, &sum, &key_addend(field, sums, set, place)).point(field);
        }
        if (place * KEY_BITS).is_multiple_of(BASE_BITS) {
            for set in 0..SETS {
                let place = place * KEY_BITS / BASE_BITS;
                sum = add(field, &sum, &base_addend(field, sums, set, place)).point(field);
            }
        }
    }
    add(field, &sum, &surplus(field, sums)).point(field)
}

/// What each lane adds of its key at a digit of 4 bits: its negative, times the digit.
#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "eight lanes of each")]
fn key_addend<L: SignedLanes>(
    field: Field<L>,
    sums: &Sums<'_>,
    set: usize,
    place: usize,
) -> Addend<L> {
    let mut gathered = [[[0; LANES]; DIGITS]; 3];
    for lane in 0..LANES {
        let (entry, is_positive) =
            sums.keys[lane].entry::<KEY_BITS>(&sums.key_times[lane].0, set, place);
        put(&mut gathered, lane, entry, is_positive);
    }
    load(field, &gathered)
}

/// What each lane adds of the base point at a digit of 8 bits.
#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "eight lanes of each")]
fn base_addend<L: SignedLanes>(
    field: Field<L>,
    sums: &Sums<'_>,
    set: usize,
    place: usize,
) -> Addend<L> {
    let mut gathered = [[[0; LANES]; DIGITS]; 3];
    for lane in 0..LANES {
        let (times, is_negated) = &sums.base_times[lane];
        let (entry, is_positive) = sums.base.entry::<BASE_BITS>(times, set, place);
        put(&mut gathered, lane, entry, is_positive == *is_negated);
    }
    load(field, &gathered)
}

/// The keys that were subtracted once too often.
#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "eight lanes of each")]
fn surplus<L: SignedLanes>(field: Field<L>, sums: &Sums<'_>) -> Addend<L> {
    let mut gathered = [[[0; LANES]; DIGITS]; 3];
    for lane in 0..LANES {
        let is_once_too_often = sums.key_times[lane].1;
        let entry = if is_once_too_often { sums.keys[lane].point() } else { &Entry::NEUTRAL };
        put(&mut gathered, lane, entry, false);
    }
    load(field, &gathered)
}

#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "five digits of each")]
fn put(gathered: &mut [Numbers; 3], lane: usize, entry: &Entry, is_negated: bool) {
    let Entry { plus, minus, product, negated_product } = entry;
    let numbers = if is_negated { [minus, plus, negated_product] } else { [plus, minus, product] };
    for at in 0..DIGITS {
        gathered[0][at][lane] = numbers[0][at];
        gathered[1][at][lane] = numbers[1][at];
        gathered[2][at][lane] = numbers[2][at];
    }
}

#[inline(always)]
fn load<L: SignedLanes>(field: Field<L>, [plus, minus, product]: &[Numbers; 3]) -> Addend<L> {
    Addend { plus: field.load(plus), minus: field.load(minus), product: field.load(product) }
}
