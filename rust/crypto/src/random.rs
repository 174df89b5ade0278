//! Random octets for keys, nonces and padding.

use crate::aws_lc::memory;

/// Fills `octets` from AWS-LC's generator, which the operating system seeds.
///
/// # Panics
///
/// If the operating system has no random octets to give.
pub fn fill(octets: &mut [u8]) {
    memory::fill_random(octets);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fill_writes_every_octet() {
        let mut ever_set = [0_u8; 67];
        for _ in 0..64 {
            let mut octets = [0; 67];
            fill(&mut octets);
            ever_set.iter_mut().zip(octets).for_each(|(set, octet)| *set |= octet);
        }
        assert!(ever_set.iter().all(|octet| *octet != 0));
        fill(&mut []);
    }
}
