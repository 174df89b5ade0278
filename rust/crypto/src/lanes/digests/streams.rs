//! Blocks of several streams through one hash, a stream in each lane of a vector.

use super::words::Words;

/// What one hash does with a block, written for any vector: W is its word, of which its value has N.
pub(super) trait Rounds<W, const N: usize, const BLOCK: usize> {
    /// Puts the sixteen words of a block into a lane.
    fn put_block<R: AsMut<[W]>>(rows: &mut [R; 16], lane: usize, block: &[u8; BLOCK]);

    /// What a block makes of the hash value, before that is added again.
    fn rounds<V: Words<W>>(
        words: V,
        state: [V::Register; N],
        message: [V::Register; 16],
    ) -> [V::Register; N];
}

/// Hashes equally many blocks of some streams, no more than lanes, into their states.
#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "N words of each, and blocks of the first stream")]
pub(super) fn compress<W, V, H, const N: usize, const BLOCK: usize>(
    words: V,
    states: &mut [[W; N]],
    blocks: &[&[[u8; BLOCK]]],
) where
    W: Copy,
    V: Words<W>,
    H: Rounds<W, N, BLOCK>,
{
    let mut rows = [V::Row::default(); N];
    for (lane, state) in states.iter().enumerate() {
        put_words(&mut rows, lane, state);
    }
    let mut sums = words.load_rows(&rows);
    for at in 0..blocks.first().map_or(0, |blocks| blocks.len()) {
        let mut rows = [V::Row::default(); 16];
        for (lane, blocks) in blocks.iter().enumerate() {
            H::put_block(&mut rows, lane, &blocks[at]);
        }
        let state = H::rounds(words, sums, words.load_rows(&rows));
        for word in 0..N {
            sums[word] = words.add(sums[word], state[word]);
        }
    }
    let rows = words.store_rows(&sums);
    for (lane, state) in states.iter_mut().enumerate() {
        take_words(&rows, lane, state);
    }
}

#[inline(always)]
fn put_words<W: Copy, R: AsMut<[W]>>(rows: &mut [R], lane: usize, stream: &[W]) {
    for (row, word) in rows.iter_mut().zip(stream) {
        put(row, lane, *word);
    }
}

#[inline(always)]
fn take_words<W: Copy, R: AsRef<[W]>>(rows: &[R], lane: usize, stream: &mut [W]) {
    for (row, place) in rows.iter().zip(stream) {
        if let Some(word) = row.as_ref().get(lane) {
            *place = *word;
        }
    }
}

/// Puts a word into a lane.
#[inline(always)]
pub(super) fn put<W, R: AsMut<[W]>>(row: &mut R, lane: usize, word: W) {
    if let Some(place) = row.as_mut().get_mut(lane) {
        *place = word;
    }
}
