//! The construction of RFC 3394 over block ciphers of sixteen octets that AWS-LC lacks: Camellia
//! (RFC 3657 §3) and SEED (RFC 4010 §3).

use crate::fallback::block::BlockCipher;
use crate::secret::{self, Secret};

/// RFC 3394 §2.2.3.1.
const INITIAL_VALUE: [u8; 8] = [0xa6; 8];

const ROUNDS: u64 = 6;

/// RFC 3394 §2.2.1; None unless `key` is whole eights, two or more.
pub(super) fn wrap(cipher: &dyn BlockCipher, key: &[u8]) -> Option<Vec<u8>> {
    if key.len() < 16 || !key.len().is_multiple_of(8) {
        return None;
    }
    let mut block = Secret::joined(&[&INITIAL_VALUE, &[0; 8]]);
    let mut out = Secret::copy_of(key);
    let mut step = 0_u64;
    for _ in 0..ROUNDS {
        for eight in out.as_mut_bytes().chunks_mut(8) {
            step += 1;
            block.as_mut_bytes().split_at_mut(8).1.copy_from_slice(eight);
            cipher.encrypt(block.as_mut_bytes());
            let (value, rest) = block.as_mut_bytes().split_at_mut(8);
            xor(value, step);
            eight.copy_from_slice(rest);
        }
    }
    let value = block.as_bytes().get(..8).unwrap_or_default();
    Some([value, out.as_bytes()].concat())
}

/// RFC 3394 §2.2.2; None if the integrity check fails.
pub(super) fn unwrap(cipher: &dyn BlockCipher, wrapped: &[u8]) -> Option<Secret> {
    if wrapped.len() < 24 || !wrapped.len().is_multiple_of(8) {
        return None;
    }
    let (value, eights) = wrapped.split_at_checked(8)?;
    let mut block = Secret::joined(&[value, &[0; 8]]);
    let mut out = Secret::copy_of(eights);
    let mut step = ROUNDS * (eights.len() / 8) as u64;
    for _ in 0..ROUNDS {
        for eight in out.as_mut_bytes().rchunks_mut(8) {
            let (value, rest) = block.as_mut_bytes().split_at_mut(8);
            xor(value, step);
            rest.copy_from_slice(eight);
            cipher.decrypt(block.as_mut_bytes());
            eight.copy_from_slice(block.as_bytes().get(8..)?);
            step -= 1;
        }
    }
    // RFC 3394 §2.2.3.
    secret::is_equal(block.as_bytes().get(..8)?, &INITIAL_VALUE).then_some(out)
}

fn xor(value: &mut [u8], step: u64) {
    value.iter_mut().zip(step.to_be_bytes()).for_each(|(octet, step)| *octet ^= step);
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::aws_lc::key_wrap;
    use crate::cipher::{Cipher, decrypt_blocks, encrypt_blocks};

    /// AES, block by block.
    struct Aes([u8; 16]);

    impl BlockCipher for Aes {
        fn encrypt(&self, block: &mut [u8]) {
            encrypt_blocks(Cipher::Aes128, &self.0, &[0; 16], block).unwrap();
        }

        fn decrypt(&self, block: &mut [u8]) {
            decrypt_blocks(Cipher::Aes128, &self.0, &[0; 16], block).unwrap();
        }
    }

    #[test]
    fn wrap_over_aes_equals_the_library() {
        let key: Vec<u8> = (0..=255).cycle().take(400).collect();
        for octets in 0..400 {
            let kek = [octets as u8; 16];
            let wrapped = wrap(&Aes(kek), &key[..octets]);
            assert_eq!(wrapped, key_wrap::wrap(&kek, &key[..octets]), "{octets}");
            let Some(mut wrapped) = wrapped else { continue };
            assert_eq!(unwrap(&Aes(kek), &wrapped).unwrap().as_bytes(), &key[..octets]);
            wrapped[octets / 2] ^= 1;
            assert_eq!(unwrap(&Aes(kek), &wrapped), None);
            assert_eq!(unwrap(&Aes(kek), &wrapped[..octets]), None);
        }
    }
}
