//! Arithmetic modulo p = 2^256 - 2^224 + 2^192 + 2^96 - 1, eight numbers at once.
//!
//! Numbers are five digits of 52 bits in Montgomery form, R = 2^260. They are reduced as far as
//! needed and no further: a product is below 1.08 · 2^256 if both factors are, and what
//! [`Field::settle`] gives is below 1.01 · 2^256. Sums and differences stay in columns until then;
//! a difference begins with [`BIAS`], so that what is settled is never below zero.
//!
//! Since p = -1 modulo 2^96, the multiplier of a row of the reduction is the row's own digit, and
//! of p's digits two need no multiplication.

use crate::lanes::curves::carried;
use crate::lanes::curves::{self, Columns, DIGIT_BITS, DIGITS, Element, Number, SignedLanes};

/// p.
pub(super) const P: Number = [(1 << 52) - 1, (1 << 44) - 1, 0, 1 << 36, (1 << 48) - (1 << 16)];
/// R mod p: 1 in Montgomery form.
const R: Number = power_of_two(260);
/// R² mod p.
const R_SQUARED: Number = power_of_two(520);

/// 2^exponent mod p, by doubling.
#[expect(clippy::indexing_slicing, reason = "five digits of each")]
const fn power_of_two(exponent: u32) -> Number {
    let mut number = [1, 0, 0, 0, 0];
    let mut step = 0;
    while step < exponent {
        let (mut doubled, mut less) = ([0; DIGITS], [0; DIGITS]);
        let (mut carry, mut borrow) = (0, 0);
        let mut at = 0;
        while at < DIGITS {
            let sum: u64 = number[at] * 2 + carry;
            carry = sum >> DIGIT_BITS;
            doubled[at] = sum & ((1 << DIGIT_BITS) - 1);
            let difference = doubled[at].wrapping_sub(P[at]).wrapping_sub(borrow);
            borrow = difference >> 63;
            less[at] = difference & ((1 << DIGIT_BITS) - 1);
            at += 1;
        }
        number = if borrow == 0 { less } else { doubled };
        step += 1;
    }
    number
}

/// p as a modulus.
#[derive(Clone, Copy)]
pub(super) struct Modulus;

/// The field over some registers.
pub(super) type Field<L> = curves::Field<L, Modulus>;

#[expect(clippy::indexing_slicing, reason = "five digits, and ten columns of a product")]
impl curves::Modulus for Modulus {
    /// A multiple of p, 32 p, whose lower columns are at least 16 times the largest digit, and whose
    /// highest is more than 16 times the highest digit of any number here.
    const BIAS: Number = {
        let [zero, one, two, three, four] = P;
        let lent = 1 << 4;
        [
            (zero << 5) + (1 << 56),
            (one << 5) + (1 << 56) - lent,
            (two << 5) + (1 << 56) - lent,
            (three << 5) + (1 << 56) - lent,
            (four << 5) - lent,
        ]
    };

    /// Montgomery reduction. A row's digit m vanishes with m p, of which m (2^96 - 1) lies at the
    /// row: -m there is what makes it vanish, and m · 2^44 lies at the next.
    #[inline(always)]
    fn reduce<L: SignedLanes>(lanes: L, mut columns: Columns<L>) -> Element<L> {
        let two_44 = lanes.all(1 << 44);
        let third = lanes.all(P[3]);
        let fourth = lanes.all(P[4]);
        for row in 0..DIGITS {
            let digit = columns[row];
            columns[row + 1] = lanes.add(columns[row + 1], lanes.carry(digit));
            columns[row + 1] = lanes.add_low(columns[row + 1], digit, two_44);
            columns[row + 2] = lanes.add_high(columns[row + 2], digit, two_44);
            columns[row + 3] = lanes.add_low(columns[row + 3], digit, third);
            columns[row + 4] = lanes.add_high(columns[row + 4], digit, third);
            columns[row + 4] = lanes.add_low(columns[row + 4], digit, fourth);
            columns[row + 5] = lanes.add_high(columns[row + 5], digit, fourth);
        }
        let mut reduced = [lanes.all(0); DIGITS];
        let mut carry = lanes.all(0);
        for at in 0..DIGITS {
            let sum = lanes.add(columns[DIGITS + at], carry);
            carry = lanes.carry(sum);
            reduced[at] = lanes.digit(sum);
        }
        reduced
    }

    /// What is above 2^256 comes back in as
    /// 2^224 - 2^192 - 2^96 + 1 each.
    #[inline(always)]
    fn settle<L: SignedLanes>(lanes: L, mut columns: Element<L>) -> Element<L> {
        let above = lanes.shift_right::<48>(columns[4]);
        columns[0] = lanes.add(columns[0], above);
        columns[1] = lanes.subtract(columns[1], lanes.shift_left::<44>(above));
        columns[3] = lanes.subtract(columns[3], lanes.shift_left::<36>(above));
        columns[4] = lanes.subtract(columns[4], lanes.shift_left::<48>(above));
        columns[4] = lanes.add(columns[4], lanes.shift_left::<16>(above));
        carried(lanes, columns)
    }
}

impl<L: SignedLanes> Field<L> {
    /// 1.
    #[inline(always)]
    pub(super) fn one(self) -> Element<L> {
        self.constant(&R)
    }

    /// The Montgomery form of plain numbers below 1.08 · 2^256.
    #[inline(always)]
    pub(super) fn enter(self, plain: &Element<L>) -> Element<L> {
        self.multiply(plain, &self.constant(&R_SQUARED))
    }

    /// Plain numbers, at most p: the sum of a reduction is below R + R p.
    #[inline(always)]
    pub(super) fn leave(self, element: &Element<L>) -> Element<L> {
        self.multiply(element, &self.constant(&[1, 0, 0, 0, 0]))
    }

    /// `1 / a`, and 0 for 0: a^(p - 2) (FIPS 186-5 §B.1).
    #[inline(always)]
    pub(super) fn invert(self, a: &Element<L>) -> Element<L> {
        let ones2 = self.squared_times(a, 1, a);
        let ones4 = self.squared_times(&ones2, 2, &ones2);
        let ones8 = self.squared_times(&ones4, 4, &ones4);
        let ones16 = self.squared_times(&ones8, 8, &ones8);
        let ones32 = self.squared_times(&ones16, 16, &ones16);
        let ones24 = self.squared_times(&ones16, 8, &ones8);
        let ones28 = self.squared_times(&ones24, 4, &ones4);
        let ones30 = self.squared_times(&ones28, 2, &ones2);
        let mut power = self.squared_times(&ones32, 32, a);
        power = self.squared_times(&power, 128, &ones32);
        power = self.squared_times(&power, 32, &ones32);
        power = self.squared_times(&power, 30, &ones30);
        self.squared_times(&power, 2, a)
    }
}
