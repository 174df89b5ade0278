//! FIPS 186-4 DSA verification.

use super::bignum::{Montgomery, Number, Temporaries};
use super::prime::is_prime;
use super::{Owned, Release, require, succeeded};
use crate::signature::KeyError;
use aws_lc_sys::DSA;
use std::cmp::Ordering;
use std::ffi::c_int;

/// Smallest L of FIPS 186; the upper bound is AWS-LC's OPENSSL_DSA_MAX_MODULUS_BITS, which keeps
/// time in bounds.
const P_BITS: std::ops::RangeInclusive<u32> = 512..=10_000;
/// FIPS 186-4 §4.2, and what AWS-LC computes with.
const Q_BITS: [u32; 3] = [160, 224, 256];

impl Release for DSA {
    unsafe fn release(pointer: *mut Self) {
        // SAFETY: the caller's promise is `DSA_free`'s.
        unsafe { aws_lc_sys::DSA_free(pointer) }
    }
}

/// A public key with its domain parameters.
pub(crate) struct Key {
    dsa: Owned<DSA>,
    p_bits: u32,
    q_bits: u32,
}

// SAFETY: after construction the DSA is only passed as `const DSA *` to DSA_check_signature, which
// AWS-LC documents as safe to call concurrently: the one field it fills lazily, the Montgomery form
// of p, is under the object's lock.
unsafe impl Sync for Key {}

impl Key {
    pub(crate) fn new(p: &[u8], q: &[u8], g: &[u8], y: &[u8]) -> Result<Self, KeyError> {
        // Numbers far beyond every bound are refused before any arithmetic, and before a copy.
        let most_octets = 2 * *P_BITS.end() as usize / 8;
        if [p, q, g, y].iter().any(|number| number.len() > most_octets) {
            return Err(KeyError::Unsupported);
        }
        let [p, q, g, y] = [p, q, g, y].map(Number::from_be_bytes);
        check_numbers(&p, &q, &g, &y)?;
        let (p_bits, q_bits) = (p.bits(), q.bits());
        Ok(Self { dsa: build(p, q, g, y), p_bits, q_bits })
    }

    pub(crate) fn p_bits(&self) -> u32 {
        self.p_bits
    }

    pub(crate) fn q_bits(&self) -> u32 {
        self.q_bits
    }

    /// `signature` must be the strict DER of (r, s); the digest is cut to the length of q by
    /// AWS-LC.
    pub(crate) fn verify(&self, digest: &[u8], signature: &[u8]) -> bool {
        let mut valid: c_int = 0;
        // SAFETY: slices readable for their lengths, a live DSA that is only read (see `Sync`), and
        // an int to write.
        let status = unsafe {
            aws_lc_sys::DSA_check_signature(
                &raw mut valid,
                digest.as_ptr(),
                digest.len(),
                signature.as_ptr(),
                signature.len(),
                self.dsa.as_ptr(),
            )
        };
        succeeded(status) && valid == 1
    }
}

fn build(p: Number, q: Number, g: Number, y: Number) -> Owned<DSA> {
    // SAFETY: takes nothing; the result is checked for NULL.
    let dsa = Owned::allocated(unsafe { aws_lc_sys::DSA_new() });
    // SAFETY: a live DSA and three live numbers, which it owns from here on (it cannot fail with
    // all three given).
    let status =
        unsafe { aws_lc_sys::DSA_set0_pqg(dsa.as_ptr(), p.into_raw(), q.into_raw(), g.into_raw()) };
    require(status, "DSA_set0_pqg");
    // SAFETY: a live DSA and a live number, which it owns from here on; no private key.
    let status =
        unsafe { aws_lc_sys::DSA_set0_key(dsa.as_ptr(), y.into_raw(), std::ptr::null_mut()) };
    require(status, "DSA_set0_key");
    dsa
}

/// SP 800-89 §5.3.1: the checks of a public key, but that p is a prime.
///
/// AWS-LC checks ranges only. The group order is checked here too, because with a g or y outside
/// the subgroup of order q (such as 1) everybody can compute signatures that the formula calls
/// right; and that q is a prime, because with a q that is not, g and y may have a small order, and
/// one signature fits many messages. The subgroup of a prime order is what it has to be whatever p
/// is, and a test of p would take a hundred times as long.
fn check_numbers(p: &Number, q: &Number, g: &Number, y: &Number) -> Result<(), KeyError> {
    if !p.is_odd() || !q.is_odd() || q.compare(p) != Ordering::Less {
        return Err(KeyError::Malformed);
    }
    if !P_BITS.contains(&p.bits()) || !Q_BITS.contains(&q.bits()) {
        return Err(KeyError::Unsupported);
    }
    let mut temporaries = Temporaries::new();
    if !is_prime(q, &mut temporaries) {
        return Err(KeyError::Malformed);
    }
    // q divides p - 1.
    if !p.remainder(q, &mut temporaries).is_one() {
        return Err(KeyError::Malformed);
    }
    let montgomery = Montgomery::new(p, &mut temporaries).ok_or(KeyError::Malformed)?;
    for element in [g, y] {
        if element.is_zero() || element.is_one() || element.compare(p) != Ordering::Less {
            return Err(KeyError::Malformed);
        }
        let mut power = Number::new();
        montgomery.power(&mut power, element, q, p, &mut temporaries);
        if !power.is_one() {
            return Err(KeyError::Malformed);
        }
    }
    Ok(())
}
