"""Bytes that stay outside memory: where a message lies that is too large to be held.

The core reads such a message piece by piece with `read_at`, which is pread: no position is shared,
and a file that shrinks under us gives fewer bytes, never a fault (RULES 45). What comes only once,
out of a pipe or a decompressor, is kept in a temporary file that has no name.
"""

from __future__ import annotations

import os
import tempfile
import weakref

MESSAGE_STREAMED_BYTES = 4 << 30
"""RULES, budgets: the largest message that is read piece by piece."""


class StoredRange:
    """A range of a file; the descriptor is its own and closed with it."""

    def __init__(self, descriptor: int, offset: int, length: int) -> None:
        self._descriptor = descriptor
        self.offset = offset
        self.length = length
        self._closing = weakref.finalize(self, os.close, descriptor)

    def read_at(self, offset: int, size: int) -> bytes:
        """Return up to `size` bytes from `offset` of the range; fewer only where the bytes end."""
        size = max(0, min(size, self.length - offset))
        pieces: list[bytes] = []
        while size and (piece := os.pread(self._descriptor, size, self.offset + offset)):
            pieces.append(piece)
            offset += len(piece)
            size -= len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def descriptor(self) -> int:
        """Return another descriptor of the file, for the caller to close."""
        return os.dup(self._descriptor)

    def close(self) -> None:
        """Close the descriptor."""
        self._closing()


class Keeping:
    """A temporary file without a name that takes what a stream passes over, up to the limit."""

    def __init__(self, first_offset: int) -> None:
        self._file = tempfile.TemporaryFile(prefix="smimebatch-")  # noqa: SIM115 - closed in range
        self._first_offset = first_offset
        self._length = 0

    def append(self, piece: bytes | memoryview) -> None:
        """Take the next bytes; beyond what may be read piece by piece none is needed."""
        if self._length <= MESSAGE_STREAMED_BYTES:
            self._file.write(piece)
            self._length += len(piece)

    def close(self) -> None:
        """Let go of what was taken."""
        self._file.close()

    def range(self, offset: int, length: int) -> StoredRange:
        """Return a range of it, counted as the stream counts."""
        with self._file as file:
            file.flush()
            return StoredRange(os.dup(file.fileno()), offset - self._first_offset, length)
