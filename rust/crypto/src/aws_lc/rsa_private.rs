//! The RSA private operation (RFC 8017 §5.1.2, RSADP), blinded, through CRT where the factors are
//! known, its result checked with the public exponent; and encryption with a public key, made ready once.

use super::bignum::Number;
use super::keyed_hash::{Hash, description};
use super::{Owned, Release, clear_errors, rsa, succeeded};
use crate::digest::Algorithm;
use crate::secret::Secret;
use crate::signature::KeyError;
use aws_lc_sys::RSA;
use std::ffi::c_int;

impl Release for RSA {
    unsafe fn release(pointer: *mut Self) {
        // SAFETY: the caller's promise is `RSA_free`'s.
        unsafe { aws_lc_sys::RSA_free(pointer) }
    }
}

/// The exponents AWS-LC takes without being told that they are large.
const SMALL_EXPONENT_BITS: u32 = 33;

/// The numbers of RFC 8017 §A.1.2, unsigned and big-endian.
pub(crate) struct Numbers<'a> {
    pub(crate) modulus: &'a [u8],
    pub(crate) public_exponent: &'a [u8],
    pub(crate) private_exponent: &'a [u8],
    /// p, q, d mod (p - 1), d mod (q - 1), q⁻¹ mod p.
    pub(crate) factors: Option<[&'a [u8]; 5]>,
}

/// A private key.
pub(crate) struct Key {
    key: Owned<RSA>,
    /// Its public half, which checked the numbers.
    public: rsa::Key,
    /// SHA-256 of the private exponent, as long as the modulus.
    exponent_digest: Secret,
}

// SAFETY: after construction the RSA is only passed to `RSA_decrypt`, which AWS-LC lets any number
// of threads call at once (include/openssl/rsa.h: it locks what it caches).
unsafe impl Sync for Key {}

impl Key {
    /// `Malformed` unless the numbers fit each other; primality is not asked.
    pub(crate) fn new(numbers: &Numbers<'_>) -> Result<Self, KeyError> {
        let public = rsa::Key::new(numbers.modulus, numbers.public_exponent)?;
        let key = made(numbers)?;
        let exponent_digest = digest_of_exponent(numbers.private_exponent, public.modulus_octets());
        let key = Self { key, public, exponent_digest: exponent_digest? };
        // AWS-LC compares every result's e-th power: one that comes out tells that d is right.
        let mut block = vec![0; key.public.modulus_octets()];
        if let Some(last) = block.last_mut() {
            *last = 2;
        }
        key.raw(&block).map(|_| key).ok_or(KeyError::Malformed)
    }

    pub(crate) fn public(&self) -> &rsa::Key {
        &self.public
    }

    pub(crate) fn exponent_digest(&self) -> &Secret {
        &self.exponent_digest
    }

    /// The d-th power modulo n of a block as long as the modulus.
    ///
    /// None if it is not below n, or 0, 1 or n - 1, which AWS-LC refuses: no padded message is their
    /// power.
    pub(crate) fn raw(&self, block: &[u8]) -> Option<Secret> {
        if block.len() != self.public.modulus_octets() {
            return None;
        }
        let mut out = Secret::zeros(block.len());
        let mut written = 0;
        // SAFETY: a live key (see `Sync`), slices readable and writable for their lengths, which are
        // the modulus's, and a place for the length.
        let status = unsafe {
            aws_lc_sys::RSA_decrypt(
                self.key.as_ptr(),
                &raw mut written,
                out.as_mut_bytes().as_mut_ptr(),
                block.len(),
                block.as_ptr(),
                block.len(),
                aws_lc_sys::RSA_NO_PADDING,
            )
        };
        (succeeded(status) && written == block.len()).then_some(out)
    }
}

fn made(numbers: &Numbers<'_>) -> Result<Owned<RSA>, KeyError> {
    let [n, e, d] = [numbers.modulus, numbers.public_exponent, numbers.private_exponent]
        .map(Number::from_be_bytes);
    let is_small = e.bits() <= SMALL_EXPONENT_BITS;
    let (n, e, d) = (n.as_ptr(), e.as_ptr(), d.as_ptr());
    let key = if let Some(factors) = numbers.factors {
        let factors = factors.map(Number::from_be_bytes);
        let [p, q, dp, dq, qinv] = factors.each_ref().map(Number::as_ptr);
        // SAFETY: live numbers, which are copied.
        unsafe {
            if is_small {
                aws_lc_sys::RSA_new_private_key(n, e, d, p, q, dp, dq, qinv)
            } else {
                aws_lc_sys::RSA_new_private_key_large_e(n, e, d, p, q, dp, dq, qinv)
            }
        }
    } else if is_small {
        // SAFETY: live numbers, which are copied.
        unsafe { aws_lc_sys::RSA_new_private_key_no_crt(n, e, d) }
    } else {
        return Err(KeyError::Unsupported);
    };
    if key.is_null() {
        clear_errors();
        return Err(KeyError::Malformed);
    }
    Ok(Owned::allocated(key))
}

/// `Malformed` if the exponent is longer than the modulus.
fn digest_of_exponent(exponent: &[u8], modulus_octets: usize) -> Result<Secret, KeyError> {
    let zeros = exponent.iter().take_while(|octet| **octet == 0).count();
    let exponent = exponent.get(zeros..).unwrap_or_default();
    let missing = modulus_octets.checked_sub(exponent.len()).ok_or(KeyError::Malformed)?;
    let padding = vec![0; missing];
    let mut hash = Hash::new(Algorithm::Sha256).ok_or(KeyError::Unsupported)?;
    Ok(hash.digest(&[&padding, exponent]))
}

/// How a message is padded before it is encrypted.
pub(crate) enum Padding<'a> {
    Pkcs1,
    Oaep { hash: Algorithm, mask_hash: Algorithm, label: &'a [u8] },
}

/// A public key to encrypt with.
///
/// AWS-LC keeps the Montgomery constants of its RSA once they are made, and making them takes as
/// long as an encryption.
pub(crate) struct PublicKey {
    key: Owned<RSA>,
    modulus_octets: usize,
}

// SAFETY: after construction the RSA is only passed to `RSA_encrypt`, which AWS-LC lets any number
// of threads call at once (include/openssl/rsa.h: it locks what it caches).
unsafe impl Sync for PublicKey {}

impl PublicKey {
    pub(crate) fn new(public: &rsa::Key) -> Self {
        let [n, e] = [public.modulus_be(), &public.exponent_be()].map(Number::from_be_bytes);
        // SAFETY: live numbers, which are copied; the result is checked for NULL, which numbers that
        // `rsa::Key` took do not give.
        let key = Owned::allocated(unsafe {
            aws_lc_sys::RSA_new_public_key_large_e(n.as_ptr(), e.as_ptr())
        });
        Self { key, modulus_octets: public.modulus_octets() }
    }

    pub(crate) const fn modulus_octets(&self) -> usize {
        self.modulus_octets
    }

    /// Encrypts a message (RFC 8017 §7.1.1, §7.2.1) with random octets of AWS-LC; None if the message
    /// is too long, or AWS-LC lacks a digest.
    pub(crate) fn encrypt(&self, padding: &Padding<'_>, text: &[u8]) -> Option<Vec<u8>> {
        let padded;
        let (input, padding) = match padding {
            Padding::Pkcs1 => (text, aws_lc_sys::RSA_PKCS1_PADDING),
            Padding::Oaep { hash, mask_hash, label } => {
                padded = padded_oaep(self.modulus_octets, *hash, *mask_hash, label, text)?;
                (padded.as_bytes(), aws_lc_sys::RSA_NO_PADDING)
            }
        };
        let mut out = vec![0; self.modulus_octets];
        let mut written = 0;
        // SAFETY: a live key (see `Sync`), slices readable and writable for their lengths, and a place
        // for the length.
        let status = unsafe {
            aws_lc_sys::RSA_encrypt(
                self.key.as_ptr(),
                &raw mut written,
                out.as_mut_ptr(),
                out.len(),
                input.as_ptr(),
                input.len(),
                padding,
            )
        };
        (succeeded(status) && written == out.len()).then_some(out)
    }
}

/// RFC 8017 §7.1.1 step 2.
fn padded_oaep(
    octets: usize,
    hash: Algorithm,
    mask_hash: Algorithm,
    label: &[u8],
    text: &[u8],
) -> Option<Secret> {
    let (hash, mask_hash) = (description(hash)?, description(mask_hash)?);
    let mut padded = Secret::zeros(octets);
    // SAFETY: slices readable and writable for their lengths, static descriptions.
    let status: c_int = unsafe {
        aws_lc_sys::RSA_padding_add_PKCS1_OAEP_mgf1(
            padded.as_mut_bytes().as_mut_ptr(),
            octets,
            text.as_ptr(),
            text.len(),
            label.as_ptr(),
            label.len(),
            hash,
            mask_hash,
        )
    };
    succeeded(status).then_some(padded)
}
