//! SHA-256 (FIPS 180-4 §6.2) of many jobs, four at a time on one core's SHA instructions.
//!
//! One stream leaves the unit waiting for its own results; four interleaved fill it (3.4 against
//! 1.5 GB/s). Jobs are taken longest first, so that streams of similar length share the pipeline
//! and only short ones are left when the jobs run out; a stream that ends begins the next job.

use super::feeder::{Block, Feeder};
use super::{Avx512Bw, ShaNi};
use crate::digest::{Digest, Job};
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

/// Streams that share the pipeline.
const STREAMS: usize = 4;

/// The working state as the instructions hold it, lowest word first: F E B A, H G D C.
type State = [[u32; 4]; 2];

/// FIPS 180-4 §5.3.3, in that order.
const START: State = [
    [0x9b05_688c, 0x510e_527f, 0xbb67_ae85, 0x6a09_e667],
    [0x5be0_cd19, 0x1f83_d9ab, 0xa54f_f53a, 0x3c6e_f372],
];

/// Hashes the jobs at `indices` and gives each digest to `answer` with its job's index, in any
/// order.
pub(crate) fn digest_many<'a>(
    kernel: ShaNi,
    converter: Option<Avx512Bw>,
    jobs: &[Job<'a>],
    indices: impl Iterator<Item = usize>,
    mut answer: impl FnMut(usize, Digest),
) {
    let mut order: Vec<(usize, &Job<'a>)> =
        indices.filter_map(|index| Some((index, jobs.get(index)?))).collect();
    order.sort_by_key(|(_, job)| std::cmp::Reverse(job.input_bytes() / size_of::<Block>()));
    let mut waiting = order.into_iter();
    let mut streams: Vec<Stream<'a>> = waiting
        .by_ref()
        .take(STREAMS)
        .map(|(index, job)| Stream::new(index, job, converter))
        .collect();
    while !streams.is_empty() {
        advance(kernel, &mut streams);
        streams.retain_mut(|stream| {
            if !stream.feeder.blocks().is_empty() {
                return true;
            }
            answer(stream.job, stream.digest());
            waiting.next().map(|(index, job)| stream.begin(index, job)).is_some()
        });
    }
}

/// A job under way.
struct Stream<'a> {
    job: usize,
    state: State,
    feeder: Feeder<'a>,
}

impl<'a> Stream<'a> {
    fn new(index: usize, job: &Job<'a>, converter: Option<Avx512Bw>) -> Self {
        let mut stream = Self { job: index, state: START, feeder: Feeder::new(converter) };
        stream.begin(index, job);
        stream
    }

    /// Leaves what was, and starts with the first blocks of a job.
    fn begin(&mut self, index: usize, job: &Job<'a>) {
        self.job = index;
        self.state = START;
        self.feeder.begin(job);
    }

    fn digest(&self) -> Digest {
        let [[f, e, b, a], [h, g, d, c]] = self.state;
        Digest::of_words([a, b, c, d, e, f, g, h])
    }
}

/// Takes every stream as far as the one with the fewest blocks at hand, at least one block.
fn advance(kernel: ShaNi, streams: &mut [Stream<'_>]) {
    if let Ok(streams) = <&mut [_; 4]>::try_from(&mut *streams) {
        advance_together(kernel, streams);
    } else if let Ok(streams) = <&mut [_; 3]>::try_from(&mut *streams) {
        advance_together(kernel, streams);
    } else if let Ok(streams) = <&mut [_; 2]>::try_from(&mut *streams) {
        advance_together(kernel, streams);
    } else {
        streams
            .iter_mut()
            .for_each(|stream| advance_together(kernel, std::array::from_mut(stream)));
    }
}

fn advance_together<const W: usize>(kernel: ShaNi, streams: &mut [Stream<'_>; W]) {
    let mut states = streams.each_ref().map(|stream| stream.state);
    let blocks = streams.each_ref().map(|stream| stream.feeder.blocks());
    let count = blocks.iter().map(|blocks| blocks.len()).min().unwrap_or_default();
    compress(kernel, &mut states, blocks.map(|blocks| blocks.get(..count).unwrap_or_default()));
    for (stream, state) in streams.iter_mut().zip(states) {
        stream.state = state;
        stream.feeder.advance(count);
    }
}

/// The hash computation of FIPS 180-4 §6.2.2 over W streams of equally many blocks.
#[cfg(target_arch = "x86_64")]
fn compress<const W: usize>(_: ShaNi, states: &mut [State; W], blocks: [&[Block]; W]) {
    // SAFETY: a `ShaNi` exists only where the CPU has the features.
    unsafe { compress_interleaved(states, blocks) }
}

#[cfg(not(target_arch = "x86_64"))]
fn compress<const W: usize>(proof: ShaNi, _: &mut [State; W], _: [&[Block]; W]) {
    match proof.0 {}
}

/// Four rounds of each stream at a time, so that each stream's instructions hide the others'
/// latency.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sha,sse4.1,ssse3")]
#[expect(clippy::indexing_slicing, reason = "constant bounds, but for `block` below the shortest")]
#[expect(clippy::needless_range_loop, reason = "`block` counts in every stream")]
fn compress_interleaved<const W: usize>(states: &mut [State; W], blocks: [&[Block]; W]) {
    let big_endian = _mm_set_epi64x(0x0c0d_0e0f_0809_0a0b, 0x0405_0607_0001_0203);
    let count = blocks.iter().map(|blocks| blocks.len()).min().unwrap_or_default();
    let mut sums = [[_mm_setzero_si128(); 2]; W];
    for w in 0..W {
        sums[w] = [load(&states[w][0]), load(&states[w][1])];
    }
    for block in 0..count {
        let mut state = sums;
        let mut schedule = [[_mm_setzero_si128(); 4]; W];
        for w in 0..W {
            let (quarters, _) = blocks[w][block].as_chunks::<16>();
            for i in 0..4 {
                schedule[w][i] = _mm_shuffle_epi8(load(&quarters[i]), big_endian);
            }
        }
        for four in 0..16 {
            let constants = load(&ROUND_CONSTANTS[four]);
            for w in 0..W {
                let m = &mut schedule[w];
                let [abef, cdgh] = &mut state[w];
                let words = _mm_add_epi32(m[four % 4], constants);
                *cdgh = _mm_sha256rnds2_epu32(*cdgh, *abef, words);
                *abef = _mm_sha256rnds2_epu32(*abef, *cdgh, _mm_shuffle_epi32::<0x0e>(words));
                if four < 12 {
                    let (next, last) = (m[(four + 1) % 4], m[(four + 3) % 4]);
                    let seven_before = _mm_alignr_epi8::<4>(last, m[(four + 2) % 4]);
                    let sum = _mm_add_epi32(_mm_sha256msg1_epu32(m[four % 4], next), seven_before);
                    m[four % 4] = _mm_sha256msg2_epu32(sum, last);
                }
            }
        }
        for w in 0..W {
            for half in 0..2 {
                sums[w][half] = _mm_add_epi32(sums[w][half], state[w][half]);
            }
        }
    }
    for w in 0..W {
        states[w] = [store(sums[w][0]), store(sums[w][1])];
    }
}

/// Sixteen octets as a register.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse2")]
#[inline]
fn load<T>(octets: &T) -> __m128i {
    const { assert!(size_of::<T>() == 16) }
    // SAFETY: sixteen readable octets, at any alignment.
    unsafe { _mm_loadu_si128(std::ptr::from_ref(octets).cast()) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse2")]
#[inline]
fn store(register: __m128i) -> [u32; 4] {
    let mut words = [0; 4];
    // SAFETY: sixteen writable octets, at any alignment.
    unsafe { _mm_storeu_si128(words.as_mut_ptr().cast(), register) }
    words
}

/// FIPS 180-4 §4.2.2.
#[cfg(target_arch = "x86_64")]
const ROUND_CONSTANTS: [[u32; 4]; 16] = [
    [0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5],
    [0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5],
    [0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3],
    [0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174],
    [0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc],
    [0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da],
    [0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7],
    [0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967],
    [0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13],
    [0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85],
    [0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3],
    [0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070],
    [0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5],
    [0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3],
    [0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208],
    [0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2],
];

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use crate::digest::{Algorithm, Digest, Job, LineEnds, many_with};
    use crate::lanes::{Choice, Kernels};
    use proptest::prelude::*;

    /// The kernel's digests beside AWS-LC's; false if this CPU has no kernel.
    fn lanes_and_library(jobs: &[Job<'_>]) -> Option<(Vec<Digest>, Vec<Digest>)> {
        let lanes = Kernels::of(Choice::Auto);
        if lanes.sha256.is_none() {
            eprintln!("NOT TESTED: SHA-256 in lanes, for this CPU has no SHA instructions");
            return None;
        }
        Some((many_with(jobs, lanes), many_with(jobs, Kernels::of(Choice::Off))))
    }

    fn check(jobs: &[Job<'_>]) {
        if let Some((lanes, library)) = lanes_and_library(jobs) {
            assert_eq!(lanes, library);
        }
    }

    fn text(octets: usize) -> Vec<u8> {
        let lines = (0_u32..).flat_map(|line| {
            let end: &[u8] = if line % 5 == 3 { b"\r\n" } else { b"\n" };
            let length = line.wrapping_mul(0x9e37_79b9) >> 26;
            let letters = (0..length).map(move |letter| b'a' + (line ^ letter) as u8 % 26);
            letters.chain(end.iter().copied())
        });
        lines.take(octets).collect()
    }

    #[test]
    fn digest_many_each_length_to_300_equals_library() {
        let text = text(300);
        let pieces: Vec<[&[u8]; 1]> = (0..=300).map(|length| [&text[..length]]).collect();
        for line_ends in [LineEnds::AsStored, LineEnds::LfToCrlf] {
            let jobs: Vec<Job<'_>> = pieces
                .iter()
                .map(|pieces| Job { algorithm: Algorithm::Sha256, pieces, line_ends })
                .collect();
            check(&jobs);
            jobs.windows(2).for_each(check);
        }
    }

    /// Sizes around where pieces are handed out in place, and where the buffer is full.
    #[test]
    fn digest_many_lengths_around_buffer_sizes_equal_library() {
        let text = text(5_000);
        let lengths = || (1_000..1_100).chain(2_030..2_130).chain(4_000..4_100);
        let pieces: Vec<[&[u8]; 3]> = lengths()
            .flat_map(|length| [0, 1, 63, 64, 65].map(|start| (start, length)))
            .map(|(start, length)| {
                [&text[..start], &text[start..length], &text[length - 1..length]]
            })
            .collect();
        for line_ends in [LineEnds::AsStored, LineEnds::LfToCrlf] {
            let jobs: Vec<Job<'_>> = pieces
                .iter()
                .map(|pieces| Job { algorithm: Algorithm::Sha256, pieces, line_ends })
                .collect();
            check(&jobs);
        }
    }

    /// FIPS 180-4's own examples do not reach a length of 2^32 bits; the padding counts in 64.
    #[test]
    fn digest_many_over_2_to_32_bits_counts_on() {
        let piece = vec![0x5a; 1 << 20];
        let pieces: Vec<&[u8]> = vec![&piece; 513];
        let job =
            |pieces| Job { algorithm: Algorithm::Sha256, pieces, line_ends: LineEnds::AsStored };
        check(&[job(&pieces), job(&pieces[..3])]);
    }

    /// Lengths as mail has them: most short, some long.
    fn lengths() -> impl Strategy<Value = usize> {
        prop_oneof![0usize..200, 0usize..3_000, 0usize..20_000]
    }

    proptest! {
        #[test]
        fn digest_many_mixed_jobs_cut_anywhere_equal_library(
            shapes in proptest::collection::vec(
                (lengths(), any::<bool>(), proptest::collection::vec(any::<prop::sample::Index>(), 0..6)),
                0..=20,
            ),
            others in 0usize..3,
        ) {
            let text = text(20_000);
            let pieces: Vec<Vec<&[u8]>> = shapes
                .iter()
                .map(|(length, _, cuts)| {
                    let mut cuts: Vec<usize> =
                        cuts.iter().map(|cut| cut.index(length + 1)).chain([0, *length]).collect();
                    cuts.sort_unstable();
                    cuts.windows(2).map(|cut| &text[cut[0]..cut[1]]).collect()
                })
                .collect();
            let jobs: Vec<Job<'_>> = shapes
                .iter()
                .zip(&pieces)
                .enumerate()
                .map(|(index, ((_, converted, _), pieces))| Job {
                    algorithm: if index < others { Algorithm::Sha1 } else { Algorithm::Sha256 },
                    pieces,
                    line_ends: if *converted { LineEnds::LfToCrlf } else { LineEnds::AsStored },
                })
                .collect();
            if let Some((lanes, library)) = lanes_and_library(&jobs) {
                prop_assert_eq!(lanes, library);
            }
        }
    }
}
