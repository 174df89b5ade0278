//! SignerInfo: one signer of SignedData, or one countersigner (RFC 5652 §5.3 and §11.4; RFC 2315 §9.2).

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
    /// Accepted deviations of this signer.
    pub quirks: CmsQuirks,
    /// Caps that cut a list of this signer short.
    pub limits_hit: CodeSet<CmsLimit>,
    object: Object,
}

impl<'a> SignerInfo<'a> {
    /// The countersignatures (RFC 5652 §11.4), which sign the octets of [`Self::signature`].
    ///
    /// Several attributes, and several values of one, are all read; at most [`limits::SIGNERS`]. Their own
    /// countersignatures are theirs: the caller follows them, with a cap on levels.
    #[must_use]
    pub fn countersignatures(&self) -> Vec<Result<SignerInfo<'a>, CmsError>> {
        let mut found = Vec::new();
        for attribute in self.unsigned_named(oid::COUNTERSIGNATURE) {
            let mut cursor = Cursor::new(attribute.values.content, self.object);
            while !cursor.is_empty() && found.len() < limits::SIGNERS {
                let signer = read_signer_info(&mut cursor).map(SignerInfo::as_countersignature);
                let framing_lost = matches!(&signer, Err(broken) if broken.framing_lost);
                found.push(signer.map_err(|broken| broken.error));
                if framing_lost {
                    break;
                }
            }
        }
        found
    }

    /// The time-stamp tokens over the signature (RFC 3161 Appendix A): each a ContentInfo, whole.
    #[must_use]
    pub fn time_stamp_tokens(&self) -> Vec<&'a [u8]> {
        self.unsigned_named(oid::TIME_STAMP_TOKEN)
            .flat_map(|attribute| attribute.values())
            .filter_map(Result::ok)
            .take(limits::SIGNERS)
            .map(|value| value.raw)
            .collect()
    }

    /// RFC 6211 §3: whether the protected algorithms are those in use; `None` when there is no such attribute.
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
        self.unsigned_attributes
            .iter()
            .filter(move |attribute| attribute.oid == oid)
    }

    /// RFC 5652 §11.4: a countersignature carries no contentType (RULES 3).
    fn as_countersignature(mut self) -> Self {
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
        .map_err(|error| BrokenSigner {
            error,
            framing_lost: true,
        })?;
    let signer = if element.tag == Tag::SEQUENCE {
        parse_signer_info(before, &element)
    } else {
        let (expected, found) = (Tag::SEQUENCE, element.tag);
        let found = reader::Error::UnexpectedTag { expected, found };
        Err(before.error(Field::SignerInfo, found))
    };
    signer.map_err(|error| BrokenSigner {
        error,
        framing_lost: false,
    })
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
    Ok(IssuerAndSerialNumber {
        issuer: issuer.raw,
        serial: serial.content,
    })
}

/// Reads `[0] IMPLICIT SubjectKeyIdentifier`; an explicit tag around it looks like a string in one piece.
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

/// Reads what can be read of the unsigned attributes: anyone may have added them, so they cost no signature.
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
