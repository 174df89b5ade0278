"""zip (APPNOTE.TXT 6.3.10), members read where they lie, without extracting anything.

The standard library reads the directory at the end of the archive; the members' bytes are read with
pread, decompressed with bounded memory, and checked. Where that directory is missing, because the
file breaks off, members are found front to back by their own headers. What a bomb promises is
bounded by the size of the archive; members that overlap are refused.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from smimebatch.sources.budget import Budget
from smimebatch.sources.items import Item, ReadError, ReadFaultError, Remark
from smimebatch.sources.members import (
    SMALL_MEMBER_BYTES,
    MemberNames,
    broken_stream,
    read_members,
    small_stream,
)
from smimebatch.sources.opening import sequential_stream
from smimebatch.sources.reading import ReadingOptions
from smimebatch.sources.stream import (
    InputFile,
    PlainStream,
    Stream,
)
from smimebatch.sources.zip_directory import END_MAGIC, directory, overlapping
from smimebatch.sources.zip_in_order import SPLIT_BEGINNINGS, members_in_order
from smimebatch.sources.zip_member import (
    ENCRYPTED,
    LOCAL_MAGIC,
    Member,
    MemberReader,
    whole_member,
)
from smimebatch.sources.zip_methods import DECODERS

FORMAT = "zip"
MEMBERS = True


def sniff(head: bytes, name: str) -> int:
    """A local header, or the end of the directory of an archive of nothing."""
    return 3 if head.startswith((LOCAL_MAGIC, END_MAGIC, *SPLIT_BEGINNINGS)) else 0


def read(streams: Iterator[Stream], reading: ReadingOptions) -> Iterator[Item]:
    """Give the messages of each archive's members."""
    for stream in streams:
        with random_access(stream) as descriptor:
            stream.is_confirmed = True  # each member has a checksum of its own
            zip_reading = ZipReading(stream, descriptor)
            yield from read_members(stream, zip_reading.members(), reading)


@contextmanager
def random_access(stream: Stream) -> Iterator[int]:
    """Give a descriptor for pread on what the stream holds."""
    if isinstance(stream, PlainStream):
        yield stream.descriptor
        return
    with stream.spool() as file:
        yield file.fileno()


class ZipReading:
    """One archive, member by member."""

    def __init__(self, stream: Stream, descriptor: int) -> None:
        self._stream = stream
        self._descriptor = descriptor
        self._bytes = os.fstat(descriptor).st_size
        file = stream.file
        self._budget = Budget(file.source, lambda: self._bytes, file.budget)
        self._names = MemberNames(file, self._budget)

    def members(self) -> Iterator[Stream | Item]:
        """Give every member that is a file, and what is to be said about the others."""
        listed: Iterable[Member]
        refused: set[int] = set()
        try:
            listed, has_unlisted, is_at_end = directory(self._descriptor)
            if has_unlisted:
                yield self._error("members before the first one of its directory are not listed")
            elif not is_at_end:
                yield self._error("octets behind its end, or some missing there: not read")
            refused = overlapping(listed)
            for member in listed:
                self._names.see(member.name)
        except ValueError as error:
            is_part = os.pread(self._descriptor, len(SPLIT_BEGINNINGS[0]), 0) == SPLIT_BEGINNINGS[0]
            remedy = "; it is a part of a split archive: join the parts first" if is_part else ""
            what = f"the directory at its end is missing or damaged ({error})"
            yield self._error(f"{what}: members are looked for{remedy}")
            listed = members_in_order(self._descriptor, self._bytes, self._budget)
        try:
            for member in listed:
                self._budget.spend(0)
                self._show_progress(member)
                is_directory = member.name.endswith("/") and not member.size
                if not is_directory and not self._names.is_unfinished(member.name):
                    yield self._opened(member, self._names.file(member.name), refused)
        except ReadFaultError as fault:
            yield self._error(fault.text, fault.code)

    def _error(self, text: str, code: str = "corrupt_archive") -> ReadError:
        return ReadError(self._stream.file.source, None, code, text)

    def _opened(self, member: Member, file: InputFile, refused: set[int]) -> Stream | Item:
        if member.is_link:
            return Remark(file.source, "linked_member", "a link to another file: not followed")
        if member.flags & ENCRYPTED:
            text = "the member is encrypted: extract it with its password first"
            return ReadError(file.source, None, "encrypted_member", text)
        if not 0 <= member.header_offset < self._bytes:
            text = "its place lies outside the archive, of which octets are missing: not judged"
            return broken_stream(file, b"", ReadFaultError("corrupt_archive", text))
        if member.method not in DECODERS:
            text = f"compressed by method {member.method}, which is not supported"
            return ReadError(file.source, None, "unsupported_member", text)
        if member.header_offset in refused:
            text = "the member's bytes belong to another one too: not read"
            return ReadError(file.source, None, "corrupt_archive", text)
        try:
            if member.size <= SMALL_MEMBER_BYTES:
                whole = whole_member(self._descriptor, member, self._budget)
                return small_stream(file, whole)
            reader = MemberReader(self._descriptor, member, self._budget)
        except ReadFaultError as fault:
            if fault.code == "archive_limit":
                raise
            return broken_stream(file, b"", fault)
        return sequential_stream(file, reader.read)

    def _show_progress(self, member: Member) -> None:
        """Move the archive's window along, which nobody else looks through."""
        if isinstance(self._stream, PlainStream):
            self._stream.advance(max(0, member.header_offset - self._stream.position))
