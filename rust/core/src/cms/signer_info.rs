//! SignerInfo: one signer of SignedData, or one countersigner (RFC 5652 §5.3 and §11.4; RFC 2315
//! §9.2).

use std::borrow::Cow;

use super::algorithms::AlgorithmIdentifier;
use super::attributes::{Attribute, read_attributes};
use super::cursor::{Cursor, Object};
use super::error::{CmsError, CmsLimit, Field};
use super::quirk::{CmsQuirks, Quirk};
use super::signed_attributes::{SignedAttributes, read_signed_attributes};
use crate::asn1::oid;
use crate::asn1::reader::{self, Element, Tag};
use crate::codes::CodeSet;
use crate::limits;

/// RFC 5652 §10.2.4:
///
/// ```text
/// IssuerAndSerialNumber ::= SEQUENCE {
///   issuer Name,
///   serialNumber CertificateSerialNumber }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IssuerAndSerialNumber<'a> {
    /// The Name, whole; compare by RFC 5280 §7.1 (RULES 17).
    pub issuer: &'a [u8],
    /// The content octets of the serial number as encoded: negative, zero and long ones occur.
    pub serial: &'a [u8],
}

/// RFC 5652 §5.3:
///
/// ```text
/// SignerIdentifier ::= CHOICE {
///   issuerAndSerialNumber IssuerAndSerialNumber,
///   subjectKeyIdentifier [0] SubjectKeyIdentifier }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignerIdentifier<'a> {
    /// By issuer and serial number.
    IssuerAndSerial(IssuerAndSerialNumber<'a>),
    /// By the key identifier of the certificate.
    SubjectKeyIdentifier(Cow<'a, [u8]>),
}

/// RFC 5652 §5.3:
///
/// ```text
/// SignerInfo ::= SEQUENCE {
///   version CMSVersion,
///   sid SignerIdentifier,
///   digestAlgorithm DigestAlgorithmIdentifier,
///   signedAttrs [0] IMPLICIT SignedAttributes OPTIONAL,
///   signatureAlgorithm SignatureAlgorithmIdentifier,
///   signature SignatureValue,
///   unsignedAttrs [1] IMPLICIT UnsignedAttributes OPTIONAL }
/// ```
#[derive(Clone, Debug)]
pub struct SignerInfo<'a> {
    /// `version`, a quirk at most (RULES 7).
    pub version: u32,
    /// `sid`.
    pub sid: SignerIdentifier<'a>,
    /// `digestAlgorithm`.
    pub digest_algorithm: AlgorithmIdentifier<'a>,
    /// `signedAttrs`; `None` when absent, and then the signature is over the content (RULES 2).
    pub signed_attributes: Option<SignedAttributes<'a>>,
    /// `signatureAlgorithm`.
    pub signature_algorithm: AlgorithmIdentifier<'a>,
    /// `signature`: its value octets.
    pub signature: Cow<'a, [u8]>,
    /// `unsignedAttrs`: nothing protects them. As many as could be read.
    pub unsigned_attributes: Vec<Attribute<'a>>,
    /// The whole SignerInfo.
    pub raw: &'a [u8],
    /// Its fields from `version` to `signature`, as they came: what an archive time-stamp is over.
    pub fields: &'a [u8],
    /// Accepted deviations of this signer.
    pub quirks: CmsQuirks,
    /// Caps that cut a list of this signer short.
    pub limits_hit: CodeSet<CmsLimit>,
    object: Object,
}

impl<'a> SignerInfo<'a> {
    /// The countersignatures (RFC 5652 §11.4), which sign the octets of [`Self::signature`].
    ///
    /// Several attributes, and several values of one, are all read; at most [`limits::SIGNERS`].
    /// Their own countersignatures are theirs: the caller follows them, with a cap on levels.
    #[must_use]
    pub fn countersignatures(&self) -> Vec<Result<SignerInfo<'a>, CmsError>> {
        let mut found = Vec::new();
        for attribute in self.unsigned_named(oid::COUNTERSIGNATURE) {
            let mut cursor = Cursor::new(attribute.values.content, self.object);
            while !cursor.is_empty() && found.len() < limits::SIGNERS {
                let signer =
                    read_signer_info(&mut cursor).map(SignerInfo::with_countersignature_quirks);
                let framing_lost = matches!(&signer, Err(broken) if broken.framing_lost);
                found.push(signer.map_err(|broken| broken.error));
                if framing_lost {
                    break;
                }
            }
        }
        found
    }

    /// RFC 6211 §3: whether the protected algorithms are those in use; `None` when there is no such
    /// attribute.
    ///
    /// An attribute that cannot be read protects nothing and does not match.
    #[must_use]
    pub fn algorithm_protection_matches(&self) -> Option<bool> {
        let attributes = self.signed_attributes.as_ref()?;
        match attributes.algorithm_protection() {
            Ok(None) => None,
            Ok(Some(protection)) => {
                Some(protection.matches(&self.digest_algorithm, &self.signature_algorithm))
            }
            Err(_) => Some(false),
        }
    }

    fn unsigned_named(
        &self,
        oid: oid::Oid<'static>,
    ) -> impl Iterator<Item = &Attribute<'a>> + use<'_, 'a> {
        self.unsigned_attributes.iter().filter(move |attribute| attribute.oid == oid)
    }

    /// RFC 5652 §11.4: a countersignature carries no contentType (RULES 3).
    fn with_countersignature_quirks(mut self) -> Self {
        let named = self
            .signed_attributes
            .iter()
            .flat_map(|attributes| &attributes.list)
            .any(|attribute| attribute.oid == oid::CONTENT_TYPE);
        if named {
            self.quirks.insert(Quirk::ContentTypeInCountersignature);
        }
        self
    }
}

/// A SignerInfo that cannot be read, and whether the ones after it can.
pub(super) struct BrokenSigner {
    pub(super) error: CmsError,
    /// The end of this one is unknown.
    pub(super) framing_lost: bool,
}

/// Reads one SignerInfo at `cursor`, which then stands behind it unless the framing was lost.
pub(super) fn read_signer_info<'a>(
    cursor: &mut Cursor<'a>,
) -> Result<SignerInfo<'a>, BrokenSigner> {
    let before = *cursor;
    let element = cursor
        .read_any(Field::SignerInfo)
        .map_err(|error| BrokenSigner { error, framing_lost: true })?;
    let signer = if element.tag == Tag::SEQUENCE {
        parse_signer_info(before, &element)
    } else {
        let (expected, found) = (Tag::SEQUENCE, element.tag);
        let found = reader::Error::UnexpectedTag { expected, found };
        Err(before.error(Field::SignerInfo, found))
    };
    signer.map_err(|error| BrokenSigner { error, framing_lost: false })
}

fn parse_signer_info<'a>(
    level: Cursor<'a>,
    element: &Element<'a>,
) -> Result<SignerInfo<'a>, CmsError> {
    let mut quirks = CmsQuirks::EMPTY;
    let mut limits_hit = CodeSet::EMPTY;
    let object = level.object();
    let mut fields = level.inside(element);
    let version = fields.read_version()?;
    let sid = read_signer_identifier(&mut fields, &mut quirks)?;
    let digest_algorithm = fields.read_algorithm(Field::DigestAlgorithm)?;
    let signed = fields.read_optional(Tag::context_constructed(0), Field::SignedAttributes)?;
    let signed_attributes = match &signed {
        Some(set) => Some(read_signed_attributes(set, object, &mut quirks)?),
        None => None,
    };
    let signature_algorithm = fields.read_algorithm(Field::SignatureAlgorithm)?;
    let signature = fields.read_octets(Field::Signature)?;
    let covered = element.content.len() - fields.rest().len();
    let unsigned_attributes = read_unsigned_attributes(&mut fields, &mut quirks, &mut limits_hit);
    if !fields.is_empty() && !quirks.contains(Quirk::MalformedUnsignedAttributes) {
        quirks.insert(Quirk::TrailingElements);
    }
    // RFC 5652 §5.3: 1 with issuerAndSerialNumber, 3 with subjectKeyIdentifier.
    let usual_version = match sid {
        SignerIdentifier::IssuerAndSerial(_) => 1,
        SignerIdentifier::SubjectKeyIdentifier(_) => 3,
    };
    if version != usual_version {
        quirks.insert(Quirk::UnusualVersion);
    }
    Ok(SignerInfo {
        version,
        sid,
        digest_algorithm,
        signed_attributes,
        signature_algorithm,
        signature,
        unsigned_attributes,
        raw: element.raw,
        fields: element.content.get(..covered).unwrap_or_default(),
        quirks,
        limits_hit,
        object,
    })
}

fn read_signer_identifier<'a>(
    fields: &mut Cursor<'a>,
    quirks: &mut CmsQuirks,
) -> Result<SignerIdentifier<'a>, CmsError> {
    if fields.peek_tag() == Some(Tag::SEQUENCE) {
        return read_issuer_and_serial(fields, quirks).map(SignerIdentifier::IssuerAndSerial);
    }
    read_key_identifier(fields, Field::SignerIdentifier).map(SignerIdentifier::SubjectKeyIdentifier)
}

/// Reads an IssuerAndSerialNumber.
pub(super) fn read_issuer_and_serial<'a>(
    fields: &mut Cursor<'a>,
    quirks: &mut CmsQuirks,
) -> Result<IssuerAndSerialNumber<'a>, CmsError> {
    let sequence = fields.read(Tag::SEQUENCE, Field::IssuerAndSerialNumber)?;
    let mut inner = fields.inside(&sequence);
    let issuer = inner.read(Tag::SEQUENCE, Field::IssuerAndSerialNumber)?;
    let serial = inner.read(Tag::INTEGER, Field::IssuerAndSerialNumber)?;
    if !inner.is_empty() {
        quirks.insert(Quirk::TrailingElements);
    }
    Ok(IssuerAndSerialNumber { issuer: issuer.raw, serial: serial.content })
}

/// Reads `[0] IMPLICIT SubjectKeyIdentifier`; an explicit tag around it looks like a string in one
/// piece.
pub(super) fn read_key_identifier<'a>(
    fields: &mut Cursor<'a>,
    field: Field,
) -> Result<Cow<'a, [u8]>, CmsError> {
    let expected = Tag::context_primitive(0);
    let before = *fields;
    let element = fields.read_any(field)?;
    if !element.tag.same_type(expected) {
        let found = element.tag;
        return Err(before.error(field, reader::Error::UnexpectedTag { expected, found }));
    }
    before.octets(&element, Field::SubjectKeyIdentifier)
}

/// Reads what can be read of the unsigned attributes: anyone may have added them, so they cost no
/// signature.
fn read_unsigned_attributes<'a>(
    fields: &mut Cursor<'a>,
    quirks: &mut CmsQuirks,
    limits_hit: &mut CodeSet<CmsLimit>,
) -> Vec<Attribute<'a>> {
    let set = fields.read_optional(Tag::context_constructed(1), Field::UnsignedAttributes);
    let Ok(set) = set else {
        quirks.insert(Quirk::MalformedUnsignedAttributes);
        return Vec::new();
    };
    let Some(set) = set else {
        return Vec::new();
    };
    let attributes = read_attributes(set.content, fields.object());
    match attributes.error {
        None => {}
        Some(error) if error.is_limit() && attributes.list.len() == limits::ATTRIBUTES => {
            limits_hit.insert(CmsLimit::Attributes);
        }
        Some(_) => quirks.insert(Quirk::MalformedUnsignedAttributes),
    }
    attributes.list
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::super::fixtures::{
        self, CADES, DETACHED, KEYID, NOATTR, algorithm, attribute, content_type_attribute,
        element, indefinite, message_digest_attribute, object_identifier, signed, signer,
        signer_info, signer_info_with,
    };
    use super::*;
    use crate::asn1::oid::Oid;

    #[test]
    fn signer_of_openssl_is_read_field_by_field() {
        let signer = signer(DETACHED);
        let SignerIdentifier::IssuerAndSerial(named) = &signer.sid else {
            panic!("{:?}", signer.sid);
        };
        assert_eq!(named.serial, [0x10, 0x01]);
        reader::parse_single(named.issuer, Tag::SEQUENCE).unwrap();
        assert_eq!(signer.version, 1);
        assert_eq!(signer.digest_algorithm.oid.to_string(), "2.16.840.1.101.3.4.2.1");
        assert_eq!(signer.signature_algorithm.oid.to_string(), "1.2.840.113549.1.1.1");
        assert_eq!(signer.signature.len(), 256);
        assert!(matches!(signer.signature, Cow::Borrowed(_)));
        assert!(signer.unsigned_attributes.is_empty());
    }

    #[test]
    fn signer_named_by_key_identifier_is_read() {
        let SignerIdentifier::SubjectKeyIdentifier(key_id) = signer(KEYID).sid else {
            panic!("not a key identifier");
        };
        assert_eq!(key_id.len(), 20);
        assert_eq!(signer(KEYID).version, 3);
    }

    #[test]
    fn rule_02_signer_without_attributes_has_none() {
        assert!(signer(NOATTR).signed_attributes.is_none());
    }

    #[test]
    fn signature_and_key_identifier_in_pieces_are_joined() {
        let key_id = element(0xa0, &[&element(0x04, &[b"ke"]), &element(0x04, &[b"y"])]);
        let pieces = [element(0x04, &[&[1]]), element(0x24, &[&element(0x04, &[&[2, 3]])])];
        let signature = indefinite(0x24, &[&pieces.concat()]);
        let version = element(0x02, &[&[3]]);
        let fields = [&version, &key_id, &algorithm(), &algorithm(), &signature];
        let bytes = signed(&[&element(0x30, &fields.map(Vec::as_slice))]);
        let signer = signer(&bytes);
        assert_eq!(*signer.signature, [1, 2, 3]);
        let expected = SignerIdentifier::SubjectKeyIdentifier(Cow::Borrowed(b"key"));
        assert_eq!(signer.sid, expected);
    }

    #[test]
    fn rule_07_version_of_signer_is_a_quirk() {
        let inner = signer_info_with(&[], &[]);
        let mut bytes = signed(&[&inner]);
        let at = bytes.len() - inner.len() + 4;
        assert_eq!(signer(&bytes).quirks, CmsQuirks::EMPTY);
        bytes[at] = 3;
        assert_eq!(signer(&bytes).quirks, CmsQuirks::of(Quirk::UnusualVersion));
    }

    #[test]
    fn signer_with_elements_too_many_is_read_with_a_quirk() {
        let signature = element(0x04, &[b"s"]);
        let bytes = signed(&[&signer_info(&[&algorithm(), &signature, &[5, 0]])]);
        assert_eq!(signer(&bytes).quirks, CmsQuirks::of(Quirk::TrailingElements));
    }

    #[test]
    fn unsigned_attributes_that_are_broken_cost_no_signature() {
        let good = attribute(Oid(&[0x2a, 0x01]), &[]);
        let long = attribute(Oid(&[0x2a; limits::OID_BYTES + 1]), &[]);
        for (unsigned, kept) in [
            (element(0xa1, &[&good, &long, &good]), 1),
            (element(0xa1, &[&good, &[0x30, 0x50]]), 1),
            (element(0xa1, &[&good, &element(0x30, &[]), &good]), 1),
            (vec![0xa1, 0x50], 0),
        ] {
            let bytes = signed(&[&signer_info_with(&[], &unsigned)]);
            let signer = signer(&bytes);
            assert_eq!(signer.unsigned_attributes.len(), kept);
            assert_eq!(signer.quirks, CmsQuirks::of(Quirk::MalformedUnsignedAttributes));
            assert!(signer.limits_hit.is_empty());
        }
        let many = element(0xa1, &[&good.repeat(limits::ATTRIBUTES + 1)]);
        let bytes = signed(&[&signer_info_with(&[], &many)]);
        assert_eq!(signer(&bytes).limits_hit, CodeSet::of(CmsLimit::Attributes));
        assert_eq!(signer(&bytes).quirks, CmsQuirks::EMPTY);
    }

    #[test]
    fn rule_03_countersignatures_are_read_and_their_content_type_is_a_quirk() {
        let plain = element(0xa0, &[&message_digest_attribute()]);
        let odd = element(0xa0, &[&content_type_attribute(), &message_digest_attribute()]);
        let first = signer_info_with(&plain, &[]);
        let second = signer_info_with(&odd, &[]);
        let broken = element(0x30, &[b"\x02\x01\x01"]);
        let one = attribute(oid::COUNTERSIGNATURE, &[&first, &broken]);
        let two = attribute(oid::COUNTERSIGNATURE, &[&second]);
        let bytes = signed(&[&signer_info_with(&[], &element(0xa1, &[&one, &two]))]);
        let signer = signer(&bytes);
        let found = signer.countersignatures();
        assert_eq!(found.len(), 3);
        assert_eq!(found[0].as_ref().unwrap().quirks, CmsQuirks::EMPTY);
        let offset = found[1].as_ref().unwrap_err().offset;
        assert!(bytes.get(offset..).is_some());
        assert_eq!(
            found[2].as_ref().unwrap().quirks,
            CmsQuirks::of(Quirk::ContentTypeInCountersignature)
        );
        assert!(fixtures::signer(CADES).countersignatures().is_empty());
    }

    #[test]
    fn rule_43_countersignatures_beyond_the_cap_are_not_read() {
        let counter = signer_info_with(&element(0xa0, &[&message_digest_attribute()]), &[]);
        let many = attribute(oid::COUNTERSIGNATURE, &vec![&*counter; limits::SIGNERS + 1]);
        let bytes = signed(&[&signer_info_with(&[], &element(0xa1, &[&many]))]);
        assert_eq!(signer(&bytes).countersignatures().len(), limits::SIGNERS);
    }

    #[test]
    fn rule_06_algorithm_protection_must_match_in_every_field() {
        let other = element(0x30, &[&object_identifier(Oid(&[0x2a, 0x07]))]);
        let tagged = |tag: u8, algorithm: &[u8]| element(tag, &[&algorithm[2..]]);
        let same = object_identifier(Oid(&[0x2a, 0x03]));
        let same_without_null = element(0x30, &[&same]);
        let own = algorithm();
        for (value, expected) in [
            (element(0x30, &[&own, &tagged(0xa1, &own)]), true),
            (element(0x30, &[&same_without_null, &tagged(0xa1, &own)]), true),
            (element(0x30, &[&other, &tagged(0xa1, &own)]), false),
            (element(0x30, &[&own, &tagged(0xa1, &other)]), false),
            (element(0x30, &[&own]), false),
            (element(0x30, &[&own, &tagged(0xa2, &own)]), false),
            (element(0x30, &[&own, &tagged(0xa1, &own), &tagged(0xa2, &own)]), false),
            (element(0x30, &[]), false),
            (element(0x04, &[]), false),
        ] {
            let protection = attribute(oid::ALGORITHM_PROTECTION, &[&value]);
            let bytes = signed(&[&signer_info_with(&element(0xa0, &[&protection]), &[])]);
            assert_eq!(signer(&bytes).algorithm_protection_matches(), Some(expected));
            let twice = element(0xa0, &[&protection, &protection]);
            let bytes = signed(&[&signer_info_with(&twice, &[])]);
            assert_eq!(signer(&bytes).algorithm_protection_matches(), Some(false));
        }
        assert_eq!(signer(NOATTR).algorithm_protection_matches(), None);
        assert_eq!(signer(DETACHED).algorithm_protection_matches(), None);
    }
}
