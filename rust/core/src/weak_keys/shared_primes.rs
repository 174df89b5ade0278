//! Shared primes: which of many moduli have a prime in common, by batch GCD (Bernstein, "How to find smooth parts of
//! integers", 2004; Heninger et al., "Mining your Ps and Qs", USENIX Security 2012).
//!
//! For each modulus the product of all *others* modulo it is wanted, and then its greatest common divisor. Moduli are
//! cut into blocks of a few megabytes, which bounds memory. The sum over a block of "the product of all but this one",
//! modulo one of them, is just the product of its others, as every other summand holds it. Times the products of all
//! other blocks, it runs down the block's tree of products once, halved in size at each step. Multiplication is the
//! library's (number-theoretic transform).

use dashu_int::UBig;
use dashu_int::ops::{BitTest, Gcd};
use rayon::prelude::*;

use crate::limits;

/// So few are sooner compared by one thread than threads are begun.
const MANY: usize = 200;

/// For each modulus, distinct, big-endian and above 1, whether it shares a prime with another.
pub(super) fn find(moduli: &[&[u8]], jobs: usize) -> Vec<bool> {
    find_in_blocks(moduli, jobs, limits::SHARED_PRIME_BLOCK_BYTES)
}

fn find_in_blocks(moduli: &[&[u8]], jobs: usize, block_bytes: usize) -> Vec<bool> {
    if moduli.len() < 2 {
        return vec![false; moduli.len()];
    }
    let numbers: Vec<UBig> = moduli.iter().map(|modulus| UBig::from_be_bytes(modulus)).collect();
    let blocks = blocks_of(&numbers, block_bytes);
    if blocks.len() == 1 {
        let some_share = if jobs > 1 && numbers.len() >= MANY {
            on_threads(jobs, || some_share(&numbers, jobs))
        } else {
            some_share(&numbers, 1)
        };
        if !some_share {
            return vec![false; numbers.len()];
        }
    }
    let divisors = on_threads(jobs, || {
        let products: Vec<UBig> = blocks.par_iter().map(|block| product_of(block)).collect();
        let divisors: Vec<Vec<UBig>> = (0..blocks.len())
            .into_par_iter()
            .map(|at| {
                blocks.get(at).map_or_else(Vec::new, |block| divisors_of(block, at, &products))
            })
            .collect();
        divisors.concat()
    });
    shares(&numbers, &divisors)
}

/// Runs `work` on a pool of its own, or on this thread where there can be none.
fn on_threads<T: Send>(jobs: usize, work: impl FnOnce() -> T + Send) -> T {
    match rayon::ThreadPoolBuilder::new().num_threads(jobs.max(1)).build() {
        Ok(pool) => pool.install(work),
        Err(_) => work(),
    }
}

fn blocks_of(numbers: &[UBig], block_bytes: usize) -> Vec<&[UBig]> {
    let mut blocks = Vec::new();
    let mut rest = numbers;
    while !rest.is_empty() {
        let mut bytes = 0;
        let length = rest.iter().take_while(|number| {
            bytes += number.bit_len().div_ceil(8);
            bytes <= block_bytes
        });
        let (block, others) = rest.split_at(length.count().max(1));
        blocks.push(block);
        rest = others;
    }
    blocks
}

/// Whether any two have a prime in common: each is held against the product of those before it.
///
/// That product runs down a tree like the one below, without its sums: half the work of saying which ones share, and
/// nearly always the end.
fn some_share(numbers: &[UBig], jobs: usize) -> bool {
    let mut levels = vec![numbers.to_vec()];
    while let Some(level) = levels.last().filter(|level| level.len() > 2) {
        levels.push(in_pairs(level, jobs, |_, pair| product_of_pair(pair)));
    }
    let mut before = vec![UBig::ONE];
    for level in levels.iter().rev() {
        let step = |index: usize, pair: &[UBig]| match (pair, before.get(index)) {
            ([left, right], Some(above)) => {
                let of_right = || (above % right) * (left % right) % right;
                let (left, right) = if jobs > 1 {
                    rayon::join(|| above % left, of_right)
                } else {
                    (above % left, of_right())
                };
                vec![left, right]
            }
            (rest, Some(above)) => rest.iter().map(|alone| above % alone).collect(),
            _ => Vec::new(),
        };
        before = in_pairs(level, jobs, step).concat();
    }
    let have_common = |index: usize, pair: &[UBig]| {
        let before = before.get(2 * index..).unwrap_or_default();
        pair.iter().zip(before).any(|(number, before)| number.gcd(before) != UBig::ONE)
    };
    in_pairs(numbers, jobs, have_common).contains(&true)
}

/// What comes of each pair of neighbours and of who is left over, with more than one job on the pool at hand.
fn in_pairs<R: Send>(
    level: &[UBig],
    jobs: usize,
    work: impl Fn(usize, &[UBig]) -> R + Sync,
) -> Vec<R> {
    if jobs > 1 {
        level.par_chunks(2).enumerate().map(|(index, pair)| work(index, pair)).collect()
    } else {
        level.chunks(2).enumerate().map(|(index, pair)| work(index, pair)).collect()
    }
}

fn product_of(numbers: &[UBig]) -> UBig {
    let mut level = numbers.to_vec();
    while level.len() > 1 {
        level = level.chunks(2).map(product_of_pair).collect();
    }
    level.pop().unwrap_or(UBig::ONE)
}

fn product_of_pair(pair: &[UBig]) -> UBig {
    match pair {
        [left, right] => left * right,
        [alone] => alone.clone(),
        _ => UBig::ONE,
    }
}

/// Of each modulus of a block, its greatest common divisor with the product of all other moduli.
fn divisors_of(block: &[UBig], at: usize, products: &[UBig]) -> Vec<UBig> {
    let (levels, others) = tree_of(block);
    let mut value = others;
    if let Some(product) = products.get(at) {
        for (_, other) in products.iter().enumerate().filter(|(index, _)| *index != at) {
            value = value * (other % product) % product;
        }
    }
    let mut values = vec![value];
    for level in levels.iter().rev() {
        let under = level.iter().enumerate();
        values = under.filter_map(|(index, node)| Some(values.get(index / 2)? % node)).collect();
    }
    block.iter().zip(values).map(|(modulus, others)| modulus.gcd(&others)).collect()
}

/// The levels of products below the root, moduli first, and the sum of "the product of all but one".
fn tree_of(block: &[UBig]) -> (Vec<Vec<UBig>>, UBig) {
    let mut levels = Vec::new();
    let mut level = block.to_vec();
    let mut sums = vec![UBig::ONE; block.len()];
    while level.len() > 1 {
        sums = level.chunks(2).zip(sums.chunks(2)).map(sum_of_pair).collect();
        let above = level.chunks(2).map(product_of_pair).collect();
        levels.push(std::mem::replace(&mut level, above));
    }
    (levels, sums.pop().unwrap_or(UBig::ONE))
}

fn sum_of_pair((products, sums): (&[UBig], &[UBig])) -> UBig {
    match (products, sums) {
        ([left, right], [left_sum, right_sum]) => left_sum * right + left * right_sum,
        (_, [alone, ..]) => alone.clone(),
        _ => UBig::ONE,
    }
}

/// A divisor between 1 and the modulus is a shared prime. One that is the whole modulus tells two things apart: both of
/// its primes are shared, each with another; or somebody made a multiple of an honest modulus, which reveals nothing.
fn shares(numbers: &[UBig], divisors: &[UBig]) -> Vec<bool> {
    let touched: Vec<&UBig> = numbers
        .iter()
        .zip(divisors)
        .filter(|(_, divisor)| **divisor != UBig::ONE)
        .map(|(number, _)| number)
        .collect();
    let mut budget = limits::SHARED_PRIME_PAIRS;
    let shares = |(number, divisor): (&UBig, &UBig)| {
        if *divisor != *number {
            return *divisor != UBig::ONE;
        }
        touched.iter().any(|other| {
            budget = budget.saturating_sub(1);
            let common = number.gcd(*other);
            // With the budget gone, better warned about too much than too little.
            budget == 0 || (common != UBig::ONE && common != *number)
        })
    };
    numbers.iter().zip(divisors).map(shares).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn octets(numbers: &[u64]) -> Vec<Vec<u8>> {
        numbers.iter().map(|number| UBig::from(*number).to_be_bytes().to_vec()).collect()
    }

    fn found(numbers: &[u64], jobs: usize, block_bytes: usize) -> Vec<bool> {
        let octets = octets(numbers);
        let moduli: Vec<&[u8]> = octets.iter().map(Vec::as_slice).collect();
        find_in_blocks(&moduli, jobs, block_bytes)
    }

    /// The slow twin: every pair.
    fn found_by_pairs(numbers: &[u64]) -> Vec<bool> {
        let common = |a: u64, b: u64| UBig::from(a).gcd(UBig::from(b));
        let is_shared = |number: u64, other: u64| {
            let common = common(number, other);
            common != UBig::ONE && common != UBig::from(number)
        };
        numbers.iter().map(|a| numbers.iter().any(|b| is_shared(*a, *b))).collect()
    }

    const PRIMES: [u64; 12] = [
        65_537, 65_539, 65_543, 65_551, 65_557, 65_563, 65_579, 65_581, 65_587, 65_599, 65_609,
        65_617,
    ];

    #[test]
    fn moduli_of_one_prime_in_common_are_found_and_no_other() {
        let [p, q, r, s, t, u, ..] = PRIMES;
        assert_eq!(found(&[p * q, p * r, s * t], 1, 1), [true, true, false]);
        assert_eq!(found(&[p * q, r * s, t * u], 2, 1 << 20), [false; 3]);
        assert_eq!(found(&[], 1, 1), [false; 0]);
        assert_eq!(found(&[p * q], 1, 1), [false]);
    }

    #[test]
    fn modulus_whose_primes_are_both_shared_is_found() {
        let [p, q, r, s, ..] = PRIMES;
        assert_eq!(found(&[p * q, p * r, q * s], 1, 1 << 20), [true; 3]);
    }

    #[test]
    fn multiple_of_an_honest_modulus_says_nothing_about_the_honest_one() {
        let [p, q, r, s, ..] = PRIMES;
        assert_eq!(found(&[p * q, p * q * r, s * s], 1, 1 << 20), [false, true, false]);
    }

    proptest! {
        #[test]
        fn batches_blocks_and_threads_say_what_every_pair_says(
            pairs in prop::collection::btree_set((0usize..12, 0usize..12), 0..40),
            block_bytes in 1usize..200,
            jobs in 1usize..4,
        ) {
            let numbers: std::collections::BTreeSet<u64> =
                pairs.iter().map(|(a, b)| PRIMES[*a] * PRIMES[*b]).collect();
            let numbers: Vec<u64> = numbers.into_iter().collect();
            prop_assert_eq!(found(&numbers, jobs, block_bytes), found_by_pairs(&numbers));
            let numbers: Vec<UBig> = numbers.into_iter().map(UBig::from).collect();
            let some_share = |(at, number): (usize, &UBig)| {
                numbers.iter().take(at).any(|before| number.gcd(before) != UBig::ONE)
            };
            let expected = numbers.iter().enumerate().any(some_share);
            prop_assert_eq!(super::some_share(&numbers, jobs), expected);
        }
    }
}
