//! `KeyFile`: what one file of keys holds, and what opens it.

use pyo3::buffer::PyBuffer;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use smimebatch_core::codes::Code as _;
use smimebatch_core::keys;
use smimebatch_crypto::secret::Secret;

/// What opens files.
#[pyclass(module = "smimebatch._native", frozen)]
pub struct Passwords(keys::Passwords);

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
pub struct KeyFile(pub(crate) keys::KeyFile);

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
