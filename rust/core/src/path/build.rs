//! The search: depth first from the leaf to an anchor, with its own stack, over candidates in a fixed order.
//!
//! The first path that keeps every clause and has no weak algorithm is the answer; else, of those that keep every clause, the
//! one whose algorithms lasted longest; else the most telling of all endings found. What is tried depends on names, keys
//! and signatures alone; time decides only whether a finished path holds, so an outcome stands as long as no validity of a
//! certificate on a finished path, no trust in its anchor, nothing that is known of its revocation and no last day of its
//! algorithms begins or ends.

mod beside;
mod strong;

use super::budget::{Budget, Exceeded};
use super::cache::SignatureCache;
use super::check::{Terms, check_path};
use super::issuers::{Candidate, Issuers, KeyIdentifiers};
use super::keys::{Keys, effective_keys};
use super::revocation::{Inquiry, Statuses};
use super::rules::{PathRules, Purpose};
use super::{Interval, PathOutcome, PathRequest};
use crate::asn1::oid::Oid;
use crate::limits;
use crate::trust::TrustStore;
use crate::verdict::facts::ChainResult;
use crate::x509::certificate::{Certificate, CertificateSignature};
use crate::x509::public_key::{DsaParameters, SubjectKey};
use smimebatch_crypto::signature::PublicKey;
use std::sync::{Arc, OnceLock};

/// How a way ended, from most to least telling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Ending {
    /// At an anchor, but a clause is broken; the less bad it is, the nearer the way was.
    Refused(ChainResult),
    /// At a self-signed certificate that is no anchor.
    UntrustedRoot,
    /// At a certificate none of whose possible issuers signed it.
    SignatureInvalid,
    /// At a certificate whose signature algorithm, or whose possible issuer's key, is not well-formed.
    Malformed,
    /// At a certificate without a possible issuer, or with an algorithm this program does not have.
    NoIssuer,
}

impl Ending {
    const fn result(self, trust_is_empty: bool) -> ChainResult {
        match self {
            Self::Refused(result) => result,
            Self::SignatureInvalid => ChainResult::SignatureInvalid,
            Self::Malformed => ChainResult::Malformed,
            // OUTPUT.md: with no --trust, chains are untrusted_root, however far they lead.
            Self::UntrustedRoot => ChainResult::UntrustedRoot,
            Self::NoIssuer if trust_is_empty => ChainResult::UntrustedRoot,
            Self::NoIssuer => ChainResult::NoPath,
        }
    }
}

/// A certificate of the path under construction and what is left to try above it.
struct Step<'a> {
    certificate: &'a Arc<Certificate>,
    /// The DSA parameters its key was completed with: its issuer must have just these.
    inherited: Option<&'a DsaParameters>,
    /// Last one first.
    attempts: Vec<Attempt<'a>>,
    /// Some candidate signed it.
    is_issued: bool,
    /// What the others say.
    ending: Ending,
}

/// One thing to try above a certificate.
enum Attempt<'a> {
    /// An issuer by name.
    Issuer(Candidate<'a>),
    /// An issuer with one of the keys that inherited parameters give it.
    Completed(Candidate<'a>, PublicKey, &'a DsaParameters),
}

/// The best way found so far that is not good.
struct Best {
    ending: Ending,
    chain: Vec<Arc<Certificate>>,
    statuses: Statuses,
}

/// A certificate that a path begins with, and the DSA parameters its key is completed with.
pub(super) type Leaf<'a> = (&'a Arc<Certificate>, Option<&'a DsaParameters>);

/// The certificates of a path, leaf first.
pub(super) type Chain = Vec<Arc<Certificate>>;

/// A finished path that keeps every clause.
struct Good {
    chain: Chain,
    statuses: Statuses,
    /// Under which it holds, as dotted numbers.
    policies: Vec<String>,
    /// The last second at which all algorithms it rests on were strong enough.
    until_unix_s: i64,
}

/// One path building.
pub(super) struct Search<'a> {
    trust: &'a TrustStore,
    rules: &'a PathRules,
    purpose: Purpose,
    signatures: &'a SignatureCache,
    issuers: Issuers<'a>,
    budget: Budget,
    path: Vec<Step<'a>>,
    best: Option<Best>,
    /// The good path with a weak algorithm that lasted longest.
    weak: Option<Good>,
    at_unix_s: i64,
    interval: Interval,
    inquiry: Inquiry<'a>,
    /// The only anchor that counts, if not any does.
    only_anchor: Option<[u8; 32]>,
    /// The leaf, where it is an anchor though somebody else issued it.
    anchored: Option<Leaf<'a>>,
    /// Such a leaf is not the end: whoever issued it is looked for.
    goes_beyond: bool,
    /// A way was left because it became too long.
    was_cut: bool,
}

impl<'a> Search<'a> {
    /// A search that has not begun.
    pub(super) fn new(
        request: &PathRequest<'a>,
        trust: &'a TrustStore,
        rules: &'a PathRules,
        signatures: &'a SignatureCache,
    ) -> Self {
        Self {
            inquiry: Inquiry::new(rules, request.revocation, request.purpose),
            only_anchor: None,
            anchored: None,
            goes_beyond: false,
            trust,
            rules,
            purpose: request.purpose,
            signatures,
            issuers: Issuers::new(request.message_certificates, trust),
            budget: Budget::whole(),
            path: Vec::new(),
            best: None,
            weak: None,
            at_unix_s: request.at_unix_s,
            interval: Interval::ALWAYS,
            was_cut: false,
        }
    }

    /// Runs the search to its end.
    pub(super) fn run(mut self, request: &PathRequest<'a>) -> PathOutcome {
        let found = self.search(request.leaf, request.inherited_parameters);
        let leaf_only = || (vec![Arc::clone(request.leaf)], Statuses::default());
        let mut policies = Vec::new();
        let (result, (chain, statuses)) = match (found, self.best.take()) {
            (Ok(Some(good)), _) => {
                policies = good.policies;
                (ChainResult::Ok, (good.chain, good.statuses))
            }
            // Not everything was tried, so nothing is known of the rest.
            (Err(Exceeded), _) => (ChainResult::Budget, leaf_only()),
            (Ok(None), _) if self.was_cut => (ChainResult::Budget, leaf_only()),
            (Ok(None), Some(best)) => {
                let result = best.ending.result(self.trust.is_empty_of_anchors());
                (result, (best.chain, best.statuses))
            }
            (Ok(None), None) => (ChainResult::NoPath, leaf_only()),
        };
        let (revocation, result) = match self.suspect(&chain, statuses.elements) {
            Ok(revocation) => (revocation, result),
            Err(Exceeded) => (Vec::new(), ChainResult::Budget),
        };
        PathOutcome {
            result,
            anchor: chain.last().filter(|last| self.trust.is_anchor(last)).map(Arc::clone),
            chain,
            revocation_state: statuses.worst,
            revocation,
            policies,
            interval: self.interval,
            signature_checks: self.budget.signature_checks_spent(),
            ageing: OnceLock::new(),
        }
    }

    fn search(
        &mut self,
        leaf: &'a Arc<Certificate>,
        inherited: Option<&'a DsaParameters>,
    ) -> Result<Option<Good>, Exceeded> {
        match (self.search_strong(leaf, inherited), self.weak.take()) {
            (Ok(Some(strong)), _) => Ok(Some(strong)),
            // A good path stays one, however much of the rest the budget left untried.
            (_, Some(weak)) => Ok(Some(weak)),
            (found, None) => found,
        }
    }

    fn search_strong(
        &mut self,
        leaf: &'a Arc<Certificate>,
        inherited: Option<&'a DsaParameters>,
    ) -> Result<Option<Good>, Exceeded> {
        if self.trust.is_anchor(leaf) {
            let is_issued = !self.is_self_signed(leaf)?;
            if !(is_issued && self.goes_beyond) {
                self.anchored = is_issued.then_some((leaf, inherited));
                return self.finish(vec![Arc::clone(leaf)]);
            }
        }
        self.push(leaf, inherited)?;
        while let Some(step) = self.path.last_mut() {
            let followed = match step.attempts.pop() {
                None => {
                    self.pop();
                    None
                }
                Some(Attempt::Issuer(candidate)) => self.follow(candidate)?,
                Some(Attempt::Completed(candidate, key, parameters)) => {
                    self.follow_key(candidate, &key, Some(parameters), Some(parameters))?
                }
            };
            if followed.is_some() {
                return Ok(followed);
            }
        }
        Ok(None)
    }

    /// Makes `certificate` the end of the path, with everything to try above it.
    fn push(
        &mut self,
        certificate: &'a Arc<Certificate>,
        inherited: Option<&'a DsaParameters>,
    ) -> Result<(), Exceeded> {
        let (ending, attempts) = if self.is_self_signed(certificate)? {
            // No other key signed it, and this key under this name is the path's end already.
            (Ending::UntrustedRoot, Vec::new())
        } else {
            let candidates = self.issuers.candidates(certificate, &mut self.budget)?;
            (Ending::NoIssuer, candidates.into_iter().rev().map(Attempt::Issuer).collect())
        };
        self.path.push(Step { certificate, inherited, attempts, is_issued: false, ending });
        Ok(())
    }

    /// Takes the last step back; if nobody issued it, the way ended there.
    fn pop(&mut self) {
        let chain = self.chain();
        if let Some(step) = self.path.pop()
            && !step.is_issued
        {
            self.note(step.ending, chain);
        }
    }

    /// Tries a candidate: gives a good path, or goes on through it, or leaves it.
    fn follow(&mut self, candidate: Candidate<'a>) -> Result<Option<Good>, Exceeded> {
        if self.is_on_path(candidate.certificate) {
            return Ok(None);
        }
        match effective_keys(candidate.certificate, &self.issuers, &mut self.budget)? {
            Keys::Own(key, parameters) => self.follow_key(candidate, key, parameters, None),
            Keys::Inherited(keys) => {
                if let Some(step) = self.path.last_mut() {
                    let keys = keys.into_iter().rev();
                    step.attempts
                        .extend(keys.map(|(key, it)| Attempt::Completed(candidate, key, it)));
                }
                Ok(None)
            }
            Keys::Unsupported => Ok(None),
            Keys::Malformed => {
                self.note_edge(&candidate, Ending::Malformed);
                Ok(None)
            }
        }
    }

    /// Tries a candidate with one key, which has `parameters` if it is a DSA key, `inherited` ones perhaps.
    fn follow_key(
        &mut self,
        candidate: Candidate<'a>,
        key: &PublicKey,
        parameters: Option<&'a DsaParameters>,
        inherited: Option<&'a DsaParameters>,
    ) -> Result<Option<Good>, Exceeded> {
        let Some(step) = self.path.last() else {
            return Ok(None);
        };
        if is_inheriting(step.certificate)
            && (step.inherited.is_none() || step.inherited != parameters)
        {
            return Ok(None);
        }
        self.budget.spend_signature_check(key)?;
        match self.signatures.check(step.certificate, candidate.certificate, key, inherited) {
            CertificateSignature::Valid => {}
            CertificateSignature::Unsupported => return Ok(None),
            CertificateSignature::Invalid => {
                self.note_edge(&candidate, Ending::SignatureInvalid);
                return Ok(None);
            }
            CertificateSignature::Malformed => {
                self.note_edge(&candidate, Ending::Malformed);
                return Ok(None);
            }
        }
        if let Some(step) = self.path.last_mut() {
            step.is_issued = true;
        }
        // RFC 5280 §6.1.1 (d): an anchor comes with its parameters; one that must inherit them is no end.
        if candidate.is_anchor && inherited.is_none() {
            let mut chain = self.chain();
            chain.push(Arc::clone(candidate.certificate));
            return self.finish(chain);
        }
        // RULES 23: with this one and an anchor above it the path must not be too deep.
        if self.path.len() + 2 > limits::PATH_DEPTH {
            self.was_cut = true;
        } else {
            self.push(candidate.certificate, inherited)?;
        }
        Ok(None)
    }

    /// A whole path: gives it back if it keeps every clause and is strong.
    fn finish(&mut self, chain: Vec<Arc<Certificate>>) -> Result<Option<Good>, Exceeded> {
        if self.only_anchor.is_some_and(|only| chain.last().is_none_or(|it| it.sha256 != only)) {
            return Ok(None);
        }
        let limits = chain.last().map(|anchor| self.trust.limits_of(anchor)).unwrap_or_default();
        let dated = chain.get(..chain.len().saturating_sub(1).max(1)).unwrap_or_default();
        self.rules.model.narrow(&mut self.interval, dated, self.at_unix_s);
        self.interval.narrow_to(limits.boundaries(), self.at_unix_s);
        let (rules, purpose, at_unix_s) = (self.rules, self.purpose, self.at_unix_s);
        let terms = Terms { rules, purpose, limits, at_unix_s };
        let held = check_path(&chain, &terms, &mut self.budget)?;
        let clause = held.as_ref().err().copied();
        let statuses = self.judge_revocation(&chain, clause.unwrap_or(ChainResult::Ok))?;
        let unrevoked = self.inquiry.check_revocation(statuses.worst);
        match clause.max(unrevoked.err()) {
            None => {
                let policies = held.unwrap_or_default();
                let policies = policies.iter().map(|policy| Oid(policy).to_string()).collect();
                let until_unix_s = self.strong_until(&chain, &statuses);
                Ok(self.prefer_strong(Good { chain, statuses, policies, until_unix_s }))
            }
            Some(result) => {
                self.note_finished(Ending::Refused(result), chain, statuses);
                Ok(None)
            }
        }
    }

    /// Whether the certificate verifies with its own key; costs a signature check where the names allow it.
    ///
    /// One whose signature cannot be checked counts as its own issuer if the names and key identifiers say so: the
    /// old roots of dead algorithms are still roots.
    fn is_self_signed(&mut self, certificate: &Arc<Certificate>) -> Result<bool, Exceeded> {
        let SubjectKey::Ready(key) = &certificate.key else {
            return Ok(false);
        };
        if !certificate.self_issued {
            return Ok(false);
        }
        self.budget.spend_signature_check(key)?;
        Ok(match self.signatures.check(certificate, certificate, key, None) {
            CertificateSignature::Valid => true,
            CertificateSignature::Unsupported => certificate.is_self_signed_by_name(),
            CertificateSignature::Invalid | CertificateSignature::Malformed => false,
        })
    }

    /// Loops: the same name with the same key adds nothing to a path.
    fn is_on_path(&self, candidate: &Certificate) -> bool {
        self.path.iter().any(|step| {
            step.certificate.spki_sha256 == candidate.spki_sha256
                && step.certificate.subject == candidate.subject
        })
    }

    /// Keeps why a candidate did not issue the last certificate, unless its key identifier said so before.
    fn note_edge(&mut self, candidate: &Candidate<'_>, ending: Ending) {
        if candidate.key_identifiers == KeyIdentifiers::Contradict {
            return;
        }
        if let Some(step) = self.path.last_mut() {
            step.ending = step.ending.min(ending);
        }
    }

    /// Keeps the most telling ending; the first of equals.
    fn note(&mut self, ending: Ending, chain: Vec<Arc<Certificate>>) {
        self.note_finished(ending, chain, Statuses::default());
    }

    /// As [`Search::note`], of a path that reached an anchor.
    fn note_finished(&mut self, ending: Ending, chain: Vec<Arc<Certificate>>, statuses: Statuses) {
        if self.best.as_ref().is_none_or(|best| ending < best.ending) {
            self.best = Some(Best { ending, chain, statuses });
        }
    }

    fn chain(&self) -> Vec<Arc<Certificate>> {
        self.path.iter().map(|step| Arc::clone(step.certificate)).collect()
    }
}

fn is_inheriting(certificate: &Certificate) -> bool {
    matches!(certificate.key, SubjectKey::DsaInherits(_))
}
