//! One parsed certificate (RFC 5280 §4.1), tolerant of historic encodings (RULES 18).
//!
//! [`parse_certificate`] decodes everything once; nothing is validated beyond the encoding. Where a field cannot be
//! decoded but the certificate still has its shape, it is kept with a [`CertificateDefect`], so that a signature by
//! its key is still checked and only the chain over it fails.

use core::ops::Range;
use std::borrow::Cow;
use std::sync::Arc;

use smimebatch_crypto::digest::{self, Algorithm, Digest};
use smimebatch_crypto::signature::{self, Answer, Input, Job, PublicKey};

use super::addresses::{CertificateAddress, name_addresses};
use super::extensions::{AuthorityKeyIdentifier, BasicConstraints, Extensions, KeyUsage, OidBytes};
use super::name::{Name, to_rfc4514};
use super::public_key::{DsaParameters, SubjectKey, SubjectPublicKey, key_algorithm};
use crate::asn1::reader::{Element, Error, Reader, Tag};
use crate::asn1::values::{
    integer_hex, is_der_time, minimal_integer, parse_bit_string, parse_time, parse_u32,
};
use crate::cms::algorithms::{
    AlgorithmIdentifier, RsaUse, SchemeError, SignatureScheme, SignerKey, algorithm_name,
    parse_algorithm, signature_scheme,
};
use crate::codes::{CodeSet, codes};

/// Where a value lies in the certificate's DER.
pub type DerRange = Range<usize>;

codes! {
    /// Deviations from RFC 5280 that leave no doubt about what is meant.
    pub enum CertificateQuirk {
        TrailingBytes = "certificate_trailing_bytes", "Something follows the certificate or its signature value.";
        NotDerLength = "certificate_not_der", "The certificate is encoded with indefinite lengths.";
        ExtensionsBelowV3 = "extensions_below_v3", "The certificate carries extensions, but says it is older than version 3.";
        ExplicitDefault = "explicit_default", "A default value of the certificate is written out.";
        BooleanNotDer = "boolean_not_der", "TRUE is written as another octet than 0xff.";
        TimeNotDer = "time_not_der", "A time of the certificate's validity lacks seconds, or has an offset or a fraction.";
        NegativeModulus = "negative_modulus", "The RSA modulus is encoded as a negative number.";
        ExplicitCurve = "explicit_curve", "The elliptic curve is written out instead of named.";
        SerialNotPositive = "serial_not_positive", "The serial number is zero or negative.";
        SerialLong = "serial_long", "The serial number is longer than 20 octets.";
        UndecodedExtension = "undecoded_extension", "An extension that only helps to find the issuer could not be decoded.";
        AlgorithmParametersDiffer = "algorithm_parameters_differ", "The two signature algorithms of the certificate differ in a NULL.";
    }
}

codes! {
    /// What makes a certificate malformed for a chain, although its key can be used.
    pub enum CertificateDefect {
        UnknownVersion = "unknown_version", "The version is none of 1, 2 and 3.";
        DuplicateExtension = "duplicate_extension", "An extension occurs twice (RFC 5280, section 4.2).";
        MalformedExtensions = "malformed_extensions", "The list of extensions could not be read to its end.";
        MalformedExtension = "malformed_extension", "An extension that bears on what the certificate may do could not be decoded.";
        MalformedTime = "malformed_time", "A time of the validity is not a time; the certificate is valid at no time.";
        TrailingFields = "trailing_fields", "The signed part holds fields that no version defines, or in the wrong order.";
        AlgorithmsDiffer = "algorithms_differ", "The signature algorithm inside the signed part is another than the one outside (RFC 5280, section 4.1.1.2).";
        SerialEmpty = "serial_empty", "The serial number has no octets.";
    }
}

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
        write!(
            f,
            "expected {} of an X.509 certificate, found ",
            self.expected
        )?;
        match self.found {
            Error::Truncated => f.write_str("the end of the data"),
            Error::UnexpectedTag { found, .. } => write!(f, "tag 0x{:02x}", found.identifier),
            Error::Malformed => f.write_str("a malformed value"),
            Error::Limit => f.write_str("more nesting than is allowed"),
        }
    }
}

impl core::error::Error for CertificateError {}

/// A certificate, decoded.
#[derive(Clone)]
pub struct Certificate {
    /// The certificate as it came; every range below lies in it.
    pub der: Arc<[u8]>,
    /// SHA-256 of `der`.
    pub sha256: [u8; 32],
    /// SHA-256 of the SubjectPublicKeyInfo.
    pub spki_sha256: [u8; 32],
    /// 1, 2 or 3.
    pub version: u8,
    /// Serial number: content octets as encoded; compare with [`Certificate::has_serial`].
    pub serial: Box<[u8]>,
    /// Subject.
    pub subject: Name,
    /// Issuer.
    pub issuer: Name,
    /// Start of validity, inclusive.
    pub not_before_unix_s: i64,
    /// End of validity, inclusive.
    pub not_after_unix_s: i64,
    /// SubjectKeyIdentifier.
    pub subject_key_identifier: Option<Box<[u8]>>,
    /// AuthorityKeyIdentifier.
    pub authority_key_identifier: Option<AuthorityKeyIdentifier>,
    /// KeyUsage.
    pub key_usage: Option<KeyUsage>,
    /// ExtendedKeyUsage: object identifiers.
    pub extended_key_usage: Option<Vec<OidBytes>>,
    /// BasicConstraints.
    pub basic_constraints: Option<BasicConstraints>,
    /// CertificatePolicies: object identifiers.
    pub policies: Vec<OidBytes>,
    /// NameConstraints is present.
    pub has_name_constraints: bool,
    /// PolicyConstraints is present.
    pub has_policy_constraints: bool,
    /// PolicyMappings is present.
    pub has_policy_mappings: bool,
    /// InhibitAnyPolicy is present.
    pub has_inhibit_any_policy: bool,
    /// Critical extensions other than all the above, subjectAltName and cRLDistributionPoints.
    pub unprocessed_critical: Vec<OidBytes>,
    /// E-mail addresses: of the alternative names, then of the subject.
    pub addresses: Vec<CertificateAddress>,
    /// Subject's key.
    pub key: SubjectKey,
    /// `rsa`, `rsassa-pss`, `dsa`, `ec`, `ed25519`, another known name, or dotted decimals.
    pub key_algorithm: Cow<'static, str>,
    /// Size of the key: modulus, DSA prime or curve.
    pub key_bits: Option<u32>,
    /// Elliptic curve: its name of SEC 2 or RFC 5639, or dotted decimals.
    pub curve: Option<Cow<'static, str>>,
    /// Restriction of an RSA key to PSS.
    pub rsa_use: RsaUse,
    /// Parameters of a DSA key, for the subjects that inherit them.
    pub dsa_parameters: Option<DsaParameters>,
    /// Where the outer signatureAlgorithm lies; see [`Certificate::signature_algorithm`].
    pub signature_algorithm: DerRange,
    /// Where the signed part lies.
    pub tbs: DerRange,
    /// Where the octets of the signature value lie.
    pub signature: DerRange,
    /// Subject and issuer are the same name.
    pub self_issued: bool,
    /// Harmless deviations.
    pub quirks: CodeSet<CertificateQuirk>,
    /// Not empty: a chain over this certificate is malformed.
    pub defects: CodeSet<CertificateDefect>,
}

/// Parses one certificate; what follows it in `der` is ignored with a quirk.
///
/// # Errors
/// [`CertificateError`] for the first field that is missing or of another type.
pub fn parse_certificate(der: &[u8]) -> Result<Certificate, CertificateError> {
    let mut input = Reader::new(der);
    let outer = input
        .read(Tag::SEQUENCE)
        .map_err(|found| CertificateError {
            expected: "the SEQUENCE",
            found,
        })?;
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
    signature: &'a [u8],
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
        let bits = parse_bit_string(value.content).and_then(|bits| bits.whole_octets());
        let signature = field("signatureValue", bits)?;
        if !fields.is_empty() {
            quirks.insert(CertificateQuirk::TrailingBytes);
        }
        if outer.unterminated {
            return field("the end of the SEQUENCE", Err(Error::Truncated));
        }
        if outer.indefinite || tbs.indefinite {
            quirks.insert(CertificateQuirk::NotDerLength);
        }
        Ok(Self {
            tbs,
            algorithm_element,
            algorithm,
            signature,
        })
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
        let version = field("version", read_version(&mut fields))?;
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
            field(
                "unique identifier",
                read_unique_identifier(&mut fields, number),
            )?;
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
            has_trailing_fields: !fields.is_empty() || !validity.is_empty(),
        })
    }
}

/// `[0] EXPLICIT INTEGER DEFAULT v1`: the number as encoded, one less than the version.
fn read_version(fields: &mut Reader<'_>) -> Result<Option<u32>, Error> {
    match fields.read_optional(Tag::context_constructed(0))? {
        Some(element) => parse_u32(element.reader().read(Tag::INTEGER)?.content).map(Some),
        None => Ok(None),
    }
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
    let issuer = field(
        "issuer",
        Name::parse(tbs.issuer.raw, within(tbs.issuer.raw)),
    )?;
    let subject = field(
        "subject",
        Name::parse(tbs.subject.raw, within(tbs.subject.raw)),
    )?;
    let spki = field("subjectPublicKeyInfo", SubjectPublicKey::parse(&tbs.spki))?;
    let mut extensions = tbs
        .extensions
        .map(|element| Extensions::parse(element.content))
        .unwrap_or_default();
    extensions.addresses.extend(name_addresses(tbs.subject.raw));
    let mut defects = extensions.defects;
    quirks.extend(extensions.quirks);
    quirks.extend(spki.quirks);
    let version = check_version(tbs, &mut quirks, &mut defects);
    check_serial(tbs.serial, &mut quirks, &mut defects);
    check_algorithms(&parts.algorithm, &tbs.algorithm, &mut quirks, &mut defects);
    let (not_before_unix_s, not_after_unix_s) = check_validity(tbs, &mut quirks, &mut defects);
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
        basic_constraints: extensions.basic_constraints,
        policies: extensions.policies,
        has_name_constraints: extensions.has_name_constraints,
        has_policy_constraints: extensions.has_policy_constraints,
        has_policy_mappings: extensions.has_policy_mappings,
        has_inhibit_any_policy: extensions.has_inhibit_any_policy,
        unprocessed_critical: extensions.unprocessed_critical,
        addresses: extensions.addresses,
        key: spki.key,
        key_algorithm: spki.algorithm,
        key_bits: spki.bits,
        curve: spki.curve,
        rsa_use: spki.rsa_use,
        dsa_parameters: spki.dsa_parameters,
        signature_algorithm: within(parts.algorithm_element.raw),
        tbs: within(parts.tbs.raw),
        signature: within(parts.signature),
        quirks,
        defects,
        der: outer.raw.into(),
    })
}

/// Where `part`, a slice of `whole`, begins and ends in it.
fn range_within(whole: &[u8], part: &[u8]) -> DerRange {
    let start = (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize);
    start..start + part.len()
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
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
    let raw =
        |algorithm: &AlgorithmIdentifier<'_>| algorithm.parameters.map(|found| found.raw.to_vec());
    if outside.oid == inside.oid && raw(outside) == raw(inside) {
        return;
    }
    let differ_in_null = outside.has_no_parameters() && inside.has_no_parameters();
    if outside.oid == inside.oid && differ_in_null {
        quirks.insert(CertificateQuirk::AlgorithmParametersDiffer);
    } else {
        defects.insert(CertificateDefect::AlgorithmsDiffer);
    }
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

/// Outcome of checking a certificate's signature with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateSignature {
    /// Made by the key.
    Valid,
    /// Not made by the key.
    Invalid,
    /// An algorithm this program does not have.
    Unsupported,
    /// The signature algorithm is not well-formed.
    Malformed,
}

/// All that is needed to check a certificate's signature, with others or alone.
#[derive(Clone, Copy)]
pub struct SignatureCheck<'a> {
    certificate: &'a Certificate,
    scheme: SignatureScheme,
    digest: Option<Digest>,
    message: [&'a [u8]; 1],
}

impl<'a> SignatureCheck<'a> {
    /// The job for `key`.
    #[must_use]
    pub fn job<'j>(&'j self, key: &'j PublicKey) -> Job<'j> {
        Job {
            key,
            scheme: self.scheme.scheme,
            input: match &self.digest {
                Some(digest) => Input::Digest(digest.as_bytes()),
                None => Input::Message(&self.message),
            },
            signature: self.certificate.signature_octets(),
        }
    }
}

impl Certificate {
    /// Whether `content`, the content octets of an INTEGER, is this serial number, however both are encoded.
    #[must_use]
    pub fn has_serial(&self, content: &[u8]) -> bool {
        minimal_integer(&self.serial) == minimal_integer(content)
    }

    /// Serial number in hexadecimal, as columns show it.
    #[must_use]
    pub fn serial_hex(&self) -> String {
        integer_hex(&self.serial)
    }

    /// Encoded subject.
    #[must_use]
    pub fn subject_der(&self) -> &[u8] {
        self.slice(&self.subject.der)
    }

    /// Encoded issuer.
    #[must_use]
    pub fn issuer_der(&self) -> &[u8] {
        self.slice(&self.issuer.der)
    }

    /// Subject as text (RFC 4514), never to compare by.
    #[must_use]
    pub fn subject_text(&self) -> String {
        to_rfc4514(self.subject_der())
    }

    /// Issuer as text (RFC 4514), never to compare by.
    #[must_use]
    pub fn issuer_text(&self) -> String {
        to_rfc4514(self.issuer_der())
    }

    /// The last common name of the subject.
    #[must_use]
    pub fn subject_common_name(&self) -> Option<String> {
        super::name::common_name(self.subject_der())
    }

    /// The signed octets.
    #[must_use]
    pub fn tbs_octets(&self) -> &[u8] {
        self.slice(&self.tbs)
    }

    /// The signature value.
    #[must_use]
    pub fn signature_octets(&self) -> &[u8] {
        self.slice(&self.signature)
    }

    /// The algorithm of the signature on this certificate.
    ///
    /// # Errors
    /// None in practice: the bytes were parsed before.
    pub fn signature_algorithm(&self) -> Result<AlgorithmIdentifier<'_>, Error> {
        let element = Reader::new(self.slice(&self.signature_algorithm)).read(Tag::SEQUENCE)?;
        parse_algorithm(&element)
    }

    /// Name of that algorithm, as columns show it.
    #[must_use]
    pub fn signature_algorithm_name(&self) -> Cow<'static, str> {
        self.signature_algorithm()
            .map_or(Cow::Borrowed(""), |algorithm| algorithm_name(algorithm.oid))
    }

    /// What of the subject's key bears on signatures made with it; `None` for a key that cannot be used.
    #[must_use]
    pub fn signer_key(&self) -> Option<SignerKey> {
        Some(SignerKey {
            algorithm: key_algorithm(&self.key)?,
            rsa_use: self.rsa_use,
        })
    }

    /// RFC 5280 §6.1: subject and issuer are the same name (which says nothing about the key).
    #[must_use]
    pub const fn is_self_issued(&self) -> bool {
        self.self_issued
    }

    /// Whether it looks like a self-signed certificate: self-issued, and the key identifiers do not deny it.
    #[must_use]
    pub fn is_self_signed_by_name(&self) -> bool {
        let authority = self.authority_key_identifier.as_ref();
        let key_id = authority.and_then(|authority| authority.key_identifier.as_ref());
        let denied = match (key_id, &self.subject_key_identifier) {
            (Some(authority), Some(subject)) => authority != subject,
            _ => false,
        };
        self.self_issued && !denied
    }

    /// The check of this certificate's signature against a key of that kind; hashes the signed octets.
    ///
    /// # Errors
    /// [`SchemeError`].
    pub fn signature_check(&self, issuer: SignerKey) -> Result<SignatureCheck<'_>, SchemeError> {
        let algorithm = self.signature_algorithm()?;
        let scheme = signature_scheme(&algorithm, None, issuer)?;
        let tbs = self.tbs_octets();
        Ok(SignatureCheck {
            certificate: self,
            scheme,
            digest: scheme.digest.map(|algorithm| digest::one(algorithm, tbs)),
            message: [tbs],
        })
    }

    /// Verifies the signature on this certificate with `key`, whose certificate allows `rsa_use`.
    #[must_use]
    pub fn verify_signed_by(&self, key: &PublicKey, rsa_use: RsaUse) -> CertificateSignature {
        let issuer = SignerKey {
            algorithm: key.algorithm(),
            rsa_use,
        };
        match self.signature_check(issuer) {
            Ok(check) => match signature::verify_one(&check.job(key)) {
                Answer::Valid => CertificateSignature::Valid,
                Answer::Invalid => CertificateSignature::Invalid,
                Answer::Unsupported => CertificateSignature::Unsupported,
            },
            Err(SchemeError::KeyMismatch) => CertificateSignature::Invalid,
            Err(SchemeError::Unsupported) => CertificateSignature::Unsupported,
            Err(SchemeError::Malformed) => CertificateSignature::Malformed,
        }
    }

    /// A range of this certificate; ranges are made by the parser, so it is always within.
    fn slice(&self, range: &DerRange) -> &[u8] {
        self.der.get(range.clone()).unwrap_or_default()
    }
}

impl core::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Certificate")
            .field("subject", &self.subject_text())
            .field("serial", &self.serial_hex())
            .finish_non_exhaustive()
    }
}
