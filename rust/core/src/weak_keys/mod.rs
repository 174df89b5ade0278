//! Weak keys: what is publicly known to be wrong with a key, whoever holds it.
//!
//! A [`WeakKeys`] first gathers the RSA moduli of a whole run, then compares them for shared primes, and is then asked
//! about each certificate. What it answers depends on the set of certificates alone: not on how a run was cut, nor on
//! threads. Whether a key is *too short for its time* is another question, answered by the sunset table.

mod debian;
mod roca;
mod shared_primes;

use std::collections::BTreeMap;

use hashbrown::HashSet;
use smimebatch_crypto::digest::{self, Algorithm};

pub use self::debian::{DebianKeys, NotABlacklist};
use crate::codes::{CodeSet, codes};
use crate::limits;
use crate::x509::certificate::Certificate;
use crate::x509::public_key::{RsaNumbers, rsa_numbers};

codes! {
    /// OUTPUT.md `certificates.weak_key`, from the least to the most telling.
    pub enum WeakKey {
        SmallExponent = "small_exponent", "An RSA exponent below 65,537: careless software can be made to take forged signatures for good ones (FIPS 186 allows none since 2009).";
        SmallModulus = "small_modulus", "An RSA or DSA modulus below 1,024 bits: the private key can be computed with rented machines; what is too short for its time is another question (algorithm_status).";
        Debian = "debian", "One of the keys that Debian's OpenSSL of 2006 to 2008 could make at all: the private key is public (CVE-2008-0166).";
        Roca = "roca", "Made by a chip of the ROCA flaw, as its shape shows: the private key of most sizes can be computed (CVE-2017-15361).";
        SharedPrime = "shared_prime", "Its RSA modulus has a prime in common with that of another key of this run: anyone can compute both private keys.";
    }
}

/// A name of a modulus that is short and the same wherever it is met.
type ModulusId = [u8; 32];

/// What is known about the keys of a run.
#[derive(Default)]
pub struct WeakKeys {
    debian: DebianKeys,
    /// Magnitudes, big-endian; the smallest names where there are more than may be compared.
    moduli: BTreeMap<ModulusId, Box<[u8]>>,
    moduli_bytes: usize,
    some_left_out: bool,
    shared: HashSet<ModulusId, foldhash::fast::RandomState>,
}

impl WeakKeys {
    /// Knows the keys of these blacklists, and no modulus yet.
    #[must_use]
    pub fn new(debian: DebianKeys) -> Self {
        Self { debian, ..Self::default() }
    }

    /// Knows the keys of these files of blacklists, and no modulus yet.
    ///
    /// # Errors
    /// [`NotABlacklist`] for a file that is none.
    pub fn of_blacklists<F: AsRef<[u8]>>(files: &[F]) -> Result<Self, NotABlacklist> {
        let mut debian = DebianKeys::default();
        files.iter().try_for_each(|file| debian.add(file.as_ref()))?;
        Ok(Self::new(debian))
    }

    /// Remembers the modulus of a certificate for [`WeakKeys::find_shared_primes`].
    pub fn gather(&mut self, certificate: &Certificate) {
        let Some(numbers) = rsa_numbers(certificate).filter(is_comparable) else { return };
        let modulus = numbers.modulus;
        if self.moduli.insert(modulus_id(modulus), modulus.into()).is_none() {
            self.moduli_bytes += modulus.len();
        }
        while self.moduli_bytes > limits::SHARED_PRIME_BYTES {
            // The greatest name goes, so that what stays does not depend on the order of arrival.
            let Some((_, dropped)) = self.moduli.pop_last() else { return };
            self.moduli_bytes -= dropped.len();
            self.some_left_out = true;
        }
    }

    /// Compares every modulus with every other, on `jobs` threads.
    pub fn find_shared_primes(&mut self, jobs: usize) {
        let moduli: Vec<&[u8]> = self.moduli.values().map(AsRef::as_ref).collect();
        let shares = shared_primes::find(&moduli, jobs);
        let ids = self.moduli.keys().zip(shares).filter(|(_, shares)| *shares);
        self.shared = ids.map(|(id, _)| *id).collect();
    }

    /// How many distinct moduli are compared.
    #[must_use]
    pub fn compared(&self) -> usize {
        self.moduli.len()
    }

    /// Whether no modulus was left out of the comparison (`limits::SHARED_PRIME_BYTES`).
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        !self.some_left_out
    }

    /// The weaknesses of the key of one certificate; empty where none is known.
    #[must_use]
    pub fn of(&self, certificate: &Certificate) -> CodeSet<WeakKey> {
        let mut found = CodeSet::EMPTY;
        let is_finite_field = matches!(&*certificate.key_algorithm, "rsa" | "rsassa-pss" | "dsa");
        let is_short = |bits| bits < limits::SMALL_MODULUS_BITS;
        if is_finite_field && certificate.key_bits.is_some_and(is_short) {
            found.insert(WeakKey::SmallModulus);
        }
        let Some(numbers) = rsa_numbers(certificate) else { return found };
        if is_small_exponent(numbers.exponent) {
            found.insert(WeakKey::SmallExponent);
        }
        if is_comparable(&numbers) {
            if self.debian.holds(numbers.modulus) {
                found.insert(WeakKey::Debian);
            }
            if roca::has_fingerprint(numbers.modulus) {
                found.insert(WeakKey::Roca);
            }
            if self.shared.contains(&modulus_id(numbers.modulus)) {
                found.insert(WeakKey::SharedPrime);
            }
        }
        found
    }
}

fn modulus_id(modulus: &[u8]) -> ModulusId {
    let mut id = [0; 32];
    id.copy_from_slice(digest::one(Algorithm::Sha256, modulus).as_bytes());
    id
}

/// A modulus of a length that a key may have (RULES 14), and not 0 or 1.
fn is_comparable(numbers: &RsaNumbers<'_>) -> bool {
    let octets = numbers.modulus.len();
    octets <= limits::RSA_BITS / 8 && (octets > 1 || numbers.modulus.first() > Some(&1))
}

/// Below F4 = 65,537.
fn is_small_exponent(magnitude: &[u8]) -> bool {
    magnitude.len() < 3 || magnitude == [1, 0, 0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blacklists_are_used_whole_or_not_at_all() {
        let (one, other) = ("bf9ba57f4a613378f6c1\n", "00005890bc78bcbee3ca\n");
        let known = WeakKeys::of_blacklists(&[one, other, one]).map(|known| known.debian.len());
        assert_eq!(known, Ok(2));
        let refused = WeakKeys::of_blacklists(&[one, "no entry"]).err();
        assert_eq!(refused, Some(NotABlacklist { line: 1 }));
    }

    #[test]
    fn small_exponent_is_one_below_f4() {
        for (exponent, is_small) in [
            (&[3][..], true),
            (&[1], true),
            (&[], true),
            (&[0xff, 0xff], true),
            (&[1, 0, 0], true),
            (&[1, 0, 1], false),
            (&[1, 0, 0, 1], false),
        ] {
            assert_eq!(is_small_exponent(exponent), is_small, "{exponent:?}");
        }
    }
}
