//! Lists with an entry that cannot be read (design 17): what the others say against somebody stands; nobody is cleared.

use super::deltas::state_by_lists;
use super::*;
use crate::asn1::reader::Error;
use crate::x509::signed::FieldError;

const DAMAGE: FieldError =
    FieldError { expected: "revocationDate of an entry", found: Error::Malformed };

fn damaged(label: &str) -> Arc<CertificateList> {
    list(label, |it| it.damage = Some(DAMAGE))
}

fn whole(label: &str) -> Arc<CertificateList> {
    list(label, |_| {})
}

#[test]
fn rule_22_entry_that_cannot_be_read_takes_nothing_from_what_the_others_say() {
    let at = day(2013, 2);
    assert_eq!(state_by_lists(vec![damaged("revoked-2012"), whole("absent-2013")], at), S::Revoked);
    let held = [damaged("hold-2011"), whole("absent-2011")].to_vec();
    assert_eq!(state_by_lists(held, day(2011, 7)), S::OnHold);
}

#[test]
fn rule_22_list_with_an_entry_that_cannot_be_read_clears_nobody() {
    let state = |lists: &[Arc<CertificateList>], at| state_by_lists(lists.to_vec(), at);
    let at = day(2012, 1);
    assert_eq!(state(&[whole("absent-2012")], at), S::Good);
    assert_eq!(state(&[damaged("absent-2012")], at), S::Unknown, "absent");
    assert_eq!(state(&[damaged("revoked-2012")], day(2012, 2)), S::Unknown, "revoked only later");
    assert_eq!(state(&[damaged("hold-2011")], day(2011, 4)), S::Unknown, "on hold only later");
    let at = day(2012, 3);
    assert_eq!(
        state(&[whole("hold-2011"), damaged("absent-2012")], at),
        S::OnHold,
        "lifts nothing"
    );
    let at = day(2012, 2);
    let (base, removal) = ("hold-2012", "delta-removal");
    assert_eq!(state(&[whole(base), whole(removal)], at), S::Good);
    assert_eq!(state(&[whole(base), damaged(removal)], at), S::OnHold, "nor does a removal");
    assert_eq!(state(&[damaged(base), whole(removal)], at), S::OnHold, "nor is it a base");
    let absent = [whole("delta-absent"), damaged("absent-2012")];
    assert_eq!(state(&absent, at), S::Unknown, "for nobody");
}

#[test]
fn rule_22_entry_without_a_date_counts_from_the_beginning_of_its_certificate_on() {
    let (mut bytes, date) = (der("crl", "revoked-2012"), b"120301000000Z");
    let at = bytes.windows(date.len()).position(|it| it == date).unwrap();
    bytes[at] = b'x';
    let (file, leaf) = (RevocationFile::read(&bytes, RevocationKind::Lists), certificate("leaf"));
    let told: Vec<_> = lists::entries_about(&file.lists[0], &leaf).collect();
    let [told] = told[..] else { panic!("{told:?}") };
    assert_eq!(told.revoked_unix_s, leaf.not_before_unix_s);
    assert_eq!(told.reason, RevocationReason::KeyCompromise);
}
