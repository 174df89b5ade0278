"""Files of a command that opens or makes envelopes: for their owner alone (RULES 40)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

NOBODY_ELSE = 0o077


@contextmanager
def files_for_the_owner() -> Iterator[None]:
    """Make files and directories that nobody else reads: hashes of mail confirm a guess of it."""
    before = os.umask(NOBODY_ELSE)
    os.umask(before | NOBODY_ELSE)
    try:
        yield
    finally:
        os.umask(before)
