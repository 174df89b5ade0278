//! Arithmetic modulo L, the order of the base point (RFC 8032 §5.1), one number at a time.

use crate::lanes::curves::{Order, Words, difference, is_below, sum};

/// L = 2^252 + 27742317777372353535851937790883648493.
pub(super) const ORDER: Order = Order {
    n: [0x5812_631a_5cf5_d3ed, 0x14de_f9de_a2f7_9cd6, 0, 0x1000_0000_0000_0000],
    negated_inverse: 0xd2b5_1da3_1254_7e1b,
    r_squared: [
        0xa406_11e3_449c_0f01,
        0xd00e_1ba7_6885_9347,
        0xceec_73d2_17f5_be65,
        0x0399_411b_7c30_9a3d,
    ],
};
/// R mod L.
pub(super) const R: Words =
    [0xd6ec_3174_8d98_951d, 0xc6ef_5bf4_737d_cf70, 0xffff_ffff_ffff_fffe, 0x0fff_ffff_ffff_ffff];

/// The number in 32 octets, lowest first, if it is below L.
pub(super) fn of_signature(number_le: &[u8; 32]) -> Option<Words> {
    let words = words_of_le(number_le);
    is_below(&words, &ORDER.n).then_some(words)
}

/// The number in 64 octets, lowest first, modulo L.
pub(super) fn of_hash(number_le: &[u8; 64]) -> Words {
    let half = |octets: Option<&[u8; 32]>| octets.map(words_of_le).unwrap_or_default();
    let low = ORDER.product(&half(number_le.first_chunk()), &R);
    let high = ORDER.product(&half(number_le.last_chunk()), &ORDER.r_squared);
    let (total, _) = sum(&low, &high);
    if is_below(&total, &ORDER.n) { total } else { difference(&total, &ORDER.n) }
}

/// The odd one of a number below L and L less the number, and whether it is the latter: the same of
/// the base point, whose order is L, but for the sign.
pub(super) fn odd_times_base(number: &Words) -> (Words, bool) {
    ORDER.odd(number)
}

/// The odd one of a number below L and one more, and whether it is the latter. A key may have another
/// order than L, so that L less the number would be something else.
pub(super) fn odd_times_key(number: &Words) -> (Words, bool) {
    let is_more = number[0] & 1 == 0;
    (sum(number, &[u64::from(is_more), 0, 0, 0]).0, is_more)
}

fn words_of_le(number_le: &[u8; 32]) -> Words {
    let mut words = [0; 4];
    for (word, octets) in words.iter_mut().zip(number_le.chunks(8)) {
        *word = octets.iter().rev().fold(0, |word, octet| word << 8 | u64::from(*octet));
    }
    words
}
