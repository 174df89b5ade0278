"""The run directory: results are made aside and appear under their final names whole, or never.

    OUT/<dataset>/part-00000.parquet    only finished files, ever
    OUT/_smimebatch/run.json            last: a result is there when this is
    OUT/_smimebatch/staging/            work in progress, removed at the next start
    OUT/_smimebatch/publishing          there while finished files are renamed into place; with it
                                        and without run.json, what is there is not whole

Everything is synced to the disk before it is renamed. An existing result is only replaced when
asked, and only files that are such results are ever removed. Two runs never share a directory.
(Units, commits and resuming are not here yet.)
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from smimebatch.errors import OutputError, StoppedError
from smimebatch.schema import DATASETS

ROOM = "_smimebatch"
RUN_FILE = "run.json"
MIN_FREE_BYTES = 16 << 20
"""Less than this is no place to begin in."""
SYNCING_THREADS = 16
"""They wait for the disk, not for a processor."""


class RunDirectory:
    """One OUT, held by this process until it is closed."""

    def __init__(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        self.path = os.fspath(path)
        self._room = os.path.join(self.path, ROOM)
        self.staging = os.path.join(self._room, "staging")
        self._publishing = os.path.join(self._room, "publishing")
        self._lock: int | None = None
        try:
            self._refuse_foreign_files()
            os.makedirs(self._room, exist_ok=True)
            self._lock = self._locked()
            self._refuse_old_result(overwrite)
            shutil.rmtree(self.staging, ignore_errors=True)
            os.makedirs(self.staging)
            self._check_room()
        except OSError as error:
            self.close()
            raise OutputError(
                f"--output {self.path}",
                expected="a directory that can be written",
                found=str(error.strerror or error),
            ) from error
        except OutputError:
            self.close()
            raise

    def _locked(self) -> int:
        """Hold the directory against a second run; the lock ends with the process."""
        lock = os.open(
            os.path.join(self._room, "lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644
        )
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(lock, 32, 0).decode("ascii", "replace").strip()
            os.close(lock)
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                raise
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

    def _refuse_old_result(self, overwrite: bool) -> None:
        """Leave an existing result alone unless it may be replaced or was never published whole."""
        has_record = os.path.exists(os.path.join(self._room, RUN_FILE))
        interrupted = not has_record and os.path.exists(self._publishing)
        if (has_record or self._present()) and not overwrite and not interrupted:
            raise OutputError(
                f"--output {self.path}",
                expected="a new or empty directory",
                found="the result of an earlier run",
                remedy="choose another directory, or add --overwrite",
            )

    def _present(self) -> list[str]:
        return [name for name in DATASETS if os.path.lexists(os.path.join(self.path, name))]

    def _check_room(self) -> None:
        """Find out now, not after an hour, that nothing can be written here."""
        probe = os.path.join(self.staging, "probe")
        with open(probe, "wb") as file:
            file.write(b"\0" * 4096)
            os.fsync(file.fileno())
        os.unlink(probe)
        free_bytes = shutil.disk_usage(self.staging).free
        if free_bytes < MIN_FREE_BYTES:
            raise OutputError(
                f"--output {self.path}",
                expected=f"at least {MIN_FREE_BYTES} bytes of free space",
                found=f"{free_bytes}",
            )

    def publish(self, datasets: Iterable[str], record: Mapping[str, Any]) -> None:
        """Put the finished datasets of the staging room and the record of the run into place."""
        try:
            staged_record = os.path.join(self.staging, RUN_FILE)
            with open(staged_record, "w", encoding="utf-8") as file:
                json.dump(record, file, indent=2, ensure_ascii=False)
                file.write("\n")
            self._mark_publishing()
            sync_tree(self.staging, self._room)
            self._retract_old_record()
            for dataset in datasets:
                final = os.path.join(self.path, dataset)
                if os.path.lexists(final):
                    shutil.rmtree(final)
                os.rename(os.path.join(self.staging, dataset), final)
            sync_directory(self.path)
            os.rename(staged_record, os.path.join(self._room, RUN_FILE))
            sync_directory(self._room)
            # Whether these are gone after a crash does not matter: a record means a whole result.
            os.unlink(self._publishing)
            shutil.rmtree(self.staging, ignore_errors=True)
        except OSError as error:
            raise StoppedError(
                f"publishing the results in {self.path}",
                expected="a target that takes them",
                found=str(error.strerror or error),
                remedy="make room and run the same command again",
            ) from error

    def _mark_publishing(self) -> None:
        """Say that without a record the datasets are not whole: a later start may replace them."""
        descriptor = os.open(self._publishing, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
        os.close(descriptor)

    def _retract_old_record(self) -> None:
        """Take back an old result, now that the new one is safe on the disk."""
        record = os.path.join(self._room, RUN_FILE)
        if os.path.lexists(record):
            os.unlink(record)
            sync_directory(self._room)

    def close(self) -> None:
        """Let go of the directory; what was not published is removed."""
        if self._lock is not None:
            shutil.rmtree(self.staging, ignore_errors=True)
            os.close(self._lock)
            self._lock = None


def is_dataset(path: str) -> bool:
    """Whether a directory holds nothing but Parquet parts, so that it may be removed."""
    if os.path.islink(path) or not os.path.isdir(path):
        return False
    return all(name.startswith("part-") and name.endswith(".parquet") for name in os.listdir(path))


def sync_tree(directory: str, *directories: str) -> None:
    """Sync every file and directory below, the directory itself, and the names in further ones.

    All at once: the file system then commits them together, which takes a fifth of the time.
    """
    below = [
        (parent, [os.path.join(parent, name) for name in names])
        for parent, _, names in os.walk(directory)
    ]
    with ThreadPoolExecutor(SYNCING_THREADS) as pool:
        files = pool.map(sync_file, [file for _, files in below for file in files])
        names = pool.map(sync_directory, [*(parent for parent, _ in below), *directories])
        list(files), list(names)


def sync_file(file: str) -> None:
    """Sync the content of a file."""
    descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_directory(directory: str) -> None:
    """Sync the names in a directory."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
