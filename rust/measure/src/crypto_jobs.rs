//! The cryptographic jobs of verified batches, done again alone on any number of threads, every answer compared.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Barrier, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use arrow_array::RecordBatch;
use smimebatch_core::columns::input::InputError;
use smimebatch_core::engine::Engine;
use smimebatch_crypto::lanes::{Choice, Kernels};
use smimebatch_crypto::tape::{self, Tape};

/// A job that was done again had another answer than before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnotherAnswer;

impl std::fmt::Display for AnotherAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a job had another answer than before")
    }
}

impl std::error::Error for AnotherAnswer {}

/// The jobs of some batches; shared between threads.
#[derive(Default)]
pub struct CryptoJobs(Mutex<Tape>);

impl CryptoJobs {
    /// Verifies a batch on this thread and adds its jobs; of an engine with more threads, only those of this one.
    ///
    /// # Errors
    /// As [`Engine::verify`].
    pub fn record(&self, engine: &Engine, batch: &RecordBatch) -> Result<(), InputError> {
        let (done, tape) = tape::record(|| engine.verify(batch).map(drop));
        done?;
        self.locked().append(tape);
        Ok(())
    }

    /// (Digests, bytes that are hashed, verifications).
    #[must_use]
    pub fn counts(&self) -> (usize, usize, usize) {
        let tape = self.locked();
        (tape.digest_count(), tape.digested_bytes(), tape.check_count())
    }

    /// (Seconds for the digests, seconds for the verifications), the slowest of the threads counting; with the kernels
    /// in use, or with the library alone.
    ///
    /// # Errors
    /// [`AnotherAnswer`], where no time is worth anything.
    pub fn play(&self, threads: usize, library_alone: bool) -> Result<(f64, f64), AnotherAnswer> {
        let kernels = if library_alone { Kernels::of(Choice::Off) } else { Kernels::in_use() };
        let tape = self.locked();
        let ready = tape.ready();
        let digests_s = timed(threads, &ready.digests, |batch| batch.play(kernels));
        let checks_s = timed(threads, &ready.checks, |batch| batch.play(kernels));
        digests_s.zip(checks_s).ok_or(AnotherAnswer)
    }

    fn locked(&self) -> MutexGuard<'_, Tape> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Seconds of threads that share the batches out; `None` when one was not played as recorded.
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use arrow_array::{ArrayRef, BinaryArray, StringArray};
    use smimebatch_core::trust::TrustStore;
    use smimebatch_core::verify::context::Options;

    use super::*;

    fn engine() -> Engine {
        Engine::new(Options::at_now(0), Arc::new(TrustStore::build(Vec::new(), Vec::new())), 1)
    }

    fn batch(column: &str, values: ArrayRef) -> RecordBatch {
        RecordBatch::try_from_iter([(column, values)]).unwrap()
    }

    #[test]
    fn jobs_of_batches_are_added_and_played_on_any_threads() {
        let jobs = CryptoJobs::default();
        let mail: &[u8] = b"From: a@a.example\n\nhello\n";
        let raw: ArrayRef = Arc::new(BinaryArray::from_vec(vec![mail, mail]));
        for times in 1..=2 {
            jobs.record(&engine(), &batch("raw", Arc::clone(&raw))).unwrap();
            assert_eq!(jobs.counts(), (2 * times, 2 * times * mail.len(), 0), "each message");
        }
        for (threads, library_alone) in [(0, false), (1, true), (3, false)] {
            let (digests_s, checks_s) = jobs.play(threads, library_alone).unwrap();
            assert!(digests_s > 0.0 && checks_s >= 0.0);
        }
    }

    #[test]
    fn batch_without_messages_is_refused_and_leaves_no_jobs() {
        let jobs = CryptoJobs::default();
        let texts: ArrayRef = Arc::new(StringArray::from(vec!["x"]));
        assert!(jobs.record(&engine(), &batch("body", texts)).is_err());
        assert_eq!(jobs.counts(), (0, 0, 0));
    }

    #[test]
    fn every_batch_is_played_once_and_the_slowest_thread_counts() {
        let batches: Vec<u64> = vec![1; 20];
        let played = AtomicUsize::new(0);
        let seconds = timed(4, &batches, |ms| {
            played.fetch_add(1, Ordering::Relaxed);
            std::thread::sleep(Duration::from_millis(*ms));
            true
        });
        assert_eq!(played.into_inner(), batches.len());
        assert!(seconds.unwrap() >= 0.005, "20 ms are shared by 4 threads");
    }

    #[test]
    fn one_other_answer_makes_the_time_worthless() {
        for threads in [1, 3] {
            assert_eq!(timed(threads, &[true, false, true], |answer| *answer), None);
        }
        assert!(timed(3, &[true; 0], |_| false).is_some(), "nothing was played");
    }
}
