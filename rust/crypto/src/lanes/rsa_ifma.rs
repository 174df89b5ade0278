//! The RSA public operation (RFC 8017 §5.2.2, RSAVP1) for eight pairs of key and signature at once,
//! with the 52-bit multiply-add of AVX-512 IFMA.
//!
//! Numbers are L digits of 52 bits, the digits of eight numbers side by side in a register, and
//! every lane has a modulus of its own. Sums stay in columns of 64 bits, of which one holds
//! 4,096 halves of a digit product: 2 L of a product and 2 L of its reduction, so carries can wait
//! for the end up to 1,000 digits. A product and its Montgomery reduction take two rows at a time, so that four
//! multiplications share the load and store of a column.
//!
//! For e = 2^k + 1 only: k squarings and one product. Public numbers; nothing is constant time.

use super::Ifma;
use super::limbs::{self, LIMB_BITS, Limbs};
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

/// Numbers in a register.
pub(crate) const LANES: usize = 8;

/// What the kernel needs to know of an odd modulus n of at most 52 L - 4 bits.
pub(crate) struct Modulus<const L: usize> {
    n: Limbs<L>,
    /// R² mod n, for R = 2^(52 L).
    r_squared: Limbs<L>,
    /// -1/n mod 2^52.
    negated_inverse: u64,
}

impl<const L: usize> Modulus<L> {
    /// The exponent of R² = 2^(104 L).
    pub(crate) const R_SQUARED_EXPONENT: usize = 2 * LIMB_BITS as usize * L;

    /// From n and R² mod n, big-endian, n odd and of at most 52 L - 4 bits.
    pub(crate) fn new(n_be: &[u8], r_squared_be: &[u8]) -> Self {
        let (n, r_squared) = (limbs::from_be_bytes(n_be), limbs::from_be_bytes(r_squared_be));
        let lowest = n.first().copied().unwrap_or_default();
        Self { n, r_squared, negated_inverse: negated_inverse(lowest) }
    }

    /// The digits of a signature representative; None unless it is below n (RFC 8017 §5.2.2
    /// step 1).
    pub(crate) fn representative(&self, number_be: &[u8]) -> Option<Limbs<L>> {
        let number = limbs::from_be_bytes(number_be);
        limbs::is_below(&number, &self.n).then_some(number)
    }
}

/// -1/n mod 2^52 for odd n: Newton's iteration doubles the right bits, of which n·n = 1 gives 3.
fn negated_inverse(n: u64) -> u64 {
    let inverse = (0..5)
        .fold(n, |inverse, _| inverse.wrapping_mul(2_u64.wrapping_sub(n.wrapping_mul(inverse))));
    inverse.wrapping_neg() & limbs::MASK
}

/// `base ^ (2^squarings + 1) mod n` in each lane, reduced, for bases below their n.
pub(crate) fn power_many<const L: usize>(
    kernel: Ifma,
    moduli: [&Modulus<L>; LANES],
    bases: [&Limbs<L>; LANES],
    squarings: u32,
) -> [Limbs<L>; LANES] {
    let powers = power(
        kernel,
        &side_by_side(bases),
        &side_by_side(moduli.map(|modulus| &modulus.n)),
        &side_by_side(moduli.map(|modulus| &modulus.r_squared)),
        &moduli.map(|modulus| modulus.negated_inverse),
        squarings,
    );
    let mut out = [[0; L]; LANES];
    for (lane, (out, modulus)) in out.iter_mut().zip(moduli).enumerate() {
        for (limb, digits) in out.iter_mut().zip(&powers) {
            *limb = digits.get(lane).copied().unwrap_or_default();
        }
        // `power` leaves less than 2n.
        if !limbs::is_below(out, &modulus.n) {
            limbs::subtract(out, &modulus.n);
        }
    }
    out
}

/// One digit of each lane's number.
type Digits = [u64; LANES];

fn side_by_side<const L: usize>(numbers: [&Limbs<L>; LANES]) -> [Digits; L] {
    let mut rows = [[0; LANES]; L];
    for (lane, number) in numbers.into_iter().enumerate() {
        for (row, limb) in rows.iter_mut().zip(number) {
            if let Some(place) = row.get_mut(lane) {
                *place = *limb;
            }
        }
    }
    rows
}

#[cfg(target_arch = "x86_64")]
fn power<const L: usize>(
    _: Ifma,
    base: &[Digits; L],
    n: &[Digits; L],
    r_squared: &[Digits; L],
    negated_inverse: &Digits,
    squarings: u32,
) -> [Digits; L] {
    // SAFETY: an `Ifma` exists only where the CPU has the features.
    unsafe { power_ifma(base, n, r_squared, negated_inverse, squarings) }
}

#[cfg(not(target_arch = "x86_64"))]
fn power<const L: usize>(
    proof: Ifma,
    _: &[Digits; L],
    _: &[Digits; L],
    _: &[Digits; L],
    _: &Digits,
    _: u32,
) -> [Digits; L] {
    match proof.0 {}
}

/// Less than 2n: with a, b < 2n the Montgomery product is below (4n² + Rn) / R <= n + n/4.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
fn power_ifma<const L: usize>(
    base: &[Digits; L],
    n: &[Digits; L],
    r_squared: &[Digits; L],
    negated_inverse: &Digits,
    squarings: u32,
) -> [Digits; L] {
    const { assert!(L.is_multiple_of(2) && L >= 4) }
    let (base, n, r_squared) = (load_all(base), load_all(n), load_all(r_squared));
    let negated_inverse = load(negated_inverse);
    let mut columns = [[_mm512_setzero_si512(); L]; 2];
    multiply(&mut columns, &base, &r_squared);
    let mut power = reduce(&mut columns, &n, negated_inverse);
    for _ in 0..squarings {
        square(&mut columns, &power);
        power = reduce(&mut columns, &n, negated_inverse);
    }
    // The base outside Montgomery form takes the product out of it.
    multiply(&mut columns, &power, &base);
    store_all(&reduce(&mut columns, &n, negated_inverse))
}

/// The columns of `a · b`.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
#[expect(clippy::indexing_slicing, reason = "rows end at L + L")]
fn multiply<const L: usize>(columns: &mut [[__m512i; L]; 2], a: &[__m512i; L], b: &[__m512i; L]) {
    let zero = _mm512_setzero_si512();
    let columns = columns.as_flattened_mut();
    columns.fill(zero);
    for row in (0..L).step_by(2) {
        add_two_rows(&mut columns[row..row + L + 2], a, [b[row], b[row + 1]], [zero; 2]);
    }
}

/// The columns of `a²`: each product of two different digits once, doubled, and the squares.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
#[expect(clippy::indexing_slicing, reason = "columns of digits i, j < L are below 2 L")]
fn square<const L: usize>(columns: &mut [[__m512i; L]; 2], a: &[__m512i; L]) {
    let zero = _mm512_setzero_si512();
    let columns = columns.as_flattened_mut();
    columns.fill(zero);
    for row in (0..L).step_by(2) {
        let rows = [a[row], a[row + 1]];
        let beside = &mut columns[2 * row + 1..];
        beside[0] = _mm512_madd52lo_epu64(beside[0], rows[0], rows[1]);
        beside[1] = _mm512_madd52hi_epu64(beside[1], rows[0], rows[1]);
        add_two_rows(&mut beside[1..1 + L - row], &a[row + 2..], rows, [zero; 2]);
    }
    for (pair, &digit) in columns.as_chunks_mut::<2>().0.iter_mut().zip(a) {
        let [low, high] = pair.map(|column| _mm512_add_epi64(column, column));
        pair[0] = _mm512_madd52lo_epu64(low, digit, digit);
        pair[1] = _mm512_madd52hi_epu64(high, digit, digit);
    }
}

/// Montgomery reduction: the columns plus the multiple of n that makes the lower half zero, divided
/// by R, with the carries brought in.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
#[expect(clippy::indexing_slicing, reason = "rows end at L + L")]
fn reduce<const L: usize>(
    columns: &mut [[__m512i; L]; 2],
    n: &[__m512i; L],
    negated_inverse: __m512i,
) -> [__m512i; L] {
    let zero = _mm512_setzero_si512();
    let flat = columns.as_flattened_mut();
    for row in (0..L).step_by(2) {
        // The multiplier of a row makes its lowest digit zero, and carries the rest on.
        let multiplier0 = _mm512_madd52lo_epu64(zero, flat[row], negated_inverse);
        let first = _mm512_madd52lo_epu64(flat[row], n[0], multiplier0);
        let mut second = _mm512_add_epi64(flat[row + 1], _mm512_srli_epi64::<LIMB_BITS>(first));
        second = _mm512_madd52hi_epu64(second, n[0], multiplier0);
        second = _mm512_madd52lo_epu64(second, n[1], multiplier0);
        let multiplier1 = _mm512_madd52lo_epu64(zero, second, negated_inverse);
        second = _mm512_madd52lo_epu64(second, n[0], multiplier1);
        let rest = &mut flat[row + 2..row + 2 + L];
        rest[0] = _mm512_add_epi64(rest[0], _mm512_srli_epi64::<LIMB_BITS>(second));
        add_two_rows(rest, &n[2..], [multiplier0, multiplier1], [n[1], n[0]]);
    }
    let mask = _mm512_set1_epi64(limbs::MASK as i64);
    let mut carry = zero;
    let mut reduced = columns[1];
    for digit in &mut reduced {
        let sum = _mm512_add_epi64(*digit, carry);
        *digit = _mm512_and_si512(sum, mask);
        carry = _mm512_srli_epi64::<LIMB_BITS>(sum);
    }
    reduced
}

/// Adds `digits · rows[0]` at the first column, and `digits · rows[1]` at the second.
///
/// `before` are the digits before those given, nearest first. There are two columns more than
/// digits.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn add_two_rows(
    columns: &mut [__m512i],
    digits: &[__m512i],
    rows: [__m512i; 2],
    before: [__m512i; 2],
) {
    let [mut previous, mut before] = before;
    let zero = _mm512_setzero_si512();
    let (body, ends) = columns.split_at_mut(digits.len());
    for (column, &digit) in body.iter_mut().zip(digits) {
        let mut sum0 = _mm512_madd52lo_epu64(*column, digit, rows[0]);
        let mut sum1 = _mm512_madd52lo_epu64(zero, previous, rows[1]);
        sum0 = _mm512_madd52hi_epu64(sum0, previous, rows[0]);
        sum1 = _mm512_madd52hi_epu64(sum1, before, rows[1]);
        *column = _mm512_add_epi64(sum0, sum1);
        (before, previous) = (previous, digit);
    }
    if let [first, second] = ends {
        *first = _mm512_madd52hi_epu64(*first, previous, rows[0]);
        *first = _mm512_madd52lo_epu64(*first, previous, rows[1]);
        *first = _mm512_madd52hi_epu64(*first, before, rows[1]);
        *second = _mm512_madd52hi_epu64(*second, previous, rows[1]);
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
#[inline]
fn load(digits: &Digits) -> __m512i {
    // SAFETY: 64 readable octets, at any alignment.
    unsafe { _mm512_loadu_si512(digits.as_ptr().cast()) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn load_all<const L: usize>(number: &[Digits; L]) -> [__m512i; L] {
    let mut registers = [_mm512_setzero_si512(); L];
    registers.iter_mut().zip(number).for_each(|(register, digits)| *register = load(digits));
    registers
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn store_all<const L: usize>(registers: &[__m512i; L]) -> [Digits; L] {
    let mut number = [[0; LANES]; L];
    for (digits, register) in number.iter_mut().zip(registers) {
        // SAFETY: 64 writable octets, at any alignment.
        unsafe { _mm512_storeu_si512(digits.as_mut_ptr().cast(), *register) }
    }
    number
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::aws_lc::rsa;
    use crate::lanes::{Choice, Kernels};
    use proptest::prelude::*;

    fn kernel() -> Option<Ifma> {
        let kernel = Kernels::of(Choice::Auto).rsa;
        if kernel.is_none() {
            eprintln!("NOT TESTED: RSA in lanes, for this CPU has no AVX-512 IFMA");
        }
        kernel
    }

    /// One lane's numbers, big-endian: an odd modulus and a base below it.
    type Pair = (Vec<u8>, Vec<u8>);

    /// The powers of eight pairs by the kernel and, left to right, by AWS-LC.
    fn check<const L: usize>(pairs: &[Pair], (e, squarings): (u64, u32)) {
        let Some(kernel) = kernel() else {
            return;
        };
        let keys: Vec<rsa::Key> =
            pairs.iter().map(|(n, _)| rsa::Key::new(n, &e.to_be_bytes()).unwrap()).collect();
        let moduli: Vec<Modulus<L>> = keys
            .iter()
            .map(|key| {
                let r_squared = key.power_of_two_mod_n(Modulus::<L>::R_SQUARED_EXPONENT);
                Modulus::new(&key.modulus_be(), &r_squared)
            })
            .collect();
        let bases: Vec<Limbs<L>> = pairs
            .iter()
            .zip(&moduli)
            .map(|((_, base), modulus)| modulus.representative(base).unwrap())
            .collect();
        for (at, pairs) in pairs.chunks(LANES).enumerate() {
            let lane = |index: usize| at * LANES + index % pairs.len();
            let powers = power_many(
                kernel,
                std::array::from_fn(|index| &moduli[lane(index)]),
                std::array::from_fn(|index| &bases[lane(index)]),
                squarings,
            );
            for (index, power) in powers.iter().enumerate() {
                let mut expected = pairs[index % pairs.len()].1.clone();
                assert!(keys[lane(index)].raw_public(&mut expected, &mut rsa::Scratch::new()));
                let mut found = vec![0; expected.len()];
                limbs::write_be_bytes(power, &mut found);
                assert_eq!(found, expected, "lane {index}");
            }
        }
    }

    const EXPONENTS: [(u64, u32); 3] = [(3, 1), (17, 4), (65_537, 16)];

    /// Moduli with extreme digits, each with the bases at the ends of its range.
    fn edges(octets: usize) -> Vec<Pair> {
        let mut sparse = vec![0; octets];
        (sparse[0], sparse[octets - 1]) = (0x80, 0x01);
        let full = vec![0xff; octets];
        let mut low_zeros = full.clone();
        low_zeros[octets / 2..octets - 1].fill(0);
        let mut low_ones = sparse.clone();
        low_ones[octets / 2..].fill(0xff);
        let mut pairs = Vec::new();
        for n in [sparse, full, low_zeros, low_ones] {
            let small = |number: u8| [&vec![0; octets - 1][..], &[number]].concat();
            let mut less_one = n.clone();
            less_one[octets - 1] -= 1;
            let half: Vec<u8> = [&[0x7f], &n[1..]].concat();
            for base in [small(0), small(1), small(2), less_one, half] {
                pairs.push((n.clone(), base));
            }
        }
        pairs
    }

    #[test]
    fn power_many_extreme_numbers_equal_library() {
        for exponent in EXPONENTS {
            check::<20>(&edges(128), exponent);
            check::<40>(&edges(256), exponent);
            check::<60>(&edges(384), exponent);
            check::<80>(&edges(512), exponent);
        }
    }

    #[test]
    fn representative_at_or_above_the_modulus_is_refused() {
        let n = [&[0x80], &vec![0x55; 255][..]].concat();
        let modulus = Modulus::<40>::new(&n, &[]);
        let with_last = |last: u8| [&n[..255], &[last]].concat();
        assert!(modulus.representative(&with_last(0x54)).is_some());
        assert!(modulus.representative(&with_last(0x55)).is_none());
        assert!(modulus.representative(&with_last(0x56)).is_none());
        assert!(modulus.representative(&[0xff; 256]).is_none());
        assert!(modulus.representative(&[0; 256]).is_some());
    }

    #[test]
    fn negated_inverse_times_n_is_minus_one() {
        for n in [1, 3, 5, limbs::MASK, 0x000d_5e8a_3c1f_0b97] {
            assert_eq!(negated_inverse(n).wrapping_mul(n).wrapping_add(1) & limbs::MASK, 0);
        }
    }

    fn pair(octets: usize) -> impl Strategy<Value = Pair> {
        let number = || proptest::collection::vec(any::<u8>(), octets);
        (number(), number()).prop_map(|(mut n, mut base)| {
            n[0] |= 0x80;
            *n.last_mut().unwrap() |= 1;
            if base >= n {
                base[0] &= 0x7f;
            }
            (n, base)
        })
    }

    proptest! {
        #[test]
        fn power_many_random_pairs_equal_library(
            pairs in proptest::collection::vec(pair(256), 1..=24),
            exponent in prop::sample::select(EXPONENTS.to_vec()),
        ) {
            check::<40>(&pairs, exponent);
        }

        /// With so few bits to spare, one result in a few hundred is not reduced before the end.
        #[test]
        fn power_many_moduli_near_r_equal_library(
            pairs in proptest::collection::vec(pair(259), 8),
        ) {
            check::<40>(&pairs, (17, 4));
        }

        #[test]
        fn power_many_other_sizes_equal_library(
            short in proptest::collection::vec(pair(128), 8),
            long in proptest::collection::vec(pair(512), 8),
        ) {
            check::<20>(&short, (65_537, 16));
            check::<80>(&long, (65_537, 16));
        }
    }
}
