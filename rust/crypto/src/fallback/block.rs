//! Block ciphers that AWS-LC lacks, one block at a time, in cipher block chaining: Camellia
//! (RFC 3713) and IDEA of RustCrypto, SEED (RFC 4269).
//!
//! They look up tables, so time tells something of keys to whoever shares the machine: for old mail.

use super::seed::Seed;
use camellia::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use camellia::{Camellia128, Camellia192, Camellia256};
use idea::Idea;

/// A cipher with its key, which is zeroed with it.
pub(crate) trait BlockCipher {
    /// Encrypts one block in place; anything but a whole block is left as it is.
    fn encrypt(&self, block: &mut [u8]);
    /// Decrypts one block in place; anything but a whole block is left as it is.
    fn decrypt(&self, block: &mut [u8]);
}

macro_rules! of_rust_crypto {
    ($($cipher:ty),*) => {$(
        impl BlockCipher for $cipher {
            fn encrypt(&self, block: &mut [u8]) {
                if let Ok(block) = block.try_into() {
                    self.encrypt_block(block);
                }
            }

            fn decrypt(&self, block: &mut [u8]) {
                if let Ok(block) = block.try_into() {
                    self.decrypt_block(block);
                }
            }
        }
    )*};
}

of_rust_crypto!(Camellia128, Camellia192, Camellia256, Idea);

impl BlockCipher for Seed {
    fn encrypt(&self, block: &mut [u8]) {
        if let Ok(octets) = <[u8; 16]>::try_from(&*block) {
            block.copy_from_slice(&self.encrypt(u128::from_be_bytes(octets)).to_be_bytes());
        }
    }

    fn decrypt(&self, block: &mut [u8]) {
        if let Ok(octets) = <[u8; 16]>::try_from(&*block) {
            block.copy_from_slice(&self.decrypt(u128::from_be_bytes(octets)).to_be_bytes());
        }
    }
}

/// Camellia by the length of its key; None for another length.
pub(crate) fn camellia(key: &[u8]) -> Option<Box<dyn BlockCipher>> {
    Some(match key.len() {
        16 => Box::new(Camellia128::new_from_slice(key).ok()?),
        24 => Box::new(Camellia192::new_from_slice(key).ok()?),
        32 => Box::new(Camellia256::new_from_slice(key).ok()?),
        _ => return None,
    })
}

/// None for a key of another length than 16 octets.
pub(crate) fn idea(key: &[u8]) -> Option<Box<dyn BlockCipher>> {
    Some(Box::new(Idea::new_from_slice(key).ok()?))
}

/// None for a key of another length than 16 octets.
pub(crate) fn seed(key: &[u8]) -> Option<Box<dyn BlockCipher>> {
    Some(Box::new(Seed::new(key.try_into().ok()?)))
}

/// Encrypts whole blocks of the vector's length in place (SP 800-38A §6.2); the vector is then that
/// of the blocks behind them.
pub(crate) fn encrypt_cbc(cipher: &dyn BlockCipher, iv: &mut [u8], text: &mut [u8]) {
    for block in text.chunks_exact_mut(iv.len()) {
        xor(block, iv);
        cipher.encrypt(block);
        iv.copy_from_slice(block);
    }
}

/// Decrypts whole blocks of the vector's length in place (SP 800-38A §6.2); the vector is then that
/// of the blocks behind them.
pub(crate) fn decrypt_cbc(cipher: &dyn BlockCipher, iv: &mut [u8], text: &mut [u8]) {
    let mut encrypted = iv.to_vec();
    for block in text.chunks_exact_mut(iv.len()) {
        encrypted.copy_from_slice(block);
        cipher.decrypt(block);
        xor(block, iv);
        iv.copy_from_slice(&encrypted);
    }
}

fn xor(block: &mut [u8], other: &[u8]) {
    block.iter_mut().zip(other).for_each(|(octet, other)| *octet ^= other);
}
