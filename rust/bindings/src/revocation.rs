//! `Revocation`: the operator's certificate lists and OCSP responses, file by file, then frozen.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use smimebatch_core::asn1::values::hex;
use smimebatch_core::codes::parse_choice;
use smimebatch_core::trust::revocation::{self, RevocationSet};
use smimebatch_key_bindings::refused;

/// What one file holds.
#[pyclass(module = "smimebatch._native", frozen)]
pub(crate) struct RevocationFile(revocation::RevocationFile);

#[pymethods]
impl RevocationFile {
    #[new]
    fn new(py: Python<'_>, kind: &str, data: PyBackedBytes) -> PyResult<Self> {
        let kind = parse_choice("kind", kind).map_err(refused)?;
        Ok(Self(py.detach(|| revocation::RevocationFile::read(&data, kind))))
    }

    #[getter]
    fn faults(&self) -> Vec<(usize, bool, String)> {
        self.0.faults().map(|(at, is_kept, error)| (at, is_kept, error.to_string())).collect()
    }
}

/// All of them.
#[pyclass(module = "smimebatch._native", frozen)]
pub(crate) struct Revocation(pub(crate) Arc<RevocationSet>);

#[pymethods]
impl Revocation {
    #[new]
    fn new(files: Vec<PyRef<'_, RevocationFile>>) -> Self {
        Self(Arc::new(RevocationSet::of_files(files.iter().map(|file| &file.0))))
    }

    /// (lists, responses).
    #[getter]
    fn counts(&self) -> (usize, usize) {
        (self.0.lists().len(), self.0.responses().len())
    }

    #[getter]
    fn fingerprint(&self) -> String {
        hex(&self.0.fingerprint())
    }
}
