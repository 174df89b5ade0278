//! The table `mail`: every message as a job that writes mail writes it, and what is to be said of that.
//!
//! It is handed to a sink and is no dataset. One row per message, in order: the columns of the input, so that it can be one
//! again, with `raw` null where nothing is written, as in a proof; `opened` says whether an envelope is gone. Behind them
//! stands what the dataset `objects` is made of, null but in jobs that seal or sign, and in the proof of one;
//! `output_sha256` also where a sink asks for it. Of a message that is not held `lies` says where the octets are that are
//! written: in the `target`, or, all of them, where it is `stored`.

use std::sync::Arc;

use arrow_array::builder::{
    BinaryBuilder, BooleanBuilder, Int64Builder, ListBuilder, StringBuilder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use smimebatch_crypto::digest::Digest;

use crate::codes::Code;
use crate::envelope::objects::ObjectReason;
use crate::envelope::writing::write_all;
use crate::envelope::written::{Output, Said, Written};
use crate::verify::chunk::StoredMessage;
use crate::verify::digest::sha256_of;
use crate::verify::found::{Layer, LayerId, Object};
use crate::verify::vocabulary::Integrity;

use super::envelope_rows::{integrity_of, layers_around_passed};
use super::facts::Facts;

/// The columns of the table.
pub(super) fn schema() -> SchemaRef {
    let text = |name| Field::new(name, DataType::Utf8, true);
    let number = |name| Field::new(name, DataType::Int64, true);
    let octets = |name| Field::new(name, DataType::Binary, true);
    let texts = |name| Field::new_list(name, Field::new("item", DataType::Utf8, true), true);
    Arc::new(Schema::new(vec![
        text("source"),
        number("source_index"),
        number("source_offset"),
        number("source_length"),
        octets("raw"),
        octets("mbox_from"),
        Field::new("split_suspicious", DataType::Boolean, true),
        text("read_error"),
        Field::new("opened", DataType::Boolean, false),
        text("state"),
        text("reason"),
        octets("output_sha256"),
        octets("plaintext_hmac"),
        texts("missing_recipients"),
        texts("recipients_before"),
        texts("recipients_after"),
        texts("algorithms_before"),
        texts("algorithms_after"),
        text("original_integrity"),
        text("key_id"),
        octets("key_mark"),
        octets("nonce_mark"),
        Field::new("as_written", DataType::Boolean, true),
        octets("original"),
        text("signer"),
        texts("transfer_encoded"),
        text("lies"),
        number("output_octets"),
    ]))
}

/// The rows of a chunk.
pub(super) fn write(facts: Facts<'_>) -> Option<RecordBatch> {
    let found = facts.found;
    let mut layers: Vec<Vec<LayerId>> = vec![Vec::new(); found.messages.len()];
    for (id, layer) in (0..).zip(&found.layers) {
        layers.get_mut(layer.message as usize)?.push(id);
    }
    let signed_inside = layers_around_passed(facts);
    let all = write_all(found, &layers, facts.context);
    let stored = found.messages.iter().map(|message| message.stored);
    let hashes_all = facts.context.options.hashes_mail;
    rows_of(stored.zip(&facts.digests.messages), (&all, hashes_all), &signed_inside)
}

/// The rows of messages that could not be evaluated: as they are stored, and none of those that `is_new` is to be made of.
pub(super) fn write_unevaluated(
    messages: &[StoredMessage<'_>],
    is_new: bool,
) -> Option<RecordBatch> {
    let raws: Vec<Option<&[u8]>> = messages.iter().map(|message| message.raw).collect();
    let why = || ObjectReason::Unreadable.into();
    let as_it_was = |raw: &Option<_>| Written::as_it_was(Output::stored(*raw), is_new, why());
    let all: Vec<Written<'_, '_>> = raws.iter().map(as_it_was).collect();
    rows_of(messages.iter().zip(&sha256_of(&raws)), (&all, false), &[])
}

/// The rows of messages, each with its SHA-256 as it is stored, of which `all` are written; what is new is hashed where
/// something is said of it, or everywhere.
fn rows_of<'m>(
    messages: impl Iterator<Item = (&'m StoredMessage<'m>, &'m Option<Digest>)>,
    (all, hashes_all): (&[Written<'_, '_>], bool),
    signed_inside: &[&Layer<'_>],
) -> Option<RecordBatch> {
    let new = all.iter().map(|it| match &it.output {
        Output::New(octets) if hashes_all || it.said.is_some() => Some(octets.as_slice()),
        _ => None,
    });
    let new: Vec<Option<&[u8]>> = new.collect();
    let mut rows = Rows::with_room_for(all);
    for (((message, sha256), written), new_sha256) in messages.zip(all).zip(sha256_of(&new)) {
        let is_stored = matches!(written.output, Output::Stored(_));
        let sha256 = if is_stored { *sha256 } else { new_sha256 };
        rows.push(message, (written, sha256.as_ref()), signed_inside);
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
    said: SaidRows,
    lies: StringBuilder,
    octets: Int64Builder,
}

impl Rows {
    /// Whose octets, which are most of it, grow no piece of memory over and over.
    fn with_room_for(all: &[Written<'_, '_>]) -> Self {
        let held = all.iter().filter_map(|it| it.output.held());
        let raws = BinaryBuilder::with_capacity(all.len(), held.map(<[u8]>::len).sum());
        Self { raws, ..Self::default() }
    }

    fn push(
        &mut self,
        stored: &StoredMessage<'_>,
        (written, sha256): (&Written<'_, '_>, Option<&Digest>),
        signed_inside: &[&Layer<'_>],
    ) {
        self.sources.append_option(stored.source);
        self.indexes.append_option(stored.source_index);
        self.offsets.append_option(stored.source_offset);
        self.lengths.append_option(stored.source_length);
        self.raws.append_option(written.output.held());
        self.from_lines.append_option(stored.from_line);
        self.suspicious.append_value(stored.split_suspicious);
        self.errors.append_option(stored.error.map(Code::code));
        self.opened.append_value(written.is_opened);
        let (word, octets) = match &written.output {
            Output::Source(octets) => (Some("stored"), Some(octets)),
            Output::Target(octets) => (Some("target"), Some(octets)),
            Output::Nothing | Output::Stored(_) | Output::New(_) => (None, None),
        };
        self.lies.append_option(word);
        self.octets.append_option(octets.and_then(|it| i64::try_from(it.octets).ok()));
        let sha256 = sha256.map(Digest::as_bytes).or(octets.map(|it| &it.sha256[..]));
        // What one envelope did not protect the next one does not: the worst of all is kept (RULES 35).
        let integrities = written.off.iter().filter_map(|layer| match &layer.object {
            Object::Enveloped(envelope) => {
                let is_signed_inside = signed_inside.iter().any(|it| std::ptr::eq(*it, *layer));
                Some(integrity_of(layer, envelope, is_signed_inside))
            }
            _ => None,
        });
        let worst = integrities.chain(stored.original_integrity).max();
        self.said.push(written.said.as_ref(), (sha256, worst));
    }

    fn finish(mut self) -> Option<RecordBatch> {
        let mut columns: Vec<ArrayRef> = vec![
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
        columns.extend(self.said.finish());
        columns.push(Arc::new(self.lies.finish()));
        columns.push(Arc::new(self.octets.finish()));
        RecordBatch::try_new(schema(), columns).ok()
    }
}

/// What is said of messages beside what is written of them.
#[derive(Default)]
struct SaidRows {
    states: StringBuilder,
    reasons: StringBuilder,
    outputs: BinaryBuilder,
    plaintexts: BinaryBuilder,
    missing: ListBuilder<StringBuilder>,
    recipients_before: ListBuilder<StringBuilder>,
    recipients_after: ListBuilder<StringBuilder>,
    algorithms_before: ListBuilder<StringBuilder>,
    algorithms_after: ListBuilder<StringBuilder>,
    integrities: StringBuilder,
    key_ids: StringBuilder,
    key_marks: BinaryBuilder,
    nonce_marks: BinaryBuilder,
    as_written: BooleanBuilder,
    originals: BinaryBuilder,
    signers: StringBuilder,
    encoded: ListBuilder<StringBuilder>,
}

impl SaidRows {
    fn push(
        &mut self,
        said: Option<&Said<'_, '_>>,
        (sha256, worst): (Option<&[u8]>, Option<Integrity>),
    ) {
        self.states.append_option(said.and_then(|it| it.state).map(Code::code));
        self.reasons.append_option(said.and_then(|it| it.reason).map(Code::code));
        self.outputs.append_option(sha256);
        self.plaintexts.append_option(said.and_then(|it| it.plaintext_hmac));
        append(&mut self.missing, said.map(|it| &*it.missing));
        append(&mut self.recipients_before, said.map(|it| &*it.recipients_before));
        append(&mut self.recipients_after, said.map(|it| &*it.recipients_after));
        append(&mut self.algorithms_before, said.map(|it| &*it.algorithms_before));
        append(&mut self.algorithms_after, said.map(|it| &*it.algorithms_after));
        let layer = said.and_then(|it| it.envelope);
        let envelope = layer.and_then(|layer| match &layer.object {
            Object::Enveloped(envelope) => Some(envelope),
            _ => None,
        });
        self.integrities.append_option(worst.map(Code::code));
        let opening = layer.and_then(|layer| layer.opening.as_deref());
        self.key_ids.append_option(opening.and_then(|it| it.key_id.as_deref()));
        self.key_marks.append_option(opening.and_then(|it| it.key_mark));
        let nonce = envelope.and_then(|envelope| envelope.content.algorithm.parameters);
        self.nonce_marks.append_option(nonce.map(|it| it.raw));
        self.as_written.append_option(said.and_then(|it| it.is_as_written));
        self.originals.append_option(said.and_then(|it| it.original));
        self.signers.append_option(said.and_then(|it| it.signer.as_deref()));
        append(&mut self.encoded, said.map(|it| &*it.transfer_encoded));
    }

    fn finish(mut self) -> [ArrayRef; 17] {
        [
            Arc::new(self.states.finish()),
            Arc::new(self.reasons.finish()),
            Arc::new(self.outputs.finish()),
            Arc::new(self.plaintexts.finish()),
            Arc::new(self.missing.finish()),
            Arc::new(self.recipients_before.finish()),
            Arc::new(self.recipients_after.finish()),
            Arc::new(self.algorithms_before.finish()),
            Arc::new(self.algorithms_after.finish()),
            Arc::new(self.integrities.finish()),
            Arc::new(self.key_ids.finish()),
            Arc::new(self.key_marks.finish()),
            Arc::new(self.nonce_marks.finish()),
            Arc::new(self.as_written.finish()),
            Arc::new(self.originals.finish()),
            Arc::new(self.signers.finish()),
            Arc::new(self.encoded.finish()),
        ]
    }
}

fn append(list: &mut ListBuilder<StringBuilder>, texts: Option<&[String]>) {
    texts.unwrap_or_default().iter().for_each(|text| list.values().append_value(text));
    list.append(texts.is_some());
}
