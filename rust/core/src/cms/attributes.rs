//! Attribute: an object identifier and a set of values (RFC 5652 §5.3), and lists of them.
//!
//! Values are cut out only when asked for. What single attributes mean is in
//! [`super::signed_attributes`] and [`super::ess`].

use super::cursor::{Cursor, Object};
use super::error::{CmsError, Field};
use crate::asn1::oid::Oid;
use crate::asn1::reader::{self, Element, Reader, Tag};
use crate::codes::codes;
use crate::limits;

codes! {
    /// Why an attribute does not say what it should (RULES 3).
    pub enum AttributeFault {
        Missing = "attribute_missing", "The attribute is missing.";
        Repeated = "attribute_repeated", "The attribute stands there more than once.";
        NoValue = "attribute_without_value", "The attribute has no value.";
        SeveralValues = "attribute_with_several_values", "The attribute has more than one value.";
        WrongType = "attribute_of_wrong_type", "The value of the attribute is not of its type.";
        Mismatch = "attribute_mismatch", "The value of the attribute contradicts the message.";
    }
}

/// RFC 5652 §5.3:
///
/// ```text
/// Attribute ::= SEQUENCE {
///   attrType OBJECT IDENTIFIER,
///   attrValues SET OF AttributeValue }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Attribute<'a> {
    /// `attrType`.
    pub oid: Oid<'a>,
    /// `attrValues`, the SET itself.
    pub values: Element<'a>,
    /// The whole Attribute.
    pub raw: &'a [u8],
}

impl<'a> Attribute<'a> {
    /// The values in order; ends after the first that cannot be read.
    pub fn values(&self) -> impl Iterator<Item = reader::Result<Element<'a>>> + use<'a> {
        let mut rest = Some(self.values.reader());
        core::iter::from_fn(move || {
            let reader = rest.as_mut().filter(|reader| !reader.is_empty())?;
            let value = reader.read_element();
            if value.is_err() {
                rest = None;
            }
            Some(value)
        })
    }

    /// The only value.
    ///
    /// # Errors
    /// [`AttributeFault::NoValue`], [`AttributeFault::SeveralValues`],
    /// [`AttributeFault::WrongType`].
    pub fn single_value(&self) -> Result<Element<'a>, AttributeFault> {
        let mut reader: Reader<'a> = self.values.reader();
        if reader.is_empty() {
            return Err(AttributeFault::NoValue);
        }
        let value = reader.read_element().map_err(|_| AttributeFault::WrongType)?;
        if reader.is_empty() { Ok(value) } else { Err(AttributeFault::SeveralValues) }
    }
}

/// The only value of the only attribute `oid` of `list`; `None` when there is no such attribute.
///
/// # Errors
/// [`AttributeFault::Repeated`], or as [`Attribute::single_value`].
pub fn single_value_of<'a>(
    list: &[Attribute<'a>],
    oid: Oid<'_>,
) -> Result<Option<Element<'a>>, AttributeFault> {
    let mut named = list.iter().filter(|attribute| attribute.oid == oid);
    let Some(attribute) = named.next() else {
        return Ok(None);
    };
    if named.next().is_some() {
        return Err(AttributeFault::Repeated);
    }
    attribute.single_value().map(Some)
}

/// Reads one Attribute at `cursor`.
fn read_attribute<'a>(cursor: &mut Cursor<'a>) -> Result<Attribute<'a>, CmsError> {
    let sequence = cursor.read(Tag::SEQUENCE, Field::Attribute)?;
    let mut fields = cursor.inside(&sequence);
    let oid = fields.read_oid(Field::AttributeType)?;
    let values = fields.read(Tag::SET, Field::AttributeValues)?;
    if !fields.is_empty() {
        return Err(fields.error(Field::Attribute, reader::Error::Malformed));
    }
    Ok(Attribute { oid, values, raw: sequence.raw })
}

/// Attributes that were read, and what stopped the reading before the end.
pub(super) struct AttributeList<'a> {
    pub(super) list: Vec<Attribute<'a>>,
    pub(super) error: Option<CmsError>,
}

/// Reads the attributes of a SET's content, up to the first that is none and to
/// [`limits::ATTRIBUTES`].
pub(super) fn read_attributes(content: &[u8], object: Object) -> AttributeList<'_> {
    let mut cursor = Cursor::new(content, object);
    let mut list = Vec::with_capacity(8.min(content.len() / 4));
    while !cursor.is_empty() {
        if list.len() == limits::ATTRIBUTES {
            let error = Some(cursor.error(Field::Attribute, reader::Error::Limit));
            return AttributeList { list, error };
        }
        match read_attribute(&mut cursor) {
            Ok(attribute) => list.push(attribute),
            Err(error) => {
                let error = Some(error);
                return AttributeList { list, error };
            }
        }
    }
    AttributeList { list, error: None }
}

/// RULES 2: whether content starts as the SET OF Attribute of a signature does.
///
/// A signature over attributes can be passed off as one over content that *is* those attributes.
/// Tags are compared and lengths skipped, not used, so that the answer is the same before and after
/// a conversion of line ends.
#[must_use]
pub fn looks_like_signed_attributes(pieces: &[&[u8]]) -> bool {
    let mut octets = pieces.iter().flat_map(|piece| piece.iter().copied());
    if octets.next() != Some(0x31) || skip_length(&mut octets).is_none() {
        return false;
    }
    if octets.next() != Some(0x30) || skip_length(&mut octets).is_none() {
        return false;
    }
    if octets.next() != Some(0x06) {
        return false;
    }
    let Some(length) = skip_length(&mut octets) else {
        return false;
    };
    (1..=limits::OID_BYTES).contains(&length) && octets.nth(length) == Some(0x31)
}

/// Takes length octets (X.690 §8.1.3) and gives their value, 0 for an indefinite or huge one.
fn skip_length(octets: &mut impl Iterator<Item = u8>) -> Option<usize> {
    let first = octets.next()?;
    if first < 0x80 {
        return Some(usize::from(first));
    }
    let mut length = 0_usize;
    for _ in 0..first & 0x7f {
        let octet = usize::from(octets.next()?);
        length = length.checked_mul(256).unwrap_or(0) | octet;
    }
    Some(length)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::super::fixtures::{
        self, CONTENT, DETACHED, attribute, content_type_attribute, element, indefinite, signer,
    };
    use super::*;

    fn list(content: &[u8]) -> AttributeList<'_> {
        read_attributes(content, Object::of(content))
    }

    #[test]
    fn rule_02_attributes_passed_off_as_content_are_recognised() {
        let attributes = signer(DETACHED).signed_attributes.unwrap();
        let [tag, rest] = attributes.as_set();
        assert!(looks_like_signed_attributes(&[tag, rest]));
        let whole = [tag, rest].concat();
        assert!(looks_like_signed_attributes(&[&whole]));
        let single: Vec<&[u8]> = whole.chunks(1).collect();
        assert!(looks_like_signed_attributes(&single));
        let lines = whole.split(|&octet| octet == b'\n').collect::<Vec<_>>().join(&b"\r\n"[..]);
        assert!(looks_like_signed_attributes(&[&lines]));
        let indefinite = indefinite(0x31, &[&indefinite(0x30, &[&whole[5..], &[0; 4]])]);
        assert!(looks_like_signed_attributes(&[&indefinite]));
    }

    #[test]
    fn rule_02_other_content_is_not_taken_for_attributes() {
        let name = element(0x31, &[&element(0x30, &[b"\x06\x03\x55\x04\x03\x0c\x01a"])]);
        for content in [b"", CONTENT, b"1", b"1:0Text", b"100 words", DETACHED, &name] {
            assert!(!looks_like_signed_attributes(&[content]));
        }
        assert!(!looks_like_signed_attributes(&[]));
    }

    #[test]
    fn rule_02_attributes_with_lengths_longer_than_need_be_are_recognised() {
        let attribute = [&b"\x06\x82\x00\x09"[..], &[0x2a; 9], b"\x31\x00"].concat();
        let content = element(0x31, &[&element(0x30, &[&attribute])]);
        assert!(looks_like_signed_attributes(&[&content]));
        // An identifier has no indefinite length, whatever stands where it might end.
        let endless = [&b"\x31\x80\x30\x80\x06\x80"[..], &[0x2a; 0x80], b"\x31\x00"].concat();
        assert!(!looks_like_signed_attributes(&[&endless]));
    }

    #[test]
    fn attributes_are_read_in_order_with_their_values() {
        let bytes =
            [content_type_attribute(), attribute(Oid(&[0x2a]), &[&[5, 0], &[5, 0]])].concat();
        let attributes = list(&bytes);
        assert!(attributes.error.is_none());
        assert_eq!(attributes.list.len(), 2);
        assert_eq!(attributes.list[0].raw, content_type_attribute());
        assert_eq!(attributes.list[0].values().count(), 1);
        assert_eq!(attributes.list[1].values().count(), 2);
    }

    #[test]
    fn rule_03_single_value_is_neither_none_nor_two() {
        let oid = Oid(&[0x2a]);
        for (values, fault) in [
            (&[][..], AttributeFault::NoValue),
            (&[&[5, 0][..], &[5, 0]][..], AttributeFault::SeveralValues),
            (&[&[5, 9][..]][..], AttributeFault::WrongType),
        ] {
            let bytes = attribute(oid, values);
            assert_eq!(single_value_of(&list(&bytes).list, oid), Err(fault));
        }
        let twice = attribute(oid, &[&[5, 0]]).repeat(2);
        assert_eq!(single_value_of(&list(&twice).list, oid), Err(AttributeFault::Repeated));
        assert_eq!(single_value_of(&list(&twice).list, Oid(&[0x2b])), Ok(None));
    }

    #[test]
    fn attribute_that_is_none_is_an_error_at_its_byte() {
        for (broken, field) in [
            (element(0x31, &[]), Field::Attribute),
            (element(0x30, &[]), Field::AttributeType),
            (element(0x30, &[&[6, 0], &[0x31, 0]]), Field::AttributeType),
            (element(0x30, &[&[6, 1, 0x80], &[0x31, 0]]), Field::AttributeType),
            (element(0x30, &[&[6, 1, 0x2a], &[0x30, 0]]), Field::AttributeValues),
            (element(0x30, &[&[6, 1, 0x2a], &[0x31, 0], &[5, 0]]), Field::Attribute),
        ] {
            let bytes = [content_type_attribute(), broken].concat();
            let attributes = list(&bytes);
            let error = attributes.error.unwrap();
            assert_eq!(attributes.list.len(), 1);
            assert_eq!(error.expected, field);
            assert!(error.offset >= content_type_attribute().len());
        }
    }

    #[test]
    fn rule_43_signed_attributes_beyond_the_cap_are_an_error() {
        let many = attribute(Oid(&[0x2a]), &[]).repeat(limits::ATTRIBUTES + 1);
        let signer = fixtures::signer_info_with(&element(0xa0, &[&many]), &[]);
        let bytes = fixtures::signed(&[&signer]);
        let signers = fixtures::signed_data(&bytes).signer_infos;
        assert!(signers[0].as_ref().unwrap_err().is_limit());
    }
}
