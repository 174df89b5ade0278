//! Non-negative big integers and Montgomery arithmetic, for public numbers only (nothing is
//! constant time).

use super::{Owned, Release, clear_errors, require};
use aws_lc_sys::{BIGNUM, BN_CTX, BN_MONT_CTX};
use std::cmp::Ordering;
use std::ffi::c_int;

impl Release for BIGNUM {
    unsafe fn release(pointer: *mut Self) {
        // SAFETY: the caller's promise is `BN_free`'s.
        unsafe { aws_lc_sys::BN_free(pointer) }
    }
}

impl Release for BN_CTX {
    unsafe fn release(pointer: *mut Self) {
        // SAFETY: the caller's promise is `BN_CTX_free`'s.
        unsafe { aws_lc_sys::BN_CTX_free(pointer) }
    }
}

impl Release for BN_MONT_CTX {
    unsafe fn release(pointer: *mut Self) {
        // SAFETY: the caller's promise is `BN_MONT_CTX_free`'s.
        unsafe { aws_lc_sys::BN_MONT_CTX_free(pointer) }
    }
}

/// A pool of temporaries; one per thread of work.
pub(crate) struct Temporaries(Owned<BN_CTX>);

impl Temporaries {
    pub(crate) fn new() -> Self {
        // SAFETY: takes nothing; the result is checked for NULL.
        Self(Owned::allocated(unsafe { aws_lc_sys::BN_CTX_new() }))
    }
}

/// A non-negative integer.
pub(crate) struct Number(Owned<BIGNUM>);

// SAFETY: every method through `&self` passes the BIGNUM as `const BIGNUM *` to functions that only
// read it.
unsafe impl Sync for Number {}

impl Number {
    /// Zero.
    pub(crate) fn new() -> Self {
        // SAFETY: takes nothing; the result is checked for NULL.
        Self(Owned::allocated(unsafe { aws_lc_sys::BN_new() }))
    }

    pub(crate) fn from_be_bytes(bytes: &[u8]) -> Self {
        let mut number = Self::new();
        number.set_be_bytes(bytes);
        number
    }

    pub(crate) fn set_be_bytes(&mut self, bytes: &[u8]) {
        // SAFETY: `bytes` is readable for its length and `self` is a live BIGNUM that we hold
        // mutably.
        let result = unsafe { aws_lc_sys::BN_bin2bn(bytes.as_ptr(), bytes.len(), self.0.as_ptr()) };
        assert!(!result.is_null(), "AWS-LC failed: BN_bin2bn");
    }

    /// Fills `out`, left-padded with zeros; false if the number needs more octets.
    pub(crate) fn write_be_bytes(&self, out: &mut [u8]) -> bool {
        // SAFETY: `out` is writable for its length; the number is only read.
        let status =
            unsafe { aws_lc_sys::BN_bn2bin_padded(out.as_mut_ptr(), out.len(), self.0.as_ptr()) };
        super::succeeded(status)
    }

    pub(crate) fn bits(&self) -> u32 {
        // SAFETY: a live BIGNUM, only read.
        unsafe { aws_lc_sys::BN_num_bits(self.0.as_ptr()) }
    }

    pub(crate) fn is_odd(&self) -> bool {
        // SAFETY: a live BIGNUM, only read.
        unsafe { aws_lc_sys::BN_is_odd(self.0.as_ptr()) == 1 }
    }

    pub(crate) fn is_zero(&self) -> bool {
        // SAFETY: a live BIGNUM, only read.
        unsafe { aws_lc_sys::BN_is_zero(self.0.as_ptr()) == 1 }
    }

    pub(crate) fn is_one(&self) -> bool {
        // SAFETY: a live BIGNUM, only read.
        unsafe { aws_lc_sys::BN_is_one(self.0.as_ptr()) == 1 }
    }

    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        // SAFETY: two live BIGNUMs, only read.
        let order: c_int = unsafe { aws_lc_sys::BN_ucmp(self.0.as_ptr(), other.0.as_ptr()) };
        order.cmp(&0)
    }

    /// `self mod modulus`, which must not be zero.
    pub(crate) fn remainder(&self, modulus: &Self, temporaries: &mut Temporaries) -> Self {
        let remainder = Self::new();
        // SAFETY: live objects; only `remainder` and the temporaries, both ours alone, are written.
        let status = unsafe {
            aws_lc_sys::BN_nnmod(
                remainder.0.as_ptr(),
                self.0.as_ptr(),
                modulus.0.as_ptr(),
                temporaries.0.as_ptr(),
            )
        };
        require(status, "BN_nnmod");
        remainder
    }

    pub(crate) fn set_copy(&mut self, other: &Self) {
        // SAFETY: live objects; `self`, held mutably, is written.
        let result = unsafe { aws_lc_sys::BN_copy(self.0.as_ptr(), other.0.as_ptr()) };
        assert!(!result.is_null(), "AWS-LC failed: BN_copy");
    }

    /// For functions that read the number, or write it where we hold it alone.
    pub(super) fn as_ptr(&self) -> *mut BIGNUM {
        self.0.as_ptr()
    }

    /// Hands the BIGNUM to an AWS-LC object that will own it.
    pub(super) fn into_raw(self) -> *mut BIGNUM {
        self.0.into_raw()
    }
}

/// Constants for fast multiplication modulo one odd number.
pub(crate) struct Montgomery(Owned<BN_MONT_CTX>);

// SAFETY: after construction the BN_MONT_CTX is only passed as `const BN_MONT_CTX *`, which AWS-LC
// reads only.
unsafe impl Sync for Montgomery {}

impl Montgomery {
    /// None for an even modulus.
    pub(crate) fn new(modulus: &Number, temporaries: &mut Temporaries) -> Option<Self> {
        if !modulus.is_odd() {
            return None;
        }
        // SAFETY: live objects; `modulus` is only read, the temporaries are ours alone.
        let context = unsafe {
            aws_lc_sys::BN_MONT_CTX_new_for_modulus(modulus.0.as_ptr(), temporaries.0.as_ptr())
        };
        if context.is_null() {
            clear_errors();
            return None;
        }
        Some(Self(Owned::allocated(context)))
    }

    /// Bits of R = 2^k for a modulus: whole words, as few as hold it.
    pub(crate) fn radix_bits(modulus: &Number) -> usize {
        modulus.bits().next_multiple_of(aws_lc_sys::BN_ULONG::BITS) as usize
    }

    /// `out = a · R mod n`, for `a < n`.
    pub(crate) fn enter(&self, out: &mut Number, a: &Number, temporaries: &mut Temporaries) {
        // SAFETY: live objects; only `out` and the temporaries, both held mutably, are written.
        let status = unsafe {
            aws_lc_sys::BN_to_montgomery(
                out.0.as_ptr(),
                a.0.as_ptr(),
                self.0.as_ptr(),
                temporaries.0.as_ptr(),
            )
        };
        require(status, "BN_to_montgomery");
    }

    /// `product = product · factor · R⁻¹ mod n`, for factors below n.
    pub(crate) fn multiply(
        &self,
        product: &mut Number,
        factor: &Number,
        temporaries: &mut Temporaries,
    ) {
        let out = product.0.as_ptr();
        // SAFETY: live objects; the result may be one of the factors (BN_mod_exp_mont itself calls
        // it so), and only `product` and the temporaries, both held mutably, are written.
        let status = unsafe {
            aws_lc_sys::BN_mod_mul_montgomery(
                out,
                out,
                factor.0.as_ptr(),
                self.0.as_ptr(),
                temporaries.0.as_ptr(),
            )
        };
        require(status, "BN_mod_mul_montgomery");
    }

    /// `product = product² · R⁻¹ mod n`.
    pub(crate) fn square(&self, product: &mut Number, temporaries: &mut Temporaries) {
        let out = product.0.as_ptr();
        // SAFETY: as in `multiply`; both factors may be the result.
        let status = unsafe {
            aws_lc_sys::BN_mod_mul_montgomery(
                out,
                out,
                out,
                self.0.as_ptr(),
                temporaries.0.as_ptr(),
            )
        };
        require(status, "BN_mod_mul_montgomery");
    }

    /// `base ^ exponent mod modulus`, for the modulus this was made of and `base` below it.
    pub(crate) fn power(
        &self,
        out: &mut Number,
        base: &Number,
        exponent: &Number,
        modulus: &Number,
        temporaries: &mut Temporaries,
    ) {
        // SAFETY: live objects; only `out` and the temporaries, both held mutably, are written.
        let status = unsafe {
            aws_lc_sys::BN_mod_exp_mont(
                out.0.as_ptr(),
                base.0.as_ptr(),
                exponent.0.as_ptr(),
                modulus.0.as_ptr(),
                temporaries.0.as_ptr(),
                self.0.as_ptr(),
            )
        };
        require(status, "BN_mod_exp_mont");
    }
}
