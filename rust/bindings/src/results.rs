//! What sinks make of rows: Parquet files (`ParquetEncoder`), counts of values, leaves and roots of Merkle trees.

use std::sync::Mutex;

use arrow_array::RecordBatch;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3_arrow::{PySchema, PyTable};
use smimebatch_core::columns::{counting, leaves};
use smimebatch_key_bindings::{locked, refused};
use smimebatch_parquet::DatasetEncoder;

use crate::arrow::ArrowStream;

/// One Parquet file in the making; `None` once it is finished.
#[pyclass(module = "smimebatch._native", frozen)]
pub(crate) struct ParquetEncoder(Mutex<Option<DatasetEncoder>>);

#[pymethods]
impl ParquetEncoder {
    #[new]
    #[pyo3(signature = (schema, metadata, threads=1))]
    fn new(schema: PySchema, metadata: Vec<(String, String)>, threads: usize) -> Self {
        Self(Mutex::new(Some(DatasetEncoder::new(schema.into_inner(), metadata, threads))))
    }

    fn write(&self, py: Python<'_>, rows: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
        let batches = batches_of(rows)?;
        let write = |encoder: &mut DatasetEncoder| encoder.write_all(batches);
        py.detach(|| locked(&self.0).as_mut().map_or(Ok(Vec::new()), write)).map_err(refused)
    }

    fn finish(&self, py: Python<'_>) -> PyResult<Vec<u8>> {
        let encoder = locked(&self.0).take();
        py.detach(|| encoder.map_or(Ok(Vec::new()), DatasetEncoder::finish)).map_err(refused)
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
    let counts = py.detach(|| counting::count_values(&batches, column, positive));
    let counts = counts.map_err(refused)?.into_iter();
    Ok(counts.map(|(value, count)| (value.to_owned(), count)).collect())
}

/// Rows -> their leaf hashes, one after another.
#[pyfunction]
pub(crate) fn row_leaves(py: Python<'_>, rows: PyTable) -> PyResult<Vec<u8>> {
    let (batches, _) = rows.into_inner();
    py.detach(|| leaves::leaf_octets(&batches)).map_err(refused)
}

/// Leaf hashes, one after another -> the root of their tree.
#[pyfunction]
pub(crate) fn merkle_root(py: Python<'_>, leaf_hashes: PyBackedBytes) -> PyResult<leaves::Hash> {
    py.detach(|| leaves::root_of_octets(&leaf_hashes)).map_err(refused)
}

/// The batches of rows of the core's as they are, of any other Arrow data through its stream.
fn batches_of(rows: &Bound<'_, PyAny>) -> PyResult<Vec<RecordBatch>> {
    match rows.cast::<ArrowStream>() {
        Ok(stream) => Ok(stream.get().batches.clone()),
        Err(_) => Ok(rows.extract::<PyTable>()?.into_inner().0),
    }
}
