//! A record batch of raw messages, read as a list of stored messages without copying.
//!
//! Any of Arrow's binary layouts is taken for `raw` and `mbox_from`, any string layout (dictionaries too) for
//! `source`; a string `raw` column is read as its bytes. Only a batch that cannot be understood is an error.

use std::fmt;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, ArrayRef, BooleanArray, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};

use super::times::Times;
use crate::codes::parse_code;
use crate::limits;
use crate::verify::chunk::StoredMessage;
use crate::verify::vocabulary::ErrorCode;

/// A batch that does not hold raw messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputError {
    /// There is no column `raw`.
    NoRawColumn {
        /// The columns there are.
        found: Vec<String>,
    },
    /// A message that is read piece by piece comes with one row.
    NotOneRow {
        /// The rows there are.
        found: usize,
    },
    /// A row was asked for that there is not.
    NoSuchRow {
        /// The rows there are.
        rows: usize,
        /// The row, counted from 0.
        found: usize,
    },
    /// A column has a type that cannot hold its values.
    WrongType {
        /// The column.
        column: &'static str,
        /// What it should be.
        expected: &'static str,
        /// What it is.
        found: DataType,
    },
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRawColumn { found } => write!(
                f,
                "expected a column `raw` of raw messages (binary), found the columns: {}; rename the column that holds the messages",
                found.join(", ")
            ),
            Self::NotOneRow { found } => write!(f, "expected one row, found {found}"),
            Self::NoSuchRow { rows, found } => {
                write!(f, "expected a row below {rows}, found {found}")
            }
            Self::WrongType { column, expected, found } => {
                write!(
                    f,
                    "expected column `{column}` to be {expected}, found {found}; cast it first"
                )
            }
        }
    }
}

impl std::error::Error for InputError {}

/// The schema that sources produce; where a time is vouched for, with a column `vouched_time` or `from_line_doubtful` besides.
#[must_use]
pub fn input_schema() -> SchemaRef {
    Schema::new(vec![
        Field::new("source", DataType::Utf8, true),
        Field::new("source_index", DataType::Int64, true),
        Field::new("source_offset", DataType::Int64, true),
        Field::new("source_length", DataType::Int64, true),
        Field::new("raw", DataType::BinaryView, true),
        Field::new("mbox_from", DataType::BinaryView, true),
        Field::new("split_suspicious", DataType::Boolean, true),
        Field::new("read_error", DataType::Utf8, true),
        Field::new("original_integrity", DataType::Utf8, true),
    ])
    .into()
}

/// Reads every row of `batch`, in order.
///
/// # Errors
/// When `raw` is missing or a column has an unusable type.
pub fn read_messages(batch: &RecordBatch) -> Result<Vec<StoredMessage<'_>>, InputError> {
    let raw = batch.column_by_name("raw").ok_or_else(|| InputError::NoRawColumn {
        found: batch.schema_ref().fields().iter().map(|field| field.name().clone()).collect(),
    })?;
    let raw = Strings::of("raw", raw)?;
    let mbox_from = optional(batch, "mbox_from", Strings::of)?;
    let source = optional(batch, "source", Strings::of)?;
    let source_index = optional(batch, "source_index", numbers)?;
    let source_offset = optional(batch, "source_offset", numbers)?;
    let source_length = optional(batch, "source_length", numbers)?;
    let read_error = optional(batch, "read_error", Strings::of)?;
    let original_integrity = optional(batch, "original_integrity", Strings::of)?;
    let vouched_time = optional(batch, "vouched_time", Times::of)?;
    let split_suspicious = optional(batch, "split_suspicious", booleans)?;
    let doubtful = optional(batch, "from_line_doubtful", booleans)?;
    let is_held = |raw: &&[u8]| raw.len() <= limits::MESSAGE_BYTES;
    let message = |row: usize| StoredMessage {
        source: source.as_ref().and_then(|column| column.text(row)),
        source_index: source_index.and_then(|column| number(column, row)),
        source_offset: source_offset.and_then(|column| number(column, row)),
        source_length: source_length.and_then(|column| number(column, row)),
        raw: raw.value(row).filter(is_held),
        from_line: mbox_from.as_ref().and_then(|column| column.value(row)),
        split_suspicious: split_suspicious.is_some_and(|column| is_true(column, row)),
        doubts_from_line: doubtful.is_some_and(|column| is_true(column, row)),
        vouched_unix_us: vouched_time.as_ref().and_then(|column| column.latest_unix_us(row)),
        original_integrity: original_integrity
            .as_ref()
            .and_then(|column| column.text(row))
            .and_then(parse_code),
        error: match raw.value(row).is_some_and(|raw| !is_held(&raw)) {
            true => Some(ErrorCode::MessageTooLarge),
            false => read_error.as_ref().and_then(|column| column.text(row)).and_then(parse_code),
        },
        outline: None,
        target: None,
    };
    Ok((0..batch.num_rows()).map(message).collect())
}

fn booleans<'a>(column: &'static str, array: &'a ArrayRef) -> Result<&'a BooleanArray, InputError> {
    let found = array.data_type();
    let wrong = || InputError::WrongType { column, expected: "bool", found: found.clone() };
    array.as_boolean_opt().ok_or_else(wrong)
}

fn is_true(column: &BooleanArray, row: usize) -> bool {
    column.is_valid(row) && column.value(row)
}

type Numbers<'a> = &'a arrow_array::PrimitiveArray<Int64Type>;

fn optional<'a, T>(
    batch: &'a RecordBatch,
    name: &'static str,
    read: fn(&'static str, &'a ArrayRef) -> Result<T, InputError>,
) -> Result<Option<T>, InputError> {
    batch.column_by_name(name).map(|column| read(name, column)).transpose()
}

fn numbers<'a>(column: &'static str, array: &'a ArrayRef) -> Result<Numbers<'a>, InputError> {
    array.as_primitive_opt::<Int64Type>().ok_or_else(|| InputError::WrongType {
        column,
        expected: "int64",
        found: array.data_type().clone(),
    })
}

fn number(column: Numbers<'_>, row: usize) -> Option<i64> {
    column.is_valid(row).then(|| column.value(row))
}

/// One column of byte strings in any of Arrow's layouts.
enum Strings<'a> {
    Binary(&'a arrow_array::BinaryArray),
    LargeBinary(&'a arrow_array::LargeBinaryArray),
    BinaryView(&'a arrow_array::BinaryViewArray),
    Utf8(&'a arrow_array::StringArray),
    LargeUtf8(&'a arrow_array::LargeStringArray),
    Utf8View(&'a arrow_array::StringViewArray),
    Dictionary { array: &'a ArrayRef, keys: Vec<usize>, values: Box<Strings<'a>> },
}

impl<'a> Strings<'a> {
    fn of(column: &'static str, array: &'a ArrayRef) -> Result<Self, InputError> {
        Ok(match array.data_type() {
            DataType::Binary => Self::Binary(array.as_binary()),
            DataType::LargeBinary => Self::LargeBinary(array.as_binary()),
            DataType::BinaryView => Self::BinaryView(array.as_binary_view()),
            DataType::Utf8 => Self::Utf8(array.as_string()),
            DataType::LargeUtf8 => Self::LargeUtf8(array.as_string()),
            DataType::Utf8View => Self::Utf8View(array.as_string_view()),
            DataType::Dictionary(_, value) if !matches!(**value, DataType::Dictionary(..)) => {
                let dictionary = array.as_any_dictionary();
                let keys = if dictionary.values().is_empty() {
                    Vec::new()
                } else {
                    dictionary.normalized_keys()
                };
                let values = Box::new(Self::of(column, dictionary.values())?);
                Self::Dictionary { array, keys, values }
            }
            found => {
                return Err(InputError::WrongType {
                    column,
                    expected: "binary or string, in any of Arrow's layouts",
                    found: found.clone(),
                });
            }
        })
    }

    fn value(&self, row: usize) -> Option<&'a [u8]> {
        match self {
            Self::Binary(array) => array.is_valid(row).then(|| array.value(row)),
            Self::LargeBinary(array) => array.is_valid(row).then(|| array.value(row)),
            Self::BinaryView(array) => array.is_valid(row).then(|| array.value(row)),
            Self::Utf8(array) => array.is_valid(row).then(|| array.value(row).as_bytes()),
            Self::LargeUtf8(array) => array.is_valid(row).then(|| array.value(row).as_bytes()),
            Self::Utf8View(array) => array.is_valid(row).then(|| array.value(row).as_bytes()),
            Self::Dictionary { array, keys, values } => {
                if !array.is_valid(row) {
                    return None;
                }
                keys.get(row).and_then(|&key| values.value(key))
            }
        }
    }

    fn text(&self, row: usize) -> Option<&'a str> {
        self.value(row).and_then(|bytes| std::str::from_utf8(bytes).ok())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{
        BinaryViewArray, DictionaryArray, Int64Array, LargeBinaryArray, StringArray,
    };

    use super::*;

    #[test]
    fn messages_from_any_layout_are_read() {
        let views = BinaryViewArray::from_iter([
            Some(b"From: a\n\nlong enough not to be inlined".as_slice()),
            None,
        ]);
        let large = LargeBinaryArray::from_iter([Some(b"x".as_slice()), None]);
        for raw in [Arc::new(views) as ArrayRef, Arc::new(large)] {
            let source: DictionaryArray<arrow_array::types::Int32Type> =
                vec!["a.mbox", "a.mbox"].into_iter().collect();
            let batch = RecordBatch::try_from_iter([
                ("raw", raw),
                ("source", Arc::new(source) as ArrayRef),
                ("source_index", Arc::new(Int64Array::from(vec![Some(7), None])) as ArrayRef),
            ])
            .unwrap();
            let messages = read_messages(&batch).unwrap();
            assert!(messages[0].raw.is_some() && messages[1].raw.is_none());
            assert_eq!(messages[1].source, Some("a.mbox"));
            assert_eq!((messages[0].source_index, messages[1].source_index), (Some(7), None));
        }
    }

    #[test]
    fn batch_without_raw_column_names_what_it_found() {
        let batch = RecordBatch::try_from_iter([(
            "body",
            Arc::new(StringArray::from(vec!["x"])) as ArrayRef,
        )])
        .unwrap();
        assert_eq!(
            read_messages(&batch).unwrap_err(),
            InputError::NoRawColumn { found: vec!["body".into()] }
        );
    }
}
