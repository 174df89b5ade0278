//! Reasons: each fact of a signature that is not good, whatever word was spoken.

use super::super::facts::{
    AddressMatch, AlgorithmProtection, AlgorithmStatus, Bind, ChainResult, Coverage, CryptoResult,
    Eligibility, EssCertificateId, RevocationState, SignatureFacts, TimeProof,
};
use super::super::indication::Reason;
use super::is_revoked;
use crate::codes::CodeSet;

/// Every fact that is not good, whether it decided, came too late to decide, or was forgiven by an option.
pub(super) fn reasons(facts: &SignatureFacts) -> CodeSet<Reason> {
    [
        crypto_reason(facts.crypto),
        (facts.algorithm_protection == AlgorithmProtection::Mismatch)
            .then_some(Reason::AlgorithmProtectionMismatch),
        (facts.ess_certificate_id == EssCertificateId::Mismatch)
            .then_some(Reason::EssCertificateMismatch),
        facts.strict_quirk.then_some(Reason::StrictQuirk),
        chain_reason(facts),
        revocation_reason(facts),
        time_reason(facts.time_proof),
        facts.algorithms.and_then(algorithm_reason),
        facts.address.filter(|_| facts.bind != Bind::Off).and_then(address_reason),
        eligibility_reason(facts.eligibility),
        coverage_reason(facts.coverage),
    ]
    .into_iter()
    .flatten()
    .collect()
}

const fn crypto_reason(crypto: CryptoResult) -> Option<Reason> {
    match crypto {
        CryptoResult::Ok => None,
        CryptoResult::Repaired => Some(Reason::Repaired),
        CryptoResult::SignerCertificateMissing => Some(Reason::SignerCertificateMissing),
        CryptoResult::ContentMissing => Some(Reason::ContentMissing),
        CryptoResult::Limit => Some(Reason::Limit),
        CryptoResult::UnsupportedAlgorithm => Some(Reason::UnsupportedAlgorithm),
        CryptoResult::SignatureMismatch => Some(Reason::SignatureMismatch),
        CryptoResult::DigestMismatch => Some(Reason::DigestMismatch),
        CryptoResult::Malformed => Some(Reason::CryptoMalformed),
    }
}

/// A chain that was not reached is a reason only where nothing before it explains that.
fn chain_reason(facts: &SignatureFacts) -> Option<Reason> {
    let Some(chain) = facts.chain else {
        return matches!(facts.crypto, CryptoResult::Ok | CryptoResult::Repaired)
            .then_some(Reason::ChainNoPath);
    };
    match chain {
        ChainResult::Ok => None,
        ChainResult::WeakAlgorithm => Some(Reason::ChainWeakAlgorithm),
        ChainResult::Expired => Some(Reason::ChainExpired),
        ChainResult::NotYetValid => Some(Reason::ChainNotYetValid),
        ChainResult::Revoked => Some(Reason::ChainRevoked),
        ChainResult::AnchorNotTrusted => Some(Reason::ChainAnchorNotTrusted),
        ChainResult::UntrustedRoot => Some(Reason::ChainUntrustedRoot),
        ChainResult::NoPath => Some(Reason::ChainNoPath),
        ChainResult::Policy => Some(Reason::ChainPolicy),
        ChainResult::ExtendedKeyUsage => Some(Reason::ChainExtendedKeyUsage),
        ChainResult::KeyUsage => Some(Reason::ChainKeyUsage),
        ChainResult::NameConstraints => Some(Reason::ChainNameConstraints),
        ChainResult::PathLength => Some(Reason::ChainPathLength),
        ChainResult::CriticalExtension => Some(Reason::ChainCriticalExtension),
        ChainResult::NotACa => Some(Reason::ChainNotACa),
        ChainResult::RevocationUnknown => Some(Reason::ChainRevocationUnknown),
        ChainResult::SignatureInvalid => Some(Reason::ChainSignatureInvalid),
        ChainResult::Malformed => Some(Reason::ChainMalformed),
        ChainResult::Budget => Some(Reason::ChainBudget),
    }
}

fn revocation_reason(facts: &SignatureFacts) -> Option<Reason> {
    match facts.revocation {
        _ if is_revoked(facts) => Some(Reason::ChainRevoked),
        RevocationState::OnHold => Some(Reason::ChainOnHold),
        RevocationState::Stale => Some(Reason::RevocationStale),
        _ => None,
    }
}

const fn time_reason(proof: TimeProof) -> Option<Reason> {
    match proof {
        TimeProof::Consistent => None,
        TimeProof::OrderFailure => Some(Reason::TimestampOrder),
        TimeProof::BeforeValidityVouched | TimeProof::BeforeValidityProven => {
            Some(Reason::ExistedBeforeValidity)
        }
        TimeProof::AfterExpiry => Some(Reason::MadeAfterExpiry),
        TimeProof::AfterRevocation => Some(Reason::MadeAfterRevocation),
    }
}

const fn algorithm_reason(algorithms: AlgorithmStatus) -> Option<Reason> {
    match algorithms {
        AlgorithmStatus::Ok => None,
        AlgorithmStatus::WeakNow | AlgorithmStatus::WeakUnproven => Some(Reason::WeakNow),
        AlgorithmStatus::WeakThen => Some(Reason::WeakThen),
    }
}

const fn address_reason(address: AddressMatch) -> Option<Reason> {
    match address {
        AddressMatch::From => None,
        AddressMatch::SenderOnly => Some(Reason::AddressSenderOnly),
        AddressMatch::Partial => Some(Reason::AddressPartial),
        AddressMatch::NoAddressInCertificate => Some(Reason::AddressMissingInCertificate),
        AddressMatch::NoFrom => Some(Reason::NoFromAddress),
        AddressMatch::None => Some(Reason::AddressMismatch),
    }
}

const fn eligibility_reason(eligibility: Eligibility) -> Option<Reason> {
    match eligibility {
        Eligibility::Eligible => None,
        Eligibility::ContentUnopened => Some(Reason::ContentNotOpened),
        Eligibility::CiphertextOnly => Some(Reason::SignedCiphertextOnly),
        Eligibility::NotEligible => Some(Reason::NotEligible),
    }
}

const fn coverage_reason(coverage: Coverage) -> Option<Reason> {
    match coverage {
        Coverage::Full => None,
        Coverage::Partial => Some(Reason::CoveragePartial),
        Coverage::Ciphertext => Some(Reason::SignedCiphertextOnly),
        Coverage::None => Some(Reason::NoSignatureOverMessage),
    }
}
