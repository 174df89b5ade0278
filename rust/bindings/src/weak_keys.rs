//! `WeakKeys`, and the merge of certificates that asks it.

use std::sync::{PoisonError, RwLock};

use arrow_array::RecordBatch;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3_arrow::PyTable;
use smimebatch_core::columns::merge::{self, NotSightings, gather_keys, merge_sightings};
use smimebatch_core::columns::schema::{CertificatesBuilder, SightingsBuilder};
use smimebatch_core::weak_keys;

use crate::arrow::ArrowStream;

/// What is known about the keys of a run.
#[pyclass(module = "smimebatch._native", frozen)]
pub(crate) struct WeakKeys(RwLock<weak_keys::WeakKeys>);

#[pymethods]
impl WeakKeys {
    #[new]
    #[pyo3(signature = (blacklists=Vec::new()))]
    fn new(py: Python<'_>, blacklists: Vec<PyBackedBytes>) -> PyResult<Self> {
        let debian = py.detach(|| {
            let mut debian = weak_keys::DebianKeys::default();
            blacklists.iter().try_for_each(|file| debian.add(file)).map(|()| debian)
        });
        let debian = debian.map_err(|error| PyValueError::new_err(error.to_string()))?;
        Ok(Self(RwLock::new(weak_keys::WeakKeys::new(debian))))
    }

    fn gather(&self, py: Python<'_>, sightings: PyTable) -> PyResult<()> {
        let (batches, _) = sightings.into_inner();
        py.detach(|| gather_keys(&batches, &mut self.locked())).map_err(not_sightings)
    }

    fn find_shared_primes(&self, py: Python<'_>, jobs: usize) {
        py.detach(|| self.locked().find_shared_primes(jobs));
    }

    /// Distinct moduli that are compared.
    #[getter]
    fn compared(&self) -> usize {
        self.locked().compared()
    }

    #[getter]
    fn is_complete(&self) -> bool {
        self.locked().is_complete()
    }
}

impl WeakKeys {
    fn locked(&self) -> std::sync::RwLockWriteGuard<'_, weak_keys::WeakKeys> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sightings in any order and repetition -> the rows of `certificates`, sorted by SHA-256.
#[pyfunction]
#[pyo3(signature = (sightings, weak_keys=None))]
pub(crate) fn merge_certificates(
    py: Python<'_>,
    sightings: PyTable,
    weak_keys: Option<&WeakKeys>,
) -> PyResult<ArrowStream> {
    let (batches, _) = sightings.into_inner();
    let merged = py.detach(|| match weak_keys {
        Some(known) => {
            let known = known.0.read().unwrap_or_else(PoisonError::into_inner);
            merge_sightings(&batches, &known)
        }
        None => merge_alone(&batches),
    });
    let merged = merged.map_err(not_sightings)?;
    Ok(ArrowStream::new(vec![merged], CertificatesBuilder::memory_schema()))
}

/// Sightings in any order and repetition -> one per certificate, sorted by SHA-256.
#[pyfunction]
pub(crate) fn fold_sightings(py: Python<'_>, sightings: PyTable) -> PyResult<ArrowStream> {
    let (batches, _) = sightings.into_inner();
    let folded = py.detach(|| merge::fold_sightings(&batches)).map_err(not_sightings)?;
    Ok(ArrowStream::new(vec![folded], SightingsBuilder::memory_schema()))
}

/// Where these sightings are all there is.
fn merge_alone(batches: &[RecordBatch]) -> Result<RecordBatch, NotSightings> {
    let mut known = weak_keys::WeakKeys::default();
    gather_keys(batches, &mut known)?;
    known.find_shared_primes(1);
    merge_sightings(batches, &known)
}

fn not_sightings(error: NotSightings) -> PyErr {
    PyValueError::new_err(error.to_string())
}
