//! RULES 22 line by line, on a leaf of 2010 to 2014 and what lists and responses say of it (tests/data/revocation).

mod anchored;
mod at_hand;
mod bounds;
mod damaged;
mod deltas;
mod responders;
mod thefts;

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
use crate::x509::crl_entry::{RevocationReason, Revoked};
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
    outcome_by(&rules(mode, None), brought, at_unix_s)
}

fn outcome_by(rules: &PathRules, brought: &RevocationSet, at_unix_s: i64) -> PathOutcome {
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
    build_path(&request, &trust(), rules, &SignatureCache::new(1000))
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
fn rule_22_list_of_before_the_control_time_counts_only_until_a_newer_one_is_due() {
    let state = |at_unix_s, now_unix_s| {
        let rules = PathRules { now_unix_s, ..rules(RevocationMode::IfAvailable, None) };
        outcome_by(&rules, &set(&["absent-2012"]), at_unix_s).revocation[0].state
    };
    assert_eq!(state(day(2012, 3), day(2012, 4)), S::Good, "the newest");
    assert_eq!(state(day(2012, 3), day(2012, 9)), S::Stale, "what came since may say otherwise");
    assert_eq!(state(day(2012, 9), day(2012, 4)), S::Stale, "by then one will be due");
    assert_eq!(state(day(2011, 3), day(2015, 1)), S::Good, "newer than the control time");
}

#[test]
fn rule_22_absence_counts_only_from_the_control_time_on_or_while_nothing_newer_is_due() {
    assert_eq!(leaf_state(&["absent-2012"], day(2012, 3)), S::Good, "the newest then");
    assert_eq!(leaf_state(&["absent-2012"], day(2011, 3)), S::Good, "newer than then");
    assert_eq!(leaf_state(&["absent-2012"], day(2012, 9)), S::Stale, "no longer the newest");
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

#[test]
fn rule_22_hold_begins_with_its_first_second() {
    let since = leaf_status(&["hold-2011"], day(2011, 2)).revoked_unix_s.unwrap();
    let announced = list("hold-2011", |it| it.this_update_unix_s = since - 20);
    let state = |lists: &[&Arc<CertificateList>], at_unix_s| {
        let lists = lists.iter().map(|it| Arc::clone(it)).chain([list("root-clean", |_| {})]);
        let brought = RevocationSet::build(lists.collect(), Vec::new());
        outcome(RevocationMode::IfAvailable, &brought, at_unix_s).revocation[0].state
    };
    assert_eq!([since - 1, since].map(|at| state(&[&announced], at)), [S::Good, S::OnHold]);
    // Lifted before it began, by a list that a newer one is due for: who said that it would begin says no more.
    let lifted = list("absent-2012", |it| {
        (it.this_update_unix_s, it.next_update_unix_s) = (since - 10, Some(since - 5));
    });
    let told = [&announced, &lifted];
    assert_eq!([since - 1, since].map(|at| state(&told, at)), [S::Good, S::Stale]);
}

#[test]
fn rule_22_of_what_came_later_that_which_casts_doubt_is_told() {
    let told = |reason| {
        let file = RevocationFile::read(&der("ocsp", "good-2012"), RevocationKind::Responses);
        let mut response = (*file.responses[0]).clone();
        let (revoked_unix_s, is_reason_said) = (day(2012, 6), true);
        let revoked = Revoked { revoked_unix_s, reason, is_reason_said, invalid_unix_s: None };
        response.responses[0].status = CertStatus::Revoked(revoked);
        let lists = ["root-clean", "hold-2011"].map(|label| list(label, |_| {}));
        let brought = RevocationSet::build(lists.into(), vec![Arc::new(response)]);
        let outcome = outcome(RevocationMode::IfAvailable, &brought, day(2011, 2));
        assert_eq!(outcome.revocation[0].state, S::Good);
        outcome.revocation[0].reason
    };
    let hold = Some(RevocationReason::CertificateHold);
    let stolen = RevocationReason::KeyCompromise;
    assert_eq!(told(stolen), Some(stolen), "more than a hold does");
    assert_eq!(told(RevocationReason::Superseded), hold, "which it does, and the other does not");
}

/// A list that says something else than what was signed.
fn list(label: &str, change: impl FnOnce(&mut CertificateList)) -> Arc<CertificateList> {
    let file = RevocationFile::read(&der("crl", label), RevocationKind::Lists);
    let mut list = (*file.lists[0]).clone();
    change(&mut list);
    Arc::new(list)
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
fn rule_22_revoked_hold_of_1970_means_not_issued() {
    assert_eq!(leaf_state(&["not-issued"], day(2012, 1)), S::Revoked);
    assert_eq!(leaf_state(&["not-issued", "absent-2013"], day(2013, 1)), S::Revoked, "no hold");
    let reason = leaf_status(&["not-issued"], day(2012, 1)).reason;
    assert_eq!(reason, Some(RevocationReason::NotIssued));
    // After the certificate has expired the responder may have forgotten it.
    assert_eq!(leaf_state(&["not-issued-2015"], day(2013, 6)), S::Unknown);
    assert_eq!(leaf_state(&["not-issued-2015"], -1), S::Unknown, "before its date, too");
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
fn rule_15_algorithm_is_weak_from_the_second_after_its_last_on() {
    let sunset = SunsetTable::new(vec![(digest::Algorithm::Sha1, 10)], Vec::new());
    let is_weak = |digest, now_unix_s| {
        let rules = PathRules { sunset: sunset.clone(), now_unix_s, ..PathRules::DEFAULT };
        let inquiry = Inquiry::new(&rules, RevocationSet::none(), Purpose::Mail);
        inquiry.is_weak(&Ingredient::Digest(digest))
    };
    let weak = [9, 10, 11].map(|now| is_weak(digest::Algorithm::Sha1, now));
    assert_eq!(weak, [false, false, true]);
    assert!(!is_weak(digest::Algorithm::Sha256, 11));
}

#[test]
fn rule_15_what_cleared_an_issuer_counts_where_it_decides() {
    let algorithms = vec![(Ingredient::Digest(digest::Algorithm::Sha1), 10)];
    let backing = |decides| Backing { algorithms: algorithms.clone(), decides };
    assert_eq!(backing(true).decisive(), algorithms);
    assert_eq!(backing(false).decisive(), []);
}

#[test]
fn inquiry_is_idle_where_nothing_is_asked_or_nothing_could_answer() {
    let is_idle = |mode, store: bool, brought: bool| {
        let rules = rules(mode, store.then(|| Arc::new(set(&[]))));
        let (told, none) = (set(&[]), RevocationSet::none());
        Inquiry::new(&rules, if brought { &told } else { none }, Purpose::Mail).is_idle()
    };
    for (store, brought) in [(false, false), (true, false), (false, true), (true, true)] {
        assert!(is_idle(RevocationMode::Off, store, brought));
        let is_told = store || brought;
        assert_eq!(is_idle(RevocationMode::IfAvailable, store, brought), !is_told);
    }
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
