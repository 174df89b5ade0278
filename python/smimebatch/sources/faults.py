"""What nobody expected of a file: an error of that file, never the end of the run.

A library that meets damage may raise anything. Files that were given to a reader and whose messages
may not have come out are told, and the next ones are read on. What is no matter of one file passes:
errors of the run (a file that changed, a signal), of the machine (no room, no memory), and of what
gives the files.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator
from typing import Protocol

from smimebatch.errors import SmimeBatchError
from smimebatch.sources.items import Item, ReadError
from smimebatch.sources.reading import ReadingOptions
from smimebatch.sources.stream import Stream

OF_MACHINE = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EROFS}
)
"""Reasons for which the next file would fail too."""


class Reader(Protocol):
    """What reads files whose kind is known."""

    def read(self, streams: Iterator[Stream], reading: ReadingOptions) -> Iterator[Item]:
        """Give the messages of these files, in order."""


class Watched:
    """Streams on their way to their readers, and what was raised by whatever gives them."""

    def __init__(self, streams: Iterable[Stream | Item]) -> None:
        self._streams = streams
        self.failure: Exception | None = None

    def __iter__(self) -> Iterator[Stream | Item]:
        try:
            yield from self._streams
        except Exception as error:
            self.failure = error
            raise


def guarded(
    reader: Reader, streams: Iterator[Stream], reading: ReadingOptions, above: Watched
) -> Iterator[Item]:
    """Give what a reader gives; where it fails, an error of each file that may not be whole."""
    given: list[str] = []
    has_item = False

    def noted() -> Iterator[Stream]:
        nonlocal has_item
        for stream in streams:
            if has_item:  # what was given before has all come out
                given.clear()
            has_item = False
            given.append(stream.file.source)
            yield stream

    is_done = False
    while not is_done:
        try:
            for item in reader.read(noted(), reading):
                del given[:-1]  # those before the last one are in this item, or in one before
                has_item = True
                yield item
            is_done = True
        except Exception as error:
            if error is above.failure or not given or not is_of_a_file(error):
                raise
            yield from (unexpected(source, error) for source in given)
            given.clear()
            has_item = False


def is_of_a_file(error: Exception) -> bool:
    """Whether an exception says something of the file at hand, as far as one can know."""
    if isinstance(error, OSError):
        return error.errno not in OF_MACHINE
    return not isinstance(error, SmimeBatchError | MemoryError)


def unexpected(source: str, error: Exception) -> ReadError:
    """Tell in a row that a file was not read to its end, and what was raised."""
    if not is_of_a_file(error):
        raise error
    said = str(error).split("\n", 1)[0]
    text = f"reading stopped, by a fault of smimebatch or a library: {type(error).__name__}: {said}"
    return ReadError(source, None, "unreadable_file", text)
