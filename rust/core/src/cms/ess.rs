//! Signing certificates named by the signer: ESSCertID and ESSCertIDv2 (RFC 5035; RFC 2634 §5.4).
//!
//! Read only from the signed attributes (RULES 6); whether a certificate is the one named is not decided here.

use std::borrow::Cow;

use super::algorithms::{AlgorithmIdentifier, parse_algorithm_content};
use super::attributes::{AttributeFault, single_value_of};
use super::signed_attributes::{SignedAttributes, octet_string};
use crate::asn1::oid;
use crate::asn1::reader::{Element, Reader, Tag};
use crate::limits;

/// RFC 5035 §5 and §4:
///
/// ```text
/// ESSCertID ::= SEQUENCE {
///   certHash Hash,
///   issuerSerial IssuerSerial OPTIONAL }
/// ESSCertIDv2 ::= SEQUENCE {
///   hashAlgorithm AlgorithmIdentifier DEFAULT {algorithm id-sha256},
///   certHash Hash,
///   issuerSerial IssuerSerial OPTIONAL }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EssCertificateId<'a> {
    /// `hashAlgorithm`; `None` when not given: SHA-1 in ESSCertID, SHA-256 in ESSCertIDv2.
    pub hash_algorithm: Option<AlgorithmIdentifier<'a>>,
    /// `certHash`: of the whole certificate.
    pub hash: Cow<'a, [u8]>,
    /// `issuerSerial`; a mismatch of it alone is a quirk.
    pub issuer_serial: Option<IssuerSerial<'a>>,
}

/// RFC 5035 §4:
///
/// ```text
/// IssuerSerial ::= SEQUENCE {
///   issuer GeneralNames,
///   serialNumber CertificateSerialNumber }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IssuerSerial<'a> {
    /// The Name, whole, if `issuer` is one directoryName as it should be.
    pub issuer: Option<&'a [u8]>,
    /// The content octets of the serial number as encoded.
    pub serial: &'a [u8],
}

impl<'a> SignedAttributes<'a> {
    /// The certificates of the SigningCertificate attribute, the signer's first; `None` when absent.
    ///
    /// # Errors
    /// An [`AttributeFault`] other than missing or a mismatch; a list without certificates is
    /// [`AttributeFault::WrongType`].
    pub fn signing_certificate(&self) -> Result<Option<Vec<EssCertificateId<'a>>>, AttributeFault> {
        single_value_of(&self.list, oid::SIGNING_CERTIFICATE)?
            .map(|value| read_certificate_ids(&value, false).ok_or(AttributeFault::WrongType))
            .transpose()
    }

    /// The certificates of the SigningCertificateV2 attribute, the signer's first; `None` when absent.
    ///
    /// # Errors
    /// As [`Self::signing_certificate`].
    pub fn signing_certificate_v2(
        &self,
    ) -> Result<Option<Vec<EssCertificateId<'a>>>, AttributeFault> {
        single_value_of(&self.list, oid::SIGNING_CERTIFICATE_V2)?
            .map(|value| read_certificate_ids(&value, true).ok_or(AttributeFault::WrongType))
            .transpose()
    }
}

/// Reads `SEQUENCE { certs SEQUENCE OF …, policies OPTIONAL }`; the policies bind nothing here.
fn read_certificate_ids<'a>(
    value: &Element<'a>,
    with_algorithm: bool,
) -> Option<Vec<EssCertificateId<'a>>> {
    if value.tag != Tag::SEQUENCE {
        return None;
    }
    let mut certificates = value.reader().read(Tag::SEQUENCE).ok()?.reader();
    let mut ids = Vec::new();
    while !certificates.is_empty() {
        // RULES 6: later ones restrict the path, so none may be dropped; more than this is no list of a path.
        if ids.len() == limits::PATH_SIGNATURE_CHECKS as usize {
            return None;
        }
        let id = certificates.read(Tag::SEQUENCE).ok()?;
        ids.push(read_certificate_id(id.reader(), with_algorithm)?);
    }
    (!ids.is_empty()).then_some(ids)
}

fn read_certificate_id(
    mut fields: Reader<'_>,
    with_algorithm: bool,
) -> Option<EssCertificateId<'_>> {
    let hash_algorithm = match with_algorithm {
        true => fields.read_optional(Tag::SEQUENCE).ok()?,
        false => None,
    };
    let hash = fields.read_element().ok()?;
    let issuer_serial = fields.read_optional(Tag::SEQUENCE).ok()?;
    if !fields.is_empty() {
        return None;
    }
    Some(EssCertificateId {
        hash_algorithm: match hash_algorithm {
            Some(element) => Some(parse_algorithm_content(element.content).ok()?),
            None => None,
        },
        hash: octet_string(&hash).ok()?,
        issuer_serial: match issuer_serial {
            Some(element) => Some(read_issuer_serial(element.reader())?),
            None => None,
        },
    })
}

fn read_issuer_serial(mut fields: Reader<'_>) -> Option<IssuerSerial<'_>> {
    let names = fields.read(Tag::SEQUENCE).ok()?;
    let serial = fields.read(Tag::INTEGER).ok()?;
    Some(IssuerSerial {
        issuer: only_directory_name(&names),
        serial: serial.content,
    })
}

/// RFC 5035 §4: for a public-key certificate, `issuer` holds only its issuer name, as directoryName.
fn only_directory_name<'a>(names: &Element<'a>) -> Option<&'a [u8]> {
    let mut names = names.reader();
    let name = names.read(Tag::context_constructed(4)).ok()?;
    let directory_name = name.reader().read(Tag::SEQUENCE).ok()?;
    names.is_empty().then_some(directory_name.raw)
}
