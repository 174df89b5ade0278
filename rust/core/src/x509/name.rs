//! Distinguished names (RFC 5280 §4.1.2.4): a form to compare by, and a rendering for people.
//!
//! The comparison form follows RFC 5280 §7.1: string types unified, case folded, white space collapsed, attributes
//! of a multi-valued RDN in any order. Values that are not text of their type are compared as octets. Unicode
//! composition is not unified, so that names differing in it stay different. Rendered names are never compared
//! (RULES 17).

use core::hash::BuildHasher as _;
use core::ops::Range;

use crate::asn1::oid::Oid;
use crate::asn1::reader::{Error, Reader, Result, Tag};
use crate::asn1::values::{hex, parse_text, text_of};

/// emailAddress (RFC 2985 §5.2.1), content octets.
pub const EMAIL_ADDRESS: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01";
/// commonName (RFC 5280 §A.1), content octets.
pub const COMMON_NAME: &[u8] = b"\x55\x04\x03";

/// A name inside a certificate, ready to be compared.
#[derive(Clone, Debug)]
pub struct Name {
    /// Where the encoding lies in the certificate's DER.
    pub der: Range<usize>,
    /// Comparison form; two names are the same name exactly when these are equal.
    pub normalized: Box<[u8]>,
    /// Hash of `normalized`, the same in every run; for indexing, not against attackers.
    pub hash: u64,
}

impl Name {
    /// The name encoded as `raw`, which lies at `der` in its certificate.
    ///
    /// # Errors
    /// Any [`Error`] of [`normalize`].
    pub fn parse(raw: &[u8], der: Range<usize>) -> Result<Self> {
        let normalized = normalize(raw)?;
        let hash = hash_of(&normalized);
        Ok(Self { der, normalized, hash })
    }

    /// Whether there are no attributes at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.normalized.is_empty()
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash && self.normalized == other.normalized
    }
}
impl Eq for Name {}

/// Hash of a comparison form, as in [`Name::hash`].
#[must_use]
pub fn hash_of(normalized: &[u8]) -> u64 {
    foldhash::quality::FixedState::with_seed(0x5280).hash_one(normalized)
}

/// One attribute of a name.
#[derive(Clone, Copy, Debug)]
pub struct Attribute<'a> {
    /// Which attribute.
    pub oid: Oid<'a>,
    /// Type of the value.
    pub tag: Tag,
    /// Content octets of the value.
    pub value: &'a [u8],
    /// Encoding of the value.
    pub raw_value: &'a [u8],
    /// Position of its RDN in the name.
    pub rdn: usize,
}

/// The attributes of an encoded name, in order of encoding.
///
/// # Errors
/// Any [`Error`] of reading; [`Error::Malformed`] for an empty RDN or anything left over.
pub fn parse_attributes(raw: &[u8]) -> Result<Vec<Attribute<'_>>> {
    let mut outer = Reader::new(raw);
    let mut rdns = outer.read(Tag::SEQUENCE)?.reader();
    if !outer.is_empty() {
        return Err(Error::Malformed);
    }
    let mut attributes = Vec::new();
    let mut rdn = 0;
    while !rdns.is_empty() {
        let mut set = rdns.read(Tag::SET)?.reader();
        if set.is_empty() {
            return Err(Error::Malformed);
        }
        while !set.is_empty() {
            attributes.push(read_attribute(&mut set, rdn)?);
        }
        rdn += 1;
    }
    Ok(attributes)
}

fn read_attribute<'a>(set: &mut Reader<'a>, rdn: usize) -> Result<Attribute<'a>> {
    let mut fields = set.read(Tag::SEQUENCE)?.reader();
    let oid = Oid(fields.read(Tag::OID)?.content);
    let value = fields.read_element()?;
    if !fields.is_empty() {
        return Err(Error::Malformed);
    }
    Ok(Attribute { oid, tag: value.tag, value: value.content, raw_value: value.raw, rdn })
}

/// The comparison form of an encoded name: equal octets exactly for equal names (RFC 5280 §7.1).
///
/// # Errors
/// Any [`Error`] of [`parse_attributes`].
pub fn normalize(raw: &[u8]) -> Result<Box<[u8]>> {
    let attributes = parse_attributes(raw)?;
    let mut normalized = Vec::with_capacity(raw.len());
    for rdn in attributes.chunk_by(|a, b| a.rdn == b.rdn) {
        let mut parts: Vec<Vec<u8>> = rdn.iter().map(normalize_attribute).collect();
        parts.sort_unstable();
        write_length(&mut normalized, parts.len());
        for part in parts {
            normalized.extend_from_slice(&part);
        }
    }
    Ok(normalized.into_boxed_slice())
}

/// Type, kind and value, each behind its length, so that no two attributes share octets by accident.
fn normalize_attribute(attribute: &Attribute<'_>) -> Vec<u8> {
    let text = parse_text(attribute.tag, attribute.value).map(|text| fold(&text));
    let (kind, value) = match &text {
        Some(text) => (0, text.as_bytes()),
        None => (1, attribute.raw_value),
    };
    let mut part = Vec::with_capacity(attribute.oid.0.len() + value.len() + 9);
    write_length(&mut part, attribute.oid.0.len());
    part.extend_from_slice(attribute.oid.0);
    part.push(kind);
    write_length(&mut part, value.len());
    part.extend_from_slice(value);
    part
}

fn write_length(out: &mut Vec<u8>, length: usize) {
    // Names lie in memory whole, and 4 GiB of one would have been refused long before.
    out.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
}

/// RFC 4518 §2 as far as names need it: case folded, white space collapsed, none at the ends.
fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.extend(word.chars().flat_map(char::to_lowercase));
    }
    folded
}

/// The last commonName, as people are named by it.
#[must_use]
pub fn common_name(raw: &[u8]) -> Option<String> {
    let attributes = parse_attributes(raw).ok()?;
    attributes
        .iter()
        .rfind(|attribute| attribute.oid.0 == COMMON_NAME)
        .map(|attribute| text_of(attribute.tag, attribute.value))
}

/// The name as a string of RFC 4514, last RDN first; a name that cannot be read is `#` and its hexadecimal.
#[must_use]
pub fn to_rfc4514(raw: &[u8]) -> String {
    let Ok(attributes) = parse_attributes(raw) else {
        return format!("#{}", hex(raw));
    };
    let mut text = String::with_capacity(raw.len());
    for rdn in attributes.chunk_by(|a, b| a.rdn == b.rdn).rev() {
        for (index, attribute) in rdn.iter().enumerate() {
            if index > 0 {
                text.push('+');
            } else if !text.is_empty() {
                text.push(',');
            }
            push_attribute(&mut text, attribute);
        }
    }
    text
}

/// RFC 4514 §2.3: a keyword with text, or dotted decimals with the encoding in hexadecimal.
fn push_attribute(text: &mut String, attribute: &Attribute<'_>) {
    let is_string = matches!(
        attribute.tag.identifier,
        0x0c | 0x12 | 0x13 | 0x14 | 0x16 | 0x1a | 0x1b | 0x1c | 0x1e
    );
    match keyword(attribute.oid.0) {
        Some(keyword) => text.push_str(keyword),
        None => text.push_str(&attribute.oid.to_string()),
    }
    text.push('=');
    if is_string && keyword(attribute.oid.0).is_some() {
        push_escaped(text, &text_of(attribute.tag, attribute.value));
    } else {
        text.push('#');
        text.push_str(&hex(attribute.raw_value));
    }
}

/// RFC 4514 §2.4; control characters go out as hexadecimal pairs.
fn push_escaped(text: &mut String, value: &str) {
    let last = value.chars().count().saturating_sub(1);
    for (index, character) in value.chars().enumerate() {
        match character {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => text.extend(['\\', character]),
            ' ' if index == 0 || index == last => text.push_str("\\ "),
            '#' if index == 0 => text.push_str("\\#"),
            // Those of ISO 6429 above ASCII too: U+009B starts a terminal escape (RULES 46).
            control if control.is_control() => {
                for octet in control.encode_utf8(&mut [0; 4]).bytes() {
                    text.push('\\');
                    text.push_str(&hex(&[octet]));
                }
            }
            _ => text.push(character),
        }
    }
}

/// Short names of RFC 4519, and those in common use for the other attributes of RFC 5280 §A.1.
const fn keyword(oid: &[u8]) -> Option<&'static str> {
    Some(match oid {
        [0x55, 0x04, attribute] => match attribute {
            3 => "CN",
            4 => "SN",
            5 => "serialNumber",
            6 => "C",
            7 => "L",
            8 => "ST",
            9 => "STREET",
            10 => "O",
            11 => "OU",
            12 => "title",
            13 => "description",
            15 => "businessCategory",
            16 => "postalAddress",
            17 => "postalCode",
            20 => "telephoneNumber",
            41 => "name",
            42 => "GN",
            43 => "initials",
            44 => "generationQualifier",
            46 => "dnQualifier",
            65 => "pseudonym",
            97 => "organizationIdentifier",
            _ => return None,
        },
        b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01" => "emailAddress",
        b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x02" => "unstructuredName",
        b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x08" => "unstructuredAddress",
        b"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x01" => "UID",
        b"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19" => "DC",
        _ => return None,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::x509::certificate::{Certificate, parse_certificate};
    use proptest::prelude::*;

    macro_rules! certificate {
        ($file:literal) => {
            parse_certificate(include_bytes!(concat!(
                "../../../../tests/data/x509/",
                $file,
                ".der"
            )))
            .unwrap()
        };
    }

    /// A name of single-valued RDNs, all below 128 octets.
    fn name(attributes: &[(&[u8], u8, &[u8])]) -> Vec<u8> {
        let wrap = |tag: u8, content: &[u8]| {
            let length = u8::try_from(content.len()).unwrap();
            assert!(length < 128);
            [&[tag, length], content].concat()
        };
        let rdns: Vec<u8> = attributes
            .iter()
            .flat_map(|(oid, tag, value)| {
                let attribute = [wrap(6, oid), wrap(*tag, value)].concat();
                wrap(0x31, &wrap(0x30, &attribute))
            })
            .collect();
        wrap(0x30, &rdns)
    }

    fn common(tag: u8, value: &[u8]) -> Box<[u8]> {
        normalize(&name(&[(COMMON_NAME, tag, value)])).unwrap()
    }

    #[test]
    fn rule_17_name_of_other_string_types_case_and_spaces_is_the_same() {
        let old = certificate!("odd-name-t61-bmp-universal");
        let new = certificate!("odd-name-utf8-twin");
        assert_ne!(old.subject_der(), new.subject_der());
        assert_eq!(old.subject, new.subject);
        assert_eq!(old.subject.hash, new.subject.hash);
    }

    #[test]
    fn rule_17_pkits_issuer_names_chain_to_their_subjects() {
        let pairs: [(Certificate, Certificate); 2] = [
            (
                certificate!("pkits-UTF8StringCaseInsensitiveMatchCACert"),
                certificate!("pkits-ValidUTF8StringCaseInsensitiveMatchTest11EE"),
            ),
            (
                certificate!("pkits-RolloverfromPrintableStringtoUTF8StringCACert"),
                certificate!("pkits-ValidRolloverfromPrintableStringtoUTF8StringTest10EE"),
            ),
        ];
        for (issuer, leaf) in pairs {
            assert_ne!(leaf.issuer_der(), issuer.subject_der());
            assert_eq!(leaf.issuer, issuer.subject);
            assert_ne!(leaf.subject, issuer.subject);
        }
    }

    #[test]
    fn rule_18_name_with_unsorted_set_is_the_sorted_one() {
        let unsorted = certificate!("odd-name-unsorted-set");
        let sorted = certificate!("odd-name-sorted-set");
        assert_eq!(unsorted.subject, sorted.subject);
        // As `openssl x509 -nameopt RFC2253` has it, in order of encoding.
        assert_eq!(unsorted.subject_text(), r#"OU=B\, \"x\"\ +CN=\#a\+b"#);
        assert_eq!(sorted.subject_text(), r#"CN=\#a\+b+OU=B\, \"x\"\ "#);
    }

    #[test]
    fn name_of_other_words_order_or_structure_is_another() {
        let (o, cn): (&[u8], &[u8]) = (b"\x55\x04\x0a", COMMON_NAME);
        let two = normalize(&name(&[(o, 0x13, b"a"), (cn, 0x13, b"b")])).unwrap();
        for other in [
            name(&[(cn, 0x13, b"b"), (o, 0x13, b"a")]),
            name(&[(o, 0x13, b"a")]),
            name(&[(o, 0x13, b"ab"), (cn, 0x13, b"")]),
            name(&[(o, 0x13, b"a"), (o, 0x13, b"b")]),
            name(&[]),
        ] {
            assert_ne!(normalize(&other).unwrap(), two);
        }
        assert_ne!(common(0x13, b"ab"), common(0x13, b"a b"));
        assert_eq!(common(0x13, b"A  B "), common(0x16, b"a b"));
    }

    #[test]
    fn name_value_that_is_no_text_is_compared_by_octets() {
        // Both would be shown with the same replacement character.
        assert_ne!(common(0x13, b"Caf\xe9"), common(0x13, b"Caf\xe8"));
        assert_ne!(common(0x0c, b"\xef\xbf\xbd"), common(0x0c, b"\xff"));
        assert_ne!(common(0x03, b"\x00a"), common(0x0c, b"\x00a"));
    }

    #[test]
    fn name_with_bit_string_is_rendered_as_hexadecimal() {
        let certificate = certificate!("vectors-scottishpower-bitstring-dn");
        let text = "2.5.4.45=#03090070b3d51f305f0001,OU=02,CN=ScottishPower";
        assert_eq!(certificate.subject_text(), text);
        assert_eq!(certificate.subject_common_name().as_deref(), Some("ScottishPower"));
    }

    #[test]
    fn rule_46_name_with_control_characters_is_rendered_without_them() {
        let raw = name(&[(COMMON_NAME, 0x0c, b"\x1b[31m\0\x7f")]);
        assert_eq!(to_rfc4514(&raw), r"CN=\1b[31m\00\7f");
        let raw = name(&[(COMMON_NAME, 0x0c, "\u{9b}31m\u{2028}".as_bytes())]);
        assert_eq!(to_rfc4514(&raw), "CN=\\c2\\9b31m\u{2028}");
        assert_eq!(to_rfc4514(&name(&[])), "");
        assert_eq!(to_rfc4514(b"\x30\x01\x31"), "#300131");
        assert_eq!(to_rfc4514(&name(&[(COMMON_NAME, 0x0c, b" ")])), r"CN=\ ");
    }

    #[test]
    fn name_with_leftovers_is_malformed() {
        for raw in [&b"\x30\x02\x31\x00"[..], b"\x30\x00\x00", b"\x30\x02\x30\x00", b"\x31\x00"] {
            assert!(normalize(raw).is_err(), "{raw:?}");
        }
    }

    proptest! {
        #[test]
        fn name_of_any_bytes_never_panics(bytes: Vec<u8>) {
            let _ = normalize(&bytes);
            let _ = common_name(&bytes);
            let _ = to_rfc4514(&bytes);
        }

        #[test]
        fn name_equality_needs_equal_folded_text(a in "\\PC{0,12}", b in "\\PC{0,12}") {
            let same = fold(&a) == fold(&b);
            prop_assert_eq!(common(0x0c, a.as_bytes()) == common(0x0c, b.as_bytes()), same);
            prop_assert_eq!(fold(&fold(&a)), fold(&a));
        }
    }
}
