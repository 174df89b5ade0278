//! Private keys that live elsewhere, such as in a token: the public half is here, and whoever holds
//! the other lends its operations.
//!
//! Nothing that comes back is believed where it can be checked (RULES 33): a power is raised to e
//! again, and a key is only made once its holder has shown that it is of the public half. What cannot
//! be a ciphertext or a point never goes out.

use super::public_key_bits;
use crate::agreement::AgreementError;
use crate::aws_lc::{ec, ec_private, rsa};
use crate::digest::{Algorithm, one};
use crate::secret::Secret;
use crate::signature::{Curve, KeyError};
use crate::transport::{RawError, RawRsa, rejection_secret_of};
use std::sync::Arc;

/// Who has the private half of one key, and computes with it.
///
/// `OutOfRange` is said of what the holder refuses though it could answer something else, and
/// `Unavailable` of operations it does not offer, or not any more. Any number of threads ask at once.
pub trait Holder: Send + Sync {
    /// The d-th power modulo n of a number from 2 to n - 2, as long as n (RFC 8017 §5.1.2).
    ///
    /// Must take the same time whatever the number.
    fn rsa_power(&self, _number: &[u8]) -> Result<Secret, RawError> {
        Err(RawError::Unavailable)
    }

    /// The first coordinate of d times a point of the curve, which is encoded uncompressed (SEC 1
    /// §2.3.3), as long as the field's elements.
    fn shared_coordinate(&self, _point: &[u8]) -> Result<Secret, RawError> {
        Err(RawError::Unavailable)
    }

    /// ECDSA over a digest no longer than the field's elements: r and s, each as long as the other.
    fn sign_digest(&self, _digest: &[u8]) -> Result<Vec<u8>, RawError> {
        Err(RawError::Unavailable)
    }

    /// Whether it lends the key to open what was encrypted, as far as it says.
    fn opens(&self) -> bool {
        true
    }

    /// Whether it lends the key to sign, as far as it says.
    fn signs(&self) -> bool {
        true
    }

    /// An answer was wrong: no further one is worth asking for.
    fn distrust(&self);

    /// Why it answers no more, once that is so.
    fn failure(&self) -> Option<String>;
}

/// An RSA key.
pub(super) struct RsaKey {
    public: rsa::Key,
    holder: Arc<dyn Holder>,
    /// As [`RawRsa::rejection_secret`] has it, asked for once.
    rejection_secret: Secret,
}

impl RsaKey {
    /// `Malformed` where the holder does not give what the private half would.
    pub(super) fn new(
        modulus: &[u8],
        public_exponent: &[u8],
        holder: Arc<dyn Holder>,
    ) -> Result<Self, KeyError> {
        let public = rsa::Key::new(modulus, public_exponent)?;
        let mut key = Self { public, holder, rejection_secret: Secret::default() };
        // A power that is right, of a number that the holder had no say in, is the proof.
        key.rejection_secret = rejection_secret_of(&key).map_err(|_| KeyError::Malformed)?;
        Ok(key)
    }

    pub(super) fn public(&self) -> &rsa::Key {
        &self.public
    }

    pub(super) fn holder(&self) -> &dyn Holder {
        &*self.holder
    }

    pub(super) fn public_key_bits(&self) -> Vec<u8> {
        public_key_bits::rsa(self.public.modulus_be(), &self.public.exponent_be())
    }

    /// Whether it is from 2 to n - 2: no padded message is a power of 0, 1 or n - 1, and AWS-LC
    /// refuses them, too.
    fn is_in_range(&self, number: &[u8]) -> bool {
        let modulus = self.public.modulus_be();
        let [.., last] = number else { return false };
        let mut largest = modulus.to_vec();
        // n is odd: nothing is borrowed.
        if let Some(octet) = largest.last_mut() {
            *octet -= 1;
        }
        let is_tiny = number.iter().rev().skip(1).all(|octet| *octet == 0) && *last < 2;
        number.len() == modulus.len() && number < &largest[..] && !is_tiny
    }
}

impl RawRsa for RsaKey {
    fn modulus_octets(&self) -> usize {
        self.public.modulus_octets()
    }

    fn raw_private(&self, number: &[u8]) -> Result<Secret, RawError> {
        if !self.is_in_range(number) {
            return Err(RawError::OutOfRange);
        }
        let power = self.holder.rsa_power(number)?;
        let mut again = power.duplicate();
        let is_power = self.public.raw_public(again.as_mut_bytes(), &mut rsa::Scratch::new());
        if is_power && again.as_bytes() == number {
            return Ok(power);
        }
        self.holder.distrust();
        Err(RawError::Unavailable)
    }

    fn rejection_secret(&self) -> Result<Secret, RawError> {
        Ok(self.rejection_secret.duplicate())
    }
}

/// A key on a named curve.
pub(super) struct EcKey {
    public: ec::Key,
    holder: Arc<dyn Holder>,
}

impl EcKey {
    /// `Malformed` where the holder does not give what the private half would.
    pub(super) fn new(
        curve: Curve,
        point_sec1: &[u8],
        holder: Arc<dyn Holder>,
    ) -> Result<Self, KeyError> {
        let key = Self { public: ec::Key::new(curve, point_sec1)?, holder };
        if key.is_proven_by_agreement() || key.is_proven_by_signature() {
            return Ok(key);
        }
        Err(KeyError::Malformed)
    }

    fn is_proven_by_agreement(&self) -> bool {
        let fresh = ec_private::Key::generate(self.curve());
        let expected = fresh.agree(&self.point_sec1());
        let found = self.holder.shared_coordinate(&fresh.point_sec1());
        found.is_ok_and(|found| Some(found) == expected)
    }

    fn is_proven_by_signature(&self) -> bool {
        let digest = one(Algorithm::Sha256, Secret::random(32).as_bytes());
        self.sign(digest.as_bytes()).is_some()
    }

    pub(super) fn curve(&self) -> Curve {
        self.public.curve()
    }

    pub(super) fn holder(&self) -> &dyn Holder {
        &*self.holder
    }

    /// The point, uncompressed.
    pub(super) fn point_sec1(&self) -> Vec<u8> {
        self.public.point_sec1()
    }

    /// The first coordinate of d times the peer's point, which has to be one of the curve.
    pub(super) fn agree(&self, peer_sec1: &[u8]) -> Result<Secret, AgreementError> {
        let peer = ec::Key::new(self.curve(), peer_sec1).map_err(|_| AgreementError::Peer)?;
        match self.holder.shared_coordinate(&peer.point_sec1()) {
            Ok(secret) if secret.len() == field_octets(self.curve()) => Ok(secret),
            Ok(_) => {
                self.holder.distrust();
                Err(AgreementError::Unavailable)
            }
            Err(RawError::OutOfRange) => Err(AgreementError::Peer),
            Err(RawError::Unavailable) => Err(AgreementError::Unavailable),
        }
    }

    /// DER of r and s (FIPS 186-5 §6.4.1), if the holder signs and the signature is right.
    pub(super) fn sign(&self, digest: &[u8]) -> Option<Vec<u8>> {
        // FIPS 186-5 §6.4.1 step 2: of a longer digest so many bits count as the order has.
        let octets = field_octets(self.curve());
        if digest.len() > octets && has_longer_order(self.curve()) {
            return None;
        }
        let numbers = self.holder.sign_digest(digest.get(..octets).unwrap_or(digest)).ok()?;
        let (r, s) = numbers.split_at(numbers.len() / 2);
        let value = public_key_bits::two_integers(r, s);
        if self.public.verify(digest, &value) {
            return Some(value);
        }
        self.holder.distrust();
        None
    }
}

fn field_octets(curve: Curve) -> usize {
    curve.bits().div_ceil(8) as usize
}

/// SEC 2: orders that have a bit more than the octets of the field hold.
fn has_longer_order(curve: Curve) -> bool {
    matches!(curve, Curve::Secp160k1 | Curve::Secp160r1 | Curve::Secp160r2 | Curve::Secp224k1)
}
