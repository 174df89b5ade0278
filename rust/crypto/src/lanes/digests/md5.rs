//! MD5 (RFC 1321), a stream in each lane of a vector.

use super::Compress;
use super::feeder::LengthField;
use super::streams::{Rounds, put};
use super::words::Words;
use crate::digest::{Algorithm, Digest};

/// MD5 on one kind of vector.
#[derive(Clone, Copy)]
pub(super) struct Md5<V>(pub(super) V);

/// RFC 1321 §3.3.
const START: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];

impl<V: Words<u32>> Compress<64> for Md5<V> {
    type State = [u32; 4];
    const STREAMS: usize = size_of::<V::Row>() / size_of::<u32>();
    const FEWEST: usize = 3;
    const LENGTH_FIELD: LengthField = LengthField::Little64;

    fn start(self) -> [u32; 4] {
        START
    }

    fn compress(self, states: &mut [[u32; 4]], blocks: &[&[[u8; 64]]]) {
        self.0.compress::<Block, 4, 64>(states, blocks);
    }

    fn finish(self, state: &[u32; 4]) -> Digest {
        let octets = Algorithm::Md5.output_bytes();
        Digest::of_octets(state.map(u32::to_le_bytes).as_flattened(), octets)
    }
}

/// RFC 1321 §3.4.
struct Block;

impl Rounds<u32, 4, 64> for Block {
    #[inline(always)]
    fn put_block<R: AsMut<[u32]>>(rows: &mut [R; 16], lane: usize, block: &[u8; 64]) {
        for (row, octets) in rows.iter_mut().zip(block.as_chunks().0) {
            put(row, lane, u32::from_le_bytes(*octets));
        }
    }

    #[inline(always)]
    fn rounds<V: Words<u32>>(
        words: V,
        mut state: [V::Register; 4],
        message: [V::Register; 16],
    ) -> [V::Register; 4] {
        state = round::<V, 0>(words, state, &message, [1, 0], [7, 12, 17, 22]);
        state = round::<V, 1>(words, state, &message, [5, 1], [5, 9, 14, 20]);
        state = round::<V, 2>(words, state, &message, [3, 5], [4, 11, 16, 23]);
        round::<V, 3>(words, state, &message, [7, 0], [6, 10, 15, 21])
    }
}

/// Sixteen steps, which take the words `factor · step + first` of the message.
#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "sixteen of each")]
fn round<V: Words<u32>, const ROUND: usize>(
    words: V,
    [mut a, mut b, mut c, mut d]: [V::Register; 4],
    message: &[V::Register; 16],
    [factor, first]: [usize; 2],
    left: [u32; 4],
) -> [V::Register; 4] {
    for step in 0..16 {
        let word = message[(factor * step + first) % 16];
        let function = match ROUND {
            0 => words.choose(b, c, d),
            1 => words.choose(d, b, c),
            2 => words.parity(b, c, d),
            _ => words.xor_or_not(c, b, d),
        };
        let sum = words.add(words.add(a, words.all(SINES[ROUND][step])), word);
        let sum = words.rotate_right(words.add(sum, function), 32 - left[step % 4]);
        (a, d, c, b) = (d, c, b, words.add(b, sum));
    }
    [a, b, c, d]
}

/// RFC 1321 §3.4: 2^32 times the absolute value of the sine of 1 to 64.
const SINES: [[u32; 16]; 4] = [
    [
        0xd76a_a478,
        0xe8c7_b756,
        0x2420_70db,
        0xc1bd_ceee,
        0xf57c_0faf,
        0x4787_c62a,
        0xa830_4613,
        0xfd46_9501,
        0x6980_98d8,
        0x8b44_f7af,
        0xffff_5bb1,
        0x895c_d7be,
        0x6b90_1122,
        0xfd98_7193,
        0xa679_438e,
        0x49b4_0821,
    ],
    [
        0xf61e_2562,
        0xc040_b340,
        0x265e_5a51,
        0xe9b6_c7aa,
        0xd62f_105d,
        0x0244_1453,
        0xd8a1_e681,
        0xe7d3_fbc8,
        0x21e1_cde6,
        0xc337_07d6,
        0xf4d5_0d87,
        0x455a_14ed,
        0xa9e3_e905,
        0xfcef_a3f8,
        0x676f_02d9,
        0x8d2a_4c8a,
    ],
    [
        0xfffa_3942,
        0x8771_f681,
        0x6d9d_6122,
        0xfde5_380c,
        0xa4be_ea44,
        0x4bde_cfa9,
        0xf6bb_4b60,
        0xbebf_bc70,
        0x289b_7ec6,
        0xeaa1_27fa,
        0xd4ef_3085,
        0x0488_1d05,
        0xd9d4_d039,
        0xe6db_99e5,
        0x1fa2_7cf8,
        0xc4ac_5665,
    ],
    [
        0xf429_2244,
        0x432a_ff97,
        0xab94_23a7,
        0xfc93_a039,
        0x655b_59c3,
        0x8f0c_cc92,
        0xffef_f47d,
        0x8584_5dd1,
        0x6fa8_7e4f,
        0xfe2c_e6e0,
        0xa301_4314,
        0x4e08_11a1,
        0xf753_7e82,
        0xbd3a_f235,
        0x2ad7_d2bb,
        0xeb86_d391,
    ],
];
