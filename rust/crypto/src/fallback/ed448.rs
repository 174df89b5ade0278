//! RFC 8032 Ed448 verification, pure, with an empty context.

use crate::signature::KeyError;
use ed448_goldilocks::elliptic_curve::Group;
use ed448_goldilocks::{Signature, VerifyingKey};

/// Octets of a public key and of either half of a signature (RFC 8032 §5.2).
const ENCODED_OCTETS: usize = 57;

/// The field's prime 2^448 - 2^224 - 1, little-endian.
const PRIME: [u8; 56] = {
    let mut prime = [0xff; 56];
    prime[28] = 0xfe;
    prime
};

/// A public key.
pub(crate) struct Key(VerifyingKey);

impl Key {
    /// Refuses what is no point, not reduced, or of small order, under which one signature is right
    /// for every message, or one in a few.
    pub(crate) fn new(key: &[u8]) -> Result<Self, KeyError> {
        let octets: &[u8; ENCODED_OCTETS] = key.try_into().map_err(|_| KeyError::Malformed)?;
        if !is_reduced(octets) {
            return Err(KeyError::Malformed);
        }
        let key = VerifyingKey::from_bytes(octets).map_err(|_| KeyError::Malformed)?;
        // The cofactor is 4.
        if bool::from(key.to_edwards().double().double().is_identity()) {
            return Err(KeyError::Malformed);
        }
        Ok(Self(key))
    }

    /// Verifies over the whole message; the equation is the one without cofactor, as RFC 8032
    /// §5.2.7 permits.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        let Some((r, _)) = signature.split_first_chunk::<ENCODED_OCTETS>() else {
            return false;
        };
        let Ok(parsed) = Signature::from_slice(signature) else {
            return false;
        };
        is_reduced(r) && self.0.verify_raw(&parsed, message).is_ok()
    }
}

/// RFC 8032 §5.2.3 step 1: a y coordinate at or above the prime is no encoding.
fn is_reduced(encoded: &[u8; ENCODED_OCTETS]) -> bool {
    let (y, sign) = encoded.split_at(ENCODED_OCTETS - 1);
    sign.iter().all(|octet| octet & 0x7f == 0) && y.iter().rev().lt(PRIME.iter().rev())
}
