"""The header blocks of tar: POSIX ustar and pax, GNU, old v7, Solaris.

POSIX.1-2017, pax, "ustar Interchange Format" and "pax Header Block"; GNU tar manual, "Basic Tar
Format". Numbers and names are taken apart here; what a member of some kind is for, is not known.
"""

from __future__ import annotations

from dataclasses import dataclass
from zlib import adler32

BLOCK = 512
ADLER_MODULUS = 65521
USTAR = b"ustar"
V7_REST = bytes(BLOCK - 257)
"""What stands behind the fields of old v7: nothing."""
HARD_LINK, SYMBOLIC_LINK, SPARSE, CONTINUED = b"1", b"2", b"S", b"M"
PAX, SOLARIS_PAX, PAX_GLOBAL, LONG_NAME, LONG_LINK = b"x", b"X", b"g", b"L", b"K"
EXTENSIONS = PAX + SOLARIS_PAX + PAX_GLOBAL + LONG_NAME + LONG_LINK
WITHOUT_BODY = b"3456"
"""Devices, directories and pipes; a size there is no count of bytes (POSIX.1-2017)."""
ABOUT_THE_ARCHIVE = b"DVA"
"""GNU's list of a directory and label of a volume, Solaris' access list: no file of anyone."""


class BadHeaderError(Exception):
    """A header block that makes no sense."""


@dataclass(slots=True)
class Header:
    """What a header block says."""

    kind: bytes
    name: str
    link: str
    """What a link points to."""
    size: int
    has_more_map: bool
    """More blocks of a sparse member's map follow (GNU)."""

    @staticmethod
    def of(block: bytes) -> Header:
        """Read a block; raises where it is no header."""
        if not is_header(block):
            raise BadHeaderError
        name = text_of(block[:100])
        if block[345] != 0 and block[257:263] == b"ustar\0":
            name = f"{text_of(block[345:500])}/{name}"
        kind = block[156:157]
        link = text_of(block[157:257]) if kind in (HARD_LINK, SYMBOLIC_LINK) else ""
        return Header(kind, name, link, octal(block[124:136]), kind == SPARSE and block[482] != 0)


@dataclass(slots=True)
class Extensions:
    """What extended headers say about the next member."""

    name: str | None = None
    link: str | None = None
    size: int | None = None
    is_sparse: bool = False

    def read(self, kind: bytes, data: bytes) -> None:
        """Take over what the body of such a header says (pax; GNU's long names)."""
        if kind == LONG_NAME:
            self.name = text_of(data)
        elif kind == LONG_LINK:
            self.link = text_of(data)
        elif kind in (PAX, SOLARIS_PAX):
            records = pax_records(data)
            if b"path" in records:
                self.name = records[b"path"].decode("utf-8", "surrogateescape")
            if b"linkpath" in records:
                self.link = records[b"linkpath"].decode("utf-8", "surrogateescape")
            if b"size" in records:
                self.size = decimal(records[b"size"])
            self.is_sparse = any(key.startswith(b"GNU.sparse") for key in records)

    def extend(self, header: Header) -> Header:
        """Return the header of the member, extended."""
        if self.name is not None:
            header.name = self.name
        if self.link is not None:
            header.link = self.link
        if self.size is not None:
            header.size = self.size
        if self.is_sparse:
            header.kind = SPARSE
        return header


def is_header(block: bytes) -> bool:
    """Whether the checksum of a block is that of a header; some wrote it over signed bytes."""
    if len(block) < BLOCK:
        return False
    try:
        claimed = octal(block[148:156])
    except BadHeaderError:
        return False
    # Adler-32 begun with 0 is the sum of the octets modulo 65521 in its low half (RFC 1950 §8.2).
    total = (adler32(block, 0) & 0xFFFF) - sum(block[148:156]) + 8 * ord(" ")
    if claimed in (total, total + ADLER_MODULUS):
        return True
    total = sum(block) - sum(block[148:156]) + 8 * ord(" ")
    high = sum(1 for octet in block[:148] + block[156:] if octet > 127)
    return total - 256 * high == claimed


def is_telling(block: bytes) -> bool:
    """Whether a block can be nothing but a header: by the magic, or by the zeros of old v7."""
    return (block[257:262] == USTAR or block[257:] == V7_REST) and is_header(block)


def octal(digits: bytes) -> int:
    """Return a number: octal digits, or, by GNU, big-endian behind a set bit."""
    if digits[:1] == b"\x80":
        return int.from_bytes(digits[1:], "big")
    text = digits.split(b"\0", 1)[0].strip()
    if text and not text.isdigit():
        raise BadHeaderError
    try:
        return int(text, 8) if text else 0
    except ValueError as error:
        raise BadHeaderError from error


def text_of(octets: bytes) -> str:
    """Return a name up to its first NUL."""
    return octets.split(b"\0", 1)[0].decode("utf-8", "surrogateescape")


def decimal(digits: bytes) -> int:
    """Return a number as pax writes it."""
    if not digits.isdigit():
        raise BadHeaderError
    return int(digits)


def padded(size: int) -> int:
    """Return the bytes that a member of this size takes."""
    return -(-size // BLOCK) * BLOCK


def pax_records(data: bytes) -> dict[bytes, bytes]:
    """Return the records of a pax header: length, blank, key, equals sign, value, line end."""
    records = {}
    at = 0
    while at < len(data):
        blank = data.find(b" ", at, at + 20)
        length = decimal(data[at:blank]) if blank > at else 0
        record = data[at : at + length]
        key, equals, value = record[blank - at + 1 : -1].partition(b"=")
        if length <= blank - at or len(record) < length or not equals:
            raise BadHeaderError
        records[key] = value
        at += length
    return records
