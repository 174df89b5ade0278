//! Sightings of certificates: folded, and merged into the rows of `certificates`.

use pyo3::prelude::*;
use pyo3_arrow::PyTable;
use smimebatch_core::columns::merge;
use smimebatch_core::columns::schema::{CertificatesBuilder, SightingsBuilder};
use smimebatch_key_bindings::{WeakKeys, locked, refused};

use crate::arrow::ArrowStream;

/// Sightings in any order and repetition -> the rows of `certificates`, sorted by SHA-256.
#[pyfunction]
#[pyo3(signature = (sightings, weak_keys=None))]
pub(crate) fn merge_certificates(
    py: Python<'_>,
    sightings: PyTable,
    weak_keys: Option<&WeakKeys>,
) -> PyResult<ArrowStream> {
    let (batches, _) = sightings.into_inner();
    let merged = py.detach(|| match weak_keys {
        Some(known) => merge::merge_sightings(&batches, &locked(&known.0)),
        None => merge::merge_sightings_alone(&batches),
    });
    let batches = vec![merged.map_err(refused)?];
    Ok(ArrowStream { batches, schema: CertificatesBuilder::memory_schema() })
}

/// Sightings in any order and repetition -> one per certificate, sorted by SHA-256.
#[pyfunction]
pub(crate) fn fold_sightings(py: Python<'_>, sightings: PyTable) -> PyResult<ArrowStream> {
    let (batches, _) = sightings.into_inner();
    let folded = py.detach(|| merge::fold_sightings(&batches)).map_err(refused)?;
    Ok(ArrowStream { batches: vec![folded], schema: SightingsBuilder::memory_schema() })
}
