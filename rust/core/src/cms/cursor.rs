//! An element reader that knows the object it stands in, so that every error can say its byte.

use std::borrow::Cow;

use super::algorithms::{AlgorithmIdentifier, parse_algorithm_content};
use super::error::{CmsError, Field};
use crate::asn1::oid::Oid;
use crate::asn1::reader::{self, Element, Reader, Tag};
use crate::asn1::values::parse_u32;
use crate::limits;

/// Where an object lies, to turn positions inside it into offsets. Addresses never leave this
/// module.
#[derive(Clone, Copy)]
pub(super) struct Object {
    start: usize,
    end: usize,
}

impl Object {
    pub(super) fn of(bytes: &[u8]) -> Self {
        let start = bytes.as_ptr().addr();
        Self { start, end: start.wrapping_add(bytes.len()) }
    }

    fn offset(self, at: &[u8]) -> usize {
        at.as_ptr().addr().wrapping_sub(self.start)
    }

    fn ends_with(self, raw: &[u8]) -> bool {
        raw.as_ptr().addr().wrapping_add(raw.len()) == self.end
    }

    #[cold]
    pub(super) fn error(self, expected: Field, found: reader::Error, at: &[u8]) -> CmsError {
        CmsError { expected, found, offset: self.offset(at) }
    }
}

impl core::fmt::Debug for Object {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Object({} bytes)", self.end.wrapping_sub(self.start))
    }
}

/// A cursor over the elements of one level of an object.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    reader: Reader<'a>,
    object: Object,
}

impl<'a> Cursor<'a> {
    pub(super) const fn new(bytes: &'a [u8], object: Object) -> Self {
        Self { reader: Reader::new(bytes), object }
    }

    /// A cursor over the content of an element of the same object.
    pub(super) const fn inside(&self, element: &Element<'a>) -> Self {
        Self::new(element.content, self.object)
    }

    pub(super) const fn object(&self) -> Object {
        self.object
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.reader.is_empty()
    }

    /// What has not been read yet.
    pub(super) const fn rest(&self) -> &'a [u8] {
        self.reader.rest()
    }

    pub(super) fn peek_tag(&self) -> Option<Tag> {
        self.reader.peek_tag()
    }

    /// An error about what stands at the cursor.
    pub(super) fn error(&self, expected: Field, found: reader::Error) -> CmsError {
        self.object.error(expected, found, self.reader.rest())
    }

    #[inline]
    pub(super) fn read_any(&mut self, field: Field) -> Result<Element<'a>, CmsError> {
        let before = self.reader.rest();
        let element =
            self.reader.read_element().map_err(|found| self.object.error(field, found, before))?;
        self.check_terminated(&element, field)?;
        Ok(element)
    }

    #[inline]
    pub(super) fn read(&mut self, tag: Tag, field: Field) -> Result<Element<'a>, CmsError> {
        let before = self.reader.rest();
        let element =
            self.reader.read(tag).map_err(|found| self.object.error(field, found, before))?;
        self.check_terminated(&element, field)?;
        Ok(element)
    }

    #[inline]
    pub(super) fn read_optional(
        &mut self,
        tag: Tag,
        field: Field,
    ) -> Result<Option<Element<'a>>, CmsError> {
        if self.peek_tag() == Some(tag) { self.read_any(field).map(Some) } else { Ok(None) }
    }

    /// RULES 32: an end-of-contents may be missing only at the very end of the object.
    fn check_terminated(&self, element: &Element<'a>, field: Field) -> Result<(), CmsError> {
        if element.unterminated && !self.object.ends_with(element.raw) {
            return Err(self.object.error(field, reader::Error::Malformed, element.raw));
        }
        Ok(())
    }

    /// A version: a number that decides nothing (RULES 7); what no version can be is `u32::MAX`.
    pub(super) fn read_version(&mut self) -> Result<u32, CmsError> {
        self.read(Tag::INTEGER, Field::Version).map(|element| small_number(element.content))
    }

    pub(super) fn read_oid(&mut self, field: Field) -> Result<Oid<'a>, CmsError> {
        let element = self.read(Tag::OID, field)?;
        match element.content.last() {
            Some(last) if last & 0x80 == 0 => {}
            _ => {
                let found = reader::Error::Malformed;
                return Err(self.object.error(field, found, element.raw));
            }
        }
        if element.content.len() > limits::OID_BYTES {
            let found = reader::Error::Limit;
            return Err(self.object.error(field, found, element.raw));
        }
        Ok(Oid(element.content))
    }

    pub(super) fn read_algorithm(
        &mut self,
        field: Field,
    ) -> Result<AlgorithmIdentifier<'a>, CmsError> {
        let element = self.read(Tag::SEQUENCE, field)?;
        self.algorithm(&element, field)
    }

    /// The algorithm in an element that may carry an implicit tag instead of SEQUENCE.
    pub(super) fn algorithm(
        &self,
        element: &Element<'a>,
        field: Field,
    ) -> Result<AlgorithmIdentifier<'a>, CmsError> {
        parse_algorithm_content(element.content)
            .map_err(|found| self.object.error(field, found, element.raw))
    }

    /// The value octets of a string that must be OCTET STRING, primitive or constructed.
    pub(super) fn read_octets(&mut self, field: Field) -> Result<Cow<'a, [u8]>, CmsError> {
        let before = *self;
        let element = self.read_any(field)?;
        if !element.tag.same_type(Tag::OCTET_STRING) {
            let (expected, found) = (Tag::OCTET_STRING, element.tag);
            return Err(before.error(field, reader::Error::UnexpectedTag { expected, found }));
        }
        before.octets(&element, field)
    }

    /// The value octets of a string under any tag: borrowed when in one piece.
    pub(super) fn octets(
        &self,
        element: &Element<'a>,
        field: Field,
    ) -> Result<Cow<'a, [u8]>, CmsError> {
        string_octets(element).map_err(|found| self.object.error(field, found, element.raw))
    }
}

/// The value octets of an OCTET STRING under any tag: borrowed when in one piece, else joined.
pub(super) fn string_octets<'a>(element: &Element<'a>) -> reader::Result<Cow<'a, [u8]>> {
    if !element.tag.is_constructed() {
        return Ok(Cow::Borrowed(element.content));
    }
    let pieces = element.string_pieces(Tag::OCTET_STRING)?;
    match pieces.as_slice() {
        [piece] => Ok(Cow::Borrowed(piece)),
        _ => Ok(Cow::Owned(pieces.concat())),
    }
}

/// A small unsigned INTEGER from its content octets; empty, negative and larger ones are
/// `u32::MAX`.
pub(super) fn small_number(content: &[u8]) -> u32 {
    parse_u32(content).unwrap_or(u32::MAX)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::fixtures::object_identifier;
    use super::*;

    #[test]
    fn rule_43_object_identifier_beyond_the_cap_is_a_limit() {
        for (octets, is_read) in [(limits::OID_BYTES, true), (limits::OID_BYTES + 1, false)] {
            let bytes = object_identifier(Oid(&vec![0x2a; octets]));
            let read = Cursor::new(&bytes, Object::of(&bytes)).read_oid(Field::ContentType);
            assert_eq!(read.is_ok(), is_read, "{octets}");
            assert!(is_read || read.unwrap_err().is_limit());
        }
    }
}
