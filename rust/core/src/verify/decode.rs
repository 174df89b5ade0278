//! Decode: every new layer → its CMS object as views, and the texts that lie inside it.
//!
//! RFC 5652 §3 names the object by its content type. What a SignedData encapsulates is a MIME entity (id-data) or
//! another CMS object; both go back on the lists for the next turn. Enveloped and compressed objects are listed, not
//! opened.

use bumpalo::Bump;

use crate::asn1::oid::{self, Oid};
use crate::cms::auth_enveloped_data::parse_auth_enveloped_data;
use crate::cms::content_info::{ContentInfo, parse_content_info, parse_inner_content};
use crate::cms::encapsulated_content::EncapsulatedContent;
use crate::cms::enveloped_data::parse_enveloped_data;
use crate::cms::error::{CmsError, CmsLimit};
use crate::cms::quirk::Quirk;
use crate::cms::signed_data::parse_signed_data;
use crate::codes::CodeSet;
use crate::limits;
use crate::mail::transfer::{TransferEncoding, decode_transfer};
use crate::mail::visible::trim_blanks;
use crate::verdict::flag::MessageFlag;

use super::found::{Found, Layer, LayerId, Object, Source, Text};
use super::vocabulary::LimitHit;

/// First octet of every ContentInfo; no line of base64 over DER starts with it, for `M` does.
const SEQUENCE: u8 = 0x30;

/// Decodes every layer that was not decoded yet; `arena` holds what had to be taken out of a transfer encoding.
pub(super) fn decode<'a>(found: &mut Found<'a>, arena: &'a Bump) {
    while let Some(layer) = found.layers.get(found.decoded) {
        let id = LayerId::try_from(found.decoded).unwrap_or(LayerId::MAX);
        // A layer stands behind the one around it, so that one is finished.
        let around = layer.parent.and_then(|id| found.layer(id));
        let around = around.map(|layer| (layer.path.clone(), layer.partial));
        let Some(layer) = found.layers.get_mut(found.decoded) else { return };
        let limits_hit = read_object(layer, arena);
        finish_path(layer, around.as_ref().map(|(path, _)| path.as_str()));
        note_shown_signature(layer);
        let (message, inside) = (layer.message, read_content(layer, arena));
        layer.partial |= around.is_some_and(|(_, partial)| partial);
        found.decoded += 1;
        if let Some(message) = found.message_mut(message) {
            message.limits.extend(limits_hit);
        }
        match inside {
            None => {}
            Some(Inside::Text(bytes)) => add_text(found, id, bytes),
            Some(Inside::Cms { content_type, content }) => {
                add_layer(found, id, content_type, content)
            }
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
    // What the walk over its parts did not reach is no object to judge.
    if matches!(layer.object, Object::Limited) {
        return CodeSet::EMPTY;
    }
    // Every layer has its content hashed, so that layers beside a cap on them would cost their square.
    if layer.depth as usize >= limits::CMS_LAYERS {
        layer.object = Object::Limited;
        return CodeSet::of(LimitHit::CmsLayers);
    }
    let parsed = match &layer.source {
        Source::Detached { signature: body, encoding, .. }
        | Source::Part { body, encoding, .. } => {
            let body = layer.bytes.get(body.clone()).unwrap_or_default();
            layer.cms = out_of_transfer(*encoding, body, arena);
            parse_content_info(layer.cms)
        }
        // The content type itself (RFC 5652 §5.2), or, from some senders, a whole ContentInfo around it.
        Source::Cms { content_type, content } => {
            layer.cms = content;
            parse_content_info(content).or_else(|_| parse_inner_content(Oid(content_type), content))
        }
    };
    match parsed.and_then(|(info, quirks)| Ok((parse_object(layer, &info)?, quirks))) {
        Ok((object, quirks)) => {
            layer.object = object;
            layer.quirks.extend(quirks);
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
        Object::Enveloped(_) | Object::Compressed | Object::Other => true,
        Object::Unread | Object::Malformed | Object::Limited => !named,
    };
    layer.extra_parts |= shown;
    layer.partial |= shown;
}

/// RULES 27: DER in base64, bare, or in PEM armour, whatever the header says.
fn out_of_transfer<'a>(encoding: TransferEncoding, body: &'a [u8], arena: &'a Bump) -> &'a [u8] {
    let declared = decode_transfer(encoding, body, arena).0;
    let start = trim_blanks(declared);
    if start.first().is_none_or(|&octet| octet == SEQUENCE) {
        return declared;
    }
    let decoded = decode_transfer(TransferEncoding::Base64, declared, arena).0;
    if decoded.first() == Some(&SEQUENCE) { decoded } else { declared }
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
            layer.tag_octets = Some(enveloped.mac.len());
            Object::Enveloped(Box::new(enveloped.envelope))
        }
        oid::COMPRESSED_DATA => Object::Compressed,
        _ => Object::Other,
    })
}

/// Puts the path together: the layer around, part numbers, the layer's own word (OUTPUT.md, `layer_path`).
fn finish_path(layer: &mut Layer<'_>, around: Option<&str>) {
    let word = match &layer.object {
        Object::Signed(signed) if signed.is_certs_only() => "certs",
        Object::Signed(_) => "signed",
        Object::Enveloped(_) => "enveloped",
        Object::Compressed => "compressed",
        Object::Other => "other",
        _ if layer.is_called_enveloped() => "enveloped",
        _ if layer.is_called_compressed() => "compressed",
        Object::Unread | Object::Malformed | Object::Limited => "signed",
    };
    let numbers = std::mem::take(&mut layer.path);
    let numbers = Some(numbers.as_str()).filter(|numbers| !numbers.is_empty());
    layer.path = around.into_iter().chain(numbers).chain([word]).collect::<Vec<_>>().join(">");
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
    match signed.content_type {
        oid::DATA => Some(Inside::Text(content)),
        inner @ (oid::SIGNED_DATA
        | oid::ENVELOPED_DATA
        | oid::AUTH_ENVELOPED_DATA
        | oid::COMPRESSED_DATA) => Some(Inside::Cms { content_type: inner.0, content }),
        // Signed, but nothing that a reader of mail is shown.
        _ => {
            layer.extra_parts = true;
            layer.partial = true;
            None
        }
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
    let inner = Layer {
        message: outer.message,
        parent: Some(around),
        author: outer.author,
        depth: outer.depth + 1,
        path: String::new(),
        eligible: outer.eligible,
        content_root: true,
        extra_parts: false,
        partial: outer.partial,
        protected_author: None,
        bytes: content,
        stored: false,
        source: Source::Cms { content_type, content },
        cms: &[],
        object: Object::Unread,
        tag_octets: None,
        content: None,
        countersignatures: Vec::new(),
        quirks: CodeSet::EMPTY,
        flags: CodeSet::EMPTY,
    };
    found.layers.push(inner);
}
