//! A leaf that is itself an anchor, though the CA issued it, and what is told of it.

use super::*;

/// What comes of the leaf under these anchors, with these certificates at hand.
fn pinned(
    anchors: &[&str],
    at_hand: &[Arc<Certificate>],
    mode: RevocationMode,
    labels: &[&str],
    at_unix_s: i64,
) -> PathOutcome {
    let anchors = anchors.iter().map(|label| Arc::unwrap_or_clone(certificate(label)));
    let trust = TrustStore::build(anchors.collect(), Vec::new());
    let (leaf, brought) = (certificate("leaf"), set(labels));
    let request = PathRequest {
        leaf: &leaf,
        inherited_parameters: None,
        message_certificates: at_hand,
        revocation: &brought,
        at_unix_s,
        purpose: Purpose::Mail,
    };
    build_path(&request, &trust, &rules(mode, None), &SignatureCache::new(1000))
}

const AVAILABLE: RevocationMode = RevocationMode::IfAvailable;
const BOTH: [&str; 2] = ["root", "leaf"];

#[test]
fn rule_22_leaf_that_is_an_anchor_is_revoked_by_whoever_issued_it() {
    let ca = [certificate("ca")];
    for anchors in [&BOTH[..], &["leaf"], &["ca", "leaf"]] {
        let told = |labels: &[&str], at| pinned(anchors, &ca, AVAILABLE, labels, at);
        for label in ["revoked-2012", "revoked"] {
            let outcome = told(&[label], day(2012, 4));
            assert_eq!((outcome.result, outcome.chain.len()), (ChainResult::Revoked, 1), "{label}");
            assert_eq!(outcome.revocation_state, S::Revoked);
            let status = &outcome.revocation[0];
            assert_eq!(status.certificate_sha256, certificate("leaf").sha256);
            let since = status.revoked_unix_s.unwrap();
            assert_eq!(outcome.interval.from_unix_s.max(since), outcome.interval.from_unix_s);
            let before = told(&[label], day(2012, 2));
            assert_eq!(before.result, ChainResult::Ok);
            assert_eq!(before.revocation[0].revoked_unix_s, Some(since), "it is told");
        }
        let nothing = told(&[], day(2012, 4));
        assert_eq!((nothing.result, nothing.revocation_state), (ChainResult::Ok, S::Unknown));
        let off = pinned(anchors, &ca, RevocationMode::Off, &["revoked-2012"], day(2012, 4));
        assert_eq!((off.result, off.revocation_state), (ChainResult::Ok, S::NotChecked));
    }
}

#[test]
fn rule_22_nothing_told_of_an_anchored_leaf_by_somebody_else_counts() {
    let at = day(2012, 4);
    let result = |at_hand: &[Arc<Certificate>], label| {
        pinned(&["leaf"], at_hand, AVAILABLE, &[label], at).result
    };
    let ca = certificate("ca");
    assert_eq!(result(&[Arc::clone(&ca)], "revoked-2012"), ChainResult::Revoked);
    assert_eq!(result(&[], "revoked-2012"), ChainResult::Ok, "nobody is there who could tell");
    // Of the CA's name with another key.
    let other = certificate("other");
    let (key, spki_sha256) = (other.key.clone(), other.spki_sha256);
    let forger = Certificate { key, spki_sha256, sha256: [7; 32], ..Certificate::clone(&ca) };
    let forger = [Arc::new(forger)];
    assert_eq!(result(&forger, "revoked-2012"), ChainResult::Ok);
    assert_eq!(result(&forger, "revoked-wrong-key"), ChainResult::Ok, "a list of his own");
    assert_eq!(result(&[ca], "revoked-wrong-key"), ChainResult::Ok);
}

#[test]
fn rule_22_certificate_of_the_issuers_key_for_other_uses_silences_nobody() {
    let ca = certificate("ca");
    let mute = |first: u8| {
        let sha256 = [first; 32];
        let key_usage = Some(KeyUsage::KEY_CERT_SIGN);
        Arc::new(Certificate { sha256, key_usage, ..Certificate::clone(&ca) })
    };
    let result = |at_hand: &[Arc<Certificate>]| {
        pinned(&["leaf"], at_hand, AVAILABLE, &["revoked-2012"], day(2012, 4)).result
    };
    assert_eq!(result(&[mute(0)]), ChainResult::Ok, "he may not");
    assert_eq!(result(&[mute(0), Arc::clone(&ca), mute(255)]), ChainResult::Revoked);
}

#[test]
fn rule_22_required_asks_of_an_anchored_leaf_too_that_somebody_trusted_knows_it() {
    let ca = [certificate("ca")];
    let (required, at) = (RevocationMode::Required, day(2012, 2));
    let asked = |anchors: &[&str], labels: &[&str]| {
        let outcome = pinned(anchors, &ca, required, labels, at);
        (outcome.result, outcome.revocation_state)
    };
    let unknown = (ChainResult::RevocationUnknown, S::Unknown);
    assert_eq!(asked(&BOTH, &[]), unknown);
    assert_eq!(asked(&["leaf"], &["revoked-2012"]), unknown, "his issuer leads nowhere");
    for anchors in [&BOTH[..], &["ca", "leaf"]] {
        assert_eq!(asked(anchors, &["revoked-2012"]), (ChainResult::Ok, S::Good));
    }
    let good = pinned(&BOTH, &ca, required, &["revoked-2012"], at);
    assert!(good.revocation[0].backing.decides);
    // The list's digest and its signer's key; the leaf's signature, the CA's with its key, and the root's key.
    let rests_on = |outcome: &PathOutcome| outcome.revocation[0].backing.algorithms.len();
    assert_eq!(rests_on(&good), 6);
    let by_anchor = pinned(&["ca", "leaf"], &ca, required, &["revoked-2012"], at);
    assert_eq!(rests_on(&by_anchor), 4, "of an anchor its key only");
    let nothing = pinned(&BOTH, &ca, AVAILABLE, &[], at);
    assert_eq!(rests_on(&nothing), 0, "nor on a chain, where nobody told anything");
}

#[test]
fn rule_22_whoever_lists_for_an_anchored_leaf_leads_to_the_anchor_of_its_issuer() {
    let ca = certificate("ca");
    let key_usage = Some(KeyUsage::KEY_CERT_SIGN);
    let mute = Arc::new(Certificate { sha256: [0; 32], key_usage, ..Certificate::clone(&ca) });
    let asked = |at_hand: &[Arc<Certificate>]| {
        let (labels, at) = (["revoked-2012"], day(2012, 2));
        let outcome = pinned(&BOTH, at_hand, RevocationMode::Required, &labels, at);
        (outcome.result, outcome.revocation_state)
    };
    let unknown = (ChainResult::RevocationUnknown, S::Unknown);
    assert_eq!(asked(&[Arc::clone(&mute)]), unknown, "he may not");
    assert_eq!(asked(&[mute, ca]), (ChainResult::Ok, S::Good), "another certificate of his may");
}

#[test]
fn rule_22_theft_told_of_another_certificate_counts_for_an_anchored_leaf() {
    let leaf = certificate("leaf");
    // Another number, so that what the CA says of the leaf is said of a twin.
    let renewed = Arc::new(Certificate {
        sha256: [7; 32],
        serial: leaf.serial.iter().map(|it| it ^ 1).collect(),
        ..Certificate::clone(&leaf)
    });
    let anchors = [certificate("root"), Arc::clone(&renewed)].map(Arc::unwrap_or_clone);
    let trust = TrustStore::build(anchors.into(), Vec::new());
    let brought = set(&["revoked-2012"]);
    let message = [certificate("ca"), Arc::clone(&leaf)];
    let asked = |message: &[Arc<Certificate>]| {
        let request = PathRequest {
            leaf: &renewed,
            inherited_parameters: None,
            message_certificates: message,
            revocation: &brought,
            at_unix_s: day(2012, 4),
            purpose: Purpose::Mail,
        };
        build_path(&request, &trust, &rules(AVAILABLE, None), &SignatureCache::new(1000))
    };
    let stolen = asked(&message);
    assert_eq!((stolen.result, stolen.chain.len()), (ChainResult::Revoked, 1));
    assert_eq!(stolen.revocation[0].twin_sha256, Some(leaf.sha256));
    assert_eq!(asked(&message[..1]).result, ChainResult::Ok);
}

#[test]
fn anchor_that_nobody_else_issued_is_not_asked_about() {
    let trust = trust();
    let root = certificate("root");
    for mode in [AVAILABLE, RevocationMode::Required] {
        let request = PathRequest {
            leaf: &root,
            inherited_parameters: None,
            message_certificates: &[],
            revocation: &set(&["revoked-2012"]),
            at_unix_s: day(2012, 4),
            purpose: Purpose::Mail,
        };
        let outcome = build_path(&request, &trust, &rules(mode, None), &SignatureCache::new(10));
        assert_eq!((outcome.chain.len(), outcome.revocation.len()), (1, 0));
        assert_eq!(outcome.revocation_state, S::NotChecked);
    }
}
