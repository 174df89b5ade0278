//! Responders: whose delegates are believed, of whom, and for how long (RFC 6960 §4.2.2.2).

use super::*;

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
