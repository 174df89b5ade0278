//! List footers: a signed part to which list software added text behind (RULES 28).
//!
//! It looks the same as an attack and is judged the same; the flag lets a summary say it kindly.

use crate::mail::entity::{Disposition, Entity, EntityKind, Walk};

/// Bytes of a part beside a signed one that still looks like a list's footer (the longest seen is 1.2 KB).
const LIST_FOOTER_BYTES: usize = 4096;

/// Whether all that stands beside the entity is text as lists add it to the first part of a message; `from_list` when
/// the header says that a list sent it.
pub(super) fn has_list_footer(walk: &Walk, entity: &Entity, text: &[u8], from_list: bool) -> bool {
    let container = entity.parent.and_then(|parent| walk.entities.get(parent as usize));
    let in_root =
        container.is_some_and(|c| c.parent.is_none() && matches!(c.kind, EntityKind::Multipart));
    let beside = walk.children(0).skip(1).filter_map(|child| walk.entities.get(child));
    let mut beside = beside.peekable();
    in_root
        && entity.position == 1
        && beside.peek().is_some()
        && beside.all(|other| is_footer(other, text, from_list))
}

fn is_footer(other: &Entity, text: &[u8], from_list: bool) -> bool {
    let body = text.get(other.body.clone()).unwrap_or_default();
    matches!(other.kind, EntityKind::TextPlain)
        && other.disposition != Disposition::Attachment
        && body.len() <= LIST_FOOTER_BYTES
        && (from_list || is_ruled_off(body))
}

/// Whether a text starts with the line that list software rules its footer off with.
fn is_ruled_off(body: &[u8]) -> bool {
    let text = body.trim_ascii_start();
    [b"_____".as_slice(), b"-----", b"=====", b"-- \n", b"-- \r\n"]
        .iter()
        .any(|rule| text.starts_with(rule))
}
