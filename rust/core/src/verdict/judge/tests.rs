//! OUTPUT.md's table of words row by row, and what options forgive.

use super::super::indication::Reason;
use super::*;
use crate::codes::{Code, CodeSet};

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
fn rule_15_weak_chain_that_no_proof_is_of_passes_at_no_time_and_speaks_after_everything_worse() {
    let unproven = SignatureFacts { algorithms: Some(AlgorithmStatus::WeakUnproven), ..GOOD };
    for &control_time in ControlTimeKind::ALL {
        let facts = SignatureFacts { control_time, ..unproven };
        assert_eq!(words(facts), "INDETERMINATE/CRYPTO_CONSTRAINTS_FAILURE_NO_POE");
        assert_eq!(judge(&facts).reasons, CodeSet::of(Reason::WeakNow), "{control_time:?}");
    }
    let with =
        |facts: SignatureFacts| words(SignatureFacts { algorithms: unproven.algorithms, ..facts });
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
    let missing = SignatureFacts { address: Some(AddressMatch::NoAddressInCertificate), ..GOOD };
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
