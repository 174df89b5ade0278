//! Points of P-256 in Jacobian coordinates, (X/Z², Y/Z³), eight at once: the tables of keys, and
//! sums of multiples out of them.
//!
//! Neither addition nor doubling knows infinity, and addition takes no two points of the same x.
//! But each of them then gives Z = 0, and goes on giving it: a Z that is not 0 in the end says that
//! nothing of the kind was met on the way.

use super::field::Field;
use crate::lanes::curves::{BASE_BITS, KEY_BITS, SET_BITS, SETS, SignedLanes, Table};
use crate::lanes::curves::{DIGITS, Element, Number, Numbers};
use crate::lanes::rsa::LANES;

/// The affine points of eight lanes, in plain numbers below p.
pub(crate) struct Places {
    pub(super) x: Numbers,
    pub(super) y: Numbers,
}

/// A point in Montgomery form, as a table has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(super) x: Number,
    pub(super) y: Number,
    pub(super) negated_y: Number,
}

/// Odd multiples of points, set by set, as x, y and -y in Montgomery form, and Z's product, which
/// is 0 in a lane whose point is none of the curve.
pub(crate) struct Multiples {
    pub(super) entries: Vec<[Numbers; 3]>,
    pub(super) product: Numbers,
}

/// What eight signatures ask for.
pub(crate) struct Sums<'a> {
    pub(super) base: &'a Table<Entry>,
    pub(super) keys: [&'a Table<Entry>; LANES],
    /// How often the base point and the key are added: odd, whether negated.
    pub(super) times: [[([u64; 4], bool); 2]; LANES],
    /// Plain numbers below p, of which one should be the x of the sum.
    pub(super) candidates: [Numbers; 2],
}

/// What a sum came to, in plain numbers up to p.
pub(crate) struct Ends {
    /// 0 or p where the sum is infinity, or was met with an exception.
    pub(super) z: Numbers,
    /// 0 or p where the sum's x is the candidate.
    pub(super) differences: [Numbers; 2],
}

struct Point<L: SignedLanes> {
    x: Element<L>,
    y: Element<L>,
    z: Element<L>,
}

impl<L: SignedLanes> Clone for Point<L> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<L: SignedLanes> Copy for Point<L> {}

/// Twice the point: dbl-2001-b of the Explicit-Formulas Database, for a = -3.
#[inline(always)]
fn double<L: SignedLanes>(field: Field<L>, Point { x, y, z }: &Point<L>) -> Point<L> {
    let delta = field.square(z);
    let gamma = field.square(y);
    let beta = field.multiply(x, &gamma);
    let bias = field.bias();
    let less = field.subtract::<0>(*x, &delta);
    let less = field.settle(field.add(field.add(field.add(bias, &less), &less), &less));
    let alpha = field.multiply(&less, &field.settle(field.add(*x, &delta)));
    let new_x = field.add(bias, &field.square(&alpha));
    let new_x = field.settle(field.subtract::<3>(new_x, &beta));
    let two_beta = field.add(beta, &beta);
    let rest = field.add(field.add(bias, &two_beta), &two_beta);
    let rest = field.settle(field.subtract::<0>(rest, &new_x));
    let new_y = field.add(bias, &field.multiply(&alpha, &rest));
    let new_y = field.settle(field.subtract::<3>(new_y, &field.square(&gamma)));
    let half_z = field.multiply(y, z);
    Point { x: new_x, y: new_y, z: field.settle(field.add(half_z, &half_z)) }
}

/// The sum with a point whose Z is 1, and H, by which Z grew: madd of the Explicit-Formulas
/// Database, which does not use the curve's coefficients.
#[inline(always)]
fn add<L: SignedLanes>(
    field: Field<L>,
    sum: &Point<L>,
    x: &Element<L>,
    y: &Element<L>,
) -> Point<L> {
    let z_squared = field.square(&sum.z);
    let h = field.difference(&field.multiply(x, &z_squared), &sum.x);
    let scaled_y = field.multiply(y, &field.multiply(&sum.z, &z_squared));
    let r = field.difference(&scaled_y, &sum.y);
    let h_squared = field.square(&h);
    let h_cubed = field.multiply(&h, &h_squared);
    let v = field.multiply(&sum.x, &h_squared);
    let new_x = field.add(field.bias(), &field.square(&r));
    let new_x = field.subtract::<1>(field.subtract::<0>(new_x, &h_cubed), &v);
    let new_x = field.settle(new_x);
    let left = field.multiply(&r, &field.difference(&v, &new_x));
    let new_y = field.difference(&left, &field.multiply(&sum.y, &h_cubed));
    Point { x: new_x, y: new_y, z: field.multiply(&sum.z, &h) }
}

/// The odd multiples of each point and of its products with 2^64, 2^128 and 2^192, `count` of each.
#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "counted just above")]
pub(super) fn multiples<L: SignedLanes>(lanes: L, places: &Places, count: usize) -> Multiples {
    let field = Field::new(lanes);
    let [x, y] = [&places.x, &places.y];
    let (x, y) = (field.enter(&field.load(x)), field.enter(&field.load(y)));
    let mut point = Point { x, y, z: field.one() };
    let mut points = Vec::with_capacity(SETS * count);
    for set in 0..SETS {
        add_odd_multiples(field, &point, count, &mut points);
        if set + 1 < SETS {
            for _ in 0..SET_BITS {
                point = double(field, &point);
            }
        }
    }
    // One inversion for all: of the product, out of which the others come one after the other.
    let mut product = field.one();
    let mut before = Vec::with_capacity(points.len());
    for point in &points {
        before.push(product);
        product = field.multiply(&product, &point.z);
    }
    let mut inverse = field.invert(&product);
    let mut entries = vec![[[[0; LANES]; DIGITS]; 3]; points.len()];
    for at in (0..points.len()).rev() {
        let Point { x, y, z } = &points[at];
        let over_z = field.multiply(&inverse, &before[at]);
        inverse = field.multiply(&inverse, z);
        let squared = field.square(&over_z);
        let x = field.multiply(x, &squared);
        let y = field.multiply(y, &field.multiply(&over_z, &squared));
        let negated = field.settle(field.subtract::<0>(field.bias(), &y));
        entries[at] = [field.store(&x), field.store(&y), field.store(&negated)];
    }
    Multiples { entries, product: field.store(&field.leave(&product)) }
}

/// Puts 1, 3, 5 ... times the point behind the points. Twice the point is what is added each time,
/// on the curve isomorphic to this one where its Z is 1.
#[inline(always)]
fn add_odd_multiples<L: SignedLanes>(
    field: Field<L>,
    point: &Point<L>,
    count: usize,
    points: &mut Vec<Point<L>>,
) {
    points.push(*point);
    let twice = double(field, point);
    let squared = field.square(&twice.z);
    let cubed = field.multiply(&squared, &twice.z);
    let (x, y) = (field.multiply(&point.x, &squared), field.multiply(&point.y, &cubed));
    let mut multiple = Point { x, y, z: point.z };
    for _ in 1..count {
        multiple = add(field, &multiple, &twice.x, &twice.y);
        points.push(Point { z: field.multiply(&multiple.z, &twice.z), ..multiple });
    }
}

/// The sums, and whether their x are the candidates.
#[inline(always)]
pub(super) fn ends<L: SignedLanes>(lanes: L, sums: &Sums<'_>) -> Ends {
    let field = Field::new(lanes);
    let mut sum = first(field, sums);
    for place in (0..SET_BITS / KEY_BITS).rev() {
        if place + 1 < SET_BITS / KEY_BITS {
            for _ in 0..KEY_BITS {
                sum = double(field, &sum);
            }
        }
        for set in 0..SETS {
            // The very first is what the sum began with.
            if set > 0 || place + 1 < SET_BITS / KEY_BITS {
                let [x, y] = key_entries(sums, set, place);
                sum = add(field, &sum, &field.load(&x), &field.load(&y));
            }
        }
        if (place * KEY_BITS).is_multiple_of(BASE_BITS) {
            for set in 0..SETS {
                let [x, y] = base_entries(sums, set, place * KEY_BITS / BASE_BITS);
                sum = add(field, &sum, &field.load(&x), &field.load(&y));
            }
        }
    }
    let z_squared = field.square(&sum.z);
    let mut differences = [[[0; LANES]; DIGITS]; 2];
    for (difference, candidate) in differences.iter_mut().zip(&sums.candidates) {
        let candidate = field.enter(&field.load(candidate));
        let scaled = field.multiply(&candidate, &z_squared);
        *difference = field.store(&field.leave(&field.difference(&sum.x, &scaled)));
    }
    Ends { z: field.store(&field.leave(&sum.z)), differences }
}

#[inline(always)]
fn first<L: SignedLanes>(field: Field<L>, sums: &Sums<'_>) -> Point<L> {
    let [x, y] = key_entries(sums, 0, SET_BITS / KEY_BITS - 1);
    Point { x: field.load(&x), y: field.load(&y), z: field.one() }
}

/// What each lane adds of its key at a digit of 4 bits.
#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "eight lanes of each")]
fn key_entries(sums: &Sums<'_>, set: usize, place: usize) -> [Numbers; 2] {
    let mut gathered = [[[0; LANES]; DIGITS]; 2];
    for lane in 0..LANES {
        let (times, negated) = &sums.times[lane][1];
        put(&mut gathered, lane, sums.keys[lane].entry::<KEY_BITS>(times, set, place), *negated);
    }
    gathered
}

/// What each lane adds of the base point at a digit of 8 bits.
#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "eight lanes of each")]
fn base_entries(sums: &Sums<'_>, set: usize, place: usize) -> [Numbers; 2] {
    let mut gathered = [[[0; LANES]; DIGITS]; 2];
    for lane in 0..LANES {
        let (times, negated) = &sums.times[lane][0];
        put(&mut gathered, lane, sums.base.entry::<BASE_BITS>(times, set, place), *negated);
    }
    gathered
}

#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "five digits of each")]
fn put(gathered: &mut [Numbers; 2], lane: usize, entry: (&Entry, bool), is_negated: bool) {
    let (entry, is_positive) = entry;
    let y = if is_positive == is_negated { &entry.negated_y } else { &entry.y };
    for at in 0..DIGITS {
        gathered[0][at][lane] = entry.x[at];
        gathered[1][at][lane] = y[at];
    }
}
