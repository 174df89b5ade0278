"""The operation of a verify run, and its results in pieces that are worth Python's while."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from smimebatch import _native
from smimebatch.batch import verified_batch
from smimebatch.job.units import UnitEnd
from smimebatch.pipeline import CuttingSink, Operation, Sink
from smimebatch.sources.items import InputBatch, ReadError, Remark
from smimebatch.sources.spools import Spools
from smimebatch.sources.stored import StoredRange


@dataclass(frozen=True, slots=True)
class Verified:
    """What the core made of one input batch, still its own."""

    tables: _native.Tables
    message_count: int
    payload_bytes: int
    octets: StoredRange | None = None
    """What is written of the only message, where that is not held."""


def verification(
    engine: _native.Engine,
    spools: Spools | None = None,
    believed: Callable[[Any], Any] = lambda rows: rows,
) -> Operation:
    """Return the operation of a verify run: one native call per batch.

    With `spools`, messages that are not held are written, too. `believed` takes out of the rows of
    messages what is not to be believed of them.
    """

    def verify(batch: InputBatch) -> Verified:
        octets, rows = None, believed(batch.rows)
        if batch.stored is None:
            tables = engine.verify(rows)
        elif spools is None:
            tables = engine.verify_large(rows, batch.stored)
        else:
            tables, octets = spools.written(engine, rows, batch.stored)
        return Verified(tables, batch.rows.num_rows, batch.payload_bytes, octets)

    return verify


GATHERED_MESSAGES = 4096
"""Input batches are small enough for the cache; Python looks at them in larger pieces."""
GATHERED_BYTES = 32 << 20
"""But not much later than the mail was read."""


class Gathering:
    """A sink of `Verified` that hands on larger pieces as `VerifiedBatch`."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._begin()

    def _begin(self) -> None:
        self._parts: list[_native.Tables] = []
        self._message_count = self._payload_bytes = 0

    def write(self, batch: Verified) -> None:
        """Add the tables of one batch; a message that is not held comes alone."""
        if batch.octets is not None:
            self.finish()
            self._sink.write(verified_batch(batch.tables, batch.payload_bytes, batch.octets))
            return
        self._parts.append(batch.tables)
        self._message_count += batch.message_count
        self._payload_bytes += batch.payload_bytes
        if self._message_count >= GATHERED_MESSAGES or self._payload_bytes >= GATHERED_BYTES:
            self.finish()

    def finish(self) -> None:
        """Hand on what was gathered."""
        if self._parts:
            parts, payload_bytes = self._parts, self._payload_bytes
            self._begin()
            self._sink.write(verified_batch(_native.gather_tables(parts), payload_bytes))

    def end_unit(self, ended: UnitEnd) -> None:
        """Hand on what was gathered of a unit, and that it has ended."""
        self.finish()
        cast(CuttingSink, self._sink).end_unit(ended)

    def write_error(self, error: ReadError) -> None:
        """Pass on a place that could not be read."""
        self._sink.write_error(error)

    def write_remark(self, remark: Remark) -> None:
        """Pass on a remark."""
        self._sink.write_remark(remark)
