//! Arithmetic modulo p = 2^255 - 19 (RFC 8032 §5.1).
//!
//! Whatever is a product or settled is below 2^255 + 2^215: 2^260 is 608 modulo p, and 2^255 is 19,
//! so what lies above comes back in with little. A difference begins with [`Modulus::BIAS`], 32 p.

use crate::lanes::curves::{self, Columns, DIGITS, Element, Number, SignedLanes};
use crate::lanes::curves::{carried, digits_of_words};

/// p.
pub(super) const P: Number =
    [(1 << 52) - 19, (1 << 52) - 1, (1 << 52) - 1, (1 << 52) - 1, (1 << 47) - 1];
/// The curve's coefficient, -121665/121666.
pub(super) const D: Number = digits_of_words([
    0x75eb_4dca_1359_78a3,
    0x0070_0a4d_4141_d8ab,
    0x8cc7_4079_7779_e898,
    0x5203_6cee_2b6f_fe73,
]);
/// Twice the coefficient.
pub(super) const TWICE_D: Number = digits_of_words([
    0xebd6_9b94_26b2_f159,
    0x00e0_149a_8283_b156,
    0x198e_80f2_eef3_d130,
    0x2406_d9dc_56df_fce7,
]);
/// A square root of -1, 2^((p - 1) / 4).
pub(super) const ROOT_OF_MINUS_ONE: Number = digits_of_words([
    0xc4ee_1b27_4a0e_a0b0,
    0x2f43_1806_ad2f_e478,
    0x2b4d_0099_3dfb_d7a7,
    0x2b83_2480_4fc1_df0b,
]);
/// 1.
pub(super) const ONE: Number = [1, 0, 0, 0, 0];

/// Bits of the highest digit of a number below 2^255.
const TOP_BITS: u32 = 47;

/// 2^255 - 19.
#[derive(Clone, Copy)]
pub(super) struct Modulus;

/// The field over some registers.
pub(super) type Field<L> = curves::Field<L, Modulus>;

#[expect(clippy::indexing_slicing, reason = "five digits, and ten columns of a product")]
impl curves::Modulus for Modulus {
    const BIAS: Number = [P[0] << 5, P[1] << 5, P[2] << 5, P[3] << 5, P[4] << 5];

    /// The upper columns are made digits, and come back in 608 times. A product is below 2^510.1, so
    /// the highest digit is below 2^42.2, and 608 of it are below 2^51.5: no more than a digit.
    #[inline(always)]
    fn reduce<L: SignedLanes>(lanes: L, mut columns: Columns<L>) -> Element<L> {
        let folded = lanes.all(608);
        for at in DIGITS..2 * DIGITS - 1 {
            columns[at + 1] = lanes.add(columns[at + 1], lanes.carry(columns[at]));
            columns[at - DIGITS] = lanes.add_low(columns[at - DIGITS], columns[at], folded);
            columns[at - DIGITS + 1] =
                lanes.add_high(columns[at - DIGITS + 1], columns[at], folded);
        }
        columns[DIGITS - 1] = lanes.add_low(columns[DIGITS - 1], columns[2 * DIGITS - 1], folded);
        let [zero, one, two, three, four, ..] = columns;
        Self::settle(lanes, [zero, one, two, three, four])
    }

    #[inline(always)]
    fn settle<L: SignedLanes>(lanes: L, mut columns: Element<L>) -> Element<L> {
        let above = lanes.shift_right::<TOP_BITS>(columns[4]);
        columns[4] = lanes.subtract(columns[4], lanes.shift_left::<TOP_BITS>(above));
        columns[0] = lanes.add_low(columns[0], above, lanes.all(19));
        carried(lanes, columns)
    }
}

impl<L: SignedLanes> Field<L> {
    /// 1.
    #[inline(always)]
    pub(super) fn one(self) -> Element<L> {
        self.constant(&ONE)
    }

    /// The same below p, of a number below 2 p.
    #[inline(always)]
    pub(super) fn canonical(self, settled: &Element<L>) -> Element<L> {
        let lanes = self.lanes;
        let mut more = *settled;
        more[0] = lanes.add(more[0], lanes.all(19));
        more = carried(lanes, more);
        // Once 2^255 and more if 19 more are, and then p has to go.
        let above = lanes.shift_right::<TOP_BITS>(more[4]);
        let mut columns = *settled;
        columns[0] = lanes.add_low(columns[0], above, lanes.all(19));
        columns = carried(lanes, columns);
        columns[4] = lanes.subtract(columns[4], lanes.shift_left::<TOP_BITS>(above));
        columns
    }

    /// `a^(2^252 - 3)`, the power of (p - 5) / 8, and `a^11`.
    #[inline(always)]
    fn powers(self, a: &Element<L>) -> [Element<L>; 2] {
        let two = self.square(a);
        let nine = self.squared_times(&two, 2, a);
        let eleven = self.multiply(&nine, &two);
        let ones5 = self.squared_times(&eleven, 1, &nine);
        let ones10 = self.squared_times(&ones5, 5, &ones5);
        let ones20 = self.squared_times(&ones10, 10, &ones10);
        let ones40 = self.squared_times(&ones20, 20, &ones20);
        let ones50 = self.squared_times(&ones40, 10, &ones10);
        let ones100 = self.squared_times(&ones50, 50, &ones50);
        let ones200 = self.squared_times(&ones100, 100, &ones100);
        let ones250 = self.squared_times(&ones200, 50, &ones50);
        [self.squared_times(&ones250, 2, a), self.squared_times(&ones250, 5, &eleven)]
    }

    /// `1 / a`, and 0 for 0: a^(p - 2).
    #[inline(always)]
    pub(super) fn invert(self, a: &Element<L>) -> Element<L> {
        let [_, inverse] = self.powers(a);
        inverse
    }

    /// `a^((p - 5) / 8)`.
    #[inline(always)]
    pub(super) fn root_power(self, a: &Element<L>) -> Element<L> {
        let [power, _] = self.powers(a);
        power
    }
}
