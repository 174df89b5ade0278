//! Unpadding of RSAES-PKCS1-v1_5 with implicit rejection (RFC 8017 §7.2.2;
//! draft-irtf-cfrg-rsa-guidance §7).
//!
//! A substitute is what OpenSSL 3.2 and later give for the same key and ciphertext, which is how it
//! is tested; of a given length, it is the last octets of the same stream.

use super::{RawError, RawRsa, TransportError};
use crate::aws_lc::keyed_hash;
use crate::constant_time::Mask;
use crate::digest::Algorithm;
use crate::secret::Secret;

/// Octets around a message: 00 02, eight or more that are not zero, 00.
const OVERHEAD_OCTETS: usize = 11;

/// Where the separating zero may be at the earliest.
const FIRST_SEPARATOR: usize = 10;

/// How many lengths are drawn to find one that fits.
const LENGTHS_DRAWN: usize = 128;

pub(super) fn check_usable(
    modulus_octets: usize,
    expected_octets: Option<usize>,
) -> Result<(), TransportError> {
    let most = modulus_octets.checked_sub(OVERHEAD_OCTETS).ok_or(TransportError::Unusable)?;
    match expected_octets {
        Some(expected) if expected > most => Err(TransportError::Unusable),
        _ => Ok(()),
    }
}

/// The message of a block, or its substitute. The time depends on lengths only.
pub(super) fn unpad(
    block: &Secret,
    rejection_secret: &Secret,
    ciphertext: &[u8],
    expected_octets: Option<usize>,
) -> Secret {
    let key = derivation_key(rejection_secret, ciphertext, block.len());
    let substitute = stream(&key, b"message", block.len());
    match expected_octets {
        Some(expected) => unpad_expected(block, &substitute, expected),
        None => unpad_any(block, &substitute, substitute_octets(&key, block.len())),
    }
}

/// A message of the expected length: then the separator is in one place.
fn unpad_expected(block: &Secret, substitute: &Secret, expected: usize) -> Secret {
    let (head, message) = block.as_bytes().split_at(block.len() - expected);
    let (_, substitute) = substitute.as_bytes().split_at(block.len() - expected);
    let mut is_right = Mask::is_zero(0);
    for (at, octet) in head.iter().enumerate() {
        let octet = usize::from(*octet);
        let fits = match at {
            0 => Mask::is_zero(octet),
            1 => Mask::is_equal(octet, 2),
            _ if at == head.len() - 1 => Mask::is_zero(octet),
            _ => Mask::is_zero(octet).not(),
        };
        is_right = is_right.and(fits);
    }
    selected(is_right, message, substitute)
}

/// A message of any length; `substitute_octets` is the substitute's.
fn unpad_any(block: &Secret, substitute: &Secret, substitute_octets: usize) -> Secret {
    let octets = block.as_bytes();
    let mut is_right = Mask::is_zero(0);
    let (mut is_found, mut separator) = (Mask::NO, 0);
    for (at, octet) in octets.iter().enumerate() {
        let octet = usize::from(*octet);
        match at {
            0 => is_right = is_right.and(Mask::is_zero(octet)),
            1 => is_right = is_right.and(Mask::is_equal(octet, 2)),
            _ => {
                let is_first = Mask::is_zero(octet).and(is_found.not());
                separator = is_first.select(at, separator);
                is_found = is_found.or(is_first);
            }
        }
    }
    let is_late = Mask::is_below(separator, FIRST_SEPARATOR).not();
    let is_right = is_right.and(is_found).and(is_late);
    // Either start is of a message that may be the right one, so the place tells nothing.
    let start = is_right.select(separator + 1, octets.len() - substitute_octets);
    let merged = selected(is_right, octets, substitute.as_bytes());
    Secret::copy_of(merged.as_bytes().get(start..).unwrap_or_default())
}

/// `yes` or `no`, octet by octet.
fn selected(mask: Mask, yes: &[u8], no: &[u8]) -> Secret {
    let mut out = Secret::zeros(yes.len());
    for (place, (yes, no)) in out.as_mut_bytes().iter_mut().zip(yes.iter().zip(no)) {
        *place = mask.select_octet(*yes, *no);
    }
    out
}

/// The draft's key derivation key: of the ciphertext as long as the modulus.
fn derivation_key(rejection_secret: &Secret, ciphertext: &[u8], modulus_octets: usize) -> Secret {
    let missing = vec![0; modulus_octets.saturating_sub(ciphertext.len())];
    hmac_sha256(rejection_secret, &[&missing, ciphertext])
}

/// The draft's length of a substitute: of 128 numbers of two octets, cut to as many bits as the
/// longest message's length has, the last that is short enough.
fn substitute_octets(key: &Secret, modulus_octets: usize) -> usize {
    let longest = modulus_octets - 2 - 8;
    let mask = (longest + 1).next_power_of_two() - 1;
    let drawn = stream(key, b"length", 2 * LENGTHS_DRAWN);
    drawn.as_bytes().chunks_exact(2).fold(0, |chosen, octets| {
        let candidate = octets.iter().fold(0, |number, octet| number << 8 | usize::from(*octet));
        let candidate = candidate & mask;
        Mask::is_below(candidate, longest).select(candidate, chosen)
    })
}

/// The draft's pseudo-random function: HMAC of a counter, what it is for, and the length in bits.
fn stream(key: &Secret, purpose: &[u8], octets: usize) -> Secret {
    let bits = (octets as u16).wrapping_mul(8).to_be_bytes();
    let mut out = Secret::zeros(octets);
    for (counter, chunk) in (0_u16..).zip(out.as_mut_bytes().chunks_mut(32)) {
        let piece = hmac_sha256(key, &[&counter.to_be_bytes(), purpose, &bits]);
        chunk.iter_mut().zip(piece.as_bytes()).for_each(|(place, octet)| *place = *octet);
    }
    out
}

fn hmac_sha256(key: &Secret, pieces: &[&[u8]]) -> Secret {
    let mac = keyed_hash::hmac(Algorithm::Sha256, key.as_bytes(), pieces);
    mac.unwrap_or_else(|| unreachable!("HMAC-SHA-256 is offered"))
}

/// The raw operation's answer to a number that looks random and is below any modulus, hashed.
///
/// PKCS#1 v1.5 pads neither message nor signature to 00 ff, so nobody else is shown its power.
pub(crate) fn rejection_secret_of<K: RawRsa + ?Sized>(key: &K) -> Result<Secret, RawError> {
    let public = Secret::copy_of(b"smimebatch: implicit rejection");
    let mut number = stream(&public, b"number", key.modulus_octets());
    if let [first, second, ..] = number.as_mut_bytes() {
        [*first, *second] = [0x00, 0xff];
    }
    let power = key.raw_private(number.as_bytes()).map_err(|_| RawError::Unavailable)?;
    Ok(hmac_sha256(&public, &[power.as_bytes()]))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The obvious way.
    fn slow_message(block: &[u8]) -> Option<&[u8]> {
        let rest = block.strip_prefix(&[0, 2])?;
        let zero = rest.iter().position(|octet| *octet == 0)?;
        (zero >= 8).then(|| &rest[zero + 1..])
    }

    fn blocks() -> impl Strategy<Value = Vec<u8>> {
        let head = prop_oneof![
            8 => Just([0, 2]),
            1 => Just([0, 1]),
            1 => Just([1, 2]),
            1 => any::<[u8; 2]>()
        ];
        let filling = proptest::collection::vec(1..=255_u8, 0..40);
        let message = proptest::collection::vec(prop_oneof![1 => Just(0), 5 => any::<u8>()], 0..40);
        (head, filling, any::<bool>(), message).prop_map(|(head, filling, has_zero, message)| {
            let zero: &[u8] = if has_zero { &[0] } else { &[] };
            let mut block = [&head[..], &filling, zero, &message].concat();
            block.resize(block.len().max(64), 7);
            block
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn rule_33_unpad_equals_slow_twin(block in blocks(), expected in 0..54_usize) {
            let secret = Secret::copy_of(b"secret");
            let key = derivation_key(&secret, b"ciphertext", block.len());
            let substitute = stream(&key, b"message", block.len());
            let held = Secret::copy_of(&block);

            let any = unpad(&held, &secret, b"ciphertext", None);
            let octets = substitute_octets(&key, block.len());
            let substitute_of = |octets: usize| &substitute.as_bytes()[block.len() - octets..];
            prop_assert_eq!(any.as_bytes(), slow_message(&block).unwrap_or(substitute_of(octets)));

            let found = unpad(&held, &secret, b"ciphertext", Some(expected));
            let message = slow_message(&block).filter(|message| message.len() == expected);
            prop_assert_eq!(found.as_bytes(), message.unwrap_or(substitute_of(expected)));
            // The right expectation too, which chance seldom meets.
            if let Some(message) = slow_message(&block) {
                let found = unpad(&held, &secret, b"ciphertext", Some(message.len()));
                prop_assert_eq!(found.as_bytes(), message);
            }
        }
    }

    #[test]
    fn rule_33_substitute_depends_on_secret_and_ciphertext_and_has_any_length() {
        let unpad_zeros = |secret: &[u8], ciphertext: &[u8], expected| {
            unpad(&Secret::zeros(64), &Secret::copy_of(secret), ciphertext, expected)
        };
        for expected in [None, Some(16)] {
            let one = unpad_zeros(b"a", b"1", expected);
            assert_eq!(one, unpad_zeros(b"a", b"1", expected));
            assert_ne!(one, unpad_zeros(b"a", b"2", expected));
            assert_ne!(one, unpad_zeros(b"b", b"1", expected));
        }
        let lengths: std::collections::BTreeSet<usize> = (0_u32..4_000)
            .map(|number| unpad_zeros(b"a", &number.to_be_bytes(), None).len())
            .collect();
        // 64 octets leave room for messages of 0 to 53.
        assert!(lengths.into_iter().eq(0..=53));
    }

    #[test]
    fn expectation_beyond_the_modulus_is_unusable() {
        assert_eq!(check_usable(64, Some(53)), Ok(()));
        assert_eq!(check_usable(64, Some(54)), Err(TransportError::Unusable));
        assert_eq!(check_usable(11, None), Ok(()));
        assert_eq!(check_usable(10, None), Err(TransportError::Unusable));
    }
}
