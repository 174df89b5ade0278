//! The named elliptic curves that ECDSA is offered on, with their domain parameters.
//!
//! All are prime curves of cofactor 1. The numbers serve twice: AWS-LC, which has only some of the
//! curves built in, makes the others of them, and whoever reads explicit parameters compares them.

use super::curve_domains::DOMAINS;

/// A named elliptic curve offered for ECDSA.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Curve {
    /// NIST P-192, secp192r1.
    P192,
    /// NIST P-224, secp224r1.
    P224,
    /// NIST P-256, secp256r1.
    P256,
    /// NIST P-384, secp384r1.
    P384,
    /// NIST P-521, secp521r1.
    P521,
    /// SEC 2 secp160k1.
    Secp160k1,
    /// SEC 2 secp160r1.
    Secp160r1,
    /// SEC 2 secp160r2.
    Secp160r2,
    /// SEC 2 secp192k1.
    Secp192k1,
    /// SEC 2 secp224k1.
    Secp224k1,
    /// SEC 2 secp256k1.
    Secp256k1,
    /// RFC 5639 brainpoolP160r1.
    BrainpoolP160r1,
    /// RFC 5639 brainpoolP160t1.
    BrainpoolP160t1,
    /// RFC 5639 brainpoolP192r1.
    BrainpoolP192r1,
    /// RFC 5639 brainpoolP192t1.
    BrainpoolP192t1,
    /// RFC 5639 brainpoolP224r1.
    BrainpoolP224r1,
    /// RFC 5639 brainpoolP224t1.
    BrainpoolP224t1,
    /// RFC 5639 brainpoolP256r1.
    BrainpoolP256r1,
    /// RFC 5639 brainpoolP256t1.
    BrainpoolP256t1,
    /// RFC 5639 brainpoolP320r1.
    BrainpoolP320r1,
    /// RFC 5639 brainpoolP320t1.
    BrainpoolP320t1,
    /// RFC 5639 brainpoolP384r1.
    BrainpoolP384r1,
    /// RFC 5639 brainpoolP384t1.
    BrainpoolP384t1,
    /// RFC 5639 brainpoolP512r1.
    BrainpoolP512r1,
    /// RFC 5639 brainpoolP512t1.
    BrainpoolP512t1,
}

/// Domain parameters (SEC 1 §3.1.1.1): hexadecimal without leading zeros, zero being empty.
#[derive(Debug)]
pub struct Domain {
    /// Whose they are.
    pub curve: Curve,
    /// The field's prime.
    pub prime: &'static str,
    /// Coefficient of x.
    pub a: &'static str,
    /// The constant.
    pub b: &'static str,
    /// Where a and b come from; empty without one.
    pub seed: &'static str,
    /// The base point's first coordinate.
    pub x: &'static str,
    /// The base point's second coordinate.
    pub y: &'static str,
    /// The base point's order, a prime; the cofactor is 1.
    pub order: &'static str,
}

impl Curve {
    /// Every curve.
    pub fn all() -> impl Iterator<Item = Self> {
        DOMAINS.iter().map(|domain| domain.curve)
    }

    /// Length of the field's prime in bits.
    pub const fn bits(self) -> u32 {
        match self {
            Self::Secp160k1
            | Self::Secp160r1
            | Self::Secp160r2
            | Self::BrainpoolP160r1
            | Self::BrainpoolP160t1 => 160,
            Self::P192 | Self::Secp192k1 | Self::BrainpoolP192r1 | Self::BrainpoolP192t1 => 192,
            Self::P224 | Self::Secp224k1 | Self::BrainpoolP224r1 | Self::BrainpoolP224t1 => 224,
            Self::P256 | Self::Secp256k1 | Self::BrainpoolP256r1 | Self::BrainpoolP256t1 => 256,
            Self::BrainpoolP320r1 | Self::BrainpoolP320t1 => 320,
            Self::P384 | Self::BrainpoolP384r1 | Self::BrainpoolP384t1 => 384,
            Self::BrainpoolP512r1 | Self::BrainpoolP512t1 => 512,
            Self::P521 => 521,
        }
    }

    /// Its domain parameters.
    pub fn domain(self) -> &'static Domain {
        // In the order of the enum, as a test sees to.
        #[allow(clippy::indexing_slicing, reason = "one domain per curve")]
        &DOMAINS[self as usize]
    }

    /// Octets of a number below the order.
    pub fn order_octets(self) -> usize {
        self.domain().order.len().div_ceil(2)
    }
}

impl Domain {
    /// How many there are.
    pub(crate) const COUNT: usize = DOMAINS.len();

    /// The domain of every curve.
    pub fn all() -> &'static [Self] {
        &DOMAINS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domain_of_each_curve_is_its_own_and_has_its_size() {
        for (index, domain) in DOMAINS.iter().enumerate() {
            let curve = domain.curve;
            assert_eq!(curve as usize, index);
            assert_eq!(curve.domain().curve, curve);
            let first = domain.prime.chars().next().and_then(|digit| digit.to_digit(16));
            let bits = 4 * domain.prime.len() as u32 - (first.unwrap_or(0).leading_zeros() - 28);
            assert_eq!(curve.bits(), bits, "{curve:?}");
            for number in [domain.prime, domain.a, domain.b, domain.x, domain.y, domain.order] {
                assert!(!number.starts_with('0'), "{curve:?}");
            }
        }
    }
}
