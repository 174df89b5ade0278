//! Ed25519 (RFC 8032 §5.1.7), eight signatures at once.
//!
//! What enters is a public key, a [`Signature`], and the hash of R, the key and the message. As in
//! the library, R is not decoded but compared, octet by octet, with the encoding of `s B - k A` (the
//! equation without cofactor), k is modulo L, and a key that is no point, or is not written as RFC
//! 8032 §5.1.3 asks, has no table. Addition is complete here, so there is no exception to leave to
//! the library: a key or R of another order than L is computed with as it is.

mod field;
mod point;
mod registers;
mod roots;
mod scalar;
mod sums;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests;

pub(crate) use point::Entry;
pub(crate) use registers::Compiled;

use super::curves::{BASE_BITS, DIGIT_BITS, DIGITS, GROUP, KEY_BITS, Number, Numbers, Words};
use super::curves::{digits_of_words, entries, of_lane, side_by_side};
use super::limbs;
use field::P;
use point::Places;
use roots::Roots;
use std::sync::OnceLock;
use sums::Sums;

/// The base point (RFC 8032 §5.1), x and y.
const BASE: [Number; 2] = [
    digits_of_words([
        0xc956_2d60_8f25_d51a,
        0x692c_c760_9525_a7b2,
        0xc0a4_e231_fdd6_dc5c,
        0x2169_36d3_cd6e_53fe,
    ]),
    digits_of_words([
        0x6666_6666_6666_6658,
        0x6666_6666_6666_6666,
        0x6666_6666_6666_6666,
        0x6666_6666_6666_6666,
    ]),
];

/// The odd multiples of a point.
pub(crate) type Table = super::curves::Table<Entry>;

/// A signature value: R as it was written, and s.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signature {
    r: [u8; 32],
    s: Words,
}

impl Signature {
    /// None unless these are 64 octets, and s is below L.
    pub(crate) fn new(octets: &[u8]) -> Option<Self> {
        let octets: &[u8; 64] = octets.try_into().ok()?;
        let s = scalar::of_signature(octets.last_chunk()?)?;
        Some(Self { r: *octets.first_chunk()?, s })
    }

    /// R.
    pub(crate) fn r(&self) -> &[u8; 32] {
        &self.r
    }
}

/// The tables of up to [`GROUP`] keys; None for one that is no point, or not as it should be written.
pub(crate) fn tables<L: Compiled>(lanes: L, keys: &[&[u8; 32]]) -> Vec<Option<Table>> {
    let encoded: Vec<(Number, bool)> = keys.iter().map(|key| decoded(key)).collect();
    let y = side_by_side(|lane| encoded.get(lane).map(|(y, _)| *y).unwrap_or_default());
    let roots = lanes.roots(&y);
    let x: Vec<Option<Number>> = encoded
        .iter()
        .enumerate()
        .map(|(lane, (y, is_odd))| x_of(&roots, lane, *is_odd).filter(|_| is_below_p(y)))
        .collect();
    let x_or_zero = |lane: usize| x.get(lane).copied().flatten().unwrap_or_default();
    let places = Places { x: side_by_side(x_or_zero), y };
    let tables = tables_of(lanes, &places, KEY_BITS);
    tables.into_iter().zip(x).map(|(table, x)| x.map(|_| table)).collect()
}

/// y, and whether x should be odd (RFC 8032 §5.1.3).
fn decoded(key: &[u8; 32]) -> (Number, bool) {
    let mut y_be = *key;
    y_be.reverse();
    let is_odd = y_be[0] >= 0x80;
    y_be[0] &= 0x7f;
    let mut y = [0; DIGITS];
    limbs::from_be_bytes::<DIGIT_BITS>(&y_be, &mut y);
    (y, is_odd)
}

/// The x of a lane's point, if there is any: 0 is not taken, of which the negative is the same.
fn x_of(roots: &Roots, lane: usize, is_odd: bool) -> Option<Number> {
    let is_zero = |numbers: &Numbers| of_lane(numbers, lane) == [0; DIGITS];
    let x = if is_zero(&roots.difference) {
        of_lane(&roots.x, lane)
    } else if is_zero(&roots.sum) {
        of_lane(&roots.other_x, lane)
    } else {
        return None;
    };
    let [lowest, ..] = x;
    if x == [0; DIGITS] {
        return None;
    }
    Some(if (lowest & 1 == 1) == is_odd { x } else { negative(&x) })
}

/// `p - number`, for a number up to p.
fn negative(number: &Number) -> Number {
    let mut negative = P;
    limbs::subtract::<DIGIT_BITS>(&mut negative, number);
    negative
}

fn is_below_p(number: &Number) -> bool {
    limbs::is_below(number, &P)
}

fn tables_of<L: Compiled>(lanes: L, places: &Places, bits: usize) -> [Table; GROUP] {
    let multiples = lanes.multiples(places, entries(bits));
    Table::of_lanes(&multiples, |[plus, minus, product, negated_product]| Entry {
        plus,
        minus,
        product,
        negated_product,
    })
}

fn base_table<L: Compiled>(lanes: L) -> &'static Table {
    static BASE_TABLE: OnceLock<Table> = OnceLock::new();
    BASE_TABLE.get_or_init(|| {
        let [x, y] = BASE.map(|number| side_by_side(|_| number));
        let [table, ..] = tables_of(lanes, &Places { x, y }, BASE_BITS);
        table
    })
}

/// A signature with its key's table, and the hash of R, key and message.
pub(crate) type Hashed<'a> = (&'a Table, Signature, [u8; 64]);

/// Whether each signature is right.
pub(crate) fn verify<L: Compiled>(lanes: L, signatures: &[Hashed<'_>]) -> Vec<bool> {
    if signatures.is_empty() {
        return Vec::new();
    }
    let base = base_table(lanes);
    let groups: Vec<Sums<'_>> =
        signatures.chunks(GROUP).filter_map(|group| sums_of(base, group)).collect();
    let ends = lanes.ends(&groups);
    let lanes_of = |end: Places| (0..GROUP).map(move |lane| encoded(&end, lane));
    let found = ends.into_iter().flat_map(lanes_of);
    signatures.iter().zip(found).map(|((_, signature, _), r)| r == Some(signature.r)).collect()
}

/// Lanes without a signature repeat the first.
fn sums_of<'a>(base: &'a Table, group: &[Hashed<'a>]) -> Option<Sums<'a>> {
    let first = group.first()?;
    let in_lane = |lane: usize| group.get(lane).unwrap_or(first);
    Some(Sums {
        base,
        keys: std::array::from_fn(|lane| in_lane(lane).0),
        base_times: std::array::from_fn(|lane| scalar::odd_times_base(&in_lane(lane).1.s)),
        key_times: std::array::from_fn(|lane| {
            scalar::odd_times_key(&scalar::of_hash(&in_lane(lane).2))
        }),
    })
}

/// A lane's point as it is written (RFC 8032 §5.1.2). None for (0, 0), which is no point: a Z of 0
/// would leave it, and complete formulas never come to one.
fn encoded(end: &Places, lane: usize) -> Option<[u8; 32]> {
    let (x, y) = (of_lane(&end.x, lane), of_lane(&end.y, lane));
    if x == [0; DIGITS] && y == [0; DIGITS] {
        return None;
    }
    let mut octets = [0; 32];
    limbs::write_be_bytes::<DIGIT_BITS>(&y, &mut octets);
    let [lowest_of_x, ..] = x;
    octets[0] |= (lowest_of_x as u8 & 1) << 7;
    octets.reverse();
    Some(octets)
}
