"""The members of a zip archive: where one lies, and its bytes, decompressed and checked.

APPNOTE.TXT 6.3.10, §4.3.7 (local header), §4.4.5 (methods). Output is
bounded by what the directory says and by the budget of the archive; a checksum that does not fit is
a fault, so that a damaged member is never a broken signature.
"""

from __future__ import annotations

import lzma
import os
import struct
import zlib
from typing import NamedTuple

import zstandard

from smimebatch.sources.budget import Budget
from smimebatch.sources.compressed import COMPRESSED_CHUNK_BYTES
from smimebatch.sources.items import ReadFaultError
from smimebatch.sources.zip_methods import DECODERS, DEFLATED, STORED, StoredDecoder

LOCAL_MAGIC = b"PK\x03\x04"
LOCAL_HEADER = struct.Struct("<4sHHHHHIIIHH")
ENCRYPTED = 1 << 0
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
    def has_ended(self) -> bool:
        """Whether what is compressed said that it ends."""
        return self._decoder.eof

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
