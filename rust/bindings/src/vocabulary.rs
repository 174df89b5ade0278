//! The vocabularies, column tables and kernels by name: for summaries, `inspect`, `bench` and the reference page.

use std::collections::BTreeMap;

use pyo3::prelude::*;
use smimebatch_core::cms::algorithms::all_algorithms;
use smimebatch_core::vocabularies::{Columns, all_codes, all_columns, all_reason_words};
use smimebatch_crypto::lanes::{self, Choice, Kernels};
use smimebatch_key_bindings::refused;

type Words = &'static str;

/// (vocabulary, code, sentence) of every closed vocabulary.
#[pyfunction]
pub(crate) fn codes() -> Vec<(Words, Words, Words)> {
    all_codes()
}

/// (reason, indication, sub-indication or nothing) of every reason and every pair of words that it gives.
#[pyfunction]
pub(crate) fn reason_words() -> Vec<(Words, Words, Option<Words>)> {
    all_reason_words()
}

/// Every dataset with its sentence and its columns, in order, each a (name, type, sentence).
#[pyfunction]
pub(crate) fn datasets() -> Vec<(Words, Words, Columns)> {
    all_columns()
}

/// (group, name, object identifier, who computes it or nothing, standard, why not, or use) of every algorithm and curve.
#[pyfunction]
pub(crate) fn algorithms() -> Vec<(Words, Words, String, Words, Words)> {
    let all = all_algorithms().into_iter();
    all.map(|one| (one.group, one.name, one.oid, one.computed_by, one.said)).collect()
}

/// CPU features that choose between implementations, for benchmark records.
#[pyfunction]
pub(crate) fn cpu_features() -> BTreeMap<Words, bool> {
    lanes::cpu_features()
}

/// (kind of job, kernel or `library`, why) of this process; ValueError for an unknown choice.
#[pyfunction]
pub(crate) fn kernels() -> PyResult<Vec<(Words, Words, Words)>> {
    Choice::of_environment().map_err(refused)?;
    let chosen = Kernels::in_use().chosen().into_iter();
    Ok(chosen.map(|one| (one.job, one.kernel, one.why)).collect())
}
