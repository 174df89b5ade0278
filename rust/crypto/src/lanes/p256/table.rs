//! Odd multiples of a point, by which a multiple of it is a sum: of one entry for each digit of a
//! scalar, of which all are odd and none is 0 (Joye and Tunstall, 2009).
//!
//! An odd k is written in digits of W bits, d = (k >> W i | 1) mod 2^(W + 1) - 2^W, from -2^W + 1 to
//! 2^W - 1. Digits of bits 64 apart share their doublings: there is a set of entries for each.

use super::field::{Number, Numbers};
use crate::lanes::rsa::LANES;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bits of a scalar that one set is for.
pub(super) const SET_BITS: usize = 64;
/// Sets of a table.
pub(super) const SETS: usize = 4;
/// Bits of a digit of what a key is multiplied by: 8 entries in a set, and 3,840 octets a key.
pub(super) const KEY_BITS: usize = 4;
/// Bits of a digit of what the base point is multiplied by: 128 entries in a set.
pub(super) const BASE_BITS: usize = 8;

/// Tables that there may be at once, of 3,840 octets each: 32 MiB, which is more signers than most
/// archives have, and little beside what a run may take.
const MOST_TABLES: usize = 8_192;
/// Tables that there are.
static TABLES: AtomicUsize = AtomicUsize::new(0);

/// A point in Montgomery form.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) x: Number,
    pub(super) y: Number,
    pub(super) negated_y: Number,
}

/// The odd multiples of one point.
#[derive(Debug)]
pub(crate) struct Table(Box<[Entry]>);

/// How many entries a set has.
pub(super) const fn entries(bits: usize) -> usize {
    1 << (bits - 1)
}

impl Drop for Table {
    fn drop(&mut self) {
        TABLES.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Table {
    /// Whether a few more may be made; with many threads there may be a few too many.
    pub(crate) fn may_be_made() -> bool {
        TABLES.load(Ordering::Relaxed) < MOST_TABLES
    }

    /// A lane's entries.
    pub(super) fn of_lane(entries: &[[Numbers; 3]], lane: usize) -> Self {
        let number = |numbers: &Numbers| {
            numbers.map(|digits: [u64; LANES]| digits.get(lane).copied().unwrap_or_default())
        };
        let entry = |[x, y, negated_y]: &[Numbers; 3]| Entry {
            x: number(x),
            y: number(y),
            negated_y: number(negated_y),
        };
        TABLES.fetch_add(1, Ordering::Relaxed);
        Self(entries.iter().map(entry).collect())
    }

    /// The entry for a digit of an odd scalar, and whether the digit is above 0. The highest digit
    /// is, as if there were one more bit.
    #[inline(always)]
    #[expect(clippy::indexing_slicing, reason = "a digit less its highest bit is a set's entry")]
    pub(super) fn entry<const BITS: usize>(
        &self,
        scalar: &[u64; 4],
        set: usize,
        place: usize,
    ) -> (&Entry, bool) {
        let above = if set + 1 < SETS { scalar[set + 1] } else { 1 };
        let from = BITS * place + 1;
        let window = u128::from(scalar[set]) | u128::from(above) << SET_BITS;
        let field = (window >> from) as usize;
        let mask = entries(BITS) - 1;
        let is_positive = field >> (BITS - 1) & 1 == 1;
        let index = if is_positive { field & mask } else { !field & mask };
        (&self.0[set * entries(BITS) + index], is_positive)
    }
}
