//! The walk over the entities of a message: one pass, with the open entities on an explicit stack.
//!
//! Only lines that start with `--` are looked at in multipart bodies, each compared with the open
//! boundaries from the outermost in, so that an inner part cannot swallow the delimiter of an outer
//! one. A body without an open boundary is never searched. Time is linear in the bytes times the
//! depth cap; depth 100,000 ends at the cap (RULES 41).

use core::ops::Range;

use memchr::memmem;

use super::entity::{
    Entity, EntityKind, MultipartSubtype, SignatureProtocol, Walk, WalkLimits, WalkLimitsHit,
};
use super::header::{FieldScanner, Headers};
use super::line_ends::{break_before, next_line};
use super::media::classify;
use super::part_header::PartHeader;
use super::tail;
use super::transfer::{TransferEncoding, parse_transfer_encoding};
use super::visible::is_blank;

/// Finds the entities of the message at `range` of `buffer`, the message itself first.
#[must_use]
pub fn walk_entities(buffer: &[u8], range: Range<usize>, limits: WalkLimits) -> Walk {
    let mut walker = Walker::new(buffer, &range, limits);
    let start = range.start.min(walker.bytes.len());
    let at = walker.begin_entity(None, start);
    walker.finish(at)
}

/// As [`walk_entities`], of a whole message whose header block was parsed already, which saves
/// reading it again.
#[must_use]
pub fn walk_message(message: &[u8], headers: &Headers<'_>, limits: WalkLimits) -> Walk {
    let mut walker = Walker::new(message, &(0..message.len()), limits);
    let header = PartHeader::of_parsed(headers);
    let at = walker.begin_with(header, None, 0);
    walker.finish(at)
}

/// An entity whose end is not yet found.
struct Open {
    entity: u32,
    /// Of a multipart whose final delimiter has not come.
    boundary: Option<Vec<u8>>,
    is_multipart: bool,
    has_delimiter: bool,
    /// Behind the final delimiter's line.
    epilogue_start: Option<usize>,
}

/// A delimiter line of the multipart at `index` of the stack.
struct Delimiter {
    index: usize,
    is_final: bool,
}

struct Walker<'a> {
    /// The buffer up to the end of the message.
    bytes: &'a [u8],
    limits: WalkLimits,
    entities: Vec<Entity>,
    limits_hit: WalkLimitsHit,
    /// Outermost first.
    open: Vec<Open>,
    /// How many of `open` have a boundary.
    open_boundaries: usize,
}

impl<'a> Walker<'a> {
    fn new(buffer: &'a [u8], range: &Range<usize>, limits: WalkLimits) -> Self {
        Self {
            bytes: buffer.get(..range.end).unwrap_or(buffer),
            limits,
            entities: Vec::with_capacity(4),
            limits_hit: WalkLimitsHit::default(),
            open: Vec::new(),
            open_boundaries: 0,
        }
    }

    /// Walks the rest once the message itself is open and its body starts at `at`.
    fn finish(mut self, at: usize) -> Walk {
        self.walk_bodies(at);
        self.end_above(0, self.bytes.len());
        settle_protocols(&mut self.entities);
        Walk { entities: self.entities, limits_hit: self.limits_hit }
    }

    /// Goes from delimiter to delimiter, from the start of the line at `at` on.
    fn walk_bodies(&mut self, mut at: usize) {
        let finder = memmem::Finder::new(b"\n--");
        while self.open_boundaries > 0 {
            // A body starts behind a line end, which is part of the needle.
            let from = at.saturating_sub(1);
            let Some(found) = finder.find(tail(self.bytes, from)) else {
                return;
            };
            let line_start = from + found + 1;
            at = next_line(self.bytes, line_start);
            if let Some(delimiter) = find_delimiter(self.bytes, &self.open, line_start) {
                at = self.take_delimiter(&delimiter, line_start, at);
            }
        }
    }

    /// Ends what the delimiter line ends and begins the part behind it; gives where to go on.
    fn take_delimiter(
        &mut self,
        delimiter: &Delimiter,
        line_start: usize,
        line_end: usize,
    ) -> usize {
        let above = delimiter.index + 1;
        let mut end = break_before(self.bytes, line_start);
        if let Some(part) =
            self.open.get(above).and_then(|open| self.entities.get(open.entity as usize))
        {
            // An empty part: the line break before the delimiter is that of the delimiter before.
            end = end.max(part.whole.start);
        }
        self.end_above(above, end);
        let Some(multipart) = self.open.get_mut(delimiter.index) else {
            return line_end;
        };
        let entity = self.entities.get_mut(multipart.entity as usize);
        if let Some(entity) = entity {
            if !multipart.has_delimiter {
                entity.preamble =
                    unless_blank(self.bytes, entity.body.start..end.max(entity.body.start));
            }
            entity.closed |= delimiter.is_final;
        }
        multipart.has_delimiter = true;
        if delimiter.is_final {
            multipart.boundary = None;
            multipart.epilogue_start = Some(line_end);
            self.open_boundaries -= 1;
            return line_end;
        }
        let parent = multipart.entity;
        self.begin_entity(Some(parent), line_end)
    }

    /// Reads the header at `start` and opens the entity; gives where to go on.
    fn begin_entity(&mut self, parent: Option<u32>, start: usize) -> usize {
        let header = self.read_header(start);
        self.begin_with(header, parent, start)
    }

    /// Opens the entity with this header, and the messages that begin within it; gives where the
    /// last one's body starts.
    fn begin_with(&mut self, header: PartHeader, parent: Option<u32>, start: usize) -> usize {
        let (mut header, mut parent, mut start) = (header, parent, start);
        loop {
            let count = u32::try_from(self.entities.len()).unwrap_or(u32::MAX);
            if count >= self.limits.parts.max(1) {
                self.limits_hit.parts = true;
                let above = parent.and_then(|parent| self.entities.get_mut(parent as usize));
                above.into_iter().for_each(|above| above.is_cut = true);
                return start;
            }
            let (mut entity, boundary) = self.build_entity(header, parent, start);
            let is_multipart =
                matches!(entity.kind, EntityKind::Multipart | EntityKind::MultipartSigned { .. });
            // RFC 2046 §5.2.1 allows message/rfc822 no encoding; an encoded one is left to whoever
            // decodes it.
            let is_message =
                entity.kind == EntityKind::MessageRfc822 && entity.encoding.is_identity();
            let may_descend = entity.depth < self.limits.depth;
            entity.is_cut = !may_descend && (is_message || boundary.is_some());
            self.limits_hit.depth |= entity.is_cut;
            let boundary = boundary.filter(|_| may_descend);
            self.open_boundaries += usize::from(boundary.is_some());
            let body_start = entity.body.start;
            self.open.push(Open {
                entity: count,
                boundary,
                is_multipart,
                has_delimiter: false,
                epilogue_start: None,
            });
            self.entities.push(entity);
            if !(is_message && may_descend) {
                return body_start;
            }
            (parent, start) = (Some(count), body_start);
            header = self.read_header(start);
        }
    }

    /// The entity of a header block, its end still open, and its boundary.
    fn build_entity(
        &mut self,
        header: PartHeader,
        parent: Option<u32>,
        start: usize,
    ) -> (Entity, Option<Vec<u8>>) {
        self.limits_hit.header |= header.is_truncated;
        let above = parent.and_then(|parent| self.entities.get_mut(parent as usize));
        let (depth, position, in_digest) = match above {
            Some(above) => {
                above.child_count += 1;
                let in_digest = above.media.multipart == MultipartSubtype::Digest;
                (above.depth + 1, above.child_count, in_digest)
            }
            None => (0, 1, false),
        };
        let body_of =
            |range: &Option<Range<usize>>| range.clone().and_then(|range| self.bytes.get(range));
        let nature =
            classify(body_of(&header.content_type), body_of(&header.disposition), in_digest);
        let entity = Entity {
            parent,
            subtree_end: 0,
            position,
            depth,
            whole: start..self.bytes.len(),
            body: header.body_start..self.bytes.len(),
            kind: nature.kind,
            media: nature.media,
            encoding: body_of(&header.encoding)
                .map_or_else(TransferEncoding::default, parse_transfer_encoding),
            content_type: header.content_type.unwrap_or(start..start),
            disposition: nature.disposition,
            file_name: nature.file_name,
            closed: false,
            child_count: 0,
            is_cut: false,
            preamble: start..start,
            epilogue: start..start,
            header_junk: header.has_junk,
            // A field that was not read may contradict one that was.
            ambiguous: header.is_ambiguous || header.is_truncated || nature.is_ambiguous,
        };
        (entity, nature.boundary)
    }

    fn read_header(&self, start: usize) -> PartHeader {
        let is_delimiter =
            |line_start| find_delimiter(self.bytes, &self.open, line_start).is_some();
        let scanner = FieldScanner::new(self.bytes, start, is_delimiter);
        PartHeader::read(scanner, start, &self.limits)
    }

    /// Ends every open entity from `keep` of the stack on, at `end`.
    fn end_above(&mut self, keep: usize, end: usize) {
        let subtree_end = u32::try_from(self.entities.len()).unwrap_or(u32::MAX);
        while self.open.len() > keep {
            let Some(open) = self.open.pop() else { return };
            self.open_boundaries -= usize::from(open.boundary.is_some());
            let Some(entity) = self.entities.get_mut(open.entity as usize) else {
                continue;
            };
            entity.subtree_end = subtree_end;
            entity.whole = entity.whole.start.min(end)..end;
            entity.body = entity.body.start.min(end)..end;
            if open.is_multipart && !open.has_delimiter {
                entity.preamble = unless_blank(self.bytes, entity.body.clone());
            }
            if let Some(epilogue_start) = open.epilogue_start {
                entity.epilogue = unless_blank(self.bytes, epilogue_start.min(end)..end);
            }
        }
    }
}

/// Whose delimiter the line at `line_start`, which begins with `--`, is; the outermost multipart is
/// asked first.
///
/// RFC 2046 §5.1.1: the boundary, `--` if it is the final one, and nothing but blanks up to the end
/// of the line: a boundary that only begins the line is another's.
fn find_delimiter(bytes: &[u8], open: &[Open], line_start: usize) -> Option<Delimiter> {
    let line = bytes.get(line_start..next_line(bytes, line_start)).unwrap_or_default();
    let mut text = tail(line, 2);
    while let [inner @ .., b' ' | b'\t' | b'\r' | b'\n'] = text {
        text = inner;
    }
    let unmarked = text.strip_suffix(b"--");
    open.iter().enumerate().find_map(|(index, open)| {
        let boundary = open.boundary.as_deref()?;
        let is_final = unmarked == Some(boundary);
        (is_final || text == boundary).then_some(Delimiter { index, is_final })
    })
}

fn unless_blank(bytes: &[u8], range: Range<usize>) -> Range<usize> {
    if is_blank(bytes.get(range.clone()).unwrap_or_default()) {
        range.start..range.start
    } else {
        range
    }
}

/// RULES 27: a `multipart/signed` is what its second part says, whatever its own protocol parameter
/// claims.
fn settle_protocols(entities: &mut [Entity]) {
    for index in 0..entities.len() {
        let protocol = match entities.get(index) {
            Some(Entity { position: 2, kind: EntityKind::Pkcs7Signature, .. }) => {
                SignatureProtocol::Pkcs7
            }
            Some(Entity { position: 2, kind: EntityKind::PgpSignature, .. }) => {
                SignatureProtocol::Pgp
            }
            _ => continue,
        };
        let parent = entities.get(index).and_then(|entity| entity.parent);
        let parent = parent.and_then(|parent| entities.get_mut(parent as usize));
        if let Some(Entity { kind: EntityKind::MultipartSigned { protocol: settled }, .. }) = parent
        {
            *settled = protocol;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::mail::content_type::parse_content_type;
    use crate::mail::entity::{Disposition, FileNameHint};
    use crate::mail::field_name::FieldName;
    use crate::mail::header::parse_headers;
    use proptest::prelude::*;

    fn walk(message: &str) -> Walk {
        walk_entities(message.as_bytes(), 0..message.len(), WalkLimits::default())
    }

    /// Depth, kind's letter and text of every entity.
    fn parts(message: &str) -> Vec<(u32, &str)> {
        let walked = walk(message);
        walked
            .entities
            .iter()
            .map(|entity| (entity.depth, &message[entity.whole.clone()]))
            .collect()
    }

    const MIXED: &str = "Content-Type: multipart/mixed; boundary=b\n\n";

    #[test]
    fn rule_25_break_before_a_delimiter_is_not_part_of_the_part() {
        let message = format!("{MIXED}--b\nA: 1\n\none\n\n--b\r\n\r\ntwo\r\n--b--\r\n");
        let found = parts(&message);
        assert_eq!(found[1..], [(1, "A: 1\n\none\n"), (1, "\r\ntwo")]);
        let walked = walk(&message);
        assert_eq!(&message[walked.entities[1].body.clone()], "one\n");
        assert_eq!(&message[walked.entities[2].body.clone()], "two");
        assert!(walked.entities[0].closed);
        assert_eq!(walked.entities[0].child_count, 2);
        assert_eq!(walked.entities[2].position, 2);
        assert_eq!(walked.children(0).collect::<Vec<_>>(), [1, 2]);
        assert!(!walked.limits_hit.any());
    }

    #[test]
    fn rule_25_empty_parts_and_headers_without_body_have_exact_ranges() {
        let message = format!("{MIXED}--b\n--b\nA: 1\n\n--b\nA: 2\n--b--");
        assert_eq!(parts(&message)[1..], [(1, ""), (1, "A: 1\n"), (1, "A: 2")]);
        assert!(walk(&message).entities.iter().skip(1).all(|part| part.body.is_empty()));
    }

    #[test]
    fn rule_27_boundaries_that_begin_each_other_are_told_apart() {
        let message = format!(
            "{MIXED}--b\nContent-Type: multipart/mixed; boundary=\"b-- c\"\n\n\
             --b-- c\n\ninner\n--bc\n--b-- c-- \t\n--b \t\n\nlast\n--b-- \nend"
        );
        let found = parts(&message);
        assert_eq!(found[2..], [(2, "\ninner\n--bc"), (1, "\nlast")]);
        let walked = walk(&message);
        assert_eq!(&message[walked.entities[0].epilogue.clone()], "end");
        assert!(walked.entities[0].closed && walked.entities[1].closed);
    }

    #[test]
    fn rule_27_delimiter_of_the_outer_multipart_ends_the_inner() {
        let message = format!(
            "{MIXED}--b\nContent-Type: multipart/mixed; boundary=i\n\n--i\n\none\n--b\n\ntwo\n--i--\n--b--\n"
        );
        assert_eq!(parts(&message)[2..], [(2, "\none"), (1, "\ntwo\n--i--")]);
        assert!(!walk(&message).entities[1].closed);
        let same = format!("{MIXED}--b\n{MIXED}--b\n\none\n--b--\n--b\nlost\n");
        assert_eq!(parts(&same).len(), 3);
        assert_eq!(&same[walk(&same).entities[0].epilogue.clone()], "--b\nlost\n");
    }

    #[test]
    fn rule_27_missing_final_delimiter_leaves_the_rest_to_the_last_part() {
        let message = format!("{MIXED}--b\n\none\n--b\n\ntwo\nmore\n");
        assert_eq!(parts(&message)[1..], [(1, "\none"), (1, "\ntwo\nmore\n")]);
        assert!(!walk(&message).entities[0].closed);
    }

    #[test]
    fn rule_27_wrong_protocol_is_settled_by_the_second_part() {
        for protocol in ["application/pgp-signature", "x/y", ""] {
            let message = format!(
                "Content-Type: multipart/signed; boundary=b; protocol=\"{protocol}\"\n\n--b\n\nx\n\
                 --b\nContent-Type: application/octet-stream; name=smime.p7s\n\nAAAA\n--b--\n"
            );
            let walked = walk(&message);
            let expected = EntityKind::MultipartSigned { protocol: SignatureProtocol::Pkcs7 };
            assert_eq!(walked.entities[0].kind, expected);
            assert_eq!(walked.entities[2].file_name, FileNameHint::P7s);
        }
    }

    #[test]
    fn rule_28_preamble_and_epilogue_are_kept_unless_blank() {
        let message = format!("{MIXED}read me\n--b\n\none\n--b--\n\nfooter\n");
        let walked = walk(&message);
        assert_eq!(&message[walked.entities[0].preamble.clone()], "read me");
        assert_eq!(&message[walked.entities[0].epilogue.clone()], "\nfooter\n");
        let blank = walk(&format!("{MIXED}\n \n--b\n\none\n--b--\n\n\t\n"));
        assert!(blank.entities[0].preamble.is_empty() && blank.entities[0].epilogue.is_empty());
        let undelimited = format!("{MIXED}no part at all\n");
        let walked = walk(&undelimited);
        assert_eq!(&undelimited[walked.entities[0].preamble.clone()], "no part at all\n");
    }

    #[test]
    fn walk_of_a_nested_message_has_the_message_as_child() {
        let message = format!(
            "{MIXED}--b\nContent-Type: message/rfc822\n\nSubject: in\nContent-Type: multipart/mixed; boundary=c\n\n\
             --c\n\none\n--c--\n--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nAAAA\n--b--\n"
        );
        let walked = walk(&message);
        let shape: Vec<_> =
            walked.entities.iter().map(|e| (e.depth, e.parent, e.position)).collect();
        let expected =
            [(0, None, 1), (1, Some(0), 1), (2, Some(1), 1), (3, Some(2), 1), (1, Some(0), 2)];
        assert_eq!(shape, expected);
        assert_eq!(walked.entities[1].body, walked.entities[2].whole);
        assert_eq!(walked.entities[4].kind, EntityKind::MessageRfc822);
        assert_eq!(walked.entities[4].encoding, TransferEncoding::Base64);
        assert_eq!(walked.children(0).collect::<Vec<_>>(), [1, 4]);
    }

    #[test]
    fn walk_of_a_digest_takes_parts_for_messages() {
        let message =
            "Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: a\n\nx\n--b--\n";
        let walked = walk(message);
        assert_eq!(walked.entities[1].kind, EntityKind::MessageRfc822);
        assert_eq!(&message[walked.entities[2].whole.clone()], "Subject: a\n\nx");
    }

    #[test]
    fn walk_keeps_facts_of_the_header() {
        let message = "Content-Type: application/pdf; name=a.eml\nContent-Type: text/plain\n\
            Content-Disposition: attachment\nContent-Transfer-Encoding: BASE64\nnot a field\n\nAAAA";
        let walked = walk(message);
        let entity = &walked.entities[0];
        assert_eq!(entity.kind, EntityKind::Other);
        assert_eq!(
            (entity.disposition, entity.file_name),
            (Disposition::Attachment, FileNameHint::Eml)
        );
        assert_eq!(entity.encoding, TransferEncoding::Base64);
        assert_eq!(&message[entity.content_type.clone()], " application/pdf; name=a.eml");
        assert!(entity.header_junk && entity.ambiguous);
    }

    #[test]
    fn walk_within_a_buffer_stays_within_its_range() {
        let message = format!("{MIXED}--b\n\none\n--b--\n");
        let buffer = format!("before\n{message}--b\n\nafter\n--b--\n");
        let range = 7..7 + message.len();
        let walked = walk_entities(buffer.as_bytes(), range.clone(), WalkLimits::default());
        assert_eq!(walked.entities.len(), 2);
        assert_eq!(walked.entities[0].whole, range);
        assert_eq!(&buffer[walked.entities[1].whole.clone()], "\none");
        assert_eq!(walk_entities(b"", 0..0, WalkLimits::default()).entities.len(), 1);
        assert_eq!(walk_entities(b"abc", 5..9, WalkLimits::default()).entities.len(), 1);
    }

    #[test]
    fn rule_41_multiparts_nested_100_000_deep_end_at_the_cap() {
        let mut message = String::new();
        for level in 0..100_000 {
            message += &format!("Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n");
        }
        let begun = std::time::Instant::now();
        let walked = walk(&message);
        assert_eq!(walked.entities.len(), 65);
        assert!(walked.limits_hit.depth && !walked.limits_hit.parts);
        assert!(begun.elapsed().as_millis() < 1000);
    }

    #[test]
    fn rule_41_messages_nested_100_000_deep_end_at_the_cap() {
        let message = "Content-Type: message/rfc822\n\n".repeat(100_000);
        let walked = walk(&message);
        assert_eq!(walked.entities.len(), 65);
        assert!(walked.limits_hit.depth);
        assert!(walked.entities.iter().all(|entity| entity.whole.end == message.len()));
    }

    #[test]
    fn rule_43_parts_beyond_the_cap_are_not_listed() {
        let message = format!("{MIXED}{}--b--\nend", "--b\n\nx\n".repeat(20_000));
        let walked = walk(&message);
        assert_eq!(walked.entities.len(), 10_000);
        assert!(walked.limits_hit.parts && walked.entities[0].closed);
        assert_eq!(&message[walked.entities[0].epilogue.clone()], "end");
        let long = format!("{}Content-Type: text/html\n\nx", "A: 1\n".repeat(10_000));
        let walked = walk(&long);
        assert_eq!(walked.entities[0].kind, EntityKind::TextPlain);
        assert!(walked.limits_hit.header);
    }

    /// The obvious way: cut a multipart at its own delimiter lines, then each piece likewise.
    fn walk_slowly(
        bytes: &[u8],
        range: Range<usize>,
        depth: u32,
        to: &mut Vec<(u32, Range<usize>)>,
    ) {
        to.push((depth, range.clone()));
        let entity = &bytes[range.clone()];
        let headers = parse_headers(entity, 1 << 20, 10_000);
        let content_type =
            headers.first(FieldName::ContentType).map(parse_content_type).unwrap_or_default();
        let body = range.start + headers.body_start..range.end;
        if content_type.media_type == "message/rfc822" {
            return walk_slowly(bytes, body, depth + 1, to);
        }
        let Some(boundary) = content_type.boundary() else {
            return;
        };
        if !content_type.media_type.starts_with("multipart/") {
            return;
        }
        let (mut part_start, mut at) = (None, body.start);
        let end_part = |start: Option<usize>, end: usize, to: &mut Vec<(u32, Range<usize>)>| {
            if let Some(start) = start {
                walk_slowly(bytes, start..end.max(start), depth + 1, to);
            }
        };
        for line in bytes[body.clone()].split_inclusive(|&byte| byte == b'\n') {
            let text = line.trim_ascii_end();
            if text == [b"--", boundary].concat() || text == [b"--", boundary, b"--"].concat() {
                end_part(part_start, break_before(bytes, at), to);
                part_start = (text.len() == boundary.len() + 2).then_some(at + line.len());
                if part_start.is_none() {
                    return;
                }
            }
            at += line.len();
        }
        end_part(part_start, body.end, to);
    }

    /// What stands before the first delimiter of a multipart and behind its last, the obvious way.
    fn edges_slowly(bytes: &[u8], body: usize, boundary: &[u8]) -> (Range<usize>, Range<usize>) {
        let (mut first, mut last, mut at) = (None, None, body);
        for line in bytes[body..].split_inclusive(|&byte| byte == b'\n') {
            let text = line.trim_ascii_end();
            let is_final = text == [b"--", boundary, b"--"].concat();
            if last.is_none() && (is_final || text == [b"--", boundary].concat()) {
                first = first.or(Some(break_before(bytes, at).max(body)));
                last = is_final.then_some(at + line.len());
            }
            at += line.len();
        }
        (body..first.unwrap_or(bytes.len()), last.unwrap_or(bytes.len())..bytes.len())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn rule_28_text_around_the_parts_equals_the_slow_way(
            lines in prop::collection::vec(prop::sample::select(vec![
                "--a\n", "--a \r\n", "--a--\n", "--a--\r\n", "--ab\n", "\n", "\r\n", " \n", "text\n", "x", "--",
                "Content-Type: multipart/mixed; boundary=b\n\n", "--b\n", "--b--\n",
            ]), 0..20)
        ) {
            let head = "Content-Type: multipart/mixed; boundary=a\n\n";
            let message = [head, &lines.concat()].concat();
            let root = &walk(&message).entities[0];
            let (preamble, epilogue) = edges_slowly(message.as_bytes(), head.len(), b"a");
            let shown = |range: Range<usize>| message[range].trim_ascii().to_owned();
            prop_assert_eq!(shown(root.preamble.clone()), shown(preamble));
            prop_assert_eq!(shown(root.epilogue.clone()), shown(epilogue));
        }

        #[test]
        fn walk_of_any_lines_equals_the_slow_way(
            lines in prop::collection::vec(prop::sample::select(vec![
                "Content-Type: multipart/mixed; boundary=a\n\n", "Content-Type: multipart/mixed; boundary=ab\r\n\r\n",
                "Content-Type: multipart/mixed; boundary=\"a--\"\n\n", "Content-Type: message/rfc822\n\n",
                "Content-Type: message/rfc822\n", "Content-Type: multipart/mixed; boundary=a\n",
                "--a\n", "--a\n", "--ab\r\n", "--ab\n", "--a--\n", "--ab--\r\n", "--a----\n", "--a  \n", "\n", "\r\n", "text\n", "x", "--",
            ]), 0..30)
        ) {
            let message = lines.concat();
            let walked = walk(&message);
            let mut slow = Vec::new();
            walk_slowly(message.as_bytes(), 0..message.len(), 0, &mut slow);
            let fast: Vec<_> = walked.entities.iter().map(|entity| (entity.depth, entity.whole.clone())).collect();
            prop_assert_eq!(fast, slow);
            let headers = parse_headers(message.as_bytes(), 1 << 20, 10_000);
            prop_assert_eq!(walk_message(message.as_bytes(), &headers, WalkLimits::default()), walked);
        }

        #[test]
        fn walk_of_any_lines_gives_nested_ranges(
            lines in prop::collection::vec("(Content-Type: (multipart/signed; boundary=a|message/rfc822)\n\n?)|--a(--)?\r?\n|\n|x", 0..30)
        ) {
            let walked = walk(&lines.concat());
            for (index, entity) in walked.entities.iter().enumerate() {
                prop_assert!(entity.whole.start <= entity.body.start && entity.body.end == entity.whole.end);
                prop_assert!(entity.subtree_end as usize > index);
                prop_assert_eq!(walked.children(index).count(), entity.child_count as usize);
                if let Some(parent) = entity.parent.map(|parent| &walked.entities[parent as usize]) {
                    prop_assert!(parent.body.start <= entity.whole.start && entity.whole.end <= parent.body.end);
                }
            }
        }

        #[test]
        fn walk_of_arbitrary_bytes_does_not_panic(
            bytes in prop::collection::vec(any::<u8>(), 0..300), start in 0_usize..300, end in 0_usize..300
        ) {
            let buffer = [MIXED.as_bytes(), b"--b\n", &bytes].concat();
            let _ = walk_entities(&buffer, start..end, WalkLimits { depth: 2, parts: 3, header_bytes: 50, header_fields: 2 });
        }
    }
}
