//! Canonical line ends on the way into a digest: bare LF becomes CR LF (RFC 8551 §3.1.1).
//!
//! The text goes piece by piece through a small buffer of the caller's, never through a copy of
//! the message. CR alone stays CR.

use crate::lanes::{self, Avx512Bw};
use memchr::memchr;

/// How far a conversion came.
pub(crate) struct Converted<'a> {
    /// Input left, because `out` was full.
    pub(crate) rest: &'a [u8],
    /// The octet before `rest` was CR.
    pub(crate) after_cr: bool,
    /// Octets of `out` that are converted text; those after them are rubbish.
    pub(crate) written: usize,
}

/// Writes `input` to `out` with CR LF for each LF not preceded by CR, as far as there is room.
///
/// `after_cr`: the octet before the input was CR. With 192 octets of room or more, some input is
/// taken; up to 191 octets may be left free.
pub(crate) fn convert<'a>(
    kernel: Option<Avx512Bw>,
    input: &'a [u8],
    after_cr: bool,
    out: &mut [u8],
) -> Converted<'a> {
    let (taken, written) = match kernel {
        Some(kernel) => lanes::line_ends::convert(kernel, input, after_cr, out),
        None => convert_by_line(input, after_cr, out),
    };
    let (done, rest) = input.split_at(taken);
    let after_cr = done.last().map_or(after_cr, |octet| *octet == b'\r');
    Converted { rest, after_cr, written }
}

/// Line after line, for every CPU: the octets taken and written.
#[expect(clippy::indexing_slicing, reason = "each line is cut to the room left, less one for a CR")]
fn convert_by_line(input: &[u8], mut after_cr: bool, out: &mut [u8]) -> (usize, usize) {
    let (mut taken, mut written) = (0, 0);
    while taken < input.len() && out.len() - written >= 2 {
        let end = input.len().min(taken + out.len() - written - 1);
        let lf = memchr(b'\n', &input[taken..end]);
        let line = &input[taken..lf.map_or(end, |lf| taken + lf)];
        out[written..written + line.len()].copy_from_slice(line);
        taken += line.len();
        written += line.len();
        after_cr = line.last().map_or(after_cr, |octet| *octet == b'\r');
        if lf.is_some() {
            if !after_cr {
                out[written] = b'\r';
                written += 1;
            }
            out[written] = b'\n';
            after_cr = false;
            taken += 1;
            written += 1;
        }
    }
    (taken, written)
}

/// The obvious way, octet by octet into a copy: what the fast ways are tested against.
#[cfg(test)]
pub(crate) fn slow_lf_to_crlf(input: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for (index, &octet) in input.iter().enumerate() {
        if octet == b'\n' && (index == 0 || input.get(index - 1) != Some(&b'\r')) {
            out.push(b'\r');
        }
        out.push(octet);
    }
    out
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::lanes::{Choice, Kernels};
    use proptest::prelude::*;

    /// Converts through a buffer of `room` octets, with canaries behind it.
    fn converted(kernel: Option<Avx512Bw>, input: &[u8], after_cr: bool, room: usize) -> Vec<u8> {
        let mut out = Vec::new();
        let mut buffer = vec![0xca; room + 200];
        let mut done = Converted { rest: input, after_cr, written: 0 };
        while !done.rest.is_empty() {
            let left = done.rest.len();
            done = convert(kernel, done.rest, done.after_cr, &mut buffer[..room]);
            assert!(done.rest.len() < left, "stuck at {left}");
            assert!(buffer[room..].iter().all(|octet| *octet == 0xca));
            out.extend_from_slice(&buffer[..done.written]);
        }
        assert_eq!(done.after_cr, input.last().map_or(after_cr, |octet| *octet == b'\r'));
        out
    }

    /// The portable way, and the vector one where this CPU has it.
    fn kernels() -> Vec<Option<Avx512Bw>> {
        let vector = Kernels::of(Choice::Auto).line_ends;
        if vector.is_none() {
            eprintln!("NOT TESTED: line ends with AVX-512, which this CPU lacks");
        }
        [None].into_iter().chain([vector].into_iter().filter(Option::is_some)).collect()
    }

    #[test]
    fn convert_lines_around_step_and_buffer_sizes_equals_slow_twin() {
        for kernel in kernels() {
            for length in (0..4).chain(30..34).chain(60..68).chain(125..131).chain([300]) {
                for lines in [1, 2, 5] {
                    let mut input = [vec![b'x'; length], vec![b'\n']].concat().repeat(lines);
                    for tail in ["", "tail\r\nmore\r", "\n\n"] {
                        input.extend_from_slice(tail.as_bytes());
                        for room in [192, 193, 255, 256, 2048] {
                            let out = converted(kernel, &input, false, room);
                            assert_eq!(out, slow_lf_to_crlf(&input));
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn convert_only_lfs_doubles() {
        for kernel in kernels() {
            for count in [1, 63, 64, 65, 1000] {
                let input = vec![b'\n'; count];
                assert_eq!(converted(kernel, &input, false, 192), b"\r\n".repeat(count));
                assert_eq!(converted(kernel, &input, true, 192)[..1], b"\n"[..]);
                assert_eq!(converted(kernel, &input, true, 192).len(), 2 * count - 1);
            }
        }
    }

    #[test]
    fn convert_first_lf_after_cr_stays() {
        for kernel in kernels() {
            assert_eq!(converted(kernel, b"\n\n", true, 192), b"\n\r\n");
            assert_eq!(converted(kernel, b"\n", true, 192), b"\n");
            assert_eq!(converted(kernel, b"", true, 192), b"");
        }
    }

    /// Text with every kind of line end, short lines and long ones.
    fn text() -> impl Strategy<Value = Vec<u8>> {
        let part = prop_oneof![
            Just(b"\n".to_vec()),
            Just(b"\r".to_vec()),
            Just(b"\r\n".to_vec()),
            proptest::collection::vec(any::<u8>(), 0..300),
            (900usize..3000).prop_map(|length| vec![b'x'; length]),
        ];
        proptest::collection::vec(part, 0..40).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn convert_any_input_through_any_room_equals_slow_twin(
            input in text(),
            room in 192usize..3000,
        ) {
            for kernel in kernels() {
                prop_assert_eq!(converted(kernel, &input, false, room), slow_lf_to_crlf(&input));
            }
        }
    }
}
