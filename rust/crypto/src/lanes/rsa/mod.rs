//! The RSA public operation (RFC 8017 §5.2.2, RSAVP1) for several pairs of key and signature at
//! once.
//!
//! [`integers`] writes numbers in digits of 52 bits for the multiply-add of AVX-512 IFMA; [`doubles`]
//! writes them in balanced digits of 50 bits, since AVX2 multiplies doubles better than integers.
//! Each is written once, over a trait of registers, and has an emulated twin.
//!
//! What enters is a [`Signature`]: a number that was received as a signature, beside the public key
//! it is verified with. It is raised to a [`PublicExponent`], of which there are three. Nothing here
//! is constant time, and no type here could hold a private exponent.

mod doubles;
mod integers;

pub(crate) use doubles::rounds_to_nearest;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests;

pub(super) use integers::{LANES, Lanes};

use super::Choice;
use super::features::{Avx2Fma, Ifma};
use super::registers::Portable;
use crate::aws_lc;
use std::sync::OnceLock;

/// Octets of the largest modulus with a kernel, of 4,100 bits.
const MAX_OCTETS: usize = 520;
/// Below this modulus size the library is as fast: the smallest kernel is one of 1,036 bits.
const FEWEST_BITS: u32 = 768;

/// The exponents with a kernel: 2^k + 1, so k squarings and one product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PublicExponent {
    /// 3.
    F0,
    /// 17.
    F2,
    /// 65,537.
    F4,
}

impl PublicExponent {
    /// Every one of them.
    pub(crate) const ALL: [Self; 3] = [Self::F0, Self::F2, Self::F4];

    const fn squarings(self) -> u32 {
        match self {
            Self::F0 => 1,
            Self::F2 => 4,
            Self::F4 => 16,
        }
    }

    /// The number.
    pub(crate) const fn value(self) -> u64 {
        (1 << self.squarings()) + 1
    }

    fn of(key: &aws_lc::rsa::Key) -> Option<Self> {
        let e = key.word_exponent()?;
        Self::ALL.into_iter().find(|known| known.value() == e)
    }
}

/// What a way of computing needs to know of a modulus.
pub(crate) trait Constants: Sized {
    /// None for a size without a kernel.
    fn new(key: &aws_lc::rsa::Key) -> Option<Self>;

    /// Digits of the numbers; only moduli of equally many share a group.
    fn digits(&self) -> usize;
}

/// A way of computing: digits, registers, and the instructions that the CPU is known to have.
pub(crate) trait Arithmetic: Copy {
    /// Constants of a modulus.
    type Modulus: Constants + FromCache;
    /// Signatures in a group.
    const LANES: usize;
    /// Fewer signatures than this are sooner done by the library.
    const FEWEST: usize;

    /// Replaces each block of a group, at most [`Arithmetic::LANES`] of equally many digits, by its
    /// power modulo the key.
    fn power(self, signatures: &mut [Signature<'_, Self::Modulus>], exponent: PublicExponent);
}

/// A public key as one way of computing has it.
pub(crate) struct Key<M> {
    modulus: M,
    exponent: PublicExponent,
}

impl<M: Constants> Key<M> {
    fn new(key: &aws_lc::rsa::Key) -> Option<Self> {
        if key.modulus_bits() < FEWEST_BITS {
            return None;
        }
        Some(Self { exponent: PublicExponent::of(key)?, modulus: M::new(key)? })
    }

    /// What signatures of one group have in common.
    pub(crate) fn kind(&self) -> (usize, PublicExponent) {
        (self.modulus.digits(), self.exponent)
    }
}

/// A key in each way of computing, made when it first meets that way; None where it has no kernel.
#[derive(Default)]
pub(crate) struct Keys {
    integers: OnceLock<Option<Box<Key<integers::Modulus>>>>,
    doubles: OnceLock<Option<Box<Key<doubles::Modulus>>>>,
}

impl Keys {
    /// The key for `A`, made of the library's.
    pub(crate) fn of<A: Arithmetic>(&self, library: &aws_lc::rsa::Key) -> Option<&Key<A::Modulus>> {
        A::Modulus::place(self).get_or_init(|| Key::new(library).map(Box::new)).as_deref()
    }
}

/// Constants that a key keeps.
pub(crate) trait FromCache: Sized {
    /// Where it keeps them.
    fn place(keys: &Keys) -> &OnceLock<Option<Box<Key<Self>>>>;
}

impl FromCache for integers::Modulus {
    fn place(keys: &Keys) -> &OnceLock<Option<Box<Key<Self>>>> {
        &keys.integers
    }
}

impl FromCache for doubles::Modulus {
    fn place(keys: &Keys) -> &OnceLock<Option<Box<Key<Self>>>> {
        &keys.doubles
    }
}

/// A signature on its way through a kernel, and the block recovered from it afterwards.
pub(crate) struct Signature<'a, M> {
    modulus: &'a M,
    octets: usize,
    /// Big-endian; below the modulus.
    block: [u8; MAX_OCTETS],
}

impl<'a, M> Signature<'a, M> {
    /// A signature value as received, left-padded with zeros (RULES 14). None if it is not below the
    /// modulus (RFC 8017 §5.2.2 step 1).
    pub(crate) fn new(key: &'a Key<M>, modulus_be: &[u8], received: &[u8]) -> Option<Self> {
        let octets = modulus_be.len();
        let mut block = [0; MAX_OCTETS];
        let (padding, place) =
            block.get_mut(..octets)?.split_at_mut_checked(octets.checked_sub(received.len())?)?;
        place.copy_from_slice(received);
        debug_assert!(padding.iter().all(|octet| *octet == 0));
        // Equally long, so they compare as numbers.
        (block.get(..octets)? < modulus_be).then_some(Self { modulus: &key.modulus, octets, block })
    }

    /// As long as the modulus.
    pub(crate) fn block(&self) -> &[u8] {
        self.block.get(..self.octets).unwrap_or_default()
    }

    /// As long as the modulus.
    pub(crate) fn block_mut(&mut self) -> &mut [u8] {
        self.block.get_mut(..self.octets).unwrap_or_default()
    }
}

/// The way of computing that was chosen.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kernel {
    Ifma(Ifma),
    Avx2(Avx2Fma),
    Portable(Portable),
}

impl Kernel {
    /// What a choice comes to on this CPU.
    pub(crate) fn of(choice: Choice) -> Option<Self> {
        let ifma = || Ifma::detect().map(Self::Ifma);
        let avx2 = || Avx2Fma::detect().map(Self::Avx2);
        match choice {
            Choice::Auto => ifma().or_else(avx2),
            Choice::Avx512 => ifma(),
            Choice::Avx2 => avx2(),
            Choice::Portable => Some(Self::Portable(Portable)),
            Choice::Off => None,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ifma(_) => "8 x AVX-512 IFMA",
            Self::Avx2(_) => "4 x AVX2 and FMA",
            Self::Portable(_) => "8 x emulated",
        }
    }
}
