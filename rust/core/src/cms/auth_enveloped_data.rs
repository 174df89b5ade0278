//! AuthEnvelopedData: content encrypted for its recipients under an authenticating cipher (RFC 5083
//! §2.1).

use std::borrow::Cow;

use super::attributes::{read_attributes, single_value_of};
use super::content_info::ContentInfo;
use super::cursor::Object;
use super::enveloped_data::{Envelope, read_envelope};
use super::error::{CmsError, Field};
use super::quirk::Quirk;
use crate::asn1::oid::{self, Oid};
use crate::asn1::reader::Tag;

/// RFC 5083 §2.1:
///
/// ```text
/// AuthEnvelopedData ::= SEQUENCE {
///   version CMSVersion,
///   originatorInfo [0] IMPLICIT OriginatorInfo OPTIONAL,
///   recipientInfos RecipientInfos,
///   authEncryptedContentInfo EncryptedContentInfo,
///   authAttrs [1] IMPLICIT AuthAttributes OPTIONAL,
///   mac MessageAuthenticationCode,
///   unauthAttrs [2] IMPLICIT UnauthAttributes OPTIONAL }
/// ```
#[derive(Clone, Debug)]
pub struct AuthEnvelopedData<'a> {
    /// Everything up to and including the encrypted content.
    pub envelope: Envelope<'a>,
    /// What authenticates it.
    pub authentication: Authentication<'a>,
    /// `unauthAttrs`, the whole element, unread.
    pub unauthenticated_attributes: Option<&'a [u8]>,
}

/// The tag, and what it authenticates beside the content.
#[derive(Clone, Debug)]
pub struct Authentication<'a> {
    /// `authAttrs`, the whole element; authenticated as a DER SET (RFC 5083 §2.2).
    pub attributes: Option<&'a [u8]>,
    /// What the contentType attribute says; `None` without one, or where it cannot be read.
    pub content_type: Option<Oid<'a>>,
    /// `mac`: the tag of the cipher.
    pub mac: Cow<'a, [u8]>,
}

/// RFC 5652 §11.1: the contentType attribute, once and with one value.
fn content_type_of(attributes: &[u8], object: Object) -> Option<Oid<'_>> {
    let found = read_attributes(attributes, object);
    let value = single_value_of(&found.list, oid::CONTENT_TYPE).ok()??;
    (found.error.is_none() && value.tag == Tag::OID).then_some(Oid(value.content))
}

/// Parses the content of a ContentInfo whose type is id-ct-authEnvelopedData.
///
/// # Errors
/// A [`CmsError`] when the structure around the recipients cannot be read.
pub fn parse_auth_enveloped_data<'a>(
    info: &ContentInfo<'a>,
) -> Result<AuthEnvelopedData<'a>, CmsError> {
    let mut fields = info.open(oid::AUTH_ENVELOPED_DATA, Field::AuthEnvelopedData)?;
    let mut envelope = read_envelope(&mut fields)?;
    let authenticated =
        fields.read_optional(Tag::context_constructed(1), Field::AuthenticatedAttributes)?;
    let mac = fields.read_octets(Field::Mac)?;
    let unauthenticated =
        fields.read_optional(Tag::context_constructed(2), Field::UnsignedAttributes)?;
    if !fields.is_empty() {
        envelope.quirks.insert(Quirk::TrailingElements);
    }
    Ok(AuthEnvelopedData {
        envelope,
        authentication: Authentication {
            attributes: authenticated.map(|element| element.raw),
            content_type: authenticated.and_then(|it| content_type_of(it.content, fields.object())),
            mac,
        },
        unauthenticated_attributes: unauthenticated.map(|element| element.raw),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::super::content_info::parse_content_info;
    use super::super::encrypted_content::CipherMode;
    use super::super::fixtures::{
        AUTH_ENVELOPED, ENVELOPED, algorithm, attribute, content_info, content_type_attribute,
        element, message_digest_attribute, object_identifier,
    };
    use super::*;

    #[test]
    fn auth_envelope_of_openssl_is_read() {
        let info = parse_content_info(AUTH_ENVELOPED).unwrap().0;
        let object = parse_auth_enveloped_data(&info).unwrap();
        assert_eq!(object.envelope.recipients.len(), 2);
        assert_eq!(object.authentication.mac.len(), 16);
        assert_eq!(object.authentication.attributes, None);
        let cipher = object.envelope.content.cipher();
        let icv_octets = Some(16);
        assert_eq!(cipher.mode, CipherMode::Gcm { icv_octets });
        assert_eq!(cipher.key_bits, Some(256));
        assert!(object.envelope.quirks.is_empty());
    }

    /// What authenticated attributes, one after the other, say of the type of the content.
    fn content_type(attributes: &[&[u8]]) -> Option<Vec<u8>> {
        let algorithm = algorithm();
        let content = element(0x30, &[&object_identifier(oid::DATA), &algorithm]);
        let (attributes, mac) = (element(0xa1, attributes), element(0x04, &[&[7; 16]]));
        let fields = [&[2, 1, 0][..], &element(0x31, &[]), &content, &attributes, &mac];
        let bytes = content_info(oid::AUTH_ENVELOPED_DATA, &element(0x30, &fields));
        let info = parse_content_info(&bytes).unwrap().0;
        let authentication = parse_auth_enveloped_data(&info).unwrap().authentication;
        assert_eq!(authentication.attributes, Some(&attributes[..]));
        authentication.content_type.map(|oid| oid.0.to_vec())
    }

    #[test]
    fn content_type_is_authenticated_only_by_the_one_value_of_attributes_that_can_all_be_read() {
        let (told, other) = (content_type_attribute(), message_digest_attribute());
        let data = Some(oid::DATA.0.to_vec());
        assert_eq!(content_type(&[&told]), data);
        assert_eq!(content_type(&[&other, &told]), data);
        assert_eq!(content_type(&[&other]), None);
        assert_eq!(content_type(&[&told, &told]), None);
        assert_eq!(content_type(&[&told, &[0x30, 0x40]]), None, "cut off");
        let text = attribute(oid::CONTENT_TYPE, &[&element(0x04, &[oid::DATA.0])]);
        assert_eq!(content_type(&[&text]), None, "no object identifier");
    }

    #[test]
    fn envelope_without_mac_is_no_auth_envelope() {
        let mut info = parse_content_info(ENVELOPED).unwrap().0;
        info.content_type = oid::AUTH_ENVELOPED_DATA;
        let error = parse_auth_enveloped_data(&info).unwrap_err();
        assert_eq!(error.expected, Field::Mac);
    }
}
