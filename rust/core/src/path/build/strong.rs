//! Of several good paths the strong one (RULES 15): what is weak is as of the time asked for or of the run, whichever is later.

use std::sync::Arc;

use super::super::revocation::Statuses;
use super::super::strength::{Ingredient, ageing_of_path};
use super::{Good, Search};
use crate::x509::certificate::Certificate;

impl Search<'_> {
    /// The last second at which everything that a good path rests on was strong enough.
    pub(super) fn strong_until(&self, chain: &[Arc<Certificate>], statuses: &Statuses) -> i64 {
        let ageing = ageing_of_path(chain, true, &statuses.elements, &self.rules.sunset);
        let decisive = ageing.iter().filter(|(place, _)| place.decides());
        decisive.map(|(_, ageing)| ageing.until_unix_s).min().unwrap_or(i64::MAX)
    }

    /// RULES 15: gives a good path back if none could be better; else keeps the one that lasted longest.
    pub(super) fn prefer_strong(&mut self, good: Good) -> Option<Good> {
        let now_unix_s = self.rules.now_unix_s;
        if good.until_unix_s >= now_unix_s {
            // Weak only at times to come, if at any.
            self.interval.narrow_to([good.until_unix_s.saturating_add(1)], self.at_unix_s);
        }
        let is_strong = good.until_unix_s >= now_unix_s.max(self.at_unix_s);
        if is_strong || good.until_unix_s >= self.leaf_until(&good.chain) {
            return Some(good);
        }
        if self.weak.as_ref().is_none_or(|weak| weak.until_unix_s < good.until_unix_s) {
            self.weak = Some(good);
        }
        None
    }

    /// What no path of the leaf outlasts: its own key and the signature on it.
    fn leaf_until(&self, chain: &[Arc<Certificate>]) -> i64 {
        let leaf = chain.first();
        let signature = leaf.and_then(|leaf| leaf.signature_algorithm().ok());
        let signature = signature.and_then(|it| Ingredient::digest_of(&it));
        let key = leaf.and_then(|leaf| Ingredient::key_of(leaf));
        let own = signature.into_iter().chain(key);
        let own = own.filter_map(|ingredient| ingredient.ageing(&self.rules.sunset));
        own.map(|ageing| ageing.until_unix_s).min().unwrap_or(i64::MAX)
    }
}
