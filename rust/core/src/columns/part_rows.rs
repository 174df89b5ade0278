//! Rows of `parts`: the MIME parts and CMS layers of an inspected message, in the order a reader meets them.

use crate::cms::algorithms::algorithm_name;
use crate::mail::content_type::parse_content_type;
use crate::mail::entity::{Disposition, Entity, EntityKind, SignatureProtocol, Walk};
use crate::mail::transfer::TransferEncoding;
use crate::verdict::flag::MessageFlag;
use crate::verify::found::{Found, LayerId, Object, Source, Text};
use crate::verify::places::part_numbers;
use crate::verify::vocabulary::PartRole;

use super::facts::Facts;
use super::schema::{PartRow, PartsBuilder};

/// Appends the parts of every text of the chunk, each text behind the CMS object that holds it.
pub(super) fn write(facts: Facts<'_>, rows: &mut PartsBuilder) {
    // Texts still to be written, innermost on top; a text waits here while those inside its layers are written.
    let mut open: Vec<usize> =
        (0..facts.found.texts.len()).rev().filter(|&index| is_stored(facts.found, index)).collect();
    while let Some(index) = open.pop() {
        let Some(text) = facts.found.texts.get(index) else {
            continue;
        };
        if let Some(walk) = &text.walk {
            write_walk(facts.found, text, walk, rows);
        }
        let inside =
            (0..facts.found.texts.len()).rev().filter(|&other| lies_in(facts.found, other, text));
        open.extend(inside);
    }
}

fn is_stored(found: &Found<'_>, index: usize) -> bool {
    found.texts.get(index).is_some_and(|text| text.layer.is_none())
}

/// Whether a text is the content of a CMS object found in `outer`, or in an object that is itself such content.
fn lies_in(found: &Found<'_>, index: usize, outer: &Text<'_>) -> bool {
    let Some(inner) = found.texts.get(index) else {
        return false;
    };
    let holder = inner.layer.and_then(|id| found.layer(id));
    holder.is_some_and(|layer| {
        layer.message == outer.message
            && std::ptr::eq(layer.bytes.as_ptr(), outer.bytes.as_ptr())
            && inner.layer != outer.layer
    })
}

fn write_walk(found: &Found<'_>, text: &Text<'_>, walk: &Walk, rows: &mut PartsBuilder) {
    let around = text.layer.and_then(|id| found.layer(id));
    let base = around.map_or(0, |layer| layer.depth + 1);
    for (index, entity) in walk.entities.iter().enumerate() {
        let numbers = part_numbers(walk, index, |at| at == 0);
        let depth = i32::try_from(base)
            .unwrap_or(i32::MAX)
            .saturating_add(i32::try_from(entity.depth).unwrap_or(0));
        let content_type = text.bytes.get(entity.content_type.clone()).unwrap_or_default();
        rows.push(PartRow {
            layer_path: around.map(|layer| layer.path.as_str()),
            part_path: Some(&numbers),
            depth: Some(depth),
            role: Some(role_of(walk, index, entity, text)),
            media_type: Some(&parse_content_type(content_type).media_type),
            encoding: Some(transfer_encoding_name(entity.encoding)),
            offset: i64::try_from(entity.whole.start).ok(),
            length: i64::try_from(entity.whole.len()).ok(),
            note: note_of(found, text, entity).as_deref(),
        });
    }
}

fn role_of(walk: &Walk, index: usize, entity: &Entity, text: &Text<'_>) -> PartRole {
    let container = entity.parent.and_then(|parent| walk.entities.get(parent as usize));
    let in_signed = container.is_some_and(|c| {
        matches!(c.kind, EntityKind::MultipartSigned { protocol: SignatureProtocol::Pkcs7 })
    });
    match (&entity.kind, entity.position) {
        _ if index == 0 && text.layer.is_none() && !is_smime_object(entity) => PartRole::Message,
        (_, 1) if in_signed => PartRole::SignedContent,
        (_, 2) if in_signed => PartRole::SignaturePart,
        (EntityKind::Multipart | EntityKind::MultipartSigned { .. }, _) => PartRole::Multipart,
        (EntityKind::MessageRfc822, _) => PartRole::NestedMessage,
        (EntityKind::Pkcs7Mime { .. } | EntityKind::Pkcs7Signature, _) => PartRole::SmimeObject,
        (EntityKind::PgpEncrypted | EntityKind::PgpSignature, _) => PartRole::Pgp,
        (EntityKind::TextPlain | EntityKind::TextHtml | EntityKind::TextOther, _)
            if entity.disposition != Disposition::Attachment =>
        {
            PartRole::Text
        }
        _ => PartRole::Attachment,
    }
}

fn is_smime_object(entity: &Entity) -> bool {
    matches!(entity.kind, EntityKind::Pkcs7Mime { .. } | EntityKind::Pkcs7Signature)
}

const fn transfer_encoding_name(encoding: TransferEncoding) -> &'static str {
    match encoding {
        TransferEncoding::SevenBit => "7bit",
        TransferEncoding::EightBit => "8bit",
        TransferEncoding::Binary => "binary",
        TransferEncoding::Base64 => "base64",
        TransferEncoding::QuotedPrintable => "quoted-printable",
        TransferEncoding::Other => "other",
    }
}

/// What the CMS object at this part turned out to be.
fn note_of(found: &Found<'_>, text: &Text<'_>, entity: &Entity) -> Option<String> {
    let here = |id: LayerId| {
        found.layer(id).filter(|layer| std::ptr::eq(layer.bytes.as_ptr(), text.bytes.as_ptr()))
    };
    let count = LayerId::try_from(found.layers.len()).unwrap_or(LayerId::MAX);
    let layer = (0..count).filter_map(here).find(|layer| match &layer.source {
        Source::Detached { signature, .. } => *signature == entity.body,
        Source::Part { body, .. } => *body == entity.body,
        Source::Cms { .. } | Source::TimeStamp(_) => false,
    })?;
    Some(match &layer.object {
        Object::Signed(signed) if signed.is_certs_only() => {
            format!("{}: {}", layer.path, counted(signed.certificates.len(), "certificate"))
        }
        Object::Signed(signed) => format!(
            "{}: {}, {}",
            layer.path,
            counted(signed.signer_infos.len(), "signer"),
            counted(signed.certificates.len(), "certificate")
        ),
        Object::Enveloped(envelope) => format!(
            "{}: {}, {}, not opened",
            layer.path,
            algorithm_name(envelope.content.algorithm.oid),
            counted(envelope.recipients.len(), "recipient")
        ),
        Object::Compressed(_) => match layer.flags.contains(MessageFlag::CompressedNotOpened) {
            true => format!("{}: not opened", layer.path),
            false => layer.path.clone(),
        },
        Object::Other(_) => format!("{}: a content type of no use in mail", layer.path),
        Object::Missing => format!("{}: cut off by the archive", layer.path),
        Object::Malformed => format!("{}: not a well-formed CMS object", layer.path),
        Object::Unread | Object::Limited => format!("{}: stopped by a limit", layer.path),
    })
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
