"""What a run that verifies plugs into a job: datasets, totals, and what is made of all units."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import datetime
from functools import partial
from typing import Any

from smimebatch import _native, pipeline
from smimebatch.errors import StoppedError
from smimebatch.gathering import Gathering, verification
from smimebatch.job import disk
from smimebatch.job.checkpoint import Checkpoint
from smimebatch.job.commits import Commit
from smimebatch.job.made import MadeFile
from smimebatch.job.operation import ClosedUnit
from smimebatch.job.output import MIN_FREE_BYTES, RunDirectory
from smimebatch.job.record import result_record
from smimebatch.job.resuming import (
    Opened,
    begin_behind,
    refuse_standard_input,
)
from smimebatch.job.touched import check_touched
from smimebatch.job.unit_sink import UnitSink
from smimebatch.job.units import Cutter
from smimebatch.job.work import Job
from smimebatch.options import VerifyOptions
from smimebatch.pipeline import Sink
from smimebatch.sinks import Sinks
from smimebatch.sinks.certificates import CertificatesOfRun
from smimebatch.sinks.parquet import MailPart, ParquetSink, new_file, stopping
from smimebatch.sinks.rows import Totals
from smimebatch.sinks.sums import add, from_record
from smimebatch.sinks.watching import Watcher, WatchingSink
from smimebatch.sources import Archive
from smimebatch.sources.items import ReadError
from smimebatch.sources.spools import Spools
from smimebatch.sources.stream import InputFile


def totals_of(commits: Sequence[Commit], last: Commit | None = None) -> Totals:
    """Return the sum of what units counted, and the certificates of all of them."""
    totals = Totals()
    for commit in commits:
        add(totals, from_record(commit.facts["totals"]))
        totals.objects.update(commit.facts.get("objects", {}))
        totals.object_reasons.update(commit.facts.get("object_reasons", {}))
        totals.mail_in_index += commit.facts.get("mail_in_index", 0)
        for error in commit.facts.get("mail_gone", []):
            totals.count_error(ReadError(**error))
    if last is not None:
        totals.certificates = last.rows.get("certificates", totals.certificates)
    return totals


class VerifyingLast:
    """The distinct certificates of a run, and its totals."""

    def __init__(
        self,
        run: Mapping[str, Any],
        metadata: Mapping[str, str],
        weak_keys: _native.WeakKeys,
        jobs: int,
        *,
        is_whole: bool,
    ) -> None:
        self._run = run
        self._metadata = metadata
        self._weak_keys = weak_keys
        self._jobs = jobs
        self._is_whole = is_whole
        """Whether this process has all units, not a share of them."""
        self._certificates = CertificatesOfRun()
        self._rows: Future[list[Any]] | None = None
        """Those of the certificates, where they are made beside the files of the last unit."""
        self._started = time.monotonic()

    def gathered(self, writer: ParquetSink) -> None:
        """Take the certificates of a unit."""
        self._certificates.add(writer.sightings)

    def goes_on(self) -> None:
        """Be told that there are units of an earlier run."""
        self._certificates.forget()

    def begin(self) -> None:
        """Begin with the certificates, if all are in memory."""
        if self._is_whole and self._certificates.are_in_memory:
            thread = ThreadPoolExecutor(1, "smimebatch-certificates")
            self._rows = thread.submit(lambda: list(self._distinct([])))
            thread.shutdown(wait=False)

    def _distinct(self, sightings: Sequence[str]) -> Iterator[Any]:
        return self._certificates.distinct(sightings, self._weak_keys, self._jobs)

    def make(self, staging: str, parts: Callable[[str], list[str]]) -> dict[str, MadeFile]:
        """Make the certificates; a share of a run has none of its own."""
        if not self._is_whole:
            return {}
        sightings = parts("certificate_sightings")
        with stopping():
            file = new_file(staging, "certificates", self._metadata, self._jobs)
            try:
                begun = self._rows
                for table in self._distinct(sightings) if begun is None else begun.result():
                    file.write(table)
                return {"certificates": file.finish()}
            finally:
                file.abandon()

    def facts(self, commits: Sequence[Commit], rows: Mapping[str, int]) -> dict[str, Any]:
        """Return what the manifest says."""
        all_rows = dict(rows)
        for commit in commits:
            for dataset, count in commit.rows.items():
                all_rows[dataset] = all_rows.get(dataset, 0) + count
        totals = totals_of(commits)
        totals.certificates = rows.get("certificates", totals.certificates)
        return result_record(
            run=self._run,
            rows=dict(sorted(all_rows.items())),
            totals=totals,
            units=len(commits),
            elapsed_s=time.monotonic() - self._started,
            weak_keys=self._weak_keys,
        )


class VerifyWork:
    """A verify run over a run directory: begun, gone on with, or found finished."""

    def __init__(
        self,
        directory: RunDirectory,
        record: Mapping[str, Any],
        archive: Archive,
        options: VerifyOptions,
        metadata: Mapping[str, str],
        weak_keys: _native.WeakKeys,
        sign: Callable[[Checkpoint], str] | None = None,
        *,
        new_mail: Callable[[str], MailPart] | None = None,
        spools: Spools | None = None,
    ) -> None:
        self._archive = archive
        self._new_mail = new_mail
        self._spools = spools
        self._options = options
        self._metadata = metadata
        self._out = directory.path
        opened = Opened.of(directory, record, options.shard)
        self._units = opened.units
        self._is_left = True
        """Whether the inputs hold anything that no unit has."""
        if opened.found is not None:
            refuse_standard_input(directory, archive.inputs.given)
            look_again = partial(self._look_again, opened)
            self._is_left = begin_behind(archive, opened.units, look_again)
        self.was_finished = opened.is_finished
        """Whether there is nothing to do."""
        self._last = VerifyingLast(
            opened.run, metadata, weak_keys, options.thread_count, is_whole=options.shard.count == 1
        )
        if opened.found is not None:
            self._last.goes_on()
        self._job = Job(directory, opened.run, opened.found, self._last.gathered, sign)
        self.now = datetime.fromisoformat(opened.run["now"])
        """The time of the run: that of its first beginning."""

    def _look_again(self, opened: Opened, files: Sequence[InputFile]) -> None:
        """See to files that were touched, if the run reads on behind them."""
        if opened.is_finished or opened.found is None:
            return
        # Where other shards judged, nothing is kept to compare.
        has_all = len(opened.found.commits) == len(opened.units)
        check_touched(self._out, opened.found.commits if has_all else [], files)

    def done(
        self,
        engine: _native.Engine,
        watcher: Watcher | None,
        sinks: Sequence[Sink],
        before_end: Callable[[], None] = lambda: None,
    ) -> Totals:
        """Do what is left; return the totals of the whole run.

        `before_end` may still keep the last unit from being committed.
        """
        with closing(self._job), self._ending_early():
            if not self.was_finished:
                last_unit = self._judged(engine, watcher, sinks) if self._is_left else None
                self._end_of(before_end, last_unit)
                self._job.finish(last_unit, self._last)
        return totals_of(self._job.commits, self._job.last)

    def _end_of(self, before_end: Callable[[], None], last_unit: ClosedUnit | None) -> None:
        """Let go of the last unit if it is not to be committed."""
        try:
            before_end()
        except BaseException:
            if last_unit is not None:
                last_unit.writer.abandon()
            raise

    def _new_writer(self, staging: str) -> ParquetSink:
        mail = None if self._new_mail is None else self._new_mail(staging)
        return ParquetSink(staging, self._metadata, self._options.thread_count, mail=mail)

    def _judged(
        self, engine: _native.Engine, watcher: Watcher | None, sinks: Sequence[Sink]
    ) -> ClosedUnit | None:
        """Judge and commit unit after unit; return the last one, which is not committed."""
        options, archive = self._options, self._archive
        jobs = options.thread_count
        units = UnitSink(
            self._job,
            self._new_writer,
            totals_of(self._job.commits),
            beside=jobs > 1,
        )
        cutter = Cutter(
            archive,
            unit_messages=options.unit_messages,
            shard=options.shard,
            first_ordinal=len(self._units),
            begin=self._units[-1].end if self._units else None,
        )
        all_sinks: list[Sink] = [*sinks, units]
        if watcher is not None:
            watcher.begin(archive)
            all_sinks.append(WatchingSink(watcher, units.totals_so_far))
        gathering = Gathering(Sinks(all_sinks))
        try:
            operation = verification(engine, self._spools, options.believed)
            pipeline.run(cutter, operation, gathering, jobs)
            units.drain()
        except BaseException:
            units.abandon()
            raise
        finally:
            if watcher is not None:
                watcher.end()
        return units.last

    @contextmanager
    def _ending_early(self) -> Iterator[None]:
        """Say what a run takes to go on that ends before its end."""
        try:
            yield
        except BaseException as failure:
            full = full_disk_of(failure)
            ended = failure if full is None else self._too_little_space(full)
            if said := self._job.directory.how_to_go_on:
                ended.add_note(said)
            if ended is failure:
                raise
            raise ended from failure

    def _too_little_space(self, full: OSError) -> BaseException:
        """Say how much space the rest of the run takes, going by what is there."""
        archive, directory = self._archive, self._job.directory
        written = sum(file.size for commit in self._job.commits for file in commit.files)
        whole = archive.inputs.size().stored_bytes
        needed = "an unknown number of"
        if archive.stored_position and whole >= archive.stored_position:
            made = written + disk.size_below(directory.staging)
            left = made * whole // archive.stored_position - written
            needed = f"about {max(left, MIN_FREE_BYTES):,}"
        return StoppedError(
            "writing the results",
            expected=f"{needed} bytes of free space for what is left",
            found=f"{full.strerror}, under {directory.path}",
            remedy="make room and run the same command again",
        )


def full_disk_of(failure: BaseException) -> OSError | None:
    """Return what says that nothing more goes on the disk, if a run ended for that."""
    cause = failure.__cause__ if isinstance(failure, StoppedError) else failure
    is_full = isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT)
    return cause if is_full and isinstance(cause, OSError) else None
