//! Numbers as digits of some bits, lowest first, and what is done with one at a time.

/// Cuts a big-endian number into digits of `BITS`; what the digits have no room for is left off.
pub(super) fn from_be_bytes<const BITS: u32>(bytes: &[u8], digits: &mut [u64]) {
    let mut places = digits.iter_mut();
    let mut put = |digit| {
        if let Some(place) = places.next() {
            *place = digit;
        }
    };
    let (mut pending, mut bits) = (0_u128, 0);
    for chunk in bytes.rchunks(8) {
        let word = match chunk.first_chunk() {
            Some(octets) => u64::from_be_bytes(*octets),
            None => chunk.iter().fold(0, |word, octet| word << 8 | u64::from(*octet)),
        };
        pending |= u128::from(word) << bits;
        bits += 8 * chunk.len() as u32;
        while bits >= BITS {
            put(pending as u64 & mask::<BITS>());
            pending >>= BITS;
            bits -= BITS;
        }
    }
    put(pending as u64);
    places.for_each(|place| *place = 0);
}

/// Writes a number big-endian, left-padded with zeros; octets that `out` has no room for are left
/// off.
pub(super) fn write_be_bytes<const BITS: u32>(digits: &[u64], out: &mut [u8]) {
    let mut digits = digits.iter();
    let (mut pending, mut bits) = (0_u128, 0);
    for chunk in out.rchunks_mut(8) {
        while bits < u64::BITS {
            pending |= u128::from(digits.next().copied().unwrap_or_default()) << bits;
            bits += BITS;
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

/// The bits of a digit.
pub(super) const fn mask<const BITS: u32>() -> u64 {
    (1 << BITS) - 1
}

/// Whether a < b, of equally many digits.
pub(super) fn is_below(a: &[u64], b: &[u64]) -> bool {
    a.iter().rev().lt(b.iter().rev())
}

/// `a -= b` modulo 2^(BITS · digits).
pub(super) fn subtract<const BITS: u32>(a: &mut [u64], b: &[u64]) {
    let mut borrow = 0;
    for (a, b) in a.iter_mut().zip(b) {
        let difference = a.wrapping_sub(*b).wrapping_sub(borrow);
        borrow = difference >> 63;
        *a = difference & mask::<BITS>();
    }
}

/// -1/n mod 2^BITS for odd n: Newton's iteration doubles the right bits, of which n·n = 1 gives 3.
pub(super) fn negated_inverse<const BITS: u32>(n: u64) -> u64 {
    let inverse = (0..5)
        .fold(n, |inverse, _| inverse.wrapping_mul(2_u64.wrapping_sub(n.wrapping_mul(inverse))));
    inverse.wrapping_neg() & mask::<BITS>()
}

/// The digits of several numbers side by side: a row for each place, a column for each number.
pub(super) fn side_by_side<T: Copy + Default, const LANES: usize, const D: usize>(
    numbers: [&[T]; LANES],
) -> [[T; LANES]; D] {
    let mut rows = [[T::default(); LANES]; D];
    for (lane, number) in numbers.into_iter().enumerate() {
        for (row, digit) in rows.iter_mut().zip(number) {
            if let Some(place) = row.get_mut(lane) {
                *place = *digit;
            }
        }
    }
    rows
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn digits<const BITS: u32>(bytes: &[u8], count: usize) -> Vec<u64> {
        let mut digits = vec![0xee; count];
        from_be_bytes::<BITS>(bytes, &mut digits);
        digits
    }

    fn check_round_trip<const BITS: u32>(bytes: &[u8], more: usize) {
        let digits = digits::<BITS>(bytes, 11);
        assert!(digits.iter().all(|digit| *digit <= mask::<BITS>()));
        let mut out = vec![0xee; bytes.len() + more];
        write_be_bytes::<BITS>(&digits, &mut out);
        assert_eq!(&out[more..], bytes);
        assert!(out[..more].iter().all(|octet| *octet == 0));
    }

    #[test]
    fn negated_inverse_times_n_is_minus_one() {
        for n in [1, 3, 5, mask::<52>(), 0x000d_5e8a_3c1f_0b97] {
            let inverse = negated_inverse::<52>(n);
            assert_eq!(inverse.wrapping_mul(n).wrapping_add(1) & mask::<52>(), 0);
            assert_eq!(negated_inverse::<50>(n), inverse & mask::<50>());
        }
    }

    #[test]
    fn side_by_side_is_the_transpose() {
        let rows: [[u8; 2]; 3] = side_by_side([&[1, 2, 3], &[4, 5, 6]]);
        assert_eq!(rows, [[1, 4], [2, 5], [3, 6]]);
    }

    proptest! {
        #[test]
        fn write_be_bytes_of_from_be_bytes_is_the_number(
            bytes in proptest::collection::vec(any::<u8>(), 0..=65),
            more in 0usize..10,
        ) {
            check_round_trip::<52>(&bytes, more);
            check_round_trip::<50>(&bytes, more);
        }

        #[test]
        fn subtract_and_is_below_equal_slow_twin(a in any::<u128>(), b in any::<u128>()) {
            let limbs = |number: u128| digits::<52>(&number.to_be_bytes(), 3);
            prop_assert_eq!(is_below(&limbs(a), &limbs(b)), a < b);
            let (low, high) = (a.min(b), a.max(b));
            let mut difference = limbs(high);
            subtract::<52>(&mut difference, &limbs(low));
            prop_assert_eq!(difference, limbs(high - low));
        }
    }
}
