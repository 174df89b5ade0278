//! The signed attributes of a signer, and the ones whose meaning RFC 5652 §11, RFC 6211 and RFC
//! 8551 §2.5 give.

use std::borrow::Cow;

use super::algorithms::{AlgorithmIdentifier, parse_algorithm_content};
use super::attributes::{Attribute, AttributeFault, read_attributes, single_value_of};
use super::cursor::{Object, string_octets};
use super::error::CmsError;
use super::quirk::{CmsQuirks, Quirk};
use crate::asn1::oid::{self, Oid};
use crate::asn1::reader::{Element, Tag};
use crate::asn1::values::parse_time;
use crate::asn1::writer::is_minimal;

/// RFC 5652 §5.3: `SignedAttributes ::= SET SIZE (1..MAX) OF Attribute`, tagged `[0] IMPLICIT`.
#[derive(Clone, Debug)]
pub struct SignedAttributes<'a> {
    /// The whole element as received, with its `[0]` header; see [`Self::as_set`] for what is
    /// hashed.
    pub raw: &'a [u8],
    /// The attributes one after the other.
    pub content: &'a [u8],
    /// The attributes in order of appearance; all of them.
    pub list: Vec<Attribute<'a>>,
}

/// RFC 6211 §2:
///
/// ```text
/// CMSAlgorithmProtection ::= SEQUENCE {
///   digestAlgorithm DigestAlgorithmIdentifier,
///   signatureAlgorithm [1] SignatureAlgorithmIdentifier OPTIONAL,
///   macAlgorithm [2] MessageAuthenticationCodeAlgorithm OPTIONAL }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlgorithmProtection<'a> {
    /// `digestAlgorithm`.
    pub digest: AlgorithmIdentifier<'a>,
    /// `signatureAlgorithm`.
    pub signature: Option<AlgorithmIdentifier<'a>>,
    /// `macAlgorithm`.
    pub mac: Option<AlgorithmIdentifier<'a>>,
}

impl<'a> SignedAttributes<'a> {
    /// RULES 1: what is hashed, in two pieces: the attributes as received, under a SET tag instead
    /// of `[0]` (RFC 5652 §5.4).
    #[must_use]
    pub fn as_set(&self) -> [&'a [u8]; 2] {
        attributes_as_set(self.raw)
    }

    /// The contentType attribute (RFC 5652 §11.1), exactly once and with one value (RULES 3).
    ///
    /// # Errors
    /// An [`AttributeFault`] other than a mismatch.
    pub fn content_type(&self) -> Result<Oid<'a>, AttributeFault> {
        let value = self.required(oid::CONTENT_TYPE)?;
        if value.tag == Tag::OID { Ok(Oid(value.content)) } else { Err(AttributeFault::WrongType) }
    }

    /// The messageDigest attribute (RFC 5652 §11.2), exactly once and with one value (RULES 3).
    ///
    /// # Errors
    /// An [`AttributeFault`] other than a mismatch.
    pub fn message_digest(&self) -> Result<Cow<'a, [u8]>, AttributeFault> {
        let value = self.required(oid::MESSAGE_DIGEST)?;
        octet_string(&value)
    }

    /// The signingTime attribute (RFC 5652 §11.3), a claim, in Unix seconds; `None` when absent.
    ///
    /// # Errors
    /// An [`AttributeFault`] other than missing or a mismatch.
    pub fn signing_time_unix_s(&self) -> Result<Option<i64>, AttributeFault> {
        single_value_of(&self.list, oid::SIGNING_TIME)?
            .map(|value| parse_time(&value).map_err(|_| AttributeFault::WrongType))
            .transpose()
    }

    /// The CMSAlgorithmProtection attribute (RFC 6211 §2); `None` when absent.
    ///
    /// # Errors
    /// An [`AttributeFault`] other than missing or a mismatch.
    pub fn algorithm_protection(&self) -> Result<Option<AlgorithmProtection<'a>>, AttributeFault> {
        single_value_of(&self.list, oid::ALGORITHM_PROTECTION)?
            .map(|value| parse_algorithm_protection(&value).ok_or(AttributeFault::WrongType))
            .transpose()
    }

    fn required(&self, oid: Oid<'_>) -> Result<Element<'a>, AttributeFault> {
        single_value_of(&self.list, oid)?.ok_or(AttributeFault::Missing)
    }
}

impl AlgorithmProtection<'_> {
    /// RFC 6211 §3: whether the algorithms are those of a signer; absent and NULL parameters are
    /// the same.
    #[must_use]
    pub fn matches(
        &self,
        digest: &AlgorithmIdentifier<'_>,
        signature: &AlgorithmIdentifier<'_>,
    ) -> bool {
        // RFC 6211 §2: exactly one of signatureAlgorithm and macAlgorithm; here it must be the
        // former.
        let Some(protected) = &self.signature else {
            return false;
        };
        self.mac.is_none()
            && same_algorithm(&self.digest, digest)
            && same_algorithm(protected, signature)
    }
}

/// RULES 3: contentType exactly once, with one value, and equal to the type of the signed content.
///
/// # Errors
/// Why not.
pub fn check_content_type(
    attributes: &SignedAttributes<'_>,
    content_type: Oid<'_>,
) -> Result<(), AttributeFault> {
    if attributes.content_type()? == content_type { Ok(()) } else { Err(AttributeFault::Mismatch) }
}

/// RULES 3: messageDigest exactly once, with one value, and equal to the digest of the signed
/// content.
///
/// # Errors
/// Why not; [`AttributeFault::Mismatch`] when the content is another.
pub fn check_message_digest(
    attributes: &SignedAttributes<'_>,
    digest: &[u8],
) -> Result<(), AttributeFault> {
    if *attributes.message_digest()? == *digest { Ok(()) } else { Err(AttributeFault::Mismatch) }
}

/// RULES 1: a `[0] IMPLICIT` element as the SET it stands for, in two pieces, otherwise untouched
/// (RFC 5652 §5.4).
#[must_use]
pub fn attributes_as_set(raw: &[u8]) -> [&[u8]; 2] {
    [&[0x31], raw.get(1..).unwrap_or_default()]
}

/// Whether two algorithm identifiers are the same, NULL and absent parameters counting as equal.
#[must_use]
pub fn same_algorithm(a: &AlgorithmIdentifier<'_>, b: &AlgorithmIdentifier<'_>) -> bool {
    a.oid == b.oid && meaningful_parameters(a) == meaningful_parameters(b)
}

fn meaningful_parameters<'a>(algorithm: &AlgorithmIdentifier<'a>) -> Option<(Tag, &'a [u8])> {
    let element = algorithm.parameters?;
    (element.tag != Tag::NULL).then_some((element.tag, element.content))
}

/// Reads the attributes of a `[0]` element: every one, since those left out could be the repeated
/// ones (RULES 3).
pub(super) fn read_signed_attributes<'a>(
    set: &Element<'a>,
    object: Object,
    quirks: &mut CmsQuirks,
) -> Result<SignedAttributes<'a>, CmsError> {
    let attributes = read_attributes(set.content, object);
    if let Some(error) = attributes.error {
        return Err(error);
    }
    note_encoding(set, &attributes.list, quirks);
    Ok(SignedAttributes { raw: set.raw, content: set.content, list: attributes.list })
}

/// RFC 5652 §5.3 asks for DER; the levels down to the sets of values are looked at.
fn note_encoding(set: &Element<'_>, list: &[Attribute<'_>], quirks: &mut CmsQuirks) {
    let minimal = |attribute: &Attribute<'_>| is_minimal(&attribute.values);
    if !is_minimal(set) || !list.iter().all(minimal) {
        quirks.insert(Quirk::AttributesNotDer);
    }
    // X.690 §11.6: elements of a SET OF in ascending order of their encodings.
    if !list.is_sorted_by(|a, b| a.raw <= b.raw) {
        quirks.insert(Quirk::AttributesNotSorted);
    }
}

/// The value octets of an OCTET STRING.
pub(super) fn octet_string<'a>(value: &Element<'a>) -> Result<Cow<'a, [u8]>, AttributeFault> {
    if !value.tag.same_type(Tag::OCTET_STRING) {
        return Err(AttributeFault::WrongType);
    }
    string_octets(value).map_err(|_| AttributeFault::WrongType)
}

fn parse_algorithm_protection<'a>(value: &Element<'a>) -> Option<AlgorithmProtection<'a>> {
    if value.tag != Tag::SEQUENCE {
        return None;
    }
    let mut fields = value.reader();
    let digest = fields.read(Tag::SEQUENCE).ok()?;
    let signature = fields.read_optional(Tag::context_constructed(1)).ok()?;
    let mac = fields.read_optional(Tag::context_constructed(2)).ok()?;
    if !fields.is_empty() {
        return None;
    }
    let parse = |element: Element<'a>| parse_algorithm_content(element.content).ok();
    Some(AlgorithmProtection {
        digest: parse(digest)?,
        signature: match signature {
            Some(element) => Some(parse(element)?),
            None => None,
        },
        mac: match mac {
            Some(element) => Some(parse(element)?),
            None => None,
        },
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::super::fixtures::{
        CADES, CRYPTOGRAPHY_SIGNED, DETACHED, attribute, content_type_attribute, element,
        indefinite, message_digest_attribute, object_identifier, signed, signer, signer_info_with,
    };
    use super::super::signer_info::SignerInfo;
    use super::*;

    /// What `read` says about a signer with these signed attributes.
    fn with<T>(attributes: &[Vec<u8>], read: impl Fn(&SignerInfo<'_>) -> T) -> T {
        let bytes = signed(&[&signer_info_with(&element(0xa0, &[&attributes.concat()]), &[])]);
        read(&signer(&bytes))
    }

    fn content_type_result(attributes: &[Vec<u8>]) -> Result<(), AttributeFault> {
        with(attributes, |signer| {
            check_content_type(signer.signed_attributes.as_ref().unwrap(), oid::DATA)
        })
    }

    fn digest_result(attributes: &[Vec<u8>]) -> Result<(), AttributeFault> {
        with(attributes, |signer| {
            check_message_digest(signer.signed_attributes.as_ref().unwrap(), &[0xab; 32])
        })
    }

    #[test]
    fn rule_01_attributes_are_hashed_as_received_under_a_set_tag() {
        let attributes = signer(DETACHED).signed_attributes.unwrap();
        let [tag, rest] = attributes.as_set();
        assert_eq!(attributes.raw[0], 0xa0);
        assert_eq!((tag, rest), (&[0x31][..], &attributes.raw[1..]));
        assert!(rest.ends_with(attributes.content));
        let content = [content_type_attribute(), message_digest_attribute()].concat();
        let received = indefinite(0xa0, &[&content]);
        let bytes = signed(&[&signer_info_with(&received, &[])]);
        let signer = signer(&bytes);
        let attributes = signer.signed_attributes.unwrap();
        assert_eq!(attributes.as_set().concat(), indefinite(0x31, &[&content]));
        assert!(signer.quirks.contains(Quirk::AttributesNotDer));
    }

    #[test]
    fn rule_01_attributes_out_of_order_are_a_quirk() {
        let (first, second) = (content_type_attribute(), message_digest_attribute());
        let quirks = |list: &[Vec<u8>]| with(list, |signer| signer.quirks);
        assert_eq!(quirks(&[first.clone(), second.clone()]), CmsQuirks::EMPTY);
        assert_eq!(quirks(&[second, first]), CmsQuirks::of(Quirk::AttributesNotSorted));
    }

    #[test]
    fn rule_03_content_type_is_there_once_with_one_value_of_its_type() {
        let value = object_identifier(oid::DATA);
        let good = content_type_attribute();
        let with_values = |values: &[&[u8]]| attribute(oid::CONTENT_TYPE, values);
        assert_eq!(content_type_result(std::slice::from_ref(&good)), Ok(()));
        for (attributes, fault) in [
            (vec![], AttributeFault::Missing),
            (vec![message_digest_attribute()], AttributeFault::Missing),
            (vec![good.clone(), good], AttributeFault::Repeated),
            (vec![with_values(&[])], AttributeFault::NoValue),
            (vec![with_values(&[&value, &value])], AttributeFault::SeveralValues),
            (vec![with_values(&[&[5, 0]])], AttributeFault::WrongType),
            (vec![with_values(&[&object_identifier(oid::SIGNED_DATA)])], AttributeFault::Mismatch),
        ] {
            assert_eq!(content_type_result(&attributes), Err(fault));
        }
    }

    #[test]
    fn rule_03_message_digest_is_there_once_with_one_value_of_its_type() {
        let good = message_digest_attribute();
        let with_values = |values: &[&[u8]]| attribute(oid::MESSAGE_DIGEST, values);
        let value = element(0x04, &[&[0xab; 32]]);
        let pieces = [element(0x04, &[&[0xab; 30]]), element(0x04, &[&[0xab; 2]])].concat();
        assert_eq!(digest_result(std::slice::from_ref(&good)), Ok(()));
        assert_eq!(digest_result(&[with_values(&[&element(0x24, &[&pieces])])]), Ok(()));
        for (attributes, fault) in [
            (vec![content_type_attribute()], AttributeFault::Missing),
            (vec![good.clone(), good], AttributeFault::Repeated),
            (vec![with_values(&[])], AttributeFault::NoValue),
            (vec![with_values(&[&value, &value])], AttributeFault::SeveralValues),
            (vec![with_values(&[&element(0x03, &[&[0xab; 32]])])], AttributeFault::WrongType),
            (vec![with_values(&[&element(0x04, &[])])], AttributeFault::Mismatch),
            (vec![with_values(&[&element(0x04, &[&[0xab; 31]])])], AttributeFault::Mismatch),
            (vec![with_values(&[&element(0x04, &[&[0xab; 33]])])], AttributeFault::Mismatch),
        ] {
            assert_eq!(digest_result(&attributes), Err(fault));
        }
    }

    #[test]
    fn attributes_of_other_tools_have_all_required_ones() {
        for (object, length) in [(DETACHED, 32), (CADES, 32), (CRYPTOGRAPHY_SIGNED, 64)] {
            let attributes = signer(object).signed_attributes.unwrap();
            assert_eq!(check_content_type(&attributes, oid::DATA), Ok(()));
            assert_eq!(attributes.message_digest().unwrap().len(), length);
            // 2024-01-01 and later.
            assert!(attributes.signing_time_unix_s().unwrap().unwrap() > 1_704_067_200);
        }
    }

    #[test]
    fn signing_time_is_a_claim_that_may_be_absent_or_wrong() {
        let claim = |attributes: &[Vec<u8>]| {
            with(attributes, |signer| {
                signer.signed_attributes.as_ref().unwrap().signing_time_unix_s()
            })
        };
        let time = |value: &[u8]| attribute(oid::SIGNING_TIME, &[value]);
        assert_eq!(claim(&[]), Ok(None));
        assert_eq!(claim(&[time(&element(0x17, &[b"700101000001Z"]))]), Ok(Some(1)));
        assert_eq!(claim(&[time(&element(0x18, &[b"19700101000001Z"]))]), Ok(Some(1)));
        assert_eq!(claim(&[time(&element(0x04, &[b"?"]))]), Err(AttributeFault::WrongType));
        let twice = time(&element(0x17, &[b"700101000001Z"])).repeat(2);
        assert_eq!(claim(&[twice]), Err(AttributeFault::Repeated));
    }

    #[test]
    fn rule_06_algorithms_with_other_parameters_are_others() {
        let with = |parameters: &[u8]| {
            let oid = object_identifier(oid::DATA);
            [oid, parameters.to_vec()].concat()
        };
        let is_same = |a: &[u8], b: &[u8]| {
            let (a, b) = (with(a), with(b));
            let [a, b] = [&a, &b].map(|content| parse_algorithm_content(content).unwrap());
            same_algorithm(&a, &b)
        };
        let (none, null, salt) = (&b""[..], &b"\x05\x00"[..], &b"\x30\x03\x02\x01\x14"[..]);
        for (a, b) in [(none, null), (null, none), (salt, salt)] {
            assert!(is_same(a, b), "{a:?} {b:?}");
        }
        for other in [none, null, b"\x30\x03\x02\x01\x20", b"\x31\x03\x02\x01\x14"] {
            assert!(!is_same(salt, other) && !is_same(other, salt), "{other:?}");
        }
    }
}
