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
from itertools import islice, repeat
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from smimebatch.batch import VerifiedBatch, as_table
from smimebatch.job.made import MadeFile
from smimebatch.schema import dataset_schema
from smimebatch.sinks.mail_formats import PARQUET, new_mail
from smimebatch.sinks.mail_part import ParquetMail
from smimebatch.sinks.parquet import DatasetFile, new_file
from smimebatch.sinks.proof import Proof, Said, columns_of, places_of, signature_facts
from smimebatch.sources.items import InputBatch, ReadError
from smimebatch.sources.reading import MESSAGE_HELD_BYTES

EVIDENCE = "evidence"
"""The dataset of messages as they were that lost a signature."""
SETTLED = (
    "state",
    "reason",
    "output_sha256",
    "plaintext_hmac",
    "recipients_after",
    "algorithms_after",
    "signer",
)
"""What is said of a message, and compared."""
KEPT = (
    "source",
    "source_index",
    "plaintext_hmac",
    "missing_recipients",
    "recipients_before",
    "recipients_after",
    "algorithms_before",
    "algorithms_after",
    "signer",
    "transfer_encoded",
    "original_integrity",
    "key_id",
)
"""What stays as it is said, whatever the proof finds."""
Prove = Callable[[InputBatch], VerifiedBatch]
AnyProof = Proof[Any]


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
        self._kept: list[Any] = []
        """Tables of `KEPT`, and the SHA-256 of every message as it was."""
        self._said: list[Said] = []
        self._made: dict[str, MadeFile] | None = None
        self.states: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        """How many messages came to which end and why, once it is known."""
        self.gone: list[ReadError] = []
        """None: `objects` says what became of each."""

    def write(self, batch: VerifiedBatch) -> None:
        """Add messages."""
        rows = as_table(batch.mail)
        originals = rows["original"].is_valid()
        lost = set(places_of(rows.filter(originals)))
        signatures = signature_facts(batch.signatures, lost)
        if self._evidence is not None:
            at = rows.schema.get_field_index("raw")
            kept_rows = rows.set_column(at, "raw", rows["original"]).filter(originals)
            self._evidence.write(kept_rows)
        source = batch.messages["message_sha256"]
        self._kept.append(copied(rows.select(KEPT).append_column("source_sha256", source)))
        is_written = pc.or_(rows["raw"].is_valid(), rows["lies"].is_valid())
        facts, inside = columns_of(rows, SETTLED), map(signatures.get, places_of(rows))
        is_large = repeat(batch.octets is not None)
        self._said += map(Said, *facts, inside, is_written.to_pylist(), is_large)
        lost_before = self._mail.lost
        self._mail.write(only(rows, is_written), octets=batch.octets)
        if self._mail.lost > lost_before:
            batch.is_lost = self._said[-1].is_lost = True

    @property
    def apart(self) -> int:
        """How many messages no file of the format can hold."""
        return self._mail.apart

    def prove(self) -> None:
        """Read the part again, and compare; take out what is not as it should be."""
        self._made = self._mail.finish(self._metadata)
        written = [said for said in self._said if said.is_written]
        proof, unsettled = self._new_proof(), iter(written)
        for batch in self._mail.read_again():
            found = self._prove(batch)
            proof.settle(list(islice(unsettled, found.messages.num_rows)), found)
        if next(unsettled, None) is not None:
            raise AssertionError("a message of the part that nobody found again")
        keep = [said.is_written for said in written]
        if not all(keep):
            self._take_out(keep)
        self._write_objects()

    def _take_out(self, keep: list[bool]) -> None:
        """Write the part again, without the messages that failed."""
        self._mail.rewrite(keep)
        self._made = self._mail.finish(self._metadata)

    def _write_objects(self) -> None:
        said, row = self._said, 0
        outputs: list[str | None] = []
        for it in said:
            outputs.append(f"mail#{row}" if it.is_written else None)
            row += it.is_written
        self.states.update(it.state for it in said if it.state)
        self.reasons.update(it.reason for it in said if it.reason)
        hashes = [it.output_sha256 if it.is_written else None for it in said]
        settled = {
            "state": [it.state for it in said],
            "reason": [it.reason for it in said],
            "output": outputs,
            "output_sha256": hashes,
            "content_equal": [it.content_equal for it in said],
            "signatures_equal": [it.signatures_equal for it in said],
        }
        schema = dataset_schema("objects")
        kept = pa.concat_tables(self._kept) if self._kept else schema.empty_table()
        columns = [
            pa.array(settled[it.name], it.type)
            if it.name in settled
            else kept[it.name].cast(it.type)
            for it in schema
        ]
        self._objects.write(pa.table(columns, schema=schema))
        self._kept, self._said = [], []

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


def copied(rows: Any) -> Any:
    """Return rows in memory of their own: a column of the core's keeps all others of its batch."""
    return rows.take(pa.array(range(rows.num_rows), pa.int64()))


def only(rows: Any, mask: Any) -> Any:
    """Return the rows of a mask, without a copy of their octets where it is all of them."""
    return rows if pc.all(mask).as_py() else rows.filter(mask)
