"""What the disk is asked for: names and bytes that outlive a power cut, one group at a time."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from io import BufferedReader
from typing import Any, BinaryIO

SYNCING_THREADS = 8
"""They wait for the disk, not for a processor."""
MAX_RECORD_BYTES = 1 << 30
"""Records are read whole. Ours are smaller: a commit has some 4 KiB, a line of the ledger 200 B."""
MAX_TOKEN_BYTES = 1 << 20
"""Time-stamps take some 6 KiB, most of it certificates."""
NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
"""Flags of a file that must not be there yet."""


class NoRegularFileError(OSError):
    """What lies in the place of a record is a directory, a pipe or a device."""


def canonical_json(value: Any) -> bytes:
    """Return a value as RFC 8785 spells it: ours hold text, whole numbers, lists and objects."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def sha256_hex(content: bytes) -> str:
    """Return the SHA-256 of some bytes."""
    return hashlib.sha256(content).hexdigest()


def sha256_of(path: str) -> str:
    """Return the SHA-256 of a file."""
    with opened(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def forget(path: str, *, is_synced: bool = False) -> None:
    """Have the disk keep a file, and the memory forget it: whoever reads it next asks the disk."""
    with opened(path) as file:
        if not is_synced:
            os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def content_of(path: str, at_most: int = MAX_RECORD_BYTES) -> bytes | None:
    """Return what is in a file, if there is one; OSError for one that has more bytes."""
    try:
        with opened(path) as file:
            content = file.read(at_most + 1)
    except FileNotFoundError:
        return None
    if len(content) > at_most:
        raise OSError(errno.EFBIG, f"more than {at_most:,} bytes", path)
    return content


def opened(path: str) -> BufferedReader:
    """Open a file to read: no pipe that waits for a writer, and no device without an end."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise NoRegularFileError(errno.EINVAL, "something else than a regular file", path)
    return open(descriptor, "rb")


def size_below(folder: str) -> int:
    """Return the bytes of all files below a directory."""
    files = (os.path.join(at, name) for at, _, names in os.walk(folder) for name in names)
    return sum(os.path.getsize(file) for file in files)


def new_file(path: str, like: str) -> BinaryIO:
    """Open a file to be made, which nobody may read who may not read another."""
    mode = os.stat(like).st_mode & 0o666
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode), "wb")


def write_new(path: str, content: bytes, mode: int = 0o644) -> None:
    """Write a file that must not be there yet."""
    write_whole(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode), content)


def write_over(path: str, content: bytes) -> None:
    """Write a file anew."""
    write_whole(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644), content)


def append(path: str, content: bytes) -> None:
    """Write at the end of a file, at once."""
    write_whole(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644), content
    )


def write_whole(descriptor: int, content: bytes) -> None:
    """Write everything, however little is taken at a time, and close."""
    rest = memoryview(content)
    try:
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    finally:
        os.close(descriptor)


class Syncing:
    """Syncs the content of files and the names in directories, all at once.

    The file system then commits them together, which takes a fifth of the time.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(SYNCING_THREADS, "smimebatch-sync")
        self._begun: dict[str, Future[None]] = {}

    def begin(self, files: Iterable[str]) -> None:
        """Begin with files that are whole, while others are made; `sync` with them waits."""
        self._begun.update((file, self._pool.submit(sync_file, file)) for file in files)

    def sync(self, files: Iterable[str], directories: Iterable[str]) -> None:
        """Return when everything is on the disk."""
        self.begin(file for file in files if file not in self._begun)
        waiting, self._begun = list(self._begun.values()), {}
        waiting.extend(self._pool.submit(sync_directory, directory) for directory in directories)
        for done in waiting:
            done.result()

    def close(self) -> None:
        """Let the threads end."""
        self._pool.shutdown()


def sync_all(files: Iterable[str], directories: Iterable[str]) -> None:
    """Sync once."""
    with closing(Syncing()) as syncing:
        syncing.sync(files, directories)


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
