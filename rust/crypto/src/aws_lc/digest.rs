//! Streaming digest contexts by value: no heap, no indirection through EVP but for SHA-3, which
//! AWS-LC offers no other way.

use super::{Owned, Release, require};
use crate::digest::Algorithm;
use aws_lc_sys::{EVP_MD, EVP_MD_CTX, MD5_CTX, RIPEMD160_CTX, SHA_CTX, SHA256_CTX, SHA512_CTX};
use std::mem::MaybeUninit;

/// A digest under way.
#[derive(Clone)]
pub(crate) enum Context {
    Md5(MD5_CTX),
    Ripemd160(RIPEMD160_CTX),
    Sha1(SHA_CTX),
    Sha224(SHA256_CTX),
    Sha256(SHA256_CTX),
    Sha384(SHA512_CTX),
    Sha512(SHA512_CTX),
    Sha512_224(SHA512_CTX),
    Sha512_256(SHA512_CTX),
    Sponge(Sponge),
}

/// Calls an `_Init` function on zeroed memory of its context type and takes the context by value.
macro_rules! started {
    ($init:ident) => {{
        let mut context = MaybeUninit::zeroed();
        // SAFETY: the context types are integers and arrays of them, for which zeroes are a value;
        // the function writes within the context, and cannot fail (it returns 1 always).
        unsafe {
            aws_lc_sys::$init(context.as_mut_ptr());
            context.assume_init()
        }
    }};
}

/// Calls an `_Update` function with a slice.
macro_rules! updated {
    ($update:ident, $context:expr, $bytes:expr) => {
        // SAFETY: an initialised context that we hold mutably, and a slice readable for its length.
        unsafe { aws_lc_sys::$update($context, $bytes.as_ptr().cast(), $bytes.len()) }
    };
}

/// Calls a `_Final` function with room for the longest digest.
macro_rules! finished {
    ($finish:ident, $context:expr, $out:expr) => {
        // SAFETY: an initialised context that we own, and 64 octets of room, of which the function
        // writes the output length of the algorithm the context was started with.
        unsafe { aws_lc_sys::$finish($out.as_mut_ptr(), $context) }
    };
}

impl Context {
    /// None for what AWS-LC lacks.
    pub(crate) fn new(algorithm: Algorithm) -> Option<Self> {
        // The linker keeps AWS-LC's initialiser, which finds the CPU's SHA and vector instructions
        // when the program starts, only if something names its object file. The call does nothing.
        // SAFETY: takes nothing, and may be called any number of times from any thread.
        unsafe { aws_lc_sys::CRYPTO_library_init() }
        Some(match algorithm {
            Algorithm::Md2 => return None,
            Algorithm::Md5 => Self::Md5(started!(MD5_Init)),
            Algorithm::Ripemd160 => Self::Ripemd160(started!(RIPEMD160_Init)),
            Algorithm::Sha1 => Self::Sha1(started!(SHA1_Init)),
            Algorithm::Sha224 => Self::Sha224(started!(SHA224_Init)),
            Algorithm::Sha256 => Self::Sha256(started!(SHA256_Init)),
            Algorithm::Sha384 => Self::Sha384(started!(SHA384_Init)),
            Algorithm::Sha512 => Self::Sha512(started!(SHA512_Init)),
            Algorithm::Sha512_224 => Self::Sha512_224(started!(SHA512_224_Init)),
            Algorithm::Sha512_256 => Self::Sha512_256(started!(SHA512_256_Init)),
            Algorithm::Sha3_224
            | Algorithm::Sha3_256
            | Algorithm::Sha3_384
            | Algorithm::Sha3_512
            | Algorithm::Shake128
            | Algorithm::Shake256 => Self::Sponge(Sponge::new(algorithm)?),
        })
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        let status = match self {
            Self::Md5(context) => updated!(MD5_Update, context, bytes),
            Self::Ripemd160(context) => updated!(RIPEMD160_Update, context, bytes),
            Self::Sha1(context) => updated!(SHA1_Update, context, bytes),
            Self::Sha224(context) => updated!(SHA224_Update, context, bytes),
            Self::Sha256(context) => updated!(SHA256_Update, context, bytes),
            Self::Sha384(context) => updated!(SHA384_Update, context, bytes),
            Self::Sha512(context) => updated!(SHA512_Update, context, bytes),
            Self::Sha512_224(context) => updated!(SHA512_224_Update, context, bytes),
            Self::Sha512_256(context) => updated!(SHA512_256_Update, context, bytes),
            Self::Sponge(sponge) => return sponge.update(bytes),
        };
        require(status, "digest update");
    }

    /// The digest at the front of 64 octets, zeroes after it.
    pub(crate) fn finish(mut self) -> [u8; 64] {
        let mut out = [0; 64];
        let status = match &mut self {
            Self::Md5(context) => finished!(MD5_Final, context, out),
            Self::Ripemd160(context) => finished!(RIPEMD160_Final, context, out),
            Self::Sha1(context) => finished!(SHA1_Final, context, out),
            Self::Sha224(context) => finished!(SHA224_Final, context, out),
            Self::Sha256(context) => finished!(SHA256_Final, context, out),
            Self::Sha384(context) => finished!(SHA384_Final, context, out),
            Self::Sha512(context) => finished!(SHA512_Final, context, out),
            Self::Sha512_224(context) => finished!(SHA512_224_Final, context, out),
            Self::Sha512_256(context) => finished!(SHA512_256_Final, context, out),
            Self::Sponge(sponge) => {
                sponge.finish(&mut out);
                1
            }
        };
        require(status, "digest finish");
        out
    }
}

impl Release for EVP_MD_CTX {
    unsafe fn release(pointer: *mut Self) {
        // SAFETY: the caller's promise is `EVP_MD_CTX_free`'s.
        unsafe { aws_lc_sys::EVP_MD_CTX_free(pointer) }
    }
}

/// A digest of FIPS 202 under way.
pub(crate) struct Sponge {
    context: Owned<EVP_MD_CTX>,
    algorithm: Algorithm,
}

// SAFETY: through `&self` the context is only copied, as `const EVP_MD_CTX *`, which AWS-LC reads.
unsafe impl Sync for Sponge {}

impl Sponge {
    /// None for an algorithm of another family.
    pub(crate) fn new(algorithm: Algorithm) -> Option<Self> {
        let family = family(algorithm)?;
        let sponge = Self { context: fresh(), algorithm };
        // SAFETY: a fresh context, a static description and no engine.
        let status = unsafe {
            aws_lc_sys::EVP_DigestInit_ex(sponge.context.as_ptr(), family, std::ptr::null_mut())
        };
        require(status, "EVP_DigestInit_ex");
        Some(sponge)
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        // SAFETY: an initialised context that we hold mutably, and a slice readable for its length.
        let status = unsafe {
            aws_lc_sys::EVP_DigestUpdate(self.context.as_ptr(), bytes.as_ptr().cast(), bytes.len())
        };
        require(status, "EVP_DigestUpdate");
    }

    /// The digest at the front of `out`; of an extendable function, as many octets as the digest
    /// has.
    fn finish(&mut self, out: &mut [u8; 64]) {
        match self.algorithm {
            Algorithm::Shake128 | Algorithm::Shake256 => {
                let (digest, _) = out.split_at_mut(self.algorithm.output_bytes());
                self.squeeze(digest);
            }
            _ => {
                // SAFETY: an initialised context that is not used afterwards, room for the longest
                // digest, and no wish to be told its length.
                let status = unsafe {
                    aws_lc_sys::EVP_DigestFinal_ex(
                        self.context.as_ptr(),
                        out.as_mut_ptr(),
                        std::ptr::null_mut(),
                    )
                };
                require(status, "EVP_DigestFinal_ex");
            }
        }
    }

    /// Fills `out` from an extendable function, once.
    pub(crate) fn squeeze(&mut self, out: &mut [u8]) {
        // SAFETY: an initialised context that is not used afterwards, and a slice writable for its
        // length.
        let status = unsafe {
            aws_lc_sys::EVP_DigestFinalXOF(self.context.as_ptr(), out.as_mut_ptr(), out.len())
        };
        require(status, "EVP_DigestFinalXOF");
    }
}

impl Clone for Sponge {
    fn clone(&self) -> Self {
        let copy = Self { context: fresh(), algorithm: self.algorithm };
        // SAFETY: a fresh context, and a live one that is only read.
        let status =
            unsafe { aws_lc_sys::EVP_MD_CTX_copy_ex(copy.context.as_ptr(), self.context.as_ptr()) };
        require(status, "EVP_MD_CTX_copy_ex");
        copy
    }
}

/// A context without an algorithm yet.
pub(super) fn fresh() -> Owned<EVP_MD_CTX> {
    // SAFETY: takes nothing; the result is checked for NULL.
    Owned::allocated(unsafe { aws_lc_sys::EVP_MD_CTX_new() })
}

fn family(algorithm: Algorithm) -> Option<*const EVP_MD> {
    // SAFETY: each takes nothing and returns a static object.
    unsafe {
        match algorithm {
            Algorithm::Sha3_224 => Some(aws_lc_sys::EVP_sha3_224()),
            Algorithm::Sha3_256 => Some(aws_lc_sys::EVP_sha3_256()),
            Algorithm::Sha3_384 => Some(aws_lc_sys::EVP_sha3_384()),
            Algorithm::Sha3_512 => Some(aws_lc_sys::EVP_sha3_512()),
            Algorithm::Shake128 => Some(aws_lc_sys::EVP_shake128()),
            Algorithm::Shake256 => Some(aws_lc_sys::EVP_shake256()),
            _ => None,
        }
    }
}
