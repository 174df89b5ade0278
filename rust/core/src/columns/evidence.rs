//! The column of time evidence: every candidate of a signature, trusted or not.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::{
    BooleanBuilder, ListBuilder, StringBuilder, StructBuilder, TimestampMicrosecondBuilder,
};
use arrow_schema::{DataType, Field, Fields};

use super::kinds::{ColumnKind, Instant};
use super::text::cut_text;
use crate::codes::Code;
use crate::verify::time::evidence::Candidate;

/// `list<struct>`: kind, time, source, trusted (OUTPUT.md); never null.
pub struct TimeEvidence(ListBuilder<StructBuilder>);

fn fields() -> Fields {
    Fields::from(vec![
        Field::new("kind", DataType::Utf8, true),
        Field::new("time", Instant::file_type(), true),
        Field::new("source", DataType::Utf8, true),
        Field::new("trusted", DataType::Boolean, true),
    ])
}

/// What one row of the column holds.
pub struct EvidenceRows<'a>(pub(super) &'a [Candidate]);

impl ColumnKind for TimeEvidence {
    type Value<'a> = EvidenceRows<'a>;
    fn with_capacity(rows: usize) -> Self {
        let times = TimestampMicrosecondBuilder::new().with_timezone("UTC");
        let columns = StructBuilder::new(
            fields(),
            vec![
                Box::new(StringBuilder::new()),
                Box::new(times),
                Box::new(StringBuilder::new()),
                Box::new(BooleanBuilder::new()),
            ],
        );
        Self(ListBuilder::with_capacity(columns, rows))
    }
    fn append(&mut self, value: Self::Value<'_>) {
        for candidate in value.0 {
            let row = self.0.values();
            if let Some(kinds) = row.field_builder::<StringBuilder>(0) {
                kinds.append_value(candidate.kind.code());
            }
            if let Some(times) = row.field_builder::<TimestampMicrosecondBuilder>(1) {
                times.append_value(candidate.unix_us);
            }
            if let Some(sources) = row.field_builder::<StringBuilder>(2) {
                sources.append_value(cut_text(&candidate.source));
            }
            if let Some(trusted) = row.field_builder::<BooleanBuilder>(3) {
                trusted.append_value(candidate.trusted);
            }
            row.append(true);
        }
        self.0.append(true);
    }
    fn finish(&mut self) -> ArrayRef {
        Arc::new(self.0.finish())
    }
    fn file_type() -> DataType {
        DataType::List(Arc::new(Field::new("item", DataType::Struct(fields()), true)))
    }
}
