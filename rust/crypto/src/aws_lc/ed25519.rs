//! RFC 8032 Ed25519, pure, without context: verification, signatures, the public key of a private one.

use super::succeeded;
use crate::secret::Secret;

/// Verifies over the whole message; the equation is the one without cofactor, as RFC 8032 §5.1.7
/// permits.
pub(crate) fn verify(public_key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    // SAFETY: a message readable for its length, and arrays of the lengths the function reads.
    let status = unsafe {
        aws_lc_sys::ED25519_verify(
            message.as_ptr(),
            message.len(),
            signature.as_ptr(),
            public_key.as_ptr(),
        )
    };
    succeeded(status)
}

/// The public key of a seed (RFC 8032 §5.1.5).
pub(crate) fn public_key(seed: &[u8; 32]) -> [u8; 32] {
    let mut public = [0; 32];
    let mut private = Secret::zeros(64);
    // SAFETY: octets of the lengths that the function writes and reads.
    unsafe {
        aws_lc_sys::ED25519_keypair_from_seed(
            public.as_mut_ptr(),
            private.as_mut_bytes().as_mut_ptr(),
            seed.as_ptr(),
        );
    }
    public
}

/// The signature of a seed and its public key (RFC 8032 §5.1.6); None for other lengths.
pub(crate) fn sign(seed: &[u8], public: &[u8], message: &[u8]) -> Option<[u8; 64]> {
    let private = Secret::joined(&[seed, public]);
    if seed.len() != 32 || public.len() != 32 {
        return None;
    }
    let mut value = [0; 64];
    // SAFETY: an array as long as is written, a message readable for its length, and 64 octets, which
    // are the seed and then its public key.
    let status = unsafe {
        let (place, key) = (value.as_mut_ptr(), private.as_bytes().as_ptr());
        aws_lc_sys::ED25519_sign(place, message.as_ptr(), message.len(), key)
    };
    succeeded(status).then_some(value)
}
