"""What a job makes of Arrow data in memory, and the proof of that.

The core writes the messages. Where that is asked for they are read again as any mail is, and
compared with what was to be; nothing lies on a disk, so that nothing is ever COMMITTED.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from smimebatch import _native
from smimebatch.arrow_input import INDEX, record_batches, with_vouched_time
from smimebatch.batch import (
    VerifiedBatch,
    as_table,
    new_engine,
    verified_data,
    verified_rows,
)
from smimebatch.envelopes import Envelopes
from smimebatch.job.sealing import PROOF_KEY_BYTES
from smimebatch.options import Policy
from smimebatch.sinks.mail_part import part_schema
from smimebatch.sinks.proof import COMMITTED, UNVERIFIED, WRITTEN
from smimebatch.sinks.proofs import new_proof
from smimebatch.sinks.unsettled import (
    Unsettled,
    is_written,
    only,
    originals_of,
    unproven,
)
from smimebatch.trust import Trust
from smimebatch.weak_keys import load_blacklists

VERIFIED = "VERIFIED"
IN_MEMORY = {COMMITTED: VERIFIED, UNVERIFIED: WRITTEN}
"""What the proof's words are where nobody has stored anything yet."""


class WrittenBatch(VerifiedBatch):
    """The messages of some Arrow data as a job wrote them, beside the rows about them.

    `mail` has a row for every message, in order, whose `raw` is null where nothing was written.
    """

    def __init__(self, found: VerifiedBatch, mail: Any, objects: Any, evidence: Any) -> None:
        super().__init__(**found.rows, payload_bytes=found.payload_bytes, mail=mail)
        self.objects = objects
        """What became of each message (the dataset `objects`); None for `decrypt_batch`."""
        self.evidence = evidence
        """Messages as they were that lost a signature, as rows of `mail`."""


@dataclass(frozen=True, slots=True)
class Work:
    """One job, with all that it is given."""

    envelopes: Envelopes
    trust: Trust
    tsa_trust: Trust | None
    policy: Policy
    now: datetime
    jobs: int
    debian_weak_keys: str | None
    proves: bool

    def do(self, data: Any) -> WrittenBatch:
        """Write the messages of some Arrow data.

        The core has its own number for each, as the proof takes messages that are called alike for
        one; what the caller calls them stands in the result.
        """
        numbers = OwnNumbers()
        rows = (
            numbers.instead(with_vouched_time(rows, self.policy.vouches.column))
            for rows in record_batches(data)
        )
        sealing = self.envelopes.sealing
        if sealing is None:
            found = verified_rows(self._engine(self.envelopes), rows, self.jobs)
            return numbers.back(found, mail_of(as_table(found.mail)), None, None)
        sealer = sealing.sealer(load_blacklists(self.debian_weak_keys).weak_keys())
        key = os.urandom(PROOF_KEY_BYTES) if self.proves else None
        envelopes = replace(self.envelopes, sealer=sealer, proof_key=key)
        found = verified_rows(self._engine(envelopes), rows, self.jobs)
        written = as_table(found.mail)
        evidence = mail_of(originals_of(written)) if sealing.keeps_originals else None
        if not self.proves:
            return numbers.back(found, mail_of(written), unproven(found, written), evidence)
        unsettled = Unsettled()
        unsettled.add(found, written)
        again = only(written, is_written(written)).select(part_schema().names[:-1])
        proof = new_proof(sealing)
        proof.settle(unsettled.written, verified_data(self._prover(envelopes), again, self.jobs))
        for said in unsettled.said:
            said.state = IN_MEMORY.get(said.state or "", said.state)
        mail = without_failed(mail_of(written), [said.is_written for said in unsettled.said])
        return numbers.back(found, mail, unsettled.objects(keeps_rows=True), evidence)

    def _engine(self, envelopes: Envelopes) -> _native.Engine:
        return new_engine(
            self.trust, self.policy, self.now, self.jobs, self.tsa_trust, envelopes=envelopes
        )

    def _prover(self, envelopes: Envelopes) -> _native.Engine:
        alone = self.policy.without_vouches
        return new_engine(self.trust, alone, self.now, self.jobs, envelopes=envelopes.proof)


class OwnNumbers:
    """The numbers of rows in place of what their caller calls them."""

    def __init__(self) -> None:
        self._count = 0
        self._given: list[Any] = []
        """What the caller calls them, batch by batch."""

    def instead(self, rows: Any) -> Any:
        """Return rows with their own numbers."""
        numbers = pa.array(range(self._count, self._count + rows.num_rows), pa.int64())
        self._count += rows.num_rows
        at = rows.schema.get_field_index(INDEX)
        self._given.append(rows.column(at))
        return rows.set_column(at, INDEX, numbers)

    def back(self, found: VerifiedBatch, mail: Any, objects: Any, evidence: Any) -> WrittenBatch:
        """Return a result in which messages are called as by the caller."""
        given = pa.chunked_array(self._given, pa.int64()).combine_chunks()

        def renamed(rows: Any) -> Any:
            if rows is None or INDEX not in rows.schema.names:
                return rows
            at = rows.schema.get_field_index(INDEX)
            return rows.set_column(at, rows.schema.field(at), given.take(rows[INDEX]))

        found.rows = {name: renamed(as_table(rows)) for name, rows in found.rows.items()}
        return WrittenBatch(found, renamed(mail), renamed(objects), renamed(evidence))


def mail_of(rows: Any) -> Any:
    """Return rows of the core's as those of `mail`, with the reason beside them."""
    return rows.select([*part_schema().names, "reason"])


def without_failed(mail: Any, keep: list[bool]) -> Any:
    """Return the same without what failed its proof."""
    if all(keep):
        return mail
    at = mail.schema.get_field_index("raw")
    kept = pc.if_else(pa.array(keep), mail["raw"], pa.scalar(None, mail["raw"].type))
    return mail.set_column(at, "raw", kept)
