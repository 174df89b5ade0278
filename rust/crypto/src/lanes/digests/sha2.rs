//! SHA-256, SHA-384 and SHA-512 (FIPS 180-4 §6.2, §6.4, §6.5), a stream in each lane of a vector,
//! written once for words of 32 and of 64 bits.

use super::Compress;
use super::feeder::LengthField;
use super::streams::{Rounds, put};
use super::words::Words;
use crate::digest::{Algorithm, Digest};

/// The family of one word size on one kind of vector.
#[derive(Clone, Copy)]
pub(super) struct Sha2<V, W> {
    words: V,
    start: [W; 8],
    octets: usize,
}

/// What the word size decides (FIPS 180-4 §4.1.2, §4.1.3, §4.2.2, §4.2.3).
pub(super) trait Word: Copy + Default + 'static {
    /// Of sixteen rounds each.
    const CONSTANTS: &'static [[Self; 16]];
    /// Rotations of the upper sigma 0 and 1.
    const UPPER: [[u32; 3]; 2];
    /// Rotations of the lower sigma 0 and 1, and a shift.
    const LOWER: [[u32; 3]; 2];

    /// Puts a block into its lane of the message schedule (FIPS 180-4 §5.2).
    fn put_block<R: AsMut<[Self]>>(rows: &mut [R; 16], lane: usize, block: &[u8]);
}

impl<V> Sha2<V, u32> {
    /// SHA-256.
    pub(super) fn new(words: V) -> Self {
        Self { words, start: SHA_256, octets: Algorithm::Sha256.output_bytes() }
    }
}

impl<V> Sha2<V, u64> {
    /// SHA-512.
    pub(super) fn new(words: V) -> Self {
        Self { words, start: SHA_512, octets: Algorithm::Sha512.output_bytes() }
    }

    pub(super) fn sha384(words: V) -> Self {
        Self { words, start: SHA_384, octets: Algorithm::Sha384.output_bytes() }
    }
}

impl<V: Words<u32>> Compress<64> for Sha2<V, u32> {
    type State = [u32; 8];
    const STREAMS: usize = size_of::<V::Row>() / size_of::<u32>();
    const FEWEST: usize = Self::STREAMS / 2;
    const LENGTH_FIELD: LengthField = LengthField::Big64;

    fn start(self) -> [u32; 8] {
        self.start
    }

    fn compress(self, states: &mut [[u32; 8]], blocks: &[&[[u8; 64]]]) {
        self.words.compress::<Block, 8, _>(states, blocks);
    }

    fn finish(self, state: &[u32; 8]) -> Digest {
        Digest::of_octets(state.map(u32::to_be_bytes).as_flattened(), self.octets)
    }
}

impl<V: Words<u64>> Compress<128> for Sha2<V, u64> {
    type State = [u64; 8];
    const STREAMS: usize = size_of::<V::Row>() / size_of::<u64>();
    const FEWEST: usize = Self::STREAMS / 2;
    const LENGTH_FIELD: LengthField = LengthField::Big128;

    fn start(self) -> [u64; 8] {
        self.start
    }

    fn compress(self, states: &mut [[u64; 8]], blocks: &[&[[u8; 128]]]) {
        self.words.compress::<Block, 8, _>(states, blocks);
    }

    fn finish(self, state: &[u64; 8]) -> Digest {
        Digest::of_octets(state.map(u64::to_be_bytes).as_flattened(), self.octets)
    }
}

/// FIPS 180-4 §6.2.2, §6.4.2.
struct Block;

impl<W: Word, const BLOCK: usize> Rounds<W, 8, BLOCK> for Block {
    #[inline(always)]
    fn put_block<R: AsMut<[W]>>(rows: &mut [R; 16], lane: usize, block: &[u8; BLOCK]) {
        W::put_block(rows, lane, block);
    }

    #[inline(always)]
    #[expect(clippy::indexing_slicing, reason = "sixteen of each")]
    fn rounds<V: Words<W>>(
        words: V,
        state: [V::Register; 8],
        mut schedule: [V::Register; 16],
    ) -> [V::Register; 8] {
        let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = state;
        for (turn, constants) in W::CONSTANTS.iter().enumerate() {
            for t in 0..16 {
                let word = schedule[t];
                let sum = words.add(words.add(h, words.all(constants[t])), word);
                let sum = words.add(sum, upper(words, e, W::UPPER[1]));
                let first = words.add(sum, words.choose(e, f, g));
                let second = words.add(upper(words, a, W::UPPER[0]), words.majority(a, b, c));
                (h, g, f, e) = (g, f, e, words.add(d, first));
                (d, c, b, a) = (c, b, a, words.add(first, second));
                if turn + 1 < W::CONSTANTS.len() {
                    let before = words.add(word, schedule[(t + 9) % 16]);
                    let old = lower(words, schedule[(t + 1) % 16], W::LOWER[0]);
                    let new = lower(words, schedule[(t + 14) % 16], W::LOWER[1]);
                    schedule[t] = words.add(words.add(before, old), new);
                }
            }
        }
        [a, b, c, d, e, f, g, h]
    }
}

#[inline(always)]
fn upper<W, V: Words<W>>(words: V, a: V::Register, [x, y, z]: [u32; 3]) -> V::Register {
    words.parity(words.rotate_right(a, x), words.rotate_right(a, y), words.rotate_right(a, z))
}

#[inline(always)]
fn lower<W, V: Words<W>>(words: V, a: V::Register, [x, y, shift]: [u32; 3]) -> V::Register {
    words.parity(words.rotate_right(a, x), words.rotate_right(a, y), words.shift_right(a, shift))
}

/// FIPS 180-4 §5.3.3.
const SHA_256: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// FIPS 180-4 §5.3.4.
const SHA_384: [u64; 8] = [
    0xcbbb_9d5d_c105_9ed8,
    0x629a_292a_367c_d507,
    0x9159_015a_3070_dd17,
    0x152f_ecd8_f70e_5939,
    0x6733_2667_ffc0_0b31,
    0x8eb4_4a87_6858_1511,
    0xdb0c_2e0d_64f9_8fa7,
    0x47b5_481d_befa_4fa4,
];

/// FIPS 180-4 §5.3.5.
const SHA_512: [u64; 8] = [
    0x6a09_e667_f3bc_c908,
    0xbb67_ae85_84ca_a73b,
    0x3c6e_f372_fe94_f82b,
    0xa54f_f53a_5f1d_36f1,
    0x510e_527f_ade6_82d1,
    0x9b05_688c_2b3e_6c1f,
    0x1f83_d9ab_fb41_bd6b,
    0x5be0_cd19_137e_2179,
];

impl Word for u32 {
    #[inline(always)]
    fn put_block<R: AsMut<[Self]>>(rows: &mut [R; 16], lane: usize, block: &[u8]) {
        for (row, octets) in rows.iter_mut().zip(block.as_chunks().0) {
            put(row, lane, Self::from_be_bytes(*octets));
        }
    }

    const UPPER: [[u32; 3]; 2] = [[2, 13, 22], [6, 11, 25]];
    const LOWER: [[u32; 3]; 2] = [[7, 18, 3], [17, 19, 10]];
    const CONSTANTS: &'static [[Self; 16]] = &[
        [
            0x428a_2f98,
            0x7137_4491,
            0xb5c0_fbcf,
            0xe9b5_dba5,
            0x3956_c25b,
            0x59f1_11f1,
            0x923f_82a4,
            0xab1c_5ed5,
            0xd807_aa98,
            0x1283_5b01,
            0x2431_85be,
            0x550c_7dc3,
            0x72be_5d74,
            0x80de_b1fe,
            0x9bdc_06a7,
            0xc19b_f174,
        ],
        [
            0xe49b_69c1,
            0xefbe_4786,
            0x0fc1_9dc6,
            0x240c_a1cc,
            0x2de9_2c6f,
            0x4a74_84aa,
            0x5cb0_a9dc,
            0x76f9_88da,
            0x983e_5152,
            0xa831_c66d,
            0xb003_27c8,
            0xbf59_7fc7,
            0xc6e0_0bf3,
            0xd5a7_9147,
            0x06ca_6351,
            0x1429_2967,
        ],
        [
            0x27b7_0a85,
            0x2e1b_2138,
            0x4d2c_6dfc,
            0x5338_0d13,
            0x650a_7354,
            0x766a_0abb,
            0x81c2_c92e,
            0x9272_2c85,
            0xa2bf_e8a1,
            0xa81a_664b,
            0xc24b_8b70,
            0xc76c_51a3,
            0xd192_e819,
            0xd699_0624,
            0xf40e_3585,
            0x106a_a070,
        ],
        [
            0x19a4_c116,
            0x1e37_6c08,
            0x2748_774c,
            0x34b0_bcb5,
            0x391c_0cb3,
            0x4ed8_aa4a,
            0x5b9c_ca4f,
            0x682e_6ff3,
            0x748f_82ee,
            0x78a5_636f,
            0x84c8_7814,
            0x8cc7_0208,
            0x90be_fffa,
            0xa450_6ceb,
            0xbef9_a3f7,
            0xc671_78f2,
        ],
    ];
}

impl Word for u64 {
    #[inline(always)]
    fn put_block<R: AsMut<[Self]>>(rows: &mut [R; 16], lane: usize, block: &[u8]) {
        for (row, octets) in rows.iter_mut().zip(block.as_chunks().0) {
            put(row, lane, Self::from_be_bytes(*octets));
        }
    }

    const UPPER: [[u32; 3]; 2] = [[28, 34, 39], [14, 18, 41]];
    const LOWER: [[u32; 3]; 2] = [[1, 8, 7], [19, 61, 6]];
    const CONSTANTS: &'static [[Self; 16]] = &[
        [
            0x428a_2f98_d728_ae22,
            0x7137_4491_23ef_65cd,
            0xb5c0_fbcf_ec4d_3b2f,
            0xe9b5_dba5_8189_dbbc,
            0x3956_c25b_f348_b538,
            0x59f1_11f1_b605_d019,
            0x923f_82a4_af19_4f9b,
            0xab1c_5ed5_da6d_8118,
            0xd807_aa98_a303_0242,
            0x1283_5b01_4570_6fbe,
            0x2431_85be_4ee4_b28c,
            0x550c_7dc3_d5ff_b4e2,
            0x72be_5d74_f27b_896f,
            0x80de_b1fe_3b16_96b1,
            0x9bdc_06a7_25c7_1235,
            0xc19b_f174_cf69_2694,
        ],
        [
            0xe49b_69c1_9ef1_4ad2,
            0xefbe_4786_384f_25e3,
            0x0fc1_9dc6_8b8c_d5b5,
            0x240c_a1cc_77ac_9c65,
            0x2de9_2c6f_592b_0275,
            0x4a74_84aa_6ea6_e483,
            0x5cb0_a9dc_bd41_fbd4,
            0x76f9_88da_8311_53b5,
            0x983e_5152_ee66_dfab,
            0xa831_c66d_2db4_3210,
            0xb003_27c8_98fb_213f,
            0xbf59_7fc7_beef_0ee4,
            0xc6e0_0bf3_3da8_8fc2,
            0xd5a7_9147_930a_a725,
            0x06ca_6351_e003_826f,
            0x1429_2967_0a0e_6e70,
        ],
        [
            0x27b7_0a85_46d2_2ffc,
            0x2e1b_2138_5c26_c926,
            0x4d2c_6dfc_5ac4_2aed,
            0x5338_0d13_9d95_b3df,
            0x650a_7354_8baf_63de,
            0x766a_0abb_3c77_b2a8,
            0x81c2_c92e_47ed_aee6,
            0x9272_2c85_1482_353b,
            0xa2bf_e8a1_4cf1_0364,
            0xa81a_664b_bc42_3001,
            0xc24b_8b70_d0f8_9791,
            0xc76c_51a3_0654_be30,
            0xd192_e819_d6ef_5218,
            0xd699_0624_5565_a910,
            0xf40e_3585_5771_202a,
            0x106a_a070_32bb_d1b8,
        ],
        [
            0x19a4_c116_b8d2_d0c8,
            0x1e37_6c08_5141_ab53,
            0x2748_774c_df8e_eb99,
            0x34b0_bcb5_e19b_48a8,
            0x391c_0cb3_c5c9_5a63,
            0x4ed8_aa4a_e341_8acb,
            0x5b9c_ca4f_7763_e373,
            0x682e_6ff3_d6b2_b8a3,
            0x748f_82ee_5def_b2fc,
            0x78a5_636f_4317_2f60,
            0x84c8_7814_a1f0_ab72,
            0x8cc7_0208_1a64_39ec,
            0x90be_fffa_2363_1e28,
            0xa450_6ceb_de82_bde9,
            0xbef9_a3f7_b2c6_7915,
            0xc671_78f2_e372_532b,
        ],
        [
            0xca27_3ece_ea26_619c,
            0xd186_b8c7_21c0_c207,
            0xeada_7dd6_cde0_eb1e,
            0xf57d_4f7f_ee6e_d178,
            0x06f0_67aa_7217_6fba,
            0x0a63_7dc5_a2c8_98a6,
            0x113f_9804_bef9_0dae,
            0x1b71_0b35_131c_471b,
            0x28db_77f5_2304_7d84,
            0x32ca_ab7b_40c7_2493,
            0x3c9e_be0a_15c9_bebc,
            0x431d_67c4_9c10_0d4c,
            0x4cc5_d4be_cb3e_42b6,
            0x597f_299c_fc65_7e2a,
            0x5fcb_6fab_3ad6_faec,
            0x6c44_198c_4a47_5817,
        ],
    ];
}
