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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::super::fixtures::{element, object_identifier};
    use super::super::{algorithm_named, oids};
    use super::*;
    use crate::asn1::oid::Oid;
    use crate::asn1::reader::Reader;
    use digest::Algorithm::{Sha1, Sha256, Sha512};

    fn algorithm(oid: Oid<'_>, parameters: &[u8]) -> Vec<u8> {
        element(0x30, &[&object_identifier(oid), parameters])
    }

    fn digest(name: &str) -> Vec<u8> {
        algorithm(algorithm_named(name).unwrap(), &[])
    }

    /// `maskGenAlgorithm [1]`.
    fn mask(name: &str) -> Vec<u8> {
        element(0xa1, &[&algorithm(Oid(oids::MGF1), &digest(name))])
    }

    /// `pSourceAlgorithm [2]`.
    fn source(oid: &[u8], parameters: &[u8]) -> Vec<u8> {
        element(0xa2, &[&algorithm(Oid(oid), parameters)])
    }

    /// Hash, digest of the mask, and label.
    fn read(bytes: &[u8]) -> Result<(digest::Algorithm, digest::Algorithm, Vec<u8>), SchemeError> {
        let parameters = Reader::new(bytes).read_element().unwrap();
        let read = parse_oaep_parameters(Some(parameters))?;
        Ok((read.hash, read.mask_hash, read.label.to_vec()))
    }

    #[test]
    fn rule_37_hash_mask_and_label_are_independent_and_each_may_be_left_out() {
        let hash = element(0xa0, &[&digest("sha256")]);
        let mask = mask("sha512");
        let label = source(P_SPECIFIED, &element(0x04, &[b"label"]));
        let of = |fields: &[&[u8]]| read(&element(0x30, fields)).unwrap();
        assert_eq!(of(&[]), (Sha1, Sha1, vec![]));
        assert_eq!(of(&[&hash]), (Sha256, Sha1, vec![]));
        assert_eq!(of(&[&mask]), (Sha1, Sha512, vec![]));
        assert_eq!(of(&[&label]), (Sha1, Sha1, b"label".to_vec()));
        assert_eq!(of(&[&hash, &mask, &label]), (Sha256, Sha512, b"label".to_vec()));
        let absent = parse_oaep_parameters(None).unwrap();
        assert_eq!((absent.hash, absent.mask_hash, absent.label), (Sha1, Sha1, &[][..]));
    }

    #[test]
    fn rule_33_parameters_that_are_not_understood_are_no_defaults() {
        use SchemeError::{Malformed, Unsupported};
        let refused = |bytes: &[u8], error| assert_eq!(read(bytes), Err(error), "{bytes:x?}");
        refused(&[0x05, 0x00], Malformed);
        refused(&element(0x30, &[&mask("sha512"), &[0x05, 0x00]]), Malformed);
        refused(&element(0x30, &[&mask("shake128")]), Unsupported);
        let octets = element(0x04, &[b"label"]);
        refused(&element(0x30, &[&source(b"\x2a\x03", &octets)]), Unsupported);
        let text = element(0x0c, &[b"label"]);
        for label in [&text[..], &[]] {
            refused(&element(0x30, &[&source(P_SPECIFIED, label)]), Malformed);
        }
    }
}
