//! Lists and responses that say nothing cost what they are allowed to, and take nothing from a chain (RULES 23).

use super::*;

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
