"""What nobody expected of a file: an error of that file, never the end of the run.

A library that meets damage may raise anything. Files that were given to a reader and whose messages
may not have come out are told, and the next ones are read on. What is no matter of one file passes:
errors of the run (a file that changed, a signal), of the machine (no room, no memory), and of what
gives the files. The traceback of what was raised goes to the logger of this module, at DEBUG.
"""

from __future__ import annotations

import errno
import logging
from collections.abc import Iterable, Iterator
from typing import Any, Generic, Protocol, TypeVar

from smimebatch.errors import SmimeBatchError
from smimebatch.sources.items import Item, ReadError
from smimebatch.sources.reading import ReadingOptions
from smimebatch.sources.stream import Stream

LOGGER = logging.getLogger(__name__)
OF_MACHINE = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EROFS}
)
"""Reasons for which the next file would fail too."""


T = TypeVar("T")


class Reader(Protocol):
    """What reads files whose kind is known."""

    def read(self, streams: Iterator[Stream], reading: ReadingOptions) -> Iterator[Item]:
        """Give the messages of these files, in order.

        Messages of several files may come out together. Once anything came out behind the last
        file that was given, all of that one is out before the next is asked for: so it is known
        which files are lost where this fails.
        """


class Watched(Generic[T]):
    """What is on its way to readers, and what was raised by whatever gives it."""

    def __init__(self, given: Iterable[T]) -> None:
        self._given = given
        self.failure: Exception | None = None

    def __iter__(self) -> Iterator[T]:
        try:
            yield from self._given
        except Exception as error:
            self.failure = error
            raise


def guarded(
    reader: Reader, streams: Iterator[Stream], reading: ReadingOptions, above: Watched[Any]
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
            yield from unexpected(given, error)
            given.clear()
            has_item = False


def is_of_a_file(error: Exception) -> bool:
    """Whether an exception says something of the file at hand, as far as one can know."""
    if isinstance(error, OSError):
        return error.errno not in OF_MACHINE
    return not isinstance(error, SmimeBatchError | MemoryError)


def unexpected(sources: Iterable[str], error: Exception) -> Iterator[ReadError]:
    """Tell in a row of each file that it was not read to its end, and what was raised."""
    LOGGER.debug("a file was not read to its end", exc_info=error)
    said = str(error).split("\n", 1)[0]
    text = f"reading stopped, by a fault of smimebatch or a library: {type(error).__name__}: {said}"
    for source in sources:
        yield ReadError(source, None, "unreadable_file", text)
