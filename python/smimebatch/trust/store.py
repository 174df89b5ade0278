"""The trust store of this program: PEM whose comment lines keep what a list said about each root.

    # smimebatch trust store 1
    # origin: certdata.txt, SHA-256 0f1e…
    # not-for-email: 9a7b…                      a root of the list without trust for e-mail
    #
    # subject: CN=Some Root,O=Some CA
    # sha256: 1b2c…
    # distrust-after: 2024-11-30T23:59:59Z
    -----BEGIN CERTIFICATE-----

Any program reads the certificates, as text outside PEM blocks is no part of them (RFC 7468 §2);
this one reads the lines too, and refuses one that it does not know, since passing over a date would
trust too much. `subject` and `not-after` are for people and not read back.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from smimebatch import _native
from smimebatch.report.text import harmless
from smimebatch.trust.roots import (
    EMAIL_TRUST,
    TRUSTED,
    AnchorLimits,
    ListedRoot,
    RootList,
    described,
    in_iso,
)

MARK = b"# smimebatch trust store "
VERSION = b"1"
END_MARK = "-----END CERTIFICATE-----"
LIMIT_KEYS = {
    "trusted-from": "trusted_from",
    "trusted-until": "trusted_until",
    "distrust-after": "distrust_after",
}
FOR_PEOPLE = frozenset({"subject", "not-after", "origin"})
READ_BACK = frozenset({*LIMIT_KEYS, "sha256", "email-trust", "licence"})
PEM_LINE_CHARACTERS = 64


def is_store(data: bytes) -> bool:
    """Whether a file is such a store."""
    return data.startswith(MARK)


def parse_store(data: bytes) -> RootList:
    """Return the roots of a store; ValueError names the line that cannot be read."""
    if data.splitlines()[0] != MARK + VERSION:
        raise ValueError(f"line 1: expected a trust store of version {VERSION.decode()}")
    roots: list[ListedRoot] = []
    not_for_email: set[bytes] = set()
    licence = ""
    for entry in read_entries(data.decode()):
        not_for_email.update(entry.not_for_email)
        licence = entry.keys.get("licence", licence)
        if entry.pem:
            roots.append(entry.root())
    return RootList(tuple(roots), frozenset(not_for_email), licence=licence)


@dataclass(slots=True)
class Entry:
    """The lines up to the end of one certificate."""

    line: int
    keys: dict[str, str]
    not_for_email: list[bytes] = field(default_factory=list)
    pem: list[str] = field(default_factory=list)

    def root(self) -> ListedRoot:
        """Return the root that the lines tell of."""
        (der,) = _native.parse_certificates("\n".join(self.pem).encode())
        told = self.keys.get("sha256")
        if told is not None and parse_sha256(told, self.line) != hashlib.sha256(der).digest():
            raise ValueError(f"line {self.line}: the certificate is not the one of its sha256 line")
        email_trust = self.keys.get("email-trust", TRUSTED)
        if email_trust not in EMAIL_TRUST:
            raise ValueError(f"line {self.line}: expected email-trust, found {email_trust!r}")
        limits = {
            name: parse_instant(self.keys[key], self.line)
            for key, name in LIMIT_KEYS.items()
            if key in self.keys
        }
        return ListedRoot(der, email_trust, AnchorLimits(**limits))


def read_entries(text: str) -> Iterator[Entry]:
    """Give the lines of each certificate; the last entry may be without one."""
    entry = Entry(1, {})
    in_pem = False
    for number, line in enumerate(text.splitlines()[1:], 2):
        if in_pem or line.startswith("-----BEGIN "):
            in_pem = line != END_MARK
            entry.pem.append(line)
            if not in_pem:
                yield entry
                entry = Entry(number + 1, {})
        elif line.startswith("#"):
            read_comment(line.removeprefix("#").strip(), number, entry)
        elif line.strip():
            raise ValueError(f"line {number}: expected a comment or a certificate")
    yield entry


def read_comment(comment: str, number: int, entry: Entry) -> None:
    """Take one line of the form `key: value`; an empty comment is nothing."""
    if not comment:
        return
    key, colon, value = comment.partition(":")
    value = value.strip()
    if colon and key == "not-for-email":
        entry.not_for_email.append(parse_sha256(value.partition(" ")[0], number))
    elif colon and key in READ_BACK and key not in entry.keys:
        entry.keys[key] = value
    elif not colon or key not in FOR_PEOPLE:
        raise ValueError(f"line {number}: a line that this version does not know: {comment!r}")


def parse_sha256(value: str, line: int) -> bytes:
    """Return a hash of hexadecimal digits."""
    try:
        sha256 = bytes.fromhex(value)
    except ValueError:
        sha256 = b""
    if len(sha256) != hashlib.sha256().digest_size:
        raise ValueError(f"line {line}: expected a SHA-256, found {value!r}")
    return sha256


def parse_instant(value: str, line: int) -> datetime:
    """Return an instant with its zone."""
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise ValueError(f"line {line}: expected an instant with its zone, found {value!r}")
    return instant


def written_store(
    roots: Iterable[ListedRoot],
    *,
    origin: Iterable[str],
    licence: str = "",
    not_for_email: Iterable[bytes] = (),
) -> str:
    """Return the text of a store; the same roots give the same text, whatever their order.

    Of the roots, what is not trusted is left out, only remembered as not for e-mail.
    """
    roots = list(roots)
    lines = [(MARK + VERSION).decode()]
    lines += [f"# origin: {harmless(text)}" for text in origin]
    if licence:
        lines.append(f"# licence: {harmless(licence)}")
    refused = {root.sha256 for root in roots if not root.is_anchor} | set(not_for_email)
    lines += [f"# not-for-email: {sha256.hex()}" for sha256 in sorted(refused)]
    kept = sorted((root for root in roots if root.is_anchor), key=lambda root: root.sha256)
    about = described([root.der for root in kept])
    for root in kept:
        lines += ["#", *entry_lines(root, about.get(root.der, {}))]
    return "\n".join(lines) + "\n"


def entry_lines(root: ListedRoot, about: dict[str, object]) -> Iterator[str]:
    """Give the lines of one certificate."""
    if about:
        yield f"# subject: {harmless(str(about['subject']))}"
        if isinstance(about["not_after"], datetime):
            yield f"# not-after: {in_iso(about['not_after'])}"
    yield f"# sha256: {root.sha256.hex()}"
    if root.email_trust != TRUSTED:
        yield f"# email-trust: {root.email_trust}"
    for key, name in LIMIT_KEYS.items():
        instant = getattr(root.limits, name)
        if instant is not None:
            yield f"# {key}: {in_iso(instant)}"
    yield from pem_of(root.der).splitlines()


def pem_of(der: bytes) -> str:
    """Return a certificate in PEM (RFC 7468 §5)."""
    body = base64.b64encode(der).decode()
    lines = [body[at : at + PEM_LINE_CHARACTERS] for at in range(0, len(body), PEM_LINE_CHARACTERS)]
    return "\n".join(["-----BEGIN CERTIFICATE-----", *lines, END_MARK])
