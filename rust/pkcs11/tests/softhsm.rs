//! A token of SoftHSM2 with keys of every kind: what is opened, what is left out, what goes away.
//!
//! SoftHSM reads where its tokens are from the environment, once in a process, and a login counts for the whole process: so
//! there is one test here that runs in a process of its own, step by step. Without SoftHSM2 it is skipped, or with
//! TESTS_NO_SKIP set, as .ci/run sets it, a failure.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests"
)]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::Attribute;
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;
use smimebatch_core::keys::{HeldKey, KeyFile, Vault};
use smimebatch_crypto::agreement::{AgreementError, agree};
use smimebatch_crypto::digest::Algorithm;
use smimebatch_crypto::private_key::{PrivateKey, PrivateKeyAlgorithm};
use smimebatch_crypto::secret::Secret;
use smimebatch_crypto::signature::{self, Answer, Curve, Input, PublicKey, Scheme};
use smimebatch_crypto::signing;
use smimebatch_crypto::transport::{
    Job, Oaep, Padding, TransportError, TransportKey, decrypt_many,
};
use smimebatch_pkcs11::{Token, TokenError};

const PIN: &str = "planted-pin-50627";
const P256: &[u8] = b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
const PLACES: [&str; 3] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
];
const CONFIGURATION: &str = "SOFTHSM2_CONF";

fn module() -> Option<&'static Path> {
    PLACES.iter().map(Path::new).find(|path| path.exists())
}

#[test]
fn tokens_of_softhsm_in_a_process_of_their_own() {
    if module().is_none() {
        assert!(env::var_os("TESTS_NO_SKIP").is_none(), "no SoftHSM2 here; install softhsm2");
        eprintln!("NO SOFTHSM2 HERE: skipped; install softhsm2");
        return;
    }
    let folder = env::temp_dir().join(format!("smimebatch-softhsm-{}", std::process::id()));
    fs::create_dir_all(folder.join("tokens")).unwrap();
    let configuration = folder.join("softhsm2.conf");
    let tokens = folder.join("tokens").display().to_string();
    fs::write(&configuration, format!("directories.tokendir = {tokens}\n")).unwrap();
    let done = Command::new(env::current_exe().unwrap())
        .args(["--exact", "steps", "--ignored", "--nocapture"])
        .env(CONFIGURATION, &configuration)
        .status()
        .unwrap();
    fs::remove_dir_all(&folder).unwrap();
    assert!(done.success());
}

#[test]
#[ignore = "run by the other test, in a process of its own"]
fn steps() {
    let module = module().unwrap();
    let context = Pkcs11::new(module).unwrap();
    context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)).unwrap();
    no_token_is_told(module);
    let slot = new_token(&context, "first");
    make_keys(&context, slot);
    new_token(&context, "second");
    labels_and_pins_are_looked_at(module);
    let token = opened(module);
    keys_are_those_that_compute(&token);
    let vault = Vault::of_files([token.file()]);
    rsa_opens_what_its_public_key_sealed(&vault);
    curves_agree_as_the_other_side_does(&vault);
    every_key_signs_that_may(&vault);
    vault_opens_after_the_token_is_forgotten(token, &vault);
    token_that_goes_is_no_wrong_answer(&context, slot, &vault);
    drop(vault);
    let again = opened(module);
    assert!(Vault::of_files([again.file()]).gone_keys().is_none());
}

fn pin(text: &str) -> Secret {
    Secret::copy_of(text.as_bytes())
}

fn opened(module: &Path) -> Token {
    Token::open(module, Some("first"), Some(&pin(PIN))).unwrap()
}

fn no_token_is_told(module: &Path) {
    let error = Token::open(module, None, None).unwrap_err();
    assert_eq!(error, TokenError::NoToken(Vec::new()));
    for path in [PathBuf::from("/nonexistent/module.so"), PathBuf::from("/dev/null")] {
        let error = Token::open(&path, None, Some(&pin(PIN))).unwrap_err();
        assert!(matches!(error, TokenError::Module(_)), "{error:?}");
        assert!(!format!("{error:?} {error}").contains(PIN));
    }
}

fn new_token(context: &Pkcs11, label: &str) -> Slot {
    let is_free = |slot: &Slot| !context.get_token_info(*slot).unwrap().token_initialized();
    let slot = context.get_slots_with_token().unwrap().into_iter().find(is_free).unwrap();
    let officer = AuthPin::new("the officer's".into());
    context.init_token(slot, &officer, label).unwrap();
    // SoftHSM gives an initialised token a slot of another number.
    let is_it = |slot: &Slot| context.get_token_info(*slot).unwrap().label() == label;
    let slot = context.get_slots_with_initialized_token().unwrap().into_iter().find(is_it).unwrap();
    let session = context.open_rw_session(slot).unwrap();
    session.login(UserType::So, Some(&officer)).unwrap();
    session.init_pin(&AuthPin::new(PIN.into())).unwrap();
    session.logout().unwrap();
    slot
}

/// An RSA key, one for signatures alone, two on a curve for agreement and signatures; then one that wants its PIN every time,
/// one whose public half stands nowhere, one that may do nothing, and one beside the public half of another.
fn make_keys(context: &Pkcs11, slot: Slot) {
    let session = context.open_rw_session(slot).unwrap();
    session.login(UserType::User, Some(&AuthPin::new(PIN.into()))).unwrap();
    let may = |decrypt, sign, derive| {
        vec![Attribute::Decrypt(decrypt), Attribute::Sign(sign), Attribute::Derive(derive)]
    };
    rsa(&session, 1, may(true, false, false));
    rsa(&session, 2, may(false, true, false));
    curve(&session, 3, may(false, false, true));
    curve(&session, 4, may(false, true, false));
    rsa(&session, 5, [may(true, false, false), vec![Attribute::AlwaysAuthenticate(true)]].concat());
    let (public, _) = curve(&session, 6, may(false, false, true));
    session.destroy_object(public).unwrap();
    rsa(&session, 7, may(false, false, false));
    for is_private in [false, true] {
        let (public, private) = curve(&session, 8, may(false, true, true));
        session.destroy_object(if is_private { private } else { public }).unwrap();
    }
    session.logout().unwrap();
}

type Pair = (cryptoki::object::ObjectHandle, cryptoki::object::ObjectHandle);

fn rsa(session: &Session, id: u8, may: Vec<Attribute>) -> Pair {
    let public = [
        Attribute::Token(true),
        Attribute::Id(vec![id]),
        Attribute::ModulusBits(2048.into()),
        Attribute::PublicExponent(vec![1, 0, 1]),
    ];
    let private = [private(id), may].concat();
    session.generate_key_pair(&Mechanism::RsaPkcsKeyPairGen, &public, &private).unwrap()
}

fn curve(session: &Session, id: u8, may: Vec<Attribute>) -> Pair {
    let public =
        [Attribute::Token(true), Attribute::Id(vec![id]), Attribute::EcParams(P256.to_vec())];
    let private = [private(id), may].concat();
    session.generate_key_pair(&Mechanism::EccKeyPairGen, &public, &private).unwrap()
}

fn private(id: u8) -> Vec<Attribute> {
    vec![
        Attribute::Token(true),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Id(vec![id]),
        Attribute::Label(format!("key {id}\x1b[31m").into_bytes()),
    ]
}

fn labels_and_pins_are_looked_at(module: &Path) {
    let right = pin(PIN);
    let several = Token::open(module, None, Some(&right)).unwrap_err();
    let labels = vec!["\"first\"".to_owned(), "\"second\"".to_owned()];
    assert_eq!(several, TokenError::SeveralTokens(labels.clone()));
    let none = Token::open(module, Some("third"), Some(&right)).unwrap_err();
    assert_eq!(none, TokenError::NoToken(labels));
    assert_eq!(Token::open(module, Some("first"), None).unwrap_err(), TokenError::PinNeeded);
    for wrong in ["planted-wrong", "", "a PIN that is much too long".repeat(20).as_str()] {
        let error = Token::open(module, Some("first"), Some(&pin(wrong))).unwrap_err();
        assert_eq!(error, TokenError::WrongPin);
    }
    let empty = Token::open(module, Some("second"), Some(&right)).unwrap();
    assert!(empty.file().keys.is_empty() && empty.problems().is_empty());
    assert_eq!(format!("{empty:?}"), "Token(\"second\", KeyFile(0, 0, 0))");
}

fn keys_are_those_that_compute(token: &Token) {
    let kinds: Vec<_> = token.file().keys.iter().map(|key| key.algorithm()).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "rsa").count(), 2);
    assert_eq!(kinds.iter().filter(|kind| **kind == "ec").count(), 2);
    let problems: Vec<&str> = token.problems().iter().map(|it| it.text.as_str()).collect();
    assert_eq!(problems.len(), 4, "{problems:?}");
    let told = |id: u8, why: &str| {
        let name = format!("(id 0{id})");
        problems.iter().any(|it| it.contains(&name) && it.contains(why))
    };
    assert!(told(5, "PIN for every single use"));
    assert!(told(6, "no public key and no certificate of its id"));
    assert!(told(7, "may neither decrypt, agree nor sign"));
    assert!(told(8, "the public key of another"), "{problems:?}");
    assert!(!problems.concat().contains('\x1b'), "labels are escaped");
    assert_eq!(token.label(), "first");
}

fn keys_of(vault: &Vault, algorithm: &str) -> Vec<PrivateKey> {
    let is_one = |key: &&std::sync::Arc<HeldKey>| key.algorithm() == algorithm;
    vault.keys().iter().filter(is_one).map(|key| key.private_key().clone()).collect()
}

fn public_rsa(key: &PrivateKey) -> PublicKey {
    // SEQUENCE of two INTEGERs: 2,048 bits and 65,537.
    let bits = key.public_key_bits();
    PublicKey::rsa(&bits[9..265], &bits[267..]).unwrap()
}

fn rsa_opens_what_its_public_key_sealed(vault: &Vault) {
    let oaep = Oaep { hash: Algorithm::Sha256, mask_hash: Algorithm::Sha1, label: b"label" };
    let paddings = [Padding::Pkcs1 { expected_octets: Some(32) }, Padding::Oaep(oaep)];
    for key in keys_of(vault, "rsa") {
        let public = public_rsa(&key);
        let public = TransportKey::new(&public).unwrap();
        let texts: Vec<Secret> = (0..24).map(|_| Secret::random(32)).collect();
        let sealed: Vec<_> = texts
            .iter()
            .zip(paddings.iter().cycle())
            .map(|(text, padding)| (public.encrypt(padding, text).unwrap(), *padding))
            .collect();
        let job = |(ciphertext, padding)| Job { key: key.raw_rsa().unwrap(), ciphertext, padding };
        let jobs: Vec<Job<'_>> = sealed.iter().map(|(it, padding)| job((it, *padding))).collect();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let opened = decrypt_many(&jobs).into_iter().map(Result::unwrap);
                    assert!(opened.eq(texts.iter().map(Secret::duplicate)));
                });
            }
        });
        let wrong = vec![0x35; 256];
        let substitutes = [0; 2].map(|_| decrypt_many(&[job((&wrong, paddings[0]))]).remove(0));
        assert_eq!(substitutes[0], substitutes[1]);
        assert_eq!(substitutes[0].as_ref().unwrap().len(), 32);
        let refused = decrypt_many(&[job((&wrong, paddings[1]))]).remove(0);
        assert_eq!(refused, Err(TransportError::Failed));
    }
    assert_eq!(vault.gone_keys(), None);
}

fn curves_agree_as_the_other_side_does(vault: &Vault) {
    let peer = PrivateKey::generate(PrivateKeyAlgorithm::Ec(Curve::P256)).unwrap();
    let agreed: Vec<_> = keys_of(vault, "ec")
        .iter()
        .map(|key| {
            let expected = agree(&peer, key.public_key_bits());
            let found = agree(key, peer.public_key_bits());
            assert!(found == expected || found == Err(AgreementError::Unavailable));
            found.is_ok()
        })
        .collect();
    assert_eq!(agreed.iter().filter(|is_one| **is_one).count(), 1, "the other one signs");
    assert_eq!(vault.gone_keys(), None);
}

fn every_key_signs_that_may(vault: &Vault) {
    let digest = smimebatch_crypto::digest::one(Algorithm::Sha256, b"signed");
    let input = Input::Digest(digest.as_bytes());
    let signed = |key: &PrivateKey, public: &PublicKey, scheme| {
        let value = signing::sign(&[signing::Job { key, scheme, input }]).remove(0)?;
        let job = signature::Job { key: public, scheme, input, signature: &value };
        Some(signature::verify_one(&job) == Answer::Valid)
    };
    for key in keys_of(vault, "rsa") {
        let scheme = Scheme::RsaPkcs1 { hash: Algorithm::Sha256 };
        assert_eq!(signed(&key, &public_rsa(&key), scheme), Some(true));
    }
    let of_curves = keys_of(vault, "ec").into_iter().map(|key| {
        let public = PublicKey::ec(Curve::P256, key.public_key_bits()).unwrap();
        signed(&key, &public, Scheme::Ecdsa)
    });
    let mut of_curves: Vec<_> = of_curves.collect();
    of_curves.sort();
    assert_eq!(of_curves, [None, Some(true)]);
    for key in keys_of(vault, "ec") {
        assert_ne!(key.is_lent_to_sign(), key.is_lent_to_open());
    }
    // One is lent to decrypt, and one to sign, although raw RSA would do both.
    let lent = |key: &PrivateKey| (key.is_lent_to_open(), key.is_lent_to_sign());
    let mut lent: Vec<_> = keys_of(vault, "rsa").iter().map(lent).collect();
    lent.sort_unstable();
    assert_eq!(lent, [(false, true), (true, false)]);
    assert_eq!(vault.gone_keys(), None);
}

fn vault_opens_after_the_token_is_forgotten(token: Token, vault: &Vault) {
    drop(token);
    rsa_opens_what_its_public_key_sealed(vault);
}

fn token_that_goes_is_no_wrong_answer(context: &Pkcs11, slot: Slot, vault: &Vault) {
    let file: &KeyFile = &KeyFile::default();
    assert_eq!(Vault::of_files([file]).gone_keys(), None);
    context.open_ro_session(slot).unwrap().logout().unwrap();
    for key in keys_of(vault, "rsa") {
        for padding in [
            Padding::Pkcs1 { expected_octets: Some(32) },
            Padding::Oaep(Oaep { hash: Algorithm::Sha1, mask_hash: Algorithm::Sha1, label: b"" }),
        ] {
            let job = Job { key: key.raw_rsa().unwrap(), ciphertext: &[0x35; 256], padding };
            let found = decrypt_many(&[job]).remove(0);
            assert_eq!(found, Err(TransportError::Unavailable));
        }
    }
    let why = vault.gone_keys().unwrap();
    assert!(why.contains("from C_"), "{why}");
}
