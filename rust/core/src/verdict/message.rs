//! The fold over the signatures of one message: which of them speaks for the message, and what it says.
//!
//! OUTPUT.md, Message fold, rules 1 to 5. Where a signature sits (its eligibility) and what it is worth (its verdict)
//! come in finished; nothing here can raise a verdict, and outer layers never help an inner one.

use super::facts::{Coverage, Eligibility};
use super::flag::MessageFlag;
use super::indication::{Indication, Reason, SubIndication, Verdict};
use crate::codes::{CodeSet, codes};

codes! {
    /// What a signature row is (OUTPUT.md `format`).
    pub enum SignatureFormat {
        Detached = "detached", "The signature stands beside the content (multipart/signed).";
        Opaque = "opaque", "The content is wrapped in the signature (application/pkcs7-mime), or missing: a .p7s that stands alone, without multipart/signed around it.";
        Countersignature = "countersignature", "A signature over another signature, whose signature_value_sha256 is its signed_bytes_sha256; it never decides about the message.";
        Timestamp = "timestamp", "A time-stamp token over a signature, its content or both: the signature of a time-stamp authority; it never decides about the message.";
    }
}

/// What the fold needs to know about one signature row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignatureRow {
    /// What the row is; only detached and opaque ones can speak for a message.
    pub format: SignatureFormat,
    /// The signed layer the SignerInfo belongs to; rows of one layer share it.
    pub layer: u32,
    /// Number of CMS layers between the root and that layer: 0 is outermost.
    pub layer_depth: u32,
    /// Structural eligibility of that layer.
    pub eligibility: Eligibility,
    /// What of the visible message that layer covers.
    pub coverage: Coverage,
    /// The row's own verdict.
    pub verdict: Verdict,
}

/// What the signatures of a message say together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageVerdict {
    /// Indication, sub-indication and reasons.
    pub verdict: Verdict,
    /// What the fold itself found remarkable.
    pub flags: CodeSet<MessageFlag>,
    /// Index of the row that decided; `None` when no row speaks for the message.
    pub deciding: Option<usize>,
    /// What of the visible message the deciding layer covers.
    pub coverage: Coverage,
    /// Rows of the deciding layer; 0 when none speaks for the message.
    pub signer_count: u32,
    /// Those of them that are TOTAL_PASSED.
    pub signers_passed: u32,
}

/// Folds the rows of one message, in row order, into its verdict.
#[must_use]
pub fn fold_message(rows: &[SignatureRow]) -> MessageVerdict {
    let Some(innermost) = innermost_layer(rows) else {
        return without_eligible(rows);
    };
    let mut flags = CodeSet::EMPTY;
    let mut best: Option<(usize, &SignatureRow, Verdict)> = None;
    let (mut signer_count, mut signers_passed) = (0, 0);
    for (index, row) in rows.iter().enumerate().filter(|(_, row)| is_of(row, innermost)) {
        let verdict = bounded_by_structure(row);
        signer_count += 1;
        signers_passed += u32::from(is_passed(row));
        // Rule 3: strictly better, so the first in row order wins a tie.
        if best.is_none_or(|(_, _, best)| verdict.rank() < best.rank()) {
            best = Some((index, row, verdict));
        }
    }
    let Some((deciding, row, verdict)) = best else {
        return without_eligible(rows);
    };
    if signers_passed + u32::from(!is_passed(row)) < signer_count {
        flags.insert(MessageFlag::OtherSignerFailed);
    }
    if has_failing_outer_layer(rows, innermost) {
        flags.insert(MessageFlag::OuterSignatureFailed);
    }
    MessageVerdict {
        verdict,
        flags,
        deciding: Some(deciding),
        coverage: structural_coverage(row),
        signer_count,
        signers_passed,
    }
}

/// A signed layer: its depth, then its number.
type Layer = (u32, u32);

fn is_of(row: &SignatureRow, layer: Layer) -> bool {
    is_candidate(row) && (row.layer_depth, row.layer) == layer
}

/// Rule 1: detached or opaque, and reached from the root without leaving the message.
fn is_candidate(row: &SignatureRow) -> bool {
    is_message_signature(row) && row.eligibility != Eligibility::NotEligible
}

fn is_message_signature(row: &SignatureRow) -> bool {
    matches!(row.format, SignatureFormat::Detached | SignatureFormat::Opaque)
}

fn is_passed(row: &SignatureRow) -> bool {
    bounded_by_structure(row).indication == Indication::TotalPassed
}

/// Rule 2: the deepest eligible layer. Eligible layers lie inside each other; should two share a depth, the
/// first decides, and the other counts as failing around it unless it passes.
fn innermost_layer(rows: &[SignatureRow]) -> Option<Layer> {
    rows.iter()
        .filter(|row| is_candidate(row))
        .map(|row| (row.layer_depth, row.layer))
        .max_by_key(|&(depth, layer)| (depth, core::cmp::Reverse(layer)))
}

/// Whether a layer other than the deciding one has no signer who passes.
fn has_failing_outer_layer(rows: &[SignatureRow], innermost: Layer) -> bool {
    rows.iter().filter(|row| is_candidate(row) && !is_of(row, innermost)).any(|row| {
        let layer = (row.layer_depth, row.layer);
        !rows.iter().any(|other| is_of(other, layer) && is_passed(other))
    })
}

/// Rule 2: over an envelope or other content that was not opened, at most INDETERMINATE/SIG_CONSTRAINTS_FAILURE.
fn bounded_by_structure(row: &SignatureRow) -> Verdict {
    let mut bound = sig_constraints_failure(match row.eligibility {
        Eligibility::CiphertextOnly => Reason::SignedCiphertextOnly,
        Eligibility::ContentUnopened => Reason::ContentNotOpened,
        Eligibility::Eligible | Eligibility::NotEligible => return row.verdict,
    });
    if row.verdict.rank() > bound.rank() {
        (bound.indication, bound.sub_indication) =
            (row.verdict.indication, row.verdict.sub_indication);
    }
    bound.reasons.extend(row.verdict.reasons);
    bound
}

/// What nobody read is never covered in full.
fn structural_coverage(row: &SignatureRow) -> Coverage {
    row.coverage.max(match row.eligibility {
        Eligibility::CiphertextOnly | Eligibility::ContentUnopened => Coverage::Partial,
        Eligibility::Eligible | Eligibility::NotEligible => Coverage::Full,
    })
}

/// Rule 4: signatures, but none over the message; or no signature at all.
fn without_eligible(rows: &[SignatureRow]) -> MessageVerdict {
    let verdict = if rows.is_empty() {
        Verdict::new(Indication::NotSigned, None)
    } else {
        sig_constraints_failure(Reason::NoSignatureOverMessage)
    };
    // The widest that any of them covers: all of it, of a message that only holds another one (RULES 28).
    let coverage = rows
        .iter()
        .filter(|row| is_message_signature(row))
        .map(|row| row.coverage)
        .min()
        .unwrap_or(Coverage::None);
    MessageVerdict {
        verdict,
        flags: CodeSet::EMPTY,
        deciding: None,
        coverage,
        signer_count: 0,
        signers_passed: 0,
    }
}

fn sig_constraints_failure(reason: Reason) -> Verdict {
    let sub = SubIndication::SigConstraintsFailure;
    let reasons = CodeSet::of(reason);
    Verdict { reasons, ..Verdict::new(Indication::Indeterminate, Some(sub)) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::codes::Code;
    use proptest::prelude::*;

    const PASSED: Verdict = Verdict::new(Indication::TotalPassed, None);
    const EXPIRED: Verdict =
        Verdict::new(Indication::Indeterminate, Some(SubIndication::OutOfBoundsNoPoe));
    const BROKEN: Verdict = Verdict::new(Indication::TotalFailed, Some(SubIndication::HashFailure));

    fn row(layer_depth: u32, verdict: Verdict) -> SignatureRow {
        SignatureRow {
            format: SignatureFormat::Detached,
            layer: layer_depth,
            layer_depth,
            eligibility: Eligibility::Eligible,
            coverage: Coverage::Full,
            verdict,
        }
    }

    fn not_eligible(verdict: Verdict) -> SignatureRow {
        SignatureRow { eligibility: Eligibility::NotEligible, ..row(0, verdict) }
    }

    #[test]
    fn fold_1_of_no_rows_is_not_signed() {
        let message = fold_message(&[]);
        assert_eq!(message.verdict, Verdict::new(Indication::NotSigned, None));
        assert_eq!((message.deciding, message.coverage), (None, Coverage::None));
    }

    #[test]
    fn fold_1_of_one_passing_signature_passes() {
        let message = fold_message(&[row(0, PASSED)]);
        assert_eq!(message.verdict, PASSED);
        assert_eq!((message.deciding, message.coverage), (Some(0), Coverage::Full));
        assert_eq!((message.signer_count, message.signers_passed), (1, 1));
        assert!(message.flags.is_empty());
    }

    #[test]
    fn fold_1_countersignature_never_decides() {
        let countersignature =
            SignatureRow { format: SignatureFormat::Countersignature, ..row(3, PASSED) };
        let message = fold_message(&[row(0, BROKEN), countersignature]);
        assert_eq!((message.verdict, message.deciding), (BROKEN, Some(0)));
        let alone = fold_message(&[countersignature]);
        assert_eq!(alone.verdict.reasons, CodeSet::of(Reason::NoSignatureOverMessage));
        assert_eq!(alone.coverage, Coverage::None);
    }

    #[test]
    fn fold_2_innermost_decides_and_outer_failure_is_flagged() {
        let message = fold_message(&[row(0, BROKEN), row(2, PASSED)]);
        assert_eq!((message.verdict, message.deciding), (PASSED, Some(1)));
        assert_eq!(message.flags, CodeSet::of(MessageFlag::OuterSignatureFailed));
    }

    #[test]
    fn fold_2_outer_success_never_raises_inner_failure() {
        let message = fold_message(&[row(0, PASSED), row(1, BROKEN)]);
        assert_eq!((message.verdict, message.deciding), (BROKEN, Some(1)));
        assert!(message.flags.is_empty());
        assert_eq!((message.signer_count, message.signers_passed), (1, 0));
    }

    #[test]
    fn fold_2_outer_layer_with_one_passing_signer_does_not_fail() {
        let message = fold_message(&[row(0, BROKEN), row(0, PASSED), row(1, PASSED)]);
        assert!(message.flags.is_empty());
    }

    #[test]
    fn fold_2_unopened_envelope_bounds_the_verdict() {
        let sealed = |verdict| SignatureRow {
            eligibility: Eligibility::CiphertextOnly,
            coverage: Coverage::Ciphertext,
            ..row(0, verdict)
        };
        let message = fold_message(&[sealed(PASSED)]);
        assert_eq!(message.verdict.indication, Indication::Indeterminate);
        assert_eq!(message.verdict.sub_indication, Some(SubIndication::SigConstraintsFailure));
        assert!(message.verdict.reasons.contains(Reason::SignedCiphertextOnly));
        assert_eq!(message.coverage, Coverage::Ciphertext);
        let broken = fold_message(&[sealed(BROKEN)]);
        assert_eq!(broken.verdict.indication, Indication::TotalFailed);
        assert_eq!(broken.verdict.sub_indication, Some(SubIndication::HashFailure));
    }

    #[test]
    fn fold_2_content_that_was_not_opened_bounds_the_verdict_and_is_never_covered_in_full() {
        let unread = |eligibility| fold_message(&[SignatureRow { eligibility, ..row(0, PASSED) }]);
        for (eligibility, reason) in [
            (Eligibility::ContentUnopened, Reason::ContentNotOpened),
            (Eligibility::CiphertextOnly, Reason::SignedCiphertextOnly),
        ] {
            let message = unread(eligibility);
            assert_eq!(message.verdict.indication, Indication::Indeterminate);
            assert_eq!(message.verdict.sub_indication, Some(SubIndication::SigConstraintsFailure));
            assert_eq!(message.verdict.reasons, CodeSet::of(reason));
            assert_eq!((message.coverage, message.signers_passed), (Coverage::Partial, 0));
        }
    }

    #[test]
    fn fold_2_bounded_row_does_not_win_over_an_unbounded_one() {
        let sealed = SignatureRow { eligibility: Eligibility::CiphertextOnly, ..row(0, PASSED) };
        let message = fold_message(&[sealed, row(0, PASSED)]);
        assert_eq!((message.verdict, message.deciding), (PASSED, Some(1)));
        assert_eq!(message.signers_passed, 1);
    }

    #[test]
    fn fold_3_best_signer_decides_and_others_are_flagged() {
        let message = fold_message(&[row(0, BROKEN), row(0, EXPIRED), row(0, PASSED)]);
        assert_eq!((message.verdict, message.deciding), (PASSED, Some(2)));
        assert_eq!(message.flags, CodeSet::of(MessageFlag::OtherSignerFailed));
        assert_eq!((message.signer_count, message.signers_passed), (3, 1));
    }

    #[test]
    fn fold_3_ties_go_to_the_first_row() {
        let message = fold_message(&[row(0, EXPIRED), row(0, EXPIRED)]);
        assert_eq!(message.deciding, Some(0));
        assert_eq!(message.flags, CodeSet::of(MessageFlag::OtherSignerFailed));
        let passing = fold_message(&[row(0, PASSED), row(0, PASSED)]);
        assert!(passing.flags.is_empty());
    }

    #[test]
    fn fold_4_signatures_on_parts_do_not_speak_for_the_message() {
        let message = fold_message(&[not_eligible(PASSED)]);
        assert_eq!(message.verdict.indication.code(), "INDETERMINATE");
        assert_eq!(message.verdict.sub_indication, Some(SubIndication::SigConstraintsFailure));
        assert_eq!(message.verdict.reasons, CodeSet::of(Reason::NoSignatureOverMessage));
        assert_eq!((message.deciding, message.coverage), (None, Coverage::Full));
        let beside = SignatureRow { coverage: Coverage::Partial, ..not_eligible(PASSED) };
        assert_eq!(fold_message(&[beside]).coverage, Coverage::Partial);
    }

    #[test]
    fn fold_4_nested_signature_does_not_touch_an_eligible_one() {
        let message = fold_message(&[row(0, EXPIRED), not_eligible(PASSED), not_eligible(BROKEN)]);
        assert_eq!((message.verdict, message.deciding), (EXPIRED, Some(0)));
        assert!(message.flags.is_empty());
    }

    fn any_row() -> impl Strategy<Value = SignatureRow> {
        (0..4_usize, 0..3_u32, 0..4_usize, 0..4_usize, 0..4_usize).prop_map(
            |(format, layer_depth, eligibility, coverage, verdict)| SignatureRow {
                format: SignatureFormat::ALL[format],
                layer: layer_depth,
                layer_depth,
                eligibility: Eligibility::ALL[eligibility],
                coverage: Coverage::ALL[coverage],
                verdict: [PASSED, EXPIRED, Verdict::new(Indication::NotEvaluated, None), BROKEN]
                    [verdict],
            },
        )
    }

    proptest! {
        /// RULES 8: the order of the signers never matters to the words.
        #[test]
        fn rule_08_order_of_rows_never_changes_the_words(
            rows in proptest::collection::vec(any_row(), 0..6),
        ) {
            let reversed: Vec<_> = rows.iter().rev().copied().collect();
            let (one, other) = (fold_message(&rows), fold_message(&reversed));
            prop_assert_eq!(one.verdict.rank(), other.verdict.rank());
            prop_assert_eq!(one.flags, other.flags);
        }

        #[test]
        fn message_never_passes_without_a_passing_eligible_row_in_the_deciding_layer(
            rows in proptest::collection::vec(any_row(), 0..6),
        ) {
            let message = fold_message(&rows);
            if message.verdict.indication == Indication::TotalPassed {
                let row = rows[message.deciding.unwrap()];
                prop_assert_eq!(row.eligibility, Eligibility::Eligible);
                prop_assert_eq!(row.verdict.indication, Indication::TotalPassed);
                let deepest = rows.iter().filter(|other| is_candidate(other));
                prop_assert_eq!(
                    deepest.map(|other| other.layer_depth).max(),
                    Some(row.layer_depth)
                );
            }
        }
    }
}
