//! Proof: both ends of the interval against the chain → what is established of when a signature was made.
//!
//! Established only where the chain is otherwise whole, and never with a control time that the operator chose
//! (docs/design/17, What proves what).

use crate::path::PathOutcome;
use crate::path::revocation::ElementRevocation;
use crate::path::rules::PathRules;
use crate::path::strength::Ingredient;
use crate::verdict::facts::{ChainResult, ControlTimeKind, RevocationState, TimeProof};
use crate::x509::crl_entry::RevocationReason;

use super::MICROSECONDS;
use super::evidence::Evidence;

/// What the evidence of a signature says together with its chain at a control time of some kind.
///
/// Where the signature names a key and not a certificate, another one of that key may be the signer's, which nobody brought:
/// nothing fails for good by the validity of this one.
pub(in crate::verify) fn time_proof(
    evidence: Option<&Evidence>,
    kind: ControlTimeKind,
    control: &PathOutcome,
    names_certificate: bool,
) -> TimeProof {
    match established(evidence, kind, control) {
        TimeProof::BeforeValidityProven if !names_certificate => TimeProof::BeforeValidityVouched,
        TimeProof::AfterExpiry | TimeProof::AfterRevocation if !names_certificate => {
            TimeProof::Consistent
        }
        proof => proof,
    }
}

/// As if the certificate at hand were the signer's.
fn established(
    evidence: Option<&Evidence>,
    kind: ControlTimeKind,
    control: &PathOutcome,
) -> TimeProof {
    let Some(evidence) = evidence else { return TimeProof::Consistent };
    let best_unix_us = evidence.best().map(|best| best.unix_us);
    let not_before_unix_us = evidence.not_before_unix_us;
    if let (Some(best), Some(not_before)) = (best_unix_us, not_before_unix_us)
        && not_before > best
    {
        return TimeProof::OrderFailure;
    }
    let Some(leaf) = control.chain.first() else { return TimeProof::Consistent };
    let before_validity = best_unix_us.is_some_and(|best| best < seconds(leaf.not_before_unix_s));
    // The last second belongs to the validity (RFC 5280 §4.1.2.5).
    let after_expiry = not_before_unix_us
        .is_some_and(|unix_us| unix_us >= seconds(leaf.not_after_unix_s.saturating_add(1)));
    match (control.result, kind) {
        (_, ControlTimeKind::Chosen) => TimeProof::Consistent,
        (ChainResult::NotYetValid, ControlTimeKind::Proven) if before_validity => {
            TimeProof::BeforeValidityProven
        }
        (ChainResult::NotYetValid, ControlTimeKind::Vouched) if before_validity => {
            TimeProof::BeforeValidityVouched
        }
        (ChainResult::Expired, _) if after_expiry => TimeProof::AfterExpiry,
        (ChainResult::Revoked, _) if is_younger_than_revocation(not_before_unix_us, control) => {
            TimeProof::AfterRevocation
        }
        _ => TimeProof::Consistent,
    }
}

/// Whether the signer's own certificate was revoked for good before the signature can have been made. That it was never issued
/// is told with a time that means nothing (RFC 6960 §2.2: 1970).
fn is_younger_than_revocation(not_before_unix_us: Option<i64>, control: &PathOutcome) -> bool {
    let is_own = |leaf: &&ElementRevocation| {
        leaf.state == RevocationState::Revoked
            && leaf.twin_sha256.is_none()
            && leaf.reason != Some(RevocationReason::NotIssued)
    };
    let leaf = control.revocation.first().filter(is_own);
    let revoked_unix_s = leaf.and_then(|leaf| leaf.revoked_unix_s);
    not_before_unix_us
        .zip(revoked_unix_s)
        .is_some_and(|(not_before, revoked)| not_before >= seconds(revoked))
}

/// Whether nobody can have made up afterwards that a signer was revoked so early: what says so rests on algorithms that hold
/// today, and nothing is known of a theft of its CA's key.
pub(in crate::verify) fn is_told_beyond_doubt(path: &PathOutcome, rules: &PathRules) -> bool {
    let Some((leaf, above)) = path.revocation.split_first() else { return false };
    let until_unix_s =
        |it: &Ingredient| it.ageing(&rules.sunset).map_or(i64::MAX, |it| it.until_unix_s);
    let is_strong = |it: &Ingredient| until_unix_s(it) >= rules.now_unix_s;
    leaf.backing.algorithms.iter().all(|(it, _)| is_strong(it))
        && above.iter().all(|it| it.suspect_unix_s().is_none())
}

const fn seconds(unix_s: i64) -> i64 {
    unix_s.saturating_mul(MICROSECONDS)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use std::sync::Arc;

    use super::super::evidence::{Candidate, Evidence};
    use super::*;
    use crate::path::revocation::Backing;
    use crate::trust::bundle::parse_certificates;
    use crate::verdict::evidence::EvidenceKind;
    use crate::x509::certificate::parse_certificate;

    /// A chain whose leaf is valid from 2015 to the end of 2034.
    fn path(result: ChainResult) -> PathOutcome {
        let pem = include_bytes!("../../../../../tests/data/time/root.pem");
        let leaf = parse_certificate(&parse_certificates(pem).unwrap()[0]).unwrap();
        let mut path = PathOutcome::unaffordable(&Arc::new(leaf));
        path.result = result;
        path
    }

    const FIRST: i64 = 1_420_070_400;
    const LAST: i64 = 2_051_222_400;

    fn proof(
        best: Option<(EvidenceKind, i64)>,
        not_before: Option<i64>,
        kind: ControlTimeKind,
        result: ChainResult,
    ) -> TimeProof {
        proof_where(true, best, not_before, kind, result)
    }

    /// As [`proof`], of a signature that names its certificate or only its key.
    fn proof_where(
        names_certificate: bool,
        best: Option<(EvidenceKind, i64)>,
        not_before: Option<i64>,
        kind: ControlTimeKind,
        result: ChainResult,
    ) -> TimeProof {
        let candidate = |kind, unix_s: i64| Candidate {
            kind,
            unix_us: unix_s * MICROSECONDS,
            source: String::new(),
            trusted: true,
        };
        let young = not_before.map(|unix_s| candidate(EvidenceKind::ContentTimestamp, unix_s));
        let candidates = best.map(|(kind, unix_s)| candidate(kind, unix_s));
        let evidence = Evidence::of(candidates.into_iter().chain(young).collect(), i64::MAX);
        time_proof(Some(&evidence), kind, &path(result), names_certificate)
    }

    const TOKEN: EvidenceKind = EvidenceKind::SignatureTimestamp;

    #[test]
    fn time_before_validity_is_proven_by_a_token_and_only_vouched_for_by_others() {
        use ControlTimeKind as K;
        let early =
            |kind, control| proof(Some((kind, FIRST - 1)), None, control, ChainResult::NotYetValid);
        assert_eq!(early(TOKEN, K::Proven), TimeProof::BeforeValidityProven);
        assert_eq!(early(EvidenceKind::Received, K::Vouched), TimeProof::BeforeValidityVouched);
        assert_eq!(early(TOKEN, K::Chosen), TimeProof::Consistent);
        assert_eq!(early(TOKEN, K::Now), TimeProof::Consistent);
        let at_first = Some((TOKEN, FIRST));
        // A CA of the chain was not valid yet, the signer's certificate was.
        let other = proof(at_first, None, K::Proven, ChainResult::NotYetValid);
        assert_eq!(other, TimeProof::Consistent);
    }

    #[test]
    fn time_before_validity_needs_a_chain_that_is_otherwise_whole() {
        for &result in <ChainResult as crate::codes::Code>::ALL {
            let early = Some((TOKEN, FIRST - 1));
            let found = proof(early, None, ControlTimeKind::Proven, result);
            let is_whole = result == ChainResult::NotYetValid;
            assert_eq!(found == TimeProof::BeforeValidityProven, is_whole, "{result:?}");
        }
    }

    #[test]
    fn time_after_expiry_is_proven_by_what_the_signature_covers_alone() {
        use ControlTimeKind as K;
        let late = |not_before, kind, result| proof(None, Some(not_before), kind, result);
        assert_eq!(late(LAST + 1, K::Now, ChainResult::Expired), TimeProof::AfterExpiry);
        assert_eq!(late(LAST, K::Now, ChainResult::Expired), TimeProof::Consistent);
        assert_eq!(late(LAST + 1, K::Chosen, ChainResult::Expired), TimeProof::Consistent);
        assert_eq!(late(LAST + 1, K::Now, ChainResult::UntrustedRoot), TimeProof::Consistent);
        let proven = Some((TOKEN, LAST + 9));
        let after = proof(proven, Some(LAST + 1), K::Proven, ChainResult::Expired);
        assert_eq!(after, TimeProof::AfterExpiry);
        assert_eq!(proof(proven, None, K::Proven, ChainResult::Expired), TimeProof::Consistent);
    }

    #[test]
    fn time_after_revocation_is_proven_of_the_signers_own_certificate_alone() {
        let element = |state, revoked_unix_s| ElementRevocation {
            certificate_sha256: [0; 32],
            state,
            revoked_unix_s,
            reason: None,
            invalid_unix_s: None,
            source_sha256: None,
            this_update_unix_s: None,
            next_update_unix_s: None,
            twin_sha256: None,
            backing: Backing::default(),
        };
        let young = |unix_s: i64, elements: &[ElementRevocation], kind, result| {
            let made = Candidate {
                kind: EvidenceKind::ContentTimestamp,
                unix_us: unix_s * MICROSECONDS,
                source: String::new(),
                trusted: true,
            };
            let mut path = path(result);
            path.revocation = elements.to_vec();
            time_proof(Some(&Evidence::of(vec![made], i64::MAX)), kind, &path, true)
        };
        let (revoked, now) = (ChainResult::Revoked, ControlTimeKind::Now);
        let own = [element(RevocationState::Revoked, Some(FIRST + 5))];
        assert_eq!(young(FIRST + 5, &own, now, revoked), TimeProof::AfterRevocation);
        assert_eq!(young(FIRST + 4, &own, now, revoked), TimeProof::Consistent);
        let chosen = young(FIRST + 5, &own, ControlTimeKind::Chosen, revoked);
        assert_eq!(chosen, TimeProof::Consistent);
        let broken = young(FIRST + 5, &own, now, ChainResult::SignatureInvalid);
        assert_eq!(broken, TimeProof::Consistent);
        let on_hold = [element(RevocationState::OnHold, Some(FIRST + 5))];
        assert_eq!(young(FIRST + 5, &on_hold, now, revoked), TimeProof::Consistent);
        let good = element(RevocationState::Good, None);
        let of_ca = [good, element(RevocationState::RevokedCa, Some(FIRST + 5))];
        assert_eq!(young(FIRST + 5, &of_ca, now, revoked), TimeProof::Consistent);
    }

    #[test]
    fn time_order_is_failed_only_where_the_two_ends_cross() {
        let ends = |best, not_before| {
            proof(Some((TOKEN, best)), Some(not_before), ControlTimeKind::Proven, ChainResult::Ok)
        };
        assert_eq!(ends(FIRST + 5, FIRST + 6), TimeProof::OrderFailure);
        assert_eq!(ends(FIRST + 5, FIRST + 5), TimeProof::Consistent);
        assert_eq!(ends(FIRST + 6, FIRST + 5), TimeProof::Consistent);
    }

    #[test]
    fn time_of_a_signature_without_evidence_is_consistent() {
        let found = time_proof(None, ControlTimeKind::Now, &path(ChainResult::Expired), true);
        assert_eq!(found, TimeProof::Consistent);
    }

    #[test]
    fn nothing_fails_for_good_by_a_certificate_that_the_signature_does_not_name() {
        use ControlTimeKind as K;
        let named = |best: Option<i64>, not_before, result| {
            let best = best.map(|unix_s| (TOKEN, unix_s));
            [true, false].map(|named| proof_where(named, best, not_before, K::Proven, result))
        };
        assert_eq!(
            named(Some(FIRST - 1), None, ChainResult::NotYetValid),
            [TimeProof::BeforeValidityProven, TimeProof::BeforeValidityVouched]
        );
        assert_eq!(
            named(None, Some(LAST + 1), ChainResult::Expired),
            [TimeProof::AfterExpiry, TimeProof::Consistent]
        );
        let order = named(Some(FIRST), Some(LAST), ChainResult::Ok);
        assert_eq!(order, [TimeProof::OrderFailure; 2]);
    }
}
