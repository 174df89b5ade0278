//! Recipients by password: how a key is made of one, and how that wraps the content key (RFC 5652 §6.2.4, RFC 3211).
//!
//! PBKDF2 alone makes keys (RFC 8018 §5.2). They wrap by PWRI-KEK over a cipher in CBC (RFC 3211 §2.3), or by a key wrap of
//! RFC 3394 and its like, which some senders name in its place.

use smimebatch_crypto::cipher::Cipher;
use smimebatch_crypto::secret::Secret;
use smimebatch_crypto::wrap::{self, KeyWrap, unwrap_pwri};

use super::algorithms::{ContentCipher, Refusal, inner_algorithm, key_wrap};
use crate::cms::algorithms::algorithm_name;
use crate::cms::recipient_details::RecipientDetails;
use crate::cms::recipient_info::Recipient;
use crate::keys::error::KeyFileError;
use crate::keys::{Pbkdf2, SharedPassword};

/// What reaches the content key of a recipient, but for the password.
pub(super) struct PasswordWrap<'a> {
    pub(super) derivation: Pbkdf2<'a>,
    pub(super) wrapping: Wrapping<'a>,
}

/// How the key that is made of a password wraps.
pub(super) enum Wrapping<'a> {
    /// RFC 3211 §2.3.
    PwriKek { cipher: Cipher, iv: &'a [u8] },
    /// The key wrap itself.
    KeyWrap(KeyWrap),
}

impl<'a> PasswordWrap<'a> {
    /// What a recipient asks for.
    ///
    /// Without keyDerivationAlgorithm the key comes from elsewhere (RFC 5652 §6.2.4), and nothing says from where.
    pub(super) fn of(recipient: &Recipient<'a>) -> Result<Self, Refusal> {
        let (RecipientDetails::Password(Some(derivation)), Some(algorithm)) =
            (&recipient.details, recipient.algorithm)
        else {
            return Err(Refusal::Unsupported);
        };
        let derivation = Pbkdf2::parse(derivation)?;
        let wrapping = match &*algorithm_name(algorithm.oid) {
            "pwri-kek" => {
                let parameters = algorithm.parameters.ok_or(Refusal::Failed)?;
                match ContentCipher::of(&inner_algorithm(&parameters)?)? {
                    ContentCipher::Cbc { cipher, iv } => Wrapping::PwriKek { cipher, iv },
                    ContentCipher::Aead { .. } => return Err(Refusal::Unsupported),
                }
            }
            _ => Wrapping::KeyWrap(key_wrap(&algorithm)?),
        };
        Ok(Self { derivation, wrapping })
    }

    /// The content key, which has `expected_octets` where that is known: a wrong password passes the check octets once in
    /// 2^24 times.
    pub(super) fn unwrap(
        &self,
        password: &SharedPassword,
        wrapped: &[u8],
        expected_octets: Option<usize>,
    ) -> Result<Secret, Refusal> {
        let octets = match &self.wrapping {
            Wrapping::PwriKek { cipher, .. } => cipher.key_octets(),
            Wrapping::KeyWrap(wrap) => wrap.key_octets(),
        };
        if self.derivation.key_octets.is_some_and(|said| said != octets) {
            return Err(Refusal::Failed);
        }
        let derived = password.derive(&self.derivation, octets).ok_or(Refusal::Unsupported)?;
        let key = match &self.wrapping {
            Wrapping::PwriKek { cipher, iv } => {
                unwrap_pwri(*cipher, derived.as_bytes(), iv, wrapped)
            }
            Wrapping::KeyWrap(key_wrap) => wrap::unwrap(*key_wrap, derived.as_bytes(), wrapped),
        };
        let is_expected = |key: &Secret| expected_octets.is_none_or(|octets| key.len() == octets);
        key.ok().filter(is_expected).ok_or(Refusal::Failed)
    }
}

impl From<KeyFileError> for Refusal {
    fn from(error: KeyFileError) -> Self {
        match error {
            KeyFileError::Unsupported(_) => Self::Unsupported,
            KeyFileError::Limit(_) => Self::Limit,
            _ => Self::Failed,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::asn1::reader::{Reader, Tag};
    use crate::asn1::writer::element;
    use crate::cms::algorithms::{AlgorithmIdentifier, parse_algorithm};
    use crate::cms::recipient_info::{RecipientIdentifier, RecipientKind};
    use crate::keys::SharedSecrets;

    const PBKDF2: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c";
    const PWRI_KEK: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x09";
    const DES: &[u8] = b"\x2b\x0e\x03\x02\x07";
    const TRIPLE_DES: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x03\x07";
    const SALT: &[u8] = b"\x12\x34\x56\x78\x78\x56\x34\x12";
    const WORDS: &str =
        "All n-entities must communicate with other n-entities via n-1 entiteeheehees";

    fn octets(hex: &str) -> Vec<u8> {
        let pairs = (0..hex.len()).step_by(2);
        pairs.map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    fn identifier(oid: &[u8], parameters: &[&[u8]]) -> Vec<u8> {
        element(Tag::SEQUENCE, &[&element(Tag::OID, &[oid]), &parameters.concat()])
    }

    fn derivation(fields: &[&[u8]]) -> Vec<u8> {
        let salt = element(Tag::OCTET_STRING, &[SALT]);
        let parameters = element(Tag::SEQUENCE, &[&salt, &fields.concat()]);
        identifier(PBKDF2, &[&parameters])
    }

    fn pwri_kek(cipher: &[u8], iv: &str) -> Vec<u8> {
        let iv = element(Tag::OCTET_STRING, &[&octets(iv)]);
        identifier(PWRI_KEK, &[&identifier(cipher, &[&iv])])
    }

    fn algorithm(encoded: &[u8]) -> AlgorithmIdentifier<'_> {
        parse_algorithm(&Reader::new(encoded).read_element().unwrap()).unwrap()
    }

    fn recipient<'a>(derivation: Option<&'a [u8]>, wrapping: &'a [u8]) -> Recipient<'a> {
        Recipient {
            recipient_info_index: 0,
            kind: RecipientKind::Password,
            identifier: RecipientIdentifier::None,
            algorithm: Some(algorithm(wrapping)),
            encrypted_key: Cow::Borrowed(&[]),
            details: RecipientDetails::Password(derivation.map(algorithm)),
            raw: &[],
        }
    }

    fn unwrapped(
        word: &str,
        derivation: &[u8],
        wrapping: &[u8],
        (wrapped, expected): (&str, Option<usize>),
    ) -> Result<Vec<u8>, Refusal> {
        let secrets = SharedSecrets::of_passwords(vec![Secret::copy_of(word.as_bytes())]);
        let wrap = PasswordWrap::of(&recipient(Some(derivation), wrapping))?;
        let key = wrap.unwrap(&secrets.passwords()[0], &octets(wrapped), expected)?;
        Ok(key.as_bytes().to_vec())
    }

    fn refusal(derivation: Option<&[u8]>, wrapping: &[u8]) -> Option<Refusal> {
        PasswordWrap::of(&recipient(derivation, wrapping)).err()
    }

    const IV_DES: &str = "efe598ef21b33d6d";
    const WRAPPED_DES: &str = "b81b2565ee373ca6dedca26a178b0c10";

    #[test]
    fn passwords_of_rfc_3211_section_3_give_its_keys() {
        let five = derivation(&[&[2, 1, 5]]);
        let wrapping = pwri_kek(DES, IV_DES);
        let found = unwrapped("password", &five, &wrapping, (WRAPPED_DES, Some(8)));
        assert_eq!(found, Ok(octets("8c627c897323a2f8")));
        let wrapped =
            "c03c514abdb9e2c5aac038572b5e24553876b377aafb82eca5a9d73f8ab143d9ec74e6cad7db260c";
        let found = unwrapped(
            WORDS,
            &derivation(&[&[2, 2, 1, 0xf4]]),
            &pwri_kek(TRIPLE_DES, "baf1ca7931213c4e"),
            (wrapped, None),
        );
        let key = "8c637d887223a2f965b566eb014b0fa5d52300a3f7ea40fffc577203c71baf3b";
        assert_eq!(found, Ok(octets(key)));
    }

    #[test]
    fn rule_33_another_password_length_or_cut_key_is_failed() {
        let five = derivation(&[&[2, 1, 5]]);
        let wrapping = pwri_kek(DES, IV_DES);
        for (word, wrapped, expected) in [
            ("passwore", WRAPPED_DES, Some(8)),
            ("password", WRAPPED_DES, Some(16)),
            ("password", &WRAPPED_DES[..16], None),
            ("password", &WRAPPED_DES[..30], None),
            ("password", "", None),
        ] {
            let found = unwrapped(word, &five, &wrapping, (wrapped, expected));
            assert_eq!(found, Err(Refusal::Failed));
        }
        // keyLength says another length than the cipher takes.
        let long = derivation(&[&[2, 1, 5], &[2, 1, 16]]);
        let found = unwrapped("password", &long, &wrapping, (WRAPPED_DES, Some(8)));
        assert_eq!(found, Err(Refusal::Failed));
    }

    #[test]
    fn rule_43_what_is_not_offered_or_asks_for_too_much_is_told_before_any_work() {
        let wrapping = pwri_kek(DES, IV_DES);
        let five = derivation(&[&[2, 1, 5]]);
        assert_eq!(refusal(Some(&five), &wrapping), None);
        assert_eq!(refusal(None, &wrapping), Some(Refusal::Unsupported));
        let hostile = derivation(&[&[2, 4, 0x7f, 0xff, 0xff, 0xff]]);
        assert_eq!(refusal(Some(&hostile), &wrapping), Some(Refusal::Limit));
        let none = derivation(&[&[2, 1, 0]]);
        assert_eq!(refusal(Some(&none), &wrapping), Some(Refusal::Failed));
        let scrypt = identifier(&PBKDF2[..3], &[]);
        assert_eq!(refusal(Some(&scrypt), &wrapping), Some(Refusal::Unsupported));
        let bare = identifier(PWRI_KEK, &[]);
        assert_eq!(refusal(Some(&five), &bare), Some(Refusal::Failed));
        assert_eq!(refusal(Some(&five), &five), Some(Refusal::Unsupported));
    }
}
