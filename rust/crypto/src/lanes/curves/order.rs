//! Arithmetic modulo the order of a base point, an odd number of up to 256 bits, one number at a
//! time.

/// A number below 2^256 in words of 64 bits, lowest first.
pub(in crate::lanes) type Words = [u64; 4];

/// An order n, with what Montgomery multiplication modulo n needs, for R = 2^256.
pub(in crate::lanes) struct Order {
    pub(in crate::lanes) n: Words,
    /// -1/n mod 2^64.
    pub(in crate::lanes) negated_inverse: u64,
    /// R² mod n.
    pub(in crate::lanes) r_squared: Words,
}

impl Order {
    /// `a · b / R` modulo n, for b below n.
    pub(in crate::lanes) fn product(&self, a: &Words, b: &Words) -> Words {
        let mut sums = [0_u64; 6];
        for factor in *a {
            add_product(&mut sums, b, factor);
            let multiplier = sums[0].wrapping_mul(self.negated_inverse);
            add_product(&mut sums, &self.n, multiplier);
            sums.rotate_left(1);
            sums[5] = 0;
        }
        let [first, second, third, fourth, above, _] = sums;
        let words = [first, second, third, fourth];
        let is_reduced = above == 0 && is_below(&words, &self.n);
        if is_reduced { words } else { difference(&words, &self.n) }
    }

    /// The odd one of a number below n and n less the number, and whether it is the latter.
    pub(in crate::lanes) fn odd(&self, number: &Words) -> (Words, bool) {
        let is_odd = number[0] & 1 == 1;
        (if is_odd { *number } else { difference(&self.n, number) }, !is_odd)
    }
}

pub(in crate::lanes) fn words_of_be(number_be: &[u8; 32]) -> Words {
    let mut words = [0; 4];
    for (word, octets) in words.iter_mut().zip(number_be.rchunks(8)) {
        *word = octets.iter().fold(0, |word, octet| word << 8 | u64::from(*octet));
    }
    words
}

pub(in crate::lanes) fn is_below(a: &Words, b: &Words) -> bool {
    a.iter().rev().lt(b.iter().rev())
}

/// `sums += a · b`.
fn add_product(sums: &mut [u64; 6], a: &Words, b: u64) {
    let mut carry = 0;
    let mut sums = sums.iter_mut();
    for (place, a) in sums.by_ref().zip(a.iter().map(Some).chain([None; 2])) {
        let more = a.map_or(0, |a| u128::from(*a) * u128::from(b));
        let sum = u128::from(*place) + more + carry;
        *place = sum as u64;
        carry = sum >> 64;
    }
}

/// `a + b`, and what is carried.
pub(in crate::lanes) fn sum(a: &Words, b: &Words) -> (Words, bool) {
    let (mut words, mut carried) = ([0; 4], false);
    for ((word, a), b) in words.iter_mut().zip(a).zip(b) {
        let (sum, first) = a.overflowing_add(*b);
        let (sum, second) = sum.overflowing_add(u64::from(carried));
        (*word, carried) = (sum, first | second);
    }
    (words, carried)
}

/// `a - b` modulo 2^256.
pub(in crate::lanes) fn difference(a: &Words, b: &Words) -> Words {
    sum(&sum(a, &b.map(|word| !word)).0, &[1, 0, 0, 0]).0
}
