//! EMSA-PSS-ENCODE (RFC 8017 §9.1.1), the way back of `signature::rsa_pss`.

use crate::digest::{Algorithm, Hasher, LineEnds};
use crate::signature::{Mask, xor_mask};

/// The block of a digest, as long as a modulus of so many bits; None where it does not fit in.
pub(super) fn block(
    modulus_bits: u32,
    (hash, mask): (Algorithm, Mask),
    salt: &[u8],
    digest: &[u8],
) -> Option<Vec<u8>> {
    // RFC 8017 §8.1.1 step 1: the encoded message has a bit less than the modulus.
    let em_bits = modulus_bits.checked_sub(1)?;
    let (em_octets, octets) = (em_bits.div_ceil(8) as usize, modulus_bits.div_ceil(8) as usize);
    let masked_octets = em_octets.checked_sub(hash.output_bytes() + 1)?;
    // Step 3, and steps 7 and 8: zeros, 01, salt.
    let zeros = masked_octets.checked_sub(salt.len() + 1)?;
    let mut masked = vec![0; zeros];
    masked.push(0x01);
    masked.extend_from_slice(salt);
    // Steps 5 and 6.
    let mut hasher = Hasher::new(hash, LineEnds::AsStored);
    [&[0_u8; 8][..], digest, salt].into_iter().for_each(|piece| hasher.update(piece));
    let seed = hasher.finish();
    // Steps 9 to 11.
    xor_mask(&mut masked, seed.as_bytes(), mask);
    let unused_bits = em_octets * 8 - em_bits as usize;
    *masked.first_mut()? &= 0xff_u8 >> unused_bits;
    let mut block = vec![0; octets - em_octets];
    block.extend_from_slice(&masked);
    block.extend_from_slice(seed.as_bytes());
    block.push(0xbc);
    Some(block)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::signature::is_pss_block_of;

    #[test]
    fn rule_11_block_of_any_modulus_is_what_is_verified() {
        let hash = Algorithm::Sha256;
        let digest = [0xd1; 32];
        for mask in [Mask::Mgf1(hash), Mask::Mgf1(Algorithm::Sha1), Mask::Shake128] {
            for modulus_bits in 1024..1034 {
                let mut made = block(modulus_bits, (hash, mask), &[0x5a; 32], &digest).unwrap();
                assert_eq!(made.len(), modulus_bits.div_ceil(8) as usize);
                assert!(is_pss_block_of(&mut made, modulus_bits - 1, (hash, mask, 32), &digest));
            }
        }
    }

    #[test]
    fn salt_that_does_not_fit_gives_nothing() {
        let hash = Algorithm::Sha512;
        let made = |bits| block(bits, (hash, Mask::Mgf1(hash)), &[0; 64], &[0; 64]);
        assert!(made(1034).is_some() && made(1033).is_none() && made(0).is_none());
    }
}
