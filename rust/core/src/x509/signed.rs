//! The shape that certificate lists and OCSP responses share with certificates: signed part, algorithm, signature.
//!
//! RFC 5280 §5.1.1 and RFC 6960 §4.2.1. The object keeps its bytes once, and everything else as ranges in them.

use core::ops::Range;
use std::sync::Arc;

use smimebatch_crypto::signature::PublicKey;

use super::certificate::{CertificateSignature, SignedOctets, range_within, sha256};
use crate::asn1::reader::{Element, Error, Reader, Tag};
use crate::asn1::values::parse_bit_string;
use crate::cms::algorithms::{AlgorithmIdentifier, RsaUse, parse_algorithm};

/// Why bytes are not the list or response that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The field that was expected.
    pub expected: &'static str,
    /// What was found there.
    pub found: Error,
}

impl FieldError {
    /// Bytes that are neither DER nor PEM of the kind.
    pub(crate) const NOT_DER: Self =
        Self { expected: "DER, or PEM of that kind", found: Error::Malformed };
    /// More bytes than are read.
    pub(crate) const TOO_LONG: Self = Self { expected: "a smaller object", found: Error::Limit };
}

impl core::fmt::Display for FieldError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "expected {}, found ", self.expected)?;
        match self.found {
            Error::Truncated => f.write_str("the end of the data"),
            Error::UnexpectedTag { found, .. } => write!(f, "tag 0x{:02x}", found.identifier),
            Error::Malformed => f.write_str("a malformed value"),
            Error::Limit => f.write_str("more than is allowed"),
        }
    }
}

impl core::error::Error for FieldError {}

/// `result` of reading the field called `expected`.
pub(super) fn field<T>(expected: &'static str, result: Result<T, Error>) -> Result<T, FieldError> {
    result.map_err(|found| FieldError { expected, found })
}

/// The parts of a signed object, cut out of its encoding.
pub(super) struct SignedParts<'a> {
    pub(super) outer: Element<'a>,
    pub(super) tbs: Element<'a>,
    pub(super) algorithm: AlgorithmIdentifier<'a>,
    algorithm_raw: &'a [u8],
    signature: &'a [u8],
    is_whole_octets: bool,
    /// What follows the signature.
    pub(super) rest: Reader<'a>,
}

impl<'a> SignedParts<'a> {
    /// Cuts the first element of `der`.
    pub(super) fn read(der: &'a [u8]) -> Result<Self, FieldError> {
        let outer = field("the SEQUENCE", Reader::new(der).read(Tag::SEQUENCE))?;
        if outer.unterminated {
            return field("the end of the SEQUENCE", Err(Error::Truncated));
        }
        let mut fields = outer.reader();
        let tbs = field("the signed part", fields.read(Tag::SEQUENCE))?;
        let algorithm = field("signatureAlgorithm", fields.read(Tag::SEQUENCE))?;
        let value = field("the signature", fields.read(Tag::BIT_STRING))?;
        let bits = field("the signature", parse_bit_string(value.content))?;
        Ok(Self {
            outer,
            tbs,
            algorithm: field("signatureAlgorithm", parse_algorithm(&algorithm))?,
            algorithm_raw: algorithm.raw,
            signature: bits.bytes,
            is_whole_octets: bits.unused == 0,
            rest: fields,
        })
    }

    /// The object with its own copy of the bytes.
    pub(super) fn to_owned(&self) -> SignedObject {
        let within = |part: &[u8]| range_within(self.outer.raw, part);
        SignedObject {
            sha256: sha256(self.outer.raw),
            tbs: within(self.tbs.raw),
            algorithm: within(self.algorithm_raw),
            signature: within(self.signature),
            is_whole_octets: self.is_whole_octets,
            der: self.outer.raw.into(),
        }
    }
}

/// A signed object with its bytes.
#[derive(Clone)]
pub struct SignedObject {
    /// The object as it came, without what followed it.
    pub der: Arc<[u8]>,
    /// SHA-256 of `der`.
    pub sha256: [u8; 32],
    tbs: Range<usize>,
    algorithm: Range<usize>,
    signature: Range<usize>,
    is_whole_octets: bool,
}

impl SignedObject {
    /// The algorithm of the signature.
    ///
    /// # Errors
    /// None in practice: the bytes were parsed before.
    pub fn algorithm(&self) -> Result<AlgorithmIdentifier<'_>, Error> {
        parse_algorithm(&Reader::new(self.slice(&self.algorithm)).read(Tag::SEQUENCE)?)
    }

    /// Verifies the signature with `key`, whose certificate allows `rsa_use`.
    #[must_use]
    pub fn verify_signed_by(&self, key: &PublicKey, rsa_use: RsaUse) -> CertificateSignature {
        let Ok(algorithm) = self.algorithm() else {
            return CertificateSignature::Malformed;
        };
        SignedOctets {
            tbs: self.slice(&self.tbs),
            algorithm,
            signature: self.slice(&self.signature),
            is_whole_octets: self.is_whole_octets,
        }
        .verify(key, rsa_use)
    }

    /// A range of this object; ranges are made by the parser, so it is always within.
    pub(super) fn slice(&self, range: &Range<usize>) -> &[u8] {
        self.der.get(range.clone()).unwrap_or_default()
    }
}
