//! `StageTimes` and `CryptoJobs`: the clock that the core does not have, for `smimebatch bench`.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex, PoisonError};
use std::time::Instant;

use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3_arrow::PyRecordBatch;
use smimebatch_core::codes::Code;
use smimebatch_core::stages::{Stage, StageWatch};
use smimebatch_crypto::lanes::{Choice, Kernels};
use smimebatch_crypto::tape::{self, Tape};

use crate::engine::Engine;

/// Nanoseconds spent in each stage, all threads together.
pub(crate) struct Spent(Vec<AtomicU64>);

impl StageWatch for Spent {
    fn during(&self, stage: Stage, work: &mut dyn FnMut()) {
        let started = Instant::now();
        work();
        let elapsed_ns = u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX);
        if let Some(spent) = self.0.get(stage.ordinal()) {
            spent.fetch_add(elapsed_ns, Ordering::Relaxed);
        }
    }
}

/// How long each stage took in the engines that were given this watch.
#[pyclass(module = "smimebatch._native", frozen)]
pub(crate) struct StageTimes(Arc<Spent>);

impl StageTimes {
    pub(crate) fn spent(&self) -> Arc<Spent> {
        Arc::clone(&self.0)
    }
}

#[pymethods]
impl StageTimes {
    #[new]
    fn new() -> Self {
        Self(Arc::new(Spent(Stage::ALL.iter().map(|_| AtomicU64::new(0)).collect())))
    }

    /// (stage, what it does, nanoseconds), in order.
    fn read(&self) -> Vec<(&'static str, &'static str, u64)> {
        let spent = self.0.0.iter().map(|spent| spent.load(Ordering::Relaxed));
        let stages = Stage::ALL.iter().map(|stage| (stage.code(), stage.sentence()));
        stages.zip(spent).map(|((code, sentence), spent)| (code, sentence, spent)).collect()
    }
}

/// The cryptographic jobs of verified batches, to be done again alone.
#[pyclass(module = "smimebatch._native", frozen)]
pub(crate) struct CryptoJobs(Mutex<Tape>);

#[pymethods]
impl CryptoJobs {
    #[new]
    fn new() -> Self {
        Self(Mutex::default())
    }

    fn record(&self, py: Python<'_>, engine: &Engine, batch: PyRecordBatch) -> PyResult<()> {
        let batch = batch.into_inner();
        let (done, tape) = py.detach(|| tape::record(|| engine.0.verify(&batch).map(drop)));
        done.map_err(|error| PyValueError::new_err(error.to_string()))?;
        self.locked().append(tape);
        Ok(())
    }

    /// (digests, bytes that are hashed, verifications).
    #[getter]
    fn counts(&self) -> (usize, usize, usize) {
        let tape = self.locked();
        (tape.digest_count(), tape.digested_bytes(), tape.check_count())
    }

    /// (seconds for the digests, seconds for the verifications), the slowest thread counting.
    #[pyo3(signature = (threads=1, *, library_alone=false))]
    fn play(&self, py: Python<'_>, threads: usize, library_alone: bool) -> PyResult<(f64, f64)> {
        let kernels = if library_alone { Kernels::of(Choice::Off) } else { Kernels::in_use() };
        let seconds = py.detach(|| {
            let tape = self.locked();
            let ready = tape.ready();
            let digests = timed(threads, &ready.digests, |batch| batch.play(kernels))?;
            Some((digests, timed(threads, &ready.checks, |batch| batch.play(kernels))?))
        });
        seconds.ok_or_else(|| PyRuntimeError::new_err("a job had another answer than before"))
    }
}

impl CryptoJobs {
    fn locked(&self) -> std::sync::MutexGuard<'_, Tape> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long threads take that share the batches out; `None` when one was not played as recorded.
fn timed<T: Sync>(threads: usize, batches: &[T], play: impl Fn(&T) -> bool + Sync) -> Option<f64> {
    let threads = threads.max(1);
    let (next, ready) = (AtomicUsize::new(0), Barrier::new(threads));
    let work = || {
        ready.wait();
        let started = Instant::now();
        let mut as_recorded = true;
        while let Some(batch) = batches.get(next.fetch_add(1, Ordering::Relaxed)) {
            as_recorded &= play(batch);
        }
        as_recorded.then(|| started.elapsed().as_secs_f64())
    };
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let seconds = running.into_iter().map(|thread| thread.join().ok().flatten());
        seconds.collect::<Option<Vec<f64>>>().map(|all| all.into_iter().fold(0.0, f64::max))
    })
}
