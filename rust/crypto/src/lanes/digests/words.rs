//! Registers of independent words of 32 or 64 bits: of AVX2, of AVX-512, and emulated.

use super::streams::{self, Rounds};
use crate::lanes::features::{Avx2, Avx512};
use crate::lanes::registers::{Portable, Registers};
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

/// A vector of independent words, and what hashes do with them. Whoever has the value has the
/// instructions.
pub(crate) trait Words<W>: Registers<W> {
    /// Bits of `a` where `mask` has ones, of `b` where it has zeros.
    fn choose(self, mask: Self::Register, a: Self::Register, b: Self::Register) -> Self::Register;
    /// What two of three have at least.
    fn majority(self, a: Self::Register, b: Self::Register, c: Self::Register) -> Self::Register;
    /// `a ^ b ^ c`.
    fn parity(self, a: Self::Register, b: Self::Register, c: Self::Register) -> Self::Register;
    /// `a ^ (b | !c)`.
    fn xor_or_not(self, a: Self::Register, b: Self::Register, c: Self::Register) -> Self::Register;
    /// By a number of bits that is known when this is compiled.
    fn rotate_right(self, a: Self::Register, bits: u32) -> Self::Register;
    /// As above.
    fn shift_right(self, a: Self::Register, bits: u32) -> Self::Register;

    /// [`streams::compress`], compiled for these instructions.
    fn compress<H: Rounds<W, N, BLOCK>, const N: usize, const BLOCK: usize>(
        self,
        states: &mut [[W; N]],
        blocks: &[&[[u8; BLOCK]]],
    );
}

/// The methods of [`Words`] for one type of registers: every one is an instruction or a few.
#[cfg(target_arch = "x86_64")]
macro_rules! vector {
    (
        $proof:ident, $word:ty, $register:ident, $compress:ident:
        |$mask:ident, $a:ident, $b:ident, $c:ident, $bits:ident|
        choose $choose:expr, majority $majority:expr, parity $parity:expr,
        xor_or_not $xor_or_not:expr, rotate $rotate:expr, shift $shift:expr
    ) => {
        impl Words<$word> for $proof {
            #[inline(always)]
            fn choose(self, $mask: $register, $a: $register, $b: $register) -> $register {
                // SAFETY: the proof exists only where the CPU has the features; so below.
                unsafe { $choose }
            }

            #[inline(always)]
            fn majority(self, $a: $register, $b: $register, $c: $register) -> $register {
                // SAFETY: the features.
                unsafe { $majority }
            }

            #[inline(always)]
            fn parity(self, $a: $register, $b: $register, $c: $register) -> $register {
                // SAFETY: the features.
                unsafe { $parity }
            }

            #[inline(always)]
            fn xor_or_not(self, $a: $register, $b: $register, $c: $register) -> $register {
                // SAFETY: the features.
                unsafe { $xor_or_not }
            }

            #[inline(always)]
            fn rotate_right(self, $a: $register, $bits: u32) -> $register {
                // SAFETY: the features.
                unsafe { $rotate }
            }

            #[inline(always)]
            fn shift_right(self, $a: $register, $bits: u32) -> $register {
                // SAFETY: the features.
                unsafe { $shift }
            }

            fn compress<H: Rounds<$word, N, BLOCK>, const N: usize, const BLOCK: usize>(
                self,
                states: &mut [[$word; N]],
                blocks: &[&[[u8; BLOCK]]],
            ) {
                // SAFETY: the features.
                unsafe { $compress::<$word, H, N, BLOCK>(self, states, blocks) }
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn compress_avx2<W, H, const N: usize, const BLOCK: usize>(
    words: Avx2,
    states: &mut [[W; N]],
    blocks: &[&[[u8; BLOCK]]],
) where
    W: Copy,
    Avx2: Words<W>,
    H: Rounds<W, N, BLOCK>,
{
    streams::compress::<W, Avx2, H, N, BLOCK>(words, states, blocks);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn compress_avx512<W, H, const N: usize, const BLOCK: usize>(
    words: Avx512,
    states: &mut [[W; N]],
    blocks: &[&[[u8; BLOCK]]],
) where
    W: Copy,
    Avx512: Words<W>,
    H: Rounds<W, N, BLOCK>,
{
    streams::compress::<W, Avx512, H, N, BLOCK>(words, states, blocks);
}

#[cfg(target_arch = "x86_64")]
vector! {
    Avx2, u32, __m256i, compress_avx2:
    |mask, a, b, c, bits|
    choose _mm256_xor_si256(b, _mm256_and_si256(mask, _mm256_xor_si256(a, b))),
    majority _mm256_or_si256(_mm256_and_si256(a, b), _mm256_and_si256(c, _mm256_or_si256(a, b))),
    parity _mm256_xor_si256(a, _mm256_xor_si256(b, c)),
    xor_or_not _mm256_xor_si256(
        a,
        _mm256_or_si256(b, _mm256_xor_si256(c, _mm256_set1_epi32(-1)))
    ),
    rotate _mm256_or_si256(
        _mm256_srl_epi32(a, _mm_cvtsi32_si128(bits as i32)),
        _mm256_sll_epi32(a, _mm_cvtsi32_si128(32 - bits as i32))
    ),
    shift _mm256_srl_epi32(a, _mm_cvtsi32_si128(bits as i32))
}

#[cfg(target_arch = "x86_64")]
vector! {
    Avx2, u64, __m256i, compress_avx2:
    |mask, a, b, c, bits|
    choose _mm256_xor_si256(b, _mm256_and_si256(mask, _mm256_xor_si256(a, b))),
    majority _mm256_or_si256(_mm256_and_si256(a, b), _mm256_and_si256(c, _mm256_or_si256(a, b))),
    parity _mm256_xor_si256(a, _mm256_xor_si256(b, c)),
    xor_or_not _mm256_xor_si256(
        a,
        _mm256_or_si256(b, _mm256_xor_si256(c, _mm256_set1_epi64x(-1)))
    ),
    rotate _mm256_or_si256(
        _mm256_srl_epi64(a, _mm_cvtsi32_si128(bits as i32)),
        _mm256_sll_epi64(a, _mm_cvtsi32_si128(64 - bits as i32))
    ),
    shift _mm256_srl_epi64(a, _mm_cvtsi32_si128(bits as i32))
}

// The tables of `vpternlogq`, bit by bit of (a, b, c) = 111, 110 … 000.
#[cfg(target_arch = "x86_64")]
vector! {
    Avx512, u32, __m512i, compress_avx512:
    |mask, a, b, c, bits|
    choose _mm512_ternarylogic_epi32::<0b1100_1010>(mask, a, b),
    majority _mm512_ternarylogic_epi32::<0b1110_1000>(a, b, c),
    parity _mm512_ternarylogic_epi32::<0b1001_0110>(a, b, c),
    xor_or_not _mm512_ternarylogic_epi32::<0b0010_1101>(a, b, c),
    rotate _mm512_rorv_epi32(a, _mm512_set1_epi32(bits as i32)),
    shift _mm512_srlv_epi32(a, _mm512_set1_epi32(bits as i32))
}

#[cfg(target_arch = "x86_64")]
vector! {
    Avx512, u64, __m512i, compress_avx512:
    |mask, a, b, c, bits|
    choose _mm512_ternarylogic_epi64::<0b1100_1010>(mask, a, b),
    majority _mm512_ternarylogic_epi64::<0b1110_1000>(a, b, c),
    parity _mm512_ternarylogic_epi64::<0b1001_0110>(a, b, c),
    xor_or_not _mm512_ternarylogic_epi64::<0b0010_1101>(a, b, c),
    rotate _mm512_rorv_epi64(a, _mm512_set1_epi64(i64::from(bits))),
    shift _mm512_srlv_epi64(a, _mm512_set1_epi64(i64::from(bits)))
}

macro_rules! emulate {
    ($name:ty, $word:ty) => {
        #[allow(clippy::indexing_slicing, reason = "as many lanes of each")]
        impl Words<$word> for $name {
            #[inline]
            fn choose(self, mask: Self::Row, a: Self::Row, b: Self::Row) -> Self::Row {
                std::array::from_fn(|lane| mask[lane] & a[lane] | !mask[lane] & b[lane])
            }

            #[inline]
            fn majority(self, a: Self::Row, b: Self::Row, c: Self::Row) -> Self::Row {
                std::array::from_fn(|lane| {
                    a[lane] & b[lane] | a[lane] & c[lane] | b[lane] & c[lane]
                })
            }

            #[inline]
            fn parity(self, a: Self::Row, b: Self::Row, c: Self::Row) -> Self::Row {
                std::array::from_fn(|lane| a[lane] ^ b[lane] ^ c[lane])
            }

            #[inline]
            fn xor_or_not(self, a: Self::Row, b: Self::Row, c: Self::Row) -> Self::Row {
                std::array::from_fn(|lane| a[lane] ^ (b[lane] | !c[lane]))
            }

            #[inline]
            fn rotate_right(self, a: Self::Row, bits: u32) -> Self::Row {
                a.map(|word| word.rotate_right(bits))
            }

            #[inline]
            fn shift_right(self, a: Self::Row, bits: u32) -> Self::Row {
                a.map(|word| word >> bits)
            }

            fn compress<H: Rounds<$word, N, BLOCK>, const N: usize, const BLOCK: usize>(
                self,
                states: &mut [[$word; N]],
                blocks: &[&[[u8; BLOCK]]],
            ) {
                streams::compress::<$word, Self, H, N, BLOCK>(self, states, blocks);
            }
        }
    };
}

emulate!(Portable, u32);
emulate!(Portable, u64);

/// There are no such values on other architectures.
#[cfg(not(target_arch = "x86_64"))]
mod never {
    use super::{Avx2, Avx512, Rounds, Words, streams};

    emulate!(Avx2, u32);
    emulate!(Avx2, u64);
    emulate!(Avx512, u32);
    emulate!(Avx512, u64);
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Each operation on the same three words in every lane, beside the emulated one.
    fn check<W, V>(words: V, [a, b, c]: [W; 3], bits: u32)
    where
        W: Copy + PartialEq + std::fmt::Debug,
        V: Words<W>,
        Portable: Words<W>,
    {
        fn results<W: Copy, V: Words<W>>(words: V, [a, b, c]: [W; 3], bits: u32) -> Vec<Vec<W>> {
            let [x, y, z] = [a, b, c].map(|word| words.all(word));
            let results = [
                words.add(x, y),
                words.choose(x, y, z),
                words.majority(x, y, z),
                words.parity(x, y, z),
                words.xor_or_not(x, y, z),
                words.rotate_right(x, bits),
                words.shift_right(x, bits),
            ];
            results.map(|result| words.store(result).as_ref().to_vec()).to_vec()
        }
        let emulated = results(Portable, [a, b, c], bits);
        for (found, emulated) in results(words, [a, b, c], bits).iter().zip(&emulated) {
            assert!(found.iter().all(|word| *word == emulated[0]));
        }
        let mut row = V::Row::default();
        row.as_mut().iter_mut().zip([a, b, c]).for_each(|(place, word)| *place = word);
        assert_eq!(words.store(words.load(&row)).as_ref(), row.as_ref());
    }

    proptest! {
        #[test]
        fn vector_operations_equal_emulated_ones(
            narrow in any::<[u32; 3]>(),
            wide in any::<[u64; 3]>(),
            bits in 1u32..32,
        ) {
            if let Some(avx2) = Avx2::detect() {
                check(avx2, narrow, bits);
                check(avx2, wide, 2 * bits);
            }
            if let Some(avx512) = Avx512::detect() {
                check(avx512, narrow, bits);
                check(avx512, wide, 2 * bits);
            }
        }
    }
}
