use super::*;

fn kind(content_type: &str, disposition: &str) -> EntityKind {
    let optional = |text: &str| (!text.is_empty()).then(|| text.as_bytes().to_vec());
    let (content_type, disposition) = (optional(content_type), optional(disposition));
    classify(content_type.as_deref(), disposition.as_deref(), false).kind
}

#[test]
fn rule_27_smime_is_recognised_by_type_or_name() {
    let mime = |smime_type| EntityKind::Pkcs7Mime { smime_type };
    for (content_type, disposition, expected) in [
        ("application/pkcs7-mime; smime-type=signed-data", "", mime(Some(SmimeType::SignedData))),
        ("Application/X-PKCS7-MIME", "", mime(None)),
        (
            "application/pkcs7-mime; smime-type=Enveloped-Data",
            "",
            mime(Some(SmimeType::EnvelopedData)),
        ),
        ("application/pkcs7-mime; name=smime.p7c", "", mime(Some(SmimeType::CertsOnly))),
        ("application/octet-stream; name=\"smime.p7m\"", "", mime(None)),
        ("application/octet-stream", "attachment; filename=SMIME.P7M", mime(None)),
        (
            "application/octet-stream",
            "attachment; filename*0=\"smime\"; filename*1=.p7z",
            mime(Some(SmimeType::CompressedData)),
        ),
        (
            "application/octet-stream",
            "attachment; filename*=utf-8''smime%2Ep7c",
            mime(Some(SmimeType::CertsOnly)),
        ),
        (
            "application/octet-stream",
            "attachment; filename=\"=?utf-8?q?smime=2Ep7s?=\"",
            EntityKind::Pkcs7Signature,
        ),
        (
            "application/x-foo; name=a.bin",
            "attachment; filename=smime.p7s",
            EntityKind::Pkcs7Signature,
        ),
        (
            "application/x-foo; name=smime.p7s",
            "attachment; filename=a.bin",
            EntityKind::Pkcs7Signature,
        ),
        ("", "attachment; filename=smime.p7m", mime(None)),
        ("application/x-pkcs7-signature; name=x.p7m", "", EntityKind::Pkcs7Signature),
        (
            "application/octet-stream; smime-type=enveloped-data",
            "",
            mime(Some(SmimeType::EnvelopedData)),
        ),
        ("text/plain; name=smime.p7m", "attachment; filename=smime.p7m", EntityKind::TextPlain),
        ("application/x-pkcs7-certificates", "", mime(Some(SmimeType::CertsOnly))),
        ("message/partial; name=smime.p7m", "", EntityKind::Other),
        (
            "application/octet-stream; name=smime.p7m; smime-type=signed-data",
            "",
            mime(Some(SmimeType::SignedData)),
        ),
        ("application/pgp-signature", "", EntityKind::PgpSignature),
        ("application/pgp-encrypted", "", EntityKind::PgpEncrypted),
        ("application/pdf; name=a.pdf", "", EntityKind::Other),
    ] {
        assert_eq!(kind(content_type, disposition), expected, "{content_type} / {disposition}");
    }
}

#[test]
fn rule_28_part_that_readers_show_or_open_is_told_from_one_of_smime() {
    let openable = |content_type: &str, disposition: &str| {
        let disposition = Some(disposition.as_bytes()).filter(|field| !field.is_empty());
        classify(Some(content_type.as_bytes()), disposition, false).is_openable
    };
    for (content_type, disposition) in [
        ("application/pkcs7-signature; name=smime.p7s", "attachment; filename=smime.p7s"),
        ("Application/X-PKCS7-MIME; name=\"a b.pdf.P7M\"", ""),
        ("application/pkcs7-mime", "attachment; filename=ATT00001"),
        ("application/pkcs7-mime; name=\"\"", ""),
        ("application/octet-stream", ""),
        ("application/octet-stream; name=\"=?utf-8?q?smime=2Ep7s?=\"", ""),
    ] {
        assert!(!openable(content_type, disposition), "{content_type} / {disposition}");
    }
    for (content_type, disposition) in [
        ("application/pdf; name=x.p7m", ""),
        ("application/xhtml+xml; name=smime.p7s", "attachment; filename=smime.p7s"),
        ("application/pdf; name=smime.p7s", "inline; filename=contract.pdf"),
        ("application/pkcs7-signature; name=contract.pdf", ""),
        ("application/pkcs7-mime; name=smime.p7m", "attachment; filename=contract.html"),
        ("application/pkcs7-mime; name=contract.html", "attachment; filename=smime.p7m"),
        ("application/pkcs7-mime; name=a.pdf; name=a.p7m", ""),
        ("application/pkcs7-mime; name*=''a.p7m; name=a.pdf", ""),
        ("application/pkcs7-mime; name=\"=?utf-8?q?a=2Epdf?=\"", ""),
        ("application/pkcs7-mime; name*=''a.pdf%00.p7m", ""),
        ("application/octet-stream; name=smime.p7s", "inline; filename=contract.pdf"),
        ("application/octet-stream; name=contract", ""),
        ("application/x-foo; name=smime.p7s", ""),
        ("application/x-foo; smime-type=signed-data", ""),
        ("image/png; name=smime.p7m", ""),
        ("nonsense", "attachment; filename=smime.p7m"),
        ("text/plain", ""),
    ] {
        assert!(openable(content_type, disposition), "{content_type} / {disposition}");
    }
}

#[test]
fn file_name_without_an_encoded_word_is_looked_at_as_it_stands() {
    for (value, name) in [
        (&b"caf\xe9.p7m"[..], &b"caf\xe9.p7m"[..]),
        (b"=?iso-8859-1?q?caf=E9.p7m?=", "caf\u{e9}.p7m".as_bytes()),
    ] {
        let body = [b"; name=\"", value, b"\""].concat();
        let parameter = parse_parameters(&body, 0).remove(0);
        assert_eq!(*file_name(parameter), *name);
    }
}

#[test]
fn rule_27_multipart_signed_without_protocol_or_micalg_is_recognised() {
    for (content_type, protocol) in [
        ("multipart/signed; protocol=\"application/x-pkcs7-signature\"", SignatureProtocol::Pkcs7),
        ("multipart/signed; protocol=Application/PGP-signature", SignatureProtocol::Pgp),
        ("multipart/signed; boundary=x", SignatureProtocol::Unknown),
        ("multipart/signed; protocol*=''application%2Fpkcs7-signature", SignatureProtocol::Pkcs7),
    ] {
        assert_eq!(kind(content_type, ""), EntityKind::MultipartSigned { protocol });
    }
}

#[test]
fn classify_without_type_is_text_or_in_a_digest_a_message() {
    assert_eq!(kind("", ""), EntityKind::TextPlain);
    assert_eq!(kind("nonsense", ""), EntityKind::TextPlain);
    assert_eq!(kind("text/HTML; charset=x", ""), EntityKind::TextHtml);
    assert_eq!(kind("text/calendar", ""), EntityKind::TextOther);
    assert_eq!(kind("message/global", ""), EntityKind::MessageRfc822);
    assert_eq!(kind("message/partial", ""), EntityKind::Other);
    assert_eq!(classify(None, None, true).kind, EntityKind::MessageRfc822);
    assert_eq!(classify(Some(b"text/plain"), None, true).kind, EntityKind::TextPlain);
}

#[test]
fn classify_with_two_different_boundaries_is_ambiguous() {
    let ambiguous = |body: &[u8]| classify(Some(body), None, false).is_ambiguous;
    assert!(ambiguous(b"multipart/mixed; boundary=a; boundary=b"));
    assert!(!ambiguous(b"multipart/mixed; boundary=a; boundary=a"));
}

#[test]
fn classify_multipart_that_some_readers_do_not_follow_is_doubtful() {
    let doubtful = |body: &str| classify(Some(body.as_bytes()), None, false).is_doubtful;
    let long = format!("multipart/mixed; boundary={}", "b".repeat(71));
    for body in [
        "multipart/mixed; boundary=a(b)",
        "multipart/mixed; boundary*0=a",
        "multipart /mixed; boundary=a",
        "multipart(text)/mixed; boundary=a",
        "(text/plain;) multipart/mixed; boundary=a",
        "multipart/mixed (boundary=b;); boundary=a",
        "multipart/mixed; x=a\"; boundary=\"a\"; z=\"; boundary=b; w=\"",
        "multipart/mixed; boundary=\"a\"X",
        "multipart/mixed; boundary=a X",
        "multipart/mixed;\x0bboundary=b; boundary=a",
        &long,
    ] {
        assert!(doubtful(body), "{body}");
    }
    assert!(!doubtful(&long[..long.len() - 1]));
    assert!(!doubtful(" multipart/mixed; x*0=y;\r\n boundary=\"a (b)\""));
    assert!(!doubtful("multipart/mixed"));
}

#[test]
fn disposition_of_an_unknown_word_is_attachment() {
    for (body, disposition) in [
        ("", Disposition::None),
        (" INLINE; filename=a", Disposition::Inline),
        ("attachment", Disposition::Attachment),
        ("form-data; name=a", Disposition::Attachment),
    ] {
        assert_eq!(scan_disposition(body.as_bytes()), disposition, "{body}");
    }
}

#[test]
fn file_called_as_the_object_of_a_mail_is_told_from_other_files() {
    let is_named_smime = |content_type: &str, disposition: &str| {
        classify(Some(content_type.as_bytes()), Some(disposition.as_bytes()), false).is_named_smime
    };
    let octets = "application/octet-stream";
    assert!(is_named_smime(octets, "attachment; filename=smime.p7m"));
    assert!(is_named_smime(octets, "attachment; filename=SMIME.P7M"));
    assert!(is_named_smime("application/octet-stream; name=smime.p7m", "attachment"));
    for name in ["contract.p7m", "xsmime.p7m", "smime2.p7m", "smime", "p7m"] {
        assert!(!is_named_smime(octets, &format!("attachment; filename={name}")), "{name}");
    }
    assert!(!is_named_smime(octets, "attachment"));
}
