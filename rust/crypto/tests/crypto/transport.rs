//! RSA decryption and encryption: OpenSSL's answers to right and wrong ciphertexts, tokens, and jobs
//! in any order.

use crate::known::{Case, cases};
use smimebatch_crypto::digest::Algorithm;
use smimebatch_crypto::private_key::{PrivateKey, RsaFactors, RsaNumbers};
use smimebatch_crypto::secret::Secret;
use smimebatch_crypto::signature::PublicKey;
use smimebatch_crypto::transport::{
    Job, Oaep, Padding, RawError, RawRsa, TransportError, TransportKey, decrypt_many, decrypt_one,
};

/// The key of a case, with or without its factors.
pub(crate) fn key(case: &Case, has_factors: bool) -> PrivateKey {
    let [n, e, d, p, q, dp, dq, qinv] =
        ["n", "e", "d", "p", "q", "dp", "dq", "qinv"].map(|name| case.octets(name));
    let factors = has_factors.then_some(RsaFactors {
        prime_1: &p,
        prime_2: &q,
        exponent_1: &dp,
        exponent_2: &dq,
        coefficient: &qinv,
    });
    PrivateKey::rsa(&RsaNumbers { modulus: &n, public_exponent: &e, private_exponent: &d, factors })
        .unwrap()
}

fn public_key(case: &Case) -> PublicKey {
    PublicKey::rsa(&case.octets("n"), &case.octets("e")).unwrap()
}

fn decrypted(
    key: &dyn RawRsa,
    ciphertext: &[u8],
    padding: Padding<'_>,
) -> Result<Secret, TransportError> {
    decrypt_one(&Job { key, ciphertext, padding })
}

const ANY: Padding<'_> = Padding::Pkcs1 { expected_octets: None };

fn expecting(octets: usize) -> Padding<'static> {
    Padding::Pkcs1 { expected_octets: Some(octets) }
}

#[test]
fn rule_33_substitutes_are_openssl_s() {
    for case in cases("rejection ", 45) {
        let [ciphertext, text] = ["encrypted", "text"].map(|name| case.octets(name));
        for has_factors in [true, false] {
            let key = key(&case, has_factors);
            let found = decrypted(key.raw_rsa().unwrap(), &ciphertext, ANY).unwrap();
            assert_eq!(found.as_bytes(), text, "{}", case.title());
        }
    }
}

/// The right message and the last octets of the same stream as OpenSSL's, whatever is expected.
#[test]
fn rule_33_message_of_another_length_is_replaced_too() {
    for case in cases("rejection ", 45) {
        let [ciphertext, text] = ["encrypted", "text"].map(|name| case.octets(name));
        let key = key(&case, true);
        let found =
            |octets| decrypted(key.raw_rsa().unwrap(), &ciphertext, expecting(octets)).unwrap();
        assert_eq!(found(24).len(), 24);
        let is_right = case.title().ends_with("right");
        if is_right {
            assert_eq!((text.len(), found(24).as_bytes()), (24, &text[..]));
            assert!(!text.ends_with(found(16).as_bytes()));
        } else {
            // A shorter substitute is the end of a longer one.
            let shorter = text.len().min(16);
            assert!(text.ends_with(found(shorter).as_bytes()), "{}", case.title());
        }
        assert!(found(32).as_bytes().ends_with(found(16).as_bytes()) || is_right);
    }
}

#[test]
fn rule_33_ciphertext_that_is_none_of_the_key_has_a_substitute_each() {
    let case = &cases("rejection 1024", 9)[0];
    let (key, n) = (key(case, true), case.octets("n"));
    let key = key.raw_rsa().unwrap();
    let mut beyond = n.clone();
    beyond[127] += 1;
    let mut before = n.clone();
    before[127] -= 1;
    let zero = [0; 128];
    let mut one = zero;
    one[127] = 1;
    let ciphertexts: [&[u8]; 9] =
        [&[], &[1], &n, &beyond, &before, &zero, &one, &[0xff; 128], &[7; 129]];
    let mut seen = std::collections::BTreeSet::new();
    for ciphertext in ciphertexts {
        for padding in [ANY, expecting(16), expecting(0)] {
            assert_eq!(decrypted(key, ciphertext, padding), decrypted(key, ciphertext, padding));
        }
        let found = decrypted(key, ciphertext, expecting(16)).unwrap();
        // Nothing and zero are told apart by their length only, which is public.
        seen.insert(found.as_bytes().to_vec());
        let parameters = Oaep { hash: Algorithm::Sha1, mask_hash: Algorithm::Sha1, label: b"" };
        let found = decrypted(key, ciphertext, Padding::Oaep(parameters));
        assert_eq!(found, Err(TransportError::Failed));
    }
    // Shorter ones are derived from as if padded with zeros: nothing is 0, [1] is 1.
    assert_eq!(seen.len(), ciphertexts.len() - 2);
}

#[test]
fn rule_37_oaep_of_openssl_decrypts_with_its_parameters_only() {
    let cases = cases("oaep ", 25);
    let private = key(&cases[0], true);
    let private = private.raw_rsa().unwrap();
    for case in &cases {
        let [label, ciphertext, text] =
            ["label", "encrypted", "text"].map(|name| case.octets(name));
        let (hash, mask_hash) = (case.hash("hash"), case.hash("mask"));
        let right = Oaep { hash, mask_hash, label: &label };
        let found = decrypted(private, &ciphertext, Padding::Oaep(right));
        assert_eq!(found.unwrap().as_bytes(), text, "{}", case.title());
        let other =
            |hash| if hash == Algorithm::Sha1 { Algorithm::Sha256 } else { Algorithm::Sha1 };
        for wrong in [
            Oaep { hash: other(hash), ..right },
            Oaep { mask_hash: other(mask_hash), ..right },
            Oaep { label: &label[1..], ..right },
        ] {
            let found = decrypted(private, &ciphertext, Padding::Oaep(wrong));
            assert_eq!(found, Err(TransportError::Failed), "{}", case.title());
        }
    }
}

#[test]
fn encrypted_key_comes_back_under_every_padding() {
    let case = &cases("oaep ", 25)[0];
    let (private, public) = (key(case, true), TransportKey::new(&public_key(case)).unwrap());
    let private = private.raw_rsa().unwrap();
    let hashes = Algorithm::ALL
        .into_iter()
        .filter(|hash| !matches!(hash, Algorithm::Md2 | Algorithm::Shake128 | Algorithm::Shake256));
    let mut paddings = vec![ANY];
    for hash in hashes {
        for mask_hash in [hash, Algorithm::Sha1, Algorithm::Sha256] {
            paddings.push(Padding::Oaep(Oaep { hash, mask_hash, label: b"label" }));
        }
    }
    for padding in paddings {
        for octets in [0, 1, 16, 32] {
            let key = Secret::random(octets);
            let ciphertext = public.encrypt(&padding, &key).unwrap();
            assert_eq!(ciphertext.len(), 256);
            assert_ne!(public.encrypt(&padding, &key).unwrap(), ciphertext);
            assert_eq!(decrypted(private, &ciphertext, padding), Ok(key), "{padding:?}");
        }
    }
}

#[test]
fn one_public_key_serves_many_threads() {
    let case = &cases("oaep ", 25)[0];
    let (private, public) = (key(case, true), TransportKey::new(&public_key(case)).unwrap());
    let private = private.raw_rsa().unwrap();
    std::thread::scope(|scope| {
        for octet in 0..8 {
            let public = &public;
            scope.spawn(move || {
                let key = Secret::from(vec![octet; 32]);
                for _ in 0..20 {
                    let ciphertext = public.encrypt(&ANY, &key).unwrap();
                    assert_eq!(decrypted(private, &ciphertext, ANY).as_ref(), Ok(&key));
                }
            });
        }
    });
}

#[test]
fn encryption_that_does_not_fit_is_unusable() {
    let case = &cases("rejection 1024", 9)[0];
    let public = TransportKey::new(&public_key(case)).unwrap();
    let oaep = |hash| Padding::Oaep(Oaep { hash, mask_hash: hash, label: b"" });
    let answer =
        |padding, octets| public.encrypt(&padding, &Secret::zeros(octets)).map(|_| ()).err();
    assert_eq!(answer(ANY, 117), None);
    assert_eq!(answer(ANY, 118), Some(TransportError::Unusable));
    assert_eq!(answer(oaep(Algorithm::Sha1), 86), None);
    assert_eq!(answer(oaep(Algorithm::Sha1), 87), Some(TransportError::Unusable));
    assert_eq!(answer(oaep(Algorithm::Sha512), 0), Some(TransportError::Unusable));
    assert_eq!(answer(oaep(Algorithm::Md2), 0), Some(TransportError::Unusable));
    let ed25519 = PublicKey::ed25519(&[9; 32]).unwrap();
    assert_eq!(TransportKey::new(&ed25519).err(), Some(TransportError::Unusable));
    let private = key(case, true);
    let found = decrypted(private.raw_rsa().unwrap(), &[0; 128], expecting(118));
    assert_eq!(found, Err(TransportError::Unusable));
    let found = decrypted(private.raw_rsa().unwrap(), &[0; 128], oaep(Algorithm::Sha512));
    assert_eq!(found, Err(TransportError::Unusable));
}

/// A token that has the raw operation only.
struct Token {
    key: PrivateKey,
    is_gone: bool,
}

impl RawRsa for Token {
    fn modulus_octets(&self) -> usize {
        self.key.raw_rsa().unwrap().modulus_octets()
    }

    fn raw_private(&self, number: &[u8]) -> Result<Secret, RawError> {
        if self.is_gone {
            return Err(RawError::Unavailable);
        }
        self.key.raw_rsa().unwrap().raw_private(number)
    }
}

#[test]
fn rule_33_token_rejects_implicitly_with_a_secret_of_its_own() {
    for case in cases("rejection ", 45) {
        let [ciphertext, text] = ["encrypted", "text"].map(|name| case.octets(name));
        let token = Token { key: key(&case, true), is_gone: false };
        let found = decrypted(&token, &ciphertext, expecting(24)).unwrap();
        assert_eq!(found.len(), 24);
        assert_eq!(decrypted(&token, &ciphertext, expecting(24)).unwrap(), found);
        let with_key = decrypted(token.key.raw_rsa().unwrap(), &ciphertext, expecting(24));
        let is_right = case.title().ends_with("right");
        assert_eq!(found.as_bytes() == text, is_right);
        assert_eq!(with_key.unwrap() == found, is_right, "{}", case.title());
        let gone = Token { is_gone: true, ..token };
        for padding in [
            expecting(24),
            Padding::Oaep(Oaep { hash: Algorithm::Sha1, mask_hash: Algorithm::Sha1, label: b"" }),
        ] {
            let found = decrypted(&gone, &ciphertext, padding);
            assert_eq!(found, Err(TransportError::Unavailable));
        }
    }
}

#[test]
fn decrypt_many_answers_in_job_order_whatever_the_keys() {
    let cases = cases("rejection ", 45);
    let keys: Vec<PrivateKey> = cases.iter().map(|case| key(case, true)).collect();
    let texts: Vec<Vec<u8>> = cases.iter().map(|case| case.octets("encrypted")).collect();
    let mut jobs = Vec::new();
    let mut expected = Vec::new();
    for round in 0..3 {
        for at in 0..cases.len() {
            let at = (at * 7 + round) % cases.len();
            let private = keys[at].raw_rsa().unwrap();
            let ciphertext = &texts[(at + round) % texts.len()];
            let padding = if round == 1 { expecting(16) } else { ANY };
            let job = Job { key: private, ciphertext, padding };
            jobs.push(job);
            expected.push(decrypt_one(&job));
        }
    }
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| assert_eq!(decrypt_many(&jobs), expected));
        }
    });
    assert!(decrypt_many(&[]).is_empty());
}
