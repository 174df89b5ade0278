"""Members of a tar that are read when the rest of it was: their bytes lie further to the front.

A hard link is one, and what lies in a directory `tmp` that may be a Maildir's, as long as `cur` and
`new` did not come. The archive is gone through once more, only if there are any; one that comes
only once, out of a pipe or another archive, cannot be. How much comes out is bounded: a header of
512 bytes can ask for a message once more.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from smimebatch.sources.budget import Budget
from smimebatch.sources.items import Item, ReadError, ReadFaultError
from smimebatch.sources.members import (
    SMALL_MEMBER_BYTES,
    MemberNames,
    broken_stream,
    small_stream,
)
from smimebatch.sources.opening import sequential_stream
from smimebatch.sources.stream import InputFile, Stream

COPIED_AT_ONCE_BYTES = 1 << 20


class Passed(NamedTuple):
    """Where the bytes of a member lie."""

    offset: int
    size: int
    name: str
    """As the archive spells it."""


BY_OFFSET = attrgetter("offset")


def read_again(
    archive: Stream, members: list[Passed], names: MemberNames, budget: Budget
) -> Iterator[Stream | Item]:
    """Give these members in the order of their bytes, but none that no Maildir finished."""
    wanted = [member for member in members if not names.is_unfinished(member.name)]
    if not wanted:
        return
    try:
        with archive.again() as again:
            for _, same in groupby(sorted(wanted, key=BY_OFFSET), key=BY_OFFSET):
                yield from read_same(again, list(same), names, budget)
    except OSError as error:
        text = f"it cannot be read again for {len(wanted)} hard links: {error.strerror}"
        yield ReadError(archive.file.source, None, "unreadable_file", text)
    except ReadFaultError as fault:
        yield ReadError(archive.file.source, None, fault.code, fault.text)


def read_same(
    archive: Stream, members: list[Passed], names: MemberNames, budget: Budget
) -> Iterator[Stream | Item]:
    """Give members that are the same bytes."""
    offset, size, _ = members[0]
    archive.pass_over(offset - archive.position)
    if size <= SMALL_MEMBER_BYTES or len(members) == 1:
        for member in members:
            budget.spend(size)
            yield opened_member(archive, member, names.file(member.name))
        return
    with tempfile.TemporaryFile(prefix="smimebatch-") as copy:
        read = body_reader(archive, size)
        try:
            while piece := read(COPIED_AT_ONCE_BYTES):
                copy.write(piece)
        except ReadFaultError as fault:
            for member in members:
                yield broken_stream(names.file(member.name), b"", fault)
            return
        copy.flush()
        for member in members:
            budget.spend(size)
            yield sequential_stream(names.file(member.name), file_reader(copy.fileno()))


def opened_member(archive: Stream, member: Passed, file: InputFile) -> Stream:
    """Return the member that begins at the archive's window."""
    if member.size > SMALL_MEMBER_BYTES:
        return sequential_stream(file, body_reader(archive, member.size))
    data = archive.window(member.size)
    if len(data) == member.size:
        return small_stream(file, data)
    return broken_stream(file, data, why_short(archive))


def body_reader(archive: Stream, size: int) -> Callable[[int], bytes]:
    """Return what reads so many bytes of the archive and moves on."""
    missing = size

    def read(wanted: int) -> bytes:
        nonlocal missing
        data = archive.window(min(wanted, missing))
        if not data and missing:
            raise why_short(archive)
        archive.advance(len(data))
        missing -= len(data)
        return data

    return read


def file_reader(descriptor: int) -> Callable[[int], bytes]:
    """Return what reads a file in order, whoever else reads it."""
    position = 0

    def read(wanted: int) -> bytes:
        nonlocal position
        data = os.pread(descriptor, wanted, position)
        position += len(data)
        return data

    return read


def why_short(archive: Stream) -> ReadFaultError:
    """Say why a member has fewer bytes than it should."""
    failure = archive.failure
    if failure is not None:
        return ReadFaultError(failure.code, f"{failure.text}; this member breaks off: not judged")
    return ReadFaultError("corrupt_archive", "the tar breaks off within this member: not judged")
