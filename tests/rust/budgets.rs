//! RULES 43: what is bounded for a message as a whole, each bound reached and passed.

use crate::corpus::{engine, mail, options, verify};
use crate::rows::{Row, all_rows};

const DATA: &[u8] = &[42, 134, 72, 134, 247, 13, 1, 7, 1];
const SIGNED_DATA: &[u8] = &[42, 134, 72, 134, 247, 13, 1, 7, 2];

fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut encoded = vec![tag, 0x84];
    encoded.extend(u32::try_from(length).unwrap().to_be_bytes());
    parts.iter().for_each(|part| encoded.extend_from_slice(part));
    encoded
}

/// A SignedData without signers over content in two pieces, which have to be joined.
fn signed_data(content_type: &[u8], content: &[u8]) -> Vec<u8> {
    let (one, other) = content.split_at(content.len() / 2);
    let pieces = element(0x24, &[&element(0x04, &[one]), &element(0x04, &[other])]);
    let inside = element(0x30, &[&element(0x06, &[content_type]), &element(0xa0, &[&pieces])]);
    element(0x30, &[&[2, 1, 1], &element(0x31, &[]), &inside, &element(0x31, &[])])
}

fn nested(layers: usize, octets: usize) -> Vec<u8> {
    let mut object = signed_data(DATA, &vec![b'x'; octets]);
    for _ in 1..layers {
        object = signed_data(SIGNED_DATA, &object);
    }
    let info = element(0x30, &[&element(0x06, &[SIGNED_DATA]), &element(0xa0, &[&object])]);
    let header = b"From: alice@example.org\nContent-Type: application/pkcs7-mime\n\
        Content-Transfer-Encoding: binary\n\n";
    [header, info.as_slice()].concat()
}

/// The row of a message with a good one behind it that must not suffer.
fn judged(raw: &[u8]) -> Row {
    let good = mail("mail", "plain-signed");
    let [mut messages, ..] = all_rows(&verify(&engine("mail", options(), 1), &[raw, &good]));
    assert_eq!(messages[1].column("indication"), "TOTAL_PASSED");
    messages.remove(0)
}

#[test]
fn rule_43_layers_that_would_be_copied_too_often_are_not_decoded() {
    let few = judged(&nested(12, 1 << 20));
    assert_eq!(few.column("limits_hit"), "");
    assert_eq!(few.column("layers").matches("signed").count(), 12);
    let many = judged(&nested(16, 40 << 20));
    assert!(many.has("limits_hit", "decoded_bytes"), "{}", many.column("limits_hit"));
    assert_eq!(many.column("indication"), "NOT_EVALUATED");
}

#[test]
fn rule_43_message_larger_than_is_held_is_a_row_that_says_so() {
    let row = judged(&vec![b'\n'; (256 << 20) + 1]);
    assert_eq!(row.column("kind"), "unreadable");
    assert_eq!(row.column("indication"), "NOT_EVALUATED");
    assert_eq!(row.column("error"), "message_too_large");
    assert_eq!(row.column("limits_hit"), "message_bytes");
    assert_eq!(judged(&vec![b'\n'; 256 << 20]).column("indication"), "NOT_SIGNED");
}
