"""The proof of mail in new envelopes: what was read again from the disk against what was to be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Any

import pyarrow as pa

from smimebatch import _native
from smimebatch.batch import VerifiedBatch, as_table

WRITTEN, COMMITTED, UNVERIFIED = "WRITTEN", "COMMITTED", "COMMITTED_UNVERIFIED"
REFUSED = "REFUSED"
PROOF_FAILED, SIGNATURE_CHANGED = "proof_failed", "signature_changed"
NOT_COMPARED, TOO_LARGE = "not_compared", "too_large"
INNER_ENVELOPE = "inner_envelope"
NO_KEY = "no_key"
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


class Proof:
    """Compares what was to be written with what was read, message by message of one part."""

    def __init__(self, *, keeps_content_keys: bool = False) -> None:
        self._keeps_content_keys = keeps_content_keys
        """Whether content keys are those of the source, of which two messages may be copies."""
        self._marks: set[bytes] = set()
        """Content keys and nonces of the part."""

    def read(self, found: VerifiedBatch) -> Iterator[dict[str, Any]]:
        """Give what is found in each message."""
        signatures = signature_facts(found.signatures)
        hashes = found.messages["message_sha256"].to_pylist()
        for row, sha256 in zip(
            as_table(found.mail).select(PROVEN).to_pylist(), hashes, strict=True
        ):
            row["message_sha256"] = sha256
            row["is_large"] = found.octets is not None
            row["signatures"] = signatures.get((row["source"], row["source_index"]))
            yield row

    def compare(self, said: dict[str, Any], found: Mapping[str, Any]) -> None:
        """Settle the state of a message."""
        is_whole = found["message_sha256"] == said["output_sha256"]
        if said["state"] != WRITTEN:
            if not is_whole:
                fail(said, PROOF_FAILED)
            return
        is_meant = (
            is_whole
            and found["as_written"] is True
            and found["recipients_before"] == said["recipients_after"]
            and found["algorithms_before"] == said["algorithms_after"]
            and self._is_fresh(found["nonce_mark"])
        )
        if is_meant and found["reason"] == NO_KEY:
            said["state"] = UNVERIFIED
            if said["reason"] != INNER_ENVELOPE:
                said["reason"] = "no_proof_key"
            return
        is_equal = found["plaintext_hmac"] == said["plaintext_hmac"] is not None
        if not (is_meant and is_equal and self._is_fresh(found["key_mark"])):
            fail(said, PROOF_FAILED, content_equal=is_equal)
        elif said["is_large"] or found["is_large"]:
            # What lies inside was not looked into; of an envelope it is the same octet for octet.
            said.update(state=COMMITTED, content_equal=True)
            if said["signatures"] is not None:  # in clear: line ends may be others now
                said.update(state=UNVERIFIED, reason=NOT_COMPARED)
            elif said["reason"] == INNER_ENVELOPE:
                said["state"] = UNVERIFIED
        elif found["signatures"] != said["signatures"]:
            fail(said, SIGNATURE_CHANGED, content_equal=True, signatures_equal=False)
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
