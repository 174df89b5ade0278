//! The judgement of one signature: facts in, one indication out (OUTPUT.md, Indications).
//!
//! Each `check_*` enforces one step of the order of judging (format, digest, signature, certificate, chain, time,
//! constraints) and the first that speaks decides the words; the reasons then name every fact that is not good.
//! A pure function: no clock, no policy but the one in the facts. The words `REVOKED`, `EXPIRED` and
//! `NOT_YET_VALID` need a proof of when the signature was made, a fact of its own ([`TimeProof`]) that no control time
//! can replace; without it the verdict stays indeterminate.

use super::facts::{
    AddressMatch, AlgorithmProtection, AlgorithmStatus, Bind, ChainResult, ControlTimeKind,
    Coverage, CryptoResult, Eligibility, EssCertificateId, RevocationState, SignatureFacts,
    TimeProof,
};
use super::indication::{Indication, Reason, SubIndication, Verdict};
use crate::codes::CodeSet;

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

/// Every fact that is not good, whether it decided, came too late to decide, or was forgiven by an option.
fn reasons(facts: &SignatureFacts) -> CodeSet<Reason> {
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

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::codes::Code;

    const GOOD: SignatureFacts = SignatureFacts {
        crypto: CryptoResult::Ok,
        algorithm_protection: AlgorithmProtection::Absent,
        ess_certificate_id: EssCertificateId::Absent,
        chain: Some(ChainResult::Ok),
        control_time: ControlTimeKind::Now,
        revocation: RevocationState::NotChecked,
        time_proof: TimeProof::Consistent,
        algorithms: Some(AlgorithmStatus::Ok),
        address: Some(AddressMatch::From),
        bind: Bind::From,
        bind_missing_allowed: false,
        eligibility: Eligibility::Eligible,
        coverage: Coverage::Full,
        strict_quirk: false,
    };

    fn words(facts: SignatureFacts) -> String {
        let verdict = judge(&facts);
        match verdict.sub_indication {
            Some(sub) => format!("{}/{}", verdict.indication.code(), sub.code()),
            None => verdict.indication.code().to_owned(),
        }
    }

    fn with_crypto(crypto: CryptoResult) -> SignatureFacts {
        SignatureFacts { crypto, chain: None, ..GOOD }
    }

    fn with_chain(chain: ChainResult) -> SignatureFacts {
        SignatureFacts { chain: Some(chain), ..GOOD }
    }

    fn with_revocation(revocation: RevocationState, chain: ChainResult) -> SignatureFacts {
        SignatureFacts { revocation, ..with_chain(chain) }
    }

    fn with_proof(time_proof: TimeProof, chain: ChainResult) -> SignatureFacts {
        SignatureFacts { time_proof, ..with_chain(chain) }
    }

    #[test]
    fn signature_with_all_facts_good_passes() {
        assert_eq!(words(GOOD), "TOTAL_PASSED");
        assert!(judge(&GOOD).reasons.is_empty());
    }

    /// OUTPUT.md, "Which fact gives which word", row by row.
    #[test]
    fn table_of_output_md_row_by_row_gives_its_word() {
        use ChainResult as C;
        use RevocationState as R;
        use TimeProof as T;
        let rows = [
            (with_crypto(CryptoResult::Malformed), "TOTAL_FAILED/FORMAT_FAILURE"),
            (with_crypto(CryptoResult::DigestMismatch), "TOTAL_FAILED/HASH_FAILURE"),
            (with_crypto(CryptoResult::SignatureMismatch), "TOTAL_FAILED/SIG_CRYPTO_FAILURE"),
            (with_crypto(CryptoResult::UnsupportedAlgorithm), "NOT_EVALUATED"),
            (with_crypto(CryptoResult::Limit), "NOT_EVALUATED"),
            (with_crypto(CryptoResult::ContentMissing), "INDETERMINATE/SIGNED_DATA_NOT_FOUND"),
            (
                with_crypto(CryptoResult::SignerCertificateMissing),
                "INDETERMINATE/NO_SIGNING_CERTIFICATE_FOUND",
            ),
            (
                SignatureFacts { ess_certificate_id: EssCertificateId::Mismatch, ..GOOD },
                "INDETERMINATE/NO_SIGNING_CERTIFICATE_FOUND",
            ),
            (
                SignatureFacts { crypto: CryptoResult::Repaired, ..GOOD },
                "INDETERMINATE/SIG_CONSTRAINTS_FAILURE",
            ),
            (with_chain(C::NoPath), "INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND"),
            (with_chain(C::UntrustedRoot), "INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND"),
            (with_chain(C::AnchorNotTrusted), "INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND_NO_POE"),
            (with_chain(C::PathLength), "INDETERMINATE/CHAIN_CONSTRAINTS_FAILURE"),
            (with_chain(C::NameConstraints), "INDETERMINATE/CHAIN_CONSTRAINTS_FAILURE"),
            (with_chain(C::Policy), "INDETERMINATE/CHAIN_CONSTRAINTS_FAILURE"),
            (with_chain(C::KeyUsage), "INDETERMINATE/CHAIN_CONSTRAINTS_FAILURE"),
            (with_chain(C::ExtendedKeyUsage), "INDETERMINATE/CHAIN_CONSTRAINTS_FAILURE"),
            (with_chain(C::CriticalExtension), "INDETERMINATE/CHAIN_CONSTRAINTS_FAILURE"),
            (with_chain(C::NotACa), "INDETERMINATE/CERTIFICATE_CHAIN_GENERAL_FAILURE"),
            (with_chain(C::SignatureInvalid), "INDETERMINATE/CERTIFICATE_CHAIN_GENERAL_FAILURE"),
            (with_chain(C::Malformed), "INDETERMINATE/CERTIFICATE_CHAIN_GENERAL_FAILURE"),
            (with_chain(C::Budget), "INDETERMINATE/CERTIFICATE_CHAIN_GENERAL_FAILURE"),
            (with_chain(C::RevocationUnknown), "INDETERMINATE/CERTIFICATE_CHAIN_GENERAL_FAILURE"),
            (with_chain(C::Revoked), "INDETERMINATE/REVOKED_NO_POE"),
            (with_revocation(R::Revoked, C::Revoked), "INDETERMINATE/REVOKED_NO_POE"),
            (with_revocation(R::RevokedCa, C::Revoked), "INDETERMINATE/REVOKED_CA_NO_POE"),
            (with_revocation(R::OnHold, C::Ok), "INDETERMINATE/TRY_LATER"),
            (with_revocation(R::Stale, C::Ok), "INDETERMINATE/TRY_LATER"),
            (with_revocation(R::Stale, C::Expired), "INDETERMINATE/OUT_OF_BOUNDS_NO_POE"),
            (with_revocation(R::OnHold, C::Expired), "INDETERMINATE/OUT_OF_BOUNDS_NO_POE"),
            (with_revocation(R::Good, C::Expired), "INDETERMINATE/OUT_OF_BOUNDS_NOT_REVOKED"),
            (with_proof(T::AfterRevocation, C::Revoked), "TOTAL_FAILED/REVOKED"),
            (with_proof(T::AfterExpiry, C::Expired), "TOTAL_FAILED/EXPIRED"),
            (with_proof(T::BeforeValidityProven, C::NotYetValid), "TOTAL_FAILED/NOT_YET_VALID"),
            (with_proof(T::BeforeValidityVouched, C::Ok), "INDETERMINATE/OUT_OF_BOUNDS_NO_POE"),
            (with_proof(T::OrderFailure, C::Ok), "INDETERMINATE/TIMESTAMP_ORDER_FAILURE"),
            (with_chain(C::Expired), "INDETERMINATE/OUT_OF_BOUNDS_NO_POE"),
            (with_chain(C::NotYetValid), "INDETERMINATE/OUT_OF_BOUNDS_NO_POE"),
            (with_chain(C::WeakAlgorithm), "INDETERMINATE/CRYPTO_CONSTRAINTS_FAILURE"),
            (
                SignatureFacts { algorithms: Some(AlgorithmStatus::WeakNow), ..GOOD },
                "INDETERMINATE/CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
            ),
            (
                SignatureFacts { algorithms: Some(AlgorithmStatus::WeakUnproven), ..GOOD },
                "INDETERMINATE/CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
            ),
            (
                SignatureFacts { algorithms: Some(AlgorithmStatus::WeakThen), ..GOOD },
                "INDETERMINATE/CRYPTO_CONSTRAINTS_FAILURE",
            ),
            (
                SignatureFacts { address: Some(AddressMatch::None), ..GOOD },
                "INDETERMINATE/SIG_CONSTRAINTS_FAILURE",
            ),
            (
                SignatureFacts { eligibility: Eligibility::NotEligible, ..GOOD },
                "INDETERMINATE/SIG_CONSTRAINTS_FAILURE",
            ),
            (
                SignatureFacts { eligibility: Eligibility::ContentUnopened, ..GOOD },
                "INDETERMINATE/SIG_CONSTRAINTS_FAILURE",
            ),
            (
                SignatureFacts { eligibility: Eligibility::CiphertextOnly, ..GOOD },
                "INDETERMINATE/SIG_CONSTRAINTS_FAILURE",
            ),
            (
                SignatureFacts { coverage: Coverage::Partial, ..GOOD },
                "INDETERMINATE/SIG_CONSTRAINTS_FAILURE",
            ),
        ];
        for (facts, expected) in rows {
            assert_eq!(words(facts), expected, "{facts:?}");
            assert!(!judge(&facts).reasons.is_empty(), "{facts:?}");
        }
    }

    #[test]
    fn rule_32_strict_with_quirk_is_format_failure() {
        let facts = SignatureFacts { strict_quirk: true, ..GOOD };
        assert_eq!(words(facts), "TOTAL_FAILED/FORMAT_FAILURE");
        assert_eq!(judge(&facts).reasons, CodeSet::of(Reason::StrictQuirk));
    }

    #[test]
    fn rule_06_algorithm_protection_mismatch_is_format_failure() {
        let facts = SignatureFacts { algorithm_protection: AlgorithmProtection::Mismatch, ..GOOD };
        assert_eq!(words(facts), "TOTAL_FAILED/FORMAT_FAILURE");
    }

    #[test]
    fn rule_15_weak_now_with_proof_of_existence_passes_and_is_told() {
        let facts = SignatureFacts {
            algorithms: Some(AlgorithmStatus::WeakNow),
            control_time: ControlTimeKind::Proven,
            ..GOOD
        };
        assert_eq!(words(facts), "TOTAL_PASSED");
        assert_eq!(judge(&facts).reasons, CodeSet::of(Reason::WeakNow));
        let chosen = SignatureFacts { control_time: ControlTimeKind::Chosen, ..facts };
        assert_eq!(words(chosen), "INDETERMINATE/CRYPTO_CONSTRAINTS_FAILURE_NO_POE");
    }

    #[test]
    fn rule_15_weak_chain_that_no_proof_is_of_passes_at_no_time_and_speaks_after_everything_worse()
    {
        let unproven = SignatureFacts { algorithms: Some(AlgorithmStatus::WeakUnproven), ..GOOD };
        for &control_time in ControlTimeKind::ALL {
            let facts = SignatureFacts { control_time, ..unproven };
            assert_eq!(words(facts), "INDETERMINATE/CRYPTO_CONSTRAINTS_FAILURE_NO_POE");
            assert_eq!(judge(&facts).reasons, CodeSet::of(Reason::WeakNow), "{control_time:?}");
        }
        let with = |facts: SignatureFacts| {
            words(SignatureFacts { algorithms: unproven.algorithms, ..facts })
        };
        let altered = with_crypto(CryptoResult::DigestMismatch);
        let revoked = with_revocation(RevocationState::RevokedCa, ChainResult::Revoked);
        let order = with_proof(TimeProof::OrderFailure, ChainResult::Ok);
        for earlier in [altered, with_chain(ChainResult::Expired), revoked, order] {
            assert_eq!(with(earlier), words(earlier), "what fails before speaks");
        }
        let repaired = SignatureFacts { crypto: CryptoResult::Repaired, ..GOOD };
        assert_eq!(with(repaired), "INDETERMINATE/CRYPTO_CONSTRAINTS_FAILURE_NO_POE");
    }

    #[test]
    fn rule_15_status_of_algorithms_gets_worse_in_its_declared_order() {
        use AlgorithmStatus::{Ok, WeakNow, WeakThen, WeakUnproven};
        assert_eq!(AlgorithmStatus::ALL, [Ok, WeakNow, WeakUnproven, WeakThen]);
        let rank = |control_time, status| {
            let facts = SignatureFacts { control_time, algorithms: Some(status), ..GOOD };
            judge(&facts).rank()
        };
        for &control_time in ControlTimeKind::ALL {
            let ranks: Vec<_> =
                AlgorithmStatus::ALL.iter().map(|&status| rank(control_time, status)).collect();
            assert!(ranks.is_sorted(), "{control_time:?}: {ranks:?}");
            assert!(ranks[2] > ranks[0], "{control_time:?}: unproven never passes");
        }
    }

    #[test]
    fn rule_20_options_forgive_exactly_their_fact() {
        let sender = SignatureFacts { address: Some(AddressMatch::SenderOnly), ..GOOD };
        let missing =
            SignatureFacts { address: Some(AddressMatch::NoAddressInCertificate), ..GOOD };
        let failure = "INDETERMINATE/SIG_CONSTRAINTS_FAILURE";
        assert_eq!(words(sender), failure);
        assert_eq!(words(missing), failure);
        assert_eq!(words(SignatureFacts { bind: Bind::FromOrSender, ..sender }), "TOTAL_PASSED");
        assert_eq!(words(SignatureFacts { bind: Bind::FromOrSender, ..missing }), failure);
        assert_eq!(words(SignatureFacts { bind_missing_allowed: true, ..missing }), "TOTAL_PASSED");
        assert_eq!(words(SignatureFacts { bind_missing_allowed: true, ..sender }), failure);
        let off = SignatureFacts { bind: Bind::Off, address: Some(AddressMatch::None), ..GOOD };
        assert_eq!(words(off), "TOTAL_PASSED");
        assert!(judge(&off).reasons.is_empty());
    }

    #[test]
    fn rule_30_repaired_content_never_passes_and_hides_no_other_fact() {
        let repaired = SignatureFacts { crypto: CryptoResult::Repaired, ..GOOD };
        assert_eq!(words(repaired), "INDETERMINATE/SIG_CONSTRAINTS_FAILURE");
        assert_eq!(judge(&repaired).reasons, CodeSet::of(Reason::Repaired));
        let expired = SignatureFacts { chain: Some(ChainResult::Expired), ..repaired };
        assert_eq!(words(expired), "INDETERMINATE/OUT_OF_BOUNDS_NO_POE");
        let unreached = SignatureFacts { chain: None, ..repaired };
        assert_eq!(words(unreached), "INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND");
        assert!(judge(&unreached).reasons.contains(Reason::ChainNoPath));
    }

    #[test]
    fn reasons_of_late_facts_are_kept_when_an_early_fact_speaks() {
        let facts = SignatureFacts {
            crypto: CryptoResult::DigestMismatch,
            address: Some(AddressMatch::None),
            coverage: Coverage::Partial,
            ..with_chain(ChainResult::Expired)
        };
        assert_eq!(words(facts), "TOTAL_FAILED/HASH_FAILURE");
        let expected: CodeSet<Reason> = [
            Reason::DigestMismatch,
            Reason::ChainExpired,
            Reason::AddressMismatch,
            Reason::CoveragePartial,
        ]
        .into_iter()
        .collect();
        assert_eq!(judge(&facts).reasons, expected);
    }

    #[test]
    fn revocation_is_among_the_reasons_whichever_fact_says_so() {
        use RevocationState::{Good, OnHold, Revoked, RevokedCa, Stale};
        let told = |revocation, chain| judge(&with_revocation(revocation, chain)).reasons;
        for revocation in [Revoked, RevokedCa] {
            assert!(told(revocation, ChainResult::Expired).contains(Reason::ChainRevoked));
        }
        assert!(told(Good, ChainResult::Revoked).contains(Reason::ChainRevoked));
        assert_eq!(told(OnHold, ChainResult::Ok), CodeSet::of(Reason::ChainOnHold));
        assert_eq!(told(Stale, ChainResult::Ok), CodeSet::of(Reason::RevocationStale));
    }

    #[test]
    fn chain_not_judged_never_passes() {
        let facts = SignatureFacts { chain: None, ..GOOD };
        assert_eq!(words(facts), "INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND");
        assert_eq!(judge(&facts).reasons, CodeSet::of(Reason::ChainNoPath));
    }
}
