//! Header facts: what a header block says about its message and its author (RFC 5322, RULES 21, 22a).

use std::borrow::Cow;

use bumpalo::Bump;

use crate::columns::text::cut_text;
use crate::limits;
use crate::mail::date::parse_date;
use crate::mail::field_name::FieldName;
use crate::mail::from::{parse_from, parse_original_from, parse_reply_to, parse_sender};
use crate::mail::header::{Field, Headers, parse_headers, parse_headers_in, unfold_text};
use crate::verdict::flag::MessageFlag;

use super::found::{Author, Found, Message, MessageId};
use super::vocabulary::LimitHit;

/// The header block at the start of `bytes`.
pub(super) fn read_headers(bytes: &[u8]) -> Headers<'_> {
    parse_headers(bytes, limits::HEADER_BYTES, limits::HEADER_FIELDS)
}

/// As [`read_headers`], in a list that another header gave back.
pub(super) fn read_headers_in(fields: Vec<Field>, bytes: &[u8]) -> Headers<'_> {
    parse_headers_in(fields, bytes, limits::HEADER_BYTES, limits::HEADER_FIELDS)
}

/// The visible author that a header block names.
pub(super) fn read_author<'a>(headers: &Headers<'a>) -> Author<'a> {
    Author { from: parse_from(headers), sender: parse_sender(headers) }
}

/// Header facts come only from the outermost header block of a stored message (RULES 22a).
pub(super) fn read_header_facts<'a>(
    found: &mut Found<'a>,
    id: MessageId,
    headers: &Headers<'a>,
    arena: &'a Bump,
) {
    let mut author = read_author(headers);
    author.from.raw = author.from.raw.map(|text| Cow::Borrowed(kept_near(&text, arena)));
    let Some(message) = found.message_mut(id) else { return };
    let message_id = headers.first(FieldName::MessageId).map(unfold_text);
    message.message_id = message_id.map(|text| kept_near(text_column(&text, message), arena));
    message.date_unix_s = headers.first(FieldName::Date).and_then(parse_date);
    message.sender.clone_from(&author.sender);
    message.reply_to = parse_reply_to(headers);
    message.original_from = parse_original_from(headers);
    message.from_list = !message.original_from.is_empty()
        || [FieldName::ListId, FieldName::ListPost, FieldName::ListUnsubscribe]
            .into_iter()
            .any(|name| headers.first(name).is_some());
    if headers.truncated {
        message.limits.insert(LimitHit::HeaderBlock);
    }
    note_other_authors(message, &author, headers);
    if let Some(slot) = found.authors.get_mut(id as usize) {
        *slot = author;
    }
}

/// RULES 21: fields that name somebody else than From.
fn note_other_authors(message: &mut Message<'_>, author: &Author<'_>, headers: &Headers<'_>) {
    let from = &author.from.addresses;
    let is_from = |address: &String| from.iter().any(|from| from.eq_ignore_ascii_case(address));
    if !message.reply_to.is_empty() && !from.is_empty() && !message.reply_to.iter().all(is_from) {
        message.flags.insert(MessageFlag::ReplyToDiffers);
    }
    if author.from.name_shows_address {
        message.flags.insert(MessageFlag::FromNameShowsAddress);
    }
    if author.from.hidden_characters {
        message.flags.insert(MessageFlag::FromHiddenCharacters);
    }
    if author.sender.as_ref().is_some_and(|sender| !is_from(sender)) {
        message.flags.insert(MessageFlag::SenderDiffers);
    }
    if headers.fields().iter().any(|field| field.name.is_resent()) {
        message.flags.insert(MessageFlag::ResentFields);
    }
}

fn text_column<'t>(text: &'t str, message: &mut Message<'_>) -> &'t str {
    let kept = cut_text(text);
    if kept.len() < text.len() {
        message.limits.insert(LimitHit::TextColumn);
    }
    kept
}

/// A copy among those of the other messages: when the rows are written, the header itself has long left the cache.
fn kept_near<'a>(text: &str, arena: &'a Bump) -> &'a str {
    arena.alloc_str(text)
}
