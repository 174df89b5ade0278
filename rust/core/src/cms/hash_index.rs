//! ATSHashIndexV3: hashes of what lay beside a signature when an archive time-stamp was made (ETSI EN 319 122-1 §5.5.2).
//!
//! The index is unsigned, but the imprint of its archive time-stamp is over it. Only the hashes of unsigned attributes
//! are read: they say which older time-stamps were there.

use super::algorithms::parse_algorithm;
use crate::asn1::oid::Oid;
use crate::asn1::reader::{Tag, parse_single};
use crate::limits;

/// ETSI EN 319 122-1 §5.5.2:
///
/// ```text
/// ATSHashIndexV3 ::= SEQUENCE {
///   hashIndAlgorithm AlgorithmIdentifier,
///   certificatesHashIndex SEQUENCE OF OCTET STRING,
///   crlsHashIndex SEQUENCE OF OCTET STRING,
///   unsignedAttrValuesHashIndex SEQUENCE OF OCTET STRING }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HashIndex<'a> {
    /// `hashIndAlgorithm`.
    pub algorithm: Oid<'a>,
    /// `unsignedAttrValuesHashIndex`: each over the type of an attribute and one of its values, both whole.
    pub attribute_values: Vec<&'a [u8]>,
}

/// Reads an index; `None` for another form, or more hashes than there are attributes looked at.
#[must_use]
pub fn parse_hash_index(der: &[u8]) -> Option<HashIndex<'_>> {
    let mut fields = parse_single(der, Tag::SEQUENCE).ok()?.reader();
    let algorithm = parse_algorithm(&fields.read(Tag::SEQUENCE).ok()?).ok()?.oid;
    let (_certificates, _lists) =
        (fields.read(Tag::SEQUENCE).ok()?, fields.read(Tag::SEQUENCE).ok()?);
    let mut hashes = fields.read(Tag::SEQUENCE).ok()?.reader();
    let mut attribute_values = Vec::new();
    while !hashes.is_empty() && attribute_values.len() < limits::ATTRIBUTES {
        attribute_values.push(hashes.read(Tag::OCTET_STRING).ok()?.content);
    }
    let is_whole = fields.is_empty() && hashes.is_empty();
    is_whole.then_some(HashIndex { algorithm, attribute_values })
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::element;
    use super::*;

    const SHA256: Oid<'_> = Oid(&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1]);

    fn index(hashes: &[&[u8]], more: &[u8]) -> Vec<u8> {
        let algorithm = element(0x30, &[&element(0x06, &[SHA256.0])]);
        let none = element(0x30, &[]);
        let hashes: Vec<u8> = hashes.iter().flat_map(|it| element(0x04, &[it])).collect();
        element(0x30, &[&algorithm, &none, &none, &element(0x30, &[&hashes]), more])
    }

    #[test]
    fn hash_index_has_the_hashes_of_attribute_values_and_their_algorithm() {
        let bytes = index(&[b"one", b"two"], &[]);
        let attribute_values = vec![&b"one"[..], b"two"];
        let expected = HashIndex { algorithm: SHA256, attribute_values };
        assert_eq!(parse_hash_index(&bytes), Some(expected));
        assert!(
            parse_hash_index(&index(&[], &[])).is_some_and(|it| it.attribute_values.is_empty())
        );
    }

    #[test]
    fn hash_index_of_another_form_is_none() {
        let bytes = index(&[b"one"], &[]);
        for end in 0..bytes.len() {
            assert_eq!(parse_hash_index(bytes.get(..end).unwrap_or_default()), None, "{end}");
        }
        assert_eq!(parse_hash_index(&index(&[b"one"], &element(0x30, &[]))), None, "a field more");
        // That of version 2 may leave out the algorithm.
        let none = element(0x30, &[]);
        assert_eq!(parse_hash_index(&element(0x30, &[&none, &none, &none])), None);
        let many = vec![&b"x"[..]; limits::ATTRIBUTES + 1];
        assert_eq!(parse_hash_index(&index(&many, &[])), None, "too many");
        assert!(parse_hash_index(&index(many.get(1..).unwrap_or_default(), &[])).is_some());
    }
}
