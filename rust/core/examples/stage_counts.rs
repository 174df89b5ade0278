//! Verifies an mbox twice under a watch that gives every stage a function of its own, so that callgrind can tell what
//! each costs: `first_*` with empty caches, `again_*` with full ones, and `split` for the cutting of the mbox.
//!
//! `benches/counts.py` runs it; by itself it says how many messages there were and how many passed.
//! `cargo run --release -p smimebatch-core --example stage_counts -- MBOX [ROOT.pem]`
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a tool, not a part"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow_array::{ArrayRef, RecordBatch, builder::BinaryViewBuilder, cast::AsArray};
use arrow_buffer::Buffer;
use smimebatch_core::engine::Engine;
use smimebatch_core::mail::mbox::{MboxMessage, MboxScanner};
use smimebatch_core::stages::{Stage, StageWatch};
use smimebatch_core::trust::{TrustStore, bundle};
use smimebatch_core::verify::context::Options;
use smimebatch_core::x509::certificate::parse_certificate;

/// 2026-01-01, at which the certificates of the corpus are valid.
const NOW_UNIX_US: i64 = 1_767_225_600_000_000;

/// A stage's work on a chunk.
type Work<'w> = &'w mut dyn FnMut();

/// Functions that do nothing but call what they are given, and are never inlined; which one a stage has.
macro_rules! frames {
    ($which:ident: $($stage:ident $name:ident)+) => {
        fn $which(stage: Stage) -> fn(Work<'_>) {
            match stage { $(Stage::$stage => $name,)+ }
        }
        $(
            #[inline(never)]
            fn $name(work: Work<'_>) {
                work();
                // The same code in several functions would be made one.
                std::hint::black_box(stringify!($name));
            }
        )+
    };
}

frames! { first:
    Scan first_scan Decode first_decode Open first_open Resolve first_resolve Digest first_digest Check first_check
    Repair first_repair Time first_time Chain first_chain Judge first_judge Columns first_columns
}

frames! { again:
    Scan again_scan Decode again_decode Open again_open Resolve again_resolve Digest again_digest Check again_check
    Repair again_repair Time again_time Chain again_chain Judge again_judge Columns again_columns
}

/// Which of the two rounds it is.
#[derive(Default)]
struct Frames {
    caches_are_full: AtomicBool,
}

impl StageWatch for Frames {
    fn during(&self, stage: Stage, work: Work<'_>) {
        let frame = if self.caches_are_full.load(Ordering::Relaxed) { again } else { first };
        frame(stage)(work);
    }
}

#[inline(never)]
fn split(mbox: &Buffer) -> Vec<MboxMessage> {
    MboxScanner::new().scan(mbox, true).messages
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let mbox = Buffer::from(std::fs::read(&arguments[1]).unwrap());
    let root = arguments.get(2).map(|path| std::fs::read(path).unwrap());
    let ders = root.map_or_else(Vec::new, |pem| bundle::parse_certificates(&pem).unwrap());
    let anchors = ders.iter().map(|der| parse_certificate(der).unwrap()).collect();
    let trust = Arc::new(TrustStore::build(anchors, Vec::new()));
    let messages = split(&mbox);
    let batch = batch_of(&mbox, &messages);
    let frames = Arc::new(Frames::default());
    let engine = Engine::new(Options::at_now(NOW_UNIX_US), trust, 1).with_watch(frames.clone());
    let passed = verify(&engine, &batch);
    frames.caches_are_full.store(true, Ordering::Relaxed);
    assert_eq!(verify(&engine, &batch), passed);
    println!("{} messages, {passed} passed", messages.len());
}

fn batch_of(mbox: &Buffer, messages: &[MboxMessage]) -> RecordBatch {
    let mut raw = BinaryViewBuilder::new();
    let block = raw.append_block(mbox.clone());
    for message in messages {
        let (start, length) = (message.message.start, message.message.len());
        raw.try_append_view(block, start.try_into().unwrap(), length.try_into().unwrap()).unwrap();
    }
    RecordBatch::try_from_iter([("raw", Arc::new(raw.finish()) as ArrayRef)]).unwrap()
}

/// How many messages pass.
fn verify(engine: &Engine, batch: &RecordBatch) -> usize {
    let tables = engine.verify(batch).unwrap().messages;
    let passes = |table: &RecordBatch| {
        let column = table.column_by_name("indication").unwrap().as_any_dictionary();
        let words = column.values().as_string::<i32>();
        let keys = column.normalized_keys().into_iter();
        keys.filter(|key| words.value(*key) == "TOTAL_PASSED").count()
    };
    tables.iter().map(passes).sum()
}
