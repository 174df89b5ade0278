//! The visible sender of a message: From, Sender and Reply-To, parsed and never guessed (RULES 21).

use super::address::{AddressList, parse_address_list};
use super::field_name::FieldName;
use super::header::{Headers, unfold_text};
use super::lexer::skip_cfws;
use crate::codes::codes;

codes! {
    /// What the From field is like (OUTPUT.md `from_status`).
    pub enum FromStatus {
        Ok = "ok", "There is one From field with one address.";
        MultipleMailboxes = "multiple_mailboxes", "The From field names several mailboxes.";
        DuplicateField = "duplicate_field", "There is more than one From field; readers differ in which they show.";
        Unparseable = "unparseable", "The From field holds no address, or something that looks like one and is none.";
        Empty = "empty", "The From field is empty.";
        Missing = "missing", "There is no From field.";
    }
}

/// The From field or fields of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FromFacts {
    /// What the field is like.
    pub status: FromStatus,
    /// The first field's body, unfolded, encoded words as they are, what is not UTF-8 replaced;
    /// null if missing.
    pub raw: Option<String>,
    /// The addresses of every From field, in order, repetitions too.
    pub addresses: Vec<String>,
}

/// Reads every From field of `headers`.
#[must_use]
pub fn parse_from(headers: &Headers<'_>) -> FromFacts {
    let bodies: Vec<&[u8]> = headers.all(FieldName::From).collect();
    let Some(first) = bodies.first() else {
        return FromFacts { status: FromStatus::Missing, raw: None, addresses: Vec::new() };
    };
    let lists: Vec<AddressList> = bodies.iter().map(|body| parse_address_list(body)).collect();
    let status = match lists.as_slice() {
        [list] => status_of(first, list),
        // RFC 5322 §3.6: exactly one From field.
        _ => FromStatus::DuplicateField,
    };
    let addresses = lists.iter().flat_map(AddressList::addresses).map(str::to_owned).collect();
    FromFacts { status, raw: Some(unfold_text(first)), addresses }
}

fn status_of(body: &[u8], list: &AddressList) -> FromStatus {
    let is_empty = skip_cfws(body, 0) >= body.len() || list.group_count > 0;
    match list.mailboxes.as_slice() {
        // Readers differ in where an address without its closing bracket ends.
        _ if list.defects.unterminated || list.defects.unclosed_angle => FromStatus::Unparseable,
        [] if is_empty => FromStatus::Empty,
        mailboxes if mailboxes.iter().any(|mailbox| mailbox.malformed) => FromStatus::Unparseable,
        mailboxes if mailboxes.iter().all(|mailbox| mailbox.addr_spec.is_none()) => {
            FromStatus::Unparseable
        }
        [_] => FromStatus::Ok,
        _ => FromStatus::MultipleMailboxes,
    }
}

/// The address of the Sender field (RFC 5322 §3.6.2): null unless there is one field with one
/// well-formed mailbox.
#[must_use]
pub fn parse_sender(headers: &Headers<'_>) -> Option<String> {
    let mut bodies = headers.all(FieldName::Sender);
    let (Some(body), None) = (bodies.next(), bodies.next()) else {
        return None;
    };
    let list = parse_address_list(body);
    match list.mailboxes.as_slice() {
        [mailbox] if !list.defects.unterminated => mailbox.addr_spec.clone(),
        _ => None,
    }
}

/// The addresses of every Reply-To field.
#[must_use]
pub fn parse_reply_to(headers: &Headers<'_>) -> Vec<String> {
    addresses_of(headers, FieldName::ReplyTo)
}

/// The addresses of every X-Original-From field, in which lists keep the From they replace.
#[must_use]
pub fn parse_original_from(headers: &Headers<'_>) -> Vec<String> {
    addresses_of(headers, FieldName::XOriginalFrom)
}

fn addresses_of(headers: &Headers<'_>, name: FieldName) -> Vec<String> {
    let lists = headers.all(name).map(parse_address_list);
    lists.flat_map(|list| list.addresses().map(str::to_owned).collect::<Vec<_>>()).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::mail::header::parse_headers;
    use proptest::prelude::*;

    fn from(entity: &str) -> (FromStatus, Vec<String>) {
        let facts = parse_from(&parse_headers(entity.as_bytes(), 1 << 20, 10_000));
        (facts.status, facts.addresses)
    }

    #[test]
    fn rule_21_from_status_says_which() {
        use FromStatus as S;
        for (entity, status, addresses) in [
            ("From: a@b\n", S::Ok, vec!["a@b"]),
            ("From: \"x@y\" <a@b>\n", S::Ok, vec!["a@b"]),
            ("From: team: a@b;\n", S::Ok, vec!["a@b"]),
            ("From: (c(o)m) a (x) @ (y) b\n", S::Ok, vec!["a@b"]),
            ("From: =?utf-8?q?x=40y?= <a@b>\n", S::Ok, vec!["a@b"]),
            ("From: <@r:a@b>\n", S::Ok, vec!["a@b"]),
            ("From: a@b, c@d\n", S::MultipleMailboxes, vec!["a@b", "c@d"]),
            ("From: a@b, c@d\nSender: a@b\n", S::MultipleMailboxes, vec!["a@b", "c@d"]),
            ("From: <a@b> <c@d>\n", S::MultipleMailboxes, vec!["a@b", "c@d"]),
            ("From: team: a@b, c@d;\n", S::MultipleMailboxes, vec!["a@b", "c@d"]),
            ("From: Doe, John <a@b>\n", S::MultipleMailboxes, vec!["a@b"]),
            ("From: a@b\nFrom: c@d\n", S::DuplicateField, vec!["a@b", "c@d"]),
            ("From: a@b\nfrom : a@b\n", S::DuplicateField, vec!["a@b", "a@b"]),
            ("From: a@b\nFrom:\n", S::DuplicateField, vec!["a@b"]),
            ("From: John Doe\n", S::Unparseable, vec![]),
            ("From: \"a@b\"\n", S::Unparseable, vec![]),
            ("From: =?utf-8?q?a=40b?=\n", S::Unparseable, vec![]),
            ("From: a b@c\n", S::Unparseable, vec![]),
            ("From: a@b, x y@z\n", S::Unparseable, vec!["a@b"]),
            ("From: a\0@b\n", S::Unparseable, vec![]),
            ("From: a@b, (open\n", S::Unparseable, vec!["a@b"]),
            ("From: ,\n", S::Unparseable, vec![]),
            ("From:\n", S::Empty, vec![]),
            ("From:  (nobody)\n \n", S::Empty, vec![]),
            ("From: undisclosed:;\n", S::Empty, vec![]),
            ("Subject: From: a@b\n", S::Missing, vec![]),
        ] {
            let expected = (status, addresses.into_iter().map(str::to_owned).collect());
            assert_eq!(from(entity), expected, "{entity}");
        }
    }

    #[test]
    fn from_raw_is_unfolded_and_not_decoded() {
        let entity = b"From: =?utf-8?q?J=C3=B6rg?=\r\n <a@b>\xff\r\n\r\n";
        let facts = parse_from(&parse_headers(entity, 1 << 20, 10_000));
        assert_eq!(facts.raw.as_deref(), Some("=?utf-8?q?J=C3=B6rg?= <a@b>\u{fffd}"));
    }

    #[test]
    fn sender_and_reply_to_are_read() {
        let entity = b"Sender: X <a@b>\nReply-To: c@d, e@f\nReply-To: g@h\n\n";
        let headers = parse_headers(entity, 1 << 20, 10_000);
        assert_eq!(parse_sender(&headers).as_deref(), Some("a@b"));
        assert_eq!(parse_reply_to(&headers), ["c@d", "e@f", "g@h"]);
        let headers = parse_headers(b"Sender: a@b\nSender: c@d\n\n", 1 << 20, 10_000);
        assert_eq!(parse_sender(&headers), None);
    }

    proptest! {
        #[test]
        fn from_of_arbitrary_bytes_does_not_panic(
            body in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let entity = [b"From: ".to_vec(), body].concat();
            let _ = parse_from(&parse_headers(&entity, 1 << 20, 10_000));
        }
    }
}
