"""The run directory: who may write there, and what it holds already.

    OUT/<dataset>/part-<unit>.parquet   only committed files, ever
    OUT/_smimebatch/run.json            what was asked, and its fingerprint
    OUT/_smimebatch/units.jsonl         the units as they were cut
    OUT/_smimebatch/staging/            work in progress, never read by anyone else
    OUT/_smimebatch/commits/            one record per unit (`commits`)
    OUT/_smimebatch/ledger.jsonl        what happened, hash-chained (`ledger`)
    OUT/_smimebatch/manifest.json       last: a result is whole when this is there
    OUT/_smimebatch/checkpoint.tst      a time-stamp over the manifest's checkpoint, if one was got
    OUT/_smimebatch/lock                held by the process that works here

An existing result is only replaced when asked, and only when the first unit of the new one is
ready; only files that are such results are ever removed. Two runs never share a directory.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from enum import Enum
from typing import Any

from smimebatch.errors import OutputError
from smimebatch.job import disk
from smimebatch.job.ledger import LEDGER_FILE, parsed
from smimebatch.schema import DATASETS

ROOM = "_smimebatch"
RUN_FILE = "run.json"
UNITS_FILE = "units.jsonl"
MANIFEST_FILE = "manifest.json"
TIME_STAMP_FILE = "checkpoint.tst"
COMMITS = "commits"
STAGING = "staging"
LOCK = "lock"
PROOF_KEY_FILE = "proof.key"
"""Under which plaintexts of a job that encrypts are compared; for its owner alone."""
PROGRESS_FILE = "progress.json"
"""What a run that goes on said last, for `smimebatch status`."""
REPLACING = "replacing"
"""There while an old result is being removed: what is left of it is none."""
OF_MAIL = ("mail", "mail_index", "evidence")
"""Datasets with messages in them; `mail` may be of other formats than Parquet."""
WRITTEN_DATASETS = (*DATASETS, "certificate_sightings", "objects", *OF_MAIL)
PART = re.compile(r"part-(.*\.parquet|.*\.mbox|[0-9]+-[0-9a-f]+)", re.DOTALL)
"""The name of a part: a file, or a directory of mail."""
MIN_FREE_BYTES = 16 << 20
"""Less than this is no place to begin in."""
LOCK_ATTEMPTS, LOCK_PAUSE_S = 6, 0.04
"""Whoever asks for the status of a run holds the lock for much less than this."""


class State(Enum):
    """What a directory holds."""

    EMPTY = "nothing"
    LEFT = "what a run left that committed nothing, or what is left of a result that was replaced"
    STOPPED = "a run that was interrupted"
    FINISHED = "the result of an earlier run"
    BEGUN = "a run that this process began"
    FOREIGN = "the result of an earlier version"


class RunDirectory:
    """One OUT, held by this process until it is closed."""

    def __init__(
        self, path: str | os.PathLike[str], *, overwrite: bool = False, mode: int = 0o777
    ) -> None:
        self.path = os.fspath(path)
        self.room = os.path.join(self.path, ROOM)
        self.staging = self.in_room(STAGING)
        self._lock: int | None = None
        try:
            self._refuse_foreign_files()
            os.makedirs(self.path, mode, exist_ok=True)
            os.makedirs(self.room, exist_ok=True)
            self._lock = self._locked()
            self.state = self._found()
            self._overwrite = overwrite
            self._refuse_old_result()
            os.makedirs(self.staging, exist_ok=True)
            self._check_room()
        except OSError as error:
            self.close()
            raise OutputError(
                f"--output {self.path}",
                expected="a directory that can be written",
                found=told(error, self.path),
            ) from error
        except OutputError:
            self.close()
            raise

    @property
    def is_new(self) -> bool:
        """Whether the run begins at the beginning."""
        return self._overwrite or self.state not in (State.STOPPED, State.FINISHED)

    @property
    def above(self) -> list[str]:
        """The directory that has the name of this one, if it may be synced."""
        parent = os.path.dirname(os.path.realpath(self.path))
        return [parent] if os.access(parent, os.R_OK) else []

    def in_room(self, *names: str) -> str:
        """Return a path in the room beside the datasets."""
        return os.path.join(self.room, *names)

    def _locked(self) -> int:
        """Hold the directory against a second run; the lock ends with the process."""
        lock = os.open(self.in_room(LOCK), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            locked_soon(lock)
        except OSError as error:
            holder = os.pread(lock, 32, 0).decode("ascii", "replace").strip()
            os.close(lock)
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                raise OutputError(
                    f"--output {self.path}",
                    expected="a file system with locks, such as a local disk",
                    found=str(error.strerror),
                ) from error
            raise OutputError(
                f"--output {self.path}",
                expected="a directory that no other run is using",
                found=f"one that process {holder or '?'} is using",
                remedy="wait for it, or choose another directory",
            ) from error
        os.ftruncate(lock, 0)
        os.pwrite(lock, b"%d\n" % os.getpid(), 0)
        return lock

    def _refuse_foreign_files(self) -> None:
        """Never come near a directory of the same name that is not ours to replace."""
        foreign = [
            name for name in self._present() if not is_dataset(os.path.join(self.path, name))
        ]
        if foreign:
            raise OutputError(
                f"--output {self.path}",
                expected="a new directory, or one with results of this program",
                found=f"{', '.join(foreign)} with other things in it",
                remedy="choose another directory",
            )

    def _found(self) -> State:
        """Say what is there."""
        if os.path.exists(self.in_room(REPLACING)):
            return State.LEFT
        if os.path.exists(self.in_room(MANIFEST_FILE)):
            return State.FINISHED
        record, parts = self.read_run(), self._present()
        if self._has_commits() and (record is not None or parts):
            return State.STOPPED
        if parts or (record is not None and "identity" not in record):
            return State.FOREIGN
        return State.LEFT if self._has_records() else State.EMPTY

    def _has_records(self) -> bool:
        """Whether a run wrote of itself; without a commit it binds nobody, and has to go first."""
        records = (RUN_FILE, LEDGER_FILE, UNITS_FILE, COMMITS)
        return any(os.path.lexists(self.in_room(name)) for name in records)

    def _has_commits(self) -> bool:
        try:
            return bool(os.listdir(self.in_room(COMMITS)))
        except FileNotFoundError:
            return False

    def begin_anew(self) -> None:
        """Take what is there for what a run left that committed nothing."""
        self.state = State.LEFT

    def read_run(self) -> dict[str, Any] | None:
        """Return run.json, if there is one to be read."""
        try:
            return parsed(disk.content_of(self.in_room(RUN_FILE)) or b"") or None
        except OSError:
            return None

    @property
    def how_to_go_on(self) -> str:
        """What to know, beside the command, of a run that ends early; empty: nothing."""
        if not self._overwrite:
            return ""
        if self.state is State.BEGUN:
            return "leave out --overwrite, which would begin anew"
        return "nothing of the new result was ready; what was there is as it was"

    def _refuse_old_result(self) -> None:
        """Leave alone what cannot be made anew, or is of another program's version."""
        if self._overwrite and self.state is State.FINISHED and self._is_stamped:
            raise OutputError(
                f"--output {self.path} --overwrite",
                expected="a result that can be made anew",
                found=f"a time-stamp over it, {ROOM}/{TIME_STAMP_FILE}: a proof of age for good",
                remedy=f"keep the old result as it is, moved away: mv {self.path} {self.path}.old",
            )
        if self.state is State.FOREIGN and not self._overwrite:
            raise OutputError(
                f"--output {self.path}",
                expected="a new or empty directory",
                found=self.state.value,
                remedy="choose another directory, or add --overwrite",
            )

    @property
    def _is_stamped(self) -> bool:
        return os.path.lexists(self.in_room(TIME_STAMP_FILE))

    def _present(self) -> list[str]:
        return [name for name in WRITTEN_DATASETS if os.path.lexists(os.path.join(self.path, name))]

    def _check_room(self) -> None:
        """Find out now, not after an hour, that nothing can be written here."""
        probe = os.path.join(self.staging, "probe")
        disk.write_over(probe, b"\0" * 4096)
        disk.sync_file(probe)
        os.unlink(probe)
        free_bytes = shutil.disk_usage(self.staging).free
        if free_bytes < MIN_FREE_BYTES:
            raise OutputError(
                f"--output {self.path}",
                expected=f"at least {MIN_FREE_BYTES} bytes of free space",
                found=f"{free_bytes}",
            )

    def begin(self, run: Mapping[str, Any]) -> None:
        """Make room for a new result, now that something of it is ready; write run.json."""
        if self.state is not State.EMPTY:
            self._retract()
        self.state = State.BEGUN
        os.makedirs(self.in_room(COMMITS), exist_ok=True)
        disk.write_over(self.in_room(RUN_FILE), pretty(run))

    def _retract(self) -> None:
        """Take the old result away; from the first step on, a later start may do the rest."""
        disk.write_over(self.in_room(REPLACING), b"")
        disk.sync_directory(self.room)
        for name in (TIME_STAMP_FILE, MANIFEST_FILE, RUN_FILE, LEDGER_FILE, UNITS_FILE):
            if os.path.lexists(self.in_room(name)):
                os.unlink(self.in_room(name))
        disk.sync_directory(self.room)  # no manifest without its parts
        for name in self._present():
            shutil.rmtree(os.path.join(self.path, name))
        shutil.rmtree(self.in_room(COMMITS), ignore_errors=True)
        disk.sync_all([], [self.path, self.room])
        os.unlink(self.in_room(REPLACING))
        disk.sync_directory(self.room)

    def close(self) -> None:
        """Let go of the directory."""
        if self._lock is not None:
            with suppress(OSError):  # work in progress stays for the next run to look at
                os.rmdir(self.staging)
            os.close(self._lock)
            self._lock = None


def locked_soon(lock: int) -> None:
    """Lock a file; OSError if another run has it, not if `smimebatch status` asked just now."""
    for _ in range(LOCK_ATTEMPTS - 1):
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(LOCK_PAUSE_S)
    return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def told(error: OSError, path: str) -> str:
    """Say why a directory cannot be used, and which of its files that is about."""
    why = str(error.strerror or error)
    return f"{error.filename}: {why}" if error.filename not in (None, path) else why


def pretty(value: Any) -> bytes:
    """Return JSON for people."""
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def is_dataset(path: str) -> bool:
    """Whether a directory holds nothing but parts of a run, so that it may be removed."""
    if os.path.islink(path) or not os.path.isdir(path):
        return False
    return all(PART.fullmatch(name) for name in os.listdir(path))
