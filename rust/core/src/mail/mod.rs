//! Mail as bytes: where messages, header fields and MIME entities begin and end, and what the
//! fields say.
//!
//! Everything here borrows from one `&[u8]` and answers in ranges of it; nothing goes through text,
//! because one byte off is a false "forged" (RULES 25, 31). Unsigned mail passes at the speed of
//! `memchr`: only bodies of multiparts are searched, and only fields that matter are parsed. Of
//! S/MIME this room knows the names of its media types, no more; decoding CMS is `cms`.
//!
//! - [`mbox`]: a growing buffer → messages; [`from_line`]: the From_ line
//! - [`header`]: an entity → its fields; [`field_name`]: their names
//! - [`address`], [`from`], [`encoded_word`], [`date`], [`received`], [`content_type`]: what a field's
//!   body says
//!   (RFC 5322, 2045, 2047, 2231)
//! - `mailbox`: an address → local part and domain, to be compared
//! - [`entity`]: a message → the flat tree of its entities (RFC 2046)
//! - [`outline`]: a message too large to be held → what its tree can be found from
//! - [`armour`]: where a text holds OpenPGP
//! - [`transfer`]: an entity's body → its octets; [`line_ends`], [`visible`]: looks at bodies
//! - [`restore`]: what archives did to a text, undone as a guess

mod addr_spec;
pub mod address;
pub mod armour;
mod base64;
mod base64_lines;
pub mod content_type;
pub mod date;
pub mod encoded_word;
pub mod entity;
pub mod field_name;
pub mod from;
pub mod from_line;
pub mod header;
mod lexer;
pub mod line_ends;
pub(crate) mod mailbox;
pub mod mbox;
mod media;
pub mod outline;
mod parameters;
mod part_header;
mod plain_from;
mod quoted_printable;
pub mod received;
pub mod restore;
mod split;
pub mod transfer;
pub mod visible;
mod walk;

/// The bytes of `bytes` from `at` on; empty behind the end.
#[inline]
fn tail(bytes: &[u8], at: usize) -> &[u8] {
    bytes.get(at..).unwrap_or_default()
}
