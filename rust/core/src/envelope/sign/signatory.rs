//! Signatories: certificates with their private keys, checked before anything is written, and what of their signatures is
//! the same for every message.

use std::sync::Arc;

use super::choice::Way;
use super::manner::Manner;
use super::signed_data::standing_attributes;
use crate::codes::codes;
use crate::envelope::seal::is_for_mail;
use crate::keys::{HeldKey, Vault};
use crate::limits;
use crate::weak_keys::WeakKeys;
use crate::x509::certificate::{Certificate, CertificateSignature, KeyUsage, SubjectKey};

codes! {
    /// Why nothing is signed with a certificate.
    pub enum Unfit {
        NoKey = "no_key", "No private key that was given is its own.";
        Authority = "authority", "It is a CA's, not a person's.";
        Malformed = "malformed", "A field of the certificate cannot be read.";
        NotYetValid = "not_yet_valid", "It is not valid yet.";
        Expired = "expired", "It has expired.";
        EncryptionOnly = "encryption_only", "Its key usage is not for signatures.";
        OtherPurpose = "other_purpose", "Its extended key usage names other purposes than mail.";
        UnsupportedKey = "unsupported_key", "Nothing here signs with a key of that algorithm, or restricted so.";
        ShortKey = "short_key", "An RSA key below 2,048 bits, or a curve below 224.";
        WeakKey = "weak_key", "It is publicly known how to compute its private key, or its exponent is below 65,537.";
    }
}

/// A certificate to sign with.
pub struct Signatory {
    pub(super) certificate: Arc<Certificate>,
    pub(super) key: Arc<HeldKey>,
    /// Issuer and serial number, as [`super::super::objects::recipient_text`] has it.
    pub(super) name: String,
    pub(super) way: Way,
    /// The DER of the certificate and its chain, as a SET has it.
    pub(super) certificates: Vec<Vec<u8>>,
    /// The signed attributes that do not hang on the message.
    pub(super) attributes: Vec<Vec<u8>>,
}

impl Signatory {
    /// The certificate as a signatory with a key of the vault; `chain` goes into every message with it.
    ///
    /// # Errors
    /// [`Unfit`] for the first reason against it.
    pub fn of(
        certificate: Arc<Certificate>,
        chain: &[Arc<Certificate>],
        vault: &Vault,
        weak_keys: &WeakKeys,
        manner: &Manner,
    ) -> Result<Self, Unfit> {
        let key = Arc::clone(vault.with_key_of(&certificate).ok_or(Unfit::NoKey)?);
        check(&certificate, weak_keys, manner.now_unix_s)?;
        if !key.private_key().is_lent_to_sign() {
            return Err(Unfit::UnsupportedKey);
        }
        let algorithm = key.private_key().algorithm();
        let way = Way::of(algorithm, certificate.rsa_use, manner.digest, manner.padding)?;
        let shown = certificate.shown();
        let name = format!("{} of {}", shown.serial, shown.issuer);
        let certificates = std::iter::once(&certificate).chain(chain);
        let mut certificates: Vec<Vec<u8>> = certificates.map(|it| it.der.to_vec()).collect();
        certificates.sort_unstable();
        certificates.dedup();
        let attributes = standing_attributes(&certificate, &way, manner.now_unix_s);
        Ok(Self { certificate, key, name, way, certificates, attributes })
    }
}

/// RULES 39, of signatures: valid now, meant for signatures on mail, strong.
fn check(certificate: &Certificate, weak_keys: &WeakKeys, now_unix_s: i64) -> Result<(), Unfit> {
    let signs = KeyUsage::DIGITAL_SIGNATURE.or(KeyUsage::NON_REPUDIATION);
    let against = [
        (certificate.basic_constraints.as_ref().is_some_and(|it| it.is_ca), Unfit::Authority),
        (!certificate.defects.is_empty(), Unfit::Malformed),
        (matches!(certificate.key, SubjectKey::Malformed), Unfit::Malformed),
        (now_unix_s < certificate.not_before_unix_s, Unfit::NotYetValid),
        (now_unix_s > certificate.not_after_unix_s, Unfit::Expired),
        (certificate.key_usage.is_some_and(|it| !it.allows_any_of(signs)), Unfit::EncryptionOnly),
        (!is_for_mail(certificate), Unfit::OtherPurpose),
        (is_short(certificate), Unfit::ShortKey),
        (!weak_keys.of(certificate).is_empty(), Unfit::WeakKey),
    ];
    match against.iter().find(|(is_so, _)| *is_so) {
        Some((_, unfit)) => Err(*unfit),
        None => Ok(()),
    }
}

/// RFC 8551 §4.3: RSA from 2,048 bits; curves as strong.
fn is_short(certificate: &Certificate) -> bool {
    let least = match &*certificate.key_algorithm {
        "rsa" | "rsassa-pss" => limits::TARGET_RSA_BITS,
        "ec" => limits::TARGET_CURVE_BITS,
        _ => return false,
    };
    certificate.key_bits.is_none_or(|bits| bits < least)
}

/// The certificates from the issuer of one upwards, as far as `others` has them; without the root unless
/// that is asked for.
#[must_use]
pub fn chain_of(
    certificate: &Certificate,
    others: &[Arc<Certificate>],
    manner: &Manner,
) -> Vec<Arc<Certificate>> {
    let mut chain: Vec<Arc<Certificate>> = Vec::new();
    while chain.len() < limits::PATH_DEPTH {
        let last = chain.last().map_or(certificate, |it| it);
        if last.self_issued {
            break;
        }
        let is_new = |it: &Arc<Certificate>| chain.iter().all(|known| known.sha256 != it.sha256);
        let issuers = others.iter().filter(|it| is_new(it) && has_issued(it, last));
        // Of several the one that is valid, then the one that is so longest.
        let rank = |it: &&Arc<Certificate>| {
            let is_valid =
                (it.not_before_unix_s..=it.not_after_unix_s).contains(&manner.now_unix_s);
            (is_valid, it.not_after_unix_s, it.sha256)
        };
        match issuers.max_by_key(rank) {
            Some(issuer) if manner.includes_root || !issuer.self_issued => {
                chain.push(Arc::clone(issuer))
            }
            _ => break,
        }
    }
    chain
}

fn has_issued(issuer: &Certificate, certificate: &Certificate) -> bool {
    if issuer.subject.normalized != certificate.issuer.normalized {
        return false;
    }
    let SubjectKey::Ready(key) = &issuer.key else { return false };
    certificate.verify_signed_by(key, issuer.rsa_use) == CertificateSignature::Valid
}
