//! Secrets that sender and recipient share: key-encryption keys (RFC 5652 §6.2.3) and passwords (§6.2.4).
//!
//! Of a key its identifier is told, which stands in every message under it; of a password only its place among those that
//! were given. Neither is ever hashed into a name, since a hash confirms a guess.

use std::sync::{Arc, Mutex, PoisonError};

use smimebatch_crypto::secret::Secret;

use super::contents::KeyProblem;
use super::derivation::Pbkdf2;
use super::error::{Damage, KeyFileError, KeyLimit, Part};
use crate::asn1::values::hex;
use crate::limits;

/// A key-encryption key.
pub struct SharedKey {
    id: String,
    identifier: Box<[u8]>,
    key: Secret,
}

impl SharedKey {
    /// `shared-key:` and [`SharedKey::identifier`] in hexadecimal.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What messages name it by (`keyIdentifier`).
    #[must_use]
    pub fn identifier(&self) -> &[u8] {
        &self.identifier
    }

    /// Its 16, 24 or 32 octets.
    pub(crate) const fn key(&self) -> &Secret {
        &self.key
    }
}

/// A password of messages.
pub struct SharedPassword {
    id: String,
    password: Secret,
    /// What was made of it last, newest at the end: messages of one sender may share a salt.
    derived: Mutex<Vec<Derived>>,
}

struct Derived {
    parameters: Vec<u8>,
    key: Secret,
}

impl SharedPassword {
    /// A password by its place among those given, counted from 1.
    fn new(place: usize, password: Secret) -> Self {
        Self { id: format!("password:{place}"), password, derived: Mutex::default() }
    }

    /// `password:` and its place among those that were given.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// How many octets it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.password.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.password.is_empty()
    }

    /// A key of so many octets; nothing for a function that is not offered. Who counts iterations counts those of a key that
    /// was kept, too (RULES 24).
    pub(crate) fn derive(&self, derivation: &Pbkdf2<'_>, octets: usize) -> Option<Secret> {
        let parameters = derivation.fingerprint(octets);
        if let Some(known) = self.kept(&parameters) {
            return Some(known);
        }
        let key = derivation.derived(self.password.as_bytes(), octets).ok()?;
        let mut derived = self.derived.lock().unwrap_or_else(PoisonError::into_inner);
        if derived.len() >= limits::DERIVED_KEYS_PER_PASSWORD {
            derived.remove(0);
        }
        derived.push(Derived { parameters, key: key.duplicate() });
        Some(key)
    }

    fn kept(&self, parameters: &[u8]) -> Option<Secret> {
        let mut derived = self.derived.lock().unwrap_or_else(PoisonError::into_inner);
        let at = derived.iter().position(|it| it.parameters == parameters)?;
        let newest = derived.remove(at);
        let key = newest.key.duplicate();
        derived.push(newest);
        Some(key)
    }
}

/// Keys and passwords that are shared with senders; keys are sorted by identifier, passwords in the order in which they are tried.
#[derive(Clone, Default)]
pub struct SharedSecrets {
    keys: Vec<Arc<SharedKey>>,
    passwords: Vec<Arc<SharedPassword>>,
}

impl SharedSecrets {
    /// Keys of a text with lines `IDENTIFIER:KEY`, both in hexadecimal; empty lines and those that begin with `#` are none.
    ///
    /// What is wrong with a line is told by its number; nothing of it is repeated.
    pub fn parse_keys(text: &[u8], problems: &mut Vec<KeyProblem>) -> Self {
        if text.len() > limits::KEY_FILE_BYTES {
            let error = KeyFileError::Limit(KeyLimit::FileBytes);
            problems.push(KeyProblem { line: None, error });
            return Self::default();
        }
        let mut secrets = Self::default();
        for (number, line) in (1..).zip(text.split(|octet| *octet == b'\n')) {
            let line = line.trim_ascii();
            if line.is_empty() || line.starts_with(b"#") {
                continue;
            }
            match parse_key(line) {
                Some(key) => secrets.keys.push(Arc::new(key)),
                None => {
                    let error = KeyFileError::damaged(Part::SharedKey, Damage::NotOfThatForm);
                    problems.push(KeyProblem { line: Some(number), error });
                }
            }
        }
        secrets.in_order()
    }

    /// Passwords, as octets.
    #[must_use]
    pub fn of_passwords(given: Vec<Secret>) -> Self {
        let mut kept: Vec<Secret> = Vec::with_capacity(given.len());
        for password in given {
            if !kept.contains(&password) {
                kept.push(password);
            }
        }
        let numbered = (1..).zip(kept);
        let passwords = numbered.map(|(place, it)| Arc::new(SharedPassword::new(place, it)));
        Self { keys: Vec::new(), passwords: passwords.collect() }
    }

    /// These and others, whose passwords are tried later.
    #[must_use]
    pub fn and(&self, others: &Self) -> Self {
        let keys = self.keys.iter().chain(&others.keys).cloned().collect();
        let mut passwords = self.passwords.clone();
        let is_new = |it: &&Arc<SharedPassword>| {
            !self.passwords.iter().any(|known| known.password == it.password)
        };
        passwords.extend(others.passwords.iter().filter(is_new).cloned());
        Self { keys, passwords }.in_order()
    }

    fn in_order(mut self) -> Self {
        let of = |it: &Arc<SharedKey>| (it.identifier.clone(), it.key.duplicate());
        self.keys.sort_by(|one, other| {
            let order = one.identifier.cmp(&other.identifier);
            order.then_with(|| one.key.as_bytes().cmp(other.key.as_bytes()))
        });
        self.keys.dedup_by(|later, kept| of(later) == of(kept));
        self
    }

    /// The keys.
    #[must_use]
    pub fn keys(&self) -> &[Arc<SharedKey>] {
        &self.keys
    }

    /// The passwords, in the order in which they are tried.
    #[must_use]
    pub fn passwords(&self) -> &[Arc<SharedPassword>] {
        &self.passwords
    }

    /// The keys of an identifier, at most [`limits::KEYS_PER_RECIPIENT`]: two senders may have chosen the same.
    #[must_use]
    pub fn keys_named(&self, identifier: &[u8]) -> &[Arc<SharedKey>] {
        let start = self.keys.partition_point(|it| it.identifier() < identifier);
        let end = self.keys.partition_point(|it| it.identifier() <= identifier);
        let end = end.min(start + limits::KEYS_PER_RECIPIENT);
        self.keys.get(start..end).unwrap_or_default()
    }

    /// What columns call them, each once, keys first.
    #[must_use]
    pub fn ids(&self) -> Vec<&str> {
        let keys = self.keys.iter().map(|it| it.id());
        let mut ids: Vec<&str> = keys.chain(self.passwords.iter().map(|it| it.id())).collect();
        ids.dedup();
        ids
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.passwords.is_empty()
    }
}

/// RULES 40a: how many, and no more.
impl core::fmt::Debug for SharedSecrets {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "SharedSecrets({} keys, {} passwords)", self.keys.len(), self.passwords.len())
    }
}

fn parse_key(line: &[u8]) -> Option<SharedKey> {
    let colon = line.iter().position(|octet| *octet == b':')?;
    let (identifier, key) = line.split_at_checked(colon)?;
    let identifier = parse_hex(identifier.trim_ascii())?;
    let key = parse_hex(key.strip_prefix(b":")?.trim_ascii())?;
    let is_key = matches!(key.len(), 16 | 24 | 32) && !identifier.is_empty();
    let id = format!("shared-key:{}", hex(identifier.as_bytes()));
    is_key.then(|| SharedKey { id, identifier: identifier.as_bytes().into(), key })
}

/// Octets of an even number of hexadecimal digits.
fn parse_hex(digits: &[u8]) -> Option<Secret> {
    let digit = |octet: u8| char::from(octet).to_digit(16).and_then(|it| u8::try_from(it).ok());
    let mut octets = Secret::zeros(digits.len() / 2);
    for (place, pair) in octets.as_mut_bytes().iter_mut().zip(digits.chunks_exact(2)) {
        let &[high, low] = pair else { return None };
        *place = digit(high)? << 4 | digit(low)?;
    }
    digits.len().is_multiple_of(2).then_some(octets)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn parsed(text: &[u8]) -> (SharedSecrets, Vec<KeyProblem>) {
        let mut problems = Vec::new();
        (SharedSecrets::parse_keys(text, &mut problems), problems)
    }

    fn derivation(salt: &[u8]) -> Pbkdf2<'_> {
        Pbkdf2::new(smimebatch_crypto::digest::Algorithm::Sha256, salt, 1)
    }

    #[test]
    fn keys_are_found_by_identifier_and_each_is_there_once() {
        let key = "00112233445566778899aabbccddeeff";
        let other = "ff112233445566778899aabbccddeeff0011223344556677";
        let text = format!("# a sender\r\n02:{key}\r\n 01 : {key} \n\n02:{other}\n02:{key}");
        let (secrets, problems) = parsed(text.as_bytes());
        assert!(problems.is_empty());
        assert_eq!(secrets.ids(), ["shared-key:01", "shared-key:02"]);
        let octets = |it: &Arc<SharedKey>| it.key().len();
        assert_eq!(secrets.keys_named(&[2]).iter().map(octets).collect::<Vec<_>>(), [16, 24]);
        assert_eq!(secrets.keys_named(&[1]).len(), 1);
        assert!(secrets.keys_named(&[]).is_empty() && secrets.keys_named(&[3]).is_empty());
    }

    #[test]
    fn rule_40a_line_that_is_no_key_is_told_by_its_number_alone() {
        for line in
            ["01", "01:", ":00112233445566778899aabbccddeeff", "1:zz", "01:0011", "01:00:11"]
        {
            let (secrets, problems) = parsed(format!("\n{line}\n").as_bytes());
            assert!(secrets.is_empty());
            assert_eq!(problems[0].line, Some(2));
            assert_eq!(problems.len(), 1);
        }
        let key = parse_key(b"01:00112233445566778899aabbccddeeff").unwrap();
        let secrets = SharedSecrets { keys: vec![Arc::new(key)], passwords: Vec::new() };
        assert_eq!(format!("{secrets:?}"), "SharedSecrets(1 keys, 0 passwords)");
    }

    #[test]
    fn passwords_keep_their_order_and_those_that_come_first_are_tried_first() {
        let of = |words: &[&str]| {
            SharedSecrets::of_passwords(
                words.iter().map(|it| Secret::copy_of(it.as_bytes())).collect(),
            )
        };
        let given = of(&["b", "a", "b"]);
        assert_eq!(given.ids(), ["password:1", "password:2"]);
        let both = of(&["c", "a"]).and(&given);
        let octets: Vec<_> = both.passwords().iter().map(|it| it.password.as_bytes()).collect();
        assert_eq!(octets, [b"c", b"a", b"b"]);
    }

    #[test]
    fn rule_24_key_that_was_kept_is_the_one_that_would_be_made() {
        let password = SharedPassword::new(1, Secret::copy_of(b"word"));
        let salts: Vec<[u8; 1]> = (0..=255).map(|octet| [octet]).collect();
        for salt in salts.iter().chain(&salts) {
            let fresh = SharedPassword::new(1, Secret::copy_of(b"word"));
            let expected = fresh.derive(&derivation(salt), 32);
            for _ in 0..2 {
                assert_eq!(password.derive(&derivation(salt), 32), expected);
            }
            assert_ne!(password.derive(&derivation(salt), 16), expected);
        }
        let kept = password.derived.lock().unwrap().len();
        assert_eq!(kept, limits::DERIVED_KEYS_PER_PASSWORD);
    }
}
