//! What a curve needs of registers beyond the multiply-add.

use crate::lanes::features::Ifma;
use crate::lanes::registers::Portable;
use crate::lanes::rsa::Lanes;
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

/// [`Lanes`] whose columns may be below zero.
pub(crate) trait SignedLanes: Lanes {
    /// `a - b`.
    fn subtract(self, a: Self::Register, b: Self::Register) -> Self::Register;
    /// Each column times 2^BITS.
    fn shift_left<const BITS: u32>(self, column: Self::Register) -> Self::Register;
    /// Each column, which has a sign, divided by 2^BITS and rounded down.
    fn shift_right<const BITS: u32>(self, column: Self::Register) -> Self::Register;
}

/// Every method is one instruction, and inlined into the kernels' functions, which have the
/// features.
#[cfg(target_arch = "x86_64")]
impl SignedLanes for Ifma {
    #[inline(always)]
    fn subtract(self, a: __m512i, b: __m512i) -> __m512i {
        // SAFETY: an `Ifma` exists only where the CPU has the features; so below.
        unsafe { _mm512_sub_epi64(a, b) }
    }

    #[inline(always)]
    fn shift_left<const BITS: u32>(self, column: __m512i) -> __m512i {
        // SAFETY: the features.
        unsafe { _mm512_slli_epi64::<BITS>(column) }
    }

    #[inline(always)]
    fn shift_right<const BITS: u32>(self, column: __m512i) -> __m512i {
        // SAFETY: the features.
        unsafe { _mm512_srai_epi64::<BITS>(column) }
    }
}

macro_rules! emulate {
    ($name:ty) => {
        #[allow(clippy::indexing_slicing, reason = "eight lanes of each")]
        impl SignedLanes for $name {
            #[inline]
            fn subtract(self, a: Self::Register, b: Self::Register) -> Self::Register {
                std::array::from_fn(|lane| a[lane].wrapping_sub(b[lane]))
            }

            #[inline]
            fn shift_left<const BITS: u32>(self, column: Self::Register) -> Self::Register {
                column.map(|sum| sum << BITS)
            }

            #[inline]
            fn shift_right<const BITS: u32>(self, column: Self::Register) -> Self::Register {
                column.map(|sum| (sum as i64 >> BITS) as u64)
            }
        }
    };
}

emulate!(Portable);

// There is no such value on other architectures.
#[cfg(not(target_arch = "x86_64"))]
emulate!(Ifma);
