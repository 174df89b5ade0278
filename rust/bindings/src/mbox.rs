//! `MboxScanner`: a window of mbox bytes -> a batch of views into it, without copying a message.

use std::sync::Mutex;

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3_arrow::PyArray;
use smimebatch_core::codes::{Code, parse_choice};
use smimebatch_core::columns::mbox_batches::MboxBatches;
use smimebatch_core::mail::mbox;
use smimebatch_key_bindings::{locked, refused};

use crate::arrow::ArrowBatch;

/// (Bytes passed over, where the message ends, whether it holds a dated From_ line.)
type Skip = (usize, Option<usize>, bool);

// Boxed: it is aligned to 32 bytes (vectors of the searcher), Python's objects only to 16.
/// Splits a stream of mbox bytes into messages.
#[pyclass(module = "smimebatch._native", frozen)]
pub(crate) struct MboxScanner(Box<Mutex<MboxBatches>>);

#[pymethods]
impl MboxScanner {
    #[new]
    #[pyo3(signature = (source, variant="mboxrd", first_index=0, first_offset=0))]
    fn new(source: String, variant: &str, first_index: i64, first_offset: i64) -> PyResult<Self> {
        let variant = parse_choice("variant", variant).map_err(refused)?;
        let batches = MboxBatches::new(source, variant, first_index, first_offset);
        Ok(Self(Box::new(Mutex::new(batches))))
    }

    fn scan(&self, py: Python<'_>, window: PyArray, at_end: bool) -> PyResult<(ArrowBatch, usize)> {
        let (window, _) = window.into_inner();
        let scanned = py.detach(|| locked(&self.0).scan(&window, at_end));
        scanned.map(|(batch, consumed)| (ArrowBatch(batch), consumed)).map_err(refused)
    }

    /// (Length of the open message's From_ line, whether to doubt the message.)
    fn open_message(&self, buffer: PyBackedBytes) -> (usize, bool) {
        locked(&self.0).open_message(&buffer)
    }

    fn pass_scanned(&self) -> usize {
        locked(&self.0).pass_scanned()
    }

    fn skip(&self, py: Python<'_>, buffer: PyBackedBytes, at_end: bool) -> Skip {
        let skip = py.detach(|| locked(&self.0).skip(&buffer, at_end));
        (skip.consumed, skip.message_end, skip.holds_from_line)
    }
}

/// The variant of the mbox that begins with `head`.
#[pyfunction]
pub(crate) fn sniff_mbox_variant(head: PyBackedBytes) -> &'static str {
    mbox::sniff_variant(&head).code()
}
