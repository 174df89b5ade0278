//! Private keys that live elsewhere: what a holder is asked for, and what is not believed.

use crate::known::{Case, cases};
use crate::transport::key;
use smimebatch_crypto::agreement::{AgreementError, agree};
use smimebatch_crypto::private_key::{Holder, PrivateKey, PrivateKeyAlgorithm};
use smimebatch_crypto::secret::Secret;
use smimebatch_crypto::signature::{Curve, KeyError};
use smimebatch_crypto::transport::{Job, Padding, RawError, TransportError, decrypt_one};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// A token with one key, and its faults.
struct Token {
    key: PrivateKey,
    is_gone: AtomicBool,
    /// Answers are right but for one bit.
    is_wrong: AtomicBool,
    is_distrusted: AtomicBool,
    asked: AtomicUsize,
}

impl Token {
    fn with(key: PrivateKey) -> Arc<Self> {
        Arc::new(Self {
            key,
            is_gone: false.into(),
            is_wrong: false.into(),
            is_distrusted: false.into(),
            asked: 0.into(),
        })
    }

    fn answer(&self, right: impl FnOnce() -> Secret) -> Result<Secret, RawError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        if self.is_gone.load(Ordering::Relaxed) {
            return Err(RawError::Unavailable);
        }
        let mut answer = right();
        if self.is_wrong.load(Ordering::Relaxed) {
            *answer.as_mut_bytes().last_mut().unwrap() ^= 1;
        }
        Ok(answer)
    }
}

impl Holder for Token {
    fn rsa_power(&self, number: &[u8]) -> Result<Secret, RawError> {
        self.answer(|| self.key.raw_rsa().unwrap().raw_private(number).unwrap())
    }

    fn shared_coordinate(&self, point: &[u8]) -> Result<Secret, RawError> {
        assert_eq!(point[0], 4, "uncompressed");
        self.answer(|| agree(&self.key, point).unwrap())
    }

    fn distrust(&self) {
        self.is_distrusted.store(true, Ordering::Relaxed);
    }

    fn failure(&self) -> Option<String> {
        self.is_distrusted.load(Ordering::Relaxed).then(|| "wrong".to_owned())
    }
}

fn elsewhere(case: &Case, token: &Arc<Token>) -> Result<PrivateKey, KeyError> {
    let [n, e] = ["n", "e"].map(|name| case.octets(name));
    PrivateKey::rsa_elsewhere(&n, &e, Arc::clone(token) as _)
}

fn decrypted(key: &PrivateKey, ciphertext: &[u8]) -> Result<Secret, TransportError> {
    let padding = Padding::Pkcs1 { expected_octets: Some(24) };
    decrypt_one(&Job { key: key.raw_rsa().unwrap(), ciphertext, padding })
}

#[test]
fn rsa_key_elsewhere_is_the_key_and_asks_once_for_each_message() {
    for case in cases("rejection ", 45) {
        let token = Token::with(key(&case, true));
        let held = elsewhere(&case, &token).unwrap();
        assert_eq!(held.public_key_bits(), token.key.public_key_bits());
        assert_eq!(format!("{held:?}"), format!("{:?}", token.key));
        assert_eq!(token.asked.load(Ordering::Relaxed), 1, "the proof");
        let [ciphertext, text] = ["encrypted", "text"].map(|name| case.octets(name));
        let found = decrypted(&held, &ciphertext).unwrap();
        assert_eq!(found.as_bytes() == text, case.title().ends_with("right"));
        assert_eq!(decrypted(&held, &ciphertext).unwrap(), found, "the same substitute");
        assert!(token.asked.load(Ordering::Relaxed) <= 3);
        assert!(!token.is_distrusted.load(Ordering::Relaxed));
    }
}

#[test]
fn rule_33_what_is_no_ciphertext_of_the_key_has_a_substitute_and_is_not_asked_for() {
    let case = &cases("rejection 2048", 9)[0];
    let token = Token::with(key(case, true));
    let held = elsewhere(case, &token).unwrap();
    let modulus = case.octets("n");
    let modulus = &modulus[modulus.len() - 256..];
    let less = |by: u8| [&modulus[..255], &[modulus[255] - by]].concat();
    let small = |number: u8| [&[0; 255][..], &[number]].concat();
    let outside = [small(0), small(1), less(1), less(0), vec![0xff; 256], vec![7; 255], vec![]];
    for number in outside {
        assert_eq!(decrypted(&held, &number).unwrap().len(), 24);
        let raw = held.raw_rsa().unwrap().raw_private(&number);
        assert_eq!(raw, Err(RawError::OutOfRange));
    }
    assert_eq!(token.asked.load(Ordering::Relaxed), 1);
    for number in [small(2), vec![0x40; 256]] {
        held.raw_rsa().unwrap().raw_private(&number).unwrap();
    }
    assert_eq!(token.asked.load(Ordering::Relaxed), 3);
}

#[test]
fn rule_33_wrong_answer_is_no_result_and_told_to_the_holder() {
    let case = &cases("rejection 2048", 9)[0];
    let ciphertext = case.octets("encrypted");
    let token = Token::with(key(case, true));
    let held = elsewhere(case, &token).unwrap();
    token.is_wrong.store(true, Ordering::Relaxed);
    assert_eq!(decrypted(&held, &ciphertext), Err(TransportError::Unavailable));
    assert_eq!(held.holder_failure().as_deref(), Some("wrong"));
    assert_eq!(token.key.holder_failure(), None, "nobody else has it");
    assert_eq!(elsewhere(case, &token).err(), Some(KeyError::Malformed));
}

#[test]
fn rsa_key_that_the_holder_does_not_have_is_malformed() {
    let (case, other) = (&cases("rejection 2048", 9)[0], &cases("rejection 1024", 9)[0]);
    let token = Token::with(key(case, true));
    let n = case.octets("n");
    for (modulus, exponent) in [(&n[..], &[3][..]), (&n, &[2]), (&n, &[]), (&[], &[1, 0, 1])] {
        let made = PrivateKey::rsa_elsewhere(modulus, exponent, Arc::clone(&token) as _);
        assert!(made.is_err());
    }
    token.is_gone.store(true, Ordering::Relaxed);
    assert_eq!(elsewhere(case, &token).err(), Some(KeyError::Malformed));
    assert_eq!(elsewhere(other, &token).err(), Some(KeyError::Malformed));
}

#[test]
fn key_on_every_curve_elsewhere_agrees_as_the_key_does() {
    for curve in Curve::all() {
        let generate = || PrivateKey::generate(PrivateKeyAlgorithm::Ec(curve)).unwrap();
        let (token, peer, other) = (Token::with(generate()), generate(), generate());
        let made = |point| PrivateKey::ec_elsewhere(curve, point, Arc::clone(&token) as _);
        let held = made(token.key.public_key_bits()).unwrap();
        assert_eq!(held.public_key_bits(), token.key.public_key_bits());
        let point = peer.public_key_bits();
        let expected = agree(&token.key, point);
        assert_eq!(agree(&held, point), expected);
        let x = point.len() / 2 + 1;
        let compressed = [&[2 + (point[point.len() - 1] & 1)], &point[1..x]].concat();
        assert_eq!(agree(&held, &compressed), expected, "compressed");
        assert_eq!(made(other.public_key_bits()).err(), Some(KeyError::Malformed));

        let asked = token.asked.load(Ordering::Relaxed);
        let mut outside = point.to_vec();
        outside[x - 1] ^= 1;
        for peer in [&outside[..], &[0], &[]] {
            assert_eq!(agree(&held, peer), Err(AgreementError::Peer));
        }
        assert_eq!(token.asked.load(Ordering::Relaxed), asked, "points of no curve stay here");
        token.is_gone.store(true, Ordering::Relaxed);
        assert_eq!(agree(&held, point), Err(AgreementError::Unavailable));
    }
}
