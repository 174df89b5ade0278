"""Distinct certificates of a whole run, from sightings that repeat them in every batch.

Sightings gather in memory and are folded by SHA-256 whenever they have grown; only where very many
certificates are really distinct does a folded run go to a file. The final rows are made in passes
over ranges of the SHA-256, each small enough for memory, so that any number of certificates costs
the same.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
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


def folded(sightings: Any, schema: Any) -> Any:
    """Return one row per SHA-256: counts added, the first and the last time kept."""
    grouped = sightings.group_by("sha256", use_threads=False).aggregate(
        [("der", "first"), ("messages", "sum"), ("first_seen", "min"), ("last_seen", "max")]
    )
    names = {"der": "der_first", "messages": "messages_sum", "first_seen": "first_seen_min"}
    names["last_seen"] = "last_seen_max"
    return pa.table(
        [grouped[names.get(field.name, field.name)].cast(field.type) for field in schema],
        schema=schema,
    )


def prefix_bound(number: int, passes: int) -> bytes | None:
    """Return the first 8 bytes of the SHA-256 at which a pass begins; None beyond the last."""
    return None if number == passes else (number * (1 << 64) // passes).to_bytes(8, "big")


def within(sightings: Any, low: bytes | None, high: bytes | None) -> Any:
    """Return the sightings with low <= SHA-256 < high."""
    mask = pc.greater_equal(sightings["sha256"], pa.scalar(low, pa.binary()))
    if high is not None:
        mask = pc.and_(mask, pc.less(sightings["sha256"], pa.scalar(high, pa.binary())))
    return sightings.filter(mask)
