//! Content-Transfer-Encoding: which one a field names, and bodies → octets (RFC 2045 §6).
//!
//! 7bit, 8bit and binary are the body itself; line ends are never touched here.

use bumpalo::Bump;

pub use super::base64::{Base64Defects, Base64Pieces};
use super::base64::{decode_to_slice, decoded_bound};
pub use super::base64_lines::{Base64Lines, append_base64_lines, encode_base64_lines};
use super::content_type::read_token;
use super::quoted_printable;

/// A Content-Transfer-Encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum TransferEncoding {
    /// `7bit`, and the meaning of a missing field.
    #[default]
    SevenBit,
    /// `8bit`.
    EightBit,
    /// `binary`.
    Binary,
    /// `base64`.
    Base64,
    /// `quoted-printable`.
    QuotedPrintable,
    /// Anything else; RFC 2045 §6.4: the body is opaque then.
    Other,
}

impl TransferEncoding {
    /// Whether the body is its own octets.
    #[must_use]
    pub fn is_identity(self) -> bool {
        matches!(self, Self::SevenBit | Self::EightBit | Self::Binary)
    }
}

/// Reads the body of a Content-Transfer-Encoding field; comments and what follows the word are
/// ignored.
#[must_use]
pub fn parse_transfer_encoding(body: &[u8]) -> TransferEncoding {
    use TransferEncoding as T;
    let (word, _) = read_token(body, 0);
    let spellings: [(&[u8], T); 8] = [
        (b"7bit", T::SevenBit),
        (b"7-bit", T::SevenBit),
        (b"8bit", T::EightBit),
        (b"8-bit", T::EightBit),
        (b"binary", T::Binary),
        (b"base64", T::Base64),
        (b"quoted-printable", T::QuotedPrintable),
        (b"", T::SevenBit),
    ];
    spellings
        .iter()
        .find(|(spelling, _)| spelling.eq_ignore_ascii_case(word))
        .map_or(T::Other, |&(_, encoding)| encoding)
}

/// What was wrong with an encoded body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct TransferDefects {
    /// Of base64.
    pub base64: Base64Defects,
    /// Escapes of quoted-printable that are none; they stay as they stand.
    pub malformed_escapes: u32,
    /// The encoding is unknown; the body is given as it stands.
    pub unknown_encoding: bool,
}

impl TransferDefects {
    /// Whether nothing was wrong.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        *self == Self::default()
    }
}

/// The octets of `body`: itself where the encoding changes nothing, else in `arena`.
#[must_use]
pub fn decode_transfer<'a>(
    encoding: TransferEncoding,
    body: &'a [u8],
    arena: &'a Bump,
) -> (&'a [u8], TransferDefects) {
    let clean = TransferDefects::default();
    match encoding {
        TransferEncoding::Base64 => {
            let (octets, base64) = decode_base64_in(body, arena);
            (octets, TransferDefects { base64, ..clean })
        }
        TransferEncoding::QuotedPrintable => {
            let mut octets = Vec::new();
            let malformed_escapes = decode_quoted_printable(body, &mut octets);
            (arena.alloc_slice_copy(&octets), TransferDefects { malformed_escapes, ..clean })
        }
        TransferEncoding::Other => (body, TransferDefects { unknown_encoding: true, ..clean }),
        _ => (body, clean),
    }
}

/// As [`decode_transfer`], for a look: in `room`, which is emptied first.
#[must_use]
pub fn decode_transfer_to<'b>(
    encoding: TransferEncoding,
    body: &'b [u8],
    room: &'b mut Vec<u8>,
) -> &'b [u8] {
    room.clear();
    match encoding {
        TransferEncoding::Base64 => {
            let _ = decode_base64(body, room);
        }
        TransferEncoding::QuotedPrintable => {
            decode_quoted_printable(body, room);
        }
        _ => return body,
    }
    room
}

/// Decodes base64 text into `arena`.
#[must_use]
pub fn decode_base64_in<'b>(input: &[u8], arena: &'b Bump) -> (&'b [u8], Base64Defects) {
    let out = arena.alloc_slice_fill_copy(decoded_bound(input), 0);
    let (length, defects) = decode_to_slice(input, out);
    let out: &'b [u8] = out;
    (out.get(..length).unwrap_or_default(), defects)
}

/// Decodes base64 text and appends it to `out`.
pub fn decode_base64(input: &[u8], out: &mut Vec<u8>) -> Base64Defects {
    let before = out.len();
    out.resize(before + decoded_bound(input), 0);
    let (_, free) = out.split_at_mut(before);
    let (length, defects) = decode_to_slice(input, free);
    out.truncate(before + length);
    defects
}

/// Decodes quoted-printable text and appends it to `out`; gives the number of malformed escapes.
pub fn decode_quoted_printable(input: &[u8], out: &mut Vec<u8>) -> u32 {
    quoted_printable::decode_quoted_printable(input, out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transfer_encoding_in_any_spelling_is_known() {
        use TransferEncoding as T;
        for (body, encoding) in [
            (&b" Base64"[..], T::Base64),
            (b"base64 (why not)", T::Base64),
            (b"(x) BASE64; y", T::Base64),
            (b"Quoted-Printable\r\n ", T::QuotedPrintable),
            (b"8BIT", T::EightBit),
            (b"7bit", T::SevenBit),
            (b"binary", T::Binary),
            (b"", T::SevenBit),
            (b"x-uuencode", T::Other),
        ] {
            assert_eq!(parse_transfer_encoding(body), encoding);
        }
    }

    #[test]
    fn decode_transfer_borrows_what_is_not_encoded() {
        let arena = Bump::new();
        let body = b"SGVs=20";
        let (same, defects) = decode_transfer(TransferEncoding::Binary, body, &arena);
        assert!(core::ptr::eq(same, &raw const body[..]) && defects.is_clean());
        assert_eq!(decode_transfer(TransferEncoding::QuotedPrintable, body, &arena).0, b"SGVs ");
        let (octets, defects) = decode_transfer(TransferEncoding::Base64, body, &arena);
        assert!(octets == b"Hel" && defects.base64.data_after_padding);
        assert!(decode_transfer(TransferEncoding::Other, body, &arena).1.unknown_encoding);
    }

    #[test]
    fn decode_transfer_for_a_look_gives_the_same_octets() {
        use TransferEncoding as T;
        let (arena, mut room) = (Bump::new(), b"before".to_vec());
        for encoding in [T::SevenBit, T::Binary, T::Base64, T::QuotedPrintable, T::Other] {
            for body in [&b"SGVs=20"[..], b"", b"a=3Db=\nc"] {
                let octets = decode_transfer(encoding, body, &arena).0;
                assert_eq!(decode_transfer_to(encoding, body, &mut room), octets);
            }
        }
    }

    #[test]
    fn decode_base64_appends() {
        let mut out = b"x".to_vec();
        assert!(decode_base64(b"SGVs", &mut out).is_clean());
        assert_eq!(out, b"xHel");
    }

    #[test]
    fn transfer_defects_of_any_kind_are_not_clean() {
        let arena = Bump::new();
        let (octets, found) =
            decode_transfer(TransferEncoding::QuotedPrintable, b"a=ZZ=41", &arena);
        assert_eq!((octets, found.malformed_escapes), (&b"a=ZZA"[..], 1));
        let none = TransferDefects::default();
        assert!(none.is_clean());
        let base64 = Base64Defects { stray_bytes: 1, ..Base64Defects::default() };
        for one in [
            TransferDefects { base64, ..none },
            TransferDefects { malformed_escapes: 1, ..none },
            TransferDefects { unknown_encoding: true, ..none },
        ] {
            assert!(!one.is_clean(), "{one:?}");
        }
    }
}
