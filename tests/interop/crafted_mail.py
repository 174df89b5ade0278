"""Hand-made mail around good signatures: line ends, nesting, labels, and what is not S/MIME. RULES
25 to 28."""

from __future__ import annotations

import base64

import cms
import mime
from case import GOOD_SIGNATURE, NOT_PASSED, NOT_SIGNED, UNJUDGED, add, inconclusive
from world import ALICE, World

TEXT = mime.TEXT
PROTOCOL = b'multipart/signed; protocol="application/pkcs7-signature"'
OPAQUE = {"format": "opaque", "canonicalization": "decoded"}
OVER_NOTHING = inconclusive("SIG_CONSTRAINTS_FAILURE", "no_signature_over_message")


def mail(name: str, entity: bytes, sender: str = ALICE) -> bytes:
    return mime.header_block(sender, name) + entity


def all_cases(world: World) -> None:
    line_ends(world)
    boundaries(world)
    labels(world)
    transfer_encodings(world)
    inside_other_mail(world)
    layers(world)
    not_smime(world)


def line_ends(world: World) -> None:
    """RULES 26."""
    signer = world.ec
    signed = cms.signed(signer, TEXT)
    name = "stored-crlf"
    add(name, mail(name, mime.clear_signed(TEXT, signed)), rules="26", crlf=True)
    name = "stored-lf"
    add(name, mail(name, mime.clear_signed(TEXT, signed)), rules="26")
    name = "stored-lf-hashed-lf"
    add(
        name,
        mail(name, mime.clear_signed(TEXT, cms.signed(signer, mime.lf(TEXT)))),
        rules="26",
        signature={"canonicalization": "stored_lf"},
        judge_disagrees="OpenSSL hashes CRLF only, unless told -binary",
    )
    name = "stored-mixed"
    whole = mail(name, mime.clear_signed(TEXT, signed))
    cut = whole.index(b"this text")
    add(
        name,
        whole[:cut] + mime.lf(whole[cut:]),
        rules="26",
        crlf=True,
        signature={"canonicalization": "lf_to_crlf"},
    )
    name = "stored-lf-header-crlf-body"
    cut = whole.index(b"\r\n\r\n") + 4
    add(name, mime.lf(whole[:cut]) + whole[cut:], rules="26", crlf=True)
    name = "opaque-content-lf"
    content = mime.lf(TEXT)
    add(
        name,
        mail(name, mime.opaque(cms.signed(signer, content, detached=False))),
        rules="26",
        signature=OPAQUE,
    )
    lone = TEXT + b"a lone \r in the line\r\n"
    name = "lone-carriage-return"
    add(name, mail(name, mime.clear_signed(lone, cms.signed(signer, lone))), rules="26", crlf=True)


def boundaries(world: World) -> None:
    """RULES 25 and the multipart grammar."""
    signer = world.ec

    def case(name: str, entity: bytes = TEXT, over: bytes | None = None, **shape: object) -> None:
        more = {
            key: shape.pop(key)
            for key in ("message", "signature", "judge_disagrees")
            if key in shape
        }
        signed = cms.signed(signer, entity if over is None else over)
        add(name, mail(name, mime.clear_signed(entity, signed, **shape)), rules="25", **more)

    case("part-without-final-line-end", TEXT.removesuffix(b"\r\n"))
    case("part-with-blank-lines-at-end", TEXT + b"\r\n\r\n\r\n")
    case(
        "part-blank-line-more-than-signed",
        TEXT + b"\r\n",
        over=TEXT,
        message={"indication": None, "coverage": None},
        signature={
            "crypto_result": None,
            "crypto_result_any": ["digest_mismatch", "ok"],
            "indication": None,
            "chain_result": None,
            "address_match": None,
            "canonicalization": None,
        },
    )
    case("part-empty-body", b"Content-Type: text/plain\r\n\r\n")
    case("part-without-headers", b"\r\nno header fields at all\r\n")
    case("part-trailing-blanks-in-lines", TEXT + b"blanks at the end  \t \r\n")
    case(
        "part-header-folded-oddly",
        b"Content-Type: text/plain;\r\n\tcharset=us-ascii  \r\nX-Odd:\r\n\r\nbody\r\n",
    )
    case(
        "preamble-and-epilogue",
        preamble=b"This is an S/MIME signed message\r\n\r\n",
        epilogue=b"\r\nafter the end\r\n",
        message={"coverage": None, "indication": None},
        signature={"indication": None},
    )
    case("preamble-empty-line", preamble=b"\r\n")
    inner = mime.multipart(mime.plain(b"one"), mime.plain(b"two"), boundary=b"abcdef")
    case(
        "boundary-prefix-of-inner",
        inner,
        boundary=b"abc",
        judge_disagrees="OpenSSL takes a line that begins with the delimiter for the delimiter",
    )
    inner = mime.multipart(mime.plain(b"one"), mime.plain(b"two"), boundary=b"abc")
    case("boundary-inner-prefix-of-outer", inner, boundary=b"abcdef")
    case(
        "boundary-like-line-in-text",
        TEXT + b"--=-signed\r\n-- \r\n--=-signed-boundary2\r\n",
        judge_disagrees="OpenSSL takes a line that begins with the delimiter for the delimiter",
    )
    whole = mail("boundary-lines-with-blanks", mime.clear_signed(TEXT, cms.signed(signer, TEXT)))
    blank = whole.replace(b"--=-signed-boundary\r\n", b"--=-signed-boundary \t\r\n")
    add("boundary-lines-with-blanks", blank, rules="25")
    unclosed = mime.clear_signed(TEXT, cms.signed(signer, TEXT)).removesuffix(
        b"\r\n--=-signed-boundary--\r\n"
    )
    add(
        "boundary-close-missing",
        mail("boundary-close-missing", unclosed),
        rules="25",
        message={"coverage": None, "indication": None},
        signature={"indication": None},
        judge_disagrees="OpenSSL wants the closing delimiter",
    )
    quoted = PROTOCOL + b'; micalg=sha-256; boundary="with space (and) ?"'
    case("boundary-with-specials", content_type=quoted, boundary=b"with space (and) ?")


def labels(world: World) -> None:
    """RULES 27: parameters and types that are wrong, missing or old."""
    signer = world.ec
    signed = cms.signed(signer, TEXT)
    sealed = cms.signed(signer, TEXT, detached=False)

    def clear(
        name: str, content_type: bytes | None = None, part: bytes | None = None, **more: object
    ) -> None:
        shape = {}
        if content_type is not None:
            shape["content_type"] = content_type
        if part is not None:
            shape["signature_headers"] = part
        more.setdefault("rules", "27")
        add(name, mail(name, mime.clear_signed(TEXT, signed, **shape)), **more)

    only = "OpenSSL reads only what is labelled well"
    clear(
        "label-x-pkcs7-signature",
        b'multipart/signed; protocol="application/x-pkcs7-signature"; micalg=sha1; boundary="%s"',
        mime.SIGNATURE_HEADERS.replace(b"/pkcs7", b"/x-pkcs7"),
    )
    clear("label-no-protocol", b'multipart/signed; micalg=sha-256; boundary="%s"')
    clear(
        "label-no-micalg",
        b'multipart/signed; protocol="application/pkcs7-signature"; boundary="%s"',
    )
    clear(
        "label-wrong-micalg",
        b'multipart/signed; protocol="application/pkcs7-signature"; micalg=md5; boundary="%s"',
    )
    clear(
        "label-upper-case",
        b'MULTIPART/SIGNED; PROTOCOL="APPLICATION/PKCS7-SIGNATURE"; MICALG=SHA-256; BOUNDARY="%s"',
        mime.SIGNATURE_HEADERS.upper().replace(b"SMIME.P7S", b"smime.p7s"),
    )
    clear(
        "label-folded-parameters",
        b'multipart/signed;\r\n\tprotocol="application/pkcs7-signature" ;\r\n'
        b'  micalg = sha-256;\r\n\tboundary = "%s"',
    )
    clear(
        "label-comments",
        b"multipart/signed (a comment; boundary=no);"
        b' protocol="application/pkcs7-signature"; boundary="%s"',
        judge_disagrees="OpenSSL reads into the comment",
    )
    clear(
        "label-rfc2231-boundary",
        b'multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256;\r\n'
        b' boundary*0="=-signed"; boundary*1="-boundary"',
        judge_disagrees="OpenSSL does not know RFC 2231",
    )
    octets = (
        b"Content-Type: application/octet-stream; name=smime.p7s\r\n"
        b"Content-Transfer-Encoding: base64\r\n"
    )
    clear("label-octet-stream-p7s", part=octets, judge_disagrees=only)
    by_file = (
        b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
        b'Content-Disposition: attachment; filename="smime.p7s"\r\n'
    )
    clear("label-octet-stream-filename", part=by_file, judge_disagrees=only)

    def opaque(name: str, headers: bytes, **more: object) -> None:
        body = more.pop("body", sealed)
        more.setdefault("signature", OPAQUE)
        add(name, mail(name, mime.opaque(body, headers=headers)), rules="27", **more)

    base64_field = b"Content-Transfer-Encoding: base64\r\n"
    opaque(
        "label-x-pkcs7-mime",
        b"Content-Type: application/x-pkcs7-mime; name=smime.p7m\r\n" + base64_field,
    )
    opaque(
        "label-octet-stream-p7m",
        b"Content-Type: application/octet-stream; name=smime.p7m\r\n" + base64_field,
        judge_disagrees=only,
    )
    opaque(
        "label-octet-stream-rfc2231",
        b"Content-Type: application/octet-stream; name*=utf-8''smime.p7m\r\n" + base64_field,
        judge_disagrees=only,
    )
    opaque("label-no-smime-type", b"Content-Type: application/pkcs7-mime\r\n" + base64_field)
    opaque(
        "label-wrong-smime-type",
        b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n" + base64_field,
    )
    detached = OPAQUE | {"format": None, "canonicalization": None}
    opaque(
        "label-signature-alone",
        mime.SIGNATURE_HEADERS,
        body=signed,
        crypto="content_missing",
        signature=detached,
    )


def transfer_encodings(world: World) -> None:
    """RULES 27: binary, PEM, quoted-printable and ragged base64."""
    sealed = cms.signed(world.ec, TEXT, detached=False)
    head = b"Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\r\n"

    def case(name: str, encoding: bytes, body: bytes, **more: object) -> None:
        field = b"Content-Transfer-Encoding: %s\r\n" % encoding if encoding else b""
        whole = mail(name, mime.opaque(b"", headers=head + field, raw_body=body))
        more.setdefault("judge_disagrees", "OpenSSL reads base64 only")
        add(name, whole, rules="27", signature=OPAQUE, **more)

    case("transfer-binary", b"binary", sealed, crlf=True)
    case("transfer-8bit", b"8bit", sealed, crlf=True)
    one_line = base64.b64encode(sealed)
    pem = b"-----BEGIN %s-----\r\n" + mime.encoded(sealed) + b"-----END %s-----\r\n"
    case("transfer-pem-pkcs7", b"7bit", pem % (b"PKCS7", b"PKCS7"), judge_disagrees=None)
    case("transfer-pem-cms", b"", pem % (b"CMS", b"CMS"), judge_disagrees=None)
    case("transfer-base64-undeclared", b"", mime.encoded(sealed), judge_disagrees=None)
    case(
        "transfer-base64-one-line",
        b"base64",
        one_line + b"\r\n",
        judge_disagrees="OpenSSL 3.0 reads base64 lines of limited length",
    )
    case("transfer-base64-wide", b"base64", mime.encoded(sealed, 76), judge_disagrees=None)
    ragged = b"\r\n".join(one_line[at : at + 61] for at in range(0, len(one_line), 61))
    case("transfer-base64-ragged", b"base64", ragged + b"\r\n\r\n", judge_disagrees=None)
    spaced = mime.encoded(sealed).replace(b"\r\n", b" \t\r\n\r\n")
    case("transfer-base64-blanks", b"base64", spaced, judge_disagrees=None)
    unpadded = one_line.rstrip(b"=")
    case(
        "transfer-base64-unpadded",
        b"BASE64",
        unpadded + b"\r\n",
        judge_disagrees="OpenSSL wants short lines and padding",
    )
    case("transfer-quoted-printable", b"quoted-printable", quoted_octets(sealed))
    raw = cms.signed(world.ec, TEXT)
    name = "transfer-binary-signature-part"
    part = mime.SIGNATURE_HEADERS.replace(b"base64", b"binary")
    add(
        name,
        mail(name, mime.clear_signed(TEXT, raw, signature_headers=part, signature_body=raw)),
        rules="27",
        crlf=True,
        judge_disagrees="OpenSSL reads base64 only",
    )


def quoted_octets(data: bytes) -> bytes:
    """Quoted-printable with every octet quoted, 24 to a line."""
    lines = (data[at : at + 24] for at in range(0, len(data), 24))
    return b"=\r\n".join(b"".join(b"=%02X" % octet for octet in line) for line in lines) + b"\r\n"


def inside_other_mail(world: World) -> None:
    """RULES 27 and 28: below the root a signature does not speak for the message."""
    signer, bob = world.ec, world.bob
    signed = mime.clear_signed(TEXT, cms.signed(signer, TEXT))
    part = GOOD_SIGNATURE | UNJUDGED | {"eligible": False}
    footer = mime.plain(
        b"_______________________________________________\r\nfixture mailing list\r\n"
        b"fixture@lists.example.org\r\nhttps://lists.example.org/mailman/listinfo/fixture\r\n"
    )

    def case(
        name: str,
        entity: bytes,
        layer_path: str,
        coverage: str | None = "partial",
        sender: str = ALICE,
        **more: object,
    ) -> None:
        row = part | {"layer_path": layer_path} | more.pop("row", {})
        whole = {"kind": "signed", "coverage": coverage, "from_status": "ok"} | OVER_NOTHING
        add(
            name,
            mail(name, entity, sender),
            rules=more.pop("rules", "28"),
            signatures=[drop(row)],
            message=drop(whole | more.pop("message", {})),
            judge="none",
            **more,
        )

    footer_flag = {"flags": ["list_footer_likely"]}
    case("list-footer", mime.multipart(signed, footer), "1>signed", message=footer_flag)
    case(
        "list-footer-opaque",
        mime.multipart(mime.opaque(cms.signed(signer, TEXT, detached=False)), footer),
        "1>signed",
        row=OPAQUE,
        message=footer_flag,
    )
    case(
        "text-above-signed",
        mime.multipart(mime.plain(b"Please pay at once.\r\n"), signed),
        "2>signed",
    )
    case(
        "signed-among-attachments",
        mime.multipart(mime.plain(b"a"), mime.plain(b"b"), signed, mime.plain(b"d")),
        "3>signed",
    )
    nested = mime.multipart(mime.plain(b"a"), mime.multipart(signed, footer, boundary=b"=-in"))
    case("list-footer-nested", nested, "2.1>signed")
    lone = mime.multipart(signed)
    case("signed-alone-in-multipart", lone, "1>signed", coverage=None)

    inner = mime.header_block(ALICE, "forwarded") + signed
    forwarded = mime.multipart(mime.plain(b"see below\r\n"), mime.enclosed(inner))
    case("forwarded-as-attachment", forwarded, "2>signed", sender="bob@example.org", rules="27")
    case(
        "forwarded-alone",
        mime.enclosed(inner),
        "1>signed",
        coverage=None,
        sender="bob@example.org",
        rules="27",
        row={"layer_path": None},
    )
    by_mallory = mime.header_block("mallory@evil.example", "forwarded") + signed
    case(
        "forwarded-other-sender",
        mime.multipart(mime.plain(b"see below\r\n"), mime.enclosed(by_mallory)),
        "2>signed",
        rules="27",
        row={"address_match": "none"},
    )
    both = mime.multipart(
        signed, mime.clear_signed(TEXT, cms.signed(bob, TEXT), boundary=b"=-second")
    )
    rows = [
        drop(part | {"layer_path": "1>signed"}),
        drop(part | {"layer_path": "2>signed", "address_match": "none"}),
    ]
    add(
        "two-signed-parts",
        mail("two-signed-parts", both),
        rules="28",
        signatures=rows,
        judge="none",
        message={"kind": "signed", "signer_count": 2, "coverage": None} | OVER_NOTHING,
    )
    broken = mime.clear_signed(TEXT.replace(b"reader", b"leader"), cms.signed(signer, TEXT))
    row = {
        "layer_path": "1>signed",
        "crypto_result": "digest_mismatch",
        "indication": "TOTAL_FAILED",
    }
    add(
        "list-footer-tampered",
        mail("list-footer-tampered", mime.multipart(broken, footer)),
        rules="28",
        signatures=[row],
        judge="none",
        message=NOT_PASSED
        | {"coverage": None, "indication": "INDETERMINATE", "indication_not": None},
    )


def drop(columns: dict) -> dict:
    return {key: value for key, value in columns.items() if value is not None}


def layers(world: World) -> None:
    """OUTPUT.md, message fold: CMS inside CMS, header wrapping."""
    signer, bob = world.ec, world.bob
    inner = mime.opaque(cms.signed(signer, TEXT, detached=False))
    deep = dict(GOOD_SIGNATURE) | OPAQUE | {"layer_path": "signed>signed"}

    def twice(name: str, outer: bytes, rows: list[dict], **message: object) -> None:
        add(
            name,
            mail(name, mime.clear_signed(inner, outer)),
            signatures=[drop(row) for row in rows],
            message={"signer_count": 2} | message,
            judge="none",
        )

    outer_row = drop(GOOD_SIGNATURE | UNJUDGED)
    twice("signed-twice", cms.signed(signer, inner), [outer_row, deep])
    by_bob = outer_row | {"address_match": "none"}
    twice("signed-twice-outer-by-other", cms.signed(bob, inner), [by_bob, deep])
    failed = {
        "layer_path": "signed",
        "crypto_result": "digest_mismatch",
        "indication": "TOTAL_FAILED",
    }
    twice(
        "signed-twice-outer-broken",
        cms.signed(signer, b"other"),
        [failed, deep],
        flags=["outer_signature_failed"],
    )

    inner_bob = mime.opaque(cms.signed(bob, TEXT, detached=False))
    unlike = inconclusive("SIG_CONSTRAINTS_FAILURE", "address_mismatch")
    rows = [outer_row, drop(deep | {"address_match": "none"} | unlike)]
    add(
        "signed-twice-inner-by-other",
        mail(
            "signed-twice-inner-by-other",
            mime.clear_signed(inner_bob, cms.signed(signer, inner_bob)),
        ),
        signatures=rows,
        judge="none",
        message=unlike,
    )
    spoilt = cms.signed(signer, TEXT, detached=False, content=TEXT.replace(b"reader", b"leader"))
    wrapped = mime.opaque(spoilt)
    rows = [outer_row, {"layer_path": "signed>signed", "crypto_result": "digest_mismatch"}]
    add(
        "signed-twice-inner-broken",
        mail("signed-twice-inner-broken", mime.clear_signed(wrapped, cms.signed(signer, wrapped))),
        signatures=rows,
        judge="none",
        message={"indication": "TOTAL_FAILED", "sub_indication": "HASH_FAILURE", "coverage": None},
    )

    for name, sender, message, row in (
        ("header-wrapped", ALICE, {"coverage": None, "header_protection": None}, {}),
        (
            "header-wrapped-other-from",
            "mallory@evil.example",
            NOT_PASSED | {"coverage": None},
            NOT_PASSED | {"address_match": None},
        ),
    ):
        entity = mime.enclosed(
            mime.header_block(sender, name) + mime.plain(b"protected header fields\r\n")
        )
        add(
            name,
            mail(name, mime.clear_signed(entity, cms.signed(signer, entity))),
            signature=row,
            message=message,
        )


def not_smime(world: World) -> None:
    """What must not become a signature row."""

    def plain(name: str, entity: bytes, kind: str = "plain") -> None:
        add(
            name,
            mail(name, entity),
            signatures=[],
            message=NOT_SIGNED | {"kind": kind},
            judge="none",
        )

    plain("plain-text", mime.plain(b"nothing to see\r\n"))
    plain(
        "plain-multipart",
        mime.multipart(mime.plain(b"a"), mime.plain(b"b"), subtype=b"alternative"),
    )
    plain(
        "plain-mentions-smime",
        mime.plain(b"Content-Type: multipart/signed; boundary=x\r\n\r\n--x\r\n"),
    )
    armour = (
        b"-----BEGIN PGP SIGNATURE-----\r\n\r\n"
        b"iQEzBAEBCAAdFiEE\r\n=abcd\r\n-----END PGP SIGNATURE-----\r\n"
    )
    pgp_type = (
        b'multipart/signed; micalg=pgp-sha256; protocol="application/pgp-signature"; boundary="%s"'
    )
    pgp = mime.clear_signed(
        TEXT,
        b"",
        content_type=pgp_type,
        signature_body=armour,
        signature_headers=b"Content-Type: application/pgp-signature; name=signature.asc\r\n",
    )
    plain("pgp-mime", pgp, "pgp_mime")
    inline = b"-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA256\r\n\r\nwords\r\n" + armour
    plain("pgp-inline", mime.plain(inline), "pgp_inline")
    certificate = mime.encoded(world.ec.der)
    plain(
        "certificate-attached",
        mime.multipart(
            mime.plain(b"my certificate"),
            b"Content-Type: application/x-x509-user-cert; name=me.cer\r\n"
            b"Content-Transfer-Encoding: base64\r\n\r\n" + certificate,
        ),
    )
