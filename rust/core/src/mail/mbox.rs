//! mbox → messages as ranges, whatever the pieces in which the file arrives (RULES 29).
//!
//! A boundary is `From ` at the start of the file or after an empty line, followed by something
//! like a header field; CR LF files too. Quoting (`>From `) is left as it is: mboxrd and mboxo cut
//! alike. Content-Length is not used. One `memmem` pass; what was searched is never searched again,
//! however small the feeds.

use core::ops::Range;

use memchr::{memchr, memmem};

pub use super::from_line::{FromLine, parse_from_line};
use super::header::is_name_byte;
use super::line_ends::without_line_end;
use super::split::scan_piece;
use super::tail;
use super::visible::is_blank;

/// Longest From_ line taken for one, in bytes; RFC 5322 §2.1.1 allows 998 to a line.
const FROM_LINE_BYTES: usize = 2048;
/// Longest name of a first header field that makes a boundary, in bytes.
const FIRST_NAME_BYTES: usize = 256;

/// One message of an mbox; ranges are relative to the buffer that was scanned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MboxMessage {
    /// The From_ line with its line end; empty for what comes before the first one.
    pub from_line: Range<usize>,
    /// The message: neither the From_ line nor the empty line that separates it from the next.
    pub message: Range<usize>,
    /// Lacks Date, From and Received, has no From_ line, or follows a message whose root multipart
    /// never closed.
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

/// Cuts an mbox that arrives piecewise.
///
/// Feed `buffer[consumed..]` followed by new bytes, until a call with `at_end`; a message is given
/// once its end is known.
#[derive(Clone, Debug)]
pub struct MboxScanner {
    /// Nothing was decided yet: the buffer starts where the file starts.
    at_file_start: bool,
    /// Length of the open message's From_ line; 0 before the first one.
    from_line_length: usize,
    /// How much of the open message holds no boundary.
    scanned_to: usize,
    /// The message before the open one ended inside its multipart.
    previous_is_unclosed: bool,
    finder: memmem::Finder<'static>,
}

impl Default for MboxScanner {
    fn default() -> Self {
        Self {
            at_file_start: true,
            from_line_length: 0,
            scanned_to: 0,
            previous_is_unclosed: false,
            finder: memmem::Finder::new(b"\nFrom "),
        }
    }
}

/// Whether a From_ line starts somewhere.
enum Boundary {
    /// It does, and ends there.
    Ends(usize),
    No,
    /// The buffer ends too early to tell.
    Undecided,
}

/// How far the search for the open message's end came.
enum Search {
    Boundary {
        at: usize,
        from_line_end: usize,
    },
    /// Nothing before this position.
    None(usize),
}

impl MboxScanner {
    /// A scanner at the start of a file.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Finds the messages that end within `buffer`; with `at_end`, the last one too.
    pub fn scan(&mut self, buffer: &[u8], at_end: bool) -> MboxScan {
        let mut messages = Vec::new();
        if self.at_file_start && !self.begin(buffer, at_end) {
            return MboxScan { messages, consumed: 0 };
        }
        let mut start = 0;
        loop {
            match self.next_boundary(buffer, start, at_end) {
                Search::Boundary { at, from_line_end } => {
                    messages.extend(self.end_message(buffer, start, at));
                    start = at;
                    self.from_line_length = from_line_end - at;
                    self.scanned_to = self.from_line_length;
                }
                Search::None(_) if at_end => {
                    messages.extend(self.end_message(buffer, start, buffer.len()));
                    *self = Self::default();
                    return MboxScan { messages, consumed: buffer.len() };
                }
                Search::None(searched_to) => {
                    self.scanned_to = searched_to - start;
                    return MboxScan { messages, consumed: start };
                }
            }
        }
    }

    /// Decides what the file starts with; false if that takes more bytes.
    fn begin(&mut self, buffer: &[u8], at_end: bool) -> bool {
        self.from_line_length = match check_boundary(buffer, 0, at_end) {
            Boundary::Ends(end) => end,
            Boundary::No => 0,
            Boundary::Undecided => return false,
        };
        self.scanned_to = self.from_line_length;
        self.at_file_start = false;
        true
    }

    /// Finds the next boundary behind the From_ line of the message that starts at `start`.
    fn next_boundary(&self, buffer: &[u8], start: usize, at_end: bool) -> Search {
        let mut from = start + self.scanned_to;
        while let Some(found) = self.finder.find(tail(buffer, from)) {
            let at = from + found + 1;
            from = at;
            if empty_line_before(buffer, at, start).is_none() {
                continue;
            }
            match check_boundary(buffer, at, at_end) {
                Boundary::Ends(from_line_end) => return Search::Boundary { at, from_line_end },
                Boundary::Undecided => return Search::None(at - 1),
                Boundary::No => {}
            }
        }
        // A needle may begin in the last bytes.
        let reach = self.finder.needle().len() - 1;
        Search::None(from.max(buffer.len().saturating_sub(reach)))
    }

    /// The message between `start` and the boundary (or end of file) at `end`; none if only blanks
    /// came before the first From_ line.
    fn end_message(&mut self, buffer: &[u8], start: usize, end: usize) -> Option<MboxMessage> {
        let message_start = start + self.from_line_length;
        let message_end =
            empty_line_before(buffer, end, message_start.saturating_sub(1).max(start))
                .unwrap_or(end)
                .max(message_start);
        let message = buffer.get(message_start..message_end).unwrap_or_default();
        let has_from_line = self.from_line_length > 0;
        if !has_from_line && is_blank(message) {
            return None;
        }
        let piece = scan_piece(message);
        let split_suspicious = !has_from_line || !piece.has_origin || self.previous_is_unclosed;
        self.previous_is_unclosed = piece.is_unclosed;
        Some(MboxMessage {
            from_line: start..message_start,
            message: message_start..message_end,
            split_suspicious,
        })
    }
}

/// If the line before `at` is empty: where it starts. Lines are looked for from `start` on, which
/// counts as a line's start.
fn empty_line_before(buffer: &[u8], at: usize, start: usize) -> Option<usize> {
    let before = buffer.get(start..at)?;
    let without = without_line_end(before);
    let is_empty_line =
        without.len() < before.len() && (without.is_empty() || without.ends_with(b"\n"));
    is_empty_line.then_some(start + without.len())
}

/// RULES 29: `From `, the rest of a line, and something like a header field behind it.
fn check_boundary(buffer: &[u8], at: usize, at_end: bool) -> Boundary {
    let rest = tail(buffer, at);
    if !rest.starts_with(b"From ") {
        let may_become_one = !at_end && b"From ".starts_with(rest);
        return if may_become_one { Boundary::Undecided } else { Boundary::No };
    }
    let window = rest.get(..FROM_LINE_BYTES).unwrap_or(rest);
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
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Cut = (Vec<u8>, Vec<u8>, bool);

    /// Every message of `file`, fed in pieces that end at `cuts`.
    fn scan_in_pieces(file: &[u8], cuts: &[usize]) -> Vec<Cut> {
        let mut scanner = MboxScanner::new();
        let (mut buffer, mut fed, mut messages) = (Vec::new(), 0, Vec::new());
        for cut in cuts.iter().copied().chain([file.len()]) {
            let cut = cut.clamp(fed, file.len());
            buffer.extend_from_slice(&file[fed..cut]);
            fed = cut;
            scan_once(&mut scanner, &mut buffer, false, &mut messages);
        }
        scan_once(&mut scanner, &mut buffer, true, &mut messages);
        assert!(buffer.is_empty());
        messages
    }

    fn scan_once(scanner: &mut MboxScanner, buffer: &mut Vec<u8>, at_end: bool, to: &mut Vec<Cut>) {
        let scan = scanner.scan(buffer, at_end);
        for found in scan.messages {
            let (from_line, message) = (found.from_line, found.message);
            to.push((buffer[from_line].to_vec(), buffer[message].to_vec(), found.split_suspicious));
        }
        buffer.drain(..scan.consumed);
    }

    fn messages_of(file: &[u8]) -> Vec<String> {
        let cuts = scan_in_pieces(file, &[]);
        cuts.into_iter().map(|cut| String::from_utf8(cut.1).unwrap()).collect()
    }

    /// The obvious way: line by line over the whole file.
    fn scan_slowly(file: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
        let lines: Vec<&[u8]> = file.split_inclusive(|&byte| byte == b'\n').collect();
        let is_empty = |line: &[u8]| line == b"\n" || line == b"\r\n";
        let is_header = |line: &[u8]| {
            let name: Vec<u8> =
                line.iter().copied().take_while(|&byte| is_name_byte(byte)).collect();
            let behind = line[name.len()..].iter().find(|byte| !b" \t".contains(byte));
            line.starts_with(b">From ") || (!name.is_empty() && behind == Some(&b':'))
        };
        let starts = |at: usize| {
            (at == 0 || is_empty(lines[at - 1]))
                && lines[at].starts_with(b"From ")
                && lines[at].ends_with(b"\n")
                && lines.get(at + 1).is_some_and(|line| is_header(line))
        };
        let mut messages = Vec::new();
        let mut at = 0;
        while at < lines.len() {
            let has_from_line = starts(at);
            let from_line = if has_from_line { lines[at].to_vec() } else { Vec::new() };
            let first = at + usize::from(has_from_line);
            let next = (at + 1..lines.len()).find(|&next| starts(next)).unwrap_or(lines.len());
            let mut body = &lines[first..next];
            if body.last().is_some_and(|line| is_empty(line)) {
                body = &body[..body.len() - 1];
            }
            if has_from_line || !is_blank(&body.concat()) {
                messages.push((from_line, body.concat()));
            }
            at = next;
        }
        messages
    }

    #[test]
    fn rule_29_mbox_boundary_needs_empty_line_and_header() {
        let file = b"From a Mon\nDate: 1\n\nFrom here on\nno boundary\n\nFrom me: none\n\nFrom b Tue\nDate: 2\n\nx\nFrom c\nDate: 3\n\n";
        let expected = [
            "Date: 1\n\nFrom here on\nno boundary\n\nFrom me: none\n",
            "Date: 2\n\nx\nFrom c\nDate: 3\n",
        ];
        assert_eq!(messages_of(file), expected);
    }

    #[test]
    fn rule_29_mbox_with_crlf_is_cut_alike() {
        let file = b"From a\r\nDate: 1\r\n\r\nx\r\n\r\nFrom b\r\n>From c\r\nDate: 2\r\n\r\n\r\n";
        assert_eq!(messages_of(file), ["Date: 1\r\n\r\nx\r\n", ">From c\r\nDate: 2\r\n\r\n"]);
    }

    #[test]
    fn rule_29_mbox_quoting_is_left_as_it_is() {
        let file = b"From a\nDate: 1\n\n>From b\nDate: 2\n>>From c\n\n";
        assert_eq!(messages_of(file), ["Date: 1\n\n>From b\nDate: 2\n>>From c\n"]);
    }

    #[test]
    fn mbox_bytes_before_the_first_from_line_are_a_suspicious_message() {
        let cuts = scan_in_pieces(b"Date: 0\n\nlost\n\nFrom a\nDate: 1\n\n", &[]);
        assert_eq!(cuts[0], (b"".to_vec(), b"Date: 0\n\nlost\n".to_vec(), true));
        assert_eq!(cuts[1], (b"From a\n".to_vec(), b"Date: 1\n".to_vec(), false));
        assert_eq!(scan_in_pieces(b"\n\r\nFrom a\nDate: 1\n", &[]).len(), 1);
        assert!(scan_in_pieces(b"", &[]).is_empty());
    }

    #[test]
    fn rule_29_mbox_piece_after_an_unclosed_part_is_suspicious() {
        let file =
            b"From a\nDate: 1\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nattached:\n\n\
            From x\nDate: 9\n\n--b--\n\nFrom c\nDate: 2\n\nFrom d\nSubject: bare\n\n";
        let suspicious: Vec<bool> =
            scan_in_pieces(file, &[]).into_iter().map(|cut| cut.2).collect();
        assert_eq!(suspicious, [false, true, false, true]);
    }

    #[test]
    fn mbox_scanner_after_the_end_starts_anew() {
        let mut scanner = MboxScanner::new();
        for _ in 0..2 {
            let scan = scanner.scan(b"From a\nDate: 1\n\n", true);
            assert_eq!((scan.messages.len(), scan.consumed), (1, 16));
        }
    }

    #[test]
    fn mbox_message_over_many_feeds_is_searched_once() {
        let mut file = b"From a\nDate: 1\n\n".to_vec();
        file.extend(b"\nFrom \n".repeat(400_000));
        let cuts: Vec<usize> = (0..file.len()).step_by(1000).collect();
        let mut scanner = MboxScanner::new();
        let begun = std::time::Instant::now();
        for cut in cuts {
            assert_eq!(scanner.scan(&file[..cut], false).consumed, 0);
        }
        assert_eq!(scanner.scan(&file, true).messages.len(), 1);
        assert!(begun.elapsed().as_secs() < 5);
    }

    proptest! {
        #[test]
        fn mbox_in_any_pieces_equals_the_slow_way(
            words in prop::collection::vec(prop::sample::select(vec![
                "From ", "From a\n", ">From ", "Date: 1\n", "A :", "\n", "\n\n", "\r\n", "x", " ", "From a\nDate: 1\n",
                "Content-Type: multipart/mixed; boundary=b\n", "--b--\n",
            ]), 0..40),
            cuts in prop::collection::vec(0_usize..300, 0..20),
        ) {
            let file = words.concat().into_bytes();
            let mut cuts = cuts;
            cuts.sort_unstable();
            let whole = scan_in_pieces(&file, &[]);
            prop_assert_eq!(&scan_in_pieces(&file, &cuts), &whole);
            let every_byte: Vec<usize> = (0..file.len()).collect();
            prop_assert_eq!(&scan_in_pieces(&file, &every_byte), &whole);
            let ranges: Vec<_> = whole.into_iter().map(|cut| (cut.0, cut.1)).collect();
            prop_assert_eq!(ranges, scan_slowly(&file));
        }
    }
}
