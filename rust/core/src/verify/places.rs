//! Places: where each S/MIME object of a text stands, and what follows from that alone.
//!
//! Settled here, from structure and never from whether a signature holds: whether a layer may speak for its message
//! (OUTPUT.md, Message fold, rule 1), whose From it is compared with (rule 5), and its part numbers. What a reader
//! sees besides is [`super::coverage`].

mod list_footer;

use smallvec::{SmallVec, smallvec};

use crate::codes::CodeSet;
use crate::mail::content_type::parse_content_type;
use crate::mail::entity::{Entity, EntityKind, SignatureProtocol, Walk};
use crate::mail::field_name::FieldName;
use crate::verdict::flag::MessageFlag;

use self::list_footer::has_list_footer;
use super::coverage::{Gap, is_file, own_gaps, unread_part};
use super::found::{
    Author, AuthorId, Found, Layer, LayerId, LayerWord, MessageId, Object, ProtectedHeader, Source,
};
use super::headers::{read_author, read_headers};
use super::outline::Outline;
use super::vocabulary::{HeaderProtection, LimitHit};

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
    places: SmallVec<[Place; 4]>,
    /// The layer that an entity became, by entity.
    layers: SmallVec<[Option<LayerId>; 4]>,
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
        places: SmallVec::with_capacity(walk.entities.len()),
        layers: smallvec![None; walk.entities.len()],
    };
    for (index, entity) in walk.entities.iter().enumerate() {
        let place = placing.place(found, entity);
        placing.places.push(place);
        match placing.source(index, entity) {
            Some(source) => placing.add_layer(found, index, entity, place, source),
            None => placing.note_protected_header(found, entity, place),
        }
        placing.note_unread_part(found, entity, place);
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

    /// What the layer around covers that nobody could read, S/MIME apart.
    fn note_unread_part(&self, found: &mut Found<'a>, entity: &Entity, place: Place) {
        let Some(id) = place.layer else { return };
        if let Some(gap) = unread_part(entity, self.bytes, place.content_root, &mut found.room)
            && let Some(layer) = found.layers.get_mut(id as usize)
        {
            layer.gaps.insert(gap);
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
        // An envelope that is the whole of the message is read piece by piece.
        let is_whole = place.layer.is_none() && place.content_root;
        let is_read = is_whole && matches!(source, Source::Part { .. });
        let incomplete = outline.is_some_and(|outline| is_incomplete(outline, &source)) && !is_read;
        let unexamined = detached && entity.is_cut && entity.child_count < 2 || incomplete;
        if incomplete && let Some(message) = found.message_mut(self.message) {
            message.limits.insert(LimitHit::MessageBytes);
        }
        let parent = place.layer.and_then(|id| found.layer(id));
        let eligible = place.eligible && place.content_root;
        let mut gaps = own_gaps(self.walk, index, self.bytes, detached, outline);
        let beside = self.stands_beside_others(index);
        if beside {
            gaps.insert(Gap::Beside);
        }
        let layer = Layer {
            message: self.message,
            parent: place.layer,
            author: place.author,
            depth: parent.map_or(0, |layer| layer.depth + 1),
            path: part_numbers(self.walk, index, |at| self.is_content_root(at)),
            word: LayerWord::Signed,
            eligible,
            content_root: place.content_root,
            is_file: !place.content_root && is_file(entity, self.bytes, beside),
            gaps,
            protected: None,
            compressed_inside: None,
            bytes: self.bytes,
            stored: self.stored,
            outline,
            source,
            cms: &[],
            object: match () {
                () if unexamined => Object::Limited,
                () if detached && self.is_split_off(found, entity) => Object::Missing,
                () => Object::Unread,
            },
            authentication: None,
            streamed: None,
            opening: None,
            content: None,
            countersignatures: Vec::new(),
            quirks: CodeSet::EMPTY,
            flags: CodeSet::EMPTY,
        };
        if let Some(slot) = self.layers.get_mut(index) {
            *slot = LayerId::try_from(found.layers.len()).ok();
        }
        found.layers.push(layer);
        let message = found.message_mut(self.message).filter(|_| self.stored && !eligible);
        if let Some(message) = message
            && has_list_footer(self.walk, entity, self.bytes, message.from_list)
        {
            message.flags.insert(MessageFlag::ListFooterLikely);
        }
    }

    /// RULES 29: whether the archive cut the message before the signature, so that it is elsewhere and not broken.
    fn is_split_off(&self, found: &Found<'_>, entity: &Entity) -> bool {
        let message = found.messages.get(self.message as usize);
        self.stored
            && entity.child_count < 2
            && !entity.closed
            && message.is_some_and(|message| message.flags.contains(MessageFlag::SplitSuspicious))
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
        Source::Cms { .. } | Source::TimeStamp(_) => false,
    }
}

fn is_same_from(outer: &Author<'_>, nested: &Author<'_>) -> bool {
    !outer.visible_from().is_empty() && outer.visible_from() == nested.visible_from()
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
