//! Signed attributes encoded anew, for signers that hashed something else than they sent (RULES 1).
//!
//! RFC 5652 §5.4 asks for the DER encoding whatever was transmitted; some signers sort or use definite lengths only
//! there. What was received is always tried first, see [`SignedAttributes::as_set`].

use super::signed_attributes::SignedAttributes;
use crate::asn1::reader::{Element, Reader, Tag};
use crate::asn1::writer::{write_element, write_set_of};
use crate::limits;

/// In which order sets are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetOrder {
    /// As they were received.
    AsReceived,
    /// The attributes, and the values of each, in DER order (X.690 §11.6). Sets inside values stay as received:
    /// they are copied by signers, not built.
    Sorted,
}

impl SignedAttributes<'_> {
    /// RULES 1: the encodings to try after the one received, best first, without those that equal an earlier one.
    #[must_use]
    pub fn other_encodings(&self) -> Vec<Vec<u8>> {
        let mut encodings: Vec<Vec<u8>> = Vec::new();
        let received = self.as_set();
        for order in [SetOrder::AsReceived, SetOrder::Sorted] {
            let Some(encoding) = reencode_attributes_der(self.raw, order) else {
                continue;
            };
            let same_as_received =
                encoding.split_first().map(|(_, rest)| rest) == Some(received[1]);
            if !same_as_received && !encodings.contains(&encoding) {
                encodings.push(encoding);
            }
        }
        encodings
    }
}

/// A constructed element that is being rebuilt.
struct Level<'a> {
    tag: Tag,
    rest: Reader<'a>,
    rebuilt: Vec<Vec<u8>>,
}

/// Encodes `raw`, a SET or a `[0]` in its place, as a SET with minimal definite lengths on every level, and
/// OCTET STRINGs in one piece.
///
/// `None` when it is malformed or beyond [`limits::ASN1_DEPTH`] and [`limits::ASN1_NODES`].
#[must_use]
pub fn reencode_attributes_der(raw: &[u8], order: SetOrder) -> Option<Vec<u8>> {
    let set = Reader::new(raw).read_element().ok()?;
    let mut levels = vec![Level {
        tag: Tag::SET,
        rest: set.reader(),
        rebuilt: Vec::new(),
    }];
    for _ in 0..limits::ASN1_NODES {
        let level = levels.last_mut()?;
        if level.rest.is_empty() {
            let done = levels.pop()?;
            let encoding = close(done, levels.len(), order);
            match levels.last_mut() {
                Some(parent) => parent.rebuilt.push(encoding),
                None => return Some(encoding),
            }
            continue;
        }
        let element = level.rest.read_element().ok()?;
        if is_leaf(element.tag) {
            level.rebuilt.push(rebuild_leaf(&element)?);
            continue;
        }
        if levels.len() == limits::ASN1_DEPTH {
            return None;
        }
        levels.push(Level {
            tag: element.tag,
            rest: element.reader(),
            rebuilt: Vec::new(),
        });
    }
    None
}

fn is_leaf(tag: Tag) -> bool {
    !tag.is_constructed() || tag == Tag::OCTET_STRING_CONSTRUCTED
}

/// X.690 §10.1 and §10.2: minimal definite length, string in one piece.
fn rebuild_leaf(element: &Element<'_>) -> Option<Vec<u8>> {
    let mut encoding = Vec::new();
    if element.tag.is_constructed() {
        let pieces = element.string_pieces(Tag::OCTET_STRING).ok()?;
        write_element(&mut encoding, Tag::OCTET_STRING, &pieces.concat());
    } else {
        write_element(&mut encoding, element.tag, element.content);
    }
    Some(encoding)
}

/// Writes a finished level; `depth` is 0 for the attributes, 1 for an Attribute, 2 for its values.
fn close(level: Level<'_>, depth: usize, order: SetOrder) -> Vec<u8> {
    let is_set = depth == 0 || (depth == 2 && level.tag == Tag::SET);
    let sorted = order == SetOrder::Sorted && is_set;
    let mut encoding = Vec::new();
    write_set_of(&mut encoding, level.tag, level.rebuilt, sorted);
    encoding
}
