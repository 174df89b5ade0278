//! `Token`: a PKCS#11 token that is open, whose keys go into a vault.

use std::path::PathBuf;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use smimebatch_core::codes::Code as _;
use smimebatch_core::columns::input::InputError;
use smimebatch_core::columns::rows::Tables;
use smimebatch_core::engine::Engine;
use smimebatch_crypto::secret::Secret;

use crate::key_file::KeyFile;
use crate::refused;

pyo3::import_exception!(smimebatch.errors, TokenGoneError);

/// A token.
#[pyclass(module = "smimebatch._native", frozen)]
pub struct Token(smimebatch_pkcs11::Token);

#[pymethods]
impl Token {
    #[new]
    fn new(
        py: Python<'_>,
        module: PathBuf,
        label: Option<String>,
        pin: Option<PyBackedBytes>,
    ) -> PyResult<Self> {
        let pin = pin.map(|octets| Secret::copy_of(&octets));
        let opened =
            py.detach(|| smimebatch_pkcs11::Token::open(&module, label.as_deref(), pin.as_ref()));
        opened.map(Self).map_err(|error| {
            let found = error.to_string();
            PyValueError::new_err((error.subject(), error.expected(), found, error.remedy()))
        })
    }

    #[getter]
    fn label(&self) -> &str {
        self.0.label()
    }

    #[getter]
    fn file(&self) -> KeyFile {
        KeyFile(self.0.file().clone())
    }

    /// (kind, text).
    #[getter]
    fn problems(&self) -> Vec<(&'static str, String)> {
        let of_keys = self.0.problems().iter().map(|it| (it.kind.code(), it.text.clone()));
        let of_others = self.0.file().problems.iter();
        of_keys.chain(of_others.map(|it| (it.error.kind().code(), it.to_string()))).collect()
    }
}

/// What an engine made, if no key that it may hang on has gone.
pub fn answered(engine: &Engine, made: Result<Tables, InputError>) -> PyResult<Tables> {
    match engine.gone_keys() {
        Some(why) => Err(TokenGoneError::new_err(why)),
        None => made.map_err(refused),
    }
}
