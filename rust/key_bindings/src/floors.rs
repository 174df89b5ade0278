//! Floors: the private operations and key transports of a vault's keys, timed alone, for `smimebatch bench`.

use pyo3::prelude::*;
use smimebatch_measure::envelope_jobs;

use crate::refused;
use crate::vault::Vault;

/// Seconds for raw private operations of RSA keys; ValueError without one.
#[pyfunction]
pub fn private_floor(py: Python<'_>, vault: &Vault, count: usize, threads: usize) -> PyResult<f64> {
    let taken = py.detach(|| envelope_jobs::private_operations(&vault.0, count, threads));
    taken.ok_or_else(|| refused("expected a vault with an RSA key"))
}

/// Seconds for content keys encrypted for the RSA keys of a vault's certificates; ValueError without one.
#[pyfunction]
pub fn transport_floor(
    py: Python<'_>,
    vault: &Vault,
    count: usize,
    threads: usize,
) -> PyResult<f64> {
    let certificates = vault.0.certificates();
    let taken = py.detach(|| envelope_jobs::transports(certificates, count, threads));
    taken.ok_or_else(|| refused("expected certificates with RSA keys"))
}
