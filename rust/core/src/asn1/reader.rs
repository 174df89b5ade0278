//! Elements cut out of bytes: tag, length and content as slices of the input (X.690 §8.1).
//!
//! Definite lengths cost one look at the header. Indefinite lengths are closed by counting open ends over the
//! nested headers, so depth costs a counter, not stack. A length never causes an allocation.

use crate::limits;

/// Identifier octets (X.690 §8.1.2): class and form in the upper bits of `identifier`, number beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tag {
    /// First identifier octet.
    pub identifier: u8,
    /// Tag number; equals the low five bits of `identifier` for numbers below 31.
    pub number: u32,
}

impl Tag {
    /// BOOLEAN.
    pub const BOOLEAN: Self = Self::low(0x01);
    /// INTEGER.
    pub const INTEGER: Self = Self::low(0x02);
    /// BIT STRING, primitive.
    pub const BIT_STRING: Self = Self::low(0x03);
    /// OCTET STRING, primitive.
    pub const OCTET_STRING: Self = Self::low(0x04);
    /// OCTET STRING, constructed.
    pub const OCTET_STRING_CONSTRUCTED: Self = Self::low(0x24);
    /// NULL.
    pub const NULL: Self = Self::low(0x05);
    /// OBJECT IDENTIFIER.
    pub const OID: Self = Self::low(0x06);
    /// ENUMERATED.
    pub const ENUMERATED: Self = Self::low(0x0a);
    /// UTF8String.
    pub const UTF8_STRING: Self = Self::low(0x0c);
    /// SEQUENCE and SEQUENCE OF.
    pub const SEQUENCE: Self = Self::low(0x30);
    /// SET and SET OF.
    pub const SET: Self = Self::low(0x31);
    /// UTCTime.
    pub const UTC_TIME: Self = Self::low(0x17);
    /// GeneralizedTime.
    pub const GENERALIZED_TIME: Self = Self::low(0x18);

    /// A tag with a number below 31, from its identifier octet.
    #[must_use]
    pub const fn low(identifier: u8) -> Self {
        Self { identifier, number: (identifier & 0x1f) as u32 }
    }

    /// Context-specific, constructed: `[number]` around other elements (number below 31).
    #[must_use]
    pub const fn context_constructed(number: u8) -> Self {
        Self::low(0xa0 | number)
    }

    /// Context-specific, primitive: implicit `[number]` (number below 31).
    #[must_use]
    pub const fn context_primitive(number: u8) -> Self {
        Self::low(0x80 | number)
    }

    /// Whether the content is a series of elements.
    #[must_use]
    pub const fn is_constructed(self) -> bool {
        self.identifier & 0x20 != 0
    }

    /// Class and number without the form: equal for a string and its constructed form.
    #[must_use]
    pub const fn same_type(self, other: Self) -> bool {
        self.identifier & 0xc0 == other.identifier & 0xc0 && self.number == other.number
    }
}

/// One element, all slices of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element<'a> {
    /// Identifier.
    pub tag: Tag,
    /// Content octets, without header and end-of-contents.
    pub content: &'a [u8],
    /// The whole encoding: header, content and end-of-contents.
    pub raw: &'a [u8],
    /// The length was indefinite (X.690 §8.1.3.6).
    pub indefinite: bool,
    /// The input ended before the end-of-contents; the content is what there is (RULES 32).
    pub unterminated: bool,
}

/// Why bytes are not the element that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// The input ended inside an element.
    Truncated,
    /// Another tag than the expected one.
    UnexpectedTag {
        /// What the grammar asks for.
        expected: Tag,
        /// What stands there.
        found: Tag,
    },
    /// A header that no encoding rule allows, or a value outside its type.
    Malformed,
    /// More nesting or nodes than [`limits`] allows.
    Limit,
}

/// Result of reading.
pub type Result<T> = core::result::Result<T, Error>;

/// A cursor over the elements of one level.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A reader at the start of `bytes`.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What has not been read yet.
    #[must_use]
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Whether nothing is left.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The tag of the next element, or `None` at the end or at bytes that are no tag.
    #[must_use]
    pub fn peek_tag(&self) -> Option<Tag> {
        read_tag(self.rest).ok().map(|(tag, _)| tag)
    }

    /// Reads the next element, whatever it is.
    ///
    /// # Errors
    /// [`Error::Truncated`], [`Error::Malformed`] or [`Error::Limit`]; the position is then unchanged.
    #[inline]
    pub fn read_element(&mut self) -> Result<Element<'a>> {
        // Nearly all: one octet of tag, and a length in one octet or in two behind the mark of that.
        let (identifier, length, after) = match self.rest {
            [identifier, length @ 0..=0x7f, after @ ..] => {
                (*identifier, usize::from(*length), after)
            }
            [identifier, 0x82, high, low, after @ ..] => {
                (*identifier, usize::from(*high) << 8 | usize::from(*low), after)
            }
            _ => return self.read_element_of_any_form(),
        };
        if identifier & 0x1f != 0x1f
            && let Some((content, rest)) = after.split_at_checked(length)
            && let Some(raw) = self.rest.get(..self.rest.len() - rest.len())
        {
            self.rest = rest;
            let tag = Tag::low(identifier);
            return Ok(Element { tag, content, raw, indefinite: false, unterminated: false });
        }
        self.read_element_of_any_form()
    }

    fn read_element_of_any_form(&mut self) -> Result<Element<'a>> {
        let header = read_header(self.rest)?;
        let (_, after_header) =
            self.rest.split_at_checked(header.octets).ok_or(Error::Truncated)?;
        let element = match header.length {
            Length::Definite(length) => {
                let (content, rest) =
                    after_header.split_at_checked(length).ok_or(Error::Truncated)?;
                let raw = self.rest.get(..header.octets + length).ok_or(Error::Truncated)?;
                self.rest = rest;
                Element { tag: header.tag, content, raw, indefinite: false, unterminated: false }
            }
            Length::Indefinite => {
                let end = scan_end_of_contents(after_header)?;
                let content = after_header.get(..end.content).ok_or(Error::Truncated)?;
                let used = header.octets + end.content + end.marker;
                let (raw, rest) = self.rest.split_at_checked(used).ok_or(Error::Truncated)?;
                self.rest = rest;
                let unterminated = end.marker < 2;
                Element { tag: header.tag, content, raw, indefinite: true, unterminated }
            }
        };
        Ok(element)
    }

    /// Reads the next element, which must carry `tag`.
    ///
    /// # Errors
    /// [`Error::UnexpectedTag`] with the position unchanged, or as [`Reader::read_element`].
    #[inline]
    pub fn read(&mut self, tag: Tag) -> Result<Element<'a>> {
        // A tag of one octet is compared as it stands.
        if tag.identifier & 0x1f != 0x1f && self.rest.first() == Some(&tag.identifier) {
            return self.read_element();
        }
        let found = read_tag(self.rest)?.0;
        if found != tag {
            return Err(Error::UnexpectedTag { expected: tag, found });
        }
        self.read_element()
    }

    /// Reads the next element if it carries `tag`, else leaves the position.
    ///
    /// # Errors
    /// As [`Reader::read_element`], for an element that carries the tag.
    pub fn read_optional(&mut self, tag: Tag) -> Result<Option<Element<'a>>> {
        if self.peek_tag() == Some(tag) { self.read_element().map(Some) } else { Ok(None) }
    }
}

impl<'a> Element<'a> {
    /// A reader over the content.
    #[must_use]
    pub const fn reader(&self) -> Reader<'a> {
        Reader::new(self.content)
    }

    /// The pieces of a string's value, over however many constructed levels (X.690 §8.7.3), in order.
    ///
    /// A primitive element is its own single piece. The pieces must be of `piece` type (for an implicitly tagged
    /// OCTET STRING the inner pieces are OCTET STRINGs).
    ///
    /// # Errors
    /// [`Error::UnexpectedTag`] for a piece of another type, [`Error::Limit`] beyond [`limits::ASN1_DEPTH`].
    pub fn string_pieces(&self, piece: Tag) -> Result<Vec<&'a [u8]>> {
        if !self.tag.is_constructed() {
            return Ok(vec![self.content]);
        }
        let mut pieces = Vec::new();
        let mut open = vec![self.reader()];
        let mut nodes = 0_usize;
        while let Some(level) = open.last_mut() {
            if level.is_empty() {
                open.pop();
                continue;
            }
            let element = level.read_element()?;
            nodes += 1;
            if !element.tag.same_type(piece) {
                return Err(Error::UnexpectedTag { expected: piece, found: element.tag });
            }
            if !element.tag.is_constructed() {
                pieces.push(element.content);
            } else if open.len() < limits::ASN1_DEPTH {
                open.push(element.reader());
            } else {
                return Err(Error::Limit);
            }
            if nodes > limits::ASN1_NODES {
                return Err(Error::Limit);
            }
        }
        Ok(pieces)
    }
}

/// Reads exactly one element that fills `bytes`.
///
/// # Errors
/// As [`Reader::read`]; [`Error::Malformed`] when something follows.
pub fn parse_single(bytes: &[u8], tag: Tag) -> Result<Element<'_>> {
    let mut reader = Reader::new(bytes);
    let element = reader.read(tag)?;
    if reader.is_empty() { Ok(element) } else { Err(Error::Malformed) }
}

enum Length {
    Definite(usize),
    Indefinite,
}

struct Header {
    tag: Tag,
    length: Length,
    octets: usize,
}

#[inline]
fn read_tag(bytes: &[u8]) -> Result<(Tag, usize)> {
    let (&identifier, rest) = bytes.split_first().ok_or(Error::Truncated)?;
    if identifier & 0x1f != 0x1f {
        return Ok((Tag::low(identifier), 1));
    }
    // X.690 §8.1.2.4: base-128 number; four octets hold every number in use.
    let mut number = 0_u32;
    for (at, &octet) in rest.iter().enumerate().take(4) {
        number = number << 7 | u32::from(octet & 0x7f);
        if octet & 0x80 == 0 {
            return Ok((Tag { identifier, number }, at + 2));
        }
    }
    Err(if rest.len() < 4 { Error::Truncated } else { Error::Malformed })
}

fn read_header(bytes: &[u8]) -> Result<Header> {
    let (tag, tag_octets) = read_tag(bytes)?;
    let &first = bytes.get(tag_octets).ok_or(Error::Truncated)?;
    let after_first = tag_octets + 1;
    match first {
        0..=0x7f => {
            Ok(Header { tag, length: Length::Definite(usize::from(first)), octets: after_first })
        }
        0x80 if tag.is_constructed() => {
            Ok(Header { tag, length: Length::Indefinite, octets: after_first })
        }
        // X.690 §8.1.3.5 c: 0xff is reserved; a primitive of indefinite length does not exist (§8.1.3.2).
        0x80 | 0xff => Err(Error::Malformed),
        _ => {
            let count = usize::from(first & 0x7f);
            let octets = bytes.get(after_first..after_first + count).ok_or(Error::Truncated)?;
            let mut length = 0_usize;
            for &octet in octets {
                // BER allows leading zeros; a length beyond usize cannot be present.
                if length >> (usize::BITS - 8) != 0 {
                    return Err(Error::Truncated);
                }
                length = length << 8 | usize::from(octet);
            }
            Ok(Header { tag, length: Length::Definite(length), octets: after_first + count })
        }
    }
}

struct EndOfContents {
    content: usize,
    /// 2; 1 or 0 where the input ended first.
    marker: usize,
}

/// Finds the end-of-contents that closes an indefinite element whose content starts at `bytes`.
fn scan_end_of_contents(bytes: &[u8]) -> Result<EndOfContents> {
    let mut at = 0_usize;
    let mut open = 1_usize;
    for _ in 0..limits::ASN1_NODES {
        let rest = bytes.get(at..).ok_or(Error::Truncated)?;
        // RULES 32: none, or half of one, at the very end.
        if let [] | [0] = rest {
            return Ok(EndOfContents { content: at, marker: rest.len() });
        }
        if let [0, 0, ..] = rest {
            open -= 1;
            if open == 0 {
                return Ok(EndOfContents { content: at, marker: 2 });
            }
            at += 2;
            continue;
        }
        let header = read_header(rest)?;
        match header.length {
            Length::Definite(length) => {
                // A length near the greatest number must not come out as a small step.
                let after_header = at.checked_add(header.octets).ok_or(Error::Truncated)?;
                at = after_header.checked_add(length).ok_or(Error::Truncated)?;
            }
            Length::Indefinite => {
                open += 1;
                at += header.octets;
                if open > limits::ASN1_DEPTH {
                    return Err(Error::Limit);
                }
            }
        }
    }
    Err(Error::Limit)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn element_definite_is_cut_exactly() {
        let mut reader = Reader::new(&[0x30, 0x03, 0x02, 0x01, 0x05, 0xff]);
        let element = reader.read(Tag::SEQUENCE).unwrap();
        assert_eq!(element.content, [0x02, 0x01, 0x05]);
        assert_eq!(element.raw, [0x30, 0x03, 0x02, 0x01, 0x05]);
        assert_eq!(reader.rest(), [0xff]);
    }

    proptest! {
        #[test]
        fn element_read_the_short_way_equals_that_of_any_form(
            tag in prop::sample::select(vec![0x30_u8, 0x04, 0x1f, 0xa0, 0x3f]),
            header in prop::collection::vec(
                prop_oneof![Just(0_u8), Just(1), Just(5), Just(0x80), Just(0x81), Just(0x82), any::<u8>()], 0..5),
            content in 0_usize..600,
        ) {
            let bytes = [vec![tag], header, vec![0; content]].concat();
            let (mut short, mut any) = (Reader::new(&bytes), Reader::new(&bytes));
            prop_assert_eq!(short.read_element(), any.read_element_of_any_form());
            prop_assert_eq!(short.rest(), any.rest());
            let (mut named, expected) = (Reader::new(&bytes), read_tag(&bytes).map(|(tag, _)| tag));
            if let Ok(expected) = expected {
                prop_assert_eq!(named.read(expected), Reader::new(&bytes).read_element());
                prop_assert_eq!(named.rest(), short.rest());
            }
        }
    }

    #[test]
    fn element_indefinite_nested_is_closed_by_its_own_marker() {
        let bytes = [0x30, 0x80, 0x30, 0x80, 0x04, 0x02, 0, 0, 0, 0, 0, 0, 0x05, 0];
        let mut reader = Reader::new(&bytes);
        let element = reader.read_element().unwrap();
        assert_eq!(element.content, [0x30, 0x80, 0x04, 0x02, 0, 0, 0, 0]);
        assert!(element.indefinite && !element.unterminated);
        assert_eq!(reader.rest(), [0x05, 0]);
    }

    #[test]
    fn rule_32_element_without_end_of_contents_is_marked() {
        for bytes in [&[0x30, 0x80, 0x05, 0x00][..], &[0x30, 0x80, 0x05, 0x00, 0x00]] {
            let element = Reader::new(bytes).read_element().unwrap();
            assert!(element.unterminated);
            assert_eq!((element.content, element.raw), (&[0x05, 0x00][..], bytes));
        }
    }

    #[test]
    fn element_longer_than_input_is_truncated() {
        assert_eq!(Reader::new(&[0x04, 0x05, 1]).read_element(), Err(Error::Truncated));
        let huge = [0x04, 0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
        assert_eq!(Reader::new(&huge).read_element(), Err(Error::Truncated));
        let long = [0x04, 0x89, 1, 0, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(Reader::new(&long).read_element(), Err(Error::Truncated));
    }

    #[test]
    fn rule_41_depth_of_100_000_ends_in_limit() {
        let bomb = [0x30, 0x80].repeat(100_000);
        assert_eq!(Reader::new(&bomb).read_element(), Err(Error::Limit));
        let strings = [0x24, 0x80].repeat(100_000);
        assert_eq!(Reader::new(&strings).read_element(), Err(Error::Limit));
    }

    #[test]
    fn rule_42_length_near_the_greatest_number_is_no_small_step() {
        for last in 0xe0_u8..=0xff {
            let lengths = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, last];
            let bytes = [&[0x30, 0x80, 0x04, 0x88][..], &lengths, &[0; 64]].concat();
            assert_eq!(Reader::new(&bytes).read_element(), Err(Error::Truncated), "{last:x}");
        }
    }

    #[test]
    fn rule_05_string_pieces_over_levels_are_joined_in_order() {
        let bytes =
            [0x24, 0x80, 0x04, 0x01, b'a', 0x24, 0x04, 0x04, 0x02, b'b', b'c', 0x04, 0x00, 0, 0];
        let element = Reader::new(&bytes).read_element().unwrap();
        assert_eq!(element.string_pieces(Tag::OCTET_STRING).unwrap().concat(), b"abc");
    }

    #[test]
    fn string_pieces_of_other_type_are_refused() {
        let element = Reader::new(&[0x24, 0x02, 0x05, 0x00]).read_element().unwrap();
        assert!(matches!(
            element.string_pieces(Tag::OCTET_STRING),
            Err(Error::UnexpectedTag { .. })
        ));
    }

    proptest::proptest! {
        #[test]
        fn element_of_any_bytes_stays_inside_them(bytes: Vec<u8>) {
            let mut reader = Reader::new(&bytes);
            while let Ok(element) = reader.read_element() {
                assert!(element.raw.len() <= bytes.len());
                let _ = element.string_pieces(Tag::OCTET_STRING);
            }
        }
    }
}
