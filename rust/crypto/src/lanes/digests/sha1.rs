//! SHA-1 (FIPS 180-4 §6.1) of two streams, interleaved in the SHA instructions.

use super::Compress;
use super::feeder::LengthField;
#[cfg(target_arch = "x86_64")]
use super::sha_ni::Instructions;
use super::sha_ni::{self, Block};
use crate::digest::{Algorithm, Digest};
use crate::lanes::features::ShaNi;
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

/// The kernel.
#[derive(Clone, Copy)]
pub(super) struct Sha1(pub(super) ShaNi);

type State = [u32; 5];

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
        sha_ni::compress::<Self>(self.0, states, blocks);
    }

    fn finish(self, state: &State) -> Digest {
        let octets = Algorithm::Sha1.output_bytes();
        Digest::of_octets(state.map(u32::to_be_bytes).as_flattened(), octets)
    }
}

/// One stream's registers.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy)]
pub(super) struct Registers {
    /// Four words of the state, the first highest.
    abcd: __m128i,
    /// Those of four rounds before, of which the first, turned, is the fifth word.
    before: __m128i,
}

/// FIPS 180-4 §6.1.2.
#[cfg(target_arch = "x86_64")]
impl Instructions for Sha1 {
    type Registers = Registers;
    const ORDER: [i64; 2] = [0x0001_0203_0405_0607, 0x0809_0a0b_0c0d_0e0f];

    #[target_feature(enable = "sha,sse4.1,ssse3")]
    #[inline]
    unsafe fn load(&[a, b, c, d, e]: &State) -> Registers {
        Registers {
            abcd: _mm_set_epi32(a as i32, b as i32, c as i32, d as i32),
            // `sha1nexte` turns the first of four words by 30 bits, which the fifth has behind it.
            before: _mm_set_epi32(e.rotate_left(2) as i32, 0, 0, 0),
        }
    }

    #[target_feature(enable = "sha,sse4.1,ssse3")]
    #[inline]
    unsafe fn rounds<const W: usize>(
        streams: &mut [Registers; W],
        schedules: &mut [[__m128i; 4]; W],
    ) {
        twenty_rounds::<0, W>(streams, schedules);
        twenty_rounds::<1, W>(streams, schedules);
        twenty_rounds::<2, W>(streams, schedules);
        twenty_rounds::<3, W>(streams, schedules);
    }

    #[target_feature(enable = "sha,sse4.1,ssse3")]
    #[inline]
    unsafe fn add(sum: Registers, stream: Registers) -> Registers {
        let abcd = _mm_add_epi32(sum.abcd, stream.abcd);
        // Both fifth words are behind a turn by 30 bits; their sum is put there again.
        let fifth = _mm_sha1nexte_epu32(stream.before, fifth_of(sum.before));
        let turned = _mm_or_si128(_mm_slli_epi32::<2>(fifth), _mm_srli_epi32::<30>(fifth));
        Registers { abcd, before: turned }
    }

    #[target_feature(enable = "sha,sse4.1,ssse3")]
    #[inline]
    unsafe fn store(Registers { abcd, before }: Registers) -> State {
        [
            _mm_extract_epi32::<3>(abcd) as u32,
            _mm_extract_epi32::<2>(abcd) as u32,
            _mm_extract_epi32::<1>(abcd) as u32,
            _mm_extract_epi32::<0>(abcd) as u32,
            _mm_extract_epi32::<3>(fifth_of(before)) as u32,
        ]
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
