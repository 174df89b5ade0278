//! Content that is too large to be held: encrypted and decrypted piece by piece, each cipher as its
//! one-shot twin does it.
//!
//! RULES 34: what [`Decrypting::push`] gives is not to be shown to anybody before
//! [`Decrypting::finish`] said that it is right; until then it is whatever an enemy made of it. AES-CCM,
//! which AWS-LC takes whole only, is put together here of its counter mode and its chaining (SP
//! 800-38C §6).

use super::aead::{self, Aead, Way};
use super::{Chain, Cipher, CipherError, padding};
use crate::aws_lc::aead as library;
use crate::aws_lc::cbc::{self as blocks, Direction};
use crate::secret::{Secret, is_equal};

/// Octets of a block of AES.
const AES_BLOCK: usize = 16;

/// Encryption under way.
pub struct Encrypting {
    work: Work,
    tag_octets: usize,
}

impl Encrypting {
    /// With a block cipher, and the padding of RFC 5652 §6.3. The vector must be unpredictable.
    pub fn cbc(cipher: Cipher, key: &[u8], iv: &[u8]) -> Result<Self, CipherError> {
        let work = Work::cbc(cipher, Direction::Encrypt, key, iv)?;
        Ok(Self { work, tag_octets: 0 })
    }

    /// With an AEAD cipher, of so many `octets`. A nonce must never be used twice with a key.
    pub fn aead(
        aead: Aead,
        (key, nonce): (&[u8], &[u8]),
        associated: &[u8],
        tag_octets: usize,
        octets: u64,
    ) -> Result<Self, CipherError> {
        let lengths = (tag_octets, octets);
        let work = Work::aead(aead, Direction::Encrypt, (key, nonce), associated, lengths)?;
        Ok(Self { work, tag_octets })
    }

    /// Encrypts the next octets, and appends what is there of it to `out`.
    pub fn push(&mut self, text: &[u8], out: &mut Vec<u8>) -> Result<(), CipherError> {
        match &mut self.work {
            Work::Cbc { chain, block_octets, held } => {
                push_blocks(chain, *block_octets, held, text, out);
            }
            Work::Aead(running) => {
                let there = out.len();
                out.extend_from_slice(text);
                let is_done = running.apply(tail_mut(out, there));
                return is_done.then_some(()).ok_or(CipherError::Unusable);
            }
            Work::Ccm(ccm) => {
                let there = out.len();
                out.extend_from_slice(text);
                ccm.count(text.len())?;
                ccm.authenticate(text);
                ccm.counter.apply(tail_mut(out, there));
            }
        }
        Ok(())
    }

    /// Appends what is left to `out`; gives the tag, of a block cipher none.
    pub fn finish(self, out: &mut Vec<u8>) -> Result<Vec<u8>, CipherError> {
        let mut tag = vec![0; self.tag_octets];
        match self.work {
            Work::Cbc { mut chain, block_octets, held } => {
                let mut last = padding::padded(held.as_bytes(), block_octets);
                chain.apply(last.as_mut_bytes());
                out.extend_from_slice(last.as_bytes());
            }
            Work::Aead(running) => {
                if !running.tag(&mut tag) {
                    return Err(CipherError::Unusable);
                }
            }
            Work::Ccm(ccm) => {
                let whole = ccm.finish()?;
                tag.copy_from_slice(whole.get(..self.tag_octets).ok_or(CipherError::Unusable)?);
            }
        }
        Ok(tag)
    }
}

/// Decryption under way.
pub struct Decrypting {
    work: Work,
    tag: Vec<u8>,
}

impl Decrypting {
    /// With a block cipher, and the padding of RFC 5652 §6.3.
    pub fn cbc(cipher: Cipher, key: &[u8], iv: &[u8]) -> Result<Self, CipherError> {
        let work = Work::cbc(cipher, Direction::Decrypt, key, iv)?;
        Ok(Self { work, tag: Vec::new() })
    }

    /// With an AEAD cipher, of so many `octets`.
    pub fn aead(
        aead: Aead,
        (key, nonce): (&[u8], &[u8]),
        associated: &[u8],
        tag: &[u8],
        octets: u64,
    ) -> Result<Self, CipherError> {
        let lengths = (tag.len(), octets);
        let work = Work::aead(aead, Direction::Decrypt, (key, nonce), associated, lengths)?;
        Ok(Self { work, tag: tag.to_vec() })
    }

    /// Decrypts the next octets, and appends what is there of it to `out`: for nobody's eyes yet.
    pub fn push(&mut self, text: &[u8], out: &mut Vec<u8>) -> Result<(), CipherError> {
        let there = out.len();
        match &mut self.work {
            // The last block so far waits: it may be the one with the padding.
            Work::Cbc { chain, block_octets, held } => {
                push_blocks(chain, *block_octets, held, text, out);
            }
            Work::Aead(running) => {
                out.extend_from_slice(text);
                let is_done = running.apply(tail_mut(out, there));
                return is_done.then_some(()).ok_or(CipherError::Failed);
            }
            Work::Ccm(ccm) => {
                out.extend_from_slice(text);
                ccm.count(text.len())?;
                ccm.counter.apply(tail_mut(out, there));
                let plain = Secret::copy_of(tail_mut(out, there));
                ccm.authenticate(plain.as_bytes());
            }
        }
        Ok(())
    }

    /// Appends what is left to `out`, if the tag is right, or the padding, which proves nothing.
    pub fn finish(self, out: &mut Vec<u8>) -> Result<(), CipherError> {
        let is_right = match self.work {
            Work::Cbc { mut chain, block_octets, mut held } => {
                if held.len() != block_octets {
                    return Err(CipherError::Failed);
                }
                chain.apply(held.as_mut_bytes());
                let octets = padding::text_octets(held.as_bytes(), block_octets);
                let octets = octets.ok_or(CipherError::Failed)?;
                out.extend_from_slice(held.as_bytes().get(..octets).ok_or(CipherError::Failed)?);
                true
            }
            Work::Aead(running) => running.is_tag(&self.tag),
            Work::Ccm(ccm) => {
                let whole = ccm.finish().map_err(|_| CipherError::Failed)?;
                whole.get(..self.tag.len()).is_some_and(|tag| is_equal(tag, &self.tag))
            }
        };
        if is_right { Ok(()) } else { Err(CipherError::Failed) }
    }
}

enum Work {
    Cbc {
        chain: Chain,
        block_octets: usize,
        /// At most a block that waits for what comes behind it.
        held: Secret,
    },
    Aead(library::Running),
    Ccm(Ccm),
}

impl Work {
    fn cbc(
        cipher: Cipher,
        direction: Direction,
        key: &[u8],
        iv: &[u8],
    ) -> Result<Self, CipherError> {
        let chain = Chain::new(cipher, direction, key, iv)?;
        Ok(Self::Cbc { chain, block_octets: cipher.block_octets(), held: Secret::default() })
    }

    fn aead(
        aead: Aead,
        direction: Direction,
        (key, nonce): (&[u8], &[u8]),
        associated: &[u8],
        (tag_octets, octets): (usize, u64),
    ) -> Result<Self, CipherError> {
        aead::check_usable(aead, key, nonce, tag_octets)?;
        match aead.way() {
            Way::OneShot(aead) => {
                let mut running = library::Running::new(aead, direction, key, nonce);
                let is_taken = running.associate(associated);
                is_taken.then_some(Self::Aead(running)).ok_or(CipherError::Unusable)
            }
            Way::Ccm(_) => Ccm::new(key, nonce, associated, tag_octets, octets).map(Self::Ccm),
        }
    }
}

fn tail_mut(out: &mut [u8], from: usize) -> &mut [u8] {
    out.get_mut(from..).unwrap_or_default()
}

/// Applies the chain to all of what is held and `text` but the last octets: a whole block where there is
/// one, so that a decryption has its padding at the end, and an encryption its place for it.
fn push_blocks(
    chain: &mut Chain,
    block_octets: usize,
    held: &mut Secret,
    text: &[u8],
    out: &mut Vec<u8>,
) {
    let whole = held.len() + text.len();
    let kept = match whole % block_octets {
        0 => block_octets.min(whole),
        rest => rest,
    };
    let now = whole - kept;
    let of_held = held.len().min(now);
    let of_text = now - of_held;
    let there = out.len();
    out.extend_from_slice(held.as_bytes().get(..of_held).unwrap_or_default());
    out.extend_from_slice(text.get(..of_text).unwrap_or_default());
    chain.apply(tail_mut(out, there));
    let left = held.as_bytes().get(of_held..).unwrap_or_default();
    *held = Secret::joined(&[left, text.get(of_text..).unwrap_or_default()]);
}

/// AES-CCM under way (SP 800-38C §6): the code is that of CBC over a first block with all lengths, the
/// associated data and the text, each filled up with zeros, under the first block of the counter.
struct Ccm {
    chain: blocks::Running,
    /// The last block of the chain.
    code: Secret,
    /// Octets that wait to be a block.
    held: Secret,
    counter: blocks::Running,
    mask: Secret,
    octets_left: u64,
}

impl Ccm {
    fn new(
        key: &[u8],
        nonce: &[u8],
        associated: &[u8],
        tag_octets: usize,
        octets: u64,
    ) -> Result<Self, CipherError> {
        // §A.1: the octets that the nonce leaves of 15 count those of the text.
        let count_octets = 15_usize.saturating_sub(nonce.len());
        if count_octets < 8 && octets >> (count_octets * 8) != 0 {
            return Err(CipherError::Unusable);
        }
        let cipher = match key.len() {
            16 => blocks::Cipher::Aes128,
            24 => blocks::Cipher::Aes192,
            _ => blocks::Cipher::Aes256,
        };
        let block = |flags: u8, count: u64| {
            let count = count.to_be_bytes();
            let count = count.get(8 - count_octets..).ok_or(CipherError::Unusable)?;
            Ok([&[flags], nonce, count].concat())
        };
        // §A.2.1, §A.3: (t - 2) / 2 and q - 1, of a few octets both.
        let length_bits = (count_octets - 1) as u8;
        let tag_bits = ((tag_octets - 2) / 2) as u8;
        let associated_bit = u8::from(!associated.is_empty()) << 6;
        let mut ccm = Self {
            chain: blocks::Running::new(cipher, Direction::Encrypt, key, &[0; AES_BLOCK]),
            code: Secret::default(),
            held: Secret::default(),
            counter: blocks::Running::new(
                blocks::Cipher::AesCounter,
                Direction::Encrypt,
                key,
                &block(length_bits, 0)?,
            ),
            mask: Secret::zeros(AES_BLOCK),
            octets_left: octets,
        };
        ccm.counter.apply(ccm.mask.as_mut_bytes());
        ccm.authenticate(&block(associated_bit | tag_bits << 3 | length_bits, octets)?);
        if !associated.is_empty() {
            ccm.authenticate(&associated_length(associated.len())?);
            ccm.authenticate(associated);
            ccm.fill_up();
        }
        Ok(ccm)
    }

    /// The length was said before, and has to be right.
    fn count(&mut self, octets: usize) -> Result<(), CipherError> {
        let left = u64::try_from(octets).ok().and_then(|it| self.octets_left.checked_sub(it));
        self.octets_left = left.ok_or(CipherError::Unusable)?;
        Ok(())
    }

    fn authenticate(&mut self, octets: &[u8]) {
        let mut text = Secret::joined(&[self.held.as_bytes(), octets]);
        let whole = text.len() / AES_BLOCK * AES_BLOCK;
        let (blocks, rest) = text.as_mut_bytes().split_at_mut(whole);
        self.held = Secret::copy_of(rest);
        self.chain.apply(blocks);
        if let Some(last) = blocks.rchunks(AES_BLOCK).next() {
            self.code = Secret::copy_of(last);
        }
    }

    fn fill_up(&mut self) {
        let missing = (AES_BLOCK - self.held.len() % AES_BLOCK) % AES_BLOCK;
        self.authenticate(&[0; AES_BLOCK][..missing]);
    }

    /// The code as long as it may be.
    fn finish(mut self) -> Result<Vec<u8>, CipherError> {
        if self.octets_left != 0 {
            return Err(CipherError::Unusable);
        }
        self.fill_up();
        let octets = self.code.as_bytes().iter().zip(self.mask.as_bytes());
        Ok(octets.map(|(code, mask)| code ^ mask).collect())
    }
}

/// SP 800-38C §A.2.2.
fn associated_length(octets: usize) -> Result<Vec<u8>, CipherError> {
    let octets = u32::try_from(octets).map_err(|_| CipherError::Unusable)?;
    Ok(match u16::try_from(octets) {
        Ok(short @ 0..0xff00) => short.to_be_bytes().to_vec(),
        _ => [&[0xff, 0xfe][..], &octets.to_be_bytes()].concat(),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::cipher::aead::{open, seal};
    use crate::cipher::{decrypt_cbc, encrypt_cbc};
    use proptest::prelude::*;

    fn octets(seed: u8, count: usize) -> Vec<u8> {
        (0..count).map(|at| (at as u8).wrapping_mul(31) ^ (at >> 8) as u8 ^ seed).collect()
    }

    fn encrypted(mut work: Encrypting, text: &[u8], step: usize) -> (Vec<u8>, Vec<u8>) {
        let mut out = Vec::new();
        text.chunks(step).for_each(|piece| work.push(piece, &mut out).unwrap());
        let tag = work.finish(&mut out).unwrap();
        (out, tag)
    }

    fn decrypted(mut work: Decrypting, text: &[u8], step: usize) -> Result<Vec<u8>, CipherError> {
        let mut out = Vec::new();
        text.chunks(step).try_for_each(|piece| work.push(piece, &mut out))?;
        work.finish(&mut out).map(|()| out)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn cbc_piece_by_piece_is_cbc_at_once(length in 0_usize..300, step in 1_usize..70, seed: u8) {
            let text = octets(seed, length);
            for cipher in Cipher::ALL {
                let (key, iv) =
                    (octets(seed ^ 1, cipher.key_octets()), octets(seed ^ 2, cipher.block_octets()));
                let whole = encrypt_cbc(cipher, &key, &iv, &text).unwrap();
                let work = Encrypting::cbc(cipher, &key, &iv).unwrap();
                prop_assert_eq!(&encrypted(work, &text, step).0, &whole, "{:?}", cipher);
                let work = || Decrypting::cbc(cipher, &key, &iv).unwrap();
                prop_assert_eq!(decrypted(work(), &whole, step).unwrap(), &text[..], "{:?}", cipher);
                for cut in 1..=cipher.block_octets() {
                    let rest = &whole[..whole.len() - cut];
                    let at_once = decrypt_cbc(cipher, &key, &iv, &[rest]);
                    let at_once = at_once.map(|it| it.as_bytes().to_vec());
                    prop_assert_eq!(decrypted(work(), rest, step), at_once, "{:?} {}", cipher, cut);
                }
            }
        }

        #[test]
        fn rule_34_aead_piece_by_piece_is_aead_at_once(
            length in 0_usize..300, step in 1_usize..70, associated in 0_usize..70, seed: u8, wrong in 0_usize..4,
        ) {
            let (text, associated) = (octets(seed, length), octets(seed ^ 3, associated));
            for aead in Aead::ALL {
                let key = octets(seed ^ 1, aead.key_octets());
                for (nonce, tag) in (7..=16).flat_map(|nonce| (4..=16).map(move |tag| (nonce, tag))) {
                    if !aead.takes_nonce_of(nonce) || !aead.takes_tag_of(tag) {
                        continue;
                    }
                    let nonce = octets(seed ^ 2, nonce);
                    let (named, count) = ((&key[..], &nonce[..]), length as u64);
                    let whole = seal(aead, &key, &nonce, &associated, &text, tag).unwrap();
                    let work = Encrypting::aead(aead, named, &associated, tag, count).unwrap();
                    let (ciphertext, made) = encrypted(work, &text, step);
                    prop_assert_eq!((&ciphertext, &made), (&whole.ciphertext, &whole.tag), "{:?}", aead);
                    let work = Decrypting::aead(aead, named, &associated, &made, count).unwrap();
                    prop_assert_eq!(decrypted(work, &ciphertext, step).unwrap(), &text[..]);
                    let (mut other, mut other_tag, mut other_data) =
                        (ciphertext.clone(), made.clone(), associated.clone());
                    match wrong {
                        0 if !other.is_empty() => other[length / 2] ^= 1,
                        1 if !other_data.is_empty() => other_data[0] ^= 1,
                        2 => other_tag[tag - 1] ^= 0x80,
                        _ => other_tag[0] ^= 1,
                    }
                    let at_once = open(aead, &key, &nonce, &other_data, &[&other], &other_tag);
                    prop_assert_eq!(at_once.err(), Some(CipherError::Failed));
                    let work = Decrypting::aead(aead, named, &other_data, &other_tag, count).unwrap();
                    prop_assert_eq!(decrypted(work, &other, step), Err(CipherError::Failed));
                }
            }
        }
    }

    #[test]
    fn ccm_with_long_associated_data_is_ccm_at_once() {
        let (key, nonce, text) = (octets(1, 32), octets(2, 12), octets(3, 1000));
        for length in [0xfeff, 0xff00, 0x1_0003] {
            let associated = octets(4, length);
            let whole = seal(Aead::Aes256Ccm, &key, &nonce, &associated, &text, 16).unwrap();
            let work =
                Encrypting::aead(Aead::Aes256Ccm, (&key, &nonce), &associated, 16, 1000).unwrap();
            assert_eq!(encrypted(work, &text, 333), (whole.ciphertext, whole.tag), "{length}");
        }
    }

    #[test]
    fn ccm_of_another_length_than_said_is_refused() {
        let (key, nonce) = (octets(1, 16), octets(2, 13));
        let new = |octets| Encrypting::aead(Aead::Aes128Ccm, (&key, &nonce), &[], 16, octets);
        let mut out = Vec::new();
        assert_eq!(new(3).unwrap().push(b"four", &mut out), Err(CipherError::Unusable));
        let mut short = new(5).unwrap();
        short.push(b"four", &mut out).unwrap();
        assert_eq!(short.finish(&mut out), Err(CipherError::Unusable));
        assert!(new(1 << 16).is_err() && new((1 << 16) - 1).is_ok());
    }
}
