//! RFC 8032 Ed25519, pure: the key's checks, and verification through AWS-LC, or several at once
//! through a vector kernel.

use super::in_lanes::{self, LanesKey};
use super::{Answer, Input, Job, KeyError, Scheme};
use crate::aws_lc;
use crate::digest::{self, Algorithm, Digest, LineEnds};
use crate::lanes::Kernels;
use crate::lanes::curves::Kernel;
use crate::lanes::ed25519::{self, Compiled, Signature};

/// A public key that is not of small order.
pub(super) struct Key(LanesKey<32, ed25519::Entry>);

impl Key {
    pub(super) fn new(key: &[u8]) -> Result<Self, KeyError> {
        let key: [u8; 32] = key.try_into().map_err(|_| KeyError::Malformed)?;
        if is_small_order(key) { Err(KeyError::Malformed) } else { Ok(Self(LanesKey::new(key))) }
    }

    /// Through the library.
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        let signature = signature.try_into();
        signature.is_ok_and(|signature| aws_lc::ed25519::verify(&self.0.octets, message, signature))
    }
}

/// Answers what the kernel is for, and leaves the rest None.
pub(super) fn verify_in_lanes(
    kernel: Kernel,
    kernels: Kernels,
    jobs: &[Job<'_>],
    answers: &mut [Option<Answer>],
) {
    match kernel {
        Kernel::Ifma(ifma) => verify_in_groups(ifma, kernels, jobs, answers),
        Kernel::Portable(portable) => verify_in_groups(portable, kernels, jobs, answers),
    }
}

/// A job for the kernel.
struct Taken<'a> {
    key: &'a [u8; 32],
    message: &'a [&'a [u8]],
    signature: Signature,
}

fn verify_in_groups<L: Compiled>(
    lanes: L,
    kernels: Kernels,
    jobs: &[Job<'_>],
    answers: &mut [Option<Answer>],
) {
    let mut taken = Vec::new();
    for (job, answer) in jobs.iter().zip(answers) {
        if let Some((key, job)) = of(job) {
            taken.push((key, (job, answer)));
        }
    }
    let ready = in_lanes::with_tables(taken, |keys| ed25519::tables(lanes, keys));
    let hashes = hashes(kernels, ready.iter().map(|(_, (job, _))| job));
    let hashed: Vec<_> = ready
        .iter()
        .zip(hashes)
        .map(|((table, (job, _)), hash)| (*table, job.signature, hash))
        .collect();
    for (is_right, (_, (_, answer))) in ed25519::verify(lanes, &hashed).into_iter().zip(ready) {
        *answer = Some(Answer::of(is_right));
    }
}

/// None if the job is not of this kind, or is refused before anything is computed.
fn of<'a>(job: &Job<'a>) -> Option<(&'a LanesKey<32, ed25519::Entry>, Taken<'a>)> {
    let (super::Key::Ed25519(Key(key)), Scheme::Ed25519, Input::Message(message)) =
        (&*job.key.0, job.scheme, job.input)
    else {
        return None;
    };
    Some((key, Taken { key: &key.octets, message, signature: Signature::new(job.signature)? }))
}

/// SHA-512 of R, key and message (RFC 8032 §5.1.7), of each.
fn hashes<'a>(kernels: Kernels, taken: impl Iterator<Item = &'a Taken<'a>>) -> Vec<[u8; 64]> {
    let pieces: Vec<Vec<&[u8]>> =
        taken.map(|job| [&[job.signature.r(), &job.key[..]][..], job.message].concat()).collect();
    let jobs: Vec<digest::Job<'_>> = pieces
        .iter()
        .map(|pieces| digest::Job {
            algorithm: Algorithm::Sha512,
            pieces,
            line_ends: LineEnds::AsStored,
        })
        .collect();
    let digests = digest::many_of_a_job(&jobs, kernels);
    let octets = |digest: &Digest| digest.as_bytes().try_into();
    let whole = |digest| octets(digest).unwrap_or_else(|_| unreachable!("SHA-512 has 64 octets"));
    digests.iter().map(whole).collect()
}

/// The y coordinates, little-endian with the sign bit clear, of every encoding of the eight points
/// of small order: orders 4, 1, 8, 8 and 2, then the encodings of 0 and 1 that are not reduced
/// modulo p = 2^255 - 19.
const SMALL_ORDER_Y: [[u8; 32]; 7] = [
    [0; 32],
    little_endian_y(0x01, 0, 0),
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98,
        0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53,
        0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67,
        0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac,
        0x03, 0x7a,
    ],
    little_endian_y(0xec, 0xff, 0x7f),
    little_endian_y(0xed, 0xff, 0x7f),
    little_endian_y(0xee, 0xff, 0x7f),
];

const fn little_endian_y(first: u8, middle: u8, last: u8) -> [u8; 32] {
    let mut y = [middle; 32];
    y[0] = first;
    y[31] = last;
    y
}

fn is_small_order(mut key: [u8; 32]) -> bool {
    key[31] &= 0x7f;
    SMALL_ORDER_Y.contains(&key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ed25519_small_order_or_wrong_length_is_malformed() {
        for y in SMALL_ORDER_Y {
            for sign in [0, 0x80] {
                let mut key = y;
                key[31] |= sign;
                assert_eq!(Key::new(&key).err(), Some(KeyError::Malformed));
            }
        }
        assert_eq!(Key::new(&[9; 31]).err(), Some(KeyError::Malformed));
        assert_eq!(Key::new(&[9; 33]).err(), Some(KeyError::Malformed));
    }
}
