//! Canonical line ends on the way into a digest: bare LF becomes CR LF (RFC 8551 §3.1.1).
//!
//! Bare LFs are found by `memchr`; short lines are gathered in a small buffer so that the hash sees
//! few large calls, and runs that need no change are passed on where they lie. CR alone stays CR.

use memchr::memchr_iter;

/// Room for gathered lines; small enough for the stack and the first-level cache.
const BUFFER_BYTES: usize = 4096;
/// Runs from this length on are passed on without a copy.
const DIRECT_BYTES: usize = 1024;

/// Emits `piece` in order, each LF not preceded by CR as CR LF. `after_cr`: the octet before the
/// piece was CR.
pub(super) fn lf_to_crlf(piece: &[u8], after_cr: bool, emit: impl FnMut(&[u8])) {
    let mut bare_lfs = memchr_iter(b'\n', piece).filter(|&lf| !follows_cr(piece, lf, after_cr));
    let Some(first) = bare_lfs.next() else {
        return pass_on(piece, emit);
    };
    let mut gathered = Gathered { buffer: [0; BUFFER_BYTES], len: 0, emit };
    let mut rest = piece;
    let mut rest_start = 0;
    for lf in std::iter::once(first).chain(bare_lfs) {
        let (line, from_lf) = rest.split_at(lf - rest_start);
        gathered.push_line(line);
        rest = from_lf.get(1..).unwrap_or_default();
        rest_start = lf + 1;
    }
    gathered.flush();
    pass_on(rest, gathered.emit);
}

fn pass_on(run: &[u8], mut emit: impl FnMut(&[u8])) {
    if !run.is_empty() {
        emit(run);
    }
}

fn follows_cr(piece: &[u8], lf: usize, after_cr: bool) -> bool {
    match lf.checked_sub(1) {
        Some(before) => piece.get(before) == Some(&b'\r'),
        None => after_cr,
    }
}

/// Lines on their way to the hash.
struct Gathered<F> {
    buffer: [u8; BUFFER_BYTES],
    len: usize,
    emit: F,
}

impl<F: FnMut(&[u8])> Gathered<F> {
    /// Appends `line` and CR LF.
    fn push_line(&mut self, line: &[u8]) {
        if line.len() >= DIRECT_BYTES {
            self.flush();
            (self.emit)(line);
            return self.append(&[], b"\r\n");
        }
        if self.len + line.len() + 2 > BUFFER_BYTES {
            self.flush();
        }
        self.append(line, b"\r\n");
    }

    /// Copies `line` and `end`, for which the caller has made room.
    #[expect(clippy::indexing_slicing, reason = "push_line keeps len + line + 2 <= BUFFER_BYTES")]
    fn append(&mut self, line: &[u8], end: &[u8; 2]) {
        let line_end = self.len + line.len();
        self.buffer[self.len..line_end].copy_from_slice(line);
        self.buffer[line_end..line_end + 2].copy_from_slice(end);
        self.len = line_end + 2;
    }

    fn flush(&mut self) {
        if let Some(lines @ [_, ..]) = self.buffer.get(..self.len) {
            (self.emit)(lines);
        }
        self.len = 0;
    }
}

/// The obvious way, octet by octet into a copy: what the fast way is tested against.
#[cfg(test)]
pub(super) fn slow_lf_to_crlf(input: &[u8]) -> Vec<u8> {
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
    use proptest::prelude::*;

    fn converted(input: &[u8], after_cr: bool) -> Vec<u8> {
        let mut out = Vec::new();
        lf_to_crlf(input, after_cr, |run| {
            assert!(!run.is_empty());
            out.extend_from_slice(run);
        });
        out
    }

    #[test]
    fn lf_to_crlf_lines_around_buffer_and_direct_sizes_equal_slow_twin() {
        for length in (0..4).chain(1020..1028).chain(2044..2052).chain(4090..4100) {
            for lines in [1, 2, 5] {
                let line = [vec![b'x'; length], vec![b'\n']].concat();
                let mut input = line.repeat(lines);
                assert_eq!(converted(&input, false), slow_lf_to_crlf(&input));
                input.extend_from_slice(b"tail\r\nmore\r");
                assert_eq!(converted(&input, false), slow_lf_to_crlf(&input));
            }
        }
    }

    #[test]
    fn lf_to_crlf_only_lfs_fills_the_buffer_exactly() {
        for count in [1, 2047, 2048, 2049, 10_000] {
            assert_eq!(converted(&vec![b'\n'; count], false), b"\r\n".repeat(count));
        }
    }

    #[test]
    fn lf_to_crlf_first_lf_after_cr_stays() {
        assert_eq!(converted(b"\n\n", true), b"\n\r\n");
        assert_eq!(converted(b"\n", true), b"\n");
        assert_eq!(converted(b"", true), b"");
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
        fn lf_to_crlf_any_input_equals_slow_twin(input in text()) {
            prop_assert_eq!(converted(&input, false), slow_lf_to_crlf(&input));
        }
    }
}
