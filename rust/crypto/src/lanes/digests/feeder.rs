//! The input of one digest as runs of whole blocks, padding included (FIPS 180-4 §5.1, RFC 1321
//! §3.1).
//!
//! Long pieces are handed out where they lie. Short ones, ends of pieces, converted line ends and
//! the padding go through a buffer of 2 KiB, so the memory of a stream does not depend on its
//! message.

use crate::digest::{Job, LineEnds, line_ends};
use crate::lanes::features::Avx512Bw;
use crate::lanes::line_ends::ROOM_BYTES;
use std::ops::Range;

/// Octets that are gathered before they are handed out; four streams together take a quarter of a
/// first-level cache of 32 KiB.
const GATHER_BYTES: usize = 2048;
/// Beyond the gathered octets there is room for one step of the line end conversion, which is more
/// than the padding takes (at most 145 octets).
const BUFFER_BYTES: usize = GATHER_BYTES + ROOM_BYTES;
/// Pieces from this length on are handed out where they lie.
const DIRECT_BYTES: usize = 1024;

/// The length in bits at the end of the padding.
#[derive(Clone, Copy)]
pub(super) enum LengthField {
    /// RFC 1321 §3.2.
    Little64,
    /// FIPS 180-4 §5.1.1.
    Big64,
    /// FIPS 180-4 §5.1.2.
    Big128,
}

impl LengthField {
    fn write(self, bits: u64) -> ([u8; 16], usize) {
        match self {
            Self::Little64 => (u128::from(bits.swap_bytes()).to_be_bytes(), 8),
            Self::Big64 => (u128::from(bits).to_be_bytes(), 8),
            Self::Big128 => (u128::from(bits).to_be_bytes(), 16),
        }
    }
}

/// One input on its way into a hash with blocks of so many octets.
pub(super) struct Feeder<'a, const BLOCK: usize> {
    pieces: std::slice::Iter<'a, &'a [u8]>,
    /// Of the piece under way.
    rest: &'a [u8],
    line_ends: LineEnds,
    length_field: LengthField,
    converter: Option<Avx512Bw>,
    /// The octet before `rest` was CR.
    after_cr: bool,
    /// Octets so far, as hashed.
    octets: u64,
    run: Run<'a, BLOCK>,
    buffer: [u8; BUFFER_BYTES],
    /// Octets in the buffer, those of the run included.
    filled: usize,
    /// The padding is in the buffer: there is nothing after the run.
    padded: bool,
}

/// Whole blocks not yet taken.
enum Run<'a, const BLOCK: usize> {
    /// In the input.
    Stored(&'a [[u8; BLOCK]]),
    /// In the buffer, counted in blocks.
    Buffered(Range<usize>),
}

impl<'a, const BLOCK: usize> Feeder<'a, BLOCK> {
    /// A feeder at the first blocks of a job; `converter` makes line ends if given.
    pub(super) fn new(
        job: &Job<'a>,
        length_field: LengthField,
        converter: Option<Avx512Bw>,
    ) -> Self {
        let mut feeder = Self {
            pieces: [].iter(),
            rest: &[],
            line_ends: LineEnds::AsStored,
            length_field,
            converter,
            after_cr: false,
            octets: 0,
            run: Run::Buffered(0..0),
            buffer: [0; BUFFER_BYTES],
            filled: 0,
            padded: true,
        };
        feeder.begin(job);
        feeder
    }

    /// Forgets what was, and stands at the first blocks of a job.
    pub(super) fn begin(&mut self, job: &Job<'a>) {
        self.pieces = job.pieces.iter();
        self.rest = &[];
        self.line_ends = job.line_ends;
        self.after_cr = false;
        self.octets = 0;
        self.run = Run::Buffered(0..0);
        self.filled = 0;
        self.padded = false;
        self.refill();
    }

    /// The blocks at hand; none only when all have been taken.
    pub(super) fn blocks(&self) -> &[[u8; BLOCK]] {
        match &self.run {
            Run::Stored(blocks) => blocks,
            Run::Buffered(range) => {
                self.buffer.as_chunks().0.get(range.clone()).unwrap_or_default()
            }
        }
    }

    /// Takes `count` of the blocks at hand.
    pub(super) fn advance(&mut self, count: usize) {
        match &mut self.run {
            Run::Stored(blocks) => *blocks = blocks.get(count..).unwrap_or_default(),
            Run::Buffered(range) => range.start += count,
        }
        if self.blocks().is_empty() {
            self.refill();
        }
    }

    /// Finds the next run; the one before is taken.
    fn refill(&mut self) {
        self.keep_partial_block();
        if self.padded {
            return;
        }
        while self.next_rest() {
            match self.line_ends {
                LineEnds::LfToCrlf => self.convert(),
                LineEnds::AsStored if self.rest.len() < DIRECT_BYTES => {
                    self.gather(GATHER_BYTES - self.filled);
                }
                LineEnds::AsStored if self.filled == 0 => return self.hand_out_stored(),
                LineEnds::AsStored if self.filled.is_multiple_of(BLOCK) => {
                    return self.hand_out_buffered();
                }
                LineEnds::AsStored => self.gather(BLOCK - self.filled % BLOCK),
            }
            if self.filled >= GATHER_BYTES {
                return self.hand_out_buffered();
            }
        }
        self.pad();
        self.hand_out_buffered();
    }

    /// Moves what follows the run's last whole block to the front of the buffer.
    fn keep_partial_block(&mut self) {
        if let Run::Buffered(range) = &self.run {
            let partial = range.end * BLOCK..self.filled;
            self.filled = partial.len();
            self.buffer.copy_within(partial, 0);
        }
        self.run = Run::Buffered(0..0);
    }

    /// Whether there is input left, then in `rest`.
    fn next_rest(&mut self) -> bool {
        while self.rest.is_empty() {
            match self.pieces.next() {
                Some(piece) => self.rest = piece,
                None => return false,
            }
        }
        true
    }

    #[expect(clippy::indexing_slicing, reason = "filled < GATHER_BYTES wherever this is called")]
    fn convert(&mut self) {
        let room = &mut self.buffer[self.filled..];
        let done = line_ends::convert(self.converter, self.rest, self.after_cr, room);
        self.rest = done.rest;
        self.after_cr = done.after_cr;
        self.filled += done.written;
        self.octets += done.written as u64;
    }

    /// Copies at most `room` octets, which the caller knows to be free.
    #[expect(clippy::indexing_slicing, reason = "both callers stay within GATHER_BYTES")]
    fn gather(&mut self, room: usize) {
        let (taken, rest) = self.rest.split_at(room.min(self.rest.len()));
        let end = self.filled + taken.len();
        self.buffer[self.filled..end].copy_from_slice(taken);
        self.filled = end;
        self.octets += taken.len() as u64;
        self.rest = rest;
    }

    fn hand_out_stored(&mut self) {
        let (blocks, rest) = self.rest.as_chunks();
        self.octets += (self.rest.len() - rest.len()) as u64;
        self.rest = rest;
        self.run = Run::Stored(blocks);
    }

    fn hand_out_buffered(&mut self) {
        self.run = Run::Buffered(0..self.filled / BLOCK);
    }

    /// A bit of one, zeros, and the length in bits at the end of a block.
    #[expect(clippy::indexing_slicing, reason = "filled < GATHER_BYTES, with room beyond")]
    fn pad(&mut self) {
        let (length, octets) = self.length_field.write(self.octets << 3);
        let end = (self.filled + 1 + octets).next_multiple_of(BLOCK);
        self.buffer[self.filled] = 0x80;
        self.buffer[self.filled + 1..end - octets].fill(0);
        self.buffer[end - octets..end].copy_from_slice(&length[16 - octets..]);
        self.filled = end;
        self.padded = true;
    }
}
