//! What goes through the stages together: about a thousand stored messages.

use super::outline::{Outline, Target};
use super::vocabulary::{ErrorCode, Integrity};

/// One message as its source stores it.
#[derive(Clone, Copy, Debug, Default)]
pub struct StoredMessage<'a> {
    /// File it came from.
    pub source: Option<&'a str>,
    /// 0-based position in that file.
    pub source_index: Option<i64>,
    /// First byte in that file.
    pub source_offset: Option<i64>,
    /// Bytes in that file.
    pub source_length: Option<i64>,
    /// The message, mbox quoting left as it is; `None` for a null row and for one that is not held.
    pub raw: Option<&'a [u8]>,
    /// The message, where it is too large to be held ([`crate::limits::MESSAGE_BYTES`]).
    pub outline: Option<&'a Outline<'a>>,
    /// Where a message that is not held is written, by a job that writes mail.
    pub target: Option<Target<'a>>,
    /// Why there is no message.
    pub error: Option<ErrorCode>,
    /// The mbox From_ line.
    pub from_line: Option<&'a [u8]>,
    /// When the archive says that it had the message, Unix microseconds (`--vouch column:NAME`).
    pub vouched_unix_us: Option<i64>,
    /// What protected the plaintext from change before the message got the envelope that it has: mail that a job wrote says so.
    pub original_integrity: Option<Integrity>,
    /// The source doubts the boundary (RULES 29).
    pub split_suspicious: bool,
    /// The source doubts that the From_ line is the archive's: the sender may have written it.
    pub doubts_from_line: bool,
}

impl StoredMessage<'_> {
    /// Bytes held for this message.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        self.text().map_or(0, <[u8]>::len)
    }
}

impl<'a> StoredMessage<'a> {
    /// Bytes of the message, held or not.
    pub(crate) fn octets(&self) -> usize {
        let whole = self.outline.map(|outline| outline.place_of(&(0..outline.kept().len())).1);
        whole.map_or_else(
            || self.held_bytes(),
            |octets| usize::try_from(octets).unwrap_or(usize::MAX),
        )
    }

    /// The bytes to walk: the message, or the outline of a large one; `None` for a null row.
    pub(crate) fn text(&self) -> Option<&'a [u8]> {
        self.raw.or_else(|| self.outline.map(Outline::kept))
    }
}

/// Cuts `messages` where a chunk reaches `max_bytes` or `max_messages`, keeping order; no chunk is empty.
pub fn cut<'m, 'a>(
    messages: &'m [StoredMessage<'a>],
    max_messages: usize,
    max_bytes: usize,
) -> Vec<&'m [StoredMessage<'a>]> {
    let mut chunks = Vec::new();
    let mut rest = messages;
    while !rest.is_empty() {
        let mut bytes = 0_usize;
        let full = rest.iter().take(max_messages.max(1)).take_while(|message| {
            let fits = bytes == 0 || bytes + message.held_bytes() <= max_bytes;
            bytes += message.held_bytes();
            fits
        });
        let (chunk, after) = rest.split_at(full.count().max(1));
        chunks.push(chunk);
        rest = after;
    }
    chunks
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn of(bytes: &[u8]) -> StoredMessage<'_> {
        StoredMessage { raw: Some(bytes), ..StoredMessage::default() }
    }

    #[test]
    fn chunks_are_cut_by_bytes_and_count_and_lose_nothing() {
        let ten = [0_u8; 10];
        let messages = [of(&ten), of(&ten), of(&ten), StoredMessage::default(), of(&ten)];
        let sizes =
            |chunks: Vec<&[StoredMessage<'_>]>| chunks.iter().map(|c| c.len()).collect::<Vec<_>>();
        assert_eq!(sizes(cut(&messages, 1000, 20)), [2, 3]);
        assert_eq!(sizes(cut(&messages, 2, 1000)), [2, 2, 1]);
        assert_eq!(sizes(cut(&messages, 1000, 1)), [1, 1, 1, 2]);
        assert!(cut(&[], 10, 10).is_empty());
    }
}
