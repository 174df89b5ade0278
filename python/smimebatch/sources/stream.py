"""One input file as a window of bytes that moves forward, whatever lies under it.

A plain file is read with pread at the window's position, so that the piece of a message left over
at the end of one window is read again instead of being copied (RULES 45: never mmap, a file may
shrink under us). A compressed file, a pipe or standard input keeps that piece itself. Faults of the
operating system and of compressed streams end the window early and are kept in `failure`; they
become rows, not exceptions.
"""

from __future__ import annotations

import os
import stat
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from smimebatch.sources.compressed import DecompressingReader, sniff_compression
from smimebatch.sources.items import ReadError, ReadFaultError
from smimebatch.sources.stored import Keeping, StoredRange

SNIFF_BYTES = 64 << 10
SPOOL_CHUNK_BYTES = 1 << 20
PASSED_OVER_BYTES = 1 << 20
STANDARD_INPUT = "-"
STANDARD_INPUT_DESCRIPTOR = 0


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file to read, and its name in the results."""

    path: str
    """As the operating system wants it (surrogateescape), or `-`."""
    source: str
    """Relative to the input root, valid UTF-8."""
    named: bool
    """Whether the caller named this very file, rather than a directory above it."""
    format: str | None = None
    """What it is, where its place says so: a message of a Maildir."""
    depth: int = 0
    """Archives around it."""


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
    def again(self) -> AbstractContextManager[Stream]:
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
        self._last = self.buffer(size).to_pybytes()
        self._last_is_all = len(self._last) < size
        return self._last

    def buffer(self, size: int) -> Any:
        """Read the window into memory of Arrow's, which hands out again what an earlier one had.

        Memory of Python's would be new for every window: a page fault every 4 KiB, and nothing of
        it in the cache.
        """
        buffer = pa.allocate_buffer(size)
        filled, room = 0, memoryview(buffer)
        try:
            while filled < size:
                count = os.preadv(self.descriptor, [room[filled:]], self.position + filled)
                if not count:
                    break
                filled += count
        except OSError as error:
            self.fail(
                "unreadable_file", f"reading stopped: {error.strerror}", self.position + filled
            )
        return buffer.slice(0, filled)

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

    def again(self) -> AbstractContextManager[Stream]:
        return nullcontext(PlainStream(self.file, self.descriptor, self.stored_bytes))

    def keep(self) -> None:
        pass

    def kept(self, offset: int, length: int) -> StoredRange:
        return StoredRange(os.dup(self.descriptor), offset, length)

    def let_go(self) -> None:
        pass

    def spool(self) -> Any:
        return pa.OSFile(os.fsencode(self.file.path), "rb")


class HeldStream(Stream):
    """Bytes that come once: decompressed, or from a pipe."""

    def __init__(
        self, file: InputFile, raw: RawReader, stored_bytes: int, compression: str | None
    ) -> None:
        super().__init__(file, stored_bytes)
        self._raw = raw
        self._decompressing = DecompressingReader(raw.read, compression) if compression else None
        self._held = b""
        self._bytes_read = 0
        self._keeping: Keeping | None = None

    def window(self, size: int) -> bytes:
        if len(self._held) < size:
            pieces = [self._held]
            missing = size - len(self._held)
            while missing > 0 and (piece := self._read(missing)):
                pieces.append(piece)
                missing -= len(piece)
            self._held = b"".join(pieces)
        return self._held if len(self._held) <= size else self._held[:size]

    def _read(self, size: int) -> bytes:
        offset = self._bytes_read
        piece = b""
        try:
            piece = (self._decompressing or self._raw).read(size)
        except ReadFaultError as fault:
            self.fail(fault.code, fault.text, offset)
        except OSError as error:
            self.fail("unreadable_file", f"reading stopped: {error.strerror}", offset)
        decompressing = self._decompressing
        if not piece and decompressing is not None and decompressing.failure:
            if decompressing.is_whole:
                self.trailing = ReadError(self.file.source, offset, *decompressing.failure)
            else:
                self.fail(*decompressing.failure, offset)
        self._bytes_read += len(piece)
        return piece

    def advance(self, count: int) -> None:
        if self._keeping is not None:
            self._keeping.append(memoryview(self._held)[:count])
        self.position += count
        self._held = self._held[count:]

    @property
    def is_repeatable(self) -> bool:
        return bool(self.stored_bytes) and self.file.path != STANDARD_INPUT

    def again(self) -> AbstractContextManager[Stream]:
        return open_stream(self.file)

    def keep(self) -> None:
        self._keeping = Keeping(self.position)

    def kept(self, offset: int, length: int) -> StoredRange:
        keeping, self._keeping = self._keeping or Keeping(self.position), None
        return keeping.range(offset, length)

    def let_go(self) -> None:
        if self._keeping is not None:
            self._keeping.close()
        self._keeping = None

    @property
    def stored_position(self) -> int:
        return self._raw.position


class RawReader:
    """Reads bytes in order, after those of them that were already read to see what they are."""

    def __init__(self, read: Callable[[int], bytes], already_read: bytes = b"") -> None:
        self._read = read
        self._already_read = already_read
        self.position = 0

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes, none at the end."""
        if self._already_read:
            piece, self._already_read = self._already_read[:size], self._already_read[size:]
        else:
            piece = self._read(size)
        self.position += len(piece)
        return piece


@contextmanager
def open_stream(file: InputFile) -> Iterator[Stream]:
    """Open a file, look whether it is compressed, give its bytes; OSError only from opening."""
    if file.path == STANDARD_INPUT:
        yield sniffed_stream(file, STANDARD_INPUT_DESCRIPTOR)
        return
    descriptor = os.open(file.path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield sniffed_stream(file, descriptor)
    finally:
        os.close(descriptor)


def sniffed_stream(file: InputFile, descriptor: int) -> Stream:
    """Choose the kind of stream by what the descriptor is and how its bytes begin."""
    status = os.fstat(descriptor)
    if stat.S_ISREG(status.st_mode) and os.lseek(descriptor, 0, os.SEEK_CUR) == 0:
        stream = PlainStream(file, descriptor, status.st_size)
        compression = sniff_compression(stream.window(SNIFF_BYTES))
        if compression is None:
            return stream
        raw = RawReader(lambda size: os.read(descriptor, size))
        return HeldStream(file, raw, status.st_size, compression)
    return sequential_stream(file, lambda size: os.read(descriptor, size))


def sequential_stream(file: InputFile, read: Callable[[int], bytes]) -> Stream:
    """Make a stream of bytes that come once: from a pipe, or out of an archive."""
    head = b""
    fault: ReadFaultError | None = None
    try:
        while len(head) < SNIFF_BYTES and (piece := read(SNIFF_BYTES - len(head))):
            head += piece
    except ReadFaultError as error:
        fault = error

    def read_on(size: int) -> bytes:
        if fault is not None:
            raise fault
        return read(size)

    return HeldStream(file, RawReader(read_on, head), 0, sniff_compression(head))
