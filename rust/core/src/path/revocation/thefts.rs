//! Thefts: a key is stolen and not a certificate, so that what is reliably said of the theft of a key counts for every
//! certificate of it (docs/design/18).
//!
//! Asked about are the certificates of the key that the message or the operator brought, of whatever issuer and for whatever
//! use. One against which no theft is told costs a look. Another must lead to an anchor, of which nothing is asked but
//! that it was issued, and what is told of it counts by the rules for what is told of a certificate of the path.

use std::sync::Arc;

use super::super::Interval;
use super::super::budget::{Budget, Exceeded};
use super::super::build::{Chain, Search};
use super::super::issuers::Candidate;
use super::super::keys::inheritable_parameters;
use super::super::strength::{Ingredient, ingredients_of_chain};
use super::claims::{Claim, words_against};
use super::issuer::Authority;
use super::status::{boundaries, signature_of};
use super::{ElementRevocation, Inquiry, Statuses, Surroundings, Use};
use crate::limits;
use crate::verdict::facts::RevocationState;
use crate::x509::certificate::Certificate;
use crate::x509::crl_entry::Revoked;
use crate::x509::public_key::{DsaParameters, SubjectKey};

/// The theft of a key.
pub(in crate::path) struct Theft<'a> {
    /// The certificate of which it is told.
    twin_sha256: [u8; 32],
    claim: Claim<'a>,
    revoked: Revoked,
    /// What it rests on, each with when what it stands in was made.
    algorithms: Vec<(Ingredient, i64)>,
}

/// A claim that a key was stolen.
struct Word<'a> {
    /// Of which twin, by its place.
    twin: usize,
    /// Whoever may have issued that one.
    issuer: &'a Arc<Certificate>,
    claim: Claim<'a>,
    revoked: Revoked,
}

/// Another certificate of a key.
struct Twin<'a> {
    certificate: &'a Arc<Certificate>,
    /// The DSA parameters its key is completed with.
    inherited: Option<&'a DsaParameters>,
    /// Who vouches for it, and in which times of asking.
    paths: Vec<(Interval, Option<(Chain, Statuses)>)>,
}

impl Inquiry<'_> {
    /// Whether a word about one certificate of a key counts for the others. That no reason is told says so only against those
    /// who must be beyond doubt: most CAs leave it out whatever it is.
    pub(super) fn is_theft(&self, word: &Revoked) -> bool {
        word.tells_theft() || (self.takes_the_worst && !word.is_reason_said)
    }

    /// Since when a key that was stolen counts as such. What somebody said while nobody had revoked him stands.
    pub(super) fn stolen_unix_s(&self, theft: &Revoked) -> i64 {
        match self.word {
            Some(Use::Against) => theft.revoked_unix_s,
            _ => theft.since_unix_s(),
        }
    }
}

impl<'a> Surroundings<'_, 'a> {
    /// The earliest theft of the key of `certificate` that is reliably told of another one; `above` is who issued it, as far
    /// as that is known, and `interval` shrinks to the times around `at_unix_s` in which it stands or does not.
    pub(in crate::path) fn find_theft(
        &self,
        certificate: &Certificate,
        above: &[Arc<Certificate>],
        at_unix_s: i64,
        budget: &mut Budget,
        interval: &mut Interval,
    ) -> Result<Option<Theft<'a>>, Exceeded> {
        let word = if self.inquiry.clears() { Use::For } else { Use::Against };
        if self.inquiry.is_too_deep() && word == Use::For {
            return Ok(None);
        }
        let mut twins = self.suspicious_twins(certificate, above, budget)?;
        let mut told = Vec::new();
        for (place, twin) in twins.iter().enumerate() {
            told.extend(self.words_of_theft(twin, place, budget)?);
        }
        for word in &told {
            interval.narrow_to(boundaries(&word.claim), at_unix_s);
        }
        told.sort_by_key(|it| (self.inquiry.stolen_unix_s(&it.revoked), it.claim.order(), it.twin));
        for Word { twin, issuer, claim, revoked } in told {
            let Some(twin) = twins.get_mut(twin) else { continue };
            if let Some(algorithms) = self.reliable(twin, issuer, &claim, word, budget)? {
                let twin_sha256 = twin.certificate.sha256;
                return Ok(Some(Theft { twin_sha256, claim, revoked, algorithms }));
            }
        }
        Ok(None)
    }

    /// The others of the key against whom somebody, whoever that is, tells a theft.
    fn suspicious_twins(
        &self,
        certificate: &Certificate,
        above: &[Arc<Certificate>],
        budget: &mut Budget,
    ) -> Result<Vec<Twin<'a>>, Exceeded> {
        let sets = [self.inquiry.brought, self.inquiry.store];
        let parameters = parameters_of(certificate, above);
        let mut twins = Vec::new();
        for twin in self.issuers.of_key(certificate, sets, budget)? {
            if !self.is_told_stolen(twin, budget)? {
                continue;
            }
            if twins.len() == limits::STOLEN_TWINS {
                return Err(Exceeded);
            }
            let inherited = match &twin.key {
                SubjectKey::DsaInherits(_) => {
                    let offered = inheritable_parameters(twin, self.issuers, budget)?;
                    offered.into_iter().find(|it| Some(*it) == parameters)
                }
                _ => None,
            };
            // Under other parameters the same value is another key.
            if inherited.or(twin.dsa_parameters.as_ref()) == parameters {
                twins.push(Twin { certificate: twin, inherited, paths: Vec::new() });
            }
        }
        Ok(twins)
    }

    /// Each list or response looked at costs a name comparison.
    fn is_told_stolen(&self, twin: &Certificate, budget: &mut Budget) -> Result<bool, Exceeded> {
        for set in [self.inquiry.brought, self.inquiry.store] {
            for words in words_against(set, twin) {
                budget.spend_name_comparisons(1)?;
                if words.iter().any(|word| self.inquiry.is_theft(word)) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// What tells of the theft of a twin, by whomever it is signed, for each key that his issuer may have by name.
    fn words_of_theft(
        &self,
        twin: &Twin<'a>,
        place: usize,
        budget: &mut Budget,
    ) -> Result<Vec<Word<'a>>, Exceeded> {
        let mut issuers = self.issuers.candidates(twin.certificate, budget)?;
        issuers.dedup_by(|later, kept| later.certificate.shares_key(kept.certificate));
        let mut words = Vec::new();
        for Candidate { certificate: issuer, .. } in issuers {
            let claims = self.gather(twin.certificate, &[Arc::clone(issuer)], budget)?;
            let thefts = claims.into_iter().filter_map(|claim| {
                let revoked = claim.permanent().filter(|it| self.inquiry.is_theft(it))?;
                Some(Word { twin: place, issuer, claim, revoked })
            });
            words.extend(thefts);
        }
        Ok(words)
    }

    /// What a claim about a twin of that issuer rests on, if whoever made it might when he did.
    fn reliable(
        &self,
        twin: &mut Twin<'a>,
        issuer: &Certificate,
        claim: &Claim<'a>,
        word: Use,
        budget: &mut Budget,
    ) -> Result<Option<Vec<(Ingredient, i64)>>, Exceeded> {
        let made_unix_s = claim.made_unix_s;
        let is_known = |(times, _): &&(Interval, _)| times.contains(made_unix_s);
        if !twin.paths.iter().any(|known| is_known(&known)) {
            let leaf = (twin.certificate, twin.inherited);
            let (path, times) = Search::path_of_issuers(self, budget, leaf, made_unix_s, word)?;
            twin.paths.push((times, path));
        }
        let path = twin.paths.iter().find(is_known).and_then(|(_, path)| path.as_ref());
        let Some((chain, statuses)) = path else { return Ok(None) };
        let (above, anchor) = (chain.get(1..).unwrap_or_default(), chain.last());
        if above.first().or(anchor).is_none_or(|it| !it.shares_key(issuer)) {
            return Ok(None);
        }
        let anchor = anchor.map_or(self.anchor, |anchor| anchor.sha256);
        let of_twin = Surroundings { anchor, ..*self };
        let (authority, _) = of_twin.authority(claim.source, above, made_unix_s, word, budget)?;
        let Some(Authority { algorithms, cleared }) = authority else { return Ok(None) };
        let of_chain = ingredients_of_chain(chain, true).map(|(_, ingredient)| ingredient);
        let own = signature_of(claim).into_iter().chain(algorithms).chain(of_chain);
        let of_issuers = statuses.elements.iter().cloned();
        let of_issuers = of_issuers.flat_map(|element| element.backing.decisive());
        let own = own.map(|ingredient| (ingredient, made_unix_s));
        let all: Vec<_> = own.chain(cleared).chain(of_issuers).collect();
        let is_weak = word == Use::For && all.iter().any(|(it, _)| self.inquiry.is_weak(it));
        Ok((!is_weak).then_some(all))
    }
}

impl Theft<'_> {
    /// The status of a certificate whose key it is of.
    pub(in crate::path) fn added_to(
        self,
        status: ElementRevocation,
        at_unix_s: i64,
        inquiry: &Inquiry<'_>,
    ) -> ElementRevocation {
        let is_revoked = status.state == RevocationState::Revoked;
        let told = |status: ElementRevocation| ElementRevocation {
            twin_sha256: Some(self.twin_sha256),
            ..status.told(&self.claim, Some(self.revoked))
        };
        if !is_revoked && inquiry.stolen_unix_s(&self.revoked) <= at_unix_s {
            let state = RevocationState::Revoked;
            let backing = inquiry.backing(self.algorithms.clone(), state);
            return told(ElementRevocation { state, backing, ..status });
        }
        let is_first = |suspect: i64| self.revoked.since_unix_s() < suspect;
        if !is_revoked && status.suspect_unix_s().is_none_or(is_first) {
            return told(status);
        }
        status
    }
}

/// The DSA parameters of a certificate's key; an inheriting one has those of the next above it that has any.
fn parameters_of<'c>(
    certificate: &'c Certificate,
    above: &'c [Arc<Certificate>],
) -> Option<&'c DsaParameters> {
    match &certificate.key {
        SubjectKey::DsaInherits(_) => above.iter().find_map(|it| it.dsa_parameters.as_ref()),
        _ => certificate.dsa_parameters.as_ref(),
    }
}
