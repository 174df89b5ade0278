//! What every vector of independent words can do: be filled from memory, written to it, and added.
//!
//! Kernels are written over traits that add to this what they compute with. Each has an emulated
//! twin, words in an array, which is also what a proof of features stands for on CPUs that cannot
//! have them.

use super::features::{Avx2, Avx2Fma, Avx512, Ifma};
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

/// A vector of independent words. Whoever has the value has the instructions.
pub(crate) trait Registers<W>: Copy {
    /// One word of each lane, in a register.
    type Register: Copy;
    /// One word of each lane, in memory.
    type Row: Copy + Default + AsRef<[W]> + AsMut<[W]>;

    /// The same in each lane.
    fn all(self, word: W) -> Self::Register;
    /// One word of each lane.
    fn load(self, row: &Self::Row) -> Self::Register;
    /// What is in each lane.
    fn store(self, register: Self::Register) -> Self::Row;
    /// `a + b`.
    fn add(self, a: Self::Register, b: Self::Register) -> Self::Register;

    /// Several rows. Loops count, here and in all kernels: a closure would be compiled by itself,
    /// without the instructions.
    #[inline(always)]
    #[expect(clippy::indexing_slicing, reason = "as many of each")]
    fn load_rows<const N: usize>(self, rows: &[Self::Row; N]) -> [Self::Register; N] {
        let mut registers = [self.load(&Self::Row::default()); N];
        for at in 0..N {
            registers[at] = self.load(&rows[at]);
        }
        registers
    }

    /// Several rows.
    #[inline(always)]
    #[expect(clippy::indexing_slicing, reason = "as many of each")]
    fn store_rows<const N: usize>(self, registers: &[Self::Register; N]) -> [Self::Row; N] {
        let mut rows = [Self::Row::default(); N];
        for at in 0..N {
            rows[at] = self.store(registers[at]);
        }
        rows
    }
}

/// [`Registers`] of a CPU: every method is one instruction, and inlined into a kernel's function,
/// which has the features.
#[cfg(target_arch = "x86_64")]
macro_rules! vector {
    (
        $proof:ident, [$word:ty; $lanes:literal], $as:ty, $register:ident:
        $set1:ident $load:ident $store:ident $add:ident
    ) => {
        impl Registers<$word> for $proof {
            type Register = $register;
            type Row = [$word; $lanes];

            #[inline(always)]
            fn all(self, word: $word) -> $register {
                // SAFETY: the proof exists only where the CPU has the features; so below.
                unsafe { $set1(word as $as) }
            }

            #[inline(always)]
            fn load(self, row: &Self::Row) -> $register {
                const { assert!(size_of::<Self::Row>() == size_of::<$register>()) }
                // SAFETY: the features, and a register's octets to read, at any alignment.
                unsafe { $load(row.as_ptr().cast()) }
            }

            #[inline(always)]
            fn store(self, register: $register) -> Self::Row {
                let mut row = Self::Row::default();
                // SAFETY: the features, and a register's octets to write, at any alignment.
                unsafe { $store(row.as_mut_ptr().cast(), register) }
                row
            }

            #[inline(always)]
            fn add(self, a: $register, b: $register) -> $register {
                // SAFETY: the features.
                unsafe { $add(a, b) }
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
vector! {
    Ifma, [u64; 8], i64, __m512i:
    _mm512_set1_epi64 _mm512_loadu_si512 _mm512_storeu_si512 _mm512_add_epi64
}
#[cfg(target_arch = "x86_64")]
vector! {
    Avx2Fma, [f64; 4], f64, __m256d:
    _mm256_set1_pd _mm256_loadu_pd _mm256_storeu_pd _mm256_add_pd
}
#[cfg(target_arch = "x86_64")]
vector! {
    Avx512, [u32; 16], i32, __m512i:
    _mm512_set1_epi32 _mm512_loadu_si512 _mm512_storeu_si512 _mm512_add_epi32
}
#[cfg(target_arch = "x86_64")]
vector! {
    Avx512, [u64; 8], i64, __m512i:
    _mm512_set1_epi64 _mm512_loadu_si512 _mm512_storeu_si512 _mm512_add_epi64
}
#[cfg(target_arch = "x86_64")]
vector! {
    Avx2, [u32; 8], i32, __m256i:
    _mm256_set1_epi32 _mm256_loadu_si256 _mm256_storeu_si256 _mm256_add_epi32
}
#[cfg(target_arch = "x86_64")]
vector! {
    Avx2, [u64; 4], i64, __m256i:
    _mm256_set1_epi64x _mm256_loadu_si256 _mm256_storeu_si256 _mm256_add_epi64
}

/// Words in an array, for every CPU: the twin of the vectors.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Portable;

/// The same, of doubles: tests take it for those of AVX2.
#[cfg(test)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct PortableDoubles;

macro_rules! emulate {
    ($name:ty, [$word:ty; $lanes:literal], $add:path) => {
        impl Registers<$word> for $name {
            type Register = [$word; $lanes];
            type Row = [$word; $lanes];

            #[inline]
            fn all(self, word: $word) -> Self::Row {
                [word; $lanes]
            }

            #[inline]
            fn load(self, row: &Self::Row) -> Self::Row {
                *row
            }

            #[inline]
            fn store(self, register: Self::Row) -> Self::Row {
                register
            }

            #[inline]
            #[expect(clippy::indexing_slicing, reason = "as many lanes of each")]
            fn add(self, a: Self::Row, b: Self::Row) -> Self::Row {
                std::array::from_fn(|lane| $add(a[lane], b[lane]))
            }
        }
    };
}

emulate!(Portable, [u64; 8], u64::wrapping_add);
emulate!(Portable, [u32; 8], u32::wrapping_add);
#[cfg(test)]
emulate!(PortableDoubles, [f64; 4], std::ops::Add::add);

/// There are no such values on other architectures.
#[cfg(not(target_arch = "x86_64"))]
mod never {
    use super::{Avx2, Avx2Fma, Avx512, Ifma, Registers};

    emulate!(Ifma, [u64; 8], u64::wrapping_add);
    emulate!(Avx2Fma, [f64; 4], std::ops::Add::add);
    emulate!(Avx512, [u32; 16], u32::wrapping_add);
    emulate!(Avx512, [u64; 8], u64::wrapping_add);
    emulate!(Avx2, [u32; 8], u32::wrapping_add);
    emulate!(Avx2, [u64; 4], u64::wrapping_add);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What goes in comes out in its own lane, and sums are those of each lane.
    fn check<W, R, const LANES: usize>(
        registers: Option<R>,
        a: [W; LANES],
        b: [W; LANES],
        add: fn(W, W) -> W,
    ) where
        W: Copy + Default + PartialEq + std::fmt::Debug,
        R: Registers<W, Row = [W; LANES]>,
    {
        let Some(registers) = registers else {
            eprintln!("NOT TESTED: {}, which this CPU lacks", std::any::type_name::<R>());
            return;
        };
        let rows = registers.load_rows(&[a, b]);
        assert_eq!(registers.store_rows(&rows), [a, b]);
        let sums = registers.store(registers.add(rows[0], rows[1]));
        let expected: Vec<W> = a.into_iter().zip(b).map(|(a, b)| add(a, b)).collect();
        assert_eq!(sums.to_vec(), expected);
        assert_eq!(registers.store(registers.all(a[1])), [a[1]; LANES]);
    }

    proptest! {
        #[test]
        fn rows_and_sums_are_those_of_each_lane(
            wide in any::<[[u64; 8]; 2]>(),
            narrow in any::<[[u32; 16]; 2]>(),
            doubles in any::<[[i32; 4]; 2]>(),
        ) {
            let [a, b] = wide;
            let [c, d] = wide.map(|[a, b, c, d, ..]| [a, b, c, d]);
            check(Ifma::detect(), a, b, u64::wrapping_add);
            check(Avx512::detect(), a, b, u64::wrapping_add);
            check(Avx2::detect(), c, d, u64::wrapping_add);
            check(Some(Portable), a, b, u64::wrapping_add);
            let [c, d] = narrow.map(|[a, b, c, d, e, f, g, h, ..]| [a, b, c, d, e, f, g, h]);
            check(Avx512::detect(), narrow[0], narrow[1], u32::wrapping_add);
            check(Avx2::detect(), c, d, u32::wrapping_add);
            check(Some(Portable), c, d, u32::wrapping_add);
            let [a, b] = doubles.map(|row| row.map(f64::from));
            check(Avx2Fma::detect(), a, b, |a, b| a + b);
            check(Some(PortableDoubles), a, b, |a, b| a + b);
        }
    }
}
