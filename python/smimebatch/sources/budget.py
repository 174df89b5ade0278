"""What may come out of one archive of files: no bomb keeps a run busy for days (RULES, F)."""

from __future__ import annotations

from smimebatch.sources.items import ReadFaultError

OUTPUT_FREE_BYTES = 1 << 30
OUTPUT_RATIO = 200
"""Decompressed bytes for every byte of the archive, above the first GiB: mail compresses to a
fifth, a mailbox of one message repeated to a hundredth (own choice; RULES 38 has 100)."""


class Budget:
    """What may come out of one archive."""

    def __init__(self, archive_bytes: int) -> None:
        self.left = OUTPUT_FREE_BYTES + OUTPUT_RATIO * archive_bytes

    def spend(self, count: int) -> None:
        """Take note of output; raises where it is more than an archive of this size may give."""
        self.left -= count
        if self.left < 0:
            text = "more comes out of the archive than mail of this size could hold: stopped"
            raise ReadFaultError("archive_limit", text)
