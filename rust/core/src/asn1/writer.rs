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

/// Appends the elements of a SET OF under `tag`, in the order of X.690 §11.6 if `sorted`, else as given.
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
    let start = septets
        .iter()
        .take(4)
        .take_while(|&&septet| septet == 0)
        .count();
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
