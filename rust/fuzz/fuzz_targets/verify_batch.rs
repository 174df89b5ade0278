//! A batch gives the rows that its messages give alone, and no message reaches into another's.
//!
//! Messages are cut out of the input at three zero octets; a good mail stands before and behind them.
#![no_main]

use std::sync::{Arc, LazyLock};

use arrow_array::{ArrayRef, LargeBinaryArray, RecordBatch};
use libfuzzer_sys::fuzz_target;
use smimebatch_core::columns::rows::Tables;
use smimebatch_core::engine::Engine;
use smimebatch_core::trust::TrustStore;
use smimebatch_core::trust::bundle::parse_certificates;
use smimebatch_core::verify::context::Options;
use smimebatch_core::x509::certificate::parse_certificate;

const GOOD: &[u8] = include_bytes!("../../../tests/data/mail/plain-signed.eml");
const ROOT: &[u8] = include_bytes!("../../../tests/data/mail/root.pem");

/// Warm from every input before: caches must not show.
static WARM: LazyLock<Engine> = LazyLock::new(engine);

fn engine() -> Engine {
    let anchors = parse_certificates(ROOT).expect("PEM");
    let anchors = anchors.iter().map(|der| parse_certificate(der).expect("DER")).collect();
    let trust = Arc::new(TrustStore::build(anchors, Vec::new()));
    Engine::new(Options::at_now(1_767_225_600_000_000), trust, 1)
}

fn verify(engine: &Engine, mails: &[&[u8]]) -> Tables {
    let raw: ArrayRef = Arc::new(LargeBinaryArray::from_iter_values(mails));
    engine.verify(&RecordBatch::try_from_iter([("raw", raw)]).expect("one column")).expect("raw")
}

fuzz_target!(|input: &[u8]| {
    let mut mails = vec![GOOD];
    let mut rest = input;
    while let Some(at) =
        rest.windows(3).position(|octets| octets == [0; 3]).filter(|_| mails.len() < 8)
    {
        mails.push(&rest[..at]);
        rest = &rest[at + 3..];
    }
    mails.extend([rest, GOOD]);
    let together = verify(&WARM, &mails);
    let cold = engine();
    let alone = mails
        .iter()
        .map(|mail| verify(&cold, &[mail]))
        .fold(Tables::default(), Tables::followed_by);
    assert_eq!(rows(&together.messages).len(), mails.len());
    assert_eq!(rows(&together.messages), rows(&alone.messages));
    assert_eq!(rows(&together.signatures), rows(&alone.signatures));
    assert_eq!(rows(&together.encryptions), rows(&alone.encryptions));
    assert_eq!(rows(&together.recipients), rows(&alone.recipients));
});

fn rows(batches: &[RecordBatch]) -> Vec<RecordBatch> {
    let of_batch = |batch: &RecordBatch| -> Vec<RecordBatch> {
        (0..batch.num_rows()).map(|row| batch.slice(row, 1)).collect()
    };
    batches.iter().flat_map(of_batch).collect()
}
