//! The kernels of P-256 compiled for each kind of registers.

use super::point::{self, Ends, Multiples, Places, Sums};
use crate::lanes::curves::SignedLanes;
use crate::lanes::features::Ifma;
use crate::lanes::registers::Portable;

/// Registers that P-256 is compiled for.
pub(crate) trait Compiled: SignedLanes {
    /// [`point::multiples`], compiled for these instructions.
    fn multiples(self, places: &Places, count: usize) -> Multiples;
    /// [`point::ends`], compiled for these instructions.
    fn ends(self, sums: &Sums<'_>) -> Ends;
}

#[cfg(target_arch = "x86_64")]
impl Compiled for Ifma {
    fn multiples(self, places: &Places, count: usize) -> Multiples {
        // SAFETY: an `Ifma` exists only where the CPU has the features; so below.
        unsafe { multiples_ifma(self, places, count) }
    }

    fn ends(self, sums: &Sums<'_>) -> Ends {
        // SAFETY: the features.
        unsafe { ends_ifma(self, sums) }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512ifma")]
fn multiples_ifma(lanes: Ifma, places: &Places, count: usize) -> Multiples {
    point::multiples(lanes, places, count)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512ifma")]
fn ends_ifma(lanes: Ifma, sums: &Sums<'_>) -> Ends {
    point::ends(lanes, sums)
}

macro_rules! emulate {
    ($name:ty) => {
        impl Compiled for $name {
            fn multiples(self, places: &Places, count: usize) -> Multiples {
                point::multiples(self, places, count)
            }

            fn ends(self, sums: &Sums<'_>) -> Ends {
                point::ends(self, sums)
            }
        }
    };
}

emulate!(Portable);

// There is no such value on other architectures.
#[cfg(not(target_arch = "x86_64"))]
emulate!(Ifma);
