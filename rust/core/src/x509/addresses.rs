//! The e-mail addresses a certificate speaks for (RULES 20): rfc822Name, SmtpUTF8Mailbox, the DN's emailAddress.
//!
//! The common name is never one. What is found is kept as it stands; comparison with the sender is elsewhere.

use super::name::{EMAIL_ADDRESS, parse_attributes};
use crate::asn1::reader::{Element, Error, Result, Tag, parse_single};
use crate::asn1::values::{parse_text, text_of};

/// Where in the certificate an address stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AddressKind {
    /// rfc822Name of the subject alternative name (RFC 5280 §4.2.1.6).
    Rfc822Name,
    /// SmtpUTF8Mailbox of the subject alternative name (RFC 9598 §3).
    SmtpUtf8,
    /// emailAddress of the subject's distinguished name (RFC 5280 §4.1.2.6).
    DnEmail,
}

/// One address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateAddress {
    /// Where it stands.
    pub kind: AddressKind,
    /// The address as text.
    pub text: Box<str>,
    /// It holds a NUL, or octets that are not text of its type: it never matches a sender (RULES 20).
    pub contains_nul: bool,
}

impl CertificateAddress {
    fn new(kind: AddressKind, tag: Tag, value: &[u8]) -> Self {
        let text = parse_text(tag, value);
        Self {
            kind,
            contains_nul: text.as_ref().is_none_or(|text| text.contains('\0')),
            text: text_of(tag, value).into_boxed_str(),
        }
    }
}

/// id-on-SmtpUTF8Mailbox (RFC 9598 §3), content octets.
const SMTP_UTF8_MAILBOX: &[u8] = b"\x2b\x06\x01\x05\x05\x07\x08\x09";
const IA5_STRING: Tag = Tag::low(0x16);

/// The addresses among the GeneralNames of a subject alternative name.
///
/// # Errors
/// Any [`Error`] of reading the names; of other kinds only the outermost element is looked at.
pub fn parse_alternative_names(value: &[u8]) -> Result<Vec<CertificateAddress>> {
    let mut names = parse_single(value, Tag::SEQUENCE)?.reader();
    let mut addresses = Vec::new();
    while !names.is_empty() {
        let name = names.read_element()?;
        // RFC 5280 §4.2.1.6: every choice of GeneralName is context-specific.
        if name.tag.identifier & 0xc0 != 0x80 {
            return Err(Error::Malformed);
        }
        if name.tag == Tag::context_primitive(1) {
            let address =
                CertificateAddress::new(AddressKind::Rfc822Name, IA5_STRING, name.content);
            addresses.push(address);
        } else if name.tag == Tag::context_constructed(0) {
            addresses.extend(parse_other_name(&name)?);
        }
    }
    Ok(addresses)
}

/// OtherName: type-id and `[0]` value, where the type is SmtpUTF8Mailbox.
fn parse_other_name(name: &Element<'_>) -> Result<Option<CertificateAddress>> {
    let mut fields = name.reader();
    if fields.read(Tag::OID)?.content != SMTP_UTF8_MAILBOX {
        return Ok(None);
    }
    let value = fields.read(Tag::context_constructed(0))?;
    let text = parse_single(value.content, Tag::UTF8_STRING)?;
    if !fields.is_empty() {
        return Err(Error::Malformed);
    }
    let address = CertificateAddress::new(AddressKind::SmtpUtf8, text.tag, text.content);
    Ok(Some(address))
}

/// The emailAddress attributes of an encoded name; none of a name that cannot be read.
#[must_use]
pub fn name_addresses(raw: &[u8]) -> Vec<CertificateAddress> {
    let attributes = parse_attributes(raw).unwrap_or_default();
    attributes
        .iter()
        .filter(|attribute| attribute.oid.0 == EMAIL_ADDRESS)
        .map(|found| CertificateAddress::new(AddressKind::DnEmail, found.tag, found.value))
        .collect()
}
