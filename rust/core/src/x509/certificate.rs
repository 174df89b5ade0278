//! One parsed certificate (RFC 5280 §4.1), tolerant of historic encodings (RULES 18).
//!
//! Everything is decoded once, by [`parse_certificate`]; nothing is validated beyond the encoding. Where a field
//! cannot be decoded but the certificate still has its shape, it is kept with a [`CertificateDefect`], so that a
//! signature by its key is still checked and only the chain over it fails.

mod parse;
mod signed_by;
#[cfg(test)]
mod tests;

use core::ops::Range;
use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use super::name::{Name, to_rfc4514};
use crate::asn1::reader::{Error, Reader, Tag};
use crate::asn1::values::{integer_hex, minimal_integer, parse_bit_string};
use crate::cms::algorithms::{AlgorithmIdentifier, RsaUse, algorithm_name, parse_algorithm};
use crate::codes::{CodeSet, codes};
use crate::limits;

pub use self::parse::{CertificateError, parse_certificate};
pub(super) use self::parse::{range_within, sha256};
pub use self::signed_by::{CertificateSignature, SignatureCheck, SignedOctets};
pub use super::addresses::{AddressKind, CertificateAddress};
pub use super::distribution_points::RevocationPointers;
pub use super::extensions::{AuthorityKeyIdentifier, BasicConstraints, KeyUsage, OidBytes};
pub use super::general_name::GeneralName;
pub use super::name_constraints::{GeneralSubtree, NameConstraints};
pub use super::policies::{PolicyConstraints, PolicyMapping};
pub use super::public_key::{DsaParameters, SubjectKey};

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
    /// ExtendedKeyUsage is critical.
    pub extended_key_usage_is_critical: bool,
    /// BasicConstraints.
    pub basic_constraints: Option<BasicConstraints>,
    /// CertificatePolicies: object identifiers.
    pub policies: Vec<OidBytes>,
    /// NameConstraints.
    pub name_constraints: Option<Box<NameConstraints>>,
    /// PolicyConstraints; without either count where there is none.
    pub policy_constraints: PolicyConstraints,
    /// PolicyMappings.
    pub policy_mappings: Box<[PolicyMapping]>,
    /// InhibitAnyPolicy.
    pub inhibit_any_policy: Option<u32>,
    /// Critical extensions other than all the above, subjectAltName and those of [`Certificate::revocation`]; certificatePolicies with a
    /// qualifier nobody knows.
    pub unprocessed_critical: Vec<OidBytes>,
    /// Where revocation of this certificate is told.
    pub revocation: RevocationPointers,
    /// SubjectAltName.
    pub alternative_names: Box<[GeneralName]>,
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
    /// Where the SubjectPublicKeyInfo lies.
    pub spki: DerRange,
    /// Where the signed part lies.
    pub tbs: DerRange,
    /// Where the octets of the signature value lie.
    pub signature: DerRange,
    /// The signature value has no unused bits; one that has was made by no key.
    pub signature_is_whole_octets: bool,
    /// Subject and issuer are the same name.
    pub self_issued: bool,
    /// Harmless deviations.
    pub quirks: CodeSet<CertificateQuirk>,
    /// Not empty: a chain over this certificate is malformed.
    pub defects: CodeSet<CertificateDefect>,
    /// As rows show it; made when first asked for.
    pub(crate) shown: OnceLock<Shown>,
}

/// A certificate as rows show it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Subject (RFC 4514), never to compare by.
    pub subject: String,
    /// Issuer (RFC 4514), never to compare by.
    pub issuer: String,
    /// Serial number in hexadecimal.
    pub serial: String,
    /// Its addresses, in order; of many the first [`limits::ADDRESSES_PER_CERTIFICATE`].
    pub addresses: Vec<String>,
}

impl Certificate {
    /// Whether `content`, the content octets of an INTEGER, is this serial number, however both are encoded.
    #[must_use]
    pub fn has_serial(&self, content: &[u8]) -> bool {
        minimal_integer(&self.serial) == minimal_integer(content)
    }

    /// As rows show it, made once: a sender's certificate comes with every one of his messages.
    #[must_use]
    pub fn shown(&self) -> &Shown {
        self.shown.get_or_init(|| Shown {
            subject: to_rfc4514(self.subject_der()),
            issuer: to_rfc4514(self.issuer_der()),
            serial: integer_hex(&self.serial),
            addresses: self.shown_addresses().map(|address| address.text.to_string()).collect(),
        })
    }

    /// Its addresses, in order, however many.
    pub fn address_texts(&self) -> impl Iterator<Item = String> {
        self.addresses.iter().map(|address| address.text.to_string())
    }

    /// Whether it names more addresses than are shown; such a certificate is compared with no sender (RULES 43).
    #[must_use]
    pub fn has_too_many_addresses(&self) -> bool {
        self.shown_addresses().count() < self.addresses.len()
    }

    /// The addresses that are looked at.
    pub(crate) fn shown_addresses(&self) -> impl Iterator<Item = &CertificateAddress> {
        let mut bytes_left = limits::ADDRESS_BYTES_PER_CERTIFICATE;
        let first = self.addresses.iter().take(limits::ADDRESSES_PER_CERTIFICATE);
        first.map_while(move |address| {
            bytes_left = bytes_left.checked_sub(address.text.len())?;
            Some(address)
        })
    }

    /// Serial number in hexadecimal, as columns show it.
    #[must_use]
    pub fn serial_hex(&self) -> &str {
        &self.shown().serial
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
    pub fn subject_text(&self) -> &str {
        &self.shown().subject
    }

    /// Issuer as text (RFC 4514), never to compare by.
    #[must_use]
    pub fn issuer_text(&self) -> &str {
        &self.shown().issuer
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

    /// The bits of the subject's public key, which OCSP knows it by (RFC 6960 §4.1.1).
    #[must_use]
    pub fn public_key_bits(&self) -> &[u8] {
        let bits = || {
            let mut fields = Reader::new(self.slice(&self.spki)).read(Tag::SEQUENCE)?.reader();
            fields.read(Tag::SEQUENCE)?;
            parse_bit_string(fields.read(Tag::BIT_STRING)?.content)
        };
        bits().map_or(&[], |bits| bits.bytes)
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
