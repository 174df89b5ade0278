#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

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
        ("From: <a@b> via list\n", S::Ok, vec!["a@b"]),
        ("From: <a@b> \"c@d\"\n", S::Unparseable, vec!["a@b"]),
        ("From: <a@b> =?utf-8?q?c=40d?=\n", S::Unparseable, vec!["a@b"]),
        ("From: \"c@d\" ) <a@b>\n", S::Unparseable, vec!["a@b"]),
        ("From: team: a@b, c@d;\n", S::MultipleMailboxes, vec!["a@b", "c@d"]),
        ("From: \"x@y\": a@b;\n", S::Unparseable, vec!["a@b"]),
        ("From: =?utf-8?q?x=40y?=: a@b;\n", S::Unparseable, vec!["a@b"]),
        ("From: \"x@y\", a@b\n", S::Unparseable, vec!["a@b"]),
        ("From: =?utf-8?q?x=40y?=, a@b\n", S::Unparseable, vec!["a@b"]),
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
        ("From: x@y\0 <a@b>\n", S::Unparseable, vec!["a@b"]),
        ("From: x@y <a@b>\n", S::Unparseable, vec!["a@b"]),
        ("From: A@b <a@B>\n", S::Ok, vec!["a@B"]),
        ("From: =?utf-8?q?x=40y?=@b\n", S::Unparseable, vec!["=?utf-8?q?x=40y?=@b"]),
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
fn rule_21_name_that_shows_another_address_is_told() {
    let shows = |body: &str| {
        let entity = format!("From: {body}\n\n");
        parse_from(&parse_headers(entity.as_bytes(), 1 << 20, 10_000)).name_shows_address
    };
    for body in [
        "\"x@y\" <a@b>",
        "\"Ann (x@y)\" <a@b>",
        "\"<x@y>\" <a@b>",
        "=?utf-8?q?x=40y?= <a@b>",
        "=?utf-8?b?eEB5?= <a@b>",
        "a@b (x@y)",
        "\"x\u{ff20}y\" <a@b>",
        "\"x@y\"",
        "Ann <a@b>, \"x@y\" <c@d>",
        "\"x@y\": a@b;",
        "a@b (x@y) (Ann)",
        "<a@b> (x@y)",
        "Ann <(x@y) a@b>",
        "\"x @ y.z\" <a@b>",
        "\"x\u{a0}@\u{a0}y.z\" <a@b>",
        "=?utf-8?q?x=C2=A0=40=C2=A0y.z?= <a@b>",
        "\"a@b@y\" <a@b>",
        "\"x@b\" <a@b>",
        "\"a@y\" <a@b>",
    ] {
        assert!(shows(body), "{body}");
    }
    for body in [
        "Ann <a@b>",
        "\"A@B\" <a@b>",
        "\"'a@b'\" <a@b>",
        "=?utf-8?q?a=40b?= <a@b>",
        "\"@ home\" <a@b>",
        "\"Ann @ home\" <a@b>",
        "\"Ann @home\" <a@b>",
        "\"Ann@ home\" <a@b>",
        "\"Ann a@b or so\" <a@b>",
        "(a@b) <a@b>",
    ] {
        assert!(!shows(body), "{body}");
    }
}

#[test]
fn rule_21_characters_that_nobody_sees_are_told() {
    let hides = |body: &str| {
        let entity = format!("From: {body}\n\n");
        parse_from(&parse_headers(entity.as_bytes(), 1 << 20, 10_000)).hidden_characters
    };
    for body in [
        "Ann\0 <a@b>",
        "\"A\u{1b}[2J\" <a@b>",
        "Ann \u{202e}gro.b@a\u{202c} <a@b>",
        "a\u{200b}@b",
        "=?utf-8?q?=E2=80=AE?= <a@b>",
        "=?utf-8?q?=00?= <a@b>",
        "=?utf-8?q?x=0Ay?= <a@b>",
        "=?utf-8?q?x=0Dy?= <a@b>",
        "=?utf-8?q?x=09y?= <a@b>",
        "=?utf-8?b?eAp5?=\n\t<a@b>",
        "x\u{2028}y <a@b>",
        "A\u{e0041} <a@b>",
    ] {
        assert!(hides(body), "{body}");
    }
    for body in [
        "Ann\r\n\t<a@b>",
        "J\u{f6}rg\r\n\t<a@b>",
        "J\u{f6}rg\t<a@b>",
        "=?utf-8?q?J=C3=B6rg?= <a@b>",
        "\u{5d0} <a@b>",
    ] {
        assert!(!hides(body), "{body}");
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
    assert_eq!(parse_reply_to(&headers).texts, ["c@d", "e@f", "g@h"]);
    for nobody in [
        "Sender: a@b\nSender: c@d\n\n",
        "Sender: a@b, (open\n\n",
        "Sender: <a@b\n\n",
        "Sender: c@d <a@b>\n\n",
        "Sender: a@b\0 <c@d>\n\n",
        "Sender: =?utf-8?q?c=40d?=@b\n\n",
        "Sender: \"c@d\": a@b;\n\n",
    ] {
        let headers = parse_headers(nobody.as_bytes(), 1 << 20, 10_000);
        assert_eq!(parse_sender(&headers), None, "{nobody}");
    }
    let entity = b"X-Original-From: X <a@b>\nX-Original-From: c@d\n\n";
    let headers = parse_headers(entity, 1 << 20, 10_000);
    assert_eq!(parse_original_from(&headers).texts, ["a@b", "c@d"]);
}

#[test]
fn rule_43_mailboxes_beyond_the_most_are_not_kept() {
    let field = |name: &str, count: usize| format!("{name}: {}\n", "a@b,".repeat(count));
    let most = limits::MAILBOXES_PER_FIELD;
    for (count, cut) in [(most, false), (most + 1, true)] {
        let entity =
            field("From", count) + &field("Reply-To", count) + &field("X-Original-From", count);
        let headers = parse_headers(entity.as_bytes(), 1 << 20, 10_000);
        let facts = parse_from(&headers);
        assert_eq!((facts.addresses.len(), facts.cut), (most, cut));
        assert_eq!((facts.status, facts.is_usable()), (FromStatus::MultipleMailboxes, !cut));
        for kept in [parse_reply_to(&headers), parse_original_from(&headers)] {
            assert_eq!((kept.texts.len(), kept.cut), (most, cut));
        }
    }
    // Of all fields of the name together.
    let entity = field("Reply-To", most).repeat(2);
    let kept = parse_reply_to(&parse_headers(entity.as_bytes(), 1 << 20, 10_000));
    assert_eq!((kept.texts.len(), kept.cut), (most, true));
}

#[test]
fn rule_21_names_that_show_addresses_are_told_of_thousands() {
    let shows = |entity: String| {
        parse_from(&parse_headers(entity.as_bytes(), 1 << 20, 10_000)).name_shows_address
    };
    let others = "x@y,".repeat(57_000);
    let comments = "(a@b)".repeat(57_000);
    assert!(!shows(format!("From: {others}a@b{comments}\n")));
    assert!(shows(format!("From: {others}a@b{comments}(c@d)\n")));
    let groups = "\"a@b\":x@y;".repeat(57_000);
    assert!(!shows(format!("From: {groups}a@b\n")));
    assert!(shows(format!("From: {groups}a@b,\"c@d\":;\n")));
}

/// As [`any_is_not_of`], each address compared with each.
fn is_not_of_by_pairs(text: &str, list: &AddressList) -> bool {
    let is_named = |local: &str, domain: &str| {
        list.addresses().filter_map(|own| own.rsplit_once('@')).any(|(own_local, own_domain)| {
            local.eq_ignore_ascii_case(own_local) && domain.eq_ignore_ascii_case(own_domain)
        })
    };
    shows_beside(text, is_named)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn rule_21_from_in_the_plain_form_equals_what_the_parser_of_lists_says(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "a", "b.c", ".", "@", "<", ">", "<a@b>", "\"", "\\", " ", "\t", "\r\n ", "(", ")", ",", ":",
            ";", "=?", "?=", "[", "]", "-", "_", "\u{f6}", "\0", "'",
        ]), 0..8)
    ) {
        let body = pieces.concat().into_bytes();
        if let Some(facts) = FromFacts::of_plain(&body) {
            prop_assert_eq!(facts, read_fields(&[&body]));
        }
    }

    #[test]
    fn rule_21_addresses_in_names_are_looked_up_as_compared(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "a@b", "A@B", "c@d", "(a@b)", "(x c@D y)", "\"c@d\":", "\"a@b@c\"@d", "(a@b@c@d)", "<", ">", ",", ";",
            "\u{f6}@\u{fc}", "(\u{d6}@\u{fc})", "(\u{f6}\u{ff20}\u{fc})", "x@[a@b]", "([a@b])", "=?utf-8?q?a=40b?=",
        ]), 0..10)
    ) {
        let list = parse_address_list(pieces.concat().as_bytes());
        for text in list.comments.iter().chain(&list.group_names) {
            let told = any_is_not_of(std::iter::once(text), &list);
            prop_assert_eq!(told, is_not_of_by_pairs(text, &list), "{:?}", text);
        }
    }

    #[test]
    fn from_of_arbitrary_bytes_does_not_panic(
        body in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let entity = [b"From: ".to_vec(), body].concat();
        let _ = parse_from(&parse_headers(&entity, 1 << 20, 10_000));
    }
}
