//! Triple-DES and RC2 key wrap (RFC 3217): a checksum, and two passes of CBC with the octets turned
//! round between them.

use crate::aws_lc::keyed_hash::Hash;
use crate::cipher::{Cipher, CipherError, decrypt_blocks, encrypt_blocks};
use crate::digest::Algorithm;
use crate::random;
use crate::secret::{self, Secret};

/// The vector of the second pass (RFC 3217 §3.1 step 7, §4.1 step 9).
const SECOND_IV: [u8; 8] = [0x4a, 0xdd, 0xa2, 0x2c, 0x79, 0xe8, 0x21, 0x05];

const BLOCK_OCTETS: usize = 8;

/// Either algorithm.
pub(super) struct Wrapping {
    cipher: Cipher,
    /// RC2 keys have any length: it goes first, and random octets fill the last block.
    has_length: bool,
}

impl Wrapping {
    /// Of triple DES or RC2.
    pub(super) fn of(cipher: Cipher) -> Self {
        Self { cipher, has_length: cipher != Cipher::TripleDes }
    }

    pub(super) fn wrap(&self, kek: &[u8], key: &[u8]) -> Result<Vec<u8>, CipherError> {
        let filled = self.filled(key).ok_or(CipherError::Unusable)?;
        let mut iv = [0; BLOCK_OCTETS];
        random::fill(&mut iv);
        self.wrap_filled(kek, &filled, &iv)
    }

    /// RFC 3217 §3.1 steps 2 to 8, §4.1 steps 4 to 9.
    fn wrap_filled(&self, kek: &[u8], filled: &Secret, iv: &[u8]) -> Result<Vec<u8>, CipherError> {
        let checksum = checksum(filled.as_bytes());
        let mut inner = Secret::joined(&[filled.as_bytes(), checksum.as_bytes()]);
        encrypt_blocks(self.cipher, kek, iv, inner.as_mut_bytes())?;
        let mut outer = [iv, inner.as_bytes()].concat();
        outer.reverse();
        encrypt_blocks(self.cipher, kek, &SECOND_IV, &mut outer)?;
        Ok(outer)
    }

    /// RFC 3217 §3.2 and §4.2; parity is not looked at (RULES 37).
    pub(super) fn unwrap(&self, kek: &[u8], wrapped: &[u8]) -> Option<Secret> {
        if wrapped.len() < 3 * BLOCK_OCTETS || !wrapped.len().is_multiple_of(BLOCK_OCTETS) {
            return None;
        }
        let mut outer = Secret::copy_of(wrapped);
        decrypt_blocks(self.cipher, kek, &SECOND_IV, outer.as_mut_bytes()).ok()?;
        outer.as_mut_bytes().reverse();
        let (iv, inner) = outer.as_bytes().split_at_checked(BLOCK_OCTETS)?;
        let mut inner = Secret::copy_of(inner);
        decrypt_blocks(self.cipher, kek, iv, inner.as_mut_bytes()).ok()?;
        let (filled, given) = inner.as_bytes().split_at_checked(inner.len() - BLOCK_OCTETS)?;
        if !secret::is_equal(checksum(filled).as_bytes(), given) {
            return None;
        }
        self.emptied(filled)
    }

    /// The key as it is encrypted (RFC 3217 §4.1 steps 1 to 3).
    fn filled(&self, key: &[u8]) -> Option<Secret> {
        if !self.has_length {
            let is_whole = !key.is_empty() && key.len().is_multiple_of(BLOCK_OCTETS);
            return is_whole.then(|| Secret::copy_of(key));
        }
        let length = u8::try_from(key.len()).ok().filter(|length| *length > 0)?;
        let mut filling = [0; BLOCK_OCTETS];
        random::fill(&mut filling);
        let missing = (1 + key.len()).next_multiple_of(BLOCK_OCTETS) - (1 + key.len());
        Some(Secret::joined(&[&[length], key, filling.get(..missing)?]))
    }

    /// The key out of what was encrypted (RFC 3217 §4.2 steps 8 and 9).
    fn emptied(&self, filled: &[u8]) -> Option<Secret> {
        if !self.has_length {
            return Some(Secret::copy_of(filled));
        }
        let (length, rest) = filled.split_first()?;
        let length = usize::from(*length);
        let filling = rest.len().checked_sub(length)?;
        let key = rest.get(..length).filter(|_| length > 0 && filling < BLOCK_OCTETS);
        key.map(Secret::copy_of)
    }
}

/// RFC 3217 §2: the first eight octets of SHA-1.
fn checksum(octets: &[u8]) -> Secret {
    let mut digest = match Hash::new(Algorithm::Sha1) {
        Some(mut hash) => hash.digest(&[octets]),
        None => Secret::default(),
    };
    digest.truncate(BLOCK_OCTETS);
    digest
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::wrap::{KeyWrap, unwrap, wrap};

    const RC2_128: KeyWrap = KeyWrap::Rc2 { effective_bits: 128 };

    fn hex(number: u128, octets: usize) -> Vec<u8> {
        number.to_be_bytes()[16 - octets..].to_vec()
    }

    #[test]
    fn triple_des_rfc_3217_section_3_4() {
        let key = [hex(0x2923bf85e06dd6ae, 8), hex(0x529149f1f1bae9eab3a7da3d860d3e98, 16)];
        let kek = [hex(0x255e0d1c07b646df, 8), hex(0xb3134cc843ba8aa71f025b7c0838251f, 16)];
        let (key, kek) = (key.concat(), kek.concat());
        let iv = hex(0x5dd4cbfc96f5453b, 8);
        let wrapped = [
            hex(0x690107618ef092b3, 8),
            hex(0xb48ca1796b234ae9fa33ebb415960403, 16),
            hex(0x7db5d6a84eb3aac2768c632775a467d4, 16),
        ]
        .concat();
        let wrapping = Wrapping::of(Cipher::TripleDes);
        let made = wrapping.wrap_filled(&kek, &Secret::copy_of(&key), &iv).unwrap();
        assert_eq!(made, wrapped);
        let found = unwrap(KeyWrap::TripleDes, &kek, &wrapped).unwrap();
        assert_eq!(found.as_bytes(), key);
    }

    /// The example has 40 effective bits.
    #[test]
    fn rc2_rfc_3217_section_4_4() {
        let key = hex(0xb70a25fbc9d86a86050ce0d711ead4d9, 16);
        let filled = [&[16], &key[..], &hex(0x4845cce7fd1250, 7)].concat();
        let kek = hex(0xfd04fd08060707fb0003fefffd02fe05, 16);
        let iv = hex(0xc7d90059b29e97f7, 8);
        let wrapped = [
            hex(0x70e699fb5701f783, 8),
            hex(0x3330fb71e87c85a420bdc99af05d22af, 16),
            hex(0x5a0e48d35f3138986cbaafb4b28d4f35, 16),
        ]
        .concat();
        let wrapping = Wrapping::of(Cipher::Rc2 { effective_bits: 40 });
        let made = wrapping.wrap_filled(&kek, &Secret::from(filled), &iv).unwrap();
        assert_eq!(made, wrapped);
        assert_eq!(
            unwrap(KeyWrap::Rc2 { effective_bits: 40 }, &kek, &wrapped).unwrap().as_bytes(),
            key
        );
    }

    #[test]
    fn rc2_key_of_any_length_comes_back_and_damage_fails() {
        let kek = [7; 16];
        for octets in 1..=255 {
            let key = vec![octets as u8; octets];
            let mut wrapped = wrap(RC2_128, &kek, &key).unwrap();
            assert_eq!(unwrap(RC2_128, &kek, &wrapped).unwrap().as_bytes(), key);
            let at = octets % wrapped.len();
            wrapped[at] ^= 0x10;
            assert_eq!(unwrap(RC2_128, &kek, &wrapped), Err(CipherError::Failed));
        }
        for octets in [0, 256] {
            let unusable = wrap(RC2_128, &kek, &vec![1; octets]);
            assert_eq!(unusable, Err(CipherError::Unusable));
        }
    }

    #[test]
    fn rc2_length_that_leaves_a_block_of_filling_or_more_fails() {
        let wrapping = Wrapping::of(Cipher::Rc2 { effective_bits: 128 });
        for (length, is_right) in [(0, false), (7, false), (8, true), (15, true), (16, false)] {
            let filled = [&[length][..], &[5; 15]].concat();
            let wrapped = wrapping.wrap_filled(&[7; 16], &Secret::from(filled), &[9; 8]).unwrap();
            let key = wrapping.unwrap(&[7; 16], &wrapped);
            assert_eq!(key.is_some(), is_right, "{length}");
        }
    }
}
