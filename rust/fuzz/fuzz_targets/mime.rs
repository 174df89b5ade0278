//! The walk over a message: ranges nest, the tree is a tree, transfer encodings decode within their bounds.
#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use smimebatch_fuzz::{checks, in_place, mail};

fuzz_target!(|bytes: &[u8]| checks::mime::check(bytes));

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    in_place(data, size, max_size, seed, |bytes, random| Some(mail::mutate_lines(bytes, random)))
});
