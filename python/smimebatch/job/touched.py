"""Inputs that were touched since they were read, though name, size and time are the same.

The system's own time of the last change (ctime) tells: of an edit whose time was set back, but also
of new rights, a new owner, a backup by hard links, a copy put back. So the messages decide: each is
hashed again where its row says that it lies. What lies between messages is not seen by that.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from smimebatch.errors import OutputError
from smimebatch.job.commits import Commit
from smimebatch.job.records import damaged
from smimebatch.sources.compressed import sniff_compression
from smimebatch.sources.parquet import DAMAGED
from smimebatch.sources.stream import SNIFF_BYTES, InputFile

COLUMNS = ["source", "source_index", "source_offset", "source_length", "message_sha256"]
MESSAGES = "messages"
NOTHING_TO_COMPARE = "one that was touched since, and no message of it to compare"


def check_touched(out: str, commits: Sequence[Commit], files: Sequence[InputFile]) -> None:
    """Refuse files that cannot be shown to hold the messages that were judged."""
    paths = {file.source: file.path for file in files}
    shown: set[str] = set()
    for source, index, offset, length, digest in rows_of(out, commits, list(paths)):
        if offset is None or digest is None or is_compressed(paths[source]):
            raise touched(source, NOTHING_TO_COMPARE)
        if hash_at(paths[source], offset, length) != digest:
            raise touched(source, f"other bytes where message {index} was")
        shown.add(source)
    for source in sorted(paths.keys() - shown):
        raise touched(source, NOTHING_TO_COMPARE)


def rows_of(out: str, commits: Sequence[Commit], sources: list[str]) -> Iterator[list[Any]]:
    """Give the committed rows of messages that come from these files."""
    for commit in commits if sources else ():
        for file in commit.files:
            if file.dataset == MESSAGES:
                path = os.path.join(out, file.path)
                try:
                    rows = pq.read_table(path, columns=COLUMNS)
                except DAMAGED as error:
                    raise damaged(path, "Parquet as the run wrote it", str(error), out) from error
                for batch in rows.filter(pc.field("source").isin(sources)).to_batches():
                    yield from (list(row.values()) for row in batch.to_pylist())


@cache
def is_compressed(path: str) -> bool:
    """Whether offsets count other bytes than those of the file."""
    with open(path, "rb", buffering=0) as file:
        return sniff_compression(file.read(SNIFF_BYTES)) is not None


def hash_at(path: str, offset: int, length: int) -> bytes:
    """Return the SHA-256 of what is left of a range of a file."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return hashlib.sha256(os.pread(descriptor, length, offset)).digest()
    finally:
        os.close(descriptor)


def touched(source: str, found: str) -> OutputError:
    """Say that a file may be another one."""
    return OutputError(
        f"input {source}",
        expected="the file as it was when it was read, by its time of last change (ctime)",
        found=found,
        remedy="begin anew with --overwrite or another directory",
    )
