//! The From field of nearly all mail: one address, with a name before it or without (RFC 5322 §3.4), recognised octet by
//! octet.
//!
//! Nothing here is a second opinion about addresses: whatever holds a sign that means anything else (comments, groups,
//! routes, several addresses, escapes, encoded words, octets that are not printable ASCII) is left to the parser of
//! lists, and of the rest that says the same (a property test in [`super::from`]).

use super::addr_spec::plain_addr_spec;
use super::lexer::is_atom_byte;
use super::visible::trim_blanks;

/// The only address of a field body in this form; `None` for any other form.
pub(super) fn plain_address(body: &[u8]) -> Option<&str> {
    let body = trim_blanks(body);
    let is_shown = |&byte: &u8| matches!(byte, b' '..=b'~');
    // An encoded word may hide anything.
    if !body.iter().all(is_shown) || body.windows(2).any(|mark| mark == b"=?") {
        return None;
    }
    let Some(rest) = body.strip_suffix(b">") else { return plain_addr_spec(body) };
    let (name, address) = rest.split_at_checked(memchr::memrchr(b'<', rest)?)?;
    plain_addr_spec(address.strip_prefix(b"<").filter(|_| is_plain_name(name))?)
}

/// Whether a display name holds no sign that begins something else, nor one that makes it look like an address: words
/// with dots, or one string between quotes.
fn is_plain_name(name: &[u8]) -> bool {
    let name = trim_blanks(name);
    let quoted = name.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\""));
    match quoted {
        Some(text) => !text.iter().any(|byte| matches!(byte, b'"' | b'\\' | b'@')),
        None => name.iter().all(|&byte| is_atom_byte(byte) || matches!(byte, b' ' | b'.')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_21_only_the_form_of_nearly_all_mail_is_plain() {
        for body in [
            " a.b@c.example\r\n",
            "<a@b>",
            "Ann <a@b>",
            "J. R. O'Hara-X <a+b@c-d.example>",
            "\"Ann (x), B\" <a@b>",
            "Ann<a@b>",
        ] {
            assert!(plain_address(body.as_bytes()).is_some(), "{body}");
        }
        for body in [
            "",
            "Ann",
            "a@b, c@d",
            "x@y <a@b>",
            "\"x@y\" <a@b>",
            "\"a\\\"b\" <a@b>",
            "\"a\" b <a@b>",
            "\"a <a@b>",
            "a@b>",
            "Ann (c) <a@b>",
            "=?utf-8?q?x?= <a@b>",
            "=?utf-8?q?x?=@b",
            "a..b@c",
            "a@b..c",
            "<a @b>",
            "team: a@b;",
            "J\u{f6}rg <a@b>",
            "Ann\n <a@b>",
            "Ann\0 <a@b>",
        ] {
            assert!(plain_address(body.as_bytes()).is_none(), "{body}");
        }
    }
}
