"""tar (POSIX ustar and pax, GNU, old v7), read front to back without extracting anything.

Own reading of the header blocks, because the standard library's takes a damaged header or a missing
end for the end of the archive without a word. Here damage is an error, and reading goes on at the
next header. Links are told, not followed: what they point to stands in the archive already.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from smimebatch.sources.items import Item, ReadError, ReadFaultError, Remark
from smimebatch.sources.members import (
    SMALL_MEMBER_BYTES,
    member_file,
    read_members,
    small_stream,
)
from smimebatch.sources.reading import ReadingOptions
from smimebatch.sources.stream import InputFile, Stream, sequential_stream

FORMAT = "tar"
MEMBERS = True
BLOCK = 512
WINDOW_BYTES = 2 << 20
MAX_EXTENSION_BYTES = 1 << 20
"""A long name or a pax header; names are 4 KiB at most on any system (own choice)."""
ZEROS = bytes(BLOCK)
REGULAR, LINKS, DIRECTORY = b"0\x007", b"12", b"5"
PAX, PAX_GLOBAL, LONG_NAME, LONG_LINK, SPARSE = b"x", b"g", b"L", b"K", b"S"


def sniff(head: bytes, name: str) -> int:
    """A header block whose checksum is right; an archive of nothing is blocks of zeros."""
    if head[257:262] == b"ustar" or name.lower().endswith((".tar", ".tgz")):
        return 3 if is_header(head[:BLOCK]) else 0
    return 0


def read(streams: Iterator[Stream], reading: ReadingOptions) -> Iterator[Item]:
    """Give the messages of each archive's members."""
    for stream in streams:
        yield from read_members(stream, TarReading(stream).members(), reading)


class BadHeaderError(Exception):
    """A header block that makes no sense."""


@dataclass(slots=True)
class Header:
    """What a header block says, extended by those before it."""

    kind: bytes
    name: str
    size: int
    has_more_map: bool = False
    """More blocks of a sparse member's map follow (GNU)."""


@dataclass(slots=True)
class Extensions:
    """What extended headers say about the next member."""

    name: str | None = None
    size: int | None = None
    is_sparse: bool = False


def is_header(block: bytes) -> bool:
    """Whether the checksum of a block is that of a header; some wrote it over signed bytes."""
    if len(block) < BLOCK:
        return False
    try:
        claimed = octal(block[148:156])
    except BadHeaderError:
        return False
    total = sum(block) - sum(block[148:156]) + 8 * ord(" ")
    if total == claimed:
        return True
    high = sum(1 for octet in block[:148] + block[156:] if octet > 127)
    return total - 256 * high == claimed


def octal(digits: bytes) -> int:
    """Return a number: octal digits, or, by GNU, big-endian behind a set bit."""
    if digits[:1] == b"\x80":
        return int.from_bytes(digits[1:], "big")
    text = digits.split(b"\0", 1)[0].strip()
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


class TarReading:
    """One archive on its way past a window."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._buffer = b""
        self._at = 0
        self._left = 0
        """Bytes of the open member and its padding that were not read."""

    def members(self) -> Iterator[Stream | Item]:
        """Give every member that is a file, and what is to be said about the others."""
        extensions = Extensions()
        ended = False
        while (block := self._take(BLOCK)) and len(block) == BLOCK:
            if block == ZEROS:
                ended = True
                continue
            ended = False
            try:
                header = self._header(block)
                if header.kind in PAX + PAX_GLOBAL + LONG_NAME + LONG_LINK:
                    self._read_extension(header, extensions)
                    continue
            except BadHeaderError:
                yield self._damaged()
                extensions = Extensions()
                continue
            yield from self._member(header, extensions)
            extensions = Extensions()
        if self._stream.failure is None and (block or not ended):
            yield self._error("corrupt_archive", "the tar breaks off: its end mark is missing")

    def _header(self, block: bytes) -> Header:
        if not is_header(block):
            raise BadHeaderError
        name = text_of(block[:100])
        if block[257:263] == b"ustar\0" and block[345] != 0:
            name = f"{text_of(block[345:500])}/{name}"
        kind = block[156:157]
        return Header(kind, name, octal(block[124:136]), kind == SPARSE and block[482] != 0)

    def _read_extension(self, header: Header, extensions: Extensions) -> None:
        """Read a block of what extends the next header (POSIX.1-2017 pax; GNU's long names)."""
        if header.size > MAX_EXTENSION_BYTES:
            raise BadHeaderError
        data = self._take(padded(header.size))[: header.size]
        if header.kind == LONG_NAME:
            extensions.name = text_of(data)
        elif header.kind == PAX:
            records = pax_records(data)
            if b"path" in records:
                extensions.name = records[b"path"].decode("utf-8", "surrogateescape")
            if b"size" in records:
                extensions.size = decimal(records[b"size"])
            extensions.is_sparse = any(key.startswith(b"GNU.sparse") for key in records)

    def _member(self, header: Header, extensions: Extensions) -> Iterator[Stream | Item]:
        """Give one member, and go to its end whatever was read of it."""
        name = extensions.name if extensions.name is not None else header.name
        size = extensions.size if extensions.size is not None else header.size
        file = member_file(self._stream.file, name)
        if header.kind in LINKS:
            yield Remark(file.source, "linked_member", "a link to another member: not followed")
            return
        if header.kind == DIRECTORY or (header.kind == b"\0" and name.endswith("/")):
            return
        self._left = padded(size)
        if header.kind == SPARSE or extensions.is_sparse:
            self._skip_map(header)
            text = "a sparse member: not read"
            yield ReadError(file.source, None, "unsupported_member", text)
        elif header.kind in REGULAR:
            if size <= SMALL_MEMBER_BYTES:
                yield self._small(file, size)
            else:
                yield sequential_stream(file, Body(self, size).read)
        while self._left and self.take_body(WINDOW_BYTES):
            pass

    def _small(self, file: InputFile, size: int) -> Stream | Item:
        data = self._take(self._left)
        self._left = 0
        if len(data) >= size:
            return small_stream(file, data[:size])
        return ReadError(file.source, 0, *self.why_short())

    def _skip_map(self, header: Header) -> None:
        has_more = header.has_more_map
        while has_more:
            block = self._take(BLOCK)
            has_more = len(block) == BLOCK and block[504] != 0

    def take_body(self, size: int) -> bytes:
        """Return up to `size` bytes of the open member and its padding."""
        data = self._take(min(size, self._left, WINDOW_BYTES))
        self._left = self._left - len(data) if data else 0
        return data

    def _take(self, size: int) -> bytes:
        """Return the next bytes; fewer only where the archive ends."""
        if self._at + size > len(self._buffer):
            self._stream.advance(self._at)
            self._at = 0
            self._buffer = self._stream.window(max(size, WINDOW_BYTES))
        data = self._buffer[self._at : self._at + size]
        self._at += len(data)
        return data

    def why_short(self) -> tuple[str, str]:
        """Say why a member has fewer bytes than it should."""
        failure = self._stream.failure
        if failure is not None:
            return failure.code, f"{failure.text}; this member breaks off: not judged"
        return "corrupt_archive", "the tar breaks off within this member: not judged"

    def _damaged(self) -> Item:
        """Go to the next header that makes sense, and tell what was passed over."""
        begin = self._position - BLOCK
        while (block := self._take(BLOCK)) and len(block) == BLOCK:
            if block[257:262] == b"ustar" and is_header(block):
                self._at -= BLOCK
                break
        text = f"no tar header at byte {begin}: passed over {self._position - begin} bytes"
        return self._error("corrupt_archive", text, begin)

    @property
    def _position(self) -> int:
        return self._stream.position + self._at

    def _error(self, code: str, text: str, offset: int | None = None) -> ReadError:
        place = self._position if offset is None else offset
        return ReadError(self._stream.file.source, place, code, text)


class Body:
    """The bytes of one member, in order."""

    def __init__(self, tar: TarReading, size: int) -> None:
        self._tar = tar
        self._missing = size

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes, none at the end; raises where the archive ends first."""
        if not self._missing:
            return b""
        data = self._tar.take_body(min(size, self._missing))
        if not data:
            raise ReadFaultError(*self._tar.why_short())
        self._missing -= len(data)
        return data
