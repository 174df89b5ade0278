//! Rows of `messages`: one per stored message, whatever it turned out to be.

use crate::asn1::oid;
use crate::codes::CodeSet;
use crate::mail::mbox::parse_from_line;
use crate::verdict::facts::{ChainResult, Coverage};
use crate::verdict::indication::{Indication, Reason, Verdict};
use crate::verdict::message::{MessageVerdict, SignatureFormat};
use crate::verify::chunk::StoredMessage;
use crate::verify::found::{Found, Layer, LayerId, LayerWord, Message, MessageId, Object, Pgp};
use crate::verify::vocabulary::{ErrorCode, HeaderProtection, LimitHit, MessageKind};
use crate::x509::certificate::Certificate;

use super::facts::Facts;
use super::schema::{MessageRow, MessagesBuilder};
use super::text::{cut_text, instant, layers_in_short};

/// Appends the row of every message of the chunk.
pub(super) fn write(facts: Facts<'_>, rows: &mut MessagesBuilder) {
    let mut layers_of: Vec<Vec<LayerId>> = vec![Vec::new(); facts.found.messages.len()];
    for (id, layer) in (0..).zip(&facts.found.layers).filter(|(_, it)| !it.is_time_stamp()) {
        if let Some(layers) = layers_of.get_mut(layer.message as usize) {
            layers.push(id);
        }
    }
    let mut first_signer = 0;
    for (id, message) in facts.found.messages.iter().enumerate() {
        let mine = facts
            .signers
            .iter()
            .skip(first_signer)
            .take_while(|s| s.message as usize == id)
            .count();
        let signers = first_signer..first_signer + mine;
        first_signer += mine;
        let layers = layers_of.get(id).map_or(&[][..], Vec::as_slice);
        match facts.verdicts.messages.get(id) {
            Some(_) if message.stored.text().is_none() => {
                write_unevaluated(message.stored, why_null(message.stored), rows);
            }
            Some(verdict) if message.unjudged || message.unjudged_inside => {
                let unjudged = unjudged_verdict(verdict);
                write_one(facts, id, message, layers, signers, &unjudged, rows);
            }
            Some(verdict) => write_one(facts, id, message, layers, signers, verdict, rows),
            None => {}
        }
    }
}

fn write_one(
    facts: Facts<'_>,
    id: usize,
    message: &Message<'_>,
    layers: &[LayerId],
    signers: std::ops::Range<usize>,
    folded: &MessageVerdict,
    rows: &mut MessagesBuilder,
) {
    let stored = message.stored;
    let author = facts.found.authors.get(id);
    let (mut flags, mut limits) = (folded.flags, message.limits);
    flags.extend(message.flags);
    layers
        .iter()
        .filter_map(|&id| facts.found.layer(id))
        .for_each(|layer| flags.extend(layer.flags));
    let (mut signer_count, mut signers_passed) = (0, 0);
    for index in signers.clone() {
        let (Some(signer), Some(verdicts)) =
            (facts.signers.get(index), facts.verdicts.signatures.get(index))
        else {
            continue;
        };
        flags.extend(signer.flags);
        if signer.certificate().is_some_and(|certificate| has_long_names(certificate)) {
            limits.insert(LimitHit::TextColumn);
        }
        if verdicts.addresses_cut {
            limits.insert(LimitHit::Addresses);
        }
        if signer.candidates_cut {
            limits.insert(LimitHit::Certificates);
        }
        if signer.out_of_work {
            limits.insert(LimitHit::Work);
        }
        if signer.repair.is_cut {
            limits.insert(LimitHit::Repairs);
        }
        let chains = facts.chains.get(index).and_then(Option::as_ref);
        if chains.is_some_and(|chains| chains.control.result == ChainResult::Budget) {
            limits.insert(LimitHit::Path);
        }
        if matches!(signer.format, SignatureFormat::Detached | SignatureFormat::Opaque) {
            signer_count += 1;
            signers_passed += i32::from(verdicts.verdict.indication == Indication::TotalPassed);
        }
    }
    let from_raw = author
        .and_then(|author| author.from.raw.as_deref())
        .map(|raw| text_column(raw, &mut limits));
    let deciding = folded
        .deciding
        .and_then(|index| Some((facts.signers.get(index)?, facts.times.get(index)?)));
    let deciding_signature = deciding.and_then(|(signer, _)| {
        Some(format!("{}#{}", facts.found.layer(signer.layer)?.path, signer.index))
    });
    let header = MessageId::try_from(id).ok().and_then(|id| facts.verdicts.headers.get(&id));
    if header.is_some_and(|header| header.cut) {
        limits.insert(LimitHit::TextColumn);
    }
    rows.push(MessageRow {
        source: stored.source,
        source_index: stored.source_index,
        source_offset: stored.source_offset,
        source_length: stored.source_length,
        message_sha256: facts
            .digests
            .messages
            .get(id)
            .and_then(Option::as_ref)
            .map(|digest| digest.as_bytes()),
        message_id: message.message_id,
        date: message.date_unix_s.and_then(instant),
        mbox_from_date: mbox_from_date(stored),
        from_raw,
        from_addresses: author.map(|author| author.from.addresses.as_slice()),
        from_status: author.map(|author| author.from.status),
        sender_address: message.sender.as_deref(),
        reply_to_addresses: Some(&message.reply_to.texts),
        kind: Some(match message.unjudged {
            true => MessageKind::Unreadable,
            false => kind_of(facts.found, message, layers),
        }),
        layers: layers_in_short(facts.found, layers).as_deref(),
        indication: Some(folded.verdict.indication),
        sub_indication: folded.verdict.sub_indication,
        reasons: folded.verdict.reasons,
        flags,
        signer_count: Some(signer_count),
        signers_passed: Some(signers_passed),
        deciding_signature: deciding_signature.as_deref(),
        control_time: deciding.and_then(|(_, times)| instant(times.control_unix_s)),
        coverage: Some(folded.coverage),
        header_protection: Some(header.map_or(HeaderProtection::None, |header| header.kind)),
        headers_mismatched: Some(header.map_or(&[], |header| &header.mismatched)),
        protected_headers: header
            .filter(|_| facts.context.options.inner_facts || !hides_text(facts.found, layers))
            .map(|header| header.fields.as_slice()),
        repair: deciding.map_or(CodeSet::EMPTY, |(signer, _)| signer.repair.done),
        limits_hit: limits,
        error: error_of(folded),
    });
}

/// Whether a text that the rows of its signatures show of a certificate is cut.
fn has_long_names(certificate: &Certificate) -> bool {
    let shown = certificate.shown();
    let texts = [&shown.subject, &shown.issuer, &shown.serial];
    texts.iter().any(|text| text.len() > crate::limits::TEXT_COLUMN_BYTES)
}

/// RULES 40: whether what its layers say may have lain inside an envelope.
fn hides_text(found: &Found<'_>, layers: &[LayerId]) -> bool {
    layers.iter().any(|&id| found.layer(id).is_some_and(Layer::is_opened))
}

/// The row of a message that was not looked into.
pub(super) fn write_unevaluated(
    stored: &StoredMessage<'_>,
    error: ErrorCode,
    rows: &mut MessagesBuilder,
) {
    let (mut reasons, mut limits_hit) = (CodeSet::EMPTY, CodeSet::EMPTY);
    match error {
        ErrorCode::InternalError => reasons.insert(Reason::InternalError),
        ErrorCode::MessageTooLarge => {
            reasons.insert(Reason::Limit);
            limits_hit.insert(LimitHit::MessageBytes);
        }
        _ => {}
    }
    rows.push(MessageRow {
        source: stored.source,
        source_index: stored.source_index,
        source_offset: stored.source_offset,
        source_length: stored.source_length,
        message_sha256: None,
        message_id: None,
        date: None,
        mbox_from_date: mbox_from_date(stored),
        from_raw: None,
        from_addresses: None,
        from_status: None,
        sender_address: None,
        reply_to_addresses: None,
        kind: Some(MessageKind::Unreadable),
        layers: None,
        indication: Some(Indication::NotEvaluated),
        sub_indication: None,
        reasons,
        flags: CodeSet::EMPTY,
        signer_count: Some(0),
        signers_passed: Some(0),
        deciding_signature: None,
        control_time: None,
        coverage: Some(Coverage::None),
        header_protection: None,
        headers_mismatched: None,
        protected_headers: None,
        repair: CodeSet::EMPTY,
        limits_hit,
        error: Some(error),
    });
}

/// A source hands on a message that it cannot give as a null, and says why.
fn why_null(stored: &StoredMessage<'_>) -> ErrorCode {
    stored.error.unwrap_or(ErrorCode::NullValue)
}

/// The verdict on a message of which not all was looked into: its MIME tree, or what lies in its envelope.
fn unjudged_verdict(folded: &MessageVerdict) -> MessageVerdict {
    let mut verdict = Verdict::new(Indication::NotEvaluated, None);
    verdict.reasons.insert(Reason::Limit);
    MessageVerdict { verdict, ..*folded }
}

fn mbox_from_date(stored: &StoredMessage<'_>) -> Option<i64> {
    stored.from_line.and_then(|line| parse_from_line(line).date_unix_s).and_then(instant)
}

fn text_column<'t>(text: &'t str, limits: &mut CodeSet<LimitHit>) -> &'t str {
    if text.len() <= crate::limits::TEXT_COLUMN_BYTES {
        return text;
    }
    limits.insert(LimitHit::TextColumn);
    cut_text(text)
}

fn kind_of(found: &Found<'_>, message: &Message<'_>, layers: &[LayerId]) -> MessageKind {
    let (mut signed, mut encrypted, mut certificates, mut compressed, mut receipt, mut other) =
        (false, false, false, false, false, false);
    for layer in layers.iter().filter_map(|&id| found.layer(id)) {
        match (layer.word, &layer.object) {
            (LayerWord::Signed, Object::Signed(object)) if object.content_type == oid::RECEIPT => {
                receipt = true;
            }
            (_, Object::Other(kind)) if kind.is_encrypted() => encrypted = true,
            (LayerWord::Signed, _) => signed = true,
            (LayerWord::Enveloped, _) => encrypted = true,
            (LayerWord::Compressed, _) => compressed = true,
            (LayerWord::Certificates, _) => certificates = true,
            (LayerWord::Other, _) => other = true,
            (LayerWord::TimeStamp, _) => {}
        }
    }
    match (signed, encrypted, message.pgp) {
        (true, true, _) => MessageKind::SignedAndEncrypted,
        (true, false, _) => MessageKind::Signed,
        (false, false, _) if receipt => MessageKind::SignedReceipt,
        (false, true, _) => MessageKind::Encrypted,
        _ if compressed => MessageKind::Compressed,
        _ if certificates => MessageKind::CertsOnly,
        _ if other => MessageKind::OtherCms,
        (_, _, Some(Pgp::Mime)) => MessageKind::PgpMime,
        (_, _, Some(Pgp::Inline)) => MessageKind::PgpInline,
        _ => MessageKind::Plain,
    }
}

/// OUTPUT.md: a code when the indication is NOT_EVALUATED.
fn error_of(folded: &MessageVerdict) -> Option<ErrorCode> {
    if folded.verdict.indication != Indication::NotEvaluated {
        return None;
    }
    let reasons = folded.verdict.reasons;
    Some(if reasons.contains(Reason::Limit) {
        ErrorCode::Limit
    } else {
        ErrorCode::UnsupportedAlgorithm
    })
}
