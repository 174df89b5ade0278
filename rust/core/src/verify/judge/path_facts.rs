//! What the fold takes of a path: its result, and its revocation beside it (docs/design/17, Revocation as of T).
//!
//! A path that is refused for a hold, or for data that are required and stale, is whole otherwise: which word that gives
//! is told by the state, and whether the certificates had expired besides still has to be seen.

use crate::path::PathOutcome;
use crate::verdict::facts::{ChainResult, ControlTimeKind, RevocationState};
use crate::verify::strength::Shown;

/// Chain and revocation as facts of a signature; of no path nothing is known.
pub(super) fn path_facts(
    path: Option<&PathOutcome>,
    at_unix_s: i64,
) -> (Option<ChainResult>, RevocationState) {
    let Some(path) = path else { return (None, RevocationState::NotChecked) };
    let but_for_revocation = || Some(validity(path, at_unix_s));
    match (path.result, path.revocation_state) {
        (ChainResult::Revoked, state @ RevocationState::OnHold)
        | (ChainResult::RevocationUnknown, state @ RevocationState::Stale) => {
            (but_for_revocation(), state)
        }
        // Where nothing is required, what is stale hinders no more than what is not there.
        (result, RevocationState::Stale) => (Some(result), RevocationState::Unknown),
        (result, state) => (Some(result), state),
    }
}

/// The revocation of a path at a time that is proven: a CA whose key came into other hands later is revoked for what
/// nothing shows to be older, since whoever has the key issues what he likes as of long ago (docs/design/18).
pub(super) fn proven_facts(
    state: RevocationState,
    path: Option<&PathOutcome>,
    kind: ControlTimeKind,
    shown: Shown,
) -> RevocationState {
    let is_proof = matches!(kind, ControlTimeKind::Proven | ControlTimeKind::Vouched);
    let Some(path) = path.filter(|_| is_proof) else { return state };
    let mut issuers = path.revocation.iter().enumerate().skip(1);
    // What says that the leaf was not revoked then is no more shown to be older than the message is.
    let rests_on_lists = path.revocation.first().is_some_and(|leaf| leaf.backing.decides);
    let is_suspect = issuers.any(|(place, issuer)| {
        let makes_leaf_alone = place == 1 && !rests_on_lists;
        let is_from_before = |since| shown.is_from_before(makes_leaf_alone, since);
        issuer.suspect_unix_s().is_some_and(|since| !is_from_before(since))
    });
    if is_suspect { state.max(RevocationState::RevokedCa) } else { state }
}

/// The validity of a path whose other clauses hold: those below the anchor, at one time.
fn validity(path: &PathOutcome, at_unix_s: i64) -> ChainResult {
    let below_anchor =
        path.chain.len() - usize::from(path.anchor.is_some() && path.chain.len() > 1);
    let dated = || path.chain.iter().take(below_anchor);
    if dated().any(|certificate| at_unix_s < certificate.not_before_unix_s) {
        ChainResult::NotYetValid
    } else if dated().any(|certificate| at_unix_s > certificate.not_after_unix_s) {
        ChainResult::Expired
    } else {
        ChainResult::Ok
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::codes::Code;
    use crate::trust::bundle::parse_certificates;
    use crate::x509::certificate::parse_certificate;

    const INSIDE: i64 = 1_700_000_000;
    const BEFORE: i64 = 1_000_000_000;
    const AFTER: i64 = 3_000_000_000;

    /// A path of one certificate, valid from 2015 to the end of 2034.
    fn path(result: ChainResult, revocation_state: RevocationState) -> PathOutcome {
        let pem = include_bytes!("../../../../../tests/data/time/root.pem");
        let leaf = parse_certificate(&parse_certificates(pem).unwrap()[0]).unwrap();
        let mut path = PathOutcome::unaffordable(&Arc::new(leaf));
        (path.result, path.revocation_state) = (result, revocation_state);
        path
    }

    #[test]
    fn path_on_hold_or_without_data_that_are_required_is_judged_by_its_validity() {
        use RevocationState::{OnHold, Stale};
        for (result, state) in
            [(ChainResult::Revoked, OnHold), (ChainResult::RevocationUnknown, Stale)]
        {
            let found =
                [BEFORE, INSIDE, AFTER].map(|at| path_facts(Some(&path(result, state)), at));
            let expected = [ChainResult::NotYetValid, ChainResult::Ok, ChainResult::Expired];
            assert_eq!(found, expected.map(|chain| (Some(chain), state)));
        }
    }

    #[test]
    fn path_of_any_other_result_is_told_as_it_is() {
        for &result in ChainResult::ALL {
            for state in
                [RevocationState::Good, RevocationState::Unknown, RevocationState::RevokedCa]
            {
                let found = path_facts(Some(&path(result, state)), INSIDE);
                assert_eq!(found, (Some(result), state));
            }
            let stale = path_facts(Some(&path(result, RevocationState::Stale)), INSIDE);
            if result != ChainResult::RevocationUnknown {
                assert_eq!(stale, (Some(result), RevocationState::Unknown));
            }
        }
        assert_eq!(path_facts(None, INSIDE), (None, RevocationState::NotChecked));
    }
}
