//! Hashes over secrets: contexts on AWS-LC's heap, which it zeroes when freed, unlike those of
//! `digest`, which lie on the stack.

use super::{Owned, Release, digest, require, succeeded};
use crate::digest::Algorithm;
use crate::secret::Secret;
use aws_lc_sys::{EVP_MD, EVP_MD_CTX, HMAC_CTX};
use std::ffi::c_uint;

impl Release for HMAC_CTX {
    unsafe fn release(pointer: *mut Self) {
        // SAFETY: the caller's promise is `HMAC_CTX_free`'s.
        unsafe { aws_lc_sys::HMAC_CTX_free(pointer) }
    }
}

/// AWS-LC's static description of a digest; None for MD2, which it lacks.
pub(crate) fn description(algorithm: Algorithm) -> Option<*const EVP_MD> {
    // SAFETY: each takes nothing and returns a static object.
    let description = unsafe {
        match algorithm {
            Algorithm::Md2 => return None,
            Algorithm::Md5 => aws_lc_sys::EVP_md5(),
            Algorithm::Ripemd160 => aws_lc_sys::EVP_ripemd160(),
            Algorithm::Sha1 => aws_lc_sys::EVP_sha1(),
            Algorithm::Sha224 => aws_lc_sys::EVP_sha224(),
            Algorithm::Sha256 => aws_lc_sys::EVP_sha256(),
            Algorithm::Sha384 => aws_lc_sys::EVP_sha384(),
            Algorithm::Sha512 => aws_lc_sys::EVP_sha512(),
            Algorithm::Sha512_224 => aws_lc_sys::EVP_sha512_224(),
            Algorithm::Sha512_256 => aws_lc_sys::EVP_sha512_256(),
            Algorithm::Sha3_224 => aws_lc_sys::EVP_sha3_224(),
            Algorithm::Sha3_256 => aws_lc_sys::EVP_sha3_256(),
            Algorithm::Sha3_384 => aws_lc_sys::EVP_sha3_384(),
            Algorithm::Sha3_512 => aws_lc_sys::EVP_sha3_512(),
            Algorithm::Shake128 => aws_lc_sys::EVP_shake128(),
            Algorithm::Shake256 => aws_lc_sys::EVP_shake256(),
        }
    };
    Some(description)
}

/// A digest with a fixed length of output, for HMAC and what is made of it: RIPEMD-160, which AWS-LC
/// has no HMAC of, and the extendable functions are none.
fn hmac_description(algorithm: Algorithm) -> Option<*const EVP_MD> {
    match algorithm {
        Algorithm::Ripemd160 | Algorithm::Shake128 | Algorithm::Shake256 => None,
        _ => description(algorithm),
    }
}

/// One context, for any number of inputs one after the other.
pub(crate) struct Hash {
    context: Owned<EVP_MD_CTX>,
    description: *const EVP_MD,
    output_octets: usize,
}

impl Hash {
    /// None for MD2 and the extendable functions.
    pub(crate) fn new(algorithm: Algorithm) -> Option<Self> {
        if matches!(algorithm, Algorithm::Shake128 | Algorithm::Shake256) {
            return None;
        }
        let description = description(algorithm)?;
        let output_octets = algorithm.output_bytes();
        Some(Self { context: digest::fresh(), description, output_octets })
    }

    /// Octets of the blocks the digest takes its input by.
    pub(crate) fn block_octets(&self) -> usize {
        // SAFETY: a static description.
        unsafe { aws_lc_sys::EVP_MD_block_size(self.description) }
    }

    pub(crate) fn output_octets(&self) -> usize {
        self.output_octets
    }

    /// The digest of the pieces as if joined.
    pub(crate) fn digest(&mut self, pieces: &[&[u8]]) -> Secret {
        let context = self.context.as_ptr();
        // SAFETY: a live context that we hold mutably, a static description and no engine.
        let status = unsafe {
            aws_lc_sys::EVP_DigestInit_ex(context, self.description, std::ptr::null_mut())
        };
        require(status, "EVP_DigestInit_ex");
        for piece in pieces {
            // SAFETY: an initialised context, and a slice readable for its length.
            let status = unsafe {
                aws_lc_sys::EVP_DigestUpdate(context, piece.as_ptr().cast(), piece.len())
            };
            require(status, "EVP_DigestUpdate");
        }
        let mut out = Secret::zeros(self.output_octets);
        // SAFETY: an initialised context, room for the digest of that description, and no wish to
        // be told its length.
        let status = unsafe {
            aws_lc_sys::EVP_DigestFinal_ex(
                context,
                out.as_mut_bytes().as_mut_ptr(),
                std::ptr::null_mut(),
            )
        };
        require(status, "EVP_DigestFinal_ex");
        out
    }
}

/// RFC 2104 HMAC of the pieces as if joined; None for a digest it is not offered with.
pub(crate) fn hmac(algorithm: Algorithm, key: &[u8], pieces: &[&[u8]]) -> Option<Secret> {
    let mut running = RunningHmac::new(algorithm, key)?;
    pieces.iter().for_each(|piece| running.update(piece));
    Some(running.finish())
}

/// The same under way.
pub(crate) struct RunningHmac {
    context: Owned<HMAC_CTX>,
    output_octets: usize,
}

impl RunningHmac {
    pub(crate) fn new(algorithm: Algorithm, key: &[u8]) -> Option<Self> {
        let description = hmac_description(algorithm)?;
        // SAFETY: takes nothing; the result is checked for NULL.
        let context = Owned::allocated(unsafe { aws_lc_sys::HMAC_CTX_new() });
        // SAFETY: a fresh context, a slice readable for its length, which is copied, a static
        // description and no engine.
        let status = unsafe {
            aws_lc_sys::HMAC_Init_ex(
                context.as_ptr(),
                key.as_ptr().cast(),
                key.len(),
                description,
                std::ptr::null_mut(),
            )
        };
        require(status, "HMAC_Init_ex");
        Some(Self { context, output_octets: algorithm.output_bytes() })
    }

    pub(crate) fn update(&mut self, piece: &[u8]) {
        // SAFETY: an initialised context that we hold mutably, and a slice readable for its length.
        let status =
            unsafe { aws_lc_sys::HMAC_Update(self.context.as_ptr(), piece.as_ptr(), piece.len()) };
        require(status, "HMAC_Update");
    }

    pub(crate) fn finish(self) -> Secret {
        let mut out = Secret::zeros(self.output_octets);
        let mut written: c_uint = 0;
        // SAFETY: an initialised context, room for the digest of its description, a place for a
        // number.
        let status = unsafe {
            let place = out.as_mut_bytes().as_mut_ptr();
            aws_lc_sys::HMAC_Final(self.context.as_ptr(), place, &raw mut written)
        };
        require(status, "HMAC_Final");
        out
    }
}

/// RFC 5869 HKDF; None for a digest HMAC is not offered with or more output than 255 digests.
pub(crate) fn hkdf(
    algorithm: Algorithm,
    salt: &[u8],
    key_material: &[u8],
    info: &[u8],
    octets: usize,
) -> Option<Secret> {
    let description = hmac_description(algorithm)?;
    let mut out = Secret::zeros(octets);
    // SAFETY: slices readable, or for the output writable, for their lengths, a static description.
    let status = unsafe {
        aws_lc_sys::HKDF(
            out.as_mut_bytes().as_mut_ptr(),
            octets,
            description,
            key_material.as_ptr(),
            key_material.len(),
            salt.as_ptr(),
            salt.len(),
            info.as_ptr(),
            info.len(),
        )
    };
    succeeded(status).then_some(out)
}

/// RFC 8018 §5.2 PBKDF2; None for a digest HMAC is not offered with.
pub(crate) fn pbkdf2(
    algorithm: Algorithm,
    password: &[u8],
    salt: &[u8],
    iterations: u32,
    octets: usize,
) -> Option<Secret> {
    let description = hmac_description(algorithm)?;
    let mut out = Secret::zeros(octets);
    // SAFETY: slices readable, or for the output writable, for their lengths, a static description.
    let status = unsafe {
        aws_lc_sys::PKCS5_PBKDF2_HMAC(
            password.as_ptr().cast(),
            password.len(),
            salt.as_ptr(),
            salt.len(),
            iterations,
            description,
            octets,
            out.as_mut_bytes().as_mut_ptr(),
        )
    };
    succeeded(status).then_some(out)
}
