"""Mail that a run wrote as mbox, EML or Maildir, read by the index beside it.

    OUT/mail/part-<unit>.mbox, or a directory part-<unit> of EML files or with cur, new and tmp
    OUT/mail_index/part-<unit>.parquet      where each message came from, and where it lies now

The index has what the format has no room for: source and position, offsets, the From_ line, and
what was done so that the format could hold the message (a quoted line, a line end more), which is
undone here. So messages come out octet for octet, in the order and with the names that they had. A
message that no file of the format can hold is in the index itself. One that is not the message that
was written, going by its SHA-256, is a row without bytes and an error. No content tells this kind,
and no `--input-format`: where a file lies does (`index_of`).
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from smimebatch.sources.items import InputBatch, Item, ReadError
from smimebatch.sources.mbox_quoting import unquoted, unquoted_pieces
from smimebatch.sources.names import MEMBER_SEPARATOR, printable_name
from smimebatch.sources.reading import ReadingOptions, input_rows
from smimebatch.sources.spools import pieces_of as octets_of
from smimebatch.sources.spools import spooled
from smimebatch.sources.stored import StoredRange
from smimebatch.sources.stream import Stream
from smimebatch.sources.unlisted import NO_INDEX, files_not_named

MAIL, MAIL_INDEX, ROOM = "mail", "mail_index", "_smimebatch"
SUFFIX = ".parquet"
FORMAT_KEY = "smimebatch.mail_format"
"""Metadata of an index: what the mail is written as."""
ROWS_AT_ONCE = 512
PIECE_BYTES = 32 << 20
"""Messages that are held at once, unless a single one is larger."""
FILE = re.compile(r"\.mbox|/(cur/)?[^/\0]+")
"""What comes behind the name of a part, and nothing that leads elsewhere."""
FACTS = (
    pa.field("source", pa.string()),
    pa.field("source_index", pa.int64()),
    pa.field("source_offset", pa.int64()),
    pa.field("source_length", pa.int64()),
    pa.field("mbox_from", pa.binary()),
    pa.field("split_suspicious", pa.bool_()),
    pa.field("read_error", pa.string()),
    pa.field("original_integrity", pa.string()),
)


@cache
def index_schema() -> Any:
    """Return the columns of the index."""
    return pa.schema(
        [
            *FACTS,
            pa.field("opened", pa.bool_(), nullable=False),
            pa.field("file", pa.string()),
            pa.field("offset", pa.int64()),
            pa.field("length", pa.int64()),
            pa.field("quoted", pa.bool_()),
            pa.field("line_end_added", pa.bool_()),
            pa.field("message_sha256", pa.binary()),
            pa.field("raw", pa.large_binary()),
        ]
    )


def index_of(directory: str) -> str | None:
    """Return the directory with the index of the mail of a run, if that has any."""
    if not is_mail_of_run(directory):
        return None
    index = os.path.join(os.path.dirname(os.path.abspath(directory)), MAIL_INDEX)
    return index if os.path.isdir(index) else None


def is_mail_of_run(directory: str) -> bool:
    """Whether a directory holds the mail of a run, whose places are unique within it."""
    above, name = os.path.split(os.path.abspath(directory))
    return name in (MAIL, MAIL_INDEX) and os.path.isdir(os.path.join(above, ROOM))


def stem_of(index: str) -> str:
    """Return what the path of a part of mail begins with, from that of its index."""
    folder, name = os.path.split(index.removesuffix(SUFFIX))
    if name == MAIL_INDEX:  # in the staging room
        return os.path.join(folder, MAIL)
    return os.path.join(os.path.dirname(os.path.abspath(folder)), MAIL, name)


def read(streams: Iterator[Stream], reading: ReadingOptions) -> Iterator[Item]:
    """Give the messages of each index."""
    for stream in streams:
        with stream.spool() as file:
            yield from read_one(file, stream, reading)


def read_one(file: Any, stream: Stream, reading: ReadingOptions) -> Iterator[Item]:
    """Give the messages of one index; what cannot be read is said."""
    source = stream.file.source
    named: set[str] = set()
    try:
        at_most = min(reading.batch_bytes, reading.held_bytes)
        pieces = pieces_of(file, index_schema().names, at_most)
        for piece in pieces:
            rows = piece.to_pylist()
            named.update(row["file"] for row in rows if row["file"] is not None)
            large = [row for row in rows if (row["length"] or 0) > reading.held_bytes]
            is_large = bool(large) and rows[0]["file"] is not None  # such a piece has one message
            with Mail(stem_of(stream.file.path)) as mail:
                octets = mail.large(rows[0]) if is_large else None
                raws = [None] if is_large else [mail.message(row) for row in rows]
            name = source + MEMBER_SEPARATOR
            for row, raw in zip(rows, raws, strict=True):
                if not stream.file.is_only:
                    row["source"] = name + (row["source"] or "")
                is_there = raw is not None or octets is not None
                if not is_there and (row["file"] is not None or row["raw"] is not None):
                    row["read_error"] = "unreadable_file"
                    yield changed(source, row)
            columns = {it.name: [row[it.name] for row in rows] for it in FACTS}
            columns["raw"] = raws
            size = sum(len(it or b"") for it in raws) if octets is None else octets.length
            yield InputBatch(input_rows(columns, len(rows)), size, octets)
        for file in files_not_named(stem_of(stream.file.path), named):
            name = printable_name(os.fsencode(file))
            yield ReadError(source + name, None, "unreadable_file", NO_INDEX)
    except (pa.ArrowException, OSError, ValueError) as error:
        text = str(error).split("\n", 1)[0]
        yield ReadError(source, None, "corrupt_parquet", text)


def changed(source: str, row: dict[str, Any]) -> ReadError:
    """Say that a message is not there as it was written."""
    text = (
        f"message {row['source_index']} of {row['source']} is not there as it was written "
        f"(part{row['file'] or ' of the index'}): audit verify names what was changed"
    )
    return ReadError(source, row["offset"], "unreadable_file", text)


def pieces_of(index: Any, columns: list[str], at_most: int = PIECE_BYTES) -> Iterator[Any]:
    """Give the rows of an index in pieces whose messages can be held."""
    with pq.ParquetFile(index, pre_buffer=False, memory_map=False) as file:
        for group in range(file.num_row_groups):
            for batch in file.iter_batches(ROWS_AT_ONCE, row_groups=[group], columns=columns):
                yield from cut(batch, at_most)


def cut(batch: Any, at_most: int) -> Iterator[Any]:
    """Cut a batch where its messages reach a number of bytes; a larger one comes alone."""
    start = size = 0
    lengths = pc.fill_null(batch["length"], 0).to_pylist()
    for row, length in enumerate(lengths):
        if row > start and size + length > at_most:
            yield batch.slice(start, row - start)
            start, size = row, 0
        size += length
    if len(lengths) > start:
        yield batch.slice(start)


@dataclass(slots=True)
class Mail:
    """The files of one part, opened when first asked for."""

    stem: str
    _file: str | None = None
    _descriptor: int = -1

    def __enter__(self) -> Mail:
        return self

    def __exit__(self, *raised: object) -> None:
        self._close()

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def message(self, row: dict[str, Any]) -> bytes | None:
        """Return the message of a row of the index; none if it is not there as it was written."""
        octets = row["raw"]
        if row["file"] is not None:
            try:
                octets = restored(row, self._stored(row["file"], row["offset"], row["length"]))
            except OSError:
                return None
        if octets is None or hashlib.sha256(octets).digest() != row["message_sha256"]:
            return None
        return bytes(octets)

    def range_of(self, row: dict[str, Any]) -> StoredRange:
        """Return where the message of a row lies; OSError where there is no such file."""
        self._open(row["file"])
        return StoredRange(os.dup(self._descriptor), row["offset"], row["length"])

    def large(self, row: dict[str, Any]) -> StoredRange | None:
        """Return as `message` does one that is not held, which is compared piece by piece."""
        try:
            octets = restored_large(row, self.range_of(row), tempfile.gettempdir())
            hashed = hashlib.sha256()
            for piece in octets_of(octets):
                hashed.update(piece)
        except OSError:
            return None
        return octets if hashed.digest() == row["message_sha256"] else None

    def _open(self, file: str) -> None:
        if file != self._file:
            self._close()
            self._descriptor = opened(self.stem, file)
            self._file = file

    def _stored(self, file: str, offset: int, length: int) -> bytes:
        self._open(file)
        pieces: list[bytes] = []
        while length and (piece := os.pread(self._descriptor, length, offset)):
            pieces.append(piece)
            offset, length = offset + len(piece), length - len(piece)
        return b"".join(pieces)


def opened(stem: str, file: str) -> int:
    """Open a file of a part: a regular one that lies in it."""
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW
    if not FILE.fullmatch(file) or file.endswith("/.."):
        raise FileNotFoundError(f"{file!r} is no file of a part")
    descriptor = os.open(stem + file, flags)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FileNotFoundError(f"{file!r} is no regular file")
    return descriptor


def restored(row: dict[str, Any], stored: bytes) -> bytes:
    """Take back what was done so that the format could hold a message."""
    if row["line_end_added"]:
        stored = stored[:-1]
    return unquoted(stored) if row["quoted"] else stored


def restored_large(row: dict[str, Any], stored: StoredRange, directory: str) -> StoredRange:
    """Do the same with a message that is not held; one that was quoted is copied."""
    length = stored.length - bool(row["line_end_added"])
    shown = StoredRange(stored.descriptor(), stored.offset, length)
    stored.close()
    return spooled(unquoted_pieces(octets_of(shown)), directory) if row["quoted"] else shown


def format_of(index: str) -> str | None:
    """Return the format of the mail that an index is of; null where it cannot be read."""
    try:
        metadata = pq.read_metadata(index).metadata or {}
    except (OSError, pa.ArrowException):
        return None
    return str(metadata.get(FORMAT_KEY.encode(), b"").decode()) or None


def files_named(index: str) -> dict[str, tuple[int, str]]:
    """Return size and SHA-256 of every file that an index names in a directory of mail."""
    named = {}
    for piece in pieces_of(index, ["file", "length", "message_sha256"]):
        for row in piece.to_pylist():
            if row["file"] is not None and row["file"].startswith("/"):
                named[row["file"][1:]] = (row["length"], row["message_sha256"].hex())
    return named
