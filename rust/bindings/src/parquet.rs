//! `ParquetEncoder`: rows in, the bytes of a Parquet file out; and counts of values, for totals.

use std::sync::{Mutex, PoisonError};

use arrow_array::RecordBatch;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use pyo3_arrow::{PySchema, PyTable};
use smimebatch_core::columns::counting;
use smimebatch_parquet::{DatasetEncoder, EncodeError};

use crate::arrow::ArrowStream;

/// One Parquet file in the making; `None` once it is finished.
#[pyclass(module = "smimebatch._native", frozen)]
pub(crate) struct ParquetEncoder(Mutex<Option<DatasetEncoder>>);

#[pymethods]
impl ParquetEncoder {
    #[new]
    fn new(schema: PySchema, metadata: Vec<(String, String)>) -> Self {
        Self(Mutex::new(Some(DatasetEncoder::new(schema.into_inner(), metadata))))
    }

    fn write<'py>(
        &self,
        py: Python<'py>,
        rows: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let batches = batches_of(rows)?;
        let encoded = py.detach(|| match self.locked().as_mut() {
            Some(encoder) => {
                batches.into_iter().try_for_each(|batch| encoder.write(batch))?;
                encoder.take_bytes()
            }
            None => Ok(Vec::new()),
        });
        Ok(PyBytes::new(py, &encoded.map_err(not_encoded)?))
    }

    fn finish<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let encoder = self.locked().take();
        let encoded = py.detach(|| encoder.map_or(Ok(Vec::new()), DatasetEncoder::finish));
        Ok(PyBytes::new(py, &encoded.map_err(not_encoded)?))
    }
}

impl ParquetEncoder {
    fn locked(&self) -> std::sync::MutexGuard<'_, Option<DatasetEncoder>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How often each value of a column occurs.
#[pyfunction]
#[pyo3(signature = (rows, column, positive=None))]
pub(crate) fn count_values(
    py: Python<'_>,
    rows: &Bound<'_, PyAny>,
    column: &str,
    positive: Option<&str>,
) -> PyResult<Vec<(String, u64)>> {
    let batches = batches_of(rows)?;
    let counts = py.detach(|| {
        let counts = counting::count_values(&batches, column, positive)?;
        Ok(counts.into_iter().map(|(value, count)| (value.to_owned(), count)).collect())
    });
    counts.map_err(|error: counting::NotCountable| PyValueError::new_err(error.to_string()))
}

/// The batches of rows of the core's as they are, of any other Arrow data through its stream.
fn batches_of(rows: &Bound<'_, PyAny>) -> PyResult<Vec<RecordBatch>> {
    match rows.cast::<ArrowStream>() {
        Ok(stream) => Ok(stream.get().batches().to_vec()),
        Err(_) => Ok(rows.extract::<PyTable>()?.into_inner().0),
    }
}

fn not_encoded(error: EncodeError) -> PyErr {
    PyValueError::new_err(error.to_string())
}
