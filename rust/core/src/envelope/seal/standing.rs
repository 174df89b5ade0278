//! Standing: certificates that somebody gave to encrypt to → what others say against them, as of the run (RULES 39).
//!
//! Whom the operator names he trusts, and only who revoked him speaks against him: his issuer may be any certificate that is
//! at hand, an anchor or not, as its key signed him. What came with mail may be anybody's, with anybody's address, and counts
//! only where a path leads to an anchor, by all the clauses of `path`.

use std::sync::Arc;

use crate::codes::{Code as _, codes};
use crate::path::cache::SignatureCache;
use crate::path::revocation::{ElementRevocation, RevocationMode};
use crate::path::rules::{PathRules, Purpose};
use crate::path::{PathOutcome, PathRequest, build_path, is_list_verified};
use crate::trust::TrustStore;
use crate::trust::revocation::RevocationSet;
use crate::verdict::facts::{ChainResult, RevocationState};
use crate::x509::certificate::{Certificate, CertificateError, parse_certificate};

codes! {
    /// What speaks against encrypting to a certificate (RULES 39).
    pub enum Against {
        Revoked = "revoked", "It was revoked, or the certificate of a CA above it was, by a list of --crls or a response of --ocsp.";
        RevocationUnknown = "revocation_unknown", "Nothing current of --crls or --ocsp says that it is not revoked, and --revocation is required.";
        NotVouched = "not_vouched", "It came with mail, and no anchor of --trust vouches for it.";
        WeakChain = "weak_chain", "It came with mail, and an algorithm by which an anchor of --trust vouches for it is too weak by now.";
    }
}

/// A certificate that somebody gave.
pub(crate) struct Given {
    certificate: Arc<Certificate>,
    /// Whoever sent mail gave it.
    came_with_mail: bool,
}

impl Given {
    /// From DER.
    ///
    /// # Errors
    /// As [`parse_certificate`].
    pub(crate) fn parse(der: &[u8], came_with_mail: bool) -> Result<Self, CertificateError> {
        Ok(Self { certificate: Arc::new(parse_certificate(der)?), came_with_mail })
    }
}

/// Code of what speaks against it, and of what became of its path where that is why.
pub type Word = (&'static str, Option<&'static str>);

/// Anchors, neighbours and what is known of revocations.
pub(crate) struct Standing<'c> {
    trust: &'c TrustStore,
    rules: &'c PathRules,
    /// The anchors, and all that may stand between them and a certificate, whoever gave it.
    helped: TrustStore,
    /// Everything of the operator's that may have issued a certificate, each trusted as the issuer of what its key signed.
    neighbours: TrustStore,
    signatures: SignatureCache,
}

/// Signatures that are remembered.
const SIGNATURES: usize = 1 << 14;

impl<'c> Standing<'c> {
    /// Of certificates beside one another.
    pub(crate) fn new(given: &[Given], trust: &'c TrustStore, rules: &'c PathRules) -> Self {
        let may_issue = |it: &&Arc<Certificate>| may_issue(it);
        let owned = |it: &Arc<Certificate>| Certificate::clone(it);
        let all = given.iter().map(|it| &it.certificate).filter(may_issue).map(owned);
        let helped = trust.helped_by(&TrustStore::build(Vec::new(), all.collect()));
        let named = given.iter().filter(|it| !it.came_with_mail).map(|it| &it.certificate);
        let known = trust.anchors().iter().chain(trust.intermediates()).chain(named);
        let issuers = known.filter(may_issue).map(owned).collect();
        let neighbours = TrustStore::build(issuers, Vec::new());
        Self { trust, rules, helped, neighbours, signatures: SignatureCache::new(SIGNATURES) }
    }

    /// What speaks against one of them.
    pub(crate) fn against(&self, given: &Given) -> Option<Word> {
        let path = self.path_to_anchor(given);
        if given.came_with_mail {
            return against_path(path.as_ref(), self.rules);
        }
        let mode = self.rules.revocation.mode;
        if mode == RevocationMode::Off {
            return None;
        }
        let result = path.map(|it| it.result);
        let known = self.path(given, Purpose::Vouched, &self.neighbours);
        let status = known.revocation.first();
        let is_revoked = result == Some(ChainResult::Revoked) || status.is_some_and(revokes);
        let is_good = status.is_some_and(|it| it.state == RevocationState::Good);
        let is_cleared = result == Some(ChainResult::Ok) || is_good;
        match (is_revoked, is_cleared) {
            (true, _) => Some(word(Against::Revoked)),
            (false, false) if mode == RevocationMode::Required => {
                Some(word(Against::RevocationUnknown))
            }
            _ => None,
        }
    }

    /// By the operator's own intermediates, so that nobody's mail makes that too long a search; else by any.
    fn path_to_anchor(&self, given: &Given) -> Option<PathOutcome> {
        let path = |trust| self.path(given, Purpose::Encryption, trust);
        let own = Some(self.trust).filter(|it| !it.is_empty_of_anchors()).map(path)?;
        let is_end = matches!(own.result, ChainResult::Ok | ChainResult::Revoked);
        Some(if is_end { own } else { path(&self.helped) })
    }

    fn path(&self, given: &Given, purpose: Purpose, trust: &TrustStore) -> PathOutcome {
        let request = PathRequest {
            leaf: &given.certificate,
            inherited_parameters: None,
            message_certificates: &[],
            revocation: RevocationSet::none(),
            at_unix_s: self.rules.now_unix_s,
            purpose,
        };
        build_path(&request, trust, self.rules, &self.signatures)
    }

    /// The issuers of lists that no certificate at hand verifies: whom those revoke nobody knows.
    pub(crate) fn unverified_lists(&self) -> Vec<String> {
        let store = self.rules.revocation.store.as_deref();
        let lists = store.map(RevocationSet::lists).unwrap_or_default().iter();
        let is_verified = |list: &_| is_list_verified(list, &self.neighbours, &self.signatures);
        lists.filter(|list| !is_verified(list)).map(|list| list.issuer_text()).collect()
    }
}

/// Of a certificate that came with mail.
fn against_path(path: Option<&PathOutcome>, rules: &PathRules) -> Option<Word> {
    let Some(path) = path else { return Some(word(Against::NotVouched)) };
    let is_over =
        path.ageing(&rules.sunset).iter().any(|(_, it)| it.until_unix_s < rules.now_unix_s);
    match path.result {
        ChainResult::Ok if is_over => Some(word(Against::WeakChain)),
        ChainResult::Ok => None,
        ChainResult::Revoked => Some(word(Against::Revoked)),
        ChainResult::RevocationUnknown => Some(word(Against::RevocationUnknown)),
        result => Some((Against::NotVouched.code(), Some(result.code()))),
    }
}

fn word(against: Against) -> Word {
    (against.code(), None)
}

/// By now, or by a day that has yet to come: to whoever will be revoked nothing is sent that stays.
const fn revokes(status: &ElementRevocation) -> bool {
    status.revoked_unix_s.is_some()
        || matches!(
            status.state,
            RevocationState::Revoked | RevocationState::RevokedCa | RevocationState::OnHold
        )
}

/// Whether it does not say that it is none.
fn may_issue(certificate: &Certificate) -> bool {
    certificate.basic_constraints.as_ref().is_none_or(|it| it.is_ca)
}
