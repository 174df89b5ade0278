//! `Revocation`: the operator's certificate lists and OCSP responses, file by file, then frozen.

use std::sync::Arc;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use smimebatch_core::trust::revocation::{self, RevocationKind, RevocationSet};

/// What one file holds.
#[pyclass(module = "smimebatch._native", frozen)]
pub(crate) struct RevocationFile(revocation::RevocationFile);

#[pymethods]
impl RevocationFile {
    #[new]
    fn new(py: Python<'_>, kind: &str, data: PyBackedBytes) -> PyResult<Self> {
        let kind = match kind {
            "crls" => RevocationKind::Lists,
            "ocsp" => RevocationKind::Responses,
            _ => {
                let message = format!("expected kind to be crls or ocsp; found {kind:?}");
                return Err(PyValueError::new_err(message));
            }
        };
        Ok(Self(py.detach(|| revocation::RevocationFile::read(&data, kind))))
    }

    #[getter]
    fn skipped(&self) -> Vec<(usize, String)> {
        self.0.skipped.iter().map(|(position, error)| (*position, error.to_string())).collect()
    }
}

/// All of them.
#[pyclass(module = "smimebatch._native", frozen)]
pub(crate) struct Revocation {
    pub(crate) store: Arc<RevocationSet>,
}

#[pymethods]
impl Revocation {
    #[new]
    fn new(files: Vec<PyRef<'_, RevocationFile>>) -> Self {
        let lists = files.iter().flat_map(|file| file.0.lists.iter().cloned()).collect();
        let responses = files.iter().flat_map(|file| file.0.responses.iter().cloned()).collect();
        Self { store: Arc::new(RevocationSet::build(lists, responses)) }
    }

    #[getter]
    fn list_count(&self) -> usize {
        self.store.lists().len()
    }

    #[getter]
    fn response_count(&self) -> usize {
        self.store.responses().len()
    }

    #[getter]
    fn fingerprint(&self) -> String {
        self.store.fingerprint().iter().map(|octet| format!("{octet:02x}")).collect()
    }
}
