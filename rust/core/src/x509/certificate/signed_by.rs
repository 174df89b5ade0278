//! Whether the signature of a certificate, or of another signed object, was made by a key: a job for the crypto crate
//! over the original octets.

use smimebatch_crypto::digest::{self, Digest};
use smimebatch_crypto::signature::{self, Answer, Input, Job, PublicKey};

use super::Certificate;
use crate::cms::algorithms::{
    AlgorithmIdentifier, RsaUse, SchemeError, SignatureScheme, SignerKey, signature_scheme,
};

/// Outcome of checking the signature of a certificate, list or response with a key.
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

/// What is signed, by which algorithm, and the signature value (RFC 5280 §4.1.1, §5.1.1; RFC 6960 §4.2.1).
#[derive(Clone, Copy)]
pub struct SignedOctets<'a> {
    /// The signed octets.
    pub tbs: &'a [u8],
    /// The outer algorithm.
    pub algorithm: AlgorithmIdentifier<'a>,
    /// The signature value.
    pub signature: &'a [u8],
    /// It has no unused bits; one that has was made by no key.
    pub is_whole_octets: bool,
}

/// All that is needed to check a signature, with others or alone.
#[derive(Clone, Copy)]
pub struct SignatureCheck<'a> {
    signature: &'a [u8],
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
            signature: self.signature,
        }
    }
}

impl<'a> SignedOctets<'a> {
    /// The check against a key of that kind; hashes the signed octets.
    ///
    /// # Errors
    /// [`SchemeError`].
    pub fn check(&self, issuer: SignerKey) -> Result<SignatureCheck<'a>, SchemeError> {
        if !self.is_whole_octets {
            return Err(SchemeError::KeyMismatch);
        }
        let scheme = signature_scheme(&self.algorithm, None, issuer)?;
        Ok(SignatureCheck {
            signature: self.signature,
            scheme,
            digest: scheme.digest.map(|algorithm| digest::one(algorithm, self.tbs)),
            message: [self.tbs],
        })
    }

    /// Verifies the signature with `key`, whose certificate allows `rsa_use`.
    #[must_use]
    pub fn verify(&self, key: &PublicKey, rsa_use: RsaUse) -> CertificateSignature {
        answer_of(self.check(SignerKey { algorithm: key.algorithm(), rsa_use }), key)
    }
}

fn answer_of(
    check: Result<SignatureCheck<'_>, SchemeError>,
    key: &PublicKey,
) -> CertificateSignature {
    match check {
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

impl Certificate {
    /// The check of this certificate's signature against a key of that kind; hashes the signed octets.
    ///
    /// # Errors
    /// [`SchemeError`].
    pub fn signature_check(&self, issuer: SignerKey) -> Result<SignatureCheck<'_>, SchemeError> {
        SignedOctets {
            tbs: self.tbs_octets(),
            algorithm: self.signature_algorithm()?,
            signature: self.signature_octets(),
            is_whole_octets: self.signature_is_whole_octets,
        }
        .check(issuer)
    }

    /// Verifies the signature on this certificate with `key`, whose certificate allows `rsa_use`.
    #[must_use]
    pub fn verify_signed_by(&self, key: &PublicKey, rsa_use: RsaUse) -> CertificateSignature {
        let issuer = SignerKey { algorithm: key.algorithm(), rsa_use };
        answer_of(self.signature_check(issuer), key)
    }
}
