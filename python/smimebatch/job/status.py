"""What a run directory says of a run that goes on, was interrupted or is finished; reads only."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from smimebatch.errors import InputError
from smimebatch.job import disk
from smimebatch.job.commits import Commit
from smimebatch.job.ledger import parsed
from smimebatch.job.output import (
    COMMITS,
    LOCK,
    MANIFEST_FILE,
    PROGRESS_FILE,
    ROOM,
    RUN_FILE,
)

RUNNING, STOPPED, FINISHED, NOT_BEGUN = "running", "interrupted", "finished", "nothing committed"


@dataclass(frozen=True, slots=True)
class Status:
    """The state of a run directory."""

    state: str
    process: int | None
    """Who holds the directory."""
    command: str | None
    now: str | None
    """The time of the run."""
    limit: int | None
    """That of --limit, if the run has one."""
    units: int
    """Committed ones."""
    messages: int
    """In committed units."""
    errors: int
    parts_bytes: int
    progress: dict[str, Any] | None
    """What a run that goes on said last."""
    progress_age_s: float | None

    @classmethod
    def of(cls, out: str) -> Status:
        """Look at a directory."""
        room = os.path.join(out, ROOM)
        if not os.path.isdir(room):
            raise InputError(out, expected="the directory of a run", found=f"no {ROOM} in it")
        run = read_json(os.path.join(room, RUN_FILE)) or {}
        process = holder(os.path.join(room, LOCK))
        commits = list(committed(os.path.join(room, COMMITS)))
        units = [commit for commit in commits if commit.unit is not None]
        totals = [commit.facts.get("totals") for commit in units]
        progress = os.path.join(room, PROGRESS_FILE)
        return cls(
            state=state_of(room, process, len(units)),
            process=process,
            command=run.get("command"),
            now=run.get("now"),
            limit=limit_of(run),
            units=len(units),
            messages=counted(totals, "messages"),
            errors=counted(totals, "errors"),
            parts_bytes=sum(file.size for commit in commits for file in commit.files),
            progress=read_json(progress) if process is not None else None,
            progress_age_s=age_s(progress) if process is not None else None,
        )


def limit_of(run: Mapping[str, Any]) -> int | None:
    """Return the most messages that a run is to read, if it says so."""
    options = run.get("options")
    limit = options.get("limit") if isinstance(options, dict) else None
    return limit if isinstance(limit, int) else None


def counted(totals: Sequence[Any], name: str) -> int:
    """Add up a number of what units counted; what is no number counts nothing."""
    counts = (it.get(name) for it in totals if isinstance(it, dict))
    return sum(count for count in counts if isinstance(count, int))


def state_of(room: str, process: int | None, units: int) -> str:
    """Say what a run does."""
    if process is not None:
        return RUNNING
    if os.path.exists(os.path.join(room, MANIFEST_FILE)):
        return FINISHED
    return STOPPED if units else NOT_BEGUN


def holder(lock: str) -> int | None:
    """Return the process that holds a directory, if one does."""
    try:
        descriptor = os.open(lock, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        held = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
        return int(held) if held.isdecimal() else 0
    finally:
        os.close(descriptor)
    return None


def committed(folder: str) -> Any:
    """Give the commits of a directory; one that is being written is none yet."""
    if not os.path.isdir(folder):
        return
    for name in sorted(os.listdir(folder)):
        try:
            commit = Commit.parse(disk.content_of(os.path.join(folder, name)) or b"")
        except OSError:
            continue
        if commit is not None:
            yield commit


def read_json(path: str) -> dict[str, Any] | None:
    """Read an object; None where there is none."""
    try:
        return parsed(disk.content_of(path) or b"") or None
    except OSError:
        return None


def age_s(path: str) -> float | None:
    """Return how long ago a file was written."""
    try:
        return max(0.0, time.time() - os.stat(path).st_mtime)
    except OSError:
        return None
