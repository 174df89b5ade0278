//! Words: which indication and sub-indication each reason gives, asked of the fold for the reference page.
//!
//! The fold judges facts of which all but one are good, and says which reason that is and what it comes to. Facts that are
//! no reason whatever they are (kind of control time, revocation up to unknown, the options about the sender) take every
//! value, so that a reason with several words has them all. Nothing is kept here that [`judge`](super::judge) decides.

use super::facts::{
    AddressMatch, AlgorithmProtection, AlgorithmStatus, Bind, ChainResult, ControlTimeKind,
    Coverage, CryptoResult, Eligibility, EssCertificateId, RevocationState, SignatureFacts,
    TimeProof,
};
use super::indication::{Indication, Reason, SubIndication, Verdict};
use super::judge::judge;
use crate::codes::Code;

/// A reason, and words that it gives where it is the only one.
pub type ReasonWords = (Reason, Indication, Option<SubIndication>);

/// Every reason that the fold gives with every pair of words it comes to, reasons in their order, words from good to bad.
#[must_use]
pub fn words_of_reasons() -> Vec<ReasonWords> {
    let mut found: Vec<(Reason, Verdict)> = all_good()
        .flat_map(all_but_one_good)
        .filter_map(|facts| {
            let verdict = judge(&facts);
            let mut reasons = verdict.reasons.iter();
            reasons.next().filter(|_| reasons.next().is_none()).map(|reason| (reason, verdict))
        })
        .collect();
    found.sort_by_key(|(reason, verdict)| (*reason, verdict.rank()));
    found.dedup_by_key(|(reason, verdict)| (*reason, verdict.rank()));
    found
        .into_iter()
        .map(|(reason, verdict)| (reason, verdict.indication, verdict.sub_indication))
        .collect()
}

/// Facts that are good, one by one, under every option.
fn all_good() -> impl Iterator<Item = SignatureFacts> {
    let revocations =
        [RevocationState::Good, RevocationState::NotChecked, RevocationState::Unknown];
    let binds = [Bind::From, Bind::FromOrSender, Bind::Off];
    let options = binds.into_iter().flat_map(|bind| [(bind, false), (bind, true)]);
    options.flat_map(move |(bind, bind_missing_allowed)| {
        revocations.into_iter().flat_map(move |revocation| {
            ControlTimeKind::ALL.iter().map(move |&control_time| SignatureFacts {
                crypto: CryptoResult::Ok,
                algorithm_protection: AlgorithmProtection::Absent,
                ess_certificate_id: EssCertificateId::Absent,
                chain: Some(ChainResult::Ok),
                control_time,
                revocation,
                time_proof: TimeProof::Consistent,
                algorithms: Some(AlgorithmStatus::Ok),
                address: Some(AddressMatch::From),
                bind,
                bind_missing_allowed,
                eligibility: Eligibility::Eligible,
                coverage: Coverage::Full,
                strict_quirk: false,
            })
        })
    })
}

/// The same with one fact of any value.
fn all_but_one_good(good: SignatureFacts) -> Vec<SignatureFacts> {
    let mut all =
        vec![SignatureFacts { chain: None, ..good }, SignatureFacts { strict_quirk: true, ..good }];
    all.extend(CryptoResult::ALL.iter().map(|&crypto| SignatureFacts { crypto, ..good }));
    all.extend(
        AlgorithmProtection::ALL
            .iter()
            .map(|&algorithm_protection| SignatureFacts { algorithm_protection, ..good }),
    );
    all.extend(
        EssCertificateId::ALL
            .iter()
            .map(|&ess_certificate_id| SignatureFacts { ess_certificate_id, ..good }),
    );
    all.extend(ChainResult::ALL.iter().map(|&chain| SignatureFacts { chain: Some(chain), ..good }));
    all.extend(
        RevocationState::ALL.iter().map(|&revocation| SignatureFacts { revocation, ..good }),
    );
    all.extend(TimeProof::ALL.iter().map(|&time_proof| SignatureFacts { time_proof, ..good }));
    all.extend(
        AlgorithmStatus::ALL
            .iter()
            .map(|&algorithms| SignatureFacts { algorithms: Some(algorithms), ..good }),
    );
    all.extend(
        AddressMatch::ALL.iter().map(|&address| SignatureFacts { address: Some(address), ..good }),
    );
    all.extend(Eligibility::ALL.iter().map(|&eligibility| SignatureFacts { eligibility, ..good }));
    all.extend(Coverage::ALL.iter().map(|&coverage| SignatureFacts { coverage, ..good }));
    all
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rank((_, indication, sub): &ReasonWords) -> u16 {
        Verdict::new(*indication, *sub).rank()
    }

    fn words_of(table: &[ReasonWords], reason: Reason) -> Vec<String> {
        let mine = table.iter().filter(|(given, ..)| *given == reason);
        mine.map(|(_, indication, sub)| match sub {
            Some(sub) => format!("{}/{}", indication.code(), sub.code()),
            None => indication.code().to_owned(),
        })
        .collect()
    }

    #[test]
    fn reason_has_the_words_that_the_fold_gives_for_it_alone() {
        let table = words_of_reasons();
        for (reason, expected) in [
            (Reason::DigestMismatch, &["TOTAL_FAILED/HASH_FAILURE"][..]),
            (Reason::Limit, &["NOT_EVALUATED"]),
            (Reason::ChainNoPath, &["INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND"]),
            (
                Reason::ChainExpired,
                &["INDETERMINATE/OUT_OF_BOUNDS_NOT_REVOKED", "INDETERMINATE/OUT_OF_BOUNDS_NO_POE"],
            ),
            (
                Reason::ChainRevoked,
                &["INDETERMINATE/REVOKED_NO_POE", "INDETERMINATE/REVOKED_CA_NO_POE"],
            ),
            (
                Reason::ExistedBeforeValidity,
                &["INDETERMINATE/OUT_OF_BOUNDS_NO_POE", "TOTAL_FAILED/NOT_YET_VALID"],
            ),
            (Reason::WeakNow, &["TOTAL_PASSED", "INDETERMINATE/CRYPTO_CONSTRAINTS_FAILURE_NO_POE"]),
            (Reason::AddressSenderOnly, &["TOTAL_PASSED", "INDETERMINATE/SIG_CONSTRAINTS_FAILURE"]),
            (Reason::AddressMismatch, &["INDETERMINATE/SIG_CONSTRAINTS_FAILURE"]),
        ] {
            assert_eq!(words_of(&table, reason), expected, "{}", reason.code());
        }
    }

    #[test]
    fn every_reason_has_words_but_the_two_that_the_fold_does_not_give() {
        let table = words_of_reasons();
        let without = Reason::ALL.iter().filter(|reason| words_of(&table, **reason).is_empty());
        let without: Vec<_> = without.copied().collect();
        assert_eq!(without, [Reason::InternalError, Reason::HeadersMismatched]);
    }

    fn any_of<T: Code + core::fmt::Debug>() -> impl Strategy<Value = T> {
        (0..T::ALL.len()).prop_map(|at| *T::ALL.get(at).unwrap())
    }

    prop_compose! {
        fn any_facts()(
            content in (any_of(), any_of(), any_of(), any::<bool>()),
            chain in (any_of(), any_of(), any_of(), any_of(), any_of()),
            sender in (any_of(), 0..3_usize, any::<bool>()),
            place in (any_of(), any_of()),
        ) -> SignatureFacts {
            SignatureFacts {
                crypto: content.0,
                algorithm_protection: content.1,
                ess_certificate_id: content.2,
                strict_quirk: content.3,
                chain: Some(chain.0),
                control_time: chain.1,
                revocation: chain.2,
                time_proof: chain.3,
                algorithms: Some(chain.4),
                address: Some(sender.0),
                bind: *[Bind::From, Bind::FromOrSender, Bind::Off].get(sender.1).unwrap(),
                bind_missing_allowed: sender.2,
                eligibility: place.0,
                coverage: place.1,
            }
        }
    }

    static TABLE: std::sync::OnceLock<Vec<ReasonWords>> = std::sync::OnceLock::new();

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        /// What the reference page says of several reasons: the words are some of theirs, and the worst.
        #[test]
        fn verdict_of_several_reasons_is_the_worst_of_their_words(facts in any_facts()) {
            let table = TABLE.get_or_init(words_of_reasons);
            let verdict = judge(&facts);
            let given = |one: &&ReasonWords| verdict.reasons.contains(one.0);
            if !verdict.reasons.is_empty() {
                prop_assert!(table.iter().filter(given).any(|one| rank(one) == verdict.rank()));
            }
            for reason in verdict.reasons.iter() {
                let least = table.iter().filter(|one| one.0 == reason).map(rank).min();
                prop_assert!(least.unwrap() <= verdict.rank(), "{}", reason.code());
            }
        }
    }
}
