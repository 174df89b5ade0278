"""The time of a run: given, or fixed by its first process for all that go on with it."""

from __future__ import annotations

import os
from datetime import datetime

from smimebatch.batch import current_time
from smimebatch.job import disk
from smimebatch.job.ledger import parsed
from smimebatch.job.output import ROOM, RUN_FILE


def now_of_run(
    given: datetime | None, output: str | os.PathLike[str] | None, *, overwrite: bool
) -> datetime:
    """Return what counts as now: whatever is judged before the run directory is opened, too."""
    begun = None if output is None or overwrite else begun_at(output)
    return given or begun or current_time()


def begun_at(output: str | os.PathLike[str]) -> datetime | None:
    """Return the time of the run that a directory holds, if it tells any."""
    try:
        run = parsed(disk.content_of(os.path.join(output, ROOM, RUN_FILE)) or b"")
        now = datetime.fromisoformat(run["now"])
    except (OSError, ValueError, TypeError, KeyError):
        return None  # Opening the directory says what is wrong with it.
    return now if now.tzinfo is not None else None
