//! Every way of computing against the library, and its internal bounds.

use super::*;
use crate::aws_lc::rsa;
use crate::lanes::cases::{self, Random};
use crate::lanes::features::{Avx2Fma, Ifma};
use crate::lanes::registers::PortableDoubles;
use proptest::prelude::*;

/// The emulated doubles, which only tests use.
impl Arithmetic for PortableDoubles {
    type Modulus = doubles::Modulus;
    const LANES: usize = doubles::LANES;
    const FEWEST: usize = 1;

    fn power(self, signatures: &mut [Signature<'_, Self::Modulus>], exponent: PublicExponent) {
        doubles::power_of_size(self, signatures, exponent);
    }
}

/// An odd modulus and a base below it, big-endian.
type Pair = (Vec<u8>, Vec<u8>);

/// The powers of the pairs in every way of computing that this CPU has, and by AWS-LC.
fn check(pairs: &[Pair], exponent: PublicExponent) {
    match Ifma::detect() {
        Some(ifma) => check_with(ifma, pairs, exponent),
        None => eprintln!("NOT TESTED: RSA in lanes of AVX-512 IFMA, which this CPU lacks"),
    }
    match Avx2Fma::detect() {
        Some(avx2) => check_with(avx2, pairs, exponent),
        None => eprintln!("NOT TESTED: RSA in lanes of AVX2 and FMA, which this CPU lacks"),
    }
}

fn check_emulated(pairs: &[Pair], exponent: PublicExponent) {
    check_with(Portable, pairs, exponent);
    check_with(PortableDoubles, pairs, exponent);
}

fn check_with<A: Arithmetic>(arithmetic: A, pairs: &[Pair], exponent: PublicExponent) {
    let libraries: Vec<rsa::Key> = pairs
        .iter()
        .map(|(n, _)| rsa::Key::new(n, &exponent.value().to_be_bytes()).unwrap())
        .collect();
    let keys: Vec<Key<A::Modulus>> = libraries.iter().map(|key| Key::new(key).unwrap()).collect();
    let mut signatures: Vec<_> = pairs
        .iter()
        .zip(&keys)
        .map(|((n, base), key)| Signature::new(key, n, base).unwrap())
        .collect();
    for group in signatures.chunks_mut(A::LANES) {
        arithmetic.power(group, exponent);
    }
    for ((signature, library), (n, base)) in signatures.iter().zip(&libraries).zip(pairs) {
        let mut expected = base.clone();
        assert!(library.raw_public(&mut expected, &mut rsa::Scratch::new()));
        assert_eq!(signature.block(), expected, "{n:02x?} {base:02x?}");
    }
}

/// Moduli with extreme digits, each with the bases at the ends of its range.
fn edges(octets: usize, highest: u8) -> Vec<Pair> {
    let mut sparse = vec![0; octets];
    (sparse[0], sparse[octets - 1]) = ((highest >> 1) + 1, 0x01);
    let mut full = vec![0xff; octets];
    full[0] = highest;
    let mut low_zeros = full.clone();
    low_zeros[octets / 2..octets - 1].fill(0);
    let mut low_ones = sparse.clone();
    low_ones[octets / 2..].fill(0xff);
    let mut pairs = Vec::new();
    for n in [sparse, full, low_zeros, low_ones] {
        let small = |number: u8| [&vec![0; octets - 1][..], &[number]].concat();
        let mut less_one = n.clone();
        less_one[octets - 1] -= 1;
        let half: Vec<u8> = [&[n[0] >> 1], &n[1..]].concat();
        for base in [small(0), small(1), small(2), less_one, half] {
            pairs.push((n.clone(), base));
        }
    }
    pairs
}

#[test]
fn power_extreme_numbers_equal_library() {
    for exponent in PublicExponent::ALL {
        for bits in [1_024, 1_536, 2_048, 3_072, 4_096] {
            check(&edges(bits / 8, 0xff), exponent);
        }
    }
    for bits in [1_024, 1_536, 2_048, 3_072, 4_096] {
        check_emulated(&edges(bits / 8, 0xff), PublicExponent::F2);
    }
}

/// The largest modulus of each digit count, and the smallest, a bit more than the largest of the count
/// before it.
#[test]
fn power_moduli_at_the_ends_of_a_digit_count_equal_library() {
    for bits in [
        FEWEST_BITS as usize,
        1_036,
        1_037,
        1_048,
        1_049,
        1_556,
        1_557,
        1_598,
        1_599,
        2_048,
        2_049,
        2_076,
        2_077,
        3_098,
        3_099,
        3_116,
        3_117,
        4_098,
    ] {
        let highest = (0xff_u16 >> ((8 - bits % 8) % 8)) as u8;
        check(&edges(bits.div_ceil(8), highest), PublicExponent::F4);
    }
}

#[test]
fn key_of_another_size_or_exponent_has_no_kernel() {
    let odd = |bits: usize| {
        let mut n = vec![0xff; bits.div_ceil(8)];
        n[0] >>= (8 - bits % 8) % 8;
        n
    };
    let has_kernel = |bits, e: &[u8]| {
        let library = rsa::Key::new(&odd(bits), e).unwrap();
        let keys = Keys::default();
        let integers = keys.of::<Portable>(&library).is_some();
        (integers, keys.of::<PortableDoubles>(&library).is_some())
    };
    assert_eq!(has_kernel(767, &[1, 0, 1]), (false, false));
    assert_eq!(has_kernel(768, &[1, 0, 1]), (true, true));
    assert_eq!(has_kernel(4_098, &[3]), (true, true));
    assert_eq!(has_kernel(4_099, &[3]), (true, false));
    assert_eq!(has_kernel(4_156, &[17]), (true, false));
    assert_eq!(has_kernel(4_157, &[17]), (false, false));
    assert_eq!(has_kernel(2_048, &[5]), (false, false));
    assert_eq!(has_kernel(2_048, &[1, 0, 0, 0, 0, 0, 0, 0, 3]), (false, false));
}

#[test]
fn signature_at_or_above_the_modulus_is_refused() {
    let n = [&[0x80], &vec![0x55; 255][..]].concat();
    let library = rsa::Key::new(&n, &[3]).unwrap();
    let key = Key::<integers::Modulus>::new(&library).unwrap();
    let is_taken = |received: &[u8]| Signature::new(&key, &n, received).is_some();
    let with_last = |last: u8| [&n[..255], &[last]].concat();
    assert!(is_taken(&with_last(0x54)));
    assert!(!is_taken(&with_last(0x55)));
    assert!(!is_taken(&with_last(0x56)));
    assert!(!is_taken(&[0xff; 256]));
    assert!(is_taken(&[0; 256]));
    assert!(is_taken(&[0xff; 255]) && is_taken(&[]));
    assert!(!is_taken(&[0; 257]));
}

fn pair(bits: usize) -> impl Strategy<Value = Pair> {
    let octets = bits.div_ceil(8);
    let mask = 0xff_u8 >> ((8 - bits % 8) % 8);
    let number = move || proptest::collection::vec(any::<u8>(), octets);
    (number(), number()).prop_map(move |(mut n, mut base)| {
        n[0] = n[0] & mask | ((mask >> 1) + 1);
        base[0] &= mask;
        *n.last_mut().unwrap() |= 1;
        if base >= n {
            base[0] &= mask >> 1;
        }
        (n, base)
    })
}

/// Pairs of one digit count.
fn pairs() -> impl Strategy<Value = Vec<Pair>> {
    let bits = prop_oneof![1_000usize..=1_036, 1_500usize..=1_556, 2_000usize..=2_048];
    bits.prop_flat_map(|bits| proptest::collection::vec(pair(bits), 1..=12))
}

proptest! {
    #[test]
    fn power_random_pairs_equal_library(
        pairs in pairs(),
        exponent in prop::sample::select(PublicExponent::ALL.to_vec()),
    ) {
        check(&pairs, exponent);
    }

    /// With so few bits to spare, results are often not reduced before the end.
    #[test]
    fn power_moduli_near_the_largest_equal_library(
        integers in proptest::collection::vec(pair(2_076), 8),
        doubles in proptest::collection::vec(pair(3_098), 4),
    ) {
        check(&integers, PublicExponent::F2);
        check(&doubles, PublicExponent::F2);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn power_emulated_equals_library(
        pairs in pairs(),
        long in proptest::collection::vec(pair(4_096), 2),
    ) {
        check_emulated(&pairs, PublicExponent::F4);
        check(&long, PublicExponent::F4);
    }
}

impl Random {
    /// Of that many bits: random, or runs of ones and zeros, or nearly all ones, or nearly none.
    fn number(&mut self, bits: usize) -> Vec<u8> {
        let mut number: Vec<u8> = (0..bits.div_ceil(8)).map(|_| self.octet()).collect();
        let count = number.len();
        match self.below(4) {
            0 => {
                let length = 1 + self.below(40) as usize;
                self.fill_with_runs(&mut number, length);
            }
            1 => {
                self.fill_with_runs(&mut number, count);
                let at = self.below(count as u64) as usize;
                number[at] ^= self.octet();
            }
            _ => {}
        }
        number[0] &= 0xff >> ((8 - bits % 8) % 8);
        number
    }

    fn pair(&mut self, bits: usize) -> Pair {
        let mut n = self.number(bits);
        n[0] |= 1 << ((bits - 1) % 8);
        *n.last_mut().unwrap() |= 1;
        let mut base = match self.below(10) {
            0 => vec![0; n.len()],
            1 => {
                let mut less = n.clone();
                *less.last_mut().unwrap() -= 1;
                less
            }
            _ => self.number(bits),
        };
        if base >= n {
            base[0] &= (1_u16 << ((bits - 1) % 8)) as u8 - 1;
        }
        (n, base)
    }
}

/// In the ways of computing that `LANES_KERNEL` names, or all: avx512, avx2, portable.
#[test]
fn power_many_random_and_edge_cases_equal_library() {
    let mut random = Random::of_run(0x5eed_0f1a_ae50_0001);
    let mut done = 0;
    while done < cases::count(2_000) {
        let bits = match random.below(8) {
            0 => 768 + random.below(3_300) as usize,
            1..=2 => 1_024 - random.below(2) as usize,
            3 => 1_536,
            4..=5 => 2_048 - random.below(2) as usize,
            6 => 3_072,
            _ => 4_096,
        };
        let count = 1 + random.below(8) as usize;
        let pairs: Vec<Pair> = (0..count).map(|_| random.pair(bits)).collect();
        let exponent = PublicExponent::ALL[random.below(3) as usize];
        if let Some(ifma) = Ifma::detect().filter(|_| cases::is_wanted("avx512")) {
            check_with(ifma, &pairs, exponent);
        }
        if let Some(avx2) = Avx2Fma::detect().filter(|_| cases::is_wanted("avx2")) {
            check_with(avx2, &pairs, exponent);
        }
        if cases::is_wanted("portable") {
            check_with(Portable, &pairs, exponent);
        }
        done += count;
    }
    eprintln!("{done} cases");
}

#[cfg(target_arch = "x86_64")]
#[test]
#[expect(deprecated, reason = "what replaces them is assembly that says the same")]
fn rounding_that_the_host_chose_is_noticed() {
    use core::arch::x86_64::{_mm_getcsr, _mm_setcsr};

    const ROUNDING: u32 = 3 << 13;
    // SAFETY: SSE is part of the architecture; only the rounding is changed, and nothing but the function runs under it.
    let noticed = |mode: u32| unsafe {
        let before = _mm_getcsr();
        _mm_setcsr(before & !ROUNDING | mode << 13);
        let is_nearest = rounds_to_nearest();
        _mm_setcsr(before);
        is_nearest
    };
    assert_eq!([0, 1, 2, 3].map(noticed), [true, false, false, false]);
}
