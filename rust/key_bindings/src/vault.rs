//! `Vault`: the private keys of files, frozen; nothing of one leaves it but what is public.

use std::borrow::Cow;
use std::sync::Arc;

use pyo3::prelude::*;
use smimebatch_core::keys::{self, Found};
use smimebatch_core::x509::certificate::parse_certificate;

use crate::key_file::KeyFile;
use crate::refused;

/// Private keys with their certificates.
#[pyclass(module = "smimebatch._native", frozen)]
pub struct Vault(pub Arc<keys::Vault>);

#[pymethods]
impl Vault {
    #[new]
    fn new(files: Vec<PyRef<'_, KeyFile>>) -> Self {
        Self(Arc::new(keys::Vault::of_files(files.iter().map(|file| &file.0))))
    }

    /// How many keys no certificate is here for.
    #[getter]
    fn bare_keys(&self) -> usize {
        self.0.bare_keys()
    }

    /// (private keys, certificates).
    #[getter]
    fn counts(&self) -> (usize, usize) {
        (self.0.keys().len(), self.0.certificates().len())
    }

    /// (id, algorithm, SubjectPublicKeyInfo).
    #[getter]
    fn keys(&self) -> Vec<(&str, Cow<'static, str>, Vec<u8>)> {
        let keys = self.0.keys().iter();
        keys.map(|key| (key.id(), key.algorithm(), key.spki().to_vec())).collect()
    }

    fn find(&self, issuer: &[u8], serial: &[u8]) -> Vec<(String, Option<Vec<u8>>)> {
        self.0.with_issuer_and_serial(issuer, serial).iter().map(named).collect()
    }

    fn find_key_identifier(&self, identifier: &[u8]) -> Vec<(String, Option<Vec<u8>>)> {
        self.0.with_key_identifier(identifier).iter().map(named).collect()
    }

    fn find_certificate(&self, certificate: &[u8]) -> PyResult<Option<String>> {
        let certificate = parse_certificate(certificate).map_err(refused)?;
        Ok(self.0.with_key_of(&certificate).map(|key| key.id().to_owned()))
    }
}

fn named(found: &Found<'_>) -> (String, Option<Vec<u8>>) {
    (found.key.id().to_owned(), found.certificate.map(|certificate| certificate.der.to_vec()))
}
