//! X448 (RFC 7748 §5).

use crate::secret::Secret;

/// The u coordinate of scalar times point; None if it is zero (RFC 7748 §6.2).
pub(crate) fn agree(scalar: &[u8; 56], peer: &[u8; 56]) -> Option<Secret> {
    let shared = Secret::copy_of(&x448::x448_unchecked(*scalar, *peer));
    let any_bit = shared.as_bytes().iter().fold(0, |bits, octet| bits | octet);
    (any_bit != 0).then_some(shared)
}

/// The u coordinate of scalar times base point.
pub(crate) fn public_key(scalar: &[u8; 56]) -> [u8; 56] {
    x448::x448_unchecked(*scalar, x448::X448_BASEPOINT_BYTES)
}
