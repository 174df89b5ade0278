//! Content-Type and Content-Disposition (RFC 2045 §5, RFC 2183): the value and its parameters.

use std::borrow::Cow;

use super::encoded_word::{decode_charset, decode_encoded_words};
use super::lexer::skip_cfws;
pub use super::parameters::{Parameter, Parameters};
use super::parameters::{are_by_grammar, in_lower_case, parse_parameters};
use super::tail;
use super::visible::trim_blanks;

/// A parsed Content-Type field.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ContentType<'a> {
    /// `type/subtype` in lower case; empty if the field names none, which RFC 2045 §5.2 reads as
    /// `text/plain`.
    pub media_type: Cow<'a, str>,
    /// The plain parameters in order, then those put together after RFC 2231.
    pub parameters: Parameters<'a>,
}

/// A parsed Content-Disposition field.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ContentDisposition<'a> {
    /// `attachment`, `inline` or another word, in lower case; may be empty.
    pub disposition: Cow<'a, str>,
    /// As of [`ContentType`].
    pub parameters: Parameters<'a>,
}

/// Reads the body of a Content-Type field.
#[must_use]
pub fn parse_content_type(body: &[u8]) -> ContentType<'_> {
    let words = scan_media_type(body);
    let parameters = parse_parameters(body, words.end);
    let media_type = match (words.top, words.sub) {
        ([], _) | (_, []) => Cow::default(),
        (top, sub) => match words.in_one {
            Some(spelled) => in_lower_case(spelled),
            None => Cow::Owned(in_lower_case(&[top, b"/", sub].concat()).into_owned()),
        },
    };
    ContentType { media_type, parameters }
}

/// Reads the body of a Content-Disposition field.
#[must_use]
pub fn parse_content_disposition(body: &[u8]) -> ContentDisposition<'_> {
    let (word, end) = read_token(body, 0);
    // `filename=x` without a disposition word before it occurs.
    let has_word = body.get(skip_cfws(body, end)) != Some(&b'=');
    ContentDisposition {
        disposition: if has_word { in_lower_case(word) } else { Cow::default() },
        parameters: parse_parameters(body, if has_word { end } else { 0 }),
    }
}

/// The first parameter called `name` (lower case).
pub(super) fn parameter_named<'p, 'a>(
    parameters: &'p [Parameter<'a>],
    name: &str,
) -> Option<&'p Parameter<'a>> {
    parameters.iter().find(|parameter| parameter.name == name)
}

impl<'a> ContentType<'a> {
    /// The octets of the first parameter called `name` (in lower case).
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&[u8]> {
        parameter_named(&self.parameters, name).map(|parameter| &*parameter.value)
    }

    /// The first parameter called `name` as text for people.
    #[must_use]
    pub fn parameter_text(&self, name: &str) -> Option<String> {
        parameter_named(&self.parameters, name).map(Parameter::text)
    }

    /// The boundary of a multipart, blanks at its end removed (RFC 2046 §5.1.1); null if there is
    /// none or it is empty.
    #[must_use]
    pub fn boundary(&self) -> Option<&[u8]> {
        self.parameter("boundary")
            .map(<[u8]>::trim_ascii_end)
            .filter(|boundary| !boundary.is_empty())
    }
}

/// As [`ContentType::boundary`], of the parameters alone.
pub(super) fn into_boundary(parameters: Parameters<'_>) -> Option<Cow<'_, [u8]>> {
    let value = parameters.into_iter().find(|it| it.name == "boundary")?.value;
    let boundary = match value {
        Cow::Borrowed(value) => Cow::Borrowed(value.trim_ascii_end()),
        Cow::Owned(value) => Cow::Owned(value.trim_ascii_end().to_vec()),
    };
    (!boundary.is_empty()).then_some(boundary)
}

impl ContentDisposition<'_> {
    /// The file name as text for people; never a path to write to (RULES 46).
    #[must_use]
    pub fn file_name(&self) -> Option<String> {
        parameter_named(&self.parameters, "filename").map(Parameter::text)
    }
}

impl Parameter<'_> {
    /// The value as text: in its RFC 2231 charset, or with encoded words decoded, which programs
    /// put into quotes.
    #[must_use]
    pub fn text(&self) -> String {
        match &self.charset {
            Some(charset) => decode_charset(&self.value, Some(charset)),
            None => decode_encoded_words(&self.value),
        }
    }
}

/// The two words of a media type as spelled, and where the parameters start.
pub(super) struct MediaTypeWords<'a> {
    pub(super) top: &'a [u8],
    pub(super) sub: &'a [u8],
    pub(super) end: usize,
    /// `type/subtype` where it stands in one piece.
    pub(super) in_one: Option<&'a [u8]>,
    /// In one piece, without a comment before it, and with nothing but a semicolon behind it: every reader reads that.
    pub(super) is_plain: bool,
}

/// Finds the media type without allocating.
pub(super) fn scan_media_type(body: &[u8]) -> MediaTypeWords<'_> {
    let (top, top_end) = read_token(body, 0);
    let slash = skip_cfws(body, top_end);
    match body.get(slash) {
        Some(b'/') => {
            let (sub, end) = read_token(body, slash + 1);
            let has_comment = trim_blanks(body).first() == Some(&b'(');
            let is_in_one = slash == top_end && end == slash + 1 + sub.len();
            let behind = tail(body, end).trim_ascii_start();
            let is_alone = matches!(behind, [] | [b';', ..]);
            let in_one = is_in_one.then(|| body.get(slash - top.len()..end)).flatten();
            MediaTypeWords {
                top,
                sub,
                end,
                in_one,
                is_plain: is_in_one && is_alone && !has_comment,
            }
        }
        // No type at all, only parameters.
        Some(b'=') => MediaTypeWords { top: &[], sub: &[], end: 0, in_one: None, is_plain: false },
        _ => MediaTypeWords { top, sub: &[], end: top_end, in_one: None, is_plain: false },
    }
}

/// Whether a Content-Type is spelled so that every reader reads it alike.
pub(crate) fn is_type_by_grammar(body: &[u8]) -> bool {
    let words = scan_media_type(body);
    words.is_plain && are_by_grammar(body, words.end)
}

/// The same of a Content-Disposition (RFC 2183 §2).
pub(super) fn is_disposition_by_grammar(body: &[u8]) -> bool {
    let start = body.len() - trim_blanks(body).len();
    let word = tail(body, start).iter().take_while(|&&byte| is_token_byte(byte)).count();
    word > 0 && are_by_grammar(body, start + word)
}

/// RFC 2045 §5.1 `token`, behind blanks and comments.
pub(super) fn read_token(body: &[u8], at: usize) -> (&[u8], usize) {
    let start = skip_cfws(body, at);
    let rest = tail(body, start);
    let length = rest.iter().position(|&byte| !is_token_byte(byte)).unwrap_or(rest.len());
    (rest.get(..length).unwrap_or_default(), start + length)
}

/// RFC 2045 §5.1 `token`.
pub(super) const fn is_token_byte(byte: u8) -> bool {
    // Matched as a table: the walk asks for every byte of every Content-Type.
    !matches!(
        byte,
        0..=0x20 | 0x7f.. | b'(' | b')' | b'<' | b'>' | b'@' | b',' | b';' | b':' | b'\\' | b'"' | b'/' | b'['
            | b']' | b'?' | b'='
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn media_type_in_one_piece_is_found_where_it_stands() {
        for (body, in_one) in [
            ("text/plain", Some("text/plain")),
            (" \t a/b;c=d", Some("a/b")),
            ("/plain", Some("/plain")),
            ("text /plain", None),
            ("text/ plain", None),
            ("text", None),
        ] {
            assert_eq!(
                scan_media_type(body.as_bytes()).in_one,
                in_one.map(str::as_bytes),
                "{body}"
            );
        }
    }

    #[test]
    fn rule_28_media_type_is_plain_with_nothing_but_a_semicolon_behind() {
        for (body, is_plain) in [
            ("a/b", true),
            (" a/b \r\n ; c=d", true),
            ("a/b;", true),
            ("a/b c=d", false),
            ("a/b/; c=d", false),
            ("a/b>; c=d", false),
            ("a/b (c)", false),
            ("(c) a/b", false),
            ("a/ b", false),
        ] {
            assert_eq!(scan_media_type(body.as_bytes()).is_plain, is_plain, "{body}");
        }
    }

    #[test]
    fn content_type_in_the_usual_form_is_read() {
        let read = parse_content_type(
            b" Multipart/SIGNED; boundary=\"a b \"; micalg=SHA-1;\r\n\tprotocol=\"x/y\"",
        );
        assert_eq!(read.media_type, "multipart/signed");
        assert_eq!(read.boundary(), Some(&b"a b"[..]));
        assert_eq!(read.parameter("micalg"), Some(&b"SHA-1"[..]));
        assert_eq!(read.parameter_text("protocol").as_deref(), Some("x/y"));
    }

    #[test]
    fn content_type_with_oddities_is_read() {
        let read = parse_content_type(b" (a) text (b) / (c) plain (d) charset=utf-8");
        assert_eq!((&*read.media_type, read.parameters.len()), ("text/plain", 1));
        assert_eq!(parse_content_type(b"text; charset=x").media_type, "");
        let bare = parse_content_type(b"boundary=b");
        assert_eq!((&*bare.media_type, bare.boundary()), ("", Some(&b"b"[..])));
        assert_eq!(parse_content_type(b"").media_type, "");
        assert_eq!(parse_content_type(b"a/b; boundary=\" \"").boundary(), None);
    }

    #[test]
    fn content_type_with_two_boundaries_takes_the_first() {
        let read = parse_content_type(b"multipart/mixed; boundary=a; boundary=b; boundary*0=c");
        assert_eq!(read.boundary(), Some(&b"a"[..]));
    }

    #[test]
    fn content_disposition_gives_word_and_file_name() {
        let read = parse_content_disposition(b" ATTACHMENT; filename=\"=?utf-8?q?smime=2Ep7m?=\"");
        assert_eq!(read.disposition, "attachment");
        assert_eq!(read.file_name().as_deref(), Some("smime.p7m"));
        let read = parse_content_disposition(b"filename=smime.p7s");
        assert_eq!((&*read.disposition, read.file_name().as_deref()), ("", Some("smime.p7s")));
        let read = parse_content_disposition(b"inline; filename*=iso-8859-1''%E9.eml");
        assert_eq!(read.file_name().as_deref(), Some("\u{e9}.eml"));
    }

    #[test]
    fn rule_41_content_type_with_100_000_nested_comments_is_linear() {
        let body =
            [b"text/".to_vec(), b"(".repeat(100_000), b")".repeat(100_000), b"plain".to_vec()]
                .concat();
        assert_eq!(parse_content_type(&body).media_type, "text/plain");
        let _ = parse_content_type(&body[..100_000]);
    }

    proptest! {
        #[test]
        fn content_type_of_arbitrary_bytes_does_not_panic(
            body in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let _ = parse_content_type(&body).boundary();
            let _ = parse_content_disposition(&body).file_name();
        }
    }
}
