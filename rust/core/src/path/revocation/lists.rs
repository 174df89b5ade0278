//! Certificate lists: whether one is about a certificate at all, for which reasons, and what it says (RFC 5280 §6.3.3).
//!
//! (b): the issuer, or the cRLIssuer that the certificate names; the distribution point; the kind of certificate. (d):
//! the reasons. A list with anything critical that is not known here is refused (§5.2, §5.3). One with an entry that cannot
//! be read tells only of those whom it names.

use std::sync::Arc;

use super::super::budget::{Budget, Exceeded};
use super::claims::{Claim, Says, Source, is_less};
use crate::x509::certificate::Certificate;
use crate::x509::crl::CertificateList;
use crate::x509::crl_entry::{Entry, Revoked};
use crate::x509::distribution_points::{DistributionPoint, PointLocation, PointName, Reasons};
use crate::x509::name::normalize;

/// Who may issue lists about `certificate`, by the comparison forms of their names: its issuer, and each cRLIssuer.
pub(super) fn issuer_names(certificate: &Certificate) -> Vec<Box<[u8]>> {
    let points = certificate.revocation.lists.iter().flat_map(|point| &point.crl_issuer);
    let named = points.filter_map(|name| match name {
        PointName::Directory(normalized) => Some(normalized.clone()),
        PointName::Uri(_) | PointName::Other(_) => None,
    });
    let mut names: Vec<_> =
        [certificate.issuer.normalized.clone()].into_iter().chain(named).collect();
    names.retain(|name| !name.is_empty());
    names.sort_unstable();
    names.dedup();
    names
}

/// What `list` says about `certificate`, if it is about it.
pub(super) fn add_claims<'a>(
    list: &'a Arc<CertificateList>,
    certificate: &Certificate,
    claims: &mut Vec<Claim<'a>>,
    budget: &mut Budget,
) -> Result<(), Exceeded> {
    if list.has_unknown_critical {
        return Ok(());
    }
    let reasons = covered_reasons(list, certificate, budget)?;
    if reasons == Reasons::NONE {
        return Ok(());
    }
    let is_whole = list.damage.is_none();
    let claim = |says| Claim {
        source: Source::List(list),
        says,
        is_whole,
        reasons,
        this_update_unix_s: list.this_update_unix_s,
        next_update_unix_s: list.next_update_unix_s,
        made_unix_s: list.this_update_unix_s,
        expired_since_unix_s: list.expired_since_unix_s,
    };
    let before = claims.len();
    claims.extend(entries_about(list, certificate).map(|revoked| claim(Says::Revoked(revoked))));
    if claims.len() == before && is_whole {
        claims.push(claim(Says::NotRevoked));
    }
    Ok(())
}

/// What the entries of `list` say about `certificate`, whether or not it is in the scope of the list.
pub(super) fn entries_about<'a>(
    list: &'a CertificateList,
    certificate: &'a Certificate,
) -> impl Iterator<Item = Revoked> {
    let entries = list.entries_of(&certificate.serial).filter(|entry| {
        // RFC 5280 §5.3.3: without a certificate issuer it is that of the list, which in a list that is not indirect it
        // always is: a name there, inherited by every later entry, must not hide what its issuer revoked.
        let issuer = match entry.issuer.filter(|_| list.is_indirect()) {
            Some([]) => return false,
            Some(name) => normalize(name).unwrap_or_default(),
            None => list.issuer.normalized.clone(),
        };
        issuer == certificate.issuer.normalized
    });
    // A date that cannot be read may be any from the beginning on.
    let dated = |entry: Entry<'_>| {
        let unknown = Revoked { revoked_unix_s: certificate.not_before_unix_s, ..entry.revoked };
        if entry.is_dated { entry.revoked } else { unknown }
    };
    entries.map(dated)
}

/// RFC 5280 §6.3.3 (b), (d): the reasons for which the list covers the certificate; none if it does not.
fn covered_reasons(
    list: &CertificateList,
    certificate: &Certificate,
    budget: &mut Budget,
) -> Result<Reasons, Exceeded> {
    let mut of_list = Reasons::ALL;
    if let Some(scope) = &list.scope {
        let is_ca = certificate.basic_constraints.is_some_and(|constraints| constraints.is_ca);
        let is_out = scope.only_attribute_certificates
            || (scope.only_user_certificates && is_ca)
            || (scope.only_ca_certificates && !is_ca);
        if is_out {
            return Ok(Reasons::NONE);
        }
        of_list = scope.reasons;
    }
    // §6.3.3: a point of the certificate issuer's own name is assumed where none serves.
    let assumed = DistributionPoint {
        location: Some(PointLocation::Full(vec![PointName::Directory(
            certificate.issuer.normalized.clone(),
        )])),
        reasons: Reasons::ALL,
        crl_issuer: Vec::new(),
    };
    let mut covered = Reasons::NONE;
    for point in certificate.revocation.lists.iter().chain([&assumed]) {
        if is_issued_for(list, point, certificate) && is_at(list, point, certificate, budget)? {
            covered = covered.or(point.reasons.and(of_list));
        }
    }
    Ok(covered)
}

/// (b)(1): the issuer of the list is the one the point names; else that of the certificate.
fn is_issued_for(
    list: &CertificateList,
    point: &DistributionPoint,
    certificate: &Certificate,
) -> bool {
    if point.crl_issuer.is_empty() {
        return list.issuer == certificate.issuer;
    }
    let own = PointName::Directory(list.issuer.normalized.clone());
    list.is_indirect() && point.crl_issuer.contains(&own)
}

/// (b)(2)(i): a list of one distribution point serves the certificates that name this point.
fn is_at(
    list: &CertificateList,
    point: &DistributionPoint,
    certificate: &Certificate,
    budget: &mut Budget,
) -> Result<bool, Exceeded> {
    let Some(of_list) = list.scope.as_ref().and_then(|scope| scope.location.as_ref()) else {
        return Ok(true);
    };
    let of_list = of_list.names(&list.issuer.normalized);
    let issuer = if point.crl_issuer.is_empty() { &certificate.issuer } else { &list.issuer };
    let of_point = match &point.location {
        Some(location) => location.names(&issuer.normalized),
        None => point.crl_issuer.clone(),
    };
    budget.spend_name_comparisons(of_list.len().saturating_mul(of_point.len()))?;
    Ok(of_list.iter().any(|name| of_point.contains(name)))
}

/// RFC 5280 §5.2.4 and §6.3.3 (c): whether `delta` continues the complete list `base`.
pub(super) fn continues(delta: &CertificateList, base: &CertificateList) -> bool {
    let (Some(from), Some(number), Some(of_base)) =
        (&delta.base_number, &delta.number, &base.number)
    else {
        return false;
    };
    let key = |list: &CertificateList| {
        list.authority_key_identifier.as_ref().and_then(|it| it.key_identifier.clone())
    };
    !base.is_delta()
        && delta.issuer == base.issuer
        && delta.scope == base.scope
        && key(delta) == key(base)
        && !is_less(of_base, from)
        && is_less(of_base, number)
}
