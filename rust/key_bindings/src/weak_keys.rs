//! `WeakKeys`: which keys nobody encrypts to or signs with, and which certificates of a run have such keys.

use std::sync::Mutex;

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3_arrow::PyTable;
use smimebatch_core::columns::merge;
use smimebatch_core::weak_keys;

use crate::{locked, refused};

/// What is known about the keys of a run.
#[pyclass(module = "smimebatch._native", frozen)]
pub struct WeakKeys(pub Mutex<weak_keys::WeakKeys>);

#[pymethods]
impl WeakKeys {
    #[new]
    #[pyo3(signature = (blacklists=Vec::new()))]
    fn new(py: Python<'_>, blacklists: Vec<PyBackedBytes>) -> PyResult<Self> {
        let known = py.detach(|| weak_keys::WeakKeys::of_blacklists(&blacklists));
        known.map(|known| Self(Mutex::new(known))).map_err(refused)
    }

    fn gather(&self, py: Python<'_>, sightings: PyTable) -> PyResult<()> {
        let (batches, _) = sightings.into_inner();
        py.detach(|| merge::gather_keys(&batches, &mut locked(&self.0))).map_err(refused)
    }

    fn find_shared_primes(&self, py: Python<'_>, jobs: usize) {
        py.detach(|| locked(&self.0).find_shared_primes(jobs));
    }

    /// Distinct moduli that are compared.
    #[getter]
    fn compared(&self) -> usize {
        locked(&self.0).compared()
    }

    #[getter]
    fn is_complete(&self) -> bool {
        locked(&self.0).is_complete()
    }
}
