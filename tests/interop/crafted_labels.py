"""Hand-made mail: line ends, boundaries, labels and transfer encodings. RULES 25 to 27."""

from __future__ import annotations

import base64

import cms
import mime
from case import add, inconclusive
from crafted import (
    OPAQUE,
    PROTOCOL,
    TEXT,
    mail,
)
from world import World

REPAIRED = inconclusive("SIG_CONSTRAINTS_FAILURE", "repaired", repair=["blank_line_removed"])


def all_cases(world: World) -> None:
    line_ends(world)
    boundaries(world)
    labels(world)
    transfer_encodings(world)


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
        message=REPAIRED,
        signature=REPAIRED | {"crypto_result": "repaired", "digest_ok": False},
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
