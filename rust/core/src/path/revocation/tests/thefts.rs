//! Thefts told of one certificate of a key: the CA's, of which the root says that it was stolen on 2012-01-01, while another one
//! of its key issues the leaf.

use super::*;

/// What comes of the leaf under the CA's other certificate, with the CA's own at hand after a change.
fn beside(stolen: Vec<Certificate>, labels: &[&str], at_unix_s: i64) -> PathOutcome {
    let leaf = certificate("leaf");
    let stolen = stolen.into_iter().map(Arc::new);
    let message: Vec<_> = [certificate("no-crl-sign")].into_iter().chain(stolen).collect();
    let brought = set(labels);
    let request = PathRequest {
        leaf: &leaf,
        inherited_parameters: None,
        message_certificates: &message,
        revocation: &brought,
        at_unix_s,
        purpose: Purpose::Mail,
    };
    let rules = rules(RevocationMode::IfAvailable, None);
    build_path(&request, &trust(), &rules, &SignatureCache::new(1000))
}

/// The CA's own certificate, of another subject so that no path leads through it.
fn twin() -> Certificate {
    let subject = certificate("leaf").subject.clone();
    Certificate { subject, ..Certificate::clone(&certificate("ca")) }
}

#[test]
fn rule_22_theft_told_of_another_certificate_of_a_key_counts_from_when_it_was() {
    let stolen = |at| beside(vec![twin()], &["root-revoked"], at);
    let after = stolen(day(2012, 2));
    assert_eq!((after.result, after.revocation_state), (ChainResult::Revoked, S::RevokedCa));
    let ca = &after.revocation[1];
    assert_eq!(ca.certificate_sha256, certificate("no-crl-sign").sha256);
    assert_eq!(ca.twin_sha256, Some(certificate("ca").sha256));
    assert_eq!(ca.reason, Some(RevocationReason::CaCompromise));
    assert!(!ca.backing.algorithms.is_empty() && ca.backing.decides);
    let before = stolen(day(2011, 6));
    assert_eq!((before.result, before.revocation[1].state), (ChainResult::Ok, S::Good));
    assert_eq!(before.revocation[1].suspect_unix_s(), ca.revoked_unix_s, "it is told");
    let since = ca.revoked_unix_s.unwrap();
    assert_eq!(before.interval.until_unix_s, since);
    assert_eq!(stolen(since).interval.from_unix_s, since);
    assert_eq!(beside(vec![twin()], &[], day(2012, 2)).result, ChainResult::Ok);
    assert_eq!(beside(Vec::new(), &["root-revoked"], day(2012, 2)).result, ChainResult::Ok);
}

#[test]
fn rule_22_theft_told_of_a_certificate_of_another_key_or_of_nobody_does_not_count() {
    let at = day(2012, 2);
    let result = |twin| beside(vec![twin], &["root-revoked"], at).result;
    assert_eq!(result(twin()), ChainResult::Revoked);
    let other = certificate("other");
    let (key, spki_sha256) = (other.key.clone(), other.spki_sha256);
    let (der, spki) = (Arc::clone(&other.der), other.spki.clone());
    let of_other_key = Certificate { der, spki, key, spki_sha256, ..twin() };
    assert_eq!(result(of_other_key), ChainResult::Ok);
    // Nobody issued it: its signed octets are not what its issuer signed.
    let forged = Certificate { tbs: 0..8, sha256: [7; 32], ..twin() };
    assert_eq!(result(forged), ChainResult::Ok);
    let of_nobody = Certificate { issuer: certificate("other").subject.clone(), ..twin() };
    assert_eq!(result(of_nobody), ChainResult::Ok, "the list is not of its issuer");
}

#[test]
fn rule_23_certificates_of_one_key_are_asked_about_up_to_a_count() {
    let at = day(2012, 2);
    // Forged ones, which the root's list names as well, and at last the true one.
    let forged = |count: usize| {
        let numbers = (1..=count).map(|number| u8::try_from(number).unwrap());
        let forged =
            numbers.map(|number| Certificate { tbs: 0..8, sha256: [number; 32], ..twin() });
        forged.chain([twin()]).collect::<Vec<_>>()
    };
    let outcome = |count| beside(forged(count), &["root-revoked"], at);
    assert_eq!(outcome(20).result, ChainResult::Revoked);
    assert_eq!(outcome(limits::STOLEN_TWINS).result, ChainResult::Budget);
    let idle = beside(forged(200), &["root-clean"], at);
    assert_eq!(idle.result, ChainResult::Ok);
    let alone = beside(Vec::new(), &["root-clean"], at);
    assert_eq!(idle.signature_checks, alone.signature_checks, "of whom nothing is told costs none");
}

#[test]
fn rule_22_of_a_reason_that_is_not_told_the_worst_is_taken_where_nothing_else_would_speak() {
    let word = |is_reason_said, reason| Revoked {
        revoked_unix_s: 10,
        reason,
        is_reason_said,
        invalid_unix_s: Some(5),
    };
    let rules = PathRules::DEFAULT;
    let asked = |purpose| Inquiry::new(&rules, RevocationSet::none(), purpose);
    let mail = asked(Purpose::Mail);
    let untold = word(false, RevocationReason::Unspecified);
    let theft = word(true, RevocationReason::KeyCompromise);
    let strict = [Purpose::TimeStamping, Purpose::Countersignature, Purpose::Vouched].map(asked);
    for inquiry in strict.into_iter().chain([mail.about_an_issuer(Use::For)]) {
        assert!(inquiry.is_theft(&untold) && inquiry.is_theft(&theft));
    }
    for inquiry in [mail, mail.about_an_issuer(Use::Against)] {
        assert!(!inquiry.is_theft(&untold) && inquiry.is_theft(&theft));
    }
    let thefts: Vec<_> = <RevocationReason as crate::codes::Code>::ALL
        .iter()
        .filter(|reason| mail.is_theft(&word(true, **reason)))
        .map(|reason| crate::codes::Code::code(*reason))
        .collect();
    assert_eq!(thefts, ["key_compromise", "ca_compromise", "aa_compromise"]);
    assert_eq!(mail.stolen_unix_s(&theft), 5, "the earlier date");
    assert_eq!(mail.about_an_issuer(Use::For).stolen_unix_s(&theft), 5);
    let against = mail.about_an_issuer(Use::Against).stolen_unix_s(&theft);
    assert_eq!(against, 10, "what he said while nobody had revoked him stands");
}

/// Since when the list of the CA says that the leaf's key was stolen.
fn leaf_stolen_unix_s() -> i64 {
    leaf_status(&["revoked-2012"], day(2012, 4)).revoked_unix_s.unwrap()
}

/// What is told of another certificate of the leaf's key, by the CA's response and of the leaf itself.
fn renewed(own: Option<(i64, RevocationReason)>, at_unix_s: i64) -> ElementRevocation {
    let leaf = certificate("leaf");
    let serial: Box<[u8]> = leaf.serial.iter().map(|it| it ^ 1).collect();
    let file = RevocationFile::read(&der("ocsp", "good-2012"), RevocationKind::Responses);
    let mut response = (*file.responses[0]).clone();
    response.responses[0].certificate.serial = serial.clone();
    if let Some((revoked_unix_s, reason)) = own {
        let said = Revoked { revoked_unix_s, reason, is_reason_said: true, invalid_unix_s: None };
        response.responses[0].status = CertStatus::Revoked(said);
    }
    let lists = ["root-clean", "revoked-2012"].map(|label| list(label, |_| {}));
    let brought = RevocationSet::build(lists.into(), vec![Arc::new(response)]);
    let renewed = Arc::new(Certificate { sha256: [7; 32], serial, ..Certificate::clone(&leaf) });
    let request = PathRequest {
        leaf: &renewed,
        inherited_parameters: None,
        message_certificates: &[certificate("ca"), leaf],
        revocation: &brought,
        at_unix_s,
        purpose: Purpose::Mail,
    };
    let rules = rules(RevocationMode::IfAvailable, None);
    build_path(&request, &trust(), &rules, &SignatureCache::new(1000)).revocation.swap_remove(0)
}

#[test]
fn rule_22_of_two_suspicions_that_are_still_to_come_the_earlier_is_told() {
    use RevocationReason::{KeyCompromise, Superseded};
    let (since, at) = (leaf_stolen_unix_s(), day(2012, 1));
    let twin = Some(certificate("leaf").sha256);
    let told = |own| {
        let status = renewed(own, at);
        assert_eq!(status.state, S::Good);
        (status.twin_sha256, status.revoked_unix_s)
    };
    assert_eq!(told(None), (twin, Some(since)));
    assert_eq!(told(Some((since + 1, KeyCompromise))), (twin, Some(since)));
    assert_eq!(told(Some((since, KeyCompromise))), (None, Some(since)), "of equals its own");
    assert_eq!(told(Some((since - 1, KeyCompromise))), (None, Some(since - 1)));
    assert_eq!(told(Some((since - 1, Superseded))), (twin, Some(since)), "no suspicion");
}

#[test]
fn rule_22_theft_told_of_another_certificate_says_nothing_more_of_one_that_is_revoked() {
    let since = leaf_stolen_unix_s() + 86_400;
    let status = renewed(Some((since, RevocationReason::Superseded)), day(2012, 4));
    assert_eq!((status.state, status.twin_sha256), (S::Revoked, None));
    assert_eq!(
        (status.revoked_unix_s, status.reason),
        (Some(since), Some(RevocationReason::Superseded))
    );
}

#[test]
fn rule_22b_theft_is_told_of_whom_the_operator_vouches_for_where_no_path_leads_anywhere() {
    let leaf = certificate("leaf");
    let issuer = certificate("other").subject.clone();
    let lost = Arc::new(Certificate { sha256: [7; 32], issuer, ..Certificate::clone(&leaf) });
    let told = |mode, purpose| {
        let request = PathRequest {
            leaf: &lost,
            inherited_parameters: None,
            message_certificates: &[certificate("ca"), Arc::clone(&leaf)],
            revocation: &set(&["revoked-2012"]),
            at_unix_s: day(2012, 4),
            purpose,
        };
        let outcome =
            build_path(&request, &trust(), &rules(mode, None), &SignatureCache::new(1000));
        assert_eq!((outcome.result, outcome.chain.len()), (ChainResult::NoPath, 1));
        outcome.revocation.iter().map(|it| (it.state, it.twin_sha256)).collect::<Vec<_>>()
    };
    let available = RevocationMode::IfAvailable;
    assert_eq!(told(available, Purpose::Vouched), [(S::Revoked, Some(leaf.sha256))]);
    assert_eq!(told(RevocationMode::Off, Purpose::Vouched), []);
    assert_eq!(told(available, Purpose::Mail), [], "nobody believes it anyway");
}
