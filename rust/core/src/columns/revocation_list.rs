//! The column `revocation`: `list<struct>`, one struct per certificate of the chain below its anchor (OUTPUT.md).

use std::sync::Arc;

use arrow_array::builder::{BinaryBuilder, StringBuilder, TimestampMicrosecondBuilder};
use arrow_array::{ArrayRef, ListArray, StructArray};
use arrow_buffer::{BooleanBufferBuilder, NullBuffer, OffsetBuffer};
use arrow_schema::{DataType, Field, Fields};

use crate::codes::Code;
use crate::path::revocation::ElementRevocation;
use crate::x509::crl_entry::RevocationReason;

use super::kinds::{ColumnKind, Instant};
use super::text::instant;

/// Revocation per chain element.
pub struct Revocations {
    lengths: Vec<usize>,
    valid: BooleanBufferBuilder,
    certificates: BinaryBuilder,
    results: StringBuilder,
    times: TimestampMicrosecondBuilder,
    reasons: StringBuilder,
    invalidity_dates: TimestampMicrosecondBuilder,
    sources: BinaryBuilder,
    this_updates: TimestampMicrosecondBuilder,
    next_updates: TimestampMicrosecondBuilder,
}

fn fields() -> Fields {
    Fields::from(vec![
        Field::new("certificate_sha256", DataType::Binary, true),
        Field::new("result", DataType::Utf8, true),
        Field::new("time", Instant::file_type(), true),
        Field::new("reason", DataType::Utf8, true),
        Field::new("invalidity_date", Instant::file_type(), true),
        Field::new("source_sha256", DataType::Binary, true),
        Field::new("this_update", Instant::file_type(), true),
        Field::new("next_update", Instant::file_type(), true),
    ])
}

fn item() -> Arc<Field> {
    Arc::new(Field::new("item", DataType::Struct(fields()), true))
}

fn instants() -> TimestampMicrosecondBuilder {
    TimestampMicrosecondBuilder::new().with_timezone("UTC")
}

impl Revocations {
    fn append_element(&mut self, element: &ElementRevocation) {
        let at = |unix_s: Option<i64>| unix_s.and_then(instant);
        self.certificates.append_value(element.certificate_sha256);
        self.results.append_value(element.state.result().code());
        self.times.append_option(at(element.revoked_unix_s));
        let untold = element.revoked_unix_s.map(|_| RevocationReason::Unspecified);
        self.reasons.append_option(element.reason.or(untold).map(Code::code));
        self.invalidity_dates.append_option(at(element.invalid_unix_s));
        self.sources.append_option(element.source_sha256);
        self.this_updates.append_option(at(element.this_update_unix_s));
        self.next_updates.append_option(at(element.next_update_unix_s));
    }
}

impl ColumnKind for Revocations {
    type Value<'a> = Option<&'a [ElementRevocation]>;

    fn with_capacity(rows: usize) -> Self {
        Self {
            lengths: Vec::with_capacity(rows),
            valid: BooleanBufferBuilder::new(rows),
            certificates: BinaryBuilder::new(),
            results: StringBuilder::new(),
            times: instants(),
            reasons: StringBuilder::new(),
            invalidity_dates: instants(),
            sources: BinaryBuilder::new(),
            this_updates: instants(),
            next_updates: instants(),
        }
    }

    fn append(&mut self, value: Self::Value<'_>) {
        self.valid.append(value.is_some());
        let elements = value.unwrap_or_default();
        self.lengths.push(elements.len());
        for element in elements {
            self.append_element(element);
        }
    }

    fn finish(&mut self) -> ArrayRef {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.certificates.finish()),
            Arc::new(self.results.finish()),
            Arc::new(self.times.finish()),
            Arc::new(self.reasons.finish()),
            Arc::new(self.invalidity_dates.finish()),
            Arc::new(self.sources.finish()),
            Arc::new(self.this_updates.finish()),
            Arc::new(self.next_updates.finish()),
        ];
        let structs = StructArray::new(fields(), columns, None);
        let offsets = OffsetBuffer::from_lengths(std::mem::take(&mut self.lengths));
        let valid = NullBuffer::new(self.valid.finish());
        Arc::new(ListArray::new(item(), offsets, Arc::new(structs), Some(valid)))
    }

    fn file_type() -> DataType {
        DataType::List(item())
    }
}
