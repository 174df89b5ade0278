//! Scan: every new text → header facts, and the places where S/MIME lies in its MIME tree.
//!
//! RFC 2046 and RFC 8551 §3.2 say where S/MIME may lie; archives put it anywhere (RULES 27). The stage copies
//! nothing: a place is a byte range. Here it is also settled, from structure alone, whether a layer may speak for its
//! message (OUTPUT.md, Message fold, rule 1), whose From it is compared with, and what stands visibly beside it.

use crate::limits;
use crate::mail::date::parse_date;
use crate::mail::entity::{
    Disposition, Entity, EntityKind, SignatureProtocol, Walk, WalkLimits, walk_entities,
};
use crate::mail::field_name::FieldName;
use crate::mail::from::{parse_from, parse_reply_to, parse_sender};
use crate::mail::header::{Headers, parse_headers, unfold_text};
use crate::verdict::flag::MessageFlag;

use super::found::{
    Author, AuthorId, Found, Layer, LayerId, Message, MessageId, Object, Pgp, Source,
};
use super::vocabulary::LimitHit;
use crate::codes::CodeSet;

/// RULES, Budgets.
const WALK_LIMITS: WalkLimits = WalkLimits {
    depth: limits::MIME_DEPTH as u32,
    parts: limits::MIME_PARTS as u32,
    header_bytes: limits::HEADER_BYTES,
    header_fields: limits::HEADER_FIELDS,
};

/// Bytes of the parts beside a signed part that still look like a list's footer (the longest seen is 1.2 KB).
const LIST_FOOTER_BYTES: usize = 4096;

/// Walks every text that was not walked yet.
pub(super) fn scan(found: &mut Found<'_>) {
    while let Some(text) = found.texts.get(found.scanned) {
        let (message, layer, bytes) = (text.message, text.layer, text.bytes);
        let root = Place {
            layer,
            author: text.author,
            eligible: text.eligible,
            content_root: true,
        };
        if layer.is_none() {
            read_header_facts(found, message, bytes);
        }
        let walk = walk_entities(bytes, 0..bytes.len(), WALK_LIMITS);
        note_limits_and_pgp(found, message, &walk, bytes);
        if walk.entities.iter().any(is_smime) {
            place_layers(found, message, bytes, &walk, root);
        }
        if found.keep_walks
            && let Some(text) = found.texts.get_mut(found.scanned)
        {
            text.walk = Some(walk);
        }
        found.scanned += 1;
    }
}

/// Where an entity stands.
#[derive(Clone, Copy)]
struct Place {
    /// The CMS object around it.
    layer: Option<LayerId>,
    /// Whose message it is part of.
    author: AuthorId,
    /// Nothing but signed, enveloped or compressed layers lies between the root and its container.
    eligible: bool,
    /// It is the whole content of its container.
    content_root: bool,
}

/// Header facts come only from the outermost header block of a stored message (RULES 22a).
fn read_header_facts(found: &mut Found<'_>, id: MessageId, bytes: &[u8]) {
    let headers = parse_headers(bytes, limits::HEADER_BYTES, limits::HEADER_FIELDS);
    let author = read_author(&headers);
    let reply_to = parse_reply_to(&headers);
    let Some(message) = found.message_mut(id) else {
        return;
    };
    message.message_id = headers
        .first(FieldName::MessageId)
        .map(|body| text_column(unfold_text(body), message));
    message.date_unix_s = headers.first(FieldName::Date).and_then(parse_date);
    message.sender.clone_from(&author.sender);
    message.from_list = [
        FieldName::ListId,
        FieldName::ListPost,
        FieldName::ListUnsubscribe,
    ]
    .into_iter()
    .any(|name| headers.first(name).is_some());
    if headers.truncated {
        message.limits.insert(LimitHit::HeaderBlock);
    }
    let is_from = |address: &String| {
        author
            .from
            .addresses
            .iter()
            .any(|from| from.eq_ignore_ascii_case(address))
    };
    if !reply_to.is_empty() && !author.from.addresses.is_empty() && !reply_to.iter().all(is_from) {
        message.flags.insert(MessageFlag::ReplyToDiffers);
    }
    if author
        .sender
        .as_ref()
        .is_some_and(|sender| !is_from(sender))
    {
        message.flags.insert(MessageFlag::SenderDiffers);
    }
    if headers.fields().iter().any(|field| field.name.is_resent()) {
        message.flags.insert(MessageFlag::ResentFields);
    }
    message.reply_to = reply_to;
    if let Some(slot) = found.authors.get_mut(id as usize) {
        *slot = author;
    }
}

fn text_column(mut text: String, message: &mut Message<'_>) -> String {
    if text.len() > limits::TEXT_COLUMN_BYTES {
        text.truncate(text.floor_char_boundary(limits::TEXT_COLUMN_BYTES));
        message.limits.insert(LimitHit::TextColumn);
    }
    text
}

fn read_author(headers: &Headers<'_>) -> Author {
    Author {
        from: parse_from(headers),
        sender: parse_sender(headers),
    }
}

fn note_limits_and_pgp(found: &mut Found<'_>, id: MessageId, walk: &Walk, bytes: &[u8]) {
    let Some(message) = found.message_mut(id) else {
        return;
    };
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
                if body.starts_with(b"-----BEGIN PGP ")
                    || memchr::memmem::find(body, b"\n-----BEGIN PGP ").is_some()
                {
                    message.pgp = Some(Pgp::Inline);
                }
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
            | EntityKind::MultipartSigned {
                protocol: SignatureProtocol::Pkcs7
            }
    )
}

/// Adds a layer for every S/MIME entity of a walk, and settles the place of each entity on the way.
fn place_layers(found: &mut Found<'_>, message: MessageId, bytes: &[u8], walk: &Walk, root: Place) {
    let mut places: Vec<Place> = Vec::with_capacity(walk.entities.len());
    // The layer that the signed part of a multipart/signed lies in, by entity.
    let mut signed_layers: Vec<Option<LayerId>> = vec![None; walk.entities.len()];
    for (index, entity) in walk.entities.iter().enumerate() {
        let place = match entity.parent.map(|parent| parent as usize) {
            None => root,
            Some(parent) => match (places.get(parent), walk.entities.get(parent)) {
                (Some(&around), Some(container)) => {
                    let signed = signed_layers.get(parent).copied().flatten();
                    place_child(found, message, bytes, entity, container, around, signed)
                }
                _ => root,
            },
        };
        places.push(place);
        if let Some(source) = read_source(
            walk,
            index,
            entity,
            signed_layers_of(walk, &signed_layers, entity),
        ) {
            let id = add_layer(found, message, bytes, walk, index, place, &places, source);
            if let Some(slot) = signed_layers.get_mut(index) {
                *slot = Some(id);
            }
        }
    }
}

/// Whether `entity` is the signature part of a multipart/signed that already is a layer.
fn signed_layers_of(walk: &Walk, signed_layers: &[Option<LayerId>], entity: &Entity) -> bool {
    entity.parent.is_some_and(|parent| {
        let parent = parent as usize;
        signed_layers.get(parent).is_some_and(Option::is_some)
            && walk
                .entities
                .get(parent)
                .is_some_and(|p| matches!(p.kind, EntityKind::MultipartSigned { .. }))
            && entity.position == 2
    })
}

fn place_child(
    found: &mut Found<'_>,
    message: MessageId,
    bytes: &[u8],
    entity: &Entity,
    container: &Entity,
    around: Place,
    signed: Option<LayerId>,
) -> Place {
    let outside = Place {
        eligible: false,
        content_root: false,
        ..around
    };
    match container.kind {
        EntityKind::MultipartSigned { .. } if entity.position == 1 && signed.is_some() => Place {
            layer: signed,
            content_root: true,
            ..around
        },
        EntityKind::MessageRfc822 => {
            let whole = bytes.get(entity.whole.clone()).unwrap_or_default();
            let nested = read_author(&parse_headers(
                whole,
                limits::HEADER_BYTES,
                limits::HEADER_FIELDS,
            ));
            // RFC 8551 §3.1: a message/rfc822 as the whole content of a layer protects the header of its message,
            // if it speaks for the same author.
            let wraps = around.layer.is_some() && around.content_root && around.eligible;
            if wraps
                && found
                    .author(around.author)
                    .is_some_and(|outer| is_same_from(outer, &nested))
            {
                if let Some(message) = found.message_mut(message) {
                    message.header_wrapped = true;
                }
                return Place {
                    content_root: true,
                    ..around
                };
            }
            found.authors.push(nested);
            let author = found.authors.len().saturating_sub(1);
            Place {
                author: AuthorId::try_from(author).unwrap_or(around.author),
                ..outside
            }
        }
        _ => outside,
    }
}

fn is_same_from(outer: &Author, nested: &Author) -> bool {
    !outer.from.addresses.is_empty() && outer.from.addresses == nested.from.addresses
}

/// Where the CMS bytes of an S/MIME entity stand; `None` for every other entity.
fn read_source(
    walk: &Walk,
    index: usize,
    entity: &Entity,
    is_signature_of_layer: bool,
) -> Option<Source<'static>> {
    match entity.kind {
        EntityKind::MultipartSigned {
            protocol: SignatureProtocol::Pkcs7,
        } => {
            let child = |nth| {
                walk.children(index)
                    .nth(nth)
                    .and_then(|child| walk.entities.get(child))
            };
            let content =
                child(0).map_or(entity.body.end..entity.body.end, |part| part.whole.clone());
            let (signature, encoding) = child(1).map_or_else(
                || (entity.body.end..entity.body.end, entity.encoding),
                |part| (part.body.clone(), part.encoding),
            );
            Some(Source::Detached {
                content,
                signature,
                encoding,
            })
        }
        EntityKind::Pkcs7Mime { smime_type } if !is_signature_of_layer => Some(Source::Part {
            body: entity.body.clone(),
            encoding: entity.encoding,
            smime_type,
        }),
        // A signature whose content is not beside it, as left behind by software that takes mail apart.
        EntityKind::Pkcs7Signature if !is_signature_of_layer => Some(Source::Part {
            body: entity.body.clone(),
            encoding: entity.encoding,
            smime_type: None,
        }),
        _ => None,
    }
}

#[expect(
    clippy::too_many_arguments,
    reason = "one call site; a struct would only rename them"
)]
fn add_layer<'a>(
    found: &mut Found<'a>,
    message: MessageId,
    bytes: &[u8],
    walk: &Walk,
    index: usize,
    place: Place,
    places: &[Place],
    source: Source<'static>,
) -> LayerId {
    let text = found.texts.get(found.scanned);
    let text_bytes = text.map_or(&[][..], |text| text.bytes);
    let stored = text.is_none_or(|text| text.layer.is_none());
    let numbers = part_numbers(walk, index, places);
    let parent = place.layer.and_then(|id| found.layer(id));
    let depth = parent.map_or(0, |layer| layer.depth + 1);
    let entity = walk.entities.get(index);
    // Readers differ in what they show of a container that contradicts itself.
    let extra_parts = entity.is_some_and(|e| {
        e.ambiguous
            || e.header_junk
            || matches!(source, Source::Detached { .. }) && e.child_count != 2
    });
    let eligible = place.eligible && place.content_root;
    if !eligible
        && place.layer.is_none()
        && stands_beside_list_footer(found, message, bytes, walk, index)
    {
        if let Some(message) = found.message_mut(message) {
            message.flags.insert(MessageFlag::ListFooterLikely);
        }
    }
    let id = LayerId::try_from(found.layers.len()).unwrap_or(LayerId::MAX);
    found.layers.push(Layer {
        message,
        parent: place.layer,
        author: place.author,
        depth,
        path: numbers,
        eligible,
        content_root: place.content_root,
        extra_parts,
        bytes: text_bytes,
        stored,
        source,
        cms: &[],
        object: Object::Unread,
        tag_octets: None,
        content: None,
        countersignatures: Vec::new(),
        quirks: CodeSet::EMPTY,
        flags: CodeSet::EMPTY,
    });
    id
}

/// IMAP part numbers (RFC 3501 §6.4.5) from the content root of the surrounding layer down to an entity, empty at
/// the root itself; the root of a nested message has the number of the part that holds it.
pub(crate) fn part_numbers_from(
    walk: &Walk,
    index: usize,
    is_root: impl Fn(usize) -> bool,
) -> String {
    let mut numbers = Vec::new();
    let mut at = index;
    while !is_root(at) {
        let Some(entity) = walk.entities.get(at) else {
            break;
        };
        let Some(parent) = entity.parent.map(|parent| parent as usize) else {
            break;
        };
        let in_message = walk
            .entities
            .get(parent)
            .is_some_and(|p| matches!(p.kind, EntityKind::MessageRfc822));
        if !in_message {
            numbers.push(entity.position.to_string());
        }
        at = parent;
    }
    numbers.reverse();
    numbers.join(".")
}

fn part_numbers(walk: &Walk, index: usize, places: &[Place]) -> String {
    part_numbers_from(walk, index, |at| {
        places.get(at).is_some_and(|place| place.content_root)
    })
}

/// RULES 28: a list that adds text beside the signed part. It looks like an attack, and is judged the same.
fn stands_beside_list_footer(
    found: &Found<'_>,
    message: MessageId,
    bytes: &[u8],
    walk: &Walk,
    index: usize,
) -> bool {
    let Some(message) = found.messages.get(message as usize) else {
        return false;
    };
    let Some(entity) = walk.entities.get(index) else {
        return false;
    };
    let container = entity
        .parent
        .and_then(|parent| walk.entities.get(parent as usize));
    let in_root =
        container.is_some_and(|c| c.parent.is_none() && matches!(c.kind, EntityKind::Multipart));
    let beside =
        |other: &&Entity| other.parent == entity.parent && other.position != entity.position;
    let is_footer = |other: &Entity| {
        matches!(other.kind, EntityKind::TextPlain)
            && other.disposition != Disposition::Attachment
            && bytes
                .get(other.body.clone())
                .is_some_and(|body| body.len() <= LIST_FOOTER_BYTES)
    };
    message.from_list
        && in_root
        && entity.position == 1
        && walk.entities.iter().any(|other| beside(&other))
        && walk.entities.iter().filter(beside).all(is_footer)
}
