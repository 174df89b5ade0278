//! Paths through the certificates of tests/data/path, made for one clause or one shape each.

mod anchors;
mod bounds;
mod caches;
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
