//! What must leave no trace in the tables: cuts into batches and chunks, threads, neighbours, warm caches.

use smimebatch_core::columns::input::InputError;
use smimebatch_core::columns::merge::{merge_sightings, merge_sightings_alone};
use smimebatch_core::columns::rows::Tables;
use smimebatch_core::columns::schema::all_datasets;
use smimebatch_core::weak_keys::WeakKeys;

use crate::corpus::{all_mails, batch, engine, options, verify};
use crate::rows::{Row, all_rows, rows};

fn mixed_corpus() -> Vec<Vec<u8>> {
    let mut mails = all_mails("mail");
    mails.extend(all_mails("hostile"));
    // Again in another order, so that caches are asked from other neighbours.
    let again: Vec<Vec<u8>> = mails.iter().rev().step_by(3).cloned().collect();
    mails.extend(again);
    mails
}

fn slices(mails: &[Vec<u8>]) -> Vec<&[u8]> {
    mails.iter().map(Vec::as_slice).collect()
}

/// Verifies in batches of `size` with one engine.
fn in_batches(mails: &[Vec<u8>], size: usize, jobs: usize) -> [Vec<Row>; 4] {
    let engine = engine("mail", options(), jobs);
    let tables = mails
        .chunks(size)
        .scan(0_i64, |first, mails| {
            let batch = batch(mails.iter().map(Vec::as_slice), *first);
            *first += i64::try_from(mails.len()).unwrap();
            Some(engine.verify(&batch).unwrap())
        })
        .fold(Tables::default(), Tables::followed_by);
    all_rows(&tables)
}

#[test]
fn rule_24_batch_equals_singles_and_any_cut_and_any_number_of_threads() {
    let mails = mixed_corpus();
    let whole = in_batches(&mails, mails.len(), 1);
    assert_eq!(whole[0].len(), mails.len());
    assert!(whole.iter().all(|dataset| !dataset.is_empty()));
    for (size, jobs) in [(1, 1), (7, 1), (100, 3), (mails.len(), 2), (mails.len(), 4)] {
        let other = in_batches(&mails, size, jobs);
        for (one, other) in whole.iter().zip(&other) {
            assert_eq!(one.len(), other.len(), "batches of {size}, {jobs} threads");
            for (one, other) in one.iter().zip(other) {
                assert_eq!(one, other, "batches of {size}, {jobs} threads");
            }
        }
    }
}

#[test]
fn folded_tables_have_the_same_rows_and_each_certificate_once() {
    let mails = mixed_corpus();
    let engine = engine("mail", options(), 1);
    let apart = mails
        .chunks(9)
        .map(|mails| engine.verify(&batch(mails.iter().map(Vec::as_slice), 0)).unwrap())
        .fold(Tables::default(), Tables::followed_by);
    assert!(apart.messages.len() > 1 && apart.encryptions.len() > 1);
    let folded = Tables::gathered([apart.clone()]);
    assert_eq!(all_rows(&folded), all_rows(&apart));
    for name in ["messages", "signatures", "encryptions", "recipients", "parts"] {
        let (rows, schema) = folded.dataset(name).unwrap();
        assert!(rows.iter().all(|batch| *batch.schema_ref() == schema), "{name}");
        let known = all_datasets().into_iter().find(|known| known.name == name).unwrap();
        let columns: Vec<&str> = known.columns.iter().map(|column| column.name).collect();
        assert!(schema.fields().iter().map(|field| field.name()).eq(&columns), "{name}");
    }
    let (sightings, _) = folded.dataset("certificate_sightings").unwrap();
    assert_eq!(sightings, folded.certificate_sightings);
    assert!(folded.dataset("certificates").is_err(), "they are made of sightings");
    assert_eq!(folded.certificate_sightings.len(), 1);
    assert_eq!(
        merge_sightings(&folded.certificate_sightings, &WeakKeys::default()).unwrap(),
        merge_sightings(&apart.certificate_sightings, &WeakKeys::default()).unwrap()
    );
    assert_eq!(
        merge_sightings_alone(&folded.certificate_sightings).unwrap(),
        merge_sightings_alone(&apart.certificate_sightings).unwrap()
    );
    let apart: usize = apart.certificate_sightings.iter().map(|batch| batch.num_rows()).sum();
    assert!(folded.certificate_sightings[0].num_rows() < apart);
}

#[test]
fn rule_24_warm_engine_and_cold_engine_give_the_same_rows() {
    let mails = mixed_corpus();
    let warm = engine("mail", options(), 1);
    let first = all_rows(&verify(&warm, &slices(&mails)));
    let second = all_rows(&verify(&warm, &slices(&mails)));
    assert_eq!(first, second);
}

#[test]
fn inspection_gives_the_rows_of_verification_and_a_tree_of_parts() {
    let mails = mixed_corpus();
    let engine = engine("mail", options(), 1);
    let batch = batch(slices(&mails), 0);
    let inspected = engine.inspect(&batch).unwrap();
    assert_eq!(all_rows(&inspected), all_rows(&engine.verify(&batch).unwrap()));
    assert!(rows(&inspected.parts).len() >= mails.len());
    let mut parts = 0;
    for row in 0..mails.len() {
        let one = engine.inspect_row(&batch, row).unwrap();
        assert_eq!(rows(&one.messages)[0], rows(&inspected.messages)[row]);
        parts += rows(&one.parts).len();
    }
    assert_eq!(parts, rows(&inspected.parts).len());
    let beyond = engine.inspect_row(&batch, mails.len()).unwrap_err();
    assert_eq!(beyond, InputError::NoSuchRow { rows: mails.len(), found: mails.len() });
}

#[test]
fn certificate_sightings_add_up_whatever_the_cut() {
    let mails = mixed_corpus();
    let seen = |size: usize| {
        let engine = engine("mail", options(), 1);
        let mut counts = std::collections::BTreeMap::<String, i64>::new();
        for part in mails.chunks(size) {
            let tables = verify(&engine, &slices(part));
            for row in rows(&tables.certificate_sightings) {
                let messages: i64 = row.column("messages").parse().unwrap();
                *counts.entry(row.column("sha256").to_owned()).or_default() += messages;
            }
        }
        counts
    };
    assert_eq!(seen(mails.len()), seen(5));
}

#[test]
fn row_that_is_null_is_a_row_among_the_others() {
    use arrow_array::{ArrayRef, BinaryArray, RecordBatch};
    let raw: ArrayRef =
        std::sync::Arc::new(BinaryArray::from_opt_vec(vec![Some(b"A: b\n\n"), None, Some(b"")]));
    let batch = RecordBatch::try_from_iter([("raw", raw)]).unwrap();
    let messages = rows(&engine("mail", options(), 1).verify(&batch).unwrap().messages);
    let kinds: Vec<&str> = messages.iter().map(|row| row.column("kind")).collect();
    assert_eq!(kinds, ["plain", "unreadable", "plain"]);
    assert_eq!(messages[1].column("error"), "null_value");
    assert_eq!(messages[1].column("indication"), "NOT_EVALUATED");
}
