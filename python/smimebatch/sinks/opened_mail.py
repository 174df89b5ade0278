"""The mail of a unit without its envelopes; everything that was read is in it.

What lay inside is there as it lay: that was looked at when it was opened. What a plain format makes
of it is looked at here: the part is read again as any mail of its format is, and a message that is
not found as it was written goes into the index instead.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from smimebatch.batch import VerifiedBatch, as_table
from smimebatch.job.made import MadeFile
from smimebatch.sinks.indexed_mail import IndexedMail
from smimebatch.sinks.mail_formats import new_mail
from smimebatch.sinks.mail_part import held_by_no_file
from smimebatch.sources.items import InputBatch, ReadError
from smimebatch.sources.reading import MESSAGE_HELD_BYTES
from smimebatch.sources.spools import pieces_of


class OpenedMail:
    """One part, in the making."""

    def __init__(
        self,
        staging: str,
        metadata: Mapping[str, str],
        form: str,
        held_bytes: int = MESSAGE_HELD_BYTES,
    ) -> None:
        self._part = new_mail(form, staging, held_bytes)
        self._metadata = metadata
        self._hashes: list[bytes | None] = []
        self._made: dict[str, MadeFile] | None = None
        self.states: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.gone: list[ReadError] = []

    def write(self, batch: VerifiedBatch) -> None:
        """Add the messages of a batch."""
        rows = as_table(batch.mail)
        if isinstance(self._part, IndexedMail):
            self._hashes += rows["output_sha256"].to_pylist()
        lost = self._part.lost
        self._part.write(rows, octets=batch.octets)
        if self._part.lost > lost:
            batch.is_lost = True
            self._hashes[-1] = None

    @property
    def apart(self) -> int:
        """How many messages no file of the format can hold."""
        return self._part.apart

    def prove(self) -> None:
        """Look whether a plain format gives every message back."""
        part = self._part
        if not isinstance(part, IndexedMail):
            return
        self._made = part.finish(self._metadata)
        found = (digest for batch in part.read_again() for digest in digests_of(batch))
        pairs = enumerate(zip(self._hashes, found, strict=True))
        lost = {
            row for row, (expected, digest) in pairs if expected is not None and digest != expected
        }
        if lost:
            part.rewrite([True] * len(self._hashes), apart=lost)
            self._made = part.finish(self._metadata)
            self.gone = [held_by_no_file(*place) for place in part.gone]

    def finish(self) -> dict[str, MadeFile]:
        """Complete the files."""
        return self._made or self._part.finish(self._metadata)

    def abandon(self) -> None:
        """Let go of it after a failure."""
        self._part.abandon()


def sha256(octets: bytes) -> bytes:
    """Return what a message is known by."""
    return hashlib.sha256(octets).digest()


def digests_of(batch: InputBatch) -> Iterator[bytes]:
    """Give what the messages of a batch are known by."""
    if batch.stored is None:
        yield from (sha256(octets or b"") for octets in octets_of(batch.rows))
        return
    hashed = hashlib.sha256()
    for piece in pieces_of(batch.stored):
        hashed.update(piece)
    yield hashed.digest()


def octets_of(rows: Any) -> Iterator[bytes | None]:
    """Give the messages of some rows, one at a time."""
    return (raw.as_py() for raw in rows["raw"])
