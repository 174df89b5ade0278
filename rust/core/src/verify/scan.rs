//! Scan: every new text → header facts, and the places where S/MIME lies in its MIME tree.
//!
//! RFC 2046 and RFC 8551 §3.2 say where S/MIME may lie; archives put it anywhere (RULES 27). The stage copies
//! nothing: a place is a byte range. What follows from a place is settled in [`super::places`].

use std::mem::take;

use bumpalo::Bump;

use crate::limits;
use crate::mail::armour::PgpArmour;
use crate::mail::entity::{
    Entity, EntityKind, SignatureProtocol, Walk, WalkLimits, walk_entities, walk_message_in,
};

use super::found::{Found, Message, MessageId, Pgp};
use super::headers::{read_header_facts, read_headers_in};
use super::places::place_layers;
use super::vocabulary::LimitHit;

/// RULES, Budgets.
pub(super) const WALK_LIMITS: WalkLimits = WalkLimits {
    depth: limits::MIME_DEPTH as u32,
    parts: limits::MIME_PARTS as u32,
    header_bytes: limits::HEADER_BYTES,
    header_fields: limits::HEADER_FIELDS,
};

/// Walks every text that was not walked yet; `arena` holds what is told of headers.
pub(super) fn scan<'a>(found: &mut Found<'a>, arena: &'a Bump) {
    // What one message leaves behind serves the next.
    let (mut fields, mut entities) = (Vec::new(), Vec::new());
    while let Some(text) = found.texts.get(found.scanned) {
        let (message, bytes, in_layer) = (text.message, text.bytes, text.layer.is_some());
        let walk = match text.layer {
            None => {
                let headers = read_headers_in(take(&mut fields), bytes);
                read_header_facts(found, message, &headers, arena);
                let walk = walk_message_in(take(&mut entities), bytes, &headers, WALK_LIMITS);
                fields = headers.into_fields();
                walk
            }
            Some(_) => walk_entities(bytes, 0..bytes.len(), WALK_LIMITS),
        };
        if let Some(message) = found.message_mut(message) {
            note_limits_and_pgp(message, &walk);
        }
        // What an object encapsulates may hold a protected header, and nothing else of S/MIME.
        if !is_unfit(found, message, &walk, in_layer)
            && (in_layer || walk.entities.iter().any(is_smime))
        {
            place_layers(found, &walk);
        }
        if found.keep_walks
            && let Some(text) = found.texts.get_mut(found.scanned)
        {
            text.walk = Some(walk);
        } else {
            entities = walk.entities;
        }
        found.scanned += 1;
    }
}

/// Whether nothing is known of what the message holds: a large one whose outline does not tell its MIME tree, or one
/// whose header was not read as far as its Content-Type. That is then noted.
fn is_unfit(found: &mut Found<'_>, message: MessageId, walk: &Walk, in_layer: bool) -> bool {
    let Some(message) = found.message_mut(message) else { return true };
    let is_untold = message.stored.outline.is_some_and(|outline| !outline.fits());
    if is_untold {
        message.limits.insert(LimitHit::MessageBytes);
    }
    // Without the field where it is looked for, the text is plain by default (RFC 2045 §5.2), and by no more than that.
    let root = walk.entities.first().filter(|_| !in_layer);
    let is_unread = root.is_some_and(|root| root.header_cut && root.content_type.is_empty());
    message.unjudged |= is_untold || is_unread;
    is_untold || is_unread
}

fn note_limits_and_pgp(message: &mut Message<'_>, walk: &Walk) {
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
            EntityKind::TextPlain if entity.pgp_armour > PgpArmour::None => {
                message.pgp.get_or_insert(Pgp::Inline);
            }
            _ => {}
        }
    }
}

fn is_smime(entity: &Entity) -> bool {
    matches!(
        entity.kind,
        EntityKind::Pkcs7Mime { .. }
            | EntityKind::Pkcs7Signature
            | EntityKind::MultipartSigned { protocol: SignatureProtocol::Pkcs7 }
    )
}
