//! Outline: a message too large to be held, as the bytes that say what it consists of.
//!
//! Header blocks, delimiters and the beginning of every part are kept; what lies between is left
//! out as gaps. The walk over the outline finds the very entities that a walk over the message
//! would: a gap holds no line that begins with `--` and a boundary known there, and
//! [`OutlineBuilder::finish`] makes sure that none lies in a header block, and that every boundary
//! was known where it mattered. Where that cannot be had, the outline does not *fit*, and nothing is
//! judged by it but the message's own header.

use core::ops::Range;

use memchr::{memchr, memmem};

use super::content_type::parse_content_type;
use super::entity::{Entity, EntityKind, Walk, WalkLimits, walk_entities};
use super::tail;

/// Kept behind the start of the message and behind each delimiter, in bytes: header blocks of nested
/// messages lie there too (own choice).
const BEGINNING_BYTES: usize = 64 << 10;
/// Kept behind a delimiter until the header block ends, in bytes; a longer one does not fit.
const LONGEST_BEGINNING_BYTES: usize = 4 << 20;
/// Kept of an S/MIME part, in bytes: signatures with all their certificates, and small opaque objects.
const SMIME_PART_BYTES: usize = 16 << 20;
/// Kept of a whole message, in bytes.
const OUTLINE_BYTES: usize = 64 << 20;
/// Gaps of one message; as many large parts.
const GAPS: usize = 1_000;
/// The line break before a delimiter is the delimiter's (RULES 25), so it is kept with it.
const LINE_BREAK_BYTES: usize = 2;

/// Bytes left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Where in the outline they are missing.
    pub at: usize,
    /// How many they are.
    pub octets: u64,
    /// How many boundaries of multiparts were known there.
    known_boundaries: usize,
}

/// What is kept of a message, and what is not.
#[derive(Debug)]
pub struct MessageOutline {
    /// The bytes that are kept.
    pub kept: Vec<u8>,
    /// What is left out between them, in order.
    pub gaps: Vec<Gap>,
    /// Whether a walk over what is kept finds what a walk over the message would.
    pub fits: bool,
}

/// Where the next bytes go.
#[derive(Clone, Copy, Debug)]
enum State {
    /// Into the outline, up to this length at least and at most.
    Keeping { until: usize, at_most: usize },
    /// Into a gap.
    Dropping { at_line_start: bool },
}

/// Makes the outline of a message that arrives piecewise.
#[derive(Debug)]
pub struct OutlineBuilder {
    kept: Vec<u8>,
    gaps: Vec<Gap>,
    /// Of every multipart so far, in document order.
    boundaries: Vec<Vec<u8>>,
    state: State,
    /// Bytes that wait for more.
    pending: Vec<u8>,
    limits: WalkLimits,
    fits: bool,
}

impl OutlineBuilder {
    /// A builder at the start of a message; the limits are those of the walk over it.
    #[must_use]
    pub fn new(limits: WalkLimits) -> Self {
        Self {
            kept: Vec::new(),
            gaps: Vec::new(),
            boundaries: Vec::new(),
            state: State::Keeping { until: BEGINNING_BYTES, at_most: LONGEST_BEGINNING_BYTES },
            pending: Vec::new(),
            limits,
            fits: true,
        }
    }

    /// Takes the next piece; `drop` is given what is left out, with the number of its gap.
    pub fn push(&mut self, piece: &[u8], at_end: bool, mut drop: impl FnMut(usize, &[u8])) {
        let mut bytes = core::mem::take(&mut self.pending);
        bytes.extend_from_slice(piece);
        let mut at = 0;
        while at < bytes.len() {
            let rest = tail(&bytes, at);
            let taken = match self.state {
                State::Keeping { until, at_most } => self.keep(rest, until, at_most),
                State::Dropping { at_line_start } => {
                    self.drop_to_delimiter(rest, at_line_start, at_end, &mut drop)
                }
            };
            match taken {
                Some(taken) => at += taken,
                None => break,
            }
        }
        bytes.drain(..at.min(bytes.len()));
        self.pending = bytes;
    }

    /// The outline, once everything was pushed.
    #[must_use]
    pub fn finish(self) -> MessageOutline {
        let walk = walk_entities(&self.kept, 0..self.kept.len(), self.limits);
        let fits = self.fits && self.gaps.iter().all(|gap| self.fits_into(&walk, gap));
        MessageOutline { kept: self.kept, gaps: self.gaps, fits }
    }

    /// Keeps bytes up to the end of a line, and decides there whether to go on.
    fn keep(&mut self, rest: &[u8], until: usize, at_most: usize) -> Option<usize> {
        let missing = until.saturating_sub(self.kept.len());
        if missing > 0 {
            let taken = missing.min(rest.len());
            self.kept.extend_from_slice(rest.get(..taken).unwrap_or_default());
            return Some(taken);
        }
        let room = at_most.saturating_sub(self.kept.len()).min(rest.len());
        let line_end = if self.kept.ends_with(b"\n") {
            Some(0)
        } else {
            memchr(b'\n', rest.get(..room).unwrap_or(rest)).map(|at| at + 1)
        };
        let taken = line_end.unwrap_or(room);
        self.kept.extend_from_slice(rest.get(..taken).unwrap_or_default());
        if line_end.is_some() {
            self.end_beginning(at_most);
        } else if self.kept.len() >= at_most {
            // In the middle of a line: what is left of it must not look like a delimiter.
            let line = self.kept.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
            self.fits &= !tail(&self.kept, line).starts_with(b"--");
            self.end_beginning(at_most);
        }
        Some(taken)
    }

    /// Behind the beginning of a part: a gap begins, unless more has to be kept.
    fn end_beginning(&mut self, at_most: usize) {
        let walk = walk_entities(&self.kept, 0..self.kept.len(), self.limits);
        self.boundaries =
            walk.entities.iter().filter_map(|entity| boundary_of(&self.kept, entity)).collect();
        let length = self.kept.len();
        let last = walk.entities.last();
        let ends_in_header = last.is_none_or(|last| last.body.start >= length);
        let is_smime = last.is_some_and(|last| {
            last.whole.end == length
                && matches!(last.kind, EntityKind::Pkcs7Mime { .. } | EntityKind::Pkcs7Signature)
        });
        let smime_end = last.map_or(0, |last| last.body.start + SMIME_PART_BYTES);
        if ends_in_header && length < at_most {
            let until = (length + BEGINNING_BYTES).min(at_most);
            self.state = State::Keeping { until, at_most };
            return;
        }
        self.fits &= !ends_in_header;
        if is_smime && length < smime_end && length < OUTLINE_BYTES {
            let until = smime_end.min(OUTLINE_BYTES);
            self.state = State::Keeping { until, at_most: until };
            return;
        }
        let at_line_start = self.kept.ends_with(b"\n");
        self.fits &= length <= OUTLINE_BYTES && self.gaps.len() < GAPS;
        self.gaps.push(Gap { at: length, octets: 0, known_boundaries: self.boundaries.len() });
        self.state = State::Dropping { at_line_start };
    }

    /// Leaves out everything up to a line that begins with a known boundary; gives how much was
    /// taken, `None` if what is left is too little to tell.
    fn drop_to_delimiter(
        &mut self,
        rest: &[u8],
        at_line_start: bool,
        at_end: bool,
        drop: &mut impl FnMut(usize, &[u8]),
    ) -> Option<usize> {
        let longest = self.boundaries.iter().map(Vec::len).max().unwrap_or(0) + 2;
        let mut from = 0;
        while let Some(line) = next_dashes(rest, from, at_line_start) {
            if rest.len() - line < longest && !at_end {
                return self.leave_out(rest, line.saturating_sub(LINE_BREAK_BYTES), drop);
            }
            let text = tail(rest, line + 2);
            if self.fits && self.boundaries.iter().any(|boundary| text.starts_with(boundary)) {
                let before = line.saturating_sub(LINE_BREAK_BYTES);
                self.leave_out(rest, before, drop);
                self.end_gap();
                self.kept.extend_from_slice(rest.get(before..line + 2).unwrap_or_default());
                let length = self.kept.len();
                self.state = State::Keeping {
                    until: length + BEGINNING_BYTES,
                    at_most: length + LONGEST_BEGINNING_BYTES,
                };
                return Some(line + 2);
            }
            from = line + 1;
        }
        // A line break and dashes may begin in the last bytes.
        let undecided = if at_end { 0 } else { LINE_BREAK_BYTES + 2 };
        let taken = rest.len().saturating_sub(undecided);
        self.leave_out(rest, taken, drop)
    }

    fn leave_out(
        &mut self,
        rest: &[u8],
        count: usize,
        drop: &mut impl FnMut(usize, &[u8]),
    ) -> Option<usize> {
        if count == 0 {
            return None;
        }
        let number = self.gaps.len().saturating_sub(1);
        if let Some(gap) = self.gaps.last_mut() {
            gap.octets += count as u64;
        }
        drop(number, rest.get(..count).unwrap_or_default());
        // Bytes stay before the place where the search goes on: a line's start is seen by them.
        self.state = State::Dropping { at_line_start: false };
        Some(count)
    }

    /// A gap of nothing is none.
    fn end_gap(&mut self) {
        if self.gaps.last().is_some_and(|gap| gap.octets == 0) {
            self.gaps.pop();
        }
    }

    /// Whether no header block misses these bytes, and every boundary before them was known.
    fn fits_into(&self, walk: &Walk, gap: &Gap) -> bool {
        let before = walk.entities.iter().filter(|entity| entity.body.start <= gap.at);
        let multiparts = before.filter_map(|entity| boundary_of(&self.kept, entity)).count();
        let in_header = walk
            .entities
            .iter()
            .any(|entity| entity.whole.start <= gap.at && gap.at < entity.body.start);
        !in_header && multiparts <= gap.known_boundaries
    }
}

/// The boundary of a multipart.
fn boundary_of(bytes: &[u8], entity: &Entity) -> Option<Vec<u8>> {
    if !matches!(entity.kind, EntityKind::Multipart | EntityKind::MultipartSigned { .. }) {
        return None;
    }
    let body: Range<usize> = entity.content_type.clone();
    parse_content_type(bytes.get(body)?).boundary().map(<[u8]>::to_vec)
}

/// The next line from `from` on that begins with `--`.
fn next_dashes(rest: &[u8], from: usize, at_line_start: bool) -> Option<usize> {
    if from == 0 && at_line_start && rest.starts_with(b"--") {
        return Some(0);
    }
    memmem::find(tail(rest, from), b"\n--").map(|at| from + at + 1)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The outline of `message` that arrives `step` bytes at a time, and the bytes of each gap.
    fn outline(message: &[u8], step: usize) -> (MessageOutline, Vec<Vec<u8>>) {
        let mut builder = OutlineBuilder::new(WalkLimits::default());
        let mut dropped: Vec<Vec<u8>> = Vec::new();
        let mut pieces = message.chunks(step).peekable();
        while let Some(piece) = pieces.next() {
            builder.push(piece, pieces.peek().is_none(), |gap, bytes| {
                dropped.resize_with(gap + 1, Vec::new);
                dropped[gap].extend_from_slice(bytes);
            });
        }
        let outline = builder.finish();
        dropped.truncate(outline.gaps.len());
        (outline, dropped)
    }

    /// The message again, and where a position of the outline lies in it.
    fn put_together(outline: &MessageOutline, dropped: &[Vec<u8>]) -> Vec<u8> {
        let (mut message, mut at) = (Vec::new(), 0);
        for (gap, bytes) in outline.gaps.iter().zip(dropped) {
            assert_eq!(gap.octets, bytes.len() as u64);
            message.extend_from_slice(&outline.kept[at..gap.at]);
            message.extend_from_slice(bytes);
            at = gap.at;
        }
        message.extend_from_slice(&outline.kept[at..]);
        message
    }

    fn shifted(outline: &MessageOutline, range: &Range<usize>) -> Range<usize> {
        let sum = |is_before: &dyn Fn(usize) -> bool| -> usize {
            outline.gaps.iter().filter(|gap| is_before(gap.at)).map(|gap| gap.octets as usize).sum()
        };
        range.start + sum(&|at| at < range.start)..range.end + sum(&|at| at <= range.end)
    }

    /// The walk over the outline finds what the walk over the message does.
    fn check(message: &[u8], step: usize) -> bool {
        let (outline, dropped) = outline(message, step);
        assert_eq!(put_together(&outline, &dropped), message);
        if !outline.fits {
            return false;
        }
        let whole = walk_entities(message, 0..message.len(), WalkLimits::default());
        let found = walk_entities(&outline.kept, 0..outline.kept.len(), WalkLimits::default());
        assert_eq!(found.entities.len(), whole.entities.len());
        for (found, whole) in found.entities.iter().zip(&whole.entities) {
            assert_eq!(shifted(&outline, &found.whole), whole.whole);
            assert_eq!(shifted(&outline, &found.body), whole.body);
            assert_eq!(
                (found.kind, found.depth, found.closed),
                (whole.kind, whole.depth, whole.closed)
            );
        }
        true
    }

    fn long(line: &str, bytes: usize) -> String {
        line.repeat(bytes / line.len())
    }

    #[test]
    fn outline_of_a_message_with_large_parts_finds_the_same_entities() {
        let inner = format!(
            "Content-Type: multipart/mixed; boundary=in\n\n--in\n\n{}\n--in--\n",
            long("-- no delimiter\n", 400_000)
        );
        let message = format!(
            "From: a\nContent-Type: multipart/signed; boundary=\"out er\"\n\nx\n--out er\n{inner}{}\r\n--out er\nContent-Type: application/pkcs7-signature\n\nMIAG\n{}\n--out er--\n",
            long("epilogue\n", 300_000),
            long("QUJD\n", 200_000),
        );
        for step in [message.len(), 1 << 16, 1009] {
            assert!(check(message.as_bytes(), step));
        }
        let (outline, _) = outline(message.as_bytes(), 1 << 16);
        assert!(outline.gaps.len() == 2 && outline.kept.len() < 600_000, "{:?}", outline.gaps);
    }

    #[test]
    fn outline_of_one_endless_line_is_its_beginning() {
        let message = format!("From: a\n\n{}", long("x", 9 << 20));
        assert!(check(message.as_bytes(), 1 << 20));
        let dashes = format!("From: a\n\n--{}", long("x", 9 << 20));
        assert!(!check(dashes.as_bytes(), 1 << 20));
        let header = format!(
            "From: a\nX: {}\nContent-Type: multipart/mixed; boundary=b\n\n--b\n",
            long("x", 9 << 20)
        );
        assert!(!check(header.as_bytes(), 1 << 20));
    }

    #[test]
    fn outline_finds_a_delimiter_wherever_the_pieces_part() {
        let boundary = "a-rather-long-boundary";
        let head =
            format!("Content-Type: multipart/mixed; boundary={boundary}\n\n--{boundary}\n\n");
        let before = head + &long("text\n", 150_000) + "last\r\n";
        let delimiter = format!("--{boundary}\n");
        let message = format!("{before}{delimiter}\nsecond\n--{boundary}--\n");
        for inside in 0..=delimiter.len() + 4 {
            let step = before.len() - 2 + inside;
            assert!(check(message.as_bytes(), step), "{inside}");
            let (outline, _) = outline(message.as_bytes(), step);
            assert_eq!(outline.gaps.len(), 1, "{inside}");
        }
    }

    #[test]
    fn outline_of_a_part_with_a_long_header_fits() {
        let message = format!(
            "Content-Type: multipart/mixed; boundary=b\n\n--b\nX: {}\n\n{}--b--\n",
            long("x", 3 * BEGINNING_BYTES),
            long("text\n", 3 * BEGINNING_BYTES)
        );
        for step in [message.len(), 1 << 16] {
            assert!(check(message.as_bytes(), step));
            assert_eq!(outline(message.as_bytes(), step).0.gaps.len(), 1);
        }
    }

    #[test]
    fn rule_43_outline_larger_than_its_cap_does_not_fit() {
        let part = format!(
            "--b\nContent-Type: application/pkcs7-mime\n\n{}",
            long("QUJD\n", SMIME_PART_BYTES + (1 << 20))
        );
        for (parts, fits) in [(3, true), (5, false)] {
            let message = "Content-Type: multipart/mixed; boundary=b\n\n".to_owned()
                + &part.repeat(parts)
                + "--b--\n";
            let (outline, _) = outline(message.as_bytes(), 1 << 20);
            assert_eq!(outline.fits, fits, "{parts}");
            assert!(outline.kept.len() <= OUTLINE_BYTES + 2 * BEGINNING_BYTES);
        }
    }

    #[test]
    fn outline_without_octets_to_leave_out_has_no_gap() {
        let head = "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n";
        let kept = head.to_owned() + &"x".repeat(BEGINNING_BYTES - head.len() - 1) + "\n";
        let message = format!("{kept}--b\n\ny\n--b--\n");
        assert!(check(message.as_bytes(), message.len()));
        assert!(outline(message.as_bytes(), message.len()).0.gaps.is_empty());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn outline_walk_equals_the_walk_over_the_message(
            parts in prop::collection::vec((prop::sample::select(vec![
                "--b\n", "--b\nContent-Type: multipart/mixed; boundary=c\n\n", "--c\n\n", "--c--\n", "--b--\r\n", "\r\n--b\r\n\r\n",
                "--b\nContent-Type: message/rfc822\n\nContent-Type: multipart/mixed; boundary=\"b c\"\n\n", "--b c\nA: x\n\n",
                "--b\nContent-Type: application/pkcs7-mime\n\n", "\n", "-", "\r\n", "--bc\n",
            ]), prop::sample::select(vec![0_usize, 1, 70_000, 65_536, 140_000]), prop::sample::select(vec![
                "x\n", "--\n", "--d\n", "word ", "\n", "-\r\n",
            ])), 0..8),
            step in prop::sample::select(vec![1000_usize, 65_536, 65_537, 1 << 20]),
        ) {
            let mut message = "Content-Type: multipart/mixed; boundary=b\n\n".to_owned();
            for (text, bytes, line) in parts {
                message += text;
                message += &long(line, bytes);
            }
            check(message.as_bytes(), step);
        }
    }
}
