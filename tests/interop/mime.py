"""Mail around CMS: header fields, clear-signed and opaque forms, multiparts, as bytes with CRLF."""

from __future__ import annotations

import base64

DATE = b"Tue, 01 Jun 2021 12:00:00 +0000"
TEXT = (
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    b"Dear reader,\r\n\r\nthis text is signed. Gr\xc3\xbc\xc3\x9fe\r\n"
)


def lf(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n")


def crlf(data: bytes) -> bytes:
    return lf(data).replace(b"\n", b"\r\n")


def header_block(
    sender: bytes | str | None = "alice@example.org", subject: str = "fixture", more: bytes = b""
) -> bytes:
    """The usual header fields; `sender` as bytes stands for whole fields, none or several."""
    if isinstance(sender, str):
        sender = f"From: {sender}\r\n".encode()
    return (
        (sender or b"")
        + b"To: archive@example.org\r\nSubject: %s\r\nDate: %s\r\n" % (subject.encode(), DATE)
        + b"Message-ID: <%s@fixture.example.org>\r\n" % subject.encode().replace(b" ", b"-")
        + more
        + b"MIME-Version: 1.0\r\n"
    )


def encoded(data: bytes, width: int = 64) -> bytes:
    text = base64.b64encode(data)
    return b"".join(text[at : at + width] + b"\r\n" for at in range(0, len(text), width))


SIGNED_TYPE = (
    b'multipart/signed; protocol="application/pkcs7-signature";\r\n micalg=sha-256; boundary="%s"'
)
SIGNATURE_HEADERS = (
    b"Content-Type: application/pkcs7-signature; name=smime.p7s\r\n"
    b"Content-Transfer-Encoding: base64\r\n"
    b"Content-Disposition: attachment; filename=smime.p7s\r\n"
)


def clear_signed(
    entity: bytes,
    signature: bytes,
    *,
    boundary: bytes = b"=-signed-boundary",
    content_type: bytes = SIGNED_TYPE,
    signature_headers: bytes = SIGNATURE_HEADERS,
    signature_body: bytes | None = None,
    preamble: bytes = b"",
    epilogue: bytes = b"",
) -> bytes:
    """A multipart/signed entity (headers and body, CRLF) over `entity` as it stands."""
    body = encoded(signature) if signature_body is None else signature_body
    if b"%s" in content_type:
        content_type = content_type % boundary
    return (
        b"Content-Type: "
        + content_type
        + b"\r\n\r\n"
        + preamble
        + b"--"
        + boundary
        + b"\r\n"
        + entity
        + b"\r\n--"
        + boundary
        + b"\r\n"
        + signature_headers
        + b"\r\n"
        + body
        + b"\r\n--"
        + boundary
        + b"--\r\n"
        + epilogue
    )


OPAQUE_HEADERS = (
    b"Content-Type: application/pkcs7-mime; smime-type=%s; name=%s\r\n"
    b"Content-Transfer-Encoding: base64\r\n"
    b"Content-Disposition: attachment; filename=%s\r\n"
)


def opaque(
    body: bytes,
    *,
    smime_type: bytes = b"signed-data",
    name: bytes = b"smime.p7m",
    headers: bytes | None = None,
    raw_body: bytes | None = None,
) -> bytes:
    """An application/pkcs7-mime entity."""
    headers = OPAQUE_HEADERS % (smime_type, name, name) if headers is None else headers
    return headers + b"\r\n" + (encoded(body) if raw_body is None else raw_body)


def multipart(
    *parts: bytes, subtype: bytes = b"mixed", boundary: bytes = b"=-outer-boundary"
) -> bytes:
    lines = b'Content-Type: multipart/%s; boundary="%s"\r\n\r\n' % (subtype, boundary)
    for part in parts:
        lines += b"--" + boundary + b"\r\n" + part + b"\r\n"
    return lines + b"--" + boundary + b"--\r\n"


def plain(text: bytes) -> bytes:
    return b"Content-Type: text/plain; charset=us-ascii\r\n\r\n" + text


def enclosed(message: bytes) -> bytes:
    return b"Content-Type: message/rfc822\r\n\r\n" + message
