//! Key agreement, for KeyAgreeRecipientInfo: ECDH of cofactor 1 (RFC 5753), X25519 and X448
//! (RFC 8418).
//!
//! The shared secret goes into a key derivation function, never into a cipher.

use crate::private_key::PrivateKey;
use crate::secret::Secret;

/// Why there is no shared secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgreementError {
    /// The private key is of an algorithm that does not agree.
    Unusable,
    /// The peer's key is none of the curve, infinity, or of an order that makes the secret zero.
    Peer,
    /// The token is gone, locked, or does not have the operation.
    Unavailable,
}

/// The secret that `key` shares with the owner of the public key `peer`: the octets that a
/// SubjectPublicKeyInfo's or an originator's BIT STRING has, a point in any form of SEC 1 §2.3.4 or
/// the u coordinate of RFC 7748.
///
/// The point must be on the key's curve (SEC 1 §3.2.2.1: with cofactor 1 nothing else is to ask); a
/// secret of zeros is refused (RFC 8418 §7). As long as the field's elements.
pub fn agree(key: &PrivateKey, peer: &[u8]) -> Result<Secret, AgreementError> {
    key.shared_secret(peer)
}
