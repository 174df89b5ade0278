//! RSAES-OAEP parameters (RFC 4055 §4.1).

use smimebatch_crypto::digest;
use smimebatch_crypto::signature::Mask;

use super::pss::{parse_mgf1, read_tagged, supported_digest};
use super::{AlgorithmIdentifier, SchemeError, parse_algorithm};
use crate::asn1::reader::{Element, Tag};

/// RSAES-OAEP-params with the defaults filled in; hash, mask and label are independent of each other (RULES 37).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OaepParameters<'a> {
    /// Digest of the label.
    pub hash: digest::Algorithm,
    /// Digest of the mask generation.
    pub mask_hash: digest::Algorithm,
    /// The label.
    pub label: &'a [u8],
}

/// id-pSpecified (RFC 4055 §4.1).
const P_SPECIFIED: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x09";

/// RSAES-OAEP-params; absent means all defaults.
///
/// # Errors
/// [`SchemeError::Malformed`], NULL among it: nothing falls back to another padding (RULES 33);
/// [`SchemeError::Unsupported`] for digests, mask generation or source of the label not offered.
pub fn parse_oaep_parameters(
    parameters: Option<Element<'_>>,
) -> Result<OaepParameters<'_>, SchemeError> {
    let sha1 = digest::Algorithm::Sha1;
    let mut parsed = OaepParameters { hash: sha1, mask_hash: sha1, label: &[] };
    let Some(parameters) = parameters else { return Ok(parsed) };
    if parameters.tag != Tag::SEQUENCE {
        return Err(SchemeError::Malformed);
    }
    let mut fields = parameters.reader();
    if let Some(hash) = read_tagged(&mut fields, 0)? {
        parsed.hash = supported_digest(&parse_algorithm(&hash)?)?;
    }
    if let Some(mask) = read_tagged(&mut fields, 1)? {
        parsed.mask_hash = match parse_mgf1(&parse_algorithm(&mask)?)? {
            Mask::Mgf1(hash) => hash,
            _ => return Err(SchemeError::Unsupported),
        };
    }
    if let Some(source) = read_tagged(&mut fields, 2)? {
        parsed.label = parse_label(&parse_algorithm(&source)?)?;
    }
    if fields.is_empty() { Ok(parsed) } else { Err(SchemeError::Malformed) }
}

fn parse_label<'a>(source: &AlgorithmIdentifier<'a>) -> Result<&'a [u8], SchemeError> {
    if source.oid.0 != P_SPECIFIED {
        return Err(SchemeError::Unsupported);
    }
    match source.parameters {
        Some(label) if label.tag == Tag::OCTET_STRING => Ok(label.content),
        _ => Err(SchemeError::Malformed),
    }
}
