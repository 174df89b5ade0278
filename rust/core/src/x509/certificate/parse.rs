//! From bytes to a [`Certificate`]: fields cut out in order, then decoded, each deviation noted.

use smimebatch_crypto::digest::{self, Algorithm};

use std::sync::OnceLock;

use super::{Certificate, CertificateDefect, CertificateQuirk, DerRange};
use crate::asn1::reader::{Element, Error, Reader, Tag};
use crate::asn1::values::{
    BitString, is_der_time, minimal_integer, parse_bit_string, parse_time, parse_u32,
};
use crate::cms::algorithms::{AlgorithmIdentifier, parse_algorithm};
use crate::codes::CodeSet;
use crate::x509::addresses::name_addresses;
use crate::x509::extensions::Extensions;
use crate::x509::name::Name;
use crate::x509::public_key::SubjectPublicKey;

/// Why bytes are not a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CertificateError {
    /// The field of RFC 5280 §4.1 that was expected.
    pub expected: &'static str,
    /// What was found there.
    pub found: Error,
}

impl core::fmt::Display for CertificateError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "expected {} of an X.509 certificate, found ", self.expected)?;
        match self.found {
            Error::Truncated => f.write_str("the end of the data"),
            Error::UnexpectedTag { found, .. } => write!(f, "tag 0x{:02x}", found.identifier),
            Error::Malformed => f.write_str("a malformed value"),
            Error::Limit => f.write_str("more nesting than is allowed"),
        }
    }
}

impl core::error::Error for CertificateError {}

/// Parses one certificate; what follows it in `der` is ignored with a quirk.
///
/// # Errors
/// [`CertificateError`] for the first field that is missing or of another type.
pub fn parse_certificate(der: &[u8]) -> Result<Certificate, CertificateError> {
    let mut input = Reader::new(der);
    let outer = input
        .read(Tag::SEQUENCE)
        .map_err(|found| CertificateError { expected: "the SEQUENCE", found })?;
    let mut quirks = CodeSet::EMPTY;
    if !input.is_empty() {
        quirks.insert(CertificateQuirk::TrailingBytes);
    }
    let parts = Parts::read(&outer, &mut quirks)?;
    let tbs = Tbs::read(&parts.tbs)?;
    build_certificate(&outer, &parts, &tbs, quirks)
}

/// `result` of reading the field called `expected`.
fn field<T>(expected: &'static str, result: Result<T, Error>) -> Result<T, CertificateError> {
    result.map_err(|found| CertificateError { expected, found })
}

/// Certificate (RFC 5280 §4.1.1).
struct Parts<'a> {
    tbs: Element<'a>,
    algorithm_element: Element<'a>,
    algorithm: AlgorithmIdentifier<'a>,
    signature: BitString<'a>,
}

impl<'a> Parts<'a> {
    fn read(
        outer: &Element<'a>,
        quirks: &mut CodeSet<CertificateQuirk>,
    ) -> Result<Self, CertificateError> {
        let mut fields = outer.reader();
        let tbs = field("tbsCertificate", fields.read(Tag::SEQUENCE))?;
        let algorithm_element = field("signatureAlgorithm", fields.read(Tag::SEQUENCE))?;
        let algorithm = field("signatureAlgorithm", parse_algorithm(&algorithm_element))?;
        let value = field("signatureValue", fields.read(Tag::BIT_STRING))?;
        let signature = field("signatureValue", parse_bit_string(value.content))?;
        if !fields.is_empty() {
            quirks.insert(CertificateQuirk::TrailingBytes);
        }
        if outer.unterminated {
            return field("the end of the SEQUENCE", Err(Error::Truncated));
        }
        Ok(Self { tbs, algorithm_element, algorithm, signature })
    }
}

/// TBSCertificate (RFC 5280 §4.1.2), cut into fields.
struct Tbs<'a> {
    version: Option<u32>,
    serial: &'a [u8],
    algorithm: AlgorithmIdentifier<'a>,
    issuer: Element<'a>,
    not_before: Element<'a>,
    not_after: Element<'a>,
    subject: Element<'a>,
    spki: Element<'a>,
    extensions: Option<Element<'a>>,
    has_trailing_fields: bool,
}

impl<'a> Tbs<'a> {
    fn read(tbs: &Element<'a>) -> Result<Self, CertificateError> {
        let mut fields = tbs.reader();
        let (version, is_more_than_version) = field("version", read_version(&mut fields))?;
        let serial = field("serialNumber", fields.read(Tag::INTEGER))?.content;
        let algorithm = field("signature", fields.read(Tag::SEQUENCE))?;
        let algorithm = field("signature", parse_algorithm(&algorithm))?;
        let issuer = field("issuer", fields.read(Tag::SEQUENCE))?;
        let mut validity = field("validity", fields.read(Tag::SEQUENCE))?.reader();
        let not_before = field("notBefore", validity.read_element())?;
        let not_after = field("notAfter", validity.read_element())?;
        let subject = field("subject", fields.read(Tag::SEQUENCE))?;
        let spki = field("subjectPublicKeyInfo", fields.read(Tag::SEQUENCE))?;
        for number in [1, 2] {
            field("unique identifier", read_unique_identifier(&mut fields, number))?;
        }
        let extensions = fields.read_optional(Tag::context_constructed(3));
        let extensions = field("extensions", extensions)?;
        Ok(Self {
            version,
            serial,
            algorithm,
            issuer,
            not_before,
            not_after,
            subject,
            spki,
            extensions,
            has_trailing_fields: is_more_than_version || !fields.is_empty() || !validity.is_empty(),
        })
    }
}

/// `[0] EXPLICIT INTEGER DEFAULT v1`: the number as encoded, one less than the version; and whether more stands beside it.
fn read_version(fields: &mut Reader<'_>) -> Result<(Option<u32>, bool), Error> {
    let Some(element) = fields.read_optional(Tag::context_constructed(0))? else {
        return Ok((None, false));
    };
    let mut inner = element.reader();
    let version = parse_u32(inner.read(Tag::INTEGER)?.content)?;
    Ok((Some(version), !inner.is_empty()))
}

/// issuerUniqueID and subjectUniqueID (RFC 5280 §4.1.2.8) are skipped.
fn read_unique_identifier(fields: &mut Reader<'_>, number: u8) -> Result<(), Error> {
    fields.read_optional(Tag::context_primitive(number))?;
    fields.read_optional(Tag::context_constructed(number))?;
    Ok(())
}

fn build_certificate(
    outer: &Element<'_>,
    parts: &Parts<'_>,
    tbs: &Tbs<'_>,
    mut quirks: CodeSet<CertificateQuirk>,
) -> Result<Certificate, CertificateError> {
    let within = |part: &[u8]| range_within(outer.raw, part);
    let issuer = field("issuer", Name::parse(tbs.issuer.raw, within(tbs.issuer.raw)))?;
    let subject = field("subject", Name::parse(tbs.subject.raw, within(tbs.subject.raw)))?;
    let spki = field("subjectPublicKeyInfo", SubjectPublicKey::parse(&tbs.spki))?;
    let mut extensions =
        tbs.extensions.map(|element| Extensions::parse(element.content)).unwrap_or_default();
    extensions.addresses.extend(name_addresses(tbs.subject.raw));
    let mut defects = extensions.defects;
    quirks.extend(extensions.quirks);
    quirks.extend(spki.quirks);
    let version = check_version(tbs, &mut quirks, &mut defects);
    check_serial(tbs.serial, &mut quirks, &mut defects);
    check_algorithms(&parts.algorithm, &tbs.algorithm, &mut quirks, &mut defects);
    let (not_before_unix_s, not_after_unix_s) = check_validity(tbs, &mut quirks, &mut defects);
    let elements = [outer, &parts.tbs, &tbs.issuer, &tbs.subject, &tbs.spki];
    if elements.iter().any(|element| element.indefinite) {
        quirks.insert(CertificateQuirk::NotDerLength);
    }
    if tbs.has_trailing_fields {
        defects.insert(CertificateDefect::TrailingFields);
    }
    Ok(Certificate {
        sha256: sha256(outer.raw),
        spki_sha256: sha256(tbs.spki.raw),
        version,
        serial: tbs.serial.into(),
        self_issued: subject == issuer,
        subject,
        issuer,
        not_before_unix_s,
        not_after_unix_s,
        subject_key_identifier: extensions.subject_key_identifier,
        authority_key_identifier: extensions.authority_key_identifier,
        key_usage: extensions.key_usage,
        extended_key_usage: extensions.extended_key_usage,
        extended_key_usage_is_critical: extensions.extended_key_usage_is_critical,
        basic_constraints: extensions.basic_constraints,
        policies: extensions.policies,
        name_constraints: extensions.name_constraints,
        policy_constraints: extensions.policy_constraints,
        policy_mappings: extensions.policy_mappings,
        inhibit_any_policy: extensions.inhibit_any_policy,
        unprocessed_critical: extensions.unprocessed_critical,
        revocation: extensions.revocation,
        alternative_names: extensions.alternative_names,
        addresses: extensions.addresses,
        key: spki.key,
        key_algorithm: spki.algorithm,
        key_bits: spki.bits,
        curve: spki.curve,
        rsa_use: spki.rsa_use,
        dsa_parameters: spki.dsa_parameters,
        signature_algorithm: within(parts.algorithm_element.raw),
        spki: within(tbs.spki.raw),
        tbs: within(parts.tbs.raw),
        signature: within(parts.signature.bytes),
        signature_is_whole_octets: parts.signature.unused == 0,
        quirks,
        defects,
        der: outer.raw.into(),
        shown: OnceLock::new(),
    })
}

/// Where `part`, a slice of `whole`, begins and ends in it.
pub(in crate::x509) fn range_within(whole: &[u8], part: &[u8]) -> DerRange {
    let start = (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize);
    start..start + part.len()
}

pub(in crate::x509) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let digest = digest::one(Algorithm::Sha256, bytes);
    // SHA-256 gives 32 octets.
    digest.as_bytes().try_into().unwrap_or_default()
}

/// RFC 5280 §4.1.2.1; an unknown version counts as 3, so that nothing is skipped.
fn check_version(
    tbs: &Tbs<'_>,
    quirks: &mut CodeSet<CertificateQuirk>,
    defects: &mut CodeSet<CertificateDefect>,
) -> u8 {
    let version = match tbs.version {
        None => 1,
        Some(0) => {
            quirks.insert(CertificateQuirk::ExplicitDefault);
            1
        }
        Some(1) => 2,
        Some(2) => 3,
        Some(_) => {
            defects.insert(CertificateDefect::UnknownVersion);
            3
        }
    };
    if version < 3 && tbs.extensions.is_some() {
        quirks.insert(CertificateQuirk::ExtensionsBelowV3);
    }
    version
}

/// RFC 5280 §4.1.2.2: positive and at most 20 octets, which many are not.
fn check_serial(
    serial: &[u8],
    quirks: &mut CodeSet<CertificateQuirk>,
    defects: &mut CodeSet<CertificateDefect>,
) {
    match minimal_integer(serial) {
        [] => defects.insert(CertificateDefect::SerialEmpty),
        [0] | [0x80..=0xff, ..] => quirks.insert(CertificateQuirk::SerialNotPositive),
        octets if octets.len() > 20 => quirks.insert(CertificateQuirk::SerialLong),
        _ => {}
    }
}

/// RFC 5280 §4.1.1.2: the algorithm outside must be the one inside, which alone is signed.
fn check_algorithms(
    outside: &AlgorithmIdentifier<'_>,
    inside: &AlgorithmIdentifier<'_>,
    quirks: &mut CodeSet<CertificateQuirk>,
    defects: &mut CodeSet<CertificateDefect>,
) {
    if outside.oid == inside.oid && raw_parameters(outside) == raw_parameters(inside) {
        return;
    }
    let differ_in_null = outside.has_no_parameters() && inside.has_no_parameters();
    if outside.oid == inside.oid && differ_in_null {
        quirks.insert(CertificateQuirk::AlgorithmParametersDiffer);
    } else {
        defects.insert(CertificateDefect::AlgorithmsDiffer);
    }
}

fn raw_parameters<'a>(algorithm: &AlgorithmIdentifier<'a>) -> Option<&'a [u8]> {
    algorithm.parameters.map(|element| element.raw)
}

/// 9999-12-31T23:59:59Z, the last moment that can be encoded (RFC 5280 §4.1.2.5).
const LAST_UNIX_S: i64 = 253_402_300_799;
/// 0000-01-01T00:00:00Z, the first moment that can be encoded.
const FIRST_UNIX_S: i64 = -62_167_219_200;

/// notBefore and notAfter; a time that is none makes the validity empty.
fn check_validity(
    tbs: &Tbs<'_>,
    quirks: &mut CodeSet<CertificateQuirk>,
    defects: &mut CodeSet<CertificateDefect>,
) -> (i64, i64) {
    if !is_der_time(&tbs.not_before) || !is_der_time(&tbs.not_after) {
        quirks.insert(CertificateQuirk::TimeNotDer);
    }
    match (parse_time(&tbs.not_before), parse_time(&tbs.not_after)) {
        (Ok(not_before), Ok(not_after)) => (not_before, not_after),
        _ => {
            defects.insert(CertificateDefect::MalformedTime);
            (LAST_UNIX_S, FIRST_UNIX_S)
        }
    }
}
