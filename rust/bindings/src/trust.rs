//! `Trust`: anchors and intermediates, crossing once and then frozen.

use std::sync::Arc;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use smimebatch_core::trust::TrustStore;
use smimebatch_core::trust::bundle;
use smimebatch_core::x509::certificate::{Certificate, parse_certificate};

/// A certificate that was left out: its list, its position, and why.
type Skipped = (String, usize, String);

/// Anchors and intermediates.
#[pyclass(module = "smimebatch._native", frozen)]
pub(crate) struct Trust {
    pub(crate) store: Arc<TrustStore>,
    #[pyo3(get)]
    skipped: Vec<Skipped>,
}

#[pymethods]
impl Trust {
    #[new]
    #[pyo3(signature = (anchors, intermediates=Vec::new()))]
    fn new(py: Python<'_>, anchors: Vec<PyBackedBytes>, intermediates: Vec<PyBackedBytes>) -> Self {
        py.detach(|| {
            let mut skipped = Vec::new();
            let anchors = parse_all("anchors", &anchors, &mut skipped);
            let intermediates = parse_all("intermediates", &intermediates, &mut skipped);
            Self { store: Arc::new(TrustStore::build(anchors, intermediates)), skipped }
        })
    }

    #[getter]
    fn anchor_count(&self) -> usize {
        self.store.anchors().len()
    }

    #[getter]
    fn intermediate_count(&self) -> usize {
        self.store.intermediates().len()
    }

    #[getter]
    fn fingerprint(&self) -> String {
        self.store.fingerprint().iter().map(|octet| format!("{octet:02x}")).collect()
    }
}

fn parse_all(list: &str, ders: &[PyBackedBytes], skipped: &mut Vec<Skipped>) -> Vec<Certificate> {
    let mut parsed = Vec::with_capacity(ders.len());
    for (index, der) in ders.iter().enumerate() {
        match parse_certificate(der) {
            Ok(certificate) => parsed.push(certificate),
            Err(error) => skipped.push((list.to_owned(), index, error.to_string())),
        }
    }
    parsed
}

/// DER of each certificate of a PEM bundle or of one DER file.
#[pyfunction]
pub(crate) fn parse_certificates(py: Python<'_>, data: PyBackedBytes) -> PyResult<Vec<Vec<u8>>> {
    py.detach(|| bundle::parse_certificates(&data))
        .map_err(|error| PyValueError::new_err(error.to_string()))
}
