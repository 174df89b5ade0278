//! PWRI-KEK (RFC 3211 §2.3): a key under one derived from a password, over any cipher in CBC.

use crate::cipher::{Cipher, CipherError, decrypt_blocks, encrypt_blocks};
use crate::constant_time::Mask;
use crate::secret::Secret;

/// Octets before the key: its length, and the complement of its first three.
const HEAD_OCTETS: usize = 4;

/// Wraps a key of 3 to 255 octets (RFC 3211 §2.3.1); `iv` is the one of the cipher's parameters.
pub fn wrap_pwri(
    cipher: Cipher,
    key_encrypting_key: &[u8],
    iv: &[u8],
    key: &[u8],
) -> Result<Vec<u8>, CipherError> {
    let block = cipher.block_octets();
    let octets = (HEAD_OCTETS + key.len()).next_multiple_of(block).max(2 * block);
    let filling = Secret::random(octets - HEAD_OCTETS - key.len());
    wrap_filled(cipher, key_encrypting_key, iv, key, &filling)
}

fn wrap_filled(
    cipher: Cipher,
    key_encrypting_key: &[u8],
    iv: &[u8],
    key: &[u8],
    filling: &Secret,
) -> Result<Vec<u8>, CipherError> {
    let (Ok(length), [first, second, third, ..]) = (u8::try_from(key.len()), key) else {
        return Err(CipherError::Unusable);
    };
    let head = [length, !first, !second, !third];
    let mut text = Secret::joined(&[&head, key, filling.as_bytes()]);
    encrypt_blocks(cipher, key_encrypting_key, iv, text.as_mut_bytes())?;
    // The second pass goes on where the first ended.
    let (_, last) = text.as_bytes().split_at(text.len() - cipher.block_octets());
    let last = last.to_vec();
    encrypt_blocks(cipher, key_encrypting_key, &last, text.as_mut_bytes())?;
    Ok(text.into_vec())
}

/// Unwraps what [`wrap_pwri`] gives (RFC 3211 §2.3.2).
///
/// The check value has three octets only: a wrong password passes once in 2^24 times.
pub fn unwrap_pwri(
    cipher: Cipher,
    key_encrypting_key: &[u8],
    iv: &[u8],
    wrapped: &[u8],
) -> Result<Secret, CipherError> {
    let block = cipher.block_octets();
    let mut text = Secret::copy_of(wrapped);
    if wrapped.len() < 2 * block || !wrapped.len().is_multiple_of(block) {
        // Wrong parameters come first, as everywhere.
        decrypt_blocks(cipher, key_encrypting_key, iv, &mut [])?;
        return Err(CipherError::Failed);
    }
    let (start, last) = wrapped.split_at(wrapped.len() - block);
    let (_, previous) = start.split_at(start.len() - block);
    let mut last = Secret::copy_of(last);
    decrypt_blocks(cipher, key_encrypting_key, previous, last.as_mut_bytes())?;
    decrypt_blocks(cipher, key_encrypting_key, last.as_bytes(), text.as_mut_bytes())?;
    decrypt_blocks(cipher, key_encrypting_key, iv, text.as_mut_bytes())?;
    key_of(text.as_bytes()).ok_or(CipherError::Failed)
}

/// The key, if length and check value are right; both are looked at in any case.
fn key_of(text: &[u8]) -> Option<Secret> {
    let (head, rest) = text.split_at_checked(HEAD_OCTETS)?;
    let (length, check) = head.split_first()?;
    let length = usize::from(*length);
    let is_short = Mask::is_below(length, check.len());
    let is_long = Mask::is_below(rest.len(), length);
    let differences = check.iter().zip(rest).fold(0, |all, (check, octet)| all | (!check ^ octet));
    let is_right = Mask::is_zero(usize::from(differences)).and(is_short.or(is_long).not());
    let key = rest.get(..length).filter(|_| is_right.declassify())?;
    Some(Secret::copy_of(key))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn octets(hex: &str) -> Vec<u8> {
        (0..hex.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
            .collect()
    }

    /// RFC 3211 §3: the keys are those of PBKDF2 there.
    #[test]
    fn pwri_rfc_3211_section_3() {
        for (cipher, kek, iv, key, filling, wrapped) in [
            (
                Cipher::Des,
                "d1daa78615f287e6",
                "efe598ef21b33d6d",
                "8c627c897323a2f8",
                "c436f541",
                "b81b2565ee373ca6dedca26a178b0c10",
            ),
            (
                Cipher::TripleDes,
                "6a8970bf68c92caea84a8df28510858607126380cc47ab2d",
                "baf1ca7931213c4e",
                "8c637d887223a2f965b566eb014b0fa5d52300a3f7ea40fffc577203c71baf3b",
                "fa060a45",
                "c03c514abdb9e2c5aac038572b5e24553876b377aafb82eca5a9d73f8ab143d9ec74e6cad7db260c",
            ),
        ] {
            let [kek, iv, key, wrapped] = [kek, iv, key, wrapped].map(octets);
            let filling = Secret::from(octets(filling));
            assert_eq!(wrap_filled(cipher, &kek, &iv, &key, &filling).unwrap(), wrapped);
            let found = unwrap_pwri(cipher, &kek, &iv, &wrapped).unwrap();
            assert_eq!(found.as_bytes(), key);
        }
    }

    #[test]
    fn pwri_of_every_cipher_and_length_comes_back_and_another_vector_fails() {
        for cipher in Cipher::ALL {
            let kek = Secret::random(cipher.key_octets());
            let mut iv = vec![0x33; cipher.block_octets()];
            for octets in 3..=64 {
                let key = Secret::random(octets);
                let wrapped = wrap_pwri(cipher, kek.as_bytes(), &iv, key.as_bytes()).unwrap();
                assert!(wrapped.len() >= 2 * cipher.block_octets());
                let found = unwrap_pwri(cipher, kek.as_bytes(), &iv, &wrapped);
                assert_eq!(found, Ok(key));
                iv[1] ^= 1;
                let found = unwrap_pwri(cipher, kek.as_bytes(), &iv, &wrapped);
                assert_eq!(found, Err(CipherError::Failed));
            }
        }
    }

    #[test]
    fn pwri_key_octets_outside_3_to_255_are_unusable() {
        for (octets, is_usable) in [(0, false), (2, false), (3, true), (255, true), (256, false)] {
            let wrapped = wrap_pwri(Cipher::Aes128, &[1; 16], &[2; 16], &vec![3; octets]);
            assert_eq!(wrapped.is_ok(), is_usable, "{octets}");
        }
        let usable = |kek: &[u8], iv: &[u8], wrapped: &[u8]| {
            unwrap_pwri(Cipher::Aes128, kek, iv, wrapped).map(|_| ())
        };
        assert_eq!(usable(&[1; 15], &[2; 16], &[0; 8]), Err(CipherError::Unusable));
        assert_eq!(usable(&[1; 16], &[2; 15], &[0; 8]), Err(CipherError::Unusable));
        assert_eq!(usable(&[1; 16], &[2; 16], &[0; 16]), Err(CipherError::Failed));
        assert_eq!(usable(&[1; 16], &[2; 16], &[0; 33]), Err(CipherError::Failed));
    }

    #[test]
    fn pwri_length_or_check_value_that_is_wrong_gives_no_key() {
        let right = [3, !1, !2, !3, 1, 2, 3, 0];
        assert_eq!(key_of(&right).unwrap().as_bytes(), [1, 2, 3]);
        for (at, octet) in [(0, 0), (0, 2), (0, 5), (0, 255), (1, 1), (2, 2), (3, 3), (6, 4)] {
            let mut wrong = right;
            wrong[at] = octet;
            assert_eq!(key_of(&wrong), None, "{at} {octet}");
        }
    }
}
