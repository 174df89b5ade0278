//! Base64 bodies → octets (RFC 2045 §6.8), tolerant, by a kernel or at the speed of `base64-simd`.
//!
//! Without a kernel, lines are joined in a small scratch that stays in the first cache and decoded
//! group by group; only a group that the decoder refuses is cleaned byte by byte. RFC 2045 says to
//! ignore what is not of the alphabet: it is, and counted.

use base64_simd::{AsOut, STANDARD_NO_PAD};
use memchr::{memchr, memmem};
use smimebatch_crypto::base64::{self as kernel, Decoded};

use super::line_ends::next_line;
use super::tail;
use super::visible::trim_blanks;

/// What was wrong with base64 text that was decoded all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Base64Defects {
    /// Bytes outside the alphabet, blanks and line ends not counted.
    pub stray_bytes: u32,
    /// Fewer `=` than the last group needs.
    pub missing_padding: bool,
    /// More `=` than the last group needs.
    pub excess_padding: bool,
    /// Something follows the padding, or the lines of RFC 7468; it was ignored.
    pub data_after_padding: bool,
    /// The last group holds a single character, which says nothing.
    pub incomplete_group: bool,
    /// The unused bits of the last group are not zero.
    pub trailing_bits: bool,
    /// The text stands in `-----BEGIN …-----` lines (RFC 7468).
    pub pem_armour: bool,
}

impl Base64Defects {
    /// Whether nothing was wrong.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        *self == Self::default()
    }
}

/// Characters joined before they are decoded.
const SCRATCH_BYTES: usize = 4096;

/// An upper bound of what [`decode_to_slice`] writes.
pub(super) fn decoded_bound(input: &[u8]) -> usize {
    input.len() / 4 * 3 + 3
}

/// Decodes `input` to the start of `out`, which holds [`decoded_bound`] bytes; gives the length.
pub(super) fn decode_to_slice(input: &[u8], out: &mut [u8]) -> (usize, Base64Defects) {
    let mut defects = Base64Defects::default();
    let input = strip_armour(input, &mut defects);
    let decoded = kernel::decode(input, out).unwrap_or_else(|| decode_by_line(input, out));
    let Decoded { taken, written, left, left_count, stray_octets } = decoded;
    let rest = out.get_mut(written..).unwrap_or_default();
    let last = write_last_group(left.get(..left_count).unwrap_or_default(), rest, &mut defects);
    defects.stray_bytes = stray_octets;
    check_padding(tail(input, taken), left_count, &mut defects);
    (written + last, defects)
}

/// Base64 text that arrives piecewise: what [`decode_to_slice`] makes of it, but that armour is not taken off.
#[derive(Debug, Default)]
pub struct Base64Pieces {
    /// Values of characters that wait for their group to be whole.
    left: [u8; 3],
    left_count: usize,
    /// The first `=` was there; as many are.
    marks: Option<usize>,
    defects: Base64Defects,
}

impl Base64Pieces {
    /// Decodes the next text, and appends what is whole to `out`.
    pub fn push(&mut self, text: &[u8], out: &mut Vec<u8>) {
        if self.marks.is_some() {
            return self.push_padding(text);
        }
        let held = self.left.get(..self.left_count).unwrap_or_default();
        let mut input: Vec<u8> = held.iter().map(|&value| character(value)).collect();
        input.extend_from_slice(text);
        let before = out.len();
        out.resize(before + decoded_bound(&input), 0);
        let to = out.get_mut(before..).unwrap_or_default();
        let decoded = kernel::decode(&input, to).unwrap_or_else(|| decode_by_line(&input, to));
        out.truncate(before + decoded.written);
        (self.left, self.left_count) = (decoded.left, decoded.left_count);
        self.defects.stray_bytes = self.defects.stray_bytes.saturating_add(decoded.stray_octets);
        if decoded.taken < input.len() {
            self.marks = Some(0);
            self.push_last_group(out);
            self.push_padding(tail(&input, decoded.taken));
        }
    }

    fn push_last_group(&mut self, out: &mut Vec<u8>) {
        let mut last = [0; 2];
        let values = self.left.get(..self.left_count).unwrap_or_default();
        let count = write_last_group(values, &mut last, &mut self.defects);
        out.extend_from_slice(last.get(..count).unwrap_or_default());
    }

    fn push_padding(&mut self, text: &[u8]) {
        for byte in text.iter().filter(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n')) {
            match &mut self.marks {
                Some(marks) if *byte == b'=' && !self.defects.data_after_padding => *marks += 1,
                _ => self.defects.data_after_padding = true,
            }
        }
    }

    /// Appends what is left to `out`, and tells what was wrong.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Base64Defects {
        if self.marks.is_none() {
            self.push_last_group(out);
        }
        let found = self.marks.unwrap_or(0);
        let expected = padding_of(self.left_count);
        self.defects.missing_padding = found < expected;
        self.defects.excess_padding = found > expected;
        self.defects
    }
}

/// Decodes the whole groups before the first `=`, for every CPU.
fn decode_by_line(input: &[u8], out: &mut [u8]) -> Decoded {
    let taken = memchr(b'=', input).unwrap_or(input.len());
    let mut groups =
        Groups { scratch: [0; SCRATCH_BYTES], held: 0, out, written: 0, stray_bytes: 0 };
    groups.push_lines(input.get(..taken).unwrap_or_default());
    groups.flush();
    // Up to three characters were never shown to the decoder.
    groups.remove_strays();
    let mut left = [0; 3];
    let held = groups.scratch.get(..groups.held).unwrap_or_default();
    for (to, value) in left.iter_mut().zip(held.iter().filter_map(|&byte| sextet(byte))) {
        *to = value;
    }
    let (written, stray_octets) = (groups.written, groups.stray_bytes);
    Decoded { taken, written, left, left_count: groups.held, stray_octets }
}

/// Writes what the values of the last, shorter group are; gives how many octets that is.
fn write_last_group(values: &[u8], to: &mut [u8], defects: &mut Base64Defects) -> usize {
    let bits = values.iter().fold(0_u32, |bits, &six| bits << 6 | u32::from(six));
    let (octets, unused) = match values.len() {
        2 => ([(bits >> 4) as u8, 0], bits & 0xF),
        3 => ([(bits >> 10) as u8, (bits >> 2) as u8], bits & 0x3),
        _ => ([0, 0], 0),
    };
    defects.incomplete_group = values.len() == 1;
    defects.trailing_bits = unused != 0;
    let places = to.iter_mut().zip(octets).take(values.len().saturating_sub(1));
    places.map(|(to, octet)| *to = octet).count()
}

/// Takes off the lines of RFC 7468, which some programs leave in place of a bare body.
fn strip_armour<'a>(input: &'a [u8], defects: &mut Base64Defects) -> &'a [u8] {
    let trimmed = trim_blanks(input);
    if !trimmed.starts_with(b"-----BEGIN ") {
        return input;
    }
    defects.pem_armour = true;
    let (begin, inner) = trimmed.split_at(next_line(trimmed, 0));
    let (inner, end) = inner.split_at(memmem::find(inner, b"-----END ").unwrap_or(inner.len()));
    let (end, behind) = end.split_at(next_line(end, 0));
    // What stands in or behind the lines is text that nobody decodes.
    defects.data_after_padding =
        !is_marker(begin) || !(end.is_empty() || is_marker(end)) || !trim_blanks(behind).is_empty();
    inner
}

/// Whether a line is one of RFC 7468 §3, with a label of capitals.
fn is_marker(line: &[u8]) -> bool {
    let label = line.trim_ascii().strip_prefix(b"-----").and_then(|it| it.strip_suffix(b"-----"));
    let is_of_label = |byte: &u8| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b' ' | b'#');
    label.is_some_and(|it| it.iter().all(is_of_label))
}

/// RFC 2045 §6.8: what is left of the last group says how many `=` must follow, and nothing may
/// follow them.
fn check_padding(padding: &[u8], left: usize, defects: &mut Base64Defects) {
    let is_padding = |byte: &u8| matches!(byte, b'=' | b' ' | b'\t' | b'\r' | b'\n');
    let length = padding.iter().position(|byte| !is_padding(byte));
    defects.data_after_padding |= length.is_some();
    let marks = padding.iter().take(length.unwrap_or(padding.len())).filter(|byte| **byte == b'=');
    let expected = padding_of(left);
    let found = marks.count();
    defects.missing_padding = found < expected;
    defects.excess_padding = found > expected;
}

/// How many `=` go with so many characters of a last group.
const fn padding_of(left: usize) -> usize {
    match left {
        2 => 2,
        3 => 1,
        _ => 0,
    }
}

struct Groups<'o> {
    scratch: [u8; SCRATCH_BYTES],
    /// Characters in the scratch.
    held: usize,
    out: &'o mut [u8],
    written: usize,
    stray_bytes: u32,
}

impl Groups<'_> {
    fn push_lines(&mut self, data: &[u8]) {
        // The length of the line before: nearly always that of this one too, which saves a search. Should the line
        // be longer than that or hold a line end, it is cut wrongly, and the decoder refuses or does not mind.
        let (mut at, mut width) = (0, 0);
        while at < data.len() {
            let guessed = at + width;
            let end = if width > 0 && data.get(guessed - 1) == Some(&b'\n') {
                guessed
            } else {
                next_line(data, at)
            };
            width = end - at;
            let mut line = data.get(at..end).unwrap_or_default();
            while let [inner @ .., b'\r' | b'\n' | b' ' | b'\t'] = line {
                line = inner;
            }
            self.push(line);
            at = end;
        }
    }

    fn push(&mut self, mut line: &[u8]) {
        while !line.is_empty() {
            let free = self.scratch.get_mut(self.held..).unwrap_or_default();
            let length = line.len().min(free.len());
            let (now, later) = line.split_at(length);
            let (to, _) = free.split_at_mut(length);
            to.copy_from_slice(now);
            self.held += length;
            line = later;
            if self.held == SCRATCH_BYTES {
                self.flush();
            }
        }
    }

    /// Decodes the whole groups of four in the scratch and keeps the rest; cleans the scratch first
    /// if it must.
    fn flush(&mut self) {
        if !self.decode_held() {
            self.remove_strays();
            self.decode_held();
        }
    }

    fn decode_held(&mut self) -> bool {
        let whole = self.held & !3;
        let (Some(characters), Some(to)) =
            (self.scratch.get(..whole), self.out.get_mut(self.written..))
        else {
            return false;
        };
        let Ok(decoded) = STANDARD_NO_PAD.decode(characters, to.as_out()) else {
            return false;
        };
        self.written += decoded.len();
        self.scratch.copy_within(whole..self.held, 0);
        self.held -= whole;
        true
    }

    fn remove_strays(&mut self) {
        let held = self.scratch.get_mut(..self.held).unwrap_or_default();
        let mut kept = 0;
        for at in 0..held.len() {
            let byte = held.get(at).copied().unwrap_or_default();
            if sextet(byte).is_some() {
                if let Some(to) = held.get_mut(kept) {
                    *to = byte;
                }
                kept += 1;
            } else if !matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
                self.stray_bytes = self.stray_bytes.saturating_add(1);
            }
        }
        self.held = kept;
    }
}

/// RFC 4648 §4: the value of a character of the alphabet.
fn sextet(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

/// The character of a value below 64.
fn character(value: u8) -> u8 {
    match value {
        0..=25 => b'A' + value,
        26..=51 => b'a' + (value - 26),
        52..=61 => b'0' + (value - 52),
        62 => b'+',
        _ => b'/',
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::mail::transfer::encode_base64_lines;
    use proptest::prelude::*;

    fn decode(input: &[u8]) -> (Vec<u8>, Base64Defects) {
        let mut out = vec![0; decoded_bound(input)];
        let (length, defects) = decode_to_slice(input, &mut out);
        out.truncate(length);
        compare_with_kernel(input);
        if !defects.pem_armour {
            for step in [1, 2, 5, 77] {
                assert_eq!(decode_piecewise(input, step), (out.clone(), defects), "{step}");
            }
        }
        (out, defects)
    }

    fn decode_piecewise(input: &[u8], step: usize) -> (Vec<u8>, Base64Defects) {
        let (mut pieces, mut out) = (Base64Pieces::default(), Vec::new());
        input.chunks(step).for_each(|piece| pieces.push(piece, &mut out));
        let defects = pieces.finish(&mut out);
        (out, defects)
    }

    /// What is done without a kernel is what the kernel does, where this CPU has one.
    fn compare_with_kernel(input: &[u8]) {
        let (mut by_line, mut by_kernel) =
            (vec![0; decoded_bound(input)], vec![0; decoded_bound(input)]);
        if let Some(decoded) = kernel::decode(input, &mut by_kernel) {
            assert_eq!(decode_by_line(input, &mut by_line), decoded);
            assert_eq!(by_line[..decoded.written], by_kernel[..decoded.written]);
        }
    }

    /// The obvious way: one character after the other.
    fn decode_slowly(input: &[u8]) -> (Vec<u8>, Base64Defects) {
        let mut defects = Base64Defects::default();
        let (mut bits, mut count, mut out) = (0_u32, 0, Vec::new());
        let mut bytes = input.iter().copied().filter(|byte| !b" \t\r\n".contains(byte)).peekable();
        while let Some(byte) = bytes.next_if(|&byte| byte != b'=') {
            let Some(six) = sextet(byte) else {
                defects.stray_bytes += 1;
                continue;
            };
            bits = bits << 6 | u32::from(six);
            count += 1;
            if count == 4 {
                out.extend_from_slice(&bits.to_be_bytes()[1..]);
                (bits, count) = (0, 0);
            }
        }
        match count {
            1 => defects.incomplete_group = true,
            2 => {
                out.push((bits >> 4) as u8);
                defects.trailing_bits = bits & 15 != 0;
            }
            3 => {
                out.extend_from_slice(&[(bits >> 10) as u8, (bits >> 2) as u8]);
                defects.trailing_bits = bits & 3 != 0;
            }
            _ => {}
        }
        let mut marks = 0;
        while bytes.next_if_eq(&b'=').is_some() {
            marks += 1;
        }
        let expected = [0, 0, 2, 1][count];
        defects.missing_padding = marks < expected;
        defects.excess_padding = marks > expected;
        defects.data_after_padding = bytes.next().is_some();
        (out, defects)
    }

    #[test]
    fn rule_32_text_in_or_behind_the_lines_of_pem_is_a_defect() {
        let defects = |text: &str| decode(text.as_bytes()).1;
        let whole = "-----BEGIN PKCS7-----\nQUJD\n-----END PKCS7-----\n";
        assert!(!defects(whole).data_after_padding && defects(whole).pem_armour);
        for text in [
            format!("{whole}\nand more\n"),
            whole.replace("END PKCS7-----", "END PKCS7----- and more"),
            whole.replace("BEGIN PKCS7-----", "BEGIN and more PKCS7-----"),
        ] {
            assert!(defects(&text).data_after_padding, "{text}");
        }
    }

    #[test]
    fn base64_in_lines_is_clean() {
        assert_eq!(decode(b"SGVs\r\nbG8=\r\n\r\n"), (b"Hello".to_vec(), Base64Defects::default()));
        assert_eq!(decode(b""), (vec![], Base64Defects::default()));
        assert_eq!(decode(b"SG Vs\n bG8 =\n"), (b"Hello".to_vec(), Base64Defects::default()));
    }

    #[test]
    fn base64_with_faults_is_decoded_and_says_which() {
        let d = Base64Defects::default();
        for (input, octets, defects) in [
            (&b"SGVsbG8"[..], &b"Hello"[..], Base64Defects { missing_padding: true, ..d }),
            (b"SGVs!bG8=", b"Hello", Base64Defects { stray_bytes: 1, ..d }),
            (b"SGVsbG8==", b"Hello", Base64Defects { excess_padding: true, ..d }),
            (b"SGVsbG9=", b"Hello", Base64Defects { trailing_bits: true, ..d }),
            (b"SGVsbG8=\nSGVs", b"Hello", Base64Defects { data_after_padding: true, ..d }),
            (b"SGVsb", b"Hel", Base64Defects { incomplete_group: true, ..d }),
            (
                b"\n-----BEGIN PKCS7-----\nSGVsbG8=\n-----END PKCS7-----\n",
                b"Hello",
                Base64Defects { pem_armour: true, ..d },
            ),
        ] {
            assert_eq!(
                decode(input),
                (octets.to_vec(), defects),
                "{}",
                String::from_utf8_lossy(input)
            );
        }
        assert!(!decode(b"A").1.is_clean());
    }

    #[test]
    fn base64_is_written_in_lines_of_76_characters_that_are_read_again() {
        let octets: Vec<u8> = (0..116).collect();
        let lines = encode_base64_lines(&octets);
        let lengths: Vec<_> = lines.split_inclusive(|&it| it == b'\n').map(<[u8]>::len).collect();
        assert_eq!(lengths, [78, 78, 6]);
        assert!(lines.ends_with(b"\r\n"));
        assert_eq!(decode(&lines), (octets, Base64Defects::default()));
        assert!(encode_base64_lines(b"").is_empty());
    }

    #[test]
    fn base64_over_many_scratches_equals_the_slow_way() {
        let octets: Vec<u8> = (0..40_001_u32).map(|n| ((n * n) >> 5) as u8).collect();
        let joined = base64_simd::STANDARD.encode_to_string(&octets).into_bytes();
        for width in [1, 7, 60, 64, 72, 76, 1000, joined.len()] {
            let mut text = joined.chunks(width).collect::<Vec<_>>().join(&b"\r\n"[..]);
            assert_eq!(decode(&text), (octets.clone(), Base64Defects::default()));
            text[20_000] = b'*';
            assert_eq!(decode(&text), decode_slowly(&text));
        }
    }

    proptest! {
        #[test]
        fn base64_of_any_text_equals_the_slow_way(input in "[A-Za-z0-9+/=! \t\r\n]{0,200}") {
            prop_assert_eq!(decode(input.as_bytes()), decode_slowly(input.as_bytes()));
        }

        #[test]
        fn base64_of_long_text_with_faults_equals_the_slow_way(
            text in "[A-Za-z0-9+/]{64}",
            faults in prop::collection::vec((0_usize..9000, any::<u8>()), 0..4),
        ) {
            let mut input = format!("{text}\n").repeat(140).into_bytes();
            for (at, byte) in faults {
                input[at] = byte;
            }
            prop_assert_eq!(decode(&input), decode_slowly(&input));
        }

        #[test]
        fn base64_of_arbitrary_bytes_does_not_panic(
            input in prop::collection::vec(any::<u8>(), 0..300),
        ) {
            decode(&input);
        }
    }
}
