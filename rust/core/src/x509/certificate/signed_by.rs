//! Whether a certificate's signature was made by a key: a job for the crypto crate over the original octets.

use smimebatch_crypto::digest::{self, Digest};
use smimebatch_crypto::signature::{self, Answer, Input, Job, PublicKey};

use super::Certificate;
use crate::cms::algorithms::{RsaUse, SchemeError, SignatureScheme, SignerKey, signature_scheme};
use crate::x509::public_key::key_algorithm;

/// Outcome of checking a certificate's signature with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateSignature {
    /// Made by the key.
    Valid,
    /// Not made by the key.
    Invalid,
    /// An algorithm this program does not have.
    Unsupported,
    /// The signature algorithm is not well-formed.
    Malformed,
}

/// All that is needed to check a certificate's signature, with others or alone.
#[derive(Clone, Copy)]
pub struct SignatureCheck<'a> {
    certificate: &'a Certificate,
    scheme: SignatureScheme,
    digest: Option<Digest>,
    message: [&'a [u8]; 1],
}

impl<'a> SignatureCheck<'a> {
    /// The job for `key`.
    #[must_use]
    pub fn job<'j>(&'j self, key: &'j PublicKey) -> Job<'j> {
        Job {
            key,
            scheme: self.scheme.scheme,
            input: match &self.digest {
                Some(digest) => Input::Digest(digest.as_bytes()),
                None => Input::Message(&self.message),
            },
            signature: self.certificate.signature_octets(),
        }
    }
}

impl Certificate {
    /// What of the subject's key bears on signatures made with it; `None` for a key that cannot be used.
    #[must_use]
    pub fn signer_key(&self) -> Option<SignerKey> {
        Some(SignerKey { algorithm: key_algorithm(&self.key)?, rsa_use: self.rsa_use })
    }

    /// The check of this certificate's signature against a key of that kind; hashes the signed octets.
    ///
    /// # Errors
    /// [`SchemeError`].
    pub fn signature_check(&self, issuer: SignerKey) -> Result<SignatureCheck<'_>, SchemeError> {
        let algorithm = self.signature_algorithm()?;
        if !self.signature_is_whole_octets {
            return Err(SchemeError::KeyMismatch);
        }
        let scheme = signature_scheme(&algorithm, None, issuer)?;
        let tbs = self.tbs_octets();
        Ok(SignatureCheck {
            certificate: self,
            scheme,
            digest: scheme.digest.map(|algorithm| digest::one(algorithm, tbs)),
            message: [tbs],
        })
    }

    /// Verifies the signature on this certificate with `key`, whose certificate allows `rsa_use`.
    #[must_use]
    pub fn verify_signed_by(&self, key: &PublicKey, rsa_use: RsaUse) -> CertificateSignature {
        let issuer = SignerKey { algorithm: key.algorithm(), rsa_use };
        match self.signature_check(issuer) {
            Ok(check) => match signature::verify_one(&check.job(key)) {
                Answer::Valid => CertificateSignature::Valid,
                Answer::Invalid => CertificateSignature::Invalid,
                Answer::Unsupported => CertificateSignature::Unsupported,
            },
            Err(SchemeError::KeyMismatch) => CertificateSignature::Invalid,
            Err(SchemeError::Unsupported) => CertificateSignature::Unsupported,
            Err(SchemeError::Malformed) => CertificateSignature::Malformed,
        }
    }
}
