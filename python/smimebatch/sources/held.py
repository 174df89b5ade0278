"""Streams over bytes that no file has as they are: decompressed, from a pipe, out of an archive."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable, Iterator

from smimebatch.sources.compressed import DecompressingReader
from smimebatch.sources.items import ReadError, ReadFaultError
from smimebatch.sources.stored import Keeping, StoredRange
from smimebatch.sources.stream import InputFile, Stream

PIECE_BYTES = 4 << 20
"""Read at once: above any window but those of messages that do not fit into the usual one."""


class HeldStream(Stream):
    """Bytes that come once: decompressed, or from a pipe."""

    def __init__(
        self,
        file: InputFile,
        raw: RawReader,
        compression: str | None,
        stored_bytes: int = 0,
        reopen: Callable[[], Stream] | None = None,
    ) -> None:
        super().__init__(file, stored_bytes)
        self._reopen = reopen
        self._raw = raw
        self._decompressing = DecompressingReader(raw.read, compression) if compression else None
        self.is_decompressed = compression is not None
        self._held = b""
        self._bytes_read = 0
        self._keeping: Keeping | None = None

    def window(self, size: int) -> bytes:
        if len(self._held) < size:
            self._fill(size)
        return self._held if len(self._held) <= size else self._held[:size]

    def _fill(self, size: int) -> None:
        """Read on until `size` bytes are held, as far as there are any.

        A large window grows in place, so that neither what was held nor the pieces stand beside it.
        """
        if size - len(self._held) <= PIECE_BYTES:
            self._held = b"".join([self._held, *self._pieces(size - len(self._held))])
            return
        grown = io.BytesIO()
        grown.write(self._held)
        self._held = b""
        for piece in self._pieces(size - grown.tell()):
            grown.write(piece)
        self._held = grown.getvalue()

    def _pieces(self, missing: int) -> Iterator[bytes]:
        while missing > 0 and (piece := self._read(min(missing, PIECE_BYTES))):
            missing -= len(piece)
            yield piece

    def _read(self, size: int) -> bytes:
        offset = self._bytes_read
        piece = b""
        try:
            read = (self._decompressing or self._raw).read(size)
            if self.is_decompressed and self.file.budget is not None:
                self.file.budget.spend(len(read))
            piece = read
        except ReadFaultError as fault:
            self.is_confirmed = self.is_confirmed and fault.is_confirmed
            self.fail(fault.code, fault.text, offset)
        except OSError as error:
            self.fail("unreadable_file", f"reading stopped: {error.strerror}", offset)
        decompressing = self._decompressing
        if not piece and decompressing is not None and decompressing.failure:
            if decompressing.is_whole:
                self.trailing = ReadError(self.file.source, offset, *decompressing.failure)
            else:
                self.is_confirmed = self.is_confirmed and decompressing.is_confirmed
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
        return self._reopen is not None

    def again(self) -> Stream:
        if self._reopen is None:
            raise OSError(errno.ESPIPE, os.strerror(errno.ESPIPE))
        return self._reopen()

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


class BytesStream(Stream):
    """A small file that is there already: a member of an archive."""

    def __init__(self, file: InputFile, data: bytes) -> None:
        super().__init__(file, len(data))
        self._data = data

    def window(self, size: int) -> bytes:
        if not self.position and size >= len(self._data):
            return self._data
        return self._data[self.position : self.position + size]

    def advance(self, count: int) -> None:
        self.position += count

    @property
    def stored_position(self) -> int:
        return self.position

    is_repeatable = True

    def again(self) -> Stream:
        return BytesStream(self.file, self._data)

    def keep(self) -> None:
        pass

    def kept(self, offset: int, length: int) -> StoredRange:
        keeping = Keeping(offset)
        keeping.append(self._data[offset : offset + length])
        return keeping.range(offset, length)

    def let_go(self) -> None:
        pass
