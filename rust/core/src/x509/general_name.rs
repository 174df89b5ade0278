//! GeneralName (RFC 5280 §4.2.1.6): the names of a subject alternative name and of name constraints.
//!
//! Each is kept by its form, with no more decoded than is needed to compare it (RULES 18: whether a mailbox or a host
//! is one is asked by whoever compares). Directory names are in comparison form; the values of X.400 addresses, EDI
//! parties and other names of unknown types are never looked at.

use super::extensions::OidBytes;
use super::name::normalize;
use crate::asn1::oid::{Oid, read_oid};
use crate::asn1::reader::{Element, Error, Result, Tag, parse_single};

/// id-on-SmtpUTF8Mailbox (RFC 9598 §3), content octets.
pub(super) const SMTP_UTF8_MAILBOX: &[u8] = b"\x2b\x06\x01\x05\x05\x07\x08\x09";

/// One name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GeneralName {
    /// otherName of a type this program does not have: the type-id.
    Other(OidBytes),
    /// otherName SmtpUTF8Mailbox (RFC 9598 §3): octets of its UTF8String.
    SmtpUtf8(Box<[u8]>),
    /// rfc822Name: octets of its IA5String.
    Rfc822(Box<[u8]>),
    /// dNSName: octets of its IA5String.
    Dns(Box<[u8]>),
    /// x400Address.
    X400,
    /// directoryName: comparison form, as [`super::name::Name::normalized`].
    Directory(Box<[u8]>),
    /// ediPartyName.
    EdiParty,
    /// uniformResourceIdentifier: octets of its IA5String.
    Uri(Box<[u8]>),
    /// iPAddress: 4 or 16 octets in a subject alternative name, twice as many in a constraint.
    Ip(Box<[u8]>),
    /// registeredID: its content octets.
    RegisteredId(OidBytes),
}

/// GeneralNames: the value of a subject alternative name.
///
/// # Errors
/// Any [`Error`] of [`parse_general_name`].
pub fn parse_general_names(value: &[u8]) -> Result<Vec<GeneralName>> {
    let mut list = parse_single(value, Tag::SEQUENCE)?.reader();
    let mut names = Vec::new();
    while !list.is_empty() {
        names.push(parse_general_name(&list.read_element()?)?);
    }
    Ok(names)
}

/// One GeneralName.
///
/// # Errors
/// [`Error::Malformed`] for what is none of the nine forms; any [`Error`] of reading its value.
pub fn parse_general_name(name: &Element<'_>) -> Result<GeneralName> {
    // RFC 5280 §4.2.1.6: every form is context-specific; strings are implicit, structures are constructed.
    let is_structure = match name.tag.identifier & 0xe0 {
        0x80 => false,
        0xa0 => true,
        _ => return Err(Error::Malformed),
    };
    Ok(match (name.tag.number, is_structure) {
        (0, true) => parse_other_name(name)?,
        (1, false) => GeneralName::Rfc822(name.content.into()),
        (2, false) => GeneralName::Dns(name.content.into()),
        (3, true) => GeneralName::X400,
        // Name is a CHOICE, so that its tag is explicit.
        (4, true) => GeneralName::Directory(normalize(name.content)?),
        (5, true) => GeneralName::EdiParty,
        (6, false) => GeneralName::Uri(name.content.into()),
        (7, false) => GeneralName::Ip(name.content.into()),
        (8, false) if Oid(name.content).is_well_formed() => {
            GeneralName::RegisteredId(name.content.into())
        }
        _ => return Err(Error::Malformed),
    })
}

/// OtherName: type-id and `[0]` value.
fn parse_other_name(name: &Element<'_>) -> Result<GeneralName> {
    let mut fields = name.reader();
    let type_id = read_oid(&mut fields)?;
    if type_id != SMTP_UTF8_MAILBOX {
        return Ok(GeneralName::Other(type_id.into()));
    }
    let value = fields.read(Tag::context_constructed(0))?;
    let text = parse_single(value.content, Tag::UTF8_STRING)?;
    if fields.is_empty() {
        Ok(GeneralName::SmtpUtf8(text.content.into()))
    } else {
        Err(Error::Malformed)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::asn1::writer::write_element;

    fn element(identifier: u8, content: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        write_element(&mut out, Tag::low(identifier), content);
        out
    }

    fn parsed(names: &[Vec<u8>]) -> Result<Vec<GeneralName>> {
        parse_general_names(&element(0x30, &names.concat()))
    }

    #[test]
    fn general_names_of_every_form_are_told_apart() {
        let directory = element(0x30, b"");
        let names = [
            element(0xa0, &[element(6, b"\x2a\x03"), element(0xa0, &element(5, b""))].concat()),
            element(0x81, b"a@b"),
            element(0x82, b"b"),
            element(0xa3, b""),
            element(0xa4, &directory),
            element(0xa5, b""),
            element(0x86, b"u:v"),
            element(0x87, b"\x01\x02\x03\x04"),
            element(0x88, b"\x2a\x03"),
        ];
        let expected = [
            GeneralName::Other(b"\x2a\x03".as_slice().into()),
            GeneralName::Rfc822(b"a@b".as_slice().into()),
            GeneralName::Dns(b"b".as_slice().into()),
            GeneralName::X400,
            GeneralName::Directory(Box::default()),
            GeneralName::EdiParty,
            GeneralName::Uri(b"u:v".as_slice().into()),
            GeneralName::Ip([1, 2, 3, 4].into()),
            GeneralName::RegisteredId(b"\x2a\x03".as_slice().into()),
        ];
        assert_eq!(parsed(&names), Ok(expected.into()));
        assert_eq!(parsed(&[]), Ok(Vec::new()));
    }

    #[test]
    fn general_name_of_no_form_or_the_wrong_shape_is_malformed() {
        for identifier in [0x02, 0x30, 0x80, 0xa1, 0xa2, 0x83, 0x84, 0xa6, 0xa7, 0xa8, 0x89, 0xa9] {
            assert!(parsed(&[element(identifier, b"")]).is_err(), "{identifier:02x}");
        }
        assert!(parsed(&[element(0xa4, &element(0x31, b""))]).is_err());
    }

    #[test]
    fn smtp_utf8_mailbox_is_one_utf8_string_and_nothing_more() {
        let type_id = element(6, SMTP_UTF8_MAILBOX);
        let value = element(0xa0, &element(0x0c, "\u{e4}@b".as_bytes()));
        let good = element(0xa0, &[type_id.clone(), value.clone()].concat());
        let expected = GeneralName::SmtpUtf8("\u{e4}@b".as_bytes().into());
        assert_eq!(parsed(&[good]), Ok(vec![expected]));
        let ia5 = element(0xa0, &element(0x16, b"a@b"));
        for fields in [[type_id.clone(), ia5].concat(), [type_id, value, element(5, b"")].concat()]
        {
            assert!(parsed(&[element(0xa0, &fields)]).is_err());
        }
    }
}
