//! Unpadding of RSAES-OAEP (RFC 8017 §7.1.2), in one time and with one answer for all that may be
//! wrong, as its note against Manger's attack asks.

use super::{Oaep, TransportError};
use crate::constant_time::Mask;
use crate::digest::{self, Algorithm};
use crate::secret::Secret;
use crate::signature::xor_mgf1;

/// RFC 8017 §7.1.2 step 1c, and no extendable function, which MGF1 is not made of.
pub(super) fn check_usable(
    modulus_octets: usize,
    parameters: &Oaep<'_>,
) -> Result<(), TransportError> {
    let is_extendable = |hash| matches!(hash, Algorithm::Shake128 | Algorithm::Shake256);
    let needed = 2 * parameters.hash.output_bytes() + 2;
    let is_usable = modulus_octets >= needed
        && !is_extendable(parameters.hash)
        && !is_extendable(parameters.mask_hash);
    if is_usable { Ok(()) } else { Err(TransportError::Unusable) }
}

/// The message of a block as long as the modulus (RFC 8017 §7.1.2 step 3), which is unmasked in place.
pub(super) fn unpad(block: &mut Secret, parameters: &Oaep<'_>) -> Option<Secret> {
    let label_digest = digest::one(parameters.hash, parameters.label);
    let label_digest = label_digest.as_bytes();
    let (first, rest) = block.as_mut_bytes().split_first_mut()?;
    let (seed, data) = rest.split_at_mut_checked(label_digest.len())?;
    xor_mgf1(seed, data, parameters.mask_hash);
    xor_mgf1(data, seed, parameters.mask_hash);
    let (found_digest, data) = data.split_at_checked(label_digest.len())?;
    // Step 3g: nothing is looked at before everything was.
    let differences =
        found_digest.iter().zip(label_digest).fold(*first, |all, (one, other)| all | one ^ other);
    let mut is_right = Mask::is_zero(usize::from(differences));
    let (mut is_found, mut start) = (Mask::NO, 0);
    for (at, octet) in data.iter().enumerate() {
        let octet = usize::from(*octet);
        let is_first = Mask::is_equal(octet, 1).and(is_found.not());
        let fits = is_found.or(is_first).or(Mask::is_zero(octet));
        is_right = is_right.and(fits);
        start = is_first.select(at + 1, start);
        is_found = is_found.or(is_first);
    }
    let is_right = is_right.and(is_found).declassify();
    data.get(start..).filter(|_| is_right).map(Secret::copy_of)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PARAMETERS: Oaep<'_> =
        Oaep { hash: Algorithm::Sha1, mask_hash: Algorithm::Sha256, label: b"label" };

    /// Masks (RFC 8017 §7.1.1 steps 2d to 2i).
    fn masked(first: u8, seed: [u8; 20], data: &[u8]) -> Secret {
        let (mut seed, mut data) = (seed, data.to_vec());
        xor_mgf1(&mut data, &seed, PARAMETERS.mask_hash);
        xor_mgf1(&mut seed, &data, PARAMETERS.mask_hash);
        Secret::joined(&[&[first], &seed, &data])
    }

    /// The obvious way.
    fn slow_message(first: u8, data: &[u8]) -> Option<&[u8]> {
        let digest = digest::one(PARAMETERS.hash, PARAMETERS.label);
        let rest = data.strip_prefix(digest.as_bytes())?;
        let one = rest.iter().position(|octet| *octet != 0)?;
        (first == 0 && rest[one] == 1).then(|| &rest[one + 1..])
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn rule_33_unpad_equals_slow_twin(
            first in prop_oneof![8 => Just(0_u8), 1 => any::<u8>()],
            seed: [u8; 20],
            zeros in 0..20_usize,
            separator in prop_oneof![8 => Just(1_u8), 1 => any::<u8>()],
            message in proptest::collection::vec(any::<u8>(), 0..30),
            damaged in proptest::option::weighted(0.2, 0..20_usize),
        ) {
            let digest = digest::one(PARAMETERS.hash, PARAMETERS.label);
            let mut data =
                [digest.as_bytes(), &vec![0; zeros], &[separator], &message].concat();
            if let Some(at) = damaged {
                data[at] ^= 0x20;
            }
            let found = unpad(&mut masked(first, seed, &data), &PARAMETERS);
            let expected = slow_message(first, &data).map(Secret::copy_of);
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn block_of_zeros_and_data_of_zeros_fail() {
        assert_eq!(unpad(&mut Secret::zeros(128), &PARAMETERS), None);
        let digest = digest::one(PARAMETERS.hash, PARAMETERS.label);
        let data = [digest.as_bytes(), &[0; 40]].concat();
        assert_eq!(unpad(&mut masked(0, [9; 20], &data), &PARAMETERS), None);
    }

    #[test]
    fn modulus_without_room_and_extendable_functions_are_unusable() {
        assert_eq!(check_usable(42, &PARAMETERS), Ok(()));
        assert_eq!(check_usable(41, &PARAMETERS), Err(TransportError::Unusable));
        for parameters in [
            Oaep { hash: Algorithm::Shake128, ..PARAMETERS },
            Oaep { mask_hash: Algorithm::Shake256, ..PARAMETERS },
        ] {
            assert_eq!(check_usable(512, &parameters), Err(TransportError::Unusable));
        }
    }
}
