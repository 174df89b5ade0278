//! What is encrypted anew proves what it should, held or piece by piece.
#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use smimebatch_fuzz::{checks, in_place, mail};

fuzz_target!(|bytes: &[u8]| checks::envelopes::check(bytes));

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    in_place(data, size, max_size, seed, |bytes, random| mail::mutate(bytes, random))
});
