//! Block ciphers in cipher block chaining, without padding, AES in counter mode, and RC4.

use super::{Owned, Release, require};
use aws_lc_sys::{EVP_CIPHER, EVP_CIPHER_CTX};
use std::ffi::c_int;
use std::ptr::{null, null_mut};

impl Release for EVP_CIPHER_CTX {
    unsafe fn release(pointer: *mut Self) {
        // SAFETY: the caller's promise is `EVP_CIPHER_CTX_free`'s.
        unsafe { aws_lc_sys::EVP_CIPHER_CTX_free(pointer) }
    }
}

/// A cipher that AWS-LC has.
#[derive(Clone, Copy)]
pub(crate) enum Cipher {
    Aes128,
    Aes192,
    Aes256,
    Des,
    /// Keys of 24 octets.
    TripleDes,
    /// Keys of 1 to 128 octets.
    Rc2 {
        /// 1 to 1,024.
        effective_bits: u16,
    },
    /// Keys of 5 to 16 octets.
    Cast5,
    /// Keys of 1 to 256 octets; no initialisation vector.
    Rc4,
    /// AES in counter mode, by its key: the first counter block is the vector.
    AesCounter,
}

/// Which way.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Encrypt,
    Decrypt,
}

/// How much is handed over at once: lengths are a C int.
const CHUNK_OCTETS: usize = 1 << 30;

/// Encrypts or decrypts `text` in place.
///
/// `key`, `iv` and `text` must have lengths that the cipher takes.
pub(crate) fn apply(cipher: Cipher, direction: Direction, key: &[u8], iv: &[u8], text: &mut [u8]) {
    Running::new(cipher, direction, key, iv).apply(text);
}

/// A cipher under way, for text that comes piecewise.
pub(crate) struct Running(Owned<EVP_CIPHER_CTX>);

impl Running {
    /// `key` and `iv` must have lengths that the cipher takes.
    pub(crate) fn new(cipher: Cipher, direction: Direction, key: &[u8], iv: &[u8]) -> Self {
        let context = fresh();
        start(&context, cipher, direction, key, iv);
        Self(context)
    }

    /// Encrypts or decrypts the next octets in place: whole blocks, but of a stream cipher.
    pub(crate) fn apply(&mut self, text: &mut [u8]) {
        for chunk in text.chunks_mut(CHUNK_OCTETS) {
            let place = chunk.as_mut_ptr();
            let mut written: c_int = 0;
            // SAFETY: a keyed context, a slice readable and writable for its length, which the
            // function may write where it reads, and which are whole blocks without padding, so
            // that no more are written than read.
            let status = unsafe {
                aws_lc_sys::EVP_CipherUpdate(
                    self.0.as_ptr(),
                    place,
                    &raw mut written,
                    place,
                    chunk.len() as c_int,
                )
            };
            require(status, "EVP_CipherUpdate");
            assert_eq!(written as usize, chunk.len(), "whole blocks");
        }
    }
}

/// A context without a cipher yet.
pub(super) fn fresh() -> Owned<EVP_CIPHER_CTX> {
    // SAFETY: takes nothing; the result is checked for NULL.
    Owned::allocated(unsafe { aws_lc_sys::EVP_CIPHER_CTX_new() })
}

/// Gives the context cipher, settings, key and initialisation vector, in that order.
fn start(
    context: &Owned<EVP_CIPHER_CTX>,
    cipher: Cipher,
    direction: Direction,
    key: &[u8],
    iv: &[u8],
) {
    let encrypt = c_int::from(direction == Direction::Encrypt);
    let context = context.as_ptr();
    // SAFETY: a live context, a static description, no engine, neither key nor vector yet.
    let status = unsafe {
        aws_lc_sys::EVP_CipherInit_ex(
            context,
            description(cipher, key.len()),
            null_mut(),
            null(),
            null(),
            encrypt,
        )
    };
    require(status, "EVP_CipherInit_ex");
    // SAFETY: a live context with a cipher.
    let status = unsafe { aws_lc_sys::EVP_CIPHER_CTX_set_key_length(context, key.len() as _) };
    require(status, "EVP_CIPHER_CTX_set_key_length");
    if let Cipher::Rc2 { effective_bits } = cipher {
        // SAFETY: a live context of a cipher with that setting, which takes a number and no pointer.
        let status = unsafe {
            aws_lc_sys::EVP_CIPHER_CTX_ctrl(
                context,
                aws_lc_sys::EVP_CTRL_SET_RC2_KEY_BITS,
                c_int::from(effective_bits),
                null_mut(),
            )
        };
        require(status, "EVP_CTRL_SET_RC2_KEY_BITS");
    }
    // SAFETY: a live context with a cipher.
    let iv_octets = unsafe { aws_lc_sys::EVP_CIPHER_CTX_iv_length(context) };
    assert_eq!(iv_octets as usize, iv.len(), "an initialisation vector's length");
    // SAFETY: a live context whose cipher reads as many octets of key as was set and of vector as
    // was compared.
    let status = unsafe {
        aws_lc_sys::EVP_CipherInit_ex(
            context,
            null(),
            null_mut(),
            key.as_ptr(),
            iv.as_ptr(),
            encrypt,
        )
    };
    require(status, "EVP_CipherInit_ex");
    // SAFETY: a live context; returns 1 always.
    unsafe { aws_lc_sys::EVP_CIPHER_CTX_set_padding(context, 0) };
}

fn description(cipher: Cipher, key_octets: usize) -> *const EVP_CIPHER {
    // SAFETY: each takes nothing and returns a static object.
    unsafe {
        match cipher {
            Cipher::Aes128 => aws_lc_sys::EVP_aes_128_cbc(),
            Cipher::Aes192 => aws_lc_sys::EVP_aes_192_cbc(),
            Cipher::Aes256 => aws_lc_sys::EVP_aes_256_cbc(),
            Cipher::Des => aws_lc_sys::EVP_des_cbc(),
            Cipher::TripleDes => aws_lc_sys::EVP_des_ede3_cbc(),
            Cipher::Rc2 { .. } => aws_lc_sys::EVP_rc2_cbc(),
            Cipher::Cast5 => aws_lc_sys::EVP_cast5_cbc(),
            Cipher::Rc4 => aws_lc_sys::EVP_rc4(),
            Cipher::AesCounter => match key_octets {
                16 => aws_lc_sys::EVP_aes_128_ctr(),
                24 => aws_lc_sys::EVP_aes_192_ctr(),
                _ => aws_lc_sys::EVP_aes_256_ctr(),
            },
        }
    }
}
