//! Scan: every new text → header facts, and the places where S/MIME lies in its MIME tree.
//!
//! RFC 2046 and RFC 8551 §3.2 say where S/MIME may lie; archives put it anywhere (RULES 27). The stage copies
//! nothing: a place is a byte range. What follows from a place is settled in [`super::places`].

use crate::limits;
use crate::mail::date::parse_date;
use crate::mail::entity::{
    Entity, EntityKind, SignatureProtocol, Walk, WalkLimits, walk_entities, walk_message,
};
use crate::mail::field_name::FieldName;
use crate::mail::from::{parse_from, parse_reply_to, parse_sender};
use crate::mail::header::{Headers, parse_headers, unfold_text};
use crate::verdict::flag::MessageFlag;

use super::found::{Author, Found, Message, MessageId, Pgp};
use super::places::place_layers;
use super::vocabulary::LimitHit;

/// RULES, Budgets.
const WALK_LIMITS: WalkLimits = WalkLimits {
    depth: limits::MIME_DEPTH as u32,
    parts: limits::MIME_PARTS as u32,
    header_bytes: limits::HEADER_BYTES,
    header_fields: limits::HEADER_FIELDS,
};

/// Walks every text that was not walked yet.
pub(super) fn scan(found: &mut Found<'_>) {
    while let Some(text) = found.texts.get(found.scanned) {
        let (message, bytes) = (text.message, text.bytes);
        let walk = match text.layer {
            None => {
                let headers = read_headers(bytes);
                read_header_facts(found, message, &headers);
                walk_message(bytes, &headers, WALK_LIMITS)
            }
            Some(_) => walk_entities(bytes, 0..bytes.len(), WALK_LIMITS),
        };
        if let Some(message) = found.message_mut(message) {
            note_limits_and_pgp(message, &walk, bytes);
        }
        if walk.entities.iter().any(is_smime) {
            place_layers(found, &walk);
        }
        if found.keep_walks
            && let Some(text) = found.texts.get_mut(found.scanned)
        {
            text.walk = Some(walk);
        }
        found.scanned += 1;
    }
}

/// The header block at the start of `bytes`.
pub(super) fn read_headers(bytes: &[u8]) -> Headers<'_> {
    parse_headers(bytes, limits::HEADER_BYTES, limits::HEADER_FIELDS)
}

/// The visible author that a header block names.
pub(super) fn read_author(headers: &Headers<'_>) -> Author {
    Author { from: parse_from(headers), sender: parse_sender(headers) }
}

/// Header facts come only from the outermost header block of a stored message (RULES 22a).
fn read_header_facts(found: &mut Found<'_>, id: MessageId, headers: &Headers<'_>) {
    let author = read_author(headers);
    let Some(message) = found.message_mut(id) else { return };
    let message_id = headers.first(FieldName::MessageId).map(unfold_text);
    message.message_id = message_id.map(|text| text_column(text, message));
    message.date_unix_s = headers.first(FieldName::Date).and_then(parse_date);
    message.sender.clone_from(&author.sender);
    message.reply_to = parse_reply_to(headers);
    message.from_list = [FieldName::ListId, FieldName::ListPost, FieldName::ListUnsubscribe]
        .into_iter()
        .any(|name| headers.first(name).is_some());
    if headers.truncated {
        message.limits.insert(LimitHit::HeaderBlock);
    }
    note_other_authors(message, &author, headers);
    if let Some(slot) = found.authors.get_mut(id as usize) {
        *slot = author;
    }
}

/// RULES 21: fields that name somebody else than From.
fn note_other_authors(message: &mut Message<'_>, author: &Author, headers: &Headers<'_>) {
    let from = &author.from.addresses;
    let is_from = |address: &String| from.iter().any(|from| from.eq_ignore_ascii_case(address));
    if !message.reply_to.is_empty() && !from.is_empty() && !message.reply_to.iter().all(is_from) {
        message.flags.insert(MessageFlag::ReplyToDiffers);
    }
    if author.sender.as_ref().is_some_and(|sender| !is_from(sender)) {
        message.flags.insert(MessageFlag::SenderDiffers);
    }
    if headers.fields().iter().any(|field| field.name.is_resent()) {
        message.flags.insert(MessageFlag::ResentFields);
    }
}

fn text_column(mut text: String, message: &mut Message<'_>) -> String {
    let kept = cut_text(&text).len();
    if kept < text.len() {
        text.truncate(kept);
        message.limits.insert(LimitHit::TextColumn);
    }
    text
}

/// As much of `text` as a column holds, cut between characters.
pub(crate) fn cut_text(text: &str) -> &str {
    // A character has at most four octets, so that one of these four cuts lies between two.
    (limits::TEXT_COLUMN_BYTES - 3..=limits::TEXT_COLUMN_BYTES)
        .rev()
        .find_map(|end| text.get(..end))
        .unwrap_or(text)
}

fn note_limits_and_pgp(message: &mut Message<'_>, walk: &Walk, bytes: &[u8]) {
    for (hit, limit) in [
        (walk.limits_hit.depth, LimitHit::MimeDepth),
        (walk.limits_hit.parts, LimitHit::MimeParts),
        (walk.limits_hit.header, LimitHit::HeaderBlock),
    ] {
        if hit {
            message.limits.insert(limit);
        }
    }
    for entity in &walk.entities {
        match entity.kind {
            EntityKind::PgpEncrypted | EntityKind::PgpSignature => message.pgp = Some(Pgp::Mime),
            EntityKind::TextPlain if message.pgp.is_none() => {
                let body = bytes.get(entity.body.clone()).unwrap_or_default();
                if is_pgp_text(body) {
                    message.pgp = Some(Pgp::Inline);
                }
            }
            _ => {}
        }
    }
}

/// RFC 9580 §6.2: armour starts at the beginning of a line.
fn is_pgp_text(body: &[u8]) -> bool {
    body.starts_with(b"-----BEGIN PGP ")
        || memchr::memmem::find(body, b"\n-----BEGIN PGP ").is_some()
}

fn is_smime(entity: &Entity) -> bool {
    matches!(
        entity.kind,
        EntityKind::Pkcs7Mime { .. }
            | EntityKind::Pkcs7Signature
            | EntityKind::MultipartSigned { protocol: SignatureProtocol::Pkcs7 }
    )
}
