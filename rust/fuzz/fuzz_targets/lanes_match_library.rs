//! Kernels: every choice of lanes recovers, answers and hashes what the library does.
#![no_main]

use libfuzzer_sys::fuzz_target;
use smimebatch_fuzz::checks;

fuzz_target!(|bytes: &[u8]| checks::lanes_match_library::check(bytes));
