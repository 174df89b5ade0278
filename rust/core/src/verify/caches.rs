//! The caches of an engine. They change speed, never a verdict (RULES 24).

use std::sync::Arc;

use crate::path::cache::PathCache;
use crate::path::rules::PathRules;
use crate::trust::TrustStore;

use super::certificates::CertificateCache;
use super::revocation::RevocationCache;

/// Chains kept (own choice: about 100 MB should every one be of its own sender).
const CHAINS: usize = 65_536;

/// Everything that outlives a chunk.
pub struct Caches {
    pub(super) certificates: CertificateCache,
    pub(super) revocation: RevocationCache,
    pub(super) chains: PathCache,
}

impl Caches {
    /// Empty caches for chains under `trust` and `rules`.
    #[must_use]
    pub fn new(trust: Arc<TrustStore>, rules: PathRules) -> Self {
        let chains = PathCache::new(trust, rules, CHAINS);
        Self {
            certificates: CertificateCache::default(),
            revocation: RevocationCache::default(),
            chains,
        }
    }
}
