//! Proof: both ends of the interval against the chain → what is established of when a signature was made.
//!
//! Established only where the chain is otherwise whole, and never with a control time that the operator chose
//! (docs/design/17, What proves what).

use crate::path::PathOutcome;
use crate::verdict::facts::{ChainResult, ControlTimeKind, TimeProof};

use super::{MICROSECONDS, Times};

/// What the evidence of a signature says together with its chain at the control time.
pub(in crate::verify) fn time_proof(times: &Times, control: &PathOutcome) -> TimeProof {
    let Some(evidence) = &times.evidence else { return TimeProof::Consistent };
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
    match (control.result, times.kind) {
        (_, ControlTimeKind::Chosen) => TimeProof::Consistent,
        (ChainResult::NotYetValid, ControlTimeKind::Proven) if before_validity => {
            TimeProof::BeforeValidityProven
        }
        (ChainResult::NotYetValid, ControlTimeKind::Vouched) if before_validity => {
            TimeProof::BeforeValidityVouched
        }
        (ChainResult::Expired, _) if after_expiry => TimeProof::AfterExpiry,
        _ => TimeProof::Consistent,
    }
}

const fn seconds(unix_s: i64) -> i64 {
    unix_s.saturating_mul(MICROSECONDS)
}
