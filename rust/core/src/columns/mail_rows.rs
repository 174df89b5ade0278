//! The table `mail`: every message, without the envelopes that were all of it where they opened, for a job that writes mail.
//!
//! It is handed to a sink and is no dataset. One row per message, in order: `source` and `source_index` as in `messages`;
//! `raw`, the message, as it is stored where nothing was opened, null where it is not held; `opened`, whether an envelope is
//! gone.

use std::sync::Arc;

use arrow_array::builder::{BinaryBuilder, BooleanBuilder, Int64Builder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};

use crate::envelope::opened_message::opened_message;
use crate::verify::chunk::StoredMessage;
use crate::verify::found::LayerId;

use super::facts::Facts;

/// The columns of the table.
pub(super) fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("source", DataType::Utf8, true),
        Field::new("source_index", DataType::Int64, true),
        Field::new("raw", DataType::Binary, true),
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
    raws: BinaryBuilder,
    opened: BooleanBuilder,
}

impl Rows {
    fn push(&mut self, stored: &StoredMessage<'_>, opened: Option<&[u8]>) {
        self.sources.append_option(stored.source);
        self.indexes.append_option(stored.source_index);
        self.raws.append_option(opened.or(stored.raw));
        self.opened.append_value(opened.is_some());
    }

    fn finish(mut self) -> Option<RecordBatch> {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.sources.finish()),
            Arc::new(self.indexes.finish()),
            Arc::new(self.raws.finish()),
            Arc::new(self.opened.finish()),
        ];
        RecordBatch::try_new(schema(), columns).ok()
    }
}
