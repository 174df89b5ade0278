//! The walk over mails that are right, odd, deep and made up, against the obvious slow way.

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
    walked.entities.iter().map(|entity| (entity.depth, &message[entity.whole.clone()])).collect()
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
    let shape: Vec<_> = walked.entities.iter().map(|e| (e.depth, e.parent, e.position)).collect();
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
    let message = "Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: a\n\nx\n--b--\n";
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
    assert!(begun.elapsed().as_secs() < 10);
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
fn walk_slowly(bytes: &[u8], range: Range<usize>, depth: u32, to: &mut Vec<(u32, Range<usize>)>) {
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
        let (message, limits) = (message.as_bytes(), WalkLimits::default());
        prop_assert_eq!(&walk_message(message, &headers, limits), &walked);
        prop_assert_eq!(&walk_message_in(walked.entities.clone(), message, &headers, limits), &walked);
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
    fn walk_finds_the_armour_of_every_text_that_a_search_of_its_body_finds(
        is_multipart in any::<bool>(),
        lines in prop::collection::vec(prop::sample::select(vec![
            "-----BEGIN PGP MESSAGE-----\n", "-----BEGIN PGP X\n", "-----\n", "x\n", "\n", "\n\n", "--b\n", "--b\n\n",
            "--b--\n", "--i\n\n", "--i--\n", "-----BEGIN PGP MESSAGE-----",
            "Content-Type: multipart/mixed; boundary=i\n\n", "Content-Type: message/rfc822\n\n",
            "Content-Type: text/html\n\n", "Content-Type: image/png\n\n",
        ]), 0..14)
    ) {
        let message = [if is_multipart { MIXED } else { "" }, &lines.concat()].concat();
        for entity in walk(&message).entities {
            let searched = scan_armour(message[entity.body.clone()].as_bytes());
            let expected = if entity.kind.is_text() { searched } else { PgpArmour::None };
            prop_assert_eq!(entity.pgp_armour, expected);
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

#[test]
fn rule_27_second_part_says_which_protocol_a_signature_is_of() {
    for (declared, second, protocol) in
        [("pgp", "pkcs7", SignatureProtocol::Pkcs7), ("pkcs7", "pgp", SignatureProtocol::Pgp)]
    {
        let message = format!(
            "Content-Type: multipart/signed; boundary=b; protocol=\"application/{declared}-signature\"\n\n\
             --b\n\nx\n--b\nContent-Type: application/{second}-signature\n\nMAAA\n--b--\n"
        );
        assert_eq!(walk(&message).entities[0].kind, EntityKind::MultipartSigned { protocol });
    }
}

#[test]
fn walk_limits_hit_of_any_kind_are_told() {
    let none = WalkLimitsHit::default();
    assert!(!none.any());
    for one in [
        WalkLimitsHit { depth: true, ..none },
        WalkLimitsHit { parts: true, ..none },
        WalkLimitsHit { header: true, ..none },
    ] {
        assert!(one.any(), "{one:?}");
    }
}

#[test]
fn rule_28_part_that_two_dispositions_name_differently_is_openable() {
    let is_openable = |first: &str, last: &str| {
        let field = |name| format!("Content-Disposition: attachment; filename={name}\n");
        let header = format!("Content-Type: application/pkcs7-signature\n{}", field(first));
        walk(&format!("{header}{}\nMAAA\n", field(last))).entities[0].is_openable
    };
    assert!(is_openable("smime.p7s", "contract.pdf"));
    assert!(is_openable("contract.pdf", "smime.p7s"));
    assert!(!is_openable("smime.p7s", "smime.p7s"));
}
