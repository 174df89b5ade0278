//! Name constraints of a path: every name of a certificate lies inside what each CA above it permits (RFC 5280
//! §6.1.3 (b), (c) and §4.2.1.10, RFC 9598 §6).
//!
//! The sets of RFC 5280 §6.1.2 are not kept: a name lies in an intersection when it lies in each set, and in a union
//! when it lies in any, so each certificate is held against each constraint above it. All addresses are one form here,
//! rfc822Name, SmtpUTF8Mailbox and the subject's emailAddress, the last also beside a subject alternative name: any of
//! them may be what the sender is compared with (RULES 20). The cost is counted before it is paid (RULES 23).

mod subtree;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests;

use self::subtree::{Name, Subtree};
use super::budget::{Budget, Exceeded};
use crate::verdict::facts::ChainResult;
use crate::x509::certificate::{Certificate, NameConstraints};
use std::sync::Arc;

/// Checks a path, leaf first and anchor last; the anchor's own constraints hold too (RULES 19).
///
/// Gives `ok` or the worst clause broken: `name_constraints`, or `critical_extension` for a constraint that this program
/// cannot apply to a name that is there.
pub(super) fn check_name_constraints(
    chain: &[Arc<Certificate>],
    budget: &mut Budget,
) -> Result<ChainResult, Exceeded> {
    let mut worst = ChainResult::Ok;
    for (position, issuer) in chain.iter().enumerate() {
        let Some(constraints) = &issuer.name_constraints else { continue };
        for (below, certificate) in chain.iter().take(position).enumerate() {
            // RFC 5280 §6.1.3 (b): self-issued certificates are exempt, the final one is not.
            if below == 0 || !certificate.self_issued {
                worst = worst.max(check_names(certificate, constraints, budget)?);
            }
        }
    }
    Ok(worst)
}

/// Holds each name of a certificate against the constraints of one CA above it.
fn check_names(
    certificate: &Certificate,
    constraints: &NameConstraints,
    budget: &mut Budget,
) -> Result<ChainResult, Exceeded> {
    let names = 1 + certificate.addresses.len() + certificate.alternative_names.len();
    let subtrees = constraints.permitted.len() + constraints.excluded.len();
    budget.spend_name_comparisons(names.saturating_mul(subtrees))?;
    // RFC 5280 §4.2.1.10: minimum and maximum have no meaning that could be applied.
    if constraints.subtrees().any(|subtree| subtree.has_distances) {
        return Ok(ChainResult::CriticalExtension);
    }
    let permitted: Vec<_> = constraints.permitted.iter().map(Subtree::of).collect();
    let excluded: Vec<_> = constraints.excluded.iter().map(Subtree::of).collect();
    let names = names_of(certificate);
    let worst = names.iter().map(|name| check_name(name, &permitted, &excluded)).max();
    Ok(worst.unwrap_or(ChainResult::Ok))
}

/// RFC 5280 §6.1.3 (b) and (c): of its form, inside some subtree that is permitted if any is, and inside none that is
/// excluded.
fn check_name(name: &Name<'_>, permitted: &[Subtree<'_>], excluded: &[Subtree<'_>]) -> ChainResult {
    let of_form = |subtree: &&Subtree<'_>| subtree.form == name.form;
    let mut all = permitted.iter().chain(excluded).filter(of_form).peekable();
    if all.peek().is_none() {
        return ChainResult::Ok;
    }
    if all.any(|subtree| subtree.scope.is_none()) {
        return ChainResult::CriticalExtension;
    }
    let mut to_be_in = permitted.iter().filter(of_form).peekable();
    let is_permitted = to_be_in.peek().is_none() || to_be_in.any(|subtree| subtree.permits(name));
    let is_excluded = excluded.iter().filter(of_form).any(|subtree| subtree.excludes(name));
    if is_permitted && !is_excluded && name.value.is_some() {
        ChainResult::Ok
    } else {
        ChainResult::NameConstraints
    }
}

/// Every name of a certificate: its subject, its addresses wherever they stand, its other alternative names.
fn names_of(certificate: &Certificate) -> Vec<Name<'_>> {
    let subject = Some(&certificate.subject).filter(|subject| !subject.is_empty());
    let subject = subject.map(|subject| Name::of_directory(&subject.normalized));
    let addresses = certificate.addresses.iter().map(Name::of_address);
    let others = certificate.alternative_names.iter().filter_map(Name::of_other);
    subject.into_iter().chain(addresses).chain(others).collect()
}
