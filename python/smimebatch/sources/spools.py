"""What is written of messages that are not held, until it has its place: files without a name.

They lie where the mail will lie, so that there is room for them, and can be read by their owner
alone. No name means that a kill leaves nothing of them, and that nobody sees of a message what its
tag may prove wrong in the end (RULES 34).
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa

from smimebatch import _native
from smimebatch.errors import StoppedError
from smimebatch.sources.stored import StoredRange

PIECE_BYTES = 1 << 20
OWNER_ONLY = 0o600
STORED, TARGET = "stored", "target"
"""Where the core says that the octets lie: all of them in the source, or in what it was given."""


class Spool:
    """Takes the octets of one message."""

    def __init__(self, directory: str) -> None:
        self._descriptor = nameless(directory)
        self.failure: OSError | None = None

    def write(self, piece: bytes | memoryview) -> None:
        """Take the next octets; keep why they could not be taken."""
        rest = memoryview(piece)
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except OSError as error:
            self.failure = error
            raise

    def stored(self, length: int) -> StoredRange:
        """Return what was taken."""
        descriptor, self._descriptor = self._descriptor, -1
        return StoredRange(descriptor, 0, length)

    def close(self) -> None:
        """Let go of it."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class Nowhere:
    """Takes octets, and keeps none: of a dry run."""

    failure: OSError | None = None

    def write(self, piece: bytes) -> None:
        """Forget the octets."""

    def stored(self, length: int) -> None:
        """Nothing was kept."""

    def close(self) -> None:
        """There is nothing to let go of."""


class Spools:
    """Where a job writes messages that are not held; without a directory, nowhere."""

    def __init__(self, directory: str | None) -> None:
        self._directory = directory

    def written(
        self, engine: _native.Engine, row: Any, stored: StoredRange
    ) -> tuple[_native.Tables, StoredRange | None]:
        """Have the core write a message; return its tables, and where it is now."""
        spool = self._new()
        try:
            tables = engine.verify_large(row, stored, spool)
            if spool.failure is not None:
                raise stopped(spool.failure) from spool.failure
            mail = pa.table(tables.rows("mail")).select(("lies", "output_octets")).to_pylist()[0]
            if mail["lies"] == STORED:
                return tables, stored
            is_written = mail["lies"] == TARGET
            return tables, spool.stored(mail["output_octets"]) if is_written else None
        finally:
            spool.close()

    def _new(self) -> Spool | Nowhere:
        return Nowhere() if self._directory is None else new_spool(self._directory)


def stopped(error: OSError) -> StoppedError:
    """Say that there is no room for what is written, or for a copy of what is read."""
    return StoppedError(
        "writing the results, or a copy of a large message (TMPDIR)",
        expected="a target that takes them",
        found=str(error.strerror or error),
        remedy="make room and run the same command again",
    )


def nameless(directory: str) -> int:
    """Open a file without a name in a directory; where there are none, one that loses its own."""
    try:
        return os.open(directory, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, OWNER_ONLY)
    except OSError:
        descriptor, path = tempfile.mkstemp(prefix=".large-", dir=directory)
        os.unlink(path)
        return descriptor


def pieces_of(stored: StoredRange) -> Iterator[bytes]:
    """Give the octets of a range in order; OSError where it ends early."""
    offset = 0
    while offset < stored.length:
        piece = stored.read_at(offset, PIECE_BYTES)
        if not piece:
            raise OSError(f"{stored.length - offset} octets of a message are gone")
        yield piece
        offset += len(piece)


def spooled(pieces: Iterable[bytes], directory: str) -> StoredRange:
    """Return octets as a range of a file without a name; StoppedError where that has no room.

    An OSError is one of the pieces, which cannot be read.
    """
    spool, length = new_spool(directory), 0
    try:
        for piece in pieces:
            spool.write(piece)
            length += len(piece)
        return spool.stored(length)
    except OSError as error:
        if spool.failure is not None:
            raise stopped(error) from error
        raise
    finally:
        spool.close()


def new_spool(directory: str) -> Spool:
    """Return a spool; StoppedError where there is no room for one."""
    try:
        return Spool(directory)
    except OSError as error:
        raise stopped(error) from error
