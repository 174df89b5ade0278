//! Signature verification of many jobs at once. Public data only: nothing here needs to be constant time.

use crate::digest;

/// Why bytes do not make a usable public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// The numbers cannot be a key of that algorithm (zero, even, point not on the curve, wrong length …).
    Malformed,
    /// A key this crate cannot use (size or curve).
    Unsupported,
}

/// A named elliptic curve offered for ECDSA.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Curve {
    /// NIST P-256, secp256r1.
    P256,
    /// NIST P-384, secp384r1.
    P384,
    /// NIST P-521, secp521r1.
    P521,
}

/// A public key ready for repeated verification; cheap to share between threads (Send + Sync), cheap to clone (Arc inside).
#[derive(Clone)]
pub struct PublicKey(/* private: enum over Rsa/Dsa/Ec/Ed25519 with owned AWS-LC handles in aws_lc/ */);

// impl PublicKey {
//   /// RULES 14: modulus 512..=16384 bits; e = 1 or even -> Malformed; e above 64 bits with modulus > 3072 bits -> Unsupported
//   pub fn rsa(modulus_be: &[u8], exponent_be: &[u8]) -> Result<Self, KeyError>
//   pub fn dsa(p: &[u8], q: &[u8], g: &[u8], y: &[u8]) -> Result<Self, KeyError>
//   pub fn ec(curve: Curve, point_sec1: &[u8]) -> Result<Self, KeyError>     (uncompressed, compressed; hybrid too if AWS-LC can)
//   pub fn ed25519(key: &[u8]) -> Result<Self, KeyError>
//   pub fn algorithm(&self) -> KeyAlgorithm ; pub fn bits(&self) -> u32
// }

/// What kind of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyAlgorithm {
    /// RSA, PKCS#1 v1.5 or PSS.
    Rsa,
    /// FIPS 186 DSA.
    Dsa,
    /// ECDSA on a named curve.
    Ec(Curve),
    /// RFC 8032.
    Ed25519,
}

/// How the signature was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// RFC 8017 §8.2; the expected block is built and compared whole, NULL and absent parameters allowed (RULES 10).
    /// `hash` names the digest in the DigestInfo.
    RsaPkcs1 {
        /// Digest named by the DigestInfo.
        hash: digest::Algorithm,
    },
    /// RFC 8017 §8.1.
    RsaPss {
        /// Digest of the message.
        hash: digest::Algorithm,
        /// Digest inside MGF1.
        mgf1_hash: digest::Algorithm,
        /// Salt length in octets, exact.
        salt_octets: u32,
    },
    /// FIPS 186, signature DER (r, s); a digest longer than q is truncated to its leftmost bits.
    Dsa,
    /// FIPS 186, signature DER (r, s), strictly DER (RULES 12).
    Ecdsa,
    /// RFC 8032, pure; the input is the message itself.
    Ed25519,
}

/// What is signed.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// The finished digest (all schemes but Ed25519).
    Digest(&'a [u8]),
    /// The message in pieces (Ed25519).
    Message(&'a [&'a [u8]]),
}

/// One verification.
#[derive(Clone, Copy)]
pub struct Job<'a> {
    /// Key to verify with.
    pub key: &'a PublicKey,
    /// Scheme.
    pub scheme: Scheme,
    /// Signed octets.
    pub input: Input<'a>,
    /// Signature value as transported (RSA: may be shorter than the modulus, then left-padded with zeros; RULES 14).
    pub signature: &'a [u8],
}

/// The answer to one job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The signature is right.
    Valid,
    /// The signature is wrong.
    Invalid,
    /// Scheme and key do not go together, or the library cannot do this combination.
    Unsupported,
}

// pub fn verify_many(jobs: &[Job<'_>]) -> Vec<Answer>
// pub fn verify_one(job: &Job<'_>) -> Answer
