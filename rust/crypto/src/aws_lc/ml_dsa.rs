//! FIPS 204 ML-DSA verification, pure (FIPS 204 §5.3).

use super::{Owned, Release, require, succeeded};
use crate::signature::{KeyError, MlDsa};
use aws_lc_sys::EVP_PKEY;
use std::ffi::c_int;

impl Release for EVP_PKEY {
    unsafe fn release(pointer: *mut Self) {
        // SAFETY: the caller's promise is `EVP_PKEY_free`'s.
        unsafe { aws_lc_sys::EVP_PKEY_free(pointer) }
    }
}

/// A public key.
pub(crate) struct Key {
    key: Owned<EVP_PKEY>,
    set: MlDsa,
}

// SAFETY: after construction the EVP_PKEY is only handed to EVP_DigestVerifyInit, which counts its
// references atomically (include/openssl/evp.h, on thread-safety), and read.
unsafe impl Sync for Key {}

impl Key {
    pub(crate) fn new(set: MlDsa, octets: &[u8]) -> Result<Self, KeyError> {
        // SAFETY: a slice readable for its length; the result is checked for NULL.
        let key = unsafe {
            aws_lc_sys::EVP_PKEY_pqdsa_new_raw_public_key(nid(set), octets.as_ptr(), octets.len())
        };
        if key.is_null() {
            super::clear_errors();
            return Err(KeyError::Malformed);
        }
        Ok(Self { key: Owned::allocated(key), set })
    }

    pub(crate) fn set(&self) -> MlDsa {
        self.set
    }

    /// A context is at most 255 octets.
    pub(crate) fn verify(&self, context: &[u8], message: &[u8], signature: &[u8]) -> bool {
        let run = super::digest::fresh();
        let mut settings = std::ptr::null_mut();
        // SAFETY: a fresh context, a place for a pointer that the context keeps owning, no digest
        // and no engine (as the algorithm wants), and a live key (see `Sync`).
        let status = unsafe {
            aws_lc_sys::EVP_DigestVerifyInit(
                run.as_ptr(),
                &raw mut settings,
                std::ptr::null(),
                std::ptr::null_mut(),
                self.key.as_ptr(),
            )
        };
        require(status, "EVP_DigestVerifyInit");
        if !context.is_empty() {
            // SAFETY: the settings of the live context, and a slice readable for its length, which
            // is copied.
            let status = unsafe {
                aws_lc_sys::EVP_PKEY_CTX_set_signature_context(
                    settings,
                    context.as_ptr(),
                    context.len(),
                )
            };
            require(status, "EVP_PKEY_CTX_set_signature_context");
        }
        // SAFETY: an initialised context, and slices readable for their lengths.
        let status = unsafe {
            aws_lc_sys::EVP_DigestVerify(
                run.as_ptr(),
                signature.as_ptr(),
                signature.len(),
                message.as_ptr(),
                message.len(),
            )
        };
        succeeded(status)
    }
}

pub(super) fn nid(set: MlDsa) -> c_int {
    match set {
        MlDsa::MlDsa44 => aws_lc_sys::NID_MLDSA44,
        MlDsa::MlDsa65 => aws_lc_sys::NID_MLDSA65,
        MlDsa::MlDsa87 => aws_lc_sys::NID_MLDSA87,
    }
}
