//! How the lines of a body end, which decides the canonical forms tried for a digest (RULES 26).
//!
//! RFC 8551 §3.1.1 asks for CRLF; archives store LF. A lone CR is never a line end.

use memchr::{memchr, memchr_iter};

use super::tail;

/// How a line ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LineEnd {
    /// CR LF.
    Crlf,
    /// LF alone.
    Lf,
    /// There is no LF at all.
    None,
}

/// How the first line of `bytes` ends.
#[must_use]
pub fn first_line_end(bytes: &[u8]) -> LineEnd {
    match memchr(b'\n', bytes) {
        None => LineEnd::None,
        Some(at) if is_after_cr(bytes, at) => LineEnd::Crlf,
        Some(_) => LineEnd::Lf,
    }
}

/// Whether any LF of `bytes` lacks its CR.
#[must_use]
pub fn has_bare_lf(bytes: &[u8]) -> bool {
    memchr_iter(b'\n', bytes).any(|at| !is_after_cr(bytes, at))
}

/// Whether any line of `bytes` ends in CR LF.
#[must_use]
pub fn has_crlf(bytes: &[u8]) -> bool {
    memchr::memmem::find(bytes, b"\r\n").is_some()
}

fn is_after_cr(bytes: &[u8], at: usize) -> bool {
    at.checked_sub(1).and_then(|before| bytes.get(before)) == Some(&b'\r')
}

/// Where the line that holds `at` ends: behind its LF, or at the end of `bytes`.
pub(crate) fn next_line(bytes: &[u8], at: usize) -> usize {
    memchr(b'\n', tail(bytes, at)).map_or(bytes.len(), |length| at + length + 1)
}

/// The lines of `text`, each with its LF if it has one.
pub(crate) fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut start = 0;
    memchr_iter(b'\n', text).map(|at| at + 1).chain([text.len()]).filter_map(move |end| {
        let line = text.get(start..end).filter(|line| !line.is_empty());
        start = end;
        line
    })
}

/// `line` without its CR LF or LF.
pub(crate) fn without_line_end(line: &[u8]) -> &[u8] {
    match line {
        [inner @ .., b'\r', b'\n'] | [inner @ .., b'\n'] => inner,
        _ => line,
    }
}

/// Where the line break before the line that starts at `line_start` begins.
///
/// RFC 2046 §5.1.1: that break belongs to the delimiter, not to the part before it (RULES 25).
pub(super) fn break_before(bytes: &[u8], line_start: usize) -> usize {
    let before = bytes.get(..line_start).unwrap_or_default();
    without_line_end(before).len()
}

/// The bytes with every bare LF as CR LF (RFC 8551 §3.1.1), for the few schemes that take octets and not their digest.
#[must_use]
pub fn with_crlf(bytes: &[u8]) -> Vec<u8> {
    let mut converted = Vec::with_capacity(bytes.len() + bytes.len() / 32);
    let mut rest = bytes;
    while let Some(line) = memchr(b'\n', rest) {
        let (before, after) = rest.split_at(line);
        converted.extend_from_slice(before);
        if converted.last() != Some(&b'\r') {
            converted.push(b'\r');
        }
        converted.push(b'\n');
        rest = after.get(1..).unwrap_or_default();
    }
    converted.extend_from_slice(rest);
    converted
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn first_line_end_tells_crlf_lf_and_none() {
        assert_eq!(first_line_end(b"a\r\nb\n"), LineEnd::Crlf);
        assert_eq!(first_line_end(b"a\nb\r\n"), LineEnd::Lf);
        assert_eq!(first_line_end(b"\n"), LineEnd::Lf);
        assert_eq!(first_line_end(b"a\rb"), LineEnd::None);
    }

    #[test]
    fn rule_26_bare_lf_is_found_among_crlf() {
        assert!(!has_bare_lf(b"a\r\nb\r\n"));
        assert!(has_bare_lf(b"a\r\nb\nc\r\n"));
        assert!(has_bare_lf(b"\na"));
        assert!(!has_bare_lf(b"a\r"));
        assert!(has_crlf(b"a\nb\r\n"));
        assert!(!has_crlf(b"a\nb\n\r"));
    }

    #[test]
    fn break_before_takes_one_line_end_only() {
        assert_eq!(break_before(b"a\r\n\r\n--b", 5), 3);
        assert_eq!(break_before(b"a\n\n--b", 3), 2);
        assert_eq!(break_before(b"--b", 0), 0);
    }

    #[test]
    fn rule_26_bare_line_feeds_become_crlf_and_nothing_else_changes() {
        assert_eq!(with_crlf(b"a\nb\r\n\n\rc\r"), b"a\r\nb\r\n\r\n\rc\r");
        assert_eq!(with_crlf(b""), b"");
    }

    /// The lines of `bytes`, each with its end: the obvious way, octet by octet.
    fn lines_slowly(bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut lines = vec![Vec::new()];
        for &octet in bytes {
            lines.last_mut().unwrap().push(octet);
            if octet == b'\n' {
                lines.push(Vec::new());
            }
        }
        lines.retain(|line| !line.is_empty());
        lines
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn rule_26_line_ends_of_any_text_equal_the_slow_way(
            words in prop::collection::vec(prop::sample::select(vec!["\n", "\r\n", "\r", "x", "--b", " "]), 0..30)
        ) {
            let bytes = words.concat().into_bytes();
            let lines = lines_slowly(&bytes);
            let is_crlf = |line: &Vec<u8>| line.ends_with(b"\r\n");
            let ended: Vec<_> = lines.iter().filter(|line| line.ends_with(b"\n")).collect();
            prop_assert_eq!(has_crlf(&bytes), ended.iter().any(|line| is_crlf(line)));
            prop_assert_eq!(has_bare_lf(&bytes), ended.iter().any(|line| !is_crlf(line)));
            let first = match ended.first() {
                None => LineEnd::None,
                Some(line) if is_crlf(line) => LineEnd::Crlf,
                Some(_) => LineEnd::Lf,
            };
            prop_assert_eq!(first_line_end(&bytes), first);
            let canonical: Vec<u8> = lines
                .iter()
                .flat_map(|line| match line.strip_suffix(b"\n") {
                    Some(text) if !is_crlf(line) => [text, b"\r\n"].concat(),
                    _ => line.clone(),
                })
                .collect();
            let converted = with_crlf(&bytes);
            prop_assert!(!has_bare_lf(&converted));
            prop_assert_eq!(&with_crlf(&converted), &converted);
            prop_assert_eq!(converted, canonical);
        }

        #[test]
        fn rule_25_lines_of_any_text_are_found_from_any_place(
            words in prop::collection::vec(prop::sample::select(vec!["\n", "\r\n", "\r", "x", "--b"]), 0..20)
        ) {
            let bytes = words.concat().into_bytes();
            let mut start = 0;
            for line in lines_slowly(&bytes) {
                let end = start + line.len();
                for at in start..end {
                    prop_assert_eq!(next_line(&bytes, at), end);
                }
                let text = line.strip_suffix(b"\n").map_or(&line[..], |text| text.strip_suffix(b"\r").unwrap_or(text));
                prop_assert_eq!(without_line_end(&line), text);
                prop_assert_eq!(break_before(&bytes, end), start + text.len());
                start = end;
            }
        }
    }
}
