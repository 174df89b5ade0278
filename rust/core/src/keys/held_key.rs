//! A private key with what is public of it: its id, its SubjectPublicKeyInfo, the value to find its certificates by.

use std::borrow::Cow;

use smimebatch_crypto::digest::{self, Algorithm};
use smimebatch_crypto::kem::MlKem;
use smimebatch_crypto::private_key::{PrivateKey, PrivateKeyAlgorithm, RsaNumbers};
use smimebatch_crypto::signature::{Curve, KeyError, MlDsa};

use super::error::{Damage, KeyFileError, Part};
use super::numbers::{EcNumbers, SeededOctets};
use super::oids;
use super::public_key::{key_value, write_spki};
use crate::asn1::oid::Oid;
use crate::asn1::reader::Tag;
use crate::asn1::values::hex;
use crate::asn1::writer::write_element;
use crate::cms::algorithms::algorithm_name;
use crate::x509::curves::TABLE;
use crate::x509::key_identity::identity;

/// A private key.
pub struct HeldKey {
    key: PrivateKey,
    id: String,
    spki: Box<[u8]>,
    value: Box<[u8]>,
}

impl HeldKey {
    pub(super) fn rsa(numbers: &RsaNumbers<'_>) -> Result<Self, KeyFileError> {
        PrivateKey::rsa(numbers).map(Self::new).map_err(|error| refused(error, oids::RSA))
    }

    pub(super) fn ec(numbers: &EcNumbers<'_>) -> Result<Self, KeyFileError> {
        let key = PrivateKey::ec(numbers.curve, numbers.scalar);
        let held = key.map(Self::new).map_err(|error| refused(error, oids::EC))?;
        held.with_stated_public_key(numbers.point)
    }

    /// A key of RFC 8410, whose identifier is the algorithm.
    pub(super) fn of_curve(algorithm: Oid<'_>, octets: &[u8]) -> Result<Self, KeyFileError> {
        let key = match algorithm {
            oids::X25519 => PrivateKey::x25519(octets),
            oids::X448 => PrivateKey::x448(octets),
            oids::ED25519 => PrivateKey::ed25519(octets),
            oids::ED448 => PrivateKey::ed448(octets),
            _ => Err(KeyError::Unsupported),
        };
        key.map(Self::new).map_err(|error| refused(error, algorithm))
    }

    /// RFC 9935 §6: a seed is preferred; an expanded key beside it must be of the same key.
    pub(super) fn ml_kem(
        algorithm: Oid<'_>,
        octets: &SeededOctets<'_>,
    ) -> Result<Self, KeyFileError> {
        let part = Part::MlKemPrivateKey;
        let no_key = |error| refused(error, algorithm);
        let set = match algorithm {
            oids::ML_KEM_512 => MlKem::MlKem512,
            oids::ML_KEM_768 => MlKem::MlKem768,
            oids::ML_KEM_1024 => MlKem::MlKem1024,
            _ => return Err(KeyFileError::unsupported(algorithm)),
        };
        let of_seed = |seed: &[u8]| PrivateKey::ml_kem_seed(set, seed).map_err(no_key);
        let of_expanded = |key: &[u8]| PrivateKey::ml_kem_expanded(set, key).map_err(no_key);
        Self::seeded(octets, part, of_seed, of_expanded)
    }

    /// RFC 9881 §6: as [`HeldKey::ml_kem`].
    pub(super) fn ml_dsa(
        algorithm: Oid<'_>,
        octets: &SeededOctets<'_>,
    ) -> Result<Self, KeyFileError> {
        let no_key = |error| refused(error, algorithm);
        let set = match algorithm {
            oids::ML_DSA_44 => MlDsa::MlDsa44,
            oids::ML_DSA_65 => MlDsa::MlDsa65,
            oids::ML_DSA_87 => MlDsa::MlDsa87,
            _ => return Err(KeyFileError::unsupported(algorithm)),
        };
        let of_seed = |seed: &[u8]| PrivateKey::ml_dsa_seed(set, seed).map_err(no_key);
        let of_expanded = |key: &[u8]| PrivateKey::ml_dsa_expanded(set, key).map_err(no_key);
        Self::seeded(octets, Part::MlDsaPrivateKey, of_seed, of_expanded)
    }

    fn seeded(
        octets: &SeededOctets<'_>,
        part: Part,
        of_seed: impl Fn(&[u8]) -> Result<PrivateKey, KeyFileError>,
        of_expanded: impl Fn(&[u8]) -> Result<PrivateKey, KeyFileError>,
    ) -> Result<Self, KeyFileError> {
        let key = match (octets.seed, octets.expanded) {
            (Some(seed), Some(expanded)) => {
                let key = of_seed(seed)?;
                if of_expanded(expanded)?.public_key_bits() != key.public_key_bits() {
                    return Err(KeyFileError::damaged(part, Damage::OtherPublicKey));
                }
                key
            }
            (Some(seed), None) => of_seed(seed)?,
            (None, Some(expanded)) => of_expanded(expanded)?,
            (None, None) => return Err(KeyFileError::damaged(part, Damage::NoKey)),
        };
        Ok(Self::new(key))
    }

    pub(super) fn new(key: PrivateKey) -> Self {
        let (algorithm, parameters) = identifier(key.algorithm());
        let spki = write_spki(algorithm, &parameters, key.public_key_bits());
        let id = hex(digest::one(Algorithm::Sha256, &spki).as_bytes());
        // Made a line above, it can be read.
        let value = key_value(&spki).unwrap_or_default();
        Self { key, id, spki: spki.into(), value }
    }

    /// The key, if the public key that its file states is its own; nothing stated is nothing wrong.
    pub(super) fn with_stated_public_key(
        self,
        stated: Option<&[u8]>,
    ) -> Result<Self, KeyFileError> {
        let is_own = |stated: &[u8]| identity(stated) == identity(self.key.public_key_bits());
        if stated.is_none_or(|stated| stated.is_empty() || is_own(stated)) {
            Ok(self)
        } else {
            Err(KeyFileError::damaged(Part::PrivateKeyInfo, Damage::OtherPublicKey))
        }
    }

    /// The key, to decrypt or sign with.
    #[must_use]
    pub const fn private_key(&self) -> &PrivateKey {
        &self.key
    }

    /// SHA-256 of [`HeldKey::spki`], in hexadecimal.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// `rsa`, `ec`, `x25519`, `ml-kem-768` and so on, as columns have it.
    #[must_use]
    pub fn algorithm(&self) -> Cow<'static, str> {
        match self.key.algorithm() {
            PrivateKeyAlgorithm::Rsa => Cow::Borrowed("rsa"),
            PrivateKeyAlgorithm::Ec(_) => Cow::Borrowed("ec"),
            other => algorithm_name(identifier(other).0),
        }
    }

    /// SubjectPublicKeyInfo in the form that RFC 3279, RFC 5480, RFC 8410, RFC 9881 and RFC 9935 ask for; points
    /// uncompressed, RSA without restriction. A certificate may write the same key otherwise.
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// What the BIT STRING in [`HeldKey::spki`] holds.
    #[must_use]
    pub fn public_key_bits(&self) -> &[u8] {
        self.key.public_key_bits()
    }

    /// As [`key_value`].
    pub(super) fn value(&self) -> &[u8] {
        &self.value
    }
}

/// RULES 40a: what is public of it, and no more.
impl core::fmt::Debug for HeldKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "HeldKey({}, {})", self.algorithm(), self.id)
    }
}

/// Identifier and encoded parameters of the SubjectPublicKeyInfo of a key.
fn identifier(algorithm: PrivateKeyAlgorithm) -> (Oid<'static>, Vec<u8>) {
    let mut parameters = Vec::new();
    let oid = match algorithm {
        PrivateKeyAlgorithm::Rsa => {
            // RFC 3279 §2.3.1: NULL.
            write_element(&mut parameters, Tag::NULL, &[]);
            oids::RSA
        }
        PrivateKeyAlgorithm::Ec(curve) => {
            write_element(&mut parameters, Tag::OID, curve_oid(curve));
            oids::EC
        }
        PrivateKeyAlgorithm::X25519 => oids::X25519,
        PrivateKeyAlgorithm::X448 => oids::X448,
        PrivateKeyAlgorithm::Ed25519 => oids::ED25519,
        PrivateKeyAlgorithm::Ed448 => oids::ED448,
        PrivateKeyAlgorithm::MlKem(MlKem::MlKem512) => oids::ML_KEM_512,
        PrivateKeyAlgorithm::MlKem(MlKem::MlKem768) => oids::ML_KEM_768,
        PrivateKeyAlgorithm::MlKem(MlKem::MlKem1024) => oids::ML_KEM_1024,
        PrivateKeyAlgorithm::MlDsa(MlDsa::MlDsa44) => oids::ML_DSA_44,
        PrivateKeyAlgorithm::MlDsa(MlDsa::MlDsa65) => oids::ML_DSA_65,
        PrivateKeyAlgorithm::MlDsa(MlDsa::MlDsa87) => oids::ML_DSA_87,
    };
    (oid, parameters)
}

/// Every offered curve is in the table, as a test there says.
fn curve_oid(curve: Curve) -> &'static [u8] {
    TABLE.iter().find(|entry| entry.curve == Some(curve)).map_or(&[], |entry| entry.oid)
}

pub(super) fn refused(error: KeyError, algorithm: Oid<'_>) -> KeyFileError {
    let part = match algorithm {
        oids::RSA => Part::RsaPrivateKey,
        oids::EC => Part::EcPrivateKey,
        oids::ML_KEM_512 | oids::ML_KEM_768 | oids::ML_KEM_1024 => Part::MlKemPrivateKey,
        oids::ML_DSA_44 | oids::ML_DSA_65 | oids::ML_DSA_87 => Part::MlDsaPrivateKey,
        _ => Part::CurvePrivateKey,
    };
    match error {
        KeyError::Malformed => KeyFileError::damaged(part, Damage::NoKey),
        KeyError::Unsupported => KeyFileError::Unsupported(match algorithm {
            oids::RSA => "an RSA key of that size or exponent".into(),
            other => algorithm_name(other),
        }),
    }
}
