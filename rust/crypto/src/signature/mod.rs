//! Signature verification of many jobs at once. Public data only: nothing here needs to be constant
//! time.
//!
//! A job is a key, a scheme, a digest (or, for schemes that hash for themselves, a message) and a
//! signature value as transported; the answer is mathematics alone. Whether the algorithm was fine at the time, whose
//! key it is, what a negative modulus or a padded signature says about the signer, are the caller's
//! questions.

mod curve;
mod curve_domains;
mod ecdsa;
mod ed25519;
mod in_lanes;
mod parameter_sets;
mod rsa;
mod rsa_pkcs1;
mod rsa_pss;

pub use curve::{Curve, Domain};
pub use parameter_sets::{MlDsa, SlhDsa};
pub(crate) use rsa_pkcs1::block_of as pkcs1_block;
#[cfg(test)]
pub(crate) use rsa_pss::is_pss_block_of;
pub(crate) use rsa_pss::{xor_mask, xor_mgf1};

use crate::lanes::Kernels;
use crate::{aws_lc, digest, fallback, tape};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// Why bytes do not make a usable public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// The numbers cannot be a key of that algorithm (zero, even, point not on the curve, wrong
    /// length …).
    Malformed,
    /// A key this crate cannot use (size or curve).
    Unsupported,
}

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
    /// RFC 8032.
    Ed448,
    /// FIPS 204.
    MlDsa(MlDsa),
    /// FIPS 205.
    SlhDsa(SlhDsa),
}

/// A public key ready for repeated verification; cheap to share between threads, cheap to clone.
#[derive(Clone)]
pub struct PublicKey(Arc<Key>);

enum Key {
    Rsa(rsa::Key),
    Dsa(aws_lc::dsa::Key),
    Ec(ecdsa::Key),
    Ed25519(ed25519::Key),
    Ed448(Box<fallback::ed448::Key>),
    MlDsa(aws_lc::ml_dsa::Key),
    SlhDsa(Box<fallback::slh_dsa::Key>),
}

impl PublicKey {
    /// RSA, from unsigned big-endian numbers (leading zeros allowed).
    ///
    /// RULES 14: a modulus of 512 to 16,384 bits, otherwise `Unsupported`; e = 0, 1, even or not
    /// below the modulus and an even modulus are `Malformed`; e above 64 bits over a modulus above
    /// 3,072 bits is `Unsupported`.
    pub fn rsa(modulus_be: &[u8], exponent_be: &[u8]) -> Result<Self, KeyError> {
        rsa::Key::new(modulus_be, exponent_be).map(|key| Self::from_key(Key::Rsa(key)))
    }

    /// DSA, from unsigned big-endian numbers (leading zeros allowed).
    ///
    /// p of 512 to 10,000 bits and q of 160, 224 or 256 bits, otherwise `Unsupported`. `Malformed`
    /// unless p and q are odd, q divides p - 1, and g and y lie above 1 in the subgroup of order q
    /// (SP 800-89 §5.3.1). That costs about as much as one verification; primality is not checked.
    pub fn dsa(p: &[u8], q: &[u8], g: &[u8], y: &[u8]) -> Result<Self, KeyError> {
        aws_lc::dsa::Key::new(p, q, g, y).map(|key| Self::from_key(Key::Dsa(key)))
    }

    /// ECDSA, from a point as SEC 1 §2.3.4 encodes it: uncompressed, compressed or hybrid.
    ///
    /// Anything else, a point off the curve and the point at infinity are `Malformed`.
    pub fn ec(curve: Curve, point_sec1: &[u8]) -> Result<Self, KeyError> {
        ecdsa::Key::new(curve, point_sec1).map(|key| Self::from_key(Key::Ec(key)))
    }

    /// Ed25519, from the 32 octets of RFC 8032 §5.1.5; another length is `Malformed`.
    ///
    /// So is a point of small order, under which one signature is right for every message, or one
    /// in a few. Octets that are no point at all are found out in verification, where every
    /// signature is `Invalid`.
    pub fn ed25519(key: &[u8]) -> Result<Self, KeyError> {
        ed25519::Key::new(key).map(|key| Self::from_key(Key::Ed25519(key)))
    }

    /// Ed448, from the 57 octets of RFC 8032 §5.2.5; another length is `Malformed`.
    ///
    /// So are octets that are no point, and a point of small order.
    pub fn ed448(key: &[u8]) -> Result<Self, KeyError> {
        fallback::ed448::Key::new(key).map(|key| Self::from_key(Key::Ed448(Box::new(key))))
    }

    /// ML-DSA, from the octets of FIPS 204 §7.2; another length than the set's is `Malformed`.
    pub fn ml_dsa(set: MlDsa, key: &[u8]) -> Result<Self, KeyError> {
        aws_lc::ml_dsa::Key::new(set, key).map(|key| Self::from_key(Key::MlDsa(key)))
    }

    /// SLH-DSA, from the octets of FIPS 205 §9.1; another length than the set's is `Malformed`.
    pub fn slh_dsa(set: SlhDsa, key: &[u8]) -> Result<Self, KeyError> {
        fallback::slh_dsa::Key::new(set, key).map(|key| Self::from_key(Key::SlhDsa(Box::new(key))))
    }

    /// The algorithm the key is for.
    pub fn algorithm(&self) -> KeyAlgorithm {
        match &*self.0 {
            Key::Rsa(_) => KeyAlgorithm::Rsa,
            Key::Dsa(_) => KeyAlgorithm::Dsa,
            Key::Ec(key) => KeyAlgorithm::Ec(key.curve()),
            Key::Ed25519(_) => KeyAlgorithm::Ed25519,
            Key::Ed448(_) => KeyAlgorithm::Ed448,
            Key::MlDsa(key) => KeyAlgorithm::MlDsa(key.set()),
            Key::SlhDsa(key) => KeyAlgorithm::SlhDsa(key.set()),
        }
    }

    /// Key size in bits as usually quoted: of the RSA modulus, of DSA's p, of the curve's field; of
    /// the whole encoded key for Ed25519 (256), Ed448 (456), ML-DSA and SLH-DSA.
    pub fn bits(&self) -> u32 {
        match &*self.0 {
            Key::Rsa(key) => key.modulus_bits(),
            Key::Dsa(key) => key.p_bits(),
            Key::Ec(key) => key.curve().bits(),
            Key::Ed25519(_) => 256,
            Key::Ed448(_) => 456,
            Key::MlDsa(key) => key.set().public_key_octets() * 8,
            Key::SlhDsa(key) => key.set().public_key_octets() * 8,
        }
    }

    /// What one verification costs, in those of the slowest usual keys: RSA of 8,192 bits with
    /// e = 65,537, half a millisecond or so. At least one.
    ///
    /// Counted by the multiplications, which take time with the square of the modulus.
    pub fn check_cost(&self) -> u32 {
        let (modulus_bits, exponent_bits) = match &*self.0 {
            Key::Rsa(key) => (key.modulus_bits(), key.library().exponent_bits()),
            // Two powers, of exponents as long as q.
            Key::Dsa(key) => (key.p_bits(), 2 * key.q_bits()),
            Key::Ec(_) | Key::Ed25519(_) | Key::Ed448(_) | Key::MlDsa(_) | Key::SlhDsa(_) => {
                return 1;
            }
        };
        let work = |bits: u32, exponent: u32| u64::from(bits).pow(2) * u64::from(exponent);
        let units = work(modulus_bits, exponent_bits).div_ceil(work(8_192, 17));
        u32::try_from(units).unwrap_or(u32::MAX)
    }

    /// The numbers, if this is an RSA key.
    pub(crate) fn rsa_key(&self) -> Option<&aws_lc::rsa::Key> {
        match &*self.0 {
            Key::Rsa(key) => Some(key.library()),
            _ => None,
        }
    }

    fn from_key(key: Key) -> Self {
        Self(Arc::new(key))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PublicKey({:?}, {} bits)", self.algorithm(), self.bits())
    }
}

/// How the signature was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// RFC 8017 §8.2; the expected block is built and compared whole, NULL and absent parameters
    /// allowed (RULES 10).
    RsaPkcs1 {
        /// Digest named by the DigestInfo.
        hash: digest::Algorithm,
    },
    /// RFC 8017 §8.1.
    RsaPss {
        /// Digest of the message.
        hash: digest::Algorithm,
        /// What masks the data block.
        mask: Mask,
        /// Salt length in octets, exact.
        salt_octets: u32,
    },
    /// FIPS 186, signature DER (r, s); a digest longer than q is truncated to its leftmost bits.
    Dsa,
    /// FIPS 186, signature DER (r, s), strictly DER (RULES 12).
    Ecdsa,
    /// RFC 8032, pure; the input is the message itself.
    Ed25519,
    /// RFC 8032, pure, with an empty context; the input is the message itself.
    Ed448,
    /// FIPS 204 §5.3, pure, with an empty context; the input is the message itself.
    MlDsa,
    /// FIPS 205 §10.3, pure, with an empty context; the input is the message itself.
    SlhDsa,
}

/// Mask generation of RSASSA-PSS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mask {
    /// MGF1 with that digest (RFC 8017 §B.2.1).
    Mgf1(digest::Algorithm),
    /// The output of SHAKE128 itself (RFC 8702 §3.2.1).
    Shake128,
    /// The output of SHAKE256 itself (RFC 8702 §3.2.1).
    Shake256,
}

/// What is signed.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// The finished digest (RSA, DSA, ECDSA).
    Digest(&'a [u8]),
    /// The message in pieces (Ed25519, Ed448, ML-DSA, SLH-DSA).
    Message(&'a [&'a [u8]]),
}

/// One verification.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// Key to verify with.
    pub key: &'a PublicKey,
    /// Scheme.
    pub scheme: Scheme,
    /// Signed octets.
    pub input: Input<'a>,
    /// Signature value as transported (RSA: may be shorter than the modulus, then left-padded with
    /// zeros; RULES 14).
    pub signature: &'a [u8],
}

/// The answer to one job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The signature is right.
    Valid,
    /// The signature is wrong.
    Invalid,
    /// Scheme, key and input do not go together (a digest of another length than the named hash
    /// included), or the library cannot do this combination.
    Unsupported,
}

impl Answer {
    fn of(valid: bool) -> Self {
        if valid { Self::Valid } else { Self::Invalid }
    }
}

/// Verifies each job and hands the answers back in job order.
///
/// The order of work is free: jobs are bucketed by algorithm and size, which changes time, never an
/// answer.
pub fn verify_many(jobs: &[Job<'_>]) -> Vec<Answer> {
    verify_many_with(jobs, Kernels::in_use())
}

/// [`verify_many`] with kernels of the caller's choice, which change time, never an answer.
pub fn verify_many_with(jobs: &[Job<'_>], kernels: Kernels) -> Vec<Answer> {
    let mut answers = vec![None; jobs.len()];
    if let Some(kernel) = kernels.rsa {
        rsa::verify_in_lanes(kernel, jobs, &mut answers);
    }
    if let Some(kernel) = kernels.curves {
        ecdsa::verify_in_lanes(kernel, jobs, &mut answers);
        ed25519::verify_in_lanes(kernel, kernels, jobs, &mut answers);
    }
    let mut scratch = rsa::Scratch::default();
    let in_order = jobs.iter().zip(answers);
    let answers: Vec<Answer> =
        in_order.map(|(job, answer)| answer.unwrap_or_else(|| verify(job, &mut scratch))).collect();
    tape::note_checks(jobs, &answers);
    answers
}

/// Verifies one job; prefer [`verify_many`], which shares its working memory between jobs.
pub fn verify_one(job: &Job<'_>) -> Answer {
    let answer = verify(job, &mut rsa::Scratch::default());
    tape::note_check(job, answer);
    answer
}

fn verify(job: &Job<'_>, scratch: &mut rsa::Scratch) -> Answer {
    if let Some(job) = rsa::RsaJob::of(job) {
        return Answer::of(job.verify(scratch));
    }
    match (&*job.key.0, job.scheme, job.input) {
        (Key::Dsa(key), Scheme::Dsa, Input::Digest(digest @ [_, ..])) => {
            Answer::of(key.verify(digest, job.signature))
        }
        (Key::Ec(key), Scheme::Ecdsa, Input::Digest(digest @ [_, ..])) => {
            Answer::of(key.verify(digest, job.signature))
        }
        (key, scheme, Input::Message(pieces)) => verify_message(key, scheme, pieces, job.signature),
        _ => Answer::Unsupported,
    }
}

/// Schemes that hash for themselves, with an empty context (RULES 13).
fn verify_message(key: &Key, scheme: Scheme, pieces: &[&[u8]], signature: &[u8]) -> Answer {
    let message = joined(pieces);
    Answer::of(match (key, scheme) {
        (Key::Ed25519(key), Scheme::Ed25519) => key.verify(&message, signature),
        (Key::Ed448(key), Scheme::Ed448) => key.verify(&message, signature),
        (Key::MlDsa(key), Scheme::MlDsa) => key.verify(&[], &message, signature),
        (Key::SlhDsa(key), Scheme::SlhDsa) => key.verify(&[], &message, signature),
        _ => return Answer::Unsupported,
    })
}

/// The pieces as one slice, copied only where more than one holds anything.
fn joined<'a>(pieces: &[&'a [u8]]) -> Cow<'a, [u8]> {
    let mut filled = pieces.iter().filter(|piece| !piece.is_empty());
    match (filled.next(), filled.next()) {
        (None, _) => Cow::Borrowed(&[]),
        (Some(only), None) => Cow::Borrowed(only),
        (Some(_), Some(_)) => Cow::Owned(pieces.concat()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn joined_copies_only_where_two_pieces_hold_octets() {
        assert!(matches!(joined(&[]), Cow::Borrowed(b"")));
        assert!(matches!(joined(&[b"", b""]), Cow::Borrowed(b"")));
        assert!(matches!(joined(&[b"", b"abc", b""]), Cow::Borrowed(b"abc")));
        assert_eq!(joined(&[b"a", b"", b"bc"]), Cow::<[u8]>::Owned(b"abc".to_vec()));
    }

    #[test]
    fn public_key_is_send_and_sync() {
        fn check<T: Send + Sync + Clone>() {}
        check::<PublicKey>();
        check::<digest::Hasher>();
    }
}
