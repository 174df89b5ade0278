//! Sealed content: what a content key opens (RFC 5652 §6.3, RFC 5083 §2, RFC 9709).
//!
//! RULES 34: attributes are authenticated as the DER of a SET, and have to name the type of the content; a tag is as long as the parameters say; a cipher is never exchanged for one of another mode.

use smimebatch_crypto::cipher::aead::open;
use smimebatch_crypto::cipher::decrypt_cbc;
use smimebatch_crypto::cipher::piecewise::Decrypting;
use smimebatch_crypto::digest::Algorithm;
use smimebatch_crypto::kdf::hkdf;
use smimebatch_crypto::secret::Secret;

use super::algorithms::{ContentCipher, Refusal, inner_algorithm};
use crate::asn1::oid::{self, Oid};
use crate::cms::auth_enveloped_data::Authentication;
use crate::cms::enveloped_data::Envelope;
use crate::cms::reencode::{SetOrder, reencode_attributes_der};

/// The content of an envelope.
pub(super) struct Sealed<'e> {
    cipher: ContentCipher<'e>,
    /// DER of the cipher's identifier, where the key is derived (RFC 9709 §2).
    derived_for: Option<&'e [u8]>,
    pieces: &'e [&'e [u8]],
    /// Tag, and what it authenticates beside the content.
    authentication: Option<(&'e [u8], Vec<u8>)>,
}

impl<'e> Sealed<'e> {
    /// What of an envelope a content key is for; `authentication` where it is an AuthEnvelopedData.
    pub(super) fn of(
        envelope: &'e Envelope<'_>,
        authentication: Option<&'e Authentication<'_>>,
    ) -> Result<Self, Refusal> {
        let content = &envelope.content;
        let outer = content.algorithm;
        let derived_for = match outer.oid {
            oid::CEK_HKDF_SHA256 => Some(outer.parameters.ok_or(Refusal::Failed)?),
            _ => None,
        };
        let algorithm = derived_for.map_or(Ok(outer), |inner| inner_algorithm(&inner))?;
        let cipher = ContentCipher::of(&algorithm)?;
        let authentication = match (&cipher, authentication) {
            (ContentCipher::Cbc { .. }, None) => None,
            (ContentCipher::Aead { tag_octets, .. }, Some(found))
                if found.mac.len() == *tag_octets =>
            {
                Some((&*found.mac, associated(found, content.content_type)?))
            }
            _ => return Err(Refusal::Failed),
        };
        let pieces = content.content.as_deref().ok_or(Refusal::Failed)?;
        let derived_for = derived_for.map(|element| element.raw);
        Ok(Self { cipher, derived_for, pieces, authentication })
    }

    /// As [`ContentCipher::key_octets`].
    pub(super) const fn key_octets(&self) -> Option<usize> {
        self.cipher.key_octets()
    }

    /// Whether a change would be noticed.
    pub(super) const fn is_authenticated(&self) -> bool {
        self.authentication.is_some()
    }

    /// What decrypts so many octets of content with that key, piece by piece.
    pub(super) fn decrypting(&self, key: &Secret, octets: u64) -> Option<Decrypting> {
        let derived = self.derived_for.map(|identifier| derived_key(key, identifier));
        let key = match &derived {
            Some(derived) => derived.as_ref()?,
            None => key,
        };
        match (&self.cipher, &self.authentication) {
            (ContentCipher::Cbc { cipher, iv }, None) => {
                Decrypting::cbc(*cipher, key.as_bytes(), iv).ok()
            }
            (ContentCipher::Aead { aead, nonce, .. }, Some((tag, associated))) => {
                Decrypting::aead(*aead, (key.as_bytes(), nonce), associated, tag, octets).ok()
            }
            _ => None,
        }
    }

    /// The content, if that is its key; nothing of it before the tag holds.
    pub(super) fn open(&self, key: &Secret) -> Option<Secret> {
        let derived = self.derived_for.map(|identifier| derived_key(key, identifier));
        let key = match &derived {
            Some(derived) => derived.as_ref()?,
            None => key,
        };
        match (&self.cipher, &self.authentication) {
            (ContentCipher::Cbc { cipher, iv }, None) => {
                decrypt_cbc(*cipher, key.as_bytes(), iv, self.pieces).ok()
            }
            (ContentCipher::Aead { aead, nonce, .. }, Some((tag, associated))) => {
                open(*aead, key.as_bytes(), nonce, associated, self.pieces, tag).ok()
            }
            _ => None,
        }
    }
}

/// RFC 9709 §2: the key for a cipher is HKDF with SHA-256 over the content key, for the identifier of that cipher.
fn derived_key(key: &Secret, identifier: &[u8]) -> Option<Secret> {
    const SALT: &[u8] = b"The Cryptographic Message Syntax";
    hkdf(Algorithm::Sha256, SALT, key.as_bytes(), identifier, key.len()).ok()
}

/// RFC 5083 §2.2: the attributes with the tag of a SET, in DER; nothing where there are none. §2.1: they name the type of
/// the content, which nothing else protects, and must be there where that is not id-data.
fn associated(found: &Authentication<'_>, content_type: Oid<'_>) -> Result<Vec<u8>, Refusal> {
    match found.attributes {
        None if content_type == oid::DATA => Ok(Vec::new()),
        Some(raw) if found.content_type == Some(content_type) => {
            reencode_attributes_der(raw, SetOrder::Sorted).ok_or(Refusal::Failed)
        }
        _ => Err(Refusal::Failed),
    }
}
