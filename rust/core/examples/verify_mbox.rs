//! Verifies an mbox on one thread, without Python and without writing: what a profiler should look at.
//!
//! `cargo run --release -p smimebatch-core --example verify_mbox -- MBOX ROOT.pem [ROUNDS]`
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a tool, not a part"
)]

use std::sync::Arc;
use std::time::Instant;

use arrow_array::{ArrayRef, RecordBatch, builder::BinaryViewBuilder};
use arrow_buffer::Buffer;
use smimebatch_core::engine::Engine;
use smimebatch_core::mail::mbox::MboxScanner;
use smimebatch_core::trust::{TrustStore, bundle};
use smimebatch_core::verify::context::Options;
use smimebatch_core::x509::certificate::parse_certificate;

/// Bytes of one batch, as the program reads by default.
const BATCH_BYTES: usize = 8 << 20;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let mbox = Buffer::from(std::fs::read(&arguments[1]).unwrap());
    let ders = bundle::parse_certificates(&std::fs::read(&arguments[2]).unwrap()).unwrap();
    let anchors = ders.iter().map(|der| parse_certificate(der).unwrap()).collect();
    let trust = Arc::new(TrustStore::build(anchors, Vec::new()));
    let rounds = arguments.get(3).map_or(1, |rounds| rounds.parse().unwrap());
    let messages = MboxScanner::new().scan(&mbox, true).messages;
    let mut batches = Vec::new();
    let mut first = 0;
    while first < messages.len() {
        let end = messages[first].message.start + BATCH_BYTES;
        let count = messages[first..]
            .iter()
            .take_while(|message| message.message.end <= end)
            .count()
            .max(1);
        let mut raw = BinaryViewBuilder::new();
        let block = raw.append_block(mbox.clone());
        for message in &messages[first..first + count] {
            let (start, length) = (message.message.start, message.message.len());
            raw.try_append_view(block, start.try_into().unwrap(), length.try_into().unwrap())
                .unwrap();
        }
        batches.push(
            RecordBatch::try_from_iter([("raw", Arc::new(raw.finish()) as ArrayRef)]).unwrap(),
        );
        first += count;
    }
    let engine = Engine::new(Options::at_now(1_767_225_600_000_000), trust, 1);
    for _ in 0..rounds {
        let started = Instant::now();
        let rows: usize = batches
            .iter()
            .map(|batch| {
                engine
                    .verify(batch)
                    .unwrap()
                    .signatures
                    .iter()
                    .map(RecordBatch::num_rows)
                    .sum::<usize>()
            })
            .sum();
        let elapsed = started.elapsed();
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let each = elapsed.as_secs_f64() * 1e6 / messages.len() as f64;
        println!("{} messages, {rows} signatures, {each:.2} us each", messages.len());
    }
}
