//! Claims: what each list and response says about one certificate, before anybody asks who signed it.

use std::sync::Arc;

use super::super::budget::{Budget, Exceeded};
use super::{Surroundings, lists, responses};
use crate::limits;
use crate::trust::revocation::RevocationSet;
use crate::x509::certificate::Certificate;
use crate::x509::crl::CertificateList;
use crate::x509::crl_entry::{RevocationReason, Revoked};
use crate::x509::distribution_points::Reasons;
use crate::x509::ocsp::BasicResponse;
use crate::x509::signed::SignedObject;

/// Where a claim stands.
#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    List(&'a Arc<CertificateList>),
    Response(&'a Arc<BasicResponse>),
}

impl<'a> Source<'a> {
    pub(super) fn signed(self) -> &'a SignedObject {
        match self {
            Self::List(list) => &list.signed,
            Self::Response(response) => &response.signed,
        }
    }
}

/// What it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Says {
    /// Nothing is known against the certificate: absent from a list, or OCSP `good`.
    NotRevoked,
    Revoked(Revoked),
}

/// One claim.
#[derive(Clone, Copy)]
pub(super) struct Claim<'a> {
    pub(super) source: Source<'a>,
    pub(super) says: Says,
    /// Whether everything around it could be read; where not, it counts only against the certificate.
    pub(super) is_whole: bool,
    /// Of which reasons it speaks.
    pub(super) reasons: Reasons,
    pub(super) this_update_unix_s: i64,
    pub(super) next_update_unix_s: Option<i64>,
    /// When it was made, by its own word.
    pub(super) made_unix_s: i64,
    /// Certificates that expired from then on are still told of.
    pub(super) expired_since_unix_s: Option<i64>,
}

impl<'a> Claim<'a> {
    /// The list of which it is, if it is a delta.
    pub(super) fn delta(&self) -> Option<&'a Arc<CertificateList>> {
        match self.source {
            Source::List(list) if list.is_delta() => Some(list),
            _ => None,
        }
    }

    /// A revocation that nothing lifts. Only a delta can say that somebody is taken off a list (RFC 5280 §5.3.1).
    pub(super) fn permanent(&self) -> Option<Revoked> {
        match self.says {
            Says::Revoked(revoked) => match revoked.reason {
                RevocationReason::CertificateHold => None,
                RevocationReason::RemoveFromCrl if self.delta().is_some() => None,
                _ => Some(revoked),
            },
            Says::NotRevoked => None,
        }
    }

    /// A hold.
    pub(super) fn hold(&self) -> Option<Revoked> {
        match self.says {
            Says::Revoked(revoked) if revoked.reason == RevocationReason::CertificateHold => {
                Some(revoked)
            }
            _ => None,
        }
    }

    /// It says that a hold was lifted.
    pub(super) fn is_removal(&self) -> bool {
        let is_said =
            matches!(self.says, Says::Revoked(it) if it.reason == RevocationReason::RemoveFromCrl);
        is_said && self.is_whole && self.delta().is_some()
    }

    /// Whether it was issued after `other`: by time, then by number.
    pub(super) fn is_later_than(&self, other: &Self) -> bool {
        let number = |claim: &Self| match claim.source {
            Source::List(list) => list.number.clone(),
            Source::Response(_) => None,
        };
        match self.this_update_unix_s.cmp(&other.this_update_unix_s) {
            core::cmp::Ordering::Equal => match (number(self), number(other)) {
                (Some(own), Some(of_other)) => is_less(&of_other, &own),
                _ => false,
            },
            order => order.is_gt(),
        }
    }

    /// Whether it still tells of a certificate that expires at `not_after_unix_s`.
    pub(super) fn remembers(&self, not_after_unix_s: i64) -> bool {
        self.this_update_unix_s <= not_after_unix_s
            || self.expired_since_unix_s.is_some_and(|since| since <= not_after_unix_s)
    }

    /// What decides between claims that serve equally well.
    pub(super) fn order(&self) -> (core::cmp::Reverse<i64>, [u8; 32]) {
        (core::cmp::Reverse(self.this_update_unix_s), self.source.signed().sha256)
    }
}

/// Compares content octets of non-negative INTEGERs, both minimal.
pub(super) fn is_less(one: &[u8], other: &[u8]) -> bool {
    (one.len(), one) < (other.len(), other)
}

/// Everything that a set says against `certificate`, by whomever it is signed: entries of lists under its names, and
/// responses about its serial number, since the hashes that name its issuer tell nobody who does not have the issuer. One
/// item for each list or response looked at.
pub(crate) fn words_against<'a>(
    set: &'a RevocationSet,
    certificate: &'a Certificate,
) -> impl Iterator<Item = Vec<Revoked>> {
    let names = lists::issuer_names(certificate).into_iter();
    let of_lists = names.flat_map(|name| set.lists_of(&name));
    let of_lists = of_lists.map(|list| lists::entries_about(list, certificate).collect());
    let about = set.responses_about_serial(&certificate.serial);
    let of_responses =
        about.map(|(_, single)| single.revoked_of(certificate).into_iter().collect());
    of_lists.chain(of_responses)
}

impl<'a> Surroundings<'_, 'a> {
    /// Every claim about `certificate`, in an order that depends on bytes alone.
    pub(super) fn gather(
        &self,
        certificate: &Certificate,
        above: &[Arc<Certificate>],
        budget: &mut Budget,
    ) -> Result<Vec<Claim<'a>>, Exceeded> {
        let mut claims: Vec<Claim<'a>> = Vec::new();
        let names = lists::issuer_names(certificate);
        let issuer_key = above.first().map_or(&[][..], |issuer| issuer.public_key_bits());
        let mut considered = 0;
        let mut consider = |budget: &mut Budget| {
            considered += 1;
            if considered > limits::REVOCATION_CONSIDERED {
                return Err(Exceeded);
            }
            budget.spend_name_comparisons(1)
        };
        for set in [self.inquiry.brought, self.inquiry.store] {
            for list in names.iter().flat_map(|name| set.lists_of(name)) {
                consider(budget)?;
                lists::add_claims(list, certificate, &mut claims, budget)?;
            }
            for (response, single) in set.responses_about(&certificate.serial, issuer_key) {
                consider(budget)?;
                claims.extend(responses::claim_of(response, single, certificate, above));
            }
        }
        claims.sort_by_key(Claim::order);
        // The operator and the message may have brought the same; each says it once.
        claims.dedup_by(|a, b| a.order() == b.order() && a.says == b.says);
        Ok(claims)
    }
}
