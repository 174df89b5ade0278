//! Points of edwards25519, eight at once, and the tables of keys.
//!
//! Coordinates are extended, x = X/Z, y = Y/Z and T = X Y/Z (RFC 8032 §5.1.4). Addition and doubling
//! are complete there: they know no exception, of whatever order the points are, and Z is never 0.

use super::field::{Field, TWICE_D};
use crate::lanes::curves::{DIGITS, Element, Number, Numbers, SET_BITS, SETS, SignedLanes};
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
    pub(super) const NEUTRAL: Self = Self {
        plus: [1, 0, 0, 0, 0],
        minus: [1, 0, 0, 0, 0],
        product: [0; DIGITS],
        negated_product: [0; DIGITS],
    };
}

/// Odd multiples of points, set by set, as the four numbers of an entry.
pub(crate) type Multiples = Vec<[Numbers; 4]>;

/// A point of each lane.
pub(super) struct Point<L: SignedLanes> {
    pub(super) x: Element<L>,
    pub(super) y: Element<L>,
    pub(super) z: Element<L>,
    pub(super) t: Element<L>,
}

impl<L: SignedLanes> Clone for Point<L> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<L: SignedLanes> Copy for Point<L> {}

/// E, F, G and H of RFC 8032 §5.1.4, of which the coordinates are products.
pub(super) struct Factors<L: SignedLanes> {
    e: Element<L>,
    f: Element<L>,
    g: Element<L>,
    h: Element<L>,
}

/// A point to be added, as an [`Entry`] has it.
pub(super) struct Addend<L: SignedLanes> {
    pub(super) plus: Element<L>,
    pub(super) minus: Element<L>,
    pub(super) product: Element<L>,
}

impl<L: SignedLanes> Factors<L> {
    #[inline(always)]
    pub(super) fn point(&self, field: Field<L>) -> Point<L> {
        Point { t: field.multiply(&self.e, &self.h), ..self.without_t(field, &self.e) }
    }

    /// A point that is to be doubled, which takes no T.
    #[inline(always)]
    pub(super) fn without_t(&self, field: Field<L>, t: &Element<L>) -> Point<L> {
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
pub(super) fn double<L: SignedLanes>(
    field: Field<L>,
    Point { x, y, z, .. }: &Point<L>,
) -> Factors<L> {
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
pub(super) fn add<L: SignedLanes>(
    field: Field<L>,
    sum: &Point<L>,
    addend: &Addend<L>,
) -> Factors<L> {
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
pub(super) fn affine<L: SignedLanes>(field: Field<L>, points: &[Point<L>]) -> Vec<[Element<L>; 2]> {
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
