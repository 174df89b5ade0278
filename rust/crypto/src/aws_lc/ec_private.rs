//! Private keys on named curves: the ECDH primitive with cofactor 1 (SEC 1 §3.3.1), and ECDSA.

use super::bignum::Number;
use super::ec::{self, group};
use super::{Owned, clear_errors, require, succeeded};
use crate::secret::Secret;
use crate::signature::{Curve, KeyError};
use aws_lc_sys::EC_KEY;
use std::ptr::{null, null_mut};

/// A private key with its point.
pub(crate) struct Key {
    key: Owned<EC_KEY>,
    curve: Curve,
}

// SAFETY: after construction the EC_KEY is only passed as `const EC_KEY *`, to functions that read
// group, scalar and point.
unsafe impl Sync for Key {}

impl Key {
    /// A scalar from 1 to n - 1, big-endian; others are `Malformed`.
    pub(crate) fn new(curve: Curve, scalar_be: &[u8]) -> Result<Self, KeyError> {
        let key = on_curve(curve);
        let scalar = Number::from_be_bytes(scalar_be);
        // SAFETY: a live key with a group, and a live number, which is copied.
        let status = unsafe { aws_lc_sys::EC_KEY_set_private_key(key.as_ptr(), scalar.as_ptr()) };
        if !succeeded(status) {
            return Err(KeyError::Malformed);
        }
        let group = group(curve);
        // SAFETY: a static group; the result is checked for NULL.
        let point = Owned::allocated(unsafe { aws_lc_sys::EC_POINT_new(group) });
        // SAFETY: a static group, a point of it, a live number below the order, no second product and
        // no temporaries given.
        let status = unsafe {
            aws_lc_sys::EC_POINT_mul(
                group,
                point.as_ptr(),
                scalar.as_ptr(),
                null(),
                null(),
                null_mut(),
            )
        };
        require(status, "EC_POINT_mul");
        // SAFETY: a live key and a point of its group, which is copied.
        let status = unsafe { aws_lc_sys::EC_KEY_set_public_key(key.as_ptr(), point.as_ptr()) };
        require(status, "EC_KEY_set_public_key");
        Ok(Self { key, curve })
    }

    /// A fresh key.
    pub(crate) fn generate(curve: Curve) -> Self {
        let key = on_curve(curve);
        // SAFETY: a live key with a group, held alone.
        let status = unsafe { aws_lc_sys::EC_KEY_generate_key(key.as_ptr()) };
        require(status, "EC_KEY_generate_key");
        Self { key, curve }
    }

    pub(crate) fn curve(&self) -> Curve {
        self.curve
    }

    /// The point, uncompressed (SEC 1 §2.3.3).
    pub(crate) fn point_sec1(&self) -> Vec<u8> {
        // SAFETY: a live key, which has a point of its own; it lives as long.
        unsafe {
            let point = aws_lc_sys::EC_KEY_get0_public_key(self.key.as_ptr());
            ec::encoded_point(self.curve, point)
        }
    }

    /// ECDSA (FIPS 186-5 §6.4.1): DER of r and s, with a k of AWS-LC's.
    pub(crate) fn sign(&self, digest: &[u8]) -> Vec<u8> {
        // SAFETY: a live key.
        let most = unsafe { aws_lc_sys::ECDSA_size(self.key.as_ptr()) };
        let mut value = vec![0; most];
        let mut written = 0;
        // SAFETY: slices readable and writable for their lengths, the second as long as a signature
        // gets, and a live key with a scalar. The first argument means nothing.
        let status = unsafe {
            aws_lc_sys::ECDSA_sign(
                0,
                digest.as_ptr(),
                digest.len(),
                value.as_mut_ptr(),
                &raw mut written,
                self.key.as_ptr(),
            )
        };
        require(status, "ECDSA_sign");
        value.truncate(written as usize);
        value
    }

    /// The first coordinate of scalar times point, as long as the field's elements.
    ///
    /// None if the encoded point is not on the curve or infinity.
    pub(crate) fn agree(&self, peer_sec1: &[u8]) -> Option<Secret> {
        let peer = ec::Key::new(self.curve, peer_sec1).ok()?;
        let mut out = Secret::zeros(ec::field_octets(self.curve));
        let octets = out.len();
        // SAFETY: a slice writable for its length, a live point, which was checked, a live key of the
        // same group, no derivation of a key.
        let written = unsafe {
            aws_lc_sys::ECDH_compute_key(
                out.as_mut_bytes().as_mut_ptr().cast(),
                octets,
                peer.point(),
                self.key.as_ptr(),
                None,
            )
        };
        if usize::try_from(written) != Ok(octets) {
            clear_errors();
            return None;
        }
        Some(out)
    }
}

fn on_curve(curve: Curve) -> Owned<EC_KEY> {
    // SAFETY: takes nothing; the result is checked for NULL.
    let key = Owned::allocated(unsafe { aws_lc_sys::EC_KEY_new() });
    // SAFETY: a live key and a static group.
    let status = unsafe { aws_lc_sys::EC_KEY_set_group(key.as_ptr(), group(curve)) };
    require(status, "EC_KEY_set_group");
    key
}
