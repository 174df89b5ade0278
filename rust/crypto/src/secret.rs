//! Octets that are nobody else's business: keys, passwords, what was encrypted.
//!
//! RULES 40a: memory is zeroed before it is given back, nothing prints the octets, and comparison
//! takes the same time whatever they are. Nothing keeps them from being swapped out or from a core
//! dump: that is the process's to arrange.

use crate::aws_lc::memory;
use std::fmt;

/// Owned octets that are zeroed when dropped.
///
/// Not `Clone`: [`Secret::duplicate`] says that a second copy is wanted. `==` takes a time that
/// depends on the lengths only.
#[derive(Default)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// Copies `octets`; the original stays whoever's it is.
    pub fn copy_of(octets: &[u8]) -> Self {
        Self(octets.to_vec())
    }

    /// So many zeros, to be written over.
    pub fn zeros(octets: usize) -> Self {
        Self(vec![0; octets])
    }

    /// So many random octets.
    pub fn random(octets: usize) -> Self {
        let mut secret = Self::zeros(octets);
        memory::fill_random(&mut secret.0);
        secret
    }

    /// The pieces, one after the other.
    pub fn joined(pieces: &[&[u8]]) -> Self {
        Self(pieces.concat())
    }

    /// The octets.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The octets, to be changed in place.
    pub fn as_mut_bytes(&mut self) -> &mut [u8] {
        &mut self.0
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Keeps the first so many octets; the others are zeroed with them at the latest.
    pub fn truncate(&mut self, octets: usize) {
        self.0.truncate(octets);
    }

    /// A second copy.
    pub fn duplicate(&self) -> Self {
        Self::copy_of(&self.0)
    }

    /// The octets as an ordinary vector, which nobody zeroes: for plaintext on its way out.
    pub fn into_vec(mut self) -> Vec<u8> {
        std::mem::take(&mut self.0)
    }
}

impl From<Vec<u8>> for Secret {
    /// Takes the vector over without a copy.
    fn from(octets: Vec<u8>) -> Self {
        Self(octets)
    }
}

impl AsRef<[u8]> for Secret {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        memory::cleanse(&mut self.0);
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        memory::is_equal(&self.0, &other.0)
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Secret({} octets)", self.0.len())
    }
}

/// Whether both are the same, in a time that depends on the lengths only.
pub fn is_equal(one: &[u8], other: &[u8]) -> bool {
    memory::is_equal(one, other)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn rule_40a_debug_tells_the_length_only() {
        let secret = Secret::copy_of(b"ABCDEF");
        assert_eq!(format!("{secret:?} {secret:#?}"), "Secret(6 octets) Secret(6 octets)");
    }

    #[test]
    fn equality_compares_lengths_and_octets() {
        let secret = Secret::copy_of(&[1, 2, 3]);
        assert_eq!(secret, secret.duplicate());
        assert_ne!(secret, Secret::copy_of(&[1, 2]));
        assert_ne!(secret, Secret::copy_of(&[1, 2, 4]));
        assert!(is_equal(&[], &[]) && !is_equal(&[0], &[]));
    }

    #[test]
    fn random_secrets_differ() {
        assert_ne!(Secret::random(32), Secret::random(32));
        assert_eq!(Secret::random(0).len(), 0);
    }
}
