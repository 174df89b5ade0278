//! What tests of kernels with many made cases have in common.

/// How many cases a test makes, if `LANES_CASES` says no other number:
/// `LANES_CASES=1000000 cargo test --release -p smimebatch-crypto many_random`.
pub(super) fn count(usual: usize) -> usize {
    std::env::var("LANES_CASES").ok().and_then(|count| count.parse().ok()).unwrap_or(usual)
}

/// Whether `LANES_KERNEL` names this kernel, or none: avx512, avx2, portable.
pub(super) fn is_wanted(kernel: &str) -> bool {
    std::env::var("LANES_KERNEL").ok().is_none_or(|wanted| wanted == kernel)
}

/// Numbers from a seed, the same on every run (xorshift64*).
pub(super) struct Random(pub(super) u64);

impl Random {
    /// From another seed for each number that `LANES_SEED` may be: so a million cases can be made
    /// in several runs.
    pub(super) fn of_run(seed: u64) -> Self {
        let run =
            std::env::var("LANES_SEED").ok().and_then(|run| run.parse().ok()).unwrap_or(0_u64);
        Self(seed ^ run << 40)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub(super) fn below(&mut self, bound: u64) -> u64 {
        (self.next() >> 11) % bound
    }

    pub(super) fn octet(&mut self) -> u8 {
        (self.next() >> 24) as u8
    }

    /// Runs of zeros and ones, of equally many octets.
    pub(super) fn fill_with_runs(&mut self, octets: &mut [u8], length: usize) {
        for run in octets.chunks_mut(length) {
            run.fill(if self.below(2) == 0 { 0 } else { 0xff });
        }
    }
}
