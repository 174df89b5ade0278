//! Rows as leaves of a Merkle tree, and the tree's root (RFC 9162 §2.1.1).
//!
//! A row is spelled column by column, so that anyone can spell it again from a Parquet file: nothing is one octet 00;
//! a value is 01, then a truth value as one octet, a number or time in µs as eight, text and binary as their length in
//! four and their octets, a list as the number of its values in four and each value so. Numbers are big endian.

use arrow_array::cast::AsArray;
use arrow_array::types::{Int8Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{
    Array, BinaryArray, BooleanArray, DictionaryArray, ListArray, PrimitiveArray, RecordBatch,
    StringArray,
};
use arrow_schema::{DataType, TimeUnit};
use smimebatch_crypto::digest::{Algorithm, Job, LineEnds, many};

/// What precedes a leaf when it is hashed.
const LEAF: u8 = 0;
/// What precedes two nodes when they are hashed.
const NODE: u8 = 1;
const ABSENT: u8 = 0;
const PRESENT: u8 = 1;
/// Octets of a hash.
pub const HASH_BYTES: usize = 32;

/// A hash of the tree.
pub type Hash = [u8; HASH_BYTES];

/// What no leaves or no root can be made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeavesError {
    /// A batch with a column of another kind than results have.
    NotResults {
        /// The columns it has.
        found: Vec<String>,
    },
    /// No whole number of hashes.
    NotHashes {
        /// The octets there are.
        found: usize,
    },
}

impl std::fmt::Display for LeavesError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotResults { found } => {
                write!(f, "expected rows of results; found the columns {}", found.join(", "))
            }
            Self::NotHashes { found } => {
                write!(f, "expected hashes of {HASH_BYTES} bytes; found {found} bytes")
            }
        }
    }
}

impl std::error::Error for LeavesError {}

/// The leaf hashes of all rows, one after another.
///
/// # Errors
/// [`LeavesError::NotResults`].
pub fn leaf_octets(batches: &[RecordBatch]) -> Result<Vec<u8>, LeavesError> {
    let mut octets = Vec::new();
    for batch in batches {
        let columns = || batch.schema_ref().fields().iter().map(|field| field.name().clone());
        let not_results = || LeavesError::NotResults { found: columns().collect() };
        octets.extend_from_slice(row_leaves(batch).ok_or_else(not_results)?.as_flattened());
    }
    Ok(octets)
}

/// As [`root`], of leaf hashes one after another.
///
/// # Errors
/// [`LeavesError::NotHashes`].
pub fn root_of_octets(octets: &[u8]) -> Result<Hash, LeavesError> {
    let (leaves, rest) = octets.as_chunks::<HASH_BYTES>();
    if rest.is_empty() {
        Ok(root(leaves))
    } else {
        Err(LeavesError::NotHashes { found: octets.len() })
    }
}

/// The leaf hash of every row; `None` for a batch with a column of another kind than results have.
#[must_use]
pub fn row_leaves(batch: &RecordBatch) -> Option<Vec<Hash>> {
    let columns: Vec<Column<'_>> =
        batch.columns().iter().map(|array| Column::of(array.as_ref())).collect::<Option<_>>()?;
    let mut spelled = Vec::with_capacity(batch.num_rows() * 256);
    let mut ends = Vec::with_capacity(batch.num_rows());
    for row in 0..batch.num_rows() {
        spelled.push(LEAF);
        for column in &columns {
            column.spell(&mut spelled, row)?;
        }
        ends.push(spelled.len());
    }
    let starts = core::iter::once(0).chain(ends.iter().copied());
    let pieces: Option<Vec<&[u8]>> =
        starts.zip(&ends).map(|(start, end)| spelled.get(start..*end)).collect();
    Some(hashes(&pieces?))
}

/// The root of the tree over leaf hashes, in their order; of none, the hash of nothing.
#[must_use]
pub fn root(leaves: &[Hash]) -> Hash {
    if leaves.is_empty() {
        return hashes(&[&[]]).first().copied().unwrap_or_default();
    }
    // The largest power of two below the number of leaves divides each tree: so neighbours are paired, level by level,
    // and one that is left over goes up as it is.
    let mut level = leaves.to_vec();
    while level.len() > 1 {
        let (pairs, alone) = level.as_chunks::<2>();
        let nodes: Vec<[u8; 2 * HASH_BYTES + 1]> = pairs.iter().map(node).collect();
        let pieces: Vec<&[u8]> = nodes.iter().map(<[u8; 2 * HASH_BYTES + 1]>::as_slice).collect();
        let mut above = hashes(&pieces);
        above.extend(alone);
        level = above;
    }
    level.first().copied().unwrap_or_default()
}

fn node(pair: &[Hash; 2]) -> [u8; 2 * HASH_BYTES + 1] {
    let mut octets = [NODE; 2 * HASH_BYTES + 1];
    let (_, places) = octets.split_at_mut(1);
    places.iter_mut().zip(pair.as_flattened()).for_each(|(place, octet)| *place = *octet);
    octets
}

fn hashes(pieces: &[&[u8]]) -> Vec<Hash> {
    let alone: Vec<[&[u8]; 1]> = pieces.iter().map(|piece| [*piece]).collect();
    let jobs: Vec<Job<'_>> = alone
        .iter()
        .map(|pieces| Job { algorithm: Algorithm::Sha256, pieces, line_ends: LineEnds::AsStored })
        .collect();
    // SHA-256 gives 32 octets.
    many(&jobs).iter().map(|digest| digest.as_bytes().try_into().unwrap_or_default()).collect()
}

/// A column whose kind is known, so that it is not asked for every value.
enum Column<'a> {
    Truth(&'a BooleanArray),
    Small(&'a PrimitiveArray<Int32Type>),
    Number(&'a PrimitiveArray<Int64Type>),
    Time(&'a PrimitiveArray<TimestampMicrosecondType>),
    Text(&'a StringArray),
    Octets(&'a BinaryArray),
    Word(&'a DictionaryArray<Int8Type>, &'a StringArray),
    List(&'a ListArray, Box<Column<'a>>),
}

impl<'a> Column<'a> {
    /// Results hold no lists of lists, so this goes two levels deep at most.
    fn of(array: &'a dyn Array) -> Option<Self> {
        if let Some(words) = array.as_dictionary_opt::<Int8Type>() {
            return Some(Self::Word(words, words.values().as_string_opt()?));
        }
        Some(match array.data_type() {
            DataType::Boolean => Self::Truth(array.as_boolean()),
            DataType::Int32 => Self::Small(array.as_primitive()),
            DataType::Int64 => Self::Number(array.as_primitive()),
            DataType::Timestamp(TimeUnit::Microsecond, _) => Self::Time(array.as_primitive()),
            DataType::Utf8 => Self::Text(array.as_string()),
            DataType::Binary => Self::Octets(array.as_binary()),
            DataType::List(_) => {
                let list = array.as_list::<i32>();
                Self::List(list, Box::new(Self::of(list.values().as_ref())?))
            }
            _ => return None,
        })
    }

    fn is_null(&self, row: usize) -> bool {
        match self {
            Self::Truth(array) => array.is_null(row),
            Self::Small(array) => array.is_null(row),
            Self::Number(array) => array.is_null(row),
            Self::Time(array) => array.is_null(row),
            Self::Text(array) => array.is_null(row),
            Self::Octets(array) => array.is_null(row),
            Self::Word(array, _) => array.is_null(row),
            Self::List(array, _) => array.is_null(row),
        }
    }

    /// Adds one value.
    fn spell(&self, out: &mut Vec<u8>, row: usize) -> Option<()> {
        if self.is_null(row) {
            out.push(ABSENT);
            return Some(());
        }
        out.push(PRESENT);
        match self {
            Self::Truth(array) => out.push(array.value(row).into()),
            Self::Small(array) => out.extend(i64::from(array.value(row)).to_be_bytes()),
            Self::Number(array) => out.extend(array.value(row).to_be_bytes()),
            Self::Time(array) => out.extend(array.value(row).to_be_bytes()),
            Self::Text(array) => spell_octets(out, array.value(row).as_bytes())?,
            Self::Octets(array) => spell_octets(out, array.value(row))?,
            Self::Word(array, words) => {
                let word = usize::try_from(array.keys().value(row)).ok()?;
                spell_octets(out, words.value(word).as_bytes())?;
            }
            Self::List(list, values) => {
                let place =
                    |at| list.value_offsets().get(at).and_then(|it| usize::try_from(*it).ok());
                let (start, end) = (place(row)?, place(row + 1)?);
                out.extend(u32::try_from(end - start).ok()?.to_be_bytes());
                for value in start..end {
                    values.spell(out, value)?;
                }
            }
        }
        Some(())
    }
}

fn spell_octets(out: &mut Vec<u8>, octets: &[u8]) -> Option<()> {
    out.extend(u32::try_from(octets.len()).ok()?.to_be_bytes());
    out.extend_from_slice(octets);
    Some(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, Int64Array};
    use smimebatch_crypto::digest::one;

    use super::*;

    fn sha256(octets: &[u8]) -> Hash {
        one(Algorithm::Sha256, octets).as_bytes().try_into().unwrap()
    }

    /// RFC 9162 §2.1.1, as it stands there.
    fn tree_hash(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => sha256(&[]),
            [leaf] => *leaf,
            _ => {
                let middle = leaves.len().next_power_of_two() / 2;
                let (left, right) = leaves.split_at(middle);
                sha256(&[&[1][..], &tree_hash(left), &tree_hash(right)].concat())
            }
        }
    }

    #[test]
    fn root_of_any_number_of_leaves_is_that_of_the_recursive_definition() {
        let leaves: Vec<Hash> = (0_u8..70).map(|number| sha256(&[number])).collect();
        for count in 0..leaves.len() {
            assert_eq!(root(&leaves[..count]), tree_hash(&leaves[..count]), "{count}");
        }
    }

    #[test]
    fn row_is_spelled_column_by_column_and_a_word_of_a_vocabulary_as_text() {
        let words: DictionaryArray<Int8Type> = [Some("ab"), None].into_iter().collect();
        let text: ArrayRef = Arc::new(StringArray::from(vec![Some("ab"), None]));
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![None, Some(-2)]));
        let batch = |first: ArrayRef| {
            RecordBatch::try_from_iter([("a", first), ("b", Arc::clone(&numbers))]).unwrap()
        };
        let leaves = row_leaves(&batch(text)).unwrap();
        assert_eq!(leaves[0], sha256(b"\x00\x01\x00\x00\x00\x02ab\x00"));
        assert_eq!(leaves[1], sha256(b"\x00\x00\x01\xff\xff\xff\xff\xff\xff\xff\xfe"));
        assert_eq!(row_leaves(&batch(Arc::new(words))), Some(leaves));
    }

    #[test]
    fn column_of_a_kind_that_no_result_has_gives_no_leaves() {
        let odd: ArrayRef = Arc::new(arrow_array::Float64Array::from(vec![1.0]));
        let odd = RecordBatch::try_from_iter([("x", odd)]).unwrap();
        assert_eq!(row_leaves(&odd), None);
        assert_eq!(leaf_octets(&[odd]), Err(LeavesError::NotResults { found: vec!["x".into()] }));
    }

    #[test]
    fn leaves_of_batches_are_those_of_their_rows_and_give_the_root() {
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
        let rows = RecordBatch::try_from_iter([("x", numbers)]).unwrap();
        let whole = row_leaves(&rows).unwrap();
        let octets = leaf_octets(&[rows.slice(0, 1), rows.slice(1, 2)]).unwrap();
        assert_eq!(octets, whole.concat());
        assert_eq!(root_of_octets(&octets), Ok(root(&whole)));
        assert_eq!(root_of_octets(&[]), Ok(root(&[])));
        assert_eq!(root_of_octets(&octets[1..]), Err(LeavesError::NotHashes { found: 95 }));
    }
}
