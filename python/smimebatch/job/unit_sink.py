"""The sink of a run directory: each unit has its own files and totals, closed when it ends.

With more than one thread, closing (the last row groups, hashes, the disk) happens beside the work
on the next unit, in order, by one thread; at most two units wait for it.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from smimebatch import _native
from smimebatch.job.leaves import LEAF_COLUMNS
from smimebatch.job.operation import ClosedUnit, Writer
from smimebatch.job.units import UnitEnd
from smimebatch.job.work import Job
from smimebatch.sinks.mail_part import not_written
from smimebatch.sinks.rows import Totals, TotalsSink
from smimebatch.sinks.sums import add, as_record
from smimebatch.sources.items import ReadError, Remark

WAITING_UNITS = 1
"""Beside the one that is being closed."""


class UnitWriter(Writer, Protocol):
    """Takes what a unit is made of."""

    def write(self, batch: Any) -> None:
        """Add the rows of one batch."""

    def write_error(self, error: ReadError) -> None:
        """Add a place that could not be read."""


class RowTree:
    """The Merkle tree over what was found out about every message of the unit (`leaves`)."""

    def __init__(self) -> None:
        self._leaves: list[bytes] = []

    def add(self, messages: Any) -> None:
        """Add the next messages."""
        self._leaves.append(_native.row_leaves(messages.select(LEAF_COLUMNS)))

    def finish(self) -> str:
        """Return the root."""
        return _native.merkle_root(b"".join(self._leaves)).hex()


@dataclass(slots=True)
class OpenUnit:
    """What is gathered of the unit at hand."""

    staged: str
    writer: UnitWriter
    counting: TotalsSink
    rows: RowTree


class Committer:
    """Commits units in order, beside the work or within it."""

    def __init__(self, commit: Callable[[ClosedUnit], None], *, beside: bool) -> None:
        self._commit = commit
        self._waiting: queue.Queue[ClosedUnit | None] = queue.Queue(WAITING_UNITS)
        self._failure: BaseException | None = None
        self._thread: threading.Thread | None = None
        if beside:
            self._thread = threading.Thread(
                target=self._work, name="smimebatch-commit", daemon=True
            )

    def submit(self, closed: ClosedUnit) -> None:
        """Commit a unit, now or soon; raises what kept an earlier one from being committed."""
        self._raise()
        if self._thread is None:
            self._commit(closed)
            return
        if not self._thread.is_alive():
            self._thread.start()
        self._waiting.put(closed)

    def _work(self) -> None:
        while (closed := self._waiting.get()) is not None:
            try:
                if self._failure is None:
                    self._commit(closed)
                else:
                    closed.writer.abandon()
            except BaseException as failure:
                self._failure = failure

    def drain(self) -> None:
        """Wait until every unit that is whole is committed."""
        if self._thread is not None and self._thread.is_alive():
            self._waiting.put(None)
            self._thread.join()
        self._raise()

    def _raise(self) -> None:
        if self._failure is not None:
            raise self._failure


class UnitSink:
    """Writes and counts unit after unit."""

    def __init__(
        self,
        job: Job,
        new_writer: Callable[[str], UnitWriter],
        totals: Totals,
        *,
        beside: bool,
    ) -> None:
        self._job = job
        self._new_writer = new_writer
        self._totals = totals
        """Of the run, for whoever watches; units are added when they end."""
        self._committer = Committer(job.commit, beside=beside)
        self._current: OpenUnit | None = None
        self._count = 0
        self.last: ClosedUnit | None = None
        """The unit at the end of the inputs, which the run commits when it finishes."""

    def totals_so_far(self) -> Totals:
        """Return the totals of the run with those of the unit at hand."""
        so_far = Totals()
        add(so_far, self._totals)
        if self._current is not None:
            add(so_far, self._current.counting.totals)
        return so_far

    def _open(self) -> OpenUnit:
        if self._current is None:
            staged = str(self._count)
            self._count += 1
            writer = self._new_writer(self._job.new_staging(staged))
            self._current = OpenUnit(staged, writer, TotalsSink(), RowTree())
        return self._current

    def write(self, batch: Any) -> None:
        """Add the results of one batch."""
        unit = self._open()
        unit.writer.write(batch)
        unit.counting.write(batch)
        for error in not_written(batch):
            self.write_error(error)
        unit.rows.add(batch.messages)

    def write_error(self, error: ReadError) -> None:
        """Add a place that could not be read."""
        unit = self._open()
        unit.writer.write_error(error)
        unit.counting.write_error(error)

    def write_remark(self, remark: Remark) -> None:
        """Count a remark."""
        self._open().counting.write_remark(remark)

    def end_unit(self, ended: UnitEnd) -> None:
        """Close the unit at hand; the last one of the inputs waits for the end of the run."""
        self._job.note_unit(ended.unit)
        if not ended.is_own:
            return
        unit = self._open()
        self._current = None
        add(self._totals, unit.counting.totals)
        closed = ClosedUnit(
            unit=ended.unit,
            staged=unit.staged,
            writer=unit.writer,
            rows_root=unit.rows.finish(),
            facts={"totals": as_record(unit.counting.totals)},
        )
        if ended.unit.end is None:
            self.last = closed
        else:
            self._committer.submit(closed)

    def drain(self) -> None:
        """Wait until every unit that is whole is committed."""
        self._committer.drain()

    def abandon(self) -> None:
        """Let go of the units that are not committed, after those that are whole were."""
        with suppress(Exception):  # the run ends for another reason already
            self._committer.drain()
        if self._current is not None:
            self._current.writer.abandon()
        if self.last is not None:
            self.last.writer.abandon()
