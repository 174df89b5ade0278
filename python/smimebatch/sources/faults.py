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
from dataclasses import replace
from typing import Any, Generic, Protocol, TypeVar

import pyarrow.compute as pc

from smimebatch.errors import SmimeBatchError
from smimebatch.sources.items import InputBatch, Item, ReadError
from smimebatch.sources.names import MEMBER_SEPARATOR
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
    given: list[Stream] = []
    has_item = False

    def noted() -> Iterator[Stream]:
        nonlocal has_item
        for stream in streams:
            if has_item:  # what was given before has all come out
                given.clear()
            has_item = False
            given.append(stream)
            yield stream

    is_done = False
    while not is_done:
        try:
            for item in reader.read(noted(), reading):
                if isinstance(item, InputBatch) and given:
                    given[-1].messages_read += messages_of(item.rows, given)
                del given[:-1]  # those before the last one are in this item, or in one before
                has_item = True
                yield item
            is_done = True
        except Exception as error:
            if error is above.failure or not given or not is_of_a_file(error):
                raise
            yield from unexpected([stream.file.source for stream in given], error)
            given.clear()
            has_item = False


def messages_of(rows: Any, given: list[Stream]) -> int:
    """Count the messages with bytes of the last of these files, which may share the rows."""
    is_read = pc.is_null(rows["read_error"])
    if len(given) > 1:
        name, sources = given[-1].file.source, rows["source"]
        is_member = pc.starts_with(sources, name + MEMBER_SEPARATOR)
        is_read = pc.and_(is_read, pc.or_(pc.equal(sources, name), is_member))
    return int(pc.sum(is_read).as_py() or 0)


def with_doubt(failure: ReadError, stream: Stream) -> ReadError:
    """Say of what ended a file which messages before it rest on bytes that nothing confirms."""
    count = stream.messages_read
    if stream.beginning is not None:
        count += stream.beginning.passed_over
    if stream.is_confirmed or not count:
        return failure
    doubt = "messages read before it, which no checksum confirms and which may be damaged, too"
    return replace(failure, text=f"{failure.text}; {doubt}: {count}")


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
