//! Mails that try to pass without being signed by whom they name, over all that they show; or to cost.

use smimebatch_core::verify::context::Options;

use crate::corpus::{engine, mail, options, verify};
use crate::rows::{Row, all_rows};

/// The message's row and its signatures, from one mail.
pub fn verified(of: &str, mail: &[u8], options: Options) -> (Row, Vec<Row>) {
    let [mut messages, signatures, ..] = all_rows(&verify(&engine(of, options, 1), &[mail]));
    (messages.remove(0), signatures)
}

fn judged(mail: &[u8]) -> (Row, Vec<Row>) {
    verified("mail", mail, options())
}

/// A good clear-signed mail as header and as the entity it is made of.
fn good_mail() -> (String, String) {
    let text = String::from_utf8(mail("mail", "plain-signed")).unwrap();
    let (header, entity) = text.split_once("Content-Type:").unwrap();
    (header.to_owned(), format!("Content-Type:{entity}"))
}

const SIGNATURE: &str = "Content-Type: application/pkcs7-signature; name=smime.p7s\n\nMAAA\n";
const TEXT: &str = "Content-Type: text/plain\n\nPlease pay this into my account.\n";

/// A mail whose root is a multipart/signed of these parts.
fn in_signed(header: &str, parts: &[&str]) -> String {
    let mut mail = format!(
        "{header}Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; \
         boundary=around\n\n"
    );
    for part in parts {
        mail += &format!("--around\n{part}\n");
    }
    mail + "--around--\n"
}

#[test]
fn rule_28_third_part_around_a_good_signature_never_passes() {
    let (header, good) = good_mail();
    let (message, signatures) = judged(in_signed(&header, &[&good, SIGNATURE, TEXT]).as_bytes());
    let inner = signatures.iter().find(|row| row.column("layer_path") == "signed>signed").unwrap();
    assert_eq!(inner.column("crypto_result"), "ok");
    assert_eq!(inner.column("eligible"), "true");
    assert_eq!(inner.column("indication"), "INDETERMINATE");
    assert_eq!(message.column("indication"), "INDETERMINATE");
    assert_eq!(message.column("sub_indication"), "SIG_CONSTRAINTS_FAILURE");
    assert_eq!(message.column("coverage"), "partial");
}

#[test]
fn rule_28_third_part_behind_a_good_signature_makes_it_partial() {
    let good = String::from_utf8(mail("mail", "plain-signed")).unwrap();
    let last = "\n--=-signed-boundary--";
    assert_eq!(good.matches(last).count(), 1);
    let added = good.replace(last, &format!("\n--=-signed-boundary\n{TEXT}{last}"));
    let (message, signatures) = judged(added.as_bytes());
    assert_eq!(signatures[0].column("crypto_result"), "ok");
    assert_eq!(message.column("indication"), "INDETERMINATE");
    assert_eq!(message.column("sub_indication"), "SIG_CONSTRAINTS_FAILURE");
    assert_eq!(message.column("coverage"), "partial");
}

#[test]
fn rule_28_what_a_reader_shows_in_place_of_the_signature_never_passes() {
    let (header, good) = good_mail();
    let envelope = String::from_utf8(mail("mail", "openssl-enveloped-3des")).unwrap();
    let (_, envelope) = envelope.split_once("Content-Type:").unwrap();
    let shown = [
        TEXT.to_owned(),
        "Content-Type: text/html\n\n<p>Please pay.</p>\n".to_owned(),
        "Content-Type: image/png\n\nMAAA\n".to_owned(),
        "Content-Type: message/rfc822\n\nFrom: b@example.org\n\nPlease pay.\n".to_owned(),
        "Content-Type: multipart/mixed; boundary=m\n\n--m\n\nPlease pay.\n--m--\n".to_owned(),
        "Please: pay\n\nor else\n".to_owned(),
        format!("Content-Type:{envelope}"),
    ];
    for second in shown {
        let (message, _) = judged(in_signed(&header, &[&good, &second]).as_bytes());
        assert_eq!(message.column("indication"), "INDETERMINATE", "{second}");
        assert_ne!(message.column("coverage"), "full", "{second}");
    }
}

#[test]
fn broken_signature_around_a_good_one_is_told_and_changes_nothing() {
    let (header, good) = good_mail();
    let (message, _) = judged(in_signed(&header, &[&good, SIGNATURE]).as_bytes());
    assert_eq!(message.column("indication"), "TOTAL_PASSED");
    assert_eq!(message.column("coverage"), "full");
    assert!(message.has("flags", "outer_signature_failed"));
}

#[test]
fn rule_43_layers_beyond_the_cap_are_rows_that_say_so() {
    let (header, mut entity) = good_mail();
    for layer in 0..20 {
        entity = format!(
            "Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; \
             boundary=l{layer}\n\n--l{layer}\n{entity}\n--l{layer}\n{SIGNATURE}\n--l{layer}--\n"
        );
    }
    let (message, signatures) = judged(format!("{header}{entity}").as_bytes());
    assert_eq!(signatures.len(), 21);
    assert!(signatures[16..].iter().all(|row| row.column("crypto_result") == "limit"));
    assert_eq!(message.column("indication"), "NOT_EVALUATED");
    assert_eq!(message.column("error"), "limit");
    assert!(message.has("limits_hit", "cms_layers"));
}

#[test]
fn rule_43_signature_beyond_the_caps_of_the_walk_is_not_judged() {
    let (header, good) = good_mail();
    let many = "--m\n\nx\n".repeat(10_001);
    let many = format!("Content-Type: multipart/mixed; boundary=m\n\n{many}--m--\n");
    let (message, signatures) = judged(in_signed(&header, &[&many, SIGNATURE]).as_bytes());
    assert_eq!(signatures[0].column("crypto_result"), "limit");
    assert_eq!(message.column("indication"), "NOT_EVALUATED");
    let (message, _) = judged(in_signed(&header, &[&good, &many, TEXT]).as_bytes());
    assert_eq!(message.column("indication"), "INDETERMINATE");
    assert_eq!(message.column("coverage"), "partial");
}

#[test]
fn rule_21_sender_behind_a_cut_header_never_passes() {
    let mail = String::from_utf8(mail("mail", "plain-signed")).unwrap();
    let (from, rest) = mail.split_once('\n').unwrap();
    let (message, _) = judged(format!("{from}\n{}{rest}", "X: y\n".repeat(9_000)).as_bytes());
    assert_eq!(message.column("indication"), "TOTAL_PASSED");
    let junk = "X: y\n".repeat(10_000);
    let other = mail.replacen("MIME-Version: 1.0\n", "", 1);
    let (head, body) = other.split_once("\n\n").unwrap();
    let mail = format!("{head}\n{junk}From: mallory@example.org\n\n{body}");
    let (message, _) = judged(mail.as_bytes());
    assert!(message.has("limits_hit", "header_block"));
    assert_eq!(message.column("indication"), "INDETERMINATE");
}

#[test]
fn rule_21_sender_behind_a_bare_carriage_return_never_passes() {
    let mail = String::from_utf8(mail("mail", "plain-signed")).unwrap();
    for hidden in ["From: mallory@example.org\r", "Subject: x\rFrom: mallory@example.org\n"] {
        let (message, signatures) = judged(format!("X: y\n{hidden}{mail}").as_bytes());
        assert_eq!(signatures[0].column("crypto_result"), "ok", "{hidden:?}");
        assert_eq!(message.column("indication"), "INDETERMINATE", "{hidden:?}");
    }
    let (message, _) = judged(mail.replace('\n', "\r\n").as_bytes());
    assert_eq!(message.column("indication"), "TOTAL_PASSED");
}

#[test]
fn rule_16_inheriting_key_is_no_key_under_foreign_parameters() {
    let (message, signatures) = verified("hostile", &mail("hostile", "dsa-inherited"), options());
    assert_eq!(message.column("indication"), "TOTAL_PASSED");
    assert_eq!(signatures[0].column("key_algorithm"), "dsa");
    let (message, signatures) =
        verified("hostile", &mail("hostile", "dsa-foreign-parameters"), options());
    assert_ne!(message.column("indication"), "TOTAL_PASSED");
    assert_ne!(signatures[0].column("chain_result"), "ok");
}

#[test]
fn rule_02_attributes_are_no_content_whatever_their_line_ends() {
    let (message, signatures) =
        verified("hostile", &mail("hostile", "attributes-with-line-end"), options());
    assert!(signatures[0].has("flags", "content_is_signed_attributes"));
    assert_eq!(signatures[0].column("crypto_result"), "malformed");
    assert_eq!(message.column("sub_indication"), "FORMAT_FAILURE");
}

#[test]
fn rule_43_namesakes_of_the_signer_beyond_the_cap_are_not_tried() {
    let (message, signatures) = verified("hostile", &mail("hostile", "namesakes"), options());
    assert_eq!(signatures[0].column("crypto_result"), "limit");
    assert_eq!(message.column("indication"), "NOT_EVALUATED");
    assert!(message.has("limits_hit", "certificates"));
}

#[test]
fn rule_13_hundred_signers_over_one_content_each_verify() {
    let (message, signatures) =
        verified("hostile", &mail("hostile", "ed25519-hundred-signers"), options());
    assert_eq!(signatures.len(), 100);
    assert!(signatures.iter().all(|row| row.column("crypto_result") == "ok"));
    assert_eq!(message.column("signers_passed"), "100");
}

/// The good mail with its body replaced by what `change` makes of it.
fn with_body(change: impl Fn(&str) -> String) -> Vec<u8> {
    let (header, good) = good_mail();
    let changed = change(&good);
    assert_ne!(changed, good);
    format!("{header}{changed}").into_bytes()
}

fn assert_partial(mail: &[u8]) {
    let (message, signatures) = judged(mail);
    let shown = String::from_utf8_lossy(mail);
    assert_eq!(signatures[0].column("crypto_result"), "ok", "{shown}");
    assert_eq!(message.column("sub_indication"), "SIG_CONSTRAINTS_FAILURE", "{shown}");
    assert_eq!(message.column("coverage"), "partial", "{shown}");
}

const DELIMITER: &str = "--=-signed-boundary";

#[test]
fn rule_28_line_that_some_take_for_a_delimiter_makes_it_partial() {
    for line in [format!("{DELIMITER}-2"), format!(" {DELIMITER}"), format!("x\r{DELIMITER}\r")] {
        let evil = format!("{line}\nContent-Type: text/plain\n\nPlease pay.\n");
        let preamble = |good: &str| good.replacen("\n\n", &format!("\n\n{evil}"), 1);
        assert_partial(&with_body(preamble));
        assert_partial(&with_body(|good| format!("{good}\n{evil}")));
    }
    let harmless = |good: &str| good.replacen("\n\n", "\n\nThis is signed.\n-- \n", 1);
    assert_eq!(judged(&with_body(harmless)).0.column("indication"), "TOTAL_PASSED");
}

#[test]
fn rule_28_multipart_that_some_do_not_see_shows_its_preamble() {
    let preamble = |good: &str| good.replacen("\n\n", "\n\nPlease pay.\n", 1);
    let spelled = [
        ("multipart/signed", "multipart / signed"),
        ("multipart/signed;", "multipart/signed (boundary=\"x\");"),
        ("boundary=\"=-signed-boundary\"", "boundary==-signed-boundary"),
    ];
    for (usual, odd) in spelled {
        let respelled = |good: &str| good.replacen(usual, odd, 1);
        assert_eq!(judged(&with_body(respelled)).0.column("indication"), "TOTAL_PASSED", "{odd}");
        assert_partial(&with_body(|good| respelled(&preamble(good))));
    }
    assert_eq!(judged(&with_body(preamble)).0.column("indication"), "TOTAL_PASSED");
}

#[test]
fn rule_28_field_with_blanks_before_its_colon_ends_the_header_for_some() {
    for (usual, odd) in
        [("Content-Type:", "Content-Type :"), ("Content-Type:", "X-Y : z\nContent-Type:")]
    {
        assert_partial(&with_body(|good| good.replacen(usual, odd, 1)));
    }
}

#[test]
fn rule_28_transfer_encoding_of_a_multipart_makes_it_partial() {
    let encoded = |good: &str| format!("Content-Transfer-Encoding: quoted-printable\n{good}");
    assert_partial(&with_body(encoded));
    let identity = |good: &str| format!("Content-Transfer-Encoding: 8bit\n{good}");
    assert_eq!(judged(&with_body(identity)).0.column("indication"), "TOTAL_PASSED");
}

#[test]
fn rule_28_signature_under_a_type_that_is_shown_makes_it_partial() {
    let part = "Content-Type: application/pkcs7-signature; name=smime.p7s\n";
    let named = "Content-Disposition: attachment; filename=smime.p7s\n";
    for kind in ["image/png", "application/pdf", "application/octet-stream; name=bill.html"] {
        let shown =
            |good: &str| good.replace(named, "").replace(part, &format!("Content-Type: {kind}\n"));
        assert_partial(&with_body(shown));
    }
    let octets = |good: &str| {
        good.replace(named, "").replace(part, "Content-Type: application/octet-stream\n")
    };
    assert_eq!(judged(&with_body(octets)).0.column("indication"), "TOTAL_PASSED");
}

#[test]
fn rule_28_opaque_mail_of_a_type_that_is_shown_makes_it_partial() {
    let text = String::from_utf8(mail("mail", "plain-opaque")).unwrap();
    let kind = "Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\n";
    assert!(text.contains(kind));
    for other in ["", "Content-Type: image/png\n"] {
        assert_partial(text.replace(kind, other).as_bytes());
    }
}

#[test]
fn rule_28_nul_in_the_header_makes_it_partial() {
    let (header, good) = good_mail();
    assert_partial(format!("{}{good}", header.replace("Subject: ", "Subject: \0")).as_bytes());
}

#[test]
fn rule_21_tricks_of_the_from_field_are_told_or_refused() {
    let text = String::from_utf8(mail("mail", "plain-signed")).unwrap();
    let from = |field: &str| {
        judged(text.replacen("From: alice@example.org", &format!("From: {field}"), 1).as_bytes()).0
    };
    let shown = from("\"mallory@evil.example\" <alice@example.org>");
    assert_eq!(shown.column("indication"), "TOTAL_PASSED");
    assert!(shown.has("flags", "from_name_shows_address"));
    let hidden = from("\"A\u{202e}\" <alice@example.org>");
    assert_eq!(hidden.column("indication"), "TOTAL_PASSED");
    assert!(hidden.has("flags", "from_hidden_characters"));
    let unquoted = from("mallory@evil.example <alice@example.org>");
    assert_eq!(unquoted.column("from_status"), "unparseable");
    assert!(unquoted.has("reasons", "no_from_address"));
    assert!(from("Alice <alice@example.org>").column("flags").is_empty());
}
