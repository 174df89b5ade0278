//! How long each stage takes for a chunk of 256 mails, on one thread, with warm caches.
//!
//! `cargo bench -p smimebatch-core`; `make bench-check` counts instructions of the same stages. The clock is a watch
//! of the engine, so that what runs is the whole pipeline, and only the stage asked for is timed.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use arrow_array::{ArrayRef, BinaryArray, RecordBatch};
use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use smimebatch_core::codes::Code;
use smimebatch_core::engine::Engine;
use smimebatch_core::stages::{Stage, StageWatch};
use smimebatch_core::trust::{TrustStore, bundle};
use smimebatch_core::verify::context::Options;
use smimebatch_core::x509::certificate::parse_certificate;

/// As many as a chunk has at most.
const MESSAGES: usize = 256;
/// Chunks of one measurement; a stage of a microsecond would otherwise be repeated a million times, with all others.
const CHUNKS_A_STAGE: u32 = 200;
/// 2026-01-01, at which the certificates of the fixture mails are valid.
const NOW_UNIX_US: i64 = 1_767_225_600_000_000;
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/mail/");

/// Nanoseconds of each stage.
#[derive(Default)]
struct Clock([AtomicU64; Stage::ALL.len()]);

impl StageWatch for Clock {
    fn during(&self, stage: Stage, work: &mut dyn FnMut()) {
        let started = Instant::now();
        work();
        let elapsed_ns = u64::try_from(started.elapsed().as_nanos()).unwrap();
        self.0.get(stage.ordinal()).unwrap().fetch_add(elapsed_ns, Ordering::Relaxed);
    }
}

impl Clock {
    /// What a stage took since it was asked last; never nothing, of which no rate can be made.
    fn take(&self, stage: Stage) -> Duration {
        let spent_ns = self.0.get(stage.ordinal()).unwrap().swap(0, Ordering::Relaxed);
        Duration::from_nanos(spent_ns.max(1))
    }
}

fn stages_of(criterion: &mut Criterion, name: &str, mail: &str) {
    let raw = std::fs::read(format!("{FOLDER}{mail}")).unwrap();
    let column: ArrayRef = Arc::new(BinaryArray::from_vec(vec![raw.as_slice(); MESSAGES]));
    let batch = RecordBatch::try_from_iter([("raw", column)]).unwrap();
    let pem = std::fs::read(format!("{FOLDER}root.pem")).unwrap();
    let ders = bundle::parse_certificates(&pem).unwrap();
    let anchors = ders.iter().map(|der| parse_certificate(der).unwrap()).collect();
    let trust = Arc::new(TrustStore::build(anchors, Vec::new()));
    let clock = Arc::new(Clock::default());
    let engine = Engine::new(Options::at_now(NOW_UNIX_US), trust, 1).with_watch(clock.clone());
    let mut group = criterion.benchmark_group(name);
    group.sampling_mode(SamplingMode::Flat).sample_size(20);
    group.throughput(Throughput::Elements(u64::try_from(MESSAGES).unwrap()));
    for stage in Stage::ALL {
        engine.verify(&batch).unwrap();
        clock.take(*stage);
        engine.verify(&batch).unwrap();
        let once = clock.take(*stage);
        group.measurement_time(once * CHUNKS_A_STAGE).warm_up_time(once * CHUNKS_A_STAGE / 10);
        group.bench_function(stage.code(), |bencher| {
            bencher.iter_custom(|rounds| {
                clock.take(*stage);
                (0..rounds).for_each(|_| drop(engine.verify(&batch).unwrap()));
                clock.take(*stage)
            });
        });
    }
    group.finish();
}

fn signed(criterion: &mut Criterion) {
    stages_of(criterion, "signed", "plain-signed.eml");
}

fn unsigned(criterion: &mut Criterion) {
    stages_of(criterion, "unsigned", "plain-text.eml");
}

criterion_group!(benches, signed, unsigned);
criterion_main!(benches);
