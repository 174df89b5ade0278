//! Base64 text to octets where this CPU has a kernel for it: not cryptography, but every signature comes so.
//!
//! Characters outside the alphabet are left out and counted, as RFC 2045 §6.8 asks; where the text
//! ends at `=`, and what a last short group means, is the caller's matter.

use crate::lanes::{self, Kernels};

/// What a kernel made of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// Octets of the text that were looked at: all, or those before the first `=`.
    pub taken: usize,
    /// Octets written, three for each whole group of four characters.
    pub written: usize,
    /// The values of the characters behind the last whole group.
    pub left: [u8; 3],
    /// How many of them there are.
    pub left_count: usize,
    /// Octets that are neither of the alphabet nor blanks nor line ends.
    pub stray_octets: u32,
}

/// Decodes `text` up to the first `=` to the start of `out`, or as far as there is room; `None`
/// where there is no kernel for it. Octets of `out` beyond those written stay as they are.
///
/// There is room for everything if `out` holds three octets for every four of `text`.
pub fn decode(text: &[u8], out: &mut [u8]) -> Option<Decoded> {
    decode_with(Kernels::in_use(), text, out)
}

/// As [`decode`], with these kernels.
pub fn decode_with(kernels: Kernels, text: &[u8], out: &mut [u8]) -> Option<Decoded> {
    Some(lanes::base64::decode(kernels.base64?, text, out))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::lanes::Choice;
    use proptest::prelude::*;

    /// The obvious way: one character after the other.
    fn decode_slowly(text: &[u8]) -> (Vec<u8>, Decoded) {
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let taken = text.iter().position(|octet| *octet == b'=').unwrap_or(text.len());
        let sextet = |octet: &u8| alphabet.iter().position(|other| other == octet);
        let sextets: Vec<u8> =
            text[..taken].iter().filter_map(sextet).map(|at| u8::try_from(at).unwrap()).collect();
        let groups = sextets.chunks_exact(4);
        let mut left = [0; 3];
        let rest = groups.remainder();
        left[..rest.len()].copy_from_slice(rest);
        let octets: Vec<u8> = groups
            .flat_map(|group| {
                let bits = group.iter().fold(0_u32, |bits, six| bits << 6 | u32::from(*six));
                bits.to_be_bytes()[1..].to_vec()
            })
            .collect();
        let is_stray = |octet: &&u8| sextet(octet).is_none() && !b" \t\r\n".contains(octet);
        let strays = text[..taken].iter().filter(is_stray).count();
        let decoded = Decoded {
            taken,
            written: octets.len(),
            left,
            left_count: rest.len(),
            stray_octets: u32::try_from(strays).unwrap(),
        };
        (octets, decoded)
    }

    fn check(text: &[u8]) {
        let mut out = vec![0xca; text.len() / 4 * 3 + 8];
        let Some(decoded) = decode_with(Kernels::of(Choice::Auto), text, &mut out) else {
            eprintln!("NOT TESTED: base64 with AVX-512 VBMI2, which this CPU lacks");
            return;
        };
        let (octets, expected) = decode_slowly(text);
        assert_eq!(decoded, expected);
        assert_eq!(out[..decoded.written], octets);
        assert!(out[decoded.written..].iter().all(|octet| *octet == 0xca));
    }

    #[test]
    fn decode_every_octet_at_every_place_of_a_step_equals_slow_twin() {
        for octet in 0..=255 {
            for at in [0, 1, 31, 62, 63, 64, 99] {
                let mut text = b"QUJD".repeat(25);
                text[at] = octet;
                check(&text);
            }
        }
    }

    #[test]
    fn decode_lines_of_any_width_over_many_rounds_equals_slow_twin() {
        let joined: Vec<u8> = (0..20_000_u32).map(|n| b"aB3+/zZ09"[(n * n % 9) as usize]).collect();
        for width in [1, 7, 60, 64, 72, 76, 1000, 20_000] {
            for end in ["\n", "\r\n", " \t\n"] {
                let mut text = joined.chunks(width).collect::<Vec<_>>().join(end.as_bytes());
                check(&text);
                text.truncate(text.len() - 3);
                text.extend_from_slice(b"==\n");
                check(&text);
            }
        }
    }

    #[test]
    fn decode_without_room_writes_nothing_beyond_it() {
        let text = b"QUJD".repeat(100);
        for room in 0..310 {
            let mut out = vec![0xca; room];
            let Some(decoded) = decode_with(Kernels::of(Choice::Auto), &text, &mut out) else {
                return;
            };
            assert!(decoded.written <= room);
            assert!(out[..decoded.written].iter().zip(b"ABC".iter().cycle()).all(|(a, b)| a == b));
        }
    }

    #[test]
    fn decode_with_kernels_off_is_left_to_the_caller() {
        assert_eq!(decode_with(Kernels::of(Choice::Off), b"QUJD", &mut [0; 8]), None);
    }

    proptest! {
        #[test]
        fn decode_any_text_equals_slow_twin(
            text in proptest::collection::vec(
                prop_oneof![40 => prop::sample::select(b"ABCDwxyz019+/".to_vec()), 2 => Just(b'\n'), 1 => any::<u8>()],
                0..700),
        ) {
            check(&text);
        }
    }
}
