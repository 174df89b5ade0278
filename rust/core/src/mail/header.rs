//! Header fields of an entity as ranges (RFC 5322 §2.2, §3.6 and the obsolete forms of §4.5).
//!
//! The block ends at the first empty line (LF or CR LF) and only there: blanks before the colon are
//! accepted, lines that are no field are passed over and counted, but for From_ lines at the beginning
//! of a message, which mboxes leave behind. Two layers: the scanner walks fields without allocating and serves the entity walk;
//! [`Headers`] keeps them for lookups.

use core::ops::Range;
use std::borrow::Cow;

use super::field_name::{FieldName, FieldNames};
use super::from_line::parse_from_line;
use super::line_ends::{next_line, without_line_end};
use super::tail;
use super::visible::trim_blanks;

/// Room for the fields of most mails: 960 bytes, which allocators hand out from their fast lists (up to 1,032 in glibc).
const USUAL_FIELDS: usize = 24;

/// One header field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Which field, if it is one of those looked at.
    pub name: FieldName,
    /// The name as spelled, without the colon and blanks before it.
    pub name_range: Range<usize>,
    /// The body from behind the colon to before the last line break, folding included.
    pub body: Range<usize>,
}

/// The header fields of one entity.
#[derive(Clone, Debug)]
pub struct Headers<'a> {
    entity: &'a [u8],
    fields: Vec<Field>,
    /// Names that occur, so that most questions are answered without a look at the fields.
    names: FieldNames,
    /// Where the body starts: behind the empty line, or the entity's length if there is none.
    pub body_start: usize,
    /// Whether a cap was hit; fields beyond it are not listed, `body_start` is right all the same.
    pub truncated: bool,
    /// Lines that are neither field nor a From_ line at the beginning; some readers would start the body there.
    pub junk_lines: u32,
    /// A From_ line that was quoted stands at its beginning: to some readers the header ends there, and they show its fields.
    pub has_quoted_from_line: bool,
}

/// Reads the header block of `entity`, keeping at most `max_fields` fields that end within
/// `max_bytes`.
#[must_use]
pub fn parse_headers(entity: &[u8], max_bytes: usize, max_fields: usize) -> Headers<'_> {
    parse_headers_in(Vec::with_capacity(USUAL_FIELDS), entity, max_bytes, max_fields)
}

/// As [`parse_headers`], in a list that another header gave back ([`Headers::into_fields`]).
#[must_use]
pub fn parse_headers_in(
    mut fields: Vec<Field>,
    entity: &[u8],
    max_bytes: usize,
    max_fields: usize,
) -> Headers<'_> {
    fields.clear();
    let mut scanner = FieldScanner::new(entity, 0, |_| false);
    let mut names = FieldNames::default();
    let mut truncated = false;
    while let Some(field) = scanner.next_field() {
        if field.body.end <= max_bytes && fields.len() < max_fields {
            names.insert(field.name);
            fields.push(field);
        } else {
            truncated = true;
        }
    }
    let (body_start, junk_lines) = (scanner.body_start(), scanner.junk_lines);
    let has_quoted_from_line = scanner.has_quoted_from_line;
    Headers { entity, fields, names, body_start, truncated, junk_lines, has_quoted_from_line }
}

impl<'a> Headers<'a> {
    /// Every field in order.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The list of fields, to be used again.
    #[must_use]
    pub fn into_fields(self) -> Vec<Field> {
        self.fields
    }

    /// The header block: everything before the body, the empty line included.
    #[must_use]
    pub fn block(&self) -> &'a [u8] {
        self.entity.get(..self.body_start).unwrap_or_default()
    }

    /// The name of `field` as spelled.
    #[must_use]
    pub fn name(&self, field: &Field) -> &'a [u8] {
        self.entity.get(field.name_range.clone()).unwrap_or_default()
    }

    /// The body of `field`, folding included.
    #[must_use]
    pub fn body(&self, field: &Field) -> &'a [u8] {
        self.entity.get(field.body.clone()).unwrap_or_default()
    }

    /// All of `field`, its line break included.
    #[must_use]
    pub fn whole(&self, field: &Field) -> &'a [u8] {
        let behind = self.entity.get(field.body.end..).unwrap_or_default();
        let line_break = match behind {
            [b'\r', b'\n', ..] => 2,
            [b'\n', ..] => 1,
            _ => 0,
        };
        self.entity.get(field.name_range.start..field.body.end + line_break).unwrap_or_default()
    }

    /// The bodies of all fields called `name`, in order.
    pub fn all(&self, name: FieldName) -> impl Iterator<Item = &'a [u8]> {
        let fields = if self.names.contains(name) { self.fields.as_slice() } else { &[] };
        fields.iter().filter(move |field| field.name == name).map(|field| self.body(field))
    }

    /// The body of the first field called `name`.
    #[must_use]
    pub fn first(&self, name: FieldName) -> Option<&'a [u8]> {
        self.all(name).next()
    }

    /// How many fields are called `name`.
    #[must_use]
    pub fn count(&self, name: FieldName) -> usize {
        self.all(name).count()
    }

    /// The bodies of all fields spelled `name` in any case, for names outside [`FieldName`].
    pub fn all_named(&self, name: &[u8]) -> impl Iterator<Item = &'a [u8]> {
        self.fields
            .iter()
            .filter(move |field| {
                let spelling = self.entity.get(field.name_range.clone()).unwrap_or_default();
                spelling.eq_ignore_ascii_case(name)
            })
            .map(|field| self.body(field))
    }

    /// The first field called `name` as text: unfolded, trimmed, what is not UTF-8 replaced;
    /// encoded words stay.
    #[must_use]
    pub fn text(&self, name: FieldName) -> Option<String> {
        self.first(name).map(|body| unfold_text(body).into_owned())
    }
}

/// `body` with its folding undone (RFC 5322 §2.2.3: only the line breaks go) and blanks at both
/// ends removed.
#[must_use]
pub fn unfold(body: &[u8]) -> Cow<'_, [u8]> {
    let body = trim_blanks(body);
    if memchr::memchr(b'\n', body).is_none() {
        return Cow::Borrowed(body);
    }
    let mut unfolded = Vec::with_capacity(body.len());
    for line in body.split_inclusive(|&byte| byte == b'\n') {
        unfolded.extend_from_slice(without_line_end(line));
    }
    Cow::Owned(unfolded)
}

/// `body` unfolded, as UTF-8 with replacement characters.
#[must_use]
pub fn unfold_text(body: &[u8]) -> Cow<'_, str> {
    match unfold(body) {
        Cow::Borrowed(body) => String::from_utf8_lossy(body),
        Cow::Owned(body) => Cow::Owned(String::from_utf8_lossy(&body).into_owned()),
    }
}

/// Walks the fields of a header block without allocating.
///
/// `is_delimiter` is asked about every line that starts with `--`: an enclosing multipart's
/// delimiter ends a header block that has no empty line.
pub(super) struct FieldScanner<'a, D> {
    bytes: &'a [u8],
    position: usize,
    is_delimiter: D,
    /// Whether From_ lines may stand here: before the first field of what the buffer holds, and nowhere in a part of it.
    at_beginning: bool,
    pub(super) junk_lines: u32,
    /// A From_ line at the beginning was quoted.
    pub(super) has_quoted_from_line: bool,
}

impl<'a, D: Fn(usize) -> bool> FieldScanner<'a, D> {
    /// A scanner over the header block that starts at `start`.
    pub(super) fn new(bytes: &'a [u8], start: usize, is_delimiter: D) -> Self {
        let (junk_lines, has_quoted_from_line) = (0, false);
        let (position, at_beginning) = (start, start == 0);
        Self { bytes, position, is_delimiter, at_beginning, junk_lines, has_quoted_from_line }
    }

    /// The next field; `None` at the end of the block, and then for ever.
    pub(super) fn next_field(&mut self) -> Option<Field> {
        loop {
            let start = self.position;
            match tail(self.bytes, start) {
                [] | [b'\n', ..] | [b'\r', b'\n', ..] => return None,
                [b'-', b'-', ..] if (self.is_delimiter)(start) => return None,
                _ => {}
            }
            self.position = field_end(self.bytes, start);
            let line = self.bytes.get(start..self.position).unwrap_or_default();
            if let Some((name_length, body_offset)) = scan_name(line) {
                let name_range = start..start + name_length;
                let body_end = start + without_line_end(line).len();
                let name = FieldName::of(line.get(..name_length).unwrap_or_default());
                self.at_beginning = false;
                return Some(Field { name, name_range, body: start + body_offset..body_end });
            }
            if !self.at_beginning || !is_left_by_mbox(line) {
                self.at_beginning = false;
                self.junk_lines = self.junk_lines.saturating_add(1);
            }
            self.has_quoted_from_line |= self.at_beginning && line.starts_with(b">");
        }
    }

    /// Once [`Self::next_field`] gave `None`: where the body starts.
    pub(super) fn body_start(&self) -> usize {
        self.position
            + match tail(self.bytes, self.position) {
                [b'\n', ..] => 1,
                [b'\r', b'\n', ..] => 2,
                _ => 0,
            }
    }
}

/// Whether a line is what an mbox or a gateway to one left: a From_ line with a date, quoted or not, and no sentence.
fn is_left_by_mbox(line: &[u8]) -> bool {
    let spelled = line.strip_prefix(b">").unwrap_or(line);
    let is_one_line = memchr::memchr(b'\n', line).is_none_or(|at| at + 1 == line.len());
    let read = parse_from_line(without_line_end(spelled));
    let is_one_word = !read.sender.iter().any(u8::is_ascii_whitespace);
    spelled.starts_with(b"From ") && is_one_line && is_one_word && read.date_unix_s.is_some()
}

/// Where the field that starts at `start` ends: behind its last continuation line (RFC 5322
/// §2.2.3).
fn field_end(bytes: &[u8], start: usize) -> usize {
    let mut end = next_line(bytes, start);
    while matches!(bytes.get(end), Some(b' ' | b'\t')) {
        end = next_line(bytes, end);
    }
    end
}

/// Length of the field name that `line` starts with, and where the body starts; RFC 5322 §4.5:
/// blanks may precede the colon.
pub(super) fn scan_name(line: &[u8]) -> Option<(usize, usize)> {
    let name_length = line.iter().position(|&byte| !is_name_byte(byte))?;
    let after = tail(line, name_length);
    let blanks = after.iter().position(|byte| !matches!(byte, b' ' | b'\t'))?;
    let colon = after.get(blanks) == Some(&b':');
    (colon && name_length > 0).then_some((name_length, name_length + blanks + 1))
}

/// RFC 5322 §3.6.8 `ftext`.
pub(super) fn is_name_byte(byte: u8) -> bool {
    matches!(byte, 33..=57 | 59..=126)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(entity: &[u8]) -> Headers<'_> {
        parse_headers(entity, 1 << 20, 10_000)
    }

    #[test]
    fn headers_with_folding_and_both_line_ends_give_ranges() {
        let headers = parse(b"From: a@b\r\nSubject: one\r\n two\r\nX-Y:z\n\r\nbody\n");
        assert_eq!(headers.first(FieldName::From), Some(&b" a@b"[..]));
        assert_eq!(headers.first(FieldName::Subject), Some(&b" one\r\n two"[..]));
        assert_eq!(headers.text(FieldName::Subject).as_deref(), Some("one two"));
        assert_eq!(headers.all_named(b"x-y").next(), Some(&b"z"[..]));
        assert_eq!(headers.body_start, 39);
        assert_eq!(headers.block().len(), 39);
        assert_eq!((headers.truncated, headers.junk_lines), (false, 0));
    }

    #[test]
    fn field_is_whole_with_its_folding_and_its_line_break() {
        let headers = parse(b"A: 1\r\nB : 2\n 3\nC: 4");
        let whole: Vec<_> = headers.fields().iter().map(|field| headers.whole(field)).collect();
        assert_eq!(whole, [&b"A: 1\r\n"[..], b"B : 2\n 3\n", b"C: 4"]);
    }

    #[test]
    fn rule_28_from_lines_are_passed_over_at_the_beginning_alone() {
        let counted = |text: &str| parse(text.as_bytes()).junk_lines;
        let date = "Thu Jan  1 00:00:00 2015";
        assert_eq!(counted(&format!("From a@b {date}\n>From c@d {date}\nFrom: a@b\n\n")), 0);
        let is_quoted = |text: &str| parse(text.as_bytes()).has_quoted_from_line;
        assert!(is_quoted(&format!("From a@b {date}\n>From c@d {date}\nFrom: a@b\n\n")));
        assert!(!is_quoted(&format!("From a@b {date}\nFrom c@d {date}\nFrom: a@b\n\n")));
        assert_eq!(counted(&format!("From - {date}\r\nFrom: a@b\r\n\r\n")), 0);
        assert_eq!(counted(&format!(">From a {date} remote from b\nFrom: a@b\n\n")), 0);
        assert_eq!(counted(&format!("From: a@b\nFrom c@d {date}\n\n")), 1);
        assert_eq!(counted(&format!("From: a@b\n>From c@d {date}\nTo: c@d\n\n")), 1);
        assert_eq!(counted(&format!(">From a@b {date}\n more\nFrom: a@b\n\n")), 1);
        assert_eq!(counted(&format!(">From now on: pay {date}\nFrom: a@b\n\n")), 1);
        assert_eq!(counted(">From here\nFrom: a@b\n\n"), 1);
        let part = format!("x\nFrom a@b {date}\nA: 1\n\n");
        let mut scanner = FieldScanner::new(part.as_bytes(), 2, |_| false);
        assert!(scanner.next_field().is_some());
        assert_eq!(scanner.junk_lines, 1);
    }

    #[test]
    fn headers_in_a_used_list_hold_nothing_of_the_header_before() {
        let used = parse(b"From: a@b\nSubject: x\nTo: c@d\n\n").into_fields();
        let headers = parse_headers_in(used, b"Date: y\n\n", 1 << 20, 10_000);
        assert_eq!(headers.fields(), parse(b"Date: y\n\n").fields());
        assert_eq!((headers.first(FieldName::From), headers.count(FieldName::Date)), (None, 1));
    }

    #[test]
    fn headers_with_obsolete_blanks_before_colon_are_fields() {
        let headers = parse(b"From \t: a@b\n: nameless\nno colon here\n folded junk\nDate:\n\n");
        assert_eq!(headers.first(FieldName::From), Some(&b" a@b"[..]));
        assert_eq!(headers.first(FieldName::Date), Some(&b""[..]));
        assert_eq!(headers.fields().len(), 2);
        assert_eq!(headers.junk_lines, 2);
    }

    #[test]
    fn headers_after_a_left_over_from_line_are_read() {
        let date = "Mon Jan  1 00:00:00 2001";
        let text = format!(">From a@b {date}\nFrom x {date}\nTo: c\n\nbody");
        let headers = parse(text.as_bytes());
        assert_eq!(headers.first(FieldName::To), Some(&b" c"[..]));
        assert_eq!(headers.first(FieldName::From), None);
        assert_eq!(headers.junk_lines, 0);
    }

    #[test]
    fn headers_without_empty_line_end_with_the_entity() {
        let headers = parse(b"From: a\nTo: b");
        assert_eq!(headers.body_start, 13);
        assert_eq!(headers.first(FieldName::To), Some(&b" b"[..]));
        assert_eq!(parse(b"").body_start, 0);
        assert_eq!(parse(b"\nbody").body_start, 1);
    }

    #[test]
    fn headers_with_a_line_of_blanks_go_on() {
        let headers = parse(b"Subject: a\n \t\nTo: b\n\nbody");
        assert_eq!(headers.first(FieldName::To), Some(&b" b"[..]));
        assert_eq!(headers.text(FieldName::Subject).as_deref(), Some("a"));
    }

    #[test]
    fn rule_43_headers_beyond_a_cap_are_truncated_but_the_body_is_found() {
        let mut entity = b"A: 1\n".repeat(20);
        entity.extend_from_slice(b"\nbody");
        let headers = parse_headers(&entity, 1 << 20, 7);
        assert_eq!((headers.fields().len(), headers.truncated), (7, true));
        assert_eq!(headers.body_start, 101);
        let headers = parse_headers(&entity, 52, 10_000);
        assert_eq!((headers.fields().len(), headers.truncated), (10, true));
    }

    #[test]
    fn rule_21_headers_with_two_from_fields_list_both() {
        let headers = parse(b"From: a\nFROM: b\n\n");
        assert_eq!(headers.all(FieldName::From).collect::<Vec<_>>(), [b" a", b" b"]);
        assert_eq!(headers.count(FieldName::From), 2);
    }

    #[test]
    fn unfold_removes_breaks_only() {
        assert_eq!(unfold(b" a\r\n\t b \n c\r\n").as_ref(), b"a\t b  c");
        assert!(matches!(unfold(b" a "), Cow::Borrowed(b"a")));
    }

    type NameAndBody = (Vec<u8>, Vec<u8>);

    /// The obvious way: cut lines, join continuations, split at the colon.
    fn fields_slowly(entity: &[u8]) -> (Vec<NameAndBody>, usize) {
        let mut fields: Vec<Vec<u8>> = Vec::new();
        let mut at = 0;
        for line in entity.split_inclusive(|&byte| byte == b'\n') {
            if line == b"\n" || line == b"\r\n" {
                at += line.len();
                break;
            }
            match fields.last_mut() {
                Some(field) if line[0] == b' ' || line[0] == b'\t' => field.extend_from_slice(line),
                _ => fields.push(line.to_vec()),
            }
            at += line.len();
        }
        let split = |field: &Vec<u8>| {
            let colon = field.iter().position(|&byte| byte == b':')?;
            let mut name = field[..colon].to_vec();
            while matches!(name.last(), Some(b' ' | b'\t')) {
                name.pop();
            }
            if name.is_empty() || !name.iter().all(|byte| (33..=126).contains(byte)) {
                return None;
            }
            Some((name, without_line_end(&field[colon + 1..]).to_vec()))
        };
        (fields.iter().filter_map(split).collect(), at)
    }

    proptest! {
        #[test]
        fn headers_of_any_bytes_equal_the_slow_way(
            pieces in prop::collection::vec(
                prop::sample::select(vec!["a", "From", ":", " ", "\t", "\n", "\r\n", "\r", "\u{e9}", "-- "]), 0..60)
        ) {
            let entity = pieces.concat().into_bytes();
            let headers = parse(&entity);
            let (slow, body_start) = fields_slowly(&entity);
            let fast: Vec<_> = headers.fields().iter()
                .map(|field| (entity[field.name_range.clone()].to_vec(), headers.body(field).to_vec()))
                .collect();
            prop_assert_eq!(fast, slow);
            prop_assert_eq!(headers.body_start, body_start);
        }

        #[test]
        fn headers_of_arbitrary_bytes_do_not_panic(
            entity in prop::collection::vec(any::<u8>(), 0..300),
        ) {
            let headers = parse_headers(&entity, 100, 3);
            prop_assert!(headers.body_start <= entity.len());
            for field in headers.fields() {
                let _ = unfold_text(headers.body(field));
            }
        }
    }
}
