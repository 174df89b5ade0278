//! Leaves and roots of Merkle trees over rows.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;
use pyo3_arrow::PyTable;
use smimebatch_core::columns::leaves::{self, HASH_BYTES, Hash};

/// Rows -> their leaf hashes, one after another.
#[pyfunction]
pub(crate) fn row_leaves(py: Python<'_>, rows: PyTable) -> PyResult<Py<PyBytes>> {
    let (batches, schema) = rows.into_inner();
    let found = py.detach(|| {
        let leaves: Option<Vec<Vec<Hash>>> = batches.iter().map(leaves::row_leaves).collect();
        leaves.map(|leaves| leaves.concat().concat())
    });
    match found {
        Some(leaves) => Ok(PyBytes::new(py, &leaves).unbind()),
        None => Err(PyValueError::new_err(format!("expected rows of results; found {schema}"))),
    }
}

/// Leaf hashes, one after another -> the root of their tree.
#[pyfunction]
pub(crate) fn merkle_root(py: Python<'_>, leaf_hashes: PyBackedBytes) -> PyResult<Py<PyBytes>> {
    let (leaves, rest) = leaf_hashes.as_chunks::<HASH_BYTES>();
    if !rest.is_empty() {
        let found = leaf_hashes.len();
        return Err(PyValueError::new_err(format!(
            "expected hashes of {HASH_BYTES} bytes; found {found} bytes"
        )));
    }
    Ok(PyBytes::new(py, &py.detach(|| leaves::root(leaves))).unbind())
}
