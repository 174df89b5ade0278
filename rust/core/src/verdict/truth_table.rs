//! The judgement over the whole product of all facts: 900 million combinations, every step of every order.
//!
//! A table of ranks for each setting of the options; neighbours along an axis lie a fixed stride apart, so that each
//! combination is judged once.

use super::facts::{
    AddressMatch, AlgorithmProtection, AlgorithmStatus, Bind, ChainResult, ControlTimeKind,
    Coverage, CryptoResult, Eligibility, EssCertificateId, RevocationState, SignatureFacts,
    TimeProof,
};
use super::indication::{Indication, SubIndication, Verdict};
use super::judge::judge;
use crate::codes::Code;
use rayon::prelude::*;

/// The facts that are ordered, as axes of one dense table: every combination has a place.
struct Table {
    bind: Bind,
    bind_missing_allowed: bool,
}

/// Sizes of the axes, in the order of [`Table::facts`].
const AXES: [usize; 12] = [
    CryptoResult::ALL.len(),
    AlgorithmProtection::ALL.len(),
    EssCertificateId::ALL.len(),
    ChainResult::ALL.len(),
    ControlTimeKind::ALL.len(),
    RevocationState::ALL.len(),
    AlgorithmStatus::ALL.len(),
    AddressMatch::ALL.len(),
    Eligibility::ALL.len(),
    Coverage::ALL.len(),
    2,
    TimeProof::ALL.len(),
];
const ADDRESS_AXIS: usize = 7;

impl Table {
    fn facts(&self, at: &[usize; 12]) -> SignatureFacts {
        SignatureFacts {
            crypto: CryptoResult::ALL[at[0]],
            algorithm_protection: AlgorithmProtection::ALL[at[1]],
            ess_certificate_id: EssCertificateId::ALL[at[2]],
            chain: Some(ChainResult::ALL[at[3]]),
            control_time: ControlTimeKind::ALL[at[4]],
            revocation: RevocationState::ALL[at[5]],
            algorithms: Some(AlgorithmStatus::ALL[at[6]]),
            address: Some(AddressMatch::ALL[at[ADDRESS_AXIS]]),
            eligibility: Eligibility::ALL[at[8]],
            coverage: Coverage::ALL[at[9]],
            strict_quirk: at[10] == 1,
            time_proof: TimeProof::ALL[at[11]],
            bind: self.bind,
            bind_missing_allowed: self.bind_missing_allowed,
        }
    }

    /// Rank of every combination, the last axis running fastest.
    fn ranks(&self) -> Vec<u8> {
        let mut at = [0; 12];
        let size = AXES.iter().product();
        let mut ranks = Vec::with_capacity(size);
        for _ in 0..size {
            let facts = self.facts(&at);
            let verdict = judge(&facts);
            check_combination(&facts, &verdict);
            ranks.push(packed_rank(&verdict));
            for axis in (0..AXES.len()).rev() {
                at[axis] += 1;
                if at[axis] < AXES[axis] {
                    break;
                }
                at[axis] = 0;
            }
        }
        ranks
    }
}

/// Whether `worse` directly follows `better` in the declared order of an axis.
fn steps(axis: usize) -> Vec<(usize, usize)> {
    use AddressMatch as A;
    if axis == ADDRESS_AXIS {
        return [
            (A::From, A::SenderOnly),
            (A::SenderOnly, A::Partial),
            (A::Partial, A::NoFrom),
            (A::From, A::NoAddressInCertificate),
            (A::NoAddressInCertificate, A::NoFrom),
            (A::NoFrom, A::None),
        ]
        .map(|(better, worse)| (better.ordinal(), worse.ordinal()))
        .to_vec();
    }
    (1..AXES[axis]).map(|worse| (worse - 1, worse)).collect()
}

fn check_combination(facts: &SignatureFacts, verdict: &Verdict) {
    let passed = verdict.indication == Indication::TotalPassed;
    let not_evaluated = verdict.indication == Indication::NotEvaluated;
    assert_eq!(verdict.sub_indication.is_none(), passed || not_evaluated, "{facts:?}");
    if passed {
        assert_eq!(facts.crypto, CryptoResult::Ok);
        assert_eq!(facts.chain, Some(ChainResult::Ok));
        assert!(facts.revocation <= RevocationState::Unknown);
        assert_eq!(facts.time_proof, TimeProof::Consistent);
        assert_eq!(facts.coverage, Coverage::Full);
        assert_eq!(facts.eligibility, Eligibility::Eligible);
    } else {
        assert!(!verdict.reasons.is_empty(), "{facts:?}");
    }
    // OUTPUT.md: without a proof no control time, proven or chosen, makes these three.
    let needs_proof = matches!(
        verdict.sub_indication,
        Some(SubIndication::Expired | SubIndication::Revoked | SubIndication::NotYetValid)
    );
    assert!(!needs_proof || facts.time_proof >= TimeProof::BeforeValidityProven);
}

/// The rank of a verdict in one octet, so that a table of all combinations is no larger than it must be.
fn packed_rank(verdict: &Verdict) -> u8 {
    let (indication, sub) = (verdict.rank() >> 8, verdict.rank() & 0xff);
    u8::try_from(indication * (SubIndication::ALL.len() as u16 + 1) + sub).unwrap()
}

/// OUTPUT.md: making a fact worse never makes an indication better, over the whole product of all facts.
#[test]
fn truth_table_whole_product_is_monotonic() {
    let settings = [Bind::From, Bind::FromOrSender, Bind::Off]
        .into_par_iter()
        .flat_map_iter(|bind| [false, true].map(|missing| (bind, missing)));
    settings.for_each(|(bind, bind_missing_allowed)| {
        let ranks = Table { bind, bind_missing_allowed }.ranks();
        (0..AXES.len()).for_each(|axis| check_axis_is_monotonic(&ranks, axis));
    });
}

fn check_axis_is_monotonic(ranks: &[u8], axis: usize) {
    let stride: usize = AXES[axis + 1..].iter().product();
    for block in ranks.chunks_exact(stride * AXES[axis]) {
        for (better, worse) in steps(axis) {
            let better_rows = &block[better * stride..][..stride];
            let worse_rows = &block[worse * stride..][..stride];
            let holds = better_rows.iter().zip(worse_rows).all(|(better, worse)| better <= worse);
            assert!(holds, "axis {axis}: step {better} to {worse} makes a verdict better");
        }
    }
}
