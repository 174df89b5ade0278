//! Who is at hand with a certain key, or to sign responses, and what it costs to look.

use super::*;

/// Hashes of what is found, and the name comparisons it took.
fn found<'a>(
    look: impl FnOnce(&mut Budget) -> Result<Vec<&'a Arc<Certificate>>, Exceeded>,
) -> (Vec<[u8; 32]>, usize) {
    let mut budget = Budget::whole();
    let found = look(&mut budget).unwrap().iter().map(|it| it.sha256).collect();
    let all = limits::PATH_NAME_COMPARISONS as usize;
    let left = (0..=all).find(|_| budget.spend_name_comparisons(1).is_err()).unwrap();
    (found, all - left)
}

fn trust_and(given: &[&Arc<Certificate>]) -> TrustStore {
    let given = given.iter().map(|it| Certificate::clone(it)).collect();
    TrustStore::build(vec![Arc::unwrap_or_clone(certificate("root"))], given)
}

#[test]
fn rule_22_of_a_key_are_those_with_its_value_whoever_brings_them() {
    let [path, ca, other] = ["no-crl-sign", "ca", "other"].map(certificate);
    let of_key = |given: &[&Arc<Certificate>], message: &[Arc<Certificate>]| {
        let (trust, none) = (trust_and(given), RevocationSet::none());
        let issuers = Issuers::new(message, &trust);
        found(|budget| issuers.of_key(&path, [none, none], budget))
    };
    let brought = [Arc::clone(&other), Arc::clone(&ca), Arc::clone(&path)];
    assert_eq!(of_key(&[], &brought), (vec![ca.sha256], 3));
    assert_eq!(of_key(&[&other, &ca, &path], &[]), (vec![ca.sha256], 2), "by a look-up");
    assert_eq!(of_key(&[&ca, &path], &brought), (vec![ca.sha256], 5), "once");
}

#[test]
fn rule_22_responders_are_those_called_so_who_did_not_come_with_the_response() {
    let whole = RevocationFile::read(&der("ocsp", "good-delegated"), RevocationKind::Responses);
    let response = &whole.responses[0];
    let own = &response.certificates[0];
    let second = Arc::new(Certificate { sha256: [0xff; 32], ..Certificate::clone(own) });
    let trust = trust_and(&[&second]);
    let message = [certificate("leaf"), Arc::clone(own)];
    let issuers = Issuers::new(&message, &trust);
    let known = |known: &[Arc<Certificate>]| {
        found(|budget| issuers.responders(&response.responder, known, budget))
    };
    assert_eq!(known(&[]), (vec![own.sha256, second.sha256], 3));
    assert_eq!(known(&[Arc::clone(own)]), (vec![second.sha256], 3));
    assert_eq!(known(&[Arc::clone(own), second]), (Vec::new(), 3));
}
