//! EMSA-PSS-VERIFY (RFC 8017 §9.1.2) over the block the raw operation recovered, masked by MGF1 (RFC
//! 8017 §B.2.1) or by a SHAKE itself (RFC 8702 §3.2.1).
//!
//! Salt length is free and exact, and hash and mask are independent; the trailer is the one octet
//! BC.

use super::Mask;
use crate::digest::{self, Algorithm, Hasher, LineEnds};

/// The parameters of RFC 8017 §A.2.3, but for the trailer.
pub(super) struct Parameters {
    pub(super) hash: Algorithm,
    pub(super) mask: Mask,
    pub(super) salt_octets: u32,
}

/// Whether `block`, as long as the modulus, encodes the digest in `em_bits` = modulus bits - 1.
/// Overwrites `block`.
pub(super) fn is_block_of(
    block: &mut [u8],
    em_bits: u32,
    parameters: &Parameters,
    digest: &[u8],
) -> bool {
    let em_octets = em_bits.div_ceil(8) as usize;
    // RFC 8017 §8.1.2 step 2c: with a modulus of 8k + 1 bits the message is an octet shorter than
    // the modulus.
    let Some((zeros, encoded)) =
        block.len().checked_sub(em_octets).and_then(|zeros| block.split_at_mut_checked(zeros))
    else {
        return false;
    };
    zeros.iter().all(|octet| *octet == 0)
        && check_encoded(encoded, em_octets * 8 - em_bits as usize, parameters, digest).is_some()
}

/// As [`is_block_of`], for whoever makes blocks.
#[cfg(test)]
pub(crate) fn is_pss_block_of(
    block: &mut [u8],
    em_bits: u32,
    (hash, mask, salt_octets): (Algorithm, Mask, u32),
    digest: &[u8],
) -> bool {
    is_block_of(block, em_bits, &Parameters { hash, mask, salt_octets }, digest)
}

/// RFC 8017 §9.1.2 steps 3 to 14; `unused_bits` is 8 emLen - emBits, below 8. None means
/// inconsistent.
fn check_encoded(
    encoded: &mut [u8],
    unused_bits: usize,
    parameters: &Parameters,
    digest: &[u8],
) -> Option<()> {
    let hash_octets = parameters.hash.output_bytes();
    let salt_octets = usize::try_from(parameters.salt_octets).ok()?;
    // Step 3, without the sum overflowing: what is left for zeros and the 01.
    let filling = encoded.len().checked_sub(hash_octets + 1)?.checked_sub(salt_octets)?;
    let zeros = filling.checked_sub(1)?;
    // Step 4.
    let (0xbc, rest) = encoded.split_last_mut()? else {
        return None;
    };
    let (masked, expected_hash) = rest.split_at_mut_checked(zeros + 1 + salt_octets)?;
    // Step 6.
    let unused_mask = !(0xff_u8 >> unused_bits);
    if masked.first()? & unused_mask != 0 {
        return None;
    }
    // Steps 7 to 9.
    xor_mask(masked, expected_hash, parameters.mask);
    *masked.first_mut()? &= !unused_mask;
    // Steps 10 and 11.
    let (filling, salt) = masked.split_at_checked(zeros + 1)?;
    let (0x01, zeros) = filling.split_last()? else {
        return None;
    };
    if zeros.iter().any(|octet| *octet != 0) {
        return None;
    }
    // Steps 12 to 14.
    let mut hasher = Hasher::new(parameters.hash, LineEnds::AsStored);
    [&[0_u8; 8][..], digest, salt].into_iter().for_each(|piece| hasher.update(piece));
    (hasher.finish().as_bytes() == expected_hash).then_some(())
}

/// The mask of the seed, applied to `bytes`.
pub(crate) fn xor_mask(bytes: &mut [u8], seed: &[u8], mask: Mask) {
    match mask {
        Mask::Mgf1(hash) => xor_mgf1(bytes, seed, hash),
        Mask::Shake128 => xor_shake(bytes, seed, Algorithm::Shake128),
        Mask::Shake256 => xor_shake(bytes, seed, Algorithm::Shake256),
    }
}

/// RFC 8702 §3.2.1: the extendable function's output, as long as what is masked.
fn xor_shake(bytes: &mut [u8], seed: &[u8], function: Algorithm) {
    let mut mask = vec![0; bytes.len()];
    digest::extend(function, seed, &mut mask);
    bytes.iter_mut().zip(mask).for_each(|(octet, mask)| *octet ^= mask);
}

/// RFC 8017 §B.2.1: MGF1 of the seed, applied to `bytes`.
pub(crate) fn xor_mgf1(bytes: &mut [u8], seed: &[u8], hash: Algorithm) {
    for (counter, chunk) in (0_u32..).zip(bytes.chunks_mut(hash.output_bytes())) {
        let mut hasher = Hasher::new(hash, LineEnds::AsStored);
        hasher.update(seed);
        hasher.update(&counter.to_be_bytes());
        let mask = hasher.finish();
        chunk.iter_mut().zip(mask.as_bytes()).for_each(|(octet, mask)| *octet ^= mask);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    const PARAMETERS: Parameters =
        Parameters { hash: Algorithm::Sha256, mask: Mask::Mgf1(Algorithm::Sha1), salt_octets: 20 };
    const DIGEST: [u8; 32] = [0xd1; 32];

    /// EMSA-PSS-ENCODE (RFC 8017 §9.1.1), with the unmasked data block open to `damage`.
    fn encoded(em_bits: u32, damage: impl Fn(&mut [u8])) -> Vec<u8> {
        let em_octets = em_bits.div_ceil(8) as usize;
        let salt = [0x5a; 20];
        let hash = digest::one(PARAMETERS.hash, &[&[0; 8][..], &DIGEST, &salt].concat());
        let mut block = vec![0; em_octets - 32 - 1 - 1 - 20];
        block.push(0x01);
        block.extend(salt);
        damage(&mut block);
        xor_mask(&mut block, hash.as_bytes(), PARAMETERS.mask);
        block[0] &= 0xff >> (em_octets * 8 - em_bits as usize);
        [&block, hash.as_bytes(), &[0xbc]].concat()
    }

    fn is_block(mut block: Vec<u8>, em_bits: u32) -> bool {
        is_block_of(&mut block, em_bits, &PARAMETERS, &DIGEST)
    }

    #[test]
    fn rule_11_undamaged_block_of_every_bit_length_is_accepted() {
        for em_bits in 1016..=1032 {
            assert!(is_block(encoded(em_bits, |_| ()), em_bits), "{em_bits}");
        }
        // With 1025 bits of modulus the block has an octet before the encoded message.
        let shifted = |first: u8| [&[first], &encoded(1024, |_| ())[..]].concat();
        assert!(is_block(shifted(0), 1024));
        assert!(!is_block(shifted(1), 1024));
    }

    #[test]
    fn rule_11_damage_that_leaves_the_hash_right_is_refused() {
        let separator = 1023_usize.div_ceil(8) - 32 - 1 - 1 - 20;
        for at in [1, separator / 2, separator - 1, separator] {
            assert!(!is_block(encoded(1023, |block| block[at] ^= 0x02), 1023), "{at}");
        }
        let mut top_bit = encoded(1023, |_| ());
        top_bit[0] |= 0x80;
        assert!(!is_block(top_bit, 1023));
        let mut trailer = encoded(1023, |_| ());
        *trailer.last_mut().unwrap() = 0xcc;
        assert!(!is_block(trailer, 1023));
    }

    #[test]
    fn rule_11_block_without_room_for_hash_and_salt_is_refused() {
        // 32 + 20 + 2 octets are the fewest.
        assert!(is_block(encoded(54 * 8, |_| ()), 54 * 8));
        for octets in 0..54 {
            assert!(!is_block(vec![0xbc; octets], octets as u32 * 8));
        }
    }
}
