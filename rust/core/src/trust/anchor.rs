//! What a root list says about one of its anchors beyond trusting it: since when, until when, and for which certificates.
//!
//! RULES 19: these hold at the control time. `trusted_from` and `trusted_until` come from the history of a list and are
//! compared with the control time. `distrust_after` is NSS's `CKA_NSS_EMAIL_DISTRUST_AFTER`: the anchor stays
//! trusted for certificates of signers issued up to then, whatever the control time, so it is compared with the
//! signer certificate's notBefore, as Mozilla's products do (docs/design/13-trust.md).

/// Limits of an anchor, Unix seconds; each bound belongs to what is permitted, `None` is no bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct AnchorLimits {
    /// First control time at which it is trusted.
    pub trusted_from_unix_s: Option<i64>,
    /// Last control time at which it is trusted.
    pub trusted_until_unix_s: Option<i64>,
    /// Last notBefore of a signer's certificate for which it is trusted.
    pub distrust_after_unix_s: Option<i64>,
}

impl AnchorLimits {
    /// No limit.
    pub const NONE: Self =
        Self { trusted_from_unix_s: None, trusted_until_unix_s: None, distrust_after_unix_s: None };

    /// Trusted from and until, and distrusted for signers' certificates issued after.
    #[must_use]
    pub const fn new(from: Option<i64>, until: Option<i64>, after: Option<i64>) -> Self {
        Self {
            trusted_from_unix_s: from,
            trusted_until_unix_s: until,
            distrust_after_unix_s: after,
        }
    }

    /// Whether the anchor is trusted at `at_unix_s` for a signer whose certificate begins at `not_before_unix_s`.
    #[must_use]
    pub fn permit(&self, not_before_unix_s: i64, at_unix_s: i64) -> bool {
        self.trusted_from_unix_s.is_none_or(|from| from <= at_unix_s)
            && self.trusted_until_unix_s.is_none_or(|until| at_unix_s <= until)
            && self.distrust_after_unix_s.is_none_or(|after| not_before_unix_s <= after)
    }

    /// What both permit: one anchor that comes from two lists is trusted as far as both trust it.
    #[must_use]
    pub fn intersect(self, other: Self) -> Self {
        Self {
            trusted_from_unix_s: self.trusted_from_unix_s.max(other.trusted_from_unix_s),
            trusted_until_unix_s: earlier(self.trusted_until_unix_s, other.trusted_until_unix_s),
            distrust_after_unix_s: earlier(self.distrust_after_unix_s, other.distrust_after_unix_s),
        }
    }

    /// The control times at which the answer changes: each is the first second of the new one.
    pub(crate) fn boundaries(&self) -> impl Iterator<Item = i64> {
        let first_after = self.trusted_until_unix_s.map(|until| until.saturating_add(1));
        [self.trusted_from_unix_s, first_after].into_iter().flatten()
    }

    /// A fixed encoding, for fingerprints: equal for equal limits only.
    pub(super) fn to_octets(self) -> Vec<u8> {
        let bounds =
            [self.trusted_from_unix_s, self.trusted_until_unix_s, self.distrust_after_unix_s];
        bounds
            .iter()
            .flat_map(|bound| match bound {
                None => vec![0],
                Some(unix_s) => [&[1], unix_s.to_be_bytes().as_slice()].concat(),
            })
            .collect()
    }
}

fn earlier(one: Option<i64>, other: Option<i64>) -> Option<i64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn limits(from: Option<i64>, until: Option<i64>, after: Option<i64>) -> AnchorLimits {
        AnchorLimits::new(from, until, after)
    }

    #[test]
    fn anchor_limits_bounds_belong_to_what_is_permitted() {
        let span = limits(Some(10), Some(20), None);
        let at = |at| span.permit(0, at);
        assert_eq!([at(9), at(10), at(20), at(21)], [false, true, true, false]);
        let sunset = limits(None, None, Some(15));
        assert!(sunset.permit(15, i64::MAX), "issued in time: trusted for its whole life");
        assert!(!sunset.permit(16, 0), "issued too late: trusted at no time");
        assert!(AnchorLimits::NONE.permit(i64::MAX, i64::MIN));
    }

    proptest! {
        #[test]
        fn anchor_limits_of_two_lists_permit_what_both_permit(
            one: [Option<i8>; 3], other: [Option<i8>; 3], not_before: i8, at: i8,
        ) {
            let of = |it: [Option<i8>; 3]| limits(it[0].map(i64::from), it[1].map(i64::from), it[2].map(i64::from));
            let (one, other) = (of(one), of(other));
            let (not_before, at) = (i64::from(not_before), i64::from(at));
            let both = one.permit(not_before, at) && other.permit(not_before, at);
            prop_assert_eq!(one.intersect(other).permit(not_before, at), both);
            prop_assert_eq!(one.to_octets() == other.to_octets(), one == other);
        }

        #[test]
        fn anchor_limits_answer_changes_at_boundaries_only(it: [Option<i8>; 2], at: i8) {
            let it = limits(it[0].map(i64::from), it[1].map(i64::from), None);
            let at = i64::from(at);
            if !it.boundaries().any(|boundary| boundary == at) {
                prop_assert_eq!(it.permit(0, at), it.permit(0, at - 1));
            }
        }
    }
}
