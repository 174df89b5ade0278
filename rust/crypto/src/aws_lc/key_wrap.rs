//! AES key wrap (RFC 3394) and AES key wrap with padding (RFC 5649).

use super::{require, succeeded};
use crate::secret::Secret;
use aws_lc_sys::AES_KEY;
use std::ffi::{c_int, c_uint};
use std::mem::MaybeUninit;

/// Octets of integrity check that wrapping adds.
const ADDED_OCTETS: usize = 8;

/// A schedule of round keys, zeroed when dropped.
struct Schedule(MaybeUninit<AES_KEY>);

impl Schedule {
    /// The key must have 16, 24 or 32 octets.
    fn to_encrypt(key: &[u8]) -> Self {
        let mut schedule = MaybeUninit::zeroed();
        let bits = (key.len() * 8) as c_uint;
        // SAFETY: a slice readable for its length, and room for a schedule.
        let status =
            unsafe { aws_lc_sys::AES_set_encrypt_key(key.as_ptr(), bits, schedule.as_mut_ptr()) };
        require(c_int::from(status == 0), "AES_set_encrypt_key");
        Self(schedule)
    }

    /// The key must have 16, 24 or 32 octets.
    fn to_decrypt(key: &[u8]) -> Self {
        let mut schedule = MaybeUninit::zeroed();
        let bits = (key.len() * 8) as c_uint;
        // SAFETY: a slice readable for its length, and room for a schedule.
        let status =
            unsafe { aws_lc_sys::AES_set_decrypt_key(key.as_ptr(), bits, schedule.as_mut_ptr()) };
        require(c_int::from(status == 0), "AES_set_decrypt_key");
        Self(schedule)
    }
}

impl Drop for Schedule {
    fn drop(&mut self) {
        // SAFETY: memory of our own, as many octets as it has.
        unsafe {
            aws_lc_sys::OPENSSL_cleanse(self.0.as_mut_ptr().cast(), size_of::<AES_KEY>());
        }
    }
}

/// RFC 3394 §2.2.1, under the default initial value; None for a length that it is not defined for.
pub(crate) fn wrap(key: &[u8], text: &[u8]) -> Option<Vec<u8>> {
    let schedule = Schedule::to_encrypt(key);
    let mut out = vec![0; text.len() + ADDED_OCTETS];
    // SAFETY: a schedule, the default value (NULL), a slice readable for its length, and room for
    // eight octets more.
    let written = unsafe {
        aws_lc_sys::AES_wrap_key(
            schedule.0.as_ptr(),
            std::ptr::null(),
            out.as_mut_ptr(),
            text.as_ptr(),
            text.len(),
        )
    };
    succeeded(c_int::from(usize::try_from(written) == Ok(out.len()))).then_some(out)
}

/// RFC 3394 §2.2.2; None if the integrity check fails.
pub(crate) fn unwrap(key: &[u8], wrapped: &[u8]) -> Option<Secret> {
    let schedule = Schedule::to_decrypt(key);
    let mut out = Secret::zeros(wrapped.len().checked_sub(ADDED_OCTETS)?);
    // SAFETY: a schedule, the default value (NULL), a slice readable for its length, and room for
    // eight octets less.
    let written = unsafe {
        aws_lc_sys::AES_unwrap_key(
            schedule.0.as_ptr(),
            std::ptr::null(),
            out.as_mut_bytes().as_mut_ptr(),
            wrapped.as_ptr(),
            wrapped.len(),
        )
    };
    succeeded(c_int::from(usize::try_from(written) == Ok(out.len()))).then_some(out)
}

/// RFC 5649 §4.1; None for a length that it is not defined for.
pub(crate) fn wrap_padded(key: &[u8], text: &[u8]) -> Option<Vec<u8>> {
    let schedule = Schedule::to_encrypt(key);
    let mut out = vec![0; text.len().next_multiple_of(8) + ADDED_OCTETS];
    let mut written = 0;
    // SAFETY: a schedule, room for what is written, whose length is said, and a slice readable for
    // its length.
    let status = unsafe {
        aws_lc_sys::AES_wrap_key_padded(
            schedule.0.as_ptr(),
            out.as_mut_ptr(),
            &raw mut written,
            out.len(),
            text.as_ptr(),
            text.len(),
        )
    };
    (succeeded(status) && written == out.len()).then_some(out)
}

/// RFC 5649 §4.2; None if the integrity check fails.
pub(crate) fn unwrap_padded(key: &[u8], wrapped: &[u8]) -> Option<Secret> {
    let schedule = Schedule::to_decrypt(key);
    let mut out = Secret::zeros(wrapped.len());
    let mut written = 0;
    // SAFETY: a schedule, room for what is written, whose length is said, and a slice readable for
    // its length.
    let status = unsafe {
        aws_lc_sys::AES_unwrap_key_padded(
            schedule.0.as_ptr(),
            out.as_mut_bytes().as_mut_ptr(),
            &raw mut written,
            out.len(),
            wrapped.as_ptr(),
            wrapped.len(),
        )
    };
    if !succeeded(status) {
        return None;
    }
    out.truncate(written);
    Some(out)
}
