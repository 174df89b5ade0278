"""Files of a command that opens or makes envelopes: for their owner alone (RULES 40).

So is what is made of such files later.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from smimebatch.job.output import ROOM, RUN_FILE

NOBODY_ELSE = 0o077
READ = 0o444
GROUP, OTHERS = 0o070, 0o007
"""Bits of a mode (inode(7)): who reads, and all that each class of others may do."""


@contextmanager
def files_for_the_owner() -> Iterator[None]:
    """Make files and directories that nobody else reads: hashes of mail confirm a guess of it."""
    with masked(NOBODY_ELSE):
        yield


@contextmanager
def files_as_private_as(runs: Sequence[str]) -> Iterator[None]:
    """Make files and directories that only those read who may read all of some runs."""
    mask = 0
    for place in (*runs, *(os.path.join(run, ROOM, RUN_FILE) for run in runs)):
        with suppress(OSError):  # what is no run is refused by those who read it
            readers = os.stat(place).st_mode & READ
            mask |= sum(them for them in (GROUP, OTHERS) if not readers & them)
    with masked(mask):
        yield


@contextmanager
def masked(mask: int) -> Iterator[None]:
    """Set bits of the umask for a while."""
    before = os.umask(NOBODY_ELSE)
    os.umask(before | mask)
    try:
        yield
    finally:
        os.umask(before)
