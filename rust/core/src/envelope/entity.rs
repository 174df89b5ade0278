//! Messages around an envelope: which header fields stay outside, and the entity that lies or will lie inside.
//!
//! RFC 8551 §3.3: an envelope holds a MIME entity, whose fields say what the content is. Six fields go with an envelope
//! (RFC 2045 §9 and a length); all else of the header stays, octet for octet.

use memchr::memchr_iter;
use smimebatch_crypto::digest::Algorithm;
use smimebatch_crypto::mac::Hmac;
use smimebatch_crypto::secret::Secret;

use crate::limits;
use crate::mail::header::{Field, Headers, parse_headers};
use crate::mail::line_ends::{lines, without_line_end};

/// What stands before the name of a field that lay inside an envelope, where that is gone.
pub(crate) const INSIDE: &[u8] = b"X-Enveloped-";
/// What MIME asks of every message (RFC 2045 §4).
pub(super) const VERSION: &[u8] = b"MIME-Version: 1.0";

/// A header all of whose lines are fields, or no header at all.
pub(super) fn read_header(text: &[u8]) -> Option<Headers<'_>> {
    let header = parse_headers(text, limits::HEADER_BYTES, limits::HEADER_FIELDS);
    (!header.truncated && header.junk_lines == 0).then_some(header)
}

/// The header of a message in clear, of which it decides what goes into an envelope or under a signature and what stands
/// outside: one in which every CR ends a line, as some readers see the end of a field in any other.
///
/// A field stays outside whatever it says, also one with blanks before its colon, which some readers show as text.
pub(super) fn read_plain_header(text: &[u8]) -> Option<Headers<'_>> {
    let header = read_header(text)?;
    let block = header.block();
    let has_lone_cr = memchr_iter(b'\r', block).any(|at| block.get(at + 1) != Some(&b'\n'));
    (!has_lone_cr).then_some(header)
}

/// The header of `message` without what goes with its envelope: up to the empty line, and that not included.
pub(super) fn kept_header(message: &[u8], header: &Headers<'_>) -> Option<Vec<u8>> {
    header_without(message, header, is_of_envelope)
}

fn header_without(
    message: &[u8],
    header: &Headers<'_>,
    goes: fn(&[u8]) -> bool,
) -> Option<Vec<u8>> {
    let mut kept = Vec::with_capacity(header.body_start);
    let mut copied = 0;
    for field in header.fields().iter().filter(|field| goes(header.name(field))) {
        kept.extend_from_slice(message.get(copied..field.name_range.start)?);
        copied = field.name_range.start + header.whole(field).len();
    }
    kept.extend_from_slice(message.get(copied..end_of_fields(header))?);
    // What ends with its header may end within its last line.
    if !kept.is_empty() && !kept.ends_with(b"\n") {
        kept.extend_from_slice(line_break(header));
    }
    Some(kept)
}

/// Where the header ends: before the empty line.
fn end_of_fields(header: &Headers<'_>) -> usize {
    let block = header.block();
    match block {
        b"\n" | b"\r\n" => 0,
        [.., b'\n', b'\r', b'\n'] => block.len() - 2,
        [.., b'\n', b'\n'] => block.len() - 1,
        _ => block.len(),
    }
}

/// The break of a header's lines, of which programs left one or another that differs (RULES 26): that of most.
pub(super) fn line_break(header: &Headers<'_>) -> &'static [u8] {
    let block = header.block();
    let is_crlf = |at: &usize| at.checked_sub(1).and_then(|it| block.get(it)) == Some(&b'\r');
    let crlf = memchr_iter(b'\n', block).filter(is_crlf).count();
    if 2 * crlf > memchr_iter(b'\n', block).count() { b"\r\n" } else { b"\n" }
}

/// RFC 2045 §4: whether the header says that this is MIME.
pub(super) fn says_version(header: &Headers<'_>) -> bool {
    header.fields().iter().any(|field| is_version(header.name(field)))
}

/// MIME-Version.
pub(super) fn is_version(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"MIME-Version")
}

/// RFC 2045 §9: the fields that go with the envelope; a length of it is one of the envelope, too.
fn is_of_envelope(name: &[u8]) -> bool {
    const NAMES: [&[u8]; 5] = [
        b"Content-Type",
        b"Content-Transfer-Encoding",
        b"Content-Disposition",
        b"Content-Description",
        b"Content-MD5",
    ];
    NAMES.iter().any(|it| it.eq_ignore_ascii_case(name)) || is_length(name)
}

/// Whether a field of a message in clear goes into an envelope with the content.
pub(super) fn goes_into_envelope(name: &[u8]) -> bool {
    is_of_content(name) || lay_inside(name)
}

/// Whether a field says what the content is.
pub(super) fn is_of_content(name: &[u8]) -> bool {
    is_of_envelope(name) && !is_length(name)
}

/// Whether a field lay inside an envelope that is gone, as one that was hidden there: outside another it would be in clear.
pub(super) fn lay_inside(name: &[u8]) -> bool {
    begins_with(name, INSIDE)
}

/// Whether the name of a field begins so, in whatever case.
pub(super) fn begins_with(name: &[u8], start: &[u8]) -> bool {
    name.get(..start.len()).is_some_and(|it| it.eq_ignore_ascii_case(start))
}

/// A header of a message in clear with the empty line, without the fields that [`lay_inside`]; nothing where none did.
pub(super) fn header_without_inside(message: &[u8], header: &Headers<'_>) -> Option<Vec<u8>> {
    header.fields().iter().find(|field| lay_inside(header.name(field)))?;
    let mut outside = header_without(message, header, lay_inside)?;
    outside.extend_from_slice(line_break(header));
    Some(outside)
}

/// Whether a field says how long a message is, by which an mbox may be cut.
pub(super) fn is_length(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"Content-Length")
}

/// The entity of a message in clear, as it will lie in an envelope or under a signature: the fields that go there, then the
/// body.
///
/// RFC 8551 §3.1.1: line ends are CRLF, which archives store as LF. Where the header has them as LF all of them become
/// CRLF, but in a message that says that octets of it are no text.
pub(super) fn entity_of_message(
    message: &[u8],
    header: &Headers<'_>,
    goes: fn(&[u8]) -> bool,
) -> Vec<u8> {
    let entity = stored_entity_of_message(message, header, goes);
    let is_stored_with_lf = line_break(header) == b"\n";
    if is_stored_with_lf && !holds_binary(&entity) { with_crlf(&entity) } else { entity }
}

/// The same with its line ends as they are stored.
pub(super) fn stored_entity_of_message(
    message: &[u8],
    header: &Headers<'_>,
    goes: fn(&[u8]) -> bool,
) -> Vec<u8> {
    let mut entity = entity_head(header, goes);
    entity.extend_from_slice(message.get(header.body_start..).unwrap_or_default());
    entity
}

/// The header of the same, with the empty line, its line ends as they are stored.
pub(super) fn entity_head(header: &Headers<'_>, goes: fn(&[u8]) -> bool) -> Vec<u8> {
    let mut entity = Vec::new();
    for field in header.fields().iter().filter(|field| goes(header.name(field))) {
        entity.extend_from_slice(header.whole(field));
        if !entity.ends_with(b"\n") {
            entity.extend_from_slice(line_break(header));
        }
    }
    let is_type = |field: &Field| header.name(field).eq_ignore_ascii_case(b"Content-Type");
    if !header.fields().iter().any(is_type) {
        // RFC 2045 §5.2: what no field at all means.
        entity.extend_from_slice(b"Content-Type: text/plain");
        entity.extend_from_slice(line_break(header));
    }
    entity.extend_from_slice(line_break(header));
    entity
}

/// Whether `text` says that octets of it are no lines of text (RFC 2045 §6.2), or holds some that are none.
fn holds_binary(text: &[u8]) -> bool {
    text.contains(&0) || lines(text).any(says_binary)
}

/// Whether a line is the field by which a text says so.
pub(super) fn says_binary(line: &[u8]) -> bool {
    const NAME: &[u8] = b"content-transfer-encoding:";
    let value = line.split_at_checked(NAME.len());
    value.is_some_and(|(name, value)| {
        name.eq_ignore_ascii_case(NAME)
            && value.trim_ascii().to_ascii_lowercase().starts_with(b"binary")
    })
}

/// The text with CRLF for every LF that stands alone.
pub(super) fn with_crlf(text: &[u8]) -> Vec<u8> {
    let mut written = Vec::with_capacity(text.len() + text.len() / 32);
    for line in lines(text) {
        match line {
            [start @ .., b'\n'] if !start.ends_with(b"\r") => {
                written.extend_from_slice(start);
                written.extend_from_slice(b"\r\n");
            }
            _ => written.extend_from_slice(line),
        }
    }
    written
}

/// HMAC with SHA-256 under the key of the run over all of a message that an envelope keeps: the header fields outside, in
/// order, and the entity inside. Equal for the message that was and for the one that is written, and for nobody else to
/// compute (a plain hash confirms a guess).
pub(crate) fn plaintext_hmac(key: &Secret, message: &[u8], entity: &[u8]) -> Option<[u8; 32]> {
    let mut code = PlaintextCode::new(key, message)?;
    code.update(entity);
    code.finish()
}

/// The same, for an entity that comes piecewise.
pub(super) struct PlaintextCode(Hmac);

impl PlaintextCode {
    /// Of a message with such a header.
    pub(super) fn new(key: &Secret, message: &[u8]) -> Option<Self> {
        const END: &[u8] = b"\0";
        let header = read_header(message)?;
        let kept = header_without(message, &header, |it| is_of_envelope(it) || is_version(it))?;
        // A message in an envelope says that it is MIME, which one in clear need not.
        let mut versions: Vec<&[u8]> = header
            .fields()
            .iter()
            .filter(|field| is_version(header.name(field)))
            .map(|field| without_line_end(header.whole(field)))
            .collect();
        if versions.is_empty() {
            versions.push(VERSION);
        }
        let mut code = Hmac::new(Algorithm::Sha256, key.as_bytes())?;
        let pieces = [vec![&*kept, END], versions, vec![END]].concat();
        pieces.into_iter().for_each(|piece| code.update(piece));
        Some(Self(code))
    }

    /// The next octets of the entity.
    pub(super) fn update(&mut self, entity: &[u8]) {
        self.0.update(entity);
    }

    pub(super) fn finish(self) -> Option<[u8; 32]> {
        self.0.finish().as_bytes().try_into().ok()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn rule_40_plain_header_is_one_of_which_every_octet_is_of_a_field() {
        let is_plain = |text: &[u8]| read_plain_header(text).is_some();
        for text in [
            &b""[..],
            b"\n",
            b"\r\n\r\n",
            b"A: 1",
            b"A: 1\n",
            b"A: 1\r\n 2\r\n\r\nb\rdy",
            b"From x Thu Jan  1 00:00:00 2015\nA: 1\n\nFrom z\n",
        ] {
            assert!(is_plain(text), "{}", text.escape_ascii());
        }
        for text in [
            &b"A: 1\nFrom x 2\n\n"[..],
            b"A: 1\n>From x 2\nB: 2\n\n",
            b"A: 1\n \nFrom x\n",
            b"A: 1\rB: 2\n\n",
            b"A: 1\r\r\n\n",
            b"A: 1\r",
            b"From x\rA: 1\r\r",
            b"no field\n\n",
        ] {
            assert!(!is_plain(text), "{}", text.escape_ascii());
        }
    }

    #[test]
    fn header_ends_before_its_empty_line() {
        let end = |text: &[u8]| end_of_fields(&parse_headers(text, 1 << 20, 100));
        assert_eq!(end(b"A: 1\n\nb"), 5);
        assert_eq!(end(b"A: 1\r\n\r\nb"), 6);
        assert_eq!(end(b"A: 1\n>From x\n\nb"), 13);
        assert_eq!(end(b"A: 1\n"), 5);
        assert_eq!(end(b"A: 1"), 4);
        assert_eq!(end(b"\nb"), 0);
        assert_eq!(end(b"\r\nb"), 0);
        assert_eq!(end(b""), 0);
    }

    #[test]
    fn rule_26_header_breaks_its_lines_as_most_of_them_end() {
        let breaks = |text: &'static [u8]| line_break(&read_header(text).unwrap());
        assert_eq!(breaks(b"A: 1\r\nB: 2\r\n\r\nb\n"), b"\r\n");
        assert_eq!(breaks(b"A: 1\r\nB: 2\n\r\n"), b"\r\n");
        assert_eq!(breaks(b"A: 1\r\nB: 2\n\n"), b"\n");
        assert_eq!(breaks(b"A: 1\nB: 2\r\n"), b"\n");
        assert_eq!(breaks(b"A: 1"), b"\n");
        assert_eq!(breaks(b"A: 1\r"), b"\n");
    }

    #[test]
    fn lone_lf_become_crlf_and_nothing_else_changes() {
        for (text, expected) in [
            (&b"a\nb\r\nc\rd\n\n"[..], &b"a\r\nb\r\nc\rd\r\n\r\n"[..]),
            (b"", b""),
            (b"\n", b"\r\n"),
            (b"no end", b"no end"),
            (b"\r", b"\r"),
        ] {
            assert_eq!(with_crlf(text), expected);
        }
    }
}
