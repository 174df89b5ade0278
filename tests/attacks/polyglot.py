"""Attacks in which the octets of a genuine signature are a document of another kind too. RULES 7,
28.

`digestAlgorithms` is signed by nobody and decides nothing, so that it may hold a PDF or a page; a
program that goes by the type or the file name opens that and not the mail. Alice never saw it.
"""

from __future__ import annotations

import cms
import der
import mime
import pki
from tests.attacks.catalogue import GOOD, Outcome, attack, failed, mail, partial
from world import World

Made = tuple[bytes, Outcome]
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj trailer<</Root 1 0 R>>\n%%EOF\n"
PAGE = b"<html><body><h1>I owe you 10,000</h1></body></html>"
BASE64 = b"Content-Transfer-Encoding: base64\r\n"


def polyglot(world: World, document: bytes, *, detached: bool) -> bytes:
    """Alice's signature with a document where algorithms are named."""
    holder = der.seq(der.oid("1.2.3.4"), der.octets(document))
    digests = [holder, pki.digest_algorithm("sha256")]
    return cms.signed(world.ec, GOOD, detached=detached, digests=digests)


def fields(media_type: bytes, name: bytes, filename: bytes) -> bytes:
    """The header of a part, its two file names apart."""
    kind = b"Content-Type: " + media_type + (b"; name=" + name if name else b"") + b"\r\n"
    shown = b"Content-Disposition: inline; filename=" + filename + b"\r\n" if filename else b""
    return kind + shown + BASE64


NAMED = {
    "pdf": (b"application/pdf", b"x.p7m", b"contract.pdf"),
    "pdf_by_name": (b"application/pdf", b"contract.pdf", b"x.p7m"),
    "xhtml": (b"application/xhtml+xml", b"x.p7m", b""),
    "smime_type": (b"application/pdf; smime-type=signed-data", b"contract.pdf", b""),
    "octets": (b"application/octet-stream", b"x.p7m", b"contract.pdf"),
    "smime": (b"application/pkcs7-mime", b"x.p7m", b"contract.html"),
    "smime_by_type": (b"application/pkcs7-mime", b"contract.html", b"x.p7m"),
    "unknown_type": (b"application/x-foo", b"x.p7m", b""),
}


@attack(*NAMED)
def opaque_mail_is_a_document_too(world: World, how: str) -> Made:
    """The signed text is another than the one that opens."""
    document = PAGE if b"html" in b"".join(NAMED[how]) else PDF
    body = polyglot(world, document, detached=False)
    return mail(mime.opaque(body, headers=fields(*NAMED[how]))), partial()


SECOND_PARTS = {
    "pdf": (b"application/pdf", b"smime.p7s", b"contract.pdf"),
    "pdf_by_name": (b"application/pdf", b"contract.pdf", b"x.p7s"),
    "octets": (b"application/octet-stream", b"contract.pdf", b"smime.p7s"),
    "signature": (b"application/pkcs7-signature", b"contract.pdf", b""),
    "signature_html": (b"application/pkcs7-signature", b"smime.p7s", b"contract.html"),
    "smime": (b"application/pkcs7-mime", b"contract.pdf", b"smime.p7m"),
    "unknown_type": (b"application/x-foo", b"smime.p7s", b""),
}


@attack(*SECOND_PARTS)
def signature_is_a_document_too(world: World, how: str) -> Made:
    """The same beside the text: the second part is offered to be opened."""
    signature = polyglot(world, PDF, detached=True)
    entity = mime.clear_signed(GOOD, signature, signature_headers=fields(*SECOND_PARTS[how]))
    return mail(entity), partial()


@attack("twice", "disposition", "junk", "bare_cr", "nul")
def signature_part_has_two_types(world: World, how: str) -> Made:
    """Readers differ in which Content-Type or file name they take."""
    genuine = b"Content-Type: application/pkcs7-signature; name=smime.p7s"
    other = b"Content-Type: text/html"
    headers = {
        "twice": genuine + b"\r\n" + other + b"\r\n",
        "disposition": genuine
        + b"\r\nContent-Disposition: attachment; filename=smime.p7s"
        + b"\r\nContent-Disposition: inline; filename=contract.html\r\n",
        "junk": b"no field at all\r\n" + genuine + b"\r\n",
        "bare_cr": genuine + b"\r" + other + b"\r\n",
        "nul": b"X-A: \0\r\n" + genuine + b"\r\n",
    }[how]
    signed = cms.signed(world.ec, GOOD)
    entity = mime.clear_signed(GOOD, signed, signature_headers=headers + BASE64)
    return mail(entity), partial()


@attack("clear", "opaque")
def document_in_a_signature_that_is_named_as_one(world: World, form: str) -> Made:
    """Nobody opens it; that it is there is a quirk, which --strict refuses."""
    body = polyglot(world, PDF, detached=form == "clear")
    entity = mime.clear_signed(GOOD, body) if form == "clear" else mime.opaque(body)
    outcome = failed("FORMAT_FAILURE", "strict_quirk").under(strict=True)
    return mail(entity), outcome.rows({"quirks": ["unexpected_algorithm_parameters"]})
