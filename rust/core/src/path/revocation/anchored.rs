//! A leaf that is itself an anchor, though somebody else issued it: the operator trusts it without a path, and what its issuer
//! tells of its revocation counts all the same (docs/design/18).
//!
//! Heard against it is whoever has the key that signed it, trusted or only at hand: an operator who names it alone need not
//! trust its issuer. Heard for it is only one who leads to an anchor of his own.

use core::cmp::Reverse;
use std::sync::Arc;

use super::super::Interval;
use super::super::budget::{Budget, Exceeded};
use super::super::build::{Leaf, Search};
use super::super::issuers::Candidate;
use super::super::strength::ingredients_of_chain;
use super::{ElementRevocation, RevocationMode, Statuses, Surroundings, Use};
use crate::verdict::facts::{ChainResult, RevocationState};
use crate::x509::certificate::Certificate;

impl<'a> Surroundings<'_, 'a> {
    /// The status of such a leaf, as [`Surroundings::judge_chain`] gives it of a path.
    pub(in crate::path) fn judge_anchored(
        &self,
        leaf: Leaf<'a>,
        at_unix_s: i64,
        budget: &mut Budget,
        interval: &mut Interval,
    ) -> Result<Statuses, Exceeded> {
        if self.inquiry.mode == RevocationMode::Off {
            return Ok(Statuses::default());
        }
        let mut worst = ElementRevocation::of(leaf.0, RevocationState::Unknown);
        if !self.inquiry.is_idle() {
            let mut told = vec![self.judge_trusted(leaf, at_unix_s, budget, interval)?];
            told.extend(self.judge_at_hand(leaf.0, at_unix_s, budget, interval)?);
            // Of equals the first, which is the trusted one.
            let told = told.into_iter().min_by_key(|it| Reverse(self.weight_against(it)));
            worst = told.unwrap_or(worst);
        }
        Ok(Statuses { worst: worst.state, elements: vec![worst] })
    }

    /// By those who issued it and lead to an anchor, if there are any; and what is told of the theft of its key.
    fn judge_trusted(
        &self,
        leaf: Leaf<'a>,
        at_unix_s: i64,
        budget: &mut Budget,
        interval: &mut Interval,
    ) -> Result<ElementRevocation, Exceeded> {
        let (path, times) = Search::path_of_issuers(self, budget, leaf, at_unix_s, Use::For)?;
        interval.intersect(times);
        let (chain, statuses) = path.unwrap_or_default();
        let above = chain.get(1..).unwrap_or_default();
        let anchor = above.last().map_or(self.anchor, |anchor| anchor.sha256);
        let trusting = Surroundings { anchor, ..*self };
        let mut status = trusting.judge(leaf.0, above, at_unix_s, budget, interval)?;
        if !status.backing.algorithms.is_empty() {
            let of_chain = ingredients_of_chain(&chain, true).map(|(_, it)| (it, at_unix_s));
            let of_issuers = statuses.elements.into_iter().flat_map(|it| it.backing.decisive());
            status.backing.algorithms.extend(of_chain.chain(of_issuers));
        }
        Ok(status)
    }

    /// By each certificate that may be of its issuer and whose key signed it: whoever brings one with the right key and the
    /// wrong uses must not silence the others.
    fn judge_at_hand(
        &self,
        leaf: &Certificate,
        at_unix_s: i64,
        budget: &mut Budget,
        interval: &mut Interval,
    ) -> Result<Vec<ElementRevocation>, Exceeded> {
        let mut told = Vec::new();
        for Candidate { certificate: issuer, .. } in self.issuers.candidates(leaf, budget)? {
            let alone = [Arc::clone(issuer)];
            if self.has_issued(&alone, leaf, budget)? {
                let status = self.judge(leaf, &alone, at_unix_s, budget, interval)?;
                told.push(self.without_praise(status));
            }
        }
        Ok(told)
    }

    /// A status without what was said for the certificate.
    fn without_praise(&self, status: ElementRevocation) -> ElementRevocation {
        let state = if self.refuses(&status) { status.state } else { RevocationState::Unknown };
        ElementRevocation { state, ..status }
    }

    fn refuses(&self, status: &ElementRevocation) -> bool {
        self.inquiry.check_revocation(status.state) == Err(ChainResult::Revoked)
    }

    /// How much of what is told of a certificate is against it.
    fn weight_against(&self, status: &ElementRevocation) -> (Option<RevocationState>, bool) {
        (Some(status.state).filter(|_| self.refuses(status)), !status.keeps_worth())
    }
}
