#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use super::super::content_info::parse_content_info;
use super::super::enveloped_data::{Envelope, parse_enveloped_data};
use super::super::fixtures::{
    ENVELOPED, ENVELOPED_STREAM, algorithm, content_info, element, object_identifier,
};
use super::super::recipient_details::Originator;
use super::*;
use crate::asn1::oid::Oid;

fn envelope(bytes: &[u8]) -> Envelope<'_> {
    let info = parse_content_info(bytes).unwrap().0;
    parse_enveloped_data(&info).unwrap().envelope
}

/// An EnvelopedData for these RecipientInfos.
fn object(recipients: &[&[u8]]) -> Vec<u8> {
    let content = element(0x30, &[&object_identifier(oid::DATA), &algorithm()]);
    let data = element(0x30, &[&[2, 1, 2], &element(0x31, recipients), &content]);
    content_info(oid::ENVELOPED_DATA, &data)
}

fn issuer_and_serial() -> Vec<u8> {
    element(0x30, &[&element(0x30, &[]), &[2, 1, 7]])
}

fn key_transport() -> Vec<u8> {
    let key = element(0x04, &[b"key"]);
    element(0x30, &[&[2, 1, 0], &issuer_and_serial(), &algorithm(), &key])
}

#[test]
fn recipients_of_openssl_are_read_each_by_its_kind() {
    let recipients = envelope(ENVELOPED).recipients;
    let mut kinds = Vec::new();
    for recipient in recipients {
        let recipient = recipient.unwrap();
        assert!(!recipient.encrypted_key.is_empty() && recipient.algorithm.is_some());
        match (recipient.kind, &recipient.identifier) {
            (RecipientKind::Password, RecipientIdentifier::None) => {}
            (RecipientKind::SharedKey, RecipientIdentifier::SharedKey(id)) => {
                assert_eq!(**id, [1, 2]);
            }
            (_, RecipientIdentifier::SubjectKeyIdentifier(id)) => assert_eq!(id.len(), 20),
            other => panic!("{other:?}"),
        }
        kinds.push(recipient.kind);
    }
    kinds.sort();
    let expected = [
        RecipientKind::KeyTransport,
        RecipientKind::KeyAgreement,
        RecipientKind::SharedKey,
        RecipientKind::Password,
    ];
    assert_eq!(kinds, expected);
    let named = envelope(ENVELOPED_STREAM).recipients.remove(0).unwrap().identifier;
    let RecipientIdentifier::IssuerAndSerial(named) = named else {
        panic!("{named:?}");
    };
    assert_eq!(named.serial, [0x10, 0x01]);
}

#[test]
fn recipients_of_one_key_agreement_are_rows_of_their_own() {
    let key = element(0x04, &[b"key"]);
    let first = element(0x30, &[&issuer_and_serial(), &key]);
    let by_key_id = element(0xa0, &[&element(0x04, &[b"id"])]);
    let second = element(0x30, &[&by_key_id, &key]);
    let broken = element(0x30, &[&key]);
    let keys = element(0x30, &[&first, &broken, &second]);
    let originator = element(0xa0, &[&issuer_and_serial()]);
    let agreement = element(0xa1, &[&[2, 1, 3], &originator, &algorithm(), &keys]);
    let bytes = object(&[&key_transport(), &agreement]);
    let recipients = envelope(&bytes).recipients;
    assert_eq!(recipients.len(), 4);
    assert!(recipients[2].is_err());
    let last = recipients[3].as_ref().unwrap();
    assert_eq!((last.kind, last.recipient_info_index), (RecipientKind::KeyAgreement, 1));
    let expected = RecipientIdentifier::SubjectKeyIdentifier(Cow::Borrowed(b"id"));
    assert_eq!(last.identifier, expected);
}

/// What is read of the only recipient beside the wrapped key.
fn details(object: &[u8]) -> RecipientDetails<'_> {
    envelope(object).recipients.remove(0).unwrap().details
}

/// An object for one recipient by key agreement; `material` is the whole of `ukm`.
fn agreement(originator: &[u8], material: &[u8]) -> Vec<u8> {
    let key = element(0x30, &[&issuer_and_serial(), &element(0x04, &[b"key"])]);
    let keys = element(0x30, &[&key]);
    let originator = element(0xa0, &[originator]);
    let fields = [&[2, 1, 3][..], &originator, material, &algorithm(), &keys];
    object(&[&element(0xa1, &fields)])
}

#[test]
fn rule_42_recipients_of_one_key_agreement_share_what_is_long() {
    let piece = element(0x04, &[b"material"]);
    let material = element(0xa1, &[&element(0x24, &[&piece, &piece])]);
    let bytes = agreement(&issuer_and_serial(), &material);
    let keys = envelope(&bytes).recipients;
    let Ok(Recipient { details: RecipientDetails::Agreement(it), .. }) = &keys[0] else {
        panic!("{keys:?}");
    };
    // The one that was read and the one of the recipient are the same.
    assert_eq!(it.user_keying_material.as_deref(), Some(&b"materialmaterial"[..]));
    let RecipientDetails::Agreement(copy) = keys[0].clone().unwrap().details else {
        panic!("{keys:?}");
    };
    assert!(Arc::ptr_eq(it, &copy));
}

#[test]
fn originator_of_a_key_agreement_is_read_in_each_of_its_three_forms() {
    let of = |originator: &[u8]| match details(&agreement(originator, &[])) {
        RecipientDetails::Agreement(it) if it.user_keying_material.is_none() => {
            let originator = it.originator.clone();
            match originator {
                Originator::IssuerAndSerial(named) => format!("serial {:?}", named.serial),
                Originator::SubjectKeyIdentifier(id) => format!("key id {id:?}"),
                Originator::Key { algorithm, public_key } => {
                    format!("key {} {public_key:?}", algorithm.oid)
                }
            }
        }
        RecipientDetails::None => "nothing".to_owned(),
        other => panic!("{other:?}"),
    };
    assert_eq!(of(&issuer_and_serial()), "serial [7]");
    assert_eq!(of(&element(0x80, &[&[1, 2]])), "key id [1, 2]");
    let key = |bits: &[u8]| element(0xa1, &[&algorithm(), &element(0x03, &[bits])]);
    assert_eq!(of(&key(&[0, 4, 5])), "key 1.2.3 [4, 5]");
    assert_eq!(of(&key(&[])), "nothing", "no BIT STRING");
    assert_eq!(of(&element(0xa3, &[])), "nothing");
}

#[test]
fn keying_material_of_a_key_agreement_is_told_from_none() {
    let of = |material: &[u8]| match details(&agreement(&issuer_and_serial(), material)) {
        RecipientDetails::Agreement(it) => {
            Some(it.user_keying_material.clone().map(Cow::into_owned))
        }
        RecipientDetails::None => None,
        other => panic!("{other:?}"),
    };
    assert_eq!(of(&[]), Some(None));
    let octets = |content| element(0xa1, &[&element(0x04, &[content])]);
    assert_eq!(of(&octets(b"salt")), Some(Some(b"salt".to_vec())));
    assert_eq!(of(&octets(b"")), Some(Some(Vec::new())));
    assert_eq!(of(&element(0xa1, &[&[5, 0]])), None, "no octets");
}

#[test]
fn key_derivation_of_a_password_is_told_from_none() {
    let of = |derivation: &[u8]| {
        let fields = [&[2, 1, 0][..], derivation, &algorithm(), &element(0x04, &[b"key"])];
        match details(&object(&[&element(0xa3, &fields)])) {
            RecipientDetails::Password(it) => Some(it.map(|it| it.oid.to_string())),
            RecipientDetails::None => None,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(of(&[]), Some(None));
    let name = object_identifier(oid::DATA);
    assert_eq!(of(&element(0xa0, &[&name])), Some(Some(oid::DATA.to_string())));
    assert_eq!(of(&element(0xa0, &[&[5, 0]])), None, "no algorithm");
}

#[test]
fn key_encapsulation_is_read_with_what_derives_the_key() {
    let of = |length: &[u8], material: &[u8]| {
        let (first, second) = (algorithm(), element(0x30, &[&object_identifier(oid::DATA)]));
        let (ciphertext, key) = (element(0x04, &[b"kemct"]), element(0x04, &[b"key"]));
        let length = element(0x02, &[length]);
        let named = issuer_and_serial();
        let fields: [&[u8]; 9] =
            [&[2, 1, 0], &named, &first, &ciphertext, &second, &length, material, &first, &key];
        let value = element(0x30, &fields);
        let kem = element(0xa4, &[&object_identifier(oid::KEM_RECIPIENT_INFO), &value]);
        match details(&object(&[&kem])) {
            RecipientDetails::Encapsulation(it) => {
                assert_eq!(*it.ciphertext, *b"kemct");
                assert_eq!((it.key_derivation.oid, it.wrap.oid), (oid::DATA, Oid(&[0x2a, 3])));
                Some((it.key_octets, it.user_keying_material.map(Cow::into_owned)))
            }
            RecipientDetails::None => None,
            other => panic!("{other:?}"),
        }
    };
    let material = element(0xa0, &[&element(0x04, &[b"ukm"])]);
    assert_eq!(of(&[32], &material), Some((32, Some(b"ukm".to_vec()))));
    assert_eq!(of(&[32], &[]), Some((32, None)));
    assert_eq!(of(&[0, 0xff, 0xff], &[]), Some((65_535, None)), "the longest");
    for length in [&[1, 0, 0][..], &[0xff], &[]] {
        assert_eq!(of(length, &[]), Some((0, None)), "{length:?}: no length of a key");
    }
    assert_eq!(of(&[32], &element(0xa0, &[&[5, 0]])), None, "no octets");
}

#[test]
fn recipient_by_key_encapsulation_is_read() {
    let octets = element(0x04, &[b"key"]);
    let algorithm = algorithm();
    let fields = [&issuer_and_serial(), &algorithm, &octets, &algorithm];
    let rest = [&[2, 1, 32][..], &algorithm, &octets].concat();
    let value = element(0x30, &[&[2, 1, 0], &fields.map(Vec::as_slice).concat(), &rest]);
    let kem = element(0xa4, &[&object_identifier(oid::KEM_RECIPIENT_INFO), &value]);
    let bytes = object(&[&kem]);
    let recipient = envelope(&bytes).recipients.remove(0).unwrap();
    assert_eq!(recipient.kind, RecipientKind::KeyEncapsulation);
    assert!(matches!(recipient.identifier, RecipientIdentifier::IssuerAndSerial(_)));
}

#[test]
fn recipient_of_unknown_kind_is_listed_and_a_broken_one_costs_no_other() {
    let unknown = element(0xa7, &[b"?"]);
    let other = element(0xa4, &[&object_identifier(oid::DATA), &[5, 0]]);
    let broken = element(0x30, &[&[2, 1, 0]]);
    let bytes = object(&[&unknown, &broken, &other, &key_transport(), &[0x30, 0x40]]);
    let recipients = envelope(&bytes).recipients;
    let kinds: Vec<_> = recipients.iter().map(|r| r.as_ref().ok().map(|r| r.kind)).collect();
    assert_eq!(
        kinds,
        [
            Some(RecipientKind::Other),
            None,
            Some(RecipientKind::Other),
            Some(RecipientKind::KeyTransport),
            None,
        ]
    );
}

#[test]
fn rule_43_recipients_beyond_the_cap_are_cut_and_said() {
    let many = key_transport().repeat(limits::RECIPIENTS + 1);
    let bytes = object(&[&many]);
    let envelope = envelope(&bytes);
    assert_eq!(envelope.recipients.len(), limits::RECIPIENTS);
    assert_eq!(envelope.limits_hit, CodeSet::of(CmsLimit::Recipients));
}

#[test]
fn rule_43_recipients_up_to_the_cap_are_whole_and_those_of_one_agreement_count() {
    let key = element(0x30, &[&issuer_and_serial(), &element(0x04, &[b"key"])]);
    let originator = element(0xa0, &[&issuer_and_serial()]);
    for (count, is_cut) in [(limits::RECIPIENTS, false), (limits::RECIPIENTS + 1, true)] {
        let keys = element(0x30, &[&key.repeat(count)]);
        let agreement = element(0xa1, &[&[2, 1, 3], &originator, &algorithm(), &keys]);
        let bytes = object(&[&agreement]);
        let envelope = envelope(&bytes);
        assert_eq!(envelope.recipients.len(), limits::RECIPIENTS);
        assert_eq!(!envelope.limits_hit.is_empty(), is_cut);
    }
}
