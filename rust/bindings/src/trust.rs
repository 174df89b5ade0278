//! `Trust`: anchors and intermediates, crossing once and then frozen; and what other files of certificates hold.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use smimebatch_core::asn1::values::hex;
use smimebatch_core::trust::TrustStore;
use smimebatch_core::trust::anchor::AnchorLimits;
use smimebatch_core::trust::bundle;
use smimebatch_core::x509::certificate::parse_certificate;
use smimebatch_core::x509::named_places as places;
use smimebatch_key_bindings::refused;

/// A certificate that was left out: its list, its position, and why.
type Skipped = (&'static str, usize, String);

/// DER of an anchor and its limits, Unix seconds: trusted from and until, distrusted for certificates issued after.
type Anchor = (PyBackedBytes, (Option<i64>, Option<i64>, Option<i64>));

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
    fn new(py: Python<'_>, anchors: Vec<Anchor>, intermediates: Vec<PyBackedBytes>) -> Self {
        let limited = |(der, (from, until, after))| (der, AnchorLimits::new(from, until, after));
        let anchors: Vec<_> = anchors.into_iter().map(limited).collect();
        let (store, skipped) = py.detach(|| TrustStore::parse(&anchors, &intermediates));
        let skipped = skipped.iter().map(|one| (one.list, one.position, one.error.to_string()));
        Self { store: Arc::new(store), skipped: skipped.collect() }
    }

    /// (anchors, intermediates).
    #[getter]
    fn counts(&self) -> (usize, usize) {
        (self.store.anchors().len(), self.store.intermediates().len())
    }

    #[getter]
    fn fingerprint(&self) -> String {
        hex(&self.store.fingerprint())
    }
}

/// DER of each certificate of a PEM bundle, of a PKCS#7 object or of one DER file.
#[pyfunction]
pub(crate) fn parse_certificates(py: Python<'_>, data: PyBackedBytes) -> PyResult<Vec<Vec<u8>>> {
    py.detach(|| bundle::parse_certificates(&data)).map_err(refused)
}

type Places = (Vec<String>, Vec<String>, Vec<String>);

/// (URIs of lists, responders and issuers), and (subject, issuer, key octets, serial): what OCSP requests are made of.
#[pyfunction]
pub(crate) fn named_places(der: PyBackedBytes) -> PyResult<(Places, places::Identity)> {
    let certificate = parse_certificate(&der).map_err(refused)?;
    let places = places::named_places(&certificate);
    Ok(((places.crls, places.ocsp, places.issuers), places::identity_of(&certificate)))
}
