//! The raw RSA public operation (RFC 8017 §5.2.2, RSAVP1); padding is checked by safe code in
//! `signature`.
//!
//! AWS-LC's own `RSA_verify_raw` takes a lock of the key on every call and converts out of
//! Montgomery form at the end. Here the Montgomery constants are part of the key, made once, so
//! threads share nothing but reads; and for an exponent of one machine word the last multiplication
//! takes the factor outside Montgomery form, which drops both that multiplication's preparation and
//! the final conversion (17 instead of 19 products for e = 65537).

use super::bignum::{Montgomery, Number, Temporaries};
use crate::signature::KeyError;
use std::cmp::Ordering;

/// RULES 14 and AWS-LC's own upper bound.
const MODULUS_BITS: std::ops::RangeInclusive<u32> = 512..=16_384;
/// RULES 14: above this modulus size an exponent must fit 64 bits, so that one verification stays
/// below some ms.
const LONG_EXPONENT_MODULUS_BITS: u32 = 3_072;

/// A public key with its Montgomery constants.
pub(crate) struct Key {
    modulus: Number,
    /// Without leading zeros.
    modulus_be: Box<[u8]>,
    montgomery: Montgomery,
    exponent: Exponent,
}

enum Exponent {
    /// Odd, at least 3.
    Word(u64),
    /// Odd, above 64 bits, below the modulus.
    Long(Number),
}

/// Reusable numbers for [`Key::raw_public`]; one per thread of work.
pub(crate) struct Scratch {
    temporaries: Temporaries,
    input: Number,
    factor: Number,
    power: Number,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        Self {
            temporaries: Temporaries::new(),
            input: Number::new(),
            factor: Number::new(),
            power: Number::new(),
        }
    }
}

impl Key {
    /// Checks RULES 14 and prepares the key.
    pub(crate) fn new(modulus_be: &[u8], exponent_be: &[u8]) -> Result<Self, KeyError> {
        let modulus_be = without_leading_zeros(modulus_be);
        let exponent_be = without_leading_zeros(exponent_be);
        if !is_odd(modulus_be) {
            return Err(KeyError::Malformed);
        }
        if modulus_be.len() > (*MODULUS_BITS.end() / 8) as usize {
            return Err(KeyError::Unsupported);
        }
        if !is_odd(exponent_be) || exponent_be == [1] {
            return Err(KeyError::Malformed);
        }
        // RFC 8017 §3.1: 3 <= e <= n - 1. Equal lengths without leading zeros compare as numbers.
        if (exponent_be.len(), exponent_be) >= (modulus_be.len(), modulus_be) {
            return Err(KeyError::Malformed);
        }
        let modulus = Number::from_be_bytes(modulus_be);
        if !MODULUS_BITS.contains(&modulus.bits()) {
            return Err(KeyError::Unsupported);
        }
        let exponent = read_exponent(exponent_be);
        if matches!(exponent, Exponent::Long(_)) && modulus.bits() > LONG_EXPONENT_MODULUS_BITS {
            return Err(KeyError::Unsupported);
        }
        let montgomery =
            Montgomery::new(&modulus, &mut Temporaries::new()).ok_or(KeyError::Malformed)?;
        Ok(Self { modulus, modulus_be: modulus_be.into(), montgomery, exponent })
    }

    pub(crate) fn modulus_bits(&self) -> u32 {
        self.modulus.bits()
    }

    pub(crate) fn modulus_octets(&self) -> usize {
        self.modulus_be.len()
    }

    pub(crate) fn exponent_bits(&self) -> u32 {
        match &self.exponent {
            Exponent::Word(exponent) => u64::BITS - exponent.leading_zeros(),
            Exponent::Long(exponent) => exponent.bits(),
        }
    }

    /// The modulus, `modulus_octets` long.
    pub(crate) fn modulus_be(&self) -> &[u8] {
        &self.modulus_be
    }

    /// The exponent, if it is a machine word.
    pub(crate) fn word_exponent(&self) -> Option<u64> {
        match self.exponent {
            Exponent::Word(exponent) => Some(exponent),
            Exponent::Long(_) => None,
        }
    }

    /// The exponent, without leading zeros.
    pub(crate) fn exponent_be(&self) -> Vec<u8> {
        match &self.exponent {
            Exponent::Word(exponent) => without_leading_zeros(&exponent.to_be_bytes()).to_vec(),
            Exponent::Long(exponent) => {
                let mut octets = vec![0; exponent.bits().div_ceil(8) as usize];
                assert!(exponent.write_be_bytes(&mut octets), "as long as the number");
                octets
            }
        }
    }

    /// 2^`exponent` mod n, `modulus_octets` long.
    ///
    /// Entering Montgomery form multiplies by a power of two, so no division is needed but for
    /// moduli of other sizes than whole words.
    pub(crate) fn power_of_two_mod_n(&self, exponent: usize) -> Vec<u8> {
        let mut temporaries = Temporaries::new();
        let step = Montgomery::radix_bits(&self.modulus);
        let rest = exponent % step;
        let mut octets = vec![0; rest / 8 + 1];
        if let Some(first) = octets.first_mut() {
            *first = 1 << (rest % 8);
        }
        let mut power = Number::from_be_bytes(&octets);
        if power.compare(&self.modulus) != Ordering::Less {
            power = power.remainder(&self.modulus, &mut temporaries);
        }
        let mut next = Number::new();
        for _ in 0..exponent / step {
            self.montgomery.enter(&mut next, &power, &mut temporaries);
            std::mem::swap(&mut power, &mut next);
        }
        let mut bytes = vec![0; self.modulus_octets()];
        assert!(power.write_be_bytes(&mut bytes), "a number below the modulus");
        bytes
    }

    /// Replaces `block`, a big-endian number of `modulus_octets`, by its e-th power modulo n.
    /// False, with `block` untouched, if the number is not below n or the length is another.
    pub(crate) fn raw_public(&self, block: &mut [u8], scratch: &mut Scratch) -> bool {
        if block.len() != self.modulus_be.len() {
            return false;
        }
        scratch.input.set_be_bytes(block);
        // RFC 8017 §5.2.2 step 1: a representative out of range is refused.
        if scratch.input.compare(&self.modulus) != Ordering::Less {
            return false;
        }
        match &self.exponent {
            Exponent::Word(exponent) => self.power_word(*exponent, scratch),
            Exponent::Long(exponent) => self.montgomery.power(
                &mut scratch.power,
                &scratch.input,
                exponent,
                &self.modulus,
                &mut scratch.temporaries,
            ),
        }
        scratch.power.write_be_bytes(block)
    }

    /// Left-to-right square and multiply; `exponent` is odd and at least 3.
    fn power_word(&self, exponent: u64, scratch: &mut Scratch) {
        let Scratch { temporaries, input, factor, power } = scratch;
        self.montgomery.enter(factor, input, temporaries);
        power.set_copy(factor);
        for bit in (1..exponent.ilog2()).rev() {
            self.montgomery.square(power, temporaries);
            if exponent >> bit & 1 == 1 {
                self.montgomery.multiply(power, factor, temporaries);
            }
        }
        self.montgomery.square(power, temporaries);
        // The lowest bit is set: (x R) · input · R⁻¹ leaves Montgomery form with the last product.
        self.montgomery.multiply(power, input, temporaries);
    }
}

fn read_exponent(exponent_be: &[u8]) -> Exponent {
    if exponent_be.len() > size_of::<u64>() {
        return Exponent::Long(Number::from_be_bytes(exponent_be));
    }
    Exponent::Word(exponent_be.iter().fold(0, |word, octet| word << 8 | u64::from(*octet)))
}

fn is_odd(number_be: &[u8]) -> bool {
    number_be.last().is_some_and(|octet| octet & 1 == 1)
}

fn without_leading_zeros(number_be: &[u8]) -> &[u8] {
    let zeros = number_be.iter().take_while(|octet| **octet == 0).count();
    number_be.get(zeros..).unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The obvious way: `BN_mod_exp_mont` with the exponent as a number.
    fn slow_raw_public(key: &Key, exponent: u64, block: &[u8]) -> Option<Vec<u8>> {
        let base = Number::from_be_bytes(block);
        if base.compare(&key.modulus) != Ordering::Less {
            return None;
        }
        let mut power = Number::new();
        let exponent = Number::from_be_bytes(&exponent.to_be_bytes());
        key.montgomery.power(&mut power, &base, &exponent, &key.modulus, &mut Temporaries::new());
        let mut out = vec![0; block.len()];
        assert!(power.write_be_bytes(&mut out));
        Some(out)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn raw_public_any_word_exponent_equals_slow_twin(
            mut modulus in proptest::collection::vec(any::<u8>(), 64..=300),
            seed in proptest::collection::vec(any::<u8>(), 300),
            exponent in prop_oneof![Just(1u64), Just(32_768), any::<u64>()],
        ) {
            let exponent = (exponent | 1).max(3);
            modulus[0] |= 1;
            *modulus.last_mut().unwrap() |= 1;
            // Below 512 bits is refused: make the first octet full.
            if modulus.len() == 64 { modulus[0] |= 0x80; }
            let key = Key::new(&modulus, &exponent.to_be_bytes()).unwrap();
            let mut block = seed[..modulus.len()].to_vec();
            let expected = slow_raw_public(&key, exponent, &block);
            let done = key.raw_public(&mut block, &mut Scratch::new());
            prop_assert_eq!(done.then_some(block), expected);
        }
    }

    #[test]
    fn power_of_two_mod_n_equals_division() {
        for bits in [512, 513, 1_000, 1_023, 1_024, 1_085, 2_047, 2_048] {
            let key = Key::new(&odd(bits), &[3]).unwrap();
            for exponent in [0, 1, 511, 512, 2_080, 4_100, 4_160] {
                let mut power = vec![0; exponent / 8 + 1];
                power[0] = 1 << (exponent % 8);
                let power = Number::from_be_bytes(&power);
                let expected = power.remainder(&key.modulus, &mut Temporaries::new());
                let mut out = vec![0; key.modulus_octets()];
                assert!(expected.write_be_bytes(&mut out));
                assert_eq!(key.power_of_two_mod_n(exponent), out, "{bits} {exponent}");
            }
        }
    }

    fn odd(bits: usize) -> Vec<u8> {
        let mut number = vec![0xff; bits.div_ceil(8)];
        number[0] = if bits.is_multiple_of(8) { 0xff } else { (1u8 << (bits % 8)) - 1 };
        number
    }

    #[test]
    fn rule_14_modulus_sizes_outside_512_to_16384_are_unsupported() {
        let e = [1, 0, 1];
        for (bits, error) in [
            (511, Some(KeyError::Unsupported)),
            (512, None),
            (513, None),
            (1_023, None),
            (16_384, None),
            (16_385, Some(KeyError::Unsupported)),
            (80_000, Some(KeyError::Unsupported)),
        ] {
            assert_eq!(Key::new(&odd(bits), &e).err(), error, "{bits} bits");
        }
    }

    #[test]
    fn rule_14_impossible_numbers_are_malformed() {
        let n = odd(1_024);
        let mut even = n.clone();
        *even.last_mut().unwrap() = 0xfe;
        for (modulus, exponent) in [
            (&n[..], &[][..]),
            (&n, &[0]),
            (&n, &[1]),
            (&n, &[0, 0, 1]),
            (&n, &[2]),
            (&n, &[1, 0, 0]),
            (&n, &n),
            (&even, &[3]),
            (&[], &[3]),
            (&[0, 0], &[3]),
        ] {
            assert_eq!(Key::new(modulus, exponent).err(), Some(KeyError::Malformed));
        }
        assert!(Key::new(&n, &[0, 0, 3]).is_ok());
    }

    #[test]
    fn rule_14_long_exponent_is_unsupported_over_3072_bits() {
        let e64 = odd(64);
        let e65 = odd(65);
        assert!(Key::new(&odd(3_072), &e65).is_ok());
        assert!(Key::new(&odd(3_073), &e64).is_ok());
        assert_eq!(Key::new(&odd(3_073), &e65).err(), Some(KeyError::Unsupported));
    }

    #[test]
    fn raw_public_number_at_or_above_modulus_is_refused() {
        let n = odd(1_024);
        let key = Key::new(&n, &[3]).unwrap();
        let mut scratch = Scratch::new();
        let mut block = n.clone();
        assert!(!key.raw_public(&mut block, &mut scratch));
        *block.last_mut().unwrap() = 0xfe;
        assert!(key.raw_public(&mut block, &mut scratch));
        assert!(!key.raw_public(&mut [2; 127], &mut scratch));
        assert!(!key.raw_public(&mut [2; 129], &mut scratch));
    }
}
