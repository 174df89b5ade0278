//! ContentInfo: the outermost structure, an object identifier and what it names (RFC 5652 §3).
//!
//! A bare SignedData or EnvelopedData without ContentInfo is refused here; inside another CMS
//! object, where the encapsulating type names the content, [`parse_inner_content`] opens it.

use super::cursor::{Cursor, Object};
use super::error::{CmsError, Field};
use super::quirk::{CmsQuirks, Quirk};
use crate::asn1::oid::{self, Oid};
use crate::asn1::reader::{self, Element, Reader, Tag};
use crate::codes::codes;

codes! {
    /// What a content type names (RFC 5652 §3, with the later types of mail).
    pub enum ContentKind {
        Data = "data", "Plain content.";
        SignedData = "signed_data", "Signed content.";
        EnvelopedData = "enveloped_data", "Encrypted content.";
        AuthEnvelopedData = "auth_enveloped_data", "Encrypted content with an authentication code.";
        CompressedData = "compressed_data", "Compressed content.";
        DigestedData = "digested_data", "Content with its digest.";
        EncryptedData = "encrypted_data", "Content encrypted under a key that both sides know.";
        AuthenticatedData = "authenticated_data", "Content with an authentication code.";
        SignedAndEnvelopedData = "signed_and_enveloped_data", "Signed and encrypted content of PKCS#7, dropped by CMS.";
        TimeStampInfo = "time_stamp_info", "The statement of a time-stamping authority.";
        Other = "other", "A content type this program does not know.";
    }
}

impl ContentKind {
    /// Whether what it holds is ciphertext.
    #[must_use]
    pub const fn is_encrypted(self) -> bool {
        matches!(
            self,
            Self::EnvelopedData
                | Self::AuthEnvelopedData
                | Self::EncryptedData
                | Self::SignedAndEnvelopedData
        )
    }

    /// The kind that `content_type` names.
    #[must_use]
    pub fn of(content_type: Oid<'_>) -> Self {
        match content_type {
            oid::DATA => Self::Data,
            oid::SIGNED_DATA => Self::SignedData,
            oid::ENVELOPED_DATA => Self::EnvelopedData,
            oid::AUTH_ENVELOPED_DATA => Self::AuthEnvelopedData,
            oid::COMPRESSED_DATA => Self::CompressedData,
            oid::DIGESTED_DATA => Self::DigestedData,
            oid::ENCRYPTED_DATA => Self::EncryptedData,
            oid::AUTHENTICATED_DATA => Self::AuthenticatedData,
            oid::SIGNED_AND_ENVELOPED_DATA => Self::SignedAndEnvelopedData,
            oid::TST_INFO => Self::TimeStampInfo,
            _ => Self::Other,
        }
    }
}

/// RFC 5652 §3:
///
/// ```text
/// ContentInfo ::= SEQUENCE {
///   contentType ContentType,
///   content [0] EXPLICIT ANY DEFINED BY contentType }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ContentInfo<'a> {
    /// What the content is.
    pub content_type: Oid<'a>,
    /// The element inside the `[0]`.
    pub content: Element<'a>,
    /// The whole object, without what may follow it.
    pub raw: &'a [u8],
    /// Where offsets are counted from.
    pub(super) object: Object,
}

impl<'a> ContentInfo<'a> {
    /// What the content type names.
    #[must_use]
    pub fn kind(&self) -> ContentKind {
        ContentKind::of(self.content_type)
    }

    /// A cursor inside the content, which must be of type `content_type` and a SEQUENCE.
    pub(super) fn open(&self, content_type: Oid<'_>, field: Field) -> Result<Cursor<'a>, CmsError> {
        let level = Cursor::new(self.content.raw, self.object);
        if self.content_type != content_type {
            return Err(level.error(field, reader::Error::Malformed));
        }
        if self.content.tag != Tag::SEQUENCE {
            let (expected, found) = (Tag::SEQUENCE, self.content.tag);
            return Err(level.error(field, reader::Error::UnexpectedTag { expected, found }));
        }
        Ok(level.inside(&self.content))
    }
}

/// Parses a ContentInfo at the start of `bytes`.
///
/// What follows it, and end-of-contents missing at the end, are accepted as quirks (RULES 32).
///
/// # Errors
/// A [`CmsError`] when there is no ContentInfo, or its content is absent.
pub fn parse_content_info(bytes: &[u8]) -> Result<(ContentInfo<'_>, CmsQuirks), CmsError> {
    parse_terminated(bytes).or_else(|error| match error.is_limit() {
        true => Err(error),
        false => parse_unterminated(bytes).ok_or(error),
    })
}

/// The object as it should be, or cut off between two of its end-of-contents.
fn parse_terminated(bytes: &[u8]) -> Result<(ContentInfo<'_>, CmsQuirks), CmsError> {
    let mut quirks = CmsQuirks::EMPTY;
    let object = Object::of(bytes);
    let mut cursor = Cursor::new(bytes, object);
    let sequence = cursor.read(Tag::SEQUENCE, Field::ContentInfo)?;
    if !cursor.is_empty() {
        quirks.insert(Quirk::TrailingBytes);
    }
    let mut fields = cursor.inside(&sequence);
    let content_type = fields.read_oid(Field::ContentType)?;
    let wrapper = fields.read(Tag::context_constructed(0), Field::Content)?;
    let mut inner = fields.inside(&wrapper);
    let content = inner.read_any(Field::Content)?;
    if !fields.is_empty() || !inner.is_empty() {
        quirks.insert(Quirk::TrailingElements);
    }
    if sequence.unterminated || wrapper.unterminated || content.unterminated {
        quirks.insert(Quirk::MissingEndOfContents);
    }
    let info = ContentInfo { content_type, content, raw: sequence.raw, object };
    Ok((info, quirks))
}

/// RULES 32: an object of indefinite length that lacks end-of-contents and has something behind it all the same.
///
/// Nothing marks its end, so it is read from the front: the content ends where its own length or the last of its
/// fields does, and what follows counts as end-of-contents as far as it looks like some.
fn parse_unterminated(bytes: &[u8]) -> Option<(ContentInfo<'_>, CmsQuirks)> {
    let object = Object::of(bytes);
    let mut fields = Cursor::new(behind_open_tag(bytes, Tag::SEQUENCE)?, object);
    let content_type = fields.read_oid(Field::ContentType).ok()?;
    let open = behind_open_tag(fields.rest(), Tag::context_constructed(0));
    let wrapped = match open {
        Some(rest) => rest,
        None => fields.read(Tag::context_constructed(0), Field::Content).ok()?.content,
    };
    let content = Reader::new(wrapped).read_element().ok().or_else(|| open_to_the_end(wrapped))?;
    let (behind, markers) = match open {
        Some(rest) => (rest.get(content.raw.len()..).unwrap_or_default(), 4),
        None => (fields.rest(), 2),
    };
    let mut quirks = CmsQuirks::of(Quirk::MissingEndOfContents);
    // A single zero is half of an end-of-contents.
    let zeros = behind.iter().take(markers).take_while(|&&octet| octet == 0).count();
    if behind.len() > zeros {
        quirks.insert(Quirk::TrailingBytes);
    }
    Some((ContentInfo { content_type, content, raw: bytes, object }, quirks))
}

/// What stands behind the header of an element of indefinite length.
fn behind_open_tag(bytes: &[u8], tag: Tag) -> Option<&[u8]> {
    bytes.strip_prefix(&[tag.identifier, 0x80])
}

/// A SEQUENCE of indefinite length whose end is unknown, as all that is left.
fn open_to_the_end(bytes: &[u8]) -> Option<Element<'_>> {
    let content = behind_open_tag(bytes, Tag::SEQUENCE)?;
    Some(Element { tag: Tag::SEQUENCE, content, raw: bytes, indefinite: true, unterminated: true })
}

/// Opens content of a CMS type that lies directly inside another CMS object (RFC 5652 §2:
/// eContentType names it, so no ContentInfo stands around it).
///
/// # Errors
/// A [`CmsError`] when `bytes` do not start with an element.
pub fn parse_inner_content<'a>(
    content_type: Oid<'a>,
    bytes: &'a [u8],
) -> Result<(ContentInfo<'a>, CmsQuirks), CmsError> {
    let mut quirks = CmsQuirks::EMPTY;
    let object = Object::of(bytes);
    let mut cursor = Cursor::new(bytes, object);
    let content = cursor.read_any(Field::Content)?;
    if !cursor.is_empty() {
        quirks.insert(Quirk::TrailingBytes);
    }
    if content.unterminated {
        quirks.insert(Quirk::MissingEndOfContents);
    }
    let info = ContentInfo { content_type, content, raw: content.raw, object };
    Ok((info, quirks))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::super::fixtures::{self, DETACHED, DIGESTED, ENCRYPTED, OPAQUE, STREAM};
    use super::super::signed_data::parse_signed_data;
    use super::*;
    use crate::asn1::reader::Error;
    use crate::codes::Code;

    #[test]
    fn content_info_of_each_kind_is_named() {
        let kind = |bytes: &[u8]| parse_content_info(bytes).unwrap().0.kind();
        assert_eq!(kind(DETACHED), ContentKind::SignedData);
        assert_eq!(kind(fixtures::ENVELOPED), ContentKind::EnvelopedData);
        assert_eq!(kind(fixtures::AUTH_ENVELOPED), ContentKind::AuthEnvelopedData);
        assert_eq!(kind(DIGESTED), ContentKind::DigestedData);
        assert_eq!(kind(ENCRYPTED), ContentKind::EncryptedData);
        for (content_type, wanted) in [
            (oid::DATA, ContentKind::Data),
            (oid::COMPRESSED_DATA, ContentKind::CompressedData),
            (oid::AUTHENTICATED_DATA, ContentKind::AuthenticatedData),
            (oid::SIGNED_AND_ENVELOPED_DATA, ContentKind::SignedAndEnvelopedData),
            (oid::TST_INFO, ContentKind::TimeStampInfo),
            (Oid(&[0x2a, 3]), ContentKind::Other),
        ] {
            assert_eq!(kind(&fixtures::content_info(content_type, &[5, 0])), wanted);
        }
    }

    #[test]
    fn element_too_many_beside_or_inside_the_wrapper_is_a_quirk() {
        let oid = fixtures::object_identifier(oid::DATA);
        let beside = fixtures::element(0x30, &[&oid, &[0xa0, 2, 5, 0], &[5, 0]]);
        let inside = fixtures::element(0x30, &[&oid, &[0xa0, 4, 5, 0, 5, 0]]);
        for bytes in [beside, inside] {
            let (info, quirks) = parse_content_info(&bytes).unwrap();
            assert_eq!(quirks, CmsQuirks::of(Quirk::TrailingElements));
            assert_eq!(info.content.raw, [5, 0]);
        }
    }

    #[test]
    fn rule_32_end_of_contents_of_one_level_missing_at_the_end_is_a_quirk() {
        let oid = fixtures::object_identifier(oid::SIGNED_DATA);
        let sequence = [&[0x30, 0x80], &*oid, &[0xa0, 2, 0x30, 0]].concat();
        let wrapper = fixtures::element(0x30, &[&oid, &[0xa0, 0x80, 0x30, 0]]);
        let content = fixtures::element(0x30, &[&oid, &[0xa0, 4, 0x30, 0x80, 5, 0]]);
        for bytes in [sequence, wrapper, content] {
            let (_, quirks) = parse_content_info(&bytes).unwrap();
            assert_eq!(quirks, CmsQuirks::of(Quirk::MissingEndOfContents), "{bytes:?}");
        }
    }

    #[test]
    fn rule_32_bytes_after_the_object_are_a_quirk() {
        for tail in [&b"\0"[..], b"\0\0\0\0", b"\r\n", b"\x30", b"garbage"] {
            for object in [DETACHED, STREAM] {
                let bytes = [object, tail].concat();
                let (info, quirks) = parse_content_info(&bytes).unwrap();
                assert_eq!(quirks, CmsQuirks::of(Quirk::TrailingBytes));
                assert_eq!(info.raw, object);
                assert_eq!(parse_signed_data(&info).unwrap().signer_infos.len(), 1);
            }
        }
    }

    #[test]
    fn rule_32_end_of_contents_missing_at_the_end_is_a_quirk() {
        for missing in 1..=3 {
            let bytes = &STREAM[..STREAM.len() - 2 * missing];
            let (info, quirks) = parse_content_info(bytes).unwrap();
            assert_eq!(quirks, CmsQuirks::of(Quirk::MissingEndOfContents));
            let signed = parse_signed_data(&info).unwrap();
            let whole = fixtures::signer(STREAM);
            assert_eq!(signed.signer_infos[0].as_ref().unwrap().raw, whole.raw);
        }
    }

    #[test]
    fn rule_32_half_an_end_of_contents_at_the_end_is_a_quirk() {
        for octets in [1, 3, 5] {
            let bytes = &STREAM[..STREAM.len() - octets];
            let (info, quirks) = parse_content_info(bytes).unwrap();
            assert_eq!(quirks, CmsQuirks::of(Quirk::MissingEndOfContents), "{octets}");
            let signed = parse_signed_data(&info).unwrap();
            let whole = fixtures::signer(STREAM);
            assert_eq!(signed.signer_infos.len(), 1);
            assert_eq!(signed.signer_infos[0].as_ref().unwrap().raw, whole.raw);
        }
    }

    #[test]
    fn rule_32_end_of_contents_missing_before_garbage_is_a_quirk() {
        for missing in 1..=3 {
            for garbage in [&b"garbage"[..], b"\r\n", b"\x30", b"\xff\xff", b"--boundary--\n"] {
                let bytes = [&STREAM[..STREAM.len() - 2 * missing], garbage].concat();
                let (info, quirks) = parse_content_info(&bytes).unwrap();
                assert!(quirks.contains(Quirk::MissingEndOfContents), "{missing} {garbage:?}");
                // With all three missing, garbage lies inside the content.
                let is_behind = quirks.contains(Quirk::TrailingBytes);
                assert_eq!(is_behind, missing < 3, "{missing} {garbage:?}");
                let signed = parse_signed_data(&info).unwrap();
                let whole = fixtures::signer(STREAM);
                assert_eq!(signed.signer_infos.len(), 1);
                assert_eq!(signed.signer_infos[0].as_ref().unwrap().raw, whole.raw);
            }
        }
    }

    #[test]
    fn end_of_contents_missing_inside_the_object_is_refused() {
        let open = [&[0xa0, 0x80][..], &[5, 0]].concat();
        let oid = fixtures::object_identifier(oid::DATA);
        let bytes = [fixtures::element(0x30, &[&oid, &open]), vec![1, 1, 1]].concat();
        let error = parse_content_info(&bytes).unwrap_err();
        assert_eq!((error.expected, error.found), (Field::Content, Error::Malformed));
    }

    #[test]
    fn content_info_cut_short_is_an_error_at_its_byte() {
        let error = parse_content_info(&DETACHED[..DETACHED.len() - 1]).unwrap_err();
        assert_eq!((error.found, error.offset), (Error::Truncated, 0));
        let error = parse_content_info(b"").unwrap_err();
        assert_eq!((error.expected, error.found), (Field::ContentInfo, Error::Truncated));
        let mut damaged = DETACHED.to_vec();
        damaged[4] = 0x05;
        let error = parse_content_info(&damaged).unwrap_err();
        assert_eq!((error.expected, error.offset), (Field::ContentType, 4));
        assert!(matches!(error.found, Error::UnexpectedTag { .. }));
    }

    #[test]
    fn signed_data_without_content_info_is_refused_but_opened_as_inner_content() {
        let bare = parse_content_info(OPAQUE).unwrap().0.content.raw;
        assert!(parse_content_info(bare).is_err());
        let (info, quirks) = parse_inner_content(oid::SIGNED_DATA, bare).unwrap();
        assert!(quirks.is_empty());
        assert_eq!(parse_signed_data(&info).unwrap().signer_infos.len(), 1);
    }

    #[test]
    fn content_info_without_content_is_refused() {
        let bytes = fixtures::element(0x30, &[&fixtures::object_identifier(oid::DATA)]);
        assert_eq!(parse_content_info(&bytes).unwrap_err().expected, Field::Content);
    }

    #[test]
    fn kind_that_holds_ciphertext_is_encrypted_and_no_other_is() {
        let encrypted: Vec<_> = ContentKind::ALL
            .iter()
            .filter(|kind| kind.is_encrypted())
            .map(|kind| kind.code())
            .collect();
        assert_eq!(
            encrypted,
            [
                "enveloped_data",
                "auth_enveloped_data",
                "encrypted_data",
                "signed_and_enveloped_data"
            ]
        );
    }
}
