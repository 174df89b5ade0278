//! Lists: deltas and their bases, scopes, and who may sign one (RFC 5280 §5.2, §6.3.3).

use super::*;

pub(super) fn state_by_lists(
    mut lists: Vec<Arc<CertificateList>>,
    at_unix_s: i64,
) -> RevocationState {
    lists.push(list("root-clean", |_| {}));
    let brought = RevocationSet::build(lists, Vec::new());
    outcome(RevocationMode::IfAvailable, &brought, at_unix_s).revocation[0].state
}

#[test]
fn rule_22_delta_continues_complete_lists_of_its_kind_from_its_base_on() {
    let delta = list("delta-absent", |_| {});
    let base = |change: &dyn Fn(&mut CertificateList)| {
        lists::continues(&delta, &list("absent-2012", change))
    };
    assert!(base(&|_| {}));
    assert!(!base(&|it| it.issuer = certificate("other").subject.clone()));
    let scope = list("user-only", |_| {}).scope.clone();
    assert!(!base(&|it| it.scope = scope.clone()));
    let key = |octets: &[u8]| AuthorityKeyIdentifier {
        key_identifier: Some(octets.into()),
        issuer: None,
        serial: None,
    };
    assert!(!base(&|it| it.authority_key_identifier = Some(key(b"another"))));
    assert!(!base(&|it| it.base_number = Some([1].into())), "a delta");
    let numbered = |number: Option<u8>| base(&|it| it.number = number.map(|it| [it].into()));
    assert!(numbered(Some(3)) && !numbered(Some(2)) && !numbered(Some(4)) && !numbered(None));
}

#[test]
fn rule_22_delta_mends_no_hold_in_its_base_by_saying_nothing() {
    let at = day(2012, 9);
    // Lifted by a later list that the delta does not continue, and which is no longer current.
    let later = list("absent-2012", |it| {
        it.this_update_unix_s = day(2012, 2);
        it.number = Some([9].into());
    });
    let delta = list("delta-absent", |it| it.next_update_unix_s = Some(day(2012, 10)));
    assert_eq!(state_by_lists(vec![list("hold-2012", |_| {}), later, delta], at), S::Stale);
}

#[test]
fn rule_22_of_two_lists_of_one_time_the_number_says_which_is_later() {
    let state = |number: Option<u8>| {
        let absent = list("absent-2012", |it| it.number = number.map(|it| [it].into()));
        state_by_lists(vec![list("hold-2012", |_| {}), absent], day(2012, 3))
    };
    assert_eq!(state(Some(4)), S::Good);
    for number in [Some(3), Some(2), None] {
        assert_eq!(state(number), S::OnHold, "{number:?}");
    }
}

#[test]
fn rule_22_every_entry_of_a_list_counts() {
    assert_eq!(leaf_state(&["hold-and-revoked"], day(2012, 3)), S::Revoked);
    let twice = ["hold-and-revoked", "hold-2012", "hold-and-revoked"];
    assert_eq!(leaf_state(&twice, day(2012, 3)), S::Revoked);
}

#[test]
fn rule_22_delta_counts_only_with_its_base_but_a_revocation_in_it_stands() {
    let at = day(2012, 9);
    assert_eq!(leaf_state(&["delta-absent"], at), S::Unknown);
    assert_eq!(leaf_state(&["delta-absent", "absent-2012"], at), S::Good);
    assert_eq!(leaf_state(&["delta-far", "absent-2012"], at), S::Stale, "of a later base");
    assert_eq!(leaf_state(&["delta-absent", "hold-2012"], at), S::OnHold);
    assert_eq!(leaf_state(&["delta-revoked", "absent-2012"], at), S::Revoked);
    assert_eq!(leaf_state(&["delta-revoked"], at), S::Revoked);
}

#[test]
fn rule_22_scope_and_unknown_critical_extensions_refuse_a_list() {
    let at = day(2012, 3);
    for label in
        ["unknown-list", "unknown-entry", "ca-only", "attribute-only", "elsewhere", "some-reasons"]
    {
        assert_eq!(leaf_state(&[label], at), S::Unknown, "{label}");
    }
    assert_eq!(leaf_state(&["user-only"], at), S::Good);
    assert_eq!(leaf_state(&["some-reasons", "rest-reasons"], at), S::Good, "all reasons together");
}

#[test]
fn rule_22_issuer_without_crl_sign_signs_no_lists() {
    let leaf = certificate("leaf");
    let brought = set(&["absent-2012"]);
    let state_by = |message: Vec<Arc<Certificate>>| {
        let request = PathRequest {
            leaf: &leaf,
            inherited_parameters: None,
            message_certificates: &message,
            revocation: &brought,
            at_unix_s: day(2012, 3),
            purpose: Purpose::Mail,
        };
        let rules = rules(RevocationMode::IfAvailable, None);
        build_path(&request, &trust(), &rules, &SignatureCache::new(1000)).revocation[0].state
    };
    let state = |labels: &[&str]| state_by(labels.iter().map(|it| certificate(it)).collect());
    assert_eq!(state(&["ca"]), S::Good);
    let usage = Some(KeyUsage::KEY_CERT_SIGN);
    let barred = Certificate { key_usage: usage, ..Certificate::clone(&certificate("ca")) };
    assert_eq!(state_by(vec![certificate("no-crl-sign"), Arc::new(barred)]), S::Unknown);
    // One key; its other certificate would permit it, but is not there.
    assert_eq!(state(&["no-crl-sign"]), S::Unknown);
    // One that nobody issued permits nothing, though its name and key are the CA's.
    assert_eq!(state(&["no-crl-sign", "not-issued-here"]), S::Unknown);
}

#[test]
fn rule_22_issuer_named_in_a_list_that_is_not_indirect_hides_no_revocation() {
    assert_eq!(leaf_state(&["issuer-named"], day(2012, 7)), S::Revoked);
}
