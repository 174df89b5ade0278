//! RecipientInfo: a content key for a certificate (RFC 5652 §6.2, RFC 5753, RFC 8418, RFC 9629, RFC 9936).
//!
//! What is padded or wrapped here is secret, so AWS-LC does it, never a verification kernel.

use smimebatch_crypto::agreement::agree;
use smimebatch_crypto::digest::Algorithm;
use smimebatch_crypto::kem::{MlKem, encapsulate};
use smimebatch_crypto::private_key::{PrivateKey, PrivateKeyAlgorithm};
use smimebatch_crypto::secret::Secret;
use smimebatch_crypto::signature::Curve;
use smimebatch_crypto::wrap::{KeyWrap, wrap};

use super::super::agreement::{derive, shared_info};
use super::super::algorithms::Derivation;
use super::super::encapsulation::other_info;
use super::certificate_target::{CertificateTarget, Way, curve_identifier};
use super::choice::{TransportChoice, identifier, identifier_of};
use crate::asn1::reader::Tag;
use crate::asn1::writer::element;
use crate::cms::recipient_details::{Originator, RecipientDetails};
use crate::cms::recipient_info::Recipient;

/// CMSVersion 0 and 3, encoded.
const VERSION_0: &[u8] = &[2, 1, 0];
const VERSION_3: &[u8] = &[2, 1, 3];
/// The first octet of a point as it is written here.
const UNCOMPRESSED: u8 = 4;
/// id-ori-kem (RFC 9629 §3).
const ORI_KEM: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x0d\x03";
/// Every content key here has 16, 24 or 32 octets, which this wraps.
const KEY_WRAP: KeyWrap = KeyWrap::Aes256;
const KEY_WRAP_NAME: &str = "aes256-wrap";

impl CertificateTarget {
    /// As [`super::target::Target::version`], for this one alone.
    pub(super) const fn least_version(&self) -> u8 {
        match self.way {
            Way::Transport(_) => 0,
            Way::Agreement(_) => 2,
            Way::Encapsulation(_) => 3,
        }
    }

    /// The key encryption algorithm, of kari the key agreement, of kemri the encapsulation, by its name in columns.
    pub(super) fn key_encryption_name(&self, choice: TransportChoice) -> String {
        match &self.way {
            Way::Transport(_) => choice.name().to_owned(),
            Way::Agreement(algorithm) => derivation_for(*algorithm).0.to_owned(),
            Way::Encapsulation(_) => self.certificate.key_algorithm.to_string(),
        }
    }

    /// A RecipientInfo with the content key.
    pub(super) fn recipient_info(
        &self,
        content_key: &Secret,
        choice: TransportChoice,
    ) -> Option<Vec<u8>> {
        match &self.way {
            Way::Transport(key) => {
                let encrypted = key.encrypt(&choice.padding(), content_key).ok()?;
                self.transport_info(choice, &encrypted)
            }
            Way::Agreement(algorithm) => self.agreed(*algorithm, content_key),
            Way::Encapsulation(set) => self.encapsulated(*set, content_key),
        }
    }

    /// The RecipientInfo that would hold what one holds that was read: the same octets, if nothing of it changed.
    pub(super) fn rebuilt(
        &self,
        found: &Recipient<'_>,
        choice: TransportChoice,
    ) -> Option<Vec<u8>> {
        match (&self.way, &found.details) {
            (Way::Transport(_), RecipientDetails::None) => {
                self.transport_info(choice, &found.encrypted_key)
            }
            (Way::Agreement(algorithm), RecipientDetails::Agreement(agreement)) => {
                let Originator::Key { public_key, .. } = &agreement.originator else { return None };
                // SEC 1 §2.3.3: one point has other forms, which are read and never written.
                let is_other = public_key.first() != Some(&UNCOMPRESSED);
                if matches!(algorithm, PrivateKeyAlgorithm::Ec(_)) && is_other {
                    return None;
                }
                self.agreement_info(*algorithm, public_key, &found.encrypted_key)
            }
            (Way::Encapsulation(_), RecipientDetails::Encapsulation(found_inside)) => {
                self.encapsulation_info(&found_inside.ciphertext, &found.encrypted_key)
            }
            _ => None,
        }
    }

    /// ```text
    /// KeyTransRecipientInfo ::= SEQUENCE {
    ///   version CMSVersion,  -- 0 with issuer and serial number
    ///   rid RecipientIdentifier,
    ///   keyEncryptionAlgorithm KeyEncryptionAlgorithmIdentifier,
    ///   encryptedKey EncryptedKey }
    /// ```
    fn transport_info(&self, choice: TransportChoice, encrypted: &[u8]) -> Option<Vec<u8>> {
        Some(element(
            Tag::SEQUENCE,
            &[
                VERSION_0,
                &self.issuer_and_serial(),
                &choice.identifier()?,
                &element(Tag::OCTET_STRING, &[encrypted]),
            ],
        ))
    }

    /// IssuerAndSerialNumber, as the certificate has both.
    fn issuer_and_serial(&self) -> Vec<u8> {
        let serial = element(Tag::INTEGER, &[&self.certificate.serial]);
        element(Tag::SEQUENCE, &[self.certificate.issuer_der(), &serial])
    }

    fn agreed(&self, algorithm: PrivateKeyAlgorithm, content_key: &Secret) -> Option<Vec<u8>> {
        let (_, derivation) = derivation_for(algorithm);
        let fresh = PrivateKey::generate(algorithm).ok()?;
        let secret = agree(&fresh, self.certificate.public_key_bits()).ok()?;
        let wrap_identifier = identifier(KEY_WRAP_NAME, &[])?;
        let info = shared_info(&wrap_identifier, None, KEY_WRAP.key_octets());
        let wrapping = derive(derivation, &secret, &info, KEY_WRAP.key_octets()).ok()?;
        let wrapped = wrap(KEY_WRAP, wrapping.as_bytes(), content_key.as_bytes()).ok()?;
        self.agreement_info(algorithm, fresh.public_key_bits(), &wrapped)
    }

    /// ```text
    /// KeyAgreeRecipientInfo ::= SEQUENCE {              -- [1] IMPLICIT
    ///   version CMSVersion,  -- always set to 3
    ///   originator [0] EXPLICIT OriginatorIdentifierOrKey,
    ///   ukm [1] EXPLICIT UserKeyingMaterial OPTIONAL,
    ///   keyEncryptionAlgorithm KeyEncryptionAlgorithmIdentifier,
    ///   recipientEncryptedKeys RecipientEncryptedKeys }
    /// ```
    fn agreement_info(
        &self,
        algorithm: PrivateKeyAlgorithm,
        public_key: &[u8],
        wrapped: &[u8],
    ) -> Option<Vec<u8>> {
        let wrap_identifier = identifier(KEY_WRAP_NAME, &[])?;
        let public_key = element(Tag::BIT_STRING, &[&[0], public_key]);
        let originator = element(
            Tag::context_constructed(1),
            &[
                // RFC 5753 §3.1.1: without parameters, which are those of the recipient's key.
                &identifier_of(curve_identifier(algorithm)?, &[]),
                &public_key,
            ],
        );
        let encrypted_key = element(
            Tag::SEQUENCE,
            &[&self.issuer_and_serial(), &element(Tag::OCTET_STRING, &[wrapped])],
        );
        Some(element(
            Tag::context_constructed(1),
            &[
                VERSION_3,
                &element(Tag::context_constructed(0), &[&originator]),
                &identifier(derivation_for(algorithm).0, &wrap_identifier)?,
                &element(Tag::SEQUENCE, &[&encrypted_key]),
            ],
        ))
    }

    fn encapsulated(&self, set: MlKem, content_key: &Secret) -> Option<Vec<u8>> {
        let given = encapsulate(set, self.certificate.public_key_bits()).ok()?;
        let wrap_identifier = identifier(KEY_WRAP_NAME, &[])?;
        let octets = KEY_WRAP.key_octets();
        let info = other_info(&wrap_identifier, octets, None);
        let derivation = Derivation::Hkdf(Algorithm::Sha256);
        let wrapping = derive(derivation, &given.shared_secret, &info, octets).ok()?;
        let wrapped = wrap(KEY_WRAP, wrapping.as_bytes(), content_key.as_bytes()).ok()?;
        self.encapsulation_info(&given.ciphertext, &wrapped)
    }

    /// ```text
    /// OtherRecipientInfo ::= SEQUENCE { oriType, oriValue }   -- [4] IMPLICIT
    /// KEMRecipientInfo ::= SEQUENCE {
    ///   version CMSVersion,  -- always set to 0
    ///   rid RecipientIdentifier,
    ///   kem KEMAlgorithmIdentifier,
    ///   kemct OCTET STRING,
    ///   kdf KeyDerivationAlgorithmIdentifier,
    ///   kekLength INTEGER (1..65535),
    ///   ukm [0] EXPLICIT UserKeyingMaterial OPTIONAL,
    ///   wrap KeyEncryptionAlgorithmIdentifier,
    ///   encryptedKey EncryptedKey }
    /// ```
    fn encapsulation_info(&self, ciphertext: &[u8], wrapped: &[u8]) -> Option<Vec<u8>> {
        let octets = u8::try_from(KEY_WRAP.key_octets()).ok()?;
        let value = element(
            Tag::SEQUENCE,
            &[
                VERSION_0,
                &self.issuer_and_serial(),
                &identifier(&self.certificate.key_algorithm, &[])?,
                &element(Tag::OCTET_STRING, &[ciphertext]),
                &identifier("hkdf-sha256", &[])?,
                &element(Tag::INTEGER, &[&[octets]]),
                &identifier(KEY_WRAP_NAME, &[])?,
                &element(Tag::OCTET_STRING, &[wrapped]),
            ],
        );
        let kind = element(Tag::OID, &[ORI_KEM]);
        Some(element(Tag::context_constructed(4), &[&kind, &value]))
    }
}

/// RFC 5753 §7.1.4 and RFC 8418 §2.3: a digest as strong as the curve.
fn derivation_for(algorithm: PrivateKeyAlgorithm) -> (&'static str, Derivation) {
    match algorithm {
        PrivateKeyAlgorithm::X25519 => ("ecdh-hkdf-sha256", Derivation::Hkdf(Algorithm::Sha256)),
        PrivateKeyAlgorithm::X448 => ("ecdh-hkdf-sha512", Derivation::Hkdf(Algorithm::Sha512)),
        PrivateKeyAlgorithm::Ec(curve) if is_above(curve, 384) => {
            ("ecdh-sha512kdf", Derivation::X963(Algorithm::Sha512))
        }
        PrivateKeyAlgorithm::Ec(curve) if is_above(curve, 256) => {
            ("ecdh-sha384kdf", Derivation::X963(Algorithm::Sha384))
        }
        _ => ("ecdh-sha256kdf", Derivation::X963(Algorithm::Sha256)),
    }
}

const fn is_above(curve: Curve, bits: u32) -> bool {
    curve.bits() > bits
}
