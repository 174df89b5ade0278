//! RULES 30 and 43 on the committed mails: what a repair may and may not do, and what a message may cost.

use smimebatch_core::verify::context::Options;

use crate::corpus::{engine, mail, options, verify};
use crate::hostile::verified;
use crate::rows::{Row, all_rows};

fn judged(mail: &[u8]) -> (Row, Vec<Row>) {
    verified("mail", mail, options())
}

fn plain_signed() -> String {
    String::from_utf8(mail("mail", "plain-signed")).unwrap()
}

/// The good mail with something done to its signed part.
fn damaged(from: &str, to: &str) -> Vec<u8> {
    let mail = plain_signed();
    assert!(mail.contains(from));
    mail.replacen(from, to, 1).into_bytes()
}

#[test]
fn rule_30_text_that_an_archive_changed_is_repaired_and_never_passes() {
    for (from, to, repairs) in [
        (
            "\n--=-signed-boundary\nContent-Type: application",
            "\n\n--=-signed-boundary\nContent-Type: application",
            "blank_line_removed",
        ),
        ("Dear reader,\n", "Dear reader, \t\n", "trailing_blanks_removed"),
    ] {
        let (message, signatures) = judged(&damaged(from, to));
        assert_eq!(signatures[0].column("crypto_result"), "repaired");
        assert_eq!(signatures[0].column("repair"), repairs);
        assert_eq!(message.column("repair"), repairs);
        assert_eq!(message.column("indication"), "INDETERMINATE");
        assert_eq!(message.column("reasons"), "repaired");
    }
}

#[test]
fn rule_30_mail_that_is_right_or_otherwise_wrong_is_never_repaired() {
    for name in
        ["plain-signed", "tampered-body", "tampered-signature", "tampered-body-no-attributes"]
    {
        let (message, signatures) = judged(&mail("mail", name));
        assert_eq!(message.column("repair"), "", "{name}");
        assert_ne!(signatures[0].column("crypto_result"), "repaired", "{name}");
    }
}

#[test]
fn rule_30_strict_changes_nothing_about_a_repair() {
    let strict = Options { strict: true, ..options() };
    let (message, _) = verified("mail", &damaged("Dear reader,\n", "Dear reader, \n"), strict);
    assert_eq!(message.column("sub_indication"), "SIG_CONSTRAINTS_FAILURE");
}

#[test]
fn rule_24_repairs_of_one_message_leave_the_others_as_they_were() {
    let good = mail("mail", "plain-signed");
    let bad = damaged("Dear reader,\n", "Dear reader, \n");
    let other = damaged("this text", "this\ttext");
    let engine = engine("mail", options(), 1);
    let [together, signatures, ..] =
        all_rows(&verify(&engine, &[&good, &bad, &other, &bad, &good]));
    let results: Vec<&str> = signatures.iter().map(|row| row.column("crypto_result")).collect();
    assert_eq!(results, ["ok", "repaired", "digest_mismatch", "repaired", "ok"]);
    assert_eq!(together[0].column("indication"), "TOTAL_PASSED");
    assert_eq!(together[4].column("indication"), "TOTAL_PASSED");
}

#[test]
fn rule_43_signers_that_hash_the_content_anew_share_a_budget() {
    let mail = mail("hostile", "ed25519-hundred-signers");
    let text = String::from_utf8(mail).unwrap();
    let (head, rest) = text.split_once("\n\n").unwrap();
    // The same hundred signers over a content so long that hashing it for each would take seconds.
    let at = rest.find("\n--").map(|at| at + 1).unwrap();
    let (first, behind) = rest.split_at(at);
    let long = format!("{head}\n\n{first}{}\n{behind}", "x".repeat(4 << 20));
    let started = std::time::Instant::now();
    let (message, signatures) = verified("hostile", long.as_bytes(), options());
    assert_eq!(signatures.len(), 100);
    assert!(message.has("limits_hit", "work"), "{}", message.column("limits_hit"));
    assert_eq!(message.column("indication"), "NOT_EVALUATED");
    assert!(signatures.iter().any(|row| row.column("crypto_result") == "limit"));
    assert!(started.elapsed().as_secs() < 20);
    let (message, signatures) = verified("hostile", text.as_bytes(), options());
    assert!(signatures.iter().all(|row| row.column("crypto_result") == "ok"));
    assert_eq!(message.column("limits_hit"), "");
}
