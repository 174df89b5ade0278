//! Passwords as formats take them: octets as they came, or BMPString with two zeros at its end (RFC 7292 §B.1).
//!
//! The empty password is always tried last: files "without" one are made with it, in two ways. Text outside ASCII has two
//! readings as BMPString: that of UTF-8, and each octet a character, as OpenSSL before 1.1 wrote it.

use smimebatch_crypto::secret::Secret;

use crate::limits;

/// The passwords of an operator, in the order in which they are tried, and the empty one.
pub struct Passwords {
    passwords: Vec<Password>,
    given: usize,
    iterations_per_file: u64,
}

impl Passwords {
    /// Those `given`; none is kept twice.
    #[must_use]
    pub fn new(given: Vec<Secret>) -> Self {
        let mut passwords: Vec<Password> = Vec::with_capacity(given.len() + 1);
        for octets in given {
            if !passwords.iter().any(|known| known.octets == octets) {
                passwords.push(Password::new(octets));
            }
        }
        let given = passwords.len();
        if !passwords.iter().any(|known| known.octets.is_empty()) {
            passwords.push(Password::new(Secret::default()));
        }
        Self { passwords, given, iterations_per_file: limits::PASSWORD_ITERATIONS_PER_FILE }
    }

    /// The same, with fewer iterations done for one file than [`limits::PASSWORD_ITERATIONS_PER_FILE`].
    #[must_use]
    pub fn within_iterations(self, most: u64) -> Self {
        let iterations_per_file = most.min(self.iterations_per_file);
        Self { iterations_per_file, ..self }
    }

    pub(super) const fn iterations_per_file(&self) -> u64 {
        self.iterations_per_file
    }

    /// None but the empty one.
    #[must_use]
    pub fn none() -> Self {
        Self::new(Vec::new())
    }

    /// How many were given.
    #[must_use]
    pub const fn given(&self) -> usize {
        self.given
    }

    pub(super) fn all(&self) -> &[Password] {
        &self.passwords
    }
}

impl core::fmt::Debug for Passwords {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Passwords({})", self.given)
    }
}

/// One password in all its forms.
pub(super) struct Password {
    octets: Secret,
    bmp: Vec<Secret>,
}

/// Which forms of a password a format takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Forms {
    /// The octets, as PKCS#5 takes them (RFC 8018 §3).
    Octets,
    /// BMPString, as the key derivation of PKCS#12 takes it (RFC 7292 §B.1).
    Bmp,
    /// PKCS#5 inside PKCS#12: octets (RFC 9579 §5), or BMPString as NSS wrote them.
    OctetsThenBmp,
}

impl Password {
    fn new(octets: Secret) -> Self {
        let bmp = bmp_forms(octets.as_bytes());
        Self { octets, bmp }
    }

    /// Its forms, the most likely first.
    pub(super) fn forms(&self, forms: Forms) -> impl Iterator<Item = &[u8]> {
        let octets = (forms != Forms::Bmp).then(|| self.octets.as_bytes());
        let bmp = if forms == Forms::Octets { &[][..] } else { &self.bmp };
        octets.into_iter().chain(bmp.iter().map(Secret::as_bytes))
    }
}

fn bmp_forms(octets: &[u8]) -> Vec<Secret> {
    if octets.is_empty() {
        // RFC 7292 §B.1 asks for the two zeros; NSS and Microsoft wrote nothing at all.
        return vec![Secret::zeros(2), Secret::default()];
    }
    let mut forms = Vec::new();
    if let Ok(text) = core::str::from_utf8(octets) {
        forms.push(bmp_of(text.encode_utf16(), octets.len()));
    }
    if !octets.is_ascii() {
        forms.push(bmp_of(octets.iter().copied().map(u16::from), octets.len()));
    }
    forms
}

/// Big-endian with two zeros at the end; at most `most` units come, so that nothing is moved and left behind.
fn bmp_of(units: impl Iterator<Item = u16>, most: usize) -> Secret {
    let mut bmp = Secret::zeros(2 * most + 2);
    let mut written = 0;
    for (place, unit) in bmp.as_mut_bytes().chunks_exact_mut(2).zip(units) {
        place.copy_from_slice(&unit.to_be_bytes());
        written += 2;
    }
    bmp.truncate(written + 2);
    bmp
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn forms(password: &[u8], forms: Forms) -> Vec<Vec<u8>> {
        let password = Password::new(Secret::copy_of(password));
        password.forms(forms).map(<[u8]>::to_vec).collect()
    }

    #[test]
    fn bmp_form_ends_in_two_zeros_and_has_surrogates() {
        assert_eq!(forms(b"ab", Forms::Bmp), [b"\0a\0b\0\0".to_vec()]);
        let utf8 = "é\u{1f511}".as_bytes();
        assert_eq!(forms(utf8, Forms::Bmp)[0], [0, 0xe9, 0xd8, 0x3d, 0xdd, 0x11, 0, 0]);
        let latin = forms(b"\xe9", Forms::Bmp);
        assert_eq!(latin, [vec![0, 0xe9, 0, 0]], "not UTF-8");
        assert_eq!(forms("é".as_bytes(), Forms::Bmp)[1], [0, 0xc3, 0, 0xa9, 0, 0]);
    }

    #[test]
    fn empty_password_has_both_forms_and_is_tried_last() {
        assert_eq!(forms(b"", Forms::Bmp), [vec![0, 0], vec![]]);
        let passwords = Passwords::new(vec![b"a".to_vec().into(), b"a".to_vec().into()]);
        assert_eq!((passwords.given(), passwords.all().len()), (1, 2));
        let with_empty = Passwords::new(vec![Secret::default(), b"a".to_vec().into()]);
        assert_eq!((with_empty.given(), with_empty.all().len()), (2, 2));
        assert_eq!(Passwords::none().all().len(), 1);
    }

    #[test]
    fn pkcs5_takes_octets_and_inside_pkcs12_both() {
        assert_eq!(forms(b"a", Forms::Octets), [b"a".to_vec()]);
        assert_eq!(forms(b"a", Forms::OctetsThenBmp), [b"a".to_vec(), b"\0a\0\0".to_vec()]);
    }

    #[test]
    fn rule_40a_passwords_are_never_printed() {
        let passwords = Passwords::new(vec![b"planted-secret".to_vec().into()]);
        assert_eq!(format!("{passwords:?} {passwords:#?}"), "Passwords(1) Passwords(1)");
    }
}
