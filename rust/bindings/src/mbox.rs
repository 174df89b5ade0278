//! `MboxScanner`: a window of mbox bytes -> a batch of views into it, without copying a message.

use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::builder::{BinaryViewBuilder, BooleanBuilder, Int64Builder};
use arrow_array::cast::AsArray;
use arrow_array::types::UInt8Type;
use arrow_array::{ArrayRef, RecordBatch, StringArray, new_null_array};
use arrow_buffer::Buffer;
use arrow_schema::DataType;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3_arrow::PyArray;
use smimebatch_core::codes::Code;
use smimebatch_core::columns::input::input_schema;
use smimebatch_core::mail::mbox::{self, MboxVariant};

use crate::arrow::ArrowBatch;

/// Splits a stream of mbox bytes into messages.
#[pyclass(module = "smimebatch._native", frozen)]
pub(crate) struct MboxScanner {
    source: String,
    /// Boxed: it is aligned to 32 bytes (vectors of the searcher), Python's objects only to 16.
    state: Box<Mutex<State>>,
}

struct State {
    scanner: mbox::MboxScanner,
    next_index: i64,
    /// Bytes of the source before the buffer.
    offset: i64,
}

#[pymethods]
impl MboxScanner {
    #[new]
    #[pyo3(signature = (source, variant="mboxrd", first_index=0, first_offset=0))]
    fn new(source: String, variant: &str, first_index: i64, first_offset: i64) -> PyResult<Self> {
        let known = MboxVariant::ALL.iter().find(|known| known.code() == variant);
        let variant = *known.ok_or_else(|| {
            let names: Vec<&str> = MboxVariant::ALL.iter().map(|known| known.code()).collect();
            PyValueError::new_err(format!(
                "expected one of {}; found {variant:?}",
                names.join(", ")
            ))
        })?;
        let scanner = mbox::MboxScanner::of_variant(variant);
        let state = State { scanner, next_index: first_index, offset: first_offset };
        Ok(Self { source, state: Box::new(Mutex::new(state)) })
    }

    fn scan(&self, py: Python<'_>, window: PyArray, at_end: bool) -> PyResult<(ArrowBatch, usize)> {
        let octets = window.array().as_primitive_opt::<UInt8Type>().ok_or_else(|| {
            PyValueError::new_err(format!(
                "expected a window of uint8; found {}",
                window.array().data_type()
            ))
        })?;
        let window = octets.values().inner().clone();
        py.detach(|| {
            let mut state = self.locked();
            let scan = state.scanner.scan(&window, at_end);
            let batch = self.batch(window, &scan.messages, &mut state)?;
            state.offset += i64::try_from(scan.consumed).unwrap_or(0);
            Ok((ArrowBatch(batch), scan.consumed))
        })
    }

    /// (Length of the open message's From_ line, whether to doubt the message.)
    fn open_message(&self, buffer: PyBackedBytes) -> (usize, bool) {
        let scanner = &self.locked().scanner;
        (scanner.open_from_line_length(), scanner.is_open_suspicious(&buffer))
    }

    fn pass_scanned(&self) -> usize {
        let mut state = self.locked();
        let passed = state.scanner.pass_scanned();
        state.offset += i64::try_from(passed).unwrap_or(0);
        passed
    }

    /// (Bytes passed over, where the message ends, whether it holds a dated From_ line.)
    fn skip(
        &self,
        py: Python<'_>,
        buffer: PyBackedBytes,
        at_end: bool,
    ) -> (usize, Option<usize>, bool) {
        py.detach(|| {
            let mut state = self.locked();
            let skip = state.scanner.skip(&buffer, at_end);
            state.offset += i64::try_from(skip.consumed).unwrap_or(0);
            state.next_index += i64::from(skip.message_end.is_some());
            (skip.consumed, skip.message_end, skip.holds_from_line)
        })
    }
}

/// The variant of the mbox that begins with `head`.
#[pyfunction]
pub(crate) fn sniff_mbox_variant(head: PyBackedBytes) -> &'static str {
    mbox::sniff_variant(&head).code()
}

impl MboxScanner {
    fn locked(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn batch(
        &self,
        window: Buffer,
        messages: &[mbox::MboxMessage],
        state: &mut State,
    ) -> PyResult<RecordBatch> {
        // Views count in 32 bits (Arrow format, variable-size binary view layout).
        if u32::try_from(window.len()).is_err() {
            return Err(PyValueError::new_err(format!(
                "expected a window below 4 GiB, found {} bytes; feed smaller pieces",
                window.len()
            )));
        }
        let (mut raw, mut from_line) = (BinaryViewBuilder::new(), BinaryViewBuilder::new());
        let raw_block = raw.append_block(window.clone());
        let from_block = from_line.append_block(window);
        let mut offsets = Int64Builder::with_capacity(messages.len());
        let mut lengths = Int64Builder::with_capacity(messages.len());
        let mut suspicious = BooleanBuilder::with_capacity(messages.len());
        for message in messages {
            append_view(&mut raw, raw_block, &message.message)?;
            if message.from_line.is_empty() {
                from_line.append_null();
            } else {
                append_view(&mut from_line, from_block, &message.from_line)?;
            }
            offsets.append_value(state.offset + i64::try_from(message.message.start).unwrap_or(0));
            lengths.append_value(i64::try_from(message.message.len()).unwrap_or(0));
            suspicious.append_value(message.split_suspicious);
        }
        let count = i64::try_from(messages.len()).unwrap_or(0);
        let first = state.next_index;
        state.next_index += count;
        let sources = StringArray::from_iter_values(messages.iter().map(|_| self.source.as_str()));
        let indices = arrow_array::Int64Array::from_iter_values(first..first + count);
        let columns: Vec<ArrayRef> = vec![
            Arc::new(sources),
            Arc::new(indices),
            Arc::new(offsets.finish()),
            Arc::new(lengths.finish()),
            Arc::new(raw.finish()),
            Arc::new(from_line.finish()),
            Arc::new(suspicious.finish()),
            new_null_array(&DataType::Utf8, messages.len()),
        ];
        RecordBatch::try_new(input_schema(), columns)
            .map_err(|error| PyValueError::new_err(error.to_string()))
    }
}

fn append_view(
    builder: &mut BinaryViewBuilder,
    block: u32,
    range: &std::ops::Range<usize>,
) -> PyResult<()> {
    let narrow = |at: usize| {
        u32::try_from(at).map_err(|_| PyValueError::new_err("expected a message below 4 GiB"))
    };
    builder
        .try_append_view(block, narrow(range.start)?, narrow(range.len())?)
        .map_err(|error| PyValueError::new_err(error.to_string()))
}
