//! Debian's weak keys (CVE-2008-0166): blacklists in the format of the package openssl-blacklist.
//!
//! A line is 20 lower-case hexadecimal digits, the last half of SHA-1 over `Modulus=`, the modulus in upper-case
//! hexadecimal and a line feed, as `openssl rsa -modulus` prints it; `#` begins a comment. 80 bits: of a million honest
//! keys none is taken for a listed one.

use hashbrown::HashSet;
use smimebatch_crypto::digest::{self, Algorithm};

use crate::limits;

const ENTRY_DIGITS: usize = 20;

type Entry = [u8; ENTRY_DIGITS / 2];

/// The entries of blacklists.
#[derive(Default)]
pub struct DebianKeys(HashSet<Entry, foldhash::fast::RandomState>);

/// A file that is no blacklist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotABlacklist {
    /// The line, counted from 1, that is neither entry nor comment; 0 where there are too many entries.
    pub line: usize,
}

impl core::fmt::Display for NotABlacklist {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.line {
            0 => write!(f, "expected at most {} entries, found more", limits::BLACKLIST_ENTRIES),
            line => write!(f, "line {line}: expected {ENTRY_DIGITS} hexadecimal digits"),
        }
    }
}

impl core::error::Error for NotABlacklist {}

impl DebianKeys {
    /// Adds the entries of one file.
    ///
    /// # Errors
    /// [`NotABlacklist`] for a line that is neither an entry nor a comment.
    pub fn add(&mut self, file: &[u8]) -> Result<(), NotABlacklist> {
        for (index, line) in file.split(|octet| *octet == b'\n').enumerate() {
            let line = line.trim_ascii();
            if line.is_empty() || line.starts_with(b"#") {
                continue;
            }
            self.0.insert(parse_entry(line).ok_or(NotABlacklist { line: index + 1 })?);
            if self.0.len() > limits::BLACKLIST_ENTRIES {
                return Err(NotABlacklist { line: 0 });
            }
        }
        Ok(())
    }

    /// Entries, each counted once.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no list was given.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a modulus, big-endian without leading zeros, is listed.
    #[must_use]
    pub fn holds(&self, modulus: &[u8]) -> bool {
        !self.is_empty() && self.0.contains(&entry_of(modulus))
    }
}

fn parse_entry(line: &[u8]) -> Option<Entry> {
    let mut entry = Entry::default();
    if line.len() != ENTRY_DIGITS {
        return None;
    }
    for (octet, pair) in entry.iter_mut().zip(line.chunks_exact(2)) {
        let &[high, low] = pair else { return None };
        *octet = hex_digit(high)? << 4 | hex_digit(low)?;
    }
    Some(entry)
}

fn hex_digit(character: u8) -> Option<u8> {
    char::from(character).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

fn entry_of(modulus: &[u8]) -> Entry {
    let digits: String = modulus.iter().map(|octet| format!("{octet:02X}")).collect();
    let printed = format!("Modulus={}\n", digits.trim_start_matches('0'));
    let hashed = digest::one(Algorithm::Sha1, printed.as_bytes());
    let mut entry = Entry::default();
    for (octet, last) in entry.iter_mut().rev().zip(hashed.as_bytes().iter().rev()) {
        *octet = *last;
    }
    entry
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn listed_modulus_is_found_and_others_are_not() {
        // printf 'Modulus=BB8F1\n' | sha1sum | cut -c 21-40
        let mut keys = DebianKeys::default();
        assert!(!keys.holds(&[0x0b, 0xb8, 0xf1]));
        keys.add(b"# a comment\n\nbf9ba57f4a613378f6c1\r\n").unwrap();
        assert!(keys.holds(&[0x0b, 0xb8, 0xf1]));
        assert!(!keys.holds(&[0x0b, 0xb8, 0xf3]));
    }

    #[test]
    fn what_is_no_entry_is_refused_by_its_line() {
        let mut keys = DebianKeys::default();
        for bad in [&b"0011"[..], b"0123456789012345678g", b"012345678901234567890"] {
            let file = [b"00005890bc78bcbee3ca\n", bad].concat();
            assert_eq!(keys.add(&file), Err(NotABlacklist { line: 2 }));
        }
        assert_eq!(keys.len(), 1);
    }
}
