//! SHA-1 (FIPS 180-4 §6.1) of up to four streams, interleaved in the SHA instructions.

use super::Compress;
use super::feeder::LengthField;
use crate::digest::{Algorithm, Digest};
use crate::lanes::features::ShaNi;
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

/// The kernel.
#[derive(Clone, Copy)]
pub(super) struct Sha1(pub(super) ShaNi);

type State = [u32; 5];
type Block = [u8; 64];

/// FIPS 180-4 §5.3.1.
const START: State = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];

impl Compress<64> for Sha1 {
    type State = State;
    const STREAMS: usize = 2;
    /// One stream alone is no faster than the library.
    const FEWEST: usize = 2;
    const LENGTH_FIELD: LengthField = LengthField::Big64;

    fn start(self) -> State {
        START
    }

    fn compress(self, states: &mut [State], blocks: &[&[Block]]) {
        match (states, blocks) {
            ([a, b], [y, z]) => {
                let mut states = [*a, *b];
                compress(self.0, &mut states, &[y, z]);
                [*a, *b] = states;
            }
            (states, blocks) => {
                for (state, blocks) in states.iter_mut().zip(blocks) {
                    compress(self.0, std::array::from_mut(state), &[blocks]);
                }
            }
        }
    }

    fn finish(self, state: &State) -> Digest {
        let octets = Algorithm::Sha1.output_bytes();
        Digest::of_octets(state.map(u32::to_be_bytes).as_flattened(), octets)
    }
}

/// FIPS 180-4 §6.1.2 over W streams of equally many blocks.
#[cfg(target_arch = "x86_64")]
fn compress<const W: usize>(_: ShaNi, states: &mut [State; W], blocks: &[&[Block]; W]) {
    // SAFETY: a `ShaNi` exists only where the CPU has the features.
    unsafe { compress_interleaved(states, blocks) }
}

#[cfg(not(target_arch = "x86_64"))]
fn compress<const W: usize>(proof: ShaNi, _: &mut [State; W], _: &[&[Block]; W]) {
    match proof.0 {}
}

/// One stream's registers.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy)]
struct Registers {
    /// Four words of the state, the first highest.
    abcd: __m128i,
    /// Those of four rounds before, of which the first, turned, is the fifth word.
    before: __m128i,
}

/// Four rounds of each stream at a time, so that each stream's instructions hide the others'
/// latency.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sha,sse4.1,ssse3")]
#[expect(clippy::indexing_slicing, reason = "W of each, but for `block` below the shortest")]
#[expect(clippy::needless_range_loop, reason = "`block` counts in every stream")]
fn compress_interleaved<const W: usize>(states: &mut [State; W], blocks: &[&[Block]; W]) {
    let big_endian = _mm_set_epi64x(0x0001_0203_0405_0607, 0x0809_0a0b_0c0d_0e0f);
    let zero = _mm_setzero_si128();
    let mut sums = [Registers { abcd: zero, before: zero }; W];
    for w in 0..W {
        let [a, b, c, d, e] = states[w];
        sums[w].abcd = _mm_set_epi32(a as i32, b as i32, c as i32, d as i32);
        // `sha1nexte` turns the first of four words by 30 bits, which the fifth has behind it.
        sums[w].before = _mm_set_epi32(e.rotate_left(2) as i32, 0, 0, 0);
    }
    for block in 0..blocks.iter().map(|blocks| blocks.len()).min().unwrap_or_default() {
        let mut streams = sums;
        let mut schedules = [[zero; 4]; W];
        for w in 0..W {
            let (quarters, _) = blocks[w][block].as_chunks::<16>();
            for quarter in 0..4 {
                schedules[w][quarter] = _mm_shuffle_epi8(load(&quarters[quarter]), big_endian);
            }
        }
        twenty_rounds::<0, W>(&mut streams, &mut schedules);
        twenty_rounds::<1, W>(&mut streams, &mut schedules);
        twenty_rounds::<2, W>(&mut streams, &mut schedules);
        twenty_rounds::<3, W>(&mut streams, &mut schedules);
        for w in 0..W {
            sums[w].abcd = _mm_add_epi32(sums[w].abcd, streams[w].abcd);
            // Both fifth words are behind a turn by 30 bits; their sum is put there again.
            let fifth = _mm_sha1nexte_epu32(streams[w].before, fifth_of(sums[w].before));
            let turned = _mm_or_si128(_mm_slli_epi32::<2>(fifth), _mm_srli_epi32::<30>(fifth));
            sums[w].before = turned;
        }
    }
    for w in 0..W {
        let abcd = sums[w].abcd;
        states[w] = [
            _mm_extract_epi32::<3>(abcd) as u32,
            _mm_extract_epi32::<2>(abcd) as u32,
            _mm_extract_epi32::<1>(abcd) as u32,
            _mm_extract_epi32::<0>(abcd) as u32,
            _mm_extract_epi32::<3>(fifth_of(sums[w].before)) as u32,
        ];
    }
}

/// The fifth word as it is, from where it is behind a turn.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sha,sse4.1,ssse3")]
#[inline]
fn fifth_of(before: __m128i) -> __m128i {
    _mm_sha1nexte_epu32(before, _mm_setzero_si128())
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sha,sse4.1,ssse3")]
#[inline]
#[expect(clippy::indexing_slicing, reason = "W streams, and schedules of four")]
fn twenty_rounds<const FUNCTION: i32, const W: usize>(
    streams: &mut [Registers; W],
    schedules: &mut [[__m128i; 4]; W],
) {
    for step in 0..5 {
        let four = 5 * FUNCTION as usize + step;
        for w in 0..W {
            let schedule = &mut schedules[w];
            if four >= 4 {
                let sum = _mm_sha1msg1_epu32(schedule[four % 4], schedule[(four + 1) % 4]);
                let sum = _mm_xor_si128(sum, schedule[(four + 2) % 4]);
                schedule[four % 4] = _mm_sha1msg2_epu32(sum, schedule[(four + 3) % 4]);
            }
            let Registers { abcd, before } = streams[w];
            let words = _mm_sha1nexte_epu32(before, schedule[four % 4]);
            let after = _mm_sha1rnds4_epu32::<FUNCTION>(abcd, words);
            streams[w] = Registers { abcd: after, before: abcd };
        }
    }
}

/// Sixteen octets as a register.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse2")]
#[inline]
fn load(octets: &[u8; 16]) -> __m128i {
    // SAFETY: sixteen readable octets, at any alignment.
    unsafe { _mm_loadu_si128(octets.as_ptr().cast()) }
}
