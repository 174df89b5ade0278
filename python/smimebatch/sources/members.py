"""What archives of files have in common: members become streams of their own, of any kind.

Nothing is extracted, and a member's name is never a path: it only stands in `source`, as
`archive!member`. Members that are archives themselves are opened too, to a depth that is bounded.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

from smimebatch.sources.budget import Budget
from smimebatch.sources.compressed import sniff_compression
from smimebatch.sources.held import BytesStream
from smimebatch.sources.items import Item, ReadError, ReadFaultError, Remark
from smimebatch.sources.kinds import read_streams
from smimebatch.sources.maildir import UNFINISHED_DIRECTORY, SeenMaildirs, above_tmp
from smimebatch.sources.names import MEMBER_SEPARATOR, is_plain, printable_name
from smimebatch.sources.opening import sequential_stream
from smimebatch.sources.reading import ReadingOptions
from smimebatch.sources.stream import InputFile, Stream

SMALL_MEMBER_BYTES = 1 << 20
"""A member up to this size is taken at once."""
MAX_DEPTH = 4
"""Archives in archives; a mail archive has one or two (own choice)."""
PASSED_OVER = frozenset({"not_mail", "empty_file"})
NAMED_MEMBERS = 5
"""So many of the members that are no mail are named in the remark about them."""


def read_members(
    stream: Stream, members: Iterator[Stream | Item], reading: ReadingOptions
) -> Iterator[Item]:
    """Give the messages of the members of one archive; those that are no mail are one remark."""
    if stream.file.depth >= MAX_DEPTH:
        text = f"archives lie inside each other more than {MAX_DEPTH} deep: not opened"
        yield ReadError(stream.file.source, None, "archive_limit", text)
        return
    passed_over = 0
    first: list[str] = []
    for item in read_streams(members, reading):
        if isinstance(item, Remark) and item.code in PASSED_OVER:
            passed_over += 1
            if len(first) < NAMED_MEMBERS:
                first.append(item.source.removeprefix(stream.file.source + MEMBER_SEPARATOR))
        else:
            yield item
    if passed_over:
        more = ", …" if passed_over > len(first) else ""
        text = f"members that are not mail: {passed_over}, passed over: {', '.join(first)}{more}"
        yield Remark(stream.file.source, "not_mail", text)


class MemberNames:
    """The members of one archive as files, no two of the same name."""

    def __init__(self, archive: InputFile, budget: Budget) -> None:
        self._archive = archive
        self._budget = budget
        self._counts: dict[str, int] = {}
        """How often each name came, as it is printed."""
        self._maildirs = SeenMaildirs()
        self.see = self._maildirs.see
        self.is_unfinished = self._maildirs.is_unfinished

    def file(self, name: str) -> InputFile:
        """Return a member as a file; where its name came before, `source` gets a number."""
        self.see(name)
        printed = name
        if not is_plain(name):
            printed = printable_name(name.encode("utf-8", "surrogateescape"))
        unique = self._numbered(printed) if printed in self._counts else printed
        self._counts[unique] = 1
        source = f"{self._archive.source}{MEMBER_SEPARATOR}{unique}"
        depth = self._archive.depth + 1
        return InputFile(printed, source, named=False, depth=depth, budget=self._budget)

    def _numbered(self, printed: str) -> str:
        count = self._counts[printed]
        while True:
            count += 1
            numbered = f"{printed}#{count}"
            if numbered not in self._counts:
                self._counts[printed] = count
                return numbered

    @staticmethod
    def may_be_unfinished(name: str) -> bool:
        """Whether a member would be no message, were a directory above it a Maildir."""
        return UNFINISHED_DIRECTORY + "/" in name and any(True for _ in above_tmp(name))


def small_stream(file: InputFile, data: bytes) -> Stream:
    """Make the stream of a member whose bytes are all there."""
    if sniff_compression(data) is not None:
        return sequential_stream(file, io.BytesIO(data).read)
    return BytesStream(file, data)


def broken_stream(file: InputFile, data: bytes, fault: ReadFaultError) -> Stream:
    """Make the stream of a member of which only the beginning is there, and why."""
    there = io.BytesIO(data)

    def read(size: int) -> bytes:
        piece = there.read(size)
        if not piece:
            raise fault
        return piece

    return sequential_stream(file, read)
