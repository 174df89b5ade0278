//! A message without its envelope: its header fields, and the entity that lay inside.
//!
//! RFC 8551 §3.3: an envelope holds a MIME entity, whose fields say what the content is; those of the envelope go with it. All
//! else of the message stays, octet for octet, and so does what lies inside, but for one thing: a field in there that is not
//! of the content would stand beside those of the message, where it could name another sender or prove another time. It is
//! written with [`INSIDE`] before its name, which nobody reads as a field of the message.
//!
//! What cannot be done so is left closed: an envelope beside other parts (RULES 35) or inside a signature, one with text
//! behind it, a header that is no header.

use std::borrow::Cow;

use crate::asn1::oid::{self, Oid};
use crate::asn1::reader::Tag;
use crate::asn1::writer::write_element;
use crate::cms::content_info::parse_content_info;
use crate::cms::quirk::Quirk;
use crate::limits;
use crate::mail::header::{Field, Headers, parse_headers};
use crate::mail::transfer::encode_base64_lines;
use crate::verify::found::{Found, Layer, LayerId, MessageId, Object};

/// What stands before the name of a field that lay inside.
pub(crate) const INSIDE: &[u8] = b"X-Enveloped-";

/// The message with every envelope taken off that is the whole of it; nothing where none is, or it is left closed.
pub(crate) fn opened_message(
    found: &Found<'_>,
    id: MessageId,
    layers: &[LayerId],
) -> Option<Vec<u8>> {
    let stored = found.messages.get(id as usize)?.stored.text()?;
    let is_root = |layer: &Layer<'_>| layer.parent.is_none() && can_be_taken_off(layer);
    let root = layers.iter().find(|&&id| found.layer(id).is_some_and(is_root))?;
    without_envelope(found, *root, layers, (stored, true))
}

/// An envelope that opened, is all of what it lies in, and has nothing behind it.
fn can_be_taken_off(layer: &Layer<'_>) -> bool {
    let has_more = [Quirk::TrailingBytes, Quirk::Base64Defects, Quirk::MislabelledEncoding];
    layer.content_root
        && layer.is_opened()
        && !has_more.into_iter().any(|quirk| layer.quirks.contains(quirk))
}

/// The text `around` an envelope with what lay inside in its place, where again envelopes may be taken off.
fn without_envelope(
    found: &Found<'_>,
    id: LayerId,
    layers: &[LayerId],
    (around, is_message): (&[u8], bool),
) -> Option<Vec<u8>> {
    let entity = entity_of(found.layer(id)?)?;
    let is_inside = |inner: &Layer<'_>| inner.parent == Some(id) && can_be_taken_off(inner);
    let inner = layers.iter().find(|&&inner| found.layer(inner).is_some_and(is_inside));
    let opened = inner.and_then(|inner| without_envelope(found, *inner, layers, (&entity, false)));
    with_header_of(around, is_message, opened.as_deref().unwrap_or(&entity))
}

/// The entity of a layer's content: the content itself, or one around a CMS object.
fn entity_of<'f>(layer: &'f Layer<'_>) -> Option<Cow<'f, [u8]>> {
    let (Object::Enveloped(envelope), Some(content)) = (&layer.object, layer.content) else {
        return None;
    };
    match envelope.content.content_type {
        oid::DATA => Some(Cow::Borrowed(content)),
        content_type => entity_around(content_type, content).map(Cow::Owned),
    }
}

/// RFC 8551 §3.2: an application/pkcs7-mime entity of a CMS object that lay bare in another.
fn entity_around(content_type: Oid<'_>, content: &[u8]) -> Option<Vec<u8>> {
    let smime_type = match content_type {
        oid::SIGNED_DATA => "signed-data",
        oid::COMPRESSED_DATA => "compressed-data",
        oid::AUTH_ENVELOPED_DATA => "authEnveloped-data",
        oid::ENVELOPED_DATA => "enveloped-data",
        _ => return None,
    };
    let mut entity = format!(
        "Content-Type: application/pkcs7-mime; smime-type={smime_type}; name=smime.p7m\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n"
    )
    .into_bytes();
    // Some senders put a whole ContentInfo there.
    let is_whole = parse_content_info(content).is_ok_and(|it| it.0.content_type == content_type);
    let object = if is_whole { content.to_vec() } else { content_info(content_type, content) };
    entity.extend_from_slice(&encode_base64_lines(&object));
    Some(entity)
}

/// RFC 5652 §3: `SEQUENCE { contentType, content [0] EXPLICIT }`.
fn content_info(content_type: Oid<'_>, content: &[u8]) -> Vec<u8> {
    let mut fields = Vec::new();
    write_element(&mut fields, Tag::OID, content_type.0);
    write_element(&mut fields, Tag::context_constructed(0), content);
    let mut object = Vec::new();
    write_element(&mut object, Tag::SEQUENCE, &fields);
    object
}

/// The header of a message, or of an entity in one, but for what says how its content is, then an entity; nothing where
/// either header is none.
fn with_header_of(message: &[u8], is_message: bool, entity: &[u8]) -> Option<Vec<u8>> {
    let (outer, inner) = (read_header(message)?, read_header(entity)?);
    // A From_ line may be left before the fields of a message; what lay inside begins with a field, or with none.
    inner.fields().first().is_none_or(|it| it.name_range.start == 0).then_some(())?;
    let mut written = Vec::with_capacity(outer.body_start + entity.len() + 64);
    let mut copied = 0;
    for field in outer.fields().iter().filter(|field| is_of_envelope(outer.name(field))) {
        written.extend_from_slice(message.get(copied..field.name_range.start)?);
        copied = field.name_range.start + outer.whole(field).len();
    }
    written.extend_from_slice(message.get(copied..end_of_fields(&outer, message))?);
    let is_version = |header: &Headers<'_>, field: &Field| {
        header.name(field).eq_ignore_ascii_case(b"MIME-Version")
    };
    let has_version = outer.fields().iter().any(|field| is_version(&outer, field));
    let is_named = has_version || inner.fields().iter().any(|field| is_version(&inner, field));
    // RFC 2045 §4: a message says so, what lies in one need not.
    if is_message && !is_named {
        let has_return = outer.block().contains(&b'\r');
        let line_break: &[u8] = if has_return { b"\r\n" } else { b"\n" };
        written.extend_from_slice(b"MIME-Version: 1.0");
        written.extend_from_slice(line_break);
    }
    let mut copied = 0;
    for field in inner.fields() {
        let is_shown = is_version(&inner, field) && !has_version;
        if !is_shown && !starts_with(inner.name(field), b"Content-") {
            written.extend_from_slice(entity.get(copied..field.name_range.start)?);
            written.extend_from_slice(INSIDE);
            copied = field.name_range.start;
        }
    }
    if inner.fields().is_empty() && !entity.starts_with(b"\n") && !entity.starts_with(b"\r\n") {
        // Text without any field: what stands first must not become one.
        written.extend_from_slice(b"\r\n");
    }
    written.extend_from_slice(entity.get(copied..)?);
    Some(written)
}

/// A header all of whose lines are fields, or no header at all.
fn read_header(text: &[u8]) -> Option<Headers<'_>> {
    let header = parse_headers(text, limits::HEADER_BYTES, limits::HEADER_FIELDS);
    (!header.truncated && header.junk_lines == 0).then_some(header)
}

/// Where the last field ends: before the empty line.
fn end_of_fields(header: &Headers<'_>, text: &[u8]) -> usize {
    let block = text.get(..header.body_start).unwrap_or_default();
    let last = header.fields().last();
    last.map_or(0, |field| field.name_range.start + header.whole(field).len()).min(block.len())
}

/// RFC 2045 §9: the fields that go with the envelope; a length of it is one of the envelope, too.
fn is_of_envelope(name: &[u8]) -> bool {
    const NAMES: [&[u8]; 6] = [
        b"Content-Type",
        b"Content-Transfer-Encoding",
        b"Content-Disposition",
        b"Content-Description",
        b"Content-MD5",
        b"Content-Length",
    ];
    NAMES.iter().any(|it| it.eq_ignore_ascii_case(name))
}

fn starts_with(name: &[u8], start: &[u8]) -> bool {
    name.get(..start.len()).is_some_and(|it| it.eq_ignore_ascii_case(start))
}
