"""Distinct certificates of a unit and of a whole run, from sightings that repeat in every batch.

Sightings of a unit gather in memory and are folded by SHA-256 whenever they have grown; only where
very many certificates are really distinct does a folded run go to a file. The final rows are made
in passes over ranges of the SHA-256, each small enough for memory, so that any number of
certificates costs the same.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from smimebatch import _native
from smimebatch.schema import dataset_schema

FOLD_BYTES = 48 << 20
"""Sightings in memory before they are folded."""
SPILL_BYTES = 24 << 20
"""Folded sightings that are still this large go to the file."""
PASS_BYTES = 128 << 20
"""Sightings of one pass over the file."""
MAX_PASSES = 4096


class CertificateStore:
    """Gathers sightings and gives distinct certificates."""

    def __init__(self, directory: str) -> None:
        self._path = os.path.join(directory, "certificate_sightings.parquet")
        self._schema = dataset_schema("certificate_sightings")
        self._gathered: list[Any] = []
        self._gathered_bytes = 0
        self._spilled_bytes = 0
        self._writer: Any = None

    def add(self, sightings: Any) -> None:
        """Add the sightings of one batch."""
        if sightings.num_rows:
            self._gathered.append(sightings.select(self._schema.names).cast(self._schema))
            self._gathered_bytes += sightings.nbytes
            if self._gathered_bytes > FOLD_BYTES:
                self._fold()

    def _fold(self) -> None:
        table = folded(pa.concat_tables(self._gathered), self._schema)
        self._gathered, self._gathered_bytes = [table], table.nbytes
        if table.nbytes > SPILL_BYTES:
            if self._writer is None:
                self._writer = pq.ParquetWriter(
                    self._path, self._schema, compression="zstd", use_dictionary=False
                )
            self._writer.write_table(table)
            self._spilled_bytes += table.nbytes
            self._gathered, self._gathered_bytes = [], 0

    def distinct(self, weak_keys: _native.WeakKeys, jobs: int = 1) -> Iterator[Any]:
        """Give the rows of `certificates`, sorted by SHA-256, in tables that fit into memory.

        Every key goes to `weak_keys` first: primes are shared across the whole run.
        """
        remaining = pa.concat_tables([self._schema.empty_table(), *self._gathered])
        self._gathered = []
        if self._writer is not None:
            self._writer.close()
        total_bytes = self._spilled_bytes + remaining.nbytes
        passes = min(MAX_PASSES, 1 + total_bytes // PASS_BYTES)
        for sightings in self._passes(remaining, passes):
            weak_keys.gather(sightings)
        weak_keys.find_shared_primes(jobs)
        for sightings in self._passes(remaining, passes):
            yield pa.table(_native.merge_certificates(sightings, weak_keys))

    def sightings(self) -> Iterator[Any]:
        """Give one row per SHA-256, sorted by it, in tables that fit into memory."""
        remaining = pa.concat_tables([self._schema.empty_table(), *self._gathered])
        self._gathered = []
        if self._writer is not None:
            self._writer.close()
        passes = min(MAX_PASSES, 1 + (self._spilled_bytes + remaining.nbytes) // PASS_BYTES)
        for table in self._passes(remaining, passes):
            yield folded(table, self._schema)

    def _passes(self, remaining: Any, passes: int) -> Iterator[Any]:
        """Give the sightings of one range of SHA-256 after another."""
        if passes == 1 and self._writer is None:
            yield remaining
            return
        for number in range(passes):
            low, high = (prefix_bound(number + step, passes) for step in (0, 1))
            pieces = [within(remaining, low, high)]
            if self._writer is not None:
                pieces.extend(within(piece, low, high) for piece in self._spilled())
            yield pa.concat_tables(pieces)

    def _spilled(self) -> Iterator[Any]:
        file = pq.ParquetFile(self._path, pre_buffer=False, memory_map=False)
        for batch in file.iter_batches(batch_size=8192, use_threads=False):
            yield pa.table(batch).cast(self._schema)

    def close(self) -> None:
        """Remove the file, if there ever was one."""
        if self._writer is not None:
            self._writer.close()
            os.unlink(self._path)
            self._writer = None


class CertificatesOfRun:
    """The certificates of all units: from memory where they are few, else from their parts."""

    def __init__(self) -> None:
        self._schema = dataset_schema("certificate_sightings")
        self._tables: list[Any] | None = []
        self._bytes = 0

    def add(self, tables: list[Any] | None) -> None:
        """Take the sightings of one unit, unless they are or have become too many."""
        if tables is None or self._tables is None:
            self._tables = None
            return
        self._tables.extend(tables)
        self._bytes += sum(table.nbytes for table in tables)
        if self._bytes > SPILL_BYTES:
            self._tables = None

    @property
    def are_in_memory(self) -> bool:
        """Whether no part is needed for them."""
        return self._tables is not None

    def forget(self) -> None:
        """Read everything from the parts: there are units that never came by here."""
        self._tables = None

    def distinct(
        self, parts: Sequence[str], weak_keys: _native.WeakKeys, jobs: int
    ) -> Iterator[Any]:
        """Give the rows of `certificates`, sorted by SHA-256, in tables that fit into memory.

        `parts` are the files with the sightings of every unit. Every key goes to `weak_keys` first:
        primes are shared across the whole run.
        """
        if self._tables is not None:
            size = self._bytes
        else:
            size = sum(uncompressed_bytes(part) for part in parts)
        passes = min(MAX_PASSES, 1 + size // PASS_BYTES)
        for sightings in self._passes(parts, passes):
            weak_keys.gather(sightings)
        weak_keys.find_shared_primes(jobs)
        for sightings in self._passes(parts, passes):
            yield pa.table(_native.merge_certificates(sightings, weak_keys))

    def _passes(self, parts: Sequence[str], passes: int) -> Iterator[Any]:
        for number in range(passes):
            low, high = (prefix_bound(number + step, passes) for step in (0, 1))
            found = [
                table if passes == 1 else within(table, low, high) for table in self._all(parts)
            ]
            yield pa.concat_tables([self._schema.empty_table(), *found])

    def _all(self, parts: Sequence[str]) -> Iterator[Any]:
        if self._tables is not None:
            yield from self._tables
            return
        for part in parts:
            file = pq.ParquetFile(part, pre_buffer=False, memory_map=False)
            for batch in file.iter_batches(batch_size=8192, use_threads=False):
                yield pa.table(batch).cast(self._schema)


def uncompressed_bytes(part: str) -> int:
    """Return how large the columns of a part are in memory, about."""
    metadata = pq.read_metadata(part)
    groups = (metadata.row_group(number) for number in range(metadata.num_row_groups))
    return sum(int(group.total_byte_size) for group in groups)


def folded(sightings: Any, schema: Any) -> Any:
    """Return one row per SHA-256: counts added, the first and the last time kept."""
    return pa.table(_native.fold_sightings(sightings)).cast(schema)


def prefix_bound(number: int, passes: int) -> bytes | None:
    """Return the first 8 bytes of the SHA-256 at which a pass begins; None beyond the last."""
    return None if number == passes else (number * (1 << 64) // passes).to_bytes(8, "big")


def within(sightings: Any, low: bytes | None, high: bytes | None) -> Any:
    """Return the sightings with low <= SHA-256 < high."""
    mask = pc.greater_equal(sightings["sha256"], pa.scalar(low, pa.binary()))
    if high is not None:
        mask = pc.and_(mask, pc.less(sightings["sha256"], pa.scalar(high, pa.binary())))
    return sightings.filter(mask)
