//! Base64: the fast decoder gives what a slow one gives over the characters of the alphabet.

use smimebatch_core::mail::transfer::{decode_base64, decode_quoted_printable};

/// Panics where `text` shows a fault.
pub fn check(text: &[u8]) {
    let mut octets = Vec::new();
    let defects = decode_base64(text, &mut octets);
    if !defects.pem_armour {
        assert_eq!(octets, slow(text));
    }
    let mut quoted = Vec::new();
    decode_quoted_printable(text, &mut quoted);
    assert!(quoted.len() <= text.len());
}

fn slow(text: &[u8]) -> Vec<u8> {
    let data = text.split(|octet| *octet == b'=').next().unwrap_or_default();
    let sextets: Vec<u32> = data.iter().filter_map(|&octet| sextet(octet)).collect();
    let group = |group: &[u32]| {
        let bits = group.iter().fold(0, |bits, six| bits << 6 | six) << (6 * (4 - group.len()));
        bits.to_be_bytes()[1..group.len()].to_vec()
    };
    sextets.chunks(4).flat_map(group).collect()
}

fn sextet(octet: u8) -> Option<u32> {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    alphabet.iter().position(|other| *other == octet).and_then(|at| u32::try_from(at).ok())
}
