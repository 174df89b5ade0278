"""From a case to the bytes of its message, as an mbox keeps them."""

from __future__ import annotations

import datetime as dt
import email.utils
from collections.abc import Callable, Iterable

import cms
import der
import mime
import pki

from archive25.case import Case, Counter, Stamp
from archive25.told import Published

OWN_HOST = "mx.example.net"
TST_INFO = "1.2.840.113549.1.9.16.1.4"
ATTRIBUTES = {
    "signature": "1.2.840.113549.1.9.16.2.14",
    "content": "1.2.840.113549.1.9.16.2.20",
    "archive": "0.4.0.1733.2.4",
}
HASH_INDEX_V3 = "0.4.0.19122.1.5"
OCSP_RESPONSE = "1.3.6.1.5.5.7.16.2"
HEAD = b"Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: %s\r\n\r\n"
LONG = bytes(range(256))


def plain(words: bytes) -> bytes:
    return HEAD % b"7bit" + b"Dear reader,\r\n\r\n" + words + b"\r\n"


Change = Callable[[bytes], bytes]
DAMAGES: dict[str, tuple[Callable[[bytes], bytes], Change]] = {
    "from_unquoted": (
        lambda words: plain(words + b"\r\nFrom here on all is well.\r\n>From there not."),
        lambda text: text.replace(b"\r\n>From", b"\r\n>>From").replace(b"\r\nFrom", b"\r\n>From"),
    ),
    "from_unquoted_once": (
        lambda words: plain(words + b"\r\nFrom here on.\r\n>>From there."),
        lambda text: text.replace(b"\r\nFrom", b"\r\n>From"),
    ),
    "from_blank_removed": (
        lambda words: plain(words + b"\r\nFrom here on."),
        lambda text: text.replace(b"\r\nFrom", b"\r\n From"),
    ),
    "blank_line_added": (
        lambda words: plain(words + b"\r\n"),
        lambda text: text.removesuffix(b"\r\n"),
    ),
    "blank_line_removed": (plain, lambda text: text + b"\r\n"),
    "base64_at_64": (
        lambda words: HEAD % b"base64" + mime.encoded(words + LONG, 64),
        lambda text: HEAD % b"base64" + mime.encoded(unbase64(text), 76),
    ),
    "base64_at_76": (
        lambda words: HEAD % b"base64" + mime.encoded(words + LONG, 76),
        lambda text: HEAD % b"base64" + mime.encoded(unbase64(text), 60),
    ),
    "soft_break_removed": (
        lambda words: HEAD % b"quoted-printable" + words + b" a=3D",
        lambda text: text + b"=\r\n",
    ),
    "trailing_blanks_removed": (
        lambda words: plain(words + b"\r\nyes"),
        lambda text: text.replace(b"yes\r\n", b"yes  \t\r\n"),
    ),
    "dash_blank_added": (
        lambda words: plain(words + b"\r\n-- \r\nAlice"),
        lambda text: text.replace(b"-- \r\n", b"--\r\n"),
    ),
}


def unbase64(text: bytes) -> bytes:
    import base64

    return base64.b64decode(text.partition(b"\r\n\r\n")[2])


def mbox(cases: Iterable[Case]) -> bytes:
    """The whole archive."""
    return b"".join(piece(case) + b"\n" for case in cases)


def piece(case: Case) -> bytes:
    """One message with its From_ line."""
    stored = mime.lf(message(case))
    if case.form == "crlf":
        stored = mime.crlf(stored)
    line = f"From {case.name}@example.org {case.from_line.strftime('%a %b %e %H:%M:%S %Y')}\n"
    return line.encode() + stored


def message(case: Case) -> bytes:
    words = f"this is {case.name}.".encode()
    content, change = DAMAGES[case.damage] if case.damage else (plain, bytes)
    sent = content(words)
    if case.nested_hop:
        sent = enclosing(sent, received(case.nested_hop.host, case.nested_hop.at))
    signed = signed_data(case, sent)
    stored = change(sent)
    if case.altered:
        stored = stored.replace(b"this is", b"that is")
    if case.form == "opaque":
        entity = mime.opaque(signed)
    else:
        boundary = b"=-" + case.name.encode()
        entity = mime.clear_signed(stored, signed, boundary=boundary)
    if case.footer:
        entity = mime.multipart(entity, mime.plain(b"_____\r\nThe list of all lists\r\n"))
    return header(case) + entity


def enclosing(text: bytes, field: bytes) -> bytes:
    inner = b"From: other@example.org\r\nSubject: inside\r\nMIME-Version: 1.0\r\n" + text
    return mime.multipart(mime.plain(b"see below\r\n"), mime.enclosed(field + inner))


def received(host: str, at: dt.datetime) -> bytes:
    return (
        b"Received: from client.example.com (client.example.com [192.0.2.7])\r\n"
        b"\tby %s (Postfix) with ESMTP id 25A;\r\n\t%s\r\n"
        % (host.encode(), email.utils.format_datetime(at).encode())
    )


def header(case: Case) -> bytes:
    sender = case.sender or case.signer.certificate.emails[0]
    return (
        b"".join(received(hop.host, hop.at) for hop in case.received)
        + f"From: {sender}\r\nTo: archive@example.net\r\nSubject: {case.name}\r\n".encode()
        + f"Date: {email.utils.format_datetime(case.date)}\r\n".encode()
        + f"Message-ID: <{case.name}@archive25.example.org>\r\n".encode()
        + b"MIME-Version: 1.0\r\n"
    )


# CMS ----------------------------------------------------------------------------------------


def signed_data(case: Case, sent: bytes) -> bytes:
    """SignedData over the content, with everything that the case says is in it."""
    attributes = [cms.content_type(), cms.message_digest(sent, case.digest)]
    if case.claimed:
        attributes.append(cms.signing_time(case.claimed))
    if case.names:
        attributes.append(cms.signing_certificate_v2(case.signer.certificate))
    for stamp in case.stamps:
        if stamp.kind == "content":
            attributes.append(cms.attribute(ATTRIBUTES["content"], token(stamp, sent)))
    key = case.key or case.signer.certificate.key

    def made(unsigned: list[bytes] | None = None) -> bytes:
        return cms.signer_info(
            case.signer.certificate,
            sent,
            digest=case.digest,
            attributes=attributes,
            sign=lambda data: key.sign(case.digest, data),
            unsigned=lambda value: unsigned_attributes(case, value) + (unsigned or []),
        )

    info = made()
    archived = [stamp for stamp in case.stamps if stamp.kind == "archive"]
    if archived:
        info = made([archive_attribute(stamp, case, info, sent) for stamp in archived])
    carried = case.signer.chain if case.carried is None else case.carried
    counters = [it for counter in case.counters for it in counter.signer.chain]
    everybody = {id(it): it for it in (*carried, *counters, *case.beside)}
    return with_told(
        cms.signed_data(
            info,
            certificates=[issued.certificate.der for issued in everybody.values()],
            content=sent if case.form == "opaque" else None,
            digests=[pki.digest_algorithm(case.digest)],
        ),
        case.lists,
    )


def unsigned_attributes(case: Case, value: bytes) -> list[bytes]:
    return [*stamps_over(case.stamps, value), *(countersigned(it, value) for it in case.counters)]


def stamps_over(stamps: Iterable[Stamp], value: bytes) -> list[bytes]:
    over = [stamp for stamp in stamps if stamp.kind == "signature"]
    return [cms.attribute(ATTRIBUTES["signature"], token(stamp, value)) for stamp in over]


def countersigned(counter: Counter, value: bytes) -> bytes:
    """RFC 5652 §11.4."""
    certificate, digest = counter.signer.certificate, counter.digest
    attributes = [cms.signing_time(counter.claimed), cms.message_digest(value, digest)]
    info = cms.signer_info(
        *(certificate, value),
        digest=digest,
        attributes=attributes,
        unsigned=lambda value: stamps_over(counter.stamps, value),
    )
    return cms.attribute(cms.COUNTERSIGNATURE, info)


def archive_attribute(stamp: Stamp, case: Case, info: bytes, sent: bytes) -> bytes:
    """ETSI EN 319 122-1 §5.5.3, with an index that names nothing."""
    index = der.seq(pki.digest_algorithm("sha256"), der.seq(), der.seq(), der.seq())
    fields = [field.encoded for field in der.parse(info).children if field.tag != 0xA1]
    over = der.oid(cms.DATA) + pki.hashed(stamp.digest, sent) + b"".join(fields) + index
    made = token(stamp, over, [cms.attribute(HASH_INDEX_V3, index)])
    return cms.attribute(ATTRIBUTES["archive"], made)


def with_told(signed: bytes, told: Iterable[Published]) -> bytes:
    """The same with lists and responses, before the signers (RFC 5652 §5.1, RFC 5940)."""
    return cms.with_revocation(signed, *map(choice, told)) if told else signed


def choice(told: Published) -> bytes:
    if told.about is None:
        return told.der
    return der.explicit(1, der.oid(OCSP_RESPONSE), told.der)


def token(stamp: Stamp, over: bytes, unsigned: list[bytes] | None = None) -> bytes:
    """RFC 3161 §2.4.2."""
    if stamp.flaw == "other_signature":
        over = over[::-1]
    imprint = der.seq(
        pki.digest_algorithm(stamp.digest), der.octets(pki.hashed(stamp.digest, over))
    )
    info = der.seq(
        der.integer(1),
        der.oid("1.2.3.4"),
        imprint,
        der.integer(7),
        der.tlv(0x18, stamp.at.strftime("%Y%m%d%H%M%SZ").encode()),
    )
    service = stamp.service.certificate
    digest = token_digest(stamp)
    attributes = [cms.content_type(TST_INFO), cms.message_digest(info, digest)]
    if stamp.flaw != "unnamed":
        names = cms.signing_certificate if digest == "sha1" else cms.signing_certificate_v2
        attributes.append(names(service))
    signer = cms.signer_info(
        service, info, digest=digest, attributes=attributes, unsigned=lambda _: unsigned or []
    )
    return cms.signed_data(
        signer,
        certificates=[service.der],
        content=info,
        content_type=TST_INFO,
        digests=[pki.digest_algorithm(digest)],
        version=3,
    )


def token_digest(stamp: Stamp) -> str:
    """With what its service signs: what it was certified with."""
    return stamp.service.digest
