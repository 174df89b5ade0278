//! Arithmetic modulo n, the order of P-256 (SP 800-186 §3.2.1.3), one number at a time.

use crate::lanes::curves::{Order, Words, difference, is_below, sum, words_of_be};
use std::mem;

const ORDER: Order = Order {
    n: N,
    negated_inverse: 0xccd1_c8aa_ee00_bc4f,
    r_squared: [
        0x8324_4c95_be79_eea2,
        0x4699_799c_49bd_6fa6,
        0x2845_b239_2b6b_ec59,
        0x66e1_2d94_f3d9_5620,
    ],
};
/// n.
const N: Words =
    [0xf3b9_cac2_fc63_2551, 0xbce6_faad_a717_9e84, 0xffff_ffff_ffff_ffff, 0xffff_ffff_0000_0000];
/// p - n, by which a number below n may grow and still be below p.
const P_LESS_N: Words = [0x0c46_353d_039c_daae, 0x4319_0553_58e8_617b, 0, 0];

/// A number below n.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scalar(Words);

impl Scalar {
    /// None unless the number is from 1 to n - 1.
    pub(super) fn of_signature(number_be: &[u8; 32]) -> Option<Self> {
        let words = words_of_be(number_be);
        (words != [0; 4] && is_below(&words, &N)).then_some(Self(words))
    }

    /// A number modulo n, which is above 2^255.
    pub(super) fn of_digest(number_be: &[u8; 32]) -> Self {
        let words = words_of_be(number_be);
        Self(if is_below(&words, &N) { words } else { difference(&words, &N) })
    }

    pub(super) fn words(&self) -> Words {
        self.0
    }

    /// n more, if that is below p.
    pub(super) fn plus_n(&self) -> Option<Words> {
        is_below(&self.0, &P_LESS_N).then(|| sum(&self.0, &N).0)
    }

    /// `a · b / R`.
    fn product(&self, other: &Self) -> Self {
        Self(ORDER.product(&self.0, &other.0))
    }

    /// The odd one of the number and n less the number, and whether it is the latter.
    pub(super) fn odd(&self) -> (Words, bool) {
        ORDER.odd(&self.0)
    }

    /// 1 in Montgomery form.
    fn one() -> Self {
        Self(ORDER.r_squared).product(&Self([1, 0, 0, 0]))
    }

    /// a^(n - 2) R for a R, which is R/a.
    fn inverse(&self) -> Self {
        let [lowest, others @ ..] = N;
        let mut power = Self::one();
        for word in others.into_iter().rev().chain([lowest - 2]) {
            for bit in (0..u64::BITS).rev() {
                power = power.product(&power);
                if word >> bit & 1 == 1 {
                    power = power.product(self);
                }
            }
        }
        power
    }
}

/// R divided by each, with one inversion for all; none may be 0.
pub(super) fn invert_all(scalars: &mut [Scalar]) {
    let mut product = Scalar::one();
    let mut before = Vec::with_capacity(scalars.len());
    for scalar in &mut *scalars {
        *scalar = scalar.product(&Scalar(ORDER.r_squared));
        before.push(product);
        product = product.product(scalar);
    }
    let mut inverse = product.inverse();
    for (scalar, before) in scalars.iter_mut().zip(before).rev() {
        let next = inverse.product(scalar);
        *scalar = mem::replace(&mut inverse, next).product(&before);
    }
}

/// The multiples of base point and key that a signature asks for (FIPS 186-5 §6.4.2): `digest / s`
/// and `r / s`, of R/s.
pub(super) fn multiples(inverse: &Scalar, digest: &Scalar, r: &Scalar) -> [Scalar; 2] {
    [inverse.product(digest), inverse.product(r)]
}
