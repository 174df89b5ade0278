//! Paths through the certificates of tests/data/path, made for one clause or one shape each.

mod made;

use super::budget::Budget;
use super::cache::{PathCache, SetId, SignatureCache};
use super::issuers::Issuers;
use super::model::ChainModel;
use super::*;
use crate::codes::CodeSet;
use crate::limits;
use crate::trust::anchor::AnchorLimits;
use crate::trust::bundle::parse_certificates;
use crate::x509::certificate::{CertificateDefect, parse_certificate};
use proptest::prelude::*;
use std::collections::HashMap;
use std::sync::LazyLock;

const PEM: &str = include_str!("../../../../tests/data/path/certificates.pem");

/// The certificates by label.
static CERTIFICATES: LazyLock<HashMap<&str, Certificate>> = LazyLock::new(|| {
    let named = PEM.split("# ").skip(1).map(|block| {
        let label = block.lines().next().unwrap();
        let der = parse_certificates(block.as_bytes()).unwrap();
        (label, parse_certificate(&der[0]).unwrap())
    });
    named.collect()
});

pub(super) fn one(label: &str) -> Certificate {
    CERTIFICATES.get(label).unwrap_or_else(|| panic!("no certificate {label}")).clone()
}

fn several(labels: &[&str]) -> Vec<Certificate> {
    labels.iter().copied().map(one).collect()
}

fn shared(labels: &[&str]) -> Vec<Arc<Certificate>> {
    labels.iter().copied().map(|label| Arc::new(one(label))).collect()
}

/// Noon of the first of July.
const fn summer(year: i64) -> i64 {
    // Counted from 2020-07-01, leap days left out: tests stay far from the ends of validities.
    1_593_604_800 + (year - 2020) * 365 * 86_400
}

fn build_at(leaf: &str, message: &[&str], anchors: &[&str], at_unix_s: i64) -> PathOutcome {
    let trust = TrustStore::build(several(anchors), Vec::new());
    let request = PathRequest {
        leaf: &Arc::new(one(leaf)),
        inherited_parameters: None,
        message_certificates: &shared(message),
        revocation: RevocationSet::none(),
        at_unix_s,
        purpose: Purpose::Mail,
    };
    build_path(&request, &trust, &PathRules::DEFAULT, &SignatureCache::new(1000))
}

fn result_of(leaf: &str, message: &[&str], anchors: &[&str]) -> ChainResult {
    build_at(leaf, message, anchors, summer(2025)).result
}

/// Result for the ordinary ladder with another leaf.
fn result_of_leaf(leaf: &str) -> ChainResult {
    result_of(leaf, &["intermediate"], &["root"])
}

/// Result for the ordinary ladder with another intermediate.
fn result_through(intermediate: &str) -> ChainResult {
    result_of("leaf", &[intermediate], &["root"])
}

fn subjects(outcome: &PathOutcome) -> Vec<String> {
    outcome.chain.iter().map(|certificate| certificate.subject_text().to_owned()).collect()
}

#[test]
fn ladder_to_an_anchor_is_ok_leaf_first_and_anchor_last() {
    let outcome = build_at("leaf", &["intermediate"], &["root"], summer(2025));
    assert_eq!(outcome.result, ChainResult::Ok);
    assert_eq!(subjects(&outcome), ["CN=Leaf", "CN=Intermediate", "CN=Root"]);
    assert_eq!(outcome.anchor.unwrap().sha256, one("root").sha256);
    assert_eq!(outcome.signature_checks, 2, "one for each certificate below the anchor");
}

#[test]
fn ladder_is_found_among_the_intermediates_of_the_store() {
    let trust = TrustStore::build(several(&["root"]), several(&["intermediate"]));
    let request = PathRequest {
        leaf: &Arc::new(one("leaf")),
        inherited_parameters: None,
        message_certificates: &[],
        revocation: RevocationSet::none(),
        at_unix_s: summer(2025),
        purpose: Purpose::Mail,
    };
    let outcome = build_path(&request, &trust, &PathRules::DEFAULT, &SignatureCache::new(1000));
    assert_eq!(outcome.result, ChainResult::Ok);
}

#[test]
fn intermediate_of_the_store_is_not_an_anchor() {
    let trust = TrustStore::build(several(&["other_root"]), several(&["root", "intermediate"]));
    let request = PathRequest {
        leaf: &Arc::new(one("leaf")),
        inherited_parameters: None,
        message_certificates: &[],
        revocation: RevocationSet::none(),
        at_unix_s: summer(2025),
        purpose: Purpose::Mail,
    };
    let outcome = build_path(&request, &trust, &PathRules::DEFAULT, &SignatureCache::new(1000));
    assert_eq!(outcome.result, ChainResult::UntrustedRoot);
    assert!(outcome.anchor.is_none());
}

#[test]
fn intermediate_as_anchor_ends_the_path() {
    let outcome = build_at("leaf", &["root"], &["intermediate"], summer(2025));
    assert_eq!(outcome.result, ChainResult::Ok);
    assert_eq!(outcome.chain.len(), 2);
}

#[test]
fn leaf_that_is_an_anchor_is_a_path_of_its_own() {
    let outcome = build_at("self_signed", &[], &["self_signed"], summer(2025));
    assert_eq!((outcome.result, outcome.chain.len()), (ChainResult::Ok, 1));
    assert!(outcome.anchor.is_some());
    let late = build_at("self_signed", &[], &["self_signed"], summer(2040));
    assert_eq!(late.result, ChainResult::Expired);
}

#[test]
fn anchor_validity_is_not_checked() {
    let outcome = build_at("leaf", &["intermediate"], &["root_renewed"], summer(2016));
    assert_eq!(outcome.result, ChainResult::Ok);
}

#[test]
fn missing_issuer_is_no_path() {
    assert_eq!(result_of("leaf", &[], &["root"]), ChainResult::NoPath);
    assert_eq!(result_through("intermediate_by_unknown"), ChainResult::NoPath);
}

#[test]
fn self_signed_end_that_is_no_anchor_is_untrusted_root() {
    let root = result_of("leaf", &["intermediate", "root"], &["other_root"]);
    assert_eq!(root, ChainResult::UntrustedRoot);
    assert_eq!(result_of("self_signed", &[], &["root"]), ChainResult::UntrustedRoot);
}

#[test]
fn without_anchors_every_chain_is_untrusted_root() {
    for message in [&[] as &[&str], &["intermediate"], &["intermediate", "root"]] {
        assert_eq!(result_of("leaf", message, &[]), ChainResult::UntrustedRoot);
    }
}

#[test]
fn time_outside_a_validity_is_told() {
    let at = |year| build_at("leaf_2020_to_2022", &["intermediate"], &["root"], summer(year));
    assert_eq!(at(2019).result, ChainResult::NotYetValid);
    assert_eq!(at(2021).result, ChainResult::Ok);
    assert_eq!(at(2023).result, ChainResult::Expired);
    assert_eq!(result_through("intermediate_expired"), ChainResult::Expired);
    assert_eq!(result_through("intermediate_future"), ChainResult::NotYetValid);
}

#[test]
fn both_ends_of_a_validity_belong_to_it() {
    let leaf = one("leaf_2020_to_2022");
    let at = |time| build_at("leaf_2020_to_2022", &["intermediate"], &["root"], time).result;
    assert_eq!(at(leaf.not_before_unix_s - 1), ChainResult::NotYetValid);
    assert_eq!(at(leaf.not_before_unix_s), ChainResult::Ok);
    assert_eq!(at(leaf.not_after_unix_s), ChainResult::Ok);
    assert_eq!(at(leaf.not_after_unix_s + 1), ChainResult::Expired);
}

#[test]
fn rule_19_key_usage_of_a_signer() {
    assert_eq!(result_of_leaf("leaf_without_extensions"), ChainResult::Ok);
    assert_eq!(result_of_leaf("leaf_non_repudiation"), ChainResult::Ok);
    assert_eq!(result_of_leaf("leaf_key_encipherment"), ChainResult::KeyUsage);
}

#[test]
fn rule_19_extended_key_usage_of_signer_and_of_cas_that_have_one() {
    assert_eq!(result_of_leaf("leaf_any_purpose"), ChainResult::Ok);
    assert_eq!(result_of_leaf("leaf_server"), ChainResult::ExtendedKeyUsage);
    assert_eq!(result_through("intermediate_mail"), ChainResult::Ok);
    assert_eq!(result_through("intermediate_server"), ChainResult::ExtendedKeyUsage);
}

#[test]
fn issuer_that_is_not_a_ca_is_told() {
    assert_eq!(result_through("intermediate_not_ca"), ChainResult::NotACa);
    assert_eq!(result_through("intermediate_without_constraints"), ChainResult::NotACa);
    let signer_as_anchor = result_of("leaf_by_root", &[], &["self_signed_not_ca"]);
    assert_eq!(signer_as_anchor, ChainResult::NotACa);
}

#[test]
fn issuer_of_version_1_is_a_ca_only_as_anchor() {
    let mut old = one("root");
    old.version = 1;
    (old.basic_constraints, old.key_usage) = (None, None);
    let leaf = Arc::new(one("leaf_by_root"));
    let request = |message| PathRequest {
        leaf: &leaf,
        inherited_parameters: None,
        message_certificates: message,
        revocation: RevocationSet::none(),
        at_unix_s: summer(2025),
        purpose: Purpose::Mail,
    };
    let signatures = SignatureCache::new(1000);
    let trust = TrustStore::build(vec![old.clone()], Vec::new());
    assert_eq!(
        build_path(&request(&[]), &trust, &PathRules::DEFAULT, &signatures).result,
        ChainResult::Ok
    );
    let mut below = one("root_by_other_root");
    below.version = 1;
    (below.basic_constraints, below.key_usage) = (None, None);
    let trust = TrustStore::build(several(&["other_root"]), Vec::new());
    let message = [Arc::new(below)];
    assert_eq!(
        build_path(&request(&message), &trust, &PathRules::DEFAULT, &signatures).result,
        ChainResult::NotACa
    );
    old.version = 3;
    let trust = TrustStore::build(vec![old], Vec::new());
    assert_eq!(
        build_path(&request(&[]), &trust, &PathRules::DEFAULT, &signatures).result,
        ChainResult::NotACa
    );
}

#[test]
fn issuer_without_certificate_signing_is_key_usage() {
    assert_eq!(result_through("intermediate_crl_only"), ChainResult::KeyUsage);
    assert_eq!(result_through("intermediate_without_uses"), ChainResult::Ok);
}

#[test]
fn path_length_counts_cas_below_but_not_leaf_nor_self_issued() {
    let below = |message: &[&str]| result_of("leaf_by_sub", message, &["root"]);
    assert_eq!(below(&["sub", "intermediate"]), ChainResult::Ok);
    assert_eq!(below(&["sub", "intermediate_path_length_0"]), ChainResult::PathLength);
    assert_eq!(result_through("intermediate_path_length_0"), ChainResult::Ok);
    let rolled_over = ["intermediate_rolled_over", "intermediate_path_length_0"];
    assert_eq!(result_of("leaf_by_rolled_over", &rolled_over, &["root"]), ChainResult::Ok);
}

#[test]
fn rule_19_path_length_of_an_anchor_holds() {
    let through = result_of("leaf", &["intermediate"], &["root_path_length_0"]);
    assert_eq!(through, ChainResult::PathLength);
    assert_eq!(result_of("leaf_by_root", &[], &["root_path_length_0"]), ChainResult::Ok);
}

/// The ordinary ladder under anchors with limits.
fn build_limited(leaf: &str, anchors: &[(&str, AnchorLimits)], at_unix_s: i64) -> PathOutcome {
    let anchors = anchors.iter().map(|&(label, limits)| (one(label), limits)).collect();
    let trust = TrustStore::build_with_limits(anchors, Vec::new());
    let request = PathRequest {
        leaf: &Arc::new(one(leaf)),
        inherited_parameters: None,
        message_certificates: &shared(&["intermediate", "root_by_other_root"]),
        revocation: RevocationSet::none(),
        at_unix_s,
        purpose: Purpose::Mail,
    };
    build_path(&request, &trust, &PathRules::DEFAULT, &SignatureCache::new(1000))
}

const fn trusted(from_unix_s: Option<i64>, until_unix_s: Option<i64>) -> AnchorLimits {
    AnchorLimits {
        trusted_from_unix_s: from_unix_s,
        trusted_until_unix_s: until_unix_s,
        ..AnchorLimits::NONE
    }
}

const fn distrusted_after(unix_s: i64) -> AnchorLimits {
    AnchorLimits { distrust_after_unix_s: Some(unix_s), ..AnchorLimits::NONE }
}

#[test]
fn rule_19_anchor_is_trusted_from_and_until_at_the_control_time() {
    let (from, until) = (summer(2023), summer(2025));
    let at = |at| build_limited("leaf", &[("root", trusted(Some(from), Some(until)))], at);
    assert_eq!(at(from - 1).result, ChainResult::AnchorNotTrusted);
    let inside = at(from);
    assert_eq!(inside.result, ChainResult::Ok);
    assert_eq!((inside.interval.from_unix_s, inside.interval.until_unix_s), (from, until + 1));
    assert_eq!(at(until).result, ChainResult::Ok);
    let after = at(until + 1);
    assert_eq!(after.result, ChainResult::AnchorNotTrusted);
    assert_eq!(after.interval.from_unix_s, until + 1);
    assert!(after.anchor.is_some(), "which anchor it is about is told");
}

#[test]
fn rule_19_distrust_after_counts_from_the_issuing_of_the_signer_certificate() {
    let issued = one("leaf_2020_to_2022").not_before_unix_s;
    let at = |limits| build_limited("leaf_2020_to_2022", &[("root", limits)], summer(2021)).result;
    assert_eq!(at(distrusted_after(issued)), ChainResult::Ok, "long before the control time");
    assert_eq!(at(distrusted_after(issued - 1)), ChainResult::AnchorNotTrusted);
}

#[test]
fn rule_19_signer_that_is_an_anchor_has_its_limits_too() {
    let over = [("self_signed", trusted(None, Some(0)))];
    let outcome = build_limited("self_signed", &over, summer(2025));
    assert_eq!(outcome.result, ChainResult::AnchorNotTrusted);
}

#[test]
fn rule_19_another_anchor_that_is_still_trusted_is_found() {
    let over = ("root", trusted(None, Some(0)));
    let without = build_limited("leaf", &[over], summer(2025));
    assert_eq!(without.result, ChainResult::AnchorNotTrusted);
    let other = build_limited("leaf", &[("root_renewed", AnchorLimits::NONE), over], summer(2025));
    assert_eq!(other.result, ChainResult::Ok);
    assert_eq!(other.anchor.unwrap().sha256, one("root_renewed").sha256);
}

#[test]
fn anchor_no_longer_trusted_outranks_expiry_and_not_a_stranger() {
    let over = [("root", trusted(None, Some(0)))];
    let expired = build_limited("leaf_2020_to_2022", &over, summer(2025)).result;
    assert_eq!(expired, ChainResult::AnchorNotTrusted);
    assert!(ChainResult::AnchorNotTrusted < ChainResult::UntrustedRoot);
}

#[test]
fn critical_extensions_that_are_not_processed_are_told() {
    assert_eq!(result_of_leaf("leaf_unknown"), ChainResult::Ok);
    assert_eq!(result_of_leaf("leaf_critical_unknown"), ChainResult::CriticalExtension);
    assert_eq!(result_through("intermediate_critical_unknown"), ChainResult::CriticalExtension);
    assert_eq!(result_through("intermediate_critical_policies"), ChainResult::Ok);
}

#[test]
fn worst_broken_clause_of_a_path_is_told() {
    let late = build_at("leaf_server", &["intermediate_not_ca"], &["root"], summer(2040));
    assert_eq!(late.result, ChainResult::NotACa);
}

#[test]
fn least_bad_way_to_an_anchor_is_told() {
    let ways = ["intermediate_not_ca", "intermediate_expired", "intermediate_server"];
    assert_eq!(result_of("leaf", &ways, &["root"]), ChainResult::Expired);
}

#[test]
fn good_way_wins_over_all_others() {
    let ways = [
        "intermediate_not_ca",
        "intermediate_expired",
        "intermediate_other_key",
        "intermediate_by_unknown",
        "intermediate",
        "loop_a",
        "loop_b",
    ];
    assert_eq!(result_of("leaf", &ways, &["root"]), ChainResult::Ok);
}

#[test]
fn way_to_an_anchor_outranks_an_untrusted_root_which_outranks_no_path() {
    let anchored = ["intermediate_expired", "intermediate_by_unknown", "root"];
    assert_eq!(result_of("leaf", &anchored, &["root_renewed"]), ChainResult::Expired);
    let untrusted = ["intermediate_expired", "intermediate_by_unknown", "root"];
    assert_eq!(result_of("leaf", &untrusted, &["other_root"]), ChainResult::UntrustedRoot);
}

#[test]
fn anchor_is_tried_before_a_cross_certificate_of_its_name() {
    let anchors = ["root", "other_root"];
    let outcome = build_at("leaf_by_root", &["root_by_other_root"], &anchors, summer(2025));
    assert_eq!(outcome.result, ChainResult::Ok);
    assert_eq!(outcome.anchor.unwrap().sha256, one("root").sha256);
}

#[test]
fn cross_certificate_leads_to_the_other_root() {
    let message = ["intermediate", "root", "root_by_other_root"];
    let outcome = build_at("leaf", &message, &["other_root"], summer(2025));
    assert_eq!(outcome.result, ChainResult::Ok);
    let expected = ["CN=Leaf", "CN=Intermediate", "CN=Root", "CN=Other Root"];
    assert_eq!(subjects(&outcome), expected);
}

/// The certificate with the last octet of its signature changed.
fn damaged(label: &str) -> Certificate {
    let mut der = one(label).der.to_vec();
    *der.last_mut().unwrap() ^= 1;
    parse_certificate(&der).unwrap()
}

#[test]
fn wrong_signature_on_a_certificate_is_told() {
    let trust = TrustStore::build(several(&["root"]), Vec::new());
    let signatures = SignatureCache::new(1000);
    let build = |leaf: Certificate, message: Certificate| {
        let request = PathRequest {
            leaf: &Arc::new(leaf),
            inherited_parameters: None,
            message_certificates: &[Arc::new(message)],
            revocation: RevocationSet::none(),
            at_unix_s: summer(2025),
            purpose: Purpose::Mail,
        };
        build_path(&request, &trust, &PathRules::DEFAULT, &signatures).result
    };
    let wrong = ChainResult::SignatureInvalid;
    assert_eq!(build(damaged("leaf"), one("intermediate")), wrong);
    assert_eq!(build(one("leaf"), damaged("intermediate")), wrong);
    assert_eq!(build(damaged("leaf_by_root"), one("intermediate")), wrong);
}

/// The certificate with the object identifier of its signature algorithm, twice, changed to an unknown one.
fn of_unknown_algorithm(label: &str) -> Certificate {
    let known = b"\x2a\x86\x48\xce\x3d\x04\x03\x02";
    let mut der = one(label).der.to_vec();
    for place in memchr::memmem::find_iter(&der.clone(), known) {
        der[place + 7] = 0x7f;
    }
    parse_certificate(&der).unwrap()
}

#[test]
fn rule_15_algorithm_we_lack_is_never_a_wrong_signature() {
    let trust = TrustStore::build(several(&["root"]), Vec::new());
    let build = |leaf: Certificate, message: Vec<Certificate>| {
        let message: Vec<_> = message.into_iter().map(Arc::new).collect();
        let request = PathRequest {
            leaf: &Arc::new(leaf),
            inherited_parameters: None,
            message_certificates: &message,
            revocation: RevocationSet::none(),
            at_unix_s: summer(2025),
            purpose: Purpose::Mail,
        };
        build_path(&request, &trust, &PathRules::DEFAULT, &SignatureCache::new(1000)).result
    };
    let leaf = of_unknown_algorithm("leaf");
    assert_eq!(build(leaf, several(&["intermediate"])), ChainResult::NoPath);
    let old_root = of_unknown_algorithm("other_root");
    let message = vec![one("root_by_other_root"), old_root];
    let other = TrustStore::build(several(&["self_signed"]), Vec::new());
    let request = PathRequest {
        leaf: &Arc::new(one("leaf_by_root")),
        inherited_parameters: None,
        message_certificates: &message.into_iter().map(Arc::new).collect::<Vec<_>>(),
        revocation: RevocationSet::none(),
        at_unix_s: summer(2025),
        purpose: Purpose::Mail,
    };
    let outcome = build_path(&request, &other, &PathRules::DEFAULT, &SignatureCache::new(1000));
    assert_eq!((outcome.result, outcome.chain.len()), (ChainResult::UntrustedRoot, 3));
}

#[test]
fn same_name_with_another_key_id_is_not_the_issuer() {
    // The key identifier says that the true issuer is missing; without one its signature is all there is to see.
    assert_eq!(result_through("intermediate_other_key"), ChainResult::NoPath);
    let blind = result_of("leaf_without_key_identifiers", &["intermediate_other_key"], &["root"]);
    assert_eq!(blind, ChainResult::SignatureInvalid);
    let both = ["intermediate_other_key", "intermediate"];
    let found = result_of("leaf_without_key_identifiers", &both, &["root"]);
    assert_eq!(found, ChainResult::Ok);
}

#[test]
fn key_identifiers_that_lie_are_only_a_hint() {
    let mut leaf = one("leaf");
    leaf.authority_key_identifier.as_mut().unwrap().key_identifier = Some(vec![1, 2, 3].into());
    let trust = TrustStore::build(several(&["root"]), Vec::new());
    let request = PathRequest {
        leaf: &Arc::new(leaf),
        inherited_parameters: None,
        message_certificates: &shared(&["intermediate"]),
        revocation: RevocationSet::none(),
        at_unix_s: summer(2025),
        purpose: Purpose::Mail,
    };
    let outcome = build_path(&request, &trust, &PathRules::DEFAULT, &SignatureCache::new(1000));
    assert_eq!(outcome.result, ChainResult::Ok);
}

#[test]
fn rule_18_defect_anywhere_is_malformed() {
    let mut intermediate = one("intermediate");
    intermediate.defects = CodeSet::of(CertificateDefect::DuplicateExtension);
    let trust = TrustStore::build(several(&["root"]), Vec::new());
    let request = PathRequest {
        leaf: &Arc::new(one("leaf")),
        inherited_parameters: None,
        message_certificates: &[Arc::new(intermediate)],
        revocation: RevocationSet::none(),
        at_unix_s: summer(2025),
        purpose: Purpose::Mail,
    };
    let outcome = build_path(&request, &trust, &PathRules::DEFAULT, &SignatureCache::new(1000));
    assert_eq!(outcome.result, ChainResult::Malformed);
}

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

/// `count` certificates that differ from `label` in their bytes, and in their key if `other_keys`.
fn copies(label: &str, count: u32, other_keys: bool) -> Vec<Certificate> {
    let copy = |number: u32| {
        let mut certificate = one(label);
        let (head, _) = certificate.sha256.split_first_chunk_mut::<4>().unwrap();
        *head = number.to_be_bytes();
        if other_keys {
            certificate.spki_sha256 = certificate.sha256;
        }
        certificate
    };
    (0..count).map(copy).collect()
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

#[test]
fn interval_holds_its_first_second_and_not_its_end() {
    let interval = Interval { from_unix_s: 10, until_unix_s: 20 };
    let held: Vec<i64> = (8..22).filter(|&at_unix_s| interval.contains(at_unix_s)).collect();
    assert_eq!(held, (10..20).collect::<Vec<_>>());
}

#[test]
fn rule_24_certificate_of_one_message_never_helps_another() {
    let cache = PathCache::new(
        Arc::new(TrustStore::build(several(&["root"]), vec![])),
        PathRules::DEFAULT,
        1000,
    );
    let leaf = Arc::new(one("leaf"));
    let with = shared(&["intermediate"]);
    let request = |message_certificates| PathRequest {
        leaf: &leaf,
        inherited_parameters: None,
        message_certificates,
        revocation: RevocationSet::none(),
        at_unix_s: summer(2025),
        purpose: Purpose::Mail,
    };
    assert_eq!(cache.build_path(&request(&with), SetId::of(&with)).result, ChainResult::Ok);
    assert_eq!(cache.build_path(&request(&[]), SetId::of(&[])).result, ChainResult::NoPath);
}

/// Labels the property tests draw from.
const DRAWN: [&str; 14] = [
    "root",
    "root_renewed",
    "other_root",
    "root_by_other_root",
    "intermediate",
    "intermediate_expired",
    "intermediate_future",
    "intermediate_not_ca",
    "intermediate_other_key",
    "intermediate_server",
    "intermediate_by_unknown",
    "self_signed",
    "loop_a",
    "loop_b",
];

fn any_labels() -> impl Strategy<Value = Vec<&'static str>> {
    proptest::sample::subsequence(&DRAWN[..], 0..=8).prop_shuffle()
}

fn any_time() -> impl Strategy<Value = i64> {
    // The ends of validities in the drawn certificates are first days of these years.
    prop_oneof![
        summer(2009)..summer(2051),
        proptest::sample::select(vec![2010, 2015, 2018, 2020, 2022, 2034, 2035, 2040])
            .prop_flat_map(|year: i64| {
                let midnight = one("leaf_2020_to_2022").not_before_unix_s;
                let leap_days = (year - 2017).div_euclid(4);
                let start = midnight + ((year - 2020) * 365 + leap_days) * 86_400;
                start - 2..=start + 2
            }),
    ]
}

fn any_limits() -> impl Strategy<Value = AnchorLimits> {
    let bound = || proptest::option::weighted(0.3, any_time());
    (bound(), bound(), bound()).prop_map(|(from, until, after)| AnchorLimits {
        distrust_after_unix_s: after,
        ..trusted(from, until)
    })
}

fn same(one: &PathOutcome, other: &PathOutcome) -> bool {
    let hashes = |it: &PathOutcome| it.chain.iter().map(|it| it.sha256).collect::<Vec<_>>();
    one.result == other.result
        && hashes(one) == hashes(other)
        && one.anchor.is_some() == other.anchor.is_some()
}

proptest! {
    #[test]
    fn outcome_holds_in_its_whole_interval_whatever_the_order_and_the_cache(
        message in any_labels(),
        anchors in any_labels(),
        leaf in proptest::sample::select(vec!["leaf", "leaf_2020_to_2022", "leaf_by_loop"]),
        limits in proptest::collection::vec(any_limits(), 8),
        times in proptest::collection::vec(any_time(), 1..8),
        model in proptest::sample::select(vec![ChainModel::Shell, ChainModel::Chain, ChainModel::Hybrid]),
    ) {
        let rules = PathRules { model, ..PathRules::DEFAULT };
        let limited = several(&anchors).into_iter().zip(limits).collect();
        let trust = Arc::new(TrustStore::build_with_limits(limited, Vec::new()));
        let cache = PathCache::new(Arc::clone(&trust), rules.clone(), 1000);
        let leaf = Arc::new(one(leaf));
        let forward = shared(&message);
        let backward: Vec<_> = forward.iter().rev().map(Arc::clone).collect();
        for &at_unix_s in &times {
            let request = PathRequest {
                leaf: &leaf,
                inherited_parameters: None,
                message_certificates: &forward,
                revocation: RevocationSet::none(),
                at_unix_s,
                purpose: Purpose::Mail,
            };
            let fresh = build_path(&request, &trust, &rules, &SignatureCache::new(0));
            prop_assert!(fresh.interval.contains(at_unix_s));
            let cached = cache.build_path(&request, SetId::of(&forward));
            prop_assert!(same(&fresh, &cached));
            prop_assert!(cached.interval.contains(at_unix_s));
            let reordered = PathRequest { message_certificates: &backward, ..request };
            prop_assert!(same(&fresh, &build_path(&reordered, &trust, &rules, &SignatureCache::new(0))));
            let Interval { from_unix_s, until_unix_s } = fresh.interval;
            for edge in [from_unix_s, until_unix_s - 1] {
                let at_edge = PathRequest { at_unix_s: edge, ..request };
                prop_assert!(same(&fresh, &build_path(&at_edge, &trust, &rules, &SignatureCache::new(0))));
            }
        }
    }

    #[test]
    fn good_path_is_chained_and_ends_at_an_anchor(message in any_labels(), anchors in any_labels()) {
        let trust = TrustStore::build(several(&anchors), Vec::new());
        let request = PathRequest {
            leaf: &Arc::new(one("leaf")),
            inherited_parameters: None,
            message_certificates: &shared(&message),
            revocation: RevocationSet::none(),
            at_unix_s: summer(2025),
            purpose: Purpose::Mail,
        };
        let outcome = build_path(&request, &trust, &PathRules::DEFAULT, &SignatureCache::new(0));
        if outcome.result == ChainResult::Ok {
            prop_assert!(trust.is_anchor(outcome.chain.last().unwrap()));
            for pair in outcome.chain.windows(2) {
                prop_assert_eq!(&pair[0].issuer, &pair[1].subject);
            }
        } else {
            prop_assert!(!message.contains(&"intermediate") || !anchors.contains(&"root"));
        }
    }
}
