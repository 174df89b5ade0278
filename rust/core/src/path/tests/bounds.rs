//! Loops, meshes and crowds end, and their order depends on bytes alone (RULES 23, 24).

use super::*;

#[test]
fn rule_23_loop_ends() {
    let outcome = build_at("leaf_by_loop", &["loop_a", "loop_b"], &["root"], summer(2025));
    assert_eq!(outcome.result, ChainResult::NoPath);
}

#[test]
fn rule_23_depth_of_sixteen_is_the_last() {
    let ladder: Vec<String> = (1..=16).map(|depth| format!("deep_{depth}")).collect();
    let ladder: Vec<&str> = ladder.iter().map(String::as_str).collect();
    // Leaf, fourteen CAs and the root are sixteen.
    assert_eq!(result_of("leaf_by_deep_14", &ladder, &["root"]), ChainResult::Ok);
    assert_eq!(result_of("leaf_by_deep_15", &ladder, &["root"]), ChainResult::Budget);
}

#[test]
fn rule_23_ten_thousand_issuers_of_one_name_end_in_budget() {
    let trust = TrustStore::build(several(&["root"]), Vec::new());
    let bomb = copies("intermediate_other_key", 10_000, true);
    let message: Vec<_> = bomb.into_iter().map(Arc::new).collect();
    let request = PathRequest {
        leaf: &Arc::new(one("leaf")),
        inherited_parameters: None,
        message_certificates: &message,
        revocation: RevocationSet::none(),
        at_unix_s: summer(2025),
        purpose: Purpose::Mail,
    };
    let outcome = build_path(&request, &trust, &PathRules::DEFAULT, &SignatureCache::new(1000));
    assert_eq!(outcome.result, ChainResult::Budget);
    assert_eq!(outcome.chain.len(), 1);
}

#[test]
fn rule_23_mesh_of_cas_that_certify_each_other_ends_in_budget() {
    let trust = TrustStore::build(several(&["other_root"]), Vec::new());
    // Self-issued and rightly signed by each other: they share the key, but do not look as if.
    let mut mesh = copies("intermediate_rolled_over", 1_000, true);
    for certificate in &mut mesh {
        certificate.key = one("intermediate").key;
    }
    let message: Vec<_> = mesh.into_iter().map(Arc::new).collect();
    let request = PathRequest {
        leaf: &Arc::new(one("leaf")),
        inherited_parameters: None,
        message_certificates: &message,
        revocation: RevocationSet::none(),
        at_unix_s: summer(2025),
        purpose: Purpose::Mail,
    };
    let outcome = build_path(&request, &trust, &PathRules::DEFAULT, &SignatureCache::new(1000));
    assert_eq!(outcome.result, ChainResult::Budget);
}

#[test]
fn rule_23_each_certificate_looked_at_costs_a_name_comparison() {
    let trust = TrustStore::build(several(&["root", "root_renewed"]), Vec::new());
    let message = shared(&["intermediate", "loop_a", "loop_b"]);
    let mut budget = Budget::whole();
    let issuers = Issuers::new(&message, &trust);
    assert_eq!(issuers.candidates(&one("intermediate"), &mut budget).unwrap().len(), 2);
    let left = limits::PATH_NAME_COMPARISONS as usize - 5;
    budget.spend_name_comparisons(left).unwrap();
    assert!(budget.spend_name_comparisons(1).is_err());
}

#[test]
fn rule_24_right_issuer_is_found_among_many_of_its_name_by_key_identifier() {
    let trust = TrustStore::build(several(&["root"]), Vec::new());
    let mut message: Vec<_> =
        copies("intermediate_other_key", 900, true).into_iter().map(Arc::new).collect();
    message.push(Arc::new(one("intermediate")));
    let request = PathRequest {
        leaf: &Arc::new(one("leaf")),
        inherited_parameters: None,
        message_certificates: &message,
        revocation: RevocationSet::none(),
        at_unix_s: summer(2025),
        purpose: Purpose::Mail,
    };
    let outcome = build_path(&request, &trust, &PathRules::DEFAULT, &SignatureCache::new(1000));
    assert_eq!(outcome.result, ChainResult::Ok);
}

#[test]
fn rule_24_warm_signature_cache_is_charged_as_if_cold() {
    let trust = TrustStore::build(several(&["root"]), Vec::new());
    let message: Vec<_> =
        copies("intermediate_other_key", 101, true).into_iter().map(Arc::new).collect();
    let request = PathRequest {
        leaf: &Arc::new(one("leaf_without_key_identifiers")),
        inherited_parameters: None,
        message_certificates: &message,
        revocation: RevocationSet::none(),
        at_unix_s: summer(2025),
        purpose: Purpose::Mail,
    };
    let signatures = SignatureCache::new(10_000);
    assert_eq!(
        build_path(&request, &trust, &PathRules::DEFAULT, &signatures).result,
        ChainResult::Budget
    );
    assert_eq!(
        build_path(&request, &trust, &PathRules::DEFAULT, &signatures).result,
        ChainResult::Budget
    );
    let fewer = PathRequest { message_certificates: &message[..100], ..request };
    let result = build_path(&fewer, &trust, &PathRules::DEFAULT, &signatures).result;
    assert_eq!(result, ChainResult::SignatureInvalid);
}

#[test]
fn rule_24_of_two_ways_that_are_equally_bad_the_first_by_bytes_is_told() {
    let trust = TrustStore::build(several(&["root"]), Vec::new());
    let mut message: Vec<_> =
        copies("intermediate_expired", 2, false).into_iter().map(Arc::new).collect();
    for _ in 0..2 {
        message.reverse();
        let request = PathRequest {
            leaf: &Arc::new(one("leaf")),
            inherited_parameters: None,
            message_certificates: &message,
            revocation: RevocationSet::none(),
            at_unix_s: summer(2025),
            purpose: Purpose::Mail,
        };
        let outcome = build_path(&request, &trust, &PathRules::DEFAULT, &SignatureCache::new(1000));
        assert_eq!(outcome.result, ChainResult::Expired);
        assert_eq!(outcome.chain[1].sha256[..4], [0; 4]);
    }
}

#[test]
fn rule_24_candidates_are_the_same_whoever_brought_them_and_in_whatever_order_and_number() {
    let copies = copies("intermediate", 3, true);
    let order = |certificates: &[usize]| -> Vec<Arc<Certificate>> {
        certificates.iter().map(|&it| Arc::new(copies[it].clone())).collect()
    };
    let given = TrustStore::build(several(&["root"]), vec![copies[1].clone()]);
    let brought = TrustStore::build(several(&["root"]), Vec::new());
    let found = |trust: &TrustStore, message: &[Arc<Certificate>]| {
        let mut budget = Budget::whole();
        let candidates = Issuers::new(message, trust).candidates(&one("leaf"), &mut budget);
        let found: Vec<_> = candidates.unwrap().iter().map(|it| it.certificate.sha256).collect();
        let mut all = 0..=limits::PATH_NAME_COMPARISONS;
        let left = all.find(|_| budget.spend_name_comparisons(1).is_err());
        (found, left)
    };
    let sorted: Vec<_> = copies.iter().map(|it| it.sha256).collect();
    for message in [&[0, 1, 2][..], &[2, 1, 0], &[2, 0, 1, 2], &[1, 0, 1, 2, 0]] {
        assert_eq!(found(&brought, &order(message)), found(&brought, &order(&[0, 1, 2])));
        assert_eq!(found(&brought, &order(message)).0, sorted);
        assert_eq!(found(&given, &order(message)).0, sorted, "given too");
    }
    assert_eq!(found(&given, &order(&[2, 0])).0, sorted, "given only");
}

#[test]
fn rule_22_issuers_of_lists_are_those_of_the_name_and_each_certificate_looked_at_is_counted() {
    let trust = TrustStore::build(several(&["root"]), several(&["intermediate_rolled_over"]));
    let message = shared(&["intermediate", "loop_a", "intermediate", "leaf"]);
    let issuers = Issuers::new(&message, &trust);
    let mut budget = Budget::whole();
    let name = one("intermediate").subject;
    let found = issuers.named(&name, &mut budget).unwrap();
    let mut expected: Vec<_> = several(&["intermediate", "intermediate_rolled_over"])
        .iter()
        .filter(|it| it.subject == name)
        .map(|it| it.sha256)
        .collect();
    expected.sort_unstable();
    assert_eq!(found.iter().map(|it| it.sha256).collect::<Vec<_>>(), expected);
    let looked_at = 3 + trust.with_subject_like(&name).len();
    budget.spend_name_comparisons(limits::PATH_NAME_COMPARISONS as usize - looked_at).unwrap();
    assert!(budget.spend_name_comparisons(1).is_err());
}
