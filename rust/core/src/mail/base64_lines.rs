//! Octets → base64 in lines of 76 characters (RFC 2045 §6.8), whole or as they arrive.

use base64_simd::{AsOut, STANDARD};

/// Octets of a line of 76 characters.
const OCTETS_OF_LINE: usize = 57;
const CHARACTERS_OF_LINE: usize = 76;
/// Encoded at once into a scratch that stays in the first cache.
const LINES_AT_ONCE: usize = 48;

/// Lines of octets that arrive piecewise.
#[derive(Debug)]
pub struct Base64Lines {
    line_end: &'static [u8],
    /// Octets that wait for their line to be whole.
    held: Vec<u8>,
}

impl Base64Lines {
    /// Lines that end so.
    #[must_use]
    pub fn new(line_end: &'static [u8]) -> Self {
        Self { line_end, held: Vec::with_capacity(OCTETS_OF_LINE) }
    }

    /// Characters and line ends for so many octets.
    #[must_use]
    pub fn length_of(&self, octets: u64) -> u64 {
        octets.div_ceil(3) * 4 + octets.div_ceil(OCTETS_OF_LINE as u64) * self.line_end.len() as u64
    }

    /// Appends the lines that are whole to `out`.
    pub fn push(&mut self, mut octets: &[u8], out: &mut Vec<u8>) {
        if !self.held.is_empty() {
            let (now, later) = octets.split_at(octets.len().min(OCTETS_OF_LINE - self.held.len()));
            self.held.extend_from_slice(now);
            octets = later;
            if self.held.len() < OCTETS_OF_LINE {
                return;
            }
            append_lines(&self.held, self.line_end, out);
            self.held.clear();
        }
        let (lines, rest) = octets.split_at(octets.len() / OCTETS_OF_LINE * OCTETS_OF_LINE);
        append_lines(lines, self.line_end, out);
        self.held.extend_from_slice(rest);
    }

    /// Appends the last line to `out`.
    pub fn finish(self, out: &mut Vec<u8>) {
        append_lines(&self.held, self.line_end, out);
    }
}

/// Base64 in lines, each ended with CRLF.
#[must_use]
pub fn encode_base64_lines(octets: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    append_base64_lines(&[octets], b"\r\n", &mut out);
    out
}

/// Appends the lines of `pieces`, as if joined, to `out`.
pub fn append_base64_lines(pieces: &[&[u8]], line_end: &'static [u8], out: &mut Vec<u8>) {
    let mut lines = Base64Lines::new(line_end);
    let octets = pieces.iter().map(|piece| piece.len() as u64).sum();
    out.reserve(usize::try_from(lines.length_of(octets)).unwrap_or_default());
    pieces.iter().for_each(|piece| lines.push(piece, out));
    lines.finish(out);
}

/// Appends lines, of which the last may be shorter.
fn append_lines(octets: &[u8], line_end: &[u8], out: &mut Vec<u8>) {
    let mut scratch = [0; LINES_AT_ONCE * CHARACTERS_OF_LINE];
    for part in octets.chunks(LINES_AT_ONCE * OCTETS_OF_LINE) {
        let text = STANDARD.encode(part, scratch.as_mut_slice().as_out());
        let lines = text.chunks_exact(CHARACTERS_OF_LINE);
        let rest = lines.remainder();
        let line_octets = CHARACTERS_OF_LINE + line_end.len();
        let before = out.len();
        out.resize(before + lines.len() * line_octets, 0);
        let room = out.get_mut(before..).unwrap_or_default();
        for (to, line) in room.chunks_exact_mut(line_octets).zip(lines) {
            let (characters, end) = to.split_at_mut(CHARACTERS_OF_LINE);
            characters.copy_from_slice(line);
            end.copy_from_slice(line_end);
        }
        if !rest.is_empty() {
            out.extend_from_slice(rest);
            out.extend_from_slice(line_end);
        }
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;

    /// A line at a time.
    fn slow_twin(octets: &[u8], line_end: &str) -> Vec<u8> {
        let lines = octets.chunks(57).map(|line| STANDARD.encode_to_string(line) + line_end);
        lines.collect::<String>().into_bytes()
    }

    #[test]
    fn lines_of_pieces_are_those_of_the_whole() {
        let octets: Vec<u8> = (0..=255).cycle().take(6000).collect();
        for length in [0, 1, 56, 57, 58, 114, 700, 2736, 2737, 6000] {
            let text = &octets[..length];
            assert_eq!(encode_base64_lines(text), slow_twin(text, "\r\n"), "{length}");
            for line_end in ["\r\n", "\n"] {
                let whole = slow_twin(text, line_end);
                for step in [1, 56, 57, 58, 200, 3000] {
                    let pieces: Vec<&[u8]> = text.chunks(step).collect();
                    let mut out = b"before".to_vec();
                    append_base64_lines(&pieces, line_end.as_bytes(), &mut out);
                    assert_eq!(out[6..], whole, "{length} {step}");
                    let lines = Base64Lines::new(line_end.as_bytes());
                    assert_eq!(lines.length_of(length as u64), whole.len() as u64);
                }
            }
        }
    }
}
