//! `Engine` and `Tables`: one native call per record batch.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3_arrow::PyRecordBatch;
use smimebatch_core::columns::rows;
use smimebatch_core::engine;
use smimebatch_core::verify::context::{Options, StandingTokenParts};
use smimebatch_crypto::secret::Secret;
use smimebatch_key_bindings::{Sealer, Vault, answered, refused};

use crate::arrow::ArrowStream;
use crate::measuring::StageTimes;
use crate::revocation::Revocation;
use crate::stored::{Stored, Written};
use crate::trust::Trust;

/// Checkpoint, time-stamp, and the SHA-256 of all messages in pieces, of an earlier run.
type Run<'py> = (PyBackedBytes, PyBackedBytes, Bound<'py, PyAny>);

/// One set of options, trust and caches.
#[pyclass(module = "smimebatch._native", frozen)]
pub(crate) struct Engine(pub(crate) engine::Engine);

#[pymethods]
impl Engine {
    #[new]
    #[expect(clippy::too_many_arguments, reason = "as Python names them")]
    #[pyo3(signature = (trust, revocation, *, now_unix_us, options=Vec::new(), jobs=1, tsa_trust=None, watch=None, vault=None, sealer=None, proof_key=None, runs=Vec::new()))]
    fn new(
        trust: &Trust,
        revocation: &Revocation,
        now_unix_us: i64,
        options: Vec<(String, String)>,
        jobs: usize,
        tsa_trust: Option<&Trust>,
        watch: Option<&StageTimes>,
        vault: Option<&Vault>,
        sealer: Option<&Sealer>,
        proof_key: Option<PyBackedBytes>,
        runs: Vec<Run<'_>>,
    ) -> PyResult<Self> {
        let mut options = Options::parse(now_unix_us, &options).map_err(refused)?;
        options.path_rules.revocation.store = Some(Arc::clone(&revocation.0));
        let engine = engine::Engine::new(options, Arc::clone(&trust.store), jobs);
        let tsa_trust = tsa_trust.map(|tsa_trust| Arc::clone(&tsa_trust.store));
        let engine = tsa_trust.into_iter().fold(engine, engine::Engine::with_tsa_trust);
        let engine = watch.iter().fold(engine, |it, watch| it.with_watch(watch.0.clone()));
        let engine = vault.iter().fold(engine, |it, vault| it.with_vault(vault.0.clone()));
        let engine = sealer.iter().fold(engine, |it, sealer| it.with_maker(sealer.0.clone()));
        let keys = proof_key.iter().map(|key| Secret::copy_of(key));
        let mut engine = keys.fold(engine, engine::Engine::with_proof_key);
        for (checkpoint, time_stamp, messages) in runs {
            let mut run = engine.earlier_run(&checkpoint, &time_stamp).map_err(refused)?;
            for hashes in messages.try_iter()? {
                run.add(&hashes?.extract::<PyBackedBytes>()?);
            }
            engine.vouch_for(run);
        }
        Ok(Self(engine))
    }

    fn judge_time_stamp(&self, answer: &[u8], over: &[u8]) -> PyResult<StandingTokenParts> {
        self.0.judge_time_stamp(answer, over).map(|it| it.into_parts()).map_err(refused)
    }

    fn verify(&self, py: Python<'_>, batch: PyRecordBatch) -> PyResult<Tables> {
        let batch = batch.into_inner();
        answered(&self.0, py.detach(|| self.0.verify(&batch))).map(Tables)
    }

    #[pyo3(signature = (batch, row=0))]
    fn inspect(&self, py: Python<'_>, batch: PyRecordBatch, row: usize) -> PyResult<Tables> {
        let batch = batch.into_inner();
        answered(&self.0, py.detach(|| self.0.inspect_row(&batch, row))).map(Tables)
    }

    #[pyo3(signature = (row, mail, target=None))]
    fn verify_large(
        &self,
        py: Python<'_>,
        row: PyRecordBatch,
        mail: Stored,
        target: Option<Written>,
    ) -> PyResult<Tables> {
        let row = row.into_inner();
        let target = target.as_ref().map(Written::target);
        answered(&self.0, py.detach(|| self.0.write_large(&row, &mail, target))).map(Tables)
    }

    fn inspect_large(&self, py: Python<'_>, row: PyRecordBatch, mail: Stored) -> PyResult<Tables> {
        let row = row.into_inner();
        answered(&self.0, py.detach(|| self.0.inspect_large(&row, &mail))).map(Tables)
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
