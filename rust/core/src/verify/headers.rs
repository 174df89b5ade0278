//! Header facts: what a header block says about its message and its author (RFC 5322, RULES 21, 22a).

use std::borrow::Cow;

use bumpalo::Bump;
use hashbrown::HashSet;

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
    message.from_list = !message.original_from.texts.is_empty()
        || [FieldName::ListId, FieldName::ListPost, FieldName::ListUnsubscribe]
            .into_iter()
            .any(|name| headers.first(name).is_some());
    if headers.truncated {
        message.limits.insert(LimitHit::HeaderBlock);
    }
    if author.from.cut || message.reply_to.cut || message.original_from.cut {
        message.limits.insert(LimitHit::Addresses);
    }
    note_other_authors(message, &author, headers);
    if let Some(slot) = found.authors.get_mut(id as usize) {
        *slot = author;
    }
}

/// RULES 21: fields that name somebody else than From.
fn note_other_authors(message: &mut Message<'_>, author: &Author<'_>, headers: &Headers<'_>) {
    let (from, reply_to) = (&author.from.addresses, &message.reply_to.texts);
    if !from.is_empty() && !are_all_among(reply_to, from) {
        message.flags.insert(MessageFlag::ReplyToDiffers);
    }
    if author.from.name_shows_address {
        message.flags.insert(MessageFlag::FromNameShowsAddress);
    }
    if author.from.hidden_characters {
        message.flags.insert(MessageFlag::FromHiddenCharacters);
    }
    if !are_all_among(author.sender.as_slice(), from) {
        message.flags.insert(MessageFlag::SenderDiffers);
    }
    if headers.fields().iter().any(|field| field.name.is_resent()) {
        message.flags.insert(MessageFlag::ResentFields);
    }
}

/// Whether each of `addresses` is one of `others` without regard to case.
fn are_all_among(addresses: &[String], others: &[String]) -> bool {
    if addresses.len() <= 1 {
        let is_among = |it: &String| others.iter().any(|other| other.eq_ignore_ascii_case(it));
        return addresses.iter().all(is_among);
    }
    let others = others.iter().map(|other| other.to_ascii_lowercase());
    let others: HashSet<String, foldhash::fast::RandomState> = others.collect();
    addresses.iter().all(|it| others.contains(&it.to_ascii_lowercase()))
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

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rule_21_other_authors_are_looked_up_as_compared(
            addresses in prop::collection::vec("[abAB]@[cC\u{fc}\u{dc}]", 0..4),
            others in prop::collection::vec("[abAB]@[cC\u{fc}\u{dc}]", 0..8),
        ) {
            let is_among = |it: &String| others.iter().any(|other| other.eq_ignore_ascii_case(it));
            prop_assert_eq!(are_all_among(&addresses, &others), addresses.iter().all(is_among));
        }
    }
}
