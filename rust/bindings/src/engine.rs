//! `Engine` and `Tables`: one native call per record batch.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3_arrow::PyRecordBatch;
use smimebatch_core::columns::rows;
use smimebatch_core::engine;
use smimebatch_core::verify::context::Options;

use crate::arrow::ArrowStream;
use crate::measuring::StageTimes;
use crate::refused;
use crate::revocation::Revocation;
use crate::stored::Stored;
use crate::trust::Trust;

/// One set of options, trust and caches.
#[pyclass(module = "smimebatch._native", frozen)]
pub(crate) struct Engine(pub(crate) engine::Engine);

#[pymethods]
impl Engine {
    #[new]
    #[pyo3(signature = (trust, revocation, *, now_unix_us, options=Vec::new(), jobs=1, tsa_trust=None, watch=None))]
    fn new(
        trust: &Trust,
        revocation: &Revocation,
        now_unix_us: i64,
        options: Vec<(String, String)>,
        jobs: usize,
        tsa_trust: Option<&Trust>,
        watch: Option<&StageTimes>,
    ) -> PyResult<Self> {
        let mut options = Options::parse(now_unix_us, &options).map_err(refused)?;
        options.path_rules.revocation.store = Some(Arc::clone(&revocation.0));
        let mut engine = engine::Engine::new(options, Arc::clone(&trust.store), jobs);
        if let Some(tsa_trust) = tsa_trust {
            engine = engine.with_tsa_trust(Arc::clone(&tsa_trust.store));
        }
        if let Some(watch) = watch {
            engine = engine.with_watch(watch.0.clone());
        }
        Ok(Self(engine))
    }

    fn verify(&self, py: Python<'_>, batch: PyRecordBatch) -> PyResult<Tables> {
        let batch = batch.into_inner();
        py.detach(|| self.0.verify(&batch)).map(Tables).map_err(refused)
    }

    #[pyo3(signature = (batch, row=0))]
    fn inspect(&self, py: Python<'_>, batch: PyRecordBatch, row: usize) -> PyResult<Tables> {
        let batch = batch.into_inner();
        py.detach(|| self.0.inspect_row(&batch, row)).map(Tables).map_err(refused)
    }

    fn verify_large(&self, py: Python<'_>, row: PyRecordBatch, mail: Stored) -> PyResult<Tables> {
        let row = row.into_inner();
        py.detach(|| self.0.verify_large(&row, &mail)).map(Tables).map_err(refused)
    }

    fn inspect_large(&self, py: Python<'_>, row: PyRecordBatch, mail: Stored) -> PyResult<Tables> {
        let row = row.into_inner();
        py.detach(|| self.0.inspect_large(&row, &mail)).map(Tables).map_err(refused)
    }
}

/// The tables of one batch.
#[pyclass(module = "smimebatch._native", frozen)]
pub(crate) struct Tables(rows::Tables);

#[pymethods]
impl Tables {
    /// The rows of one dataset.
    fn rows(&self, dataset: &str) -> PyResult<ArrowStream> {
        let (batches, schema) = self.0.dataset(dataset).map_err(refused)?;
        Ok(ArrowStream { batches: batches.to_vec(), schema })
    }
}

/// The tables of consecutive batches as those of one.
#[pyfunction]
pub(crate) fn gather_tables(py: Python<'_>, parts: Vec<PyRef<'_, Tables>>) -> Tables {
    let parts: Vec<rows::Tables> = parts.iter().map(|part| part.0.clone()).collect();
    Tables(py.detach(|| rows::Tables::gathered(parts)))
}
