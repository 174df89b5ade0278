//! PKCS#12 (RFC 7292): a PFX → the private keys and certificates in its bags, BER as thirty years of programs wrote it.
//!
//! The code over the safe is checked first ([`super::pkcs12_mac`]): it tells which password is right, so that what does not
//! open afterwards is damaged. Public-key modes (a signed or enveloped safe) are reported unsupported: none is known in
//! use. Bag attributes are left aside, since a certificate is known as a key's by its public key.

use smimebatch_crypto::secret::Secret;

use super::contents::Contents;
use super::encrypted::{Opener, Protection};
use super::error::{Damage, KeyFileError, KeyLimit, Part, Within as _};
use super::oids;
use super::pkcs8::{open_encrypted, parse_private_key_info};
use super::pkcs12_mac::check_mac;
use crate::asn1::oid::{self, Oid};
use crate::asn1::reader::{Element, Error, Reader, Tag};
use crate::cms::algorithms::parse_algorithm;
use crate::limits;

/// Reads a PFX into `contents`; what is wrong with single bags is noted there.
///
/// ```text
/// PFX ::= SEQUENCE {
///   version INTEGER {v3(3)}(v3,...),
///   authSafe ContentInfo,
///   macData MacData OPTIONAL }
/// ```
///
/// # Errors
/// [`KeyFileError`] where the safe as a whole gives nothing.
pub(super) fn read_pkcs12(
    pfx: &Element<'_>,
    opener: &mut Opener<'_>,
    contents: &mut Contents,
) -> Result<(), KeyFileError> {
    let mut fields = pfx.reader();
    fields.read(Tag::INTEGER).within(Part::Pfx)?;
    let info = read_content_info(&mut fields)?;
    if info.content_type != oid::DATA {
        return Err(KeyFileError::unsupported(info.content_type));
    }
    let safe = octets_of(info.content(Part::Pfx)?, Part::Pfx)?;
    if let Some(mac) = fields.read_optional(Tag::SEQUENCE).within(Part::MacData)? {
        check_mac(&mac, safe.as_bytes(), opener)?;
    }
    // RFC 7292 §4.1: AuthenticatedSafe ::= SEQUENCE OF ContentInfo.
    let mut infos = Reader::new(safe.as_bytes()).read(Tag::SEQUENCE).within(Part::Pfx)?.reader();
    let mut bags = Bags { left: limits::PKCS12_BAGS, opener, contents };
    while !infos.is_empty() {
        let info = read_content_info(&mut infos)?;
        if let Err(error) = bags.read_part(&info) {
            bags.contents.note(error);
        }
    }
    Ok(())
}

/// ContentInfo (RFC 5652 §3), whose content may be absent.
struct ContentInfo<'a> {
    content_type: Oid<'a>,
    content: Option<Element<'a>>,
}

impl<'a> ContentInfo<'a> {
    fn content(&self, part: Part) -> Result<&Element<'a>, KeyFileError> {
        self.content.as_ref().ok_or(KeyFileError::damaged(part, Damage::Asn1(Error::Truncated)))
    }
}

fn read_content_info<'a>(fields: &mut Reader<'a>) -> Result<ContentInfo<'a>, KeyFileError> {
    let part = Part::ContentInfo;
    let mut fields = fields.read(Tag::SEQUENCE).within(part)?.reader();
    let content_type = Oid(fields.read(Tag::OID).within(part)?.content);
    let wrapper = fields.read_optional(Tag::context_constructed(0)).within(part)?;
    let content = match wrapper {
        Some(wrapper) => Some(wrapper.reader().read_element().within(part)?),
        None => None,
    };
    Ok(ContentInfo { content_type, content })
}

/// The octets of an OCTET STRING, joined where it comes in pieces: they may hold an unencrypted key.
fn octets_of(element: &Element<'_>, part: Part) -> Result<Secret, KeyFileError> {
    if !element.tag.same_type(Tag::OCTET_STRING) {
        let error = Error::UnexpectedTag { expected: Tag::OCTET_STRING, found: element.tag };
        return Err(error).within(part);
    }
    let pieces = element.string_pieces(Tag::OCTET_STRING).within(part)?;
    Ok(Secret::joined(&pieces))
}

/// The bags of a file, as many as are looked at.
struct Bags<'o, 'p, 'c> {
    left: usize,
    opener: &'o mut Opener<'p>,
    contents: &'c mut Contents,
}

impl Bags<'_, '_, '_> {
    /// RFC 7292 §4.1: SafeContents as they are, or encrypted under a password.
    fn read_part(&mut self, info: &ContentInfo<'_>) -> Result<(), KeyFileError> {
        let part = Part::ContentInfo;
        match info.content_type {
            oid::DATA => {
                let octets = octets_of(info.content(part)?, part)?;
                self.read_safe(octets.as_bytes())
            }
            oid::ENCRYPTED_DATA => {
                let octets = self.decrypt(info.content(Part::EncryptedData)?)?;
                self.read_safe(octets.as_bytes())
            }
            other => Err(KeyFileError::unsupported(other)),
        }
    }

    /// RFC 5652 §8 and §6.1:
    ///
    /// ```text
    /// EncryptedData ::= SEQUENCE { version, encryptedContentInfo EncryptedContentInfo, … }
    /// EncryptedContentInfo ::= SEQUENCE {
    ///   contentType, contentEncryptionAlgorithm, encryptedContent [0] IMPLICIT OCTET STRING OPTIONAL }
    /// ```
    fn decrypt(&mut self, encrypted_data: &Element<'_>) -> Result<Secret, KeyFileError> {
        let part = Part::EncryptedData;
        let mut fields = Reader::new(encrypted_data.raw).read(Tag::SEQUENCE).within(part)?.reader();
        fields.read(Tag::INTEGER).within(part)?;
        let mut fields = fields.read(Tag::SEQUENCE).within(part)?.reader();
        fields.read(Tag::OID).within(part)?;
        let algorithm = fields.read(Tag::SEQUENCE).and_then(|it| parse_algorithm(&it));
        let protection = Protection::parse(&algorithm.within(part)?)?;
        let content = fields.read_element().within(part)?;
        if !content.tag.same_type(Tag::context_primitive(0)) {
            let expected = Tag::context_primitive(0);
            return Err(Error::UnexpectedTag { expected, found: content.tag }).within(part);
        }
        let pieces = content.string_pieces(Tag::OCTET_STRING).within(part)?;
        self.opener.open(&protection, &pieces, part)
    }

    /// RFC 7292 §4.2: SafeContents ::= SEQUENCE OF SafeBag; those nested in it are read after it.
    fn read_safe(&mut self, octets: &[u8]) -> Result<(), KeyFileError> {
        let part = Part::SafeContents;
        let safe = Reader::new(octets).read(Tag::SEQUENCE).within(part)?;
        let mut open = vec![(safe.reader(), 1)];
        while let Some((mut level, depth)) = open.pop() {
            while !level.is_empty() {
                self.left = self.left.checked_sub(1).ok_or(KeyFileError::Limit(KeyLimit::Bags))?;
                let bag = level.read(Tag::SEQUENCE).within(part)?;
                match self.read_bag(&bag) {
                    Ok(Some(_)) if depth == limits::PKCS12_DEPTH => {
                        return Err(KeyFileError::Limit(KeyLimit::Depth));
                    }
                    Ok(Some(nested)) => open.push((nested, depth + 1)),
                    Ok(None) => {}
                    Err(error) => self.contents.note(error),
                }
            }
        }
        Ok(())
    }

    /// RFC 7292 §4.2; gives the bags of a nested SafeContents.
    ///
    /// ```text
    /// SafeBag ::= SEQUENCE {
    ///   bagId OBJECT IDENTIFIER,
    ///   bagValue [0] EXPLICIT ANY DEFINED BY bagId,
    ///   bagAttributes SET OF PKCS12Attribute OPTIONAL }
    /// ```
    fn read_bag<'a>(&mut self, bag: &Element<'a>) -> Result<Option<Reader<'a>>, KeyFileError> {
        let part = Part::SafeBag;
        let mut fields = bag.reader();
        let bag_id = Oid(fields.read(Tag::OID).within(part)?.content);
        let value = fields.read(Tag::context_constructed(0)).within(part)?;
        let value = value.reader().read_element().within(part)?;
        match bag_id {
            oids::KEY_BAG => self.contents.add_key(parse_private_key_info(value.raw)?),
            oids::SHROUDED_KEY_BAG => {
                let plaintext = open_encrypted(value.raw, self.opener)?;
                self.contents.add_key(parse_private_key_info(plaintext.as_bytes())?);
            }
            oids::CERTIFICATE_BAG => self.read_certificate(&value)?,
            oids::SAFE_CONTENTS_BAG => {
                let nested = Reader::new(value.raw).read(Tag::SEQUENCE).within(part)?;
                return Ok(Some(nested.reader()));
            }
            // RFC 7292 §4.2.4, §4.2.5: certificate lists and secrets, which are no keys of mail.
            _ => {}
        }
        Ok(None)
    }

    /// RFC 7292 §4.2.3: `CertBag ::= SEQUENCE { certId, certValue [0] EXPLICIT }`; SDSI certificates are left aside.
    fn read_certificate(&mut self, bag: &Element<'_>) -> Result<(), KeyFileError> {
        let part = Part::CertificateBag;
        let mut fields = Reader::new(bag.raw).read(Tag::SEQUENCE).within(part)?.reader();
        let kind = Oid(fields.read(Tag::OID).within(part)?.content);
        let value = fields.read(Tag::context_constructed(0)).within(part)?;
        if kind == oids::X509_CERTIFICATE {
            let value = value.reader().read_element().within(part)?;
            self.contents.add_certificate(octets_of(&value, part)?.as_bytes());
        }
        Ok(())
    }
}
