//! The Received field: which host wrote it, and when (RFC 5321 §4.4, RFC 5322 §3.6.7).
//!
//! `from X by Y …; date`: what stands behind `from` is the sender's own word, so it is stepped over unread; the date is
//! behind the last semicolon, where no other word of the sender can stand.

use super::date::parse_latest_date;
use super::lexer::{Lexer, Token};
use super::tail;

/// What a Received field says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The host behind `by`, as it stands.
    pub by: Vec<u8>,
    /// The latest moment that its date may mean.
    pub latest_unix_s: Option<i64>,
}

impl Received {
    /// Whether `host` wrote it: the same name but for letter case and a dot at the end.
    #[must_use]
    pub fn is_by(&self, host: &str) -> bool {
        let bare = |name: &[u8]| name.strip_suffix(b".").unwrap_or(name).to_ascii_lowercase();
        bare(&self.by) == bare(host.as_bytes())
    }
}

/// Reads the body of a Received field; `None` where no host is named or a comment does not end.
#[must_use]
pub fn parse_received(body: &[u8]) -> Option<Received> {
    let mut lexer = Lexer::new(body);
    let (mut words, mut date_start) = (Words::default(), None);
    while let Some(lexeme) = lexer.next_lexeme() {
        match lexeme.token {
            Token::Special(b';') => {
                words.end();
                date_start = Some(lexer.position());
            }
            Token::Comment(_) => words.end(),
            token => {
                if lexeme.space_before {
                    words.end();
                }
                words.push(token);
            }
        }
    }
    words.end();
    if lexer.is_unterminated {
        return None;
    }
    let latest_unix_s = date_start.and_then(|start| parse_latest_date(tail(body, start)));
    Some(Received { by: words.by?, latest_unix_s })
}

/// The words of a field up to the host behind `by`.
#[derive(Default)]
struct Words {
    word: Vec<u8>,
    any: bool,
    /// What the next word is the value of.
    before: Before,
    by: Option<Vec<u8>>,
}

#[derive(Default)]
enum Before {
    #[default]
    Nothing,
    From,
    By,
}

impl Words {
    fn push(&mut self, token: Token<'_>) {
        match token {
            Token::Atom(octets) | Token::Quoted(octets) | Token::Literal(octets) => {
                self.word.extend_from_slice(octets);
            }
            Token::Special(octet) => self.word.push(octet),
            Token::Comment(_) => {}
        }
    }

    fn end(&mut self) {
        let word = core::mem::take(&mut self.word);
        if word.is_empty() || self.by.is_some() {
            return;
        }
        match core::mem::take(&mut self.before) {
            Before::By => self.by = Some(word),
            Before::From => {}
            Before::Nothing if !self.any && word.eq_ignore_ascii_case(b"from") => {
                self.before = Before::From;
            }
            Before::Nothing if word.eq_ignore_ascii_case(b"by") => self.before = Before::By,
            Before::Nothing => {}
        }
        self.any = true;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const AT: i64 = 1_384_942_272; // 2013-11-20 10:11:12 UTC

    #[test]
    fn received_in_the_forms_of_several_programs_is_read() {
        for (body, by) in [
            (
                " from a.example (a.example [192.0.2.1])\r\n\tby mx.example.org (Postfix) with ESMTP id 1\r\n\tfor <x@y>; ",
                "mx.example.org",
            ),
            (" by mx.example.org with SMTP id a.b; ", "mx.example.org"),
            (
                " from [192.0.2.1] (helo=by) by MX.Example.org. with esmtp (Exim 4) (envelope-from <a;b@c>) id 1; ",
                "mx.example.org",
            ),
            (" from by by mx.example.org; ", "mx.example.org"),
            (
                " from a (comment by evil) by mx.example.org; 1 Jan 1990 00:00:00 +0000; ",
                "mx.example.org",
            ),
        ] {
            let body = format!("{body}Wed, 20 Nov 2013 11:11:12 +0100 (CET)");
            let received = parse_received(body.as_bytes()).unwrap();
            assert!(received.is_by(by), "{body}");
            assert_eq!(received.latest_unix_s, Some(AT), "{body}");
            assert!(!received.is_by("example.org") && !received.is_by("by"));
        }
    }

    #[test]
    fn received_without_host_or_date_proves_nothing() {
        assert_eq!(
            parse_received(b" (qmail 1 invoked by uid 89); 20 Nov 2013 10:11:12 -0000"),
            None
        );
        assert_eq!(parse_received(b" from a (by mx.example.org; 20 Nov 2013 10:11:12 +0000"), None);
        assert_eq!(parse_received(b" from by"), None);
        let dateless = parse_received(b" by mx.example.org; yesterday").unwrap();
        assert_eq!(dateless.latest_unix_s, None);
    }

    #[test]
    fn rule_22a_time_without_a_known_zone_is_taken_as_late_as_it_may_be() {
        for (zone, late_s) in [("+0000", 0), ("GMT", 0), ("", 14 * 3600), ("AKST", 14 * 3600)] {
            let body = format!(" by mx; 20 Nov 2013 10:11:12 {zone}");
            let received = parse_received(body.as_bytes()).unwrap();
            assert_eq!(received.latest_unix_s, Some(AT + late_s), "{zone}");
        }
    }

    proptest! {
        #[test]
        fn received_of_any_bytes_never_panics(body: Vec<u8>, words in "(from|by|a|;|\\(|\\)|\"| ){0,20}") {
            let _ = parse_received(&body);
            let _ = parse_received(words.as_bytes());
        }
    }
}
