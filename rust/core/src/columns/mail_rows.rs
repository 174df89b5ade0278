//! The table `mail`: every message, without the envelopes that were all of it where they opened, for a job that writes mail.
//!
//! It is handed to a sink and is no dataset. One row per message, in order, with the columns of the input, so that it can be
//! one again; `raw` is null where the message is not held, and `opened` says whether an envelope is gone.

use std::sync::Arc;

use arrow_array::builder::{BinaryBuilder, BooleanBuilder, Int64Builder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};

use crate::codes::Code;
use crate::envelope::opened_message::opened_message;
use crate::verify::chunk::StoredMessage;
use crate::verify::found::LayerId;

use super::facts::Facts;

/// The columns of the table.
pub(super) fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("source", DataType::Utf8, true),
        Field::new("source_index", DataType::Int64, true),
        Field::new("source_offset", DataType::Int64, true),
        Field::new("source_length", DataType::Int64, true),
        Field::new("raw", DataType::Binary, true),
        Field::new("mbox_from", DataType::Binary, true),
        Field::new("split_suspicious", DataType::Boolean, true),
        Field::new("read_error", DataType::Utf8, true),
        Field::new("opened", DataType::Boolean, false),
    ]))
}

/// The rows of a chunk.
pub(super) fn write(facts: Facts<'_>) -> Option<RecordBatch> {
    let found = facts.found;
    let mut layers: Vec<Vec<LayerId>> = vec![Vec::new(); found.messages.len()];
    for (id, layer) in (0..).zip(&found.layers) {
        layers.get_mut(layer.message as usize)?.push(id);
    }
    let mut rows = Rows::default();
    for ((id, message), layers) in (0..).zip(&found.messages).zip(&layers) {
        rows.push(message.stored, opened_message(found, id, layers).as_deref());
    }
    rows.finish()
}

/// The rows of messages that could not be evaluated: as they are stored.
pub(super) fn write_unevaluated(messages: &[StoredMessage<'_>]) -> Option<RecordBatch> {
    let mut rows = Rows::default();
    for message in messages {
        rows.push(message, None);
    }
    rows.finish()
}

#[derive(Default)]
struct Rows {
    sources: StringBuilder,
    indexes: Int64Builder,
    offsets: Int64Builder,
    lengths: Int64Builder,
    raws: BinaryBuilder,
    from_lines: BinaryBuilder,
    suspicious: BooleanBuilder,
    errors: StringBuilder,
    opened: BooleanBuilder,
}

impl Rows {
    fn push(&mut self, stored: &StoredMessage<'_>, opened: Option<&[u8]>) {
        self.sources.append_option(stored.source);
        self.indexes.append_option(stored.source_index);
        self.offsets.append_option(stored.source_offset);
        self.lengths.append_option(stored.source_length);
        self.raws.append_option(opened.or(stored.raw));
        self.from_lines.append_option(stored.from_line);
        self.suspicious.append_value(stored.split_suspicious);
        self.errors.append_option(stored.error.map(Code::code));
        self.opened.append_value(opened.is_some());
    }

    fn finish(mut self) -> Option<RecordBatch> {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.sources.finish()),
            Arc::new(self.indexes.finish()),
            Arc::new(self.offsets.finish()),
            Arc::new(self.lengths.finish()),
            Arc::new(self.raws.finish()),
            Arc::new(self.from_lines.finish()),
            Arc::new(self.suspicious.finish()),
            Arc::new(self.errors.finish()),
            Arc::new(self.opened.finish()),
        ];
        RecordBatch::try_new(schema(), columns).ok()
    }
}
