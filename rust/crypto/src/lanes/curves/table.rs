//! Odd multiples of a point, by which a multiple of it is a sum: of one entry for each digit of a
//! scalar, of which all are odd and none is 0 (Joye and Tunstall, 2009).
//!
//! An odd k is written in digits of W bits, d = (k >> W i | 1) mod 2^(W + 1) - 2^W, from -2^W + 1 to
//! 2^W - 1. Digits of bits 64 apart share their doublings: there is a set of entries for each.

use super::{DIGITS, Number, Numbers, of_lane};
use crate::lanes::rsa::LANES;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bits of a scalar that one set is for.
pub(in crate::lanes) const SET_BITS: usize = 64;
/// Sets of a table.
pub(in crate::lanes) const SETS: usize = 4;
/// Bits of a digit of what a key is multiplied by: 8 entries in a set.
pub(in crate::lanes) const KEY_BITS: usize = 4;
/// Bits of a digit of what the base point is multiplied by: 128 entries in a set.
pub(in crate::lanes) const BASE_BITS: usize = 8;

/// Octets that tables may take at once: 30 MiB, or 8,192 keys of P-256 and 6,144 of Ed25519, which
/// is more signers than most archives have, and little beside what a run may take.
const MOST_OCTETS: usize = 8_192 * 3_840;
/// Octets that tables take.
static OCTETS: AtomicUsize = AtomicUsize::new(0);

/// The odd multiples of one point, each as its curve adds it.
#[derive(Debug)]
pub(crate) struct Table<E>(Box<[E]>);

/// How many entries a set has.
pub(in crate::lanes) const fn entries(bits: usize) -> usize {
    1 << (bits - 1)
}

impl<E> Drop for Table<E> {
    fn drop(&mut self) {
        OCTETS.fetch_sub(size_of_val(&*self.0), Ordering::Relaxed);
    }
}

impl<E> Table<E> {
    /// Whether a few more may be made; with many threads there may be a few too many.
    pub(crate) fn may_be_made() -> bool {
        OCTETS.load(Ordering::Relaxed) < MOST_OCTETS
    }

    /// A table for each lane, of the numbers that are its entries, set by set.
    pub(in crate::lanes) fn of_lanes<const N: usize>(
        multiples: &[[Numbers; N]],
        entry: impl Fn([Number; N]) -> E,
    ) -> [Self; LANES] {
        let mut tables = [const { Vec::new() }; LANES];
        tables.iter_mut().for_each(|table| table.reserve_exact(multiples.len()));
        // Lane by lane all of them would go through the cache eight times.
        for numbers in multiples {
            for (lane, table) in tables.iter_mut().enumerate() {
                let mut of_entry = [[0; DIGITS]; N];
                for (number, numbers) in of_entry.iter_mut().zip(numbers) {
                    *number = of_lane(numbers, lane);
                }
                table.push(entry(of_entry));
            }
        }
        tables.map(Self::of_entries)
    }

    fn of_entries(entries: Vec<E>) -> Self {
        let entries = entries.into_boxed_slice();
        OCTETS.fetch_add(size_of_val(&*entries), Ordering::Relaxed);
        Self(entries)
    }

    /// The entry of the point itself.
    #[inline(always)]
    #[expect(clippy::indexing_slicing, reason = "the first of the first set")]
    pub(in crate::lanes) fn point(&self) -> &E {
        &self.0[0]
    }

    #[cfg(test)]
    #[allow(clippy::indexing_slicing)]
    pub(in crate::lanes) fn entry_at(&self, at: usize) -> &E {
        &self.0[at]
    }

    /// The entry for a digit of an odd scalar, and whether the digit is above 0. The highest digit
    /// is, as if there were one more bit.
    #[inline(always)]
    #[expect(clippy::indexing_slicing, reason = "a digit less its highest bit is a set's entry")]
    pub(in crate::lanes) fn entry<const BITS: usize>(
        &self,
        scalar: &[u64; 4],
        set: usize,
        place: usize,
    ) -> (&E, bool) {
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
