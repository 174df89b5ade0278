//! Numbers as digits of 52 bits, lowest first, and what is done with one at a time.

/// Bits of a digit: what the multiply-add of AVX-512 IFMA takes.
pub(super) const LIMB_BITS: u32 = 52;
/// The bits of a digit.
pub(super) const MASK: u64 = (1 << LIMB_BITS) - 1;

/// A number below 2^(52 L).
pub(crate) type Limbs<const L: usize> = [u64; L];

/// Cuts a big-endian number into digits; what is beyond L of them is left off.
pub(super) fn from_be_bytes<const L: usize>(bytes: &[u8]) -> Limbs<L> {
    let mut limbs = [0; L];
    let mut places = limbs.iter_mut();
    let (mut pending, mut bits) = (0_u128, 0);
    for chunk in bytes.rchunks(8) {
        let word = match chunk.first_chunk() {
            Some(octets) => u64::from_be_bytes(*octets),
            None => chunk.iter().fold(0, |word, octet| word << 8 | u64::from(*octet)),
        };
        pending |= u128::from(word) << bits;
        bits += 8 * chunk.len() as u32;
        while bits >= LIMB_BITS {
            put(&mut places, pending as u64 & MASK);
            pending >>= LIMB_BITS;
            bits -= LIMB_BITS;
        }
    }
    put(&mut places, pending as u64);
    limbs
}

fn put(places: &mut std::slice::IterMut<'_, u64>, limb: u64) {
    if let Some(place) = places.next() {
        *place = limb;
    }
}

/// Writes a number big-endian, left-padded with zeros; octets that `out` has no room for are left
/// off.
pub(crate) fn write_be_bytes<const L: usize>(limbs: &Limbs<L>, out: &mut [u8]) {
    let mut limbs = limbs.iter();
    let (mut pending, mut bits) = (0_u128, 0);
    for chunk in out.rchunks_mut(8) {
        while bits < u64::BITS {
            pending |= u128::from(limbs.next().copied().unwrap_or_default()) << bits;
            bits += LIMB_BITS;
        }
        let word = (pending as u64).to_be_bytes();
        match chunk.first_chunk_mut() {
            Some(place) => *place = word,
            None => {
                chunk.iter_mut().rev().zip(word.iter().rev()).for_each(|(to, from)| *to = *from)
            }
        }
        pending >>= u64::BITS;
        bits -= u64::BITS;
    }
}

/// Whether a < b.
pub(super) fn is_below<const L: usize>(a: &Limbs<L>, b: &Limbs<L>) -> bool {
    a.iter().rev().lt(b.iter().rev())
}

/// `a -= b`, for b <= a.
pub(super) fn subtract<const L: usize>(a: &mut Limbs<L>, b: &Limbs<L>) {
    let mut borrow = 0;
    for (a, b) in a.iter_mut().zip(b) {
        let difference = a.wrapping_sub(*b).wrapping_sub(borrow);
        borrow = difference >> 63;
        *a = difference & MASK;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn write_be_bytes_of_from_be_bytes_is_the_number(
            bytes in proptest::collection::vec(any::<u8>(), 0..=65),
            more in 0usize..10,
        ) {
            let limbs: Limbs<10> = from_be_bytes(&bytes);
            prop_assert!(limbs.iter().all(|limb| *limb <= MASK));
            let mut out = vec![0xee; bytes.len() + more];
            write_be_bytes(&limbs, &mut out);
            prop_assert_eq!(&out[more..], &bytes[..]);
            prop_assert!(out[..more].iter().all(|octet| *octet == 0));
        }

        #[test]
        fn subtract_and_is_below_equal_slow_twin(a in any::<u128>(), b in any::<u128>()) {
            let limbs = |number: u128| -> Limbs<3> { from_be_bytes(&number.to_be_bytes()) };
            prop_assert_eq!(is_below(&limbs(a), &limbs(b)), a < b);
            let (low, high) = (a.min(b), a.max(b));
            let mut difference = limbs(high);
            subtract(&mut difference, &limbs(low));
            prop_assert_eq!(difference, limbs(high - low));
        }
    }
}
