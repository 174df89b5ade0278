//! DER: what is rebuilt to be hashed again (RULES 1), and nothing more.

use super::reader::{Element, Tag};

/// Appends identifier and length octets, minimal (X.690 §10.1).
pub fn write_header(out: &mut Vec<u8>, tag: Tag, length: usize) {
    write_tag(out, tag);
    if let Ok(short @ 0..=0x7f) = u8::try_from(length) {
        out.push(short);
        return;
    }
    let octets = length.to_be_bytes();
    let digits = significant(&octets);
    out.push(0x80 | digits.len().to_le_bytes()[0]);
    out.extend_from_slice(digits);
}

/// Appends a whole element.
pub fn write_element(out: &mut Vec<u8>, tag: Tag, content: &[u8]) {
    write_header(out, tag, content.len());
    out.extend_from_slice(content);
}

/// A whole element whose content is `pieces`, one after another.
#[must_use]
pub fn element(tag: Tag, pieces: &[&[u8]]) -> Vec<u8> {
    let length = pieces.iter().map(|piece| piece.len()).sum();
    let mut out = Vec::with_capacity(length + 12);
    write_header(&mut out, tag, length);
    pieces.iter().for_each(|piece| out.extend_from_slice(piece));
    out
}

/// Appends the elements of a SET OF under `tag`, in the order of X.690 §11.6 if `sorted`, else as
/// given.
pub fn write_set_of(out: &mut Vec<u8>, tag: Tag, mut elements: Vec<Vec<u8>>, sorted: bool) {
    if sorted {
        // Encodings are self-delimiting, so the zero padding of X.690 §11.6 never decides.
        elements.sort_unstable();
    }
    write_header(out, tag, elements.iter().map(Vec::len).sum());
    for element in elements {
        out.extend_from_slice(&element);
    }
}

/// Whether an element's length is definite and minimal; its content is not looked at.
#[must_use]
pub fn is_minimal(element: &Element<'_>) -> bool {
    let header = element.raw.len() - element.content.len();
    !element.indefinite && header == header_octets(element.tag, element.content.len())
}

fn header_octets(tag: Tag, length: usize) -> usize {
    let tag_octets = match tag.number {
        0..=30 => 1,
        number => 1 + (32 - number.leading_zeros() as usize).div_ceil(7),
    };
    let length_octets = match length {
        0..=0x7f => 1,
        _ => 1 + significant(&length.to_be_bytes()).len(),
    };
    tag_octets + length_octets
}

fn write_tag(out: &mut Vec<u8>, tag: Tag) {
    out.push(tag.identifier);
    if tag.identifier & 0x1f != 0x1f {
        return;
    }
    // X.690 §8.1.2.4: base 128, the high bit set on all octets but the last.
    let septets = [28, 21, 14, 7, 0].map(|shift| (tag.number >> shift).to_le_bytes()[0] & 0x7f);
    let start = septets.iter().take(4).take_while(|&&septet| septet == 0).count();
    let used = septets.get(start..).unwrap_or_default();
    for (at, septet) in used.iter().enumerate() {
        let more = if at + 1 < used.len() { 0x80 } else { 0 };
        out.push(septet | more);
    }
}

fn significant(octets: &[u8]) -> &[u8] {
    let zeros = octets.iter().take_while(|&&octet| octet == 0).count();
    octets.get(zeros..).unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::asn1::reader::Reader;

    #[test]
    fn header_is_minimal_and_read_back() {
        for length in [0, 1, 127, 128, 255, 256, 65_535, 65_536, 1 << 20] {
            let mut out = Vec::new();
            write_element(&mut out, Tag::OCTET_STRING, &vec![0; length]);
            let element = Reader::new(&out).read_element().unwrap();
            assert_eq!(element.content.len(), length);
            assert!(is_minimal(&element));
        }
        let mut out = Vec::new();
        write_header(&mut out, Tag::SEQUENCE, 300);
        assert_eq!(out, [0x30, 0x82, 0x01, 0x2c]);
    }

    #[test]
    fn header_with_a_long_tag_is_read_back() {
        for number in [31, 127, 128, 16_383, 16_384, 0x0fff_ffff] {
            let tag = Tag { identifier: 0xbf, number };
            let mut out = Vec::new();
            write_element(&mut out, tag, b"x");
            let element = Reader::new(&out).read_element().unwrap();
            assert_eq!((element.tag, element.content), (tag, &b"x"[..]));
            assert!(is_minimal(&element));
        }
    }

    #[test]
    fn length_that_is_not_minimal_is_noticed() {
        for bytes in [&[0x04, 0x81, 1, 7][..], &[0x04, 0x82, 0, 1, 7], &[0x24, 0x80, 0, 0]] {
            assert!(!is_minimal(&Reader::new(bytes).read_element().unwrap()));
        }
    }

    #[test]
    fn set_is_sorted_by_encoding() {
        let elements = vec![vec![4, 1, 9], vec![2, 1, 9], vec![4, 1, 1]];
        let mut out = Vec::new();
        write_set_of(&mut out, Tag::SET, elements, true);
        assert_eq!(out, [0x31, 9, 2, 1, 9, 4, 1, 1, 4, 1, 9]);
    }
}
