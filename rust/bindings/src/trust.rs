//! `Trust`: anchors and intermediates, crossing once and then frozen.

use std::sync::Arc;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use smimebatch_core::trust::TrustStore;
use smimebatch_core::trust::anchor::AnchorLimits;
use smimebatch_core::trust::bundle;
use smimebatch_core::x509::certificate::{Certificate, parse_certificate};
use smimebatch_core::x509::named_places as core_places;

/// A certificate that was left out: its list, its position, and why.
type Skipped = (String, usize, String);

/// Limits of an anchor, Unix seconds: trusted from, trusted until, distrusted for certificates issued after.
type Limits = (Option<i64>, Option<i64>, Option<i64>);

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
    #[pyo3(signature = (anchors, intermediates=Vec::new(), limits=Vec::new()))]
    fn new(
        py: Python<'_>,
        anchors: Vec<PyBackedBytes>,
        intermediates: Vec<PyBackedBytes>,
        limits: Vec<Option<Limits>>,
    ) -> PyResult<Self> {
        if !limits.is_empty() && limits.len() != anchors.len() {
            let (found, expected) = (limits.len(), anchors.len());
            return Err(PyValueError::new_err(format!(
                "expected limits of {expected} anchors, found {found}"
            )));
        }
        Ok(py.detach(|| {
            let mut skipped = Vec::new();
            let anchors = parse_all("anchors", &anchors, &mut skipped);
            let limit = |position: usize| {
                let limits = limits.get(position).copied().flatten();
                limits.map(anchor_limits).unwrap_or_default()
            };
            let anchors = anchors.into_iter().map(|(position, it)| (it, limit(position))).collect();
            let intermediates = parse_all("intermediates", &intermediates, &mut skipped);
            let intermediates = intermediates.into_iter().map(|(_, it)| it).collect();
            let store = Arc::new(TrustStore::build_with_limits(anchors, intermediates));
            Self { store, skipped }
        }))
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

const fn anchor_limits((from, until, after): Limits) -> AnchorLimits {
    AnchorLimits {
        trusted_from_unix_s: from,
        trusted_until_unix_s: until,
        distrust_after_unix_s: after,
    }
}

/// What can be parsed, with its position.
fn parse_all(
    list: &str,
    ders: &[PyBackedBytes],
    skipped: &mut Vec<Skipped>,
) -> Vec<(usize, Certificate)> {
    let mut parsed = Vec::with_capacity(ders.len());
    for (index, der) in ders.iter().enumerate() {
        match parse_certificate(der) {
            Ok(certificate) => parsed.push((index, certificate)),
            Err(error) => skipped.push((list.to_owned(), index, error.to_string())),
        }
    }
    parsed
}

/// DER of each certificate of a PEM bundle, of a PKCS#7 object or of one DER file.
#[pyfunction]
pub(crate) fn parse_certificates(py: Python<'_>, data: PyBackedBytes) -> PyResult<Vec<Vec<u8>>> {
    py.detach(|| bundle::parse_certificates(&data))
        .map_err(|error| PyValueError::new_err(error.to_string()))
}

/// (CRLs, OCSP responders, issuers): URIs that a certificate names.
type Places = (Vec<String>, Vec<String>, Vec<String>);

/// (subject, issuer, key octets, serial): what an OCSP request is made of; names as DER, serial as encoded.
type Identity = (Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>);

/// What a certificate says about where its lists, responders and issuers are, and its identity.
#[pyfunction]
pub(crate) fn named_places(der: PyBackedBytes) -> PyResult<(Places, Identity)> {
    let certificate =
        parse_certificate(&der).map_err(|error| PyValueError::new_err(error.to_string()))?;
    let places = core_places::named_places(&certificate);
    let identity = (
        certificate.subject_der().to_vec(),
        certificate.issuer_der().to_vec(),
        certificate.public_key_bits().to_vec(),
        certificate.serial.to_vec(),
    );
    Ok(((places.crls, places.ocsp, places.issuers), identity))
}
