//! A batch gives the rows that its messages give alone, on one thread and on two, and nobody forges a signature.
#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use smimebatch_fuzz::{checks, in_place, mail};

fuzz_target!(|bytes: &[u8]| checks::verify_batch::check(bytes));

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    in_place(data, size, max_size, seed, |bytes, random| mail::mutate(bytes, random))
});
