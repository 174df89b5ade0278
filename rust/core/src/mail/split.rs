//! Whether a piece of an mbox looks as if a From_ line inside a message had cut it off (RULES 29).
//!
//! Cheap for nearly every mail: the first fields of the header, and two vector searches through it;
//! the body is searched, backwards from its end, only for the final delimiter of a multipart. What
//! searches is made once: making it costs more than a search through a header.

use std::sync::LazyLock;

use memchr::memmem::{self, Finder};

use super::content_type::parse_content_type;
use super::field_name::FieldName;
use super::header::FieldScanner;
use super::line_ends::{LineEnd, first_line_end, next_line};
use super::tail;
use super::visible::is_blank;

/// How much of a header block is looked at, in bytes: longer ones than this say enough before.
const LOOKED_AT_BYTES: usize = 64 << 10;

/// What the pieces around it need to know of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// Any of Date, From and Received is there.
    pub(super) has_origin: bool,
    /// The root is a multipart whose final delimiter never came.
    pub(super) is_unclosed: bool,
}

/// What is searched for in every header.
struct Finders {
    empty_line: Finder<'static>,
    empty_crlf_line: Finder<'static>,
    /// A boundary parameter, as nearly all programs spell it.
    boundary: [Finder<'static>; 2],
}

static FINDERS: LazyLock<Finders> = LazyLock::new(|| Finders {
    empty_line: Finder::new(b"\n\n"),
    empty_crlf_line: Finder::new(b"\r\n\r\n"),
    boundary: [Finder::new(b"oundary"), Finder::new(b"OUNDARY")],
});

/// Looks at one piece, From_ line and separator taken off.
pub(super) fn scan_piece(message: &[u8]) -> Piece {
    let finders = &*FINDERS;
    let block = header_block(message, finders);
    // Two vector searches spare most headers the walk; a boundary in MiXed case is missed, which
    // costs a flag.
    let names_boundary = finders.boundary.iter().any(|letters| letters.find(block).is_some());
    let (mut has_origin, mut content_type) = (false, None);
    let mut scanner = FieldScanner::new(block, 0, |_| false);
    while let Some(field) = scanner.next_field() {
        match field.name {
            // Nearly every header starts with one of the three.
            FieldName::Date | FieldName::From | FieldName::Received => has_origin = true,
            FieldName::ContentType if content_type.is_none() => {
                content_type = block.get(field.body);
            }
            _ => {}
        }
        if has_origin && (content_type.is_some() || !names_boundary) {
            break;
        }
    }
    let content_type = content_type.filter(|_| names_boundary);
    Piece { has_origin, is_unclosed: content_type.is_some_and(|body| is_unclosed(body, message)) }
}

/// The header block of `message` without its last line end, or the part of it that is looked at.
fn header_block<'m>(message: &'m [u8], finders: &Finders) -> &'m [u8] {
    let head = message.get(..LOOKED_AT_BYTES).unwrap_or(message);
    let empty_line = match first_line_end(head) {
        LineEnd::Crlf => &finders.empty_crlf_line,
        _ => &finders.empty_line,
    };
    empty_line.find(head).and_then(|end| head.get(..end)).unwrap_or(head)
}

fn is_unclosed(content_type: &[u8], message: &[u8]) -> bool {
    let parsed = parse_content_type(content_type);
    if !parsed.media_type.starts_with("multipart/") {
        return false;
    }
    let Some(boundary) = parsed.boundary() else {
        return false;
    };
    // Most multiparts end with the delimiter, and a look there costs less than to make a searcher.
    let last = message.trim_ascii_end().strip_suffix(b"--");
    let last = last.and_then(|before| Some(before.strip_suffix(boundary)?.len()));
    if last.is_some_and(|at| is_close_delimiter(message, at, boundary.len())) {
        return false;
    }
    let finder = memmem::FinderRev::new(boundary);
    !finder.rfind_iter(message).any(|at| is_close_delimiter(message, at, boundary.len()))
}

/// Whether the boundary found at `at` stands in a line of `--`, itself, `--` and blanks (RFC 2046
/// §5.1.1).
fn is_close_delimiter(message: &[u8], at: usize, length: usize) -> bool {
    let before = message.get(..at).unwrap_or_default();
    let behind = message.get(at + length..next_line(message, at + length)).unwrap_or_default();
    let starts_line = before.ends_with(b"\n--") || before == b"--";
    starts_line && behind.starts_with(b"--") && is_blank(tail(behind, 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(has_origin: bool, is_unclosed: bool) -> Piece {
        Piece { has_origin, is_unclosed }
    }

    #[test]
    fn rule_29_piece_without_date_from_received_has_no_origin() {
        assert_eq!(scan_piece(b"Subject: x\n\nDate: y\n"), piece(false, false));
        assert_eq!(scan_piece(b"Received: x\n\n"), piece(true, false));
        assert_eq!(scan_piece(b""), piece(false, false));
    }

    #[test]
    fn rule_29_piece_with_an_open_multipart_is_unclosed() {
        let head = "Date: x\nContent-Type: multipart/mixed;\n boundary=\"b\"\n\n--b\n\ntext\n";
        assert_eq!(scan_piece(head.as_bytes()), piece(true, true));
        assert_eq!(
            scan_piece(format!("{head}--b--\nlist footer\n").as_bytes()),
            piece(true, false)
        );
        assert_eq!(scan_piece(format!("{head}--b-- \r\n").as_bytes()), piece(true, false));
        assert_eq!(scan_piece(format!("{head}--b--c\nx--b--\n").as_bytes()), piece(true, true));
        let head = head.replace("\"b\"", "\"a longer boundary\"");
        let closed = format!("{head}--a longer boundary--\nlist footer\n");
        assert_eq!(scan_piece(head.as_bytes()), piece(true, true));
        assert_eq!(scan_piece(closed.as_bytes()), piece(true, false));
    }

    #[test]
    fn rule_29_piece_with_two_content_types_is_judged_by_the_first() {
        let multipart = "Content-Type: multipart/mixed; boundary=b\n";
        let text = "Content-Type: text/plain\n";
        let of = |first, second| {
            scan_piece(format!("{first}{second}Date: x\n\n--b\n\ntext\n").as_bytes())
        };
        assert_eq!(of(multipart, text), piece(true, true));
        assert_eq!(of(text, multipart), piece(true, false));
    }
}
