//! `Vault`: private keys, file by file, then frozen; nothing of one leaves it but what is public.

use std::borrow::Cow;
use std::sync::Arc;

use pyo3::buffer::PyBuffer;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use smimebatch_core::codes::Code as _;
use smimebatch_core::keys::{self, Found};
use smimebatch_core::x509::certificate::parse_certificate;
use smimebatch_crypto::secret::Secret;

use crate::refused;

/// What opens files.
#[pyclass(module = "smimebatch._native", frozen)]
pub(crate) struct Passwords(keys::Passwords);

#[pymethods]
impl Passwords {
    #[new]
    fn new(given: Vec<PyBackedBytes>) -> Self {
        let given = given.iter().map(|octets| Secret::copy_of(octets));
        Self(keys::Passwords::new(given.collect()))
    }
}

/// What one file holds.
#[pyclass(module = "smimebatch._native", frozen)]
pub(crate) struct KeyFile(pub(crate) keys::KeyFile);

#[pymethods]
impl KeyFile {
    #[new]
    fn new(py: Python<'_>, data: PyBuffer<u8>, passwords: PyRef<'_, Passwords>) -> PyResult<Self> {
        let (octets, passwords) = (copied(py, &data)?, &passwords.0);
        Ok(Self(py.detach(|| keys::KeyFile::read(octets.as_bytes(), passwords))))
    }

    #[staticmethod]
    fn of_shared_keys(py: Python<'_>, data: PyBuffer<u8>) -> PyResult<Self> {
        Ok(Self(keys::KeyFile::of_shared_keys(copied(py, &data)?.as_bytes())))
    }

    #[staticmethod]
    fn of_shared_passwords(given: Vec<PyBackedBytes>) -> Self {
        let given = given.iter().map(|octets| Secret::copy_of(octets));
        Self(keys::KeyFile::of_shared_passwords(given.collect()))
    }

    /// The ids of what both sides have.
    #[getter]
    fn shared(&self) -> Vec<&str> {
        self.0.shared.ids()
    }

    /// (private keys, certificates).
    #[getter]
    fn counts(&self) -> (usize, usize) {
        (self.0.keys.len(), self.0.certificates.len())
    }

    /// (kind, text).
    #[getter]
    fn problems(&self) -> Vec<(&'static str, String)> {
        let told = |it: &keys::KeyProblem| (it.error.kind().code(), it.to_string());
        self.0.problems.iter().map(told).collect()
    }
}

fn copied(py: Python<'_>, data: &PyBuffer<u8>) -> PyResult<Secret> {
    let mut octets = Secret::zeros(data.len_bytes());
    data.copy_to_slice(py, octets.as_mut_bytes())?;
    Ok(octets)
}

/// All of them.
#[pyclass(module = "smimebatch._native", frozen)]
pub(crate) struct Vault(pub(crate) Arc<keys::Vault>);

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
