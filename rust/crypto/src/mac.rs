//! Message authentication codes: HMAC (RFC 2104) of what PKCS#12 files and key derivation need.

use crate::aws_lc::keyed_hash;
use crate::digest::Algorithm;
use crate::secret::Secret;

/// HMAC of the pieces as if joined, as long as the digest.
///
/// None for MD2, RIPEMD-160 and the extendable functions, of which no standard of mail has an HMAC.
/// Compare the result as a [`Secret`], or with [`crate::secret::is_equal`].
pub fn hmac(hash: Algorithm, key: &[u8], pieces: &[&[u8]]) -> Option<Secret> {
    keyed_hash::hmac(hash, key, pieces)
}

/// HMAC under way, for input that arrives piecewise.
pub struct Hmac(keyed_hash::RunningHmac);

impl Hmac {
    /// None as for [`hmac`].
    pub fn new(hash: Algorithm, key: &[u8]) -> Option<Self> {
        keyed_hash::RunningHmac::new(hash, key).map(Self)
    }

    /// Appends a piece of the input.
    pub fn update(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// The code of everything appended.
    pub fn finish(self) -> Secret {
        self.0.finish()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn hmac_is_of_the_joined_pieces_and_only_of_some_digests() {
        for hash in Algorithm::ALL {
            let whole = hmac(hash, b"key", &[b"what do ya want"]);
            let offered = !matches!(
                hash,
                Algorithm::Md2 | Algorithm::Ripemd160 | Algorithm::Shake128 | Algorithm::Shake256
            );
            assert_eq!(whole.is_some(), offered, "{hash:?}");
            assert_eq!(whole, hmac(hash, b"key", &[b"what ", b"", b"do ya want"]));
            let pieces = Hmac::new(hash, b"key").map(|mut code| {
                [&b"what do"[..], b"", b" ya want"].iter().for_each(|piece| code.update(piece));
                code.finish()
            });
            assert_eq!(whole, pieces);
        }
    }
}
