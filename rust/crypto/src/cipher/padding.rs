//! The padding of RFC 5652 §6.3: n octets of value n, from one to a whole block.

use crate::constant_time::Mask;
use crate::secret::Secret;

/// `text` with its padding; blocks are of less than 256 octets.
pub(super) fn padded(text: &[u8], block_octets: usize) -> Secret {
    let added = block_octets - text.len() % block_octets;
    let mut padded = Secret::zeros(text.len() + added);
    let (start, padding) = padded.as_mut_bytes().split_at_mut(text.len());
    start.copy_from_slice(text);
    padding.fill(added as u8);
    padded
}

/// How long the text is without its padding; None if that is wrong, or there is none.
///
/// The time does not depend on what the last block holds; whoever branches on the answer shows it.
pub(super) fn text_octets(padded: &[u8], block_octets: usize) -> Option<usize> {
    let last = padded.get(padded.len().checked_sub(block_octets)?..)?;
    let added = usize::from(*last.last()?);
    let mut wrong = Mask::is_zero(added).or(Mask::is_below(block_octets, added));
    for (distance, octet) in last.iter().rev().enumerate() {
        let differs = Mask::is_equal(usize::from(*octet), added).not();
        wrong = wrong.or(Mask::is_below(distance, added).and(differs));
    }
    let octets = wrong.select(0, padded.len().wrapping_sub(added));
    (!wrong.declassify()).then_some(octets)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The obvious way.
    fn slow_text_octets(padded: &[u8], block_octets: usize) -> Option<usize> {
        let added = usize::from(*padded.last()?);
        let is_right = (1..=block_octets).contains(&added)
            && padded.len() >= block_octets
            && padded.iter().rev().take(added).all(|octet| usize::from(*octet) == added);
        is_right.then(|| padded.len() - added)
    }

    proptest! {
        #[test]
        fn text_octets_equals_slow_twin(
            mut padded in proptest::collection::vec(any::<u8>(), 0..4),
            block_octets in prop_oneof![Just(8_usize), Just(16)],
            added in 0_u8..=18,
            damaged in proptest::option::of((0..18_usize, any::<u8>())),
        ) {
            let whole = (padded.len() + usize::from(added)).next_multiple_of(block_octets);
            padded.resize(whole - usize::from(added), 0xaa);
            padded.resize(whole, added);
            if let Some((at, octet)) = damaged
                && let Some(place) = padded.iter_mut().rev().nth(at)
            {
                *place = octet;
            }
            prop_assert_eq!(
                text_octets(&padded, block_octets),
                slow_text_octets(&padded, block_octets)
            );
        }

        #[test]
        fn padded_text_loses_its_padding_again(
            text in proptest::collection::vec(any::<u8>(), 0..40),
            block_octets in prop_oneof![Just(8_usize), Just(16)],
        ) {
            let padded = padded(&text, block_octets);
            prop_assert!(padded.len() > text.len() && padded.len().is_multiple_of(block_octets));
            prop_assert!(padded.as_bytes().starts_with(&text));
            prop_assert_eq!(text_octets(padded.as_bytes(), block_octets), Some(text.len()));
        }
    }

    #[test]
    fn every_last_octet_is_judged_as_by_the_slow_twin() {
        for block_octets in [8, 16] {
            for last in 0..=255 {
                let text = [last; 32];
                let found = text_octets(&text, block_octets);
                assert_eq!(found, slow_text_octets(&text, block_octets), "{last}");
            }
            assert_eq!(text_octets(&[], block_octets), None);
            assert_eq!(text_octets(&[1; 7], block_octets), None);
        }
    }
}
