//! The caches of an engine. They change speed, never a verdict (RULES 24).

use std::sync::Arc;

use crate::path::cache::PathCache;
use crate::path::rules::PathRules;
use crate::trust::TrustStore;

use super::certificates::CertificateCache;
use super::revocation::RevocationCache;

/// Chains kept (own choice: about 100 MB should every one be of its own sender).
const CHAINS: usize = 65_536;
/// Chains of time-stamp authorities kept (own choice: there are some hundreds, each with a few certificates).
const TSA_CHAINS: usize = 4_096;

/// Everything that outlives a chunk.
pub struct Caches {
    pub(super) certificates: CertificateCache,
    pub(super) revocation: RevocationCache,
    pub(super) chains: PathCache,
    /// Chains of time-stamp authorities, under their own anchors.
    pub(super) tsa_chains: PathCache,
}

impl Caches {
    /// Empty caches for chains under `trust`, and those of time-stamp authorities under `tsa_trust`, by `rules`.
    #[must_use]
    pub fn new(trust: Arc<TrustStore>, tsa_trust: Arc<TrustStore>, rules: &PathRules) -> Self {
        // What the operator asks of the signers' policies is not asked of time-stamp authorities.
        let tsa_rules = PathRules {
            model: rules.model,
            revocation: rules.revocation.clone(),
            sunset: rules.sunset.clone(),
            now_unix_s: rules.now_unix_s,
            ..PathRules::DEFAULT
        };
        Self {
            certificates: CertificateCache::default(),
            revocation: RevocationCache::default(),
            chains: PathCache::new(trust, rules.clone(), CHAINS),
            tsa_chains: PathCache::new(tsa_trust, tsa_rules, TSA_CHAINS),
        }
    }
}
