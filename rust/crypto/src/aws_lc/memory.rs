//! Octets that must not be guessed, told apart by time, or left behind.

use super::require;

/// Empties `octets`, after overwriting everything allocated in a way that the compiler keeps.
pub(crate) fn cleanse(octets: &mut Vec<u8>) {
    octets.clear();
    let allocated = octets.spare_capacity_mut();
    // SAFETY: a slice writable for its length.
    unsafe { aws_lc_sys::OPENSSL_cleanse(allocated.as_mut_ptr().cast(), allocated.len()) }
}

/// Whether both are the same, in a time that depends on the lengths only.
pub(crate) fn is_equal(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    // SAFETY: two slices readable for the length of either, which is the same.
    let difference =
        unsafe { aws_lc_sys::CRYPTO_memcmp(one.as_ptr().cast(), other.as_ptr().cast(), one.len()) };
    difference == 0
}

/// Fills `octets` from AWS-LC's generator, which the operating system seeds.
pub(crate) fn fill_random(octets: &mut [u8]) {
    // SAFETY: a slice writable for its length.
    let status = unsafe { aws_lc_sys::RAND_bytes(octets.as_mut_ptr(), octets.len()) };
    require(status, "RAND_bytes");
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn rule_40a_cleanse_overwrites_what_was_truncated_away_too() {
        let mut octets = Vec::with_capacity(64);
        octets.extend([0xa5; 64]);
        octets.truncate(8);
        cleanse(&mut octets);
        assert!(octets.is_empty());
        // SAFETY: as many were written before.
        unsafe { octets.set_len(64) }
        assert_eq!(octets, [0; 64]);
    }
}
