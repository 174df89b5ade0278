//! Rows of one dataset → the bytes of one Parquet file, which depend on nothing but the rows.
//!
//! Rows wait until a row group of a fixed number is whole, whatever the batches were, and are then encoded column by
//! column, beside the work on the next rows (docs/design/20): a thread has only one compressor at work, with its tables in the cache (docs/design/23). Files hold plain
//! strings and no Arrow schema (OUTPUT.md): a column that comes as a dictionary is written as what it stands for.

use std::fmt;
use std::mem::take;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, SchemaRef};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;

use crate::file::OpenFile;

/// Rows of a row group: large enough for every reader (DuckDB asks for more than 5,000), small enough to wait in memory
/// (about 25 MB of rows) and for the rest at the end of a run to be soon encoded.
const ROW_GROUP_ROWS: usize = 16_384;
/// Bytes of text and octets at which a row group ends with fewer rows: certificates may have a megabyte each (own
/// choice: well below the 2 GiB that one column can hold in memory).
const ROW_GROUP_BYTES: usize = 256 << 20;

/// Threads from which on a row group is encoded beside the work on the next rows: below, they have enough to do meanwhile,
/// and one more only disturbs them (measured).
const BESIDE_FROM_THREADS: usize = 4;

/// Threads beyond which a row group is no sooner encoded: its longest columns take an eighth of the time each.
const MOST_THREADS: usize = 8;

/// Rows that cannot be written into this file.
#[derive(Debug)]
pub enum EncodeError {
    /// The columns are not those of the rows before, or of the file.
    OtherColumns {
        /// Those of the file.
        expected: SchemaRef,
        /// Those of the rows.
        found: SchemaRef,
    },
    /// What the library says: a page of 2 GiB, for one.
    Parquet(ParquetError),
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherColumns { expected, found } => {
                write!(f, "expected rows of the columns {expected}; found {found}")
            }
            Self::Parquet(error) => write!(f, "expected rows that Parquet can hold; {error}"),
        }
    }
}

impl std::error::Error for EncodeError {}

impl From<ParquetError> for EncodeError {
    fn from(error: ParquetError) -> Self {
        Self::Parquet(error)
    }
}

impl From<ArrowError> for EncodeError {
    fn from(error: ArrowError) -> Self {
        Self::Parquet(error.into())
    }
}

/// One Parquet file in the making.
pub struct DatasetEncoder {
    schema: SchemaRef,
    metadata: Vec<KeyValue>,
    /// Threads that encode a row group, each a column at a time.
    threads: usize,
    file: Option<OpenFile>,
    /// Rows of the next row group.
    waiting: Vec<RecordBatch>,
    waiting_rows: usize,
    waiting_bytes: usize,
    group_bytes: usize,
}

impl DatasetEncoder {
    /// A file of the columns of `schema`, with key-value metadata in its footer; `threads` encode it, which may well be
    /// as many as are busy elsewhere: at the end of a run they are not. With many, whoever writes goes on while a row
    /// group is encoded, and gets its bytes when the next one is whole.
    #[must_use]
    pub fn new(schema: SchemaRef, metadata: Vec<(String, String)>, threads: usize) -> Self {
        let metadata = metadata.into_iter().map(|(key, text)| KeyValue::new(key, text)).collect();
        Self {
            schema,
            metadata,
            threads: threads.min(MOST_THREADS),
            file: None,
            waiting: Vec::new(),
            waiting_rows: 0,
            waiting_bytes: 0,
            group_bytes: ROW_GROUP_BYTES,
        }
    }

    /// Adds rows. Columns may be dictionaries of what the schema says, the same ones in all rows of a file.
    ///
    /// # Errors
    /// For other columns than those of the file.
    pub fn write(&mut self, rows: RecordBatch) -> Result<(), EncodeError> {
        if rows.num_rows() == 0 {
            return Ok(());
        }
        self.check_columns(&rows)?;
        self.waiting_rows += rows.num_rows();
        self.waiting_bytes += bytes_of(&rows);
        self.waiting.push(rows);
        while let Some(rows) = self.whole_group() {
            let parts = self.next_group(rows);
            let Some(file) = &mut self.file else { break };
            if self.threads < BESIDE_FROM_THREADS {
                file.write_group(&parts, self.threads)?;
            } else {
                file.begin_group(parts, self.threads)?;
            }
        }
        Ok(())
    }

    /// How many of the rows that wait make a row group.
    fn whole_group(&self) -> Option<usize> {
        if self.waiting_bytes < self.group_bytes {
            return (self.waiting_rows >= ROW_GROUP_ROWS).then_some(ROW_GROUP_ROWS);
        }
        let rows = self
            .waiting
            .iter()
            .flat_map(|batch| (0..batch.num_rows()).map(|row| bytes_of(&batch.slice(row, 1))));
        let mut bytes = 0;
        let end = rows.take(ROW_GROUP_ROWS).position(|row_bytes| {
            bytes += row_bytes;
            bytes >= self.group_bytes
        });
        Some(end.map_or(ROW_GROUP_ROWS, |last| last + 1))
    }

    /// The bytes of the file that are there by now, behind those that were taken before.
    ///
    /// # Errors
    /// None that is known: bytes are written to memory.
    pub fn take_bytes(&mut self) -> Result<Vec<u8>, EncodeError> {
        self.file.as_mut().map_or_else(|| Ok(Vec::new()), OpenFile::take_bytes)
    }

    /// Writes the rows of several batches; what is whole by then, as [`DatasetEncoder::take_bytes`] gives it.
    ///
    /// # Errors
    /// As [`DatasetEncoder::write`].
    pub fn write_all(
        &mut self,
        batches: impl IntoIterator<Item = RecordBatch>,
    ) -> Result<Vec<u8>, EncodeError> {
        batches.into_iter().try_for_each(|rows| self.write(rows))?;
        self.take_bytes()
    }

    /// Writes the rows that are left and the footer; the rest of the bytes.
    ///
    /// # Errors
    /// As [`DatasetEncoder::write`].
    pub fn finish(mut self) -> Result<Vec<u8>, EncodeError> {
        let rest = self.next_group(self.waiting_rows);
        let mut file = match self.file {
            Some(file) => file,
            None => OpenFile::new(self.schema)?,
        };
        if !rest.is_empty() {
            file.write_group(&rest, self.threads)?;
        }
        file.finish(self.metadata)
    }

    /// The rows are of this file; the first ones decide which columns come as dictionaries.
    fn check_columns(&mut self, rows: &RecordBatch) -> Result<(), EncodeError> {
        let found = rows.schema_ref();
        let alike = self.schema.fields().len() == found.fields().len()
            && self.schema.fields().iter().zip(found.fields()).all(|(expected, found)| {
                let (expected_type, found_type) = (expected.data_type(), found.data_type());
                let plain = match (&self.file, found_type) {
                    (None, DataType::Dictionary(_, value)) => value,
                    _ => found_type,
                };
                expected.name() == found.name() && plain.equals_datatype(expected_type)
            });
        if !alike {
            let (expected, found) = (Arc::clone(&self.schema), Arc::clone(found));
            return Err(EncodeError::OtherColumns { expected, found });
        }
        if self.file.is_none() {
            self.schema = Arc::clone(found);
            self.file = Some(OpenFile::new(Arc::clone(found))?);
        }
        Ok(())
    }

    /// Takes the first rows of those that wait.
    fn next_group(&mut self, rows: usize) -> Vec<RecordBatch> {
        let mut missing = rows;
        let mut parts = Vec::new();
        let mut rest = Vec::new();
        for batch in take(&mut self.waiting) {
            match batch.num_rows() {
                length if length <= missing => {
                    missing -= length;
                    parts.push(batch);
                }
                _ if missing == 0 => rest.push(batch),
                length => {
                    parts.push(batch.slice(0, missing));
                    rest.push(batch.slice(missing, length - missing));
                    missing = 0;
                }
            }
        }
        self.waiting_rows -= rows;
        self.waiting_bytes = rest.iter().map(bytes_of).sum();
        self.waiting = rest;
        parts
    }
}

/// Bytes of text and octets in some rows, whatever memory lies behind them.
fn bytes_of(rows: &RecordBatch) -> usize {
    rows.columns().iter().map(array_bytes).sum()
}

/// As deep as our columns go: lists of structures of text.
fn array_bytes(array: &ArrayRef) -> usize {
    let between = |offsets: &[i32]| match offsets {
        [first, .., last] => usize::try_from(last - first).unwrap_or(0),
        _ => 0,
    };
    match array.data_type() {
        DataType::Utf8 => between(array.as_string::<i32>().value_offsets()),
        DataType::Binary => between(array.as_binary::<i32>().value_offsets()),
        DataType::List(_) => {
            let lists = array.as_list::<i32>();
            let offsets = lists.value_offsets();
            let first = offsets.first().map_or(0, |first| usize::try_from(*first).unwrap_or(0));
            array_bytes(&lists.values().slice(first, between(offsets)))
        }
        DataType::Struct(_) => array.as_struct().columns().iter().map(array_bytes).sum(),
        _ => 0,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use arrow_array::builder::{ListBuilder, StringBuilder};
    use arrow_array::types::Int8Type;
    use arrow_array::{BinaryArray, DictionaryArray, Int64Array, StringArray};
    use arrow_schema::{DataType, Field, Schema};
    use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
    use parquet::basic::Compression;
    use parquet::file::metadata::ParquetMetaData;

    use super::*;

    const ROWS: usize = 40_000;

    /// Codes, hashes, unique text, lists and numbers, null now and then.
    fn rows() -> RecordBatch {
        let some = |n: usize| n % 7 != 3;
        let mut lists = ListBuilder::new(StringBuilder::new());
        for n in 0..ROWS {
            let entries = if some(n) { n % 3 } else { 0 };
            (0..entries).for_each(|entry| lists.values().append_value(format!("entry {entry}")));
            lists.append(some(n));
        }
        let hashes: Vec<Vec<u8>> = (0..ROWS).map(|n| vec![(n % 251) as u8; 32]).collect();
        let text = |n: usize| some(n).then(|| format!("<{n}@example.com>"));
        let columns: [(&str, ArrayRef); 6] = [
            ("kind", Arc::new(coded(ROWS))),
            ("sha256", Arc::new(BinaryArray::from_iter_values(&hashes))),
            ("message_id", Arc::new((0..ROWS).map(text).collect::<StringArray>())),
            ("addresses", Arc::new(lists.finish())),
            (
                "bytes",
                Arc::new((0..ROWS).map(|n| some(n).then_some(n as i64)).collect::<Int64Array>()),
            ),
            ("certificate_sha256", Arc::new(BinaryArray::from_iter_values(hashes))),
        ];
        RecordBatch::try_from_iter_with_nullable(columns.map(|(name, it)| (name, it, true)))
            .unwrap()
    }

    fn coded(rows: usize) -> DictionaryArray<Int8Type> {
        (0..rows).map(|n| ["plain", "signed", "encrypted"].get(n % 4).copied()).collect()
    }

    fn plain_schema(rows: &RecordBatch) -> SchemaRef {
        let schema = rows.schema();
        let plain = |field: &Arc<Field>| match field.data_type() {
            DataType::Dictionary(_, value) => Field::new(field.name(), (**value).clone(), true),
            _ => field.as_ref().clone(),
        };
        Arc::new(Schema::new(schema.fields().iter().map(plain).collect::<Vec<_>>()))
    }

    fn encoded(rows: &RecordBatch, cuts: &[usize]) -> Vec<u8> {
        encoded_on(rows, cuts, 1)
    }

    fn encoded_on(rows: &RecordBatch, cuts: &[usize], threads: usize) -> Vec<u8> {
        let metadata = vec![("smimebatch.schema".to_owned(), "1".to_owned())];
        let mut encoder = DatasetEncoder::new(plain_schema(rows), metadata, threads);
        let (mut bytes, mut start) = (Vec::new(), 0);
        for cut in cuts.iter().cycle().copied() {
            let length = cut.min(ROWS - start);
            encoder.write(rows.slice(start, length)).unwrap();
            bytes.extend(encoder.take_bytes().unwrap());
            start += length;
            if start == ROWS {
                break;
            }
        }
        bytes.extend(encoder.finish().unwrap());
        bytes
    }

    fn opened(bytes: Vec<u8>) -> (Arc<ParquetMetaData>, ParquetRecordBatchReader) {
        let opened = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(bytes)).unwrap();
        (Arc::clone(opened.metadata()), opened.with_batch_size(ROWS).build().unwrap())
    }

    #[test]
    fn bytes_depend_on_the_rows_and_not_on_how_they_were_cut() {
        let rows = rows();
        let whole = encoded(&rows, &[ROWS]);
        for cuts in [&[1, 0, 300, 4_096][..], &[ROW_GROUP_ROWS], &[ROW_GROUP_ROWS - 1], &[9_999]] {
            assert!(encoded(&rows, cuts) == whole, "{cuts:?}");
        }
        for threads in [2, 3, BESIDE_FROM_THREADS, 16] {
            assert!(encoded_on(&rows, &[9_999], threads) == whole, "{threads}");
        }
    }

    #[test]
    fn row_group_ends_where_its_bytes_reach_the_limit_whatever_the_cuts() {
        let rows = rows().slice(0, 3_000);
        let encoded = |cut: usize| {
            let mut encoder = DatasetEncoder::new(plain_schema(&rows), Vec::new(), 1);
            encoder.group_bytes = 100_000;
            for start in (0..rows.num_rows()).step_by(cut) {
                encoder.write(rows.slice(start, cut.min(rows.num_rows() - start))).unwrap();
            }
            let mut bytes = encoder.take_bytes().unwrap();
            bytes.extend(encoder.finish().unwrap());
            bytes
        };
        let whole = encoded(3_000);
        assert!([1, 7, 1_999].iter().all(|cut| encoded(*cut) == whole));
        let (metadata, mut reader) = opened(whole);
        assert!((2..20).contains(&metadata.num_row_groups()));
        assert_eq!(reader.next().unwrap().unwrap().column(2), rows.column(2));
    }

    #[test]
    fn file_reads_back_as_the_same_rows_in_plain_types() {
        let rows = rows();
        let (metadata, mut reader) = opened(encoded(&rows, &[1_000]));
        let sizes: Vec<i64> = metadata.row_groups().iter().map(|group| group.num_rows()).collect();
        assert_eq!(sizes, [16_384, 16_384, 7_232]);
        let entries = metadata.file_metadata().key_value_metadata().unwrap();
        assert_eq!(entries, &[KeyValue::new("smimebatch.schema".into(), "1".to_owned())]);
        let back = reader.next().unwrap().unwrap();
        assert_eq!(back.num_rows(), ROWS);
        let words = rows.column(0).as_any_dictionary();
        let words = arrow_select::take::take(words.values(), words.keys(), None).unwrap();
        assert_eq!(back.column(0), &words);
        assert_eq!(
            back.column(3).as_list::<i32>().values(),
            rows.column(3).as_list::<i32>().values()
        );
        for column in [1, 2, 4] {
            assert_eq!(back.column(column), rows.column(column));
        }
    }

    #[test]
    fn columns_are_packed_and_have_dictionaries_where_that_pays() {
        let (metadata, _) = opened(encoded(&rows(), &[ROWS]));
        let zstd = Compression::ZSTD(Default::default());
        let expected = [
            // Packed, with a dictionary, with statistics.
            ("kind", Compression::UNCOMPRESSED, true, true),
            ("sha256", Compression::UNCOMPRESSED, false, false),
            ("message_id", zstd, false, false),
            ("addresses.list.element", zstd, true, true),
            ("bytes", zstd, false, true),
            ("certificate_sha256", Compression::UNCOMPRESSED, true, false),
        ];
        for (column, expected) in metadata.row_group(0).columns().iter().zip(expected) {
            let found = (
                column.column_path().string(),
                column.compression(),
                column.dictionary_page_offset().is_some(),
                column.statistics().is_some(),
            );
            assert_eq!(found, (expected.0.to_owned(), expected.1, expected.2, expected.3));
        }
    }

    #[test]
    fn columns_without_a_value_in_a_row_group_have_neither() {
        let rows = rows();
        let null =
            |index: usize| arrow_array::new_null_array(rows.column(index).data_type(), 20_000);
        let mut columns: Vec<ArrayRef> = (0..6).map(null).collect();
        columns[1] = rows.column(1).slice(0, 20_000);
        let empty = RecordBatch::try_new(rows.schema(), columns).unwrap();
        let mut encoder = DatasetEncoder::new(plain_schema(&rows), Vec::new(), 1);
        encoder.write(empty.clone()).unwrap();
        encoder.write(rows.clone()).unwrap();
        let (metadata, mut reader) = opened(encoder.finish().unwrap());
        let packed = |group: usize| {
            let columns = metadata.row_group(group).columns().iter();
            columns
                .map(|it| {
                    (
                        it.compression() != Compression::UNCOMPRESSED,
                        it.dictionary_page_offset().is_some(),
                    )
                })
                .collect::<Vec<_>>()
        };
        // Of the second row group only the first rows are empty.
        assert_eq!(packed(0), [(false, false); 6]);
        assert_eq!(
            packed(1),
            [
                (false, true),
                (false, false),
                (true, false),
                (true, true),
                (true, false),
                (false, true)
            ]
        );
        let back = reader.next().unwrap().unwrap();
        assert_eq!(
            back.column(2).null_count(),
            20_000 + rows.column(2).slice(0, 20_000).null_count()
        );
        let (lists, expected) = (back.column(3).as_list::<i32>(), rows.column(3).as_list::<i32>());
        assert_eq!(lists.value(20_000 + 8).as_ref(), expected.value(8).as_ref());
        assert_eq!(lists.value_length(20_000 + 8), 2);
    }

    #[test]
    fn rows_of_other_columns_are_refused() {
        let rows = rows();
        let mut encoder = DatasetEncoder::new(plain_schema(&rows), Vec::new(), 1);
        let fewer = rows.project(&[0, 1]).unwrap();
        assert!(matches!(encoder.write(fewer), Err(EncodeError::OtherColumns { .. })));
        encoder.write(rows.slice(0, 10)).unwrap();
        let mut columns = rows.slice(0, 10).columns().to_vec();
        let words = columns[0].as_any_dictionary();
        columns[0] = arrow_select::take::take(words.values(), words.keys(), None).unwrap();
        let plain = RecordBatch::try_new(plain_schema(&rows), columns).unwrap();
        assert!(matches!(encoder.write(plain), Err(EncodeError::OtherColumns { .. })));
    }

    #[test]
    fn file_without_rows_has_the_columns() {
        let rows = rows();
        let bytes = DatasetEncoder::new(plain_schema(&rows), Vec::new(), 1).finish().unwrap();
        let (metadata, reader) = opened(bytes);
        assert_eq!((metadata.num_row_groups(), reader.count()), (0, 0));
        assert_eq!(metadata.file_metadata().schema_descr().num_columns(), 6);
    }
}
