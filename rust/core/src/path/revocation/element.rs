//! What is known of the revocation of one certificate of a path, and of all of them.

use super::super::strength::Ingredient;
use super::claims::Claim;
use crate::verdict::facts::RevocationState;
use crate::x509::certificate::Certificate;
use crate::x509::crl_entry::{RevocationReason, Revoked};

/// Revocation of one certificate of a path, and what says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElementRevocation {
    /// The certificate.
    pub certificate_sha256: [u8; 32],
    /// What came out.
    pub state: RevocationState,
    /// When it was revoked or put on hold, also where that is later than the time asked for.
    pub revoked_unix_s: Option<i64>,
    /// Why; `None` also where it is revoked and no reason is told.
    pub reason: Option<RevocationReason>,
    /// Since when its key is suspect.
    pub invalid_unix_s: Option<i64>,
    /// The list or response that decided; of several the first.
    pub source_sha256: Option<[u8; 32]>,
    /// Its thisUpdate.
    pub this_update_unix_s: Option<i64>,
    /// Its nextUpdate.
    pub next_update_unix_s: Option<i64>,
    /// Where all this is told of another certificate of its key, that one.
    pub twin_sha256: Option<[u8; 32]>,
    /// What the state rests on.
    pub backing: Backing,
}

/// The algorithms of the lists and responses that gave a state, and of whoever signed them, if he is not of the path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Backing {
    /// Each with the second (Unix) at which what it stands in was made.
    pub algorithms: Vec<(Ingredient, i64)>,
    /// The path would have come out otherwise without them: where nothing is required, that a certificate was not
    /// revoked changes nothing.
    pub decides: bool,
}

impl Backing {
    /// The algorithms, where they decide.
    pub(super) fn decisive(self) -> Vec<(Ingredient, i64)> {
        if self.decides { self.algorithms } else { Vec::new() }
    }
}

impl ElementRevocation {
    /// Of a certificate of which nothing is told.
    pub(crate) const fn of(certificate: &Certificate, state: RevocationState) -> Self {
        Self {
            certificate_sha256: certificate.sha256,
            state,
            revoked_unix_s: None,
            reason: None,
            invalid_unix_s: None,
            source_sha256: None,
            this_update_unix_s: None,
            next_update_unix_s: None,
            twin_sha256: None,
            backing: Backing { algorithms: Vec::new(), decides: false },
        }
    }

    /// The same, told by a claim: that it is revoked or will be, or that it is not.
    pub(super) fn told(self, claim: &Claim<'_>, revoked: Option<Revoked>) -> Self {
        Self {
            revoked_unix_s: revoked.map(|it| it.revoked_unix_s),
            reason: revoked.filter(|it| it.is_reason_said).map(|it| it.reason),
            invalid_unix_s: revoked.and_then(|it| it.invalid_unix_s),
            source_sha256: Some(claim.source.signed().sha256),
            this_update_unix_s: Some(claim.this_update_unix_s),
            next_update_unix_s: claim.next_update_unix_s,
            ..self
        }
    }

    /// RFC 3161 §4: whether nothing was ever said against its key but one of the four reasons that do no harm to what it
    /// signed before.
    pub(crate) const fn keeps_worth(&self) -> bool {
        match (self.revoked_unix_s, self.reason) {
            (None, _) => true,
            (Some(_), Some(reason)) => !reason.casts_doubt(),
            (Some(_), None) => false,
        }
    }

    /// Since when its key may have been in other hands, Unix seconds.
    pub(crate) fn suspect_unix_s(&self) -> Option<i64> {
        let since = self.revoked_unix_s.filter(|_| !self.keeps_worth())?;
        Some(self.invalid_unix_s.map_or(since, |invalid| invalid.min(since)))
    }
}

/// Revocation of a whole path.
#[derive(Clone)]
pub(in crate::path) struct Statuses {
    /// Leaf first, without the anchor.
    pub(in crate::path) elements: Vec<ElementRevocation>,
    /// The worst of them.
    pub(in crate::path) worst: RevocationState,
}

impl Default for Statuses {
    fn default() -> Self {
        Self { elements: Vec::new(), worst: RevocationState::NotChecked }
    }
}
