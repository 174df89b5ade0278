//! Signatures made with private keys, of many jobs at once.
//!
//! A job is a key, a scheme, and a digest or message, as [`crate::signature`] has them to verify; the
//! answer is the value as it is transported. Jobs are done key by key, so that what a key caches (RSA:
//! blinding) is used while it is at hand. Every private operation is AWS-LC's; what it lacks (Ed448,
//! SLH-DSA, DSA) signs nothing here.
//!
//! PKCS#1 v1.5 and Ed25519 give the same octets again for the same input. The salt of PSS, the number
//! k of ECDSA and the octets rnd of ML-DSA (FIPS 204 §3.4, hedged) are AWS-LC's random ones.

mod pss;

use crate::digest::Algorithm;
use crate::private_key::PrivateKey;
use crate::random;
use crate::signature::{Input, Scheme, pkcs1_block};

/// One signature to be made.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// Key to sign with.
    pub key: &'a PrivateKey,
    /// Scheme.
    pub scheme: Scheme,
    /// Octets to sign.
    pub input: Input<'a>,
}

/// Makes every signature, in job order.
///
/// `None` where the scheme is not the key's, the input not the scheme's, or the modulus too short for
/// the digest.
pub fn sign(jobs: &[Job<'_>]) -> Vec<Option<Vec<u8>>> {
    let mut order: Vec<usize> = (0..jobs.len()).collect();
    order.sort_by_key(|&at| jobs.get(at).map(|job| job.key.identity()));
    let mut values = vec![None; jobs.len()];
    for at in order {
        if let (Some(job), Some(value)) = (jobs.get(at), values.get_mut(at)) {
            *value = sign_one(job);
        }
    }
    values
}

fn sign_one(job: &Job<'_>) -> Option<Vec<u8>> {
    match (job.scheme, job.input) {
        (Scheme::RsaPkcs1 { hash }, Input::Digest(digest)) => {
            let octets = job.key.rsa_bits()?.div_ceil(8) as usize;
            power(job.key, &pkcs1_block(octets, hash, sized(digest, hash)?)?)
        }
        (Scheme::RsaPss { hash, mask, salt_octets }, Input::Digest(digest)) => {
            let mut salt = vec![0; usize::try_from(salt_octets).ok()?];
            random::fill(&mut salt);
            let bits = job.key.rsa_bits()?;
            power(job.key, &pss::block(bits, (hash, mask), &salt, sized(digest, hash)?)?)
        }
        (Scheme::Ecdsa, Input::Digest(digest)) => job.key.sign_digest(digest),
        (Scheme::Ed25519 | Scheme::MlDsa, Input::Message(pieces)) => {
            job.key.sign_message(job.scheme, &pieces.concat())
        }
        _ => None,
    }
}

/// RFC 8017 §5.2.1, RSASP1.
fn power(key: &PrivateKey, block: &[u8]) -> Option<Vec<u8>> {
    key.raw_rsa_power(block).map(crate::secret::Secret::into_vec)
}

fn sized(digest: &[u8], hash: Algorithm) -> Option<&[u8]> {
    (digest.len() == hash.output_bytes()).then_some(digest)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::digest::one;
    use crate::private_key::PrivateKeyAlgorithm;
    use crate::signature::{self, Answer, Curve, MlDsa, PublicKey};

    const MESSAGE: &[u8] = b"signed attributes";

    fn is_valid(key: &PublicKey, scheme: Scheme, input: Input<'_>, value: &[u8]) -> bool {
        let job = signature::Job { key, scheme, input, signature: value };
        signature::verify_one(&job) == Answer::Valid
    }

    fn digest() -> crate::digest::Digest {
        one(Algorithm::Sha256, MESSAGE)
    }

    #[test]
    fn ecdsa_on_every_curve_verifies() {
        let digest = digest();
        let input = Input::Digest(digest.as_bytes());
        for curve in [Curve::P224, Curve::P256, Curve::P384, Curve::P521, Curve::BrainpoolP256r1] {
            let key = PrivateKey::generate(PrivateKeyAlgorithm::Ec(curve)).unwrap();
            let public = PublicKey::ec(curve, key.public_key_bits()).unwrap();
            let job = Job { key: &key, scheme: Scheme::Ecdsa, input };
            let values = sign(&[job, job]);
            for value in &values {
                assert!(is_valid(&public, Scheme::Ecdsa, input, value.as_ref().unwrap()));
            }
            assert_ne!(values[0], values[1], "{curve:?}");
        }
    }

    #[test]
    fn schemes_over_messages_verify() {
        let input = Input::Message(&[b"signed ", b"attributes"]);
        let kinds = [
            (PrivateKeyAlgorithm::Ed25519, Scheme::Ed25519),
            (PrivateKeyAlgorithm::MlDsa(MlDsa::MlDsa44), Scheme::MlDsa),
            (PrivateKeyAlgorithm::MlDsa(MlDsa::MlDsa65), Scheme::MlDsa),
            (PrivateKeyAlgorithm::MlDsa(MlDsa::MlDsa87), Scheme::MlDsa),
        ];
        for (algorithm, scheme) in kinds {
            let key = PrivateKey::generate(algorithm).unwrap();
            let bits = key.public_key_bits();
            let public = match algorithm {
                PrivateKeyAlgorithm::Ed25519 => PublicKey::ed25519(bits),
                PrivateKeyAlgorithm::MlDsa(set) => PublicKey::ml_dsa(set, bits),
                _ => unreachable!(),
            };
            let value = sign(&[Job { key: &key, scheme, input }]).remove(0).unwrap();
            assert!(is_valid(&public.unwrap(), scheme, input, &value), "{algorithm:?}");
        }
    }

    #[test]
    fn answers_keep_the_order_of_jobs_of_several_keys() {
        let keys = [(); 3].map(|()| PrivateKey::generate(PrivateKeyAlgorithm::Ed25519).unwrap());
        let messages: Vec<[u8; 1]> = (0..9).map(|it| [it]).collect();
        let pieces: Vec<[&[u8]; 1]> = messages.iter().map(|it| [&it[..]]).collect();
        let jobs: Vec<Job<'_>> = pieces
            .iter()
            .enumerate()
            .map(|(at, pieces)| Job {
                key: &keys[at % 3],
                scheme: Scheme::Ed25519,
                input: Input::Message(pieces),
            })
            .collect();
        for (at, value) in sign(&jobs).into_iter().enumerate() {
            let public = PublicKey::ed25519(keys[at % 3].public_key_bits()).unwrap();
            assert!(is_valid(&public, Scheme::Ed25519, jobs[at].input, &value.unwrap()), "{at}");
        }
    }

    #[test]
    fn scheme_of_another_key_and_input_of_another_scheme_give_nothing() {
        let digest = digest();
        let key = PrivateKey::generate(PrivateKeyAlgorithm::Ec(Curve::P256)).unwrap();
        let (as_digest, as_message) =
            (Input::Digest(digest.as_bytes()), Input::Message(&[MESSAGE]));
        let pkcs1 = Scheme::RsaPkcs1 { hash: Algorithm::Sha256 };
        let jobs = [
            (pkcs1, as_digest),
            (Scheme::Ed25519, as_message),
            (Scheme::Ecdsa, as_message),
            (Scheme::Dsa, as_digest),
            (Scheme::Ed448, as_message),
        ];
        for (scheme, input) in jobs {
            assert_eq!(sign(&[Job { key: &key, scheme, input }]), [None], "{scheme:?}");
        }
    }
}
