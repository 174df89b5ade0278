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
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from smimebatch.batch import VerifiedBatch, as_table
from smimebatch.job.made import MadeFile
from smimebatch.schema import dataset_schema
from smimebatch.sinks.mail_formats import PARQUET, new_mail
from smimebatch.sinks.mail_part import ParquetMail
from smimebatch.sinks.parquet import DatasetFile, new_file
from smimebatch.sinks.proof import TOO_LARGE, Place, Proof, fail, signature_facts
from smimebatch.sources.items import InputBatch
from smimebatch.sources.reading import MESSAGE_HELD_BYTES

EVIDENCE = "evidence"
"""The dataset of messages as they were that lost a signature."""
KEPT = (
    "source",
    "source_index",
    "state",
    "reason",
    "output_sha256",
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
Prove = Callable[[InputBatch], VerifiedBatch]


class SealedMail:
    """One part of the mail of a run, and the part of `objects` beside it."""

    def __init__(
        self,
        staging: str,
        prove: Prove,
        metadata: Mapping[str, str],
        threads: int,
        new_proof: Callable[[], Proof],
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
        self._kept: list[dict[str, Any]] = []
        self._made: dict[str, MadeFile] | None = None
        self.states: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        """How many messages came to which end and why, once it is known."""

    def write(self, batch: VerifiedBatch) -> None:
        """Add messages."""
        rows = as_table(batch.mail)
        originals = rows["original"].is_valid()
        lost = places_of(rows.filter(originals))
        signatures = signature_facts(batch.signatures, lost)
        if self._evidence is not None:
            at = rows.schema.get_field_index("raw")
            kept_rows = rows.set_column(at, "raw", rows["original"]).filter(originals)
            self._evidence.write(kept_rows)
        sources = batch.messages["message_sha256"].to_pylist()
        is_written = pc.or_(rows["raw"].is_valid(), rows["lies"].is_valid())
        kept = rows.select(KEPT).to_pylist()
        for said, source, written in zip(kept, sources, is_written.to_pylist(), strict=True):
            said["source_sha256"] = source
            said["is_written"] = written
            said["signatures"] = signatures.get((said["source"], said["source_index"]))
            said["is_large"] = batch.octets is not None
            said["is_lost"] = False
            self._kept.append(said)
        lost_before = self._mail.lost
        self._mail.write(only(rows, is_written), octets=batch.octets)
        if self._mail.lost > lost_before:
            batch.is_lost = self._kept[-1]["is_lost"] = True

    @property
    def apart(self) -> int:
        """How many messages no file of the format can hold."""
        return self._mail.apart

    def prove(self) -> None:
        """Read the part again, and compare; take out what is not as it should be."""
        self._made = self._mail.finish(self._metadata)
        written = [said for said in self._kept if said["is_written"]]
        proof = self._new_proof()
        for said, found in zip(written, self._read_again(proof), strict=True):
            if said["is_lost"]:
                fail(said, TOO_LARGE)
            else:
                proof.compare(said, found)
        keep = [bool(said["is_written"]) for said in written]
        if not all(keep):
            self._take_out(keep)
        self._write_objects()

    def _read_again(self, proof: Proof) -> Iterator[dict[str, Any]]:
        """Give what is found in each message of the part, by its octets on the disk."""
        for batch in self._mail.read_again():
            yield from proof.read(self._prove(batch))

    def _take_out(self, keep: list[bool]) -> None:
        """Write the part again, without the messages that failed."""
        self._mail.rewrite(keep)
        self._made = self._mail.finish(self._metadata)

    def _write_objects(self) -> None:
        row = 0
        for said in self._kept:
            said["output"] = None
            if said["is_written"]:
                said["output"] = f"mail#{row}"
                row += 1
            else:
                said["output_sha256"] = None
            self.states[said["state"]] += 1
            self.reasons.update([said["reason"]] if said["reason"] else [])
        schema = dataset_schema("objects")
        columns = {name: [said.get(name) for said in self._kept] for name in schema.names}
        self._objects.write(pa.table(columns, schema=schema))
        self._kept = []

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


def only(rows: Any, mask: Any) -> Any:
    """Return the rows of a mask, without a copy of their octets where it is all of them."""
    return rows if pc.all(mask).as_py() else rows.filter(mask)


def places_of(rows: Any) -> set[Place]:
    """Return which messages these are."""
    return set(zip(rows["source"].to_pylist(), rows["source_index"].to_pylist(), strict=True))
