//! `WeakKeys`, and the merge of certificates that asks it.

use std::sync::Mutex;

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3_arrow::PyTable;
use smimebatch_core::columns::merge;
use smimebatch_core::columns::schema::{CertificatesBuilder, SightingsBuilder};
use smimebatch_core::weak_keys;

use crate::arrow::ArrowStream;
use crate::{locked, refused};

/// What is known about the keys of a run.
#[pyclass(module = "smimebatch._native", frozen)]
pub(crate) struct WeakKeys(pub(crate) Mutex<weak_keys::WeakKeys>);

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
        Some(known) => merge::merge_sightings(&batches, &locked(&known.0)),
        None => merge::merge_sightings_alone(&batches),
    });
    let batches = vec![merged.map_err(refused)?];
    Ok(ArrowStream { batches, schema: CertificatesBuilder::memory_schema() })
}

/// Sightings in any order and repetition -> one per certificate, sorted by SHA-256.
#[pyfunction]
pub(crate) fn fold_sightings(py: Python<'_>, sightings: PyTable) -> PyResult<ArrowStream> {
    let (batches, _) = sightings.into_inner();
    let folded = py.detach(|| merge::fold_sightings(&batches)).map_err(refused)?;
    Ok(ArrowStream { batches: vec![folded], schema: SightingsBuilder::memory_schema() })
}
