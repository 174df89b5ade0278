//! Revocation: the status of each certificate of a finished path, as of one time (RFC 5280 §6.3, RFC 6960, RULES 22).
//!
//! What the message brought and what the operator gave are gathered as claims ([`claims`], [`lists`], [`responses`]) and
//! weighed as docs/design/17 defines ([`status`]); what is told of the theft of a key counts for all its certificates
//! ([`thefts`]). A claim counts only if whoever signed it may ([`issuer`]); that is
//! asked last, for the few claims that matter, and paid for from the budget of the path.

mod anchored;
mod claims;
mod element;
mod issuer;
mod lists;
mod responses;
mod status;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests;
mod thefts;

pub(crate) use claims::words_against;
pub(super) use element::Statuses;
pub use element::{Backing, ElementRevocation};
pub(crate) use issuer::is_list_verified;

use std::sync::Arc;

use self::status::Weighing;
use super::Interval;
use super::budget::{Budget, Exceeded};
use super::cache::SignatureCache;
use super::issuers::Issuers;
use super::rules::{PathRules, Purpose};
use super::strength::Ingredient;
use crate::codes::codes;
use crate::limits;
use crate::trust::TrustStore;
use crate::trust::revocation::RevocationSet;
use crate::verdict::facts::{ChainResult, RevocationState};
use crate::verdict::sunset::SunsetTable;
use crate::x509::certificate::Certificate;

codes! {
    /// What revocation means for a path (`--revocation`).
    pub enum RevocationMode {
        Off = "off", "It is not looked at.";
        IfAvailable = "if-available", "A revoked certificate refuses the path; one of which nothing is known does not.";
        Required = "required", "Every certificate must be known not to be revoked.";
    }
}

/// The part of a run's rules that is about revocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevocationRules {
    /// What it means.
    pub mode: RevocationMode,
    /// What the operator gave.
    pub store: Option<Arc<RevocationSet>>,
}

impl RevocationRules {
    /// As far as messages bring something.
    pub const DEFAULT: Self = Self::of(RevocationMode::IfAvailable);

    /// Rules of that mode, with nothing from the operator.
    #[must_use]
    pub const fn of(mode: RevocationMode) -> Self {
        Self { mode, store: None }
    }
}

/// What a claim is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// Against the certificate of the path: it stands for ever unless its signer is known not to have been entitled
    /// when it was made (RULES 22).
    Against,
    /// For it: when it was made is the signer's own word, so nobody else may ever have had his key (docs/design/18).
    For,
}

impl Use {
    /// What speaks against whoever spoke against a certificate speaks for it, and the other way round.
    const fn turned(self) -> Self {
        match self {
            Self::Against => Self::For,
            Self::For => Self::Against,
        }
    }
}

/// What is asked, and what may answer.
#[derive(Clone, Copy)]
pub(super) struct Inquiry<'a> {
    mode: RevocationMode,
    store: &'a RevocationSet,
    brought: &'a RevocationSet,
    sunset: &'a SunsetTable,
    now_unix_s: i64,
    /// How many issuers of lists lie between the path and the one asked about.
    depth: u8,
    /// What the word of the one asked about is to be taken for, where that is asked for.
    word: Option<Use>,
    /// Whoever is asked about must be beyond doubt.
    takes_the_worst: bool,
}

impl<'a> Inquiry<'a> {
    pub(super) fn new(rules: &'a PathRules, brought: &'a RevocationSet, purpose: Purpose) -> Self {
        Self {
            mode: rules.revocation.mode,
            store: rules.revocation.store.as_deref().unwrap_or_else(|| RevocationSet::none()),
            brought,
            sunset: &rules.sunset,
            now_unix_s: rules.now_unix_s,
            depth: 0,
            word: None,
            takes_the_worst: purpose.takes_the_worst(),
        }
    }

    /// Whether nothing is asked, or nothing there could answer.
    pub(super) fn is_idle(&self) -> bool {
        self.mode == RevocationMode::Off || (self.brought.is_empty() && self.store.is_empty())
    }

    /// The same about someone who signed a list or response: refused if known to be revoked, whatever the mode, since
    /// an issuer of lists is often told of in his own lists alone. Of one too deep to be asked about nothing is known.
    pub(super) const fn about_an_issuer(self, word: Use) -> Self {
        let mode =
            if self.is_too_deep() { RevocationMode::Off } else { RevocationMode::IfAvailable };
        let depth = self.depth.saturating_add(1);
        let takes_the_worst = matches!(word, Use::For);
        Self { mode, depth, word: Some(word), takes_the_worst, ..self }
    }

    /// Whether the one asked about spoke against a certificate, so that whatever is known against him clears it.
    fn clears(&self) -> bool {
        self.word == Some(Use::Against)
    }

    /// Whether an algorithm was given up by now.
    fn is_weak(&self, ingredient: &Ingredient) -> bool {
        ingredient.ageing(self.sunset).is_some_and(|it| it.until_unix_s < self.now_unix_s)
    }

    const fn is_too_deep(&self) -> bool {
        self.depth >= limits::REVOCATION_DEPTH
    }

    /// What a state rests on.
    fn backing(&self, algorithms: Vec<(Ingredient, i64)>, state: RevocationState) -> Backing {
        Backing { algorithms, decides: self.decides(state) }
    }

    /// Whether a path comes out otherwise for a certificate in `state` than for one of which nothing is known.
    fn decides(&self, state: RevocationState) -> bool {
        let nothing = self.check_revocation(RevocationState::Unknown);
        self.check_revocation(state) != nothing
    }

    /// The clause: what a path whose worst certificate is in `state` comes to.
    pub(super) fn check_revocation(&self, state: RevocationState) -> Result<(), ChainResult> {
        match state {
            RevocationState::OnHold | RevocationState::Revoked | RevocationState::RevokedCa => {
                Err(ChainResult::Revoked)
            }
            RevocationState::Unknown | RevocationState::Stale
                if self.mode == RevocationMode::Required =>
            {
                Err(ChainResult::RevocationUnknown)
            }
            _ => Ok(()),
        }
    }
}

/// Where claims and their signers are looked for.
pub(super) struct Surroundings<'s, 'a> {
    pub(super) trust: &'a TrustStore,
    pub(super) signatures: &'a SignatureCache,
    pub(super) issuers: &'s Issuers<'a>,
    pub(super) inquiry: Inquiry<'a>,
    /// The anchor of the path, which signers of lists must lead to as well (RFC 5280 §6.3.3 (f)).
    pub(super) anchor: [u8; 32],
}

impl<'a> Surroundings<'_, 'a> {
    /// The status of each certificate of `chain`, leaf first, but the anchor; `interval` shrinks to the times around
    /// `at_unix_s` in which it is the same. Nothing is asked of the first `passed`.
    pub(super) fn judge_chain(
        &self,
        chain: &[Arc<Certificate>],
        passed: usize,
        at_unix_s: i64,
        budget: &mut Budget,
        interval: &mut Interval,
    ) -> Result<Statuses, Exceeded> {
        let mut statuses = Statuses::default();
        if self.inquiry.mode == RevocationMode::Off {
            return Ok(statuses);
        }
        for (position, window) in chain.windows(2).enumerate().skip(passed) {
            let [certificate, _] = window else { continue };
            let above = chain.get(position + 1..).unwrap_or_default();
            let mut status = self.judge(certificate, above, at_unix_s, budget, interval)?;
            if position > 0 && status.state == RevocationState::Revoked {
                status.state = RevocationState::RevokedCa;
            }
            statuses.elements.push(status);
        }
        let worst = statuses.elements.iter().map(|status| status.state).max();
        // Not even one: the signer is an anchor that nobody else issued, so that nobody could revoke it.
        statuses.worst = worst.unwrap_or(RevocationState::NotChecked);
        // `not_checked` is worse than `good` and no certificate is in it here.
        Ok(statuses)
    }

    /// The status of `certificate`, whose issuer is the first of `above` and whose anchor the last.
    fn judge(
        &self,
        certificate: &Certificate,
        above: &[Arc<Certificate>],
        at_unix_s: i64,
        budget: &mut Budget,
        interval: &mut Interval,
    ) -> Result<ElementRevocation, Exceeded> {
        let unknown = ElementRevocation::of(certificate, RevocationState::Unknown);
        if self.inquiry.brought.is_empty() && self.inquiry.store.is_empty() {
            return Ok(unknown);
        }
        let claims = self.gather(certificate, above, budget)?;
        let mut status = unknown;
        if !claims.is_empty() {
            let weighing = Weighing {
                surroundings: self,
                certificate,
                above,
                at_unix_s,
                budget,
                interval,
                backing: Vec::new(),
                was_lifted: false,
            };
            status = weighing.weigh(&claims)?;
        }
        if let Some(theft) = self.find_theft(certificate, above, at_unix_s, budget, interval)? {
            status = theft.added_to(status, at_unix_s, &self.inquiry);
        }
        if self.inquiry.word == Some(Use::For) && !status.keeps_worth() {
            status.state = RevocationState::Revoked;
        }
        Ok(status)
    }
}
