//! Whole files through [`KeyFile`], and the vault they make; every format against other programs is pytest's
//! (`tests/test_vault*.py`).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use proptest::prelude::*;
use smimebatch_crypto::secret::Secret;

use super::error::{Damage, KeyFileError, KeyLimit, Part};
use super::{KeyFile, Passwords, Vault};
use crate::asn1::reader::Tag;
use crate::asn1::writer::write_element;
use crate::cms::recipient_info::RecipientIdentifier;
use crate::limits;

macro_rules! file {
    ($name:literal) => {
        include_bytes!(concat!("../../../../tests/data/keys/", $name)).as_slice()
    };
}

const PKCS12: [&[u8]; 5] = [
    file!("modern.p12"),
    file!("legacy.p12"),
    file!("nomac.p12"),
    file!("empty_password.p12"),
    file!("plain.p12"),
];
const OF_EC: [&[u8]; 5] = [
    file!("pbes1.p8"),
    file!("pbes2.p8"),
    file!("pbes2_rc2.p8"),
    file!("plain.p8"),
    file!("sec1.der"),
];

fn passwords(given: &[&str]) -> Passwords {
    Passwords::new(given.iter().map(|it| Secret::copy_of(it.as_bytes())).collect())
}

fn read(bytes: &[u8]) -> KeyFile {
    KeyFile::read(bytes, &passwords(&["wrong", "fixture"]))
}

fn only_problem(file: &KeyFile) -> &KeyFileError {
    assert!(file.keys.is_empty() && file.certificates.is_empty(), "{file:?}");
    let [problem] = &*file.problems else { panic!("{file:?}") };
    &problem.error
}

fn element(tag: Tag, parts: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::new();
    write_element(&mut out, tag, &parts.concat());
    out
}

#[test]
fn every_pkcs12_gives_the_same_key_with_its_certificate() {
    let ids = PKCS12.map(|bytes| {
        let file = read(bytes);
        assert_eq!((file.keys.len(), file.certificates.len(), file.problems.len()), (1, 1, 0));
        file.keys[0].id().to_owned()
    });
    assert!(ids.iter().all(|id| *id == ids[0]));
    let traditional = read(file!("traditional.pem"));
    assert_eq!(traditional.keys[0].id(), ids[0]);
}

#[test]
fn every_form_of_an_ec_key_gives_the_same_key() {
    let ids = OF_EC.map(|bytes| {
        let file = read(bytes);
        assert_eq!((file.keys.len(), file.problems.len()), (1, 0), "{file:?}");
        file.keys[0].id().to_owned()
    });
    assert!(ids.iter().all(|id| *id == ids[0]));
}

#[test]
fn pem_of_several_keys_gives_each_under_its_name() {
    let file = read(file!("curves.pem"));
    let names: Vec<_> = file.keys.iter().map(|key| key.algorithm()).collect();
    assert_eq!(names, ["x25519", "x448", "ed25519", "ed448"]);
}

#[test]
fn password_that_is_missing_or_wrong_is_told_from_damage() {
    for (bytes, part) in [
        (file!("modern.p12"), Part::Pfx),
        (file!("nomac.p12"), Part::Pfx),
        (file!("pbes1.p8"), Part::EncryptedPrivateKeyInfo),
        (file!("traditional.pem"), Part::RsaPrivateKey),
    ] {
        let none = KeyFile::read(bytes, &Passwords::none());
        assert!(
            none.problems.iter().all(|it| it.error == KeyFileError::PasswordNeeded),
            "{part:?}"
        );
        let wrong = KeyFile::read(bytes, &passwords(&["wrong"]));
        assert!(wrong.problems.iter().all(|it| it.error == KeyFileError::WrongPassword));
        assert!(!none.problems.is_empty() && !wrong.problems.is_empty());
    }
    // The last octets of the ciphertext: a proved password does not decrypt them any more.
    let mut damaged = file!("modern.p12").to_vec();
    let mac = damaged.len() - 60;
    damaged[mac - 300] ^= 1;
    assert_eq!(only_problem(&read(&damaged)), &KeyFileError::WrongPassword, "as its code says");
    let cut = &file!("pbes1.p8")[..100];
    assert!(matches!(only_problem(&read(cut)), KeyFileError::Damaged { .. }));
}

#[test]
fn what_is_no_file_of_keys_is_told_from_a_damaged_one() {
    for other in [&b""[..], b"0", b"0123456789", b"hello", &[0x30, 3, 2, 1, 9], &[0x30, 0x80]] {
        assert!(read(other).is_no_key_file(), "{other:?}");
    }
    let crl = include_bytes!("../../../../tests/data/cms/enveloped.p7m");
    assert!(read(crl).is_no_key_file(), "PKCS#7 without certificates");
    let certificates = include_bytes!("../../../../tests/data/cms/certs_only.p7c");
    assert!(!read(certificates).certificates.is_empty());
    for length in [40, 200, 1_000] {
        let error = read(&file!("legacy.p12")[..length]);
        let expected =
            KeyFileError::damaged(Part::Der, Damage::Asn1(crate::asn1::reader::Error::Truncated));
        assert_eq!(only_problem(&error), &expected);
    }
}

/// `PFX { 3, data { bags } }` without a code.
fn pfx(safe_contents: &[u8]) -> Vec<u8> {
    let data = |content: &[u8]| {
        let octets = element(Tag::OCTET_STRING, &[content]);
        let wrapped = element(Tag::context_constructed(0), &[&octets]);
        let oid = element(Tag::OID, &[crate::asn1::oid::DATA.0]);
        element(Tag::SEQUENCE, &[&oid, &wrapped])
    };
    let safe = element(Tag::SEQUENCE, &[&data(safe_contents)]);
    element(Tag::SEQUENCE, &[&[2, 1, 3], &data(&safe)])
}

fn bag(id: crate::asn1::oid::Oid<'_>, value: &[u8]) -> Vec<u8> {
    let oid = element(Tag::OID, &[id.0]);
    element(Tag::SEQUENCE, &[&oid, &element(Tag::context_constructed(0), &[value])])
}

#[test]
fn rule_41_bags_nested_too_deep_and_too_many_are_a_limit() {
    let mut nested = element(Tag::SEQUENCE, &[&bag(super::oids::KEY_BAG, file!("plain.p8"))]);
    for depth in 1..=limits::PKCS12_DEPTH {
        let file = read(&pfx(&nested));
        assert_eq!((file.keys.len(), file.problems.len()), (1, 0), "{depth}");
        nested = element(Tag::SEQUENCE, &[&bag(super::oids::SAFE_CONTENTS_BAG, &nested)]);
    }
    assert_eq!(only_problem(&read(&pfx(&nested))), &KeyFileError::Limit(KeyLimit::Depth));
    let other = bag(crate::asn1::oid::DATA, &[5, 0]);
    let others = [&*other].repeat(limits::PKCS12_BAGS);
    let most = element(Tag::SEQUENCE, &others);
    assert!(read(&pfx(&most)).problems.is_empty());
    let more = [&others[..], &others[..1]].concat();
    let more = element(Tag::SEQUENCE, &more);
    assert_eq!(only_problem(&read(&pfx(&more))), &KeyFileError::Limit(KeyLimit::Bags));
}

#[test]
fn bad_bag_costs_none_of_the_others() {
    let broken = bag(super::oids::KEY_BAG, &[0x30, 0]);
    let good = bag(super::oids::KEY_BAG, file!("plain.p8"));
    let file = read(&pfx(&element(Tag::SEQUENCE, &[&broken, &good])));
    assert_eq!((file.keys.len(), file.problems.len()), (1, 1));
}

#[test]
fn rule_43_iterations_that_a_file_may_ask_for_are_bounded() {
    let within = passwords(&["fixture"]).within_iterations(0);
    let file = KeyFile::read(file!("legacy.p12"), &within);
    assert_eq!(only_problem(&file), &KeyFileError::Limit(KeyLimit::IterationsPerFile));
}

#[test]
fn public_key_of_another_beside_a_key_is_damage() {
    let sec1 = file!("sec1.der");
    let mut other = sec1.to_vec();
    *other.last_mut().unwrap() ^= 1;
    let expected = KeyFileError::damaged(Part::PrivateKeyInfo, Damage::OtherPublicKey);
    assert_eq!(only_problem(&read(&other)), &expected);
}

#[test]
fn vault_holds_each_key_once_and_finds_it_by_every_name() {
    let files: Vec<_> = PKCS12.iter().chain(&OF_EC).map(|bytes| read(bytes)).collect();
    let vault = Vault::of_files(&files);
    assert_eq!(vault.keys().len(), 2);
    assert!(vault.keys().is_sorted_by(|one, other| one.id() < other.id()));
    let certificate = vault.certificates()[0].clone();
    let found = vault.with_issuer_and_serial(certificate.issuer_der(), &certificate.serial);
    let key = vault.with_key_of(&certificate).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].key.id(), key.id());
    let identifier = certificate.subject_key_identifier.as_deref().unwrap();
    let identifier = RecipientIdentifier::SubjectKeyIdentifier(identifier.into());
    assert_eq!(vault.find(&identifier)[0].key.id(), key.id());
    assert!(vault.find(&RecipientIdentifier::None).is_empty());
    let bare = Vault::of_files([&read(file!("traditional.pem"))]);
    assert!(bare.with_issuer_and_serial(certificate.issuer_der(), &certificate.serial).is_empty());
    let joined = bare.with_certificates([certificate.clone()]);
    let found = joined.with_issuer_and_serial(certificate.issuer_der(), &certificate.serial);
    assert_eq!(found.len(), 1, "a certificate of the run");
}

#[test]
fn rule_40a_nothing_of_a_key_is_printed() {
    let file = read(file!("plain.p8"));
    let vault = Vault::of_files([&file]);
    let printed = format!("{file:?} {vault:?} {:?}", vault.keys()[0]);
    let id = vault.keys()[0].id();
    assert_eq!(
        printed,
        format!("KeyFile(1, 0, 0) Vault(1 keys, 0 certificates) HeldKey(ec, {id})")
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_bytes_end_in_an_answer(bytes: Vec<u8>, at in any::<prop::sample::Index>(), octet: u8) {
        let passwords = passwords(&["fixture"]).within_iterations(10_000);
        let _ = KeyFile::read(&bytes, &passwords);
        for file in PKCS12.iter().chain(&OF_EC).chain(&[file!("traditional.pem")]) {
            let mut changed = file.to_vec();
            let at = at.index(changed.len());
            changed[at] = octet;
            let _ = KeyFile::read(&changed, &passwords);
        }
    }
}
