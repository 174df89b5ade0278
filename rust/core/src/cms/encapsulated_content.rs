//! EncapsulatedContentInfo: the content of SignedData and CompressedData (RFC 5652 §5.2; RFC 2315 §7).

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
    /// PKCS#7 content of another type; digests cover its `content`, without tag and length (RFC 2315 §9.3).
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
    Ok(EncapsulatedContentInfo {
        content_type,
        content,
    })
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
        // Two contents under one signature: a reader that takes the other one would show unsigned text.
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
