//! Secrets that both sides have as recipients of new envelopes (RFC 5652 §6.2.3 and §6.2.4, RFC 3211).
//!
//! A password has one salt for as long as the program runs: making a key of it is slow on purpose, and then wraps the content
//! keys of many messages as any other key-encryption key does (docs/design/34).

use std::sync::Arc;

use smimebatch_crypto::cipher::Cipher;
use smimebatch_crypto::digest::Algorithm;
use smimebatch_crypto::random;
use smimebatch_crypto::secret::Secret;
use smimebatch_crypto::wrap::{KeyWrap, wrap, wrap_pwri};

use super::super::objects::recipient_text;
use super::super::password::{PasswordWrap, Wrapping};
use super::choice::identifier;
use crate::asn1::reader::Tag;
use crate::asn1::writer::element;
use crate::cms::recipient_info::{Recipient, RecipientIdentifier, RecipientKind};
use crate::keys::{Pbkdf2, SharedKey, SharedPassword};

/// CMSVersion 0 and 4, encoded.
const VERSION_0: &[u8] = &[2, 1, 0];
const VERSION_4: &[u8] = &[2, 1, 4];
/// Octets of a salt (SP 800-132 §5.1 asks for 16).
const SALT_OCTETS: usize = 16;
/// Iterations for a new password (OWASP, 2023, for HMAC with SHA-256).
const ITERATIONS: u32 = 600_000;
/// The same, as an INTEGER.
const ITERATIONS_ENCODED: &[u8] = &[2, 3, 0x09, 0x27, 0xc0];
const HASH: Algorithm = Algorithm::Sha256;
const PWRI_CIPHER: Cipher = Cipher::Aes256;
const PWRI_CIPHER_NAME: &str = "aes256-cbc";
/// id-PBKDF2 (RFC 8018 §A.2) and id-hmacWithSHA256 with NULL (RFC 8018 §B.1.2), encoded.
const PBKDF2: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c";
const HMAC_SHA256: &[u8] = b"\x30\x0c\x06\x08\x2a\x86\x48\x86\xf7\x0d\x02\x09\x05\x00";

/// Whoever has the secret.
pub(super) struct SharedTarget {
    way: Way,
    /// As [`recipient_text`] has it.
    name: String,
}

enum Way {
    Key(Arc<SharedKey>),
    Password { derived: Secret, salt: Vec<u8> },
}

impl SharedTarget {
    pub(super) fn of_key(key: Arc<SharedKey>) -> Self {
        let name = recipient_text(&RecipientIdentifier::SharedKey(key.identifier().into()));
        Self { way: Way::Key(key), name }
    }

    /// Takes as long as the iterations do.
    pub(super) fn of_password(password: &SharedPassword) -> Self {
        let mut salt = vec![0; SALT_OCTETS];
        random::fill(&mut salt);
        let derivation = Pbkdf2::new(HASH, &salt, ITERATIONS);
        // HMAC with SHA-256 is there always.
        let derived = password.derive(&derivation, PWRI_CIPHER.key_octets()).unwrap_or_default();
        let name = recipient_text(&RecipientIdentifier::None);
        Self { way: Way::Password { derived, salt }, name }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// As [`super::target::Target::version`], for this one alone.
    pub(super) const fn least_version(&self) -> u8 {
        match self.way {
            Way::Key(_) => 2,
            Way::Password { .. } => 3,
        }
    }

    /// By its name in columns.
    pub(super) fn key_encryption_name(&self) -> &'static str {
        match &self.way {
            Way::Key(key) => key_wrap_for(key).0,
            Way::Password { .. } => "pwri-kek",
        }
    }

    /// A RecipientInfo with the content key.
    pub(super) fn recipient_info(&self, content_key: &Secret) -> Option<Vec<u8>> {
        match &self.way {
            Way::Key(key) => {
                let key_wrap = key_wrap_for(key).1;
                let wrapped = wrap(key_wrap, key.key().as_bytes(), content_key.as_bytes()).ok()?;
                key_info(key, &wrapped)
            }
            Way::Password { derived, salt } => {
                let mut iv = vec![0; PWRI_CIPHER.block_octets()];
                random::fill(&mut iv);
                let (key, content_key) = (derived.as_bytes(), content_key.as_bytes());
                let wrapped = wrap_pwri(PWRI_CIPHER, key, &iv, content_key).ok()?;
                password_info(salt, &iv, &wrapped)
            }
        }
    }

    /// The RecipientInfo that would hold what one holds that was read; nothing for one of another kind or salt.
    pub(super) fn rebuilt(&self, found: &Recipient<'_>) -> Option<Vec<u8>> {
        match (&self.way, found.kind) {
            (Way::Key(key), RecipientKind::SharedKey) => key_info(key, &found.encrypted_key),
            (Way::Password { salt, .. }, RecipientKind::Password) => {
                let wrap = PasswordWrap::of(found).ok()?;
                let Wrapping::PwriKek { iv, .. } = wrap.wrapping else { return None };
                let is_ours = wrap.derivation.salt == salt;
                is_ours.then(|| password_info(salt, iv, &found.encrypted_key)).flatten()
            }
            _ => None,
        }
    }
}

/// RFC 3394 under a key of that length.
fn key_wrap_for(key: &SharedKey) -> (&'static str, KeyWrap) {
    match key.key().len() {
        16 => ("aes128-wrap", KeyWrap::Aes128),
        24 => ("aes192-wrap", KeyWrap::Aes192),
        _ => ("aes256-wrap", KeyWrap::Aes256),
    }
}

/// ```text
/// KEKRecipientInfo ::= SEQUENCE {                        -- [2] IMPLICIT
///   version CMSVersion,  -- always set to 4
///   kekid KEKIdentifier,
///   keyEncryptionAlgorithm KeyEncryptionAlgorithmIdentifier,
///   encryptedKey EncryptedKey }
/// ```
fn key_info(key: &SharedKey, wrapped: &[u8]) -> Option<Vec<u8>> {
    let identifier_octets = element(Tag::OCTET_STRING, &[key.identifier()]);
    Some(element(
        Tag::context_constructed(2),
        &[
            VERSION_4,
            &element(Tag::SEQUENCE, &[&identifier_octets]),
            &identifier(key_wrap_for(key).0, &[])?,
            &element(Tag::OCTET_STRING, &[wrapped]),
        ],
    ))
}

/// ```text
/// PasswordRecipientInfo ::= SEQUENCE {                   -- [3] IMPLICIT
///   version CMSVersion,  -- always set to 0
///   keyDerivationAlgorithm [0] KeyDerivationAlgorithmIdentifier OPTIONAL,
///   keyEncryptionAlgorithm KeyEncryptionAlgorithmIdentifier,
///   encryptedKey EncryptedKey }
/// ```
fn password_info(salt: &[u8], iv: &[u8], wrapped: &[u8]) -> Option<Vec<u8>> {
    let salt = element(Tag::OCTET_STRING, &[salt]);
    let parameters = element(Tag::SEQUENCE, &[&salt, ITERATIONS_ENCODED, HMAC_SHA256]);
    let cipher = identifier(PWRI_CIPHER_NAME, &element(Tag::OCTET_STRING, &[iv]))?;
    Some(element(
        Tag::context_constructed(3),
        &[
            VERSION_0,
            &element(Tag::context_constructed(0), &[PBKDF2, &parameters]),
            &identifier("pwri-kek", &cipher)?,
            &element(Tag::OCTET_STRING, &[wrapped]),
        ],
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asn1::values::parse_u32;

    #[test]
    fn iterations_are_encoded_as_they_are() {
        assert_eq!(ITERATIONS_ENCODED.get(2..).map(parse_u32), Some(Ok(ITERATIONS)));
    }
}
