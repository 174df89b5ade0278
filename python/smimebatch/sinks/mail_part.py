"""The messages of one unit that a job writes, as a Parquet file that any command reads again.

Nobody but its owner may read it, whatever the umask: it may hold what was encrypted (RULES 40).
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from smimebatch.batch import VerifiedBatch, as_table
from smimebatch.job import disk
from smimebatch.job.made import MadeFile
from smimebatch.sinks.mail import IMPORT_VERSION, MailRows
from smimebatch.sinks.parquet import stopping
from smimebatch.sources.items import ReadError
from smimebatch.sources.parquet import IMPORT_KEY

OWNER_ONLY = 0o600
NOT_HELD = ("too_large", "unreadable")
"""Reasons of the dataset `objects` that leave it to the dataset `errors` to say more."""


@cache
def part_schema() -> Any:
    """Return the columns: those that `import` writes, and whether an envelope is gone."""
    return pa.schema(
        [
            pa.field("source", pa.string()),
            pa.field("source_index", pa.int64()),
            pa.field("source_offset", pa.int64()),
            pa.field("source_length", pa.int64()),
            pa.field("raw", pa.large_binary()),
            pa.field("mbox_from", pa.binary()),
            pa.field("split_suspicious", pa.bool_()),
            pa.field("read_error", pa.string()),
            pa.field("opened", pa.bool_(), nullable=False),
        ]
    )


def not_written(batch: VerifiedBatch) -> Iterator[ReadError]:
    """Give the messages of a decrypting run that are there and too large to be written."""
    if batch.mail is None or batch.mail.num_rows == 0:
        return
    mail = as_table(batch.mail)
    if not mail["raw"].null_count:
        return
    absent = pc.is_null(mail["raw"])
    reasons = batch.messages["error"].filter(absent).to_pylist()
    for row, reason in zip(mail.filter(absent).to_pylist(), reasons, strict=True):
        is_said = row["state"] is not None and row["reason"] not in NOT_HELD
        if reason != "null_value" and not is_said:
            text = f"message {row['source_index']} is not in mail/: expected at most 256 MiB"
            yield ReadError(row["source"] or "", None, "message_too_large", text)


class ParquetMail:
    """One part of the mail of a run, in the making."""

    def __init__(self, staging: str, name: str = "mail") -> None:
        self.path = os.path.join(staging, f"{name}.parquet")
        with stopping():
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNER_ONLY))
            self._rows = MailRows(self.path, part_schema())

    def write(self, rows: Any) -> None:
        """Add messages: a table of the columns of `mail`."""
        self._rows.write(rows)

    def finish(self, metadata: Mapping[str, str]) -> MadeFile:
        """Complete the file."""
        self._rows.finish({**metadata, IMPORT_KEY: IMPORT_VERSION})
        return MadeFile(self._rows.rows, os.path.getsize(self.path), disk.sha256_of(self.path))

    def abandon(self) -> None:
        """Let go of it after a failure."""
        self._rows.abandon()


class OpenedMail:
    """The mail of a unit without its envelopes; everything that was read is in it."""

    def __init__(self, staging: str, metadata: Mapping[str, str]) -> None:
        self._part = ParquetMail(staging)
        self._metadata = metadata
        self.states: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()

    def write(self, batch: VerifiedBatch) -> None:
        """Add the messages of a batch."""
        self._part.write(as_table(batch.mail))

    def prove(self) -> None:
        """Nothing was made that could be wrong: what lay inside is there as it lay."""

    def finish(self) -> dict[str, MadeFile]:
        """Complete the file."""
        return {"mail": self._part.finish(self._metadata)}

    def abandon(self) -> None:
        """Let go of it after a failure."""
        self._part.abandon()
