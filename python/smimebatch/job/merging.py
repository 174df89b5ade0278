"""Joining the shares of one run (`shares`) into the run they are of.

The shares have the same fingerprint, so their units have the names that one process would have
given them: the result is the run that one process makes, byte for byte. Parts are linked where the
file system can, else copied; their bytes are compared with the commits either way.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from smimebatch import _native
from smimebatch.errors import DamagedRunError, OptionError
from smimebatch.job import disk, trees
from smimebatch.job.checkpoint import load_private_key, signed, verifier_key
from smimebatch.job.commits import Commit, CommittedFile
from smimebatch.job.made import MadeFile
from smimebatch.job.operation import ClosedUnit
from smimebatch.job.output import (
    RunDirectory,
)
from smimebatch.job.resuming import Opened
from smimebatch.job.shard import Shard
from smimebatch.job.shares import Share, check_inputs, check_shares, units_of
from smimebatch.job.verifying import VerifyingLast, totals_of
from smimebatch.job.work import Job
from smimebatch.sinks.rows import Totals
from smimebatch.weak_keys import load_blacklists

METADATA_PREFIX = b"smimebatch."


class LinkedWriter:
    """Makes the files of a unit by linking those of a share."""

    def __init__(self, share: Share, commit: Commit, directory: str) -> None:
        self._share = share
        self._commit = commit
        self._directory = directory

    def gather(self) -> None:
        """Nothing is left to be made."""

    def facts(self) -> dict[str, Any]:
        """Nothing is added to what the share's commit says."""
        return {}

    def finish(self) -> dict[str, MadeFile]:
        """Link every file, or copy it and compare the copy with its commit."""
        for file in self._commit.files:
            source = os.path.join(self._share.out, file.path)
            made = os.path.join(self._directory, file.made_as)
            if not os.path.isdir(source):
                if not linked(source, made) and disk.sha256_of(made) != file.sha256:
                    raise another(source, file)
                continue
            shutil.copytree(source, made, copy_function=linked)
            if trees.sha256_of(made) != file.sha256:
                raise another(source, file)
        return {
            file.dataset: MadeFile(file.rows, file.size, file.sha256, file.suffix)
            for file in self._commit.files
        }

    def abandon(self) -> None:
        """Leave what was linked to the next start."""


def linked(source: str, made: str) -> bool:
    """Link a file, or copy it; whether it is the very file."""
    try:
        os.link(source, made)
    except OSError:
        with open(source, "rb") as theirs, disk.new_file(made, source) as ours:
            shutil.copyfileobj(theirs, ours)
        return False
    return True


def another(path: str, file: CommittedFile) -> DamagedRunError:
    """Say that a part of a share is not the one of its commit."""
    return DamagedRunError(path, expected=f"SHA-256 {file.sha256}", found="another file")


def merge(
    shares: Sequence[str],
    output: str,
    *,
    overwrite: bool = False,
    blacklists: str | None = None,
    sign_with: str | None = None,
    ignore_times: bool = False,
) -> Totals:
    """Join all shares of a run in one directory; return the totals of the whole.

    With `ignore_times`, files of the same name and size are the same for shares that read copies.
    """
    key = None if sign_with is None else load_private_key(sign_with)
    read = sorted(map(Share.read, shares), key=lambda share: (share.shard.count, share.shard.index))
    check_shares(read)
    check_inputs(read, ignore_times=ignore_times)
    if os.path.realpath(output) in map(os.path.realpath, shares):
        raise OptionError("--output", expected="a directory beside the shares", found=output)
    record = {
        **read[0].run,
        "shard": str(Shard()),
        "signed_by": None if key is None else verifier_key(key.public_key()),
        "shares": [share.record for share in read],
    }
    weak_keys = weak_keys_of(record, blacklists)
    units = units_of(read)
    with closing(RunDirectory(output, overwrite=overwrite)) as directory:
        opened = Opened.of(directory, record, Shard())
        last = VerifyingLast(opened.run, metadata_of(*units[0]), weak_keys, 1, is_whole=True)
        last.goes_on()
        sign = None if key is None else partial(signed, key=key)
        with closing(Job(directory, opened.run, opened.found, sign=sign)) as job:
            if not opened.is_finished:
                job.finish(joined(job, units), last)
            return totals_of(job.commits, job.last)


def joined(job: Job, units: Sequence[tuple[Share, Commit]]) -> ClosedUnit | None:
    """Commit unit after unit; return the last one, which is not committed."""
    closed = None
    for share, commit in units[len(job.commits) :]:
        closed = closed_unit(job, share, commit)
        job.note_unit(closed.unit)
        if closed.unit.end is None:
            return closed
        job.commit(closed)
    return None


def weak_keys_of(run: Mapping[str, Any], blacklists: str | None) -> _native.WeakKeys:
    """Return the lists of weak keys, which must be those of the shares."""
    lists = load_blacklists(blacklists)
    if lists.sha256 != run["weak_keys"]["debian"]:
        raise OptionError(
            "--debian-weak-keys",
            expected=f"the lists of the run, SHA-256 {run['weak_keys']['debian']}",
            found=str(lists.sha256),
        )
    return lists.weak_keys()


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
