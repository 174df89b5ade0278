"""The messages of one unit as an mbox, of the variant mboxrd.

Each has its From_ line, an empty line behind it, and line ends as they were. What came out of an
mbox as it is goes into one as it is, so that it is quoted as its archive quotes. Any other message,
and one with a line that would begin the next message, is quoted: `From ` at the start of a line,
also behind any number of `>`, gets a `>`. One that does not end in a line end gets one. Both are
noted in the index. What begins with no header field cannot be held: no reader of ours would take
the From_ line before it for one.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from smimebatch.job import disk
from smimebatch.job.made import MBOX_SUFFIX
from smimebatch.sinks.indexed_mail import OWNER_ONLY, Lies, Octets, Place
from smimebatch.sources.items import InputBatch
from smimebatch.sources.kinds import read_streams
from smimebatch.sources.mbox_quoting import (
    holds_from_line,
    holds_from_line_in,
    quoted,
    quoted_pieces,
)
from smimebatch.sources.opening import open_stream
from smimebatch.sources.reading import MESSAGE_HELD_BYTES, ReadingOptions
from smimebatch.sources.spools import pieces_of
from smimebatch.sources.stored import StoredRange
from smimebatch.sources.stream import InputFile

FROM_LINE = b"From MAILER-DAEMON Thu Jan  1 00:00:00 1970"
"""Of a message that has none: the same on every day, and no claim about any."""
AS_FROM_LINE = re.compile(rb"From [^\n]{1,2000}\n")
"""The core takes no longer line for one (`mbox/boundary.rs`)."""
BEGINNING = re.compile(rb">From |[!-9;-~]+[ \t]*:")
BEGINNING_BYTES = 256
HEAD_BYTES = 64 << 10
"""Looked at of a message that is not held; its first line ends there or nowhere that counts."""
READING = ReadingOptions(input_format="mbox", mbox_variant="mboxrd")


class MboxFile:
    """An mbox in the making."""

    FORMAT = "mbox"
    SUFFIX = MBOX_SUFFIX

    def __init__(self, stem: str, held_bytes: int = MESSAGE_HELD_BYTES) -> None:
        self._path = stem + MBOX_SUFFIX
        self._held_bytes = held_bytes
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC
        self._file = os.fdopen(os.open(self._path, flags, OWNER_ONLY), "wb", 1 << 20)
        self._size = 0
        self._sha256 = hashlib.sha256()
        self._reader: Found | None = None

    def put(self, row: Mapping[str, Any], raw: bytes, *, as_stored: bool) -> Lies | None:
        """Add a message."""
        is_quoted = not as_stored or holds_from_line(raw)
        stored = quoted(raw) if is_quoted else raw
        if BEGINNING.match(stored[:BEGINNING_BYTES]) is None:
            return None
        lacks_end = not raw.endswith(b"\n")
        end = stored.find(b"\n")
        has_cr = stored[max(end - 1, 0) : end] == b"\r"
        line_end = b"\r\n" if has_cr and not lacks_end else b"\n"
        from_line = from_line_of(row, line_end)
        offset = self._size + len(from_line)
        length = len(stored) + lacks_end
        self._write(from_line)
        self._write(stored)
        self._write(b"\n" + line_end if lacks_end else line_end)
        return Lies(MBOX_SUFFIX, offset, length, stored != raw, lacks_end)

    def put_large(
        self, row: Mapping[str, Any], octets: StoredRange, *, as_stored: bool
    ) -> Lies | None:
        """Add a message that is not held."""
        is_quoted = not as_stored or holds_from_line_in(pieces_of(octets))
        head = octets.read_at(0, HEAD_BYTES)
        head = quoted(head) if is_quoted else head
        if BEGINNING.match(head[:BEGINNING_BYTES]) is None:
            return None
        lacks_end = octets.read_at(octets.length - 1, 1) != b"\n"
        end = head.find(b"\n")
        has_cr = head[max(end - 1, 0) : end] == b"\r"
        line_end = b"\r\n" if has_cr and not lacks_end else b"\n"
        self._write(from_line_of(row, line_end))
        offset = self._size
        pieces = pieces_of(octets)
        for piece in quoted_pieces(pieces) if is_quoted else pieces:
            self._write(piece)
        length = self._size - offset + lacks_end
        self._write(b"\n" + line_end if lacks_end else line_end)
        is_changed = length - lacks_end != octets.length
        return Lies(MBOX_SUFFIX, offset, length, is_changed, lacks_end)

    def _write(self, octets: bytes) -> None:
        self._file.write(octets)
        self._sha256.update(octets)
        self._size += len(octets)

    def finish(self) -> tuple[int, str]:
        """Complete the file."""
        self._file.close()
        return self._size, self._sha256.hexdigest()

    def found(self, wanted: Sequence[Place]) -> dict[Place, Octets]:
        """Return what the reader of mboxes finds in these places."""
        if self._reader is None:
            disk.forget(self._path)
            self._reader = Found(self._path, self._held_bytes)
        last = wanted[-1][1] if wanted else -1
        return {(MBOX_SUFFIX, at): octets for at, octets in self._reader.until(last)}

    def abandon(self) -> None:
        """Close the file; unless it is finished, what was written of it means nothing."""
        with suppress(OSError):
            self._file.close()


class Found:
    """The messages of an mbox, one after another."""

    def __init__(self, path: str, held_bytes: int) -> None:
        self._messages = messages_of(path, held_bytes)
        self._next = next(self._messages, None)

    def until(self, last: int) -> Iterator[tuple[int, Octets]]:
        """Give the messages that begin no later than there."""
        while self._next is not None and self._next[0] <= last:
            yield self._next
            self._next = next(self._messages, None)


def from_line_of(row: Mapping[str, Any], line_end: bytes) -> bytes:
    """Return the From_ line of a message, or the one of those that have none."""
    from_line: bytes | None = row["mbox_from"]
    if from_line is None or AS_FROM_LINE.fullmatch(from_line) is None:
        return FROM_LINE + line_end
    return from_line


def messages_of(path: str, held_bytes: int) -> Iterator[tuple[int, Octets]]:
    """Read an mbox as it is read anywhere: where each message begins, and its octets."""
    reading = replace(READING, held_bytes=held_bytes)
    with open_stream(InputFile(path, os.path.basename(path), named=True)) as stream:
        for item in read_streams(iter([stream]), reading):
            if not isinstance(item, InputBatch):
                continue
            offsets = item.rows["source_offset"].to_pylist()
            if item.stored is not None:
                yield offsets[0], item.stored
                continue
            for at, raw in zip(offsets, item.rows["raw"], strict=True):
                yield at, raw.as_py() or b""
