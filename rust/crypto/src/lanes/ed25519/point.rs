//! Points of edwards25519, eight at once: the tables of keys, and sums of multiples out of them.
//!
//! Coordinates are extended, x = X/Z, y = Y/Z and T = X Y/Z (RFC 8032 §5.1.4). Addition and doubling
//! are complete there: they know no exception, of whatever order the points are, and Z is never 0.

use super::field::{Field, TWICE_D};
use crate::lanes::curves::{BASE_BITS, KEY_BITS, SET_BITS, SETS, SignedLanes, Table};
use crate::lanes::curves::{DIGITS, Element, Number, Numbers, Words};
use crate::lanes::rsa::LANES;

/// The affine points of eight lanes, in plain numbers below p.
pub(crate) struct Places {
    pub(super) x: Numbers,
    pub(super) y: Numbers,
}

/// An affine point as a table has it, ready to be added: y + x, y - x, 2 d x y, and the negative of
/// the last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(super) plus: Number,
    pub(super) minus: Number,
    pub(super) product: Number,
    pub(super) negated_product: Number,
}

impl Entry {
    /// (0, 1).
    const NEUTRAL: Self = Self {
        plus: [1, 0, 0, 0, 0],
        minus: [1, 0, 0, 0, 0],
        product: [0; DIGITS],
        negated_product: [0; DIGITS],
    };
}

/// Odd multiples of points, set by set, as the four numbers of an entry.
pub(crate) type Multiples = Vec<[Numbers; 4]>;

/// What eight signatures ask for.
pub(crate) struct Sums<'a> {
    pub(super) base: &'a Table<Entry>,
    pub(super) keys: [&'a Table<Entry>; LANES],
    /// How often the base point is added: odd, whether negated.
    pub(super) base_times: [(Words, bool); LANES],
    /// How often the key is subtracted: odd, and whether once too often.
    pub(super) key_times: [(Words, bool); LANES],
}

struct Point<L: SignedLanes> {
    x: Element<L>,
    y: Element<L>,
    z: Element<L>,
    t: Element<L>,
}

impl<L: SignedLanes> Clone for Point<L> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<L: SignedLanes> Copy for Point<L> {}

/// E, F, G and H of RFC 8032 §5.1.4, of which the coordinates are products.
struct Factors<L: SignedLanes> {
    e: Element<L>,
    f: Element<L>,
    g: Element<L>,
    h: Element<L>,
}

/// A point to be added, as an [`Entry`] has it.
struct Addend<L: SignedLanes> {
    plus: Element<L>,
    minus: Element<L>,
    product: Element<L>,
}

impl<L: SignedLanes> Factors<L> {
    #[inline(always)]
    fn point(&self, field: Field<L>) -> Point<L> {
        Point { t: field.multiply(&self.e, &self.h), ..self.without_t(field, &self.e) }
    }

    /// A point that is to be doubled, which takes no T.
    #[inline(always)]
    fn without_t(&self, field: Field<L>, t: &Element<L>) -> Point<L> {
        Point {
            x: field.multiply(&self.e, &self.f),
            y: field.multiply(&self.g, &self.h),
            z: field.multiply(&self.f, &self.g),
            t: *t,
        }
    }
}

/// Twice the point (RFC 8032 §5.1.4).
#[inline(always)]
fn double<L: SignedLanes>(field: Field<L>, Point { x, y, z, .. }: &Point<L>) -> Factors<L> {
    let a = field.square(x);
    let b = field.square(y);
    let z_squared = field.square(z);
    let both = field.square(&field.sum(x, y));
    let h = field.add(a, &b);
    let g = field.subtract::<0>(field.add(field.bias(), &a), &b);
    let f = field.add(field.add(g, &z_squared), &z_squared);
    let e = field.subtract::<0>(field.add(field.bias(), &h), &both);
    Factors { e: field.settle(e), f: field.settle(f), g: field.settle(g), h: field.settle(h) }
}

/// The sum with an affine point.
#[inline(always)]
fn add<L: SignedLanes>(field: Field<L>, sum: &Point<L>, addend: &Addend<L>) -> Factors<L> {
    add_over(field, sum, addend, &sum.z)
}

/// The sum with a point (RFC 8032 §5.1.4), for the product of both Z.
#[inline(always)]
fn add_over<L: SignedLanes>(
    field: Field<L>,
    sum: &Point<L>,
    addend: &Addend<L>,
    z: &Element<L>,
) -> Factors<L> {
    let a = field.multiply(&field.difference(&sum.y, &sum.x), &addend.minus);
    let b = field.multiply(&field.sum(&sum.y, &sum.x), &addend.plus);
    let c = field.multiply(&sum.t, &addend.product);
    let d = field.add(*z, z);
    Factors {
        e: field.difference(&b, &a),
        f: field.difference(&d, &c),
        g: field.sum(&d, &c),
        h: field.sum(&b, &a),
    }
}

/// A point to be added, but for its Z.
#[inline(always)]
fn addend<L: SignedLanes>(
    field: Field<L>,
    x: &Element<L>,
    y: &Element<L>,
    t: &Element<L>,
) -> Addend<L> {
    Addend {
        plus: field.sum(y, x),
        minus: field.difference(y, x),
        product: field.multiply(t, &field.constant(&TWICE_D)),
    }
}

/// The affine points of several, with one inversion for all: of the product, out of which the others
/// come one after the other.
#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "as many of each")]
fn affine<L: SignedLanes>(field: Field<L>, points: &[Point<L>]) -> Vec<[Element<L>; 2]> {
    let mut product = field.one();
    let mut before = Vec::with_capacity(points.len());
    for point in points {
        before.push(product);
        product = field.multiply(&product, &point.z);
    }
    let mut inverse = field.invert(&product);
    let mut places = vec![[product; 2]; points.len()];
    for at in (0..points.len()).rev() {
        let Point { x, y, z, .. } = &points[at];
        let over_z = field.multiply(&inverse, &before[at]);
        inverse = field.multiply(&inverse, z);
        places[at] = [field.multiply(x, &over_z), field.multiply(y, &over_z)];
    }
    places
}

/// The odd multiples of each point and of its products with 2^64, 2^128 and 2^192, `count` of each.
#[inline(always)]
#[expect(clippy::needless_range_loop, clippy::indexing_slicing, reason = "loops count here")]
pub(super) fn multiples<L: SignedLanes>(lanes: L, places: &Places, count: usize) -> Multiples {
    let field = Field::new(lanes);
    let (x, y) = (field.load(&places.x), field.load(&places.y));
    let mut point = Point { x, y, z: field.one(), t: field.multiply(&x, &y) };
    let mut points = Vec::with_capacity(SETS * count);
    for set in 0..SETS {
        let twice = double(field, &point).point(field);
        add_odd_multiples(field, &point, &twice, count, &mut points);
        if set + 1 < SETS {
            point = twice;
            for _ in 2..SET_BITS {
                point = double(field, &point).without_t(field, &point.t);
            }
            point = double(field, &point).point(field);
        }
    }
    let affine_points = affine(field, &points);
    let mut entries = Vec::with_capacity(points.len());
    for at in 0..affine_points.len() {
        let [x, y] = &affine_points[at];
        let Addend { plus, minus, product } = addend(field, x, y, &field.multiply(x, y));
        let negated = field.settle(field.subtract::<0>(field.bias(), &product));
        let numbers = [plus, minus, product, negated];
        let mut stored = [[[0; LANES]; DIGITS]; 4];
        for which in 0..4 {
            stored[which] = field.store(&numbers[which]);
        }
        entries.push(stored);
    }
    entries
}

/// Puts 1, 3, 5 ... times the point behind the points.
#[inline(always)]
fn add_odd_multiples<L: SignedLanes>(
    field: Field<L>,
    point: &Point<L>,
    twice: &Point<L>,
    count: usize,
    points: &mut Vec<Point<L>>,
) {
    let Point { x, y, z, t } = twice;
    let twice = addend(field, x, y, t);
    let mut multiple = *point;
    points.push(multiple);
    for _ in 1..count {
        let both = field.multiply(&multiple.z, z);
        multiple = add_over(field, &multiple, &twice, &both).point(field);
        points.push(multiple);
    }
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
