//! RFC 2047 encoded words → text for people. Never used to decide anything: what was signed and
//! named are the bytes.
//!
//! Any charset of the Encoding Standard (UTF-8, ISO-8859, Windows-125x, Shift_JIS, …); a word in
//! another charset, or malformed, stays as it stands. Adjacent words are joined before decoding,
//! since characters are cut in the wild.

use encoding_rs::{Encoding, UTF_8};
use memchr::{memchr, memmem};

use super::quoted_printable::hex_pair;
use super::transfer::decode_base64;
use super::{tail, visible};

/// The text of an unstructured field or display name: encoded words decoded, folding undone, the
/// rest UTF-8 with replacement characters.
#[must_use]
pub fn decode_encoded_words(body: &[u8]) -> String {
    let body = super::header::unfold(body);
    let mut text = String::with_capacity(body.len());
    let mut pending = Pending::default();
    let (mut plain_from, mut at) = (0, 0);
    while let Some(found) = memmem::find(tail(&body, at), b"=?") {
        let start = at + found;
        let Some(word) = read_word(&body, start) else {
            at = start + 2;
            continue;
        };
        let between = body.get(plain_from..start).unwrap_or_default();
        // RFC 2047 §6.2: blanks between two encoded words are not shown.
        if !(pending.is_open() && visible::is_blank(between)) {
            pending.write(&mut text);
            text.push_str(&String::from_utf8_lossy(between));
        }
        if !pending.accepts(word.encoding) {
            pending.write(&mut text);
        }
        pending.encoding = Some(word.encoding);
        word.decode(&mut pending.bytes);
        (plain_from, at) = (word.end, word.end);
    }
    pending.write(&mut text);
    text.push_str(&String::from_utf8_lossy(tail(&body, plain_from)));
    text
}

/// Octets of the words read last, not yet decoded, since the next word may go on in the same
/// charset.
#[derive(Default)]
struct Pending {
    encoding: Option<&'static Encoding>,
    bytes: Vec<u8>,
}

impl Pending {
    fn is_open(&self) -> bool {
        self.encoding.is_some()
    }

    fn accepts(&self, encoding: &'static Encoding) -> bool {
        self.encoding.is_none_or(|open| open == encoding)
    }

    fn write(&mut self, text: &mut String) {
        if let Some(encoding) = self.encoding.take() {
            text.push_str(&encoding.decode_without_bom_handling(&self.bytes).0);
        }
        self.bytes.clear();
    }
}

/// One encoded word.
struct Word<'a> {
    encoding: &'static Encoding,
    is_base64: bool,
    content: &'a [u8],
    end: usize,
}

/// RFC 2047 §2: `"=?" charset ["*" language] "?" encoding "?" encoded-text "?="`.
fn read_word(body: &[u8], start: usize) -> Option<Word<'_>> {
    let charset_start = start + 2;
    let charset_end = charset_start + memchr(b'?', tail(body, charset_start))?;
    let charset = body.get(charset_start..charset_end)?;
    let [letter, b'?', ..] = tail(body, charset_end + 1) else {
        return None;
    };
    let content_start = charset_end + 3;
    let content_end = content_start + memchr(b'?', tail(body, content_start))?;
    let content = body.get(content_start..content_end)?;
    if body.get(content_end + 1) != Some(&b'=') {
        return None;
    }
    let is_base64 = match letter {
        b'B' | b'b' => true,
        b'Q' | b'q' => false,
        _ => return None,
    };
    // RFC 2231 §5: a language may follow the charset.
    let label = charset.split(|&byte| byte == b'*').next().unwrap_or_default();
    Some(Word { encoding: encoding_named(label)?, is_base64, content, end: content_end + 2 })
}

impl Word<'_> {
    fn decode(&self, to: &mut Vec<u8>) {
        if self.is_base64 {
            decode_base64(self.content, to);
            return;
        }
        let mut at = 0;
        while let Some(&byte) = self.content.get(at) {
            // RFC 2047 §4.2
            let (decoded, length) = match (byte, hex_pair(tail(self.content, at + 1))) {
                (b'_', _) => (b' ', 1),
                (b'=', Some(value)) => (value, 3),
                _ => (byte, 1),
            };
            to.push(decoded);
            at += length;
        }
    }
}

fn encoding_named(label: &[u8]) -> Option<&'static Encoding> {
    Encoding::for_label_no_replacement(label)
}

/// `bytes` in the charset called `label` (UTF-8 if unknown) as text.
#[must_use]
pub fn decode_charset(bytes: &[u8], label: Option<&str>) -> String {
    let encoding = label.and_then(|label| encoding_named(label.as_bytes())).unwrap_or(UTF_8);
    encoding.decode_without_bom_handling(bytes).0.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn encoded_words_of_rfc_2047_are_decoded() {
        // RFC 2047 §8, and charsets and faults seen in archives.
        for (body, text) in [
            ("=?ISO-8859-1?Q?a?=", "a"),
            ("=?ISO-8859-1?Q?a?= b", "a b"),
            ("=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab"),
            ("=?ISO-8859-1?Q?a?=\r\n   =?ISO-8859-1?Q?b?=", "ab"),
            ("=?ISO-8859-1?Q?a_b?=", "a b"),
            ("=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=", "a b"),
            ("=?US-ASCII?Q?Keith_Moore?= <x@y>", "Keith Moore <x@y>"),
            ("x=?iso-8859-1?q?=E9?=y", "x\u{e9}y"),
            ("=?utf-8?B?w6k=?=", "\u{e9}"),
            ("=?utf-8?B?w6k?=", "\u{e9}"),
            ("=?windows-1252?q?=80?=", "\u{20ac}"),
            ("=?utf-8*en?q?a?=", "a"),
            ("=?utf-8?q?=C3?= =?UTF-8?q?=A9?=", "\u{e9}"),
            ("=?utf-8?q?=FF=4?=", "\u{fffd}=4"),
            ("=?utf-8?q?a?= x =?utf-8?q?b?=", "a x b"),
            ("x =?utf-8?q?a?=", "x a"),
            ("=?ISO-8859-1?Q?=E9?= =?UTF-8?Q?=C3=A9?=", "\u{e9}\u{e9}"),
        ] {
            assert_eq!(decode_encoded_words(body.as_bytes()), text, "{body}");
        }
    }

    #[test]
    fn encoded_words_malformed_or_in_unknown_charset_stay() {
        for body in
            ["=?x-none?q?a?=", "=?utf-8?z?a?=", "=?utf-8?q?a", "=?utf-8?q?a?b?", "=?=?=?", "=?"]
        {
            assert_eq!(decode_encoded_words(body.as_bytes()), body);
        }
    }

    #[test]
    fn encoded_words_by_the_hundred_thousand_are_linear() {
        for body in ["=?", "=?utf-8?q?", "=?utf-8?q?a?= ", "=?utf-8"] {
            let _ = decode_encoded_words(body.repeat(100_000).as_bytes());
        }
    }

    proptest! {
        #[test]
        fn encoded_words_of_arbitrary_bytes_do_not_panic(
            body in prop::collection::vec(any::<u8>(), 0..100),
        ) {
            let _ = decode_encoded_words(&body);
        }

        #[test]
        fn encoded_words_of_word_like_bytes_do_not_panic(body in "[=?utf8qb_ \\-a*]{0,60}") {
            let _ = decode_encoded_words(body.as_bytes());
        }
    }
}
