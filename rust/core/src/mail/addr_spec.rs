//! The words of one address → its canonical spelling `local@domain` (RFC 5322 §3.4.1, §4.4, RFC
//! 6532).
//!
//! Comments and blanks go, quotes stay only where they must, so that equal addresses are equal
//! strings. Case and IDNA are left to whoever compares.

use super::address::AddressDefects;
use super::lexer::{Lexeme, Token, is_atom_byte, unescape};

/// RFC 5322 §3.4.1 `addr-spec`, in its canonical spelling; comments are already gone.
pub(super) fn parse_addr_spec(
    words: &[Lexeme<'_>],
    defects: &mut AddressDefects,
) -> Option<String> {
    let at = words.iter().position(|word| word.token == Token::Special(b'@'))?;
    let (local, domain) = words.split_at_checked(at)?;
    let mut address = parse_local_part(local, defects)?;
    address.push(b'@');
    write_domain(domain.get(1..)?, &mut address)?;
    // RFC 6532 §3.2: UTF-8 and nothing else; RULES 20: no NUL or other control character.
    let address = String::from_utf8(address).ok()?;
    if address.chars().any(char::is_control) {
        return None;
    }
    defects.encoded_word_in_address |= address.contains("=?");
    Some(address)
}

/// An address that is spelled as [`parse_addr_spec`] would give it back: a dot-atom on both sides (RFC 5322 §3.4.1);
/// `None` for any other spelling, be it an address or not. Whether it looks like an encoded word is not asked.
pub(super) fn plain_addr_spec(spelled: &[u8]) -> Option<&str> {
    let at = memchr::memchr(b'@', spelled)?;
    let (local, domain) = spelled.split_at_checked(at)?;
    let domain = domain.get(1..)?;
    let is_label = |label: &[u8]| !label.is_empty() && label.iter().all(is_label_byte);
    let is_plain = spelled.is_ascii()
        && is_dot_atom(local)
        && domain.split(|&byte| byte == b'.').all(is_label);
    str::from_utf8(spelled).ok().filter(|_| is_plain)
}

/// RFC 5322 §3.4.1 `local-part`, §4.4 `obs-local-part`: quoted only where it must be.
fn parse_local_part(words: &[Lexeme<'_>], defects: &mut AddressDefects) -> Option<Vec<u8>> {
    let mut content = Vec::new();
    let (mut is_quoted, mut has_word, mut after_word) = (false, false, false);
    for word in words {
        match word.token {
            Token::Special(b'.') => {
                defects.loose_dots |= !after_word;
                content.push(b'.');
                after_word = false;
                continue;
            }
            Token::Atom(atom) if !after_word && atom.iter().all(|&byte| is_atom_byte(byte)) => {
                content.extend_from_slice(atom);
            }
            Token::Quoted(quoted) if !after_word => {
                unescape(quoted, &mut content);
                is_quoted = true;
            }
            _ => return None,
        }
        (has_word, after_word) = (true, true);
    }
    defects.loose_dots |= has_word && !after_word;
    let needs_quotes = is_quoted && !is_dot_atom(&content);
    has_word.then(|| if needs_quotes { quote(&content) } else { content })
}

/// RFC 5322 §3.2.3 `dot-atom-text`.
fn is_dot_atom(bytes: &[u8]) -> bool {
    let is_atom = |atom: &[u8]| !atom.is_empty() && atom.iter().all(|&byte| is_atom_byte(byte));
    bytes.split(|&byte| byte == b'.').all(is_atom)
}

fn quote(content: &[u8]) -> Vec<u8> {
    let mut quoted = Vec::with_capacity(content.len() + 2);
    quoted.push(b'"');
    for &byte in content {
        if matches!(byte, b'"' | b'\\') {
            quoted.push(b'\\');
        }
        quoted.push(byte);
    }
    quoted.push(b'"');
    quoted
}

/// RFC 5322 §3.4.1 `domain`: labels of letters, digits, hyphens (underscores occur) or UTF-8, or
/// one literal.
fn write_domain(words: &[Lexeme<'_>], to: &mut Vec<u8>) -> Option<()> {
    if let [Lexeme { token: Token::Literal(literal), .. }] = words {
        to.push(b'[');
        to.extend(literal.iter().filter(|byte| !byte.is_ascii_whitespace()));
        to.push(b']');
        // RFC 5322 §3.4.1 dtext; the escapes of §4.4 are refused.
        return (!literal.iter().any(|byte| matches!(byte, b'[' | b'\\'))).then_some(());
    }
    let mut after_label = false;
    for word in words {
        match word.token {
            Token::Special(b'.') if after_label => to.push(b'.'),
            Token::Atom(atom) if !after_label && atom.iter().all(is_label_byte) => {
                to.extend_from_slice(atom);
            }
            _ => return None,
        }
        after_label = !after_label;
    }
    after_label.then_some(())
}

/// A byte of a domain's label.
fn is_label_byte(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | 0x80..)
}

#[cfg(test)]
mod tests {
    use super::super::lexer::Lexer;
    use super::*;

    fn read(text: &str, defects: &mut AddressDefects) -> Option<String> {
        let mut lexer = Lexer::new(text.as_bytes());
        let words: Vec<_> = core::iter::from_fn(|| lexer.next_lexeme()).collect();
        parse_addr_spec(&words, defects)
    }

    fn addr_spec(text: &str) -> Option<String> {
        read(text, &mut AddressDefects::default())
    }

    #[test]
    fn addr_spec_keeps_quotes_only_where_needed() {
        for (text, address) in [
            ("a.b@c", "a.b@c"),
            ("\"a.b\"@c", "a.b@c"),
            ("\"a\".\"b\"@c", "a.b@c"),
            ("\"a b\"@c", "\"a b\"@c"),
            ("\"a b\".c@d", "\"a b.c\"@d"),
            ("\"a@b.c\"@d", "\"a@b.c\"@d"),
            ("\"a\\\"b\\x\"@c", "\"a\\\"bx\"@c"),
            ("\"a..b\"@c", "\"a..b\"@c"),
            ("\"\"@c", "\"\"@c"),
            ("a @ b . c", "a@b.c"),
        ] {
            assert_eq!(addr_spec(text).as_deref(), Some(address), "{text}");
        }
    }

    #[test]
    fn addr_spec_malformed_is_none() {
        for text in [
            "",
            "a",
            "@",
            "a@",
            "@b",
            "a b@c",
            "\"a\"\"b\"@c",
            "a\"b\"@c",
            "a@b c",
            "a@b@c",
            "a@.",
            "a@b..",
            "a@b..c",
            "a@[b\\]]",
            "a@b/c",
        ] {
            assert_eq!(addr_spec(text), None, "{text}");
        }
    }

    #[test]
    fn addr_spec_with_dots_that_part_no_words_is_a_defect() {
        for (text, is_loose) in [
            ("a..b@c", true),
            (".a@c", true),
            ("a.@c", true),
            ("\"a\"..b@c", true),
            ("a.b@c", false),
            ("\"a..b.\"@c", false),
        ] {
            let mut defects = AddressDefects::default();
            assert!(read(text, &mut defects).is_some(), "{text}");
            assert_eq!(defects.loose_dots, is_loose, "{text}");
        }
    }
}
