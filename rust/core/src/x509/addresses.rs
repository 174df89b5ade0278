//! The e-mail addresses a certificate speaks for (RULES 20): rfc822Name, SmtpUTF8Mailbox, the DN's emailAddress.
//!
//! The common name is never one. What is found is kept as it stands; comparison with the sender is elsewhere.

use super::general_name::GeneralName;
use super::name::{EMAIL_ADDRESS, parse_attributes};
use crate::asn1::reader::Tag;
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

const IA5_STRING: Tag = Tag::low(0x16);

/// The addresses among the names of a subject alternative name.
#[must_use]
pub fn alternative_addresses(names: &[GeneralName]) -> Vec<CertificateAddress> {
    let address = |name: &GeneralName| match name {
        GeneralName::Rfc822(octets) => {
            Some(CertificateAddress::new(AddressKind::Rfc822Name, IA5_STRING, octets))
        }
        GeneralName::SmtpUtf8(octets) => {
            Some(CertificateAddress::new(AddressKind::SmtpUtf8, Tag::UTF8_STRING, octets))
        }
        _ => None,
    };
    names.iter().filter_map(address).collect()
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
