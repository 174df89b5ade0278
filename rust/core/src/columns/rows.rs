//! Rows: everything the stages found out → the tables of a chunk, row order kept.

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;

use crate::error::Unexpected;
use crate::verify::chunk::StoredMessage;
use crate::verify::vocabulary::ErrorCode;

use super::facts::Facts;
use super::merge::fold_sightings;
use super::schema::{
    EncryptionsBuilder, MessagesBuilder, PartsBuilder, RecipientsBuilder, SightingsBuilder,
    SignaturesBuilder,
};
use super::{envelope_rows, mail_rows, message_rows, part_rows, sighting_rows, signature_rows};

/// The datasets of one or more chunks, in order; empty batches are left out.
#[derive(Clone, Default, Debug)]
pub struct Tables {
    /// One row per input message.
    pub messages: Vec<RecordBatch>,
    /// One row per signer.
    pub signatures: Vec<RecordBatch>,
    /// Certificates and how often they came.
    pub certificate_sightings: Vec<RecordBatch>,
    /// One row per enveloped layer.
    pub encryptions: Vec<RecordBatch>,
    /// One row per RecipientInfo.
    pub recipients: Vec<RecordBatch>,
    /// The tree of parts; only for `inspect`.
    pub parts: Vec<RecordBatch>,
    /// Messages without their envelopes; only for a job that writes them.
    pub mail: Vec<RecordBatch>,
}

impl Tables {
    /// These tables with those of the next chunk behind them.
    #[must_use]
    pub fn followed_by(mut self, next: Self) -> Self {
        self.messages.extend(next.messages);
        self.signatures.extend(next.signatures);
        self.certificate_sightings.extend(next.certificate_sightings);
        self.encryptions.extend(next.encryptions);
        self.recipients.extend(next.recipients);
        self.parts.extend(next.parts);
        self.mail.extend(next.mail);
        self
    }

    /// The tables of consecutive chunks or batches as those of one, each certificate in one sighting.
    #[must_use]
    pub fn gathered(parts: impl IntoIterator<Item = Self>) -> Self {
        parts.into_iter().fold(Self::default(), Self::followed_by).folded()
    }

    /// The rows of one dataset by its name, `certificate_sightings` for certificates, and their schema.
    ///
    /// # Errors
    /// [`Unexpected`] for what is none of these tables.
    pub fn dataset(&self, name: &str) -> Result<(&[RecordBatch], SchemaRef), Unexpected> {
        Ok(match name {
            "messages" => (&self.messages, MessagesBuilder::memory_schema()),
            "signatures" => (&self.signatures, SignaturesBuilder::memory_schema()),
            "certificate_sightings" => {
                (&self.certificate_sightings, SightingsBuilder::memory_schema())
            }
            "encryptions" => (&self.encryptions, EncryptionsBuilder::memory_schema()),
            "recipients" => (&self.recipients, RecipientsBuilder::memory_schema()),
            "parts" => (&self.parts, PartsBuilder::memory_schema()),
            "mail" => (&self.mail, mail_rows::schema()),
            _ => return Err(Unexpected::new("a dataset", "one that batches have rows of", name)),
        })
    }

    /// The same rows, each certificate in one sighting.
    #[must_use]
    pub fn folded(self) -> Self {
        // They were made by `write_rows`, so they are sightings.
        let certificate_sightings = match fold_sightings(&self.certificate_sightings) {
            Ok(folded) if folded.num_rows() > 0 => vec![folded],
            _ => self.certificate_sightings,
        };
        Self { certificate_sightings, ..self }
    }
}

/// Writes every dataset of a chunk.
pub(crate) fn write_rows(facts: Facts<'_>) -> Tables {
    let mut messages = MessagesBuilder::with_capacity(facts.found.messages.len());
    message_rows::write(facts, &mut messages);
    let mut tables = Tables { messages: vec![messages.finish()], ..Tables::default() };
    if !facts.signers.is_empty() {
        let mut signatures = SignaturesBuilder::with_capacity(facts.signers.len());
        signature_rows::write(facts, &mut signatures);
        tables.signatures.push(signatures.finish());
    }
    if !facts.found.layers.is_empty() {
        let mut sightings = SightingsBuilder::with_capacity(64);
        sighting_rows::write(facts, &mut sightings);
        let mut encryptions = EncryptionsBuilder::with_capacity(0);
        let mut recipients = RecipientsBuilder::with_capacity(0);
        envelope_rows::write(facts, &mut encryptions, &mut recipients);
        for (rows, batch, table) in [
            (sightings.len(), sightings.finish(), &mut tables.certificate_sightings),
            (encryptions.len(), encryptions.finish(), &mut tables.encryptions),
            (recipients.len(), recipients.finish(), &mut tables.recipients),
        ] {
            if rows > 0 {
                table.push(batch);
            }
        }
    }
    if facts.context.options.writes_mail {
        tables.mail.extend(mail_rows::write(facts));
    }
    if facts.context.describe_parts {
        let mut parts = PartsBuilder::with_capacity(16);
        part_rows::write(facts, &mut parts);
        tables.parts.push(parts.finish());
    }
    tables
}

/// The rows of messages that could not be evaluated, with what is known without looking into them; a job that encrypts
/// what is in clear (`is_new`) writes none of them.
pub(crate) fn unevaluated(
    messages: &[StoredMessage<'_>],
    error: ErrorCode,
    is_new: bool,
) -> Tables {
    let mut rows = MessagesBuilder::with_capacity(messages.len());
    for message in messages {
        message_rows::write_unevaluated(message, error, &mut rows);
    }
    let mail = mail_rows::write_unevaluated(messages, is_new).into_iter().collect();
    Tables { messages: vec![rows.finish()], mail, ..Tables::default() }
}
