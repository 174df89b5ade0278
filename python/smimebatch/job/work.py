"""One run over a run directory: it begins or goes on, commits unit after unit, and finishes.

What makes the files of a unit is a `Writer`; nothing here knows which operation a run is for. A
unit is committed in three steps, each on the disk before the next:

    its files, made in the staging room, and its commit
    their names
    its line in the ledger, together with the first step of the next unit
    (of the last one) the manifest

so whoever finds a name, a line or the manifest finds everything that it speaks of, and a kill or a
power cut between any two leaves a directory that `recovery` brings to where the next unit begins.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from smimebatch.job import disk
from smimebatch.job.checkpoint import Checkpoint
from smimebatch.job.commits import ALL, Commit, described, made_as, places
from smimebatch.job.ledger import FINISHED, LEDGER_FILE, RESUMED, STARTED, Ledger
from smimebatch.job.made import MadeFile
from smimebatch.job.manifest import checkpoint_of, manifest_of
from smimebatch.job.operation import ClosedUnit, LastStep
from smimebatch.job.output import (
    MANIFEST_FILE,
    PROGRESS_FILE,
    RUN_FILE,
    UNITS_FILE,
    RunDirectory,
    pretty,
)
from smimebatch.job.recovery import (
    Found,
    acknowledge,
    commit_path,
    folders_of,
    made_files,
    put_in_place,
    standing_below,
)
from smimebatch.job.units import Unit
from smimebatch.sinks.parquet import stopping


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
                with stopping():
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

    def commit(self, closed: ClosedUnit) -> None:
        """Make a unit visible, whole."""
        with stopping():
            self._gather(closed)
            commit = self._staged(closed)
            self._place([commit])
        self.commits.append(commit)
        shutil.rmtree(os.path.join(self.directory.staging, commit.staged), ignore_errors=True)

    def _gather(self, closed: ClosedUnit) -> None:
        try:
            closed.writer.gather()
        except BaseException:
            closed.writer.abandon()
            raise
        if self._on_gathered is not None:
            self._on_gathered(closed.writer)

    def _staged(self, closed: ClosedUnit) -> Commit:
        """Complete the files of a unit and write its commit."""
        made = closed.writer.finish()
        name = closed.unit.name(self.fingerprint)
        commit = Commit(
            name=name,
            staged=closed.staged,
            files=described(name, made),
            unit=closed.unit,
            rows_root=closed.rows_root,
            facts={**closed.facts, **closed.writer.facts()},
        )
        disk.write_new(commit_path(self.directory, name), commit.content)
        return commit

    def _place(self, commits: list[Commit]) -> None:
        """Give the files their names, and each unit its line, when all that stands below is kept.

        The lines reach the disk with what comes next: a unit without one is finished by `recovery`.
        """
        try:
            self._syncing.sync(*standing_below(self.directory, commits))
        except OSError:
            self._withdraw(commits)
            raise
        directory = self.directory
        for commit in commits:
            put_in_place(places(directory.path, directory.staging, commit))
        self._syncing.sync([], folders_of(directory, commits))
        for commit in commits:
            if commit.name != ALL:
                acknowledge(self.ledger, commit)

    def _withdraw(self, commits: list[Commit]) -> None:
        """Let nobody trust what could not be synced: asked again, the disk may say that it was."""
        for commit in commits:
            with suppress(OSError):
                os.unlink(commit_path(self.directory, commit.name))

    def finish(self, closed: ClosedUnit | None, last: LastStep) -> Commit:
        """Commit the last unit and what is made of all of them, then write the manifest."""
        with stopping():
            self._commit_last(closed, last)
            return self._write_manifest()

    def _commit_last(self, closed: ClosedUnit | None, last: LastStep) -> None:
        """Commit what is left, and what is made of all units."""
        new: list[Commit] = []
        if self.last is None:
            if closed is not None:
                self._gather(closed)
                last.begin()
                new.append(self._staged(closed))
                self._syncing.begin(made_files(self.directory, new))
            staging = self.new_staging(ALL)
            made = last.make(staging, lambda dataset: self._parts(dataset, new))
            self.last = self._staged_last(new, last, made)
            self._place([*new, self.last])
            self.commits.extend(new)

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
        self, new: Sequence[Commit], last: LastStep, made: Mapping[str, MadeFile]
    ) -> Commit:
        rows = {dataset: file.rows for dataset, file in made.items()}
        units = disk.sha256_of(self.directory.in_room(UNITS_FILE))
        facts = {**last.facts([*self.commits, *new], rows), "units_sha256": units}
        commit = Commit(ALL, ALL, described(ALL, made), None, None, facts)
        disk.write_new(commit_path(self.directory, ALL), commit.content)
        return commit

    def _write_manifest(self) -> Commit:
        """The last step: the directory says that it is whole."""
        last = self.last
        if last is None:
            raise AssertionError("a manifest without its commit")
        if not any(True for _ in self.ledger.of_kind(FINISHED)):
            self.ledger.append(FINISHED, commit=disk.sha256_hex(last.content))
        staged = os.path.join(self.directory.staging, MANIFEST_FILE)
        manifest = manifest_of(self.commits, last, self.ledger.records, self._note(last))
        disk.write_over(staged, pretty(manifest))
        self._syncing.sync([self.ledger.path, staged], [])
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
