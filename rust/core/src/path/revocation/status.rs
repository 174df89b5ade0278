//! Weighing: the claims about one certificate, and what they come to as of a time (docs/design/17).
//!
//! A permanent revocation stands for ever; a hold until something later lifts it; *not revoked* counts only if it was said
//! afterwards, or is the newest there can be, and while the certificate was still told of (RULES 22).

use std::sync::Arc;

use super::super::Interval;
use super::super::budget::{Budget, Exceeded};
use super::super::strength::Ingredient;
use super::claims::{Claim, Says, Source};
use super::issuer::Authority;
use super::{ElementRevocation, Surroundings, Use, lists};
use crate::verdict::facts::RevocationState;
use crate::x509::certificate::Certificate;
use crate::x509::crl_entry::{RevocationReason, Revoked};
use crate::x509::distribution_points::Reasons;

/// One certificate, and what it takes to ask who signed a claim about it.
pub(super) struct Weighing<'w, 's, 'a> {
    pub(super) surroundings: &'w Surroundings<'s, 'a>,
    pub(super) certificate: &'w Certificate,
    pub(super) above: &'w [Arc<Certificate>],
    pub(super) at_unix_s: i64,
    pub(super) budget: &'w mut Budget,
    pub(super) interval: &'w mut Interval,
    /// The algorithms that the status rests on so far, each with when what it stands in was made.
    pub(super) backing: Vec<(Ingredient, i64)>,
    /// Something lifted a hold, which would stand without it.
    pub(super) was_lifted: bool,
}

impl<'a> Weighing<'_, '_, 'a> {
    /// The status that the claims come to.
    pub(super) fn weigh(mut self, claims: &[Claim<'a>]) -> Result<ElementRevocation, Exceeded> {
        for claim in claims {
            self.interval.narrow_to(boundaries(claim), self.at_unix_s);
        }
        let earliest = |_: &Revoked| false;
        if self.surroundings.inquiry.word == Some(Use::For) {
            // Nothing that was said of him before, nor after, makes a theft harmless.
            let ever = |_: &Self, _: &_, revoked: &Revoked| revoked.is_suspicion();
            if let Some((claim, revoked, _)) = self.find_permanent(claims, ever, earliest)? {
                return Ok(self.status(RevocationState::Revoked, Some(claim), Some(revoked)));
            }
        }
        let standing = |it: &Self, claim: &_, revoked: &_| it.stands(claim, revoked);
        if let Some((claim, revoked, authority)) =
            self.find_permanent(claims, standing, earliest)?
        {
            self.rest_on(claim, authority);
            return Ok(self.status(RevocationState::Revoked, Some(claim), Some(revoked)));
        }
        if let Some((claim, revoked)) = self.find_hold(claims)? {
            return Ok(self.status(RevocationState::OnHold, Some(claim), Some(revoked)));
        }
        let status = self.find_absence(claims)?;
        // One that came later is told too: what it says of the key may bear on what was done before; of several one
        // that casts doubt on it.
        let later =
            |_: &Self, _: &_, revoked: &Revoked| revoked.reason != RevocationReason::NotIssued;
        let is_harmless = |revoked: &Revoked| !revoked.casts_doubt();
        let told = self.find_permanent(claims, later, is_harmless)?;
        let told = told.map(|(claim, revoked, _)| (claim, revoked));
        let told = match told {
            Some((_, revoked)) if revoked.casts_doubt() => told,
            _ => self.find_later_hold(claims)?.or(told),
        };
        // The state rests on none of what was asked for that.
        Ok(match told {
            Some((claim, revoked)) => status.told(claim, Some(revoked)),
            None => status,
        })
    }

    /// The earliest revocation of a kind that is validly signed, and by what authority; those put last come last.
    fn find_permanent<'c>(
        &mut self,
        claims: &'c [Claim<'a>],
        is_meant: impl Fn(&Self, &Claim<'a>, &Revoked) -> bool,
        is_last: impl Fn(&Revoked) -> bool,
    ) -> Result<Option<(&'c Claim<'a>, Revoked, Authority)>, Exceeded> {
        let mut revocations: Vec<(&Claim<'a>, Revoked)> = claims
            .iter()
            .filter_map(|claim| Some((claim, claim.permanent()?)))
            .filter(|(claim, revoked)| is_meant(self, claim, revoked))
            .collect();
        revocations.sort_by_key(|(claim, revoked)| {
            (is_last(revoked), revoked.since_unix_s(), claim.order())
        });
        for (claim, revoked) in revocations {
            if let Some(authority) = self.authority(claim, claim.made_unix_s, Use::Against)? {
                return Ok(Some((claim, revoked, authority)));
            }
        }
        Ok(None)
    }

    /// r ≤ T. That a certificate was never issued says nothing once the responder may have forgotten it.
    fn stands(&self, claim: &Claim<'a>, revoked: &Revoked) -> bool {
        match revoked.reason {
            RevocationReason::NotIssued => claim.remembers(self.certificate.not_after_unix_s),
            // What he said while nobody had revoked him stands, whatever is thought of that time afterwards.
            _ if self.surroundings.inquiry.clears() => revoked.revoked_unix_s <= self.at_unix_s,
            _ => revoked.since_unix_s() <= self.at_unix_s,
        }
    }

    /// A hold that began by the time and that nothing has lifted by then; the latest one.
    fn find_hold<'c>(
        &mut self,
        claims: &'c [Claim<'a>],
    ) -> Result<Option<(&'c Claim<'a>, Revoked)>, Exceeded> {
        for claim in claims {
            let Some(hold) = claim.hold().filter(|it| it.since_unix_s() <= self.at_unix_s) else {
                continue;
            };
            let Some(authority) = self.authority(claim, claim.made_unix_s, Use::Against)? else {
                continue;
            };
            if !self.is_lifted(claim, claims, self.at_unix_s)? {
                self.backing.clear();
                self.rest_on(claim, authority);
                return Ok(Some((claim, hold)));
            }
        }
        Ok(None)
    }

    /// A hold that began after the time and that nothing has lifted yet.
    fn find_later_hold<'c>(
        &mut self,
        claims: &'c [Claim<'a>],
    ) -> Result<Option<(&'c Claim<'a>, Revoked)>, Exceeded> {
        for claim in claims {
            let hold = claim.hold().filter(|it| it.since_unix_s() > self.at_unix_s);
            if let Some(hold) = hold
                && !self.is_lifted(claim, claims, i64::MAX)?
                && self.authority(claim, claim.made_unix_s, Use::Against)?.is_some()
            {
                return Ok(Some((claim, hold)));
            }
        }
        Ok(None)
    }

    /// RULES 22: only by removeFromCRL, or by a later complete list or response without the hold; and only by one that would
    /// still tell of it, since a list leaves out whoever has expired, and removeFromCRL says that of him, too.
    fn is_lifted(
        &mut self,
        hold: &Claim<'a>,
        claims: &[Claim<'a>],
        until_unix_s: i64,
    ) -> Result<bool, Exceeded> {
        for claim in claims {
            let rested = self.backing.len();
            let lifts = match claim.delta() {
                Some(_) => claim.is_removal() && self.has_base(claim, claims)?,
                None => claim.says == Says::NotRevoked && claim.reasons.covers(Reasons::HOLD),
            };
            if lifts
                && claim.remembers(self.certificate.not_after_unix_s)
                && claim.this_update_unix_s <= until_unix_s
                && claim.is_later_than(hold)
                && let Some(authority) = self.authority(claim, claim.made_unix_s, Use::For)?
            {
                self.rest_on(claim, authority);
                self.was_lifted = true;
                return Ok(true);
            }
            self.backing.truncate(rested);
        }
        Ok(false)
    }

    /// Whether enough that counts at the time says that the certificate was not revoked then.
    fn find_absence(&mut self, claims: &[Claim<'a>]) -> Result<ElementRevocation, Exceeded> {
        let (mut covered, mut first) = (Reasons::NONE, None);
        // What lifted a hold decides, whether or not anything says that all is well at the time.
        let lifting = self.backing.len();
        let absences: Vec<_> = claims.iter().filter(|claim| self.says_not_revoked(claim)).collect();
        for &claim in &absences {
            let rested = self.backing.len();
            let is_new = !covered.covers(claim.reasons);
            if is_new
                && self.is_timely(claim)
                && self.is_backed(claim, claims)?
                && let Some(authority) =
                    self.authority(claim, claim.made_unix_s.max(self.at_unix_s), Use::For)?
            {
                self.rest_on(claim, authority);
                covered = covered.or(claim.reasons);
                first.get_or_insert(claim);
            } else {
                self.backing.truncate(rested);
            }
        }
        if covered.covers(Reasons::ALL) {
            let revoked = first.and_then(Claim::permanent);
            return Ok(self.status(RevocationState::Good, first, revoked));
        }
        self.backing.truncate(lifting);
        for claim in absences {
            if !self.is_timely(claim)
                && self.is_backed(claim, claims)?
                && self.authority(claim, claim.made_unix_s, Use::For)?.is_some()
            {
                self.backing.truncate(lifting);
                return Ok(self.status(RevocationState::Stale, Some(claim), None));
            }
        }
        self.backing.truncate(lifting);
        Ok(self.status(RevocationState::Unknown, None, None))
    }

    /// Absent, or revoked or put on hold only after the time, or no longer on hold.
    fn says_not_revoked(&self, claim: &Claim<'a>) -> bool {
        let is_said = match claim.says {
            Says::NotRevoked => true,
            Says::Revoked(revoked) => match revoked.reason {
                RevocationReason::RemoveFromCrl => claim.delta().is_some(),
                RevocationReason::NotIssued => false,
                _ => revoked.since_unix_s() > self.at_unix_s,
            },
        };
        is_said && claim.is_whole
    }

    /// RULES 22: said at or after the time, or before and nothing newer is due yet; and not after the certificate may
    /// have been dropped. Of somebody whose word the time is, at the end of all times that he can have chosen.
    fn is_timely(&self, claim: &Claim<'a>) -> bool {
        let (end, inquiry) = (self.certificate.not_after_unix_s, &self.surroundings.inquiry);
        let (from, until) = if inquiry.takes_the_worst {
            let last = inquiry.now_unix_s.min(end);
            (last, last)
        } else {
            (self.at_unix_s, self.at_unix_s.max(inquiry.now_unix_s))
        };
        let is_newest = claim.next_update_unix_s.is_some_and(|next| until <= next);
        (claim.this_update_unix_s >= from || is_newest) && claim.remembers(end)
    }

    /// A delta says that nothing changed since its base, which must be there and say nothing against the certificate.
    fn is_backed(&mut self, claim: &Claim<'a>, claims: &[Claim<'a>]) -> Result<bool, Exceeded> {
        if claim.delta().is_some() { self.has_base(claim, claims) } else { Ok(true) }
    }

    fn has_base(&mut self, claim: &Claim<'a>, claims: &[Claim<'a>]) -> Result<bool, Exceeded> {
        let Some(delta) = claim.delta() else {
            return Ok(false);
        };
        for candidate in claims {
            let Source::List(base) = candidate.source else { continue };
            let is_clean = self.says_not_revoked(candidate)
                || candidate.is_whole && candidate.hold().is_some() && claim.is_removal();
            if is_clean
                && lists::continues(delta, base)
                && let Some(authority) =
                    self.authority(candidate, candidate.made_unix_s, Use::For)?
            {
                self.rest_on(candidate, authority);
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// By what authority a claim is made, if its signature holds and the signer was entitled at a time: usually when it
    /// was made, which no later time changes. Against somebody who spoke against a certificate only a reliable one counts.
    fn authority(
        &mut self,
        claim: &Claim<'a>,
        at_unix_s: i64,
        word: Use,
    ) -> Result<Option<Authority>, Exceeded> {
        let inquiry = &self.surroundings.inquiry;
        let word = if inquiry.clears() { word.turned() } else { word };
        let (authority, holds) =
            self.surroundings.authority(claim.source, self.above, at_unix_s, word, self.budget)?;
        // What was asked at the time when the claim was made does not move with the time of the path.
        if at_unix_s == self.at_unix_s {
            self.interval.intersect(holds);
        }
        let is_weak = |it: &Authority| {
            let cleared = it.cleared.iter().map(|(algorithm, _)| algorithm);
            let own = signature_of(claim);
            own.iter().chain(&it.algorithms).chain(cleared).any(|it| inquiry.is_weak(it))
        };
        Ok(authority.filter(|it| !(inquiry.clears() && word == Use::For && is_weak(it))))
    }

    /// The status rests on a claim made by that authority.
    fn rest_on(&mut self, claim: &Claim<'a>, authority: Authority) {
        let algorithms = signature_of(claim).into_iter().chain(authority.algorithms);
        self.backing.extend(algorithms.map(|algorithm| (algorithm, claim.made_unix_s)));
        self.backing.extend(authority.cleared);
    }

    fn status(
        &self,
        state: RevocationState,
        claim: Option<&Claim<'a>>,
        revoked: Option<Revoked>,
    ) -> ElementRevocation {
        let mut backing = self.surroundings.inquiry.backing(self.backing.clone(), state);
        backing.decides |= self.was_lifted;
        let status =
            ElementRevocation { backing, ..ElementRevocation::of(self.certificate, state) };
        match claim {
            Some(claim) => status.told(claim, revoked),
            None => status,
        }
    }
}

/// The digest that a claim was signed with.
pub(super) fn signature_of(claim: &Claim<'_>) -> Option<Ingredient> {
    let algorithm = claim.source.signed().algorithm().ok()?;
    Ingredient::digest_of(&algorithm)
}

/// The times at which a claim begins or ceases to count, or what it says to be true.
pub(super) fn boundaries(claim: &Claim<'_>) -> impl Iterator<Item = i64> + use<> {
    let (since, revoked) = match claim.says {
        Says::Revoked(it) => (Some(it.since_unix_s()), Some(it.revoked_unix_s)),
        Says::NotRevoked => (None, None),
    };
    let this = claim.this_update_unix_s;
    let made = claim.made_unix_s;
    let after = |unix_s: i64| Some(unix_s.saturating_add(1));
    let next = claim.next_update_unix_s.and_then(after);
    [Some(this), after(this), Some(made), after(made), next, since, revoked].into_iter().flatten()
}
