"""What may come out of one archive of files: no bomb keeps a run busy for days (RULES, F).

What comes out of an archive within it, or of a compressed member, comes out of it, too: a thousand
bombs in one archive have its budget, and not a thousand.
"""

from __future__ import annotations

from collections.abc import Callable

from smimebatch.sources.items import ReadFaultError

OUTPUT_FREE_BYTES = 1 << 30
OUTPUT_RATIO = 200
"""Decompressed bytes for every byte of the archive, above the first GiB: mail compresses to a
fifth, a mailbox of one message repeated to a hundredth (own choice; RULES 38 has 100)."""


class Budget:
    """What may come out of one archive."""

    def __init__(
        self, source: str, archive_bytes: Callable[[], int], around: Budget | None = None
    ) -> None:
        self._source = source
        self._archive_bytes = archive_bytes
        """How long it is; so far, where it comes once."""
        self._around = around
        """That of the archive around it."""
        self._spent = 0

    def spend(self, count: int) -> None:
        """Take note of output; raises where it is more than an archive of this size may give."""
        self._spent += count
        if self._around is not None:
            self._around.spend(count)
        if self._spent > OUTPUT_FREE_BYTES + OUTPUT_RATIO * self._archive_bytes():
            text = f"more comes out of {self._source} than mail of its size could hold: stopped"
            raise ReadFaultError("archive_limit", text)
