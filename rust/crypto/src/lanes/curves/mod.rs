//! What the kernels of P-256 and Ed25519 have in common: registers whose columns may be below zero,
//! numbers modulo the order of a base point, and tables of odd multiples.

mod field;
mod kernel;
mod order;
mod registers;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
pub(super) mod slow;
mod table;

pub(crate) use field::Numbers;
pub(super) use field::{Columns, DIGIT_BITS, DIGITS, Element, Field, Modulus, Number};
pub(super) use field::{carried, digits_of_words, of_lane, side_by_side};
pub(crate) use kernel::Kernel;
pub(super) use order::{Order, Words, difference, is_below, sum, words_of_be};
pub(crate) use registers::SignedLanes;
pub(crate) use table::Table;
pub(super) use table::{BASE_BITS, KEY_BITS, SET_BITS, SETS, entries};

/// Keys or signatures in a group.
pub(crate) const GROUP: usize = super::rsa::LANES;
