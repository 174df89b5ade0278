//! ML-KEM (FIPS 203), for KEMRecipientInfo (RFC 9629, RFC 9936): key encapsulation with a public
//! key, decapsulation with a [`PrivateKey`].

use crate::aws_lc::ml_kem as library;
use crate::private_key::PrivateKey;
use crate::secret::Secret;

/// A parameter set of ML-KEM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MlKem {
    /// Category 1.
    MlKem512,
    /// Category 3.
    MlKem768,
    /// Category 5.
    MlKem1024,
}

impl MlKem {
    /// Every set, weakest first.
    pub const ALL: [Self; 3] = [Self::MlKem512, Self::MlKem768, Self::MlKem1024];

    /// Octets of a shared secret (FIPS 203 table 3).
    pub const SHARED_SECRET_OCTETS: usize = 32;

    /// Octets of a seed, d and z (FIPS 203 §7.1).
    pub const SEED_OCTETS: usize = 64;

    /// Octets of an encapsulation key (FIPS 203 table 3).
    pub const fn public_key_octets(self) -> usize {
        match self {
            Self::MlKem512 => 800,
            Self::MlKem768 => 1_184,
            Self::MlKem1024 => 1_568,
        }
    }

    /// Octets of a ciphertext (FIPS 203 table 3).
    pub const fn ciphertext_octets(self) -> usize {
        match self {
            Self::MlKem512 => 768,
            Self::MlKem768 => 1_088,
            Self::MlKem1024 => 1_568,
        }
    }
}

/// Why there is no shared secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KemError {
    /// The private key is of another algorithm.
    Unusable,
    /// The octets are no encapsulation key of the set, or the ciphertext has another length.
    Malformed,
}

/// What [`encapsulate`] gives.
#[derive(Debug, PartialEq, Eq)]
pub struct Encapsulated {
    /// For the recipient.
    pub ciphertext: Vec<u8>,
    /// For the key derivation.
    pub shared_secret: Secret,
}

/// A fresh shared secret for whoever has the private key of `public_key`, the octets of a
/// SubjectPublicKeyInfo's BIT STRING (FIPS 203 §7.2).
pub fn encapsulate(set: MlKem, public_key: &[u8]) -> Result<Encapsulated, KemError> {
    let (ciphertext, shared_secret) =
        library::encapsulate(set, public_key).ok_or(KemError::Malformed)?;
    Ok(Encapsulated { ciphertext, shared_secret })
}

/// The shared secret of a ciphertext (FIPS 203 §7.3).
///
/// A ciphertext of another key or a changed one gives another secret, the same each time: implicit
/// rejection.
pub fn decapsulate(key: &PrivateKey, ciphertext: &[u8]) -> Result<Secret, KemError> {
    let key = key.ml_kem().ok_or(KemError::Unusable)?;
    key.decapsulate(ciphertext).ok_or(KemError::Malformed)
}
