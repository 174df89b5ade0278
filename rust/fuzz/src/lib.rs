//! Mutators that know the grammar: bytes of mail and of ASN.1 in, bytes that still get past the first length field out.
//!
//! libFuzzer changes bytes; nearly every change of a length or of a base64 line only ends the parse early. These change
//! elements, lines and header fields instead, and leave the rest to libFuzzer's own mutator one time in three.
//! Recursion here is bounded by [`asn1::MAX_DEPTH`]; nothing of this is part of the library.

pub mod asn1;
pub mod checks;
pub mod mail;
pub mod random;

use random::Random;

/// What libFuzzer's own mutator does to `bytes`, which may grow to `max_bytes`.
pub fn mutate_bytes(bytes: &mut Vec<u8>, max_bytes: usize) {
    let size = bytes.len();
    bytes.resize(max_bytes.max(size).max(1), 0);
    let room = bytes.len();
    let size = libfuzzer_sys::fuzzer_mutate(bytes, size, room);
    bytes.truncate(size);
}

/// Runs a mutator over libFuzzer's buffer; where it gives too much, libFuzzer's own runs instead.
pub fn in_place(
    data: &mut [u8],
    size: usize,
    max_size: usize,
    seed: u32,
    mutate: impl FnOnce(&[u8], &mut Random) -> Option<Vec<u8>>,
) -> usize {
    let mut random = Random::new(seed);
    let changed = if random.below(3) == 0 { None } else { mutate(&data[..size], &mut random) };
    match changed.filter(|changed| changed.len() <= max_size && !changed.is_empty()) {
        Some(changed) => {
            data[..changed.len()].copy_from_slice(&changed);
            changed.len()
        }
        None => libfuzzer_sys::fuzzer_mutate(data, size, max_size),
    }
}
