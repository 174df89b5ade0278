//! A message without its envelope: its header fields, and the entity that lay inside.
//!
//! All of the message that is not of the envelope stays, octet for octet, and so does what lies inside, but for one thing: a
//! field in there that is not of the content would stand beside those of the message, where it could name another sender,
//! prove another time, or give a length by which an mbox is cut. It is written with [`INSIDE`] before its name, which nobody
//! reads as a field of the message; one that has that name already lay in another envelope before. Text that begins with no
//! field is no entity (RFC 8551 §3.1), and is sent all the same; it becomes the body of the message.

use super::entity::{
    INSIDE, VERSION, begins_with, is_length, is_version, kept_header, lay_inside, line_break,
    read_header, read_plain_header, says_version,
};
use crate::limits;
use crate::mail::header::parse_headers;

/// Whether what lay inside is text without a header: its first line is no field. One that is like the line before a
/// message in an mbox may be either.
pub(super) fn is_bare_text(entity: &[u8]) -> bool {
    let header = parse_headers(entity, limits::HEADER_BYTES, limits::HEADER_FIELDS);
    let begins_with_field = header.fields().first().is_some_and(|it| it.name_range.start == 0);
    let begins_with_line_end = matches!(entity, [] | [b'\n', ..] | [b'\r', b'\n', ..]);
    let is_from_line = entity.starts_with(b"From ") || entity.starts_with(b">From ");
    !begins_with_field && !begins_with_line_end && !is_from_line
}

/// The header of a message, or of an entity in one, but for what says how its content is, then an entity; nothing where
/// either header is none.
pub(crate) fn with_header_of(message: &[u8], is_message: bool, entity: &[u8]) -> Option<Vec<u8>> {
    let outer = read_header(message)?;
    // A CR that ends no line ends a field to some readers: what follows it would be one of the message.
    let inner = read_plain_header(if is_bare_text(entity) { b"" } else { entity })?;
    // A From_ line may be left before the fields of a message; what lay inside begins with a field, or with none.
    inner.fields().first().is_none_or(|it| it.name_range.start == 0).then_some(())?;
    let mut written = kept_header(message, &outer)?;
    written.reserve(entity.len() + 64);
    let has_version = says_version(&outer);
    // RFC 2045 §4: a message says so, what lies in one need not.
    if is_message && !has_version && !says_version(&inner) {
        written.extend_from_slice(VERSION);
        written.extend_from_slice(line_break(&outer));
    }
    let mut copied = 0;
    for field in inner.fields() {
        let name = inner.name(field);
        let is_of_content = begins_with(name, b"Content-") && !is_length(name);
        let is_shown = is_of_content || is_version(name) && !has_version;
        if !is_shown && !lay_inside(name) {
            written.extend_from_slice(entity.get(copied..field.name_range.start)?);
            written.extend_from_slice(INSIDE);
            copied = field.name_range.start;
        }
    }
    if inner.fields().is_empty() && !entity.starts_with(b"\n") && !entity.starts_with(b"\r\n") {
        // Text without any field: what stands first must not become one.
        written.extend_from_slice(b"\r\n");
    }
    written.extend_from_slice(entity.get(copied..)?);
    Some(written)
}
