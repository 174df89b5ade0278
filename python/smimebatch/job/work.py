"""One run over a run directory: it begins or goes on, commits unit after unit, and finishes.

What makes the files of a unit is a `Writer`; nothing here knows which operation a run is for. A
unit is committed in three steps, each on the disk before the next:

    its files, made in the staging room, and its commit
    their names, and its line in the ledger
    (of the last one) the manifest

so a kill between any two leaves a directory that `recovery` brings to where the next unit begins.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from smimebatch.job import disk
from smimebatch.job.checkpoint import Checkpoint
from smimebatch.job.commits import ALL, Commit, made_as, places, staged_files
from smimebatch.job.ledger import FINISHED, LEDGER_FILE, RESUMED, STARTED, Ledger
from smimebatch.job.manifest import checkpoint_of, manifest_of
from smimebatch.job.output import (
    COMMITS,
    MANIFEST_FILE,
    PROGRESS_FILE,
    RUN_FILE,
    UNITS_FILE,
    RunDirectory,
    pretty,
)
from smimebatch.job.recovery import Found, acknowledge, commit_path
from smimebatch.job.units import Unit
from smimebatch.sinks.parquet import stopping


class File(Protocol):
    """One file in the making."""

    @property
    def rows(self) -> int:
        """How many there are, once it is complete."""

    def finish(self) -> None:
        """Complete it."""


class Writer(Protocol):
    """Makes the files of one unit in a directory of its own."""

    def gather(self) -> None:
        """Make what depends on all messages of the unit."""

    def finish(self, jobs: int, beside: Sequence[Any] = ()) -> dict[str, int]:
        """Complete every file, and others beside; return the rows of each dataset."""

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

    @property
    def needs_parts(self) -> bool:
        """Whether the parts of the last unit must be complete before."""

    def begin(self, staging: str, parts: Callable[[str], list[str]]) -> dict[str, File]:
        """Begin the files by their datasets; `parts` gives the paths of a dataset's parts."""

    def facts(self, commits: Sequence[Commit], rows: Mapping[str, int]) -> dict[str, Any]:
        """Return what the manifest says."""


class Job:
    """The committed part of a run, and the steps that add to it."""

    def __init__(
        self,
        directory: RunDirectory,
        run: Mapping[str, Any],
        found: Found | None = None,
        on_gathered: Callable[[Any], None] | None = None,
        sign: Callable[[Checkpoint], str] | None = None,
    ) -> None:
        self.directory = directory
        self.run = run
        """What run.json says."""
        self.commits: list[Commit] = []
        self.last: Commit | None = None
        self.ledger = Ledger(directory.in_room(LEDGER_FILE))
        self._has_begun = found is not None
        self._on_gathered = on_gathered
        self._sign = sign
        self._syncing = disk.Syncing()
        if found is not None:
            self.commits, self.last, self.ledger = found.commits, found.last, found.ledger
            if self.last is None:
                self.ledger.append(RESUMED, units=len(self.commits))

    @property
    def fingerprint(self) -> str:
        """What makes runs the same."""
        return str(self.run["fingerprint"])

    def close(self) -> None:
        """Let the threads end that wait for the disk."""
        self._syncing.close()

    def new_staging(self, staged: str) -> str:
        """Make an empty directory for the files of one unit."""
        path = os.path.join(self.directory.staging, staged)
        shutil.rmtree(path, ignore_errors=True)
        with stopping():
            os.makedirs(path)
        return path

    def note_unit(self, unit: Unit) -> None:
        """Keep where a unit was cut."""
        with stopping():
            self._begin()
            line = disk.canonical_json(unit.as_json()) + b"\n"
            disk.append(self.directory.in_room(UNITS_FILE), line)

    def _begin(self) -> None:
        """Begin the result when something of it is ready."""
        if not self._has_begun:
            self._has_begun = True
            self.directory.begin(self.run)
            run = disk.sha256_of(self.directory.in_room(RUN_FILE))
            self.ledger.append(STARTED, fingerprint=self.fingerprint, run=run)

    def commit(self, closed: ClosedUnit, jobs: int = 1) -> None:
        """Make a unit visible, whole."""
        with stopping():
            self._gather(closed)
            commit = self._staged(closed, jobs)
            self._sync_staged([commit])
            self._place([commit])
            self._sync_placed([commit])
        self.commits.append(commit)
        shutil.rmtree(os.path.join(self.directory.staging, commit.staged), ignore_errors=True)

    def _gather(self, closed: ClosedUnit) -> None:
        closed.writer.gather()
        if self._on_gathered is not None:
            self._on_gathered(closed.writer)

    def _staged(self, closed: ClosedUnit, jobs: int, beside: Sequence[File] = ()) -> Commit:
        """Complete the files of a unit and write its commit."""
        rows = closed.writer.finish(jobs, beside)
        name = closed.unit.name(self.fingerprint)
        commit = Commit(
            name=name,
            staged=closed.staged,
            files=staged_files(self.directory.staging, closed.staged, name, rows),
            unit=closed.unit,
            rows_root=closed.rows_root,
            facts=closed.facts,
        )
        disk.write_new(commit_path(self.directory, name), commit.content)
        return commit

    def _sync_staged(self, commits: list[Commit]) -> None:
        """The first step: everything that a commit needs is on the disk.

        But for the names in the staging room: a commit whose files have none is dropped, and its
        unit done again.
        """
        directory = self.directory
        files = [directory.in_room(name) for name in (RUN_FILE, UNITS_FILE, LEDGER_FILE)]
        for commit in commits:
            files.append(commit_path(directory, commit.name))
            files.extend(made for made, _, _ in places(directory.path, directory.staging, commit))
        self._syncing.sync(files, [directory.room, directory.in_room(COMMITS)])

    def _place(self, commits: list[Commit]) -> None:
        """Give the files their names."""
        for commit in commits:
            for made, final, _ in places(self.directory.path, self.directory.staging, commit):
                os.makedirs(os.path.dirname(final), exist_ok=True)
                os.rename(made, final)
            if commit.name != ALL:
                acknowledge(self.ledger, commit)

    def _sync_placed(self, commits: list[Commit], *files: str) -> None:
        """The second step: names and line are on the disk."""
        out = self.directory.path
        datasets = {file.dataset for commit in commits for file in commit.files}
        names = [os.path.join(out, dataset) for dataset in sorted(datasets)]
        self._syncing.sync([self.ledger.path, *files], [*names, out])

    def finish(self, closed: ClosedUnit | None, last: LastStep, jobs: int) -> Commit:
        """Commit the last unit and what is made of all of them, then write the manifest."""
        with stopping():
            return self._write_manifest(self._finished(closed, last, jobs))

    def _finished(self, closed: ClosedUnit | None, last: LastStep, jobs: int) -> list[Commit]:
        """Commit what is left; return the unit that was new."""
        new: list[Commit] = []
        if self.last is None:
            staging = self.new_staging(ALL)
            files: dict[str, File] = {}
            if closed is not None:
                self._gather(closed)
                if not last.needs_parts:
                    files = last.begin(staging, lambda dataset: [])
                new.append(self._staged(closed, jobs, list(files.values())))
            if closed is None or last.needs_parts:
                files = last.begin(staging, lambda dataset: self._parts(dataset, new))
                for file in files.values():
                    file.finish()
            self.last = self._staged_last(new, last, files)
            self._sync_staged([*new, self.last])
            self._place([*new, self.last])
            self.commits.extend(new)
        return new

    def _parts(self, dataset: str, new: Sequence[Commit]) -> list[str]:
        """Return every part of a dataset, those of new commits where they were made."""
        directory = self.directory
        made = [os.path.join(directory.staging, commit.staged, made_as(dataset)) for commit in new]
        placed = [
            os.path.join(directory.path, file.path)
            for commit in self.commits
            for file in commit.files
            if file.dataset == dataset
        ]
        return [*placed, *made]

    def _staged_last(
        self, new: Sequence[Commit], last: LastStep, files: Mapping[str, File]
    ) -> Commit:
        rows = {dataset: file.rows for dataset, file in files.items()}
        made = staged_files(self.directory.staging, ALL, ALL, rows)
        facts = last.facts([*self.commits, *new], rows)
        commit = Commit(ALL, ALL, made, None, None, facts)
        disk.write_new(commit_path(self.directory, ALL), commit.content)
        return commit

    def _write_manifest(self, new: list[Commit]) -> Commit:
        """The third step: the directory says that it is whole."""
        last = self.last
        if last is None:
            raise AssertionError("a manifest without its commit")
        if not any(True for _ in self.ledger.of_kind(FINISHED)):
            self.ledger.append(FINISHED, commit=disk.sha256_hex(last.content))
        staged = os.path.join(self.directory.staging, MANIFEST_FILE)
        manifest = manifest_of(self.commits, last, self.ledger.records, self._note(last))
        disk.write_over(staged, pretty(manifest))
        self._sync_placed([*new, last], staged)
        os.rename(staged, self.directory.in_room(MANIFEST_FILE))
        disk.sync_directory(self.directory.room)
        with suppress(FileNotFoundError):
            os.unlink(self.directory.in_room(PROGRESS_FILE))
        # Whether this is gone after a crash does not matter: a manifest means a whole result.
        shutil.rmtree(self.directory.staging, ignore_errors=True)
        return last

    def _note(self, last: Commit) -> str | None:
        """Return the signed checkpoint, if there is a key."""
        if self._sign is None:
            return None
        return self._sign(checkpoint_of(str(last.facts["fingerprint"]), self.ledger.records))
