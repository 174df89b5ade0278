//! Content encryption: block ciphers in CBC with the padding of RFC 5652 §6.3, AEAD ciphers
//! ([`aead`]), and RC4 for old PKCS#12 files.
//!
//! Ciphertext comes in pieces, as constructed OCTET STRINGs have it; plaintext is one buffer, but in
//! [`piecewise`], for what is too large to be held. What a caller got wrong is `Unusable`; whatever else is wrong is `Failed`, so that an answer says
//! nothing of where decryption failed (RULES 33).

pub mod aead;
mod padding;
pub mod piecewise;

use crate::aws_lc::cbc::{self as library, Direction};
use crate::fallback::block as fallback;
use crate::secret::Secret;

/// Why there is no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CipherError {
    /// Key, vector, nonce, tag or parameters that the cipher does not take.
    Unusable,
    /// The ciphertext is not one of that key: its length, padding or tag is wrong.
    Failed,
}

/// A block cipher for CBC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cipher {
    /// FIPS 197.
    Aes128,
    /// FIPS 197.
    Aes192,
    /// FIPS 197.
    Aes256,
    /// FIPS 46-3; broken, kept for old mail.
    Des,
    /// SP 800-67, keys of 24 octets, or of 16 where the third is the first (RULES 37). Parity bits
    /// are not looked at.
    TripleDes,
    /// RFC 2268, keys of 1 to 128 octets; broken where effective bits are few, kept for old mail.
    Rc2 {
        /// 1 to 1,024; what rc2ParameterVersion names (RFC 2268 §6).
        effective_bits: u16,
    },
    /// RFC 2144, keys of 5 to 16 octets.
    Cast5,
    /// RFC 3713.
    Camellia128,
    /// RFC 3713.
    Camellia192,
    /// RFC 3713.
    Camellia256,
    /// RFC 4269.
    Seed,
    /// Lai and Massey's cipher of 1991, as RFC 3058 names it for CMS.
    Idea,
}

impl Cipher {
    /// Every cipher; RC2 with 128 effective bits.
    pub const ALL: [Self; 12] = [
        Self::Aes128,
        Self::Aes192,
        Self::Aes256,
        Self::Des,
        Self::TripleDes,
        Self::Rc2 { effective_bits: 128 },
        Self::Cast5,
        Self::Camellia128,
        Self::Camellia192,
        Self::Camellia256,
        Self::Seed,
        Self::Idea,
    ];

    /// Octets of a block, and of an initialisation vector.
    pub const fn block_octets(self) -> usize {
        match self {
            Self::Des | Self::TripleDes | Self::Rc2 { .. } | Self::Cast5 | Self::Idea => 8,
            Self::Aes128 | Self::Aes192 | Self::Aes256 => 16,
            Self::Camellia128 | Self::Camellia192 | Self::Camellia256 | Self::Seed => 16,
        }
    }

    /// Octets of a key as the cipher is usually keyed; RC2 and CAST-128 take others too.
    pub const fn key_octets(self) -> usize {
        match self {
            Self::Aes128 | Self::Camellia128 | Self::Seed | Self::Idea | Self::Cast5 => 16,
            Self::Aes192 | Self::Camellia192 | Self::TripleDes => 24,
            Self::Aes256 | Self::Camellia256 => 32,
            Self::Des => 8,
            Self::Rc2 { effective_bits } => effective_bits.div_ceil(8) as usize,
        }
    }

    /// Whether a key may be so long.
    pub const fn takes_key_of(self, octets: usize) -> bool {
        match self {
            Self::TripleDes => octets == 24 || octets == 16,
            Self::Rc2 { effective_bits } => {
                0 < effective_bits && effective_bits <= 1_024 && 0 < octets && octets <= 128
            }
            Self::Cast5 => 5 <= octets && octets <= 16,
            _ => octets == self.key_octets(),
        }
    }
}

/// Decrypts `pieces` as if joined, and takes the padding off (RFC 5652 §6.3).
///
/// `Failed` for ciphertext that is no whole number of blocks, or none, and for wrong padding. Right
/// padding proves nothing: a wrong key leaves it once in 256 times (RULES 33).
pub fn decrypt_cbc(
    cipher: Cipher,
    key: &[u8],
    iv: &[u8],
    pieces: &[&[u8]],
) -> Result<Secret, CipherError> {
    let mut text = Secret::joined(pieces);
    let blocks = text.as_mut_bytes();
    if !blocks.len().is_multiple_of(cipher.block_octets()) {
        check_usable(cipher, key, iv)?;
        return Err(CipherError::Failed);
    }
    decrypt_blocks(cipher, key, iv, blocks)?;
    let octets = padding::text_octets(text.as_bytes(), cipher.block_octets());
    text.truncate(octets.ok_or(CipherError::Failed)?);
    Ok(text)
}

/// Pads `plaintext` (RFC 5652 §6.3) and encrypts it. The vector must be unpredictable.
pub fn encrypt_cbc(
    cipher: Cipher,
    key: &[u8],
    iv: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, CipherError> {
    let mut text = padding::padded(plaintext, cipher.block_octets());
    encrypt_blocks(cipher, key, iv, text.as_mut_bytes())?;
    Ok(text.into_vec())
}

/// RC4 under a key of 1 to 256 octets, which encrypts and decrypts alike; for the key-encrypting
/// schemes of old PKCS#12 files (RFC 7292 appendix C), whose keys have 16 octets or 5.
pub fn rc4(key: &[u8], text: &[u8]) -> Result<Secret, CipherError> {
    if !(1..=256).contains(&key.len()) {
        return Err(CipherError::Unusable);
    }
    let mut text = Secret::copy_of(text);
    library::apply(library::Cipher::Rc4, Direction::Encrypt, key, &[], text.as_mut_bytes());
    Ok(text)
}

/// Encrypts whole blocks in place, without padding.
pub(crate) fn encrypt_blocks(
    cipher: Cipher,
    key: &[u8],
    iv: &[u8],
    blocks: &mut [u8],
) -> Result<(), CipherError> {
    Chain::new(cipher, Direction::Encrypt, key, iv)?.apply(blocks);
    Ok(())
}

/// Decrypts whole blocks in place, without padding.
pub(crate) fn decrypt_blocks(
    cipher: Cipher,
    key: &[u8],
    iv: &[u8],
    blocks: &mut [u8],
) -> Result<(), CipherError> {
    Chain::new(cipher, Direction::Decrypt, key, iv)?.apply(blocks);
    Ok(())
}

/// Blocks that follow one another.
enum Chain {
    Library(library::Running),
    Fallback { cipher: Box<dyn fallback::BlockCipher>, direction: Direction, vector: Vec<u8> },
}

impl Chain {
    fn new(
        cipher: Cipher,
        direction: Direction,
        key: &[u8],
        iv: &[u8],
    ) -> Result<Self, CipherError> {
        Ok(match keyed(cipher, key, iv)? {
            Keyed::Library(cipher, key) => {
                Self::Library(library::Running::new(cipher, direction, key.as_bytes(), iv))
            }
            Keyed::Fallback(cipher) => Self::Fallback { cipher, direction, vector: iv.to_vec() },
        })
    }

    /// The next blocks, in place; what is no whole block is left as it is.
    fn apply(&mut self, blocks: &mut [u8]) {
        match self {
            Self::Library(running) => running.apply(blocks),
            Self::Fallback { cipher, direction: Direction::Encrypt, vector } => {
                fallback::encrypt_cbc(&**cipher, vector, blocks);
            }
            Self::Fallback { cipher, vector, .. } => {
                fallback::decrypt_cbc(&**cipher, vector, blocks);
            }
        }
    }
}

/// Who computes, and the key as they take it.
enum Keyed {
    Library(library::Cipher, Secret),
    Fallback(Box<dyn fallback::BlockCipher>),
}

fn keyed(cipher: Cipher, key: &[u8], iv: &[u8]) -> Result<Keyed, CipherError> {
    check_usable(cipher, key, iv)?;
    let library_cipher = match cipher {
        Cipher::Aes128 => library::Cipher::Aes128,
        Cipher::Aes192 => library::Cipher::Aes192,
        Cipher::Aes256 => library::Cipher::Aes256,
        Cipher::Des => library::Cipher::Des,
        Cipher::TripleDes => library::Cipher::TripleDes,
        Cipher::Rc2 { effective_bits } => library::Cipher::Rc2 { effective_bits },
        Cipher::Cast5 => library::Cipher::Cast5,
        Cipher::Camellia128 | Cipher::Camellia192 | Cipher::Camellia256 => {
            return fallback_keyed(fallback::camellia(key));
        }
        Cipher::Seed => return fallback_keyed(fallback::seed(key)),
        Cipher::Idea => return fallback_keyed(fallback::idea(key)),
    };
    Ok(Keyed::Library(library_cipher, library_key(cipher, key)))
}

fn fallback_keyed(cipher: Option<Box<dyn fallback::BlockCipher>>) -> Result<Keyed, CipherError> {
    cipher.map(Keyed::Fallback).ok_or(CipherError::Unusable)
}

/// RULES 37: two-key triple DES is K1, K2, K1 (SP 800-67 §3.1, keying option 2).
fn library_key(cipher: Cipher, key: &[u8]) -> Secret {
    match (cipher, key.split_at_checked(8)) {
        (Cipher::TripleDes, Some((first, second))) if second.len() == 8 => {
            Secret::joined(&[first, second, first])
        }
        _ => Secret::copy_of(key),
    }
}

fn check_usable(cipher: Cipher, key: &[u8], iv: &[u8]) -> Result<(), CipherError> {
    if cipher.takes_key_of(key.len()) && iv.len() == cipher.block_octets() {
        Ok(())
    } else {
        Err(CipherError::Unusable)
    }
}
