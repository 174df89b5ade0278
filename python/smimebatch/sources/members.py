"""What archives of files have in common: members become streams of their own, of any kind.

Nothing is extracted, and a member's name is never a path: it only stands in `source`, as
`archive!member`. Members that are archives themselves are opened too, to a depth that is bounded.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

from smimebatch.sources.compressed import sniff_compression
from smimebatch.sources.held import BytesStream
from smimebatch.sources.items import Item, ReadError, Remark
from smimebatch.sources.kinds import read_streams
from smimebatch.sources.reading import ReadingOptions
from smimebatch.sources.stream import InputFile, Stream, sequential_stream

SMALL_MEMBER_BYTES = 1 << 20
"""A member up to this size is taken at once."""
MAX_DEPTH = 4
"""Archives in archives; a mail archive has one or two (own choice)."""
PASSED_OVER = frozenset({"not_mail", "empty_file"})


def read_members(
    stream: Stream, members: Iterator[Stream | Item], reading: ReadingOptions
) -> Iterator[Item]:
    """Give the messages of the members of one archive; those that are no mail are one remark."""
    if stream.file.depth >= MAX_DEPTH:
        text = f"archives lie inside each other more than {MAX_DEPTH} deep: not opened"
        yield ReadError(stream.file.source, None, "archive_limit", text)
        return
    passed_over = 0
    for item in read_streams(members, reading):
        if isinstance(item, Remark) and item.code in PASSED_OVER:
            passed_over += 1
        else:
            yield item
    if passed_over:
        text = f"members that are not mail: {passed_over}, passed over"
        yield Remark(stream.file.source, "not_mail", text)


def member_file(archive: InputFile, name: str) -> InputFile:
    """Return a member as a file: its name as valid UTF-8, behind that of the archive."""
    printable = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    source = f"{archive.source}!{printable}"
    return InputFile(printable, source, named=False, depth=archive.depth + 1)


def small_stream(file: InputFile, data: bytes) -> Stream:
    """Make the stream of a member whose bytes are all there."""
    if sniff_compression(data) is not None:
        return sequential_stream(file, io.BytesIO(data).read)
    return BytesStream(file, data)
