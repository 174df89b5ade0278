//! RSA verification (RFC 8017 §8.1.2 and §8.2.2): one job through the library, or a group through a
//! vector kernel. Both recover the block that was signed; one piece of code judges it.

use super::{Answer, Input, Job, Scheme, rsa_pkcs1, rsa_pss};
use crate::aws_lc;
use crate::digest::Algorithm;
use crate::lanes::rsa::{Arithmetic, Kernel, Keys, PublicExponent, Signature, rounds_to_nearest};
use crate::signature::KeyError;

/// A public key with what either way of verification prepares once.
pub(super) struct Key {
    library: aws_lc::rsa::Key,
    lanes: Keys,
}

impl Key {
    /// RULES 14, as [`aws_lc::rsa::Key::new`].
    pub(super) fn new(modulus_be: &[u8], exponent_be: &[u8]) -> Result<Self, KeyError> {
        let library = aws_lc::rsa::Key::new(modulus_be, exponent_be)?;
        Ok(Self { library, lanes: Keys::default() })
    }

    pub(super) fn library(&self) -> &aws_lc::rsa::Key {
        &self.library
    }

    pub(super) fn modulus_bits(&self) -> u32 {
        self.library.modulus_bits()
    }
}

/// A job whose key, scheme and input go together.
pub(super) struct RsaJob<'a> {
    key: &'a Key,
    encoding: Encoding,
    digest: &'a [u8],
    signature: &'a [u8],
}

enum Encoding {
    Pkcs1(Algorithm),
    Pss(rsa_pss::Parameters),
}

impl<'a> RsaJob<'a> {
    /// None if the job is not RSA, asks for a digest of another length than its hash has, or for a
    /// hash that PKCS#1 v1.5 does not go with.
    pub(super) fn of(job: &Job<'a>) -> Option<Self> {
        let (super::Key::Rsa(key), Input::Digest(digest)) = (&*job.key.0, job.input) else {
            return None;
        };
        let (encoding, hash) = match job.scheme {
            Scheme::RsaPkcs1 { hash } => {
                rsa_pkcs1::oid(hash)?;
                (Encoding::Pkcs1(hash), hash)
            }
            Scheme::RsaPss { hash, mask, salt_octets } => {
                (Encoding::Pss(rsa_pss::Parameters { hash, mask, salt_octets }), hash)
            }
            _ => return None,
        };
        (digest.len() == hash.output_bytes()).then_some(Self {
            key,
            encoding,
            digest,
            signature: job.signature,
        })
    }

    /// Through the library.
    pub(super) fn verify(&self, scratch: &mut Scratch) -> bool {
        let Scratch { library, block, expected } = scratch;
        let library = library.get_or_insert_with(aws_lc::rsa::Scratch::new);
        block.clear();
        block.resize(self.key.library.modulus_octets(), 0);
        self.write_signature(block)
            && self.key.library.raw_public(block, library)
            && self.is_block(block, expected)
    }

    /// The signature, left-padded with zeros (RULES 14); false if it is longer than the modulus.
    fn write_signature(&self, block: &mut [u8]) -> bool {
        let Some(missing) = block.len().checked_sub(self.signature.len()) else {
            return false;
        };
        let (padding, place) = block.split_at_mut(missing);
        padding.fill(0);
        place.copy_from_slice(self.signature);
        true
    }

    /// Whether the block that was recovered, as long as the modulus, is one of the digest.
    fn is_block(&self, block: &mut [u8], expected: &mut Vec<u8>) -> bool {
        match &self.encoding {
            Encoding::Pkcs1(hash) => rsa_pkcs1::is_block_of(block, *hash, self.digest, expected),
            Encoding::Pss(parameters) => {
                let em_bits = self.key.modulus_bits() - 1;
                rsa_pss::is_block_of(block, em_bits, parameters, self.digest)
            }
        }
    }
}

/// Working memory of one thread, reused between jobs and made on first use.
#[derive(Default)]
pub(super) struct Scratch {
    library: Option<aws_lc::rsa::Scratch>,
    /// The encoded message recovered from a signature, as long as the modulus.
    block: Vec<u8>,
    /// The encoded message that is expected.
    expected: Vec<u8>,
}

/// Answers what the kernel is for, a group at a time, and leaves the rest None, as where doubles are rounded otherwise.
pub(super) fn verify_in_lanes(kernel: Kernel, jobs: &[Job<'_>], answers: &mut [Option<Answer>]) {
    match kernel {
        Kernel::Ifma(ifma) => verify_in_groups(ifma, jobs, answers),
        Kernel::Avx2(avx2) if rounds_to_nearest() => verify_in_groups(avx2, jobs, answers),
        Kernel::Avx2(_) => {}
        Kernel::Portable(portable) => verify_in_groups(portable, jobs, answers),
    }
}

fn verify_in_groups<A: Arithmetic>(
    arithmetic: A,
    jobs: &[Job<'_>],
    answers: &mut [Option<Answer>],
) {
    let mut expected = Vec::new();
    let mut groups: Vec<Group<'_, A>> = Vec::new();
    for (job, answer) in jobs.iter().zip(answers) {
        let Some(job) = RsaJob::of(job) else {
            continue;
        };
        let library = &job.key.library;
        let Some(key) = job.key.lanes.of::<A>(library) else {
            continue;
        };
        let Some(signature) = Signature::new(key, library.modulus_be(), job.signature) else {
            *answer = Some(Answer::Invalid);
            continue;
        };
        let group = Group::of_kind(&mut groups, key.kind());
        group.signatures.push(signature);
        group.waiting.push((job, answer));
        if group.waiting.len() == A::LANES {
            group.verify(arithmetic, &mut expected);
        }
    }
    for mut group in groups {
        if group.waiting.len() >= A::FEWEST {
            group.verify(arithmetic, &mut expected);
        }
    }
}

/// Jobs whose keys have equally many digits and the same exponent.
struct Group<'a, A: Arithmetic> {
    kind: (usize, PublicExponent),
    signatures: Vec<Signature<'a, A::Modulus>>,
    waiting: Vec<(RsaJob<'a>, &'a mut Option<Answer>)>,
}

impl<'a, A: Arithmetic> Group<'a, A> {
    fn of_kind(groups: &mut Vec<Self>, kind: (usize, PublicExponent)) -> &mut Self {
        let found = groups.iter().position(|group| group.kind == kind);
        let at = found.unwrap_or_else(|| {
            groups.push(Self { kind, signatures: Vec::new(), waiting: Vec::new() });
            groups.len() - 1
        });
        // Found, or pushed just now.
        groups.get_mut(at).unwrap_or_else(|| unreachable!("no group {at}"))
    }

    /// Answers the jobs and forgets them.
    fn verify(&mut self, arithmetic: A, expected: &mut Vec<u8>) {
        arithmetic.power(&mut self.signatures, self.kind.1);
        for (mut signature, (job, answer)) in self.signatures.drain(..).zip(self.waiting.drain(..))
        {
            *answer = Some(Answer::of(job.is_block(signature.block_mut(), expected)));
        }
    }
}
