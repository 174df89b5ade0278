//! OCSP responses (RFC 6960 §4.2): what a responder said about certificates, and who says it was that.
//!
//! An OCSPResponse or the BasicOCSPResponse inside it. A certificate is named by hashes of its issuer's name and key, of
//! any algorithm there is. Requests do not exist here, so a nonce means nothing. Nothing is judged.

use std::sync::Arc;

use smimebatch_crypto::digest::{self, Algorithm};

use super::certificate::{Certificate, parse_certificate};
use super::crl_entry::{RawExtension, RevocationReason, Revoked, parse_invalidity, parse_reason};
use super::name::normalize;
use super::signed::{FieldError, SignedObject, SignedParts, field};
use crate::asn1::oid::Oid;
use crate::asn1::reader::{Element, Error, Reader, Result as Read, Tag, parse_single};
use crate::asn1::values::{minimal_integer, parse_generalized_time, parse_u32};
use crate::cms::algorithms::{digest_algorithm, parse_algorithm};
use crate::limits;

/// BasicOCSPResponse (RFC 6960 §4.2.1), decoded.
#[derive(Clone)]
pub struct BasicResponse {
    /// Its bytes and signature.
    pub signed: SignedObject,
    /// responderID.
    pub responder: ResponderId,
    /// producedAt.
    pub produced_unix_s: i64,
    /// responses.
    pub responses: Vec<SingleResponse>,
    /// certs: the well-formed ones, sorted by SHA-256.
    pub certificates: Vec<Arc<Certificate>>,
    /// A critical extension that is not known here.
    pub has_unknown_critical: bool,
    /// Everything in it could be read; where not, it counts only against those whom it names.
    pub is_whole: bool,
}

/// ResponderID.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ResponderId {
    /// byName: the comparison form of the name.
    ByName(Box<[u8]>),
    /// byKey: SHA-1 of the subject's public key.
    ByKey(Box<[u8]>),
}

/// CertID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertId {
    /// hashAlgorithm; `None` for one this program does not have.
    pub hash: Option<Algorithm>,
    /// issuerNameHash.
    pub issuer_name_hash: Box<[u8]>,
    /// issuerKeyHash.
    pub issuer_key_hash: Box<[u8]>,
    /// serialNumber: content octets, minimal.
    pub serial: Box<[u8]>,
}

/// CertStatus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertStatus {
    /// good.
    Good,
    /// revoked.
    Revoked(Revoked),
    /// unknown.
    Unknown,
}

/// SingleResponse.
#[derive(Clone, Debug)]
pub struct SingleResponse {
    /// certID.
    pub certificate: CertId,
    /// certStatus.
    pub status: CertStatus,
    /// thisUpdate.
    pub this_update_unix_s: i64,
    /// nextUpdate.
    pub next_update_unix_s: Option<i64>,
    /// archiveCutoff (RFC 6960 §4.4.4): certificates that expired from then on are still known.
    pub archive_cutoff_unix_s: Option<i64>,
    /// A critical extension that is not known here.
    pub has_unknown_critical: bool,
    /// Everything beside what it says could be read; where not, it counts only against the certificate.
    pub is_whole: bool,
}

/// id-kp-OCSPSigning (RFC 6960 §4.2.2.2), content octets.
const OCSP_SIGNING: &[u8] = b"\x2b\x06\x01\x05\x05\x07\x03\x09";
/// id-pkix-ocsp-basic (RFC 6960 §4.2.1), content octets.
const BASIC: &[u8] = b"\x2b\x06\x01\x05\x05\x07\x30\x01\x01";
/// id-pkix-ocsp-nonce (RFC 6960 §4.4.1), content octets.
const NONCE: &[u8] = b"\x2b\x06\x01\x05\x05\x07\x30\x01\x02";
/// id-pkix-ocsp-archive-cutoff (RFC 6960 §4.4.4), content octets.
const ARCHIVE_CUTOFF: &[u8] = b"\x2b\x06\x01\x05\x05\x07\x30\x01\x06";
/// id-pkix-ocsp-extended-revoke (RFC 6960 §4.4.8), content octets.
const EXTENDED_REVOKE: &[u8] = b"\x2b\x06\x01\x05\x05\x07\x30\x01\x09";

/// Parses an OCSPResponse, or a BasicOCSPResponse without it.
///
/// # Errors
/// [`FieldError`] for the first field that is missing or of another type; a response that is not successful says
/// nothing about any certificate.
pub fn parse_ocsp(der: &[u8]) -> Result<BasicResponse, FieldError> {
    let outer = field("the OCSP response", Reader::new(der).read(Tag::SEQUENCE))?;
    if outer.reader().peek_tag() == Some(Tag::ENUMERATED) {
        parse_basic(read_response_bytes(&outer)?)
    } else {
        parse_basic(der)
    }
}

/// OCSPResponse: the octets of the BasicOCSPResponse.
fn read_response_bytes<'a>(outer: &Element<'a>) -> Result<&'a [u8], FieldError> {
    let mut fields = outer.reader();
    let status = field("responseStatus", fields.read(Tag::ENUMERATED))?;
    if field("responseStatus", parse_u32(status.content))? != 0 {
        return field("the status successful", Err(Error::Malformed));
    }
    let bytes = field("responseBytes", fields.read(Tag::context_constructed(0)))?;
    let mut bytes = field("responseBytes", parse_single(bytes.content, Tag::SEQUENCE))?.reader();
    let response_type = field("responseType", bytes.read(Tag::OID))?;
    if response_type.content != BASIC {
        return field("a basic OCSP response", Err(Error::Malformed));
    }
    field("response", bytes.read(Tag::OCTET_STRING)).map(|octets| octets.content)
}

fn parse_basic(der: &[u8]) -> Result<BasicResponse, FieldError> {
    let parts = SignedParts::read(der)?;
    let mut data = parts.tbs.reader();
    field("version", data.read_optional(Tag::context_constructed(0)))?;
    let responder = field("responderID", read_responder(&mut data))?;
    let produced = field("producedAt", data.read(Tag::GENERALIZED_TIME))?;
    let produced_unix_s = field("producedAt", parse_generalized_time(produced.content))?;
    let list = field("responses", data.read(Tag::SEQUENCE))?;
    let (mut responses, has_all) = field("responses", read_responses(list.reader()))?;
    let extensions = field("responseExtensions", data.read_optional(Tag::context_constructed(1)))?;
    let extensions = field("responseExtensions", SingleExtensions::read(extensions))?;
    if !data.is_empty() {
        return field("the end of the response data", Err(Error::Malformed));
    }
    // RFC 6960 §4.4.4 has the cutoff beside each certificate; responders say it once for all too.
    for single in &mut responses {
        single.archive_cutoff_unix_s =
            single.archive_cutoff_unix_s.or(extensions.archive_cutoff_unix_s);
    }
    let mut rest = parts.rest;
    let certificates = field("certs", rest.read_optional(Tag::context_constructed(0)))?;
    Ok(BasicResponse {
        responder,
        produced_unix_s,
        responses,
        certificates: field("certs", read_certificates(certificates))?,
        has_unknown_critical: extensions.has_unknown_critical,
        is_whole: has_all && !extensions.is_damaged,
        signed: parts.to_owned(),
    })
}

/// ResponderID, whose choices are tagged explicitly (RFC 6960 §B.2).
fn read_responder(data: &mut Reader<'_>) -> Read<ResponderId> {
    if let Some(by_name) = data.read_optional(Tag::context_constructed(1))? {
        return Ok(ResponderId::ByName(normalize(by_name.content)?));
    }
    let by_key = data.read(Tag::context_constructed(2))?;
    Ok(ResponderId::ByKey(parse_single(by_key.content, Tag::OCTET_STRING)?.content.into()))
}

/// Those that can be read, and whether these are all.
fn read_responses(mut list: Reader<'_>) -> Read<(Vec<SingleResponse>, bool)> {
    let (mut responses, mut count) = (Vec::new(), 0);
    while !list.is_empty() {
        if count == limits::OCSP_SINGLE_RESPONSES {
            return Err(Error::Limit);
        }
        count += 1;
        responses.extend(read_response(list.read(Tag::SEQUENCE)?.reader()));
    }
    let has_all = responses.len() == count;
    Ok((responses, has_all))
}

fn read_response(mut fields: Reader<'_>) -> Read<SingleResponse> {
    let certificate = read_cert_id(fields.read(Tag::SEQUENCE)?.reader())?;
    let mut status = read_status(&fields.read_element()?)?;
    let this_update = fields.read(Tag::GENERALIZED_TIME)?;
    let next_update = fields.read_optional(Tag::context_constructed(0));
    let next_update_unix_s = next_update.and_then(|outer| outer.as_ref().map(time_in).transpose());
    let extensions = fields.read_optional(Tag::context_constructed(1));
    let extensions = extensions.and_then(SingleExtensions::read);
    let is_whole = next_update_unix_s.is_ok()
        && extensions.as_ref().is_ok_and(|it| !it.is_damaged)
        && fields.is_empty();
    let extensions = extensions.unwrap_or_default();
    if let CertStatus::Revoked(revoked) = &mut status {
        revoked.complete(&extensions);
    }
    Ok(SingleResponse {
        certificate,
        status,
        this_update_unix_s: parse_generalized_time(this_update.content)?,
        next_update_unix_s: next_update_unix_s.ok().flatten(),
        archive_cutoff_unix_s: extensions.archive_cutoff_unix_s,
        has_unknown_critical: extensions.has_unknown_critical,
        is_whole,
    })
}

/// A GeneralizedTime that is tagged explicitly.
fn time_in(outer: &Element<'_>) -> Read<i64> {
    parse_generalized_time(parse_single(outer.content, Tag::GENERALIZED_TIME)?.content)
}

fn read_cert_id(mut fields: Reader<'_>) -> Read<CertId> {
    let algorithm = parse_algorithm(&fields.read(Tag::SEQUENCE)?)?;
    let issuer_name_hash = fields.read(Tag::OCTET_STRING)?.content.into();
    let issuer_key_hash = fields.read(Tag::OCTET_STRING)?.content.into();
    let serial = fields.read(Tag::INTEGER)?.content;
    if !fields.is_empty() || serial.is_empty() {
        return Err(Error::Malformed);
    }
    Ok(CertId {
        hash: digest_algorithm(Oid(algorithm.oid.0)),
        issuer_name_hash,
        issuer_key_hash,
        serial: minimal_integer(serial).into(),
    })
}

/// CertStatus: `[0]` NULL, `[1]` RevokedInfo, `[2]` NULL, implicitly tagged.
fn read_status(choice: &Element<'_>) -> Read<CertStatus> {
    match choice.tag.identifier {
        0x80 => Ok(CertStatus::Good),
        0x82 => Ok(CertStatus::Unknown),
        0xa1 => {
            let mut fields = choice.reader();
            let time = fields.read(Tag::GENERALIZED_TIME);
            let reason = fields.read_optional(Tag::context_constructed(0)).ok().flatten();
            let reason = reason.and_then(|outer| parse_reason(outer.content));
            let time = time.and_then(|time| parse_generalized_time(time.content));
            let revoked_unix_s = time.unwrap_or(UNDATED);
            // RFC 6960 §2.2: said of a certificate that was never issued.
            let is_not_issued =
                reason == Some(RevocationReason::CertificateHold) && revoked_unix_s == 0;
            let reason = if is_not_issued { Some(RevocationReason::NotIssued) } else { reason };
            Ok(CertStatus::Revoked(Revoked {
                revoked_unix_s,
                reason: reason.unwrap_or(RevocationReason::Unspecified),
                is_reason_said: reason.is_some(),
                invalid_unix_s: None,
            }))
        }
        _ => Err(Error::Malformed),
    }
}

/// The time of a revocation that cannot be read.
const UNDATED: i64 = i64::MIN;

impl SingleResponse {
    /// The revocation that it tells of, if it is about `certificate`; a time that cannot be read may be any from its beginning
    /// on, as in a list.
    pub(crate) fn revoked_of(&self, certificate: &Certificate) -> Option<Revoked> {
        let CertStatus::Revoked(revoked) = self.status else { return None };
        let is_dated = revoked.revoked_unix_s != UNDATED;
        let first = certificate.not_before_unix_s;
        Some(if is_dated { revoked } else { Revoked { revoked_unix_s: first, ..revoked } })
    }
}

fn read_certificates(outer: Option<Element<'_>>) -> Read<Vec<Arc<Certificate>>> {
    let Some(outer) = outer else {
        return Ok(Vec::new());
    };
    let mut list = parse_single(outer.content, Tag::SEQUENCE)?.reader();
    let mut certificates = Vec::new();
    while !list.is_empty() && certificates.len() < limits::OCSP_CERTIFICATES {
        certificates.extend(parse_certificate(list.read(Tag::SEQUENCE)?.raw).map(Arc::new));
    }
    certificates.sort_unstable_by_key(|certificate| certificate.sha256);
    certificates.dedup_by_key(|certificate| certificate.sha256);
    Ok(certificates)
}

/// Extensions of a response or of a single one (RFC 6960 §4.4).
#[derive(Default)]
struct SingleExtensions {
    reason: Option<RevocationReason>,
    invalid_unix_s: Option<i64>,
    archive_cutoff_unix_s: Option<i64>,
    has_unknown_critical: bool,
    /// One that is known cannot be read.
    is_damaged: bool,
}

impl SingleExtensions {
    fn read(outer: Option<Element<'_>>) -> Read<Self> {
        let mut read = Self::default();
        let Some(outer) = outer else {
            return Ok(read);
        };
        let mut list = parse_single(outer.content, Tag::SEQUENCE)?.reader();
        while !list.is_empty() {
            let extension = RawExtension::read(&mut list)?;
            match extension.oid {
                ARCHIVE_CUTOFF => {
                    let date = parse_single(extension.value, Tag::GENERALIZED_TIME);
                    let date = date.and_then(|date| parse_generalized_time(date.content));
                    read.is_damaged |= date.is_err();
                    read.archive_cutoff_unix_s = date.ok();
                }
                // RFC 6960 §4.4.5: those of entries of lists may stand here.
                [0x55, 0x1d, 21] => read.reason = parse_reason(extension.value),
                [0x55, 0x1d, 24] => read.invalid_unix_s = parse_invalidity(extension.value),
                NONCE | EXTENDED_REVOKE => {}
                _ => read.has_unknown_critical |= extension.is_critical,
            }
        }
        Ok(read)
    }
}

impl Revoked {
    fn complete(&mut self, extensions: &SingleExtensions) {
        self.invalid_unix_s = extensions.invalid_unix_s;
        if let (RevocationReason::Unspecified, Some(reason)) = (self.reason, extensions.reason) {
            self.set_reason(Some(reason));
        }
    }
}

impl CertId {
    /// Whether it names the certificate with that serial number, issued under the name `issuer_name` by the key whose
    /// bits are `issuer_key`.
    #[must_use]
    pub fn names(&self, issuer_name: &[u8], issuer_key: &[u8], serial: &[u8]) -> bool {
        let is = |wanted: &[u8], of: &[u8]| {
            self.hash.is_some_and(|hash| digest::one(hash, of).as_bytes() == wanted)
        };
        self.serial.as_ref() == minimal_integer(serial)
            && is(&self.issuer_name_hash, issuer_name)
            && is(&self.issuer_key_hash, issuer_key)
    }
}

/// RFC 6960 §4.2.2.2: whether a certificate says that it is for signing responses, which nothing else stands for.
#[must_use]
pub fn is_for_responses(certificate: &Certificate) -> bool {
    let usages = certificate.extended_key_usage.as_deref().unwrap_or_default();
    usages.iter().any(|usage| usage.as_ref() == OCSP_SIGNING)
}

impl ResponderId {
    /// The two ways to call `certificate`.
    #[must_use]
    pub fn both(certificate: &Certificate) -> [Self; 2] {
        let key_hash = digest::one(Algorithm::Sha1, certificate.public_key_bits());
        let name = certificate.subject.normalized.clone();
        [Self::ByName(name), Self::ByKey(key_hash.as_bytes().into())]
    }

    /// Whether it is the subject of `certificate`.
    #[must_use]
    pub fn is(&self, certificate: &Certificate) -> bool {
        match self {
            Self::ByName(name) => *name == certificate.subject.normalized,
            Self::ByKey(hash) => {
                let key_hash = digest::one(Algorithm::Sha1, certificate.public_key_bits());
                key_hash.as_bytes() == hash.as_ref()
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests;
