//! Which variant of mbox a file is, from how it begins.
//!
//! Only what changes where a file is cut is told apart: mboxo and mboxrd are both `mboxrd` here,
//! mboxcl and mboxcl2 both `mboxcl2`. The same bytes give the same answer, so that a file is cut
//! alike whatever the pieces in which it is read later.

use super::boundary::{
    Boundary, check_boundary, empty_line_before, is_boundary_without_empty_line,
};
use super::content_length::{Landing, Length, check_landing, read_length};
use super::{BYTE_ORDER_MARK, MboxVariant};
use memchr::memmem;

/// From_ lines without an empty line before them that make a file loose: one may be an accident.
const LOOSE_LINES: usize = 2;

/// The variant of the file that begins with `head`; tens of KiB are enough.
#[must_use]
pub fn sniff_variant(head: &[u8]) -> MboxVariant {
    let head = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(head);
    if every_length_lands(head) {
        MboxVariant::Mboxcl2
    } else if only_loose_boundaries(head) {
        MboxVariant::Loose
    } else {
        MboxVariant::Mboxrd
    }
}

/// Whether the first message has a Content-Length, and every one of `head` that ends in it lands on
/// a boundary.
fn every_length_lands(head: &[u8]) -> bool {
    let blanks = head.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    let (mut at, mut any) = (blanks, false);
    while let Boundary::Ends(from_line_end) = check_boundary(head, at, false) {
        let Length::BodyOf { header, body } = read_length(head, from_line_end, false) else {
            // The last header block may be cut off.
            return any && read_length(head, from_line_end, false) == Length::Unread;
        };
        any = true;
        match check_landing(head, from_line_end + header + body, false) {
            Landing::At((next, _)) => at = next,
            Landing::Undecided => return true,
            Landing::No => return false,
        }
    }
    any
}

/// Whether boundaries of `head` come without an empty line, and none with one.
fn only_loose_boundaries(head: &[u8]) -> bool {
    let mut loose = 0;
    for line_end in memmem::find_iter(head, b"\nFrom ") {
        let at = line_end + 1;
        let Boundary::Ends(from_line_end) = check_boundary(head, at, false) else { continue };
        if empty_line_before(head, at, 0).is_some() {
            return false;
        }
        let from_line = at..from_line_end;
        loose += usize::from(is_boundary_without_empty_line(head, from_line, MboxVariant::Loose));
    }
    loose >= LOOSE_LINES
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn message(number: usize, body: &str) -> String {
        let length = body.len();
        format!(
            "From a@b Thu Jan  1 00:00:0{number} 2015\nDate: {number}\nContent-Length: {length}\n\n{body}\n"
        )
    }

    #[test]
    fn rule_29_variant_is_told_by_how_a_file_begins() {
        let lengths = message(1, "one\n") + &message(2, "From x y\nA: 1\n\n");
        let plain = lengths.replace("Content-Length", "X-Length");
        let loose: String = (1..5)
            .map(|n| format!("From a@b Thu Jan  1 00:00:0{n} 2015\nDate: {n}\n\nbody\n"))
            .collect();
        for (file, variant) in [
            (lengths.clone(), MboxVariant::Mboxcl2),
            (format!("\u{FEFF}{lengths}"), MboxVariant::Mboxcl2),
            (format!("\n{lengths}"), MboxVariant::Mboxcl2),
            (lengths.replace('\n', "\r\n"), MboxVariant::Mboxrd),
            (message(1, "one\n").replace("Length: 4", "Length: 5"), MboxVariant::Mboxcl2),
            (lengths.replace("Length: 4", "Length: 6"), MboxVariant::Mboxrd),
            (message(1, "one\n") + &plain, MboxVariant::Mboxrd),
            (plain, MboxVariant::Mboxrd),
            (loose.clone(), MboxVariant::Loose),
            (loose.replace("body\n", "body\n\n"), MboxVariant::Mboxrd),
            (String::new(), MboxVariant::Mboxrd),
        ] {
            assert_eq!(sniff_variant(file.as_bytes()), variant, "{file}");
        }
    }

    #[test]
    fn rule_29_variant_of_a_head_that_breaks_off_is_that_of_what_is_there() {
        let file = message(1, "one\n") + &message(2, &"two\n".repeat(100));
        let whole_header = file.find("\n\n").map_or(0, |at| at + 2);
        for length in 0..whole_header {
            assert_ne!(sniff_variant(&file.as_bytes()[..length]), MboxVariant::Mboxcl2, "{length}");
        }
        for length in whole_header..file.len() {
            assert_eq!(sniff_variant(&file.as_bytes()[..length]), MboxVariant::Mboxcl2, "{length}");
        }
    }
}
