//! What SHA-1 and SHA-256 have in common in the SHA instructions: up to four streams, interleaved.
//!
//! One stream leaves the unit waiting for its own results; four interleaved fill it (SHA-256: 3.4
//! against 1.5 GB/s).

use super::Compress;
use crate::lanes::features::ShaNi;
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

pub(super) type Block = [u8; 64];

/// A hash in the SHA instructions. Whoever calls its functions has the features `sha`, `sse4.1` and
/// `ssse3`; so has each of them.
#[cfg(target_arch = "x86_64")]
pub(super) trait Instructions: Compress<64> {
    /// One stream's hash value.
    type Registers: Copy;
    /// Where the octets of four words go, the upper half first.
    const ORDER: [i64; 2];

    /// The hash value as the instructions have it.
    unsafe fn load(state: &Self::State) -> Self::Registers;

    /// All rounds of a block, four of each stream at a time, so that each stream's instructions hide
    /// the others' latency.
    unsafe fn rounds<const W: usize>(
        streams: &mut [Self::Registers; W],
        schedules: &mut [[__m128i; 4]; W],
    );

    /// The hash value and what a block made of it.
    unsafe fn add(sum: Self::Registers, stream: Self::Registers) -> Self::Registers;

    /// What `load` was given.
    unsafe fn store(registers: Self::Registers) -> Self::State;
}

/// Hashes all blocks of each stream, of which there are equally many, into its state.
#[cfg(target_arch = "x86_64")]
pub(super) fn compress<H: Instructions>(_: ShaNi, states: &mut [H::State], blocks: &[&[Block]]) {
    // SAFETY: a `ShaNi` exists only where the CPU has the features.
    unsafe {
        match (states, blocks) {
            ([a, b, c, d], &[w, x, y, z]) if H::STREAMS >= 4 => {
                interleave::<H, 4>([a, b, c, d], &[w, x, y, z]);
            }
            ([a, b, c], &[x, y, z]) if H::STREAMS >= 3 => {
                interleave::<H, 3>([a, b, c], &[x, y, z]);
            }
            ([a, b], &[y, z]) => interleave::<H, 2>([a, b], &[y, z]),
            (states, blocks) => {
                for (state, blocks) in states.iter_mut().zip(blocks) {
                    interleave::<H, 1>([state], &[blocks]);
                }
            }
        }
    }
}

#[cfg(not(target_arch = "x86_64"))]
pub(super) fn compress<H: Compress<64>>(proof: ShaNi, _: &mut [H::State], _: &[&[Block]]) {
    match proof.0 {}
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sha,sse4.1,ssse3")]
#[expect(clippy::indexing_slicing, reason = "W of each, but for `block` below the shortest")]
#[expect(clippy::needless_range_loop, reason = "`block` counts in every stream")]
fn interleave<H: Instructions, const W: usize>(states: [&mut H::State; W], blocks: &[&[Block]; W]) {
    const { assert!(W > 0) }
    let order = _mm_set_epi64x(H::ORDER[0], H::ORDER[1]);
    // SAFETY: this function has the features; so below.
    let mut sums = [unsafe { H::load(states[0]) }; W];
    for w in 1..W {
        // SAFETY: the features.
        sums[w] = unsafe { H::load(states[w]) };
    }
    for block in 0..blocks.iter().map(|blocks| blocks.len()).min().unwrap_or_default() {
        let mut streams = sums;
        let mut schedules = [[_mm_setzero_si128(); 4]; W];
        for w in 0..W {
            let (quarters, _) = blocks[w][block].as_chunks::<16>();
            for quarter in 0..4 {
                schedules[w][quarter] = _mm_shuffle_epi8(load(&quarters[quarter]), order);
            }
        }
        // SAFETY: the features.
        unsafe { H::rounds(&mut streams, &mut schedules) };
        for w in 0..W {
            // SAFETY: the features.
            sums[w] = unsafe { H::add(sums[w], streams[w]) };
        }
    }
    for (state, sum) in states.into_iter().zip(sums) {
        // SAFETY: the features.
        *state = unsafe { H::store(sum) };
    }
}

/// Sixteen octets as a register.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse2")]
#[inline]
pub(super) fn load<T>(octets: &T) -> __m128i {
    const { assert!(size_of::<T>() == 16) }
    // SAFETY: sixteen readable octets, at any alignment.
    unsafe { _mm_loadu_si128(std::ptr::from_ref(octets).cast()) }
}
