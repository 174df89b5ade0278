//! The clauses a built path must satisfy, one `check_*` per clause of RFC 5280 §6.1 and §4.2.
//!
//! A path comes in leaf first and anchor last, its names chaining and its signatures right; what comes out is the
//! worst clause it breaks. An anchor's own validity dates are not checked (RFC 5280 §6.1.1 d: an anchor is a name and
//! a key), its constraints and the limits of its list are (RULES 19). The clauses that look at a whole path have rooms of
//! their own: [`super::model`], [`super::name_constraints`], [`super::policy`].

use super::budget::{Budget, Exceeded};
use super::name_constraints::check_name_constraints;
use super::policy::{Policies, check_policies};
use super::rules::{PathRules, Purpose};
use crate::trust::anchor::AnchorLimits;
use crate::verdict::facts::ChainResult;
use crate::x509::certificate::Certificate;
use crate::x509::extensions::KeyUsage;
use std::sync::Arc;

/// One clause kept or broken.
pub(super) type Clause = Result<(), ChainResult>;

/// id-kp-emailProtection (RFC 5280 §4.2.1.12).
const EMAIL_PROTECTION: &[u8] = b"\x2b\x06\x01\x05\x05\x07\x03\x04";
/// anyExtendedKeyUsage (RFC 5280 §4.2.1.12).
const ANY_EXTENDED_KEY_USAGE: &[u8] = b"\x55\x1d\x25\x00";
/// id-kp-timeStamping (RFC 5280 §4.2.1.12).
const TIME_STAMPING: &[u8] = b"\x2b\x06\x01\x05\x05\x07\x03\x08";

/// Uses of a key that permit signing mail.
const SIGNING: KeyUsage = KeyUsage::DIGITAL_SIGNATURE.or(KeyUsage::NON_REPUDIATION);

/// Uses of a key that permit encrypting to it.
const ENCRYPTING: KeyUsage = KeyUsage::KEY_ENCIPHERMENT.or(KeyUsage::KEY_AGREEMENT);

/// What a path is checked against.
pub(super) struct Terms<'a> {
    /// The run's.
    pub(super) rules: &'a PathRules,
    /// What the leaf is for.
    pub(super) purpose: Purpose,
    /// What the anchor's list says of it.
    pub(super) limits: AnchorLimits,
    /// The control time.
    pub(super) at_unix_s: i64,
}

/// Checks a path, leaf first and anchor last; gives the policies under which it holds, or the worst clause broken.
///
/// A path of one certificate is a signer who is an anchor; the clauses of a signer hold for it, validity included. Of one who
/// is asked for no use of his key but only for what is said of it, all that counts is who may have issued his certificate.
pub(super) fn check_path(
    chain: &[Arc<Certificate>],
    terms: &Terms<'_>,
    budget: &mut Budget,
) -> Result<Policies, Exceeded> {
    let Some((leaf, issuers)) = chain.split_first() else {
        return Ok(Err(ChainResult::NoPath));
    };
    let mut worst = check_name_constraints(chain, budget)?;
    let mut note = |clause: Clause| worst = worst.max(clause.err().unwrap_or(ChainResult::Ok));
    let dated = chain.get(..issuers.len().max(1)).unwrap_or_default();
    let is_for_use = terms.purpose != Purpose::SharesKey;
    // Whoever issues lists is asked for nothing but the right to: his anchor's trust was asked of the path that he speaks of,
    // and what he says against somebody stands whatever becomes of that (RFC 5280 §6.3.3 (f)).
    let is_signer = is_for_use && terms.purpose != Purpose::IssueLists;
    if is_signer {
        note(check_anchor_limits(&terms.limits, leaf, terms.at_unix_s));
    }
    if is_for_use {
        note(terms.rules.model.check_validities(dated, terms.at_unix_s));
        note(check_well_formed(leaf));
        note(check_leaf_purpose(leaf, terms.purpose));
        note(check_critical_extensions(leaf));
    }
    if is_for_use {
        note(check_leaf_key_usage(leaf, terms.purpose));
    }
    for (position, issuer) in issuers.iter().enumerate() {
        let is_anchor = position + 1 == issuers.len();
        note(check_well_formed(issuer));
        note(check_is_ca(issuer, is_anchor));
        note(check_key_cert_sign(issuer));
        note(check_critical_extensions(issuer));
        note(check_path_length(issuer, issuers.get(..position).unwrap_or_default()));
        if is_signer && !is_anchor {
            note(check_extended_key_usage(issuer, terms.purpose));
        }
    }
    let policies =
        if is_for_use { check_policies(chain, terms.rules, budget)? } else { Ok(Vec::new()) };
    worst = worst.max(policies.as_ref().err().copied().unwrap_or(ChainResult::Ok));
    Ok(if worst == ChainResult::Ok { policies } else { Err(worst) })
}

/// RULES 19: the anchor's list trusts it at the control time, and for a signer certified then.
fn check_anchor_limits(limits: &AnchorLimits, leaf: &Certificate, at_unix_s: i64) -> Clause {
    if limits.permit(leaf.not_before_unix_s, at_unix_s) {
        Ok(())
    } else {
        Err(ChainResult::AnchorNotTrusted)
    }
}

/// RFC 5280 §4.1 and §4.2: what could not be decoded may have been a restriction.
fn check_well_formed(certificate: &Certificate) -> Clause {
    if certificate.defects.is_empty() { Ok(()) } else { Err(ChainResult::Malformed) }
}

/// RFC 8550 §4.4.2 and RULES 19: a signer's key usage, if said, includes signing or non-repudiation; that of whom mail is
/// encrypted to includes how his key is used, which of the two depends on the key (RULES 39, `envelope/seal`).
fn check_leaf_key_usage(leaf: &Certificate, purpose: Purpose) -> Clause {
    let wanted = match purpose {
        Purpose::IssueLists => return Ok(()),
        Purpose::Encryption => ENCRYPTING,
        _ => SIGNING,
    };
    match leaf.key_usage {
        Some(usage) if !usage.allows_any_of(wanted) => Err(ChainResult::KeyUsage),
        _ => Ok(()),
    }
}

/// What the leaf is for, by its extended key usage.
fn check_leaf_purpose(leaf: &Certificate, purpose: Purpose) -> Clause {
    match purpose {
        Purpose::Mail | Purpose::Encryption | Purpose::Countersignature => {
            check_extended_key_usage(leaf, purpose)
        }
        Purpose::TimeStamping => check_time_stamping_only(leaf),
        Purpose::IssueLists | Purpose::Vouched | Purpose::SharesKey => Ok(()),
    }
}

/// RFC 8550 §4.4.4 and RULES 19: absent, or for the purpose, or for anything; the same for a CA that has one.
fn check_extended_key_usage(certificate: &Certificate, purpose: Purpose) -> Clause {
    let Some(usages) = &certificate.extended_key_usage else {
        return Ok(());
    };
    let wanted = match purpose {
        Purpose::TimeStamping => TIME_STAMPING,
        _ => EMAIL_PROTECTION,
    };
    let is_meant = |usage: &[u8]| usage == wanted || usage == ANY_EXTENDED_KEY_USAGE;
    if usages.iter().any(|usage| is_meant(usage)) {
        Ok(())
    } else {
        Err(ChainResult::ExtendedKeyUsage)
    }
}

/// RFC 3161 §2.3 and RULES 22b: a time-stamp authority's key is for nothing else, and its certificate says so critically.
fn check_time_stamping_only(leaf: &Certificate) -> Clause {
    match leaf.extended_key_usage.as_deref() {
        Some([usage]) if **usage == *TIME_STAMPING && leaf.extended_key_usage_is_critical => Ok(()),
        _ => Err(ChainResult::ExtendedKeyUsage),
    }
}

/// RFC 5280 §6.1.3 (f), §6.1.4 (o) and §6.1.5 (f).
fn check_critical_extensions(certificate: &Certificate) -> Clause {
    if certificate.unprocessed_critical.is_empty() {
        Ok(())
    } else {
        Err(ChainResult::CriticalExtension)
    }
}

/// RFC 5280 §4.2.1.9 and §6.1.4 (k): an issuing certificate says that it is a CA.
///
/// Before version 3 there was no place to say it, and trust out of band must do (§6.1.4 (k)): that is what an anchor
/// has. An anchor of version 3 without basic constraints must at least be meant to sign certificates.
fn check_is_ca(issuer: &Certificate, is_anchor: bool) -> Clause {
    let is_ca = match &issuer.basic_constraints {
        Some(constraints) => constraints.is_ca,
        None if !is_anchor => false,
        None => {
            issuer.version < 3
                || issuer
                    .key_usage
                    .is_some_and(|usage| usage.allows_any_of(KeyUsage::KEY_CERT_SIGN))
        }
    };
    if is_ca { Ok(()) } else { Err(ChainResult::NotACa) }
}

/// RFC 5280 §4.2.1.3 and §6.1.4 (n).
fn check_key_cert_sign(issuer: &Certificate) -> Clause {
    match issuer.key_usage {
        Some(usage) if !usage.allows_any_of(KeyUsage::KEY_CERT_SIGN) => Err(ChainResult::KeyUsage),
        _ => Ok(()),
    }
}

/// RFC 5280 §4.2.1.9 and §6.1.4 (l), (m): how many CA certificates may follow; self-issued ones and the leaf do not count.
fn check_path_length(issuer: &Certificate, below: &[Arc<Certificate>]) -> Clause {
    let permitted = issuer.basic_constraints.as_ref().and_then(|it| it.path_length);
    let following = below.iter().filter(|certificate| !certificate.self_issued).count();
    match permitted {
        Some(permitted) if following as u64 > u64::from(permitted) => Err(ChainResult::PathLength),
        _ => Ok(()),
    }
}
