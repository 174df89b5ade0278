//! Streaming digest contexts by value: no heap, no indirection through EVP.

use crate::digest::Algorithm;
use aws_lc_sys::{MD5_CTX, SHA_CTX, SHA256_CTX, SHA512_CTX};
use std::mem::MaybeUninit;

/// A digest under way.
#[derive(Clone)]
pub(crate) enum Context {
    Md5(MD5_CTX),
    Sha1(SHA_CTX),
    Sha224(SHA256_CTX),
    Sha256(SHA256_CTX),
    Sha384(SHA512_CTX),
    Sha512(SHA512_CTX),
    Sha512_256(SHA512_CTX),
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
    pub(crate) fn new(algorithm: Algorithm) -> Self {
        // The linker keeps AWS-LC's initialiser, which finds the CPU's SHA and vector instructions
        // when the program starts, only if something names its object file. The call does nothing.
        // SAFETY: takes nothing, and may be called any number of times from any thread.
        unsafe { aws_lc_sys::CRYPTO_library_init() }
        match algorithm {
            Algorithm::Md5 => Self::Md5(started!(MD5_Init)),
            Algorithm::Sha1 => Self::Sha1(started!(SHA1_Init)),
            Algorithm::Sha224 => Self::Sha224(started!(SHA224_Init)),
            Algorithm::Sha256 => Self::Sha256(started!(SHA256_Init)),
            Algorithm::Sha384 => Self::Sha384(started!(SHA384_Init)),
            Algorithm::Sha512 => Self::Sha512(started!(SHA512_Init)),
            Algorithm::Sha512_256 => Self::Sha512_256(started!(SHA512_256_Init)),
        }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        let status = match self {
            Self::Md5(context) => updated!(MD5_Update, context, bytes),
            Self::Sha1(context) => updated!(SHA1_Update, context, bytes),
            Self::Sha224(context) => updated!(SHA224_Update, context, bytes),
            Self::Sha256(context) => updated!(SHA256_Update, context, bytes),
            Self::Sha384(context) => updated!(SHA384_Update, context, bytes),
            Self::Sha512(context) => updated!(SHA512_Update, context, bytes),
            Self::Sha512_256(context) => updated!(SHA512_256_Update, context, bytes),
        };
        super::require(status, "digest update");
    }

    /// The digest at the front of 64 octets, zeroes after it.
    pub(crate) fn finish(mut self) -> [u8; 64] {
        let mut out = [0; 64];
        let status = match &mut self {
            Self::Md5(context) => finished!(MD5_Final, context, out),
            Self::Sha1(context) => finished!(SHA1_Final, context, out),
            Self::Sha224(context) => finished!(SHA224_Final, context, out),
            Self::Sha256(context) => finished!(SHA256_Final, context, out),
            Self::Sha384(context) => finished!(SHA384_Final, context, out),
            Self::Sha512(context) => finished!(SHA512_Final, context, out),
            Self::Sha512_256(context) => finished!(SHA512_256_Final, context, out),
        };
        super::require(status, "digest finish");
        out
    }
}
