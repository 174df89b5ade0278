"""From the inputs that the caller names to record batches of raw messages.

Each module of this package that has a `FORMAT` is a source; a further one is one new file. Such a
module offers

    FORMAT: str                                        the value of --input-format
    def sniff(head: bytes, name: str) -> int           0 no, 1 perhaps, 2 likely, 3 certain
    def read(streams: Iterator[Stream], reading: ReadingOptions) -> Iterator[Item]

and is given consecutive files of its kind, so that many small files share a batch. One with
`MEMBERS = True` holds files of any kind, and gives their messages through `kinds.read_streams`. The
kind is told by content, never by name alone; bytes stay bytes (RULES 31). A source may have
`begins_later(head: bytes) -> bool` too, asked where nothing is any kind: mail behind junk.
"""

from __future__ import annotations

from collections.abc import Iterator

from smimebatch.sources.items import InputBatch, Item, ReadError, Remark
from smimebatch.sources.kinds import checked_format, formats, read_streams
from smimebatch.sources.opening import open_stream
from smimebatch.sources.places import Inputs
from smimebatch.sources.reading import ReadingOptions
from smimebatch.sources.stream import InputFile, Stream

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
        checked_format(reading.input_format)

    @property
    def stored_position(self) -> int:
        """Bytes of the stored files behind us, to be compared with `inputs.stored_bytes()`."""
        current = self._current
        return self._finished_bytes + (current.stored_position if current is not None else 0)

    def __iter__(self) -> Iterator[Item]:
        items = read_streams(self._streams(), self.reading, self._count)
        return items if self.reading.limit is None else limited(items, self.reading.limit)

    def _count(self, stream: Stream) -> None:
        self.files_read += 1

    def _streams(self) -> Iterator[Stream | Item]:
        """Open one file after the other."""
        for file in self.inputs:
            if isinstance(file, Remark):
                yield file
                continue
            try:
                with open_stream(file) as stream:
                    self._current = stream
                    yield stream
                    self._current = None
                    self._finished_bytes += stream.stored_bytes
            except OSError as error:
                yield unopened(file, error)


def unopened(file: InputFile, error: OSError) -> ReadError:
    """Tell in a row why a file could not be opened."""
    return ReadError(file.source, None, "unreadable_file", f"cannot be opened: {error.strerror}")


def limited(items: Iterator[Item], limit: int) -> Iterator[Item]:
    """Stop after `limit` messages."""
    left = limit
    for item in items:
        if left <= 0:
            return
        if isinstance(item, InputBatch):
            rows = item.rows.slice(0, left)
            left -= rows.num_rows
            payload_bytes = item.payload_bytes * rows.num_rows // item.rows.num_rows
            item = InputBatch(rows, payload_bytes, item.stored)
        yield item
