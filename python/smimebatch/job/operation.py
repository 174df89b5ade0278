"""What an operation plugs into a job: who makes the files of a unit, and those of the whole run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from smimebatch.job.commits import Commit
from smimebatch.job.made import MadeFile
from smimebatch.job.units import Unit


class Writer(Protocol):
    """Makes the files of one unit in a directory of its own."""

    def gather(self) -> None:
        """Make what depends on all messages of the unit."""

    def facts(self) -> Mapping[str, Any]:
        """Return what the commit says beside what was counted, once all is gathered."""

    def finish(self) -> Mapping[str, MadeFile]:
        """Complete the file of every dataset."""

    def abandon(self) -> None:
        """Let go of everything after a failure."""


@dataclass(slots=True)
class ClosedUnit:
    """A unit whose messages were all judged, and what still has to be done for it."""

    unit: Unit
    staged: str
    writer: Writer
    rows_root: str
    facts: Mapping[str, Any]
    """What the commit says of it, beside its files."""


class LastStep(Protocol):
    """Makes what depends on all units."""

    def begin(self) -> None:
        """Be told that all units are gathered: what needs none of their files may begin."""

    def make(self, staging: str, parts: Callable[[str], list[str]]) -> Mapping[str, MadeFile]:
        """Make the files of datasets; `parts` gives the paths of a dataset's parts."""

    def facts(self, commits: Sequence[Commit], rows: Mapping[str, int]) -> dict[str, Any]:
        """Return what the manifest says."""
