//! Paths through certificates with one field or another put in: constraints, policies, models, purposes, and shapes that
//! would take a real CA to make.

use super::*;
use crate::limits;
use crate::verdict::sunset::{KeySunset, SunsetTable};
use crate::x509::certificate::{
    AddressKind, CertificateAddress, GeneralName, GeneralSubtree, NameConstraints, OidBytes,
};

#[test]
fn name_constraints_are_applied_critical_or_not() {
    // Permitted is example.org; the leaf has no address, so that it lies inside.
    assert_eq!(result_through("intermediate_name_constraints"), ChainResult::Ok);
    let mut leaf = one("leaf");
    leaf.addresses = vec![CertificateAddress {
        kind: AddressKind::DnEmail,
        text: "a@evil.example".into(),
        contains_nul: false,
    }];
    let request = mail(&Arc::new(leaf), &shared(&["intermediate_name_constraints"]), |request| {
        let trust = TrustStore::build(several(&["root"]), Vec::new());
        build_path(request, &trust, &PathRules::DEFAULT, &SignatureCache::new(1000))
    });
    assert_eq!(request.result, ChainResult::NameConstraints);
}

/// Gives what `then` makes of a request for mail in 2025.
fn mail<T>(
    leaf: &Arc<Certificate>,
    message: &[Arc<Certificate>],
    then: impl FnOnce(&PathRequest<'_>) -> T,
) -> T {
    then(&PathRequest {
        leaf,
        inherited_parameters: None,
        message_certificates: message,
        revocation: RevocationSet::none(),
        at_unix_s: summer(2025),
        purpose: Purpose::Mail,
    })
}

/// Outcome for certificates made for a test, under the root.
fn build_made(
    leaf: Certificate,
    message: Vec<Certificate>,
    rules: &PathRules,
    at_unix_s: i64,
) -> PathOutcome {
    let trust = TrustStore::build(several(&["root"]), Vec::new());
    let message: Vec<_> = message.into_iter().map(Arc::new).collect();
    mail(&Arc::new(leaf), &message, |request| {
        let request = PathRequest { at_unix_s, ..*request };
        build_path(&request, &trust, rules, &SignatureCache::new(1000))
    })
}

#[test]
fn rule_24_outcome_holds_no_longer_than_each_certificate_that_its_model_asks_for() {
    let at = summer(2025);
    let until = |model, change: fn(&mut Certificate, i64)| {
        let (mut leaf, mut ca) = (one("leaf"), one("intermediate"));
        change(&mut ca, at);
        leaf.not_after_unix_s = at + 20;
        let rules = PathRules { model, ..PathRules::DEFAULT };
        let outcome = build_made(leaf, vec![ca], &rules, at);
        assert_eq!(outcome.result, ChainResult::Ok);
        outcome.interval.until_unix_s - at
    };
    let sooner = |ca: &mut Certificate, at| ca.not_after_unix_s = at + 10;
    assert_eq!(until(ChainModel::Shell, sooner), 11);
    assert_eq!(until(ChainModel::Chain, sooner), 21);
    assert_eq!(until(ChainModel::Hybrid, sooner), 21);
    assert_eq!(until(ChainModel::Shell, |_, _| {}), 21);
}

#[test]
fn policy_constraints_are_applied_and_the_policies_told() {
    // requireExplicitPolicy 0, and the leaf has no policies.
    let explicit = result_through("intermediate_policy_constraints");
    assert_eq!(explicit, ChainResult::Policy);
    for label in ["intermediate_policy_mappings", "intermediate_inhibit_any_policy"] {
        assert_eq!(result_through(label), ChainResult::Ok, "{label}");
    }
    let under = |number| Certificate { policies: vec![[0x2a, number].into()], ..one("leaf") };
    let ca = || vec![Certificate { policies: under(3).policies, ..one("intermediate") }];
    let required = PathRules { require_explicit_policy: true, ..PathRules::DEFAULT };
    let at = summer(2025);
    let good = build_made(under(3), ca(), &required, at);
    assert_eq!((good.result, good.policies), (ChainResult::Ok, vec!["1.2.3".to_owned()]));
    let other = build_made(under(4), ca(), &required, at);
    assert_eq!((other.result, other.policies.len()), (ChainResult::Policy, 0));
    let not_required = build_made(under(4), ca(), &PathRules::DEFAULT, at);
    assert_eq!((not_required.result, not_required.policies.len()), (ChainResult::Ok, 0));
}

#[test]
fn another_way_that_keeps_the_constraints_is_found() {
    let narrow = ["intermediate_policy_constraints", "intermediate"];
    assert_eq!(result_of("leaf", &narrow, &["root"]), ChainResult::Ok);
}

/// A certificate whose validity lies between the summers of two years.
fn between(label: &str, from: i64, until: i64) -> Certificate {
    Certificate { not_before_unix_s: summer(from), not_after_unix_s: summer(until), ..one(label) }
}

#[test]
fn chain_models_ask_at_different_times() {
    let ladder = |sub: (i64, i64), intermediate: (i64, i64)| {
        let leaf = between("leaf_by_sub", 2020, 2024);
        let message =
            [between("sub", sub.0, sub.1), between("intermediate", intermediate.0, intermediate.1)];
        [ChainModel::Shell, ChainModel::Chain, ChainModel::Hybrid].map(|model| {
            let rules = PathRules { model, ..PathRules::DEFAULT };
            build_made(leaf.clone(), message.to_vec(), &rules, summer(2023)).result
        })
    };
    use ChainResult::{Expired, NotYetValid, Ok};
    assert_eq!(ladder((2018, 2025), (2016, 2025)), [Ok; 3]);
    assert_eq!(ladder((2018, 2022), (2016, 2025)), [Expired, Ok, Ok], "after it had issued");
    assert_eq!(ladder((2018, 2025), (2016, 2019)), [Expired, Ok, Expired], "before the leaf was");
    assert_eq!(ladder((2018, 2025), (2016, 2017)), [Expired; 3], "when it issued");
    assert_eq!(ladder((2021, 2025), (2016, 2025)), [Ok, NotYetValid, NotYetValid]);
    assert_eq!(ladder((2018, 2025), (2019, 2025)), [Ok, NotYetValid, Ok]);
}

#[test]
fn chain_models_all_ask_for_a_valid_signer_at_the_control_time() {
    for model in [ChainModel::Shell, ChainModel::Chain, ChainModel::Hybrid] {
        let rules = PathRules { model, ..PathRules::DEFAULT };
        let at = |year| {
            let leaf = between("leaf", 2020, 2024);
            build_made(leaf, several(&["intermediate"]), &rules, summer(year))
        };
        assert_eq!(at(2019).result, ChainResult::NotYetValid);
        assert_eq!(at(2022).result, ChainResult::Ok);
        assert_eq!(at(2025).result, ChainResult::Expired);
        assert_eq!(at(2022).interval.until_unix_s, summer(2024) + 1);
    }
}

#[test]
fn rule_22b_time_stamp_authority_is_for_nothing_else_and_says_so_critically() {
    let stamping: OidBytes = b"\x2b\x06\x01\x05\x05\x07\x03\x08".as_slice().into();
    let mail_too: OidBytes = b"\x2b\x06\x01\x05\x05\x07\x03\x04".as_slice().into();
    let result = |leaf: Option<Vec<OidBytes>>, is_critical, ca: Option<Vec<OidBytes>>| {
        let leaf = Arc::new(Certificate {
            extended_key_usage: leaf,
            extended_key_usage_is_critical: is_critical,
            ..one("leaf")
        });
        let ca = [Arc::new(Certificate { extended_key_usage: ca, ..one("intermediate") })];
        let trust = TrustStore::build(several(&["root"]), Vec::new());
        mail(&leaf, &ca, |request| {
            let request = PathRequest { purpose: Purpose::TimeStamping, ..*request };
            build_path(&request, &trust, &PathRules::DEFAULT, &SignatureCache::new(1000)).result
        })
    };
    let alone = || Some(vec![stamping.clone()]);
    let usage = ChainResult::ExtendedKeyUsage;
    assert_eq!(result(alone(), true, None), ChainResult::Ok);
    assert_eq!(result(alone(), true, alone()), ChainResult::Ok);
    assert_eq!(result(alone(), false, None), usage);
    assert_eq!(result(None, true, None), usage);
    assert_eq!(result(Some(vec![stamping.clone(), mail_too.clone()]), true, None), usage);
    assert_eq!(result(alone(), true, Some(vec![mail_too.clone()])), usage);
    assert_eq!(result(alone(), true, Some(vec![mail_too, stamping.clone()])), ChainResult::Ok);
}

#[test]
fn rule_19_extended_key_usage_of_an_anchor_restricts_nothing() {
    let server: OidBytes = b"\x2b\x06\x01\x05\x05\x07\x03\x01".as_slice().into();
    let limited = || Some(vec![server.clone()]);
    let result = |of_root, of_ca| {
        let root = Certificate { extended_key_usage: of_root, ..one("root") };
        let ca = [Arc::new(Certificate { extended_key_usage: of_ca, ..one("intermediate") })];
        let trust = TrustStore::build(vec![root], Vec::new());
        mail(&Arc::new(one("leaf")), &ca, |request| {
            build_path(request, &trust, &PathRules::DEFAULT, &SignatureCache::new(1000)).result
        })
    };
    assert_eq!(result(limited(), None), ChainResult::Ok);
    assert_eq!(result(None, limited()), ChainResult::ExtendedKeyUsage);
}

#[test]
fn rule_24_outcome_for_one_purpose_is_not_that_for_another() {
    let trust = Arc::new(TrustStore::build(several(&["root"]), Vec::new()));
    let cache = PathCache::new(trust, PathRules::DEFAULT, 1000);
    let message = shared(&["intermediate"]);
    let result = |purpose| {
        mail(&Arc::new(one("leaf")), &message, |request| {
            let request = PathRequest { purpose, ..*request };
            cache.build_path(&request, SetId::of(&message)).result
        })
    };
    assert_eq!(result(Purpose::Mail), ChainResult::Ok);
    assert_eq!(result(Purpose::TimeStamping), ChainResult::ExtendedKeyUsage);
}

#[test]
fn rule_22b_certificate_that_the_operator_vouches_for_is_for_whatever_it_is() {
    let server: OidBytes = b"\x2b\x06\x01\x05\x05\x07\x03\x01".as_slice().into();
    let result = |purpose, of_leaf: bool| {
        let usage = Some(vec![server.clone()]);
        let (of_leaf, of_ca) = if of_leaf { (usage, None) } else { (None, usage) };
        let leaf = Arc::new(Certificate { extended_key_usage: of_leaf, ..one("leaf") });
        let ca = [Arc::new(Certificate { extended_key_usage: of_ca, ..one("intermediate") })];
        let trust = TrustStore::build(several(&["root"]), Vec::new());
        mail(&leaf, &ca, |request| {
            let request = PathRequest { purpose, ..*request };
            build_path(&request, &trust, &PathRules::DEFAULT, &SignatureCache::new(1000)).result
        })
    };
    assert_eq!(result(Purpose::Mail, true), ChainResult::ExtendedKeyUsage);
    assert_eq!(result(Purpose::Vouched, true), ChainResult::Ok);
    assert_eq!(result(Purpose::Vouched, false), ChainResult::ExtendedKeyUsage, "a CA's counts");
}

#[test]
fn rule_23_names_times_constraints_end_in_budget() {
    let dns = |text: &str| GeneralName::Dns(text.as_bytes().into());
    let leaf =
        Certificate { alternative_names: vec![dns("a.example.org"); 10_000].into(), ..one("leaf") };
    let subtree = GeneralSubtree { base: dns("b.example.org"), has_distances: false };
    let constraints =
        NameConstraints { excluded: vec![subtree; 10_000].into(), ..NameConstraints::default() };
    let ca = Certificate { name_constraints: Some(Box::new(constraints)), ..one("intermediate") };
    let outcome = build_made(leaf, vec![ca], &PathRules::DEFAULT, summer(2025));
    assert_eq!((outcome.result, outcome.chain.len()), (ChainResult::Budget, 1));
}

#[test]
fn rule_23_ladder_of_expired_roots_ends_at_the_one_that_holds() {
    // A root that was cross-certified again and again, all expired, before it was an anchor itself.
    let mut ladder = copies("root_by_other_root", 40, false);
    for certificate in &mut ladder {
        certificate.not_after_unix_s = summer(2015);
    }
    let ladder: Vec<_> = ladder.into_iter().chain([one("intermediate")]).map(Arc::new).collect();
    let built = |anchors: &[&str]| {
        let trust = TrustStore::build(several(anchors), Vec::new());
        mail(&Arc::new(one("leaf")), &ladder, |request| {
            build_path(request, &trust, &PathRules::DEFAULT, &SignatureCache::new(1000))
        })
    };
    let good = built(&["other_root", "root"]);
    assert_eq!((good.result, good.chain.len(), good.signature_checks), (ChainResult::Ok, 3, 2));
    let expired = built(&["other_root"]);
    assert_eq!((expired.result, expired.chain.len()), (ChainResult::Expired, 4));
}

#[test]
fn rule_23_roots_that_certify_each_other_end() {
    let mut back = one("root_by_other_root");
    (back.subject, back.issuer) = (back.issuer, back.subject);
    (back.key, back.spki_sha256) = (one("other_root").key, one("other_root").spki_sha256);
    let message = vec![one("intermediate"), one("root_by_other_root"), back];
    let outcome = build_made(one("leaf"), message.clone(), &PathRules::DEFAULT, summer(2025));
    assert_eq!(outcome.result, ChainResult::Ok);
    let message: Vec<_> = message.into_iter().map(Arc::new).collect();
    let trust = TrustStore::build(several(&["self_signed"]), Vec::new());
    let lost = mail(&Arc::new(one("leaf")), &message, |request| {
        build_path(request, &trust, &PathRules::DEFAULT, &SignatureCache::new(1000))
    });
    assert_ne!(lost.result, ChainResult::Ok);
    assert_ne!(lost.result, ChainResult::Budget);
}

#[test]
fn right_one_of_several_keys_of_one_name_is_found() {
    let message = ["root_other_key", "intermediate_other_key", "intermediate"];
    for anchors in [["root", "root_other_key"], ["root_other_key", "root"]] {
        let blind = build_at("leaf_without_key_identifiers", &message, &anchors, summer(2025));
        assert_eq!(blind.result, ChainResult::Ok);
        assert_eq!(blind.anchor.unwrap().sha256, one("root").sha256);
    }
}

/// Keys of fewer than 2,048 bits were given up in 2013, of fewer than 3,072 in 2035.
fn sunset() -> SunsetTable {
    let key = |below_bits, year| KeySunset {
        algorithm: "rsa".into(),
        below_bits,
        good_until_unix_s: summer(year),
    };
    SunsetTable::new(Vec::new(), vec![key(2048, 2013), key(3072, 2035)])
}

/// A CA that makes the ladder whole, with a key of as many bits.
fn ca(label: &str, bits: u32) -> Certificate {
    let (key_algorithm, key_bits) = ("rsa".into(), Some(bits));
    Certificate { key_algorithm, key_bits, ..between(label, 2016, 2050) }
}

fn dated(now: i64) -> PathRules {
    PathRules { sunset: sunset(), now_unix_s: summer(now), ..PathRules::DEFAULT }
}

/// The CA of the path that is taken in 2025 out of two.
fn taken(message: [Certificate; 2], now: i64, at: i64) -> (String, Interval) {
    let outcome =
        build_made(between("leaf", 2020, 2050), message.to_vec(), &dated(now), summer(at));
    assert_eq!((outcome.result, outcome.chain.len()), (ChainResult::Ok, 3));
    let bits = outcome.chain[1].key_bits.unwrap();
    let is_first = outcome.chain[1].sha256 == message[0].sha256;
    (format!("{}:{bits}", u8::from(!is_first)), outcome.interval)
}

#[test]
fn rule_15_of_good_paths_a_strong_one_is_taken() {
    let (one, other) = ("intermediate", "intermediate_policy_mappings");
    let chosen = |bits: [u32; 2], now, at| taken([ca(one, bits[0]), ca(other, bits[1])], now, at).0;
    assert_eq!(chosen([1024, 2048], 2025, 2025), "1:2048");
    assert_eq!(chosen([2048, 1024], 2025, 2025), "0:2048");
    let first = chosen([4096, 4096], 2025, 2025);
    assert_eq!(chosen([2048, 4096], 2025, 2025)[..1], first[..1], "weak only in 2036: the first");
    assert_eq!(chosen([4096, 2048], 2025, 2025)[..1], first[..1]);
    assert_eq!(chosen([1024, 1024], 2025, 2025)[..1], first[..1], "of equals the first");
    for bits in [[2048, 4096], [4096, 2048]] {
        assert!(chosen(bits, 2036, 2025).ends_with(":4096"), "weak at the time of the run");
        assert!(chosen(bits, 2025, 2036).ends_with(":4096"), "weak at the time asked for");
    }
    for bits in [[1024, 2048], [2048, 1024]] {
        assert!(
            chosen(bits, 2036, 2025).ends_with(":2048"),
            "of the weak the one that lasted longest"
        );
    }
}

#[test]
fn rule_15_choice_of_a_path_stands_until_an_algorithm_of_it_is_given_up() {
    let message = || [ca("intermediate", 2048), ca("intermediate_policy_mappings", 2048)];
    let (_, interval) = taken(message(), 2025, 2025);
    assert_eq!(interval.until_unix_s, summer(2035) + 1);
    let (_, interval) = taken(message(), 2025, 2036);
    assert_eq!(interval.from_unix_s, summer(2035) + 1);
    let (_, interval) = taken(message(), 2036, 2025);
    assert!(interval.until_unix_s > summer(2036), "weak whatever is asked");
}

#[test]
fn rule_15_weak_path_is_a_good_one_also_where_the_budget_ends_before_a_strong_one() {
    let mut message = vec![Certificate { sha256: [0; 32], ..ca("intermediate", 1024) }];
    let strange = one("other_root").key;
    let forged = copies("intermediate", 200, true).into_iter();
    message.extend(forged.map(|copy| Certificate { key: strange.clone(), ..copy }));
    let built =
        |message: Vec<Certificate>| build_made(one("leaf"), message, &dated(2025), summer(2025));
    let outcome = built(message.clone());
    assert_eq!((outcome.result, outcome.chain[1].key_bits), (ChainResult::Ok, Some(1024)));
    assert_eq!(outcome.signature_checks, limits::PATH_SIGNATURE_CHECKS);
    // What the leaf itself is no path outlasts, so none is looked for.
    let leaf = Certificate { key_algorithm: "rsa".into(), key_bits: Some(1024), ..one("leaf") };
    let outcome = build_made(leaf, message, &dated(2025), summer(2025));
    assert_eq!((outcome.result, outcome.signature_checks), (ChainResult::Ok, 2));
}
