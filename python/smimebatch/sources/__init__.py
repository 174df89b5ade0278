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

from collections.abc import Iterable, Iterator

from smimebatch.sources.items import InputBatch, Item, ReadError, Remark
from smimebatch.sources.kinds import checked_format, formats, read_streams
from smimebatch.sources.opening import open_stream
from smimebatch.sources.places import Inputs
from smimebatch.sources.position import Beginning, Position, from_position
from smimebatch.sources.reading import ReadingOptions
from smimebatch.sources.slicing import piece
from smimebatch.sources.stream import InputFile, Stream
from smimebatch.sources.walk import Walk

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
        self.walk: Walk | None = None
        """Told of every file, for runs that cut units."""
        self.files_read = 0
        """Files of messages opened so far."""
        self.stored_bytes_before = 0
        """Bytes of the stored files that were passed over to begin later."""
        self._beginning: Beginning | None = None
        self.messages_before = 0
        """Messages that were passed over to begin later."""
        self._files: Iterable[InputFile | Remark] = inputs
        self._finished_bytes = 0
        self._current: Stream | None = None
        formats()  # a source that does not load is known before anything is read
        checked_format(reading.input_format)

    def begin_at(
        self, position: Position, files: Iterable[InputFile | Remark], messages_before: int
    ) -> None:
        """Begin later: `files` is the rest of the walk from the position's file on."""
        self._beginning = Beginning(position)
        self._files = files
        self.messages_before = messages_before

    @property
    def stored_position(self) -> int:
        """Bytes of the stored files behind us, to be compared with `inputs.stored_bytes()`."""
        current = self._current
        here = current.stored_position if current is not None else 0
        return self.stored_bytes_before + self._finished_bytes + here

    def __iter__(self) -> Iterator[Item]:
        items = read_streams(self._streams(), self.reading, self._count)
        if self._beginning is not None:
            items = from_position(items, self._beginning)
        if self.reading.limit is None:
            return items
        return limited(items, self.reading.limit - self.messages_before)

    def _count(self, stream: Stream) -> None:
        self.files_read += 1

    def _streams(self) -> Iterator[Stream | Item]:
        """Open one file after the other."""
        beginning = self._beginning
        for file in self._files:
            if isinstance(file, Remark):
                yield file
                continue
            is_again = beginning is not None and beginning.position.messages > 0
            is_open = False
            try:
                with open_stream(file) as stream:
                    is_open = True
                    self._open(file, stream.opened, is_again=is_again)
                    stream.beginning = beginning
                    self._current = stream
                    yield from self._read(stream)
            except OSError as error:
                if not is_open:
                    self._open(file, None, is_again=is_again)
                yield unread(file, error, "reading stopped" if is_open else "cannot be opened")
            beginning = None

    def _open(self, file: InputFile, descriptor: int | None, *, is_again: bool) -> None:
        if self.walk is not None:
            self.walk.open(file, descriptor, is_again=is_again)

    def _read(self, stream: Stream) -> Iterator[Stream]:
        """Give an open stream and take note of how it is left."""
        try:
            yield stream
            if self.walk is not None:
                self.walk.check_current()
        finally:
            self._current = None
            self._finished_bytes += stream.stored_bytes
            if self.walk is not None:
                self.walk.leave_current()


def unread(file: InputFile, error: OSError, what: str) -> ReadError:
    """Tell in a row why a file could not be opened, or not read to its end."""
    return ReadError(file.source, None, "unreadable_file", f"{what}: {error.strerror}")


def limited(items: Iterator[Item], limit: int) -> Iterator[Item]:
    """Stop after `limit` messages."""
    left = limit
    for item in items:
        if left <= 0:
            return
        if isinstance(item, InputBatch):
            item = piece(item, 0, min(left, item.rows.num_rows))
            left -= item.rows.num_rows
        yield item
