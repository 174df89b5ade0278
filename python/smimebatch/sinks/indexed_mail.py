"""One part of the mail of a run in a plain format, and the part of its index.

The container writes the octets and says where they lie; the index keeps that, and what the format
has no room for (`sources/mail_index`). What no file of the format can hold is kept in the index
itself, and so is a message that the format's own reader does not give back as it was.
"""

from __future__ import annotations

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
from smimebatch.sources.items import InputBatch
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
    restored_large,
    stem_of,
)
from smimebatch.sources.reading import MESSAGE_HELD_BYTES
from smimebatch.sources.spools import pieces_of as octets_of
from smimebatch.sources.stored import StoredRange

OWNER_ONLY = 0o600
ROWS_AT_ONCE = 256
ASIDE = "failed"
"""Where the files of a part lie while it is written once more."""
WRITTEN = "WRITTEN"
COLUMNS = (*(field.name for field in FACTS), "opened", "state", "raw", "output_sha256")
Place = tuple[str, int]
"""A file of the part, and where in it a message begins."""
Octets = bytes | StoredRange
"""A message, held or not."""


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

    def __init__(self, stem: str, held_bytes: int) -> None:
        """Begin it at a path, which its name begins with; larger messages are not held."""

    def put(self, row: Mapping[str, Any], raw: bytes, *, as_stored: bool) -> Lies | None:
        """Add a message, `as_stored` if it is as an mbox had it; None where it cannot be held."""

    def put_large(
        self, row: Mapping[str, Any], octets: StoredRange, *, as_stored: bool
    ) -> Lies | None:
        """Add a message that is not held."""

    def finish(self) -> tuple[int, str]:
        """Complete it; bytes and SHA-256 of what was handed to the disk."""

    def found(self, wanted: Sequence[Place]) -> dict[Place, Octets]:
        """Return what the format's own reader finds in these places, which come in order."""

    def abandon(self) -> None:
        """Let go of it after a failure."""


class IndexedMail:
    """A part and its index, in the making."""

    def __init__(
        self, staging: str, container: type[Container], held_bytes: int = MESSAGE_HELD_BYTES
    ) -> None:
        self._held_bytes = held_bytes
        self._staging = staging
        self._container = container
        self._begin()

    def _begin(self) -> None:
        self.apart = self.lost = 0
        self.gone: list[tuple[str | None, int | None]] = []
        """Where messages came from that were written, and that no file can hold after all."""
        index = os.path.join(self._staging, MAIL_INDEX + SUFFIX)
        with stopping():
            os.close(os.open(index, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNER_ONLY))
            self._index = MailRows(index, index_schema())
            self._files = self._container(stem_of(index), self._held_bytes)

    @property
    def _index_path(self) -> str:
        return os.path.join(self._staging, MAIL_INDEX + SUFFIX)

    def write(
        self, rows: Any, apart: Collection[int] = (), octets: StoredRange | None = None
    ) -> None:
        """Add messages: a table of the columns of `mail`; those `apart` go into the index.

        Of a single one that is not held, `octets` are what is written.
        """
        for start in range(0, rows.num_rows, ROWS_AT_ONCE):
            piece = rows.slice(start, ROWS_AT_ONCE).select(COLUMNS).to_pylist()
            entries = [
                self._entry(row, start + at in apart)
                if octets is None
                else self._large_entry(row, octets)
                for at, row in enumerate(piece)
            ]
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
        if row["output_sha256"] is None:
            raise AssertionError("a message that nobody hashed")
        row["message_sha256"] = row["output_sha256"]
        with stopping():
            lies = None if is_apart else self._files.put(row, raw, as_stored=as_stored)
        if lies is None:
            self.apart += 1
            return row | {"raw": raw, "length": len(raw)}
        return row | entry_of(lies)

    def _large_entry(self, row: dict[str, Any], octets: StoredRange) -> dict[str, Any]:
        """Write a message that is not held; what no file can hold and no index is left out."""
        is_new = row["opened"] or row["state"] == WRITTEN
        as_stored = row["mbox_from"] is not None and not is_new
        row["message_sha256"] = row["output_sha256"]
        with stopping():
            lies = self._files.put_large(row, octets, as_stored=as_stored)
        if lies is None and octets.length <= MESSAGE_HELD_BYTES:
            self.apart += 1
            return row | {"raw": b"".join(octets_of(octets)), "length": octets.length}
        if lies is None:
            self.lost += 1
            return row | {"message_sha256": None}
        return row | entry_of(lies)

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

    def read_again(self) -> Iterator[InputBatch]:
        """Give the messages as the reader of the format finds them on the disk."""
        disk.forget(self._index_path)
        for piece in pieces_of(self._index_path, index_schema().names):
            rows = piece.to_pylist()
            wanted = [place_of(row) for row in rows if row["file"] is not None]
            found = self._files.found(wanted)
            held: list[dict[str, Any]] = []
            for row in rows:
                octets = found.get(place_of(row), b"") if row["file"] is not None else b""
                if isinstance(octets, StoredRange):
                    if held:
                        yield InputBatch(batch_of(held), 0)
                    held = []
                    octets = restored_large(row, octets, self._staging)
                    yield InputBatch(batch_of([row]), octets.length, octets)
                    continue
                if row["file"] is not None:
                    row["raw"] = restored(row, octets)
                held.append(row)
            if held:
                yield InputBatch(batch_of(held), 0)

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
                for number, row in kept:
                    octets = self._large_as_it_was(mail, row)
                    if octets is None:
                        row["raw"] = as_it_was(mail, row)
                    self._write_kept(row, octets, is_apart=number in apart)
                at += len(rows)
        shutil.rmtree(old)

    def _large_as_it_was(self, mail: Mail, row: dict[str, Any]) -> StoredRange | None:
        """Return a message of a part that is written once more, if it is not held."""
        if row["file"] is None or row["length"] <= self._held_bytes:
            return None
        octets = mail.large(row)
        if octets is None:
            raise changed(row)
        return octets

    def _write_kept(
        self, row: dict[str, Any], octets: StoredRange | None, *, is_apart: bool
    ) -> None:
        if is_apart and octets is not None:
            if octets.length > MESSAGE_HELD_BYTES:  # the index has no room for it
                self.gone.append((row["source"], row["source_index"]))
                row["message_sha256"] = None
            else:
                row["raw"] = b"".join(octets_of(octets))
            octets = None
        table = pa.Table.from_batches([batch_of([row], with_opened=True)])
        state = None if row["quoted"] is False else WRITTEN
        table = table.append_column("state", pa.array([state], pa.string()))
        hashes = pa.array([row["message_sha256"]], pa.binary())
        self.write(table.append_column("output_sha256", hashes), [0] if is_apart else [], octets)

    def abandon(self) -> None:
        """Let go of it after a failure."""
        self._index.abandon()
        self._files.abandon()


def entry_of(lies: Lies) -> dict[str, Any]:
    """Return what the index says of where a message lies."""
    names = ("file", "offset", "length", "quoted", "line_end_added")
    return {name: getattr(lies, name) for name in names}


def place_of(row: Mapping[str, Any]) -> Place:
    """Return where a message lies."""
    return row["file"], row["offset"]


def as_it_was(mail: Mail, row: dict[str, Any]) -> bytes | None:
    """Return a message of a part that is written once more; a disk that lost it ends the run."""
    raw = mail.message(row)
    if raw is None and row["message_sha256"] is not None:
        raise changed(row)
    return raw


def changed(row: Mapping[str, Any]) -> StoppedError:
    """Say that a message is not there as it was written."""
    return StoppedError(
        "writing the results",
        expected="the message that was written",
        found=f"another where message {row['source_index']} of {row['source']} was",
        remedy="look after the disk, and run the same command again",
    )


def batch_of(rows: Sequence[Mapping[str, Any]], *, with_opened: bool = False) -> Any:
    """Make a record batch of messages and of what is known of them."""
    opened = [pa.field("opened", pa.bool_(), nullable=False)] if with_opened else []
    schema = pa.schema([*FACTS, pa.field("raw", pa.large_binary()), *opened])
    columns = [pa.array([row[it.name] for row in rows], it.type) for it in schema]
    return pa.RecordBatch.from_arrays(columns, schema=schema)
