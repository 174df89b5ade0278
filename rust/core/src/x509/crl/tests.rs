//! Lists made field by field: what is read, and what makes bytes no list.

use super::*;
use crate::asn1::writer::write_element;

fn element(identifier: u8, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    write_element(&mut out, Tag::low(identifier), content);
    out
}

/// sha256WithRSAEncryption, with these parameters.
fn algorithm(parameters: &[u8]) -> Vec<u8> {
    let oid = element(6, b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b");
    element(0x30, &[&oid, parameters].concat())
}

const NULL: &[u8] = b"\x05\x00";

fn time(text: &[u8]) -> Vec<u8> {
    element(if text.len() == 15 { 0x18 } else { 0x17 }, text)
}

/// A list of version 2 with these fields after thisUpdate.
fn tbs(fields: &[Vec<u8>]) -> Vec<u8> {
    let name = element(0x30, b"");
    let head = [element(2, &[1]), algorithm(NULL), name, time(b"120101000000Z")];
    element(0x30, &[head.concat(), fields.concat()].concat())
}

fn signed(tbs: &[u8], algorithm: &[u8], rest: &[u8]) -> Vec<u8> {
    element(0x30, &[tbs, algorithm, &element(3, &[0, 1]), rest].concat())
}

fn parsed(fields: &[Vec<u8>]) -> Result<CertificateList, FieldError> {
    parse_crl(&signed(&tbs(fields), &algorithm(NULL), b""))
}

fn extension(oid: &[u8], is_critical: bool, value: &[u8]) -> Vec<u8> {
    let critical = if is_critical { element(1, &[0xff]) } else { Vec::new() };
    element(0x30, &[element(6, oid), critical, element(4, value)].concat())
}

fn with(extensions: &[Vec<u8>]) -> Result<CertificateList, FieldError> {
    parsed(&[element(0xa0, &element(0x30, &extensions.concat()))])
}

/// A list with one extension of RFC 5280 §5.2.
fn with_one(number: u8, value: &[u8]) -> Result<CertificateList, FieldError> {
    with(&[extension(&[0x55, 0x1d, number], false, value)])
}

#[test]
fn crl_without_anything_optional_is_complete_and_of_everything() {
    let list = parsed(&[]).unwrap();
    assert_eq!((list.this_update_unix_s, list.next_update_unix_s), (1_325_376_000, None));
    assert_eq!((list.entry_count(), list.entries_of(&[5]).count()), (0, 0));
    assert!(!list.is_delta() && !list.is_indirect() && !list.has_unknown_critical);
    assert!(list.scope.is_none() && list.number.is_none() && list.expired_since_unix_s.is_none());
}

#[test]
fn crl_entries_and_next_update_of_either_type_are_read() {
    let entry = element(0x30, &[element(2, &[0, 0x85]), time(b"110101000000Z")].concat());
    for next in [&b"120701000000Z"[..], b"20120701000000Z"] {
        let list = parsed(&[time(next), element(0x30, &entry)]).unwrap();
        assert_eq!(list.next_update_unix_s, Some(1_341_100_800));
        assert_eq!((list.entry_count(), list.entries().count()), (1, 1));
        assert_eq!(list.entries_of(&[0, 0x85]).count(), 1);
    }
}

#[test]
fn crl_extensions_say_what_it_is_and_what_it_covers() {
    let list = with_one(20, &element(2, &[0, 0x85])).unwrap();
    assert_eq!((list.number.as_deref(), list.is_delta()), (Some(&[0, 0x85][..]), false));
    let list = with_one(20, &element(2, &[0, 5])).unwrap();
    assert_eq!(list.number.as_deref(), Some(&[5][..]), "minimal");
    let list = with_one(27, &element(2, &[7])).unwrap();
    assert_eq!((list.base_number.as_deref(), list.is_delta()), (Some(&[7][..]), true));
    let indirect = |octet| with_one(28, &element(0x30, &element(0x84, &[octet]))).unwrap();
    assert!(indirect(0xff).is_indirect() && !indirect(0).is_indirect());
    let list = with_one(35, &element(0x30, &element(0x80, b"key"))).unwrap();
    assert_eq!(list.authority_key_identifier.unwrap().key_identifier.as_deref(), Some(&b"key"[..]));
    let list = with_one(60, &time(b"20110101000000Z")).unwrap();
    assert_eq!(list.expired_since_unix_s, Some(1_293_840_000));
}

#[test]
fn crl_whose_extent_cannot_be_read_is_none_and_a_hint_may_be_missing() {
    for value in [element(2, b""), element(4, b"\x01"), element(2, b"\xff")] {
        assert!(with_one(27, &value).is_err(), "{value:?}");
    }
    assert!(with_one(28, b"\x04\x00").is_err());
    let negative = with_one(20, &element(2, b"\xff")).unwrap();
    assert!(negative.number.is_none() && negative.damage.is_none());
    let list = with_one(35, b"\x04\x00").unwrap();
    assert!(list.authority_key_identifier.is_none() && !list.has_unknown_critical);
}

#[test]
fn rule_22_unknown_critical_extension_of_a_list_or_an_entry_is_told() {
    let unknown = |oid: &[u8], is_critical| {
        with(&[extension(oid, is_critical, NULL)]).unwrap().has_unknown_critical
    };
    assert!(unknown(b"\x2a\x03", true));
    assert!(!unknown(b"\x2a\x03", false));
    assert!(!unknown(b"\x55\x1d\x2e", true), "freshestCRL only says where to look");
    let and_known = [extension(b"\x2a\x03", true, NULL), extension(b"\x2a\x04", false, NULL)];
    assert!(with(&and_known).unwrap().has_unknown_critical, "whatever follows");
    let entry = |is_critical| {
        let extensions = element(0x30, &extension(b"\x2a\x03", is_critical, NULL));
        let fields = [element(2, &[5]), time(b"110101000000Z"), extensions].concat();
        parsed(&[element(0x30, &element(0x30, &fields))]).unwrap().has_unknown_critical
    };
    assert!(entry(true) && !entry(false));
}

/// An entry for a serial number.
fn entry(serial: u8, fields: &[&[u8]]) -> Vec<u8> {
    element(0x30, &[element(2, &[serial]), fields.concat()].concat())
}

#[test]
fn crl_entry_that_cannot_be_read_takes_none_of_the_others() {
    let date = time(b"110101000000Z");
    let (first, last) = (entry(5, &[&date]), entry(7, &[&date]));
    let reason = |value: &[u8]| element(0x30, &extension(&[0x55, 0x1d, 21], false, value));
    let of_six = [
        ("revocationDate of an entry", entry(6, &[&time(b"119901000000Z")]), true),
        ("revocationDate of an entry", entry(6, &[]), true),
        ("crlEntryExtensions", entry(6, &[&date, NULL]), true),
        ("crlEntryExtensions", entry(6, &[&date, &reason(b"\x0a\x01\x01"), &date]), true),
        ("crlEntryExtensions", entry(6, &[&date, &element(0x30, NULL)]), true),
        ("userCertificate of an entry", element(0x30, &[element(2, b""), date].concat()), false),
        ("userCertificate of an entry", element(0x30, NULL), false),
        ("an entry", NULL.to_vec(), false),
    ];
    for (expected, damaged, is_named) in of_six {
        let list = parsed(&[element(0x30, &[&first[..], &damaged, &last].concat())]).unwrap();
        assert_eq!(list.damage.unwrap().expected, expected);
        let is_dated = |serial: u8| {
            let serial = [serial];
            let mut found = list.entries_of(&serial);
            let is_dated = found.next().map(|it| it.is_dated);
            assert!(found.next().is_none());
            is_dated
        };
        assert_eq!([is_dated(5), is_dated(7)], [Some(true); 2], "{expected}");
        assert_eq!(is_dated(6).is_some(), is_named, "{expected}");
        assert_eq!(is_dated(6) == Some(false), expected.starts_with("revocationDate"));
        assert_eq!(list.entry_count(), 2 + usize::from(is_named));
    }
    let broken_off = [&first[..], b"\x30\x30\x02"].concat();
    let list = parsed(&[element(0x30, &broken_off)]).unwrap();
    assert_eq!((list.entry_count(), list.damage.unwrap().found), (1, Error::Truncated));
    let unended = [&first[..], b"\x30\x80", &last].concat();
    let list = parsed(&[element(0x30, &unended)]).unwrap();
    assert_eq!((list.entry_count(), list.damage.unwrap().found), (1, Error::Truncated));
    assert!(parsed(&[element(0x30, &[first, last].concat())]).unwrap().damage.is_none());
}

#[test]
fn crl_entry_behind_one_that_cannot_be_read_is_of_nobody_known() {
    let date = time(b"110101000000Z");
    let named = |value: &[u8]| element(0x30, &extension(&[0x55, 0x1d, 29], true, value));
    let name = element(0x30, b"");
    let of_another = named(&element(0x30, &element(0xa4, &name)));
    let issuers = |second: &[u8]| {
        let (first, last) = (entry(5, &[&date, &of_another]), entry(7, &[&date]));
        let list = parsed(&[element(0x30, &[&first[..], second, &last].concat())]).unwrap();
        list.entries().map(|entry| entry.issuer.map(<[u8]>::to_vec)).collect::<Vec<_>>()
    };
    let (another, unknown) = (Some(name.clone()), Some(Vec::new()));
    let whole = entry(6, &[&date]);
    assert_eq!(issuers(&whole), [another.clone(), another.clone(), another.clone()]);
    let misdated = entry(6, &[&time(b"119901000000Z")]);
    assert_eq!(issuers(&misdated), [another.clone(), another.clone(), another.clone()]);
    for undated in [entry(6, &[]), entry(6, &[&named(NULL)])] {
        assert_eq!(issuers(&undated), [another.clone(), unknown.clone(), unknown.clone()]);
    }
    let unreadable = entry(6, &[&date, &named(NULL)]);
    assert_eq!(issuers(&unreadable), [another.clone(), unknown.clone(), unknown.clone()]);
    let unnamed = element(0x30, &[element(2, b""), date.clone()].concat());
    assert_eq!(issuers(&unnamed), [another, unknown]);
}

#[test]
fn rule_22_list_of_which_something_beside_its_entries_cannot_be_read_counts_against_alone() {
    for (number, value) in
        [(20, element(2, b"")), (20, element(4, b"\x01")), (60, time(b"110101000000Z"))]
    {
        let list = with_one(number, &value).unwrap();
        assert!(list.damage.is_some(), "{number}");
    }
    let entry = element(0x30, &[element(2, &[0, 0x85]), time(b"110101000000Z")].concat());
    let list = parsed(&[time(b"129901000000Z"), element(0x30, &entry)]).unwrap();
    assert_eq!((list.next_update_unix_s, list.entry_count()), (None, 1));
    assert!(list.damage.is_some());
}

#[test]
fn crl_has_each_extension_once_and_a_bounded_number_of_them() {
    let number = extension(&[0x55, 0x1d, 20], false, &element(2, &[5]));
    assert!(with(&[number.clone(), number]).unwrap().damage.is_some());
    let scope = extension(&[0x55, 0x1d, 28], false, &element(0x30, b""));
    assert!(with(&[scope.clone(), scope]).is_err());
    let many = |count: usize| {
        let extensions: Vec<_> =
            (0..count).map(|it| extension(&[0x2a, it as u8], false, NULL)).collect();
        with(&extensions).is_ok()
    };
    assert!(many(MOST_EXTENSIONS) && !many(MOST_EXTENSIONS + 1));
}

#[test]
fn crl_names_one_algorithm_inside_and_outside_null_apart() {
    let outside = |algorithm: &[u8]| parse_crl(&signed(&tbs(&[]), algorithm, b""));
    assert!(outside(&algorithm(NULL)).is_ok());
    assert!(outside(&algorithm(b"")).is_ok(), "older lists");
    let found = outside(&algorithm(b"\x02\x01\x05")).unwrap_err();
    assert_eq!(found.expected, "the same algorithm inside and outside");
    let other = element(0x30, &element(6, b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05"));
    assert!(outside(&other).is_err());
}

#[test]
fn crl_ends_where_its_fields_end() {
    let whole = signed(&tbs(&[]), &algorithm(NULL), b"");
    assert!(
        parse_crl(&[&whole[..], b"\x05\x00"].concat()).is_ok(),
        "what follows is not looked at"
    );
    assert!(parse_crl(&signed(&tbs(&[]), &algorithm(NULL), NULL)).is_err());
    let found = parsed(&[element(0xa1, b"")]).unwrap_err();
    assert_eq!(found.expected, "the end of the signed part");
    assert!(parse_crl(b"\x30\x80\x30\x00").is_err(), "no end");
}

#[test]
fn signature_of_a_list_that_is_no_whole_octets_was_made_by_no_key() {
    let made = |bits: &[u8]| {
        let fields = [tbs(&[]), algorithm(NULL), element(3, bits)].concat();
        parse_crl(&element(0x30, &fields)).unwrap().signed
    };
    let der = include_bytes!("../../../../../tests/data/x509/pkits-GoodCACert.der");
    let certificate = super::super::certificate::parse_certificate(der).unwrap();
    let super::super::public_key::SubjectKey::Ready(key) = &certificate.key else { panic!() };
    for bits in [&[0, 0x80][..], &[7, 0x80]] {
        let found = made(bits).verify_signed_by(key, certificate.rsa_use);
        assert_eq!(found, super::super::certificate::CertificateSignature::Invalid);
    }
}
