//! OpenPGP armour in a text as it stands (RFC 9580 §6.2): it starts at the beginning of a line.
//!
//! Texts of multiparts are searched for delimiters anyway, line by line that starts with `--`, so
//! the walk asks about those lines; the body of a text outside any multipart is searched here.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::line_ends::next_line;
use super::tail;

/// The armour that begins a line of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub enum PgpArmour {
    /// There is none.
    #[default]
    None,
    /// Of something else than a message: a signature, a key.
    Other,
    /// Of a message, which may be ciphertext.
    Message,
}

/// What the header line of every armour begins with.
const HEADER_LINE: &[u8] = b"-----BEGIN PGP ";

/// Which armour the line begins.
pub(super) fn read_armour_line(line: &[u8]) -> PgpArmour {
    match line.strip_prefix(HEADER_LINE) {
        None => PgpArmour::None,
        Some(rest) if rest.starts_with(b"MESSAGE") => PgpArmour::Message,
        Some(_) => PgpArmour::Other,
    }
}

/// Which armour begins any line of `body`; that of a message goes before others.
pub(crate) fn scan_armour(body: &[u8]) -> PgpArmour {
    static BEHIND_A_LINE: LazyLock<Finder<'static>> =
        LazyLock::new(|| Finder::new(b"\n-----BEGIN PGP "));
    let mut found = read_armour_line(body);
    let mut at = 0;
    while found < PgpArmour::Message
        && let Some(length) = BEHIND_A_LINE.find(tail(body, at))
    {
        found = found.max(read_armour_line(tail(body, at + length + 1)));
        at = next_line(body, at + length + 1);
        // The line end belongs to the needle.
        at = at.saturating_sub(1);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The obvious way, line by line.
    fn scan_slowly(body: &[u8]) -> PgpArmour {
        let lines = body.split_inclusive(|&byte| byte == b'\n');
        lines.map(read_armour_line).max().unwrap_or_default()
    }

    #[test]
    fn armour_of_a_message_is_told_from_any_other() {
        for (body, expected) in [
            ("-----BEGIN PGP MESSAGE-----\n", PgpArmour::Message),
            ("a\n-----BEGIN PGP MESSAGE, PART 1/2-----", PgpArmour::Message),
            ("-----BEGIN PGP SIGNED MESSAGE-----\nx", PgpArmour::Other),
            ("a\r\n-----BEGIN PGP PUBLIC KEY BLOCK-----", PgpArmour::Other),
            ("-----BEGIN PGP X\n-----BEGIN PGP MESSAGE", PgpArmour::Message),
            ("a -----BEGIN PGP MESSAGE-----", PgpArmour::None),
            ("\n-----BEGIN PKCS7-----", PgpArmour::None),
            ("", PgpArmour::None),
        ] {
            assert_eq!(scan_armour(body.as_bytes()), expected, "{body}");
        }
    }

    #[test]
    fn armour_by_the_hundred_thousand_is_linear() {
        let body = b"\n-----BEGIN PGP X".repeat(100_000);
        assert_eq!(scan_armour(&body), PgpArmour::Other);
    }

    proptest! {
        #[test]
        fn armour_of_any_text_equals_the_slow_way(
            words in prop::collection::vec(
                prop::sample::select(
                    vec!["\n", "\r\n", "-----BEGIN PGP ", "MESSAGE", "-----", "x", "\n-----BEGIN PGP "]), 0..12)
        ) {
            let body = words.concat().into_bytes();
            prop_assert_eq!(scan_armour(&body), scan_slowly(&body));
        }
    }
}
