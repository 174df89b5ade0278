//! EncapsulatedContentInfo: the content of SignedData and CompressedData (RFC 5652 §5.2; RFC 2315
//! §7).

use super::cursor::Cursor;
use super::error::{CmsError, Field};
use super::quirk::{CmsQuirks, Quirk};
use crate::asn1::oid::Oid;
use crate::asn1::reader::{self, Element, Tag};

/// The content, as far as it is there (RULES 5).
#[derive(Clone, Debug)]
pub enum EncapsulatedContent<'a> {
    /// Not in the object: the signature is detached.
    Absent,
    /// The value octets of the OCTET STRING, in order, over all its constructed levels.
    Octets(Vec<&'a [u8]>),
    /// PKCS#7 content of another type; digests cover its `content`, without tag and length (RFC
    /// 2315 §9.3).
    Other(Element<'a>),
}

impl<'a> EncapsulatedContent<'a> {
    /// The octets that digests cover, in pieces; `None` when the content is not in the object.
    #[must_use]
    pub fn pieces(&self) -> Option<&[&'a [u8]]> {
        match self {
            Self::Absent => None,
            Self::Octets(pieces) => Some(pieces),
            Self::Other(element) => Some(core::slice::from_ref(&element.content)),
        }
    }

    /// Total of the octets that digests cover.
    #[must_use]
    pub fn octet_count(&self) -> usize {
        self.pieces().map_or(0, |p| p.iter().map(|s| s.len()).sum())
    }
}

/// RFC 5652 §5.2:
///
/// ```text
/// EncapsulatedContentInfo ::= SEQUENCE {
///   eContentType ContentType,
///   eContent [0] EXPLICIT OCTET STRING OPTIONAL }
/// ```
#[derive(Clone, Debug)]
pub struct EncapsulatedContentInfo<'a> {
    /// `eContentType`.
    pub content_type: Oid<'a>,
    /// `eContent`.
    pub content: EncapsulatedContent<'a>,
}

/// Reads the SEQUENCE at `cursor`.
pub(super) fn read_encapsulated_content<'a>(
    cursor: &mut Cursor<'a>,
    quirks: &mut CmsQuirks,
) -> Result<EncapsulatedContentInfo<'a>, CmsError> {
    let sequence = cursor.read(Tag::SEQUENCE, Field::EncapsulatedContentInfo)?;
    let mut fields = cursor.inside(&sequence);
    let content_type = fields.read_oid(Field::EncapsulatedContentType)?;
    let wrapper = fields.read_optional(Tag::context_constructed(0), Field::EncapsulatedContent)?;
    if !fields.is_empty() {
        quirks.insert(Quirk::TrailingElements);
    }
    let content = match wrapper {
        None => EncapsulatedContent::Absent,
        Some(wrapper) => read_wrapped(fields.inside(&wrapper), quirks)?,
    };
    Ok(EncapsulatedContentInfo { content_type, content })
}

fn read_wrapped<'a>(
    mut cursor: Cursor<'a>,
    quirks: &mut CmsQuirks,
) -> Result<EncapsulatedContent<'a>, CmsError> {
    if cursor.is_empty() {
        quirks.insert(Quirk::EmptyContentWrapper);
        return Ok(EncapsulatedContent::Absent);
    }
    let before = cursor;
    let element = cursor.read_any(Field::EncapsulatedContent)?;
    if !cursor.is_empty() {
        // Two contents under one signature: a reader that takes the other one would show unsigned
        // text.
        return Err(cursor.error(Field::EncapsulatedContent, reader::Error::Malformed));
    }
    if !element.tag.same_type(Tag::OCTET_STRING) {
        quirks.insert(Quirk::NonOctetStringContent);
        return Ok(EncapsulatedContent::Other(element));
    }
    element
        .string_pieces(Tag::OCTET_STRING)
        .map(EncapsulatedContent::Octets)
        .map_err(|found| before.error(Field::EncapsulatedContent, found))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::super::content_info::parse_content_info;
    use super::super::fixtures::{
        CONTENT, DETACHED, OPAQUE, RECEIPT_TYPE, STREAM, element, indefinite, object_identifier,
        signed_data, signed_parts,
    };
    use super::super::signed_data::parse_signed_data;
    use super::*;
    use crate::asn1::oid;

    /// A SignedData with the encoded `[0]` given.
    fn object(wrapper: &[u8]) -> Vec<u8> {
        let content = element(0x30, &[&object_identifier(oid::DATA), wrapper]);
        signed_parts(&element(0x31, &[]), &content, &[], &[])
    }

    fn joined(bytes: &[u8]) -> Vec<u8> {
        signed_data(bytes).content.pieces().unwrap().concat()
    }

    #[test]
    fn content_of_detached_signature_is_absent() {
        assert!(matches!(signed_data(DETACHED).content, EncapsulatedContent::Absent));
        assert_eq!(signed_data(DETACHED).content.pieces(), None);
    }

    #[test]
    fn rule_05_content_is_the_value_octets_over_all_pieces() {
        assert_eq!(joined(OPAQUE), CONTENT);
        let long = [CONTENT, &b"One more line of text.\r\n".repeat(500)].concat();
        assert_eq!(joined(STREAM), long);
        assert!(signed_data(STREAM).content.pieces().unwrap().len() > 1);
        let nested = indefinite(
            0x24,
            &[
                &element(0x04, &[b"a"]),
                &indefinite(
                    0x24,
                    &[&element(0x04, &[b"b"]), &element(0x24, &[&element(0x04, &[b"c"])])],
                ),
                &element(0x04, &[]),
            ],
        );
        let bytes = object(&indefinite(0xa0, &[&nested]));
        assert_eq!(joined(&bytes), b"abc");
        assert_eq!(signed_data(&bytes).content.octet_count(), 3);
    }

    #[test]
    fn rule_05_content_of_another_type_is_its_octets_without_tag_and_length() {
        let inner = element(0x30, &[&[0x02, 1, 7]]);
        let bytes = object(&element(0xa0, &[&inner]));
        assert_eq!(joined(&bytes), [0x02, 1, 7]);
        assert!(signed_data(&bytes).quirks.contains(Quirk::NonOctetStringContent));
        let bytes = object(&indefinite(0xa0, &[&indefinite(0x30, &[&[0x02, 1, 7]])]));
        assert_eq!(joined(&bytes), [0x02, 1, 7]);
    }

    #[test]
    fn content_with_empty_wrapper_is_absent_with_a_quirk() {
        let bytes = object(&element(0xa0, &[]));
        assert_eq!(signed_data(&bytes).content.pieces(), None);
        assert!(signed_data(&bytes).quirks.contains(Quirk::EmptyContentWrapper));
        let empty = object(&indefinite(0xa0, &[&indefinite(0x24, &[])]));
        assert_eq!(joined(&empty), b"");
    }

    #[test]
    fn content_beside_another_content_is_refused() {
        let octets = element(0x04, &[b"text"]);
        let bytes = object(&element(0xa0, &[&octets, &octets]));
        let info = parse_content_info(&bytes).unwrap().0;
        assert_eq!(parse_signed_data(&info).unwrap_err().expected, Field::EncapsulatedContent);
    }

    #[test]
    fn content_type_is_that_of_the_content() {
        assert_eq!(signed_data(DETACHED).content_type, oid::DATA);
        assert_eq!(signed_data(RECEIPT_TYPE).content_type.to_string(), "1.2.840.113549.1.9.16.1.1");
    }
}
