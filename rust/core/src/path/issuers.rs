//! The certificates that may have issued another: candidates by name, in the order in which they are tried.
//!
//! RFC 5280 §6.1.3 (a)(4): names must chain. The key identifiers only say which to try first (§4.2.1.1 calls them a
//! means of identifying a key, §6.1 does not look at them). The order depends on bytes alone, never on the order in
//! the message, so that whatever the budget cuts off is the same for every sender (RULES 24).

use super::budget::{Budget, Exceeded};
use crate::trust::TrustStore;
use crate::trust::revocation::RevocationSet;
use crate::x509::certificate::Certificate;
use crate::x509::name::Name;
use crate::x509::ocsp::{ResponderId, is_for_responses};
use std::sync::Arc;

/// How the key identifiers of child and candidate go together, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum KeyIdentifiers {
    /// Equal.
    Match,
    /// At least one is not there.
    Unknown,
    /// Different: the candidate has probably another key than the issuer's.
    Contradict,
}

/// A certificate whose subject is the issuer asked for.
#[derive(Clone, Copy)]
pub(super) struct Candidate<'a> {
    /// The certificate.
    pub(super) certificate: &'a Arc<Certificate>,
    /// Whether a path may end there.
    pub(super) is_anchor: bool,
    /// Hint.
    pub(super) key_identifiers: KeyIdentifiers,
}

/// Everything a path may be built from.
#[derive(Clone)]
pub(super) struct Issuers<'a> {
    message: Vec<&'a Arc<Certificate>>,
    trust: &'a TrustStore,
}

impl<'a> Issuers<'a> {
    /// Gathers what a message brings and what the operator gave.
    pub(super) fn new(message: &'a [Arc<Certificate>], trust: &'a TrustStore) -> Self {
        let mut message: Vec<_> = message.iter().collect();
        message.sort_unstable_by_key(|certificate| certificate.sha256);
        message.dedup_by_key(|certificate| certificate.sha256);
        Self { message, trust }
    }

    /// The candidates for the issuer of `child`: anchors first, then by key identifiers, then by bytes.
    ///
    /// Each certificate looked at costs one name comparison. A name without attributes names nobody
    /// (RFC 5280 §4.1.2.4), so it has no candidates.
    pub(super) fn candidates(
        &self,
        child: &Certificate,
        budget: &mut Budget,
    ) -> Result<Vec<Candidate<'a>>, Exceeded> {
        let trusted = self.trust.with_subject_like(&child.issuer);
        budget.spend_name_comparisons(trusted.len() + self.message.len())?;
        if child.issuer.is_empty() {
            return Ok(Vec::new());
        }
        let trusted = trusted.iter().map(|entry| (&entry.certificate, entry.is_anchor));
        let message = self.message.iter().map(|&certificate| (certificate, false));
        let mut candidates: Vec<_> = trusted
            .chain(message)
            .filter(|(certificate, _)| certificate.subject == child.issuer)
            .map(|(certificate, is_anchor)| Candidate {
                certificate,
                is_anchor,
                key_identifiers: compare_key_identifiers(child, certificate),
            })
            .collect();
        // Of equal bytes in several roles the anchor stays.
        candidates.sort_unstable_by_key(|it| (it.certificate.sha256, !it.is_anchor));
        candidates.dedup_by_key(|it| it.certificate.sha256);
        candidates.sort_by_key(|it| (!it.is_anchor, it.key_identifiers));
        Ok(candidates)
    }
}

impl<'a> Issuers<'a> {
    /// Everyone of the name `subject`, by bytes; each certificate looked at costs one name comparison.
    pub(super) fn named(
        &self,
        subject: &Name,
        budget: &mut Budget,
    ) -> Result<Vec<&'a Arc<Certificate>>, Exceeded> {
        let trusted = self.trust.with_subject_like(subject);
        budget.spend_name_comparisons(trusted.len() + self.message.len())?;
        let trusted = trusted.iter().map(|entry| &entry.certificate);
        let mut named: Vec<_> = trusted
            .chain(self.message.iter().copied())
            .filter(|certificate| certificate.subject == *subject && !subject.is_empty())
            .collect();
        named.sort_unstable_by_key(|certificate| certificate.sha256);
        named.dedup_by_key(|certificate| certificate.sha256);
        Ok(named)
    }
}

impl<'a> Issuers<'a> {
    /// Everyone who is for signing OCSP responses, whom a response calls `id` and who is not among `known`, by bytes; each
    /// certificate looked at costs one name comparison.
    pub(super) fn responders(
        &self,
        id: &ResponderId,
        known: &[Arc<Certificate>],
        budget: &mut Budget,
    ) -> Result<Vec<&'a Arc<Certificate>>, Exceeded> {
        let trusted = self.trust.responders(id);
        budget.spend_name_comparisons(trusted.len() + self.message.len())?;
        let brought = self.message.iter().copied().filter(|it| is_for_responses(it) && id.is(it));
        let is_known = |it: &Certificate| known.iter().any(|known| known.sha256 == it.sha256);
        let mut found: Vec<_> = trusted.iter().chain(brought).filter(|it| !is_known(it)).collect();
        found.sort_unstable_by_key(|certificate| certificate.sha256);
        found.dedup_by_key(|certificate| certificate.sha256);
        Ok(found)
    }
}

impl<'a> Issuers<'a> {
    /// Everyone else who has the private key of `certificate`, by bytes: those at hand, and those that came in responses; each
    /// certificate looked at costs one name comparison.
    pub(super) fn of_key(
        &self,
        certificate: &Certificate,
        responses: [&'a RevocationSet; 2],
        budget: &mut Budget,
    ) -> Result<Vec<&'a Arc<Certificate>>, Exceeded> {
        let trusted = self.trust.with_key_like(certificate);
        let enclosed = responses.map(|set| set.enclosed_with_key_like(certificate)).concat();
        let looked_at = trusted.len() + self.message.len() + enclosed.len();
        budget.spend_name_comparisons(looked_at)?;
        let at_hand = trusted.iter().chain(enclosed).chain(self.message.iter().copied());
        let mut of_key: Vec<_> = at_hand
            .filter(|it| it.sha256 != certificate.sha256 && it.shares_private_key(certificate))
            .collect();
        of_key.sort_unstable_by_key(|certificate| certificate.sha256);
        of_key.dedup_by_key(|certificate| certificate.sha256);
        Ok(of_key)
    }
}

/// RFC 5280 §4.2.1.1 and §4.2.1.2.
fn compare_key_identifiers(child: &Certificate, issuer: &Certificate) -> KeyIdentifiers {
    let named = child.authority_key_identifier.as_ref().and_then(|it| it.key_identifier.as_ref());
    match (named, &issuer.subject_key_identifier) {
        (Some(named), Some(own)) if named == own => KeyIdentifiers::Match,
        (Some(_), Some(_)) => KeyIdentifiers::Contradict,
        _ => KeyIdentifiers::Unknown,
    }
}
