"""The files of a run as they were when it opened them, so that a change is noticed.

Every file of the walk is one line, `source NUL size NUL mtime in ns LF`; of many files only their
number, the SHA-256 of these lines, and those of the lines without the time and with that of the
last change (ctime) behind it are kept. What has no size, such as a pipe, has empty fields.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from smimebatch.errors import StoppedError
from smimebatch.sources.stream import STANDARD_INPUT, InputFile

LISTED_FILES = 16
"""So many files of a unit are named one by one."""


@dataclass(frozen=True, slots=True)
class FileState:
    """A file as it was at one moment."""

    source: str
    size: int | None = None
    mtime_ns: int | None = None
    ctime_ns: int | None = None
    """Of its last change, of content or not: nobody can set it."""

    def is_as(self, other: FileState) -> bool:
        """Whether this is the same file, as far as programs may say of it themselves."""
        return replace(self, ctime_ns=other.ctime_ns) == other

    @classmethod
    def of(cls, source: str, status: os.stat_result | None) -> FileState:
        """Take what the operating system says; nothing where it says nothing."""
        if status is None or not stat.S_ISREG(status.st_mode):
            return cls(source)
        return cls(source, status.st_size, status.st_mtime_ns, status.st_ctime_ns)

    def line(self, *facts: int | None) -> bytes:
        """Return what is hashed of it."""
        fields = [self.source, *("" if fact is None else str(fact) for fact in facts)]
        return "\0".join(fields).encode() + b"\n"


def state_of(file: InputFile) -> FileState:
    """Look at a file by its path."""
    try:
        status = None if file.path == STANDARD_INPUT else os.stat(file.path)
    except OSError:
        status = None
    return FileState.of(file.source, status)


@dataclass(frozen=True, slots=True)
class Files:
    """Consecutive files of the walk."""

    count: int
    names_sha256: str
    """Of names and sizes alone, which a copy of the archive shares."""
    sha256: str
    first: str | None
    last: str | None
    listed: list[dict[str, Any]] | None
    """Each of them, unless they are many."""
    touched_sha256: str | None = None
    """With the times of their last change; null in a run that an earlier version began."""

    @property
    def names_and_times(self) -> tuple[int, str, str]:
        """What a run that goes on must find as it was."""
        return self.count, self.names_sha256, self.sha256

    def as_json(self) -> dict[str, Any]:
        """Return it as commits keep it."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Files:
        """Return what `as_json` was made of."""
        return cls(**kept)


class FilesFold:
    """Folds files into what is kept of them."""

    def __init__(self) -> None:
        self._names, self._digest, self._touched = (hashlib.sha256() for _ in range(3))
        self.count = 0
        self._first: str | None = None
        self._last: str | None = None
        self._listed: list[FileState] = []

    def add(self, state: FileState) -> None:
        """Add the next file."""
        self._names.update(state.line(state.size))
        self._digest.update(state.line(state.size, state.mtime_ns))
        self._touched.update(state.line(state.size, state.mtime_ns, state.ctime_ns))
        self.count += 1
        self._first, self._last = self._first or state.source, state.source
        if self.count <= LISTED_FILES:
            self._listed.append(state)

    def finish(self) -> Files:
        """Return what is kept."""
        listed = [asdict(it) for it in self._listed] if self.count <= LISTED_FILES else None
        digests = (self._names.hexdigest(), self._digest.hexdigest())
        return Files(
            self.count, *digests, self._first, self._last, listed, self._touched.hexdigest()
        )


class Walk:
    """Takes note of every file that is opened; units take what belongs to them."""

    def __init__(self, first: int = 0) -> None:
        self.opened_count = first
        """Files opened so far, and those passed over before."""
        self._waiting: deque[tuple[int, FileState]] = deque()
        """Opened, but perhaps of a later unit."""
        self._fold = FilesFold()
        self._by_source: dict[str, int] = {}
        self._current: FileState | None = None
        self._descriptor: int | None = None

    def open(self, file: InputFile, descriptor: int | None, *, is_again: bool = False) -> None:
        """Take note of a file; one that a unit before took is only watched."""
        status = None if descriptor is None else os.fstat(descriptor)
        state = state_of(file) if status is None else FileState.of(file.source, status)
        self._current, self._descriptor = state, descriptor
        self._by_source[state.source] = self.opened_count
        if not is_again:
            self._waiting.append((self.opened_count, state))
        self.opened_count += 1

    def leave_current(self) -> None:
        """Look no more at the file that is being closed."""
        self._descriptor = None

    def check_current(self) -> None:
        """Refuse a file that changed since it was opened."""
        state = self._current
        if state is None or self._descriptor is None:
            return
        found = FileState.of(state.source, os.fstat(self._descriptor))
        if not found.is_as(state):
            raise changed(state, found, "when it was opened")

    @property
    def current_source(self) -> str | None:
        """The file that was opened last."""
        return None if self._current is None else self._current.source

    def file_of(self, source: str) -> int:
        """Return the file that a message comes from: its own, or the open one that holds it."""
        return self._by_source.get(source, self.opened_count - 1)

    def settle(self, end: int) -> None:
        """Give the files before `end` to the unit at hand."""
        waiting = self._waiting
        while waiting and waiting[0][0] < end:
            number, state = waiting.popleft()
            self._fold.add(state)
            if number < self.opened_count - 1:
                self._by_source.pop(state.source, None)

    def take(self, end: int) -> Files:
        """End a unit with the files before `end`."""
        self.settle(end)
        fold, self._fold = self._fold, FilesFold()
        return fold.finish()


def changed(expected: FileState, found: FileState, since: str) -> StoppedError:
    """Say that an input is not what it was."""
    return StoppedError(
        f"input {expected.source}",
        expected=f"{expected.size} bytes of {expected.mtime_ns} ns, as {since}",
        found=f"{found.size} bytes of {found.mtime_ns} ns",
        remedy="begin anew with --overwrite or another directory, on files that stay as they are",
    )
