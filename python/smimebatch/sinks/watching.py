"""A sink that tells a watcher, such as a progress bar, how a run goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from smimebatch.batch import VerifiedBatch
from smimebatch.sinks.rows import Totals
from smimebatch.sources import Archive


class Watcher(Protocol):
    """Sees how a run goes on; called after each piece of it, by one thread at a time."""

    def begin(self, archive: Archive) -> None:
        """Take the archive, which knows how much there is and how far it was read."""

    def advance(self, totals: Callable[[], Totals]) -> None:
        """Be told that something was counted; `totals` gives what there is so far."""

    def end(self) -> None:
        """Be told that nothing more comes, whether or not the run went well."""


class WatchingSink:
    """Tells a watcher about every batch."""

    def __init__(self, watcher: Watcher, totals: Callable[[], Totals]) -> None:
        self._watcher = watcher
        self._totals = totals

    def write(self, batch: VerifiedBatch) -> None:
        """Tell that a batch was counted."""
        self._watcher.advance(self._totals)

    def write_error(self, error: object) -> None:
        """Tell that an error was counted."""
        self._watcher.advance(self._totals)

    def end_unit(self, ended: object) -> None:
        """Say nothing: what was counted stays counted."""

    def write_remark(self, remark: object) -> None:
        """Say nothing: remarks are for the summary."""
