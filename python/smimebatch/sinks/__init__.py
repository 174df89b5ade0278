"""Where results go: Parquet datasets, and the totals that every run keeps."""

from __future__ import annotations

from collections.abc import Sequence

from smimebatch.batch import VerifiedBatch
from smimebatch.job.units import UnitEnd
from smimebatch.pipeline import CuttingSink, Sink
from smimebatch.sources.items import ReadError, Remark


class Sinks:
    """Several sinks that all see everything, one after another."""

    def __init__(self, sinks: Sequence[Sink]) -> None:
        self._sinks = sinks

    def write(self, batch: VerifiedBatch) -> None:
        """Pass on the results of one batch."""
        for sink in self._sinks:
            sink.write(batch)

    def end_unit(self, ended: UnitEnd) -> None:
        """Pass on that a unit has ended."""
        for sink in self._sinks:
            if isinstance(sink, CuttingSink):
                sink.end_unit(ended)

    def write_error(self, error: ReadError) -> None:
        """Pass on a place that could not be read."""
        for sink in self._sinks:
            sink.write_error(error)

    def write_remark(self, remark: Remark) -> None:
        """Pass on a remark."""
        for sink in self._sinks:
            sink.write_remark(remark)
