//! The walk over the entities of a message: one pass, with the open entities on an explicit stack.
//!
//! Only lines that start with `--` are looked at in multipart bodies, each compared with the open
//! boundaries from the outermost in, so that an inner part cannot swallow the delimiter of an outer
//! one. A body without an open boundary is searched only where it is text, for OpenPGP. Time is linear in the bytes times the
//! depth cap; depth 100,000 ends at the cap (RULES 41).

use core::ops::Range;
use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::memmem::Finder;
use smallvec::SmallVec;

use super::armour::{PgpArmour, read_armour_line, scan_armour};
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
    let mut walker = Walker::new(buffer, &range, limits, Vec::with_capacity(4));
    let start = range.start.min(walker.bytes.len());
    let at = walker.begin_entity(None, start);
    walker.finish(at)
}

/// As [`walk_entities`], of a whole message whose header block was parsed already, which saves
/// reading it again.
#[must_use]
pub fn walk_message(message: &[u8], headers: &Headers<'_>, limits: WalkLimits) -> Walk {
    walk_message_in(Vec::new(), message, headers, limits)
}

/// As [`walk_message`], in the list of a walk that nobody needs any more.
#[must_use]
pub fn walk_message_in(
    entities: Vec<Entity>,
    message: &[u8],
    headers: &Headers<'_>,
    limits: WalkLimits,
) -> Walk {
    let mut walker = Walker::new(message, &(0..message.len()), limits, entities);
    let header = PartHeader::of_parsed(headers);
    let at = walker.begin_with(header, None, 0);
    walker.finish(at)
}

/// An entity whose end is not yet found.
struct Open<'a> {
    entity: u32,
    /// Of a multipart whose final delimiter has not come.
    boundary: Option<Cow<'a, [u8]>>,
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
    open: SmallVec<[Open<'a>; 4]>,
    /// How many of `open` have a boundary.
    open_boundaries: usize,
}

impl<'a> Walker<'a> {
    fn new(
        buffer: &'a [u8],
        range: &Range<usize>,
        limits: WalkLimits,
        mut entities: Vec<Entity>,
    ) -> Self {
        entities.clear();
        Self {
            bytes: buffer.get(..range.end).unwrap_or(buffer),
            limits,
            entities,
            limits_hit: WalkLimitsHit::default(),
            open: SmallVec::new(),
            open_boundaries: 0,
        }
    }

    /// Walks the rest once the message itself is open and its body starts at `at`.
    fn finish(mut self, at: usize) -> Walk {
        if self.open_boundaries > 0 {
            self.walk_bodies(at);
        } else {
            self.note_armour(|body| scan_armour(tail(body, at)));
        }
        self.end_above(0, self.bytes.len());
        settle_protocols(&mut self.entities);
        Walk { entities: self.entities, limits_hit: self.limits_hit }
    }

    /// Goes from delimiter to delimiter, from the start of the line at `at` on.
    fn walk_bodies(&mut self, mut at: usize) {
        static FINDER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\n--"));
        let finder = &*FINDER;
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
            } else {
                self.note_armour(|bytes| read_armour_line(tail(bytes, line_start)));
            }
        }
    }

    /// Asks `armour` what the buffer holds in the body of the innermost entity, if that is text.
    fn note_armour(&mut self, armour: impl FnOnce(&[u8]) -> PgpArmour) {
        let innermost = self.open.last().map(|open| open.entity as usize);
        let entity = innermost.and_then(|index| self.entities.get_mut(index));
        if let Some(entity) = entity.filter(|entity| entity.kind.is_text()) {
            entity.pgp_armour = entity.pgp_armour.max(armour(self.bytes));
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
    ) -> (Entity, Option<Cow<'a, [u8]>>) {
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
        let bytes = self.bytes;
        let body_of =
            |range: &Option<Range<usize>>| range.clone().and_then(|range| bytes.get(range));
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
            is_named_smime: nature.is_named_smime,
            // Another reader may take the file name of the other field.
            is_openable: nature.is_openable
                || header.last_disposition.is_some()
                    && body_of(&header.last_disposition) != body_of(&header.disposition),
            closed: false,
            child_count: 0,
            is_cut: false,
            preamble: start..start,
            epilogue: start..start,
            header_junk: header.has_junk,
            header_cut: header.is_truncated,
            // A field that was not read may contradict one that was.
            ambiguous: header.is_ambiguous || header.is_truncated || nature.is_ambiguous,
            doubtful: nature.is_doubtful,
            pgp_armour: PgpArmour::None,
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
fn find_delimiter(bytes: &[u8], open: &[Open<'_>], line_start: usize) -> Option<Delimiter> {
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
mod tests;
