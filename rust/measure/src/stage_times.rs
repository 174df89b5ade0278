//! Nanoseconds of every stage, all threads and engines of one watch together.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use smimebatch_core::codes::Code;
use smimebatch_core::stages::{Stage, StageWatch};

/// How long each stage took so far.
pub struct StageTimes(Vec<AtomicU64>);

impl Default for StageTimes {
    fn default() -> Self {
        Self(Stage::ALL.iter().map(|_| AtomicU64::new(0)).collect())
    }
}

impl StageTimes {
    /// (stage, what it does, nanoseconds), in order.
    #[must_use]
    pub fn read(&self) -> Vec<(&'static str, &'static str, u64)> {
        let spent_ns = self.0.iter().map(|spent_ns| spent_ns.load(Ordering::Relaxed));
        let stages = Stage::ALL.iter().zip(spent_ns);
        stages.map(|(stage, spent_ns)| (stage.code(), stage.sentence(), spent_ns)).collect()
    }
}

impl StageWatch for StageTimes {
    fn during(&self, stage: Stage, work: &mut dyn FnMut()) {
        let started = Instant::now();
        work();
        let elapsed_ns = u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX);
        if let Some(spent_ns) = self.0.get(stage.ordinal()) {
            spent_ns.fetch_add(elapsed_ns, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const WORK: Duration = Duration::from_millis(2);

    fn ns_of(times: &StageTimes, stage: Stage) -> u64 {
        times.read().iter().filter(|(code, ..)| *code == stage.code()).map(|(.., ns)| ns).sum()
    }

    #[test]
    fn work_counts_for_its_stage_alone_and_is_done_once() {
        let (times, mut runs) = (StageTimes::default(), 0);
        times.during(Stage::Check, &mut || {
            std::thread::sleep(WORK);
            runs += 1;
        });
        assert_eq!(runs, 1);
        let expected = WORK.as_nanos() as u64;
        for stage in Stage::ALL {
            let ns = ns_of(&times, *stage);
            assert_eq!(ns >= expected, *stage == Stage::Check, "{ns}");
            assert_eq!(ns == 0, *stage != Stage::Check, "{ns}");
        }
    }

    #[test]
    fn times_of_several_threads_are_added() {
        let times = StageTimes::default();
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| times.during(Stage::Scan, &mut || std::thread::sleep(WORK)));
            }
        });
        assert!(ns_of(&times, Stage::Scan) >= 3 * WORK.as_nanos() as u64);
    }

    #[test]
    fn stages_are_read_in_their_order() {
        let codes: Vec<&str> =
            StageTimes::default().read().iter().map(|(code, ..)| *code).collect();
        assert_eq!(codes, Stage::ALL.iter().map(|stage| stage.code()).collect::<Vec<_>>());
    }
}
