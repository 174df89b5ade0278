//! Choices that leave no trace in time: masks instead of branches and of places that depend on a
//! secret, for unpadding.

use std::hint::black_box;

/// Every bit set, for yes, or none.
#[derive(Clone, Copy)]
pub(crate) struct Mask(usize);

impl Mask {
    pub(crate) const NO: Self = Self(0);

    /// Whether `number` is 0.
    pub(crate) fn is_zero(number: usize) -> Self {
        // The highest bit of n | -n is set for every n but 0.
        let not_zero = (number | number.wrapping_neg()) >> (usize::BITS - 1);
        Self(black_box(not_zero.wrapping_sub(1)))
    }

    pub(crate) fn is_equal(one: usize, other: usize) -> Self {
        Self::is_zero(one ^ other)
    }

    /// Whether `one` is below `other`, neither of which has the highest bit.
    pub(crate) fn is_below(one: usize, other: usize) -> Self {
        let borrow = one.wrapping_sub(other) >> (usize::BITS - 1);
        Self(black_box(borrow.wrapping_neg()))
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn not(self) -> Self {
        Self(!self.0)
    }

    /// `yes` or `no`.
    pub(crate) fn select(self, yes: usize, no: usize) -> usize {
        yes & self.0 | no & !self.0
    }

    /// `yes` or `no`.
    pub(crate) fn select_octet(self, yes: u8, no: u8) -> u8 {
        let mask = self.0 as u8;
        yes & mask | no & !mask
    }

    /// The answer, to branch on from here.
    pub(crate) fn declassify(self) -> bool {
        self.0 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_say_what_comparison_says() {
        let high = usize::MAX >> 1;
        for one in [0, 1, 2, 255, 256, high - 1, high] {
            assert_eq!(Mask::is_zero(one).declassify(), one == 0);
            for other in [0, 1, 2, 255, 256, high - 1, high] {
                assert_eq!(Mask::is_equal(one, other).declassify(), one == other);
                let below = Mask::is_below(one, other);
                assert_eq!(below.declassify(), one < other);
                assert_eq!(below.select(one, other), one.min(other));
                assert_eq!(below.not().declassify(), one >= other);
                assert_eq!(below.or(Mask::NO).declassify(), one < other);
                assert!(!below.and(Mask::NO).declassify());
            }
        }
        assert!(Mask::is_zero(usize::MAX).not().declassify());
        assert_eq!(Mask::is_zero(0).select_octet(7, 9), 7);
        assert_eq!(Mask::NO.select_octet(7, 9), 9);
    }
}
