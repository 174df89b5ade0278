//! RFC 8032 Ed448 verification, pure, with an empty context, and the public key of a private one.

use crate::signature::KeyError;
use ed448_goldilocks::elliptic_curve::Group;
use ed448_goldilocks::{SecretKey, Signature, SigningKey, VerifyingKey};

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

/// The public key of a private one (RFC 8032 §5.2.5).
pub(crate) fn public_key(seed: &[u8; ENCODED_OCTETS]) -> [u8; ENCODED_OCTETS] {
    SigningKey::from(SecretKey::from(*seed)).verifying_key().to_bytes()
}

/// RFC 8032 §5.2.3 step 1: a y coordinate at or above the prime is no encoding.
fn is_reduced(encoded: &[u8; ENCODED_OCTETS]) -> bool {
    let (y, sign) = encoded.split_at(ENCODED_OCTETS - 1);
    sign.iter().all(|octet| octet & 0x7f == 0) && y.iter().rev().lt(PRIME.iter().rev())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn encoded(y: [u8; 56], last: u8) -> [u8; ENCODED_OCTETS] {
        let mut encoded = [last; ENCODED_OCTETS];
        encoded[..56].copy_from_slice(&y);
        encoded
    }

    fn small(y: u8) -> [u8; 56] {
        let mut octets = [0; 56];
        octets[0] = y;
        octets
    }

    #[test]
    fn ed448_key_of_small_order_is_malformed() {
        let mut minus_one = PRIME;
        minus_one[0] -= 1;
        // Orders 1, 2 and 4, with either sign.
        for y in [small(1), minus_one, small(0)] {
            for sign in [0, 0x80] {
                assert!(Key::new(&encoded(y, sign)).is_err(), "{y:02x?} {sign}");
            }
        }
    }

    #[test]
    fn ed448_key_that_is_no_reduced_encoding_is_malformed() {
        // RFC 8032 §7.4, "Blank".
        let good: [u8; ENCODED_OCTETS] = [
            0x5f, 0xd7, 0x44, 0x9b, 0x59, 0xb4, 0x61, 0xfd, 0x2c, 0xe7, 0x87, 0xec, 0x61, 0x6a,
            0xd4, 0x6a, 0x1d, 0xa1, 0x34, 0x24, 0x85, 0xa7, 0x0e, 0x1f, 0x8a, 0x0e, 0xa7, 0x5d,
            0x80, 0xe9, 0x67, 0x78, 0xed, 0xf1, 0x24, 0x76, 0x9b, 0x46, 0xc7, 0x06, 0x1b, 0xd6,
            0x78, 0x3d, 0xf1, 0xe5, 0x0f, 0x6c, 0xd1, 0xfa, 0x1a, 0xbe, 0xaf, 0xe8, 0x25, 0x61,
            0x80,
        ];
        assert!(Key::new(&good).is_ok());
        for bit in [0x01, 0x40] {
            let mut odd = good;
            odd[56] ^= bit;
            assert!(Key::new(&odd).is_err());
        }
        let mut above = PRIME;
        above[0] = 0xff;
        for y in [PRIME, [0xff; 56], above] {
            assert!(Key::new(&encoded(y, 0)).is_err());
            assert!(!is_reduced(&encoded(y, 0)));
        }
        let mut below = PRIME;
        below[0] -= 1;
        assert!(is_reduced(&encoded(below, 0x80)));
        assert!(Key::new(&good[..56]).is_err());
        assert!(Key::new(&[]).is_err());
    }
}
