//! Private keys, made of the numbers or octets that key files hold.
//!
//! What a key was made of never comes out again: it prints as algorithm and size (RULES 40a), and
//! memory is zeroed when the last clone is dropped. Ed448 is held for the sake of a vault that has it,
//! and does nothing. The private half may live elsewhere ([`Holder`]).

mod elsewhere;
mod public_key_bits;

pub use self::elsewhere::Holder;

use crate::agreement::AgreementError;
use crate::aws_lc::{ec_private, ed25519, ml_dsa_private, ml_kem, rsa, rsa_private, x25519};
use crate::fallback::{ed448, x448};
use crate::kem::MlKem;
use crate::secret::Secret;
use crate::signature::{Curve, KeyError, MlDsa, Scheme};
use crate::transport::RawRsa;
use std::fmt;
use std::sync::Arc;

/// What kind of private key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PrivateKeyAlgorithm {
    /// RFC 8017.
    Rsa,
    /// A named curve, for ECDH and ECDSA alike.
    Ec(Curve),
    /// RFC 7748.
    X25519,
    /// RFC 7748.
    X448,
    /// RFC 8032.
    Ed25519,
    /// RFC 8032.
    Ed448,
    /// FIPS 203.
    MlKem(MlKem),
    /// FIPS 204.
    MlDsa(MlDsa),
}

/// The numbers of an RSAPrivateKey (RFC 8017 §A.1.2), unsigned, big-endian, leading zeros allowed.
#[derive(Clone, Copy)]
pub struct RsaNumbers<'a> {
    /// n.
    pub modulus: &'a [u8],
    /// e.
    pub public_exponent: &'a [u8],
    /// d.
    pub private_exponent: &'a [u8],
    /// What makes the key fast; without it every decryption takes about four times as long.
    pub factors: Option<RsaFactors<'a>>,
}

/// The factors of an RSA modulus, and what follows from them.
#[derive(Clone, Copy)]
pub struct RsaFactors<'a> {
    /// p.
    pub prime_1: &'a [u8],
    /// q.
    pub prime_2: &'a [u8],
    /// d mod (p - 1).
    pub exponent_1: &'a [u8],
    /// d mod (q - 1).
    pub exponent_2: &'a [u8],
    /// q⁻¹ mod p.
    pub coefficient: &'a [u8],
}

/// A private key ready for use; cheap to share between threads, cheap to clone.
#[derive(Clone)]
pub struct PrivateKey(Arc<Held>);

struct Held {
    key: Key,
    public_key_bits: Box<[u8]>,
}

enum Key {
    Rsa(rsa_private::Key),
    Ec(ec_private::Key),
    /// As long as the algorithm wants.
    Octets(Octets, Secret),
    MlKem(ml_kem::Key),
    MlDsa(ml_dsa_private::Key),
    RsaElsewhere(elsewhere::RsaKey),
    EcElsewhere(elsewhere::EcKey),
}

/// Algorithms whose private key is a string of octets.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Octets {
    X25519,
    X448,
    Ed25519,
    Ed448,
}

impl PrivateKey {
    /// RSA.
    ///
    /// RULES 14 as for [`crate::signature::PublicKey::rsa`]. Numbers that do not fit each other are
    /// `Malformed`, which costs a decryption to find out; whether the factors are prime is not asked.
    /// Without factors an exponent e above 33 bits is `Unsupported`.
    pub fn rsa(numbers: &RsaNumbers<'_>) -> Result<Self, KeyError> {
        let factors = numbers
            .factors
            .map(|of| [of.prime_1, of.prime_2, of.exponent_1, of.exponent_2, of.coefficient]);
        let key = rsa_private::Key::new(&rsa_private::Numbers {
            modulus: numbers.modulus,
            public_exponent: numbers.public_exponent,
            private_exponent: numbers.private_exponent,
            factors,
        })?;
        let public = key.public();
        let bits = public_key_bits::rsa(public.modulus_be(), &public.exponent_be());
        Ok(Self::held(Key::Rsa(key), bits))
    }

    /// A scalar on a named curve, big-endian (RFC 5915 §3); outside 1 to n - 1 it is `Malformed`.
    pub fn ec(curve: Curve, scalar: &[u8]) -> Result<Self, KeyError> {
        ec_private::Key::new(curve, scalar).map(Self::held_ec)
    }

    /// The 32 octets of RFC 7748 §6.1; another length is `Malformed`.
    pub fn x25519(scalar: &[u8]) -> Result<Self, KeyError> {
        let public = x25519::public_key(sized(scalar)?);
        Ok(Self::held_octets(Octets::X25519, scalar, &public))
    }

    /// The 56 octets of RFC 7748 §6.2; another length is `Malformed`.
    pub fn x448(scalar: &[u8]) -> Result<Self, KeyError> {
        let public = x448::public_key(sized(scalar)?);
        Ok(Self::held_octets(Octets::X448, scalar, &public))
    }

    /// The 32 octets of RFC 8032 §5.1.5; another length is `Malformed`.
    pub fn ed25519(seed: &[u8]) -> Result<Self, KeyError> {
        let public = ed25519::public_key(sized(seed)?);
        Ok(Self::held_octets(Octets::Ed25519, seed, &public))
    }

    /// The 57 octets of RFC 8032 §5.2.5; another length is `Malformed`.
    pub fn ed448(seed: &[u8]) -> Result<Self, KeyError> {
        let public = ed448::public_key(sized(seed)?);
        Ok(Self::held_octets(Octets::Ed448, seed, &public))
    }

    /// ML-KEM, from the 64 octets d and z of FIPS 203 §7.1; another length is `Malformed`.
    pub fn ml_kem_seed(set: MlKem, seed: &[u8]) -> Result<Self, KeyError> {
        ml_kem::Key::from_seed(set, seed).map(Self::held_ml_kem)
    }

    /// ML-KEM, from the expanded decapsulation key of FIPS 203 §7.1.
    ///
    /// `Malformed` if it has another length or fails the checks of FIPS 203 §7.3.
    pub fn ml_kem_expanded(set: MlKem, key: &[u8]) -> Result<Self, KeyError> {
        ml_kem::Key::from_expanded(set, key).map(Self::held_ml_kem)
    }

    /// ML-DSA, from the 32 octets ξ of FIPS 204 §5.1; another length is `Malformed`.
    pub fn ml_dsa_seed(set: MlDsa, seed: &[u8]) -> Result<Self, KeyError> {
        ml_dsa_private::Key::from_seed(set, seed).map(Self::held_ml_dsa)
    }

    /// ML-DSA, from the expanded private key of FIPS 204 §7.2; another length is `Malformed`.
    pub fn ml_dsa_expanded(set: MlDsa, key: &[u8]) -> Result<Self, KeyError> {
        ml_dsa_private::Key::from_expanded(set, key).map(Self::held_ml_dsa)
    }

    /// An RSA key whose private half a holder has; the numbers are as for [`PrivateKey::rsa`].
    ///
    /// The holder is asked for one power, which costs a decryption. `Malformed` if that is not the one
    /// of the private half, or none comes.
    pub fn rsa_elsewhere(
        modulus: &[u8],
        public_exponent: &[u8],
        holder: Arc<dyn Holder>,
    ) -> Result<Self, KeyError> {
        let key = elsewhere::RsaKey::new(modulus, public_exponent, holder)?;
        let bits = key.public_key_bits();
        Ok(Self::held(Key::RsaElsewhere(key), bits))
    }

    /// A key on a curve whose private half a holder has; the point is as for
    /// [`crate::signature::PublicKey::ec`].
    ///
    /// The holder has to agree with a fresh key, or to sign. `Malformed` if it does neither rightly.
    pub fn ec_elsewhere(
        curve: Curve,
        point_sec1: &[u8],
        holder: Arc<dyn Holder>,
    ) -> Result<Self, KeyError> {
        let key = elsewhere::EcKey::new(curve, point_sec1, holder)?;
        let point = key.point_sec1();
        Ok(Self::held(Key::EcElsewhere(key), point))
    }

    /// A fresh key, as key agreement wants one for each message; `Unsupported` for RSA.
    pub fn generate(algorithm: PrivateKeyAlgorithm) -> Result<Self, KeyError> {
        match algorithm {
            PrivateKeyAlgorithm::Rsa => Err(KeyError::Unsupported),
            PrivateKeyAlgorithm::Ec(curve) => Ok(Self::held_ec(ec_private::Key::generate(curve))),
            PrivateKeyAlgorithm::X25519 => Self::x25519(Secret::random(32).as_bytes()),
            PrivateKeyAlgorithm::X448 => Self::x448(Secret::random(56).as_bytes()),
            PrivateKeyAlgorithm::Ed25519 => Self::ed25519(Secret::random(32).as_bytes()),
            PrivateKeyAlgorithm::Ed448 => Self::ed448(Secret::random(57).as_bytes()),
            PrivateKeyAlgorithm::MlKem(set) => {
                Self::ml_kem_seed(set, Secret::random(MlKem::SEED_OCTETS).as_bytes())
            }
            PrivateKeyAlgorithm::MlDsa(set) => {
                Self::ml_dsa_seed(set, Secret::random(MlDsa::SEED_OCTETS).as_bytes())
            }
        }
    }

    /// The algorithm the key is for.
    pub fn algorithm(&self) -> PrivateKeyAlgorithm {
        match &self.0.key {
            Key::Rsa(_) | Key::RsaElsewhere(_) => PrivateKeyAlgorithm::Rsa,
            Key::Ec(key) => PrivateKeyAlgorithm::Ec(key.curve()),
            Key::EcElsewhere(key) => PrivateKeyAlgorithm::Ec(key.curve()),
            Key::Octets(Octets::X25519, _) => PrivateKeyAlgorithm::X25519,
            Key::Octets(Octets::X448, _) => PrivateKeyAlgorithm::X448,
            Key::Octets(Octets::Ed25519, _) => PrivateKeyAlgorithm::Ed25519,
            Key::Octets(Octets::Ed448, _) => PrivateKeyAlgorithm::Ed448,
            Key::MlKem(key) => PrivateKeyAlgorithm::MlKem(key.set()),
            Key::MlDsa(key) => PrivateKeyAlgorithm::MlDsa(key.set()),
        }
    }

    /// Key size in bits as usually quoted: of the RSA modulus, of the curve's field (X25519 256,
    /// X448 448, Ed448 456), of the whole public key of ML-KEM and ML-DSA.
    pub fn bits(&self) -> u32 {
        match self.algorithm() {
            PrivateKeyAlgorithm::Rsa => self.rsa_bits().unwrap_or_default(),
            PrivateKeyAlgorithm::Ec(curve) => curve.bits(),
            PrivateKeyAlgorithm::X25519 | PrivateKeyAlgorithm::Ed25519 => 256,
            PrivateKeyAlgorithm::X448 => 448,
            PrivateKeyAlgorithm::Ed448 => 456,
            PrivateKeyAlgorithm::MlKem(set) => set.public_key_octets() as u32 * 8,
            PrivateKeyAlgorithm::MlDsa(set) => set.public_key_octets() * 8,
        }
    }

    /// What the BIT STRING of the key's SubjectPublicKeyInfo holds, without the octet of unused bits:
    /// the DER of an RSAPublicKey, the uncompressed point, the public key's octets.
    pub fn public_key_bits(&self) -> &[u8] {
        &self.0.public_key_bits
    }

    /// The raw operation, if this is an RSA key.
    pub fn raw_rsa(&self) -> Option<&dyn RawRsa> {
        match &self.0.key {
            Key::Rsa(key) => Some(key),
            Key::RsaElsewhere(key) => Some(key),
            _ => None,
        }
    }

    /// Why whoever holds the private half answers no more ([`Holder::failure`]); None, too, where
    /// nobody else holds it.
    pub fn holder_failure(&self) -> Option<String> {
        self.holder()?.failure()
    }

    /// Whether whoever holds the private half lends it to open what was encrypted ([`Holder::opens`]).
    pub fn is_lent_to_open(&self) -> bool {
        self.holder().is_none_or(Holder::opens)
    }

    /// Whether whoever holds the private half lends it to sign ([`Holder::signs`]).
    pub fn is_lent_to_sign(&self) -> bool {
        self.holder().is_none_or(Holder::signs)
    }

    fn holder(&self) -> Option<&dyn Holder> {
        match &self.0.key {
            Key::RsaElsewhere(key) => Some(key.holder()),
            Key::EcElsewhere(key) => Some(key.holder()),
            _ => None,
        }
    }

    fn public_rsa(&self) -> Option<&rsa::Key> {
        match &self.0.key {
            Key::Rsa(key) => Some(key.public()),
            Key::RsaElsewhere(key) => Some(key.public()),
            _ => None,
        }
    }

    /// Bits of the modulus, if this is an RSA key.
    pub(crate) fn rsa_bits(&self) -> Option<u32> {
        self.public_rsa().map(rsa::Key::modulus_bits)
    }

    /// As [`RawRsa::raw_private`], if this is an RSA key.
    pub(crate) fn raw_rsa_power(&self, block: &[u8]) -> Option<Secret> {
        self.raw_rsa()?.raw_private(block).ok()
    }

    /// ECDSA, if this is a key on a curve.
    pub(crate) fn sign_digest(&self, digest: &[u8]) -> Option<Vec<u8>> {
        match &self.0.key {
            Key::Ec(key) => Some(key.sign(digest)),
            Key::EcElsewhere(key) => key.sign(digest),
            _ => None,
        }
    }

    /// The schemes that hash for themselves, if the key is of that.
    pub(crate) fn sign_message(&self, scheme: Scheme, message: &[u8]) -> Option<Vec<u8>> {
        match (&self.0.key, scheme) {
            (Key::Octets(Octets::Ed25519, seed), Scheme::Ed25519) => {
                Some(ed25519::sign(seed.as_bytes(), self.public_key_bits(), message)?.to_vec())
            }
            (Key::MlDsa(key), Scheme::MlDsa) => Some(key.sign(message)),
            _ => None,
        }
    }

    /// The same for clones, and for no other key while this one lives.
    pub(crate) fn identity(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }

    pub(crate) fn ml_kem(&self) -> Option<&ml_kem::Key> {
        match &self.0.key {
            Key::MlKem(key) => Some(key),
            _ => None,
        }
    }

    /// Scalar times the peer's point.
    pub(crate) fn shared_secret(&self, peer: &[u8]) -> Result<Secret, AgreementError> {
        let secret = match &self.0.key {
            Key::Ec(key) => key.agree(peer),
            Key::EcElsewhere(key) => return key.agree(peer),
            Key::Octets(Octets::X25519, scalar) => {
                let scalar = sized(scalar.as_bytes()).map_err(|_| AgreementError::Unusable)?;
                sized(peer).ok().and_then(|peer| x25519::agree(scalar, peer))
            }
            Key::Octets(Octets::X448, scalar) => {
                let scalar = sized(scalar.as_bytes()).map_err(|_| AgreementError::Unusable)?;
                sized(peer).ok().and_then(|peer| x448::agree(scalar, peer))
            }
            _ => return Err(AgreementError::Unusable),
        };
        secret.ok_or(AgreementError::Peer)
    }

    fn held_ec(key: ec_private::Key) -> Self {
        let point = key.point_sec1();
        Self::held(Key::Ec(key), point)
    }

    fn held_ml_kem(key: ml_kem::Key) -> Self {
        let public = key.public_key();
        Self::held(Key::MlKem(key), public)
    }

    fn held_ml_dsa(key: ml_dsa_private::Key) -> Self {
        let public = key.public_key();
        Self::held(Key::MlDsa(key), public)
    }

    fn held_octets(kind: Octets, octets: &[u8], public: &[u8]) -> Self {
        Self::held(Key::Octets(kind, Secret::copy_of(octets)), public.to_vec())
    }

    fn held(key: Key, public_key_bits: Vec<u8>) -> Self {
        Self(Arc::new(Held { key, public_key_bits: public_key_bits.into() }))
    }
}

fn sized<const OCTETS: usize>(octets: &[u8]) -> Result<&[u8; OCTETS], KeyError> {
    octets.try_into().map_err(|_| KeyError::Malformed)
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PrivateKey({:?}, {} bits)", self.algorithm(), self.bits())
    }
}

impl fmt::Debug for RsaNumbers<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "RsaNumbers({} octets)", self.modulus.len())
    }
}

impl fmt::Debug for RsaFactors<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "RsaFactors({} octets)", self.prime_1.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_key_is_send_and_sync() {
        fn check<T: Send + Sync + Clone>() {}
        check::<PrivateKey>();
    }
}
