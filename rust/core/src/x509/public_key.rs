//! SubjectPublicKeyInfo (RFC 5280 §4.1.2.7, RFC 3279 §2.3, RFC 5480, RFC 8410) to keys that can verify.
//!
//! A key that cannot be used never makes its certificate unreadable: it comes out unsupported or malformed.

use std::borrow::Cow;

use smimebatch_crypto::signature::{KeyAlgorithm, KeyError, PublicKey};

use super::certificate::{Certificate, CertificateQuirk};
use super::curves::{curve_name, name_of_curve, named_curve};
use super::explicit_curve;
use crate::asn1::oid::Oid;
use crate::asn1::reader::{Element, Error, Reader, Result, Tag, parse_single};
use crate::asn1::values::{is_negative, parse_bit_string, unsigned_magnitude};
use crate::cms::algorithms::{
    AlgorithmIdentifier, RsaUse, SchemeError, algorithm_name, parse_algorithm,
    parse_pss_parameters, pss_shake_key, whole_message_key,
};
use crate::codes::CodeSet;

/// How the subject's public key came out.
#[derive(Clone)]
pub enum SubjectKey {
    /// Usable.
    Ready(PublicKey),
    /// DSA without parameters: inherited from the issuer (RFC 3279 §2.3.2); the y value, big-endian.
    DsaInherits(Box<[u8]>),
    /// Algorithm or curve not offered.
    Unsupported,
    /// Not a key.
    Malformed,
}

/// Dss-Parms (RFC 3279 §2.3.2), big-endian, for keys that inherit them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DsaParameters {
    /// Prime modulus.
    pub p: Box<[u8]>,
    /// Prime order.
    pub q: Box<[u8]>,
    /// Generator.
    pub g: Box<[u8]>,
}

impl DsaParameters {
    /// The key with the value `y` under these parameters.
    ///
    /// # Errors
    /// [`KeyError`] when the numbers are no key.
    pub fn key(&self, y: &[u8]) -> core::result::Result<PublicKey, KeyError> {
        PublicKey::dsa(&self.p, &self.q, &self.g, y)
    }
}

/// A subject public key with what columns say of it; moved into the certificate.
pub(super) struct SubjectPublicKey {
    pub(super) key: SubjectKey,
    pub(super) algorithm: Cow<'static, str>,
    pub(super) bits: Option<u32>,
    pub(super) curve: Option<Cow<'static, str>>,
    pub(super) rsa_use: RsaUse,
    pub(super) dsa_parameters: Option<DsaParameters>,
    pub(super) quirks: CodeSet<CertificateQuirk>,
}

const RSA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";
const RSASSA_PSS: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a";
const DSA: &[u8] = b"\x2a\x86\x48\xce\x38\x04\x01";
const DSA_OIW: &[u8] = b"\x2b\x0e\x03\x02\x0c";
const EC: &[u8] = b"\x2a\x86\x48\xce\x3d\x02\x01";

impl SubjectPublicKey {
    /// Parses a SubjectPublicKeyInfo.
    ///
    /// # Errors
    /// Only when it is not one; a bad key inside is [`SubjectKey::Malformed`].
    pub(super) fn parse(spki: &Element<'_>) -> Result<Self> {
        let mut fields = spki.reader();
        let algorithm = parse_algorithm(&fields.read(Tag::SEQUENCE)?)?;
        let bits = parse_bit_string(fields.read(Tag::BIT_STRING)?.content)?;
        if !fields.is_empty() {
            return Err(Error::Malformed);
        }
        let mut parsed = Self {
            key: SubjectKey::Malformed,
            algorithm: key_algorithm_name(algorithm.oid),
            bits: None,
            curve: None,
            rsa_use: RsaUse::Any,
            dsa_parameters: None,
            quirks: CodeSet::EMPTY,
        };
        if let Ok(octets) = bits.whole_octets() {
            parsed.key = match parsed.parse_key(&algorithm, octets) {
                Ok(key) => key,
                Err(KeyError::Malformed) => SubjectKey::Malformed,
                Err(KeyError::Unsupported) => SubjectKey::Unsupported,
            };
        }
        if let SubjectKey::Ready(key) = &parsed.key {
            parsed.bits = Some(key.bits());
        }
        Ok(parsed)
    }

    fn parse_key(
        &mut self,
        algorithm: &AlgorithmIdentifier<'_>,
        octets: &[u8],
    ) -> core::result::Result<SubjectKey, KeyError> {
        match algorithm.oid.0 {
            RSA => self.parse_rsa(octets).map(SubjectKey::Ready),
            RSASSA_PSS => {
                self.rsa_use = parse_rsa_use(algorithm)?;
                self.parse_rsa(octets).map(SubjectKey::Ready)
            }
            DSA | DSA_OIW => self.parse_dsa(algorithm, octets),
            EC => self.parse_ec(algorithm, octets).map(SubjectKey::Ready),
            _ => self.parse_other(algorithm.oid, octets).map(SubjectKey::Ready),
        }
    }

    /// Keys whose identifier says everything: the octets are the key (RFC 8410 §4, RFC 9881 §4, RFC 9909).
    fn parse_other(
        &mut self,
        oid: Oid<'_>,
        octets: &[u8],
    ) -> core::result::Result<PublicKey, KeyError> {
        if let Some(parameters) = pss_shake_key(oid) {
            self.rsa_use = RsaUse::PssWith(parameters);
            return self.parse_rsa(octets);
        }
        match whole_message_key(oid).ok_or(KeyError::Unsupported)? {
            KeyAlgorithm::Ed25519 => PublicKey::ed25519(octets),
            KeyAlgorithm::Ed448 => PublicKey::ed448(octets),
            KeyAlgorithm::MlDsa(set) => PublicKey::ml_dsa(set, octets),
            KeyAlgorithm::SlhDsa(set) => PublicKey::slh_dsa(set, octets),
            KeyAlgorithm::Rsa | KeyAlgorithm::Dsa | KeyAlgorithm::Ec(_) => {
                Err(KeyError::Unsupported)
            }
        }
    }

    /// RSAPublicKey (RFC 8017 §A.1.1).
    fn parse_rsa(&mut self, octets: &[u8]) -> core::result::Result<PublicKey, KeyError> {
        let mut fields = parse_single(octets, Tag::SEQUENCE).map_err(malformed)?.reader();
        let modulus = fields.read(Tag::INTEGER).map_err(malformed)?.content;
        let exponent = fields.read(Tag::INTEGER).map_err(malformed)?.content;
        if !fields.is_empty() || is_negative(exponent) {
            return Err(KeyError::Malformed);
        }
        // RULES 14: a modulus encoded negative is read as the unsigned number that was meant.
        if is_negative(modulus) {
            self.quirks.insert(CertificateQuirk::NegativeModulus);
        }
        let modulus = unsigned_magnitude(modulus);
        self.bits = bit_length(modulus);
        PublicKey::rsa(modulus, unsigned_magnitude(exponent))
    }

    /// RFC 3279 §2.3.2: y as INTEGER, parameters here or with the issuer.
    fn parse_dsa(
        &mut self,
        algorithm: &AlgorithmIdentifier<'_>,
        octets: &[u8],
    ) -> core::result::Result<SubjectKey, KeyError> {
        let y = parse_single(octets, Tag::INTEGER).map_err(malformed)?;
        let y = read_unsigned(&mut Reader::new(y.raw))?;
        let Some(parameters) = algorithm.parameters.filter(|element| element.tag != Tag::NULL)
        else {
            return Ok(SubjectKey::DsaInherits(y.into()));
        };
        if parameters.tag != Tag::SEQUENCE {
            return Err(KeyError::Malformed);
        }
        let mut fields = parameters.reader();
        let parameters = DsaParameters {
            p: read_unsigned(&mut fields)?.into(),
            q: read_unsigned(&mut fields)?.into(),
            g: read_unsigned(&mut fields)?.into(),
        };
        if !fields.is_empty() {
            return Err(KeyError::Malformed);
        }
        self.bits = bit_length(&parameters.p);
        let key = parameters.key(y)?;
        self.dsa_parameters = Some(parameters);
        Ok(SubjectKey::Ready(key))
    }

    /// RFC 5480 §2.1.1: a named curve; explicit parameters where they are those of one (RULES 12).
    fn parse_ec(
        &mut self,
        algorithm: &AlgorithmIdentifier<'_>,
        octets: &[u8],
    ) -> core::result::Result<PublicKey, KeyError> {
        let parameters = algorithm.parameters.ok_or(KeyError::Unsupported)?;
        let curve = match parameters.tag {
            Tag::OID => {
                self.curve = Some(curve_name(Oid(parameters.content)));
                named_curve(parameters.content).ok_or(KeyError::Unsupported)?
            }
            Tag::SEQUENCE => {
                let curve = explicit_curve::parse_curve(&parameters).map_err(malformed)?;
                let curve = curve.ok_or(KeyError::Unsupported)?;
                self.quirks.insert(CertificateQuirk::ExplicitCurve);
                self.curve = Some(Cow::Borrowed(name_of_curve(curve)));
                curve
            }
            // implicitlyCA: the curve is known from elsewhere, and nowhere is.
            _ => return Err(KeyError::Unsupported),
        };
        PublicKey::ec(curve, octets)
    }
}

fn parse_rsa_use(algorithm: &AlgorithmIdentifier<'_>) -> core::result::Result<RsaUse, KeyError> {
    if algorithm.has_no_parameters() {
        return Ok(RsaUse::PssOnly);
    }
    match parse_pss_parameters(algorithm.parameters) {
        Ok(parameters) => Ok(RsaUse::PssWith(parameters)),
        Err(SchemeError::Unsupported) => Err(KeyError::Unsupported),
        Err(_) => Err(KeyError::Malformed),
    }
}

const fn malformed(_: Error) -> KeyError {
    KeyError::Malformed
}

/// A positive INTEGER's magnitude.
fn read_unsigned<'a>(fields: &mut Reader<'a>) -> core::result::Result<&'a [u8], KeyError> {
    let content = fields.read(Tag::INTEGER).map_err(malformed)?.content;
    let magnitude = unsigned_magnitude(content);
    if is_negative(content) || magnitude.is_empty() {
        Err(KeyError::Malformed)
    } else {
        Ok(magnitude)
    }
}

/// Bits of a big-endian number without leading zero octets.
fn bit_length(magnitude: &[u8]) -> Option<u32> {
    let first = magnitude.first()?;
    u32::try_from(magnitude.len() * 8).ok().map(|bits| bits - first.leading_zeros())
}

/// The numbers of an RSA key, big-endian without leading zeros, be they such that a key can be used or not.
pub(crate) struct RsaNumbers<'a> {
    pub(crate) modulus: &'a [u8],
    pub(crate) exponent: &'a [u8],
}

/// The numbers of the key of a certificate (RFC 8017 §A.1.1); `None` for other keys and for what is no key.
pub(crate) fn rsa_numbers(certificate: &Certificate) -> Option<RsaNumbers<'_>> {
    if !matches!(&*certificate.key_algorithm, "rsa" | "rsassa-pss") {
        return None;
    }
    let mut fields = parse_single(certificate.public_key_bits(), Tag::SEQUENCE).ok()?.reader();
    let modulus = fields.read(Tag::INTEGER).ok()?.content;
    let exponent = fields.read(Tag::INTEGER).ok()?.content;
    Some(RsaNumbers {
        modulus: unsigned_magnitude(modulus),
        exponent: unsigned_magnitude(exponent),
    })
}

/// Name of a kind of key in columns; dotted decimals where there is none.
fn key_algorithm_name(oid: Oid<'_>) -> Cow<'static, str> {
    match oid.0 {
        RSA => Cow::Borrowed("rsa"),
        RSASSA_PSS => Cow::Borrowed("rsassa-pss"),
        DSA | DSA_OIW => Cow::Borrowed("dsa"),
        EC => Cow::Borrowed("ec"),
        _ => algorithm_name(oid),
    }
}
