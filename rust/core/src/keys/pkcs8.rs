//! PKCS#8: PrivateKeyInfo and OneAsymmetricKey (RFC 5958 §2), plain or encrypted (§3) → a private key.
//!
//! The algorithm says how the octets of the key are to be read ([`super::numbers`]). Attributes are left aside. A public
//! key beside the private one must be its own.

use smimebatch_crypto::secret::Secret;

use super::encrypted::{Opener, Protection};
use super::error::{KeyFileError, Part, Within as _};
use super::held_key::HeldKey;
use super::numbers::{parse_curve_private_key, parse_ec, parse_rsa, parse_seeded};
use super::oids;
use crate::asn1::oid::Oid;
use crate::asn1::reader::{Element, Error, Reader, Tag};
use crate::asn1::values::parse_bit_string;
use crate::cms::algorithms::{parse_algorithm, pss_shake_key};

/// Opens an EncryptedPrivateKeyInfo (RFC 5958 §3):
///
/// ```text
/// EncryptedPrivateKeyInfo ::= SEQUENCE {
///   encryptionAlgorithm AlgorithmIdentifier,
///   encryptedData OCTET STRING }
/// ```
///
/// # Errors
/// [`KeyFileError`] where no password opens it, or it is none.
pub(super) fn open_encrypted(
    bytes: &[u8],
    opener: &mut Opener<'_>,
) -> Result<Secret, KeyFileError> {
    let part = Part::EncryptedPrivateKeyInfo;
    let mut fields = Reader::new(bytes).read(Tag::SEQUENCE).within(part)?.reader();
    let algorithm = fields.read(Tag::SEQUENCE).and_then(|it| parse_algorithm(&it)).within(part)?;
    let pieces = read_octets(&mut fields, part)?;
    opener.open(&Protection::parse(&algorithm)?, &pieces, part)
}

/// Parses a PrivateKeyInfo or OneAsymmetricKey (RFC 5958 §2):
///
/// ```text
/// OneAsymmetricKey ::= SEQUENCE {
///   version INTEGER { v1(0), v2(1) },
///   privateKeyAlgorithm AlgorithmIdentifier,
///   privateKey OCTET STRING,
///   attributes [0] IMPLICIT Attributes OPTIONAL,
///   publicKey [1] IMPLICIT BIT STRING OPTIONAL }
/// ```
///
/// # Errors
/// [`KeyFileError`] for what is none, or of an algorithm that is not offered.
pub(super) fn parse_private_key_info(bytes: &[u8]) -> Result<HeldKey, KeyFileError> {
    let part = Part::PrivateKeyInfo;
    let mut fields = Reader::new(bytes).read(Tag::SEQUENCE).within(part)?.reader();
    fields.read(Tag::INTEGER).within(part)?;
    let algorithm = fields.read(Tag::SEQUENCE).and_then(|it| parse_algorithm(&it)).within(part)?;
    let octets = Secret::joined(&read_octets(&mut fields, part)?);
    fields.read_optional(Tag::context_constructed(0)).within(part)?;
    let public = read_public_key(&mut fields)?;
    let key = parse_key(algorithm.oid, algorithm.parameters, octets.as_bytes())?;
    key.with_stated_public_key(public)
}

fn parse_key(
    algorithm: Oid<'_>,
    parameters: Option<Element<'_>>,
    octets: &[u8],
) -> Result<HeldKey, KeyFileError> {
    match algorithm {
        oids::RSA | oids::RSAES_OAEP | oids::RSASSA_PSS => HeldKey::rsa(&parse_rsa(octets)?),
        oids::EC | oids::ECDH => HeldKey::ec(&parse_ec(octets, parameters)?),
        oids::X25519 | oids::X448 | oids::ED25519 | oids::ED448 => {
            HeldKey::of_curve(algorithm, parse_curve_private_key(octets)?)
        }
        oids::ML_KEM_512 | oids::ML_KEM_768 | oids::ML_KEM_1024 => {
            HeldKey::ml_kem(algorithm, &parse_seeded(octets, Part::MlKemPrivateKey)?)
        }
        oids::ML_DSA_44 | oids::ML_DSA_65 | oids::ML_DSA_87 => {
            HeldKey::ml_dsa(algorithm, &parse_seeded(octets, Part::MlDsaPrivateKey)?)
        }
        other if pss_shake_key(other).is_some() => HeldKey::rsa(&parse_rsa(octets)?),
        other => Err(KeyFileError::unsupported(other)),
    }
}

/// The pieces of an OCTET STRING.
fn read_octets<'a>(fields: &mut Reader<'a>, part: Part) -> Result<Vec<&'a [u8]>, KeyFileError> {
    let element = fields.read_element().within(part)?;
    if !element.tag.same_type(Tag::OCTET_STRING) {
        let (expected, found) = (Tag::OCTET_STRING, element.tag);
        return Err(Error::UnexpectedTag { expected, found }).within(part);
    }
    element.string_pieces(Tag::OCTET_STRING).within(part)
}

fn read_public_key<'a>(fields: &mut Reader<'a>) -> Result<Option<&'a [u8]>, KeyFileError> {
    let part = Part::PrivateKeyInfo;
    match fields.read_optional(Tag::context_primitive(1)).within(part)? {
        Some(public) => parse_bit_string(public.content).map(|bits| Some(bits.bytes)).within(part),
        None => Ok(None),
    }
}
