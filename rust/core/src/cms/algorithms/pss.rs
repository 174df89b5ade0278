//! RSASSA-PSS parameters (RFC 4055 §3.1), in signatures and as the restriction of a key.

use smimebatch_crypto::digest;
use smimebatch_crypto::signature::Mask;

use super::{AlgorithmIdentifier, SchemeError, digest_algorithm, oids, parse_algorithm};
use crate::asn1::reader::{Element, Error, Reader, Tag};
use crate::asn1::values::parse_u32;

/// RSASSA-PSS-params with the defaults filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PssParameters {
    /// Digest of the message.
    pub hash: digest::Algorithm,
    /// Mask generation.
    pub mask: Mask,
    /// Salt length in octets; in a key the least allowed.
    pub salt_octets: u32,
}

impl PssParameters {
    /// What stands for parameters that are left out (RFC 4055 §3.1, RULES 11).
    pub const DEFAULT: Self = Self {
        hash: digest::Algorithm::Sha1,
        mask: Mask::Mgf1(digest::Algorithm::Sha1),
        salt_octets: 20,
    };

    /// RFC 8702 §3.2.1: hash, mask and salt length of id-RSASSA-PSS-SHAKE128 and -SHAKE256.
    pub(super) fn of_shake(hash: digest::Algorithm) -> Option<Self> {
        let mask = match hash {
            digest::Algorithm::Shake128 => Mask::Shake128,
            digest::Algorithm::Shake256 => Mask::Shake256,
            _ => return None,
        };
        let salt_octets = u32::try_from(hash.output_bytes()).ok()?;
        Some(Self { hash, mask, salt_octets })
    }

    /// RFC 4055 §3.3: the digests must be those of the key, the salt at least as long.
    #[must_use]
    pub fn satisfies(&self, key: &Self) -> bool {
        self.hash == key.hash && self.mask == key.mask && self.salt_octets >= key.salt_octets
    }
}

/// RSASSA-PSS-params; absent or NULL means all defaults (RULES 11).
///
/// # Errors
/// [`SchemeError::Malformed`]; [`SchemeError::Unsupported`] for digests, mask generation or trailer not offered.
pub fn parse_pss_parameters(parameters: Option<Element<'_>>) -> Result<PssParameters, SchemeError> {
    let Some(parameters) = parameters.filter(|element| element.tag != Tag::NULL) else {
        return Ok(PssParameters::DEFAULT);
    };
    if parameters.tag != Tag::SEQUENCE {
        return Err(SchemeError::Malformed);
    }
    let mut fields = parameters.reader();
    let mut parsed = PssParameters::DEFAULT;
    if let Some(hash) = read_tagged(&mut fields, 0)? {
        parsed.hash = supported_digest(&parse_algorithm(&hash)?)?;
    }
    if let Some(mask) = read_tagged(&mut fields, 1)? {
        parsed.mask = parse_mgf1(&parse_algorithm(&mask)?)?;
    }
    if let Some(salt) = read_tagged(&mut fields, 2)? {
        parsed.salt_octets = parse_integer(&salt)?;
    }
    if let Some(trailer) = read_tagged(&mut fields, 3)? {
        // RFC 8017 §A.2.3: only trailerFieldBC(1) exists.
        if parse_integer(&trailer)? != 1 {
            return Err(SchemeError::Unsupported);
        }
    }
    if fields.is_empty() { Ok(parsed) } else { Err(SchemeError::Malformed) }
}

pub(super) fn read_tagged<'a>(
    fields: &mut Reader<'a>,
    number: u8,
) -> Result<Option<Element<'a>>, SchemeError> {
    let Some(outer) = fields.read_optional(Tag::context_constructed(number))? else {
        return Ok(None);
    };
    let mut reader = outer.reader();
    let inner = reader.read_element()?;
    if reader.is_empty() { Ok(Some(inner)) } else { Err(SchemeError::Malformed) }
}

fn parse_integer(element: &Element<'_>) -> Result<u32, SchemeError> {
    if element.tag == Tag::INTEGER {
        Ok(parse_u32(element.content)?)
    } else {
        Err(SchemeError::Malformed)
    }
}

pub(super) fn parse_mgf1(mask: &AlgorithmIdentifier<'_>) -> Result<Mask, SchemeError> {
    if mask.oid.0 != oids::MGF1 {
        return Err(SchemeError::Unsupported);
    }
    let hash = mask.parameters.ok_or(SchemeError::Malformed)?;
    match supported_digest(&parse_algorithm(&hash)?)? {
        // RFC 8702 §3.2.1: they mask by themselves, under identifiers of their own.
        digest::Algorithm::Shake128 | digest::Algorithm::Shake256 => Err(SchemeError::Unsupported),
        hash => Ok(Mask::Mgf1(hash)),
    }
}

pub(super) fn supported_digest(
    identifier: &AlgorithmIdentifier<'_>,
) -> Result<digest::Algorithm, SchemeError> {
    digest_algorithm(identifier.oid).ok_or(SchemeError::Unsupported)
}

impl From<Error> for SchemeError {
    fn from(_: Error) -> Self {
        Self::Malformed
    }
}
