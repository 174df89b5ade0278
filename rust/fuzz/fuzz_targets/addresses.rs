//! Address lists: an address read is one that reads as itself again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use smimebatch_fuzz::checks;

fuzz_target!(|bytes: &[u8]| checks::addresses::check(bytes));
