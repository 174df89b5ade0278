//! Key wrap: a content key under a key-encrypting key, as KEKRecipientInfo, KeyAgreeRecipientInfo,
//! KEMRecipientInfo and PasswordRecipientInfo have it.
//!
//! AES with and without padding (RFC 3394, RFC 5649), Camellia (RFC 3657) and SEED (RFC 4010) in
//! the same construction, triple DES and RC2 (RFC 3217), and PWRI-KEK over any cipher (RFC 3211).
//! Each wrapped key has an integrity check; whatever is wrong with it is `Failed`.

mod pwri;
mod rfc_3217;
mod rfc_3394;

pub use pwri::{unwrap_pwri, wrap_pwri};

use crate::aws_lc::key_wrap as library;
use crate::cipher::{Cipher, CipherError};
use crate::fallback::block as fallback;
use crate::secret::Secret;

/// A key wrap algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyWrap {
    /// RFC 3394 under 16 octets.
    Aes128,
    /// RFC 3394 under 24 octets.
    Aes192,
    /// RFC 3394 under 32 octets.
    Aes256,
    /// RFC 5649 under 16 octets.
    Aes128Padded,
    /// RFC 5649 under 24 octets.
    Aes192Padded,
    /// RFC 5649 under 32 octets.
    Aes256Padded,
    /// RFC 3657 §3.2 under 16 octets.
    Camellia128,
    /// RFC 3657 §3.2 under 24 octets.
    Camellia192,
    /// RFC 3657 §3.2 under 32 octets.
    Camellia256,
    /// RFC 4010 §3.2 under 16 octets.
    Seed,
    /// RFC 3217 §3 under 24 octets, or 16 where the third key is the first.
    TripleDes,
    /// RFC 3217 §4 under 16 octets.
    Rc2 {
        /// What the RC2wrapParameter names (RFC 3370 §4.3.2), 128 nearly always.
        effective_bits: u16,
    },
}

impl KeyWrap {
    /// Every algorithm; RC2 with 128 effective bits.
    pub const ALL: [Self; 12] = [
        Self::Aes128,
        Self::Aes192,
        Self::Aes256,
        Self::Aes128Padded,
        Self::Aes192Padded,
        Self::Aes256Padded,
        Self::Camellia128,
        Self::Camellia192,
        Self::Camellia256,
        Self::Seed,
        Self::TripleDes,
        Self::Rc2 { effective_bits: 128 },
    ];

    /// Octets of a key-encrypting key, for who derives one.
    pub const fn key_octets(self) -> usize {
        match self {
            Self::Rc2 { .. } => 16,
            _ => self.cipher().key_octets(),
        }
    }

    const fn cipher(self) -> Cipher {
        match self {
            Self::Aes128 | Self::Aes128Padded => Cipher::Aes128,
            Self::Aes192 | Self::Aes192Padded => Cipher::Aes192,
            Self::Aes256 | Self::Aes256Padded => Cipher::Aes256,
            Self::Camellia128 => Cipher::Camellia128,
            Self::Camellia192 => Cipher::Camellia192,
            Self::Camellia256 => Cipher::Camellia256,
            Self::Seed => Cipher::Seed,
            Self::TripleDes => Cipher::TripleDes,
            Self::Rc2 { effective_bits } => Cipher::Rc2 { effective_bits },
        }
    }

    fn takes_key_of(self, octets: usize) -> bool {
        let is_of_length = !matches!(self, Self::Rc2 { .. }) || octets == self.key_octets();
        is_of_length && self.cipher().takes_key_of(octets)
    }

    /// The cipher of the construction of RFC 3394, where AWS-LC has not both.
    fn fallback(self, key: &[u8]) -> Option<Box<dyn fallback::BlockCipher>> {
        match self {
            Self::Camellia128 | Self::Camellia192 | Self::Camellia256 => fallback::camellia(key),
            Self::Seed => fallback::seed(key),
            _ => None,
        }
    }
}

/// Wraps `key` under `key_encrypting_key`.
///
/// `Unusable` for lengths that the algorithm does not take: without padding a key of 16 octets or
/// more and whole eights (triple DES: whole eights, RC2: up to 255 octets).
pub fn wrap(
    algorithm: KeyWrap,
    key_encrypting_key: &[u8],
    key: &[u8],
) -> Result<Vec<u8>, CipherError> {
    if !algorithm.takes_key_of(key_encrypting_key.len()) {
        return Err(CipherError::Unusable);
    }
    if let Some(cipher) = algorithm.fallback(key_encrypting_key) {
        return rfc_3394::wrap(&*cipher, key).ok_or(CipherError::Unusable);
    }
    let wrapped = match algorithm {
        KeyWrap::TripleDes | KeyWrap::Rc2 { .. } => {
            let wrapping = rfc_3217::Wrapping::of(algorithm.cipher());
            return wrapping.wrap(key_encrypting_key, key);
        }
        KeyWrap::Aes128Padded | KeyWrap::Aes192Padded | KeyWrap::Aes256Padded => {
            library::wrap_padded(key_encrypting_key, key)
        }
        _ => library::wrap(key_encrypting_key, key),
    };
    wrapped.ok_or(CipherError::Unusable)
}

/// Unwraps what [`wrap`] gives.
///
/// `Unusable` for a key-encrypting key of a wrong length alone.
pub fn unwrap(
    algorithm: KeyWrap,
    key_encrypting_key: &[u8],
    wrapped: &[u8],
) -> Result<Secret, CipherError> {
    if !algorithm.takes_key_of(key_encrypting_key.len()) {
        return Err(CipherError::Unusable);
    }
    if let Some(cipher) = algorithm.fallback(key_encrypting_key) {
        return rfc_3394::unwrap(&*cipher, wrapped).ok_or(CipherError::Failed);
    }
    let key = match algorithm {
        KeyWrap::TripleDes | KeyWrap::Rc2 { .. } => {
            rfc_3217::Wrapping::of(algorithm.cipher()).unwrap(key_encrypting_key, wrapped)
        }
        KeyWrap::Aes128Padded | KeyWrap::Aes192Padded | KeyWrap::Aes256Padded => {
            library::unwrap_padded(key_encrypting_key, wrapped)
        }
        _ => library::unwrap(key_encrypting_key, wrapped),
    };
    key.ok_or(CipherError::Failed)
}
