"""The messages of one unit that a job writes, as a Parquet file that any command reads again.

Nobody but its owner may read it, whatever the umask: it may hold what was encrypted (RULES 40).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from smimebatch.batch import VerifiedBatch, as_table
from smimebatch.job import disk
from smimebatch.job.made import MadeFile
from smimebatch.schema import sentence
from smimebatch.sinks.mail import FAST_COMPRESSION_LEVEL, IMPORT_VERSION, MailRows
from smimebatch.sinks.parquet import stopping
from smimebatch.sources.imported import IMPORT_KEY
from smimebatch.sources.items import InputBatch, ReadError
from smimebatch.sources.mail_index import FACTS
from smimebatch.sources.stored import StoredRange

OWNER_ONLY = 0o600
PROOF_ROWS = 512
"""Messages that are opened at once for the proof."""
UNREAD = ("unreadable_file", "internal_error")
"""Errors of a message that is there, and that nobody looked into."""
SAID_BY_READERS = ("null_value", "incomplete")
"""Errors of a message that is not there: its file has a row of `errors` already, or holds none."""
NOT_HELD = ("too_large", "unreadable")
"""Reasons of the dataset `objects` that leave it to the dataset `errors` to say more."""


@cache
def part_schema() -> Any:
    """Return the columns: those that `import` writes, and whether an envelope is gone."""
    opened = pa.field("opened", pa.bool_(), nullable=False)
    place, rest = FACTS[:4], FACTS[4:]
    return pa.schema([*place, pa.field("raw", pa.large_binary()), *rest, opened])


def not_written(batch: VerifiedBatch) -> Iterator[ReadError]:
    """Give the messages of a decrypting run that are there and not written as they should be."""
    if batch.mail is None or batch.mail.num_rows == 0:
        return
    mail = as_table(batch.mail)
    # Where more is said of a message than a reason, the dataset `objects` has it.
    kept = mail.filter(pc.and_(pc.is_null(mail["state"]), pc.is_valid(mail["reason"])))
    for row in kept.select(("source", "source_index", "reason")).to_pylist():
        why = sentence("object_reason", row["reason"])
        text = f"message {row['source_index']} is in its envelope still, which opened: {why}"
        yield ReadError(row["source"] or "", None, "envelope_kept", text)
    if batch.is_lost:
        row = mail.select(("source", "source_index")).to_pylist()[0]
        yield held_by_no_file(row["source"], row["source_index"])
    if not mail["raw"].null_count:
        return
    absent = pc.and_(pc.is_null(mail["raw"]), pc.is_null(mail["lies"]))
    reasons = batch.messages["error"].filter(absent).to_pylist()
    for row, reason in zip(mail.filter(absent).to_pylist(), reasons, strict=True):
        is_said = row["state"] is not None and row["reason"] not in NOT_HELD
        if reason in UNREAD:
            text = f"message {row['source_index']} is not in mail/: it could not be read"
            yield ReadError(row["source"] or "", None, reason, text)
        elif reason not in SAID_BY_READERS and not is_said:
            text = (
                f"message {row['source_index']} is not in mail/: expected at most 256 MiB in a "
                f"Parquet file; --output-format eml, maildir or mbox has room for it"
            )
            yield ReadError(row["source"] or "", None, "message_too_large", text)


def held_by_no_file(source: str | None, index: int | None) -> ReadError:
    """Say of a message that the format has no place for it."""
    text = f"message {index} is not in mail/: no file of the format can hold it"
    return ReadError(source or "", None, "message_too_large", text)


class ParquetMail:
    """One part of the mail of a run, in the making."""

    apart = lost = 0

    def __init__(self, staging: str, name: str = "mail") -> None:
        self._name = name
        self._path = os.path.join(staging, f"{name}.parquet")
        self._begin()

    def _begin(self) -> None:
        with stopping():
            os.close(os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNER_ONLY))
            self._rows = MailRows(self._path, part_schema(), FAST_COMPRESSION_LEVEL)

    def write(self, rows: Any, octets: StoredRange | None = None) -> None:
        """Add messages: a table of the columns of `mail`; all of them are held."""
        self._rows.write(rows)

    def finish(self, metadata: Mapping[str, str]) -> dict[str, MadeFile]:
        """Complete the file."""
        self._rows.finish({**metadata, IMPORT_KEY: IMPORT_VERSION})
        size, sha256 = os.path.getsize(self._path), disk.sha256_of(self._path)
        return {self._name: MadeFile(self._rows.rows, size, sha256)}

    def read_again(self) -> Iterator[InputBatch]:
        """Give the messages as they lie on the disk, in record batches."""
        disk.forget(self._path)
        with pq.ParquetFile(self._path) as file:
            for rows in batches_of(file, part_schema().names[:-1]):
                yield InputBatch(rows, 0)

    def rewrite(self, keep: Sequence[bool]) -> None:
        """Begin again with the messages that are kept."""
        old = self._path + ".failed"
        with stopping():
            os.replace(self._path, old)
        self._begin()
        start = 0
        with pq.ParquetFile(old) as file:
            for rows in batches_of(file):
                mask = pa.array(keep[start : start + rows.num_rows])
                start += rows.num_rows
                self.write(pa.Table.from_batches([rows.filter(mask)]))
        os.unlink(old)

    def abandon(self) -> None:
        """Let go of it after a failure."""
        self._rows.abandon()


def batches_of(file: Any, columns: list[str] | None = None) -> Iterator[Any]:
    """Give the rows of a part in pieces that never hold more than a row group."""
    for group in range(file.num_row_groups):
        yield from file.iter_batches(PROOF_ROWS, row_groups=[group], columns=columns)
