//! Arithmetic modulo a prime of 255 or 256 bits, eight numbers at once.
//!
//! Numbers are five digits of 52 bits, reduced as far as needed and no further. Sums and
//! differences stay in columns until they are settled; a difference begins with a multiple of the
//! prime, so that what is settled is never below zero. What a prime makes easy is its [`Modulus`]'s.
//!
//! Loops count, and no closures, here and in all that uses it: a closure would be compiled by
//! itself, without the instructions.

use super::SignedLanes;
use crate::lanes::limbs;
use crate::lanes::registers::Registers;
use crate::lanes::rsa::LANES;
use std::marker::PhantomData;

/// Digits of a number.
pub(in crate::lanes) const DIGITS: usize = 5;
/// Bits of a digit.
pub(in crate::lanes) const DIGIT_BITS: u32 = 52;
/// A number's digits, lowest first.
pub(in crate::lanes) type Number = [u64; DIGITS];
/// The numbers of eight lanes.
pub(crate) type Numbers = [[u64; LANES]; DIGITS];
/// The numbers of eight lanes, in registers.
pub(in crate::lanes) type Element<L> = [<L as Registers<u64>>::Register; DIGITS];
/// A product, as columns.
pub(in crate::lanes) type Columns<L> = [<L as Registers<u64>>::Register; 2 * DIGITS];

/// A prime, and how numbers are reduced by it.
pub(in crate::lanes) trait Modulus: Copy {
    /// A multiple of the prime, whose columns are above all that is subtracted from it.
    const BIAS: Number;

    /// Digits of a product.
    fn reduce<L: SignedLanes>(lanes: L, columns: Columns<L>) -> Element<L>;
    /// Digits again, of columns from 0 to 2^58.
    fn settle<L: SignedLanes>(lanes: L, columns: Element<L>) -> Element<L>;
}

/// The field over some registers.
#[derive(Clone, Copy)]
pub(in crate::lanes) struct Field<L, M> {
    pub(in crate::lanes) lanes: L,
    modulus: PhantomData<M>,
}

#[expect(clippy::indexing_slicing, reason = "five digits, and ten columns of a product")]
impl<L: SignedLanes, M: Modulus> Field<L, M> {
    #[inline(always)]
    pub(in crate::lanes) fn new(lanes: L) -> Self {
        Self { lanes, modulus: PhantomData }
    }

    #[inline(always)]
    pub(in crate::lanes) fn load(self, numbers: &Numbers) -> Element<L> {
        self.lanes.load_rows(numbers)
    }

    #[inline(always)]
    pub(in crate::lanes) fn store(self, element: &Element<L>) -> Numbers {
        self.lanes.store_rows(element)
    }

    #[inline(always)]
    pub(in crate::lanes) fn constant(self, number: &Number) -> Element<L> {
        let mut element = [self.lanes.all(0); DIGITS];
        for at in 0..DIGITS {
            element[at] = self.lanes.all(number[at]);
        }
        element
    }

    #[inline(always)]
    #[expect(clippy::needless_range_loop, reason = "loops count here")]
    pub(in crate::lanes) fn multiply(self, a: &Element<L>, b: &Element<L>) -> Element<L> {
        let lanes = self.lanes;
        let mut columns = [lanes.all(0); 2 * DIGITS];
        for row in 0..DIGITS {
            for at in 0..DIGITS {
                let column = row + at;
                columns[column] = lanes.add_low(columns[column], a[at], b[row]);
                columns[column + 1] = lanes.add_high(columns[column + 1], a[at], b[row]);
            }
        }
        M::reduce(lanes, columns)
    }

    #[inline(always)]
    pub(in crate::lanes) fn square(self, a: &Element<L>) -> Element<L> {
        let lanes = self.lanes;
        let mut columns = [lanes.all(0); 2 * DIGITS];
        for row in 0..DIGITS {
            for at in row + 1..DIGITS {
                let column = row + at;
                columns[column] = lanes.add_low(columns[column], a[at], a[row]);
                columns[column + 1] = lanes.add_high(columns[column + 1], a[at], a[row]);
            }
        }
        for at in 0..DIGITS {
            let (low, high) = (columns[2 * at], columns[2 * at + 1]);
            columns[2 * at] = lanes.add_low(lanes.add(low, low), a[at], a[at]);
            columns[2 * at + 1] = lanes.add_high(lanes.add(high, high), a[at], a[at]);
        }
        M::reduce(lanes, columns)
    }

    /// `a^(2^squarings) · b`.
    #[inline(always)]
    pub(in crate::lanes) fn squared_times(
        self,
        a: &Element<L>,
        squarings: u32,
        b: &Element<L>,
    ) -> Element<L> {
        let mut power = *a;
        for _ in 0..squarings {
            power = self.square(&power);
        }
        self.multiply(&power, b)
    }

    /// Columns that are a bias, from which differences begin.
    #[inline(always)]
    pub(in crate::lanes) fn bias(self) -> Element<L> {
        self.constant(&M::BIAS)
    }

    /// Digits again, of columns from 0 to 2^58.
    #[inline(always)]
    pub(in crate::lanes) fn settle(self, columns: Element<L>) -> Element<L> {
        M::settle(self.lanes, columns)
    }

    /// Columns of `a + b`.
    #[inline(always)]
    pub(in crate::lanes) fn add(self, mut a: Element<L>, b: &Element<L>) -> Element<L> {
        for at in 0..DIGITS {
            a[at] = self.lanes.add(a[at], b[at]);
        }
        a
    }

    /// Columns of `a - 2^BITS b`.
    #[inline(always)]
    pub(in crate::lanes) fn subtract<const BITS: u32>(
        self,
        mut a: Element<L>,
        b: &Element<L>,
    ) -> Element<L> {
        for at in 0..DIGITS {
            a[at] = self.lanes.subtract(a[at], self.lanes.shift_left::<BITS>(b[at]));
        }
        a
    }

    /// `a + b`.
    #[inline(always)]
    pub(in crate::lanes) fn sum(self, a: &Element<L>, b: &Element<L>) -> Element<L> {
        self.settle(self.add(*a, b))
    }

    /// `a - b`.
    #[inline(always)]
    pub(in crate::lanes) fn difference(self, a: &Element<L>, b: &Element<L>) -> Element<L> {
        self.settle(self.subtract::<0>(self.add(self.bias(), a), b))
    }
}

/// Digits of columns, whose carries go up; the highest column keeps what it has.
#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "five digits")]
pub(in crate::lanes) fn carried<L: SignedLanes>(lanes: L, mut columns: Element<L>) -> Element<L> {
    for at in 0..DIGITS - 1 {
        let carry = lanes.shift_right::<DIGIT_BITS>(columns[at]);
        columns[at + 1] = lanes.add(columns[at + 1], carry);
        columns[at] = lanes.digit(columns[at]);
    }
    columns
}

/// A number for each lane.
pub(in crate::lanes) fn side_by_side(number: impl Fn(usize) -> Number) -> Numbers {
    let numbers: [Number; LANES] = std::array::from_fn(number);
    limbs::side_by_side(numbers.each_ref().map(|number| &number[..]))
}

/// The number of a lane.
#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "a lane is one of eight")]
pub(in crate::lanes) fn of_lane(numbers: &Numbers, lane: usize) -> Number {
    let [zero, one, two, three, four] = numbers;
    [zero[lane], one[lane], two[lane], three[lane], four[lane]]
}

/// The digits of a number in words of 64 bits, lowest first.
pub(in crate::lanes) const fn digits_of_words([a, b, c, d]: [u64; 4]) -> Number {
    const MASK: u64 = limbs::mask::<DIGIT_BITS>();
    [
        a & MASK,
        (a >> 52 | b << 12) & MASK,
        (b >> 40 | c << 24) & MASK,
        (c >> 28 | d << 36) & MASK,
        d >> 16,
    ]
}
