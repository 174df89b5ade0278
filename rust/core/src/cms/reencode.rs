//! Signed attributes encoded anew, for signers that hashed something else than they sent (RULES 1).
//!
//! RFC 5652 §5.4 asks for the DER encoding whatever was transmitted; some signers sort or use
//! definite lengths only there. What was received is always tried first, see
//! [`SignedAttributes::as_set`].

use super::signed_attributes::SignedAttributes;
use crate::asn1::reader::{Element, Reader, Tag};
use crate::asn1::writer::{write_element, write_set_of};
use crate::limits;

/// In which order sets are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetOrder {
    /// As they were received.
    AsReceived,
    /// The attributes, and the values of each, in DER order (X.690 §11.6). Sets inside values stay
    /// as received: they are copied by signers, not built.
    Sorted,
}

impl SignedAttributes<'_> {
    /// RULES 1: the encodings to try after the one received, best first, without those that equal
    /// an earlier one.
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

/// Encodes `raw`, a SET or a `[0]` in its place, as a SET with minimal definite lengths on every
/// level, and OCTET STRINGs in one piece.
///
/// `None` when it is malformed or beyond [`limits::ASN1_DEPTH`] and [`limits::ASN1_NODES`].
#[must_use]
pub fn reencode_attributes_der(raw: &[u8], order: SetOrder) -> Option<Vec<u8>> {
    let set = Reader::new(raw).read_element().ok()?;
    let mut levels = vec![Level { tag: Tag::SET, rest: set.reader(), rebuilt: Vec::new() }];
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
        if element.unterminated {
            return None;
        }
        if is_leaf(element.tag) {
            level.rebuilt.push(rebuild_leaf(&element)?);
            continue;
        }
        if levels.len() == limits::ASN1_DEPTH {
            return None;
        }
        levels.push(Level { tag: element.tag, rest: element.reader(), rebuilt: Vec::new() });
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

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::super::fixtures::{
        DETACHED, OBJECTS, attribute, content_type_attribute, element, indefinite,
        message_digest_attribute, object_identifier, signed, signer, signer_info_with,
    };
    use super::*;
    use crate::asn1::oid;

    fn other_encodings(received: &[u8]) -> Vec<Vec<u8>> {
        let bytes = signed(&[&signer_info_with(received, &[])]);
        signer(&bytes).signed_attributes.unwrap().other_encodings()
    }

    #[test]
    fn rule_01_attributes_in_der_have_no_other_encoding() {
        let attributes = signer(DETACHED).signed_attributes.unwrap();
        assert!(attributes.other_encodings().is_empty());
        assert!(OBJECTS.len() > 10);
    }

    #[test]
    fn rule_01_unsorted_attributes_are_tried_sorted() {
        let (first, second) = (content_type_attribute(), message_digest_attribute());
        let encodings = other_encodings(&element(0xa0, &[&second, &first]));
        assert_eq!(encodings, [element(0x31, &[&first, &second])]);
    }

    #[test]
    fn rule_01_indefinite_lengths_are_tried_definite_and_then_sorted() {
        let digest = element(0x04, &[&[0xab; 32]]);
        let pieces = [element(0x04, &[&[0xab; 16]]), element(0x04, &[&[0xab; 16]])].concat();
        let second = indefinite(
            0x30,
            &[
                &object_identifier(oid::MESSAGE_DIGEST),
                &indefinite(0x31, &[&indefinite(0x24, &[&pieces])]),
            ],
        );
        // BER allows a length with leading zeros.
        let first = [&[0x30, 0x82, 0, 24][..], &content_type_attribute()[2..]].concat();
        let encodings = other_encodings(&indefinite(0xa0, &[&second, &first]));
        let second = attribute(oid::MESSAGE_DIGEST, &[&digest]);
        let first = content_type_attribute();
        let definite = element(0x31, &[&second, &first]);
        let sorted = element(0x31, &[&first, &second]);
        assert_eq!(encodings, [definite, sorted]);
    }

    #[test]
    fn rule_01_values_are_sorted_but_sets_inside_them_are_kept() {
        let inner = element(0x31, &[&[2, 1, 9], &[2, 1, 1]]);
        let oid = oid::SIGNING_TIME;
        let received = element(0xa0, &[&attribute(oid, &[&inner, &[2, 1, 5]])]);
        let sorted = element(0x31, &[&attribute(oid, &[&[2, 1, 5], &inner])]);
        assert_eq!(reencode_attributes_der(&received, SetOrder::Sorted), Some(sorted));
    }

    #[test]
    fn attributes_that_cannot_be_rebuilt_have_no_encoding() {
        for broken in [&b""[..], b"\xa0", b"\xa0\x02\x30\x05", b"\xa0\x02\x30\x80\x30"] {
            assert_eq!(reencode_attributes_der(broken, SetOrder::Sorted), None);
        }
        let mut deep = vec![5, 0];
        for _ in 0..limits::ASN1_DEPTH + 1 {
            deep = element(0x30, &[&deep]);
        }
        assert_eq!(reencode_attributes_der(&deep, SetOrder::AsReceived), None);
    }

    proptest::proptest! {
        /// Encoding anew is a fixed point.
        #[test]
        fn attributes_encoded_anew_stay_as_they_are(bytes: Vec<u8>) {
            let raw = element(0xa0, &[&bytes]);
            for order in [SetOrder::AsReceived, SetOrder::Sorted] {
                if let Some(encoding) = reencode_attributes_der(&raw, order) {
                    assert_eq!(reencode_attributes_der(&encoding, order), Some(encoding.clone()));
                }
            }
        }
    }
}
