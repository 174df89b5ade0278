//! Signing certificates named by the signer: ESSCertID and ESSCertIDv2 (RFC 5035; RFC 2634 §5.4).
//!
//! Read only from the signed attributes (RULES 6); whether a certificate is the one named is not
//! decided here.

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
    /// The certificates of the SigningCertificate attribute, the signer's first; `None` when
    /// absent.
    ///
    /// # Errors
    /// An [`AttributeFault`] other than missing or a mismatch; a list without certificates is
    /// [`AttributeFault::WrongType`].
    pub fn signing_certificate(&self) -> Result<Option<Vec<EssCertificateId<'a>>>, AttributeFault> {
        single_value_of(&self.list, oid::SIGNING_CERTIFICATE)?
            .map(|value| read_certificate_ids(&value, false).ok_or(AttributeFault::WrongType))
            .transpose()
    }

    /// The certificates of the SigningCertificateV2 attribute, the signer's first; `None` when
    /// absent.
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
        // RULES 6: later ones restrict the path, so none may be dropped; more than this is no list
        // of a path.
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
    Some(IssuerSerial { issuer: only_directory_name(&names), serial: serial.content })
}

/// RFC 5035 §4: for a public-key certificate, `issuer` holds only its issuer name, as
/// directoryName.
fn only_directory_name<'a>(names: &Element<'a>) -> Option<&'a [u8]> {
    let mut names = names.reader();
    let name = names.read(Tag::context_constructed(4)).ok()?;
    let directory_name = name.reader().read(Tag::SEQUENCE).ok()?;
    names.is_empty().then_some(directory_name.raw)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::super::fixtures::{
        CADES, DETACHED, algorithm, attribute, element, signed, signer, signer_info_with,
    };
    use super::*;
    use crate::asn1::oid::Oid;

    type Ids = Result<Option<Vec<(Option<String>, usize, Option<Vec<u8>>)>>, AttributeFault>;

    /// Hash algorithm, hash length and serial of each certificate that an attribute names.
    fn ids(oid: Oid<'_>, value: &[u8]) -> Ids {
        let named = attribute(oid, &[value]);
        let bytes = signed(&[&signer_info_with(&element(0xa0, &[&named]), &[])]);
        let attributes = signer(&bytes).signed_attributes.unwrap();
        let found = match oid {
            oid::SIGNING_CERTIFICATE => attributes.signing_certificate(),
            _ => attributes.signing_certificate_v2(),
        };
        Ok(found?.map(|ids| {
            let read = |id: EssCertificateId<'_>| {
                let hash_algorithm = id.hash_algorithm.map(|algorithm| algorithm.oid.to_string());
                (hash_algorithm, id.hash.len(), id.issuer_serial.map(|named| named.serial.to_vec()))
            };
            ids.into_iter().map(read).collect()
        }))
    }

    #[test]
    fn rule_06_certificate_named_by_openssl_is_read() {
        let attributes = signer(CADES).signed_attributes.unwrap();
        let ids = attributes.signing_certificate_v2().unwrap().unwrap();
        assert_eq!(ids.len(), 1);
        assert_eq!(ids[0].hash_algorithm, None);
        assert_eq!(ids[0].hash.len(), 32);
        assert_eq!(attributes.signing_certificate(), Ok(None));
        let detached = signer(DETACHED).signed_attributes.unwrap();
        assert_eq!(detached.signing_certificate_v2(), Ok(None));
    }

    #[test]
    fn rule_06_all_certificates_are_kept_in_order_with_their_issuer_serial() {
        let name = element(0x30, &[b"\x31\x00"]);
        let names = element(0x30, &[&element(0xa4, &[&name])]);
        let serial = element(0x30, &[&names, &[2, 1, 9]]);
        let first = element(0x30, &[&element(0x04, &[&[1; 20]]), &serial]);
        let second = element(0x30, &[&element(0x04, &[&[2; 20]])]);
        let value = element(0x30, &[&element(0x30, &[&first, &second])]);
        let found = ids(oid::SIGNING_CERTIFICATE, &value).unwrap().unwrap();
        assert_eq!(found, [(None, 20, Some(vec![9])), (None, 20, None)]);
        let fields = [names, vec![2, 1, 9]].concat();
        let named = read_issuer_serial(Reader::new(&fields)).unwrap();
        assert_eq!(named.issuer, Some(&name[..]));
    }

    #[test]
    fn rule_06_hash_algorithm_of_version_2_is_read_where_given() {
        let id = element(0x30, &[&algorithm(), &element(0x04, &[&[1; 48]])]);
        let value = element(0x30, &[&element(0x30, &[&id]), &element(0x30, &[b"policies"])]);
        let found = ids(oid::SIGNING_CERTIFICATE_V2, &value).unwrap().unwrap();
        assert_eq!(found, [(Some("1.2.3".to_owned()), 48, None)]);
        let found = ids(oid::SIGNING_CERTIFICATE, &value);
        assert_eq!(found, Err(AttributeFault::WrongType));
    }

    #[test]
    fn rule_06_list_that_names_nothing_is_a_fault() {
        for value in [
            element(0x30, &[]),
            element(0x30, &[&element(0x30, &[])]),
            element(0x30, &[&element(0x30, &[&element(0x30, &[])])]),
            element(0x04, &[]),
        ] {
            for oid in [oid::SIGNING_CERTIFICATE, oid::SIGNING_CERTIFICATE_V2] {
                assert_eq!(ids(oid, &value), Err(AttributeFault::WrongType));
            }
        }
    }
}
