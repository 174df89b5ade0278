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

/// Where the bytes of a message go that is written and not held.
pub trait ByteTarget: Sync {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// When they cannot be taken.
    fn write(&self, bytes: &[u8]) -> Result<(), TargetFault>;
}

/// A target could not take bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TargetFault;

/// A [`ByteTarget`] of somebody.
#[derive(Clone, Copy)]
pub struct Target<'t>(pub &'t dyn ByteTarget);

impl fmt::Debug for Target<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Target")
    }
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

    /// Says that nothing found of this message counts.
    pub(crate) fn fail(&self) {
        self.faulty.store(true, Ordering::Relaxed);
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

    /// Where a gap lies in the message.
    fn offset_of(&self, gap: &Gap) -> u64 {
        let before = self.gaps.iter().take_while(|other| other.at < gap.at);
        gap.at as u64 + before.map(|gap| gap.octets).sum::<u64>()
    }

    /// Bytes of the message.
    pub(crate) fn octets(&self) -> u64 {
        self.place_of(&(0..self.kept.len())).1
    }

    fn read_gap(
        &self,
        gap: &Gap,
        expected: &Digest,
        hasher: &mut Hasher,
    ) -> Result<(), SourceFault> {
        let offset = self.offset_of(gap);
        let mut seen = Hasher::new(Algorithm::Sha256, LineEnds::AsStored);
        read_pieces(self.source, offset..offset + gap.octets, |piece| {
            hasher.update(piece);
            seen.update(piece);
        })?;
        if seen.finish().as_bytes() == expected.as_bytes() { Ok(()) } else { Err(SourceFault) }
    }
}

/// Reads, in order and piece by piece, the bytes of the message that a range of what is kept stands for; those of a gap
/// are compared with what they were.
pub(crate) struct Pieces<'o> {
    outline: &'o Outline<'o>,
    segments: std::vec::IntoIter<Segment<'o>>,
    gap: Option<OpenGap<'o>>,
}

/// What follows one another in a message.
enum Segment<'o> {
    Kept(&'o [u8]),
    Gap(&'o Gap, &'o Digest),
}

struct OpenGap<'o> {
    offset: u64,
    end: u64,
    seen: Hasher,
    expected: &'o Digest,
}

impl<'o> Pieces<'o> {
    /// Those of a range.
    pub(crate) fn of(outline: &'o Outline<'o>, range: &Range<usize>) -> Self {
        let mut segments = Vec::new();
        let mut at = range.start;
        for (gap, expected) in outline.gaps.iter().zip(&outline.gap_digests) {
            if gap.at < range.start || gap.at > range.end {
                continue;
            }
            segments.push(Segment::Kept(outline.kept.get(at..gap.at).unwrap_or_default()));
            segments.push(Segment::Gap(gap, expected));
            at = gap.at;
        }
        segments.push(Segment::Kept(outline.kept.get(at..range.end).unwrap_or_default()));
        Self { outline, segments: segments.into_iter(), gap: None }
    }

    /// Puts the next piece into `buffer`, in place of what is there; false at the end.
    ///
    /// # Errors
    /// When the source cannot be read, or has other bytes than before: then the outline is faulty.
    pub(crate) fn read(&mut self, buffer: &mut Vec<u8>) -> Result<bool, SourceFault> {
        let read = self.read_next(buffer);
        if read.is_err() {
            self.outline.faulty.store(true, Ordering::Relaxed);
        }
        read
    }

    fn read_next(&mut self, buffer: &mut Vec<u8>) -> Result<bool, SourceFault> {
        buffer.clear();
        while buffer.is_empty() {
            if let Some(gap) = &mut self.gap {
                let wanted = gap.end - gap.offset;
                let wanted = usize::try_from(wanted).map_or(PIECE_BYTES, |n| n.min(PIECE_BYTES));
                buffer.resize(wanted, 0);
                let count = self.outline.source.read_at(gap.offset, buffer)?;
                if count == 0 {
                    return Err(SourceFault);
                }
                buffer.truncate(count);
                gap.offset += count as u64;
                gap.seen.update(buffer);
                if gap.offset < gap.end {
                    return Ok(true);
                }
                let gap = self.gap.take().ok_or(SourceFault)?;
                let is_as_before = gap.seen.finish().as_bytes() == gap.expected.as_bytes();
                return if is_as_before { Ok(true) } else { Err(SourceFault) };
            }
            match self.segments.next() {
                None => return Ok(false),
                Some(Segment::Kept(bytes)) => buffer.extend_from_slice(bytes),
                Some(Segment::Gap(gap, _)) if gap.octets == 0 => {}
                Some(Segment::Gap(gap, expected)) => {
                    let offset = self.outline.offset_of(gap);
                    let seen = Hasher::new(Algorithm::Sha256, LineEnds::AsStored);
                    let end = offset + gap.octets;
                    self.gap = Some(OpenGap { offset, end, seen, expected });
                }
            }
        }
        Ok(true)
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
