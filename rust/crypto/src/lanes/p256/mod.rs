//! ECDSA over P-256 (FIPS 186-5 §6.4.2), eight signatures at once.
//!
//! What enters is a public key's point, and a [`Signature`]: numbers that were received as one,
//! beside the digest that should be signed. Whatever is unusual is left to the library: numbers out
//! of range, and sums on whose way a point met itself, its negative or infinity, which a forger can
//! arrange and nobody else. So a kernel says valid or invalid of ordinary sums alone.

mod field;
mod point;
mod registers;
mod scalar;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests;

pub(crate) use point::Entry;
pub(crate) use registers::Compiled;

use super::curves::{BASE_BITS, DIGIT_BITS, DIGITS, GROUP, KEY_BITS, Number, Numbers};
use super::curves::{digits_of_words, entries, of_lane, side_by_side};
use super::limbs;
use field::P;
use point::{Places, Sums};
use scalar::Scalar;
use std::sync::OnceLock;

/// The base point (SP 800-186 §3.2.1.3), x and y.
const BASE: [u8; 64] = [
    0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2,
    0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96,
    0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16,
    0x2b, 0xce, 0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5,
];

/// A signature value and the digest it should be of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signature {
    r: Scalar,
    s: Scalar,
    digest: Scalar,
}

impl Signature {
    /// None if r or s is not from 1 to n - 1. Of a digest, the leftmost 256 bits count.
    pub(crate) fn new(r: &[u8; 32], s: &[u8; 32], digest: &[u8]) -> Option<Self> {
        let mut number = [0; 32];
        let taken = digest.get(..32).unwrap_or(digest);
        number.get_mut(32 - taken.len()..)?.copy_from_slice(taken);
        Some(Self {
            r: Scalar::of_signature(r)?,
            s: Scalar::of_signature(s)?,
            digest: Scalar::of_digest(&number),
        })
    }
}

/// What a kernel can say of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    Valid,
    Invalid,
    /// The library has to say.
    Unusual,
}

/// The odd multiples of a point.
pub(crate) type Table = super::curves::Table<Entry>;

/// The tables of up to [`GROUP`] points of the curve, each x and y big-endian; None for a point
/// that turns out to be none.
pub(crate) fn tables<L: Compiled>(lanes: L, points: &[&[u8; 64]]) -> Vec<Option<Table>> {
    tables_of(lanes, points, KEY_BITS)
}

fn tables_of<L: Compiled>(lanes: L, points: &[&[u8; 64]], bits: usize) -> Vec<Option<Table>> {
    let Some(first) = points.first() else {
        return Vec::new();
    };
    let in_lane = |lane: usize| *points.get(lane).unwrap_or(first);
    let places = Places {
        x: side_by_side(|lane| digits(in_lane(lane).first_chunk().unwrap_or(&[0; 32]))),
        y: side_by_side(|lane| digits(in_lane(lane).last_chunk().unwrap_or(&[0; 32]))),
    };
    let multiples = lanes.multiples(&places, entries(bits));
    let tables = Table::of_lanes(&multiples.entries, |[x, y, negated_y]| Entry { x, y, negated_y });
    let is_whole = |lane: usize| !is_zero(&multiples.product, lane);
    let tables = tables.into_iter().enumerate().take(points.len());
    tables.map(|(lane, table)| is_whole(lane).then_some(table)).collect()
}

fn base_table<L: Compiled>(lanes: L) -> &'static Table {
    static BASE_TABLE: OnceLock<Table> = OnceLock::new();
    BASE_TABLE.get_or_init(|| {
        let made = tables_of(lanes, &[&BASE], BASE_BITS).pop().flatten();
        made.unwrap_or_else(|| unreachable!("the base point is on the curve"))
    })
}

/// What is to be said of each signature with its key's table.
pub(crate) fn verify<L: Compiled>(lanes: L, signatures: &[(&Table, Signature)]) -> Vec<Finding> {
    if signatures.is_empty() {
        return Vec::new();
    }
    let mut inverses: Vec<Scalar> = signatures.iter().map(|(_, one)| one.s).collect();
    scalar::invert_all(&mut inverses);
    let groups = signatures.chunks(GROUP).zip(inverses.chunks(GROUP));
    groups.flat_map(|(group, inverses)| verify_group(lanes, group, inverses)).collect()
}

/// Lanes without a signature repeat the first.
fn verify_group<L: Compiled>(
    lanes: L,
    group: &[(&Table, Signature)],
    inverses: &[Scalar],
) -> Vec<Finding> {
    let (Some(first), Some(first_inverse)) = (group.first(), inverses.first()) else {
        return Vec::new();
    };
    let in_lane = |lane: usize| group.get(lane).unwrap_or(first);
    let times = |lane: usize| {
        let inverse = inverses.get(lane).unwrap_or(first_inverse);
        let (_, Signature { r, digest, .. }) = in_lane(lane);
        scalar::multiples(inverse, digest, r).map(|multiple| multiple.odd())
    };
    let candidates = |lane: usize| {
        let r = &in_lane(lane).1.r;
        [Some(r.words()), r.plus_n()]
    };
    let candidate = |at: usize| {
        side_by_side(|lane| {
            let [first, second] = candidates(lane);
            let words = if at == 0 { first } else { second };
            digits_of_words(words.unwrap_or_default())
        })
    };
    let ends = lanes.ends(&Sums {
        base: base_table(lanes),
        keys: std::array::from_fn(|lane| in_lane(lane).0),
        times: std::array::from_fn(times),
        candidates: [candidate(0), candidate(1)],
    });
    let finding = |lane: usize| {
        if is_zero(&ends.z, lane) {
            return Finding::Unusual;
        }
        let [first, second] = &ends.differences;
        let is_second = candidates(lane)[1].is_some() && is_zero(second, lane);
        if is_zero(first, lane) || is_second { Finding::Valid } else { Finding::Invalid }
    };
    (0..group.len()).map(finding).collect()
}

/// Whether a lane's number, at most p, is 0 modulo p.
fn is_zero(numbers: &Numbers, lane: usize) -> bool {
    let number = of_lane(numbers, lane);
    number == [0; DIGITS] || number == P
}

fn digits(number_be: &[u8; 32]) -> Number {
    let mut digits = [0; DIGITS];
    limbs::from_be_bytes::<DIGIT_BITS>(number_be, &mut digits);
    digits
}
