//! FIPS 186-4 ECDSA verification over the NIST prime curves.

use super::{Owned, Release, require, succeeded};
use crate::signature::{Curve, KeyError};
use aws_lc_sys::{EC_GROUP, EC_KEY, EC_POINT};

impl Release for EC_KEY {
    unsafe fn release(pointer: *mut Self) {
        // SAFETY: the caller's promise is `EC_KEY_free`'s.
        unsafe { aws_lc_sys::EC_KEY_free(pointer) }
    }
}

impl Release for EC_POINT {
    unsafe fn release(pointer: *mut Self) {
        // SAFETY: the caller's promise is `EC_POINT_free`'s.
        unsafe { aws_lc_sys::EC_POINT_free(pointer) }
    }
}

/// A public key on a named curve.
pub(crate) struct Key {
    key: Owned<EC_KEY>,
    curve: Curve,
}

// SAFETY: after construction the EC_KEY is only passed as `const EC_KEY *` to ECDSA_verify, which
// reads the group (static) and the point.
unsafe impl Sync for Key {}

impl Key {
    /// Takes the SEC 1 §2.3.4 encodings: uncompressed, compressed, and hybrid with the right
    /// parity.
    pub(crate) fn new(curve: Curve, point_sec1: &[u8]) -> Result<Self, KeyError> {
        let group = group(curve);
        // SAFETY: a static group; the result is checked for NULL.
        let point = Owned::allocated(unsafe { aws_lc_sys::EC_POINT_new(group) });
        // SAFETY: a point of the same group, a slice readable for its length, and no temporaries
        // given.
        let status = unsafe {
            aws_lc_sys::EC_POINT_oct2point(
                group,
                point.as_ptr(),
                point_sec1.as_ptr(),
                point_sec1.len(),
                std::ptr::null_mut(),
            )
        };
        // The curve equation is checked by the call; the point at infinity is no key (SEC 1
        // §3.2.2.1).
        if !succeeded(status) || is_infinity(group, &point) {
            return Err(KeyError::Malformed);
        }
        // SAFETY: takes nothing; the result is checked for NULL.
        let key = Owned::allocated(unsafe { aws_lc_sys::EC_KEY_new() });
        // SAFETY: a live key and a static group.
        require(unsafe { aws_lc_sys::EC_KEY_set_group(key.as_ptr(), group) }, "EC_KEY_set_group");
        // SAFETY: a live key and a point of its group, which is copied.
        let status = unsafe { aws_lc_sys::EC_KEY_set_public_key(key.as_ptr(), point.as_ptr()) };
        require(status, "EC_KEY_set_public_key");
        Ok(Self { key, curve })
    }

    pub(crate) fn curve(&self) -> Curve {
        self.curve
    }

    /// `signature` must be the strict DER of (r, s), both from 1 to n - 1 (RULES 12).
    pub(crate) fn verify(&self, digest: &[u8], signature: &[u8]) -> bool {
        // SAFETY: slices readable for their lengths and a live key that is only read (see `Sync`);
        // the type is unused.
        let status = unsafe {
            aws_lc_sys::ECDSA_verify(
                0,
                digest.as_ptr(),
                digest.len(),
                signature.as_ptr(),
                signature.len(),
                self.key.as_ptr(),
            )
        };
        succeeded(status)
    }
}

fn is_infinity(group: *const EC_GROUP, point: &Owned<EC_POINT>) -> bool {
    // SAFETY: a point of that group, only read.
    unsafe { aws_lc_sys::EC_POINT_is_at_infinity(group, point.as_ptr()) == 1 }
}

fn group(curve: Curve) -> *const EC_GROUP {
    // SAFETY: each takes nothing and returns a static object.
    unsafe {
        match curve {
            Curve::P256 => aws_lc_sys::EC_group_p256(),
            Curve::P384 => aws_lc_sys::EC_group_p384(),
            Curve::P521 => aws_lc_sys::EC_group_p521(),
        }
    }
}
