//! Words, specials, quoted strings and comments of structured header fields (RFC 5322 §3.2, RFC
//! 6532 §3.2).
//!
//! Comments nest to any depth at the cost of a counter. A comment or string that never ends takes
//! the rest of the field, once, so the whole is linear in the bytes.

use memchr::{memchr2, memchr3};

use super::tail;

/// One token; slices are as they stand in the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A run of bytes that are neither special nor blank; control bytes too, for the user to
    /// refuse.
    Atom(&'a [u8]),
    /// Between the quotes, escapes and folding included.
    Quoted(&'a [u8]),
    /// Between the brackets.
    Literal(&'a [u8]),
    /// Between the outermost parentheses.
    Comment(&'a [u8]),
    /// Any other special character.
    Special(u8),
}

/// A token, and whether a blank stood before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lexeme<'a> {
    pub(super) token: Token<'a>,
    pub(super) space_before: bool,
}

/// Reads tokens from a field body.
#[derive(Debug, Default)]
pub(super) struct Lexer<'a> {
    bytes: &'a [u8],
    position: usize,
    /// A comment, string or literal ran into the end of the field.
    pub(super) is_unterminated: bool,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0, is_unterminated: false }
    }

    /// The next token, comments included.
    pub(super) fn next_lexeme(&mut self) -> Option<Lexeme<'a>> {
        let rest = tail(self.bytes, self.position);
        let blanks = rest.iter().take_while(|&&byte| is_blank_byte(byte)).count();
        self.position += blanks;
        let start = self.position;
        let token = match *self.bytes.get(start)? {
            b'(' => Token::Comment(self.enclosed(comment_end(self.bytes, start))),
            b'"' => Token::Quoted(self.enclosed(quoted_end(self.bytes, start + 1, b'"'))),
            b'[' => Token::Literal(self.enclosed(quoted_end(self.bytes, start + 1, b']'))),
            byte if is_special(byte) => {
                self.position += 1;
                Token::Special(byte)
            }
            _ => Token::Atom(self.atom()),
        };
        Some(Lexeme { token, space_before: blanks > 0 })
    }

    /// Where the next token will be looked for.
    pub(super) fn position(&self) -> usize {
        self.position
    }

    /// Goes back to a position taken before.
    pub(super) fn rewind(&mut self, position: usize) {
        self.position = position;
    }

    /// What lies between the byte at the position and `end`, which is stepped over.
    fn enclosed(&mut self, end: Option<usize>) -> &'a [u8] {
        self.is_unterminated |= end.is_none();
        let start = self.position + 1;
        let end = end.unwrap_or(self.bytes.len());
        self.position = end + 1;
        self.bytes.get(start..end).unwrap_or_default()
    }

    fn atom(&mut self) -> &'a [u8] {
        let rest = tail(self.bytes, self.position);
        let ends = |&byte: &u8| is_special(byte) || is_blank_byte(byte);
        let length = rest.iter().position(ends).unwrap_or(rest.len());
        self.position += length;
        rest.get(..length).unwrap_or_default()
    }
}

fn is_blank_byte(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// RFC 5322 §3.2.3 `specials`, but for the backslash, which is refused later as part of an atom.
fn is_special(byte: u8) -> bool {
    matches!(
        byte,
        b'(' | b')' | b'<' | b'>' | b'[' | b']' | b':' | b';' | b'@' | b',' | b'.' | b'"'
    )
}

/// RFC 5322 §3.2.3 `atext`, with RFC 6532 §3.2 for bytes of UTF-8.
pub(super) fn is_atom_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80 || b"!#$%&'*+-/=?^_`{|}~".contains(&byte)
}

/// Where the comment that opens at `open` closes.
pub(super) fn comment_end(bytes: &[u8], open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = open;
    loop {
        at += memchr3(b'(', b')', b'\\', tail(bytes, at))?;
        match bytes.get(at)? {
            b'(' => depth += 1,
            b')' if depth <= 1 => return Some(at),
            b')' => depth -= 1,
            _ => at += 1,
        }
        at += 1;
    }
}

/// Where the string whose content starts at `at` closes: the first `close` without a backslash
/// before it.
pub(super) fn quoted_end(bytes: &[u8], mut at: usize, close: u8) -> Option<usize> {
    loop {
        at += memchr2(close, b'\\', tail(bytes, at))?;
        if bytes.get(at) == Some(&close) {
            return Some(at);
        }
        at += 2;
    }
}

/// The position behind blanks, folding and comments; a comment without end takes everything.
pub(super) fn skip_cfws(bytes: &[u8], mut at: usize) -> usize {
    loop {
        match bytes.get(at) {
            Some(&byte) if is_blank_byte(byte) => at += 1,
            Some(b'(') => at = comment_end(bytes, at).map_or(bytes.len(), |end| end + 1),
            _ => return at,
        }
    }
}

/// Appends the content of a quoted string to `to`: escapes resolved, folding undone (RFC 5322
/// §3.2.4).
pub(super) fn unescape(quoted: &[u8], to: &mut Vec<u8>) {
    let mut bytes = quoted.iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => to.extend(bytes.next()),
            b'\r' | b'\n' => {}
            _ => to.push(byte),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn lexer_tells_tokens_apart() {
        let mut lexer = Lexer::new(b" a\"q\\\"\"(c(d\\)))[l]\t<\x00b");
        let mut tokens = Vec::new();
        while let Some(lexeme) = lexer.next_lexeme() {
            tokens.push((lexeme.token, lexeme.space_before));
        }
        let expected = [
            (Token::Atom(&b"a"[..]), true),
            (Token::Quoted(b"q\\\""), false),
            (Token::Comment(b"c(d\\))"), false),
            (Token::Literal(b"l"), false),
            (Token::Special(b'<'), true),
            (Token::Atom(b"\x00b"), false),
        ];
        assert_eq!(tokens, expected);
        assert!(!lexer.is_unterminated);
    }

    #[test]
    fn lexer_on_an_open_comment_or_string_takes_the_rest() {
        for body in [&b"(a(b)"[..], b"\"a\\\"", b"[a", b"\"a\\", b"(\\"] {
            let mut lexer = Lexer::new(body);
            assert!(lexer.next_lexeme().is_some());
            assert!(lexer.is_unterminated);
            assert_eq!(lexer.next_lexeme(), None);
        }
    }

    #[test]
    fn rule_41_comments_nested_100_000_deep_are_linear() {
        let body = [b"(".repeat(100_000), b")".repeat(100_000), b"x".to_vec()].concat();
        assert_eq!(skip_cfws(&body, 0), 200_000);
        assert_eq!(skip_cfws(&body[..150_000], 0), 150_000);
    }
}
