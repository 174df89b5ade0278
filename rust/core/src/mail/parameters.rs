//! The parameters of Content-Type and Content-Disposition (RFC 2045 §5.1, RFC 2231), as programs
//! really wrote them.
//!
//! Missing semicolons and quotes, blanks around `=`, comments, folding and values split over
//! `name*0`, `name*1` are read; a parameter that makes no sense is passed over. Values are octets;
//! what stands in the field as it is meant, nearly everything, is borrowed from it.

use std::borrow::Cow;

use memchr::memchr3;
use smallvec::SmallVec;

use super::content_type::is_token_byte;
use super::lexer::{quoted_end, skip_cfws, unescape};
use super::tail;
use super::visible::trimmed;

/// The parameters of a field; most have no more than these, which then cost no allocation.
pub type Parameters<'a> = SmallVec<[Parameter<'a>; 4]>;

/// One parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter<'a> {
    /// In lower case, without the marks of RFC 2231.
    pub name: Cow<'a, str>,
    /// Quotes, escapes, folding and percent escapes undone.
    pub value: Cow<'a, [u8]>,
    /// The charset an RFC 2231 value names.
    pub charset: Option<String>,
    /// Spelled as every reader reads it: behind a semicolon, a token of RFC 2045, or quoted on one line without escapes.
    pub is_plain: bool,
}

/// Reads the parameters of `bytes` from `at` on: the plain ones in order, then those put together
/// after RFC 2231.
pub(super) fn parse_parameters(bytes: &[u8], at: usize) -> Parameters<'_> {
    let mut plain = Parameters::new();
    let mut segments = Vec::new();
    let mut at = at;
    while let Some((name, Value { octets, end, is_plain })) = next_parameter(bytes, &mut at) {
        at = end;
        match Segment::of(&name, octets) {
            Ok(segment) => segments.push(segment),
            Err(value) => plain.push(Parameter { name, value, charset: None, is_plain }),
        }
    }
    if !segments.is_empty() {
        join_segments(segments, &mut plain);
    }
    plain
}

/// Whether all that stands from `at` on are parameters by the grammar (RFC 2045 §5.1), and nothing else: what those readers
/// that take a field apart at its semicolons or its quotes find is what all others find.
///
/// No comments and no escapes, which some readers do not know; a bare value may hold more than a token does.
pub(super) fn are_by_grammar(bytes: &[u8], at: usize) -> bool {
    let mut rest = without_blanks(tail(bytes, at));
    loop {
        rest = match rest {
            [] => return true,
            [b';', more @ ..] => without_blanks(more),
            _ => return false,
        };
        if matches!(rest, [] | [b';', ..]) {
            continue;
        }
        let name = rest.iter().take_while(|&&byte| is_token_byte(byte)).count();
        let [b'=', value @ ..] = without_blanks(tail(rest, name)) else { return false };
        let value = without_blanks(value);
        let behind = match value {
            [b'"', quoted @ ..] => match memchr::memchr2(b'"', b'\\', quoted) {
                Some(end) if quoted.get(end) == Some(&b'"') => tail(quoted, end + 1),
                _ => return false,
            },
            _ => {
                let is_bare = |byte: u8| {
                    matches!(byte, b'!'..=b'~')
                        && !matches!(byte, b'"' | b'(' | b')' | b';' | b'\\')
                };
                tail(value, value.iter().take_while(|&&byte| is_bare(byte)).count())
            }
        };
        if name == 0 {
            return false;
        }
        rest = without_blanks(behind);
    }
}

fn without_blanks(text: &[u8]) -> &[u8] {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let blanks = text.iter().take_while(|byte| is_blank(byte)).count();
    tail(text, blanks)
}

/// What stands behind the `=` of a parameter.
struct Value<'a> {
    octets: Cow<'a, [u8]>,
    /// Where it ends in the field.
    end: usize,
    /// It stands there octet for octet, as a token or between quotes.
    is_plain: bool,
}

/// The next `name=value` at or behind `at`; words without `=` are passed over.
fn next_parameter<'a>(bytes: &'a [u8], at: &mut usize) -> Option<(Cow<'a, str>, Value<'a>)> {
    loop {
        let before = *at;
        *at = skip_separators(bytes, before);
        let is_separated = bytes.get(before..*at).is_some_and(|it| it.contains(&b';'));
        let rest = tail(bytes, *at);
        let name_length = rest.iter().position(|byte| ends_name(*byte)).unwrap_or(rest.len());
        let equals = skip_cfws(bytes, *at + name_length);
        match bytes.get(equals) {
            Some(b'=') if name_length > 0 => {
                let spelled = rest.get(..name_length).unwrap_or_default();
                let name = in_lower_case(spelled);
                let mut value = read_value(bytes, skip_cfws(bytes, equals + 1), &name);
                value.is_plain &= is_separated;
                return Some((name, value));
            }
            None => return None,
            // A stray byte, or a word that is no parameter.
            _ => *at += name_length.max(1),
        }
    }
}

/// A word in lower case.
pub(super) fn in_lower_case(spelled: &[u8]) -> Cow<'_, str> {
    match str::from_utf8(spelled) {
        Ok(text) if !spelled.iter().any(u8::is_ascii_uppercase) => Cow::Borrowed(text),
        _ => Cow::Owned(String::from_utf8_lossy(spelled).to_ascii_lowercase()),
    }
}

fn skip_separators(bytes: &[u8], at: usize) -> usize {
    let mut at = skip_cfws(bytes, at);
    while bytes.get(at) == Some(&b';') {
        at = skip_cfws(bytes, at + 1);
    }
    at
}

fn ends_name(byte: u8) -> bool {
    matches!(byte, b'=' | b';' | b'"' | b'(' | b' ' | b'\t' | b'\r' | b'\n')
}

fn read_value<'a>(bytes: &'a [u8], at: usize, name: &str) -> Value<'a> {
    if bytes.get(at) == Some(&b'"') {
        return read_quoted(bytes, at + 1);
    }
    let mut end = at + bare_length(bytes, at);
    if name == "name" || name == "filename" {
        end = wide_end(bytes, end);
    }
    let value = bytes.get(at..end).unwrap_or_default();
    let is_plain = value.iter().all(|&byte| is_token_byte(byte));
    Value { octets: Cow::Borrowed(value), end, is_plain }
}

/// A quoted value; one that never closes ends with its line or at a semicolon.
fn read_quoted(bytes: &[u8], at: usize) -> Value<'_> {
    if let Some(end) = quoted_end(bytes, at, b'"') {
        let octets = unescaped(bytes.get(at..end).unwrap_or_default());
        let is_plain = matches!(octets, Cow::Borrowed(_));
        return Value { octets, end: end + 1, is_plain };
    }
    let rest = tail(bytes, at);
    let length = memchr3(b';', b'\r', b'\n', rest).unwrap_or(rest.len());
    let octets = trimmed(unescaped(rest.get(..length).unwrap_or_default()));
    Value { octets, end: at + length, is_plain: false }
}

/// The content of a quoted string, escapes and folding undone.
fn unescaped(quoted: &[u8]) -> Cow<'_, [u8]> {
    if memchr3(b'\\', b'\r', b'\n', quoted).is_none() {
        return Cow::Borrowed(quoted);
    }
    let mut value = Vec::with_capacity(quoted.len());
    unescape(quoted, &mut value);
    Cow::Owned(value)
}

/// Length of a value without quotes; more than RFC 2045 tokens allow, since boundaries with `=` and
/// `/` occur.
fn bare_length(bytes: &[u8], at: usize) -> usize {
    let rest = tail(bytes, at);
    rest.iter()
        .position(|byte| matches!(byte, b';' | b' ' | b'\t' | b'\r' | b'\n'))
        .unwrap_or(rest.len())
}

/// A file name without quotes goes on over blanks up to a semicolon or the next `name=`.
fn wide_end(bytes: &[u8], end: usize) -> usize {
    let mut end = end;
    loop {
        let rest = tail(bytes, end);
        let blanks = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let word = end + blanks;
        let length = tail(bytes, word).iter().take_while(|&&byte| !ends_name(byte)).count();
        let behind = tail(bytes, word + length).iter().find(|byte| !byte.is_ascii_whitespace());
        if length == 0 || matches!(behind, Some(b'=' | b'(' | b'"')) {
            return end;
        }
        end = word + length;
    }
}

/// One piece of an RFC 2231 value: `name*`, `name*N` or `name*N*`.
struct Segment<'a> {
    name: String,
    index: u32,
    is_extended: bool,
    value: Cow<'a, [u8]>,
}

impl<'a> Segment<'a> {
    /// The segment that the parameter `name` is, or its value back.
    fn of(name: &str, value: Cow<'a, [u8]>) -> Result<Self, Cow<'a, [u8]>> {
        // Most names have no star, and a look at their octets costs less than a search.
        if !name.bytes().any(|byte| byte == b'*') {
            return Err(value);
        }
        let Some((base, mark)) = name.split_once('*') else {
            return Err(value);
        };
        let (digits, is_extended) = match mark.strip_suffix('*') {
            Some(digits) => (digits, true),
            None => (mark, mark.is_empty()),
        };
        let index = if digits.is_empty() { Some(0) } else { digits.parse().ok() };
        match index {
            Some(index) if !base.is_empty() => {
                Ok(Self { name: base.to_owned(), index, is_extended, value })
            }
            _ => Err(value),
        }
    }
}

/// RFC 2231 §3, §4: puts values together in the order of their numbers, from 0 without a gap.
fn join_segments<'a>(mut segments: Vec<Segment<'a>>, to: &mut Parameters<'a>) {
    segments.sort_by(|a, b| (&a.name, a.index).cmp(&(&b.name, b.index)));
    let mut expected = 0;
    for segment in segments {
        let goes_on = expected > 0 && to.last().is_some_and(|last| last.name == segment.name);
        if segment.index == 0 && !goes_on {
            let (charset, encoded) = split_charset(&segment);
            let mut value = Vec::new();
            write_segment(encoded, segment.is_extended, &mut value);
            to.push(Parameter {
                name: Cow::Owned(segment.name.clone()),
                value: Cow::Owned(value),
                charset,
                is_plain: false,
            });
            expected = 1;
        } else if goes_on && segment.index == expected {
            if let Some(last) = to.last_mut() {
                write_segment(&segment.value, segment.is_extended, last.value.to_mut());
            }
            expected += 1;
        }
    }
}

/// RFC 2231 §4: the first extended segment starts with `charset'language'`.
fn split_charset<'s>(segment: &'s Segment<'_>) -> (Option<String>, &'s [u8]) {
    let mut pieces = segment.value.splitn(3, |&byte| byte == b'\'');
    match (pieces.next(), pieces.next(), pieces.next()) {
        (Some(charset), Some(_), Some(rest)) if segment.is_extended => {
            (Some(String::from_utf8_lossy(charset).to_ascii_lowercase()), rest)
        }
        _ => (None, &segment.value),
    }
}

fn write_segment(value: &[u8], is_extended: bool, to: &mut Vec<u8>) {
    let mut at = 0;
    while let Some(&byte) = value.get(at) {
        let decoded = match byte {
            b'%' if is_extended => super::quoted_printable::hex_pair(tail(value, at + 1)),
            _ => None,
        };
        to.push(decoded.unwrap_or(byte));
        at += if decoded.is_some() { 3 } else { 1 };
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rule_28_parameters_are_by_grammar_where_nothing_else_stands() {
        for text in [
            "",
            ";",
            " ; ; a=b ;",
            "; a=b;c=d",
            ";\r\n\ta = \"b; c=d\"",
            "; a=b/c+d'e; f*0*=utf-8''x%20",
            "; boundary=\"=_a b\"\r\n",
            "; charset=",
        ] {
            assert!(are_by_grammar(text.as_bytes(), 0), "{text}");
        }
        for text in [
            " a=b",
            "; a",
            "; =b",
            "; a=\"b",
            "; a=\"b\"c",
            "; a=\"b\" c",
            "; a=\"b\\\"c\"",
            "; a=b c",
            "; a=b\"; c=\"d\"",
            "; b\"; a=c",
            ";\x0ba=b",
            "; a=b (c)",
            "; a=(c)b",
            "; a=b\x1fc",
        ] {
            assert!(!are_by_grammar(text.as_bytes(), 0), "{text}");
        }
    }

    fn parse(text: &str) -> Vec<(String, String)> {
        let text_of = |p: Parameter<'_>| {
            (p.name.into_owned(), String::from_utf8_lossy(&p.value).into_owned())
        };
        parse_parameters(text.as_bytes(), 0).into_iter().map(text_of).collect()
    }

    fn one(text: &str) -> (String, String) {
        let mut found = parse(text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        found.remove(0)
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn parameters_with_quotes_comments_and_folding_are_read() {
        assert_eq!(one("; A=b"), pair("a", "b"));
        assert_eq!(
            one(";\r\n\tboundary = \"a \\\"b\\\";\r\n c\" (x;y=z) "),
            pair("boundary", "a \"b\"; c")
        );
        assert_eq!(one("(c) ; (d) a (e) = (f) b (g)"), pair("a", "b"));
        assert_eq!(
            parse("; a=\"x(\"; b=c; d=\"y)\""),
            [pair("a", "x("), pair("b", "c"), pair("d", "y)")],
        );
    }

    #[test]
    fn parameter_is_plain_only_where_every_reader_reads_it_alike() {
        let plain = |text: &str| parse_parameters(text.as_bytes(), 0)[0].is_plain;
        for text in ["; a=b", "; a = \"b\" ", "; a=\"b c(d);=\"", "; a=\"\"", "; a=b;"] {
            assert!(plain(text), "{text}");
        }
        for text in [
            "; a=b(c)",
            "; a=----=_b",
            "; a=b\"c",
            "; a=\"b",
            "; a=\"b;c=d",
            "; a=\"b\\c\"",
            "; a=\"\\bc\"",
            "; a=\"b\\\"\"",
            "; a=\"b\r\n c\"",
            "; a*=b",
            "; a*0=b",
            "; a=b\u{e9}",
        ] {
            assert!(!plain(text), "{text}");
        }
    }

    #[test]
    fn rule_27_parameters_with_missing_marks_are_read() {
        assert_eq!(
            parse("protocol=\"p/q\" micalg=sha1"),
            [pair("protocol", "p/q"), pair("micalg", "sha1")]
        );
        assert_eq!(one("; boundary=----=_Part_1/2=="), pair("boundary", "----=_Part_1/2=="));
        assert_eq!(parse(";boundary=\"abc;x=y"), [pair("boundary", "abc"), pair("x", "y")]);
        assert_eq!(parse(";boundary=\"abc \r\n ; x=y"), [pair("boundary", "abc"), pair("x", "y")]);
        assert_eq!(parse("; name=my file.p7m; x=y"), [pair("name", "my file.p7m"), pair("x", "y")]);
        assert_eq!(parse("; name=my file.p7m x=y"), [pair("name", "my file.p7m"), pair("x", "y")]);
        assert_eq!(one("; filename=my file.p7m"), pair("filename", "my file.p7m"));
        assert_eq!(one("; boundary=my file.p7m"), pair("boundary", "my"));
        assert_eq!(parse(";;junk; =b; \"c\" a=;"), [pair("a", "")]);
    }

    #[test]
    fn rule_27_parameters_after_rfc_2231_are_joined() {
        let found = parse_parameters(b";name*1*=%2Ep7m; NAME*0*=UTF-8'en'sm%C3%AE; name*3=no", 0);
        assert_eq!(found.len(), 1);
        assert_eq!(*found[0].value, *b"sm\xc3\xae.p7m");
        assert_eq!(found[0].charset.as_deref(), Some("utf-8"));
        assert_eq!(one(";boundary*0=\"ab\";boundary*1=\"cd\""), pair("boundary", "abcd"));
        assert_eq!(one("; filename*=us-ascii''a%20b%ZZ"), pair("filename", "a b%ZZ"));
        assert!(parse("; filename*1=no-start").is_empty());
        assert_eq!(one("; x*y=b"), pair("x*y", "b"));
        assert_eq!(one("; *0=b"), pair("*0", "b"));
        assert_eq!(one("; a*2=d; a*0=b; a*1=c"), pair("a", "bcd"));
        assert_eq!(one("; a*0=b; c*1=d"), pair("a", "b"));
        assert_eq!(parse("; a=x; a*0=y"), [pair("a", "x"), pair("a", "y")]);
    }

    #[test]
    fn parameter_that_is_not_extended_keeps_apostrophes_and_percent_signs() {
        assert_eq!(one("; a*0=x'y'z"), pair("a", "x'y'z"));
        assert_eq!(one("; a*0=%41"), pair("a", "%41"));
        assert_eq!(one("; a*0*=x'y'%41"), pair("a", "A"));
    }

    #[test]
    fn rule_28_parameter_is_plain_behind_a_semicolon_alone() {
        let plain = |text: &str| -> Vec<bool> {
            parse_parameters(text.as_bytes(), 0).iter().map(|it| it.is_plain).collect()
        };
        assert_eq!(plain("; a=b; c=\"d\" ;e=f"), [true, true, true]);
        assert_eq!(plain(" a=b; c=d"), [false, true]);
        assert_eq!(plain("; a=\"b\" c=d; e=f"), [true, false, true]);
        assert_eq!(plain("; word a=b"), [false]);
    }

    #[test]
    fn parameters_by_the_hundred_thousand_are_linear() {
        for text in [
            "a", ";", "(", "\"", "=", "a=", "a=\"", "name=a ", "a*1=b;", "a*0=b;", " x", "a=\\\";",
            "name=\n",
        ] {
            parse_parameters(text.repeat(100_000).as_bytes(), 0);
        }
    }

    proptest! {
        #[test]
        fn parameters_of_arbitrary_bytes_do_not_panic(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            parse_parameters(&bytes, 0);
        }

        #[test]
        fn parameters_of_parameter_like_bytes_do_not_panic(
            text in "[an*01='\"%;() \\\\\r\n]{0,60}",
        ) {
            parse_parameters(text.as_bytes(), 0);
        }
    }
}
