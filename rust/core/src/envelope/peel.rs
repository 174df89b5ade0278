//! Peel: a message → the entity inside the envelopes that are the whole of it, or why they stay where they are.
//!
//! What cannot be taken off without doing harm stays: an envelope beside other parts (RULES 35) or inside a signature, one
//! with text behind it, a header that is no header.

use std::borrow::Cow;

use crate::asn1::oid::{self, Oid};
use crate::asn1::reader::Tag;
use crate::asn1::writer::element;
use crate::cms::content_info::parse_content_info;
use crate::cms::enveloped_data::Envelope;
use crate::cms::quirk::Quirk;
use crate::mail::transfer::encode_base64_lines;
use crate::verify::found::{Found, Layer, LayerId, LayerWord, MessageId, Object};
use crate::verify::vocabulary::HeaderProtection;

use super::entity::read_header;
use super::objects::ObjectReason;
use super::opened_message::with_header_of;

/// A message whose envelopes are off.
pub(crate) struct Peeled<'f, 'a> {
    /// The message as it is stored.
    pub(crate) stored: &'a [u8],
    /// What lay inside.
    pub(crate) entity: Cow<'f, [u8]>,
    /// The outermost envelope.
    pub(super) root: OpenRoot<'f, 'a>,
    /// Every envelope that is off, from the outermost on.
    pub(crate) off: Vec<&'f Layer<'a>>,
    /// Whether there is another envelope in it, which stays.
    pub(super) keeps_inner: bool,
}

/// The envelope that is the whole of a message, opened, and with nothing that keeps it where it is.
pub(super) struct OpenRoot<'f, 'a> {
    pub(super) id: LayerId,
    pub(super) layer: &'f Layer<'a>,
    pub(super) envelope: &'f Envelope<'a>,
    /// Whether a signature stands around it, which is gone, too, when it is taken off.
    pub(super) was_signed_outside: bool,
}

/// What lies in the envelopes that are the whole of a message; `crosses_signatures` that are the whole of it, too.
pub(crate) fn peel<'f, 'a>(
    found: &'f Found<'a>,
    id: MessageId,
    layers: &[LayerId],
    crosses_signatures: bool,
) -> Result<Peeled<'f, 'a>, ObjectReason> {
    let message = found.messages.get(id as usize).ok_or(ObjectReason::Unreadable)?;
    let stored = message.stored.raw;
    let stored = stored.ok_or_else(|| ObjectReason::of_absent(message.stored.error))?;
    let root = open_root(found, layers, crosses_signatures)?;
    let (entity, off) =
        inner_entity(found, root.id, layers).ok_or(ObjectReason::HeaderUnreadable)?;
    read_header(stored).ok_or(ObjectReason::HeaderUnreadable)?;
    let is_off = |layer: &Layer<'_>| off.iter().any(|it| std::ptr::eq(*it, layer));
    let mut of_message = layers.iter().filter_map(|&id| found.layer(id));
    let keeps_inner = of_message.any(|it| it.word == LayerWord::Enveloped && !is_off(it));
    Ok(Peeled { stored, entity, root, off, keeps_inner })
}

/// The envelope of [`peel`], or why it stays.
pub(super) fn open_root<'f, 'a>(
    found: &'f Found<'a>,
    layers: &[LayerId],
    crosses_signatures: bool,
) -> Result<OpenRoot<'f, 'a>, ObjectReason> {
    let of_message = || layers.iter().filter_map(|&id| Some((id, found.layer(id)?)));
    let mut root = of_message().find(|(_, it)| it.parent.is_none());
    let is_crossed = |layer: &Layer<'_>| {
        crosses_signatures && layer.is_signature_alone() && !has_text_behind(layer)
    };
    let mut was_signed_outside = false;
    while let Some((around, _)) =
        root.filter(|(_, layer)| is_crossed(layer) && !holds_message(layer))
    {
        was_signed_outside = true;
        root = of_message().find(|(_, it)| it.parent == Some(around) && it.content_root);
    }
    let Some((id, layer)) = root.filter(|(_, layer)| layer.is_envelope_of_entity()) else {
        let mut envelopes = of_message().filter(|(_, it)| it.word == LayerWord::Enveloped);
        let is_signed = |(_, layer): (LayerId, &Layer<'_>)| lies_in_signed(found, layer);
        return Err(match envelopes.next() {
            None => ObjectReason::NotEncrypted,
            Some(first) if is_signed(first) || envelopes.any(is_signed) => {
                ObjectReason::SignedOutside
            }
            Some(_) => ObjectReason::BesideOtherParts,
        });
    };
    let Object::Enveloped(envelope) = &layer.object else {
        let is_limited = matches!(layer.object, Object::Limited);
        return Err(if is_limited { ObjectReason::Limit } else { ObjectReason::DecryptFailed });
    };
    let status = layer.opening.as_ref().map(|opening| opening.status);
    if let Some(reason) = status.map_or(Some(ObjectReason::NoKey), ObjectReason::of) {
        return Err(reason);
    }
    if !can_be_taken_off(layer) {
        return Err(ObjectReason::TextBehind);
    }
    Ok(OpenRoot { id, layer, envelope, was_signed_outside })
}

/// The envelope that is the whole of a message, opened or not.
pub(crate) fn root_envelope<'f, 'a>(
    found: &'f Found<'a>,
    layers: &[LayerId],
) -> Option<(&'f Layer<'a>, &'f Envelope<'a>)> {
    let mut roots = layers.iter().filter_map(|&id| found.layer(id));
    let layer = roots.find(|it| it.parent.is_none() && it.is_envelope_of_entity())?;
    match &layer.object {
        Object::Enveloped(envelope) => Some((layer, envelope)),
        _ => None,
    }
}

fn lies_in_signed(found: &Found<'_>, layer: &Layer<'_>) -> bool {
    let mut around = layer.parent;
    while let Some(outer) = around.and_then(|id| found.layer(id)) {
        if outer.word == LayerWord::Signed {
            return true;
        }
        around = outer.parent;
    }
    false
}

/// An envelope that opened and has nothing behind it.
fn can_be_taken_off(layer: &Layer<'_>) -> bool {
    layer.is_opened() && !has_text_behind(layer)
}

/// Whether the body that holds an object holds, or may hold, something that the object does not; what only fills it up is
/// nothing.
pub(super) fn has_text_behind(layer: &Layer<'_>) -> bool {
    let has = |quirk| layer.quirks.contains(quirk);
    let may_hold_more = has(Quirk::Base64Defects) || has(Quirk::MislabelledEncoding);
    may_hold_more || has(Quirk::TrailingBytes) && !is_filled_up(layer)
}

/// Whether what follows an object is line ends, as behind a body that is binary, and zeros.
fn is_filled_up(layer: &Layer<'_>) -> bool {
    if let Some(streamed) = &layer.streamed {
        return streamed.is_filled_up();
    }
    // Of an object without an end nobody knows what follows it.
    let has_end = !layer.quirks.contains(Quirk::MissingEndOfContents);
    let object = parse_content_info(layer.cms).ok().filter(|_| has_end);
    let behind = object.and_then(|(info, _)| layer.cms.get(info.raw.len()..));
    behind.is_some_and(is_filling)
}

/// Octets that nobody reads as text.
pub(super) fn is_filling(octets: &[u8]) -> bool {
    octets.iter().all(|it| matches!(it, 0 | b'\r' | b'\n'))
}

/// Whether the content of a layer is a whole message, whose header would be lost with the envelope that is its body.
fn holds_message(layer: &Layer<'_>) -> bool {
    layer.protected.as_ref().is_some_and(|it| it.kind == HeaderProtection::Wrapped)
}

/// The entity inside a layer, in which again envelopes may be taken off, and those that are; at most
/// [`crate::limits::CMS_LAYERS`] deep.
fn inner_entity<'f, 'a>(
    found: &'f Found<'a>,
    id: LayerId,
    layers: &[LayerId],
) -> Option<(Cow<'f, [u8]>, Vec<&'f Layer<'a>>)> {
    let layer = found.layer(id)?;
    let entity = entity_of(layer)?;
    let mut off = vec![layer];
    let is_inside = |inner: &Layer<'_>| {
        inner.parent == Some(id)
            && inner.is_envelope_of_entity()
            && !holds_message(layer)
            && can_be_taken_off(inner)
    };
    let inner = layers.iter().find(|&&inner| found.layer(inner).is_some_and(is_inside));
    let opened = inner
        .and_then(|inner| inner_entity(found, *inner, layers))
        .and_then(|(inner, further)| Some((with_header_of(&entity, false, &inner)?, further)));
    let entity = opened.map_or(entity, |(opened, further)| {
        off.extend(further);
        Cow::Owned(opened)
    });
    Some((entity, off))
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
pub(super) fn content_info(content_type: Oid<'_>, content: &[u8]) -> Vec<u8> {
    element(
        Tag::SEQUENCE,
        &[&element(Tag::OID, &[content_type.0]), &element(Tag::context_constructed(0), &[content])],
    )
}
