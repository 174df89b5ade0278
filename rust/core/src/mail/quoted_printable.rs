//! Quoted-printable → octets (RFC 2045 §6.7).

use memchr::memchr;

use super::line_ends::without_line_end;
use super::tail;

/// Appends the octets of `input` to `out`; gives the number of malformed escapes, which stay as
/// they stand.
pub(super) fn decode_quoted_printable(input: &[u8], out: &mut Vec<u8>) -> u32 {
    out.reserve(input.len());
    let mut malformed = 0_u32;
    for line in input.split_inclusive(|&byte| byte == b'\n') {
        let text = without_line_end(line);
        let line_end = tail(line, text.len());
        // RFC 2045 §6.7 (3): blanks at the end of a line were added on the way.
        let mut rest = match text.iter().rposition(|byte| !matches!(byte, b' ' | b'\t')) {
            Some(last) => text.get(..=last).unwrap_or_default(),
            None => &[],
        };
        let mut is_soft = false;
        while let Some(at) = memchr(b'=', rest) {
            out.extend_from_slice(rest.get(..at).unwrap_or_default());
            let escape = tail(rest, at + 1);
            is_soft = escape.is_empty();
            rest = match hex_pair(escape) {
                Some(value) => {
                    out.push(value);
                    tail(escape, 2)
                }
                None if is_soft => escape,
                None => {
                    malformed = malformed.saturating_add(1);
                    out.push(b'=');
                    escape
                }
            };
        }
        out.extend_from_slice(rest);
        if !is_soft {
            out.extend_from_slice(line_end);
        }
    }
    malformed
}

/// The octet written as the first two characters of `bytes`, in either case.
pub(super) fn hex_pair(bytes: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|value| u8::try_from(value).ok());
    match *bytes {
        [high, low, ..] => Some(digit(high)? << 4 | digit(low)?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decode(input: &[u8]) -> (Vec<u8>, u32) {
        let mut out = Vec::new();
        let malformed = decode_quoted_printable(input, &mut out);
        (out, malformed)
    }

    #[test]
    fn quoted_printable_escapes_and_soft_breaks_are_undone() {
        assert_eq!(decode(b"a=3D=e9 \t\r\nb=\r\nc= \t\nd\n"), (b"a=\xe9\r\nbcd\n".to_vec(), 0));
        assert_eq!(decode(b"a="), (b"a".to_vec(), 0));
        assert_eq!(decode(b" =20\n"), (b"  \n".to_vec(), 0));
        assert_eq!(decode(b""), (b"".to_vec(), 0));
    }

    #[test]
    fn quoted_printable_malformed_escapes_stay() {
        assert_eq!(decode(b"a=xyz=4\n=="), (b"a=xyz=4\n=".to_vec(), 3));
    }

    /// The obvious way: one byte after the other, looking ahead.
    fn decode_slowly(input: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        for line in input.split_inclusive(|&byte| byte == b'\n') {
            let mut text = line.to_vec();
            let mut end = Vec::new();
            for byte in [b'\n', b'\r'] {
                if (byte == b'\n' || !end.is_empty()) && text.last() == Some(&byte) {
                    text.pop();
                    end.insert(0, byte);
                }
            }
            while matches!(text.last(), Some(b' ' | b'\t')) {
                text.pop();
            }
            let mut bytes = text.as_slice();
            loop {
                bytes = match bytes {
                    [] => {
                        out.extend_from_slice(&end);
                        break;
                    }
                    [b'='] => break,
                    [b'=', a, b, rest @ ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => {
                        let digits = String::from_utf8_lossy(&[*a, *b]).into_owned();
                        out.push(u8::from_str_radix(&digits, 16).unwrap_or(0));
                        rest
                    }
                    [byte, rest @ ..] => {
                        out.push(*byte);
                        rest
                    }
                };
            }
        }
        out
    }

    proptest! {
        #[test]
        fn quoted_printable_of_any_text_equals_the_slow_way(input in "[=0-9A-Fa-gx \t\r\n]{0,80}") {
            prop_assert_eq!(decode(input.as_bytes()).0, decode_slowly(input.as_bytes()));
        }

        #[test]
        fn quoted_printable_of_arbitrary_bytes_does_not_panic(
            input in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            decode(&input);
        }
    }
}
