//! Base64: the fast decoder gives what a slow one gives over the characters of the alphabet.
#![no_main]

use libfuzzer_sys::fuzz_target;
use smimebatch_fuzz::checks;

fuzz_target!(|bytes: &[u8]| checks::base64::check(bytes));
