//! Content-Length of mboxcl and mboxcl2: how long a message's body is, and whether a boundary lies
//! there (RULES 29: it counts only then).

use super::boundary::{Boundary, check_boundary};
use crate::limits;
use crate::mail::header::FieldScanner;
use crate::mail::{line_ends::next_line, tail, visible::trim_blanks};

/// How much of a header block is searched for the field, in bytes: programs write it near the top.
const LOOKED_AT_BYTES: usize = 64 << 10;

/// What a message's Content-Length says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    /// The header block is not there yet.
    Unread,
    /// Nothing that could be used.
    None,
    /// Bytes of the header block with its empty line, and of the body.
    BodyOf { header: usize, body: usize },
}

/// What lies where a message should end.
pub(super) enum Landing<T> {
    At(T),
    No,
    /// The buffer ends too early to tell.
    Undecided,
}

impl<T> Landing<T> {
    pub(super) fn map<U>(self, change: impl FnOnce(T) -> U) -> Landing<U> {
        match self {
            Self::At(found) => Landing::At(change(found)),
            Self::No => Landing::No,
            Self::Undecided => Landing::Undecided,
        }
    }
}

/// Reads the length from the header block at `start`; two fields that differ say nothing.
pub(super) fn read_length(buffer: &[u8], start: usize, at_end: bool) -> Length {
    let rest = tail(buffer, start);
    let window = rest.get(..LOOKED_AT_BYTES).unwrap_or(rest);
    let mut scanner = FieldScanner::new(window, 0, |_| false);
    let (mut body, mut differs) = (None, false);
    while let Some(field) = scanner.next_field() {
        let name = window.get(field.name_range).unwrap_or_default();
        if name.eq_ignore_ascii_case(b"Content-Length") {
            let value = parse_length(window.get(field.body).unwrap_or_default());
            differs |= body.is_some_and(|known| known != value);
            body = Some(value);
        }
    }
    let header = scanner.body_start();
    let empty_line = window.get(..header).is_some_and(ends_in_empty_line);
    match body.flatten() {
        _ if !empty_line && !at_end && window.len() < LOOKED_AT_BYTES => Length::Unread,
        Some(body) if empty_line && !differs => Length::BodyOf { header, body },
        _ => Length::None,
    }
}

/// A length that a message that can be held may have: what waits for its end fits into the buffer.
fn parse_length(value: &[u8]) -> Option<usize> {
    let digits = trim_blanks(value);
    let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    let length: usize = std::str::from_utf8(digits).ok().filter(|_| is_number)?.parse().ok()?;
    (length <= limits::MESSAGE_BYTES - 2 * LOOKED_AT_BYTES).then_some(length)
}

fn ends_in_empty_line(header: &[u8]) -> bool {
    header.ends_with(b"\n\n") || header.ends_with(b"\n\r\n") || matches!(header, b"\n" | b"\r\n")
}

/// Whether a message may end at `end`: a boundary or the end of the file follows, with one empty
/// line between or none. Gives where the From_ line begins and ends.
pub(super) fn check_landing(buffer: &[u8], end: usize, at_end: bool) -> Landing<(usize, usize)> {
    if end > buffer.len() || (!at_end && matches!(tail(buffer, end), [] | [b'\r'])) {
        return if at_end { Landing::No } else { Landing::Undecided };
    }
    let at = match tail(buffer, end) {
        [b'\n', ..] | [b'\r', b'\n', ..] => next_line(buffer, end),
        _ => end,
    };
    if at == buffer.len() {
        return if at_end { Landing::At((at, at)) } else { Landing::Undecided };
    }
    if buffer.get(..at).is_none_or(|before| !before.ends_with(b"\n")) {
        return Landing::No;
    }
    match check_boundary(buffer, at, at_end) {
        Boundary::Ends(from_line_end) => Landing::At((at, from_line_end)),
        Boundary::No => Landing::No,
        Boundary::Undecided => Landing::Undecided,
    }
}
