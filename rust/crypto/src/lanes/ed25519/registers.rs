//! The kernels of Ed25519 compiled for each kind of registers.

use super::point::{self, Multiples, Places};
use super::roots::{self, Roots};
use super::sums::{self, Sums};
use crate::lanes::curves::{Numbers, SignedLanes};
use crate::lanes::features::Ifma;
use crate::lanes::registers::Portable;

/// Registers that Ed25519 is compiled for.
pub(crate) trait Compiled: SignedLanes {
    /// [`roots::roots`], compiled for these instructions.
    fn roots(self, y: &Numbers) -> Roots;
    /// [`point::multiples`], compiled for these instructions.
    fn multiples(self, places: &Places, count: usize) -> Multiples;
    /// [`sums::ends`], compiled for these instructions.
    fn ends(self, groups: &[Sums<'_>]) -> Vec<Places>;
}

#[cfg(target_arch = "x86_64")]
impl Compiled for Ifma {
    fn roots(self, y: &Numbers) -> Roots {
        // SAFETY: an `Ifma` exists only where the CPU has the features; so below.
        unsafe { roots_ifma(self, y) }
    }

    fn multiples(self, places: &Places, count: usize) -> Multiples {
        // SAFETY: the features.
        unsafe { multiples_ifma(self, places, count) }
    }

    fn ends(self, groups: &[Sums<'_>]) -> Vec<Places> {
        // SAFETY: the features.
        unsafe { ends_ifma(self, groups) }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512ifma")]
fn roots_ifma(lanes: Ifma, y: &Numbers) -> Roots {
    roots::roots(lanes, y)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512ifma")]
fn multiples_ifma(lanes: Ifma, places: &Places, count: usize) -> Multiples {
    point::multiples(lanes, places, count)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512ifma")]
fn ends_ifma(lanes: Ifma, groups: &[Sums<'_>]) -> Vec<Places> {
    sums::ends(lanes, groups)
}

macro_rules! emulate {
    ($name:ty) => {
        impl Compiled for $name {
            fn roots(self, y: &Numbers) -> Roots {
                roots::roots(self, y)
            }

            fn multiples(self, places: &Places, count: usize) -> Multiples {
                point::multiples(self, places, count)
            }

            fn ends(self, groups: &[Sums<'_>]) -> Vec<Places> {
                sums::ends(self, groups)
            }
        }
    };
}

emulate!(Portable);

// There is no such value on other architectures.
#[cfg(not(target_arch = "x86_64"))]
emulate!(Ifma);
