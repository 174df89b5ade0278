"""The messages of one unit in new envelopes, and the proof that they hold what they should.

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
from collections.abc import Callable, Iterator, Mapping, Set
from typing import Any

import pyarrow as pa

from smimebatch import _native
from smimebatch.batch import VerifiedBatch, as_table
from smimebatch.job.made import MadeFile
from smimebatch.schema import dataset_schema
from smimebatch.sinks.mail_formats import PARQUET, new_mail
from smimebatch.sinks.mail_part import ParquetMail
from smimebatch.sinks.parquet import DatasetFile, new_file

WRITTEN, COMMITTED, UNVERIFIED = "WRITTEN", "COMMITTED", "COMMITTED_UNVERIFIED"
REFUSED = "REFUSED"
NO_KEY = "no_key"
EVIDENCE = "evidence"
"""The dataset of messages as they were that lost a signature."""
SIGNATURE_FACTS = (
    "format",
    "signer_index",
    "signature_value_sha256",
    "sid_kind",
    "signer_subject",
    "signer_issuer",
    "signer_serial",
    "certificate_sha256",
    "certificate_source",
    "digest_algorithm",
    "signature_algorithm",
    "signature_parameters",
    "digest_ok",
    "signature_ok",
    "crypto_result",
    "signed_attributes",
    "signing_time_claim",
    "algorithm_protection",
    "ess_certificate_id",
    "address_match",
    "indication_now",
)
"""What a new envelope changes nothing of: not where it lies, nor what is written of it only in
clear (RULES 40), nor times that may hang on the message as it was stored."""
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
    "original_integrity",
    "key_id",
)
PROVEN = (
    "source",
    "source_index",
    "reason",
    "plaintext_hmac",
    "recipients_before",
    "algorithms_before",
    "key_mark",
    "nonce_mark",
    "as_written",
)
Place = tuple[str | None, int | None]
Prove = Callable[[Any], VerifiedBatch]


class SealedMail:
    """One part of the mail of a run, and the part of `objects` beside it."""

    def __init__(
        self,
        staging: str,
        prove: Prove,
        metadata: Mapping[str, str],
        threads: int,
        *,
        keeps_content_keys: bool = False,
        keeps_originals: bool = False,
        form: str = PARQUET,
    ) -> None:
        self._prove = prove
        self._mail = new_mail(form, staging)
        self._evidence = ParquetMail(staging, EVIDENCE) if keeps_originals else None
        self._objects: DatasetFile = new_file(staging, "objects", metadata, threads)
        self._metadata = metadata
        self._keeps_content_keys = keeps_content_keys
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
        is_written = rows["raw"].is_valid()
        kept = rows.select(KEPT).to_pylist()
        for said, source, written in zip(kept, sources, is_written.to_pylist(), strict=True):
            said["source_sha256"] = source
            said["is_written"] = written
            said["signatures"] = signatures.get((said["source"], said["source_index"]))
            self._kept.append(said)
        self._mail.write(rows.filter(is_written))

    @property
    def apart(self) -> int:
        """How many messages no file of the format can hold."""
        return self._mail.apart

    def prove(self) -> None:
        """Read the part again, and compare; take out what is not as it should be."""
        self._made = self._mail.finish(self._metadata)
        written = [said for said in self._kept if said["is_written"]]
        proof = Proof(keeps_content_keys=self._keeps_content_keys)
        for said, found in zip(written, self._read_again(), strict=True):
            proof.compare(said, found)
        if any(said["reason"] in proof.FAULTS for said in written):
            self._take_out([said["reason"] not in proof.FAULTS for said in written])
        self._write_objects()

    def _read_again(self) -> Iterator[dict[str, Any]]:
        """Give what is found in each message of the part, by its octets on the disk."""
        for rows in self._mail.read_again():
            found = self._prove(rows)
            signatures = signature_facts(found.signatures)
            hashes = found.messages["message_sha256"].to_pylist()
            facts = as_table(found.mail).select(PROVEN).to_pylist()
            for row, sha256 in zip(facts, hashes, strict=True):
                row["message_sha256"] = sha256
                row["signatures"] = signatures.get((row["source"], row["source_index"]))
                yield row

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


class Proof:
    """Compares what was to be written with what was read, message by message of one part."""

    FAULTS = frozenset({"proof_failed", "signature_changed"})
    """Reasons for which a message is taken out."""

    def __init__(self, *, keeps_content_keys: bool) -> None:
        self._keeps_content_keys = keeps_content_keys
        """Whether content keys are those of the source, of which two messages may be copies."""
        self._marks: set[bytes] = set()
        """Content keys and nonces of the part."""

    def compare(self, said: dict[str, Any], found: Mapping[str, Any]) -> None:
        """Settle the state of a message."""
        is_whole = found["message_sha256"] == said["output_sha256"]
        if said["state"] != WRITTEN:
            if not is_whole:
                fail(said, "proof_failed")
            return
        is_meant = (
            is_whole
            and found["as_written"] is True
            and found["recipients_before"] == said["recipients_after"]
            and found["algorithms_before"] == said["algorithms_after"]
            and self._is_fresh(found["nonce_mark"])
        )
        if is_meant and found["reason"] == NO_KEY:
            said.update(state=UNVERIFIED, reason="no_proof_key")
            return
        is_equal = found["plaintext_hmac"] == said["plaintext_hmac"] is not None
        if not (is_meant and is_equal and self._is_fresh(found["key_mark"])):
            fail(said, "proof_failed", content_equal=is_equal)
        elif found["signatures"] != said["signatures"]:
            fail(said, "signature_changed", content_equal=True, signatures_equal=False)
        else:
            said.update(state=COMMITTED, content_equal=True, signatures_equal=True)

    def _is_fresh(self, mark: bytes | None) -> bool:
        """Whether a content key or nonce is there, and was not met before."""
        if self._keeps_content_keys:
            return mark is not None
        is_fresh = mark is not None and mark not in self._marks
        if mark is not None:
            self._marks.add(mark)
        return is_fresh


def fail(said: dict[str, Any], reason: str, **facts: bool) -> None:
    """Refuse a message that is not as it should be, and take it out."""
    said.update(state=REFUSED, reason=reason, is_written=False, **facts)


def places_of(rows: Any) -> set[Place]:
    """Return which messages these are."""
    return set(zip(rows["source"].to_pylist(), rows["source_index"].to_pylist(), strict=True))


def signature_facts(signatures: Any, lost: Set[Place] = frozenset()) -> dict[Place, bytes]:
    """Return what is known of the signatures of each message, hashed, in order.

    Of messages that have `lost` a signature around their envelope, only of those inside.
    """
    if lost and signatures.num_rows:
        paths = signatures["layer_path"].to_pylist()
        where = zip(
            signatures["source"].to_pylist(), signatures["source_index"].to_pylist(), strict=True
        )
        inside = [
            place not in lost or "enveloped" in path
            for place, path in zip(where, paths, strict=True)
        ]
        signatures = signatures.filter(pa.array(inside))
    if not signatures.num_rows:
        return {}
    leaves = _native.row_leaves(signatures.select(SIGNATURE_FACTS))
    places = zip(
        signatures["source"].to_pylist(), signatures["source_index"].to_pylist(), strict=True
    )
    facts: dict[Place, bytes] = {}
    for row, place in enumerate(places):
        facts[place] = facts.get(place, b"") + leaves[32 * row : 32 * row + 32]
    return facts
