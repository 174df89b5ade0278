//! What a search asks beside itself: whether the certificates of a path were revoked, and the paths of whoever says so.

use std::sync::Arc;

use super::super::Interval;
use super::super::budget::{Budget, Exceeded};
use super::super::revocation::{ElementRevocation, Statuses, Surroundings, Use};
use super::super::rules::{PathRules, Purpose};
use super::{Chain, Leaf, Search};
use crate::verdict::facts::{ChainResult, RevocationState};
use crate::x509::certificate::Certificate;
use crate::x509::public_key::DsaParameters;

/// What the path of somebody who issues lists must keep: nothing is asked of him but to be certified.
static ISSUER_RULES: PathRules = PathRules::DEFAULT;

/// A path and its revocation, if there is one, and when else it comes out the same.
pub(in crate::path) type Found = (Option<(Chain, Statuses)>, Interval);

impl<'a> Search<'a> {
    /// The revocation of each certificate of a whole path, unless it is broken beyond what another time could mend; of
    /// one whom the operator vouches for whatever it is.
    pub(super) fn judge_revocation(
        &mut self,
        chain: &[Arc<Certificate>],
        held: ChainResult,
    ) -> Result<Statuses, Exceeded> {
        let is_asked = held <= ChainResult::AnchorNotTrusted || self.purpose == Purpose::Vouched;
        let (Some(anchor), true) = (chain.last(), is_asked) else {
            return Ok(Statuses::default());
        };
        let surroundings = Surroundings {
            trust: self.trust,
            signatures: self.signatures,
            issuers: &self.issuers,
            inquiry: self.inquiry,
            anchor: anchor.sha256,
        };
        let passed = usize::from(self.purpose == Purpose::SharesKey);
        let is_for_use = passed == 0 && self.purpose != Purpose::IssueLists;
        let (budget, interval) = (&mut self.budget, &mut self.interval);
        match self.anchored.filter(|_| is_for_use) {
            Some(leaf) => surroundings.judge_anchored(leaf, self.at_unix_s, budget, interval),
            None => surroundings.judge_chain(chain, passed, self.at_unix_s, budget, interval),
        }
    }

    /// The revocation of a path; of somebody whom the operator vouches for the theft of his key is told also where no path
    /// leads anywhere.
    pub(super) fn suspect(
        &mut self,
        chain: &[Arc<Certificate>],
        known: Vec<ElementRevocation>,
    ) -> Result<Vec<ElementRevocation>, Exceeded> {
        let is_asked = self.purpose == Purpose::Vouched && !self.inquiry.is_idle();
        let (Some((leaf, above)), true) = (chain.split_first(), is_asked && known.is_empty())
        else {
            return Ok(known);
        };
        let surroundings = Surroundings {
            trust: self.trust,
            signatures: self.signatures,
            issuers: &self.issuers,
            inquiry: self.inquiry,
            anchor: leaf.sha256,
        };
        let (budget, interval) = (&mut self.budget, &mut self.interval);
        let theft = surroundings.find_theft(leaf, above, self.at_unix_s, budget, interval)?;
        let unknown = ElementRevocation::of(leaf, RevocationState::Unknown);
        Ok(theft
            .map(|theft| theft.added_to(unknown, self.at_unix_s, &self.inquiry))
            .into_iter()
            .collect())
    }

    /// A path of `leaf` to an anchor that holds at a time, with its revocation, looked for
    /// out of the same places and the same budget; and when else it comes out the same.
    pub(in crate::path) fn path_to_anchor(
        surroundings: &Surroundings<'_, 'a>,
        budget: &mut Budget,
        leaf: &'a Arc<Certificate>,
        anchor: [u8; 32],
        at_unix_s: i64,
        word: Use,
    ) -> Result<Found, Exceeded> {
        let only_anchor = Some(anchor);
        let search = Self {
            only_anchor,
            purpose: Purpose::IssueLists,
            ..Self::beside(surroundings, *budget, at_unix_s, word)
        };
        search.run_beside(leaf, None, budget)
    }

    /// As [`Search::path_to_anchor`], to any anchor, for a certificate that somebody issued, itself an anchor or not: of
    /// itself nothing is asked, of its issuers that they might issue it.
    pub(in crate::path) fn path_of_issuers(
        surroundings: &Surroundings<'_, 'a>,
        budget: &mut Budget,
        (leaf, inherited): Leaf<'a>,
        at_unix_s: i64,
        word: Use,
    ) -> Result<Found, Exceeded> {
        let search =
            Self { goes_beyond: true, ..Self::beside(surroundings, *budget, at_unix_s, word) };
        search.run_beside(leaf, inherited, budget)
    }

    /// A search within another.
    fn beside(
        surroundings: &Surroundings<'_, 'a>,
        budget: Budget,
        at_unix_s: i64,
        word: Use,
    ) -> Self {
        Self {
            trust: surroundings.trust,
            rules: &ISSUER_RULES,
            signatures: surroundings.signatures,
            issuers: surroundings.issuers.clone(),
            budget,
            path: Vec::new(),
            best: None,
            weak: None,
            at_unix_s,
            interval: Interval::ALWAYS,
            inquiry: surroundings.inquiry.about_an_issuer(word),
            purpose: Purpose::SharesKey,
            only_anchor: None,
            anchored: None,
            goes_beyond: false,
            was_cut: false,
        }
    }

    fn run_beside(
        mut self,
        leaf: &'a Arc<Certificate>,
        inherited: Option<&'a DsaParameters>,
        budget: &mut Budget,
    ) -> Result<Found, Exceeded> {
        let found = self.search(leaf, inherited);
        *budget = self.budget;
        Ok((found?.map(|good| (good.chain, good.statuses)), self.interval))
    }
}
