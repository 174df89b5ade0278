//! Keys made of other secrets: of shared secrets (HKDF, the KDF of ANSI X9.63), of passwords
//! (PBKDF1, PBKDF2, the KDF of PKCS#12).
//!
//! Iterations are the caller's to limit: a file may ask for as many as it likes.

use crate::aws_lc::keyed_hash::{self, Hash};
use crate::digest::{self, Algorithm};
use crate::secret::Secret;

/// Why no key could be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KdfError {
    /// The function is not defined with that digest, or the crate has it without it.
    Hash,
    /// More octets than the function has.
    Length,
    /// No iterations at all.
    Iterations,
}

/// RFC 5869 HKDF, extract and expand. An empty salt is as many zeros as the digest has octets.
///
/// At most 255 times the digest's length.
pub fn hkdf(
    hash: Algorithm,
    salt: &[u8],
    key_material: &[u8],
    info: &[u8],
    octets: usize,
) -> Result<Secret, KdfError> {
    if octets > 255 * hash.output_bytes() {
        return Err(KdfError::Length);
    }
    keyed_hash::hkdf(hash, salt, key_material, info, octets).ok_or(KdfError::Hash)
}

/// SEC 1 §3.6.1, the key derivation of ANSI X9.63 that RFC 5753 §7.1.4 and RFC 8418 name; `shared_info`
/// is the DER of an ECC-CMS-SharedInfo.
pub fn x963(
    hash: Algorithm,
    shared_secret: &Secret,
    shared_info: &[u8],
    octets: usize,
) -> Result<Secret, KdfError> {
    let mut hash = Hash::new(hash).ok_or(KdfError::Hash)?;
    let blocks = u32::try_from(octets.div_ceil(hash.output_octets()));
    let blocks = blocks.map_err(|_| KdfError::Length)?;
    let mut out = Secret::zeros(octets);
    let chunks = out.as_mut_bytes().chunks_mut(hash.output_octets());
    for (counter, chunk) in (1..=blocks).zip(chunks) {
        let pieces = [shared_secret.as_bytes(), &counter.to_be_bytes(), shared_info];
        copy_start(chunk, hash.digest(&pieces).as_bytes());
    }
    Ok(out)
}

/// RFC 8018 §5.2 PBKDF2 with HMAC of that digest.
pub fn pbkdf2(
    hash: Algorithm,
    password: &[u8],
    salt: &[u8],
    iterations: u32,
    octets: usize,
) -> Result<Secret, KdfError> {
    if iterations == 0 {
        return Err(KdfError::Iterations);
    }
    keyed_hash::pbkdf2(hash, password, salt, iterations, octets).ok_or(KdfError::Hash)
}

/// RFC 8018 §5.1 PBKDF1, for PBES1: with MD2, MD5 or SHA-1.
///
/// 16 octets are a key of eight and its initialisation vector (RFC 8018 §6.1.1).
pub fn pbkdf1(
    hash: Algorithm,
    password: &[u8],
    salt: &[u8],
    iterations: u32,
    octets: usize,
) -> Result<Secret, KdfError> {
    if !matches!(hash, Algorithm::Md2 | Algorithm::Md5 | Algorithm::Sha1) {
        return Err(KdfError::Hash);
    }
    if octets > hash.output_bytes() {
        return Err(KdfError::Length);
    }
    if iterations == 0 {
        return Err(KdfError::Iterations);
    }
    let mut digest_of = any_digest(hash);
    let mut key = digest_of(&[password, salt]);
    for _ in 1..iterations {
        key = digest_of(&[key.as_bytes()]);
    }
    key.truncate(octets);
    Ok(key)
}

/// The digest of pieces, MD2 included, which AWS-LC lacks.
fn any_digest(hash: Algorithm) -> impl FnMut(&[&[u8]]) -> Secret {
    let mut library = Hash::new(hash);
    move |pieces| match &mut library {
        Some(library) => library.digest(pieces),
        None => {
            let joined = Secret::joined(pieces);
            Secret::copy_of(digest::one(hash, joined.as_bytes()).as_bytes())
        }
    }
}

/// What the octets of [`pkcs12`] are for (RFC 7292 §B.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pkcs12Purpose {
    /// A key to encrypt with.
    Key = 1,
    /// An initialisation vector.
    InitialisationVector = 2,
    /// A key to authenticate with.
    MacKey = 3,
}

/// RFC 7292 §B.2, the key derivation of PKCS#12.
///
/// `password_bmp` is the password as a BMPString with its two zeros at the end, or nothing at all:
/// files without a password have either.
pub fn pkcs12(
    hash: Algorithm,
    purpose: Pkcs12Purpose,
    password_bmp: &[u8],
    salt: &[u8],
    iterations: u32,
    octets: usize,
) -> Result<Secret, KdfError> {
    if iterations == 0 {
        return Err(KdfError::Iterations);
    }
    let mut hash = Hash::new(hash).ok_or(KdfError::Hash)?;
    let block = hash.block_octets();
    // Steps 1 to 4.
    let diversifier = vec![purpose as u8; block];
    let mut input = [salt, password_bmp]
        .into_iter()
        .fold(Secret::default(), |input, piece| append_repeated(&input, piece, block));
    // Steps 6 and 7.
    let mut out = Secret::zeros(octets);
    for chunk in out.as_mut_bytes().chunks_mut(hash.output_octets()) {
        let mut digest = hash.digest(&[&diversifier, input.as_bytes()]);
        for _ in 1..iterations {
            digest = hash.digest(&[digest.as_bytes()]);
        }
        copy_start(chunk, digest.as_bytes());
        add_to_blocks(&mut input, digest.as_bytes(), block);
    }
    Ok(out)
}

/// `piece` as often as fills whole blocks, behind what there is.
fn append_repeated(before: &Secret, piece: &[u8], block: usize) -> Secret {
    let mut joined = Secret::zeros(before.len() + piece.len().next_multiple_of(block));
    let (start, rest) = joined.as_mut_bytes().split_at_mut(before.len());
    start.copy_from_slice(before.as_bytes());
    rest.iter_mut().zip(piece.iter().cycle()).for_each(|(place, octet)| *place = *octet);
    joined
}

/// RFC 7292 §B.2 step 6C: adds the digest, repeated to a block, and 1 to every block, as big-endian
/// numbers, modulo the blocks' size.
fn add_to_blocks(input: &mut Secret, digest: &[u8], block: usize) {
    let addend = append_repeated(&Secret::default(), digest, block.max(digest.len()));
    let addend = addend.as_bytes().get(..block).unwrap_or_default();
    for number in input.as_mut_bytes().chunks_mut(block) {
        let mut carry = 1_u16;
        for (octet, added) in number.iter_mut().zip(addend).rev() {
            let sum = u16::from(*octet) + u16::from(*added) + carry;
            *octet = sum as u8;
            carry = sum >> 8;
        }
    }
}

/// As much of `octets` as has room.
fn copy_start(place: &mut [u8], octets: &[u8]) {
    place.iter_mut().zip(octets).for_each(|(place, octet)| *place = *octet);
}
