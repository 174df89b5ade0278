//! A batch gives the rows that its messages give alone, on one thread and on two, and nobody forges a signature.
//!
//! Messages are cut out of the input at three zero octets; a good mail stands before and behind them. Mutations have no
//! private key: whatever content has a right signature must be content that a fixture mail holds already.

use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, LargeBinaryArray, RecordBatch};
use smimebatch_core::columns::rows::Tables;
use smimebatch_core::engine::Engine;
use smimebatch_core::trust::TrustStore;
use smimebatch_core::trust::bundle::parse_certificates;
use smimebatch_core::verify::context::Options;
use smimebatch_core::x509::certificate::parse_certificate;

const GOOD: &[u8] = include_bytes!("../../../../tests/data/mail/plain-signed.eml");
const ROOT: &[u8] = include_bytes!("../../../../tests/data/mail/root.pem");

/// Warm from every input before: caches must not show.
static WARM: LazyLock<Engine> = LazyLock::new(|| engine(1));
static TWO_THREADS: LazyLock<Engine> = LazyLock::new(|| engine(2));
static GOOD_ALONE: LazyLock<Rows> = LazyLock::new(|| rows_of(&verify(&engine(1), &[GOOD])));
/// SHA-256 of every content that somebody with a key has signed.
static SIGNED: LazyLock<HashSet<Vec<u8>>> = LazyLock::new(|| {
    let folders = ["mail", "hostile", "pkits"]
        .map(|name| format!("{}/../../tests/data/{name}", env!("CARGO_MANIFEST_DIR")));
    let files =
        folders.iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten().flatten();
    let mails: Vec<_> = files.filter_map(|file| std::fs::read(file.path()).ok()).collect();
    assert!(mails.len() > 300, "the fixtures are missing");
    rightly_signed(&verify(&WARM, &mails.iter().map(Vec::as_slice).collect::<Vec<_>>())).collect()
});

fn engine(jobs: usize) -> Engine {
    let anchors = parse_certificates(ROOT).expect("PEM");
    let anchors = anchors.iter().map(|der| parse_certificate(der).expect("DER")).collect();
    let trust = Arc::new(TrustStore::build(anchors, Vec::new()));
    Engine::new(Options::at_now(1_767_225_600_000_000), trust, jobs)
}

fn verify(engine: &Engine, mails: &[&[u8]]) -> Tables {
    let raw: ArrayRef = Arc::new(LargeBinaryArray::from_iter_values(mails));
    engine.verify(&RecordBatch::try_from_iter([("raw", raw)]).expect("one column")).expect("raw")
}

/// Panics where `input` shows a fault.
pub fn check(input: &[u8]) {
    let mut mails = Vec::new();
    let mut rest = input;
    while let Some(at) =
        rest.windows(3).position(|octets| octets == [0; 3]).filter(|_| mails.len() < 7)
    {
        mails.push(&rest[..at]);
        rest = &rest[at + 3..];
    }
    mails.push(rest);
    let batch: Vec<&[u8]> = [&[GOOD], &mails[..], &[GOOD]].concat();
    let together = verify(&WARM, &batch);
    let cold = engine(1);
    let mut alone = GOOD_ALONE.clone();
    for mail in &mails {
        alone.extend(&rows_of(&verify(&cold, &[mail])));
    }
    alone.extend(&GOOD_ALONE);
    let rows = rows_of(&together);
    assert_eq!(rows.messages.len(), batch.len());
    assert_eq!(rows, alone);
    // Waking threads costs as much as the rest; one input of four shows it too.
    if input.len().is_multiple_of(4) {
        assert_eq!(rows, rows_of(&verify(&TWO_THREADS, &batch)));
    }
    for content in rightly_signed(&together) {
        assert!(SIGNED.contains(&content), "a right signature over content that nobody signed");
    }
}

/// The rows of tables, each a batch of its own.
#[derive(Clone, Debug, PartialEq)]
struct Rows {
    messages: Vec<RecordBatch>,
    signatures: Vec<RecordBatch>,
    encryptions: Vec<RecordBatch>,
    recipients: Vec<RecordBatch>,
}

impl Rows {
    fn extend(&mut self, next: &Self) {
        self.messages.extend_from_slice(&next.messages);
        self.signatures.extend_from_slice(&next.signatures);
        self.encryptions.extend_from_slice(&next.encryptions);
        self.recipients.extend_from_slice(&next.recipients);
    }
}

fn rows_of(tables: &Tables) -> Rows {
    Rows {
        messages: rows(&tables.messages),
        signatures: rows(&tables.signatures),
        encryptions: rows(&tables.encryptions),
        recipients: rows(&tables.recipients),
    }
}

/// SHA-256 of the content of every signature whose mathematics hold.
fn rightly_signed(tables: &Tables) -> impl Iterator<Item = Vec<u8>> {
    tables.signatures.iter().flat_map(|batch| {
        let column = |name: &str| batch.column_by_name(name).expect("a column of the contract");
        let word = |name: &str, row: usize| {
            let coded = column(name).as_any_dictionary();
            (!column(name).is_null(row)).then(|| {
                coded.values().as_string::<i32>().value(coded.normalized_keys()[row]).to_owned()
            })
        };
        let is_right = |row: &usize| {
            word("crypto_result", *row).as_deref() == Some("ok")
                && matches!(word("format", *row).as_deref(), Some("detached" | "opaque"))
        };
        let digests = column("signed_bytes_sha256").as_binary::<i32>();
        (0..batch.num_rows())
            .filter(is_right)
            .map(|row| digests.value(row).to_vec())
            .collect::<Vec<_>>()
    })
}

fn rows(batches: &[RecordBatch]) -> Vec<RecordBatch> {
    let of_batch = |batch: &RecordBatch| -> Vec<RecordBatch> {
        (0..batch.num_rows()).map(|row| batch.slice(row, 1)).collect()
    };
    batches.iter().flat_map(of_batch).collect()
}
