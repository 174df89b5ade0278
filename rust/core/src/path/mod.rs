//! Certificate paths: from a signer's certificate to a trust anchor, at one control time (RFC 5280 §6).
//!
//! Takes a leaf, the certificates its message brought, the operator's trust store and a time; gives one result, the
//! chain it is about, and the interval of times in which the very same would come out. [`build_path`] is the search
//! alone, [`cache::PathCache`] the search with a memory, [`revocation`] a clause of it; [`rules::PathRules`] is what a run
//! asks of all its paths. Not here: weak algorithms, which of the leaf's addresses is the sender's.

mod budget;
mod build;
pub mod cache;
mod check;
mod issuers;
mod keys;
pub mod model;
mod name_constraints;
mod policy;
pub mod revocation;
pub mod rules;
pub mod strength;

pub use keys::{EffectiveKey, keys_of};
pub(crate) use revocation::is_list_verified;

use self::revocation::ElementRevocation;
use self::rules::{PathRules, Purpose};
use self::strength::{Ageing, Place};
use crate::trust::TrustStore;
use crate::trust::revocation::RevocationSet;
use crate::verdict::facts::{ChainResult, RevocationState};
use crate::verdict::sunset::SunsetTable;
use crate::x509::certificate::Certificate;
use crate::x509::public_key::DsaParameters;
use std::sync::{Arc, OnceLock};

/// What a path is asked for.
#[derive(Clone, Copy)]
pub struct PathRequest<'a> {
    /// The signer's certificate.
    pub leaf: &'a Arc<Certificate>,
    /// The parameters the signature was verified with, when the leaf's DSA key has none of its own
    /// ([`EffectiveKey::inherited`]); without them such a leaf has no path.
    pub inherited_parameters: Option<&'a DsaParameters>,
    /// What the message brought, in any order; the leaf may be among them.
    pub message_certificates: &'a [Arc<Certificate>],
    /// The certificate lists and OCSP responses it brought.
    pub revocation: &'a RevocationSet,
    /// The control time.
    pub at_unix_s: i64,
    /// What the leaf's key was used for.
    pub purpose: Purpose,
}

/// What came out.
#[derive(Clone)]
pub struct PathOutcome {
    /// `ok`, or the most telling of everything that was wrong.
    pub result: ChainResult,
    /// The chain the result is about: leaf first, and as far as it leads.
    pub chain: Vec<Arc<Certificate>>,
    /// The last of the chain, if it is an anchor.
    pub anchor: Option<Arc<Certificate>>,
    /// Revocation of each certificate below the anchor, leaf first; empty where it was not checked.
    pub revocation: Vec<ElementRevocation>,
    /// The worst of them.
    pub revocation_state: RevocationState,
    /// The certificate policies under which a good chain holds for the user (RFC 5280 §6.1.6), as dotted numbers.
    pub policies: Vec<String>,
    /// Control times in which this very result and chain come out; holds the one asked for.
    pub interval: Interval,
    /// Signature checks that finding it costs, whatever a cache knew (RULES 24).
    pub signature_checks: u32,
    /// What of the path has a last day, by the one table of the cache that keeps this; made when first asked for.
    ageing: OnceLock<Vec<(Place, Ageing)>>,
}

impl PathOutcome {
    /// What is said of a leaf whose paths are not looked for, because the budget for its message is spent.
    #[must_use]
    pub fn unaffordable(leaf: &Arc<Certificate>) -> Self {
        Self {
            result: ChainResult::Budget,
            chain: vec![Arc::clone(leaf)],
            anchor: None,
            revocation: Vec::new(),
            revocation_state: RevocationState::NotChecked,
            policies: Vec::new(),
            interval: Interval::ALWAYS,
            signature_checks: 0,
            ageing: OnceLock::new(),
        }
    }

    /// What of the path has a last day by `table`, and where it stands; always ask with the same.
    #[must_use]
    pub fn ageing(&self, table: &SunsetTable) -> &[(Place, Ageing)] {
        let is_whole = self.anchor.is_some();
        self.ageing.get_or_init(|| {
            strength::ageing_of_path(&self.chain, is_whole, &self.revocation, table)
        })
    }
}

/// A span of time in Unix seconds, without its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// First second inside; `i64::MIN` for no beginning.
    pub from_unix_s: i64,
    /// First second after; `i64::MAX` for no end.
    pub until_unix_s: i64,
}

impl Interval {
    /// All times.
    pub(crate) const ALWAYS: Self = Self { from_unix_s: i64::MIN, until_unix_s: i64::MAX };

    /// Whether a time lies inside.
    #[must_use]
    pub const fn contains(&self, at_unix_s: i64) -> bool {
        self.from_unix_s <= at_unix_s && at_unix_s < self.until_unix_s
    }

    /// Shrinks to the part around `at_unix_s` in which the validity of `certificate` neither begins nor ends.
    fn narrow(&mut self, certificate: &Certificate, at_unix_s: i64) {
        let first_after = certificate.not_after_unix_s.saturating_add(1);
        self.narrow_to([certificate.not_before_unix_s, first_after], at_unix_s);
    }

    /// Shrinks to the part that lies in `other` too.
    fn intersect(&mut self, other: Self) {
        self.from_unix_s = self.from_unix_s.max(other.from_unix_s);
        self.until_unix_s = self.until_unix_s.min(other.until_unix_s);
    }

    /// Shrinks to the part around `at_unix_s` that holds no boundary but at its start.
    fn narrow_to(&mut self, boundaries: impl IntoIterator<Item = i64>, at_unix_s: i64) {
        for boundary in boundaries {
            if boundary <= at_unix_s {
                self.from_unix_s = self.from_unix_s.max(boundary);
            } else {
                self.until_unix_s = self.until_unix_s.min(boundary);
            }
        }
    }
}

/// Builds and judges the path of a leaf: the same inputs give the same outcome, in whatever order they come.
///
/// `signatures` changes the speed only.
#[must_use]
pub fn build_path(
    request: &PathRequest<'_>,
    trust: &TrustStore,
    rules: &PathRules,
    signatures: &cache::SignatureCache,
) -> PathOutcome {
    build::Search::new(request, trust, rules, signatures).run(request)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod pkits;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests;
