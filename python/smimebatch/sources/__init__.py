"""From the inputs that the caller names to record batches of raw messages.

Each module of this package that has a `FORMAT` is a source; a further one is one new file. Such a
module offers

    FORMAT: str                                        the value of --input-format
    def sniff(head: bytes, name: str) -> int           0 no, 1 perhaps, 2 likely, 3 certain
    def read(streams: Iterator[Stream], reading: ReadingOptions) -> Iterator[Item]

and is given consecutive files of its kind, so that many small files share a batch. The kind is told
by content, never by name alone; bytes stay bytes (RULES 31).
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Protocol, TypeAlias, cast

from smimebatch.errors import OptionError
from smimebatch.sources.items import InputBatch, Item, ReadError, Remark
from smimebatch.sources.places import Inputs
from smimebatch.sources.reading import ReadingOptions
from smimebatch.sources.stream import SNIFF_BYTES, InputFile, Stream, open_stream

__all__ = [
    "Archive",
    "InputBatch",
    "Inputs",
    "Item",
    "ReadError",
    "ReadingOptions",
    "Remark",
    "formats",
]


class Source(Protocol):
    """What a module of this package offers to be a source."""

    FORMAT: str

    def sniff(self, head: bytes, name: str) -> int:
        """Say how sure it is that bytes beginning like this are its kind."""

    def read(self, streams: Iterator[Stream], reading: ReadingOptions) -> Iterator[Item]:
        """Give the messages of these files, in order."""


@cache
def formats() -> dict[str, Source]:
    """Return every source of this package by its name."""
    found = {}
    for module in pkgutil.iter_modules(__path__):
        source = importlib.import_module(f"{__name__}.{module.name}")
        if hasattr(source, "FORMAT"):
            found[source.FORMAT] = cast(Source, source)
    return dict(sorted(found.items()))


def sniff_format(head: bytes, name: str) -> Source | None:
    """Return the source that is surest about these first bytes, if any is."""
    surest = max(formats().values(), key=lambda source: source.sniff(head, name))
    return surest if surest.sniff(head, name) else None


def checked_format(name: str | None) -> Source | None:
    """Return the source that --input-format names."""
    if name is None:
        return None
    if name not in formats():
        known = ", ".join(formats())
        raise OptionError("--input-format", expected=f"one of {known}", found=repr(name))
    return formats()[name]


_Opened: TypeAlias = tuple[Source | None, Stream | Item]


class Archive:
    """All messages of the inputs in a fixed order, read as they are asked for."""

    def __init__(self, inputs: Inputs, reading: ReadingOptions) -> None:
        self.inputs = inputs
        self.reading = reading
        self.files_read = 0
        """Files of messages opened so far."""
        self._finished_bytes = 0
        self._current: Stream | None = None
        formats()  # a source that does not load is known before anything is read
        self._forced = checked_format(reading.input_format)

    @property
    def stored_position(self) -> int:
        """Bytes of the stored files behind us, to be compared with `inputs.stored_bytes()`."""
        current = self._current
        return self._finished_bytes + (current.stored_position if current is not None else 0)

    def __iter__(self) -> Iterator[Item]:
        items = self._items()
        return items if self.reading.limit is None else limited(items, self.reading.limit)

    def _items(self) -> Iterator[Item]:
        for source, opened in groupby(self._opened(), key=itemgetter(0)):
            if source is None:
                yield from cast(Iterator[Item], (item for _, item in opened))
            else:
                streams = cast(Iterator[Stream], (stream for _, stream in opened))
                yield from source.read(streams, self.reading)

    def _opened(self) -> Iterator[_Opened]:
        """Give each file's stream with its source, and what is to be said about the others."""
        for file in self.inputs:
            if isinstance(file, Remark):
                yield None, file
                continue
            try:
                with open_stream(file) as stream:
                    self._current = stream
                    source = self._forced or sniff_format(stream.window(SNIFF_BYTES), file.path)
                    if source is None:
                        yield None, unrecognised(file, stream)
                    else:
                        self.files_read += 1
                        yield source, stream
                    self._current = None
                    self._finished_bytes += stream.stored_bytes
                    if stream.failure is not None:
                        yield None, stream.failure
            except OSError as error:
                yield None, unopened(file, error)


def unopened(file: InputFile, error: OSError) -> ReadError:
    """Tell in a row why a file could not be opened."""
    return ReadError(file.source, None, "unreadable_file", f"cannot be opened: {error.strerror}")


def unrecognised(file: InputFile, stream: Stream) -> Item:
    """Tell of a file that is no mail: an error where the caller named it, else a remark."""
    if not stream.window(1) and stream.failure is None:
        return Remark(file.source, "empty_file", "the file is empty")
    if file.named or stream.failure is not None:
        kinds = ", ".join(formats())
        text = f"the content is none of {kinds}; --input-format says what it is"
        return ReadError(file.source, 0, "unknown_format", text)
    return Remark(file.source, "not_mail", "not a mail file: passed over")


def limited(items: Iterator[Item], limit: int) -> Iterator[Item]:
    """Stop after `limit` messages."""
    left = limit
    for item in items:
        if left <= 0:
            return
        if isinstance(item, InputBatch):
            rows = item.rows.slice(0, left)
            left -= rows.num_rows
            item = InputBatch(rows, item.payload_bytes * rows.num_rows // item.rows.num_rows)
        yield item
