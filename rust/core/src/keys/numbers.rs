//! The numbers of a private key as slices of where they stand: RSA (RFC 8017 §A.1.2), EC (RFC 5915), and keys that are
//! octets (RFC 8410, RFC 9881, RFC 9935).
//!
//! Nothing is copied here, so nothing of a key is left behind; [`super::held_key`] makes the key of them.

use smimebatch_crypto::private_key::{RsaFactors, RsaNumbers};
use smimebatch_crypto::signature::Curve;

use super::error::{Damage, KeyFileError, Part, Within as _};
use crate::asn1::oid::Oid;
use crate::asn1::reader::{Element, Error, Reader, Tag};
use crate::asn1::values::{is_negative, parse_bit_string, parse_u32, unsigned_magnitude};
use crate::x509::curves::{curve_name, named_curve};
use crate::x509::explicit_curve;

/// The number of an EC key.
pub(super) struct EcNumbers<'a> {
    pub(super) curve: Curve,
    /// Big-endian without leading zeros: files pad to the field, to the order, or not at all.
    pub(super) scalar: &'a [u8],
    /// The point that the file states.
    pub(super) point: Option<&'a [u8]>,
}

/// Parses an RSAPrivateKey; one whose factors are written as zeros is a key without them.
///
/// ```text
/// RSAPrivateKey ::= SEQUENCE {
///   version, modulus n, publicExponent e, privateExponent d,
///   prime1 p, prime2 q, exponent1, exponent2, coefficient, otherPrimeInfos OPTIONAL }
/// ```
pub(super) fn parse_rsa(bytes: &[u8]) -> Result<RsaNumbers<'_>, KeyFileError> {
    let part = Part::RsaPrivateKey;
    let mut fields = Reader::new(bytes).read(Tag::SEQUENCE).within(part)?.reader();
    let version = parse_u32(fields.read(Tag::INTEGER).within(part)?.content).within(part)?;
    // RFC 8017 §A.1.2: version 1 is of more than two primes.
    if version != 0 {
        return Err(KeyFileError::Unsupported("RSA with more than two primes".into()));
    }
    let mut number = || {
        let content = fields.read(Tag::INTEGER).within(part)?.content;
        if is_negative(content) {
            return Err(KeyFileError::damaged(part, Damage::NoKey));
        }
        Ok(unsigned_magnitude(content))
    };
    let (modulus, public_exponent, private_exponent) = (number()?, number()?, number()?);
    let factors = RsaFactors {
        prime_1: number()?,
        prime_2: number()?,
        exponent_1: number()?,
        exponent_2: number()?,
        coefficient: number()?,
    };
    let factors = Some(factors).filter(|factors| !factors.prime_1.is_empty());
    Ok(RsaNumbers { modulus, public_exponent, private_exponent, factors })
}

/// Parses an ECPrivateKey; `outer` are the parameters of an AlgorithmIdentifier around it.
///
/// ```text
/// ECPrivateKey ::= SEQUENCE {
///   version INTEGER { ecPrivkeyVer1(1) },
///   privateKey OCTET STRING,
///   parameters [0] ECParameters OPTIONAL,
///   publicKey [1] BIT STRING OPTIONAL }
/// ```
pub(super) fn parse_ec<'a>(
    bytes: &'a [u8],
    outer: Option<Element<'a>>,
) -> Result<EcNumbers<'a>, KeyFileError> {
    let part = Part::EcPrivateKey;
    let mut fields = Reader::new(bytes).read(Tag::SEQUENCE).within(part)?.reader();
    fields.read(Tag::INTEGER).within(part)?;
    let scalar = unsigned_magnitude(fields.read(Tag::OCTET_STRING).within(part)?.content);
    let inner = match fields.read_optional(Tag::context_constructed(0)).within(part)? {
        Some(parameters) => Some(parameters.reader().read_element().within(part)?),
        None => None,
    };
    let point = match fields.read_optional(Tag::context_constructed(1)).within(part)? {
        Some(public) => {
            let bits = public.reader().read(Tag::BIT_STRING).within(part)?;
            Some(parse_bit_string(bits.content).and_then(|it| it.whole_octets()).within(part)?)
        }
        None => None,
    };
    let (outer, inner) = (curve_of(outer)?, curve_of(inner)?);
    let curve = match (outer, inner) {
        (Some(outer), Some(inner)) if outer != inner => {
            return Err(KeyFileError::damaged(part, Damage::OtherCurve));
        }
        (outer, inner) => outer.or(inner),
    };
    // RFC 5915 §3: parameters are in one of the two places.
    let curve = curve.ok_or(KeyFileError::damaged(part, Damage::Asn1(Error::Truncated)))?;
    Ok(EcNumbers { curve, scalar, point })
}

/// RFC 5480 §2.1.1: a named curve; explicit parameters where they are those of one (RULES 12).
pub(super) fn curve_of(parameters: Option<Element<'_>>) -> Result<Option<Curve>, KeyFileError> {
    let Some(parameters) = parameters else {
        return Ok(None);
    };
    let curve = match parameters.tag {
        Tag::OID => {
            let unsupported = || KeyFileError::Unsupported(curve_name(Oid(parameters.content)));
            named_curve(parameters.content).ok_or_else(unsupported)?
        }
        Tag::SEQUENCE => {
            let curve = explicit_curve::parse_curve(&parameters).within(Part::EcPrivateKey)?;
            curve.ok_or(KeyFileError::Unsupported("a curve that has no name".into()))?
        }
        // implicitlyCA, or an ANY that is absent.
        _ => return Ok(None),
    };
    Ok(Some(curve))
}

/// RFC 8410 §7: `CurvePrivateKey ::= OCTET STRING`.
pub(super) fn parse_curve_private_key(bytes: &[u8]) -> Result<&[u8], KeyFileError> {
    let part = Part::CurvePrivateKey;
    Reader::new(bytes).read(Tag::OCTET_STRING).within(part).map(|element| element.content)
}

/// A seed, an expanded key or both (RFC 9935 §6, RFC 9881 §6).
pub(super) struct SeededOctets<'a> {
    pub(super) seed: Option<&'a [u8]>,
    pub(super) expanded: Option<&'a [u8]>,
}

/// Parses an ML-KEM-PrivateKey (seeds of 64 octets) or ML-DSA-PrivateKey (of 32), as `part` says:
///
/// ```text
/// ML-KEM-PrivateKey ::= CHOICE {
///   seed [0] OCTET STRING (SIZE (64)),
///   expandedKey OCTET STRING,
///   both SEQUENCE { seed OCTET STRING (SIZE (64)), expandedKey OCTET STRING } }
/// ```
pub(super) fn parse_seeded(bytes: &[u8], part: Part) -> Result<SeededOctets<'_>, KeyFileError> {
    let element = Reader::new(bytes).read_element().within(part)?;
    match element.tag {
        Tag::OCTET_STRING => Ok(SeededOctets { seed: None, expanded: Some(element.content) }),
        Tag::SEQUENCE => {
            let mut fields = element.reader();
            let seed = Some(fields.read(Tag::OCTET_STRING).within(part)?.content);
            let expanded = Some(fields.read(Tag::OCTET_STRING).within(part)?.content);
            Ok(SeededOctets { seed, expanded })
        }
        found => {
            let expected = Tag::context_primitive(0);
            if found != expected {
                return Err(Error::UnexpectedTag { expected, found }).within(part);
            }
            Ok(SeededOctets { seed: Some(element.content), expanded: None })
        }
    }
}
