//! What archives, lists and gateways do to a text on its way, undone again (RULES 30).
//!
//! Each [`Repair`] is a guess at the octets as they were sent. A guess proves nothing: only the signed digest can say
//! that it is right, and then only about the octets made here. Nothing is shown, stored or judged by them otherwise.

use super::entity::{Walk, WalkLimits, walk_entities};
use super::line_ends::{LineEnd, first_line_end, lines, without_line_end};
use super::tail;
use super::transfer::TransferEncoding;
use super::visible::trim_blanks;
use crate::codes::codes;
use core::cell::OnceCell;
use memchr::{memchr, memchr3};

codes! {
    /// OUTPUT.md `repair`, in the order of trying.
    pub enum Repair {
        FromUnquoted = "from_unquoted", "One '>' was taken off every line that begins with '>From ', '>>From ' and so on (mboxrd).";
        FromUnquotedOnce = "from_unquoted_once", "One '>' was taken off the lines that begin with '>From ' and no more (mboxo).";
        FromBlankRemoved = "from_blank_removed", "The blank was taken off lines that begin with ' From '.";
        BlankLineAdded = "blank_line_added", "A blank line was added before the boundary.";
        BlankLineRemoved = "blank_line_removed", "A blank line was removed before the boundary.";
        Base64At60 = "base64_at_60", "Base64 parts were wrapped anew, at 60 characters.";
        Base64At64 = "base64_at_64", "Base64 parts were wrapped anew, at 64 characters.";
        Base64At72 = "base64_at_72", "Base64 parts were wrapped anew, at 72 characters.";
        Base64At76 = "base64_at_76", "Base64 parts were wrapped anew, at 76 characters.";
        SoftBreakRemoved = "soft_break_removed", "A soft line break was removed at the end of quoted-printable parts.";
        SoftBreakAdded = "soft_break_added", "A soft line break was added at the end of quoted-printable parts.";
        TrailingBlanksRemoved = "trailing_blanks_removed", "Blanks were removed at the ends of lines.";
        DashBlankAdded = "dash_blank_added", "The blank was added to lines '-- ' that begin a signature block.";
    }
}

impl Repair {
    /// Whether both undo the same kind of damage, so that one excludes the other.
    #[must_use]
    pub fn is_of_kind(self, other: Self) -> bool {
        let kind = |repair| match repair {
            Self::FromUnquoted | Self::FromUnquotedOnce | Self::FromBlankRemoved => 0,
            Self::BlankLineAdded | Self::BlankLineRemoved => 1,
            Self::Base64At60 | Self::Base64At64 | Self::Base64At72 | Self::Base64At76 => 2,
            Self::SoftBreakRemoved | Self::SoftBreakAdded => 3,
            Self::TrailingBlanksRemoved | Self::DashBlankAdded => 4,
        };
        kind(self) == kind(other)
    }
}

/// A MIME entity as stored, to be restored in several ways.
pub struct Damaged<'e> {
    entity: &'e [u8],
    walk: OnceCell<Walk>,
}

impl<'e> Damaged<'e> {
    /// An entity of which nothing is known yet.
    #[must_use]
    pub const fn new(entity: &'e [u8]) -> Self {
        Self { entity, walk: OnceCell::new() }
    }

    /// The entity with `repair` done; `None` where there is nothing to repair so.
    ///
    /// What most entities lack is searched for before a line is copied: of ten guesses eight end there.
    #[must_use]
    pub fn restored(&self, repair: Repair) -> Option<Vec<u8>> {
        let entity = self.entity;
        match repair {
            Repair::FromUnquoted => map_lines_with(b">From ", entity, |l| unquoted(l, usize::MAX)),
            Repair::FromUnquotedOnce => map_lines_with(b">From ", entity, |l| unquoted(l, 1)),
            Repair::FromBlankRemoved => map_lines_with(b" From ", entity, |line| {
                if line.starts_with(b" From ") { tail(line, 1) } else { line }
            }),
            Repair::BlankLineAdded => Some([entity, line_end_of(entity)].concat()),
            Repair::BlankLineRemoved => {
                let shorter = without_line_end(entity);
                (shorter.len() < entity.len()).then(|| shorter.to_vec())
            }
            Repair::Base64At60 => self.rewrapped(60),
            Repair::Base64At64 => self.rewrapped(64),
            Repair::Base64At72 => self.rewrapped(72),
            Repair::Base64At76 => self.rewrapped(76),
            Repair::SoftBreakRemoved => self
                .map_bodies(TransferEncoding::QuotedPrintable, |body| {
                    without_line_end(body).strip_suffix(b"=").map(<[u8]>::to_vec)
                }),
            Repair::SoftBreakAdded => {
                let soft_break = [b"=", line_end_of(entity)].concat();
                self.map_bodies(TransferEncoding::QuotedPrintable, |body| {
                    (!without_line_end(body).ends_with(b"=")).then(|| [body, &soft_break].concat())
                })
            }
            Repair::TrailingBlanksRemoved => {
                let any =
                    lines(entity).any(|line| matches!(without_line_end(line), [.., b' ' | b'\t']));
                if any { map_lines(entity, without_trailing_blanks) } else { None }
            }
            Repair::DashBlankAdded => {
                map_lines_with(b"--", entity, |line| if line == b"--" { b"-- " } else { line })
            }
        }
    }

    /// The entity with the bodies of all its parts in `encoding` as `edit` gives them; `None` when none changes.
    fn map_bodies(
        &self,
        encoding: TransferEncoding,
        edit: impl Fn(&[u8]) -> Option<Vec<u8>>,
    ) -> Option<Vec<u8>> {
        let entity = self.entity;
        let walk =
            self.walk.get_or_init(|| walk_entities(entity, 0..entity.len(), WalkLimits::default()));
        let mut restored = Vec::new();
        let mut copied = 0;
        for part in walk.entities.iter().filter(|part| part.child_count == 0) {
            let body = entity.get(part.body.clone()).unwrap_or_default();
            if part.encoding == encoding
                && !body.is_empty()
                && let Some(edited) = edit(body)
            {
                restored.extend_from_slice(entity.get(copied..part.body.start).unwrap_or_default());
                restored.extend_from_slice(&edited);
                copied = part.body.end;
            }
        }
        if copied == 0 {
            return None;
        }
        restored.extend_from_slice(tail(entity, copied));
        (restored != entity).then_some(restored)
    }

    /// Every base64 body in lines of `width` characters; what stands before and behind the characters stays.
    fn rewrapped(&self, width: usize) -> Option<Vec<u8>> {
        let line_end = line_end_of(self.entity);
        self.map_bodies(TransferEncoding::Base64, |body| {
            let text = trim_blanks(body);
            let characters = without_blanks(text);
            let before = body.iter().take_while(|octet| octet.is_ascii_whitespace()).count();
            let mut rewrapped = Vec::with_capacity(body.len() + body.len() / 16);
            rewrapped.extend_from_slice(body.get(..before).unwrap_or_default());
            for (number, line) in characters.chunks(width).enumerate() {
                if number > 0 {
                    rewrapped.extend_from_slice(line_end);
                }
                rewrapped.extend_from_slice(line);
            }
            rewrapped.extend_from_slice(tail(body, before + text.len()));
            Some(rewrapped)
        })
    }
}

/// `text` without blanks and line ends.
fn without_blanks(text: &[u8]) -> Vec<u8> {
    let mut characters = Vec::with_capacity(text.len());
    let mut rest = text;
    // Of blanks an archive with LF has nothing else, and whole lines are faster than octets.
    let has_others = memchr3(b' ', b'\t', b'\r', text).is_some() || memchr(0x0c, text).is_some();
    while !has_others && let Some(end) = memchr(b'\n', rest) {
        let (line, after) = rest.split_at(end);
        characters.extend_from_slice(line);
        rest = tail(after, 1);
    }
    for word in rest.split(u8::is_ascii_whitespace) {
        characters.extend_from_slice(word);
    }
    characters
}

/// The line end that `entity` uses.
fn line_end_of(entity: &[u8]) -> &'static [u8] {
    match first_line_end(entity) {
        LineEnd::Crlf => b"\r\n",
        LineEnd::Lf | LineEnd::None => b"\n",
    }
}

/// A line `>From ` with at most `most` marks, one mark taken off.
fn unquoted(line: &[u8], most: usize) -> &[u8] {
    let marks = line.iter().take_while(|&&octet| octet == b'>').count();
    let is_quoted = (1..=most).contains(&marks) && tail(line, marks).starts_with(b"From ");
    if is_quoted { tail(line, 1) } else { line }
}

fn without_trailing_blanks(line: &[u8]) -> &[u8] {
    let mut line = line;
    while let [inner @ .., b' ' | b'\t'] = line {
        line = inner;
    }
    line
}

/// As [`map_lines`], where a line that changes holds `word`.
fn map_lines_with<'t>(
    word: &[u8],
    entity: &'t [u8],
    edit: impl Fn(&'t [u8]) -> &'t [u8],
) -> Option<Vec<u8>> {
    memchr::memmem::find(entity, word)?;
    map_lines(entity, edit)
}

/// `entity` with every line as `edit` gives it, line ends kept; `None` when none changes.
fn map_lines<'t>(entity: &'t [u8], edit: impl Fn(&'t [u8]) -> &'t [u8]) -> Option<Vec<u8>> {
    let mut restored = Vec::with_capacity(entity.len() + 16);
    for line in lines(entity) {
        let text = without_line_end(line);
        restored.extend_from_slice(edit(text));
        restored.extend_from_slice(tail(line, text.len()));
    }
    (restored != entity).then_some(restored)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::codes::Code;
    use proptest::prelude::*;

    fn restored(entity: &str, repair: Repair) -> Option<String> {
        Damaged::new(entity.as_bytes())
            .restored(repair)
            .map(|octets| String::from_utf8(octets).unwrap())
    }

    #[test]
    fn rule_30_from_lines_lose_one_mark_of_quoting() {
        let quoted = ">From a\n>>From b\n> From c\nx >From d\n>From e";
        assert_eq!(
            restored(quoted, Repair::FromUnquoted).unwrap(),
            "From a\n>From b\n> From c\nx >From d\nFrom e"
        );
        assert_eq!(
            restored(quoted, Repair::FromUnquotedOnce).unwrap(),
            "From a\n>>From b\n> From c\nx >From d\nFrom e"
        );
        assert_eq!(
            restored("a\r\n From b\r\n  From c\r\n", Repair::FromBlankRemoved).unwrap(),
            "a\r\nFrom b\r\n  From c\r\n"
        );
        assert_eq!(restored("From a\n>from b\n", Repair::FromUnquoted), None);
    }

    #[test]
    fn rule_30_one_blank_line_more_or_less_in_the_line_end_of_the_text() {
        assert_eq!(restored("a\r\nb", Repair::BlankLineAdded).unwrap(), "a\r\nb\r\n");
        assert_eq!(restored("a\nb\n\n", Repair::BlankLineAdded).unwrap(), "a\nb\n\n\n");
        assert_eq!(restored("a\r\nb\r\n", Repair::BlankLineRemoved).unwrap(), "a\r\nb");
        assert_eq!(restored("a\nb", Repair::BlankLineRemoved), None);
    }

    #[test]
    fn rule_30_base64_is_wrapped_anew_and_nothing_else_is() {
        let head = "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nplain text stays\n--b\n\
                    Content-Transfer-Encoding: base64\n\n";
        let joined = "QUJD".repeat(40);
        let at = |width: usize| {
            let lines: Vec<&str> =
                (0..160).step_by(width).map(|at| &joined[at..160.min(at + width)]).collect();
            format!("{head}{}\n\n--b--\n", lines.join("\n"))
        };
        for (width, repair) in [
            (60, Repair::Base64At60),
            (64, Repair::Base64At64),
            (72, Repair::Base64At72),
            (76, Repair::Base64At76),
        ] {
            assert_eq!(restored(&at(20), repair).unwrap(), at(width));
            assert_eq!(restored(&at(width), repair), None);
        }
        assert_eq!(restored("QUJD\nQUJD\n", Repair::Base64At60), None);
    }

    #[test]
    fn rule_30_trailing_soft_break_comes_and_goes() {
        let part =
            |body: &str| format!("Content-Transfer-Encoding: quoted-printable\r\n\r\n{body}");
        let (with, without) = (part("text=\r\n"), part("text"));
        assert_eq!(restored(&with, Repair::SoftBreakRemoved).unwrap(), without);
        assert_eq!(restored(&part("text="), Repair::SoftBreakRemoved).unwrap(), without);
        assert_eq!(restored(&without, Repair::SoftBreakAdded).unwrap(), with);
        assert_eq!(restored(&with, Repair::SoftBreakAdded), None);
        assert_eq!(restored("\r\ntext=\r\n", Repair::SoftBreakRemoved), None);
    }

    #[test]
    fn rule_30_trailing_blanks_go_and_the_one_of_a_signature_block_comes_back() {
        assert_eq!(
            restored("a \t\r\n  b\r\n-- \n ", Repair::TrailingBlanksRemoved).unwrap(),
            "a\r\n  b\r\n--\n"
        );
        assert_eq!(restored("x\n--\n---\n", Repair::DashBlankAdded).unwrap(), "x\n-- \n---\n");
        assert_eq!(restored("x\n-- \n", Repair::DashBlankAdded), None);
    }

    proptest! {
        #[test]
        fn text_without_blanks_equals_the_slow_way(
            words in prop::collection::vec(prop::sample::select(vec!["a", "bc=", "\n", "\r\n", " ", "\t", "\x0c"]), 0..20),
            has_others in any::<bool>(),
        ) {
            let words = words.into_iter().filter(|word| has_others || !"\r\n \t\x0c".contains(word) || *word == "\n");
            let text = words.collect::<String>().into_bytes();
            let mut slow = text.clone();
            slow.retain(|octet| !octet.is_ascii_whitespace());
            prop_assert_eq!(without_blanks(&text), slow);
        }

        #[test]
        fn restore_of_any_bytes_changes_them_or_gives_none(
            octets in prop::collection::vec(any::<u8>(), 0..200),
            encoding in prop::sample::select(vec!["base64", "quoted-printable", "8bit"]),
        ) {
            let entity =
                [format!("Content-Transfer-Encoding: {encoding}\n\n").as_bytes(), &octets].concat();
            for &repair in Repair::ALL {
                prop_assert_ne!(Damaged::new(&entity).restored(repair), Some(entity.clone()));
            }
        }
    }
}
