//! Anchors whose lists trust them for a time, or for certificates issued until a day (RULES 19).

use super::*;

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
