//! The only module that names `aws-lc-sys`: owned handles, and safe functions over its primitives.
//!
//! Each file wraps one primitive and keeps every `unsafe` block beside the reason it is sound.
//! Nothing here parses CMS or X.509, and nothing here decides what a signature block must look
//! like: that is safe code in `signature`.

pub(crate) mod aead;
pub(crate) mod bignum;
pub(crate) mod cbc;
pub(crate) mod digest;
pub(crate) mod dsa;
pub(crate) mod ec;
pub(crate) mod ec_private;
pub(crate) mod ed25519;
pub(crate) mod key_wrap;
pub(crate) mod keyed_hash;
pub(crate) mod memory;
pub(crate) mod ml_dsa;
pub(crate) mod ml_dsa_private;
pub(crate) mod ml_kem;
mod prime;
pub(crate) mod rsa;
pub(crate) mod rsa_private;
pub(crate) mod x25519;

use std::ffi::c_int;
use std::ptr::NonNull;

/// An AWS-LC object that is freed by one function of its own.
trait Release {
    /// Frees the object.
    ///
    /// # Safety
    ///
    /// `pointer` came from the matching `_new` function, is not freed yet, and is not used
    /// afterwards.
    unsafe fn release(pointer: *mut Self);
}

/// Sole owner of an AWS-LC object.
struct Owned<T: Release>(NonNull<T>);

impl<T: Release> Owned<T> {
    /// Takes what a `_new` function returned; those give NULL only when memory is exhausted.
    fn allocated(pointer: *mut T) -> Self {
        match NonNull::new(pointer) {
            Some(pointer) => Self(pointer),
            None => panic!("AWS-LC could not allocate"),
        }
    }

    fn as_ptr(&self) -> *mut T {
        self.0.as_ptr()
    }

    /// Gives up ownership to a `_set0_` function.
    fn into_raw(self) -> *mut T {
        std::mem::ManuallyDrop::new(self).0.as_ptr()
    }
}

impl<T: Release> Drop for Owned<T> {
    fn drop(&mut self) {
        // SAFETY: `self` is the sole owner of a live object, and is gone after this call.
        unsafe { T::release(self.0.as_ptr()) }
    }
}

// SAFETY: the wrapped AWS-LC objects (BIGNUM, BN_CTX, BN_MONT_CTX, DSA, EC_GROUP, EC_KEY, EC_POINT,
// EVP_AEAD_CTX, EVP_CIPHER_CTX, EVP_MD_CTX, EVP_PKEY, EVP_PKEY_CTX, HMAC_CTX, RSA) are plain heap memory without thread affinity (include/openssl/base.h, "thread-safe" conventions); the
// owner may move between threads. `Sync` is granted only by the types that call nothing but
// functions reading through a const pointer.
unsafe impl<T: Release> Send for Owned<T> {}

/// Reads AWS-LC's 1 for success; anything else leaves an entry on this thread's error queue,
/// emptied here.
fn succeeded(status: c_int) -> bool {
    if status != 1 {
        clear_errors();
    }
    status == 1
}

/// For calls whose arguments were checked, so that only exhausted memory or a bug can make them
/// fail.
fn require(status: c_int, what: &'static str) {
    assert!(succeeded(status), "AWS-LC failed: {what}");
}

fn clear_errors() {
    // SAFETY: touches only this thread's own queue.
    unsafe { aws_lc_sys::ERR_clear_error() }
}
