//! Places: where each S/MIME object of a text stands, and what follows from that alone.
//!
//! Settled here, from structure and never from whether a signature holds: whether a layer may speak for its message
//! (OUTPUT.md, Message fold, rule 1), whose From it is compared with (rule 5), what a reader sees beside it
//! (RULES 28), and its part numbers.

use crate::codes::CodeSet;
use crate::mail::content_type::parse_content_type;
use crate::mail::entity::{
    Disposition, Entity, EntityKind, FileNameHint, MediaClass, SignatureProtocol, Walk,
};
use crate::mail::field_name::FieldName;
use crate::verdict::flag::MessageFlag;

use super::found::{
    Author, AuthorId, Found, Layer, LayerId, MessageId, Object, ProtectedHeader, Source,
};
use super::headers::{read_author, read_headers};
use super::outline::Outline;
use super::vocabulary::{HeaderProtection, LimitHit};

/// Bytes of a part beside a signed one that still looks like a list's footer (the longest seen is 1.2 KB).
const LIST_FOOTER_BYTES: usize = 4096;

/// Where an entity stands.
#[derive(Clone, Copy)]
struct Place {
    /// The CMS object around it.
    layer: Option<LayerId>,
    /// Whose message it is part of.
    author: AuthorId,
    /// Only signed, enveloped or compressed layers lie between the root and it.
    eligible: bool,
    /// It is the whole content of its layer, or the stored message.
    content_root: bool,
}

/// A text being gone through, entity by entity, parents first.
struct Placing<'w, 'a> {
    walk: &'w Walk,
    message: MessageId,
    bytes: &'a [u8],
    /// The text is the stored message.
    stored: bool,
    root: Place,
    /// The place of every entity so far.
    places: Vec<Place>,
    /// The layer that an entity became, by entity.
    layers: Vec<Option<LayerId>>,
}

/// Adds a layer for every S/MIME entity of the text being scanned.
pub(super) fn place_layers(found: &mut Found<'_>, walk: &Walk) {
    let Some(text) = found.texts.get(found.scanned) else { return };
    let mut placing = Placing {
        walk,
        message: text.message,
        bytes: text.bytes,
        stored: text.layer.is_none(),
        root: Place {
            layer: text.layer,
            author: text.author,
            eligible: text.eligible,
            content_root: true,
        },
        places: Vec::with_capacity(walk.entities.len()),
        layers: vec![None; walk.entities.len()],
    };
    for (index, entity) in walk.entities.iter().enumerate() {
        let place = placing.place(found, entity);
        placing.places.push(place);
        match placing.source(index, entity) {
            Some(source) => placing.add_layer(found, index, entity, place, source),
            None => placing.note_protected_header(found, entity, place),
        }
    }
}

impl<'a> Placing<'_, 'a> {
    fn place(&self, found: &mut Found<'a>, entity: &Entity) -> Place {
        let Some(parent) = entity.parent.map(|parent| parent as usize) else { return self.root };
        let (Some(&around), Some(container)) =
            (self.places.get(parent), self.walk.entities.get(parent))
        else {
            return self.root;
        };
        match (container.kind, self.layers.get(parent).copied().flatten()) {
            (EntityKind::MultipartSigned { .. }, Some(signed)) if entity.position == 1 => {
                Place { layer: Some(signed), content_root: true, ..around }
            }
            (EntityKind::MessageRfc822, _) => self.place_nested_message(found, entity, around),
            _ => Place { eligible: false, content_root: false, ..around },
        }
    }

    /// RFC 8551 §3.1: a message/rfc822 that is the whole content of a layer protects the header of its message; it
    /// stays part of that message only if it names the same author. Any other nested message is its author's own.
    fn place_nested_message(&self, found: &mut Found<'a>, entity: &Entity, around: Place) -> Place {
        let block = self.header_block(entity);
        let nested = read_author(&read_headers(block));
        let same = found.author(around.author).is_some_and(|outer| is_same_from(outer, &nested));
        let author = AuthorId::try_from(found.authors.len()).unwrap_or(around.author);
        found.authors.push(nested);
        let wrapper = around.layer.filter(|_| around.content_root);
        let wrapper = wrapper.and_then(|id| found.layers.get_mut(id as usize));
        // Where `hp` says whose header counts, a message in its place is one that is passed on.
        if let Some(layer) = wrapper.filter(|layer| layer.protected.is_none()) {
            let kind = HeaderProtection::Wrapped;
            layer.protected = Some(ProtectedHeader { kind, author: Some(author), block });
            if same {
                return around;
            }
        }
        Place { author, eligible: false, content_root: false, ..around }
    }

    /// RFC 9788 §2.1: the header of a layer's content is meant for the message where its Content-Type says so by `hp`.
    fn note_protected_header(&self, found: &mut Found<'a>, entity: &Entity, place: Place) {
        let Some(id) = place.layer.filter(|_| place.content_root) else { return };
        let content_type = self.bytes.get(entity.content_type.clone()).unwrap_or_default();
        let Some(kind) = header_protection_named(content_type) else { return };
        let block = self.header_block(entity);
        let headers = read_headers(block);
        let author = headers.first(FieldName::From).map(|_| {
            found.authors.push(read_author(&headers));
            AuthorId::try_from(found.authors.len() - 1).unwrap_or(place.author)
        });
        if let Some(layer) = found.layers.get_mut(id as usize) {
            layer.protected.get_or_insert(ProtectedHeader { kind, author, block });
        }
    }

    fn header_block(&self, entity: &Entity) -> &'a [u8] {
        self.bytes.get(entity.whole.start..entity.body.start).unwrap_or_default()
    }

    /// Where the CMS bytes of an entity stand; `None` for what is not S/MIME.
    fn source(&self, index: usize, entity: &Entity) -> Option<Source<'a>> {
        let smime_type = match entity.kind {
            EntityKind::MultipartSigned { protocol: SignatureProtocol::Pkcs7 } => {
                return Some(self.detached_source(index, entity));
            }
            _ if self.is_signature_of_parent(entity) => return None,
            EntityKind::Pkcs7Mime { smime_type } => smime_type,
            // A signature whose content is not beside it, as left behind by software that takes mail apart.
            EntityKind::Pkcs7Signature => None,
            _ => return None,
        };
        Some(Source::Part { body: entity.body.clone(), encoding: entity.encoding, smime_type })
    }

    fn detached_source(&self, index: usize, entity: &Entity) -> Source<'a> {
        let mut children =
            self.walk.children(index).filter_map(|child| self.walk.entities.get(child));
        let nothing = entity.body.end..entity.body.end;
        let content = children.next().map_or_else(|| nothing.clone(), |part| part.whole.clone());
        match children.next() {
            Some(part) => Source::Detached {
                content,
                signature: part.body.clone(),
                encoding: part.encoding,
                named: matches!(part.kind, EntityKind::Pkcs7Signature),
            },
            None => Source::Detached {
                content,
                signature: nothing,
                encoding: entity.encoding,
                named: true,
            },
        }
    }

    /// Whether readers show what stands in the place of the signature, be it one or not (RULES 28).
    fn has_shown_signature(&self, index: usize) -> bool {
        let second = self.walk.children(index).nth(1);
        second.and_then(|child| self.walk.entities.get(child)).is_some_and(|part| {
            let is_hidden = match part.kind {
                EntityKind::Pkcs7Signature | EntityKind::Pkcs7Mime { .. } => true,
                // Octets that nothing names or opens; a file of another name or type is offered to be opened.
                EntityKind::Other => {
                    part.file_name == FileNameHint::None && self.is_octet_stream(part)
                }
                _ => false,
            };
            !is_hidden || part.media.class != MediaClass::Application
        })
    }

    fn is_octet_stream(&self, entity: &Entity) -> bool {
        let body = self.bytes.get(entity.content_type.clone()).unwrap_or_default();
        parse_content_type(body).media_type == "application/octet-stream"
    }

    /// Whether a reader may see other parts of a multipart/signed than these two: one that takes every line with the
    /// boundary in it for a delimiter, one that does not know the spelling of the boundary and shows the whole body,
    /// one that undoes a transfer encoding of the whole (which RFC 2045 §6.4 forbids).
    fn may_be_cut_otherwise(&self, index: usize, entity: &Entity) -> bool {
        let has_text_outside = !entity.preamble.is_empty() || !entity.epilogue.is_empty();
        !entity.encoding.is_identity()
            || entity.doubtful && has_text_outside
            || self.has_stray_delimiter(index, entity)
    }

    /// Whether the outline of a large message leaves out something of a multipart/signed beside the signed part, where
    /// a stray delimiter could be.
    fn leaves_out_beside(&self, outline: &Outline<'_>, index: usize, entity: &Entity) -> bool {
        let first = self.walk.children(index).next();
        let Some(content) = first.and_then(|child| self.walk.entities.get(child)) else {
            return outline.has_gap_in(&entity.body);
        };
        outline.has_gap_in(&(entity.body.start..content.whole.start))
            || outline.has_gap_in(&(content.whole.end + 1..entity.body.end))
    }

    fn has_stray_delimiter(&self, index: usize, entity: &Entity) -> bool {
        let first = self.walk.children(index).next();
        let Some(content) = first.and_then(|child| self.walk.entities.get(child)) else {
            return false;
        };
        let slice = |range| self.bytes.get(range).unwrap_or_default();
        let before = slice(entity.body.start..content.whole.start);
        let behind = slice(content.whole.end..entity.body.end);
        let line = before.trim_ascii_end();
        let line_start = memchr::memrchr(b'\n', line).map_or(0, |at| at + 1);
        let delimiter = line.get(line_start..).unwrap_or_default();
        // It begins with '-', which base64 does not hold: cheaper than a searcher for every message.
        let begins_at = |text: &[u8], at| text.get(at..).is_some_and(|t| t.starts_with(delimiter));
        let count =
            |text| memchr::memchr_iter(b'-', text).filter(|&at| begins_at(text, at)).count();
        // Its own lines: before the content, before the signature, and the last.
        count(before) > 1 || count(behind) > 1 + usize::from(entity.closed)
    }

    /// Whether this is the signature part of a multipart/signed, which is a layer already.
    fn is_signature_of_parent(&self, entity: &Entity) -> bool {
        let parent = entity.parent.map(|parent| parent as usize);
        let container = parent.and_then(|parent| self.walk.entities.get(parent));
        entity.position == 2
            && container.is_some_and(|c| matches!(c.kind, EntityKind::MultipartSigned { .. }))
            && parent.and_then(|parent| *self.layers.get(parent)?).is_some()
    }

    fn add_layer(
        &mut self,
        found: &mut Found<'a>,
        index: usize,
        entity: &Entity,
        place: Place,
        source: Source<'a>,
    ) {
        let detached = matches!(source, Source::Detached { .. });
        // A cap kept the walk from the signature, or the object is not held.
        let outline = found.messages.get(self.message as usize).and_then(|m| m.stored.outline);
        let outline = outline.filter(|_| self.stored);
        let incomplete = outline.is_some_and(|outline| is_incomplete(outline, &source));
        let unexamined = detached && entity.is_cut && entity.child_count < 2 || incomplete;
        if incomplete && let Some(message) = found.message_mut(self.message) {
            message.limits.insert(LimitHit::MessageBytes);
        }
        let parent = place.layer.and_then(|id| found.layer(id));
        let eligible = place.eligible && place.content_root;
        // Readers differ in what they show of a container that contradicts itself.
        let extra_parts = entity.ambiguous
            || entity.header_junk
            || has_line_breaker(self.header_block(entity))
            || if detached {
                entity.is_cut
                    || entity.child_count != 2
                    || self.has_shown_signature(index)
                    || self.may_be_cut_otherwise(index, entity)
                    || outline.is_some_and(|outline| self.leaves_out_beside(outline, index, entity))
            } else {
                // By its file name alone it is S/MIME; readers show a text as it stands.
                entity.media.class != MediaClass::Application
            };
        let layer = Layer {
            message: self.message,
            parent: place.layer,
            author: place.author,
            depth: parent.map_or(0, |layer| layer.depth + 1),
            path: part_numbers(self.walk, index, |at| self.is_content_root(at)),
            eligible,
            content_root: place.content_root,
            extra_parts,
            partial: extra_parts || self.stands_beside_others(index),
            protected: None,
            bytes: self.bytes,
            stored: self.stored,
            outline,
            source,
            cms: &[],
            object: if unexamined { Object::Limited } else { Object::Unread },
            tag_octets: None,
            content: None,
            countersignatures: Vec::new(),
            quirks: CodeSet::EMPTY,
            flags: CodeSet::EMPTY,
        };
        if let Some(slot) = self.layers.get_mut(index) {
            *slot = LayerId::try_from(found.layers.len()).ok();
        }
        found.layers.push(layer);
        if self.stored
            && !eligible
            && self.has_list_footer(found, entity)
            && let Some(message) = found.message_mut(self.message)
        {
            message.flags.insert(MessageFlag::ListFooterLikely);
        }
    }

    fn is_content_root(&self, index: usize) -> bool {
        self.places.get(index).is_some_and(|place| place.content_root)
    }

    /// RULES 28: whether a container between the entity and the root of its layer shows other parts too.
    fn stands_beside_others(&self, index: usize) -> bool {
        let mut at = index;
        while !self.is_content_root(at) {
            let Some(parent) = self.walk.entities.get(at).and_then(|entity| entity.parent) else {
                break;
            };
            at = parent as usize;
            if self.walk.entities.get(at).is_some_and(|container| container.child_count > 1) {
                return true;
            }
        }
        false
    }

    /// RULES 28: a list that adds text behind the signed part. It looks like an attack, and is judged the same.
    fn has_list_footer(&self, found: &Found<'_>, entity: &Entity) -> bool {
        let container = entity.parent.and_then(|parent| self.walk.entities.get(parent as usize));
        let in_root = container
            .is_some_and(|c| c.parent.is_none() && matches!(c.kind, EntityKind::Multipart));
        let from_list =
            found.messages.get(self.message as usize).is_some_and(|message| message.from_list);
        let mut beside = self
            .walk
            .children(0)
            .skip(1)
            .filter_map(|child| self.walk.entities.get(child))
            .peekable();
        in_root
            && entity.position == 1
            && beside.peek().is_some()
            && beside.all(|other| {
                let body = self.bytes.get(other.body.clone()).unwrap_or_default();
                matches!(other.kind, EntityKind::TextPlain)
                    && other.disposition != Disposition::Attachment
                    && body.len() <= LIST_FOOTER_BYTES
                    && (from_list || is_ruled_off(body))
            })
    }
}

/// RFC 9788 §2.1: the value of `hp`, one of two words.
fn header_protection_named(content_type: &[u8]) -> Option<HeaderProtection> {
    // Spares all others the parsing of their parameters.
    if !content_type.windows(2).any(|letters| letters.eq_ignore_ascii_case(b"hp")) {
        return None;
    }
    let parsed = parse_content_type(content_type);
    match parsed.parameter("hp")? {
        word if word.eq_ignore_ascii_case(b"clear") => Some(HeaderProtection::Rfc9788Clear),
        word if word.eq_ignore_ascii_case(b"cipher") => Some(HeaderProtection::Rfc9788Cipher),
        _ => None,
    }
}

/// Whether bytes of the CMS object itself are missing in the outline of a large message.
fn is_incomplete(outline: &Outline<'_>, source: &Source<'_>) -> bool {
    match source {
        Source::Detached { signature: object, .. } | Source::Part { body: object, .. } => {
            outline.has_gap_in(object)
        }
        Source::Cms { .. } => false,
    }
}

/// Whether a header holds a CR without LF, at which some readers end a field and begin another, or a NUL, at which
/// some end the field.
fn has_line_breaker(header: &[u8]) -> bool {
    memchr::memchr_iter(b'\r', header).any(|at| header.get(at + 1) != Some(&b'\n'))
        || memchr::memchr(0, header).is_some()
}

fn is_same_from(outer: &Author, nested: &Author) -> bool {
    !outer.visible_from().is_empty() && outer.visible_from() == nested.visible_from()
}

/// Whether a text starts with the line that list software rules its footer off with.
fn is_ruled_off(body: &[u8]) -> bool {
    let text = body.trim_ascii_start();
    [b"_____".as_slice(), b"-----", b"=====", b"-- \n", b"-- \r\n"]
        .iter()
        .any(|rule| text.starts_with(rule))
}

/// IMAP part numbers (RFC 3501 §6.4.5) from a root down to an entity, empty at the root itself; the root of a nested
/// message has the number of the part that holds it.
pub(crate) fn part_numbers(walk: &Walk, index: usize, is_root: impl Fn(usize) -> bool) -> String {
    let mut numbers = Vec::new();
    let mut at = index;
    while !is_root(at) {
        let Some(entity) = walk.entities.get(at) else { break };
        let Some(parent) = entity.parent.map(|parent| parent as usize) else { break };
        let in_message =
            walk.entities.get(parent).is_some_and(|p| matches!(p.kind, EntityKind::MessageRfc822));
        if !in_message {
            numbers.push(entity.position.to_string());
        }
        at = parent;
    }
    numbers.reverse();
    numbers.join(".")
}
