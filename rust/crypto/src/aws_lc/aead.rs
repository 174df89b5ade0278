//! AEAD ciphers: AES-GCM and ChaCha20-Poly1305 through EVP_AEAD, AES-CCM, whose parameters that
//! fixes, through EVP_CIPHER.

use super::cbc::{Direction, fresh};
use super::{Owned, Release, clear_errors, require, succeeded};
use aws_lc_sys::{EVP_AEAD, EVP_AEAD_CTX, EVP_CIPHER, EVP_CIPHER_CTX};
use std::ffi::{c_int, c_void};
use std::ptr::{null, null_mut};

impl Release for EVP_AEAD_CTX {
    unsafe fn release(pointer: *mut Self) {
        // SAFETY: the caller's promise is `EVP_AEAD_CTX_free`'s.
        unsafe { aws_lc_sys::EVP_AEAD_CTX_free(pointer) }
    }
}

/// A cipher of the EVP_AEAD interface.
#[derive(Clone, Copy)]
pub(crate) enum Aead {
    Aes128Gcm,
    Aes192Gcm,
    Aes256Gcm,
    ChaCha20Poly1305,
}

/// AES-CCM by its key.
#[derive(Clone, Copy)]
pub(crate) enum Ccm {
    Aes128,
    Aes192,
    Aes256,
}

/// Decrypts `text` in place; false if the tag is wrong, and then `text` holds zeros.
///
/// `key`, `nonce` and `tag` must have lengths that the cipher takes.
pub(crate) fn open(
    aead: Aead,
    key: &[u8],
    nonce: &[u8],
    associated: &[u8],
    text: &mut [u8],
    tag: &[u8],
) -> bool {
    let context = keyed(aead, key, tag.len());
    let place = text.as_mut_ptr();
    // SAFETY: a live context, and slices readable for their lengths; the output may be the input,
    // and is as long.
    let status = unsafe {
        aws_lc_sys::EVP_AEAD_CTX_open_gather(
            context.as_ptr(),
            place,
            nonce.as_ptr(),
            nonce.len(),
            place,
            text.len(),
            tag.as_ptr(),
            tag.len(),
            associated.as_ptr(),
            associated.len(),
        )
    };
    if !succeeded(status) {
        text.fill(0);
        return false;
    }
    true
}

/// Encrypts `text` in place and fills `tag`; false if the text is too long for the cipher.
///
/// `key`, `nonce` and `tag` must have lengths that the cipher takes.
pub(crate) fn seal(
    aead: Aead,
    key: &[u8],
    nonce: &[u8],
    associated: &[u8],
    text: &mut [u8],
    tag: &mut [u8],
) -> bool {
    let context = keyed(aead, key, tag.len());
    let place = text.as_mut_ptr();
    let mut tag_octets = 0;
    // SAFETY: a live context, slices readable and for the last two writable for their lengths; the
    // output may be the input, and is as long; no further input.
    let status = unsafe {
        aws_lc_sys::EVP_AEAD_CTX_seal_scatter(
            context.as_ptr(),
            place,
            tag.as_mut_ptr(),
            &raw mut tag_octets,
            tag.len(),
            nonce.as_ptr(),
            nonce.len(),
            place,
            text.len(),
            null(),
            0,
            associated.as_ptr(),
            associated.len(),
        )
    };
    succeeded(status) && tag_octets == tag.len()
}

fn keyed(aead: Aead, key: &[u8], tag_octets: usize) -> Owned<EVP_AEAD_CTX> {
    // SAFETY: each takes nothing and returns a static object.
    let description: *const EVP_AEAD = unsafe {
        match aead {
            Aead::Aes128Gcm => aws_lc_sys::EVP_aead_aes_128_gcm(),
            Aead::Aes192Gcm => aws_lc_sys::EVP_aead_aes_192_gcm(),
            Aead::Aes256Gcm => aws_lc_sys::EVP_aead_aes_256_gcm(),
            Aead::ChaCha20Poly1305 => aws_lc_sys::EVP_aead_chacha20_poly1305(),
        }
    };
    // SAFETY: a static description and a slice readable for its length; the result is checked for
    // NULL, which a wrong length would give too.
    Owned::allocated(unsafe {
        aws_lc_sys::EVP_AEAD_CTX_new(description, key.as_ptr(), key.len(), tag_octets)
    })
}

/// Decrypts `text` in place; false if the tag is wrong, and then `text` holds zeros.
///
/// `key`, `nonce` and `tag` must have lengths that the cipher takes, `text` and `associated` fit a
/// C int, and `text` the nonce.
pub(crate) fn open_ccm(
    ccm: Ccm,
    key: &[u8],
    nonce: &[u8],
    associated: &[u8],
    text: &mut [u8],
    tag: &[u8],
) -> bool {
    let context = fresh();
    // The function only reads it (`void *` for the sake of other settings).
    let expected = tag.as_ptr().cast_mut().cast();
    start_ccm(&context, ccm, Direction::Decrypt, key, nonce, (tag.len(), expected));
    let done = run_ccm(&context, associated, text);
    if !done {
        text.fill(0);
        clear_errors();
    }
    done
}

/// Encrypts `text` in place and fills `tag`, under the conditions of [`open_ccm`].
pub(crate) fn seal_ccm(
    ccm: Ccm,
    key: &[u8],
    nonce: &[u8],
    associated: &[u8],
    text: &mut [u8],
    tag: &mut [u8],
) -> bool {
    let context = fresh();
    start_ccm(&context, ccm, Direction::Encrypt, key, nonce, (tag.len(), null_mut()));
    if !run_ccm(&context, associated, text) {
        clear_errors();
        return false;
    }
    set(&context, aws_lc_sys::EVP_CTRL_AEAD_GET_TAG, tag.len(), tag.as_mut_ptr().cast());
    true
}

/// Cipher, lengths, key and nonce, in that order; the tag's octets are read when decrypting.
fn start_ccm(
    context: &Owned<EVP_CIPHER_CTX>,
    ccm: Ccm,
    direction: Direction,
    key: &[u8],
    nonce: &[u8],
    (tag_octets, tag): (usize, *mut c_void),
) {
    // SAFETY: each takes nothing and returns a static object.
    let description: *const EVP_CIPHER = unsafe {
        match ccm {
            Ccm::Aes128 => aws_lc_sys::EVP_aes_128_ccm(),
            Ccm::Aes192 => aws_lc_sys::EVP_aes_192_ccm(),
            Ccm::Aes256 => aws_lc_sys::EVP_aes_256_ccm(),
        }
    };
    init(context, description, direction, null(), null());
    set(context, aws_lc_sys::EVP_CTRL_AEAD_SET_IVLEN, nonce.len(), null_mut());
    set(context, aws_lc_sys::EVP_CTRL_AEAD_SET_TAG, tag_octets, tag);
    check_key(context, key);
    init(context, null(), direction, key.as_ptr(), nonce.as_ptr());
}

/// A setting with a length and as many octets, or NULL.
fn set(context: &Owned<EVP_CIPHER_CTX>, setting: c_int, octets: usize, place: *mut c_void) {
    // SAFETY: a live context of a cipher with that setting, and a place for as many octets.
    let status = unsafe {
        aws_lc_sys::EVP_CIPHER_CTX_ctrl(context.as_ptr(), setting, octets as c_int, place)
    };
    require(status, "EVP_CIPHER_CTX_ctrl");
}

/// The length of the text, the associated data, and the text itself, which CCM takes whole.
fn run_ccm(context: &Owned<EVP_CIPHER_CTX>, associated: &[u8], text: &mut [u8]) -> bool {
    let update = |out: *mut u8, input: *const u8, octets: usize| {
        let mut written: c_int = 0;
        let Ok(octets) = c_int::try_from(octets) else {
            return false;
        };
        // SAFETY: a keyed context; input and, where not NULL, output have so many octets and may be
        // the same.
        let status = unsafe {
            let written = &raw mut written;
            aws_lc_sys::EVP_CipherUpdate(context.as_ptr(), out, written, input, octets)
        };
        succeeded(status)
    };
    let place = text.as_mut_ptr();
    update(null_mut(), null(), text.len())
        && (associated.is_empty() || update(null_mut(), associated.as_ptr(), associated.len()))
        && update(place, place, text.len())
}

/// A cipher of the EVP_AEAD interface under way, for text that comes piecewise: through EVP_CIPHER,
/// which has the same ciphers.
pub(crate) struct Running(Owned<EVP_CIPHER_CTX>);

impl Running {
    /// `key` and `nonce` must have lengths that the cipher takes.
    pub(crate) fn new(aead: Aead, direction: Direction, key: &[u8], nonce: &[u8]) -> Self {
        let context = fresh();
        // SAFETY: each takes nothing and returns a static object.
        let description: *const EVP_CIPHER = unsafe {
            match aead {
                Aead::Aes128Gcm => aws_lc_sys::EVP_aes_128_gcm(),
                Aead::Aes192Gcm => aws_lc_sys::EVP_aes_192_gcm(),
                Aead::Aes256Gcm => aws_lc_sys::EVP_aes_256_gcm(),
                Aead::ChaCha20Poly1305 => aws_lc_sys::EVP_chacha20_poly1305(),
            }
        };
        init(&context, description, direction, null(), null());
        set(&context, aws_lc_sys::EVP_CTRL_AEAD_SET_IVLEN, nonce.len(), null_mut());
        check_key(&context, key);
        init(&context, null(), direction, key.as_ptr(), nonce.as_ptr());
        Self(context)
    }

    /// The associated data, before any text; false if it is longer than a C int.
    pub(crate) fn associate(&mut self, associated: &[u8]) -> bool {
        associated.is_empty() || self.update(null_mut(), associated)
    }

    /// Encrypts or decrypts the next octets in place; false if the text is too long for the cipher.
    pub(crate) fn apply(&mut self, text: &mut [u8]) -> bool {
        text.chunks_mut(PIECE_OCTETS).all(|piece| {
            let place = piece.as_mut_ptr();
            self.update(place, piece)
        })
    }

    fn update(&mut self, out: *mut u8, input: &[u8]) -> bool {
        let mut written: c_int = 0;
        let Ok(octets) = c_int::try_from(input.len()) else { return false };
        // SAFETY: a keyed context; input and, where not NULL, output have so many octets and may be
        // the same.
        let status = unsafe {
            let written = &raw mut written;
            aws_lc_sys::EVP_CipherUpdate(self.0.as_ptr(), out, written, input.as_ptr(), octets)
        };
        succeeded(status) && written == octets
    }

    /// Whether the tag of everything that was decrypted is this one, of a length that the cipher takes.
    pub(crate) fn is_tag(mut self, tag: &[u8]) -> bool {
        // The function only reads it (`void *` for the sake of other settings).
        let expected = tag.as_ptr().cast_mut().cast();
        set(&self.0, aws_lc_sys::EVP_CTRL_AEAD_SET_TAG, tag.len(), expected);
        self.finish()
    }

    /// Fills `tag`, of a length that the cipher takes, with that of everything that was encrypted.
    pub(crate) fn tag(mut self, tag: &mut [u8]) -> bool {
        let is_done = self.finish();
        if is_done {
            set(&self.0, aws_lc_sys::EVP_CTRL_AEAD_GET_TAG, tag.len(), tag.as_mut_ptr().cast());
        }
        is_done
    }

    fn finish(&mut self) -> bool {
        let (mut room, mut written) = ([0_u8; 32], 0);
        // SAFETY: a keyed context, and room for a block, of which stream ciphers write nothing.
        let status = unsafe {
            aws_lc_sys::EVP_CipherFinal_ex(self.0.as_ptr(), room.as_mut_ptr(), &raw mut written)
        };
        succeeded(status) && written == 0
    }
}

/// Octets handed over at once: lengths are a C int.
const PIECE_OCTETS: usize = 1 << 30;

fn init(
    context: &Owned<EVP_CIPHER_CTX>,
    description: *const EVP_CIPHER,
    direction: Direction,
    key: *const u8,
    nonce: *const u8,
) {
    let encrypt = c_int::from(direction == Direction::Encrypt);
    // SAFETY: a live context, a static description or that of before, no engine, and key and nonce of
    // the lengths that the description and the settings say, or NULL.
    let status = unsafe {
        let context = context.as_ptr();
        aws_lc_sys::EVP_CipherInit_ex(context, description, null_mut(), key, nonce, encrypt)
    };
    require(status, "EVP_CipherInit_ex");
}

fn check_key(context: &Owned<EVP_CIPHER_CTX>, key: &[u8]) {
    // SAFETY: a live context with a cipher.
    let key_octets = unsafe { aws_lc_sys::EVP_CIPHER_CTX_key_length(context.as_ptr()) };
    assert_eq!(key_octets as usize, key.len(), "a key's length");
}
