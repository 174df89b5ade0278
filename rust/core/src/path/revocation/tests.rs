//! RULES 22 line by line, on a leaf of 2010 to 2014 and what lists and responses say of it (tests/data/revocation).

use super::super::cache::{PathCache, SetId};
use super::super::rules::{PathRules, Purpose};
use super::super::{PathOutcome, PathRequest, build_path};
use super::*;
use crate::trust::revocation::{RevocationFile, RevocationKind};
use crate::verdict::facts::ChainResult;
use crate::verdict::sunset::{KeySunset, SunsetTable};
use crate::x509::certificate::AuthorityKeyIdentifier;
use crate::x509::certificate::{CertificateDefect, KeyUsage, parse_certificate};
use crate::x509::crl::CertificateList;
use crate::x509::crl_entry::Revoked;
use crate::x509::ocsp::{BasicResponse, CertStatus, ResponderId};
use RevocationState as S;
use proptest::prelude::*;
use smimebatch_crypto::digest;

const OBJECTS: &str = include_str!("../../../../../tests/data/revocation/objects.txt");

fn der(kind: &str, label: &str) -> Vec<u8> {
    let start = format!("{kind} {label} ");
    let line = OBJECTS.lines().find_map(|line| line.strip_prefix(&start)).expect(label);
    (0..line.len() / 2)
        .map(|at| u8::from_str_radix(&line[2 * at..2 * at + 2], 16).unwrap())
        .collect()
}

fn certificate(label: &str) -> Arc<Certificate> {
    Arc::new(parse_certificate(&der("cert", label)).unwrap())
}

/// The objects named, lists and responses, among them what says that the CA is not revoked.
fn set(labels: &[&str]) -> RevocationSet {
    let (mut lists, mut responses) = (Vec::new(), Vec::new());
    let with_root = labels.iter().chain(["root-clean"].iter());
    for label in with_root {
        let (kind, word) = if OBJECTS.contains(&format!("crl {label} ")) {
            (RevocationKind::Lists, "crl")
        } else {
            (RevocationKind::Responses, "ocsp")
        };
        let file = RevocationFile::read(&der(word, label), kind);
        assert!(file.skipped.is_empty(), "{label}: {:?}", file.skipped);
        lists.extend(file.lists);
        responses.extend(file.responses);
    }
    RevocationSet::build(lists, responses)
}

/// Unix seconds of a day of a year, near enough.
fn day(year: i64, month: i64) -> i64 {
    let days = (year - 1970) * 365 + (year - 1969) / 4 + (month - 1) * 30 + 14;
    days * 86_400
}

fn rules(mode: RevocationMode, store: Option<Arc<RevocationSet>>) -> PathRules {
    PathRules { revocation: RevocationRules { mode, store }, ..PathRules::DEFAULT }
}

fn trust() -> TrustStore {
    TrustStore::build(vec![Arc::unwrap_or_clone(certificate("root"))], Vec::new())
}

fn outcome(mode: RevocationMode, brought: &RevocationSet, at_unix_s: i64) -> PathOutcome {
    let leaf = certificate("leaf");
    let message = [certificate("ca"), certificate("no-crl-sign"), certificate("other")];
    let request = PathRequest {
        leaf: &leaf,
        inherited_parameters: None,
        message_certificates: &message[..1],
        revocation: brought,
        at_unix_s,
        purpose: Purpose::Mail,
    };
    build_path(&request, &trust(), &rules(mode, None), &SignatureCache::new(1000))
}

fn leaf_status(labels: &[&str], at_unix_s: i64) -> ElementRevocation {
    let outcome = outcome(RevocationMode::IfAvailable, &set(labels), at_unix_s);
    assert_eq!(outcome.revocation.len(), 2, "{:?}", outcome.result);
    outcome.revocation[0].clone()
}

fn leaf_state(labels: &[&str], at_unix_s: i64) -> RevocationState {
    leaf_status(labels, at_unix_s).state
}

#[test]
fn rule_22_permanent_revocation_stands_for_ever_whatever_newer_lists_say() {
    let told = ["revoked-2012", "absent-2013", "good-2015"];
    assert_eq!(leaf_state(&told, day(2013, 2)), S::Revoked);
    for label in ["revoked-2012", "revoked-unspecified", "revoked"] {
        assert_eq!(leaf_state(&[label, "absent-2013"], day(2013, 2)), S::Revoked, "{label}");
    }
    let status = leaf_status(&told, day(2013, 2));
    assert_eq!(status.reason, Some(RevocationReason::KeyCompromise));
    let told = RevocationFile::read(&der("crl", "revoked-2012"), RevocationKind::Lists);
    let list = &told.lists[0];
    assert_eq!(status.source_sha256, Some(list.signed.sha256));
    assert_eq!(status.this_update_unix_s, Some(list.this_update_unix_s));
    assert_eq!(status.next_update_unix_s, list.next_update_unix_s);
}

#[test]
fn rule_22_control_time_decides_whether_it_was_revoked_then() {
    // Revoked on 2012-03-01.
    assert_eq!(leaf_state(&["revoked-2012"], day(2012, 2)), S::Good);
    assert_eq!(leaf_state(&["revoked-2012"], day(2012, 4)), S::Revoked);
    assert_eq!(leaf_state(&["revoked"], day(2012, 2)), S::Good);
    let status = leaf_status(&["revoked-2012"], day(2012, 2));
    assert!(status.revoked_unix_s.unwrap() > day(2012, 2), "that it was revoked later is told");
    // The invalidity date is earlier: 2011-03-01.
    assert_eq!(leaf_state(&["revoked-invalid"], day(2011, 2)), S::Good);
    assert_eq!(leaf_state(&["revoked-invalid"], day(2011, 4)), S::Revoked);
    assert!(leaf_status(&["revoked-invalid"], day(2011, 4)).invalid_unix_s.is_some());
}

#[test]
fn rule_22_later_revocation_is_told_whichever_list_said_that_all_was_well_then() {
    let told = [["absent-2012", "revoked-2012"], ["good-2012", "revoked-2012"]];
    // One that is newer than the revocation and leaves it out decides; the revocation is told all the same.
    for labels in told.into_iter().chain([["absent-2013", "revoked-2012"]]) {
        let status = leaf_status(&labels, day(2012, 1));
        assert_eq!(status.state, S::Good, "{labels:?}");
        assert!(status.revoked_unix_s.is_some_and(|it| it > day(2012, 1)), "{labels:?}");
        assert_eq!(status.reason, Some(RevocationReason::KeyCompromise), "{labels:?}");
    }
}

#[test]
fn rule_22_absence_counts_only_from_the_control_time_on_or_while_current() {
    assert_eq!(leaf_state(&["absent-2012"], day(2012, 3)), S::Good, "current then");
    assert_eq!(leaf_state(&["absent-2012"], day(2011, 3)), S::Good, "newer than then");
    assert_eq!(leaf_state(&["absent-2012"], day(2012, 9)), S::Stale, "no longer current");
    assert_eq!(leaf_state(&["good-2012"], day(2012, 1)), S::Good);
    assert_eq!(leaf_state(&["good-2012"], day(2012, 3)), S::Stale);
    assert_eq!(leaf_state(&["good-no-next"], day(2011, 3)), S::Good);
    assert_eq!(leaf_state(&["good-no-next"], day(2012, 3)), S::Stale);
    assert_eq!(leaf_state(&[], day(2012, 3)), S::Unknown);
    assert_eq!(leaf_state(&["unknown"], day(2012, 1)), S::Unknown);
}

#[test]
fn rule_22_absence_after_the_certificate_expired_counts_only_if_expired_ones_are_kept() {
    let at = day(2013, 6);
    assert_eq!(leaf_state(&["absent-2015"], at), S::Stale);
    assert_eq!(leaf_state(&["absent-2015-archive"], at), S::Good);
    assert_eq!(leaf_state(&["good-2015"], at), S::Stale);
    assert_eq!(leaf_state(&["good-2015-cutoff"], at), S::Good);
}

#[test]
fn rule_22_hold_is_lifted_by_a_later_list_or_by_remove_from_crl_and_by_nothing_else() {
    assert_eq!(leaf_state(&["hold-2011"], day(2011, 4)), S::Good, "before it began");
    assert_eq!(leaf_state(&["hold-2011"], day(2011, 7)), S::OnHold);
    assert_eq!(leaf_state(&["hold-2011"], day(2012, 3)), S::OnHold, "nothing lifted it");
    assert_eq!(leaf_state(&["hold-2011", "absent-2011"], day(2011, 7)), S::OnHold, "older");
    assert_eq!(leaf_state(&["hold-2011", "absent-2012"], day(2012, 3)), S::Good);
    assert_eq!(leaf_state(&["hold-2011", "absent-2012"], day(2011, 7)), S::OnHold, "still then");
    assert_eq!(leaf_state(&["hold-2011", "wrong-key"], day(2012, 3)), S::OnHold, "forged");
    assert_eq!(leaf_state(&["hold-2011", "some-reasons"], day(2012, 3)), S::OnHold, "not of holds");
    assert_eq!(leaf_state(&["hold"], day(2012, 7)), S::OnHold);
    assert_eq!(leaf_state(&["hold", "good-after-hold"], day(2012, 9)), S::Good);
    let removed = ["hold-2012", "delta-removal"];
    assert_eq!(leaf_state(&removed, day(2012, 2)), S::Good);
    assert_eq!(leaf_state(&["hold-2012"], day(2012, 2)), S::OnHold);
    assert_eq!(leaf_state(&["hold-2011", "delta-removal"], day(2012, 2)), S::OnHold, "no base");
}

/// A list that says something else than what was signed.
fn list(label: &str, change: impl FnOnce(&mut CertificateList)) -> Arc<CertificateList> {
    let file = RevocationFile::read(&der("crl", label), RevocationKind::Lists);
    let mut list = (*file.lists[0]).clone();
    change(&mut list);
    Arc::new(list)
}

fn state_by_lists(mut lists: Vec<Arc<CertificateList>>, at_unix_s: i64) -> RevocationState {
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
fn rule_22_list_or_response_of_another_signer_says_nothing() {
    let at = day(2012, 7);
    for labels in [["revoked-wrong-key"], ["other-issuer"]] {
        assert_eq!(leaf_state(&labels, at), S::Unknown, "{labels:?}");
    }
    let at = day(2012, 1);
    for label in ["wrong-key", "good-wrong-key", "good-no-usage", "good-stranger", "good-forged"] {
        assert_eq!(leaf_state(&[label], at), S::Unknown, "{label}");
    }
    for label in ["good-2012", "good-2012-sha256", "good-delegated", "good-checked"] {
        assert_eq!(leaf_state(&[label], at), S::Good, "{label}");
    }
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

#[test]
fn rule_22_responder_that_is_revoked_is_not_believed() {
    let at = day(2012, 1);
    // The lists are of some reasons only, so that they do not speak for the leaf by themselves.
    assert_eq!(leaf_state(&["good-checked"], at), S::Good);
    assert_eq!(leaf_state(&["good-checked", "checked-revoked"], at), S::Unknown);
    assert_eq!(leaf_state(&["good-checked", "responder-revoked"], at), S::Good);
    // Revoked for a key compromise: that it is not to be checked helps its old answers no more.
    assert_eq!(leaf_state(&["good-delegated", "responder-revoked"], at), S::Unknown, "nocheck");
}

#[test]
fn rule_22_what_a_delegate_said_before_his_key_was_stolen_stands_against_and_never_for() {
    // Both keys are of others since 2011.
    let told = day(2010, 6);
    let state = |label: &str, theft: Option<&str>, status: CertStatus| {
        let file = RevocationFile::read(&der("ocsp", label), RevocationKind::Responses);
        let mut response = (*file.responses[0]).clone();
        response.produced_unix_s = told;
        let single = &mut response.responses[0];
        (single.status, single.this_update_unix_s) = (status, told);
        let lists = ["root-clean"].into_iter().chain(theft).map(|label| list(label, |_| {}));
        let brought = RevocationSet::build(lists.collect(), vec![Arc::new(response)]);
        outcome(RevocationMode::IfAvailable, &brought, told).revocation[0].state
    };
    let reason = RevocationReason::KeyCompromise;
    let is_reason_said = true;
    let revoked = Revoked { revoked_unix_s: told, reason, is_reason_said, invalid_unix_s: None };
    let thefts = [("good-checked", "checked-revoked"), ("good-delegated", "responder-revoked")];
    for (label, theft) in thefts {
        assert_eq!(state(label, None, CertStatus::Good), S::Good, "{label}");
        assert_eq!(state(label, Some(theft), CertStatus::Good), S::Unknown, "{label}");
        for theft in [None, Some(theft)] {
            assert_eq!(state(label, theft, CertStatus::Revoked(revoked)), S::Revoked, "{label}");
        }
    }
    let (label, theft) = ("good-checked", Some("responder-revoked"));
    assert_eq!(state(label, theft, CertStatus::Good), S::Good, "another's theft");
}

/// What a path comes to by a delegate's response of 2012, where the delegate's certificate says something else.
fn delegated(at_unix_s: i64, change: impl Fn(&mut Certificate)) -> PathOutcome {
    let read = |kind, word, label| RevocationFile::read(&der(word, label), kind);
    let mut response =
        (*read(RevocationKind::Responses, "ocsp", "good-delegated").responses[0]).clone();
    let changed = response.certificates.iter().map(|certificate| {
        let mut certificate = Certificate::clone(certificate);
        change(&mut certificate);
        Arc::new(certificate)
    });
    response.certificates = changed.collect();
    let lists = read(RevocationKind::Lists, "crl", "root-clean").lists;
    let brought = RevocationSet::build(lists, vec![Arc::new(response)]);
    outcome(RevocationMode::IfAvailable, &brought, at_unix_s)
}

#[test]
fn rule_24_outcome_holds_no_longer_than_the_certificate_of_the_responder() {
    let at = day(2012, 1);
    let end = delegated(at, |it| it.not_after_unix_s = at + 1_000).interval;
    assert!(end.contains(at + 1_000) && !end.contains(at + 1_001));
    let begin = delegated(at, |it| it.not_before_unix_s = at - 1_000).interval;
    assert!(begin.contains(at - 1_000) && !begin.contains(at - 1_001));
}

#[test]
fn rule_23_responder_that_speaks_of_itself_is_asked_a_bounded_number_of_times() {
    let brought = set(&["good-checked", "good-of-itself"]);
    let outcome = outcome(RevocationMode::IfAvailable, &brought, day(2012, 1));
    assert_eq!((outcome.result, outcome.revocation[0].state), (ChainResult::Ok, S::Good));
    let rounds = u32::from(limits::REVOCATION_DEPTH) + 1;
    assert!(outcome.signature_checks <= 6 + 6 * rounds, "{}", outcome.signature_checks);
}

#[test]
fn rule_22_responder_is_asked_about_its_own_certificate_first() {
    // The response is of 2012-01-01, and counts a fortnight later.
    let at = day(2012, 1);
    let state = |change: &dyn Fn(&mut Certificate)| delegated(at, change).revocation[0].state;
    assert_eq!(state(&|_| {}), S::Good);
    assert_eq!(state(&|it| it.not_after_unix_s = at), S::Good, "its last second");
    assert_eq!(state(&|it| it.not_after_unix_s = at - 1), S::Unknown);
    assert_eq!(state(&|it| it.not_before_unix_s = at), S::Good, "its first second");
    assert_eq!(state(&|it| it.not_before_unix_s = at + 1), S::Unknown);
    let usage = |usage| move |it: &mut Certificate| it.key_usage = Some(usage);
    assert_eq!(state(&usage(KeyUsage::DIGITAL_SIGNATURE)), S::Good);
    assert_eq!(state(&usage(KeyUsage::NON_REPUDIATION)), S::Good);
    assert_eq!(state(&usage(KeyUsage::CRL_SIGN)), S::Unknown);
    let unknown = |it: &mut Certificate| it.unprocessed_critical.push([0x2a, 3].into());
    assert_eq!(state(&unknown), S::Unknown);
    let defect = <CertificateDefect as crate::codes::Code>::ALL[0];
    assert_eq!(state(&|it| it.defects.insert(defect)), S::Unknown);
}

#[test]
fn rule_22_response_about_another_issuers_certificate_or_with_what_is_not_known_says_nothing() {
    let state = |change: &dyn Fn(&mut BasicResponse)| {
        let file = RevocationFile::read(&der("ocsp", "good-2012"), RevocationKind::Responses);
        let mut response = (*file.responses[0]).clone();
        change(&mut response);
        let brought = RevocationSet::build(Vec::new(), vec![Arc::new(response)]);
        outcome(RevocationMode::IfAvailable, &brought, day(2012, 1)).revocation[0].state
    };
    assert_eq!(state(&|_| {}), S::Good);
    assert_eq!(state(&|it| it.has_unknown_critical = true), S::Unknown);
    assert_eq!(state(&|it| it.responses[0].has_unknown_critical = true), S::Unknown);
    assert_eq!(state(&|it| it.responses[0].certificate.issuer_key_hash[0] ^= 1), S::Unknown);
    assert_eq!(state(&|it| it.responses[0].certificate.issuer_name_hash[0] ^= 1), S::Unknown);
}

#[test]
fn rule_22_revoked_hold_of_1970_means_not_issued() {
    assert_eq!(leaf_state(&["not-issued"], day(2012, 1)), S::Revoked);
    assert_eq!(leaf_state(&["not-issued", "absent-2013"], day(2013, 1)), S::Revoked, "no hold");
    let reason = leaf_status(&["not-issued"], day(2012, 1)).reason;
    assert_eq!(reason, Some(RevocationReason::NotIssued));
    // After the certificate has expired the responder may have forgotten it.
    assert_eq!(leaf_state(&["not-issued-2015"], day(2013, 6)), S::Unknown);
}

#[test]
fn revoked_ca_refuses_the_path_and_is_told_apart() {
    let brought = set(&["root-revoked", "absent-2013"]);
    let outcome = outcome(RevocationMode::IfAvailable, &brought, day(2013, 2));
    assert_eq!(outcome.result, ChainResult::Revoked);
    assert_eq!(outcome.revocation_state, S::RevokedCa);
    assert_eq!(outcome.revocation[1].state, S::RevokedCa);
}

#[test]
fn modes_differ_in_what_unknown_means() {
    use RevocationMode::{IfAvailable, Off, Required};
    let at = day(2012, 3);
    let result = |mode, labels: &[&str]| {
        let outcome = outcome(mode, &set(labels), at);
        (outcome.result, outcome.revocation_state)
    };
    assert_eq!(result(Off, &["revoked-2012"]), (ChainResult::Ok, S::NotChecked));
    assert_eq!(result(IfAvailable, &[]), (ChainResult::Ok, S::Unknown));
    assert_eq!(result(Required, &[]), (ChainResult::RevocationUnknown, S::Unknown));
    assert_eq!(result(Required, &["absent-2011"]), (ChainResult::RevocationUnknown, S::Stale));
    assert_eq!(result(Required, &["absent-2012"]), (ChainResult::Ok, S::Good));
    for mode in [IfAvailable, Required] {
        assert_eq!(result(mode, &["revoked-invalid"]), (ChainResult::Revoked, S::Revoked));
        assert_eq!(result(mode, &["hold-2011"]), (ChainResult::Revoked, S::OnHold));
    }
}

#[test]
fn rule_24_list_of_one_message_neither_helps_nor_hurts_another() {
    let (revoked, good) = (set(&["revoked-invalid"]), set(&["absent-2012"]));
    let none = RevocationSet::none();
    let (leaf, message) = (certificate("leaf"), [certificate("ca")]);
    let rules = rules(RevocationMode::Required, None);
    let cache = PathCache::new(Arc::new(trust()), rules, 1000);
    let result = |revocation| {
        let at_unix_s = day(2012, 3);
        let request = PathRequest {
            leaf: &leaf,
            inherited_parameters: None,
            message_certificates: &message,
            revocation,
            at_unix_s,
            purpose: Purpose::Mail,
        };
        cache.build_path(&request, SetId::of(&message)).result
    };
    for _ in 0..2 {
        assert_eq!(result(&revoked), ChainResult::Revoked);
        assert_eq!(result(none), ChainResult::RevocationUnknown);
        assert_eq!(result(&good), ChainResult::Ok);
    }
}

#[test]
fn rule_23_forged_lists_end_in_budget_and_cost_no_more() {
    let forged = RevocationFile::read(&der("crl", "revoked-wrong-key"), RevocationKind::Lists);
    let bytes = &forged.lists[0].signed.der;
    let many = (0..=u8::MAX).map(|octet| {
        let mut bytes = bytes.to_vec();
        *bytes.last_mut().unwrap() = octet;
        let file = RevocationFile::read(&bytes, RevocationKind::Lists);
        Arc::clone(&file.lists[0])
    });
    let brought = RevocationSet::build(many.collect(), Vec::new());
    let outcome = outcome(RevocationMode::IfAvailable, &brought, day(2012, 7));
    assert_eq!(outcome.result, ChainResult::Budget);
    assert_eq!(outcome.signature_checks, limits::PATH_SIGNATURE_CHECKS);
}

#[test]
fn rule_22_responder_is_found_among_the_certificates_at_hand_too() {
    let leaf = certificate("leaf");
    let whole = RevocationFile::read(&der("ocsp", "good-delegated"), RevocationKind::Responses);
    let whole = Arc::clone(&whole.responses[0]);
    let bare = Arc::new(BasicResponse { certificates: Vec::new(), ..(*whole).clone() });
    let root = RevocationFile::read(&der("crl", "root-clean"), RevocationKind::Lists);
    let brought = RevocationSet::build(root.lists, vec![bare]);
    let (responder, stranger) = (&whole.certificates[0], certificate("not-issued-here"));
    let state = |message: &[&Arc<Certificate>], store: &[&Arc<Certificate>], at_unix_s| {
        let store = store.iter().map(|it| (***it).clone()).collect();
        let trust = TrustStore::build(vec![Arc::unwrap_or_clone(certificate("root"))], store);
        let ca = certificate("ca");
        let message: Vec<_> = [&ca].iter().chain(message).map(|it| Arc::clone(it)).collect();
        let request = PathRequest {
            leaf: &leaf,
            inherited_parameters: None,
            message_certificates: &message,
            revocation: &brought,
            at_unix_s,
            purpose: Purpose::Mail,
        };
        let rules = rules(RevocationMode::IfAvailable, None);
        build_path(&request, &trust, &rules, &SignatureCache::new(1000)).revocation[0].state
    };
    let at = day(2012, 1);
    assert_eq!(state(&[], &[], at), S::Unknown);
    assert_eq!(state(&[responder], &[], at), S::Good);
    assert_eq!(state(&[], &[responder], at), S::Good);
    assert_eq!(state(&[responder], &[responder], at), S::Good);
    assert_eq!(state(&[&stranger], &[&stranger], at), S::Unknown);
    // One that somebody else made, and one that is not for responses.
    let root = certificate("root").subject.clone();
    let other = Certificate { issuer: root, ..(**responder).clone() };
    let mute = Certificate { extended_key_usage: None, ..(**responder).clone() };
    for one in [other, mute] {
        assert_eq!(state(&[&Arc::new(one)], &[], at), S::Unknown);
    }
}

#[test]
fn rule_23_responders_and_responses_for_others_take_nothing_from_the_budget_of_a_chain() {
    let whole = RevocationFile::read(&der("ocsp", "good-delegated"), RevocationKind::Responses);
    let whole = &whole.responses[0];
    let named = |number: u32| ResponderId::ByName(number.to_be_bytes().into());
    let sha256 = |number: u32| [[0; 28].as_slice(), &number.to_be_bytes()].concat();
    let numbered = |number: u32, mut response: BasicResponse| {
        response.signed.sha256 = sha256(number).try_into().unwrap();
        Arc::new(response)
    };
    let bare = BasicResponse { certificates: Vec::new(), ..(**whole).clone() };
    // By nobody, about the leaf; and about certificates of another CA with the leaf's number.
    let forged = (0..200)
        .map(|number| numbered(number, BasicResponse { responder: named(number), ..bare.clone() }));
    let considered = u32::try_from(limits::REVOCATION_CONSIDERED).unwrap();
    let elsewhere = (200..200 + 2 * considered).map(|number| {
        let mut response = bare.clone();
        response.responses[0].certificate.issuer_key_hash = [7; 20].into();
        numbered(number, response)
    });
    let root = RevocationFile::read(&der("crl", "root-clean"), RevocationKind::Lists);
    let honest = Arc::new(bare.clone());
    let responses = forged.chain(elsewhere).chain([honest]).collect();
    let store = Arc::new(RevocationSet::build(root.lists, responses));
    // For responses, and none of those that made one.
    let responder = &whole.certificates[0];
    let strangers = (0..2_000_u32).map(|number| Certificate {
        sha256: sha256(number).try_into().unwrap(),
        subject: certificate("leaf").subject.clone(),
        ..(**responder).clone()
    });
    let at_hand = strangers.chain([(**responder).clone()]).collect();
    let trust = TrustStore::build(vec![Arc::unwrap_or_clone(certificate("root"))], at_hand);
    let (leaf, message) = (certificate("leaf"), [certificate("ca")]);
    let request = PathRequest {
        leaf: &leaf,
        inherited_parameters: None,
        message_certificates: &message,
        revocation: RevocationSet::none(),
        at_unix_s: day(2012, 1),
        purpose: Purpose::Mail,
    };
    let rules = rules(RevocationMode::Required, Some(store));
    let outcome = build_path(&request, &trust, &rules, &SignatureCache::new(1000));
    assert_eq!((outcome.result, outcome.revocation[0].state), (ChainResult::Ok, S::Good));
}

/// The algorithms that the state of the leaf rests on, and whether the path does.
fn backing(mode: RevocationMode, labels: &[&str], at_unix_s: i64) -> (Vec<String>, bool) {
    let outcome = outcome(mode, &set(labels), at_unix_s);
    let backing = &outcome.revocation[0].backing;
    let all = [digest::Algorithm::Sha1, digest::Algorithm::Sha256].map(|it| (it, 0)).to_vec();
    let key = |algorithm: &str| KeySunset {
        algorithm: algorithm.into(),
        below_bits: 100_000,
        good_until_unix_s: 0,
    };
    let table = SunsetTable::new(all, vec![key("rsa"), key("ec")]);
    let name = |it: &Ingredient| it.ageing(&table).unwrap().algorithm.into_owned();
    (backing.algorithms.iter().map(|(it, _)| name(it)).collect(), backing.decides)
}

#[test]
fn rule_15_state_rests_on_what_gave_it_and_on_whoever_signed_that() {
    use RevocationMode::{IfAvailable, Required};
    let of = |labels: &[&str], at| backing(Required, labels, at).0;
    let own = of(&["absent-2012"], day(2012, 3));
    assert_eq!(own.len(), 2, "a list made later is by the issuer's key of that day: {own:?}");
    assert_eq!(of(&["good-2012"], day(2012, 1)).len(), 2);
    let delegated = of(&["good-delegated"], day(2012, 1));
    assert_eq!(delegated.len(), 4, "response, delegate's certificate, both keys: {delegated:?}");
    assert_eq!(of(&["delta-absent", "absent-2012"], day(2012, 9)).len(), 4, "delta and base");
    assert_eq!(of(&["some-reasons", "rest-reasons"], day(2012, 3)).len(), 4, "half each");
    assert_eq!(of(&["absent-2012", "wrong-key", "good-wrong-key"], day(2012, 3)).len(), 2);
    assert_eq!(of(&["hold-2011", "absent-2012"], day(2012, 3)).len(), 4, "what lifted it, too");
    assert_eq!(of(&["hold-2011"], day(2011, 7)).len(), 2);
    assert_eq!(of(&["revoked-2012", "absent-2013"], day(2013, 2)).len(), 2);
    for labels in [&["absent-2011"][..], &["delta-far", "absent-2012"], &["wrong-key"]] {
        assert_eq!(
            of(labels, day(2012, 9)),
            [""; 0],
            "neither stale nor unknown rests on anything"
        );
    }
    let decides = |mode, labels: &[&str], at| backing(mode, labels, at).1;
    assert!(decides(Required, &["absent-2012"], day(2012, 3)));
    assert!(!decides(IfAvailable, &["absent-2012"], day(2012, 3)), "it would pass without");
    assert!(decides(IfAvailable, &["revoked-2012"], day(2013, 2)));
    assert!(decides(IfAvailable, &["hold-2011"], day(2011, 7)));
    let lifted = ["hold-2011", "absent-2012"];
    assert!(decides(IfAvailable, &lifted, day(2012, 3)), "it would be on hold without");
}

#[test]
fn rule_23_lists_looked_at_are_counted_whether_they_are_of_the_certificate_or_not() {
    let elsewhere = RevocationFile::read(&der("crl", "elsewhere"), RevocationKind::Lists);
    let bytes = &elsewhere.lists[0].signed.der;
    let many = |count: usize| {
        let lists = (0..count).map(|number| {
            let mut bytes = bytes.to_vec();
            let last = bytes.last_chunk_mut::<2>().unwrap();
            *last = u16::try_from(number).unwrap().to_be_bytes();
            Arc::clone(&RevocationFile::read(&bytes, RevocationKind::Lists).lists[0])
        });
        let brought = RevocationSet::build(lists.collect(), Vec::new());
        outcome(RevocationMode::IfAvailable, &brought, day(2012, 3)).result
    };
    assert_eq!(many(limits::REVOCATION_CONSIDERED), ChainResult::Ok);
    assert_eq!(many(limits::REVOCATION_CONSIDERED + 1), ChainResult::Budget);
}

/// Everything there is that is about the leaf or its CA.
fn all_labels() -> Vec<&'static str> {
    let labels = OBJECTS.lines().filter(|line| !line.starts_with("cert "));
    labels.filter_map(|line| line.split(' ').nth(1)).collect()
}

proptest! {
    #[test]
    fn rule_24_outcome_holds_in_its_whole_interval_and_whoever_brought_it(
        picks in proptest::collection::vec(any::<prop::sample::Index>(), 0..6),
        month in 0_i64..84, required: bool, shares: f64,
    ) {
        let all = all_labels();
        let labels: Vec<&str> = picks.iter().map(|pick| *pick.get(&all)).collect();
        let at = day(2010 + month / 12, 1 + month % 12);
        let mode = if required { RevocationMode::Required } else { RevocationMode::IfAvailable };
        let brought = set(&labels);
        let first = outcome(mode, &brought, at);
        prop_assert!(first.interval.contains(at));
        let told = |it: &PathOutcome| (it.result, it.revocation_state, it.revocation.clone());
        let until = first.interval.until_unix_s.min(day(2020, 1));
        let from = first.interval.from_unix_s.max(day(2005, 1));
        let inside = from + ((until - 1 - from) as f64 * shares.abs().fract()) as i64;
        for other in [from, until - 1, inside] {
            let again = outcome(mode, &brought, other);
            prop_assert_eq!(told(&again), told(&first), "{:?} at {} and {}", labels, at, other);
        }
        let mut reversed = labels.clone();
        reversed.reverse();
        prop_assert_eq!(told(&outcome(mode, &set(&reversed), at)), told(&first));
        let rules = rules(mode, Some(Arc::new(brought)));
        let (leaf, message) = (certificate("leaf"), [certificate("ca")]);
        let request = PathRequest {
            leaf: &leaf, inherited_parameters: None, message_certificates: &message,
            revocation: RevocationSet::none(), at_unix_s: at, purpose: Purpose::Mail,
        };
        let signatures = SignatureCache::new(0);
        let given = build_path(&request, &trust(), &rules, &signatures);
        prop_assert_eq!(told(&given), told(&first));
        prop_assert_eq!(given.signature_checks, first.signature_checks);
    }
}
