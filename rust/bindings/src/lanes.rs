//! Which kernels the cryptography runs on: for run.json, benchmarks, and whoever set the variable wrongly.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use smimebatch_crypto::lanes::{Choice, Kernels};

/// What SMIMEBATCH_LANES may be.
pub(crate) fn choices() -> Vec<&'static str> {
    Choice::ALL.map(Choice::name).to_vec()
}

/// (kind of job, kernel or `library`, why) of this process; ValueError for an unknown choice.
#[pyfunction]
pub(crate) fn kernels() -> PyResult<Vec<(&'static str, &'static str, &'static str)>> {
    Choice::of_environment().map_err(|unknown| PyValueError::new_err(unknown.to_string()))?;
    let chosen = Kernels::in_use().chosen().into_iter();
    Ok(chosen.map(|one| (one.job, one.kernel, one.why)).collect())
}
