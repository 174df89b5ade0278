//! Digests of many jobs at once: several streams interleaved in the SHA instructions ([`sha1`],
//! [`sha256`]), or one in each lane of a vector ([`sha2`], [`md5`]).
//!
//! Jobs are taken longest first, so that streams of similar length go together and only short ones
//! are left when the jobs run out; a stream that ends begins the next job. Jobs so long that they
//! would be alone for most of their length are left to the library.

mod feeder;
mod md5;
mod sha1;
mod sha2;
mod sha256;
mod sha_ni;
mod streams;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests;
mod words;

use super::Choice;
use super::features::{Avx2, Avx512, Avx512Bw, ShaNi};
use super::registers::Portable;
use crate::digest::{Algorithm, Digest, Job};
use feeder::{Feeder, LengthField};
use std::cmp::Reverse;
use words::Words;

/// What has a kernel, by the name it goes by.
pub(crate) const WITH_KERNELS: [(&str, Algorithm); 5] = [
    ("sha1", Algorithm::Sha1),
    ("sha256", Algorithm::Sha256),
    ("sha384", Algorithm::Sha384),
    ("sha512", Algorithm::Sha512),
    ("md5", Algorithm::Md5),
];

/// Streams of the widest kernel.
const MOST_STREAMS: usize = 16;

/// A block hash (FIPS 180-4 §6, RFC 1321 §3.4) that takes several streams at once.
trait Compress<const BLOCK: usize>: Copy {
    /// The hash value under way.
    type State: Copy;
    /// Streams at once, at most [`MOST_STREAMS`].
    const STREAMS: usize;
    /// Fewer streams than this are sooner done by the library.
    const FEWEST: usize;
    /// How the padding ends.
    const LENGTH_FIELD: LengthField;

    /// The initial hash value.
    fn start(self) -> Self::State;

    /// Hashes all blocks of each stream, of which there are equally many, into its state.
    fn compress(self, states: &mut [Self::State], blocks: &[&[[u8; BLOCK]]]);

    /// The digest.
    fn finish(self, state: &Self::State) -> Digest;
}

/// Hashes jobs of one algorithm, given with their indices, and gives each digest to `answer` with
/// the index, in any order. Jobs that are sooner done by the library are left out.
fn digest_jobs<'a, const BLOCK: usize, C: Compress<BLOCK>>(
    kernel: C,
    converter: Option<Avx512Bw>,
    mut jobs: Vec<(usize, &Job<'a>)>,
    mut answer: impl FnMut(usize, Digest),
) {
    jobs.sort_by_key(|(_, job)| Reverse(blocks_of::<BLOCK>(job)));
    let mut waiting = worthwhile::<BLOCK, C>(&jobs).iter();
    let begun: Vec<_> = waiting.by_ref().take(C::STREAMS).collect();
    let mut indices: Vec<usize> = begun.iter().map(|(index, _)| *index).collect();
    let mut states = vec![kernel.start(); begun.len()];
    let mut feeders: Vec<Feeder<'a, BLOCK>> =
        begun.iter().map(|(_, job)| Feeder::new(job, C::LENGTH_FIELD, converter)).collect();
    while !feeders.is_empty() {
        advance(kernel, &mut states, &mut feeders);
        let mut stream = 0;
        while let (Some(feeder), Some(state), Some(index)) =
            (feeders.get_mut(stream), states.get_mut(stream), indices.get_mut(stream))
        {
            if !feeder.blocks().is_empty() {
                stream += 1;
                continue;
            }
            answer(*index, kernel.finish(state));
            match waiting.next() {
                Some((next, job)) => {
                    (*index, *state) = (*next, kernel.start());
                    feeder.begin(job);
                    stream += 1;
                }
                None => {
                    feeders.swap_remove(stream);
                    states.swap_remove(stream);
                    indices.swap_remove(stream);
                }
            }
        }
    }
}

/// About as many blocks as the job has.
fn blocks_of<const BLOCK: usize>(job: &Job<'_>) -> usize {
    job.input_bytes() / BLOCK + 1
}

/// The jobs without the longest ones that have too little company: from the first on whose length
/// fits [`Compress::FEWEST`] times into all that is left.
fn worthwhile<'j, 'a, const BLOCK: usize, C: Compress<BLOCK>>(
    jobs: &'j [(usize, &'j Job<'a>)],
) -> &'j [(usize, &'j Job<'a>)] {
    let mut left: usize = jobs.iter().map(|(_, job)| blocks_of::<BLOCK>(job)).sum();
    let mut first = 0;
    while let Some((_, job)) = jobs.get(first) {
        let blocks = blocks_of::<BLOCK>(job);
        if blocks.saturating_mul(C::FEWEST) <= left {
            break;
        }
        left -= blocks;
        first += 1;
    }
    jobs.get(first..).unwrap_or_default()
}

/// Takes every stream as far as the one with the fewest blocks at hand, at least one block.
fn advance<const BLOCK: usize, C: Compress<BLOCK>>(
    kernel: C,
    states: &mut [C::State],
    feeders: &mut [Feeder<'_, BLOCK>],
) {
    let count = feeders.iter().map(|feeder| feeder.blocks().len()).min().unwrap_or_default();
    let mut blocks: [&[[u8; BLOCK]]; MOST_STREAMS] = [&[]; MOST_STREAMS];
    for (blocks, feeder) in blocks.iter_mut().zip(&*feeders) {
        *blocks = feeder.blocks().get(..count).unwrap_or_default();
    }
    kernel.compress(states, blocks.get(..states.len()).unwrap_or_default());
    feeders.iter_mut().for_each(|feeder| feeder.advance(count));
}

/// The kernels of every digest that has one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kernels {
    pub(super) instructions: Option<ShaNi>,
    pub(super) vectors: Option<Vectors>,
}

/// Vectors of words.
#[derive(Clone, Copy, Debug)]
pub(super) enum Vectors {
    Avx512(Avx512),
    Avx2(Avx2),
    Portable(Portable),
}

impl Kernels {
    /// What a choice comes to on this CPU.
    pub(super) fn of(choice: Choice) -> Self {
        let sha = matches!(choice, Choice::Auto | Choice::Avx512 | Choice::Avx2);
        let avx512 = || Avx512::detect().map(Vectors::Avx512);
        let avx2 = || Avx2::detect().map(Vectors::Avx2);
        let vectors = match choice {
            Choice::Auto => avx512().or_else(avx2),
            Choice::Avx512 => avx512(),
            Choice::Avx2 => avx2(),
            Choice::Portable => Some(Vectors::Portable(Portable)),
            Choice::Off => None,
        };
        Self { instructions: ShaNi::detect().filter(|_| sha), vectors }
    }

    /// The kernel of an algorithm.
    pub(super) fn name(self, algorithm: Algorithm) -> Option<&'static str> {
        match (algorithm, self.instructions) {
            (Algorithm::Sha1, Some(_)) => return Some("2 x SHA-NI"),
            (Algorithm::Sha256, Some(_)) => return Some("4 x SHA-NI"),
            (Algorithm::Sha1, None) => return None,
            _ => {}
        }
        let is_wide = matches!(algorithm, Algorithm::Sha384 | Algorithm::Sha512);
        Some(match (self.vectors?, is_wide) {
            (Vectors::Avx512(_), true) => "8 x AVX-512",
            (Vectors::Avx512(_), false) => "16 x AVX-512",
            (Vectors::Avx2(_), true) => "4 x AVX2",
            (Vectors::Avx2(_), false) => "8 x AVX2",
            (Vectors::Portable(_), _) => "8 x emulated",
        })
    }

    /// Hashes the jobs of one algorithm, as [`digest_jobs`]; none at all where that algorithm has no
    /// kernel here.
    pub(crate) fn digest<'a>(
        self,
        algorithm: Algorithm,
        converter: Option<Avx512Bw>,
        jobs: Vec<(usize, &Job<'a>)>,
        answer: impl FnMut(usize, Digest),
    ) {
        match (algorithm, self.instructions) {
            (Algorithm::Sha1, Some(sha_ni)) => {
                digest_jobs(sha1::Sha1(sha_ni), converter, jobs, answer);
            }
            (Algorithm::Sha256, Some(sha_ni)) => {
                digest_jobs(sha256::Sha256(sha_ni), converter, jobs, answer);
            }
            _ => match self.vectors {
                Some(Vectors::Avx512(words)) => {
                    in_vectors(words, algorithm, converter, jobs, answer)
                }
                Some(Vectors::Avx2(words)) => in_vectors(words, algorithm, converter, jobs, answer),
                Some(Vectors::Portable(words)) => {
                    in_vectors(words, algorithm, converter, jobs, answer);
                }
                None => {}
            },
        }
    }
}

fn in_vectors<'a, V: Words<u32> + Words<u64>>(
    words: V,
    algorithm: Algorithm,
    converter: Option<Avx512Bw>,
    jobs: Vec<(usize, &Job<'a>)>,
    answer: impl FnMut(usize, Digest),
) {
    match algorithm {
        Algorithm::Md5 => digest_jobs(md5::Md5(words), converter, jobs, answer),
        Algorithm::Sha256 => digest_jobs(sha2::Sha2::<V, u32>::new(words), converter, jobs, answer),
        Algorithm::Sha384 => {
            digest_jobs(sha2::Sha2::<V, u64>::sha384(words), converter, jobs, answer);
        }
        Algorithm::Sha512 => {
            digest_jobs(sha2::Sha2::<V, u64>::new(words), converter, jobs, answer);
        }
        _ => {}
    }
}
