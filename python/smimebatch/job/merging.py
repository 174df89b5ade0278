"""Joining the shares of one run, each made by a process of its own, into the run they are of.

The shares have the same fingerprint, so their units have the names that one process would have
given them: the result is the run that one process makes, byte for byte. Parts are linked where the
file system can, else copied; their bytes are compared with the commits either way.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from smimebatch.errors import DamagedRunError, InputError, OptionError
from smimebatch.job import disk
from smimebatch.job.commits import ALL, Commit, made_as
from smimebatch.job.ledger import COMMITTED, FINISHED, LEDGER_FILE, Ledger
from smimebatch.job.operation import ClosedUnit
from smimebatch.job.output import MANIFEST_FILE, ROOM, RUN_FILE, RunDirectory
from smimebatch.job.recovery import committed_at, recover
from smimebatch.job.resuming import check_same_run, follow
from smimebatch.job.shard import Shard
from smimebatch.job.verifying import VerifyingLast, totals_of
from smimebatch.job.work import Job
from smimebatch.sinks.rows import Totals
from smimebatch.weak_keys import load_blacklists

METADATA_PREFIX = b"smimebatch."


@dataclass(frozen=True, slots=True)
class Share:
    """A finished run of one shard."""

    out: str
    run: Mapping[str, Any]
    shard: Shard
    commits: tuple[Commit, ...]

    @classmethod
    def read(cls, out: str) -> Share:
        """Read the records of a share; they must be whole."""
        room = os.path.join(out, ROOM)
        if not os.path.exists(os.path.join(room, MANIFEST_FILE)):
            raise InputError(out, expected="a finished run of --shard", found="none")
        with open(os.path.join(room, RUN_FILE), encoding="utf-8") as file:
            run = json.load(file)
        ledger = Ledger.read(os.path.join(room, LEDGER_FILE))
        named = [(it.facts["unit"], it.facts["commit"]) for it in ledger.of_kind(COMMITTED)]
        commits = tuple(committed_at(room, name, sha256) for name, sha256 in named)
        for record in ledger.of_kind(FINISHED):
            committed_at(room, ALL, record.facts["commit"])
        return cls(out, run, Shard.parse(run["shard"]), commits)


class LinkedWriter:
    """Makes the files of a unit by linking those of a share."""

    def __init__(self, share: Share, commit: Commit, directory: str) -> None:
        self._share = share
        self._commit = commit
        self._directory = directory

    def gather(self) -> None:
        """Nothing is left to be made."""

    def finish(self, jobs: int, beside: Sequence[Any] = ()) -> dict[str, int]:
        """Link or copy every file, and compare it with its commit."""
        for file in self._commit.files:
            source = os.path.join(self._share.out, file.path)
            made = os.path.join(self._directory, made_as(file.dataset))
            try:
                os.link(source, made)
            except OSError:
                shutil.copyfile(source, made)
            if disk.sha256_of(made) != file.sha256:
                raise DamagedRunError(
                    source, expected=f"SHA-256 {file.sha256}", found=disk.sha256_of(made)
                )
        for file in beside:
            file.finish()
        return self._commit.rows

    def abandon(self) -> None:
        """Leave what was linked to the next start."""


def merge(
    shares: Sequence[str], output: str, *, overwrite: bool = False, blacklists: str | None = None
) -> Totals:
    """Join all shares of a run in one directory; return the totals of the whole."""
    read = [Share.read(share) for share in shares]
    check_shares(read)
    if os.path.realpath(output) in map(os.path.realpath, shares):
        raise OptionError("--output", expected="a directory beside the shares", found=output)
    run = {**read[0].run, "shard": str(Shard())}
    weak_keys = load_blacklists(blacklists)
    if weak_keys.sha256 != run["weak_keys"]["debian"]:
        raise OptionError(
            "--debian-weak-keys",
            expected=f"the lists of the run, SHA-256 {run['weak_keys']['debian']}",
            found=str(weak_keys.sha256),
        )
    units = units_of(read)
    with closing(RunDirectory(output, overwrite=overwrite)) as directory:
        found = None
        if not directory.is_new:
            check_same_run(directory, run)
            found = recover(directory)
        last = VerifyingLast(run, metadata_of(*units[0]), weak_keys.weak_keys(), 1, is_whole=True)
        last.goes_on()
        with closing(Job(directory, run, found)) as job:
            done = len(job.commits)
            closed = [closed_unit(job, *unit) for unit in units[done:]]
            for unit in closed[:-1]:
                job.note_unit(unit.unit)
                job.commit(unit)
            for unit in closed[-1:]:
                job.note_unit(unit.unit)
            job.finish(closed[-1] if closed else None, last, 1)
            return totals_of(job.commits)


def check_shares(shares: Sequence[Share]) -> None:
    """Refuse what is not every share of one run, once."""
    first = shares[0]
    for share in shares:
        for name in ("fingerprint", "now"):
            if share.run[name] != first.run[name]:
                raise InputError(
                    share.out,
                    expected=f"{name} {first.run[name]}, as {first.out} has",
                    found=str(share.run[name]),
                    remedy="give every shard the same command, with --now",
                )
    expected = [Shard(index, first.shard.count) for index in range(first.shard.count)]
    found = sorted((share.shard for share in shares), key=lambda shard: (shard.count, shard.index))
    if found != expected:
        raise InputError(
            "OUT…",
            expected="shards " + ", ".join(map(str, expected)),
            found=", ".join(map(str, found)),
        )


def units_of(shares: Sequence[Share]) -> list[tuple[Share, Commit]]:
    """Return every unit with its share, in order; they follow each other to the end."""
    by_ordinal = {
        commit.unit.ordinal: (share, commit)
        for share in shares
        for commit in share.commits
        if commit.unit is not None
    }
    ordered = [by_ordinal[ordinal] for ordinal in sorted(by_ordinal)]
    units = [commit.unit for _, commit in ordered if commit.unit is not None]
    if not units or not follow(units) or units[0].ordinal or units[-1].end is not None:
        raise InputError(
            "OUT…",
            expected="units that follow each other from the first to the last",
            found=f"{len(units)} that do not",
            remedy="run the shards over the same inputs",
        )
    return ordered


def metadata_of(share: Share, commit: Commit) -> dict[str, str]:
    """Return the metadata that every file of the run has, from one of them."""
    path = os.path.join(share.out, commit.files[0].path)
    try:
        kept = pq.read_metadata(path).metadata or {}
    except (OSError, pa.ArrowException) as error:
        raise DamagedRunError(path, expected="a part", found=str(error)) from error
    return {
        key.decode(): value.decode()
        for key, value in sorted(kept.items())
        if key.startswith(METADATA_PREFIX)
    }


def closed_unit(job: Job, share: Share, commit: Commit) -> ClosedUnit:
    """Return a unit of a share as one that is only to be committed."""
    if commit.unit is None or commit.rows_root is None:
        raise DamagedRunError(share.out, expected="the commit of a unit", found=commit.name)
    staged = str(commit.unit.ordinal)
    writer = LinkedWriter(share, commit, job.new_staging(staged))
    return ClosedUnit(commit.unit, staged, writer, commit.rows_root, commit.facts)
