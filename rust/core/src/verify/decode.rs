//! Decode: every new layer → its CMS object as views, and the texts that lie inside it.
//!
//! RFC 5652 §3 names the object by its content type. What a SignedData encapsulates is a MIME entity (id-data) or
//! another CMS object, and so is what a CompressedData holds; both go back on the lists for the next turn. Enveloped
//! objects are listed, not opened.

mod time_stamps;

use bumpalo::Bump;

use crate::asn1::oid::{self, Oid};
use crate::cms::auth_enveloped_data::parse_auth_enveloped_data;
use crate::cms::compressed_data::{CompressedData, parse_compressed_data};
use crate::cms::content_info::{ContentInfo, parse_content_info, parse_inner_content};
use crate::cms::encapsulated_content::EncapsulatedContent;
use crate::cms::enveloped_data::parse_enveloped_data;
use crate::cms::error::{CmsError, CmsLimit};
use crate::cms::inflate::{InflateError, inflate};
use crate::cms::quirk::Quirk;
use crate::cms::signed_data::parse_signed_data;
use crate::codes::CodeSet;
use crate::envelope::large::read_layer;
use crate::limits;
use crate::mail::transfer::{Base64Defects, TransferDefects, TransferEncoding, decode_transfer};
use crate::mail::visible::trim_blanks;
use crate::verdict::flag::MessageFlag;

use self::time_stamps::add_time_stamps;
use super::coverage::{Gap, is_partial};
use super::found::{Found, Layer, LayerId, Object, Source, Text};
use super::vocabulary::LimitHit;

/// First octet of every ContentInfo; no line of base64 over DER starts with it, for `M` does.
const SEQUENCE: u8 = 0x30;

/// Decodes every layer that was not decoded yet, or until the chunk is overfull; `arena` holds what had to be taken
/// out of a transfer encoding or inflated.
pub(super) fn decode<'a>(found: &mut Found<'a>, arena: &'a Bump) {
    while found.decoded < found.layers.len() && !found.is_overfull() {
        charge(found);
        let Some(layer) = found.layers.get(found.decoded) else { return };
        let id = LayerId::try_from(found.decoded).unwrap_or(LayerId::MAX);
        // A layer stands behind the one around it, so that one is finished.
        let around = layer.parent.and_then(|id| found.layer(id));
        let around = around.map(|layer| (layer.path.clone(), is_partial(layer.gaps)));
        let Some(layer) = found.layers.get_mut(found.decoded) else { return };
        let limits_hit = read_object(layer, arena);
        finish_path(layer, around.as_ref().map(|(path, _)| path.as_str()));
        note_shown_signature(layer);
        if around.is_some_and(|(_, partial)| partial) {
            layer.gaps.insert(Gap::Beside);
        }
        let message = layer.message;
        let around = layer.parent.filter(|_| layer.content_root);
        let inside = match layer.object {
            Object::Compressed(_) => {
                let around = around.and_then(|around| found.layers.get_mut(around as usize));
                around.into_iter().for_each(|around| around.compressed_inside = Some(id));
                open_compressed(found, arena)
            }
            _ => read_content(layer, arena),
        };
        found.decoded += 1;
        if let Some(message) = found.message_mut(message) {
            message.limits.extend(limits_hit);
        }
        add_time_stamps(found, id);
        add(found, id, inside);
    }
}

/// Puts what an opened layer holds on the lists for the next turn.
pub(crate) fn add_inside<'a>(
    found: &mut Found<'a>,
    id: LayerId,
    content_type: Oid<'a>,
    content: &'a [u8],
) {
    let inside = inside_of(content_type, content);
    if let Some(layer) = found.layers.get_mut(id as usize).filter(|_| inside.is_none()) {
        layer.gaps.insert(Gap::NotMail);
    }
    add(found, id, inside);
}

fn add<'a>(found: &mut Found<'a>, id: LayerId, inside: Option<Inside<'a>>) {
    match inside {
        None => {}
        Some(Inside::Text(bytes)) => add_text(found, id, bytes),
        Some(Inside::Cms { content_type, content }) => add_layer(found, id, content_type, content),
    }
}

/// RULES 43: objects inside one another may each be copied whole, so a message pays for the octets of each.
fn charge(found: &mut Found<'_>) {
    let Some(layer) = found.layers.get_mut(found.decoded) else { return };
    let octets = match &layer.source {
        Source::Detached { signature: body, .. } | Source::Part { body, .. } => body.len(),
        Source::Cms { content, .. } => content.len(),
        Source::TimeStamp(source) => source.token.len(),
    };
    let Some(message) = found.messages.get_mut(layer.message as usize) else { return };
    match message.decodable_bytes.checked_sub(octets) {
        Some(left) => message.decodable_bytes = left,
        None => {
            layer.object = Object::Limited;
            message.limits.insert(LimitHit::DecodedBytes);
        }
    }
}

/// Content of a CMS object that has to be looked at in turn.
enum Inside<'a> {
    Text(&'a [u8]),
    Cms { content_type: &'a [u8], content: &'a [u8] },
}

/// Parses the object of a layer; gives the caps it hit.
fn read_object<'a>(layer: &mut Layer<'a>, arena: &'a Bump) -> CodeSet<LimitHit> {
    // What the walk over its parts did not reach, or the archive cut off, is no object to judge.
    if !matches!(layer.object, Object::Unread) {
        return CodeSet::EMPTY;
    }
    // Every layer has its content hashed, so that layers beside a cap on them would cost their square.
    if layer.depth as usize >= limits::CMS_LAYERS {
        layer.object = Object::Limited;
        return CodeSet::of(LimitHit::CmsLayers);
    }
    let mut transfer_quirks = CodeSet::EMPTY;
    match read_layer(layer) {
        Some(Ok((streamed, quirks))) => {
            layer.cms = arena.alloc_slice_copy(streamed.object());
            layer.streamed = Some(Box::new(streamed));
            transfer_quirks = quirks;
        }
        Some(Err((object, limits))) => {
            layer.object = object;
            return limits;
        }
        None => {}
    }
    let parsed = match &layer.source {
        _ if layer.streamed.is_some() => parse_content_info(layer.cms),
        Source::Detached { signature: body, encoding, .. }
        | Source::Part { body, encoding, .. } => {
            let body = layer.bytes.get(body.clone()).unwrap_or_default();
            (layer.cms, transfer_quirks) = out_of_transfer(*encoding, body, arena);
            parse_content_info(layer.cms)
        }
        // The content type itself (RFC 5652 §5.2), or, from some senders, a whole ContentInfo around it.
        Source::Cms { content_type, content } => {
            layer.cms = content;
            parse_content_info(content).or_else(|_| parse_inner_content(Oid(content_type), content))
        }
        Source::TimeStamp(source) => {
            layer.cms = source.token;
            parse_content_info(source.token)
        }
    };
    match parsed.and_then(|(info, quirks)| Ok((parse_object(layer, &info)?, quirks))) {
        // RFC 3161 §2.4.2: a token is SignedData and nothing else.
        Ok((object, _)) if layer.is_time_stamp() && !matches!(object, Object::Signed(_)) => {
            layer.object = Object::Malformed;
        }
        Ok((object, quirks)) => {
            layer.object = object;
            layer.quirks.extend(quirks);
            layer.quirks.extend(transfer_quirks);
        }
        Err(error) if error.is_limit() => layer.object = Object::Limited,
        Err(_) => layer.object = Object::Malformed,
    }
    limits_of(layer)
}

/// RULES 28: something else in the place of the signature may be shown by a reader; nothing says that it is signed.
fn note_shown_signature(layer: &mut Layer<'_>) {
    let Source::Detached { named, .. } = layer.source else { return };
    let shown = match &layer.object {
        // A reader that goes by its own type shows what it holds.
        Object::Signed(signed) => {
            let holds_content = !matches!(signed.content, EncapsulatedContent::Absent);
            !named && (signed.signer_infos.is_empty() || holds_content)
        }
        Object::Enveloped(_) | Object::Compressed(_) | Object::Other(_) => true,
        Object::Unread | Object::Malformed | Object::Limited => !named,
        Object::Missing => false,
    };
    if shown {
        layer.gaps.insert(Gap::ShownSignature);
    }
}

/// RULES 27: DER in base64, bare, or in PEM armour, whatever the header says.
fn out_of_transfer<'a>(
    encoding: TransferEncoding,
    body: &'a [u8],
    arena: &'a Bump,
) -> (&'a [u8], CodeSet<Quirk>) {
    let (declared, defects) = decode_transfer(encoding, body, arena);
    let start = trim_blanks(declared);
    if start.first().is_none_or(|&octet| octet == SEQUENCE) {
        return (declared, transfer_quirks(&defects));
    }
    let (decoded, inner) = decode_transfer(TransferEncoding::Base64, declared, arena);
    if decoded.first() != Some(&SEQUENCE) {
        return (declared, transfer_quirks(&defects));
    }
    let mut quirks = transfer_quirks(&inner);
    quirks.extend(transfer_quirks(&defects));
    if !inner.base64.pem_armour {
        quirks.insert(Quirk::MislabelledEncoding);
    }
    (decoded, quirks)
}

/// What RFC 2045 §6.7 and §6.8 do not allow in an encoded body.
fn transfer_quirks(defects: &TransferDefects) -> CodeSet<Quirk> {
    let mut quirks = CodeSet::EMPTY;
    if defects.base64.pem_armour {
        quirks.insert(Quirk::PemArmour);
    }
    if !(Base64Defects { pem_armour: false, ..defects.base64 }).is_clean() {
        quirks.insert(Quirk::Base64Defects);
    }
    if defects.unknown_encoding || defects.malformed_escapes > 0 {
        quirks.insert(Quirk::MislabelledEncoding);
    }
    quirks
}

fn parse_object<'a>(layer: &mut Layer<'a>, info: &ContentInfo<'a>) -> Result<Object<'a>, CmsError> {
    Ok(match info.content_type {
        oid::SIGNED_DATA => {
            let signed = parse_signed_data(info)?;
            layer.quirks = signed.quirks;
            Object::Signed(Box::new(signed))
        }
        oid::ENVELOPED_DATA => Object::Enveloped(Box::new(parse_enveloped_data(info)?.envelope)),
        oid::AUTH_ENVELOPED_DATA => {
            let enveloped = parse_auth_enveloped_data(info)?;
            layer.authentication = Some(enveloped.authentication);
            Object::Enveloped(Box::new(enveloped.envelope))
        }
        oid::COMPRESSED_DATA => Object::Compressed(Box::new(parse_compressed_data(info)?)),
        _ => Object::Other(info.kind()),
    })
}

/// Puts the path together: the layer around, part numbers, the layer's own word (OUTPUT.md, `layer_path`).
fn finish_path(layer: &mut Layer<'_>, around: Option<&str>) {
    layer.word = layer.find_word();
    let word = layer.word.text();
    let numbers = std::mem::take(&mut layer.path);
    let pieces = [around.unwrap_or_default(), &numbers, word];
    let mut path = String::with_capacity(pieces.iter().map(|piece| piece.len() + 1).sum());
    for piece in pieces.into_iter().filter(|piece| !piece.is_empty()) {
        if !path.is_empty() {
            path.push('>');
        }
        path.push_str(piece);
    }
    layer.path = path;
}

fn limits_of(layer: &Layer<'_>) -> CodeSet<LimitHit> {
    let cut = match &layer.object {
        Object::Limited => return CodeSet::of(LimitHit::Asn1),
        Object::Signed(signed) => {
            let mut cut = signed.limits_hit;
            for info in &signed.signer_infos {
                match info {
                    Ok(info) => cut.extend(info.limits_hit),
                    Err(error) if error.is_limit() => cut.insert(CmsLimit::Attributes),
                    Err(_) => {}
                }
            }
            cut
        }
        Object::Enveloped(envelope) => envelope.limits_hit,
        _ => CodeSet::EMPTY,
    };
    cut.iter()
        .map(|limit| match limit {
            CmsLimit::Signers => LimitHit::Signers,
            CmsLimit::Recipients => LimitHit::Recipients,
            CmsLimit::CertificatesPerObject => LimitHit::Certificates,
            CmsLimit::Attributes => LimitHit::Asn1,
        })
        .collect()
}

/// The content of a SignedData that carries it, and what its presence means.
fn read_content<'a>(layer: &mut Layer<'a>, arena: &'a Bump) -> Option<Inside<'a>> {
    let Object::Signed(signed) = &layer.object else {
        return None;
    };
    if layer.is_time_stamp() {
        // What it says is for the time stage; nobody reads it as mail.
        layer.content = match &signed.content {
            EncapsulatedContent::Octets(pieces) => Some(joined(pieces, arena)),
            _ => None,
        };
        return None;
    }
    let detached = matches!(layer.source, Source::Detached { .. });
    if signed.signer_infos.is_empty() && (detached || !signed.is_certs_only()) {
        layer.flags.insert(MessageFlag::SignedDataWithoutSigners);
    }
    for (index, info) in (0..).zip(&signed.signer_infos) {
        if let Ok(info) = info {
            layer
                .countersignatures
                .extend(info.countersignatures().into_iter().map(|over| (index, over)));
        }
    }
    // RFC 8551 §2.4.2: over mail it is id-data; another type says that the octets are something else than mail.
    if detached && signed.content_type != oid::DATA {
        layer.quirks.insert(Quirk::DetachedContentNotData);
    }
    let content = match &signed.content {
        EncapsulatedContent::Absent => return None,
        EncapsulatedContent::Octets(pieces) => joined(pieces, arena),
        EncapsulatedContent::Other(element) => {
            layer.quirks.insert(Quirk::NonOctetStringContent);
            element.content
        }
    };
    // RULES 4: beside a detached signature the visible body counts, never the embedded one.
    if detached {
        layer.flags.insert(MessageFlag::EcontentInDetached);
        return None;
    }
    layer.content = Some(content);
    let inside = inside_of(signed.content_type, content);
    if inside.is_none() {
        layer.gaps.insert(Gap::NotMail);
    }
    inside
}

fn inside_of<'a>(content_type: Oid<'a>, content: &'a [u8]) -> Option<Inside<'a>> {
    match content_type {
        oid::DATA => Some(Inside::Text(content)),
        oid::SIGNED_DATA
        | oid::ENVELOPED_DATA
        | oid::AUTH_ENVELOPED_DATA
        | oid::COMPRESSED_DATA => Some(Inside::Cms { content_type: content_type.0, content }),
        _ => None,
    }
}

/// RFC 3274 §1.1 and RULES 38: what the layer being decoded holds in a compressed form.
fn open_compressed<'a>(found: &mut Found<'a>, arena: &'a Bump) -> Option<Inside<'a>> {
    let layer = found.layers.get_mut(found.decoded)?;
    let Object::Compressed(compressed) = &layer.object else { return None };
    let message = found.messages.get_mut(layer.message as usize)?;
    let before = message.inflatable_bytes();
    let mut left = before;
    let inflated = inflate_content(compressed, &mut left, arena);
    message.inflated_bytes += before - left;
    found.inflated_bytes += inflated.map_or(0, <[u8]>::len);
    if inflated == Err(InflateError::TooLarge) {
        message.limits.insert(LimitHit::InflatedBytes);
    }
    let inside =
        inflated.ok().and_then(|content| inside_of(compressed.content.content_type, content));
    if inside.is_none() {
        layer.flags.insert(MessageFlag::CompressedNotOpened);
    }
    inside
}

fn inflate_content<'a>(
    compressed: &CompressedData<'_>,
    left: &mut usize,
    arena: &'a Bump,
) -> Result<&'a [u8], InflateError> {
    match &compressed.content.content {
        EncapsulatedContent::Octets(pieces) if compressed.algorithm.oid == oid::ZLIB_COMPRESS => {
            inflate(pieces, left, arena)
        }
        _ => Err(InflateError::Malformed),
    }
}

/// The value octets in one slice; copied only when they come in several pieces.
fn joined<'a>(pieces: &[&'a [u8]], arena: &'a Bump) -> &'a [u8] {
    match pieces {
        [] => &[],
        [whole] => whole,
        _ => {
            let mut all = bumpalo::collections::Vec::with_capacity_in(
                pieces.iter().map(|p| p.len()).sum(),
                arena,
            );
            pieces.iter().for_each(|piece| all.extend_from_slice_copy(piece));
            all.into_bump_slice()
        }
    }
}

fn add_text<'a>(found: &mut Found<'a>, id: LayerId, bytes: &'a [u8]) {
    let Some(layer) = found.layer(id) else { return };
    let text = Text {
        message: layer.message,
        layer: Some(id),
        author: layer.author,
        bytes,
        eligible: layer.eligible,
        walk: None,
    };
    found.texts.push(text);
}

fn add_layer<'a>(
    found: &mut Found<'a>,
    around: LayerId,
    content_type: &'a [u8],
    content: &'a [u8],
) {
    let Some(outer) = found.layer(around) else {
        return;
    };
    let source = Source::Cms { content_type, content };
    let inner = Layer { content_root: true, ..Layer::inside(outer, around, content, source) };
    found.layers.push(inner);
}
