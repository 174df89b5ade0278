"""What a job makes of Arrow data in memory, and the proof of that.

The core writes the messages. Where that is asked for they are read again as any mail is, and
compared with what was to be; nothing lies on a disk, so that nothing is ever COMMITTED.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from smimebatch import _native
from smimebatch.batch import (
    VerifiedBatch,
    as_table,
    new_engine,
    record_batches,
    verified_batch,
    verified_data,
    with_vouched_time,
)
from smimebatch.envelopes import Envelopes
from smimebatch.errors import InputError
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
from smimebatch.vouching import Vouches
from smimebatch.weak_keys import load_blacklists

VERIFIED = "VERIFIED"
IN_MEMORY = {COMMITTED: VERIFIED, UNVERIFIED: WRITTEN}
"""What the proof's words are where nobody has stored anything yet."""
PLACE = "source_index"


class WrittenBatch(VerifiedBatch):
    """The messages of some Arrow data as a job wrote them, beside the rows about them."""

    def __init__(self, found: VerifiedBatch, mail: Any, objects: Any, evidence: Any) -> None:
        super().__init__(**found.rows, payload_bytes=found.payload_bytes, mail=mail)
        # One row per message, in order; `raw` is null where nothing was written.
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

    def done(self, data: Any) -> WrittenBatch:
        """Write the messages of some Arrow data."""
        sealing = self.envelopes.sealing
        if sealing is None:
            found = self._written(self.envelopes, data)
            return WrittenBatch(found, mail_of(as_table(found.mail)), None, None)
        sealer = sealing.sealer(load_blacklists(self.debian_weak_keys).weak_keys())
        key = os.urandom(PROOF_KEY_BYTES) if self.proves else None
        envelopes = replace(self.envelopes, sealer=sealer, proof_key=key)
        found = self._written(envelopes, data)
        rows = as_table(found.mail)
        evidence = mail_of(originals_of(rows)) if sealing.keeps_originals else None
        if not self.proves:
            return WrittenBatch(found, mail_of(rows), unproven(found, rows), evidence)
        unsettled = Unsettled()
        unsettled.add(found, rows)
        self._prove(envelopes, only(rows, is_written(rows)), unsettled)
        mail = without_failed(mail_of(rows), [said.is_written for said in unsettled.said])
        return WrittenBatch(found, mail, unsettled.objects(keeps_rows=True), evidence)

    def _written(self, envelopes: Envelopes, data: Any) -> VerifiedBatch:
        engine = new_engine(
            self.trust, self.policy, self.now, self.jobs, self.tsa_trust, envelopes=envelopes
        )
        rows = numbered(record_batches(data), self.policy.vouches.column)
        return verified_rows(engine, rows)

    def _prove(self, envelopes: Envelopes, rows: Any, unsettled: Unsettled) -> None:
        alone = replace(self.policy, vouches=Vouches())
        engine = new_engine(self.trust, alone, self.now, self.jobs, envelopes=envelopes.proof)
        sealing = envelopes.sealing
        if sealing is None:
            raise AssertionError("a proof of mail that was not sealed")
        found = verified_data(engine, rows.select(part_schema().names[:-1]))
        new_proof(sealing).settle(unsettled.written, found)
        for said in unsettled.said:
            said.state = IN_MEMORY.get(said.state or "", said.state)


def numbered(batches: Iterator[Any], vouched_column: str | None) -> Iterator[Any]:
    """Give record batches with the number of each row, where they do not say which message it is.

    Of messages that are all called alike the proof would take the signatures for those of one.
    """
    start = 0
    for given in batches:
        rows = with_vouched_time(given, vouched_column)
        if PLACE not in rows.schema.names:
            numbers = pa.array(range(start, start + rows.num_rows), pa.int64())
            rows = rows.append_column(PLACE, numbers)
        start += rows.num_rows
        yield rows


def verified_rows(engine: _native.Engine, batches: Iterator[Any]) -> VerifiedBatch:
    """Return what the core makes of record batches."""
    try:
        parts = [engine.verify(rows) for rows in batches]
    except ValueError as error:
        raise InputError("record batch", found=str(error)) from error
    return verified_batch(parts[0] if len(parts) == 1 else _native.gather_tables(parts))


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
