//! AEAD ciphers for AuthEnvelopedData (RFC 5083): AES-GCM and AES-CCM (RFC 5084),
//! ChaCha20-Poly1305 (RFC 8103).
//!
//! RULES 34: nothing is handed out before the tag was verified.

use super::CipherError;
use crate::aws_lc::aead as library;
use crate::secret::Secret;

/// An AEAD cipher.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Aead {
    /// SP 800-38D.
    Aes128Gcm,
    /// SP 800-38D.
    Aes192Gcm,
    /// SP 800-38D.
    Aes256Gcm,
    /// SP 800-38C.
    Aes128Ccm,
    /// SP 800-38C.
    Aes192Ccm,
    /// SP 800-38C.
    Aes256Ccm,
    /// RFC 8439.
    ChaCha20Poly1305,
}

/// How it is computed.
pub(super) enum Way {
    OneShot(library::Aead),
    Ccm(library::Ccm),
}

impl Aead {
    /// Every cipher.
    pub const ALL: [Self; 7] = [
        Self::Aes128Gcm,
        Self::Aes192Gcm,
        Self::Aes256Gcm,
        Self::Aes128Ccm,
        Self::Aes192Ccm,
        Self::Aes256Ccm,
        Self::ChaCha20Poly1305,
    ];

    /// Octets of a key.
    pub const fn key_octets(self) -> usize {
        match self {
            Self::Aes128Gcm | Self::Aes128Ccm => 16,
            Self::Aes192Gcm | Self::Aes192Ccm => 24,
            Self::Aes256Gcm | Self::Aes256Ccm | Self::ChaCha20Poly1305 => 32,
        }
    }

    /// Whether a nonce may be so long: any but none for GCM (SP 800-38D §5.2.1.1), 7 to 13 octets for
    /// CCM (SP 800-38C §A.1), 12 for ChaCha20-Poly1305.
    pub const fn takes_nonce_of(self, octets: usize) -> bool {
        match self {
            Self::Aes128Gcm | Self::Aes192Gcm | Self::Aes256Gcm => octets > 0,
            Self::Aes128Ccm | Self::Aes192Ccm | Self::Aes256Ccm => 7 <= octets && octets <= 13,
            Self::ChaCha20Poly1305 => octets == 12,
        }
    }

    /// Whether a tag may be so long (RFC 5084 §3.1, §3.2; RFC 8103 §2).
    pub const fn takes_tag_of(self, octets: usize) -> bool {
        match self {
            Self::Aes128Gcm | Self::Aes192Gcm | Self::Aes256Gcm => 12 <= octets && octets <= 16,
            Self::Aes128Ccm | Self::Aes192Ccm | Self::Aes256Ccm => {
                4 <= octets && octets <= 16 && octets.is_multiple_of(2)
            }
            Self::ChaCha20Poly1305 => octets == 16,
        }
    }

    pub(super) fn way(self) -> Way {
        match self {
            Self::Aes128Gcm => Way::OneShot(library::Aead::Aes128Gcm),
            Self::Aes192Gcm => Way::OneShot(library::Aead::Aes192Gcm),
            Self::Aes256Gcm => Way::OneShot(library::Aead::Aes256Gcm),
            Self::ChaCha20Poly1305 => Way::OneShot(library::Aead::ChaCha20Poly1305),
            Self::Aes128Ccm => Way::Ccm(library::Ccm::Aes128),
            Self::Aes192Ccm => Way::Ccm(library::Ccm::Aes192),
            Self::Aes256Ccm => Way::Ccm(library::Ccm::Aes256),
        }
    }

    fn is_ccm(self) -> bool {
        matches!(self.way(), Way::Ccm(_))
    }
}

/// Decrypts `pieces` as if joined, if `tag` is right; `associated` are the associated data.
///
/// `Unusable` also for CCM over 2 GiB or over what the nonce leaves room for.
pub fn open(
    aead: Aead,
    key: &[u8],
    nonce: &[u8],
    associated: &[u8],
    pieces: &[&[u8]],
    tag: &[u8],
) -> Result<Secret, CipherError> {
    let mut text = Secret::joined(pieces);
    check_usable(aead, key, nonce, tag.len())?;
    check_lengths(aead, nonce, associated, text.len())?;
    let octets = text.as_mut_bytes();
    let is_right = match aead.way() {
        Way::OneShot(aead) => library::open(aead, key, nonce, associated, octets, tag),
        Way::Ccm(ccm) => library::open_ccm(ccm, key, nonce, associated, octets, tag),
    };
    if is_right { Ok(text) } else { Err(CipherError::Failed) }
}

/// What [`seal`] gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// As long as the plaintext.
    pub ciphertext: Vec<u8>,
    /// As long as was asked for.
    pub tag: Vec<u8>,
}

/// Encrypts `plaintext` and authenticates it and `associated`. A nonce must never be used twice with
/// a key.
pub fn seal(
    aead: Aead,
    key: &[u8],
    nonce: &[u8],
    associated: &[u8],
    plaintext: &[u8],
    tag_octets: usize,
) -> Result<Sealed, CipherError> {
    check_usable(aead, key, nonce, tag_octets)?;
    check_lengths(aead, nonce, associated, plaintext.len())?;
    let mut text = Secret::copy_of(plaintext);
    let mut tag = vec![0; tag_octets];
    let octets = text.as_mut_bytes();
    let done = match aead.way() {
        Way::OneShot(aead) => library::seal(aead, key, nonce, associated, octets, &mut tag),
        Way::Ccm(ccm) => library::seal_ccm(ccm, key, nonce, associated, octets, &mut tag),
    };
    if !done {
        return Err(CipherError::Unusable);
    }
    Ok(Sealed { ciphertext: text.into_vec(), tag })
}

pub(super) fn check_usable(
    aead: Aead,
    key: &[u8],
    nonce: &[u8],
    tag_octets: usize,
) -> Result<(), CipherError> {
    let is_usable = key.len() == aead.key_octets()
        && aead.takes_nonce_of(nonce.len())
        && aead.takes_tag_of(tag_octets);
    if is_usable { Ok(()) } else { Err(CipherError::Unusable) }
}

/// SP 800-38C §A.1: the octets that the nonce leaves of 15 count those of the text. AWS-LC counts
/// them in a C int.
fn check_lengths(
    aead: Aead,
    nonce: &[u8],
    associated: &[u8],
    octets: usize,
) -> Result<(), CipherError> {
    let most = i32::MAX as usize;
    let counted = 15_usize.saturating_sub(nonce.len()) * 8;
    let fits = octets <= most && associated.len() <= most && octets >> counted.min(63) == 0;
    if !aead.is_ccm() || fits { Ok(()) } else { Err(CipherError::Unusable) }
}
