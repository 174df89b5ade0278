//! The judgement of one signature: facts in, one indication out (OUTPUT.md, Indications).
//!
//! Each `check_*` enforces one step of the order of judging (format, digest, signature, certificate, chain, time,
//! constraints) and the first that speaks decides the words; the reasons then name every fact that is not good.
//! A pure function: no clock, no policy but the one in the facts. The words `REVOKED`, `EXPIRED` and
//! `NOT_YET_VALID` need a proof of when the signature was made, a fact of its own ([`TimeProof`]) that no control time
//! can replace; without it the verdict stays indeterminate.

mod reasons;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests;

use self::reasons::reasons;
use super::facts::{
    AddressMatch, AlgorithmProtection, AlgorithmStatus, Bind, ChainResult, ControlTimeKind,
    Coverage, CryptoResult, Eligibility, EssCertificateId, RevocationState, SignatureFacts,
    TimeProof,
};
use super::indication::{Indication, SubIndication, Verdict};

/// What a failing check says.
type Words = (Indication, Option<SubIndication>);

/// Folds the facts of one signature into its verdict.
#[must_use]
pub fn judge(facts: &SignatureFacts) -> Verdict {
    let spoken = check_format(facts)
        .or_else(|| check_digest_and_signature(facts))
        .or_else(|| check_certificate(facts))
        .or_else(|| check_chain(facts))
        .or_else(|| check_time(facts))
        .or_else(|| check_algorithms(facts))
        .or_else(|| check_constraints(facts));
    let (indication, sub_indication) =
        spoken.max(check_proof(facts)).unwrap_or((Indication::TotalPassed, None));
    Verdict { indication, sub_indication, reasons: reasons(facts) }
}

const fn failed(sub: SubIndication) -> Option<Words> {
    Some((Indication::TotalFailed, Some(sub)))
}

const fn indeterminate(sub: SubIndication) -> Option<Words> {
    Some((Indication::Indeterminate, Some(sub)))
}

/// Well-formed CMS that does not contradict itself.
///
/// RFC 6211 §3 makes a differing CMSAlgorithmProtection a failed validation. RULES 32: `--strict` refuses every quirk,
/// and a deviation from the base standard is what FORMAT_FAILURE says (ETSI EN 319 102-1 §5.1.3).
fn check_format(facts: &SignatureFacts) -> Option<Words> {
    let well_formed = facts.crypto != CryptoResult::Malformed
        && facts.algorithm_protection != AlgorithmProtection::Mismatch
        && !facts.strict_quirk;
    if well_formed { None } else { failed(SubIndication::FormatFailure) }
}

/// Digest first, then signature: RFC 5652 §5.4 and §5.6.
fn check_digest_and_signature(facts: &SignatureFacts) -> Option<Words> {
    match facts.crypto {
        // What a repaired content is worth is settled last, among the constraints.
        CryptoResult::Ok | CryptoResult::Repaired => None,
        CryptoResult::SignerCertificateMissing => {
            indeterminate(SubIndication::NoSigningCertificateFound)
        }
        CryptoResult::ContentMissing => indeterminate(SubIndication::SignedDataNotFound),
        CryptoResult::Limit | CryptoResult::UnsupportedAlgorithm => {
            Some((Indication::NotEvaluated, None))
        }
        CryptoResult::SignatureMismatch => failed(SubIndication::SigCryptoFailure),
        CryptoResult::DigestMismatch => failed(SubIndication::HashFailure),
        CryptoResult::Malformed => failed(SubIndication::FormatFailure),
    }
}

/// RFC 5035 §5.4: the certificate named among the signed attributes must be the signer's.
fn check_certificate(facts: &SignatureFacts) -> Option<Words> {
    match facts.ess_certificate_id {
        EssCertificateId::Mismatch => indeterminate(SubIndication::NoSigningCertificateFound),
        EssCertificateId::Absent | EssCertificateId::MatchV1 | EssCertificateId::MatchV2 => None,
    }
}

/// RFC 5280 §6, without what depends on the control time.
fn check_chain(facts: &SignatureFacts) -> Option<Words> {
    match facts.chain {
        // A chain that was not judged must never pass: the caller reached a verdict without one.
        None | Some(ChainResult::NoPath | ChainResult::UntrustedRoot) => {
            indeterminate(SubIndication::NoCertificateChainFound)
        }
        Some(ChainResult::AnchorNotTrusted) => {
            indeterminate(SubIndication::NoCertificateChainFoundNoPoe)
        }
        Some(
            ChainResult::Policy
            | ChainResult::ExtendedKeyUsage
            | ChainResult::KeyUsage
            | ChainResult::NameConstraints
            | ChainResult::PathLength
            | ChainResult::CriticalExtension,
        ) => indeterminate(SubIndication::ChainConstraintsFailure),
        Some(
            ChainResult::NotACa
            | ChainResult::RevocationUnknown
            | ChainResult::SignatureInvalid
            | ChainResult::Malformed
            | ChainResult::Budget,
        ) => indeterminate(SubIndication::CertificateChainGeneralFailure),
        Some(
            ChainResult::Ok
            | ChainResult::WeakAlgorithm
            | ChainResult::Expired
            | ChainResult::NotYetValid
            | ChainResult::Revoked,
        ) => None,
    }
}

/// Proof that the signature was made when its certificate was not valid; speaks unless something worse does.
///
/// It is established only where everything before is good. That it is weighed against the rest, not after it, keeps
/// any worse fact from mending a failure.
fn check_proof(facts: &SignatureFacts) -> Option<Words> {
    match facts.time_proof {
        TimeProof::AfterRevocation => failed(SubIndication::Revoked),
        TimeProof::AfterExpiry => failed(SubIndication::Expired),
        TimeProof::BeforeValidityProven => failed(SubIndication::NotYetValid),
        TimeProof::Consistent | TimeProof::OrderFailure | TimeProof::BeforeValidityVouched => None,
    }
}

/// Validity, revocation and the order of times at the control time (RULES 22); of several the worst speaks.
///
/// Whatever kind of control time, a chain outside its bounds is indeterminate here: even a proof that the signature
/// existed at a time after `notAfter` leaves open that it is older.
fn check_time(facts: &SignatureFacts) -> Option<Words> {
    [revocation_word(facts), validity_word(facts), proof_word(facts)]
        .into_iter()
        .flatten()
        .max()
        .and_then(indeterminate)
}

fn revocation_word(facts: &SignatureFacts) -> Option<SubIndication> {
    match (facts.revocation, facts.chain) {
        (RevocationState::RevokedCa, _) => Some(SubIndication::RevokedCaNoPoe),
        (RevocationState::Revoked, _) | (_, Some(ChainResult::Revoked)) => {
            Some(SubIndication::RevokedNoPoe)
        }
        (RevocationState::Stale | RevocationState::OnHold, _) => Some(SubIndication::TryLater),
        _ => None,
    }
}

fn validity_word(facts: &SignatureFacts) -> Option<SubIndication> {
    match facts.chain {
        Some(ChainResult::Expired) if facts.revocation == RevocationState::Good => {
            Some(SubIndication::OutOfBoundsNotRevoked)
        }
        Some(ChainResult::Expired | ChainResult::NotYetValid) => {
            Some(SubIndication::OutOfBoundsNoPoe)
        }
        _ => None,
    }
}

const fn proof_word(facts: &SignatureFacts) -> Option<SubIndication> {
    match facts.time_proof {
        TimeProof::OrderFailure => Some(SubIndication::TimestampOrderFailure),
        TimeProof::BeforeValidityVouched => Some(SubIndication::OutOfBoundsNoPoe),
        _ => None,
    }
}

fn is_revoked(facts: &SignatureFacts) -> bool {
    facts.chain == Some(ChainResult::Revoked)
        || matches!(facts.revocation, RevocationState::Revoked | RevocationState::RevokedCa)
}

/// RULES 15: weak then cannot be mended; weak only now is mended by proof that the signature existed before, and the
/// certificates it rests on with it; a time chosen by the operator is no proof.
fn check_algorithms(facts: &SignatureFacts) -> Option<Words> {
    if is_weak_then(facts) {
        return indeterminate(SubIndication::CryptoConstraintsFailure);
    }
    match (facts.algorithms, facts.control_time) {
        (Some(AlgorithmStatus::WeakNow), ControlTimeKind::Now | ControlTimeKind::Chosen)
        | (Some(AlgorithmStatus::WeakUnproven), _) => {
            indeterminate(SubIndication::CryptoConstraintsFailureNoPoe)
        }
        _ => None,
    }
}

fn is_weak_then(facts: &SignatureFacts) -> bool {
    facts.algorithms == Some(AlgorithmStatus::WeakThen)
        || facts.chain == Some(ChainResult::WeakAlgorithm)
}

/// For this sender, over this message, all of it as it is stored: RULES 20, 28, 30 and the eligibility of OUTPUT.md,
/// Message fold.
fn check_constraints(facts: &SignatureFacts) -> Option<Words> {
    let fits = is_address_accepted(facts)
        && facts.crypto != CryptoResult::Repaired
        && facts.eligibility == Eligibility::Eligible
        && facts.coverage == Coverage::Full;
    if fits { None } else { indeterminate(SubIndication::SigConstraintsFailure) }
}

fn is_address_accepted(facts: &SignatureFacts) -> bool {
    match facts.address {
        _ if facts.bind == Bind::Off => true,
        // Not compared, though the operator asked for it: only what has no sender to compare with
        // (countersignature, token) comes here.
        None | Some(AddressMatch::From) => true,
        Some(AddressMatch::SenderOnly) => facts.bind == Bind::FromOrSender,
        Some(AddressMatch::NoAddressInCertificate) => facts.bind_missing_allowed,
        Some(AddressMatch::Partial | AddressMatch::NoFrom | AddressMatch::None) => false,
    }
}
