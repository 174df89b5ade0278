//! Key transport with RSA, for KeyTransRecipientInfo: decryption of many content keys at once, and
//! encryption to a recipient whose key is ready (RFC 8017 §7).
//!
//! RULES 33: with PKCS#1 v1.5 there is no wrong ciphertext. Whatever is not padded right decrypts to
//! a substitute, derived from private key and ciphertext and so the same each time, and goes wrong
//! later as a wrong content key does. OAEP fails, with one face. The raw operation is a trait, so
//! that a token can do it; unpadding is done here, in constant time, for tokens too.

mod oaep;
mod pkcs1;

pub(crate) use self::pkcs1::rejection_secret_of;

use crate::aws_lc::rsa_private as library;
use crate::digest::Algorithm;
use crate::secret::Secret;
use crate::signature::PublicKey;
use std::cell::OnceCell;

/// Why a raw operation gave nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RawError {
    /// The number is not one below the modulus that the operation is for.
    OutOfRange,
    /// The token is gone, locked, or does not have the operation.
    Unavailable,
}

/// The raw RSA private operation (RFC 8017 §5.1.2), of a key here or of one in a token.
pub trait RawRsa: Send + Sync {
    /// Octets of the modulus.
    fn modulus_octets(&self) -> usize;

    /// The d-th power modulo n of a big-endian number of [`RawRsa::modulus_octets`], as long.
    ///
    /// Must take the same time whatever the number.
    fn raw_private(&self, number: &[u8]) -> Result<Secret, RawError>;

    /// A secret that only the private key gives, always the same: what substitutes are derived from.
    ///
    /// For a key whose private exponent is at hand its SHA-256; for a token, as the default has it,
    /// what the raw operation makes of a number that no message is padded to. A token's owner should
    /// keep it.
    fn rejection_secret(&self) -> Result<Secret, RawError> {
        rejection_secret_of(self)
    }
}

impl RawRsa for library::Key {
    fn modulus_octets(&self) -> usize {
        self.public().modulus_octets()
    }

    fn raw_private(&self, number: &[u8]) -> Result<Secret, RawError> {
        self.raw(number).ok_or(RawError::OutOfRange)
    }

    fn rejection_secret(&self) -> Result<Secret, RawError> {
        Ok(self.exponent_digest().duplicate())
    }
}

/// How a content key is padded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Padding<'a> {
    /// RFC 8017 §7.2.
    Pkcs1 {
        /// Octets of the key that is expected, as its cipher wants it; another is replaced as if it
        /// were padded wrongly. None takes any length, and then a substitute has one by chance.
        expected_octets: Option<usize>,
    },
    /// RFC 8017 §7.1.
    Oaep(Oaep<'a>),
}

/// The parameters of RSAES-OAEP (RFC 8017 §A.2.1), independent of each other (RULES 37).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Oaep<'a> {
    /// Digest of the label.
    pub hash: Algorithm,
    /// Digest of MGF1.
    pub mask_hash: Algorithm,
    /// The label, empty nearly always.
    pub label: &'a [u8],
}

/// One decryption.
#[derive(Clone, Copy)]
pub struct Job<'a> {
    /// Whose key: [`crate::private_key::PrivateKey::raw_rsa`], or a token's.
    pub key: &'a dyn RawRsa,
    /// As transported.
    pub ciphertext: &'a [u8],
    /// Padding.
    pub padding: Padding<'a>,
}

/// Why there is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransportError {
    /// Padding, key and expectations do not go together: a modulus too short, a digest without a mask.
    Unusable,
    /// The ciphertext is not one of that key (OAEP only).
    Failed,
    /// The token is gone, locked, or does not have the operation.
    Unavailable,
}

/// Decrypts each job and hands the keys back in job order.
///
/// Jobs of one key are done one after the other, which changes time, never an answer.
pub fn decrypt_many(jobs: &[Job<'_>]) -> Vec<Result<Secret, TransportError>> {
    let address = |job: &Job<'_>| std::ptr::from_ref(job.key).cast::<()>() as usize;
    let mut in_order: Vec<(usize, &Job<'_>)> = jobs.iter().enumerate().collect();
    in_order.sort_by_key(|(_, job)| address(job));
    let mut answers: Vec<(usize, Result<Secret, TransportError>)> = Vec::with_capacity(jobs.len());
    for of_key in in_order.chunk_by(|(_, one), (_, other)| address(one) == address(other)) {
        let rejection = OnceCell::new();
        answers.extend(of_key.iter().map(|(at, job)| (*at, decrypt(job, &rejection))));
    }
    answers.sort_by_key(|(at, _)| *at);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

/// Decrypts one job; prefer [`decrypt_many`].
pub fn decrypt_one(job: &Job<'_>) -> Result<Secret, TransportError> {
    decrypt(job, &OnceCell::new())
}

/// `rejection` is asked of the key once.
fn decrypt(
    job: &Job<'_>,
    rejection: &OnceCell<Result<Secret, RawError>>,
) -> Result<Secret, TransportError> {
    let octets = job.key.modulus_octets();
    match &job.padding {
        Padding::Pkcs1 { expected_octets } => {
            pkcs1::check_usable(octets, *expected_octets)?;
            let secret = rejection.get_or_init(|| job.key.rejection_secret());
            let secret = secret.as_ref().map_err(|_| TransportError::Unavailable)?;
            let block = raw_block(job, octets)?;
            Ok(pkcs1::unpad(&block, secret, job.ciphertext, *expected_octets))
        }
        Padding::Oaep(parameters) => {
            oaep::check_usable(octets, parameters)?;
            let mut block = raw_block(job, octets)?;
            oaep::unpad(&mut block, parameters).ok_or(TransportError::Failed)
        }
    }
}

/// The padded message; where there is none (RFC 8017 §7.1.2 and §7.2.2 step 1, §5.1.2 step 1) a block
/// of zeros, which no padding makes, so that one piece of code rejects everything.
fn raw_block(job: &Job<'_>, octets: usize) -> Result<Secret, TransportError> {
    if job.ciphertext.len() != octets {
        return Ok(Secret::zeros(octets));
    }
    match job.key.raw_private(job.ciphertext) {
        Ok(block) if block.len() == octets => Ok(block),
        Ok(_) | Err(RawError::OutOfRange) => Ok(Secret::zeros(octets)),
        Err(RawError::Unavailable) => Err(TransportError::Unavailable),
    }
}

/// A public RSA key to encrypt content keys to: made ready once, for any number of them and of threads.
pub struct TransportKey(library::PublicKey);

impl TransportKey {
    /// `Unusable` for a public key that is not RSA's.
    pub fn new(public_key: &PublicKey) -> Result<Self, TransportError> {
        let public_key = public_key.rsa_key().ok_or(TransportError::Unusable)?;
        Ok(Self(library::PublicKey::new(public_key)))
    }

    /// Encrypts `key` to whoever has the private key, with random padding.
    ///
    /// `Unusable` for a key too long for it (RFC 8017 §7.1.1, §7.2.1), or digests AWS-LC lacks. What
    /// length is expected has no say.
    pub fn encrypt(&self, padding: &Padding<'_>, key: &Secret) -> Result<Vec<u8>, TransportError> {
        let padding = match padding {
            Padding::Pkcs1 { .. } => library::Padding::Pkcs1,
            Padding::Oaep(parameters) => {
                oaep::check_usable(self.0.modulus_octets(), parameters)?;
                let Oaep { hash, mask_hash, label } = *parameters;
                library::Padding::Oaep { hash, mask_hash, label }
            }
        };
        self.0.encrypt(&padding, key.as_bytes()).ok_or(TransportError::Unusable)
    }
}
