//! The extension module `smimebatch._native`: owned values out of the arguments, one core call with the interpreter
//! released, and tables back through the Arrow PyCapsule interface. Nothing else.

mod arrow;
mod engine;
mod lanes;
mod leaves;
mod mbox;
mod measuring;
mod parquet;
mod path_rules;
mod revocation;
mod stored;
mod trust;
mod vocabulary;
mod weak_keys;

use pyo3::prelude::*;

/// Native core of smimebatch.
#[pymodule(gil_used = false)]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("version", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<arrow::ArrowStream>()?;
    module.add_class::<arrow::ArrowSchema>()?;
    module.add_class::<arrow::ArrowBatch>()?;
    module.add_class::<engine::Engine>()?;
    module.add_class::<engine::Tables>()?;
    module.add_class::<mbox::MboxScanner>()?;
    module.add_class::<measuring::CryptoJobs>()?;
    module.add_class::<measuring::StageTimes>()?;
    module.add_class::<parquet::ParquetEncoder>()?;
    module.add_class::<revocation::Revocation>()?;
    module.add_class::<revocation::RevocationFile>()?;
    module.add_class::<trust::Trust>()?;
    module.add_class::<weak_keys::WeakKeys>()?;
    module.add_function(wrap_pyfunction!(engine::gather_tables, module)?)?;
    module.add_function(wrap_pyfunction!(trust::parse_certificates, module)?)?;
    module.add_function(wrap_pyfunction!(trust::named_places, module)?)?;
    module.add_function(wrap_pyfunction!(arrow::schema, module)?)?;
    module.add_function(wrap_pyfunction!(leaves::row_leaves, module)?)?;
    module.add_function(wrap_pyfunction!(leaves::merkle_root, module)?)?;
    module.add_function(wrap_pyfunction!(weak_keys::fold_sightings, module)?)?;
    module.add_function(wrap_pyfunction!(weak_keys::merge_certificates, module)?)?;
    module.add_function(wrap_pyfunction!(mbox::sniff_mbox_variant, module)?)?;
    module.add_function(wrap_pyfunction!(parquet::count_values, module)?)?;
    module.add_function(wrap_pyfunction!(vocabulary::algorithms, module)?)?;
    module.add_function(wrap_pyfunction!(vocabulary::codes, module)?)?;
    module.add_function(wrap_pyfunction!(vocabulary::datasets, module)?)?;
    module.add_function(wrap_pyfunction!(vocabulary::reason_words, module)?)?;
    module.add_function(wrap_pyfunction!(vocabulary::cpu_features, module)?)?;
    module.add("lanes_choices", lanes::choices())?;
    module.add_function(wrap_pyfunction!(lanes::kernels, module)?)?;
    Ok(())
}
