//! Large messages: what a [`ByteSource`] holds → an outline that goes through the stages like any
//! message, and the digests of what the outline leaves out.
//!
//! The source is read once for the outline and the message's fingerprint, and once more for each
//! digest of signed content. Each gap carries its own SHA-256 from the first reading, so that a
//! signature is never judged over other bytes than `message_sha256` names: a source that changes in
//! between is a fault.

use core::fmt;
use core::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use smimebatch_crypto::digest::{Algorithm, Digest, Hasher, LineEnds};

use crate::mail::outline::{Gap, OutlineBuilder};

use super::scan::WALK_LIMITS;

/// Bytes read at once.
const PIECE_BYTES: usize = 1 << 20;

/// The bytes of one message that is not held, as the caller reads them (with pread, RULES 45).
pub trait ByteSource: Sync {
    /// Bytes of the message.
    fn length(&self) -> u64;

    /// Reads from `offset` on into `into`; gives how many bytes came, fewer only at the end.
    ///
    /// # Errors
    /// When they cannot be read.
    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize, SourceFault>;
}

/// A source could not be read, or ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceFault;

/// A large message: what is kept of it, and how to get at the rest.
pub struct Outline<'s> {
    source: &'s dyn ByteSource,
    kept: Vec<u8>,
    gaps: Vec<Gap>,
    /// SHA-256 of each gap as it was read for the outline.
    gap_digests: Vec<Digest>,
    sha256: Digest,
    fits: bool,
    faulty: AtomicBool,
}

impl fmt::Debug for Outline<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Outline");
        shown.field("kept", &self.kept.len()).field("gaps", &self.gaps).finish_non_exhaustive()
    }
}

impl<'s> Outline<'s> {
    /// Reads the message once, piece by piece.
    pub(crate) fn read(source: &'s dyn ByteSource) -> Result<Self, SourceFault> {
        let mut builder = OutlineBuilder::new(WALK_LIMITS);
        let new_hasher = || Hasher::new(Algorithm::Sha256, LineEnds::AsStored);
        let (mut whole, mut gaps) = (new_hasher(), Vec::<Hasher>::new());
        let length = source.length();
        let mut offset = 0;
        read_pieces(source, 0..length, |piece| {
            whole.update(piece);
            offset += piece.len() as u64;
            builder.push(piece, offset == length, |gap, bytes| {
                if gaps.len() <= gap {
                    gaps.resize_with(gap + 1, new_hasher);
                }
                if let Some(hasher) = gaps.get_mut(gap) {
                    hasher.update(bytes);
                }
            });
        })?;
        let outline = builder.finish();
        Ok(Self {
            source,
            kept: outline.kept,
            gap_digests: gaps.into_iter().take(outline.gaps.len()).map(Hasher::finish).collect(),
            gaps: outline.gaps,
            sha256: whole.finish(),
            fits: outline.fits,
            faulty: AtomicBool::new(false),
        })
    }

    /// What is kept of the message.
    pub(crate) fn kept(&self) -> &[u8] {
        &self.kept
    }

    /// SHA-256 of the whole message.
    pub(crate) const fn sha256(&self) -> &Digest {
        &self.sha256
    }

    /// Whether the MIME tree of what is kept is that of the message.
    pub(crate) const fn fits(&self) -> bool {
        self.fits
    }

    /// Whether the source failed after the outline was made: nothing found since then counts.
    pub(crate) fn is_faulty(&self) -> bool {
        self.faulty.load(Ordering::Relaxed)
    }

    /// Whether bytes are missing in a range of what is kept.
    pub(crate) fn has_gap_in(&self, range: &Range<usize>) -> bool {
        self.gaps.iter().any(|gap| range.start <= gap.at && gap.at <= range.end)
    }

    /// Where a range of what is kept lies in the message: its offset and length.
    pub(crate) fn place_of(&self, range: &Range<usize>) -> (u64, u64) {
        let octets = |is_before: &dyn Fn(usize) -> bool| -> u64 {
            self.gaps.iter().filter(|gap| is_before(gap.at)).map(|gap| gap.octets).sum()
        };
        let start = range.start as u64 + octets(&|at| at < range.start);
        (start, range.end as u64 + octets(&|at| at <= range.end) - start)
    }

    /// The digest of the bytes of the message that a range of what is kept stands for; `None` when
    /// the source fails.
    pub(crate) fn digest(
        &self,
        range: &Range<usize>,
        algorithm: Algorithm,
        line_ends: LineEnds,
    ) -> Option<Digest> {
        let digest = self.digest_of(range, algorithm, line_ends);
        if digest.is_err() {
            self.faulty.store(true, Ordering::Relaxed);
        }
        digest.ok()
    }

    fn digest_of(
        &self,
        range: &Range<usize>,
        algorithm: Algorithm,
        line_ends: LineEnds,
    ) -> Result<Digest, SourceFault> {
        let mut hasher = Hasher::new(algorithm, line_ends);
        let mut at = range.start;
        for (gap, expected) in self.gaps.iter().zip(&self.gap_digests) {
            if gap.at < range.start || gap.at > range.end {
                continue;
            }
            hasher.update(self.kept.get(at..gap.at).ok_or(SourceFault)?);
            self.read_gap(gap, expected, &mut hasher)?;
            at = gap.at;
        }
        hasher.update(self.kept.get(at..range.end).ok_or(SourceFault)?);
        Ok(hasher.finish())
    }

    fn read_gap(
        &self,
        gap: &Gap,
        expected: &Digest,
        hasher: &mut Hasher,
    ) -> Result<(), SourceFault> {
        let before = self.gaps.iter().take_while(|other| other.at < gap.at);
        let offset = gap.at as u64 + before.map(|gap| gap.octets).sum::<u64>();
        let mut seen = Hasher::new(Algorithm::Sha256, LineEnds::AsStored);
        read_pieces(self.source, offset..offset + gap.octets, |piece| {
            hasher.update(piece);
            seen.update(piece);
        })?;
        if seen.finish().as_bytes() == expected.as_bytes() { Ok(()) } else { Err(SourceFault) }
    }
}

/// Reads a range of the source in order.
fn read_pieces(
    source: &dyn ByteSource,
    range: Range<u64>,
    mut take: impl FnMut(&[u8]),
) -> Result<(), SourceFault> {
    let mut buffer = vec![0; PIECE_BYTES];
    let mut offset = range.start;
    while offset < range.end {
        let wanted =
            usize::try_from(range.end - offset).map_or(PIECE_BYTES, |n| n.min(PIECE_BYTES));
        let into = buffer.get_mut(..wanted).ok_or(SourceFault)?;
        let count = source.read_at(offset, into)?;
        let piece = into.get(..count).filter(|piece| !piece.is_empty()).ok_or(SourceFault)?;
        take(piece);
        offset += count as u64;
    }
    Ok(())
}

/// Content that is signed: in memory, or a range of a large message that is not.
///
/// Whoever needs the bytes themselves asks for [`Octets::held`]; what an outline keeps of a streamed
/// content must never be taken for it.
#[derive(Clone, Copy)]
pub(crate) enum Octets<'f> {
    Held(&'f [u8]),
    Streamed { outline: &'f Outline<'f>, start: usize, end: usize },
}

impl<'f> Octets<'f> {
    /// A range of an outline: held, if nothing is missing in it.
    pub(crate) fn of_outline(outline: &'f Outline<'f>, range: Range<usize>) -> Option<Self> {
        if outline.has_gap_in(&range) {
            return Some(Self::Streamed { outline, start: range.start, end: range.end });
        }
        outline.kept.get(range).map(Self::Held)
    }

    /// The bytes, where they are in memory.
    pub(crate) const fn held(self) -> Option<&'f [u8]> {
        match self {
            Self::Held(bytes) => Some(bytes),
            Self::Streamed { .. } => None,
        }
    }

    /// How many they are.
    pub(crate) fn octets(self) -> usize {
        match self {
            Self::Held(bytes) => bytes.len(),
            Self::Streamed { outline, start, end } => {
                usize::try_from(outline.place_of(&(start..end)).1).unwrap_or(usize::MAX)
            }
        }
    }

    /// How it begins: its header block at least, in which nothing is ever missing.
    pub(crate) fn beginning(self) -> &'f [u8] {
        match self {
            Self::Held(bytes) => bytes,
            Self::Streamed { outline, start, end } => {
                let gap = outline.gaps.iter().map(|gap| gap.at).find(|&at| at >= start);
                outline.kept.get(start..gap.unwrap_or(end)).unwrap_or_default()
            }
        }
    }

    /// What tells it from other contents: the place of what is in memory of it.
    pub(crate) fn place(self) -> (usize, usize) {
        match self {
            Self::Held(bytes) => (bytes.as_ptr().addr(), bytes.len()),
            Self::Streamed { outline, start, end } => {
                (outline.kept.as_ptr().addr() + start, end - start)
            }
        }
    }
}
