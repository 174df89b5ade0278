"""One part of the mail of a run in a plain format, and the part of its index.

The container writes the octets and says where they lie; the index keeps that, and what the format
has no room for (`sources/mail_index`). What no file of the format can hold is kept in the index
itself, and so is a message that the format's own reader does not give back as it was.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pyarrow as pa

from smimebatch.errors import StoppedError
from smimebatch.job import disk
from smimebatch.job.made import MadeFile
from smimebatch.sinks.mail import MailRows
from smimebatch.sinks.parquet import stopping
from smimebatch.sources.mail_index import (
    FACTS,
    FORMAT_KEY,
    MAIL,
    MAIL_INDEX,
    SUFFIX,
    Mail,
    index_schema,
    pieces_of,
    restored,
    stem_of,
)

OWNER_ONLY = 0o600
ROWS_AT_ONCE = 256
ASIDE = "failed"
"""Where the files of a part lie while it is written once more."""
WRITTEN = "WRITTEN"
COLUMNS = (*(field.name for field in FACTS), "opened", "state", "raw")
Place = tuple[str, int]
"""A file of the part, and where in it a message begins."""


@dataclass(frozen=True, slots=True)
class Lies:
    """Where a message lies, and what was done so that it can."""

    file: str
    """What comes behind the name of the part."""
    offset: int
    length: int
    quoted: bool = False
    line_end_added: bool = False


class Container(Protocol):
    """The files of one part."""

    FORMAT: str
    SUFFIX: str

    def __init__(self, stem: str) -> None:
        """Begin it at a path, which its name begins with."""

    def put(self, row: Mapping[str, Any], raw: bytes, *, as_stored: bool) -> Lies | None:
        """Add a message, `as_stored` if it is as an mbox had it; None where it cannot be held."""

    def finish(self) -> tuple[int, str]:
        """Complete it; bytes and SHA-256 of what was handed to the disk."""

    def found(self, wanted: Sequence[Place]) -> dict[Place, bytes]:
        """Return what the format's own reader finds in these places, which come in order."""

    def abandon(self) -> None:
        """Let go of it after a failure."""


class IndexedMail:
    """A part and its index, in the making."""

    def __init__(self, staging: str, container: type[Container]) -> None:
        self._staging = staging
        self._container = container
        self._begin()

    def _begin(self) -> None:
        self.apart = 0
        index = os.path.join(self._staging, MAIL_INDEX + SUFFIX)
        with stopping():
            os.close(os.open(index, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNER_ONLY))
            self._index = MailRows(index, index_schema())
            self._files = self._container(stem_of(index))

    @property
    def _index_path(self) -> str:
        return os.path.join(self._staging, MAIL_INDEX + SUFFIX)

    def write(self, rows: Any, apart: Collection[int] = ()) -> None:
        """Add messages: a table of the columns of `mail`; those `apart` go into the index."""
        for start in range(0, rows.num_rows, ROWS_AT_ONCE):
            piece = rows.slice(start, ROWS_AT_ONCE).select(COLUMNS).to_pylist()
            entries = [self._entry(row, start + at in apart) for at, row in enumerate(piece)]
            schema = index_schema()
            columns = {name: [entry.get(name) for entry in entries] for name in schema.names}
            self._index.write(pa.table(columns, schema=schema))

    def _entry(self, row: dict[str, Any], is_apart: bool) -> dict[str, Any]:
        """Write a message; return its row of the index."""
        raw = row.pop("raw")
        if raw is None:
            return row
        is_new = row["opened"] or row["state"] == WRITTEN
        as_stored = row["mbox_from"] is not None and not is_new
        row["message_sha256"] = hashlib.sha256(raw).digest()
        with stopping():
            lies = None if is_apart else self._files.put(row, raw, as_stored=as_stored)
        if lies is None:
            self.apart += 1
            return row | {"raw": raw, "length": len(raw)}
        names = ("file", "offset", "length", "quoted", "line_end_added")
        return row | {name: getattr(lies, name) for name in names}

    def finish(self, metadata: Mapping[str, str]) -> dict[str, MadeFile]:
        """Complete the files."""
        with stopping():
            size, sha256 = self._files.finish()
        form = self._container
        self._index.finish({**metadata, FORMAT_KEY: form.FORMAT})
        index = self._index_path
        described = MadeFile(self._index.rows, os.path.getsize(index), disk.sha256_of(index))
        return {
            MAIL: MadeFile(self._index.rows, size, sha256, form.SUFFIX),
            MAIL_INDEX: described,
        }

    def read_again(self) -> Iterator[Any]:
        """Give the messages as the reader of the format finds them on the disk."""
        disk.forget(self._index_path)
        for piece in pieces_of(self._index_path, index_schema().names):
            rows = piece.to_pylist()
            wanted = [place_of(row) for row in rows if row["file"] is not None]
            found = self._files.found(wanted)
            for row in rows:
                if row["file"] is not None:
                    stored = found.get(place_of(row), b"")
                    row["raw"] = restored(row, stored)
            yield batch_of(rows)

    def rewrite(self, keep: Sequence[bool], apart: Collection[int] = ()) -> None:
        """Begin again with the messages that are kept; those `apart` go into the index."""
        old = os.path.join(self._staging, ASIDE)
        with stopping():
            os.mkdir(old, 0o700)
            for name in (MAIL + self._container.SUFFIX, MAIL_INDEX + SUFFIX):
                os.replace(os.path.join(self._staging, name), os.path.join(old, name))
        self._begin()
        index, at = os.path.join(old, MAIL_INDEX + SUFFIX), 0
        with Mail(stem_of(index)) as mail:
            for piece in pieces_of(index, index_schema().names):
                rows = piece.to_pylist()
                numbers = range(at, at + len(rows))
                kept = [(n, row) for n, row in zip(numbers, rows, strict=True) if keep[n]]
                for _, row in kept:
                    row["raw"] = as_it_was(mail, row)
                moved = {number for number, (n, _) in enumerate(kept) if n in apart}
                self._write_kept([row for _, row in kept], moved)
                at += len(rows)
        shutil.rmtree(old)

    def _write_kept(self, rows: list[dict[str, Any]], apart: Collection[int]) -> None:
        table = pa.Table.from_batches([batch_of(rows, with_opened=True)])
        states = [None if row["quoted"] is False else WRITTEN for row in rows]
        self.write(table.append_column("state", pa.array(states, pa.string())), apart)

    def abandon(self) -> None:
        """Let go of it after a failure."""
        self._index.abandon()
        self._files.abandon()


def place_of(row: Mapping[str, Any]) -> Place:
    """Return where a message lies."""
    return row["file"], row["offset"]


def as_it_was(mail: Mail, row: dict[str, Any]) -> bytes | None:
    """Return a message of a part that is written once more; a disk that lost it ends the run."""
    raw = mail.message(row)
    if raw is None and row["message_sha256"] is not None:
        raise StoppedError(
            "writing the results",
            expected="the message that was written",
            found=f"another where message {row['source_index']} of {row['source']} was",
            remedy="look after the disk, and run the same command again",
        )
    return raw


def batch_of(rows: Sequence[Mapping[str, Any]], *, with_opened: bool = False) -> Any:
    """Make a record batch of messages and of what is known of them."""
    opened = [pa.field("opened", pa.bool_(), nullable=False)] if with_opened else []
    schema = pa.schema([*FACTS, pa.field("raw", pa.large_binary()), *opened])
    columns = [pa.array([row[it.name] for row in rows], it.type) for it in schema]
    return pa.RecordBatch.from_arrays(columns, schema=schema)
