//! X25519 (RFC 7748 §5).

use super::succeeded;
use crate::secret::Secret;

/// The u coordinate of scalar times point; None if it is zero (RFC 7748 §6.1).
pub(crate) fn agree(scalar: &[u8; 32], peer: &[u8; 32]) -> Option<Secret> {
    let mut out = Secret::zeros(32);
    // SAFETY: octets of the lengths that the function writes and reads.
    let status = unsafe {
        aws_lc_sys::X25519(out.as_mut_bytes().as_mut_ptr(), scalar.as_ptr(), peer.as_ptr())
    };
    succeeded(status).then_some(out)
}

/// The u coordinate of scalar times base point.
pub(crate) fn public_key(scalar: &[u8; 32]) -> [u8; 32] {
    let mut out = [0; 32];
    // SAFETY: octets of the lengths that the function writes and reads.
    unsafe { aws_lc_sys::X25519_public_from_private(out.as_mut_ptr(), scalar.as_ptr()) };
    out
}
