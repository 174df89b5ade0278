//! The fingerprint of ROCA (CVE-2017-15361): moduli whose primes were made as `k M + (65537^a mod M)`.
//!
//! M is a product of the first primes, the 39 up to 167 for the shortest keys and more for longer ones. Then the modulus
//! itself is a power of 65537 modulo M. Asked prime by prime this is true of one in 2^27 moduli by chance; asked modulo
//! the product (does the discrete logarithm exist? Pohlig and Hellman's way, as M's group falls into small ones) of none
//! that will ever be met. Nemec et al., "The Return of Coppersmith's Attack", CCS 2017, §3.

use std::sync::OnceLock;

use dashu_int::UBig;

const GENERATOR: u64 = 65_537;
/// The odd primes of the product that all key lengths have in common.
const PRIMES: [u64; 38] = [
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97,
    101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];

/// Whether a modulus, big-endian, has the shape.
pub(super) fn has_fingerprint(modulus: &[u8]) -> bool {
    if modulus.last().is_none_or(|octet| octet % 2 == 0) {
        return false;
    }
    let modulus = UBig::from_be_bytes(modulus);
    is_power_modulo_each_prime(&modulus) && group().has_logarithm(&modulus)
}

fn is_power_modulo_each_prime(modulus: &UBig) -> bool {
    PRIMES.iter().all(|prime| {
        let residue = u64::try_from(modulus % UBig::from(*prime)).unwrap_or(0);
        powers_modulo(*prime).any(|power| power == residue)
    })
}

/// 1, 65537, 65537^2 … modulo a prime, each once.
fn powers_modulo(prime: u64) -> impl Iterator<Item = u64> {
    let next = move |power: &u64| Some(power * (GENERATOR % prime) % prime).filter(|it| *it != 1);
    std::iter::successors(Some(1), next)
}

/// The powers of 65537 modulo the product of the primes.
struct Group {
    product: UBig,
    order: u64,
    /// For each prime power that divides the order, the members whose order divides it.
    parts: Vec<(u64, Vec<UBig>)>,
}

fn group() -> &'static Group {
    static GROUP: OnceLock<Group> = OnceLock::new();
    GROUP.get_or_init(Group::new)
}

impl Group {
    fn new() -> Self {
        // The prime 2 changes nothing: moduli are odd.
        let product: UBig = PRIMES.iter().map(|prime| UBig::from(*prime)).product();
        let orders = PRIMES.iter().map(|prime| powers_modulo(*prime).count() as u64);
        let order = orders.fold(1, least_common_multiple);
        let parts = prime_powers(order)
            .map(|part| {
                let step = power(&UBig::from(GENERATOR), order / part, &product);
                let member =
                    |member: &UBig| Some(member * &step % &product).filter(|it| *it != UBig::ONE);
                (part, std::iter::successors(Some(UBig::ONE), member).collect())
            })
            .collect();
        Self { product, order, parts }
    }

    fn has_logarithm(&self, element: &UBig) -> bool {
        let element = element % &self.product;
        power(&element, self.order, &self.product) == UBig::ONE
            && self.parts.iter().all(|(part, members)| {
                members.contains(&power(&element, self.order / part, &self.product))
            })
    }
}

fn power(base: &UBig, exponent: u64, modulus: &UBig) -> UBig {
    let mut result = UBig::ONE;
    for bit in (0..u64::BITS - exponent.leading_zeros()).rev() {
        result = &result * &result % modulus;
        if exponent >> bit & 1 == 1 {
            result = result * base % modulus;
        }
    }
    result
}

fn least_common_multiple(a: u64, b: u64) -> u64 {
    let (mut divisor, mut rest) = (a, b);
    while rest != 0 {
        (divisor, rest) = (rest, divisor % rest);
    }
    a / divisor * b
}

/// The greatest power of each prime that divides `number`, whose primes are small.
fn prime_powers(mut number: u64) -> impl Iterator<Item = u64> {
    (2..=167).filter_map(move |prime| {
        let mut power = 1;
        while number.is_multiple_of(prime) {
            number /= prime;
            power *= prime;
        }
        (power > 1).then_some(power)
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    /// A number of the shape, of about 256 bits more than the product; it need not be prime here.
    fn shaped(a: u64, k: u64) -> UBig {
        let group = group();
        UBig::from(k) * UBig::from(2u8) * &group.product
            + power(&UBig::from(GENERATOR), a, &group.product)
    }

    #[test]
    fn group_is_the_one_of_the_published_tool() {
        // crocs-muni/roca: order of 65537 and product of the primes up to 167.
        assert_eq!(group().order, 2_454_106_387_091_158_800);
        let parts: Vec<u64> = group().parts.iter().map(|(part, _)| *part).collect();
        assert_eq!(parts, [16, 81, 25, 7, 11, 13, 17, 23, 29, 37, 41, 53, 83]);
        let twice =
            UBig::from_str_radix("924cba6ae99dfa084537facc54948df0c23da044d8cabe0edd75bc6", 16);
        assert_eq!(UBig::from(2u8) * &group().product, twice.unwrap());
    }

    #[test]
    fn products_of_shaped_numbers_have_the_fingerprint_and_their_neighbours_have_not() {
        for (a, b) in [(1, 2), (12_345, 678_901), (u64::MAX, 77)] {
            let modulus = shaped(a, 0xdead_beef) * shaped(b, 0x0123_4567);
            let modulus = if &modulus % UBig::from(2u8) == UBig::ZERO {
                modulus + &group().product
            } else {
                modulus
            };
            assert!(has_fingerprint(&modulus.to_be_bytes()), "{a} {b}");
            assert!(!has_fingerprint(&(modulus + UBig::from(2u8)).to_be_bytes()));
        }
        assert!(!has_fingerprint(&[]));
        assert!(!has_fingerprint(&[0]));
    }

    #[test]
    fn residues_that_are_powers_one_by_one_but_not_together_have_no_logarithm() {
        // 65537^1 modulo 167 and 65537^2 modulo all others: each prime is content, the product is not.
        let group = group();
        let others = &group.product / UBig::from(167u8);
        let base = power(&UBig::from(GENERATOR), 2, &others);
        let wanted = GENERATOR % 167;
        let both = (0u64..167)
            .map(|k| &base + UBig::from(k) * &others)
            .find(|it| it % UBig::from(167u8) == UBig::from(wanted))
            .unwrap();
        assert!(is_power_modulo_each_prime(&both));
        assert!(!group.has_logarithm(&both));
    }
}
