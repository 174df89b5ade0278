//! SHA-256 (FIPS 180-4 §6.2) of up to four streams, interleaved in the SHA instructions.

use super::Compress;
use super::feeder::LengthField;
use super::sha_ni::{self, Block};
#[cfg(target_arch = "x86_64")]
use super::sha_ni::{Instructions, load};
use crate::digest::{Algorithm, Digest};
use crate::lanes::features::ShaNi;
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

/// The kernel.
#[derive(Clone, Copy)]
pub(super) struct Sha256(pub(super) ShaNi);

/// The working state as the instructions hold it, lowest word first: F E B A, H G D C.
type State = [[u32; 4]; 2];

/// FIPS 180-4 §5.3.3, in that order.
const START: State = [
    [0x9b05_688c, 0x510e_527f, 0xbb67_ae85, 0x6a09_e667],
    [0x5be0_cd19, 0x1f83_d9ab, 0xa54f_f53a, 0x3c6e_f372],
];

impl Compress<64> for Sha256 {
    type State = State;
    const STREAMS: usize = 4;
    /// One stream alone is no faster than the library.
    const FEWEST: usize = 2;
    const LENGTH_FIELD: LengthField = LengthField::Big64;

    fn start(self) -> State {
        START
    }

    fn compress(self, states: &mut [State], blocks: &[&[Block]]) {
        sha_ni::compress::<Self>(self.0, states, blocks);
    }

    fn finish(self, &[[f, e, b, a], [h, g, d, c]]: &State) -> Digest {
        let octets = Algorithm::Sha256.output_bytes();
        Digest::of_octets([a, b, c, d, e, f, g, h].map(u32::to_be_bytes).as_flattened(), octets)
    }
}

/// FIPS 180-4 §6.2.2.
#[cfg(target_arch = "x86_64")]
#[expect(clippy::indexing_slicing, reason = "constant bounds")]
impl Instructions for Sha256 {
    type Registers = [__m128i; 2];
    const ORDER: [i64; 2] = [0x0c0d_0e0f_0809_0a0b, 0x0405_0607_0001_0203];

    #[target_feature(enable = "sha,sse4.1,ssse3")]
    #[inline]
    unsafe fn load(state: &State) -> [__m128i; 2] {
        [load(&state[0]), load(&state[1])]
    }

    #[target_feature(enable = "sha,sse4.1,ssse3")]
    #[inline]
    unsafe fn rounds<const W: usize>(
        streams: &mut [[__m128i; 2]; W],
        schedules: &mut [[__m128i; 4]; W],
    ) {
        for four in 0..16 {
            let constants = load(&ROUND_CONSTANTS[four]);
            for w in 0..W {
                let m = &mut schedules[w];
                let [abef, cdgh] = &mut streams[w];
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
    }

    #[target_feature(enable = "sha,sse4.1,ssse3")]
    #[inline]
    unsafe fn add(sum: [__m128i; 2], stream: [__m128i; 2]) -> [__m128i; 2] {
        [_mm_add_epi32(sum[0], stream[0]), _mm_add_epi32(sum[1], stream[1])]
    }

    #[target_feature(enable = "sha,sse4.1,ssse3")]
    #[inline]
    unsafe fn store(registers: [__m128i; 2]) -> State {
        let mut state = State::default();
        for half in 0..2 {
            // SAFETY: sixteen writable octets, at any alignment.
            unsafe { _mm_storeu_si128(state[half].as_mut_ptr().cast(), registers[half]) };
        }
        state
    }
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
