//! Rows of `encryptions` and `recipients`: enveloped layers, and what became of them where there are keys.

use smimebatch_crypto::digest::{self, Algorithm};

use crate::asn1::values::integer_hex;
use crate::cms::algorithms::algorithm_name;
use crate::cms::enveloped_data::Envelope;
use crate::cms::recipient_info::{Recipient, RecipientIdentifier};
use crate::codes::CodeSet;
use crate::verdict::indication::Indication;
use crate::verify::found::{Layer, LayerWord, Object};
use crate::verify::vocabulary::{DecryptStatus, Integrity};
use crate::x509::name;

use super::facts::Facts;
use super::schema::{EncryptionRow, EncryptionsBuilder, RecipientRow, RecipientsBuilder};

/// Octets of an authentication tag below which it is called short (RULES 34).
const SHORT_TAG_OCTETS: usize = 12;

/// Appends the rows of every enveloped layer of the chunk, by message.
pub(super) fn write(
    facts: Facts<'_>,
    encryptions: &mut EncryptionsBuilder,
    recipients: &mut RecipientsBuilder,
) {
    let mut order: Vec<&Layer<'_>> = facts.found.layers.iter().collect();
    order.sort_by_key(|layer| layer.message);
    let signed_inside = layers_around_passed(facts);
    for layer in order {
        match &layer.object {
            Object::Enveloped(envelope) => {
                let is_signed_inside = signed_inside.iter().any(|it| std::ptr::eq(*it, layer));
                let integrity = integrity_of(layer, envelope, is_signed_inside);
                write_envelope(facts, layer, (envelope, integrity), encryptions, recipients)
            }
            Object::Malformed | Object::Limited if layer.word == LayerWord::Enveloped => {
                write_broken(facts, layer, encryptions);
            }
            _ => {}
        }
    }
}

fn write_envelope(
    facts: Facts<'_>,
    layer: &Layer<'_>,
    (envelope, integrity): (&Envelope<'_>, Integrity),
    encryptions: &mut EncryptionsBuilder,
    recipients: &mut RecipientsBuilder,
) {
    let Some(message) = facts.found.messages.get(layer.message as usize) else {
        return;
    };
    let parent = layer.parent.and_then(|id| facts.found.layer(id)).map(|layer| layer.path.as_str());
    let cipher = envelope.content.cipher();
    let opening = layer.opening.as_deref();
    encryptions.push(EncryptionRow {
        source: message.stored.source,
        source_index: message.stored.source_index,
        layer_path: Some(&layer.path),
        parent_layer_path: parent,
        content_algorithm: Some(&algorithm_name(cipher.oid)),
        key_bits: cipher.key_bits.and_then(|bits| i32::try_from(bits).ok()),
        integrity: Some(integrity),
        recipients: i32::try_from(envelope.recipients.len()).ok(),
        decrypt_status: Some(opening.map_or(DecryptStatus::NoKey, |opening| opening.status)),
        flags: layer.flags,
        key_id: opening.and_then(|opening| opening.key_id.as_deref()),
        original_integrity: message
            .stored
            .original_integrity
            .filter(|_| layer.parent.is_none() && layer.content_root)
            .map(|before| before.max(integrity)),
    });
    for (position, recipient) in envelope.recipients.iter().enumerate() {
        let named = recipient.as_ref().ok().map(RecipientNames::of).unwrap_or_default();
        let known = recipient.as_ref().ok();
        let algorithm = known.and_then(|recipient| recipient.algorithm);
        recipients.push(RecipientRow {
            source: message.stored.source,
            source_index: message.stored.source_index,
            layer_path: Some(&layer.path),
            parent_layer_path: parent,
            recipient_index: i32::try_from(position).ok(),
            kind: known.map(|recipient| recipient.kind),
            rid_issuer: named.issuer.as_deref(),
            rid_serial: named.serial.as_deref(),
            rid_ski: named.key_identifier,
            algorithm: algorithm.map(|algorithm| algorithm_name(algorithm.oid)).as_deref(),
            encrypted_key_sha256: known
                .filter(|it| !it.encrypted_key.is_empty())
                .map(|it| digest::one(Algorithm::Sha256, &it.encrypted_key))
                .as_ref()
                .map(|it| it.as_bytes()),
            key_available: Some(opening.is_some_and(|it| it.ours.binary_search(&position).is_ok())),
        });
    }
}

/// What protects the plaintext of an envelope; a cipher that does is named whatever lies inside (RULES 35).
pub(super) fn integrity_of(
    layer: &Layer<'_>,
    envelope: &Envelope<'_>,
    is_signed_inside: bool,
) -> Integrity {
    let is_aead = envelope.content.cipher().mode.is_aead();
    match layer.authentication.as_ref().filter(|_| is_aead).map(|it| it.mac.len()) {
        Some(octets) if octets < SHORT_TAG_OCTETS => Integrity::AeadShort,
        Some(_) => Integrity::Aead,
        None if is_signed_inside => Integrity::SignedInside,
        None => Integrity::None,
    }
}

/// The layers inside which a signature passed that covers all of their content.
pub(super) fn layers_around_passed<'f>(facts: Facts<'f>) -> Vec<&'f Layer<'f>> {
    let mut around = Vec::new();
    for (signer, verdicts) in facts.signers.iter().zip(&facts.verdicts.signatures) {
        let mut layer = facts.found.layer(signer.layer);
        if verdicts.verdict.indication != Indication::TotalPassed {
            continue;
        }
        while let Some(inner) = layer.filter(|it| it.content_root && !it.is_time_stamp()) {
            layer = inner.parent.and_then(|id| facts.found.layer(id));
            around.extend(layer.filter(|it| it.is_opened()));
        }
    }
    around
}

/// An envelope that said it is one and cannot be read.
fn write_broken(facts: Facts<'_>, layer: &Layer<'_>, encryptions: &mut EncryptionsBuilder) {
    let Some(message) = facts.found.messages.get(layer.message as usize) else {
        return;
    };
    let limited = matches!(layer.object, Object::Limited);
    encryptions.push(EncryptionRow {
        source: message.stored.source,
        source_index: message.stored.source_index,
        layer_path: Some(&layer.path),
        parent_layer_path: layer
            .parent
            .and_then(|id| facts.found.layer(id))
            .map(|layer| layer.path.as_str()),
        content_algorithm: None,
        key_bits: None,
        integrity: None,
        recipients: None,
        decrypt_status: Some(if limited { DecryptStatus::Limit } else { DecryptStatus::Failed }),
        flags: CodeSet::EMPTY,
        key_id: None,
        original_integrity: None,
    });
}

#[derive(Default)]
struct RecipientNames<'r> {
    issuer: Option<String>,
    serial: Option<String>,
    key_identifier: Option<&'r [u8]>,
}

impl<'r> RecipientNames<'r> {
    fn of(recipient: &'r Recipient<'_>) -> Self {
        match &recipient.identifier {
            RecipientIdentifier::IssuerAndSerial(named) => Self {
                issuer: Some(name::to_rfc4514(named.issuer)),
                serial: Some(integer_hex(named.serial)),
                key_identifier: None,
            },
            RecipientIdentifier::SubjectKeyIdentifier(identifier)
            | RecipientIdentifier::SharedKey(identifier) => {
                Self { key_identifier: Some(identifier), ..Self::default() }
            }
            RecipientIdentifier::None => Self::default(),
        }
    }
}
