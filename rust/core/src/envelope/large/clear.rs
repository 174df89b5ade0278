//! Clear: a large message in clear → the entity that its envelope will hold, in pieces of which none is kept.
//!
//! As [`crate::envelope::entity::entity_of_message`] makes it, line ends included.

use memchr::{memchr, memchr_iter};

use super::{Each, Stop};
use crate::envelope::entity::{
    entity_head, goes_into_envelope, line_break, says_binary, with_crlf,
};
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
        let head = entity_head(header, goes_into_envelope);
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

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::envelope::entity::{entity_of_message, read_header};
    use crate::verify::outline::{ByteSource, SourceFault};

    struct Bytes(Vec<u8>, usize);

    impl ByteSource for Bytes {
        fn length(&self) -> u64 {
            self.0.len() as u64
        }

        fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize, SourceFault> {
            let rest = self.0.get(usize::try_from(offset).unwrap()..).unwrap();
            let count = rest.len().min(into.len()).min(self.1);
            into[..count].copy_from_slice(&rest[..count]);
            Ok(count)
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn entity_that_is_not_held_is_the_one_that_is(
            header in prop::sample::select(vec![
                "From: a@b.c\n", "From: a@b.c\r\n", "Content-Type: text/html\nX: y\n",
                "Content-Type: x/y\nContent-Transfer-Encoding: Binary\n", "X: y\r\nContent-Type: x/y\r\n",
            ]),
            lines in prop::collection::vec((prop::sample::select(vec![
                "text\n", "text\r\n", "\n", "\r\n", "\r", "content-transfer-encoding: binary\n", "C\n",
                "Content-Transfer-Encoding:  base64\n", "Content-Transfer-Encoding: binary", "\0", " ",
            ]), prop::sample::select(vec![1_usize, 2, 20_000])), 0..6),
            step in prop::sample::select(vec![1_usize, 7, 1000, 1 << 20]),
        ) {
            let end = if header.contains('\r') { "\r\n" } else { "\n" };
            let mut message = format!("{header}{end}");
            message += &"x".repeat(70_000);
            message += end;
            lines.iter().for_each(|(line, count)| message += &line.repeat(*count));
            let bytes = Bytes(message.into_bytes(), step.max(97));
            let held = read_header(&bytes.0).unwrap();
            let expected = entity_of_message(&bytes.0, &held, goes_into_envelope);
            let outline = Outline::read(&bytes).unwrap();
            let header = read_header(outline.kept()).unwrap();
            let entity = ClearEntity::of(&outline, &header).unwrap();
            let mut found = Vec::new();
            entity.text(&mut |octets| { found.extend_from_slice(octets); Ok(()) }).unwrap();
            prop_assert_eq!(entity.octets(), found.len() as u64);
            prop_assert!(found == expected);
        }
    }

    #[test]
    fn source_that_changed_is_a_fault() {
        struct Changing(std::sync::atomic::AtomicUsize);
        impl ByteSource for Changing {
            fn length(&self) -> u64 {
                200_000
            }
            fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize, SourceFault> {
                let reads = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                let octet = if reads > 3 { b'y' } else { b'x' };
                into.fill(octet);
                into.iter_mut().step_by(64).for_each(|it| *it = b'\n');
                if offset == 0 {
                    into[..10].copy_from_slice(b"From: a\n\n\n");
                }
                Ok(into.len())
            }
        }
        let source = Changing(0.into());
        let outline = Outline::read(&source).unwrap();
        let header = read_header(outline.kept()).unwrap();
        source.0.store(10, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(ClearEntity::of(&outline, &header).err(), Some(Stop::Fault));
        assert!(outline.is_faulty());
    }
}
