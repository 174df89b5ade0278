//! Registers of eight limbs of 52 bits: of AVX-512 IFMA, and emulated.

use super::{Digits, Group, LIMB_BITS, montgomery};
use crate::lanes::features::Ifma;
use crate::lanes::limbs::mask;
use crate::lanes::registers::{Portable, Registers};
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

/// A vector of independent limbs: eight columns of 64 bits, in which products of 52-bit digits are
/// gathered. Whoever has the value has the instructions.
pub(crate) trait Lanes: Registers<u64, Row = Digits> {
    /// `sum` + the lower 52 bits of `a · b`, of the lower 52 bits of each.
    fn add_low(self, sum: Self::Register, a: Self::Register, b: Self::Register) -> Self::Register;
    /// `sum` + the upper 52 bits of `a · b`, of the lower 52 bits of each.
    fn add_high(self, sum: Self::Register, a: Self::Register, b: Self::Register) -> Self::Register;
    /// The lower 52 bits of each column.
    fn digit(self, column: Self::Register) -> Self::Register;
    /// What is above them.
    fn carry(self, column: Self::Register) -> Self::Register;

    /// [`montgomery::power`], compiled for these instructions.
    fn power<const D: usize>(self, group: &Group<D>, squarings: u32) -> [Digits; D];
}

/// Every method is one instruction, and inlined into [`power_ifma`], which has the features.
#[cfg(target_arch = "x86_64")]
impl Lanes for Ifma {
    #[inline(always)]
    fn add_low(self, sum: __m512i, a: __m512i, b: __m512i) -> __m512i {
        // SAFETY: an `Ifma` exists only where the CPU has the features; so below.
        unsafe { _mm512_madd52lo_epu64(sum, a, b) }
    }

    #[inline(always)]
    fn add_high(self, sum: __m512i, a: __m512i, b: __m512i) -> __m512i {
        // SAFETY: the features.
        unsafe { _mm512_madd52hi_epu64(sum, a, b) }
    }

    #[inline(always)]
    fn digit(self, column: __m512i) -> __m512i {
        // SAFETY: the features.
        unsafe { _mm512_and_si512(column, self.all(mask::<LIMB_BITS>())) }
    }

    #[inline(always)]
    fn carry(self, column: __m512i) -> __m512i {
        // SAFETY: the features.
        unsafe { _mm512_srli_epi64::<LIMB_BITS>(column) }
    }

    fn power<const D: usize>(self, group: &Group<D>, squarings: u32) -> [Digits; D] {
        // SAFETY: the features.
        unsafe { power_ifma(self, group, squarings) }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512ifma")]
fn power_ifma<const D: usize>(lanes: Ifma, group: &Group<D>, squarings: u32) -> [Digits; D] {
    montgomery::power(lanes, group, squarings)
}

/// The product of the lower 52 bits of each.
#[inline]
fn product(a: u64, b: u64) -> u128 {
    u128::from(a & mask::<LIMB_BITS>()) * u128::from(b & mask::<LIMB_BITS>())
}

macro_rules! emulate {
    ($name:ty) => {
        #[allow(clippy::indexing_slicing, reason = "eight lanes of each")]
        impl Lanes for $name {
            #[inline]
            fn add_low(self, sum: Digits, a: Digits, b: Digits) -> Digits {
                std::array::from_fn(|lane| {
                    let low = product(a[lane], b[lane]) as u64 & mask::<LIMB_BITS>();
                    sum[lane].wrapping_add(low)
                })
            }

            #[inline]
            fn add_high(self, sum: Digits, a: Digits, b: Digits) -> Digits {
                std::array::from_fn(|lane| {
                    let high = (product(a[lane], b[lane]) >> LIMB_BITS) as u64;
                    sum[lane].wrapping_add(high)
                })
            }

            #[inline]
            fn digit(self, column: Digits) -> Digits {
                column.map(|sum| sum & mask::<LIMB_BITS>())
            }

            #[inline]
            fn carry(self, column: Digits) -> Digits {
                column.map(|sum| sum >> LIMB_BITS)
            }

            fn power<const D: usize>(self, group: &Group<D>, squarings: u32) -> [Digits; D] {
                montgomery::power(self, group, squarings)
            }
        }
    };
}

emulate!(Portable);

// There is no such value on other architectures.
#[cfg(not(target_arch = "x86_64"))]
emulate!(Ifma);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Bits above the 52nd of a factor do not count, in either.
        #[test]
        fn emulated_instructions_equal_those_of_the_cpu(
            sum in any::<Digits>(),
            a in any::<Digits>(),
            b in any::<Digits>(),
        ) {
            let Some(ifma) = Ifma::detect() else {
                eprintln!("NOT TESTED: this CPU has no AVX-512 IFMA");
                return Ok(());
            };
            let [x, y, z] = [&sum, &a, &b].map(|digits| ifma.load(digits));
            prop_assert_eq!(ifma.store(ifma.add_low(x, y, z)), Portable.add_low(sum, a, b));
            prop_assert_eq!(ifma.store(ifma.add_high(x, y, z)), Portable.add_high(sum, a, b));
            prop_assert_eq!(ifma.store(ifma.digit(x)), Portable.digit(sum));
            prop_assert_eq!(ifma.store(ifma.carry(x)), Portable.carry(sum));
        }
    }
}
