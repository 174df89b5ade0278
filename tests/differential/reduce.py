"""What a signature rests on, written anew: its content, its attributes and value, its certificate.

OpenSSL reads a mail and an object whole or not at all; smimebatch reads what it needs. To know
whether a difference is only that, the signed content (where smimebatch says it is) goes into a
plain opaque mail together with the object, and the object without what no signature covers:
unsigned attributes go, a changed certificate becomes the fixture's with the same key, foreign
elements go, `version` and `digestAlgorithms` are those that belong there. When OpenSSL then finds
the signatures right, the difference lay in what was taken out, or in how the mail was written.
"""

from __future__ import annotations

import base64
import itertools
import re
from typing import Any

import elements
import mime
import mutate
from elements import Element

SET, SEQUENCE, CERTIFICATES = 0x31, 0x30, 0xA0


class Reducer:
    """Knows the certificates of the fixtures."""

    def __init__(self, bases: list[mutate.Base]) -> None:
        self.certificates: dict[bytes, Element] = {}
        self.by_key: dict[bytes, Element] = {}
        for base in bases:
            for span in base.objects:
                for element in certificates(base.tree(span)):
                    self.certificates[element.encoded()] = element
                    if key := public_key(element):
                        self.by_key.setdefault(key, element)

    def reduced(self, mail: bytes, row: dict[str, Any]) -> bytes | None:
        """The opaque mail for a signature row of `mail`'s root; none where it cannot be made."""
        content, behind = None, after_header(mail)
        if row["format"] == "detached":
            if row["signed_offset"] is None:
                return None
            end = row["signed_offset"] + row["signed_length"]
            content = mail[row["signed_offset"] : end]
            if row["canonicalization"] == "lf_to_crlf":
                content = mime.crlf(content)
            behind = after_header(mail[end:])
        for octets in (decoded(behind), behind):
            try:
                root, _ = elements.read(octets, 0, 0)
                self.reduce(root, content)
            except (ValueError, IndexError, TypeError):
                continue
            return mime.lf(mime.header_block() + mime.opaque(root.encoded()))
        return None

    def reduce(self, root: Element, content: bytes | None) -> None:
        """Rewrites a ContentInfo in place; raises where it is no SignedData."""
        wrapper = children(root)[1]
        del children(root)[2:]
        signed = children(wrapper)[0]
        _, _, inner, *rest = children(signed)
        signers = [element for element in rest if element.tag == SET][-1]
        held = [element for element in rest if element.tag == CERTIFICATES]
        kept = [
            known for element in held for one in children(element) if (known := self.known(one))
        ]
        unique = {element.encoded(): element for element in kept}
        infos = [reduced_signer(signer) for signer in children(signers)]
        if content is None:
            (held_content,) = children(children(inner)[1])
            content = octets_of(held_content)
        signed.elements = [
            Element(2, b"\1"),
            Element(SET, elements=unique_digests(infos)),
            Element(
                SEQUENCE,
                elements=[children(inner)[0], Element(0xA0, elements=[Element(4, content)])],
            ),
            Element(CERTIFICATES, elements=list(unique.values())),
            Element(SET, elements=infos),
        ]

    def known(self, certificate: Element) -> Element | None:
        """The fixture's certificate: this one, or the one with this one's key."""
        found = self.certificates.get(certificate.encoded())
        return found or self.by_key.get(public_key(certificate) or b"")


def after_header(mail: bytes) -> bytes:
    """What follows the first empty line."""
    return re.split(rb"\r*\n\r*\n", mail, maxsplit=1)[-1]


def decoded(text: bytes) -> bytes:
    """The octets of base64 text up to its padding or a delimiter, strangers left out."""
    lines = itertools.takewhile(
        lambda line: not line.startswith(b"--") or b"-----" in line, text.split(b"\n")
    )
    joined = b"".join(line for line in lines if not line.startswith(b"-----")).partition(b"=")[0]
    kept = bytes(octet for octet in joined if octet in mutate.BASE64 and octet not in b"\r\n=")
    kept = kept[: len(kept) // 4 * 4 + (len(kept) % 4 if len(kept) % 4 != 1 else 0)]
    return base64.b64decode(kept + b"=" * (-len(kept) % 4))


def octets_of(element: Element) -> bytes:
    """Value octets over all pieces; of what is no OCTET STRING, the content octets."""
    if element.tag == 0x24:
        return b"".join(octets_of(piece) for piece in children(element))
    return element.content()


def children(element: Element) -> list[Element]:
    if element.elements is None:
        raise ValueError("no constructed element")
    return element.elements


def certificates(roots: list[Element]) -> list[Element]:
    """What looks like a certificate, wherever it is."""
    places = elements.places(roots)
    return [place.element for place in places if public_key(place.element)]


def public_key(element: Element) -> bytes | None:
    """The encoding of the SubjectPublicKeyInfo of what looks like a Certificate."""
    if element.tag != SEQUENCE or not element.elements or len(element.elements) < 3:
        return None
    for field in element.elements[0].elements or []:
        inner = field.elements or []
        if (
            field.tag == SEQUENCE
            and len(inner) == 2
            and inner[1].tag == 3
            and inner[0].tag == SEQUENCE
        ):
            return field.encoded()
    return None


def reduced_signer(signer: Element) -> Element:
    """A SignerInfo without unsigned attributes, its version as it belongs to its identifier."""
    fields = [field for field in children(signer) if field.tag != 0xA1]
    values = [
        index for index, field in enumerate(fields) if index > 2 and field.tag in (0x04, 0x24)
    ]
    fields = fields[: values[0] + 1]
    fields[0] = Element(2, b"\1" if fields[1].tag == SEQUENCE else b"\3")
    return Element(SEQUENCE, elements=fields)


def unique_digests(infos: list[Element]) -> list[Element]:
    found = {children(info)[2].encoded(): children(info)[2] for info in infos}
    return list(found.values())
