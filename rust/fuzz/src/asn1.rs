//! ASN.1 by elements: one is removed, repeated, moved, renamed, rewritten or wrapped, and every length around it follows.

use crate::mutate_bytes;
use crate::random::Random;

/// Elements deeper than this are left as octets.
pub const MAX_DEPTH: usize = 24;
/// Room for a primitive value that libFuzzer changes.
const MAX_VALUE_BYTES: usize = 512;

/// Values that decide something: object identifiers of algorithms, types and attributes, and small primitives.
const VALUES: &[&[u8]] = &[
    b"\x05\0",
    b"\x01\x01\xff",
    b"\x01\x01\0",
    b"\x02\x01\0",
    b"\x02\x01\x01",
    b"\x02\x01\x03",
    b"\x02\x01\xff",
    b"\x02\x02\0\x80",
    b"\x04\0",
    b"\x30\0",
    b"\x31\0",
    b"\x17\x0d210601120000Z",
    b"\x18\x0f20210601120000Z",
    b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01",
    b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02",
    b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03",
    b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17",
    b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x09",
    b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x04",
    b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03",
    b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04",
    b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05",
    b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x06",
    b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x34",
    b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x0c",
    b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x2f",
    b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x0e",
    b"\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01",
    b"\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03",
    b"\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x0c",
    b"\x06\x05\x2b\x0e\x03\x02\x1a",
    b"\x06\x08\x2a\x86\x48\x86\xf7\x0d\x02\x05",
    b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01",
    b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a",
    b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b",
    b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01",
    b"\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02",
    b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07",
    b"\x06\x07\x2a\x86\x48\xce\x38\x04\x01",
    b"\x06\x03\x2b\x65\x70",
    b"\x06\x03\x2b\x65\x71",
    b"\x06\x09\x60\x86\x48\x01\x65\x03\x04\x03\x12",
    b"\x06\x03\x55\x1d\x0f",
    b"\x06\x03\x55\x1d\x11",
    b"\x06\x03\x55\x1d\x13",
    b"\x06\x03\x55\x1d\x25",
    b"\x06\x03\x55\x1d\x23",
    b"\x06\x03\x55\x1d\x0e",
    b"\x06\x03\x55\x1d\x1e",
    b"\x06\x03\x55\x1d\x20",
    b"\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x04",
    b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01",
];
/// Tags an element is renamed to.
const TAGS: &[u8] = &[
    0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0c, 0x13, 0x14, 0x16, 0x17, 0x18, 0x1e, 0x24, 0x30, 0x31,
    0x80, 0x81, 0x82, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4,
];

/// One element; an OCTET or BIT STRING that holds an element counts as constructed.
#[derive(Clone)]
struct Element {
    identifier: Vec<u8>,
    /// Octets between the header and the first inner element: the unused-bits octet of a BIT STRING.
    lead: Vec<u8>,
    value: Value,
    indefinite: bool,
}

#[derive(Clone)]
enum Value {
    Octets(Vec<u8>),
    Elements(Vec<Element>),
}

/// Changes `bytes` by elements; none if they hold no element.
pub fn mutate(bytes: &[u8], random: &mut Random) -> Option<Vec<u8>> {
    let mut roots = read_all(bytes, 0)?;
    for _ in 0..=random.below(3) {
        let count: usize = roots.iter().map(count).sum();
        let (at, other) = (random.below(count), random.below(count));
        let donor = nth(&mut roots, &mut { other }).cloned()?;
        change(&mut roots, at, donor, random);
    }
    let mut out = Vec::with_capacity(bytes.len() + 64);
    roots.iter().for_each(|root| write(root, &mut out));
    Some(out)
}

/// Changes the element `at`, counted from the outermost and first.
fn change(roots: &mut Vec<Element>, at: usize, donor: Element, random: &mut Random) {
    let kind = random.below(12);
    if kind < 4 {
        let Some((siblings, index)) = siblings_of(roots, &mut { at }) else { return };
        match kind {
            0 if siblings.len() > 1 || random.below(4) == 0 => drop(siblings.remove(index)),
            1 => siblings.insert(index, donor),
            2 => siblings.insert(index, siblings[index].clone()),
            _ => {
                let other = random.below(siblings.len());
                siblings.swap(index, other);
            }
        }
        return;
    }
    let Some(element) = nth(roots, &mut { at }) else { return };
    match kind {
        4 => *element = donor,
        5 => element.identifier = vec![*random.of(TAGS)],
        6 => element.indefinite ^= true,
        7 | 8 => {
            if let Some(known) =
                read_all(VALUES[random.below(VALUES.len())], 0).and_then(|mut all| all.pop())
            {
                *element = known;
            }
        }
        9 => {
            let inner = std::mem::replace(element, Element::octets(*random.of(TAGS), Vec::new()));
            element.value = Value::Elements(vec![inner]);
        }
        _ => match &mut element.value {
            Value::Octets(octets) => mutate_bytes(octets, MAX_VALUE_BYTES),
            Value::Elements(elements) => elements.reverse(),
        },
    }
}

impl Element {
    fn octets(identifier: u8, octets: Vec<u8>) -> Self {
        Self {
            identifier: vec![identifier],
            lead: Vec::new(),
            value: Value::Octets(octets),
            indefinite: false,
        }
    }
}

fn count(element: &Element) -> usize {
    1 + match &element.value {
        Value::Elements(elements) => elements.iter().map(count).sum(),
        Value::Octets(_) => 0,
    }
}

/// The element number `at` below `elements`, counting down in `at`.
fn nth<'e>(elements: &'e mut [Element], at: &mut usize) -> Option<&'e mut Element> {
    for element in elements {
        if *at == 0 {
            return Some(element);
        }
        *at -= 1;
        if let Value::Elements(inner) = &mut element.value {
            if let Some(found) = nth(inner, at) {
                return Some(found);
            }
        }
    }
    None
}

/// The list that holds the element number `at`, and where in it.
fn siblings_of<'e>(
    elements: &'e mut Vec<Element>,
    at: &mut usize,
) -> Option<(&'e mut Vec<Element>, usize)> {
    let mut descend = None;
    for (index, element) in elements.iter().enumerate() {
        if *at == 0 {
            return Some((elements, index));
        }
        let inside = count(element);
        if *at < inside {
            *at -= 1;
            descend = Some(index);
            break;
        }
        *at -= inside;
    }
    match &mut elements.get_mut(descend?)?.value {
        Value::Elements(inner) => siblings_of(inner, at),
        Value::Octets(_) => None,
    }
}

/// All elements of `bytes`, or none if they do not fill it.
fn read_all(bytes: &[u8], depth: usize) -> Option<Vec<Element>> {
    let (elements, rest) = read_some(bytes, depth, false)?;
    (rest.is_empty() && !elements.is_empty()).then_some(elements)
}

/// Elements up to the end, or to an end-of-contents.
fn read_some(
    mut bytes: &[u8],
    depth: usize,
    to_end_of_contents: bool,
) -> Option<(Vec<Element>, &[u8])> {
    let mut elements = Vec::new();
    while !bytes.is_empty() {
        if to_end_of_contents && bytes.starts_with(&[0, 0]) {
            return Some((elements, &bytes[2..]));
        }
        let (element, rest) = read(bytes, depth)?;
        elements.push(element);
        bytes = rest;
    }
    (!to_end_of_contents).then_some((elements, bytes))
}

fn read(bytes: &[u8], depth: usize) -> Option<(Element, &[u8])> {
    let identifier_len = match bytes.first()? & 0x1f {
        0x1f => 2 + bytes.get(1..)?.iter().take_while(|octet| *octet & 0x80 != 0).count(),
        _ => 1,
    };
    let (identifier, rest) = bytes.split_at_checked(identifier_len)?;
    let constructed = identifier[0] & 0x20 != 0;
    let (&length, rest) = rest.split_first()?;
    if length == 0x80 {
        let (inner, rest) =
            (depth < MAX_DEPTH && constructed).then(|| read_some(rest, depth + 1, true))??;
        let value = Value::Elements(inner);
        return Some((
            Element { identifier: identifier.to_vec(), lead: Vec::new(), value, indefinite: true },
            rest,
        ));
    }
    let (length, rest) = match length {
        0..0x80 => (usize::from(length), rest),
        _ => {
            let (octets, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
            (
                octets.iter().try_fold(0_usize, |sum, octet| {
                    sum.checked_mul(256)?.checked_add(usize::from(*octet))
                })?,
                rest,
            )
        }
    };
    let (content, rest) = rest.split_at_checked(length)?;
    let lead = usize::from(identifier[0] == 0x03 && content.len() > 2);
    let may_hold = constructed || matches!(identifier[0], 0x03 | 0x04);
    let inner =
        (may_hold && depth < MAX_DEPTH).then(|| read_all(&content[lead..], depth + 1)).flatten();
    let (lead, value) = match inner {
        Some(inner) => (content[..lead].to_vec(), Value::Elements(inner)),
        None => (Vec::new(), Value::Octets(content.to_vec())),
    };
    Some((Element { identifier: identifier.to_vec(), lead, value, indefinite: false }, rest))
}

fn write(element: &Element, out: &mut Vec<u8>) {
    let mut content = element.lead.clone();
    match &element.value {
        Value::Octets(octets) => content.extend_from_slice(octets),
        Value::Elements(inner) => inner.iter().for_each(|inner| write(inner, &mut content)),
    }
    out.extend_from_slice(&element.identifier);
    if element.indefinite {
        out.push(0x80);
        out.append(&mut content);
        out.extend_from_slice(&[0, 0]);
        return;
    }
    match content.len() {
        short @ 0..0x80 => out.push(short as u8),
        long => {
            let octets = long.to_be_bytes();
            let octets = &octets[octets.iter().position(|octet| *octet != 0).unwrap_or(7)..];
            out.push(0x80 | octets.len() as u8);
            out.extend_from_slice(octets);
        }
    }
    out.append(&mut content);
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNED: &[u8] = include_bytes!("../../../tests/data/cms/detached.p7s");
    const STREAMED: &[u8] = include_bytes!("../../../tests/data/cms/stream.p7m");

    #[test]
    fn elements_read_and_written_are_the_same_bytes() {
        for whole in [SIGNED, STREAMED] {
            let elements = read_all(whole, 0).expect("elements");
            let mut out = Vec::new();
            elements.iter().for_each(|element| write(element, &mut out));
            assert_eq!(out, whole);
            assert!(elements.iter().map(count).sum::<usize>() > 50);
        }
    }
}
