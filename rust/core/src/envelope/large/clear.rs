//! Clear: a large message in clear → the entity that its envelope will hold, in pieces of which none is kept.
//!
//! As [`crate::envelope::entity::entity_of_message`] makes it, line ends included.

use memchr::{memchr, memchr_iter};

use super::{Each, Stop};
use crate::envelope::entity::{entity_head, line_break, says_binary, with_crlf};
use crate::mail::header::Headers;
use crate::verify::outline::{Outline, Pieces};

/// An entity, of which only the header is held.
pub(super) struct ClearEntity<'o> {
    outline: &'o Outline<'o>,
    /// The fields of its content, and the empty line.
    pub(super) head: Vec<u8>,
    body_start: usize,
    /// Octets of the body.
    body_octets: u64,
    /// LF that stand alone become CRLF.
    gets_crlf: bool,
}

impl<'o> ClearEntity<'o> {
    /// Goes through the message once where its line ends may have to be changed.
    pub(super) fn of(outline: &'o Outline<'o>, header: &Headers<'_>) -> Result<Self, Stop> {
        let head = entity_head(header);
        let body_start = header.body_start;
        let body_octets = outline.octets() - body_start as u64;
        let mut entity = Self { outline, head, body_start, body_octets, gets_crlf: false };
        if line_break(header) != b"\n" {
            return Ok(entity);
        }
        let mut lines = Lines::default();
        lines.push(&entity.head);
        let lone_of_head = lines.lone;
        entity.stored(&mut |octets| {
            lines.push(octets);
            Ok(())
        })?;
        if !lines.holds_binary() {
            entity.gets_crlf = true;
            entity.head = with_crlf(&entity.head);
            entity.body_octets += lines.lone - lone_of_head;
        }
        Ok(entity)
    }

    /// Octets of the entity, with its header as it is now.
    pub(super) fn octets(&self) -> u64 {
        self.head.len() as u64 + self.body_octets
    }

    /// Goes through the entity.
    pub(super) fn text(&self, each: Each<'_>) -> Result<(), Stop> {
        each(&self.head)?;
        if !self.gets_crlf {
            return self.stored(each);
        }
        let (mut text, mut before) = (Vec::new(), b'\n');
        self.stored(&mut |octets| {
            text.clear();
            let mut at = 0;
            for end in memchr_iter(b'\n', octets) {
                let line = octets.get(at..end).unwrap_or_default();
                text.extend_from_slice(line);
                if line.last().copied().unwrap_or(if at == 0 { before } else { b'\n' }) != b'\r' {
                    text.push(b'\r');
                }
                text.push(b'\n');
                at = end + 1;
            }
            text.extend_from_slice(octets.get(at..).unwrap_or_default());
            before = octets.last().copied().unwrap_or(before);
            each(&text)
        })
    }

    /// Goes through the body as it is stored.
    fn stored(&self, each: Each<'_>) -> Result<(), Stop> {
        let mut pieces = Pieces::of(self.outline, &(self.body_start..self.outline.kept().len()));
        let mut piece = Vec::new();
        while pieces.read(&mut piece).map_err(|_| Stop::Fault)? {
            each(&piece)?;
        }
        Ok(())
    }
}

/// What is to be known of all lines before the first is written.
struct Lines {
    has_zero: bool,
    says_binary: bool,
    /// LF without CR before them.
    lone: u64,
    before: u8,
    /// How the line at hand begins, as long as it may be a field that counts.
    line: Vec<u8>,
    is_of_interest: bool,
}

impl Default for Lines {
    fn default() -> Self {
        let line = Vec::new();
        let (has_zero, says_binary, is_of_interest) = (false, false, true);
        Self { has_zero, says_binary, lone: 0, before: b'\n', line, is_of_interest }
    }
}

impl Lines {
    /// A value that begins behind more blanks is none.
    const LONGEST: usize = 1_024;

    fn push(&mut self, octets: &[u8]) {
        self.has_zero |= memchr(0, octets).is_some();
        let mut at = 0;
        for end in memchr_iter(b'\n', octets) {
            let line = octets.get(at..end).unwrap_or_default();
            self.add_to_line(line);
            let before = line.last().copied().unwrap_or(if at == 0 { self.before } else { b'\n' });
            self.lone += u64::from(before != b'\r');
            self.end_line();
            at = end + 1;
        }
        self.add_to_line(octets.get(at..).unwrap_or_default());
        self.before = octets.last().copied().unwrap_or(self.before);
    }

    fn add_to_line(&mut self, text: &[u8]) {
        if !self.is_of_interest || text.is_empty() {
            return;
        }
        let room = Self::LONGEST - self.line.len().min(Self::LONGEST);
        self.line.extend_from_slice(text.get(..room.min(text.len())).unwrap_or_default());
        self.is_of_interest = matches!(self.line.first(), Some(b'c' | b'C'));
    }

    fn end_line(&mut self) {
        self.says_binary |= self.is_of_interest && says_binary(&self.line);
        self.line.clear();
        self.is_of_interest = true;
    }

    fn holds_binary(&mut self) -> bool {
        self.end_line();
        self.has_zero || self.says_binary
    }
}
