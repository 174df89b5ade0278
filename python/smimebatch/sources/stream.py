"""One input file as a window of bytes that moves forward, whatever lies under it.

A plain file is read with pread at the window's position, so that the piece of a message left over
at the end of one window is read again instead of being copied (RULES 45: never mmap, a file may
shrink under us). What comes once keeps that piece itself (`held`). Faults of the operating system
and of compressed streams end the window early and are kept in `failure`; they become rows, not
exceptions.
"""

from __future__ import annotations

import os
import tempfile
from abc import ABC, abstractmethod
from typing import Any, NamedTuple, Self

import pyarrow as pa

from smimebatch.sources.budget import Budget
from smimebatch.sources.items import ReadError
from smimebatch.sources.memory import lend
from smimebatch.sources.position import Beginning
from smimebatch.sources.stored import StoredRange

SNIFF_BYTES = 64 << 10
SPOOL_CHUNK_BYTES = 1 << 20
PASSED_OVER_BYTES = 1 << 20
STANDARD_INPUT = "-"


class InputFile(NamedTuple):
    """A file to read, and its name in the results."""

    path: str
    """As the operating system wants it (surrogateescape), or `-`; of a member its name alone."""
    source: str
    """Relative to the input root, valid UTF-8."""
    named: bool
    """Whether the caller named this very file, rather than a directory above it."""
    format: str | None = None
    """What it is, where its place says so: a message of a Maildir."""
    depth: int = 0
    """Archives around it."""
    is_only: bool = False
    """Whether it is all that the caller named."""
    may_be_pipe: bool = False
    """Whether the caller spelled this path: what a directory, a glob or a list brought along is
    read only if it is a regular file, as a pipe or a device may keep a reader for ever."""
    refused: str | None = None
    """Why it is told and not read, where its place says so."""
    budget: Budget | None = None
    """What may come out of the archive around it."""


class Stream(ABC):
    """The (decompressed) bytes of one input file, seen through a window that moves forward."""

    def __init__(self, file: InputFile, stored_bytes: int) -> None:
        self.file = file
        self.stored_bytes = stored_bytes
        """Size of the file as stored; 0 where it cannot be known, because bytes come only once."""
        self.position = 0
        """Bytes that lie behind the window."""
        self.failure: ReadError | None = None
        """Why the bytes end where they do, when that is not the end of the file."""
        self.trailing: ReadError | None = None
        """What is wrong behind the end of bytes that are all there."""
        self.is_confirmed = True
        """False where a checksum should have confirmed what came before a failure, and did not."""
        self.messages_read = 0
        """Messages with their bytes that came out of it so far."""
        self.is_decompressed = False
        """Whether these bytes came out of a compressed file."""
        self.opened: int | None = None
        """The descriptor that is closed with the stream."""
        self.beginning: Beginning | None = None
        """Where to begin in it, when that is not its start."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        if self.opened is not None:
            os.close(self.opened)

    @abstractmethod
    def window(self, size: int) -> bytes:
        """Return the next `size` bytes without moving; fewer only where the bytes end."""

    def buffer(self, size: int) -> Any:
        """Return the window as a pyarrow Buffer."""
        return pa.py_buffer(self.window(size))

    @abstractmethod
    def advance(self, count: int) -> None:
        """Move the window's start forward by `count` bytes of the last window."""

    @property
    @abstractmethod
    def stored_position(self) -> int:
        """Bytes of the stored file read so far, for progress."""

    def pass_over(self, count: int) -> None:
        """Move on by `count` bytes that no window has shown, or to the end."""
        while count and (piece := self.window(min(count, PASSED_OVER_BYTES))):
            self.advance(len(piece))
            count -= len(piece)

    @property
    @abstractmethod
    def is_repeatable(self) -> bool:
        """Whether `again` can be had."""

    @abstractmethod
    def again(self) -> Stream:
        """Open another stream over the same bytes, from their beginning; raises OSError."""

    @abstractmethod
    def keep(self) -> None:
        """Hold on to the bytes from here on, outside memory, until `kept` or `let_go`."""

    @abstractmethod
    def kept(self, offset: int, length: int) -> StoredRange:
        """Return a range of what was passed over since `keep`, and end that."""

    @abstractmethod
    def let_go(self) -> None:
        """End what `keep` began."""

    def holds_more_than(self, count: int) -> bool:
        """Whether more bytes are left than that, as far as it is known without reading them."""
        return False

    def spool(self) -> Any:
        """Return a file open for reading at random with everything that this stream holds."""
        spooled = tempfile.TemporaryFile(prefix="smimebatch-")  # noqa: SIM115 - the caller closes it
        while piece := self.window(SPOOL_CHUNK_BYTES):
            spooled.write(piece)
            self.advance(len(piece))
        spooled.flush()
        return spooled

    def fail(self, code: str, text: str, offset: int) -> None:
        """Keep the first reason why the bytes end at this offset."""
        if self.failure is None:
            self.failure = ReadError(self.file.source, offset, code, text)


class PlainStream(Stream):
    """A regular file as it lies on the disk."""

    def __init__(self, file: InputFile, descriptor: int, stored_bytes: int) -> None:
        super().__init__(file, stored_bytes)
        self.descriptor = descriptor
        self._last = b""
        self._last_is_all = False

    def window(self, size: int) -> bytes:
        if self._last_is_all and size >= len(self._last):
            return self._last
        rest = self._rest(size)
        if rest is None:
            room = bytearray(size)
            rest = bytes(memoryview(room)[: self._fill(memoryview(room))])
        self._last = rest
        self._last_is_all = len(self._last) < size
        return self._last

    def _rest(self, size: int) -> bytes | None:
        """Read to the end in one call, if the file is as long as when it was opened."""
        known_bytes = self.stored_bytes - self.position
        if not 0 <= known_bytes < size:
            return None
        try:
            rest = os.pread(self.descriptor, known_bytes + 1, self.position)
        except OSError:
            return None
        return rest if len(rest) == known_bytes else None

    def buffer(self, size: int) -> Any:
        """Read the window into memory that an earlier one had, if there is any."""
        lent = lend(size)
        return lent.buffer(0, self._fill(memoryview(lent.memory)))

    def _fill(self, room: memoryview) -> int:
        """Read into memory from here on; return how many bytes there were."""
        filled = 0
        try:
            while filled < len(room):
                count = os.preadv(self.descriptor, [room[filled:]], self.position + filled)
                if not count:
                    break
                filled += count
        except OSError as error:
            self.fail(
                "unreadable_file", f"reading stopped: {error.strerror}", self.position + filled
            )
        return filled

    def holds_more_than(self, count: int) -> bool:
        return self.stored_bytes - self.position > count

    def advance(self, count: int) -> None:
        self.position += count
        self._last = self._last[count:] if self._last_is_all else b""

    @property
    def stored_position(self) -> int:
        return self.position

    def pass_over(self, count: int) -> None:
        self.position += count
        self._last, self._last_is_all = b"", False

    is_repeatable = True

    def again(self) -> Stream:
        return PlainStream(self.file, self.descriptor, self.stored_bytes)

    def keep(self) -> None:
        pass

    def kept(self, offset: int, length: int) -> StoredRange:
        return StoredRange(os.dup(self.descriptor), offset, length)

    def let_go(self) -> None:
        pass

    def spool(self) -> Any:
        return os.fdopen(os.dup(self.descriptor), "rb")
