//! The clauses a built path must satisfy, one `check_*` per clause of RFC 5280 §6.1 and §4.2.
//!
//! A path comes in leaf first and anchor last, its names chaining and its signatures right; what comes out is the
//! worst clause it breaks. An anchor's own validity dates are not checked (RFC 5280 §6.1.1 d: an anchor is a name and
//! a key), its constraints and the limits of its list are (RULES 19). Name constraints, policies and revocation are not processed: a path that
//! needs them is `critical_extension`, whether or not they are marked critical.

use crate::trust::anchor::AnchorLimits;
use crate::verdict::facts::ChainResult;
use crate::x509::certificate::Certificate;
use crate::x509::extensions::KeyUsage;
use std::sync::Arc;

/// What the leaf of a path is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To sign mail.
    SignMail,
    /// To issue certificate lists; that it may is checked beside the path (RFC 5280 §6.3.3 (f)).
    IssueLists,
}

/// One clause kept or broken.
type Clause = Result<(), ChainResult>;

/// id-kp-emailProtection (RFC 5280 §4.2.1.12).
const EMAIL_PROTECTION: &[u8] = b"\x2b\x06\x01\x05\x05\x07\x03\x04";
/// anyExtendedKeyUsage (RFC 5280 §4.2.1.12).
const ANY_EXTENDED_KEY_USAGE: &[u8] = b"\x55\x1d\x25\x00";

/// Uses of a key that permit signing mail.
const SIGNING: KeyUsage = KeyUsage::DIGITAL_SIGNATURE.or(KeyUsage::NON_REPUDIATION);

/// Checks a path, leaf first and anchor last, at `at_unix_s`; gives the worst clause broken.
///
/// A path of one certificate is a signer who is an anchor; the clauses of a signer hold for it, validity included.
pub(super) fn check_path(
    chain: &[Arc<Certificate>],
    limits: &AnchorLimits,
    purpose: Purpose,
    at_unix_s: i64,
) -> Clause {
    let Some((leaf, issuers)) = chain.split_first() else {
        return Err(ChainResult::NoPath);
    };
    let below_anchor = issuers.len().saturating_sub(1);
    let mut worst = ChainResult::Ok;
    let mut note = |clause: Clause| worst = worst.max(clause.err().unwrap_or(ChainResult::Ok));
    note(check_anchor_limits(limits, leaf, at_unix_s));
    note(check_well_formed(leaf));
    note(check_validity(leaf, at_unix_s));
    if purpose == Purpose::SignMail {
        note(check_signer_key_usage(leaf));
        note(check_extended_key_usage(leaf));
    }
    note(check_critical_extensions(leaf));
    note(check_unprocessed_constraints(leaf));
    for (position, issuer) in issuers.iter().enumerate() {
        let is_anchor = position == below_anchor;
        note(check_well_formed(issuer));
        note(check_is_ca(issuer, is_anchor));
        note(check_key_cert_sign(issuer));
        note(check_critical_extensions(issuer));
        note(check_unprocessed_constraints(issuer));
        note(check_path_length(issuer, issuers.get(..position).unwrap_or_default()));
        if !is_anchor {
            note(check_validity(issuer, at_unix_s));
            note(check_extended_key_usage(issuer));
        }
    }
    if worst == ChainResult::Ok { Ok(()) } else { Err(worst) }
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

/// RFC 5280 §6.1.3 (a)(2); both ends belong to the validity (§4.1.2.5).
fn check_validity(certificate: &Certificate, at_unix_s: i64) -> Clause {
    if at_unix_s < certificate.not_before_unix_s {
        Err(ChainResult::NotYetValid)
    } else if at_unix_s > certificate.not_after_unix_s {
        Err(ChainResult::Expired)
    } else {
        Ok(())
    }
}

/// RFC 8550 §4.4.2 and RULES 19: a signer's key usage, if said, includes signing or non-repudiation.
fn check_signer_key_usage(leaf: &Certificate) -> Clause {
    match leaf.key_usage {
        Some(usage) if !usage.allows_any_of(SIGNING) => Err(ChainResult::KeyUsage),
        _ => Ok(()),
    }
}

/// RFC 8550 §4.4.4 and RULES 19: absent, or for e-mail, or for anything; the same for a CA that has one.
fn check_extended_key_usage(certificate: &Certificate) -> Clause {
    let Some(usages) = &certificate.extended_key_usage else {
        return Ok(());
    };
    let is_for_mail = usages
        .iter()
        .any(|usage| matches!(usage.as_ref(), EMAIL_PROTECTION | ANY_EXTENDED_KEY_USAGE));
    if is_for_mail { Ok(()) } else { Err(ChainResult::ExtendedKeyUsage) }
}

/// RFC 5280 §6.1.3 (f), §6.1.4 (o) and §6.1.5 (f).
fn check_critical_extensions(certificate: &Certificate) -> Clause {
    if certificate.unprocessed_critical.is_empty() {
        Ok(())
    } else {
        Err(ChainResult::CriticalExtension)
    }
}

/// RFC 5280 §4.2.1.5, §4.2.1.10, §4.2.1.11 and §4.2.1.14 restrict paths and are not processed here, so that a path
/// with any of them, critical or not, on the anchor too (RULES 19), is not known to be good.
fn check_unprocessed_constraints(certificate: &Certificate) -> Clause {
    let restricted = certificate.has_name_constraints
        || certificate.has_policy_constraints
        || certificate.has_policy_mappings
        || certificate.has_inhibit_any_policy;
    if restricted { Err(ChainResult::CriticalExtension) } else { Ok(()) }
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
