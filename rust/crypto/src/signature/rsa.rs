//! RSA verification (RFC 8017 §8.1.2 and §8.2.2): one job through the library, or eight through the
//! vector kernel. Both recover the block that was signed; one piece of code judges it.

use super::{Answer, Input, Job, Scheme, rsa_pkcs1, rsa_pss};
use crate::aws_lc;
use crate::digest::Algorithm;
use crate::lanes::Ifma;
use crate::lanes::limbs::{self, Limbs};
use crate::lanes::rsa_ifma::{self, LANES, Modulus};
use crate::signature::KeyError;
use std::sync::OnceLock;

/// Digits of 52 bits for the modulus size that has a kernel, with a few bits to spare.
const LIMBS: usize = 40;
const LANE_MODULUS_BITS: u32 = 2_048;
const LANE_MODULUS_OCTETS: usize = LANE_MODULUS_BITS as usize / 8;
/// Exponents with a kernel, and the squarings they take: 2^k + 1.
const LANE_EXPONENTS: [(u64, u32); 3] = [(65_537, 16), (3, 1), (17, 4)];
/// A group costs about as much as two and a half jobs in the library, however few of its lanes are
/// in use.
const FEWEST_IN_GROUP: usize = 3;

/// A public key with what either way of verification prepares once.
pub(super) struct Key {
    library: aws_lc::rsa::Key,
    /// Made when the key first meets the kernel; None if the kernel is not for this key.
    lanes: OnceLock<Option<Box<LaneKey>>>,
}

struct LaneKey {
    modulus: Modulus<LIMBS>,
    /// Index into `LANE_EXPONENTS`.
    exponent: usize,
}

impl Key {
    /// RULES 14, as [`aws_lc::rsa::Key::new`].
    pub(super) fn new(modulus_be: &[u8], exponent_be: &[u8]) -> Result<Self, KeyError> {
        let library = aws_lc::rsa::Key::new(modulus_be, exponent_be)?;
        Ok(Self { library, lanes: OnceLock::new() })
    }

    pub(super) fn modulus_bits(&self) -> u32 {
        self.library.modulus_bits()
    }

    fn lane_key(&self) -> Option<&LaneKey> {
        self.lanes
            .get_or_init(|| LaneKey::new(&self.library).map(Box::new))
            .as_ref()
            .map(|key| &**key)
    }
}

impl LaneKey {
    fn new(key: &aws_lc::rsa::Key) -> Option<Self> {
        if key.modulus_bits() != LANE_MODULUS_BITS {
            return None;
        }
        let e = key.word_exponent()?;
        let exponent = LANE_EXPONENTS.iter().position(|(known, _)| *known == e)?;
        let r_squared = key.power_of_two_mod_n(Modulus::<LIMBS>::R_SQUARED_EXPONENT);
        Some(Self { modulus: Modulus::new(&key.modulus_be(), &r_squared), exponent })
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

/// Answers what the kernel is for, eight at a time, and leaves the rest None.
pub(super) fn verify_in_lanes(kernel: Ifma, jobs: &[Job<'_>], answers: &mut [Option<Answer>]) {
    let mut expected = Vec::new();
    let mut groups = LANE_EXPONENTS.map(|(_, squarings)| Group { squarings, lanes: Vec::new() });
    for (job, answer) in jobs.iter().zip(answers) {
        let Some(job) = RsaJob::of(job) else {
            continue;
        };
        let Some(key) = job.key.lane_key() else {
            continue;
        };
        let mut block = [0; LANE_MODULUS_OCTETS];
        let representative =
            job.write_signature(&mut block).then(|| key.modulus.representative(&block)).flatten();
        let Some(base) = representative else {
            *answer = Some(Answer::Invalid);
            continue;
        };
        if let Some(group) = groups.get_mut(key.exponent) {
            group.lanes.push(Lane { modulus: &key.modulus, base, job, answer });
            if group.lanes.len() == LANES {
                group.verify(kernel, &mut expected);
            }
        }
    }
    for mut group in groups {
        if group.lanes.len() >= FEWEST_IN_GROUP {
            group.verify(kernel, &mut expected);
        }
    }
}

/// Jobs with one exponent, at most eight.
struct Group<'a> {
    squarings: u32,
    lanes: Vec<Lane<'a>>,
}

struct Lane<'a> {
    modulus: &'a Modulus<LIMBS>,
    /// Below the modulus.
    base: Limbs<LIMBS>,
    job: RsaJob<'a>,
    answer: &'a mut Option<Answer>,
}

impl Group<'_> {
    /// Answers the jobs and forgets them; lanes without one repeat the first.
    fn verify(&mut self, kernel: Ifma, expected: &mut Vec<u8>) {
        let Some(first) = self.lanes.first() else {
            return;
        };
        let lane = |index| self.lanes.get(index).unwrap_or(first);
        let moduli = std::array::from_fn(|index| lane(index).modulus);
        let bases = std::array::from_fn(|index| &lane(index).base);
        let powers = rsa_ifma::power_many(kernel, moduli, bases, self.squarings);
        for (lane, power) in self.lanes.drain(..).zip(&powers) {
            let mut block = [0; LANE_MODULUS_OCTETS];
            limbs::write_be_bytes(power, &mut block);
            *lane.answer = Some(Answer::of(lane.job.is_block(&mut block, expected)));
        }
    }
}
