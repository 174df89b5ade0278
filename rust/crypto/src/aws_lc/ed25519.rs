//! RFC 8032 Ed25519 verification, pure, without context.

use super::succeeded;

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
