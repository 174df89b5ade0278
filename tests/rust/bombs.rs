//! RULES 41 and 42: what is deep, long or many ends in a row, within a second, on a small stack.

use std::time::{Duration, Instant};

use crate::corpus::{engine, mail, options, verify};
use crate::rows::{Row, rows};

const DEPTH: usize = 100_000;
/// A frame of a recursive descent takes about 100 bytes at the least.
const STACK_BYTES: usize = 512 << 10;
/// The measure is a second in a release build; these run unoptimised, beside other tests.
const LONGEST: Duration = Duration::from_secs(if cfg!(debug_assertions) { 20 } else { 1 });

/// The row of a bomb, with a good mail behind it that must not suffer.
fn explode(bomb: Vec<u8>) -> Row {
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
    let running = thread.spawn(move || {
        let engine = engine("mail", options(), 1);
        let started = Instant::now();
        let tables = verify(&engine, &[&bomb, &mail("mail", "plain-signed")]);
        (rows(&tables.messages), started.elapsed())
    });
    let (mut messages, elapsed) = running.unwrap().join().unwrap();
    assert!(elapsed < LONGEST, "{elapsed:?}");
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[1].column("indication"), "TOTAL_PASSED");
    assert_ne!(messages[0].column("indication"), "TOTAL_PASSED");
    messages.remove(0)
}

fn opaque(cms: &[u8]) -> Vec<u8> {
    let header = b"From: alice@example.org\nContent-Type: application/pkcs7-mime\n\
        Content-Transfer-Encoding: binary\n\n";
    [header, cms].concat()
}

/// `DEPTH` elements of definite length inside one another.
fn definite_nest(tag: u8) -> Vec<u8> {
    let mut heads: Vec<Vec<u8>> = Vec::new();
    let mut size = 0_usize;
    for _ in 0..DEPTH {
        let octets = size.to_be_bytes();
        let significant = &octets[octets.iter().take_while(|octet| **octet == 0).count()..];
        let mut head = vec![tag];
        match u8::try_from(size) {
            Ok(short) if short < 0x80 => head.push(short),
            _ => {
                head.push(0x80 | significant.len() as u8);
                head.extend(significant);
            }
        }
        size += head.len();
        heads.push(head);
    }
    heads.into_iter().rev().flatten().collect()
}

#[test]
fn rule_41_deep_asn1_ends_in_a_row() {
    for bomb in [definite_nest(0x30), [b"\x30\x80".repeat(DEPTH), vec![0; 2 * DEPTH]].concat()] {
        let row = explode(opaque(&bomb));
        assert_ne!(row.column("indication"), "NOT_SIGNED");
    }
    assert!(explode(opaque(&b"\x30\x80".repeat(DEPTH))).has("kind", "signed"));
    explode(opaque(&definite_nest(0x24)));
}

#[test]
fn rule_41_deep_mime_ends_in_a_row() {
    let distinct: String = (0..DEPTH)
        .map(|n| format!("Content-Type: multipart/mixed; boundary=\"b{n}\"\n\n--b{n}\n"))
        .collect();
    let row = explode(distinct.into_bytes());
    assert!(row.has("limits_hit", "mime_depth"));
    let same = "Content-Type: multipart/mixed; boundary=b\n\n--b\n".repeat(DEPTH);
    explode(same.into_bytes());
    let signed = "Content-Type: multipart/signed; boundary=b; protocol=pkcs7\n\n--b\n";
    explode(signed.repeat(DEPTH).into_bytes());
}

#[test]
fn rule_41_deep_messages_end_in_a_row() {
    let row = explode("Content-Type: message/rfc822\n\n".repeat(DEPTH).into_bytes());
    assert!(row.has("limits_hit", "mime_depth"));
}

#[test]
fn rule_41_deep_comments_end_in_a_row() {
    let comments = format!("{}{}", "(".repeat(DEPTH), ")".repeat(DEPTH));
    let row = explode(format!("From: {comments} alice@example.org\n\nbody\n").into_bytes());
    assert_eq!(row.column("from_addresses"), "alice@example.org");
    let open = "(".repeat(DEPTH);
    explode(format!("From: {open} alice@example.org\nDate: {open}\n\nbody\n").into_bytes());
    explode(format!("Content-Type: {comments} multipart/signed\n\nbody\n").into_bytes());
    explode(format!("Content-Type: text/plain; a={open}\n\nbody\n").into_bytes());
}

#[test]
fn rule_42_lengths_that_promise_more_than_there_is_allocate_nothing() {
    for head in
        [b"\x30\x84\xff\xff\xff\xff".as_slice(), b"\x30\x88\xff\xff\xff\xff\xff\xff\xff\xff"]
    {
        explode(opaque(&[head, &[0; 100]].concat()));
    }
    let good = opaque_good();
    // A length within the object, every one of them, made huge.
    for at in (0..good.len().min(2_000)).step_by(7) {
        let mut broken = good.clone();
        broken[at] = 0x84;
        let [message, ..] =
            crate::rows::all_rows(&verify(&engine("mail", options(), 1), &[&opaque(&broken)]));
        assert_eq!(message.len(), 1);
    }
}

/// The CMS object of a good opaque mail.
fn opaque_good() -> Vec<u8> {
    let mail = String::from_utf8(mail("mail", "openssl-opaque-rsa")).unwrap();
    let (_, body) = mail.split_once("\n\n").unwrap();
    let arena = bumpalo::Bump::new();
    use smimebatch_core::mail::transfer::{TransferEncoding, decode_transfer};
    decode_transfer(TransferEncoding::Base64, body.as_bytes(), &arena).0.to_vec()
}
