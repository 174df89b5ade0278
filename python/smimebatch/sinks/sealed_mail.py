"""The messages of one unit in new envelopes, and the proof that they hold what they should.

A job that signs writes the same way, with a proof of its own (`signed_mail`).

    write     messages go to the part of `mail`; what is to be found in each is kept
    prove     the part is read again from the disk, opened with the keys at hand, and compared:
              plaintext, recipients, algorithms, every signature inside, and that no content key
              and no nonce was used twice
    finish    what is not as it should be is taken out of the part; the part of `objects` says of
              every message what became of it

Until then nothing has a name that anybody looks at, so that of PENDING, WRITTEN and VERIFIED no
file shows any.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from itertools import islice

from smimebatch.batch import VerifiedBatch, as_table
from smimebatch.job.made import MadeFile
from smimebatch.sinks.mail_formats import PARQUET, new_mail
from smimebatch.sinks.mail_part import ParquetMail
from smimebatch.sinks.parquet import DatasetFile, new_file
from smimebatch.sinks.proofs import AnyProof
from smimebatch.sinks.unsettled import Unsettled, is_written, only, originals_of
from smimebatch.sources.items import InputBatch, ReadError
from smimebatch.sources.reading import MESSAGE_HELD_BYTES

EVIDENCE = "evidence"
"""The dataset of messages as they were that lost a signature."""
Prove = Callable[[InputBatch], VerifiedBatch]


class SealedMail:
    """One part of the mail of a run, and the part of `objects` beside it."""

    def __init__(
        self,
        staging: str,
        prove: Prove,
        metadata: Mapping[str, str],
        threads: int,
        new_proof: Callable[[], AnyProof],
        *,
        keeps_originals: bool = False,
        form: str = PARQUET,
        held_bytes: int = MESSAGE_HELD_BYTES,
    ) -> None:
        self._prove = prove
        self._mail = new_mail(form, staging, held_bytes)
        self._evidence = ParquetMail(staging, EVIDENCE) if keeps_originals else None
        self._objects: DatasetFile = new_file(staging, "objects", metadata, threads)
        self._metadata = metadata
        self._new_proof = new_proof
        self._unsettled = Unsettled()
        self._made: dict[str, MadeFile] | None = None
        self.states: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        """How many messages came to which end and why, once it is known."""
        self.gone: list[ReadError] = []
        """None: `objects` says what became of each."""

    def write(self, batch: VerifiedBatch) -> None:
        """Add messages."""
        rows = as_table(batch.mail)
        if self._evidence is not None:
            self._evidence.write(originals_of(rows))
        self._unsettled.add(batch, rows)
        lost_before = self._mail.lost
        self._mail.write(only(rows, is_written(rows)), octets=batch.octets)
        if self._mail.lost > lost_before:
            batch.is_lost = self._unsettled.said[-1].is_lost = True

    @property
    def apart(self) -> int:
        """How many messages no file of the format can hold."""
        return self._mail.apart

    def prove(self) -> None:
        """Read the part again, and compare; take out what is not as it should be."""
        self._made = self._mail.finish(self._metadata)
        written = self._unsettled.written
        proof, unsettled = self._new_proof(), iter(written)
        for batch in self._mail.read_again():
            found = self._prove(batch)
            proof.settle(list(islice(unsettled, found.messages.num_rows)), found)
        if next(unsettled, None) is not None:
            raise AssertionError("a message of the part that nobody found again")
        keep = [said.is_written for said in written]
        if not all(keep):
            self._take_out(keep)
        said = self._unsettled.said
        self.states.update(it.state for it in said if it.state)
        self.reasons.update(it.reason for it in said if it.reason)
        self._objects.write(self._unsettled.objects(keeps_rows=False))
        self._unsettled = Unsettled()

    def _take_out(self, keep: list[bool]) -> None:
        """Write the part again, without the messages that failed."""
        self._mail.rewrite(keep)
        self._made = self._mail.finish(self._metadata)

    def finish(self) -> dict[str, MadeFile]:
        """Complete both files."""
        if self._made is None:
            raise AssertionError("mail that was not proven")
        made = {**self._made, "objects": self._objects.finish()}
        if self._evidence is not None:
            made |= self._evidence.finish(self._metadata)
        return made

    def abandon(self) -> None:
        """Let go of both after a failure."""
        self._mail.abandon()
        self._objects.abandon()
        if self._evidence is not None:
            self._evidence.abandon()
