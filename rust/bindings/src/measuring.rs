//! `StageTimes` and `CryptoJobs`: stages and jobs under a clock, for `smimebatch bench`.

use std::sync::Arc;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3_arrow::PyRecordBatch;
use smimebatch_key_bindings::refused;

use crate::engine::Engine;

/// How long each stage took in the engines that were given this watch.
#[pyclass(module = "smimebatch._native", frozen)]
pub(crate) struct StageTimes(pub(crate) Arc<smimebatch_measure::StageTimes>);

#[pymethods]
impl StageTimes {
    #[new]
    fn new() -> Self {
        Self(Arc::default())
    }

    /// (stage, what it does, nanoseconds), in order.
    fn read(&self) -> Vec<(&'static str, &'static str, u64)> {
        self.0.read()
    }
}

/// The cryptographic jobs of verified batches, to be done again alone.
#[pyclass(module = "smimebatch._native", frozen)]
pub(crate) struct CryptoJobs(smimebatch_measure::CryptoJobs);

#[pymethods]
impl CryptoJobs {
    #[new]
    fn new() -> Self {
        Self(smimebatch_measure::CryptoJobs::default())
    }

    fn record(&self, py: Python<'_>, engine: &Engine, batch: PyRecordBatch) -> PyResult<()> {
        let batch = batch.into_inner();
        py.detach(|| self.0.record(&engine.0, &batch)).map_err(refused)
    }

    /// (digests, bytes that are hashed, verifications).
    #[getter]
    fn counts(&self) -> (usize, usize, usize) {
        self.0.counts()
    }

    /// (seconds for the digests, seconds for the verifications), the slowest thread counting.
    #[pyo3(signature = (threads=1, *, library_alone=false))]
    fn play(&self, py: Python<'_>, threads: usize, library_alone: bool) -> PyResult<(f64, f64)> {
        let played = py.detach(|| self.0.play(threads, library_alone));
        played.map_err(|error| PyRuntimeError::new_err(error.to_string()))
    }
}
