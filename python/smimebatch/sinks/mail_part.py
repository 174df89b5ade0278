"""The messages of one unit that a job writes, as a Parquet file that any command reads again.

Nobody but its owner may read it, whatever the umask: it may hold what was encrypted (RULES 40).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from typing import Any

import pyarrow as pa

from smimebatch.job import disk
from smimebatch.job.made import MadeFile
from smimebatch.sinks.mail import MailRows

OWNER_ONLY = 0o600


@cache
def part_schema() -> Any:
    """Return the columns: where a message came from, its bytes, whether an envelope is gone."""
    return pa.schema(
        [
            pa.field("source", pa.string()),
            pa.field("source_index", pa.int64()),
            pa.field("raw", pa.large_binary()),
            pa.field("opened", pa.bool_(), nullable=False),
        ]
    )


class ParquetMail:
    """One part of the mail of a run."""

    def __init__(self, staging: str) -> None:
        self._path = os.path.join(staging, "mail.parquet")
        os.close(os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNER_ONLY))
        self._rows = MailRows(self._path, part_schema())

    def write(self, rows: Any) -> None:
        """Add messages."""
        self._rows.write(rows)

    def finish(self, metadata: Mapping[str, str]) -> MadeFile:
        """Complete the file."""
        self._rows.finish(metadata)
        return MadeFile(self._rows.rows, os.path.getsize(self._path), disk.sha256_of(self._path))

    def abandon(self) -> None:
        """Let go of it after a failure."""
        self._rows.abandon()
