//! mbox → messages as ranges, whatever the pieces in which the file arrives (RULES 29).
//!
//! A boundary is `From ` at the start of the file or after an empty line, followed by something
//! like a header field; CR LF files too. Quoting (`>From `) is left as it is: mboxrd and mboxo cut
//! alike. What the other variants do besides is in [`variant`](MboxVariant); which one a file is,
//! [`sniff_variant`] says. One `memmem` pass; what was searched is never searched again, however
//! small the feeds.

mod boundary;
mod content_length;
mod sniff;
#[cfg(test)]
mod tests;

use core::ops::Range;

use memchr::memmem;

pub use super::from_line::{FromLine, parse_from_line};
use super::split::scan_piece;
use super::tail;
use super::visible::is_blank;
use crate::codes::codes;

use boundary::{
    Boundary, check_boundary, empty_line_before, is_boundary_without_empty_line, is_dated, line_at,
};
use content_length::{Landing, Length, check_landing, read_length};
pub use sniff::sniff_variant;

/// What some editors put before the first From_ line.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
/// Lengths of one file that may point to no boundary before none is looked at any more: each may
/// cost reading as much as a message may have (own choice).
const WRONG_LENGTHS: u32 = 8;
/// What has to stay before the place where a search goes on: CR LF CR LF.
const KEPT_BEFORE_SEARCH: usize = 4;

codes! {
    /// How a program marks where messages of an mbox begin and end.
    pub enum MboxVariant {
        Mboxrd = "mboxrd", "A From_ line after an empty line begins a message; lines like it in mail are quoted, quoted ones too.";
        Mboxo = "mboxo", "A From_ line after an empty line begins a message; lines like it in mail are quoted.";
        Mboxcl = "mboxcl", "As mboxo, and Content-Length says where a message ends if no From_ line comes before.";
        Mboxcl2 = "mboxcl2", "Content-Length says where a message ends, for nothing is quoted; where it points to no boundary, From_ lines do.";
        Loose = "loose", "A From_ line with a date begins a message even if no empty line comes before.";
    }
}

/// One message of an mbox; ranges are relative to the buffer that was scanned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MboxMessage {
    /// The From_ line with its line end; empty for what comes before the first one.
    pub from_line: Range<usize>,
    /// The message: neither the From_ line nor the empty line that separates it from the next.
    pub message: Range<usize>,
    /// Lacks Date, From and Received; has no From_ line; a cut lies behind it or before it although
    /// the root multipart of what comes before that cut never closed, or zeros end there; or it
    /// holds what would be a boundary: had its Content-Length not said otherwise, or had an empty
    /// line come before.
    pub split_suspicious: bool,
}

/// What one call found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MboxScan {
    /// The messages that are complete, in order.
    pub messages: Vec<MboxMessage>,
    /// How much of the buffer they took; the next call gets the rest of the buffer and more.
    pub consumed: usize,
}

/// What one call to [`MboxScanner::skip`] passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MboxSkip {
    /// How much of the buffer is behind us; the next call gets the rest of the buffer and more.
    pub consumed: usize,
    /// Where in the buffer the message ends; `None` if it goes on.
    pub message_end: Option<usize>,
    /// The message, or what was seen of it, holds a dated From_ line with a header behind it or an empty line before.
    pub holds_from_line: bool,
}

/// Cuts an mbox that arrives piecewise.
///
/// Feed `buffer[consumed..]` followed by new bytes, until a call with `at_end`; a message is given
/// once its end is known. One that will not fit into a buffer is passed over with
/// [`MboxScanner::skip`] instead.
#[derive(Clone, Debug)]
pub struct MboxScanner {
    variant: MboxVariant,
    /// Nothing was decided yet: the buffer starts where the file starts.
    at_file_start: bool,
    /// Length of the open message's From_ line; 0 before the first one.
    from_line_length: usize,
    /// What the open message's Content-Length says.
    length: Length,
    /// Lengths so far that pointed to no boundary.
    wrong_lengths: u32,
    /// How much of the open message holds no boundary.
    scanned_to: usize,
    /// A dated From_ line in there, with a header behind it or an empty line before, began no message.
    holds_from_line: bool,
    /// The message before the open one ended inside its multipart, or in zeros.
    previous_is_broken: bool,
    finder: memmem::Finder<'static>,
}

impl Default for MboxScanner {
    fn default() -> Self {
        Self::of_variant(MboxVariant::Mboxrd)
    }
}

/// Where the open message ends and the next one begins.
struct Cut {
    /// Where the next From_ line begins.
    at: usize,
    /// Where that line ends; at `at` when the file ends there.
    from_line_end: usize,
    /// Where the message ends, when Content-Length says it; else before the empty line.
    message_end: Option<usize>,
    /// What would be a boundary lies before.
    jumps: bool,
    /// Zeros lie before, as a lost block leaves them, and no line end.
    after_zeros: bool,
}

impl Cut {
    /// At a From_ line.
    const fn at(from_line: Range<usize>, after_zeros: bool) -> Self {
        let Range { start: at, end: from_line_end } = from_line;
        Self { at, from_line_end, message_end: None, jumps: false, after_zeros }
    }

    /// At the end of the file.
    const fn at_end(at: usize) -> Self {
        Self::at(at..at, false)
    }

    /// Whether the file ends there and no message follows.
    fn is_last(&self) -> bool {
        self.from_line_end == self.at
    }
}

/// What ends before a From_ line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    LineEnd,
    /// A block that was lost: the line end is among what is missing.
    Zeros,
}

impl Before {
    /// What ends at `at`, behind `first`; `None` where no line begins there.
    fn of(buffer: &[u8], first: usize, at: usize) -> Option<Self> {
        let before = at.checked_sub(1).filter(|it| *it >= first)?;
        match buffer.get(before)? {
            b'\n' => Some(Self::LineEnd),
            0 => Some(Self::Zeros),
            _ => None,
        }
    }
}

/// How far the search for the open message's end came.
enum Search {
    Cut(Cut),
    /// Nothing before this position.
    None(usize),
}

impl MboxScanner {
    /// A scanner at the start of a file that is cut by the rule of RULES 29.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A scanner at the start of a file of this variant.
    #[must_use]
    pub fn of_variant(variant: MboxVariant) -> Self {
        Self {
            variant,
            at_file_start: true,
            from_line_length: 0,
            length: Length::Unread,
            wrong_lengths: 0,
            scanned_to: 0,
            holds_from_line: false,
            previous_is_broken: false,
            finder: memmem::Finder::new(b"From "),
        }
    }

    /// Finds the messages that end within `buffer`; with `at_end`, the last one too.
    pub fn scan(&mut self, buffer: &[u8], at_end: bool) -> MboxScan {
        let mut messages = Vec::new();
        let mut start = 0;
        if self.at_file_start {
            match self.begin(buffer, at_end) {
                Some(first) => start = first,
                None => return MboxScan { messages, consumed: 0 },
            }
        }
        loop {
            match self.next_cut(buffer, start, at_end) {
                Search::Cut(cut) => {
                    messages.extend(self.end_message(buffer, start, &cut));
                    start = cut.at;
                    self.open_message(&cut);
                }
                Search::None(_) if at_end => {
                    let end = Cut::at_end(buffer.len());
                    messages.extend(self.end_message(buffer, start, &end));
                    *self = Self::of_variant(self.variant);
                    return MboxScan { messages, consumed: buffer.len() };
                }
                Search::None(searched_to) => {
                    self.scanned_to = searched_to - start;
                    return MboxScan { messages, consumed: start };
                }
            }
        }
    }

    /// Length of the From_ line that the open message's buffer starts with.
    #[must_use]
    pub fn open_from_line_length(&self) -> usize {
        self.from_line_length
    }

    /// Whether the open message, of which `buffer` is the beginning, is one to doubt.
    #[must_use]
    pub fn is_open_suspicious(&self, buffer: &[u8]) -> bool {
        let has_origin = scan_piece(tail(buffer, self.from_line_length)).has_origin;
        self.from_line_length == 0 || !has_origin || self.previous_is_broken
    }

    /// How much of the open message, in whose buffer [`MboxScanner::scan`] found nothing, is behind us;
    /// [`MboxScanner::skip`] goes on there.
    pub fn pass_scanned(&mut self) -> usize {
        let passed = self.scanned_to.saturating_sub(KEPT_BEFORE_SEARCH);
        self.scanned_to -= passed;
        passed
    }

    /// Goes towards the end of the open message, which the caller does not hold; Content-Length is not used.
    ///
    /// The first call gets what lies behind [`MboxScanner::pass_scanned`]. When the end was found,
    /// `scan` goes on behind `consumed`.
    pub fn skip(&mut self, buffer: &[u8], at_end: bool) -> MboxSkip {
        let search = self.next_boundary(buffer, 0, at_end);
        let holds_from_line = self.holds_from_line;
        match search {
            Search::Cut(cut) => {
                let end = empty_line_before(buffer, cut.at, 0).unwrap_or(cut.at);
                self.open_message(&cut);
                self.previous_is_broken = cut.after_zeros;
                let holds_from_line = holds_from_line || cut.after_zeros;
                MboxSkip { consumed: cut.at, message_end: Some(end), holds_from_line }
            }
            Search::None(_) if at_end => {
                let end = empty_line_before(buffer, buffer.len(), 0).unwrap_or(buffer.len());
                *self = Self::of_variant(self.variant);
                MboxSkip { consumed: buffer.len(), message_end: Some(end), holds_from_line }
            }
            Search::None(searched_to) => {
                let consumed = searched_to.saturating_sub(KEPT_BEFORE_SEARCH);
                self.scanned_to = searched_to - consumed;
                MboxSkip { consumed, message_end: None, holds_from_line }
            }
        }
    }

    /// Decides what the file starts with and where; `None` if that takes more bytes.
    fn begin(&mut self, buffer: &[u8], at_end: bool) -> Option<usize> {
        let start = match buffer.strip_prefix(BYTE_ORDER_MARK) {
            Some(_) => BYTE_ORDER_MARK.len(),
            None if BYTE_ORDER_MARK.starts_with(buffer) && !at_end => return None,
            None => 0,
        };
        self.from_line_length = match check_boundary(buffer, start, at_end) {
            Boundary::Ends(end) => end - start,
            Boundary::No => 0,
            Boundary::Undecided => return None,
        };
        self.scanned_to = self.from_line_length;
        self.at_file_start = false;
        Some(start)
    }

    fn open_message(&mut self, cut: &Cut) {
        self.from_line_length = cut.from_line_end - cut.at;
        self.scanned_to = self.from_line_length;
        self.length = Length::Unread;
        self.holds_from_line = false;
    }

    /// Finds the end of the message that starts at `start`.
    fn next_cut(&mut self, buffer: &[u8], start: usize, at_end: bool) -> Search {
        let has_lengths = matches!(self.variant, MboxVariant::Mboxcl | MboxVariant::Mboxcl2);
        if !has_lengths || self.wrong_lengths >= WRONG_LENGTHS {
            return self.next_boundary(buffer, start, at_end);
        }
        if self.length == Length::Unread {
            self.length = read_length(buffer, start + self.from_line_length, at_end);
        }
        let landing = match self.length {
            Length::Unread => return Search::None(start + self.scanned_to),
            Length::None => return self.next_boundary(buffer, start, at_end),
            Length::BodyOf { header, body } => {
                let end = start + self.from_line_length + header + body;
                check_landing(buffer, end, at_end).map(|cut| (end, cut))
            }
        };
        match landing {
            Landing::Undecided => Search::None(start + self.scanned_to),
            Landing::No => {
                self.length = Length::None;
                self.wrong_lengths += 1;
                self.next_boundary(buffer, start, at_end)
            }
            Landing::At((message_end, (at, from_line_end))) => {
                let before = buffer.get(..at).unwrap_or(buffer);
                match self.next_boundary(before, start, true) {
                    // RULES 29: mboxcl quotes From_ lines, so one that stands there is a boundary.
                    Search::Cut(earlier)
                        if earlier.at < at && self.variant == MboxVariant::Mboxcl =>
                    {
                        Search::Cut(earlier)
                    }
                    search => Search::Cut(Cut {
                        at,
                        from_line_end,
                        message_end: (message_end < at).then_some(message_end),
                        jumps: matches!(search, Search::Cut(earlier) if earlier.at < at),
                        after_zeros: false,
                    }),
                }
            }
        }
    }

    /// Finds the next boundary behind the From_ line of the message that starts at `start`.
    fn next_boundary(&mut self, buffer: &[u8], start: usize, at_end: bool) -> Search {
        let first = start + self.scanned_to;
        let mut from = first;
        while let Some(found) = self.finder.find(tail(buffer, from)) {
            let at = from + found;
            from = at + 1;
            let Some(before) = Before::of(buffer, first, at) else { continue };
            let after_empty_line = empty_line_before(buffer, at, start).is_some();
            match check_boundary(buffer, at, at_end) {
                Boundary::Ends(from_line_end) => {
                    let from_line = at..from_line_end;
                    let is_one = match before {
                        Before::LineEnd => {
                            after_empty_line || self.needs_no_empty_line(buffer, from_line.clone())
                        }
                        Before::Zeros => is_dated(buffer, from_line.clone()),
                    };
                    if is_one {
                        return Search::Cut(Cut::at(from_line, before == Before::Zeros));
                    }
                    self.holds_from_line |= is_dated(buffer, from_line);
                }
                Boundary::Undecided => return Search::None(at - 1),
                // Its message may have lost the header.
                Boundary::No => {
                    let may_begin_one = after_empty_line || before == Before::Zeros;
                    self.holds_from_line |= may_begin_one && is_dated(buffer, line_at(buffer, at));
                }
            }
        }
        // What is before a needle, or a part of it, may be the last bytes.
        let reach = self.finder.needle().len();
        Search::None(from.max(buffer.len().saturating_sub(reach)))
    }

    /// Whether this From_ line begins a message although no empty line comes before.
    ///
    /// What comes before the first From_ line of a file is no message of an mbox, so a date is
    /// enough there.
    fn needs_no_empty_line(&self, buffer: &[u8], from_line: Range<usize>) -> bool {
        let is_first = self.from_line_length == 0;
        is_boundary_without_empty_line(buffer, from_line.clone(), self.variant)
            || is_first && is_dated(buffer, from_line)
    }

    /// The message between `start` and the cut; none if only blanks came before the first From_
    /// line.
    fn end_message(&mut self, buffer: &[u8], start: usize, cut: &Cut) -> Option<MboxMessage> {
        let message_start = start + self.from_line_length;
        let lines_start = message_start.saturating_sub(1).max(start);
        let message_end = cut
            .message_end
            .or_else(|| empty_line_before(buffer, cut.at, lines_start))
            .unwrap_or(cut.at)
            .max(message_start);
        let message = buffer.get(message_start..message_end).unwrap_or_default();
        let has_from_line = self.from_line_length > 0;
        if !has_from_line && is_blank(message) {
            return None;
        }
        let piece = scan_piece(message);
        let is_doubtful = !has_from_line
            || !piece.has_origin
            || self.previous_is_broken
            || piece.is_unclosed && !cut.is_last()
            || self.holds_from_line;
        self.previous_is_broken = piece.is_unclosed || cut.after_zeros;
        Some(MboxMessage {
            from_line: start..message_start,
            message: message_start..message_end,
            split_suspicious: is_doubtful || cut.jumps || cut.after_zeros,
        })
    }
}
