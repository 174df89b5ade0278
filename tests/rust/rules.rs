//! One test for each rule of hostile and historic mail that verification touches, over the committed mails.
//!
//! The mails stand for the rules as their own folder says; `tests/test_fixtures.py` compares every column of every
//! one. Here each rule is said once, so that a reader finds what the program does about it.

use smimebatch_core::verify::context::{At, Options};

use crate::corpus::{mail, options};
use crate::hostile::verified;
use crate::rows::Row;

fn judged(name: &str) -> (Row, Vec<Row>) {
    verified("mail", &mail("mail", name), options())
}

fn message(name: &str) -> Row {
    judged(name).0
}

fn signature(name: &str) -> Row {
    let mut signatures = judged(name).1;
    assert!(!signatures.is_empty(), "{name} has no signature");
    signatures.remove(0)
}

fn strict(name: &str) -> Row {
    verified("mail", &mail("mail", name), Options { strict: true, ..options() }).0
}

/// Asserts a column of the message's row for each mail.
fn all_are(names: &[&str], column: &str, expected: &str) {
    for name in names {
        assert_eq!(message(name).column(column), expected, "{name}");
    }
}

fn all_pass(names: &[&str]) {
    all_are(names, "indication", "TOTAL_PASSED");
}

/// Asserts a column of the first signature's row for each mail, and that no message passes.
fn all_refused(names: &[&str], column: &str, expected: &str) {
    for name in names {
        let (message, signatures) = judged(name);
        assert_eq!(signatures[0].column(column), expected, "{name}");
        assert_ne!(message.column("indication"), "TOTAL_PASSED", "{name}");
    }
}

#[test]
fn rule_01_attributes_verify_as_received_and_then_as_der() {
    all_pass(&["attributes-unsorted-signed-unsorted", "attributes-long-length-signed-as-received"]);
    for name in [
        "attributes-unsorted-signed-sorted",
        "attributes-long-length-signed-der",
        "attributes-indefinite-signed-der",
    ] {
        let row = signature(name);
        assert_eq!(row.column("crypto_result"), "ok", "{name}");
        assert!(row.has("quirks", "attributes_reencoded"), "{name}: {}", row.column("quirks"));
    }
}

#[test]
fn rule_02_attributes_as_content_and_other_content_types_are_refused() {
    all_pass(&["openssl-no-attributes", "openssl-no-attributes-opaque"]);
    all_refused(
        &["content-is-signed-attributes", "no-attributes-other-content-type"],
        "crypto_result",
        "malformed",
    );
    assert!(message("content-is-signed-attributes").has("flags", "content_is_signed_attributes"));
}

#[test]
fn rule_03_content_type_and_message_digest_are_there_exactly_once() {
    all_refused(
        &[
            "two-message-digests-same",
            "two-message-digests-differing",
            "no-message-digest",
            "message-digest-two-values",
            "message-digest-no-value",
            "message-digest-wrong-type",
            "no-content-type",
            "two-content-types",
            "content-type-mismatch",
        ],
        "sub_indication",
        "FORMAT_FAILURE",
    );
    let (message, signatures) = judged("countersigned");
    assert_eq!(message.column("indication"), "TOTAL_PASSED");
    assert_eq!(signatures[1].column("format"), "countersignature");
    assert_eq!(signatures[1].column("crypto_result"), "ok");
}

#[test]
fn rule_04_visible_body_counts_and_not_the_embedded_content() {
    all_pass(&["embedded-content-same", "embedded-content-other-body-signed"]);
    all_refused(&["embedded-content-signed-body-other"], "crypto_result", "digest_mismatch");
    assert!(message("embedded-content-same").has("flags", "econtent_in_detached"));
}

#[test]
fn rule_05_content_is_all_value_octets_of_all_pieces() {
    all_pass(&[
        "openssl-opaque-streamed",
        "content-in-pieces-definite",
        "content-in-pieces-indefinite",
        "content-in-pieces-nested",
    ]);
    let row = signature("content-not-octet-string");
    assert_eq!(row.column("crypto_result"), "ok");
    assert!(!row.column("quirks").is_empty());
}

#[test]
fn rule_06_protected_algorithms_and_named_certificates_must_match() {
    all_pass(&["algorithm-protection-match", "ess-v1-match", "ess-v2-match", "ess-both-match"]);
    all_refused(
        &["algorithm-protection-digest-mismatch", "algorithm-protection-signature-mismatch"],
        "algorithm_protection",
        "mismatch",
    );
    all_refused(
        &[
            "ess-v1-mismatch",
            "ess-v2-mismatch",
            "ess-one-of-both-mismatch",
            "ess-other-of-both-mismatch",
        ],
        "ess_certificate_id",
        "mismatch",
    );
    all_pass(&["ess-v1-issuer-serial-mismatch", "ess-unsigned-mismatch"]);
    assert!(!signature("ess-v1-issuer-serial-mismatch").column("quirks").is_empty());
}

#[test]
fn rule_07_digest_algorithms_and_versions_decide_nothing() {
    all_pass(&["digest-algorithms-empty", "digest-algorithms-wrong", "version-numbers-odd"]);
    assert!(!signature("version-numbers-odd").column("quirks").is_empty());
    assert_eq!(strict("version-numbers-odd").column("sub_indication"), "FORMAT_FAILURE");
}

#[test]
fn rule_08_every_signer_is_a_row_and_none_costs_another() {
    for (name, expected) in [
        ("two-signers-one-broken-good-first", ["ok", "signature_mismatch"]),
        ("two-signers-one-broken-good-last", ["signature_mismatch", "ok"]),
    ] {
        let (message, signatures) = judged(name);
        let found: Vec<&str> = signatures.iter().map(|row| row.column("crypto_result")).collect();
        assert_eq!(found, expected, "{name}");
        assert_eq!(message.column("indication"), "TOTAL_PASSED", "{name}");
        assert!(message.has("flags", "other_signer_failed"), "{name}");
    }
    let (message, signatures) = judged("zero-signers");
    assert!(signatures.is_empty());
    assert_eq!(message.column("indication"), "NOT_SIGNED");
    assert!(message.has("flags", "signed_data_without_signers"));
}

#[test]
fn rule_09_every_spelling_of_the_algorithms_verifies() {
    all_pass(&[
        "rsa-signature-named-rsa-encryption",
        "rsa-signature-named-sha256-with-rsa",
        "rsa-digest-named-sha256-with-rsa",
        "rsa-two-hashes-named",
        "ecdsa-signature-named-ec-public-key",
    ]);
    assert!(signature("rsa-two-hashes-named").has("quirks", "two_hashes_named"));
}

#[test]
fn rule_10_padding_is_compared_and_never_parsed() {
    all_pass(&["rsa-digest-info-without-null"]);
    all_refused(
        &[
            "rsa-digest-info-odd-parameters",
            "rsa-digest-info-then-garbage",
            "rsa-digest-info-ber",
            "rsa-exponent-3-forged",
        ],
        "sub_indication",
        "SIG_CRYPTO_FAILURE",
    );
}

#[test]
fn rule_11_pss_takes_any_salt_but_the_declared_one_only() {
    all_pass(&["openssl-pss-salt-0", "openssl-pss-salt-max", "pss-salt-1", "pss-salt-222"]);
    all_refused(&["pss-salt-not-as-declared"], "crypto_result", "signature_mismatch");
    assert_ne!(message("pss-hash-not-digest-algorithm").column("indication"), "TOTAL_PASSED");
}

#[test]
fn rule_12_ecdsa_is_strict_der_and_raw_is_a_quirk() {
    for name in [
        "ecdsa-zero-r",
        "ecdsa-zero-s",
        "ecdsa-zero-both",
        "ecdsa-negative-s",
        "ecdsa-s-above-order",
        "ecdsa-non-minimal",
        "ecdsa-trailing-octet",
        "ecdsa-explicit-parameters-other",
    ] {
        assert_ne!(message(name).column("indication"), "TOTAL_PASSED", "{name}");
    }
    all_pass(&["ecdsa-raw", "ecdsa-high-s", "ecdsa-explicit-parameters-named"]);
    assert!(signature("ecdsa-raw").has("quirks", "raw_ecdsa_signature"));
}

#[test]
fn rule_13_ed25519_signs_octets_and_not_their_digest() {
    all_pass(&["ed25519", "ed25519-no-attributes"]);
    assert!(signature("ed25519-sha256").has("quirks", "unusual_digest_for_scheme"));
    all_refused(&["ed25519-tampered"], "crypto_result", "signature_mismatch");
}

#[test]
fn rule_14_odd_rsa_numbers_are_quirks_or_refused() {
    for name in ["rsa-short-signature", "rsa-negative-modulus"] {
        assert_eq!(message(name).column("indication"), "TOTAL_PASSED", "{name}");
        assert!(!signature(name).column("quirks").is_empty(), "{name}");
    }
    assert_ne!(message("rsa-exponent-1").column("indication"), "TOTAL_PASSED");
}

#[test]
fn rule_15_weak_is_mathematics_and_unknown_is_never_a_failure() {
    for name in ["openssl-rsa-md5", "openssl-rsa-1024-sha1", "openssl-dsa-1024", "rsa-512-md5"] {
        assert_eq!(signature(name).column("crypto_result"), "ok", "{name}");
    }
    for name in ["unknown-signature-algorithm", "unknown-digest-algorithm"] {
        let message = message(name);
        assert_eq!(message.column("indication"), "NOT_EVALUATED", "{name}");
        assert_eq!(message.column("error"), "unsupported_algorithm", "{name}");
    }
}

#[test]
fn rule_16_certificate_is_the_one_the_identifier_names() {
    all_pass(&["signer-certificate-last", "key-identifier-sid", "openssl-key-identifier"]);
    all_refused(&["signer-certificate-absent"], "sub_indication", "NO_SIGNING_CERTIFICATE_FOUND");
    let row = message("two-certificates-same-serial");
    assert_eq!(row.column("indication"), "TOTAL_PASSED");
    assert!(row.has("flags", "signer_certificate_ambiguous"));
}

#[test]
fn rule_17_names_and_serials_of_any_spelling_are_matched() {
    all_pass(&["sid-name-other-spelling", "serial-negative", "serial-zero", "serial-long"]);
}

#[test]
fn rule_18_historic_certificates_are_read() {
    all_pass(&[
        "certificate-version-1",
        "certificate-version-1-with-extensions",
        "subject-t61-string",
        "subject-bmp-string",
        "subject-universal-string",
        "issuer-t61-string",
        "issuer-bmp-string",
        "boolean-true-as-01",
        "explicit-default-false",
        "subject-set-unsorted",
        "time-without-seconds",
        "time-with-offset",
    ]);
}

#[test]
fn rule_19_usages_permit_signing_mail_or_refuse_it() {
    all_pass(&["eku-absent", "eku-any", "key-usage-absent", "key-usage-non-repudiation"]);
    all_refused(&["eku-server-only", "ca-eku-server-only"], "chain_result", "extended_key_usage");
    all_refused(
        &["key-usage-encipherment-only", "key-usage-agreement-only"],
        "chain_result",
        "key_usage",
    );
}

#[test]
fn rule_20_addresses_bind_from_their_three_places_only() {
    all_pass(&["address-in-dn", "address-third-in-san", "address-smtputf8", "address-idna"]);
    assert_eq!(signature("address-local-case").column("address_match_rule"), "case_folded");
    all_refused(
        &["address-other", "address-with-nul", "address-longer", "address-prefixed"],
        "sub_indication",
        "SIG_CONSTRAINTS_FAILURE",
    );
    all_refused(
        &["address-absent", "address-in-cn-only"],
        "address_match",
        "no_address_in_certificate",
    );
}

#[test]
fn rule_21_visible_sender_is_parsed_and_never_guessed() {
    all_pass(&["from-comment-address", "from-quoted-other-address", "from-obsolete-route"]);
    all_are(&["from-two-fields", "from-two-fields-other-order"], "from_status", "duplicate_field");
    for name in ["from-two-fields", "from-two-mailboxes-one-covered"] {
        assert_eq!(message(name).column("indication"), "INDETERMINATE", "{name}");
    }
}

#[test]
fn rule_22_claimed_time_never_decides_unless_told_to() {
    assert_eq!(signature("chain-expired").column("chain_result"), "expired");
    let at = |at| {
        let options = Options { at, ..options() };
        verified("mail", &mail("mail", "chain-expired"), options).1.remove(0)
    };
    for row in [at(At::Now), at(At::Evidence)] {
        assert_eq!(row.column("sub_indication"), "OUT_OF_BOUNDS_NO_POE");
    }
    // Never EXPIRED: the time was chosen, not proven.
    let far = at(At::Instant(4_000_000_000_000_000));
    assert_eq!(far.column("indication"), "INDETERMINATE");
    assert!(!far.column("indication_now").is_empty());
}

#[test]
fn rule_23_loops_and_namesakes_among_authorities_end() {
    all_pass(&["two-authorities-same-name", "authority-renewed"]);
    assert_eq!(message("authorities-in-a-loop").column("indication"), "INDETERMINATE");
}

#[test]
fn rule_25_break_before_the_delimiter_is_not_signed_and_all_else_is() {
    all_pass(&[
        "part-without-final-line-end",
        "part-with-blank-lines-at-end",
        "part-empty-body",
        "part-without-headers",
        "part-trailing-blanks-in-lines",
        "part-header-folded-oddly",
    ]);
}

#[test]
fn rule_26_form_that_matched_is_a_column() {
    for (name, form) in [
        ("stored-crlf", "as_stored"),
        ("stored-lf", "lf_to_crlf"),
        ("stored-lf-hashed-lf", "stored_lf"),
        ("opaque-content-lf", "decoded"),
    ] {
        let (message, signatures) = judged(name);
        assert_eq!(signatures[0].column("canonicalization"), form, "{name}");
        assert_eq!(message.column("indication"), "TOTAL_PASSED", "{name}");
    }
}

#[test]
fn rule_27_smime_is_found_whatever_its_labels() {
    all_pass(&[
        "label-x-pkcs7-signature",
        "label-no-protocol",
        "label-no-micalg",
        "label-wrong-micalg",
        "label-folded-parameters",
        "label-rfc2231-boundary",
        "label-octet-stream-p7s",
        "label-octet-stream-p7m",
        "boundary-prefix-of-inner",
        "boundary-inner-prefix-of-outer",
    ]);
    all_are(&["compressed"], "kind", "compressed");
    all_are(&["certs-only"], "kind", "certs_only");
}

#[test]
fn rule_28_what_stands_beside_a_signature_makes_it_partial() {
    for name in ["list-footer", "list-footer-opaque", "text-above-signed", "two-signed-parts"] {
        let message = message(name);
        assert_eq!(message.column("indication"), "INDETERMINATE", "{name}");
        assert_eq!(message.column("sub_indication"), "SIG_CONSTRAINTS_FAILURE", "{name}");
        assert_eq!(message.column("coverage"), "partial", "{name}");
    }
    assert!(message("list-footer").has("flags", "list_footer_likely"));
    assert!(!message("text-above-signed").has("flags", "list_footer_likely"));
}

#[test]
fn rule_31_octets_of_no_encoding_are_hashed_as_they_are() {
    let latin = mail("mail", "plain-signed");
    let at = latin.windows(2).position(|octets| octets == b"\xc3\xbc").unwrap();
    let mut broken = latin.clone();
    // Not UTF-8: a conversion anywhere would show as the same replacement for both.
    broken[at..at + 2].copy_from_slice(b"\xff\xfe");
    let mut other = latin;
    other[at..at + 2].copy_from_slice(b"\xfe\xff");
    let hash = |mail: &[u8]| {
        let (message, signatures) = verified("mail", mail, options());
        assert_eq!(message.column("sub_indication"), "HASH_FAILURE");
        signatures[0].column("signed_bytes_sha256").to_owned()
    };
    assert_ne!(hash(&broken), hash(&other));
}

#[test]
fn rule_32_bytes_after_the_object_are_accepted_and_strict_refuses_them() {
    for name in ["cms-trailing-zeros", "cms-trailing-garbage", "cms-missing-end-of-contents-both"] {
        let (message, signatures) = judged(name);
        assert_eq!(message.column("indication"), "TOTAL_PASSED", "{name}");
        assert!(!signatures[0].column("quirks").is_empty(), "{name}");
        assert_eq!(strict(name).column("sub_indication"), "FORMAT_FAILURE", "{name}");
    }
    assert_eq!(strict("plain-signed").column("indication"), "TOTAL_PASSED");
}

#[test]
fn rule_46_names_and_headers_reach_the_tables_as_text_without_control_characters() {
    let mail = mail("mail", "plain-signed");
    let text = String::from_utf8(mail).unwrap();
    let evil = text.replacen("Subject:", "Message-Id: <\x1b]0;evil\x07@x>\nSubject:", 1);
    let (message, _) = verified("mail", evil.as_bytes(), options());
    assert_eq!(message.column("indication"), "TOTAL_PASSED");
    for name in ["subject-bmp-string", "subject-t61-string", "plain-signed"] {
        let row = signature(name);
        assert!(!row.column("signer_subject").chars().any(char::is_control), "{name}");
    }
}
