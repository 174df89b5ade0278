"""Members of a tar that are read when the rest of it was: their bytes lie further to the front.

A hard link is one, and what lies in a directory `tmp` that may be a Maildir's, as long as `cur` and
`new` did not come. The archive is gone through once more, only if there are any; one that comes
only once, out of a pipe or another archive, cannot be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from operator import attrgetter
from typing import NamedTuple

from smimebatch.sources.items import Item, ReadError, ReadFaultError
from smimebatch.sources.members import (
    SMALL_MEMBER_BYTES,
    MemberNames,
    broken_stream,
    small_stream,
)
from smimebatch.sources.opening import sequential_stream
from smimebatch.sources.stream import InputFile, Stream


class Passed(NamedTuple):
    """Where the bytes of a member lie."""

    offset: int
    size: int
    name: str
    """As the archive spells it."""


def read_again(
    archive: Stream, members: list[Passed], names: MemberNames
) -> Iterator[Stream | Item]:
    """Give these members in the order of their bytes, but none that no Maildir finished."""
    again: Stream | None = None
    with ExitStack() as opened:
        for member in sorted(members, key=attrgetter("offset")):
            if names.is_unfinished(member.name):
                continue
            file = names.file(member.name)
            try:
                if again is None or again.position > member.offset:
                    opened.close()
                    again = opened.enter_context(archive.again())
            except OSError as error:
                text = f"the archive cannot be opened again: {error.strerror}"
                yield ReadError(file.source, 0, "unreadable_file", text)
                continue
            again.pass_over(member.offset - again.position)
            yield opened_member(again, member, file)


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


def why_short(archive: Stream) -> ReadFaultError:
    """Say why a member has fewer bytes than it should."""
    failure = archive.failure
    if failure is not None:
        return ReadFaultError(failure.code, f"{failure.text}; this member breaks off: not judged")
    return ReadFaultError("corrupt_archive", "the tar breaks off within this member: not judged")
