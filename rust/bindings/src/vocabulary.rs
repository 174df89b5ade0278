//! The vocabularies and column tables of the core, for summaries, `inspect` and the reference page.

use std::collections::BTreeMap;

use pyo3::prelude::*;
use smimebatch_core::cms::algorithms::all_algorithms;
use smimebatch_core::codes::Code;
use smimebatch_core::columns::schema::all_datasets;
use smimebatch_core::verdict::words::words_of_reasons;
use smimebatch_core::vocabularies::all_codes;

/// (vocabulary, code, sentence) of every closed vocabulary.
#[pyfunction]
pub(crate) fn codes() -> Vec<(&'static str, &'static str, &'static str)> {
    all_codes()
}

/// (reason, indication, sub-indication or nothing) of every reason and every pair of words that it gives.
#[pyfunction]
pub(crate) fn reason_words() -> Vec<(&'static str, &'static str, Option<&'static str>)> {
    let all = words_of_reasons().into_iter();
    all.map(|(reason, indication, sub)| (reason.code(), indication.code(), sub.map(Code::code)))
        .collect()
}

/// Dataset -> its sentence and its columns as (name, type, sentence).
type DatasetDocs = Vec<(&'static str, &'static str, Vec<(&'static str, String, &'static str)>)>;

/// Every dataset with its columns, in order.
#[pyfunction]
pub(crate) fn datasets() -> DatasetDocs {
    all_datasets()
        .into_iter()
        .map(|dataset| {
            let columns = dataset.columns.into_iter();
            let columns =
                columns.map(|column| (column.name, column.file_type.to_string(), column.sentence));
            (dataset.name, dataset.sentence, columns.collect())
        })
        .collect()
}

/// (group, name, object identifier, who computes it or nothing, standard or why not) of every algorithm and curve
/// known by name; of the group `named`, which is only reported, the last says its use.
#[pyfunction]
pub(crate) fn algorithms() -> Vec<(&'static str, &'static str, String, &'static str, &'static str)>
{
    let all = all_algorithms().into_iter();
    all.map(|one| (one.group, one.name, one.oid, one.computed_by, one.said)).collect()
}

/// CPU features that choose between implementations, for benchmark records.
#[pyfunction]
pub(crate) fn cpu_features() -> BTreeMap<&'static str, bool> {
    #[cfg(target_arch = "x86_64")]
    let features = [
        ("avx2", std::arch::is_x86_feature_detected!("avx2")),
        ("avx512ifma", std::arch::is_x86_feature_detected!("avx512ifma")),
        ("fma", std::arch::is_x86_feature_detected!("fma")),
        ("sha", std::arch::is_x86_feature_detected!("sha")),
    ];
    #[cfg(not(target_arch = "x86_64"))]
    let features = [];
    features.into_iter().collect()
}
