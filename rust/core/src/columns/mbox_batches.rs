//! Windows of an mbox → record batches whose messages are views into the window, without a copy (docs/design/06).
//!
//! Who reads the file feeds its bytes to [`MboxBatches`] a window at a time, as [`MboxScanner`] wants them; it knows the
//! position in the source, so that every row says where its message lies. What a boundary is, is the scanner's business.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::builder::{BinaryViewBuilder, BooleanBuilder, Int64Builder};
use arrow_array::cast::AsArray;
use arrow_array::types::UInt8Type;
use arrow_array::{Array, ArrayRef, Int64Array, RecordBatch, StringArray, new_null_array};
use arrow_buffer::Buffer;
use arrow_schema::DataType;

use super::input::input_schema;
use crate::mail::mbox::{MboxMessage, MboxScanner, MboxSkip, MboxVariant};

/// An array that is no window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WindowError {
    /// It does not hold octets.
    NotOctets {
        /// What it holds.
        found: DataType,
    },
    /// Views count in 32 bits (Arrow format, variable-size binary view layout).
    TooLong {
        /// Its octets.
        found: usize,
    },
}

impl fmt::Display for WindowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotOctets { found } => write!(f, "expected a window of uint8; found {found}"),
            Self::TooLong { found } => {
                write!(f, "expected a window below 2 GiB, found {found} bytes; feed smaller pieces")
            }
        }
    }
}

impl std::error::Error for WindowError {}

/// One mbox on its way into batches.
pub struct MboxBatches {
    source: String,
    scanner: MboxScanner,
    /// Position of the open message among those of the source.
    next_index: i64,
    /// Bytes of the source before the window.
    offset: i64,
}

impl MboxBatches {
    /// At a message of `source`, before which `first_index` others and `first_offset` bytes lie.
    #[must_use]
    pub fn new(source: String, variant: MboxVariant, first_index: i64, first_offset: i64) -> Self {
        let scanner = MboxScanner::of_variant(variant);
        Self { source, scanner, next_index: first_index, offset: first_offset }
    }

    /// The messages that end within a window of uint8 (with `at_end`, the last one too) as a batch of the schema
    /// `input`, and how much of it they took; the next window begins there.
    ///
    /// # Errors
    /// [`WindowError`] for an array that is no window.
    pub fn scan(
        &mut self,
        window: &ArrayRef,
        at_end: bool,
    ) -> Result<(RecordBatch, usize), WindowError> {
        let octets = window
            .as_primitive_opt::<UInt8Type>()
            .ok_or_else(|| WindowError::NotOctets { found: window.data_type().clone() })?;
        let window = octets.values().inner();
        if i32::try_from(window.len()).is_err() {
            return Err(WindowError::TooLong { found: window.len() });
        }
        let scan = self.scanner.scan(window, at_end);
        let batch = self.batch_of(window, &scan.messages);
        self.pass(scan.consumed);
        Ok((batch, scan.consumed))
    }

    /// (Length of the From_ line, whether to doubt it) of the open message, of which `window` is the beginning.
    #[must_use]
    pub fn open_message(&self, window: &[u8]) -> (usize, bool) {
        (self.scanner.open_from_line_length(), self.scanner.is_open_suspicious(window))
    }

    /// As [`MboxScanner::pass_scanned`].
    pub fn pass_scanned(&mut self) -> usize {
        let passed = self.scanner.pass_scanned();
        self.pass(passed);
        passed
    }

    /// As [`MboxScanner::skip`].
    pub fn skip(&mut self, window: &[u8], at_end: bool) -> MboxSkip {
        let skip = self.scanner.skip(window, at_end);
        self.pass(skip.consumed);
        self.next_index += i64::from(skip.message_end.is_some());
        skip
    }

    fn pass(&mut self, bytes: usize) {
        self.offset += number(bytes);
    }

    fn batch_of(&mut self, window: &Buffer, messages: &[MboxMessage]) -> RecordBatch {
        let (mut raw, mut from_line) = (Views::of(window), Views::of(window));
        let mut offsets = Int64Builder::with_capacity(messages.len());
        let mut lengths = Int64Builder::with_capacity(messages.len());
        let mut suspicious = BooleanBuilder::with_capacity(messages.len());
        for message in messages {
            raw.append(Some(&message.message));
            from_line.append(Some(&message.from_line).filter(|line| !line.is_empty()));
            offsets.append_value(self.offset + number(message.message.start));
            lengths.append_value(number(message.message.len()));
            suspicious.append_value(message.split_suspicious);
        }
        let first = self.next_index;
        self.next_index += number(messages.len());
        let sources = messages.iter().map(|_| self.source.as_str());
        let columns: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from_iter_values(sources)),
            Arc::new(Int64Array::from_iter_values(first..self.next_index)),
            Arc::new(offsets.finish()),
            Arc::new(lengths.finish()),
            Arc::new(raw.builder.finish()),
            Arc::new(from_line.builder.finish()),
            Arc::new(suspicious.finish()),
            new_null_array(&DataType::Utf8, messages.len()),
            new_null_array(&DataType::Utf8, messages.len()),
        ];
        #[expect(clippy::expect_used, reason = "the columns of the schema, one value a message")]
        RecordBatch::try_new(input_schema(), columns).expect("columns of one length")
    }
}

/// A column of views into one window.
struct Views {
    builder: BinaryViewBuilder,
    block: u32,
}

impl Views {
    fn of(window: &Buffer) -> Self {
        let mut builder = BinaryViewBuilder::new();
        let block = builder.append_block(window.clone());
        Self { builder, block }
    }

    fn append(&mut self, range: Option<&Range<usize>>) {
        let Some(range) = range else { return self.builder.append_null() };
        // The window is below 2 GiB.
        let (start, length) = (range.start as u32, range.len() as u32);
        #[expect(clippy::expect_used, reason = "the scanner cuts within what it was given")]
        self.builder.try_append_view(self.block, start, length).expect("a range of the window");
    }
}

/// A count of bytes or messages as columns have it.
fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use arrow_array::types::Int64Type;
    use arrow_array::{StringArray, UInt8Array};

    use super::*;
    use crate::columns::input::read_messages;

    const FILE: &[u8] =
        b"From a Thu Nov 26 06:00:00 2026\nFrom: a@a.example\n\nthe first message\n\n\
        From b Thu Nov 26 06:00:00 2026\nFrom: b@b.example\n\nand the second one\n";

    fn window(octets: &[u8]) -> ArrayRef {
        Arc::new(UInt8Array::from(octets.to_vec()))
    }

    fn batches(first_index: i64, first_offset: i64) -> MboxBatches {
        MboxBatches::new("a.mbox".into(), MboxVariant::Mboxrd, first_index, first_offset)
    }

    fn numbers(batch: &RecordBatch, column: &str) -> Vec<i64> {
        batch.column_by_name(column).unwrap().as_primitive::<Int64Type>().values().to_vec()
    }

    /// Index, offset, From_ line and message.
    type Row = (i64, i64, Option<Vec<u8>>, Vec<u8>);

    /// The rows of a file that comes in windows of which each begins where the last one was left.
    fn rows_in_pieces(mut batches: MboxBatches, piece: usize) -> Vec<Row> {
        let (mut at, mut size, mut rows) = (0, piece, Vec::new());
        loop {
            let end = FILE.len().min(at + size);
            let (batch, consumed) =
                batches.scan(&window(&FILE[at..end]), end == FILE.len()).unwrap();
            let indices = numbers(&batch, "source_index");
            let offsets = numbers(&batch, "source_offset");
            for (row, message) in read_messages(&batch).unwrap().iter().enumerate() {
                assert_eq!(message.source, Some("a.mbox"));
                let raw = message.raw.unwrap().to_vec();
                assert_eq!(message.source_length, Some(number(raw.len())));
                let from_line = message.from_line.map(<[u8]>::to_vec);
                rows.push((indices[row], offsets[row], from_line, raw));
            }
            if end == FILE.len() {
                return rows;
            }
            at += consumed;
            size = if consumed > 0 { piece } else { size + piece };
        }
    }

    #[test]
    fn rows_say_where_each_message_lies_however_the_file_is_fed() {
        let whole = rows_in_pieces(batches(0, 0), FILE.len());
        assert_eq!(whole.len(), 2);
        for (index, offset, from_line, raw) in &whole {
            let offset = *offset as usize;
            assert_eq!(FILE[offset..offset + raw.len()], **raw, "{index}");
            assert!(FILE[..offset].ends_with(from_line.as_ref().unwrap()), "{index}");
        }
        for piece in 1..FILE.len() {
            assert_eq!(rows_in_pieces(batches(0, 0), piece), whole, "{piece}");
        }
    }

    #[test]
    fn reading_that_begins_later_counts_from_there() {
        let rows = |batches| {
            let rows = rows_in_pieces(batches, FILE.len()).into_iter();
            rows.map(|(index, offset, ..)| (index, offset)).collect::<Vec<_>>()
        };
        let later = rows(batches(0, 0)).into_iter().map(|(index, at)| (index + 7, at + 1000));
        assert_eq!(rows(batches(7, 1000)), later.collect::<Vec<_>>());
    }

    #[test]
    fn messages_are_views_into_the_window() {
        let window = window(FILE);
        let (batch, _) = batches(0, 0).scan(&window, true).unwrap();
        let held = window.as_primitive::<UInt8Type>().values().as_ptr_range();
        for column in ["raw", "mbox_from"] {
            let values = batch.column_by_name(column).unwrap().as_binary_view();
            assert!(values.iter().flatten().all(|value| held.contains(&value.as_ptr())));
        }
    }

    #[test]
    fn message_without_from_line_has_none() {
        let (batch, consumed) = batches(0, 0).scan(&window(b"Subject: a\n\nb\n"), true).unwrap();
        assert_eq!((batch.num_rows(), consumed), (1, 14));
        let message = read_messages(&batch).unwrap()[0];
        assert!(message.from_line.is_none() && message.split_suspicious);
    }

    #[test]
    fn message_that_is_passed_over_keeps_its_place_in_the_count() {
        let mut batches = batches(0, 0);
        let (batch, consumed) = batches.scan(&window(&FILE[..60]), false).unwrap();
        assert_eq!((batch.num_rows(), consumed), (0, 0));
        assert_eq!(batches.open_message(&FILE[..60]), (32, false));
        let mut at = batches.pass_scanned();
        let skip = batches.skip(&FILE[at..], false);
        assert!(skip.message_end.is_some());
        at += skip.consumed;
        assert!(FILE[at..].starts_with(b"From b "));
        let (batch, _) = batches.scan(&window(&FILE[at..]), true).unwrap();
        assert_eq!(numbers(&batch, "source_index"), [1]);
        assert_eq!(numbers(&batch, "source_offset"), [number(at + 32)]);
    }

    #[test]
    fn array_of_something_else_is_no_window() {
        let texts: ArrayRef = Arc::new(StringArray::from(vec!["From "]));
        let refused = batches(0, 0).scan(&texts, true).unwrap_err();
        assert_eq!(refused, WindowError::NotOctets { found: DataType::Utf8 });
    }
}
