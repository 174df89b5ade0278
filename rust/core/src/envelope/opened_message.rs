//! A message without its envelope: its header fields, and the entity that lay inside, octet for octet.
//!
//! RFC 8551 §3.3: an envelope holds a MIME entity, whose fields say what the content is; those of the envelope go with it.
//! What lies inside is not touched, so that signatures in there stay valid. An envelope beside other parts stays where it is
//! (RULES 35), and so does one inside a signature, which it would break.

use std::borrow::Cow;

use crate::asn1::oid::{self, Oid};
use crate::asn1::reader::Tag;
use crate::asn1::writer::write_element;
use crate::limits;
use crate::mail::content_type::parse_content_type;
use crate::mail::field_name::FieldName;
use crate::mail::header::{Headers, parse_headers};
use crate::mail::transfer::encode_base64_lines;
use crate::verify::found::{Found, Layer, LayerId, MessageId, Object};

/// The message with every envelope taken off that is the whole of it; nothing where none is, or it did not open.
pub(crate) fn opened_message(
    found: &Found<'_>,
    id: MessageId,
    layers: &[LayerId],
) -> Option<Vec<u8>> {
    let message = found.messages.get(id as usize)?;
    let stored = message.stored.text()?;
    let root = layers.iter().find(|&&id| found.layer(id).is_some_and(is_root))?;
    let entity = entity_in(found, *root, layers)?;
    Some(with_header_of(stored, &entity))
}

/// An envelope that is all of the stored message.
fn is_root(layer: &Layer<'_>) -> bool {
    layer.parent.is_none() && layer.content_root && layer.is_opened()
}

/// What lies in an opened layer, and in those that are its whole content.
fn entity_in<'f>(found: &'f Found<'_>, id: LayerId, layers: &[LayerId]) -> Option<Cow<'f, [u8]>> {
    let layer = found.layer(id)?;
    let is_inside =
        |inner: &Layer<'_>| inner.parent == Some(id) && inner.content_root && inner.is_opened();
    match layers.iter().find(|&&inner| found.layer(inner).is_some_and(is_inside)) {
        Some(inner) => entity_in(found, *inner, layers),
        None => entity_of(layer),
    }
}

/// The entity of a layer's content: the content itself, or one around a CMS object.
fn entity_of<'f>(layer: &'f Layer<'_>) -> Option<Cow<'f, [u8]>> {
    let (Object::Enveloped(envelope), Some(content)) = (&layer.object, layer.content) else {
        return None;
    };
    match envelope.content.content_type {
        oid::DATA => Some(Cow::Borrowed(content)),
        content_type => Some(Cow::Owned(entity_around(content_type, content))),
    }
}

/// RFC 8551 §3.2: an application/pkcs7-mime entity of a CMS object that lay bare in another.
fn entity_around(content_type: Oid<'_>, content: &[u8]) -> Vec<u8> {
    let smime_type = match content_type {
        oid::SIGNED_DATA => "signed-data",
        oid::COMPRESSED_DATA => "compressed-data",
        oid::AUTH_ENVELOPED_DATA => "authEnveloped-data",
        _ => "enveloped-data",
    };
    let mut fields = Vec::new();
    write_element(&mut fields, Tag::OID, content_type.0);
    write_element(&mut fields, Tag::context_constructed(0), content);
    let mut object = Vec::new();
    write_element(&mut object, Tag::SEQUENCE, &fields);
    let mut entity = format!(
        "Content-Type: application/pkcs7-mime; smime-type={smime_type}; name=smime.p7m\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n"
    )
    .into_bytes();
    entity.extend_from_slice(&encode_base64_lines(&object));
    entity
}

/// The fields of a message but those of its content, then an entity.
fn with_header_of(message: &[u8], entity: &[u8]) -> Vec<u8> {
    let parsed = |text| parse_headers(text, limits::HEADER_BYTES, limits::HEADER_FIELDS);
    let (outer, inner) = (parsed(message), parsed(entity));
    let replaces = is_protected(&inner);
    let mut written = Vec::with_capacity(message.len().min(limits::HEADER_BYTES) + entity.len());
    let mut has_version = inner.count(FieldName::MimeVersion) > 0;
    for field in outer.fields() {
        let name = outer.name(field);
        let is_version = name.eq_ignore_ascii_case(b"MIME-Version");
        // RFC 9788 §4: the fields that an entity protects take the place of those outside.
        let is_replaced = replaces && inner.all_named(name).next().is_some();
        if is_of_content(name) || is_replaced || (is_version && has_version) {
            continue;
        }
        has_version |= is_version;
        written.extend_from_slice(outer.whole(field));
    }
    if !has_version {
        written.extend_from_slice(b"MIME-Version: 1.0\r\n");
    }
    written.extend_from_slice(entity);
    written
}

/// RFC 2045 §9.
fn is_of_content(name: &[u8]) -> bool {
    name.get(..8).is_some_and(|start| start.eq_ignore_ascii_case(b"Content-"))
}

/// Whether the header of an entity is meant for the message (RFC 9788 §2.1.1: the parameter `hp`).
fn is_protected(inner: &Headers<'_>) -> bool {
    let content_type = inner.first(FieldName::ContentType).map(parse_content_type);
    content_type.is_some_and(|it| it.parameter("hp").is_some())
}
