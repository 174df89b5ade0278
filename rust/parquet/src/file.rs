//! The file as far as it is encoded: row group after row group, each column by itself, on as many threads as there are
//! for it, while the next row group gathers. What is written does not depend on their number.

use std::mem::take;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, FieldRef, SchemaRef};
use arrow_select::concat::concat;
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves,
};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::writer::SerializedFileWriter;

use crate::encoder::EncodeError;
use crate::properties::{empty_leaves, properties};

pub(crate) struct OpenFile {
    schema: SchemaRef,
    writer: SerializedFileWriter<Vec<u8>>,
    /// The row group behind those that are written, while it is encoded beside.
    beside: Option<JoinHandle<Result<Vec<ArrowColumnChunk>, EncodeError>>>,
}

impl OpenFile {
    pub(crate) fn new(schema: SchemaRef) -> Result<Self, EncodeError> {
        let described = ArrowSchemaConverter::new().with_coerce_types(true).convert(&schema)?;
        let properties = Arc::new(properties(&schema, &described, &[]));
        let root = described.root_schema_ptr();
        let writer = SerializedFileWriter::new(Vec::new(), root, properties)?;
        Ok(Self { schema, writer, beside: None })
    }

    /// Writes one row group, whose rows lie in `parts`.
    pub(crate) fn write_group(
        &mut self,
        parts: &[RecordBatch],
        threads: usize,
    ) -> Result<(), EncodeError> {
        self.wait()?;
        let encoded = encode(self.columns(parts)?, parts, threads)?;
        self.append(encoded)
    }

    /// Writes one row group in a while: it is encoded beside what the caller does next, one at a time.
    pub(crate) fn begin_group(
        &mut self,
        parts: Vec<RecordBatch>,
        threads: usize,
    ) -> Result<(), EncodeError> {
        self.wait()?;
        let columns = self.columns(&parts)?;
        self.beside = Some(std::thread::spawn(move || encode(columns, &parts, threads)));
        Ok(())
    }

    /// The row group that is encoded beside is whole, and written.
    fn wait(&mut self) -> Result<(), EncodeError> {
        match self.beside.take().map(JoinHandle::join) {
            None => Ok(()),
            Some(Ok(encoded)) => self.append(encoded?),
            Some(Err(panic)) => std::panic::resume_unwind(panic),
        }
    }

    fn append(&mut self, chunks: Vec<ArrowColumnChunk>) -> Result<(), EncodeError> {
        let mut group = self.writer.next_row_group()?;
        for chunk in chunks {
            chunk.append_to_row_group(&mut group)?;
        }
        group.close()?;
        Ok(())
    }

    /// The columns of a row group, to be written by what they hold; the factory takes properties as a file has them.
    fn columns(&self, parts: &[RecordBatch]) -> Result<Vec<Column>, EncodeError> {
        let described = self.writer.schema_descr();
        let properties = Arc::new(properties(&self.schema, described, &empty_leaves(parts)));
        let root = described.root_schema_ptr();
        let like = SerializedFileWriter::new(std::io::sink(), root, properties)?;
        let factory = ArrowRowGroupWriterFactory::new(&like, Arc::clone(&self.schema));
        let number = self.writer.flushed_row_groups().len();
        let mut leaves = factory.create_column_writers(number)?.into_iter();
        let column = |(index, field): (usize, &FieldRef)| Column {
            schema: Arc::clone(&self.schema),
            index,
            leaves: leaves.by_ref().take(leaf_count(field.data_type())).collect(),
        };
        Ok(self.schema.fields().iter().enumerate().map(column).collect())
    }

    pub(crate) fn take_bytes(&mut self) -> Result<Vec<u8>, EncodeError> {
        self.writer.flush().map_err(ParquetError::from)?;
        Ok(take(self.writer.inner_mut()))
    }

    pub(crate) fn finish(mut self, metadata: Vec<KeyValue>) -> Result<Vec<u8>, EncodeError> {
        self.wait()?;
        for entry in metadata {
            self.writer.append_key_value_metadata(entry);
        }
        Ok(self.writer.into_inner()?)
    }
}

/// The columns of a row group, in their order.
fn encode(
    columns: Vec<Column>,
    parts: &[RecordBatch],
    threads: usize,
) -> Result<Vec<ArrowColumnChunk>, EncodeError> {
    let encoded = side_by_side(threads, columns, |column| column.encode(parts));
    Ok(encoded.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

/// One column of a row group, and the writers of its leaves.
struct Column {
    schema: SchemaRef,
    index: usize,
    leaves: Vec<ArrowColumnWriter>,
}

impl Column {
    fn encode(self, parts: &[RecordBatch]) -> Result<Vec<ArrowColumnChunk>, EncodeError> {
        let arrays: Vec<&dyn Array> =
            parts.iter().map(|part| part.column(self.index).as_ref()).collect();
        let leaves = compute_leaves(self.schema.field(self.index), &concat(&arrays)?)?;
        let write = |(leaf, mut writer): (_, ArrowColumnWriter)| {
            writer.write(leaf)?;
            Ok(writer.close()?)
        };
        leaves.iter().zip(self.leaves).map(write).collect()
    }
}

/// How many columns of Parquet a type takes: as deep as our columns go, lists of structures.
fn leaf_count(data_type: &DataType) -> usize {
    match data_type {
        DataType::List(item) => leaf_count(item.data_type()),
        DataType::Struct(fields) => fields.iter().map(|field| leaf_count(field.data_type())).sum(),
        _ => 1,
    }
}

/// Results in the order of the items, whichever thread took which.
fn side_by_side<T: Send, R: Send>(
    threads: usize,
    items: Vec<T>,
    work: impl Fn(T) -> R + Sync,
) -> Vec<R> {
    if threads <= 1 {
        return items.into_iter().map(work).collect();
    }
    let left = Mutex::new(items.into_iter().enumerate());
    let next = || left.lock().unwrap_or_else(PoisonError::into_inner).next();
    let take_turns = || {
        let taken = std::iter::from_fn(|| next().map(|(at, item)| (at, work(item))));
        taken.collect::<Vec<_>>()
    };
    let mut done = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(take_turns)).collect();
        let mut done = take_turns();
        for other in others {
            match other.join() {
                Ok(results) => done.extend(results),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    });
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}
