//! FIPS 204 ML-DSA signatures, pure, with an empty context (FIPS 204 §5.2), hedged with random octets.

use super::ml_dsa::nid;
use super::{Owned, clear_errors, require};
use crate::signature::{KeyError, MlDsa};
use aws_lc_sys::EVP_PKEY;
use std::ptr::{null, null_mut};

/// A private key.
pub(crate) struct Key {
    key: Owned<EVP_PKEY>,
    set: MlDsa,
}

// SAFETY: after construction the EVP_PKEY is only handed to EVP_DigestSignInit, which counts its
// references atomically (include/openssl/evp.h, on thread-safety), and read.
unsafe impl Sync for Key {}

impl Key {
    /// FIPS 204 §5.1 from ξ; another length is `Malformed`.
    pub(crate) fn from_seed(set: MlDsa, seed: &[u8]) -> Result<Self, KeyError> {
        Self::of(set, seed, MlDsa::SEED_OCTETS)
    }

    /// The octets of FIPS 204 §7.2; another length is `Malformed`.
    pub(crate) fn from_expanded(set: MlDsa, octets: &[u8]) -> Result<Self, KeyError> {
        Self::of(set, octets, set.private_key_octets())
    }

    /// AWS-LC tells the two forms apart by their lengths.
    fn of(set: MlDsa, octets: &[u8], expected_octets: usize) -> Result<Self, KeyError> {
        if octets.len() != expected_octets {
            return Err(KeyError::Malformed);
        }
        // SAFETY: a known identifier, and a slice readable for its length; the result is checked for
        // NULL.
        let key = unsafe {
            aws_lc_sys::EVP_PKEY_pqdsa_new_raw_private_key(nid(set), octets.as_ptr(), octets.len())
        };
        if key.is_null() {
            clear_errors();
            return Err(KeyError::Malformed);
        }
        Ok(Self { key: Owned::allocated(key), set })
    }

    pub(crate) fn set(&self) -> MlDsa {
        self.set
    }

    /// The octets of FIPS 204 §7.2.
    pub(crate) fn public_key(&self) -> Vec<u8> {
        let mut out = vec![0; self.set.public_key_octets() as usize];
        let mut written = out.len();
        // SAFETY: a live key, only read, and a slice writable for its length.
        let status = unsafe {
            let place = out.as_mut_ptr();
            aws_lc_sys::EVP_PKEY_get_raw_public_key(self.key.as_ptr(), place, &raw mut written)
        };
        require(status, "EVP_PKEY_get_raw_public_key");
        out
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let run = super::digest::fresh();
        // SAFETY: a fresh context, nobody who asks for its settings, no digest and no engine (as the
        // algorithm wants), and a live key (see `Sync`).
        let status = unsafe {
            let key = self.key.as_ptr();
            aws_lc_sys::EVP_DigestSignInit(run.as_ptr(), null_mut(), null(), null_mut(), key)
        };
        require(status, "EVP_DigestSignInit");
        let mut value = vec![0; self.set.signature_octets()];
        let mut written = value.len();
        // SAFETY: an initialised context, and slices writable and readable for their lengths.
        let status = unsafe {
            aws_lc_sys::EVP_DigestSign(
                run.as_ptr(),
                value.as_mut_ptr(),
                &raw mut written,
                message.as_ptr(),
                message.len(),
            )
        };
        require(status, "EVP_DigestSign");
        value.truncate(written);
        value
    }
}
