"""The kinds of input, one module each, and how a stream's kind is told and its messages read.

Files, members of archives and standard input all pass through `read_streams`: whatever holds them,
consecutive ones of a kind share batches. What nobody expected of a file ends that file, and not the
run (`faults`).
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Protocol, TypeAlias, cast

from smimebatch.errors import OptionError
from smimebatch.sources import mail_index
from smimebatch.sources.eml import APPLE_DOUBLE
from smimebatch.sources.faults import (
    Reader,
    Watched,
    guarded,
    is_of_a_file,
    unexpected,
    with_doubt,
)
from smimebatch.sources.items import Item, ReadError, Remark
from smimebatch.sources.names import COMPRESSED, PACKED, name_ending
from smimebatch.sources.not_read import packed_as
from smimebatch.sources.reading import ReadingOptions
from smimebatch.sources.stream import SNIFF_BYTES, Stream

PACKAGE = "smimebatch.sources"
MAIL_NAME = name_ending(r"\.(eml|emlx|mbox|mbx|mmdf|babyl|msg|pst|ost|dbx|olm)", PACKED)
"""Names of files that hold mail, of kinds that are not read too."""
ARCHIVE_NAME = name_ending(r"\.(zip|7z|rar|tar|parquet|tgz|tbz2?|txz|tzst|taz)", PACKED)
"""Names of files that may hold mail beside other things."""
COMPRESSED_NAME = name_ending(COMPRESSED)
MAIL_MAGIC = (b"*mbx*", b"BABYL OPTIONS", b"\1\1\1\1\n", b"!BDN", b"\xcf\xad\x12\xfe")
"""UW's mbx, Babyl, MMDF, Outlook's PST and Outlook Express' DBX."""
CERTAIN = 3
"""What `sniff` says of a kind that no other can be, an archive above all."""


class Source(Reader, Protocol):
    """What a module of this package offers to be a source."""

    FORMAT: str

    def sniff(self, head: bytes, name: str) -> int:
        """Say how sure it is that bytes beginning like this are its kind."""


BY_PLACE: dict[str, Reader] = {mail_index.MAIL_INDEX: mail_index}
"""What only the place of a file tells."""


@cache
def formats() -> dict[str, Source]:
    """Return every source of this package by its name."""
    found = {}
    for module in pkgutil.iter_modules(importlib.import_module(PACKAGE).__path__):
        source = importlib.import_module(f"{PACKAGE}.{module.name}")
        if hasattr(source, "FORMAT"):
            found[source.FORMAT] = cast(Source, source)
    return dict(sorted(found.items()))


@cache
def sniffers() -> tuple[tuple[Callable[[bytes, str], int], Source], ...]:
    """Return every source behind what it tells its kind by."""
    return tuple((source.sniff, source) for source in formats().values())


class LaterSource(Source, Protocol):
    """A source whose files may begin with something else."""

    def begins_later(self, head: bytes) -> bool:
        """Say whether its kind begins further on in these first bytes."""


@cache
def later_sources() -> tuple[LaterSource, ...]:
    """Return the sources whose files may begin with something else."""
    found = (source for source in formats().values() if hasattr(source, "begins_later"))
    return tuple(cast(LaterSource, source) for source in found)


@cache
def archives() -> tuple[Source, ...]:
    """Return the sources whose files hold files."""
    return tuple(source for source in formats().values() if hasattr(source, "MEMBERS"))


def sniff_format(head: bytes, name: str, forced: Source | None = None) -> Source | None:
    """Return the source that is surest about these first bytes, if any is.

    A forced one gives way only to an archive: it is then what its members are. Of what is packed in
    a way that is not read there is no source.
    """
    if packed_as(head) is not None:
        return None
    if forced is not None:
        return next((a for a in archives() if a.sniff(head, name) == CERTAIN), forced)
    surest, most = None, 0
    for sniff, source in sniffers():
        sure = sniff(head, name)
        if sure > most:
            surest, most = source, sure
    if surest is None:
        return next((source for source in later_sources() if source.begins_later(head)), None)
    return surest


def checked_format(name: str | None) -> Source | None:
    """Return the source that --input-format names."""
    if name is None:
        return None
    if name not in formats():
        known = ", ".join(formats())
        raise OptionError("--input-format", expected=f"one of {known}", found=repr(name))
    return formats()[name]


_Opened: TypeAlias = tuple[Reader | None, Stream | Item]


def read_streams(
    streams: Iterator[Stream | Item],
    reading: ReadingOptions,
    opened: Callable[[Stream], None] | None = None,
) -> Iterator[Item]:
    """Give the messages of streams of any kind.

    Each stream is done with when the next is asked for. `opened` is told of every one that holds
    messages.
    """
    above = Watched(sniffed(streams, reading, opened))
    for source, group in groupby(above, key=itemgetter(0)):
        if source is None:
            yield from cast(Iterator[Item], (item for _, item in group))
        else:
            members = cast(Iterator[Stream], (s for _, s in group))
            yield from guarded(source, members, reading, above)


def sniffed(
    streams: Iterable[Stream | Item],
    reading: ReadingOptions,
    opened: Callable[[Stream], None] | None,
) -> Iterator[_Opened]:
    """Give each stream with its source, and what is to be said about the others."""
    forced = checked_format(reading.input_format)
    for stream in streams:
        if not isinstance(stream, Stream):
            yield None, stream
            continue
        source: Reader | None
        if stream.file.format is not None:
            source = BY_PLACE.get(stream.file.format) or formats()[stream.file.format]
        else:
            try:
                source = sniff_format(stream.window(SNIFF_BYTES), stream.file.path, forced)
            except Exception as fault:
                if not is_of_a_file(fault):
                    raise
                for told in unexpected([stream.file.source], fault):
                    yield None, told
                continue
        if source is not None:
            if opened is not None:
                opened(stream)
            yield source, stream
        elif stream.failure is None:
            yield None, unrecognised(stream)
        if stream.failure is not None:
            yield None, with_doubt(stream.failure, stream)
        if stream.trailing is not None:
            yield None, stream.trailing


def unrecognised(stream: Stream) -> Item:
    """Tell of a file that is no mail: an error where the caller or the file says it is."""
    file = stream.file
    head = stream.window(SNIFF_BYTES)
    if not head:
        return Remark(file.source, "empty_file", "the file is empty")
    packed = packed_as(head)
    if packed is not None:
        text = f"this is {packed}, which is not read: unpack it, and give what comes out"
        return ReadError(file.source, 0, "unknown_format", text)
    if file.named:
        kinds = ", ".join(formats())
        text = f"the content is none of {kinds}; --input-format says what it is"
        return ReadError(file.source, 0, "unknown_format", text)
    if says_mail(head, file.path):
        text = "by its name or first bytes this is mail, but of no kind that is read"
        return ReadError(file.source, 0, "unknown_format", text)
    if says_archive(stream):
        text = "by its name this is an archive or compressed, by its first bytes none"
        return ReadError(file.source, 0, "unknown_format", text)
    return Remark(file.source, "not_mail", "not a mail file: passed over")


def says_archive(stream: Stream) -> bool:
    """Whether a file of no kind that is read is called like an archive or a compressed file."""
    name, head = stream.file.path, stream.window(len(APPLE_DOUBLE))
    if head.startswith(APPLE_DOUBLE):
        return False
    is_packed = COMPRESSED_NAME.search(name) is not None and not stream.is_decompressed
    return is_packed or ARCHIVE_NAME.search(name) is not None


def says_mail(head: bytes, name: str) -> bool:
    """Whether a file of no kind that is read claims to hold mail, by its name or first bytes."""
    if head.startswith(APPLE_DOUBLE):
        return False
    return MAIL_NAME.search(name) is not None or head.startswith(MAIL_MAGIC)
