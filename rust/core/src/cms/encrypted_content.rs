//! EncryptedContentInfo: ciphertext and the algorithm that made it (RFC 5652 §6.1).
//!
//! Nothing is decrypted; key sizes and tag lengths are read from the algorithm so that they can be
//! reported.

use super::algorithms::{AlgorithmIdentifier, parse_algorithm_content};
use super::cursor::{Cursor, small_number};
use super::error::{CmsError, Field};
use super::quirk::{CmsQuirks, Quirk};
use crate::asn1::oid::{self, Oid};
use crate::asn1::reader::{self, Element, Reader, Tag};

/// RFC 5652 §6.1:
///
/// ```text
/// EncryptedContentInfo ::= SEQUENCE {
///   contentType ContentType,
///   contentEncryptionAlgorithm ContentEncryptionAlgorithmIdentifier,
///   encryptedContent [0] IMPLICIT EncryptedContent OPTIONAL }
/// ```
#[derive(Clone, Debug)]
pub struct EncryptedContentInfo<'a> {
    /// `contentType` of what is inside.
    pub content_type: Oid<'a>,
    /// `contentEncryptionAlgorithm`.
    pub algorithm: AlgorithmIdentifier<'a>,
    /// `encryptedContent` in pieces, over all constructed levels; `None` when it is not in the
    /// object.
    pub content: Option<Vec<&'a [u8]>>,
}

impl<'a> EncryptedContentInfo<'a> {
    /// What the algorithm says about key and tag.
    #[must_use]
    pub fn cipher(&self) -> ContentCipher<'a> {
        ContentCipher::of(&self.algorithm)
    }
}

/// How a content cipher protects integrity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CipherMode {
    /// Not at all, or not known here.
    Unauthenticated,
    /// AES-GCM (RFC 5084 §3.2).
    Gcm {
        /// `aes-ICVlen`, 12 when omitted; `None` when the parameters cannot be read.
        icv_octets: Option<u32>,
    },
    /// AES-CCM (RFC 5084 §3.1).
    Ccm {
        /// `aes-ICVlen`, 12 when omitted; `None` when the parameters cannot be read.
        icv_octets: Option<u32>,
    },
    /// ChaCha20-Poly1305 (RFC 8103); the tag has 16 octets.
    ChaCha20Poly1305,
}

impl CipherMode {
    /// Whether the cipher authenticates what it encrypts.
    #[must_use]
    pub const fn is_aead(self) -> bool {
        !matches!(self, Self::Unauthenticated)
    }
}

/// What an algorithm identifier says about the content key and the tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentCipher<'a> {
    /// The cipher; under id-alg-cek-hkdf-sha256 (RFC 9709) the one in its parameters.
    pub oid: Oid<'a>,
    /// The content key goes through HKDF first (RFC 9709).
    pub key_is_derived: bool,
    /// Bits of the key that count; `None` when not known.
    pub key_bits: Option<u32>,
    /// Integrity.
    pub mode: CipherMode,
}

impl<'a> ContentCipher<'a> {
    /// Reads `algorithm`; one that is not known has no key size.
    #[must_use]
    pub fn of(algorithm: &AlgorithmIdentifier<'a>) -> Self {
        match derived_algorithm(algorithm) {
            Some(inner) => Self::plain(&inner, true),
            None => Self::plain(algorithm, false),
        }
    }

    fn plain(algorithm: &AlgorithmIdentifier<'a>, key_is_derived: bool) -> Self {
        let parameters = algorithm.parameters.as_ref();
        let icv = || parameters.and_then(icv_octets);
        let (key_bits, mode) = match algorithm.oid {
            Oid([0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, arc]) => aes(*arc, icv),
            oid::CHACHA20_POLY1305 => (Some(256), CipherMode::ChaCha20Poly1305),
            other => (unauthenticated_key_bits(other, parameters), CipherMode::Unauthenticated),
        };
        Self { oid: algorithm.oid, key_is_derived, key_bits, mode }
    }
}

/// RFC 9709 §2: the parameters of id-alg-cek-hkdf-sha256 are the algorithm to use with the derived
/// key.
fn derived_algorithm<'a>(algorithm: &AlgorithmIdentifier<'a>) -> Option<AlgorithmIdentifier<'a>> {
    if algorithm.oid != oid::CEK_HKDF_SHA256 {
        return None;
    }
    let inner = algorithm.parameters.filter(|p| p.tag == Tag::SEQUENCE)?;
    parse_algorithm_content(inner.content).ok()
}

/// The NIST arc of AES: three families of the same modes, at 1, 21 and 41.
fn aes(arc: u8, icv: impl Fn() -> Option<u32>) -> (Option<u32>, CipherMode) {
    let (bits, mode) = match arc {
        1..=8 => (128, arc),
        21..=28 => (192, arc - 20),
        41..=48 => (256, arc - 40),
        _ => return (None, CipherMode::Unauthenticated),
    };
    let mode = match mode {
        6 => CipherMode::Gcm { icv_octets: icv() },
        7 => CipherMode::Ccm { icv_octets: icv() },
        _ => CipherMode::Unauthenticated,
    };
    (Some(bits), mode)
}

/// RFC 5084 §3: `SEQUENCE { aes-nonce OCTET STRING, aes-ICVlen INTEGER DEFAULT 12 }`.
fn icv_octets(parameters: &Element<'_>) -> Option<u32> {
    let mut fields = sequence(parameters)?;
    fields.read(Tag::OCTET_STRING).ok()?;
    if fields.is_empty() {
        return Some(12);
    }
    let length = fields.read(Tag::INTEGER).ok()?;
    fields.is_empty().then(|| small_number(length.content))
}

fn unauthenticated_key_bits(oid: Oid<'_>, parameters: Option<&Element<'_>>) -> Option<u32> {
    match oid {
        oid::DES_CBC => Some(56),
        // Three keys of 56 bits; that two of them are equal shows only in the key.
        oid::DES_EDE3_CBC => Some(168),
        oid::RC2_CBC => rc2_effective_bits(parameters?),
        oid::CAST5_CBC => cast5_key_bits(parameters?),
        oid::CAMELLIA128_CBC | oid::SEED_CBC | oid::IDEA_CBC => Some(128),
        oid::CAMELLIA192_CBC => Some(192),
        oid::CAMELLIA256_CBC => Some(256),
        _ => None,
    }
}

/// RFC 2268 §6 and RFC 3370 §5.2: `SEQUENCE { rc2ParameterVersion INTEGER, iv OCTET STRING }`, or
/// the iv alone.
fn rc2_effective_bits(parameters: &Element<'_>) -> Option<u32> {
    if parameters.tag == Tag::OCTET_STRING {
        return Some(32);
    }
    let version = sequence(parameters)?.read(Tag::INTEGER).ok()?;
    match small_number(version.content) {
        160 => Some(40),
        120 => Some(64),
        58 => Some(128),
        bits @ 256..=1024 => Some(bits),
        _ => None,
    }
}

/// RFC 2984 §2: `SEQUENCE { iv OCTET STRING DEFAULT 0, keyLength INTEGER }`.
fn cast5_key_bits(parameters: &Element<'_>) -> Option<u32> {
    let mut fields = sequence(parameters)?;
    fields.read_optional(Tag::OCTET_STRING).ok()?;
    let length = small_number(fields.read(Tag::INTEGER).ok()?.content);
    (40..=128).contains(&length).then_some(length)
}

fn sequence<'a>(element: &Element<'a>) -> Option<Reader<'a>> {
    (element.tag == Tag::SEQUENCE).then(|| element.reader())
}

/// Reads the SEQUENCE at `cursor`.
pub(super) fn read_encrypted_content_info<'a>(
    cursor: &mut Cursor<'a>,
    quirks: &mut CmsQuirks,
) -> Result<EncryptedContentInfo<'a>, CmsError> {
    let sequence = cursor.read(Tag::SEQUENCE, Field::EncryptedContentInfo)?;
    let mut fields = cursor.inside(&sequence);
    let content_type = fields.read_oid(Field::ContentType)?;
    let algorithm = fields.read_algorithm(Field::ContentEncryptionAlgorithm)?;
    let content = match fields.is_empty() {
        true => None,
        false => Some(read_encrypted_content(&mut fields)?),
    };
    if !fields.is_empty() {
        quirks.insert(Quirk::TrailingElements);
    }
    // RULES 32: in EnvelopedData this may be the last field.
    if sequence.unterminated {
        quirks.insert(Quirk::MissingEndOfContents);
    }
    Ok(EncryptedContentInfo { content_type, algorithm, content })
}

/// `[0] IMPLICIT OCTET STRING`, primitive or constructed.
fn read_encrypted_content<'a>(fields: &mut Cursor<'a>) -> Result<Vec<&'a [u8]>, CmsError> {
    let expected = Tag::context_primitive(0);
    let before = *fields;
    let element = fields.read_any(Field::EncryptedContent)?;
    if !element.tag.same_type(expected) {
        let found = element.tag;
        let found = reader::Error::UnexpectedTag { expected, found };
        return Err(before.error(Field::EncryptedContent, found));
    }
    element
        .string_pieces(Tag::OCTET_STRING)
        .map_err(|found| before.error(Field::EncryptedContent, found))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::super::fixtures::{element, object_identifier};
    use super::*;

    fn cipher_of(oid: Oid<'_>, parameters: &[u8]) -> (Option<u32>, CipherMode, bool) {
        let content = [object_identifier(oid), parameters.to_vec()].concat();
        let cipher = ContentCipher::of(&parse_algorithm_content(&content).unwrap());
        (cipher.key_bits, cipher.mode, cipher.key_is_derived)
    }

    const AES256_GCM: Oid<'static> = Oid(&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 46]);
    const AES192_CCM: Oid<'static> = Oid(&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 27]);
    const AES128_CBC: Oid<'static> = Oid(&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 2]);

    #[test]
    fn rule_34_tag_length_of_gcm_and_ccm_is_read_and_12_when_omitted() {
        let nonce = element(0x04, &[&[0; 12]]);
        for (parameters, icv_octets) in [
            (element(0x30, &[&nonce, &[2, 1, 16]]), Some(16)),
            (element(0x30, &[&nonce]), Some(12)),
            (element(0x30, &[]), None),
            (nonce.clone(), None),
            (vec![], None),
        ] {
            let gcm = cipher_of(AES256_GCM, &parameters);
            assert_eq!(gcm, (Some(256), CipherMode::Gcm { icv_octets }, false));
            let ccm = cipher_of(AES192_CCM, &parameters);
            assert_eq!(ccm, (Some(192), CipherMode::Ccm { icv_octets }, false));
        }
    }

    #[test]
    fn rule_37_effective_bits_of_rc2_are_those_of_the_parameters() {
        let bits = |parameters: &[u8]| cipher_of(oid::RC2_CBC, parameters).0;
        let iv = element(0x04, &[&[0; 8]]);
        assert_eq!(bits(&element(0x30, &[&[2, 2, 0, 160], &iv])), Some(40));
        assert_eq!(bits(&element(0x30, &[&[2, 1, 120], &iv])), Some(64));
        assert_eq!(bits(&element(0x30, &[&[2, 1, 58], &iv])), Some(128));
        assert_eq!(bits(&element(0x30, &[&[2, 2, 1, 0], &iv])), Some(256));
        assert_eq!(bits(&iv), Some(32));
        assert_eq!(bits(&[]), None);
    }

    #[test]
    fn rule_37_key_bits_of_ciphers_before_aes_are_told() {
        let bits = |oid, parameters: &[u8]| cipher_of(oid, parameters).0;
        assert_eq!(bits(oid::DES_CBC, &[]), Some(56));
        assert_eq!(bits(oid::DES_EDE3_CBC, &[]), Some(168));
        for cipher in [oid::CAMELLIA128_CBC, oid::SEED_CBC, oid::IDEA_CBC] {
            assert_eq!(bits(cipher, &[]), Some(128));
        }
        assert_eq!(bits(oid::CAMELLIA192_CBC, &[]), Some(192));
        assert_eq!(bits(oid::CAMELLIA256_CBC, &[]), Some(256));
        for (length, wanted) in
            [(39, None), (40, Some(40)), (80, Some(80)), (128, Some(128)), (129, None)]
        {
            let length = element(0x02, &[&[0, length]]);
            let iv = element(0x04, &[&[0; 8]]);
            assert_eq!(bits(oid::CAST5_CBC, &element(0x30, &[&iv, &length])), wanted);
            assert_eq!(bits(oid::CAST5_CBC, &element(0x30, &[&length])), wanted);
        }
    }

    #[test]
    fn cipher_under_a_derived_key_is_the_inner_one() {
        let nonce = element(0x04, &[&[0; 12]]);
        let gcm = element(0x30, &[&object_identifier(AES256_GCM), &element(0x30, &[&nonce])]);
        let icv_octets = Some(12);
        let expected = (Some(256), CipherMode::Gcm { icv_octets }, true);
        assert_eq!(cipher_of(oid::CEK_HKDF_SHA256, &gcm), expected);
    }

    #[test]
    fn cipher_without_authentication_says_so() {
        assert_eq!(cipher_of(AES128_CBC, &[]).1, CipherMode::Unauthenticated);
        assert!(!cipher_of(AES128_CBC, &[]).1.is_aead());
        assert_eq!(cipher_of(AES128_CBC, &[]).0, Some(128));
        assert_eq!(cipher_of(Oid(&[0x2a, 3]), &[]).0, None);
        let (bits, mode, _) = cipher_of(oid::CHACHA20_POLY1305, &[]);
        assert!(bits == Some(256) && mode.is_aead());
    }
}
