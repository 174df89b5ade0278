//! Files of keys: PKCS#12, PKCS#8, PEM, encrypted or not.
#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use smimebatch_fuzz::{asn1, checks, in_place};

fuzz_target!(|bytes: &[u8]| checks::keys::check(bytes));

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    in_place(data, size, max_size, seed, |bytes, random| asn1::mutate(bytes, random))
});
