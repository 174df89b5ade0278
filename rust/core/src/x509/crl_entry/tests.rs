//! Entries made octet by octet: how they are found, and what they say.

use super::*;
use crate::asn1::writer::write_element;
use proptest::prelude::*;

fn element(tag: Tag, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    write_element(&mut out, tag, content);
    out
}

fn entry(serial: &[u8], date: &[u8], extensions: &[(u8, &[u8])]) -> Vec<u8> {
    let mut content = element(Tag::INTEGER, serial);
    content.extend(element(Tag::UTC_TIME, date));
    let extensions: Vec<u8> = extensions
        .iter()
        .flat_map(|(number, value)| {
            let oid = element(Tag::OID, &[0x55, 0x1d, *number]);
            element(Tag::SEQUENCE, &[oid, element(Tag::OCTET_STRING, value)].concat())
        })
        .collect();
    if !extensions.is_empty() {
        content.extend(element(Tag::SEQUENCE, &extensions));
    }
    element(Tag::SEQUENCE, &content)
}

const DATE: &[u8] = b"120301000000Z";

#[test]
fn entry_reasons_and_dates_are_read_and_what_is_unreadable_lifts_nothing() {
    let read = |extensions: &[(u8, &[u8])]| {
        let der = entry(&[5], DATE, extensions);
        EntryIndex::read(&der, &der).unwrap().all(&der).next().unwrap().revoked
    };
    assert_eq!(read(&[]).reason, RevocationReason::Unspecified);
    let doubts = [&[10, 1, 0][..], &[10, 1, 4], &[10, 1, 1], &[10, 1, 7], &[2, 1, 4], &[]];
    let doubts = doubts.map(|reason| read(&[(21, reason)]).casts_doubt());
    assert_eq!(doubts, [false, false, true, true, true, true]);
    assert!(read(&[]).casts_doubt(), "RFC 3161 §4: a reason that is absent is the worst");
    assert_eq!(read(&[(21, &[10, 1, 6])]).reason, RevocationReason::CertificateHold);
    for unreadable in [&[10, 1, 77][..], &[2, 1, 6], &[], &[10, 0]] {
        assert_eq!(read(&[(21, unreadable)]).reason, RevocationReason::Unspecified);
    }
    let invalid = element(Tag::GENERALIZED_TIME, b"20110301000000Z");
    let revoked = read(&[(24, &invalid)]);
    assert_eq!(Some(revoked.since_unix_s()), revoked.invalid_unix_s);
    assert!(revoked.since_unix_s() < revoked.revoked_unix_s);
    assert_eq!(read(&[(24, b"x")]).since_unix_s(), revoked.revoked_unix_s);
}

#[test]
fn revocation_reason_of_each_number_is_that_of_the_standard() {
    use RevocationReason as R;
    let reasons = [
        Some(R::Unspecified),
        Some(R::KeyCompromise),
        Some(R::CaCompromise),
        Some(R::AffiliationChanged),
        Some(R::Superseded),
        Some(R::CessationOfOperation),
        Some(R::CertificateHold),
        None,
        Some(R::RemoveFromCrl),
        Some(R::PrivilegeWithdrawn),
        Some(R::AaCompromise),
        None,
    ];
    for (number, reason) in (0..).zip(reasons) {
        assert_eq!(R::of(number), reason, "RFC 5280 §5.3.1: {number}");
    }
}

#[test]
fn rule_22b_reason_that_casts_doubt_is_a_suspicion_unless_nothing_was_issued() {
    use RevocationReason::{KeyCompromise, NotIssued, Superseded, Unspecified};
    let revoked = |reason, is_reason_said| {
        let (revoked_unix_s, invalid_unix_s) = (0, None);
        Revoked { revoked_unix_s, reason, is_reason_said, invalid_unix_s }
    };
    for (word, casts_doubt, is_suspicion) in [
        (revoked(KeyCompromise, true), true, true),
        (revoked(Unspecified, false), true, true),
        (revoked(NotIssued, true), true, false),
        (revoked(Superseded, true), false, false),
    ] {
        assert_eq!((word.casts_doubt(), word.is_suspicion()), (casts_doubt, is_suspicion));
    }
}

#[test]
fn certificate_issuer_of_an_entry_holds_until_the_next() {
    let issuer = |name: &[u8]| {
        let name = element(Tag::context_constructed(4), name);
        element(Tag::SEQUENCE, &name)
    };
    let (one, two) = (issuer(b"\x30\x00"), issuer(b"\x30\x02\x31\x00"));
    let der = [
        entry(&[9], DATE, &[]),
        entry(&[3], DATE, &[(29, &one)]),
        entry(&[1], DATE, &[]),
        entry(&[2], DATE, &[(29, &two)]),
    ]
    .concat();
    let index = EntryIndex::read(&der, &der).unwrap();
    let of = |serial: u8| index.find(&der, &[serial]).next().unwrap().issuer;
    assert_eq!(of(9), None);
    assert_eq!([of(3), of(1)], [Some(&b"\x30\x00"[..]); 2]);
    assert_eq!(of(2), Some(&b"\x30\x02\x31\x00"[..]));
}

/// Found by fuzzing: such an entry was counted, and lost when it was looked up.
#[test]
fn entry_that_only_the_list_ends_is_none_and_is_told() {
    let fields = [element(Tag::INTEGER, &[5]), element(Tag::UTC_TIME, DATE)].concat();
    let open = [&[0x30, 0x80][..], &fields].concat();
    let followed = [&open[..], &element(Tag::SEQUENCE, &[])].concat();
    let index = EntryIndex::read(&followed, &open).unwrap();
    assert_eq!((index.len(), index.damage.unwrap().found), (0, Error::Truncated));
    let closed = [&open[..], &[0, 0], &entry(&[6], DATE, &[])].concat();
    let index = EntryIndex::read(&closed, &closed).unwrap();
    assert_eq!(index.find(&closed, &[5]).count(), 1);
}

#[test]
fn rule_23_crowd_of_one_serial_number_refuses_the_list() {
    let most = entry(&[5], DATE, &[]).repeat(limits::CRL_ENTRIES_PER_SERIAL);
    assert_eq!(EntryIndex::read(&most, &most).unwrap().len(), limits::CRL_ENTRIES_PER_SERIAL);
    let more = [most, entry(&[0, 5], DATE, &[])].concat();
    assert!(matches!(EntryIndex::read(&more, &more), Err(Error::Limit)));
    // Serial numbers that only begin alike are no crowd.
    let count = u16::try_from(limits::CRL_ENTRIES_PER_SERIAL).unwrap() + 1;
    let of = |number: u16| entry(&[&[7; 8][..], &number.to_be_bytes()].concat(), DATE, &[]);
    let alike = (0..count).flat_map(of).collect::<Vec<_>>();
    assert_eq!(EntryIndex::read(&alike, &alike).unwrap().len(), usize::from(count));
}

proptest! {
    #[test]
    fn index_finds_what_a_look_at_every_entry_finds(
        serials in proptest::collection::vec(proptest::collection::vec(0_u8..3, 1..4), 0..40),
        wanted in proptest::collection::vec(0_u8..3, 1..4),
    ) {
        let entries = serials.iter().enumerate().map(|(at, serial)| {
            entry(serial, format!("12030100{at:02}00Z").as_bytes(), &[])
        });
        let der = entries.collect::<Vec<_>>().concat();
        let index = EntryIndex::read(&der, &der).unwrap();
        let found: Vec<i64> =
            index.find(&der, &wanted).map(|it| it.revoked.revoked_unix_s).collect();
        let first = parse_time(&Reader::new(&element(Tag::UTC_TIME, DATE)).read_element().unwrap());
        let slow: Vec<i64> = (0..).zip(&serials)
            .filter(|(_, serial)| minimal_integer(serial) == minimal_integer(&wanted))
            .map(|(at, _)| first.unwrap() + 60 * at)
            .collect();
        prop_assert_eq!(found, slow);
    }
}
