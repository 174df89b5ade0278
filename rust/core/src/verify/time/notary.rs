//! Notaries: whether nobody else can have written what one claims (RULES 22b, docs/design/18).
//!
//! The operator vouches for one certificate, and what is asked is asked of that one. A sender chooses what comes with a
//! countersignature, so that what is left out must not help it: a word against the certificate counts also where it cannot
//! be verified.

use crate::path::PathOutcome;
use crate::path::revocation::{RevocationMode, words_against};
use crate::verdict::facts::{ChainResult, RevocationState};
use crate::x509::certificate::Certificate;
use crate::x509::crl_entry::{RevocationReason, Revoked};

use super::super::chain::Paths;
use super::super::resolve::Signer;
use super::super::strength::Strength;
use super::MICROSECONDS;

/// Whether nobody else can have written what a notary claims: its algorithms are strong today, and nothing was ever said
/// against its key.
pub(super) fn is_beyond_doubt(
    signer: &mut Signer<'_>,
    certificate: &Certificate,
    paths: &mut Paths<'_>,
    claimed_unix_s: i64,
) -> bool {
    let context = paths.context();
    let until_unix_s = Strength::of(signer, None, context).until_unix_s();
    let now_unix_s = context.options.now_unix_us.div_euclid(MICROSECONDS);
    if until_unix_s.is_some_and(|until| now_unix_s > until) {
        return false;
    }
    let rules = &context.options.path_rules.revocation;
    if rules.mode == RevocationMode::Off {
        return true;
    }
    let path = paths.path_of_notary(signer, claimed_unix_s);
    let is_good = path.as_ref().is_some_and(|path| {
        path.revocation.first().is_some_and(|leaf| leaf.state == RevocationState::Good)
    });
    let store = rules.store.as_deref().into_iter();
    let sets = store.chain([&*signer.revocation]);
    let mut words = sets.flat_map(|set| words_against(set, certificate)).flatten();
    path.is_some_and(|path| is_unsuspected(&path))
        && !words.any(|word| is_suspicion(&word, is_good, claimed_unix_s))
}

/// Whether nothing is said against the leaf of a path. One that leads nowhere can be told of by nobody; one of which
/// nothing was asked, though somebody could have been, is suspect.
fn is_unsuspected(path: &PathOutcome) -> bool {
    let is_told_of = path.anchor.is_some() && path.chain.len() > 1;
    path.revocation.first().map_or_else(
        || !is_told_of && path.result != ChainResult::Budget,
        |leaf| {
            leaf.keeps_worth()
                && !matches!(leaf.state, RevocationState::Revoked | RevocationState::OnHold)
        },
    )
}

/// Whether a word that perhaps nobody can verify is against what was claimed then. Of a hold a certificate that is known to
/// be good has been freed.
fn is_suspicion(word: &Revoked, is_good: bool, claimed_unix_s: i64) -> bool {
    match word.reason {
        RevocationReason::RemoveFromCrl => false,
        RevocationReason::CertificateHold => !is_good,
        _ => word.casts_doubt() || word.since_unix_s() <= claimed_unix_s,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::Code;

    #[test]
    fn rule_22b_word_against_a_notary_counts_unless_it_does_no_harm_to_what_he_claimed_before() {
        let suspicions = |is_good, claimed_unix_s| -> Vec<&str> {
            let is_reason_said = true;
            let word = |reason| Revoked {
                revoked_unix_s: 10,
                reason,
                is_reason_said,
                invalid_unix_s: None,
            };
            let all = RevocationReason::ALL.iter();
            all.filter(|reason| is_suspicion(&word(**reason), is_good, claimed_unix_s))
                .map(|reason| reason.code())
                .collect()
        };
        let later = suspicions(true, 9);
        assert!(later.contains(&"key_compromise") && later.contains(&"privilege_withdrawn"));
        assert!(!later.contains(&"superseded") && !later.contains(&"certificate_hold"));
        assert!(suspicions(false, 9).contains(&"certificate_hold"));
        assert!(suspicions(true, 10).contains(&"superseded"), "not before");
        assert!(!suspicions(false, 10).contains(&"remove_from_crl"));
    }
}
