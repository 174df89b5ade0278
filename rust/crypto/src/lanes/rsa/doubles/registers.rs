//! Registers of four doubles: of AVX2 with FMA, and emulated.

use super::start::Start;
use super::{DIGIT_BITS, Digits, Group, montgomery};
use crate::lanes::features::Avx2Fma;
use crate::lanes::limbs::mask;
#[cfg(test)]
use crate::lanes::registers::PortableDoubles;
use crate::lanes::registers::Registers;
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

/// A vector of independent doubles, and of the columns in which their bits are summed. Whoever has
/// the value has the instructions.
pub(crate) trait Doubles: Registers<f64, Row = Digits> {
    /// Four columns of 64 bits.
    type Sums: Copy;

    /// The same in each lane.
    fn all_sums(self, bits: u64) -> Self::Sums;
    /// `a · b + c`, rounded once.
    fn multiply_add(
        self,
        a: Self::Register,
        b: Self::Register,
        c: Self::Register,
    ) -> Self::Register;
    /// `a - b`.
    fn subtract(self, a: Self::Register, b: Self::Register) -> Self::Register;
    /// The doubles' bits.
    fn bits(self, register: Self::Register) -> Self::Sums;
    /// `a + b`, as integers.
    fn add_sums(self, a: Self::Sums, b: Self::Sums) -> Self::Sums;
    /// The lower 50 bits of each column, less 2^49.
    fn digit(self, column: Self::Sums) -> Self::Register;
    /// What is above them.
    fn carry(self, column: Self::Sums) -> Self::Sums;

    /// [`montgomery::power`], compiled for these instructions.
    fn power<const D: usize>(
        self,
        group: &Group<D>,
        start: &Start<D>,
        squarings: u32,
    ) -> [Digits; D];
}

/// Bits of 2^52, to which an integer below 2^52 adds itself in the lowest bits.
const TWO_TO_52_BITS: u64 = 0x4330_0000_0000_0000;
/// 2^52 + 2^49.
const DIGIT_BIAS: f64 = (1_u64 << 52) as f64 + (1_u64 << 49) as f64;

/// Every method is one instruction or a few, and inlined into [`power_avx2`], which has the features.
#[cfg(target_arch = "x86_64")]
impl Doubles for Avx2Fma {
    type Sums = __m256i;

    #[inline(always)]
    fn all_sums(self, bits: u64) -> __m256i {
        // SAFETY: an `Avx2Fma` exists only where the CPU has the features; so below.
        unsafe { _mm256_set1_epi64x(bits as i64) }
    }

    #[inline(always)]
    fn multiply_add(self, a: __m256d, b: __m256d, c: __m256d) -> __m256d {
        // SAFETY: the features.
        unsafe { _mm256_fmadd_pd(a, b, c) }
    }

    #[inline(always)]
    fn subtract(self, a: __m256d, b: __m256d) -> __m256d {
        // SAFETY: the features.
        unsafe { _mm256_sub_pd(a, b) }
    }

    #[inline(always)]
    fn bits(self, register: __m256d) -> __m256i {
        // SAFETY: the features.
        unsafe { _mm256_castpd_si256(register) }
    }

    #[inline(always)]
    fn add_sums(self, a: __m256i, b: __m256i) -> __m256i {
        // SAFETY: the features.
        unsafe { _mm256_add_epi64(a, b) }
    }

    #[inline(always)]
    fn digit(self, column: __m256i) -> __m256d {
        let (mask, exponent) = (self.all_sums(mask::<DIGIT_BITS>()), self.all_sums(TWO_TO_52_BITS));
        // SAFETY: the features.
        unsafe {
            let bits = _mm256_or_si256(_mm256_and_si256(column, mask), exponent);
            _mm256_sub_pd(_mm256_castsi256_pd(bits), _mm256_set1_pd(DIGIT_BIAS))
        }
    }

    #[inline(always)]
    fn carry(self, column: __m256i) -> __m256i {
        // SAFETY: the features.
        unsafe { _mm256_srli_epi64::<{ DIGIT_BITS as i32 }>(column) }
    }

    fn power<const D: usize>(
        self,
        group: &Group<D>,
        start: &Start<D>,
        squarings: u32,
    ) -> [Digits; D] {
        // SAFETY: the features.
        unsafe { power_avx2(self, group, start, squarings) }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn power_avx2<const D: usize>(
    lanes: Avx2Fma,
    group: &Group<D>,
    start: &Start<D>,
    squarings: u32,
) -> [Digits; D] {
    montgomery::power(lanes, group, start, squarings)
}

/// A column of each lane.
#[cfg(any(test, not(target_arch = "x86_64")))]
type Columns = [u64; super::LANES];

#[cfg(any(test, not(target_arch = "x86_64")))]
macro_rules! emulate {
    ($name:ty) => {
        #[allow(clippy::indexing_slicing, reason = "four lanes of each")]
        impl Doubles for $name {
            type Sums = Columns;

            #[inline]
            fn all_sums(self, bits: u64) -> Columns {
                [bits; super::LANES]
            }

            #[inline]
            fn multiply_add(self, a: Digits, b: Digits, c: Digits) -> Digits {
                std::array::from_fn(|lane| a[lane].mul_add(b[lane], c[lane]))
            }

            #[inline]
            fn subtract(self, a: Digits, b: Digits) -> Digits {
                std::array::from_fn(|lane| a[lane] - b[lane])
            }

            #[inline]
            fn bits(self, register: Digits) -> Columns {
                register.map(f64::to_bits)
            }

            #[inline]
            fn add_sums(self, a: Columns, b: Columns) -> Columns {
                std::array::from_fn(|lane| a[lane].wrapping_add(b[lane]))
            }

            #[inline]
            fn digit(self, column: Columns) -> Digits {
                column.map(|sum| {
                    f64::from_bits(sum & mask::<DIGIT_BITS>() | TWO_TO_52_BITS) - DIGIT_BIAS
                })
            }

            #[inline]
            fn carry(self, column: Columns) -> Columns {
                column.map(|sum| sum >> DIGIT_BITS)
            }

            fn power<const D: usize>(
                self,
                group: &Group<D>,
                start: &Start<D>,
                squarings: u32,
            ) -> [Digits; D] {
                montgomery::power(self, group, start, squarings)
            }
        }
    };
}

#[cfg(test)]
emulate!(PortableDoubles);

// There is no such value on other architectures.
#[cfg(not(target_arch = "x86_64"))]
emulate!(Avx2Fma);
