//! What others say against certificates to encrypt to.

use crate::engine::Engine;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use smimebatch_core::envelope::seal::Word;
use smimebatch_key_bindings::refused;

/// Of each, DER with whether it came with mail; and the issuers of lists that nothing verifies.
#[pyfunction]
pub(crate) fn judge_recipients(
    py: Python<'_>,
    engine: &Engine,
    given: Vec<(PyBackedBytes, bool)>,
) -> PyResult<(Vec<Option<Word>>, Vec<String>)> {
    let given: Vec<(&[u8], bool)> = given.iter().map(|(der, mail)| (&**der, *mail)).collect();
    py.detach(|| engine.0.judge_recipients(&given)).map_err(refused)
}
