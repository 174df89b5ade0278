"""Mails made from the fixtures by one to three changes: of bytes, ASN.1 elements, lines, fields.

Everything follows from a seed, so that a number names a mail. Nobody here has a private key:
content that verifies under a fixture's signature has to be that fixture's content.
"""

from __future__ import annotations

import base64
import random
import re
from dataclasses import dataclass
from functools import cached_property

import elements

LINES = (
    b"",
    b"\r",
    b"--",
    b"--=-signed-boundary",
    b"--=-signed-boundary--",
    b"--b",
    b"--b--",
    b" folded",
    b"\ttext",
    b"MIME-Version: 1.0",
    b"From: bob@example.org",
    b"Sender: bob@example.org",
    b"Content-Type: text/plain",
    b"Content-Type: message/rfc822",
    b"Content-Type: multipart/mixed; boundary=b",
    b'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; boundary=b',
    b'Content-Type: multipart/signed; protocol="application/pkcs7-signature";'
    b' boundary="=-signed-boundary"',
    b"Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m",
    b"Content-Type: application/pkcs7-signature; name=smime.p7s",
    b"Content-Type: application/x-pkcs7-signature",
    b"Content-Type: application/x-pkcs7-mime",
    b"Content-Transfer-Encoding: base64",
    b"Content-Transfer-Encoding: quoted-printable",
    b"Content-Transfer-Encoding: binary",
    b"Content-Disposition: attachment; filename=smime.p7m",
    b"-----BEGIN PKCS7-----",
    b"-----END PKCS7-----",
    b"begin 644 smime.p7m",
    b"Dear reader,",
)
OBJECT = re.compile(
    rb"(?:^[A-Za-z0-9+/]{20,}={0,2}\r?\n)+(?:^[A-Za-z0-9+/]+={0,2}\r?\n)?", re.MULTILINE
)
BASE64 = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\r\n")


@dataclass(frozen=True)
class Base:
    """A fixture to change."""

    name: str
    mail: bytes

    @cached_property
    def objects(self) -> list[tuple[int, int]]:
        """Where base64 lines hold BER."""
        return [match.span() for match in OBJECT.finditer(self.mail) if self.tree(match.span())]

    def tree(self, span: tuple[int, int]) -> list[elements.Element]:
        """The object's elements, anew at every call; empty where it is no BER."""
        try:
            return elements.read_all(base64.b64decode(self.mail[slice(*span)]))
        except (ValueError, IndexError):
            return []


@dataclass(frozen=True)
class Mutant:
    """A changed mail and where it comes from."""

    seed: int
    base: str
    changes: tuple[str, ...]
    mail: bytes


class Mutations:
    """Mutants by number."""

    def __init__(self, bases: list[Base]) -> None:
        self.bases = bases
        self.with_objects = [base for base in bases if base.objects]

    def mutant(self, seed: int) -> Mutant:
        rng = random.Random(seed)
        by_elements = rng.random() < 0.5
        base = rng.choice(self.with_objects if by_elements else self.bases)
        if by_elements:
            return Mutant(seed, base.name, *self.by_elements(base, rng))
        mail, changes = base.mail, []
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            change = rng.choice(
                (by_bytes, by_base64, by_lines, by_lines, by_fields, by_fields, by_splice)
            )
            other = rng.choice(self.bases).mail
            mail, what = change(mail, other, rng)
            changes.append(what)
        return Mutant(seed, base.name, tuple(changes), mail)

    def by_elements(self, base: Base, rng: random.Random) -> tuple[tuple[str, ...], bytes]:
        span = rng.choice(base.objects)
        roots, changes = base.tree(span), []
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            other = rng.choice((base, rng.choice(self.with_objects)))
            donors = [
                place.element for place in elements.places(other.tree(rng.choice(other.objects)))
            ]
            if not roots:
                break
            changes.append("element " + elements.change(roots, donors, rng))
        encoded = base64.encodebytes(b"".join(root.encoded() for root in roots))
        if b"\r\n" in base.mail[slice(*span)]:
            encoded = encoded.replace(b"\n", b"\r\n")
        return tuple(changes), base.mail[: span[0]] + encoded + base.mail[span[1] :]


def by_bytes(mail: bytes, _: bytes, rng: random.Random) -> tuple[bytes, str]:
    octets, at = bytearray(mail), rng.randrange(max(len(mail), 1))
    match rng.randrange(4):
        case 0 if octets:
            octets[at] ^= 1 << rng.randrange(8)
        case 1 if octets:
            octets[at] = rng.choice(b'\0\t\n\r -=.:;"<>@\x7f\xff' + bytes([rng.randrange(256)]))
        case 2:
            del octets[at : at + rng.choice((1, 1, 2, 8))]
        case _:
            octets[at:at] = rng.choice((b"\r", b"\n", b"\r\n", b"\n\n", b" ", b"\0", b"=", b"--"))
    return bytes(octets), "bytes"


def by_base64(mail: bytes, _: bytes, rng: random.Random) -> tuple[bytes, str]:
    """Changes how an object is written, or one of its characters."""
    found = list(OBJECT.finditer(mail))
    if not found:
        return by_bytes(mail, b"", rng)
    match = rng.choice(found)
    text = bytearray(match.group())
    at = rng.randrange(len(text))
    what = rng.choice(
        ("character", "wrap", "one line", "stray", "padding", "cut", "blank line", "behind")
    )
    flat = bytes(text).replace(b"\r", b"").replace(b"\n", b"")
    match what:
        case "character":
            text[at] = rng.choice(tuple(BASE64))
        case "wrap":
            width = rng.choice((1, 4, 60, 61, 72, 76, 77, 200))
            text = bytearray(
                b"".join(flat[i : i + width] + b"\n" for i in range(0, len(flat), width))
            )
        case "one line":
            text = bytearray(flat + b"\n")
        case "stray":
            text[at:at] = rng.choice((b"!", b" ", b"\t", b"-", b"\0", b"\xff", b"=", b"\r"))
        case "padding":
            text = bytearray(
                flat.rstrip(b"=") + rng.choice((b"", b"=", b"==", b"===", b"=\n=")) + b"\n"
            )
        case "cut":
            del text[at:]
            text += b"\n"
        case "blank line":
            text[at:at] = b"\n\n"
        case _:
            text += rng.choice((b"AAAA\n", b"\nAAAA\n", b"MAAA\n", b"garbage\n", b"-- \nfooter\n"))
    return mail[: match.start()] + bytes(text) + mail[match.end() :], f"base64 {what}"


def by_lines(mail: bytes, other: bytes, rng: random.Random) -> tuple[bytes, str]:
    lines = mail.splitlines(keepends=True)
    at = rng.randrange(len(lines) + 1)
    to = rng.randrange(len(lines) + 1)
    what = rng.choice(
        (
            "remove",
            "repeat",
            "swap",
            "known",
            "blank",
            "crlf",
            "lf",
            "cr",
            "trailing",
            "cut",
            "move",
            "foreign",
            "all",
        )
    )
    here = lines[at : at + 1]
    end = b"\r\n" if here and here[0].endswith(b"\r\n") else b"\n"
    match what:
        case "remove":
            del lines[at : at + rng.choice((1, 1, 2))]
        case "repeat":
            lines[to:to] = here
        case "swap":
            lines[at : at + 1], lines[to : to + 1] = lines[to : to + 1], here
        case "known":
            lines[at : at + rng.randint(0, 1)] = [rng.choice(LINES) + end]
        case "blank":
            lines[at:at] = [end]
        case "crlf" | "lf" | "cr":
            ends = {"crlf": b"\r\n", "lf": b"\n", "cr": b"\r\r\n"}[what]
            lines[at : at + 1] = [line.rstrip(b"\r\n") + ends for line in here]
        case "trailing":
            lines[at : at + 1] = [
                line.rstrip(b"\r\n") + rng.choice((b" ", b"\t", b"=")) + end for line in here
            ]
        case "cut":
            del lines[at:]
        case "move":
            stretch = lines[at : at + rng.randint(2, 12)]
            del lines[at : at + len(stretch)]
            lines[to:to] = stretch
        case "foreign":
            theirs = other.splitlines(keepends=True)
            start = rng.randrange(len(theirs) + 1)
            lines[to:to] = theirs[start : start + rng.randint(1, 12)]
        case _:
            ends = rng.choice((b"\n", b"\r\n"))
            lines = [line.rstrip(b"\r\n") + ends for line in lines]
    return b"".join(lines), f"line {what}"


FIELD = re.compile(rb"^(?:[A-Za-z-]+:.*\r?\n(?:[ \t].*\r?\n)*)", re.MULTILINE)


def by_fields(mail: bytes, other: bytes, rng: random.Random) -> tuple[bytes, str]:
    """Changes a header field of the mail or of a part."""
    found = list(FIELD.finditer(mail))
    if not found:
        return by_bytes(mail, other, rng)
    match = rng.choice(found)
    field = match.group()
    what = rng.choice(
        (
            "remove",
            "repeat",
            "foreign",
            "fold",
            "case",
            "comment",
            "quote",
            "parameter",
            "space",
            "edit",
        )
    )
    match what:
        case "remove":
            field = b""
        case "repeat":
            field += field
        case "foreign":
            theirs = [one.group() for one in FIELD.finditer(other)]
            field = rng.choice((b"", field)) + rng.choice(theirs or [b""])
        case "fold":
            field = field.replace(b"; ", b";\n ").replace(b": ", b":\n ", 1)
        case "case":
            field = field.swapcase()
        case "comment":
            field = field.replace(b";", b" (a; comment);", 1)
        case "quote":
            field = re.sub(rb"=([^\";\s]+)", rb'="\1"', field)
        case "parameter":
            more = rng.choice(
                (
                    b"; boundary=b",
                    b"; smime-type=enveloped-data",
                    b"; charset=x",
                    b"; name=a.p7s",
                    b";",
                )
            )
            field = field.rstrip(b"\r\n") + more + b"\n"
        case "space":
            field = field.replace(b":", rng.choice((b" :", b":", b":\t", b":  ")), 1)
        case _:
            octets = bytearray(field)
            octets[rng.randrange(len(octets))] = rng.choice(b' ;="/-:\0aA0')
            field = bytes(octets)
    return mail[: match.start()] + field + mail[match.end() :], f"field {what}"


def by_splice(mail: bytes, other: bytes, rng: random.Random) -> tuple[bytes, str]:
    """One mail's header over another's body, or one's object in another."""
    if rng.randrange(2):
        return mail.partition(b"\n\n")[0] + b"\n\n" + other.partition(b"\n\n")[2], "splice body"
    mine, theirs = OBJECT.search(mail), OBJECT.search(other)
    if not mine or not theirs:
        return by_lines(mail, other, rng)
    return mail[: mine.start()] + theirs.group() + mail[mine.end() :], "splice object"
