//! EnvelopedData: content encrypted for its recipients, without protection of its integrity (RFC
//! 5652 §6.1).

use super::certificate_set::read_choices;
use super::content_info::ContentInfo;
use super::cursor::Cursor;
use super::encrypted_content::{EncryptedContentInfo, read_encrypted_content_info};
use super::error::{CmsError, CmsLimit, Field};
use super::quirk::{CmsQuirks, Quirk};
use super::recipient_info::{Recipient, read_recipient_infos};
use crate::asn1::oid;
use crate::asn1::reader::Tag;
use crate::codes::CodeSet;

/// RFC 5652 §6.1:
///
/// ```text
/// EnvelopedData ::= SEQUENCE {
///   version CMSVersion,
///   originatorInfo [0] IMPLICIT OriginatorInfo OPTIONAL,
///   recipientInfos RecipientInfos,
///   encryptedContentInfo EncryptedContentInfo,
///   unprotectedAttrs [1] IMPLICIT UnprotectedAttributes OPTIONAL }
/// ```
#[derive(Clone, Debug)]
pub struct EnvelopedData<'a> {
    /// Everything up to and including the encrypted content.
    pub envelope: Envelope<'a>,
    /// `unprotectedAttrs`, the whole element, unread.
    pub unprotected_attributes: Option<&'a [u8]>,
}

/// The fields that EnvelopedData and AuthEnvelopedData share.
#[derive(Clone, Debug)]
pub struct Envelope<'a> {
    /// `version`, which decides nothing.
    pub version: u32,
    /// The X.509 certificates of `originatorInfo`, each whole, unread.
    pub originator_certificates: Vec<&'a [u8]>,
    /// `recipientInfos`; the recipients of a key agreement one by one.
    pub recipients: Vec<Result<Recipient<'a>, CmsError>>,
    /// `encryptedContentInfo` or `authEncryptedContentInfo`.
    pub content: EncryptedContentInfo<'a>,
    /// Accepted deviations.
    pub quirks: CmsQuirks,
    /// Caps that cut a list short.
    pub limits_hit: CodeSet<CmsLimit>,
}

/// Parses the content of a ContentInfo whose type is id-envelopedData.
///
/// # Errors
/// A [`CmsError`] when the structure around the recipients cannot be read.
pub fn parse_enveloped_data<'a>(info: &ContentInfo<'a>) -> Result<EnvelopedData<'a>, CmsError> {
    let mut fields = info.open(oid::ENVELOPED_DATA, Field::EnvelopedData)?;
    let mut envelope = read_envelope(&mut fields)?;
    let unprotected = Tag::context_constructed(1);
    let attributes = fields.read_optional(unprotected, Field::UnsignedAttributes)?;
    if !fields.is_empty() {
        envelope.quirks.insert(Quirk::TrailingElements);
    }
    Ok(EnvelopedData { envelope, unprotected_attributes: attributes.map(|element| element.raw) })
}

/// Reads the fields from `version` to the encrypted content.
pub(super) fn read_envelope<'a>(fields: &mut Cursor<'a>) -> Result<Envelope<'a>, CmsError> {
    let mut quirks = CmsQuirks::EMPTY;
    let mut limits_hit = CodeSet::EMPTY;
    let version = fields.read_version()?;
    // RFC 5652 §6.1: OriginatorInfo ::= SEQUENCE { certs [0] IMPLICIT CertificateSet OPTIONAL, crls
    // [1] … }.
    let originator = fields.read_optional(Tag::context_constructed(0), Field::OriginatorInfo)?;
    let certificates = match &originator {
        Some(info) => {
            fields.inside(info).read_optional(Tag::context_constructed(0), Field::Certificates)?
        }
        None => None,
    };
    let certificates = read_choices(certificates, &mut quirks, &mut limits_hit);
    let recipient_infos = fields.read(Tag::SET, Field::RecipientInfos)?;
    let recipients = fields.inside(&recipient_infos);
    let recipients = read_recipient_infos(recipients, &mut quirks, &mut limits_hit);
    let content = read_encrypted_content_info(fields, &mut quirks)?;
    Ok(Envelope {
        version,
        originator_certificates: certificates.plain,
        recipients,
        content,
        quirks,
        limits_hit,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::super::content_info::parse_content_info;
    use super::super::encrypted_content::CipherMode;
    use super::super::fixtures::{CRYPTOGRAPHY_ENVELOPED, ENVELOPED, ENVELOPED_STREAM, OBJECTS};
    use super::*;

    fn enveloped(bytes: &[u8]) -> EnvelopedData<'_> {
        parse_enveloped_data(&parse_content_info(bytes).unwrap().0).unwrap()
    }

    #[test]
    fn envelope_of_openssl_is_read() {
        let envelope = enveloped(ENVELOPED).envelope;
        assert_eq!(envelope.recipients.len(), 4);
        assert_eq!(envelope.quirks, CmsQuirks::EMPTY);
        assert_eq!(envelope.content.content_type, oid::DATA);
        assert_eq!(envelope.content.cipher().key_bits, Some(256));
        assert_eq!(envelope.content.cipher().mode, CipherMode::Unauthenticated);
        let ciphertext = envelope.content.content.unwrap().concat();
        assert!(!ciphertext.is_empty() && ciphertext.len() % 16 == 0);
        assert!(OBJECTS.len() > 10);
    }

    #[test]
    fn envelope_streamed_is_read_in_pieces() {
        let envelope = enveloped(ENVELOPED_STREAM).envelope;
        assert_eq!(envelope.content.cipher().key_bits, Some(168));
        let pieces = envelope.content.content.unwrap();
        assert!(pieces.len() > 1);
        assert_eq!(pieces.concat().len() % 8, 0);
        assert_eq!(envelope.quirks, CmsQuirks::EMPTY);
    }

    #[test]
    fn envelope_of_cryptography_is_read() {
        let envelope = enveloped(CRYPTOGRAPHY_ENVELOPED).envelope;
        assert_eq!(envelope.recipients.len(), 1);
        assert_eq!(envelope.content.cipher().key_bits, Some(128));
    }
}
