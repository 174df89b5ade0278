//! Boundaries: whether a line that begins with `From ` begins a message (RULES 29).

use core::ops::Range;

use memchr::memchr;

use super::MboxVariant;
use crate::mail::from_line::parse_from_line;
use crate::mail::header::is_name_byte;
use crate::mail::line_ends::without_line_end;
use crate::mail::tail;

/// Longest From_ line taken for one, in bytes; RFC 5322 §2.1.1 allows 998 to a line.
const FROM_LINE_BYTES: usize = 2048;
/// Longest name of a first header field that makes a boundary, in bytes.
const FIRST_NAME_BYTES: usize = 256;

/// Whether a From_ line starts somewhere.
pub(super) enum Boundary {
    /// It does, and ends there.
    Ends(usize),
    No,
    /// The buffer ends too early to tell.
    Undecided,
}

/// If the line before `at` is empty: where it starts. Lines are looked for from `start` on, which
/// counts as a line's start.
pub(super) fn empty_line_before(buffer: &[u8], at: usize, start: usize) -> Option<usize> {
    let before = buffer.get(start..at)?;
    let without = without_line_end(before);
    let is_empty_line =
        without.len() < before.len() && (without.is_empty() || without.ends_with(b"\n"));
    is_empty_line.then_some(start + without.len())
}

/// RULES 29: `From `, the rest of a line, and something like a header field behind it.
pub(super) fn check_boundary(buffer: &[u8], at: usize, at_end: bool) -> Boundary {
    let rest = tail(buffer, at);
    if !rest.starts_with(b"From ") {
        let may_become_one = !at_end && b"From ".starts_with(rest);
        return if may_become_one { Boundary::Undecided } else { Boundary::No };
    }
    let window = rest.get(..FROM_LINE_BYTES).unwrap_or(rest);
    // The field From with blanks before its colon (RFC 5322 §4.5).
    if tail(window, 5).iter().find(|it| !matches!(it, b' ' | b'\t')) == Some(&b':') {
        return Boundary::No;
    }
    let Some(line_length) = memchr(b'\n', window) else {
        let is_whole = at_end || window.len() == FROM_LINE_BYTES;
        return if is_whole { Boundary::No } else { Boundary::Undecided };
    };
    let line_end = at + line_length + 1;
    match starts_like_header(tail(buffer, line_end), at_end) {
        Some(true) => Boundary::Ends(line_end),
        Some(false) => Boundary::No,
        None => Boundary::Undecided,
    }
}

/// Whether a From_ line with a header behind it begins a message although no empty line comes
/// before.
///
/// Thunderbird leaves the empty line out behind a message that does not end in a line end, and
/// quotes such lines within mail; its From_ lines name no sender and its own field follows. The
/// loose variant asks for a date, so that prose does not cut.
pub(super) fn is_boundary_without_empty_line(
    buffer: &[u8],
    from_line: Range<usize>,
    variant: MboxVariant,
) -> bool {
    let behind = tail(buffer, from_line.end);
    let is_thunderbird = tail(buffer, from_line.start).starts_with(b"From - ")
        && behind.starts_with(b"X-Mozilla-Status");
    (is_thunderbird || variant == MboxVariant::Loose) && is_dated(buffer, from_line)
}

/// Whether a From_ line has a date, which prose that begins with `From` has not.
pub(super) fn is_dated(buffer: &[u8], from_line: Range<usize>) -> bool {
    parse_from_line(buffer.get(from_line).unwrap_or_default()).date_unix_s.is_some()
}

/// The line that starts at `at`, as far as one may be a From_ line.
pub(super) fn line_at(buffer: &[u8], at: usize) -> Range<usize> {
    let rest = tail(buffer, at);
    let window = rest.get(..FROM_LINE_BYTES).unwrap_or(rest);
    at..at + memchr(b'\n', window).unwrap_or(window.len())
}

/// Whether `bytes` start with a field name and colon, or with the `>From ` line some delivery
/// programs add; `None` if they end too early.
fn starts_like_header(bytes: &[u8], at_end: bool) -> Option<bool> {
    if bytes.starts_with(b">From ") {
        return Some(true);
    }
    let window = bytes.get(..FIRST_NAME_BYTES).unwrap_or(bytes);
    let decided = |answer: Option<bool>| match answer {
        None if at_end || window.len() == FIRST_NAME_BYTES => Some(false),
        answer => answer,
    };
    let Some(name_length) = window.iter().position(|&byte| !is_name_byte(byte)) else {
        return decided(None);
    };
    let after = tail(window, name_length);
    let next = after.iter().find(|byte| !matches!(byte, b' ' | b'\t'));
    decided(next.map(|&byte| byte == b':' && name_length > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_29_field_from_with_blanks_before_its_colon_begins_no_message() {
        let begins = |line: &str| {
            let text = format!("{line}\nSubject: y\n\nbody\n");
            [true, false].map(|at_end| {
                matches!(check_boundary(text.as_bytes(), 0, at_end), Boundary::Ends(_))
            })
        };
        assert_eq!(begins("From a@b Thu Jan  1 00:00:00 2015"), [true, true]);
        assert_eq!(begins("From : a@b"), [false, false]);
        assert_eq!(begins("From \t : a@b"), [false, false]);
    }
}
