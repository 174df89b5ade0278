//! Quoted-printable (RFC 2045 §6.7) as a signature needs it: nothing in it that a transport is known to change.
//!
//! Beside what RFC 2045 asks for, what stands first in a line and means something to others is escaped: `From ` (mbox), `.`
//! alone (SMTP), `--` (a delimiter).

/// Characters of a line before the `=` of a soft break (RFC 2045 §6.7 rule 5: 76 with it).
const LINE_OCTETS: usize = 75;

/// Lines of text, of which CR LF ends one: every other CR and LF is an octet like any.
pub(super) fn encode(text: &[u8]) -> Vec<u8> {
    let mut written = Vec::with_capacity(text.len() + text.len() / 8 + 16);
    let mut rest = text;
    loop {
        match memchr::memmem::find(rest, b"\r\n") {
            Some(at) => {
                encode_line(rest.get(..at).unwrap_or_default(), &mut written);
                written.extend_from_slice(b"\r\n");
                rest = rest.get(at + 2..).unwrap_or_default();
            }
            None => {
                encode_line(rest, &mut written);
                return written;
            }
        }
    }
}

fn encode_line(line: &[u8], written: &mut Vec<u8>) {
    let mut length = 0;
    for (at, octet) in line.iter().enumerate() {
        let rest = line.get(at..).unwrap_or_default();
        let width = if is_plain(*octet, rest) { 1 } else { 3 };
        if length + width > LINE_OCTETS {
            written.extend_from_slice(b"=\r\n");
            length = 0;
        }
        let is_plain = width == 1 && !(length == 0 && is_marked(rest));
        if is_plain {
            written.push(*octet);
            length += 1;
        } else {
            written.extend_from_slice(format!("={octet:02X}").as_bytes());
            length += 3;
        }
    }
}

/// RFC 2045 §6.7 rules 2 and 3: blanks stand for themselves, but at the end of a line.
fn is_plain(octet: u8, rest: &[u8]) -> bool {
    match octet {
        b'=' => false,
        b'!'..=b'~' => true,
        b' ' | b'\t' => rest.len() > 1,
        _ => false,
    }
}

fn is_marked(rest: &[u8]) -> bool {
    rest.starts_with(b"From ") || rest.starts_with(b".") || rest.starts_with(b"--")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::transport_safe::is_safe;
    use super::*;
    use crate::mail::transfer::decode_quoted_printable;
    use proptest::prelude::*;

    #[test]
    fn what_others_read_is_escaped_where_it_stands_first() {
        let text = b"From me\r\n.\r\n-- \r\na From\r\nz=\t\r\n";
        let expected = b"=46rom me\r\n=2E\r\n=2D-=20\r\na From\r\nz=3D=09\r\n";
        assert_eq!(encode(text), expected);
    }

    #[test]
    fn soft_break_makes_no_delimiter() {
        let text = [&[b'x'; LINE_OCTETS][..], b"--boundary"].concat();
        let expected = [&[b'x'; LINE_OCTETS][..], b"=\r\n=2D-boundary"].concat();
        assert_eq!(encode(&text), expected);
    }

    proptest! {
        #[test]
        fn any_octets_come_back_and_travel_safely(
            text in prop::collection::vec(prop::sample::select(&b"\r\n \t=F-.rom\0\xffx"[..]), 0..400)
        ) {
            let written = encode(&text);
            let mut read = Vec::new();
            prop_assert_eq!(decode_quoted_printable(&written, &mut read), 0);
            prop_assert_eq!(read, text);
            prop_assert!(is_safe(&written));
            prop_assert!(written.split(|octet| *octet == b'\n').all(|line| line.len() <= 77));
        }
    }
}
