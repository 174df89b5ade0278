"""The members of a zip archive: where one lies, and its bytes, decompressed and checked.

APPNOTE.TXT 6.3.10, §4.3.7 (local header), §4.3.9 (data descriptor), §4.4.5 (methods). Output is
bounded by what the directory says and by the budget of the archive; a checksum that does not fit is
a fault, so that a damaged member is never a broken signature.
"""

from __future__ import annotations

import lzma
import os
import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

import zstandard

from smimebatch.sources.budget import Budget
from smimebatch.sources.compressed import COMPRESSED_CHUNK_BYTES
from smimebatch.sources.items import ReadFaultError
from smimebatch.sources.zip_methods import DECODERS, DEFLATED, STORED, StoredDecoder

LOCAL_MAGIC = b"PK\x03\x04"
LOCAL_HEADER = struct.Struct("<4sHHHHHIIIHH")
DESCRIPTOR_MAGIC = b"PK\x07\x08"
SPLIT_MAGIC, NOT_SPLIT_MAGIC = DESCRIPTOR_MAGIC, b"PK00"
SPLIT_BEGINNINGS = (SPLIT_MAGIC + LOCAL_MAGIC, NOT_SPLIT_MAGIC + LOCAL_MAGIC)
"""APPNOTE.TXT 6.3.10, §8.5.3 and §8.5.4: the first part of a split archive, and an archive that was
written to be split, and fitted into one part."""
ENCRYPTED, SIZES_FOLLOW, UTF8_NAME = 1 << 0, 1 << 3, 1 << 11
ZIP64_EXTRA, IN_ZIP64 = 1, 0xFFFFFFFF
AT_ONCE = frozenset({STORED, DEFLATED})
NAME_ROOM = 512
"""Read beside a header and data, so that one read fetches all of a small member."""


class Member(NamedTuple):
    """Where a member lies, and what is said about it."""

    name: str
    method: int
    flags: int
    header_offset: int
    compressed_size: int
    size: int
    crc: int | None
    is_link: bool = False


class MemberReader:
    """Reads one member in order."""

    def __init__(self, descriptor: int, member: Member, budget: Budget) -> None:
        self._descriptor = descriptor
        self._member = member
        self._budget = budget
        self._decoder = DECODERS[member.method]()
        self._missing = member.compressed_size
        self._crc = 0
        self.size = 0
        """Bytes that came out so far."""
        self._ended = False
        self._begin()

    def _begin(self) -> None:
        """Read the local header, and the data behind it as far as one read goes."""
        member = self._member
        room = LOCAL_HEADER.size + NAME_ROOM + min(self._missing, COMPRESSED_CHUNK_BYTES)
        head = os.pread(self._descriptor, room, member.header_offset)
        data_offset = data_offset_of(head)
        if data_offset is None:
            raise headless()
        self.begin = member.header_offset + data_offset
        self._pending = head[data_offset:][: self._missing]
        self._missing -= len(self._pending)
        self.position = member.header_offset + data_offset + len(self._pending)

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes, none at the end; raises for a member that is damaged."""
        while not self._ended:
            if self._decoder.eof:
                self._end()
                break
            data = self._next_piece(size)
            try:
                output = self._decoder.decompress(data, size)
            except (zlib.error, lzma.LZMAError, OSError, ValueError, EOFError) as error:
                raise damaged(str(error)) from error
            except (struct.error, zstandard.ZstdError) as error:
                raise damaged(str(error)) from error
            if output:
                self.size += len(output)
                self._crc = zlib.crc32(output, self._crc)
                self._budget.spend(len(output))
                if self.size > self._member.size:
                    raise damaged("it is longer than the directory says")
                return output
            is_all_read = not data and not self._missing and not self._pending
            if is_all_read and self._decoder.needs_input:
                self._end()
        return b""

    def _next_piece(self, size: int) -> bytes:
        if not self._decoder.needs_input:
            return b""
        if not self._pending and self._missing:
            wanted = min(self._missing, max(size, COMPRESSED_CHUNK_BYTES))
            self._pending = os.pread(self._descriptor, wanted, self.position)
            if not self._pending:
                raise damaged("the archive breaks off within it")
            self._missing -= len(self._pending)
            self.position += len(self._pending)
        # What is stored comes out at once, so no more than was asked for goes in.
        if isinstance(self._decoder, StoredDecoder):
            piece, self._pending = self._pending[:size], self._pending[size:]
        else:
            piece, self._pending = self._pending, b""
        return piece

    def _end(self) -> None:
        self._ended = True
        check_whole(self._member, self.size, self._crc)

    @property
    def end(self) -> int:
        """Where the compressed data ended, once everything was read."""
        return self.position - len(self._decoder.unused_data) - len(self._pending)


def whole_member(descriptor: int, member: Member, budget: Budget) -> bytes:
    """Return everything of a member that is known to be small."""
    if member.method in AT_ONCE and member.compressed_size <= COMPRESSED_CHUNK_BYTES:
        return read_at_once(descriptor, member, budget)
    reader = MemberReader(descriptor, member, budget)
    pieces = []
    while piece := reader.read(max(1, member.size)):
        pieces.append(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def read_at_once(descriptor: int, member: Member, budget: Budget) -> bytes:
    """Read and inflate in one call each, 64 KiB at most and so 64 MiB at most."""
    size = member.compressed_size
    head = os.pread(descriptor, LOCAL_HEADER.size + NAME_ROOM + size, member.header_offset)
    begin = data_offset_of(head)
    if begin is None:
        raise headless()
    data = head[begin : begin + size]
    if len(data) < size:
        data = os.pread(descriptor, size, member.header_offset + begin)
    if len(data) < size:
        raise damaged("the archive breaks off within it")
    try:
        output = data
        if member.method == DEFLATED:
            output = zlib.decompress(data, wbits=-15, bufsize=member.size + 1)
    except zlib.error as error:
        raise damaged(str(error)) from error
    budget.spend(len(output))
    check_whole(member, len(output), zlib.crc32(output))
    return output


def check_whole(member: Member, size: int, crc: int) -> None:
    """Compare what came out with what the directory says; raises for a member that is damaged."""
    if size != member.size:
        raise damaged(f"{size} of {member.size} bytes came out")
    if member.crc is not None and crc != member.crc:
        raise damaged("its checksum is wrong")


def headless() -> ReadFaultError:
    """Make the fault of a member that is not where it should be."""
    return ReadFaultError("corrupt_archive", "no header where the directory points to: not judged")


def damaged(text: str) -> ReadFaultError:
    """Make the fault of a member that cannot be trusted."""
    said = f"the member is damaged: {text}; not judged"
    return ReadFaultError("corrupt_archive", said, is_confirmed=False)


def data_offset_of(head: bytes) -> int | None:
    """Return where the data begin behind a local header."""
    if len(head) < LOCAL_HEADER.size or not head.startswith(LOCAL_MAGIC):
        return None
    *_, name_length, extra_length = LOCAL_HEADER.unpack_from(head)
    return int(LOCAL_HEADER.size + name_length + extra_length)


def members_in_order(descriptor: int, archive_bytes: int, budget: Budget) -> Iterator[Member]:
    """Find members front to back by their own headers, as far as those lead."""
    is_split = os.pread(descriptor, 8, 0) in SPLIT_BEGINNINGS
    offset = len(SPLIT_MAGIC) if is_split else 0
    while True:
        head = os.pread(descriptor, LOCAL_HEADER.size + (128 << 10), offset)
        data_offset = data_offset_of(head)
        if data_offset is None or data_offset > len(head):
            return
        member = member_of_local_header(head, data_offset, offset)
        end = offset + data_offset + member.compressed_size
        if member.flags & SIZES_FOLLOW and not member.compressed_size:
            if member.method not in DECODERS or member.method == 0 or member.flags & ENCRYPTED:
                yield member
                return
            member, end = measured(descriptor, member, archive_bytes, budget)
        yield member
        if end >= archive_bytes:
            return
        offset = end + descriptor_length(os.pread(descriptor, 32, end), member.flags)


def member_of_local_header(head: bytes, data_offset: int, offset: int) -> Member:
    """Read a local header, its sizes from the ZIP64 extra field where they lie there."""
    _, _, flags, method, _, _, crc, compressed, size, name_length, _ = LOCAL_HEADER.unpack_from(
        head
    )
    name = head[LOCAL_HEADER.size : LOCAL_HEADER.size + name_length]
    extra = head[LOCAL_HEADER.size + name_length : data_offset]
    if IN_ZIP64 in (compressed, size):
        while len(extra) >= 4:
            kind, length = struct.unpack_from("<HH", extra)
            if kind == ZIP64_EXTRA and length >= 16 and len(extra) >= 20:
                size, compressed = struct.unpack_from("<QQ", extra, 4)
                break
            extra = extra[4 + length :]
    encoding = "utf-8" if flags & UTF8_NAME else "cp437"
    return Member(
        name=name.decode(encoding, "backslashreplace"),
        method=method,
        flags=flags,
        header_offset=offset,
        compressed_size=compressed,
        size=size,
        crc=None if flags & SIZES_FOLLOW else crc,
    )


def measured(
    descriptor: int, member: Member, archive_bytes: int, budget: Budget
) -> tuple[Member, int]:
    """Decompress a member whose sizes stand behind it, to find them; where it ends."""
    unknown = member._replace(compressed_size=archive_bytes - member.header_offset, size=1 << 62)
    reader = MemberReader(descriptor, unknown, budget)
    try:
        while reader.read(COMPRESSED_CHUNK_BYTES):
            pass
    except ReadFaultError as fault:
        if fault.code == "archive_limit":
            raise
    return unknown._replace(size=reader.size, compressed_size=reader.end - reader.begin), reader.end


def descriptor_length(behind: bytes, flags: int) -> int:
    """Return the length of the data descriptor behind a member, if it has one."""
    if not flags & SIZES_FOLLOW:
        return 0
    start = 4 if behind.startswith(DESCRIPTOR_MAGIC) else 0
    for length in (12, 20):
        if behind[start + length :][:2] == b"PK":
            return start + length
    return start + 12
