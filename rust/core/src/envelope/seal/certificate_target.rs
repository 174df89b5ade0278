//! Certificates that new envelopes are encrypted to, checked before anything is written (RULES 39).

use std::sync::Arc;

use smimebatch_crypto::agreement::agree;
use smimebatch_crypto::kem::{MlKem, encapsulate};
use smimebatch_crypto::private_key::{PrivateKey, PrivateKeyAlgorithm};
use smimebatch_crypto::signature::KeyAlgorithm;
use smimebatch_crypto::transport::TransportKey;

use crate::asn1::oid::Oid;
use crate::codes::codes;
use crate::limits;
use crate::weak_keys::WeakKeys;
use crate::x509::certificate::{Certificate, KeyUsage, SubjectKey};

codes! {
    /// Why nothing is encrypted to a certificate (RULES 39).
    pub enum Unfit {
        Authority = "authority", "It is a CA's, not a person's.";
        Malformed = "malformed", "A field of the certificate cannot be read.";
        NotYetValid = "not_yet_valid", "It is not valid yet.";
        Expired = "expired", "It has expired.";
        SigningOnly = "signing_only", "Its key usage or its key is for signatures, not for encryption.";
        OtherPurpose = "other_purpose", "Its extended key usage names other purposes than mail.";
        UnsupportedKey = "unsupported_key", "Nothing here encrypts to a key of that algorithm.";
        ShortKey = "short_key", "An RSA key below 2,048 bits, or a curve below 224.";
        WeakKey = "weak_key", "It is publicly known how to compute its private key, its exponent is below 65,537, or its point gives everybody the same secret.";
    }
}

/// A certificate to encrypt to.
pub(super) struct CertificateTarget {
    /// The certificate.
    pub(super) certificate: Arc<Certificate>,
    pub(super) way: Way,
    /// Issuer and serial number, as [`super::super::objects::recipient_text`] has it.
    pub(super) name: String,
}

/// How a content key reaches the target.
pub(super) enum Way {
    /// RSA, the key ready to encrypt with.
    Transport(TransportKey),
    /// A curve that a fresh key is made on.
    Agreement(PrivateKeyAlgorithm),
    /// ML-KEM.
    Encapsulation(MlKem),
}

/// id-kp-emailProtection (RFC 5280 §4.2.1.12).
const EMAIL_PROTECTION: &[u8] = b"\x2b\x06\x01\x05\x05\x07\x03\x04";
/// anyExtendedKeyUsage (RFC 5280 §4.2.1.12).
const ANY_PURPOSE: &[u8] = b"\x55\x1d\x25\x00";

impl CertificateTarget {
    /// The certificate as a target at a time (Unix seconds).
    ///
    /// # Errors
    /// [`Unfit`] for the first reason against it.
    pub(super) fn of(
        certificate: Arc<Certificate>,
        now_unix_s: i64,
        weak_keys: &WeakKeys,
    ) -> Result<Self, Unfit> {
        let one = &*certificate;
        let way = way_of(one)?;
        let usage = match way {
            Way::Transport(_) | Way::Encapsulation(_) => KeyUsage::KEY_ENCIPHERMENT,
            Way::Agreement(_) => KeyUsage::KEY_AGREEMENT,
        };
        let against = [
            (one.basic_constraints.as_ref().is_some_and(|it| it.is_ca), Unfit::Authority),
            (!one.defects.is_empty(), Unfit::Malformed),
            (now_unix_s < one.not_before_unix_s, Unfit::NotYetValid),
            (now_unix_s > one.not_after_unix_s, Unfit::Expired),
            (one.key_usage.is_some_and(|it| !it.allows_any_of(usage)), Unfit::SigningOnly),
            (!is_for_mail(one), Unfit::OtherPurpose),
            (is_short(one, &way), Unfit::ShortKey),
            (!weak_keys.of(one).is_empty(), Unfit::WeakKey),
        ];
        match against.iter().find(|(is_so, _)| *is_so) {
            Some((_, unfit)) => Err(*unfit),
            None => {
                let name = name_of(one);
                Ok(Self { certificate, way, name })
            }
        }
    }
}

/// RULES 19: no extended key usage, emailProtection or any.
pub(in crate::envelope) fn is_for_mail(certificate: &Certificate) -> bool {
    let is_mail = |purpose: &[u8]| [EMAIL_PROTECTION, ANY_PURPOSE].contains(&purpose);
    let purposes = certificate.extended_key_usage.as_ref();
    purposes.is_none_or(|all| all.iter().any(|purpose| is_mail(purpose)))
}

fn way_of(certificate: &Certificate) -> Result<Way, Unfit> {
    match (&*certificate.key_algorithm, &certificate.key) {
        (_, SubjectKey::Malformed) => Err(Unfit::Malformed),
        ("rsa", SubjectKey::Ready(key)) => {
            TransportKey::new(key).map(Way::Transport).map_err(|_| Unfit::UnsupportedKey)
        }
        ("ec", SubjectKey::Ready(key)) => match key.algorithm() {
            KeyAlgorithm::Ec(curve) => Ok(Way::Agreement(PrivateKeyAlgorithm::Ec(curve))),
            _ => Err(Unfit::UnsupportedKey),
        },
        ("x25519", _) => agrees(PrivateKeyAlgorithm::X25519, certificate),
        ("x448", _) => agrees(PrivateKeyAlgorithm::X448, certificate),
        ("ml-kem-512", _) => encapsulates(MlKem::MlKem512, certificate),
        ("ml-kem-768", _) => encapsulates(MlKem::MlKem768, certificate),
        ("ml-kem-1024", _) => encapsulates(MlKem::MlKem1024, certificate),
        ("rsassa-pss" | "dsa" | "ed25519" | "ed448", _) => Err(Unfit::SigningOnly),
        _ => Err(Unfit::UnsupportedKey),
    }
}

/// RFC 7748 §6: of a point of small order everybody knows the secret that is agreed on, which is zero.
fn agrees(algorithm: PrivateKeyAlgorithm, certificate: &Certificate) -> Result<Way, Unfit> {
    let point = certificate.public_key_bits();
    let Ok(fresh) = PrivateKey::generate(algorithm) else { return Err(Unfit::UnsupportedKey) };
    match agree(&fresh, point) {
        Ok(_) => Ok(Way::Agreement(algorithm)),
        Err(_) if point.len() == fresh.public_key_bits().len() => Err(Unfit::WeakKey),
        Err(_) => Err(Unfit::Malformed),
    }
}

/// FIPS 203 §7.2: not every octets are a key to encapsulate to.
fn encapsulates(set: MlKem, certificate: &Certificate) -> Result<Way, Unfit> {
    match encapsulate(set, certificate.public_key_bits()) {
        Ok(_) => Ok(Way::Encapsulation(set)),
        Err(_) => Err(Unfit::Malformed),
    }
}

/// RFC 8551 §4.5: RSA from 2,048 bits; curves as strong.
fn is_short(certificate: &Certificate, way: &Way) -> bool {
    let least = match way {
        Way::Transport(_) => limits::TARGET_RSA_BITS,
        Way::Agreement(PrivateKeyAlgorithm::Ec(_)) => limits::TARGET_CURVE_BITS,
        Way::Agreement(_) | Way::Encapsulation(_) => return false,
    };
    certificate.key_bits.is_none_or(|bits| bits < least)
}

/// How an envelope names a certificate, as [`super::super::objects::recipient_text`] has it.
#[must_use]
pub fn name_of(certificate: &Certificate) -> String {
    let shown = certificate.shown();
    format!("{} of {}", shown.serial, shown.issuer)
}

/// The algorithm identifier of a key, as the certificate names it.
pub(super) const fn curve_identifier(algorithm: PrivateKeyAlgorithm) -> Option<Oid<'static>> {
    match algorithm {
        PrivateKeyAlgorithm::Ec(_) => Some(Oid(b"\x2a\x86\x48\xce\x3d\x02\x01")),
        PrivateKeyAlgorithm::X25519 => Some(Oid(b"\x2b\x65\x6e")),
        PrivateKeyAlgorithm::X448 => Some(Oid(b"\x2b\x65\x6f")),
        _ => None,
    }
}
