//! Merging sightings: into fewer sightings, or into the certificates dataset; one row per distinct certificate,
//! sorted by SHA-256.
//!
//! Counts are added, first and last dates widened, so that the cut of batches leaves no trace.

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use hashbrown::HashMap;

use crate::asn1::oid::Oid;
use crate::weak_keys::WeakKeys;
use crate::x509::certificate::{Certificate, parse_certificate};

use super::schema::{CertificateRow, CertificatesBuilder, SightingRow, SightingsBuilder};
use super::text::instant;

/// A batch that is not one of sightings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotSightings {
    /// The columns it has.
    pub found: Vec<String>,
}

impl std::fmt::Display for NotSightings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "expected the columns of the dataset certificate_sightings (sha256, der, messages, first_seen, last_seen), found: {}",
            self.found.join(", ")
        )
    }
}

impl std::error::Error for NotSightings {}

struct Total<'b> {
    der: &'b [u8],
    messages: i64,
    first_seen: Option<i64>,
    last_seen: Option<i64>,
}

/// Makes the rows of `certificates` out of batches of sightings, in any order and with any repetition; `weak_keys` has
/// seen the keys of the whole run.
///
/// # Errors
/// [`NotSightings`] for a batch with other columns or types.
pub fn merge_sightings(
    batches: &[RecordBatch],
    weak_keys: &WeakKeys,
) -> Result<RecordBatch, NotSightings> {
    let sorted = sorted_totals(batches)?;
    let mut rows = CertificatesBuilder::with_capacity(sorted.len());
    for (sha256, total) in &sorted {
        push_row(&mut rows, sha256, total, weak_keys);
    }
    Ok(rows.finish())
}

/// As [`merge_sightings`], where these batches are all there is: primes are shared among their keys.
///
/// # Errors
/// [`NotSightings`] for a batch with other columns or types.
pub fn merge_sightings_alone(batches: &[RecordBatch]) -> Result<RecordBatch, NotSightings> {
    let mut known = WeakKeys::default();
    gather_keys(batches, &mut known)?;
    known.find_shared_primes(1);
    merge_sightings(batches, &known)
}

/// Shows the keys of batches of sightings to `weak_keys`, in any order and with any repetition.
///
/// # Errors
/// [`NotSightings`] for a batch with other columns or types.
pub fn gather_keys(batches: &[RecordBatch], weak_keys: &mut WeakKeys) -> Result<(), NotSightings> {
    for (_, total) in &sorted_totals(batches)? {
        if let Ok(certificate) = parse_certificate(total.der) {
            weak_keys.gather(&certificate);
        }
    }
    Ok(())
}

/// Makes one sighting per certificate out of batches of sightings.
///
/// # Errors
/// [`NotSightings`] for a batch with other columns or types.
pub fn fold_sightings(batches: &[RecordBatch]) -> Result<RecordBatch, NotSightings> {
    let sorted = sorted_totals(batches)?;
    let mut rows = SightingsBuilder::with_capacity(sorted.len());
    for (sha256, total) in &sorted {
        rows.push(SightingRow {
            sha256: Some(sha256),
            der: Some(total.der),
            messages: Some(total.messages),
            first_seen: total.first_seen,
            last_seen: total.last_seen,
        });
    }
    Ok(rows.finish())
}

fn sorted_totals(batches: &[RecordBatch]) -> Result<Vec<(&[u8], Total<'_>)>, NotSightings> {
    let mut totals: HashMap<&[u8], Total<'_>, foldhash::fast::RandomState> = HashMap::default();
    for batch in batches {
        add_batch(&mut totals, batch).ok_or_else(|| NotSightings {
            found: batch.schema_ref().fields().iter().map(|field| field.name().clone()).collect(),
        })?;
    }
    let mut sorted: Vec<(&[u8], Total<'_>)> = totals.into_iter().collect();
    sorted.sort_unstable_by_key(|(sha256, _)| *sha256);
    Ok(sorted)
}

fn add_batch<'b>(
    totals: &mut HashMap<&'b [u8], Total<'b>, foldhash::fast::RandomState>,
    batch: &'b RecordBatch,
) -> Option<()> {
    let sha256 = batch.column_by_name("sha256")?.as_binary_opt::<i32>()?;
    let der = batch.column_by_name("der")?.as_binary_opt::<i32>()?;
    let messages = batch.column_by_name("messages")?.as_primitive_opt::<Int64Type>()?;
    let time = |name| batch.column_by_name(name)?.as_primitive_opt::<TimestampMicrosecondType>();
    let (first, last) = (time("first_seen")?, time("last_seen")?);
    for row in 0..batch.num_rows() {
        let first_seen = first.is_valid(row).then(|| first.value(row));
        let last_seen = last.is_valid(row).then(|| last.value(row));
        let total = totals.entry(sha256.value(row)).or_insert_with(|| Total {
            der: der.value(row),
            messages: 0,
            first_seen: None,
            last_seen: None,
        });
        total.messages += messages.value(row);
        total.first_seen = match (total.first_seen, first_seen) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (one, other) => one.or(other),
        };
        total.last_seen = total.last_seen.max(last_seen);
    }
    Some(())
}

fn push_row(
    rows: &mut CertificatesBuilder,
    sha256: &[u8],
    total: &Total<'_>,
    weak_keys: &WeakKeys,
) {
    let Ok(certificate) = parse_certificate(total.der) else {
        return;
    };
    rows.push(CertificateRow {
        sha256: Some(sha256),
        spki_sha256: Some(&certificate.spki_sha256),
        subject: Some(certificate.subject_text()),
        issuer: Some(certificate.issuer_text()),
        serial: Some(certificate.serial_hex()),
        not_before: instant(certificate.not_before_unix_s),
        not_after: instant(certificate.not_after_unix_s),
        ski: certificate.subject_key_identifier.as_deref(),
        aki: certificate
            .authority_key_identifier
            .as_ref()
            .and_then(|aki| aki.key_identifier.as_deref()),
        addresses: Some(&certificate.shown().addresses),
        key_usage: key_usage(&certificate).as_deref(),
        extended_key_usage: certificate.extended_key_usage.as_deref().map(dotted).as_deref(),
        policies: Some(&dotted(&certificate.policies)),
        key_algorithm: Some(&certificate.key_algorithm),
        key_bits: certificate.key_bits.and_then(|bits| i32::try_from(bits).ok()),
        signature_algorithm: Some(&certificate.signature_algorithm_name()),
        is_ca: Some(certificate.basic_constraints.is_some_and(|constraints| constraints.is_ca)),
        self_signed: Some(certificate.is_self_signed_by_name()),
        weak_key: weak_keys.of(&certificate),
        messages: Some(total.messages),
        first_seen: total.first_seen,
        last_seen: total.last_seen,
        der: Some(total.der),
    });
}

fn key_usage(certificate: &Certificate) -> Option<Vec<String>> {
    certificate.key_usage.map(|usage| usage.names().map(str::to_owned).collect())
}

fn dotted(oids: &[Box<[u8]>]) -> Vec<String> {
    oids.iter().map(|oid| Oid(oid).to_string()).collect()
}
