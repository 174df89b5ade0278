"""The proof of mail that was signed: what was read again from the disk is verified as any mail is.

The message is octet for octet what would be written of its signatory, its entity and the value of
its signature; that value is right; the entity and the header outside are those of the source; the
certificate names the sender; and every signature inside says what it said before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow.compute as pc

from smimebatch.batch import VerifiedBatch, as_table
from smimebatch.sinks.proof import (
    COMMITTED,
    PROOF_FAILED,
    SIGNATURE_CHANGED,
    UNVERIFIED,
    WRITTEN,
    Proof,
    fail,
    signature_facts,
)

NOT_COVERED, MADE_OPAQUE = "not_covered", "made_opaque"
OUTERMOST = "signed"
"""The layer path of a signature over the whole of a message."""
PROVEN = ("source", "source_index", "plaintext_hmac", "signer", "algorithms_before", "as_written")
OUTER_FACTS = (
    "source",
    "source_index",
    "format",
    "digest_ok",
    "signature_ok",
    "crypto_result",
    "algorithm_protection",
    "ess_certificate_id",
    "address_match",
)
HOLDS = {
    "digest_ok": True,
    "signature_ok": True,
    "crypto_result": "ok",
    "algorithm_protection": "match",
    "ess_certificate_id": "match_v2",
}
"""What is to be said of a new signature."""


class SignedProof(Proof):
    """Compares what was to be written with what was read, message by message of one part."""

    def __init__(self, *, is_opaque: bool, binds: bool) -> None:
        super().__init__()
        self._is_opaque = is_opaque
        """Whether the text lies in the signature, of every message and not only where it has to."""
        self._binds = binds
        """Whether the certificate has to name the sender."""

    def read(self, found: VerifiedBatch) -> Iterator[dict[str, Any]]:
        """Give what is found in each message."""
        is_outer = pc.equal(found.signatures["layer_path"], OUTERMOST)
        inside = signature_facts(found.signatures.filter(pc.invert(is_outer)))
        outer: dict[Any, list[dict[str, Any]]] = {}
        for row in found.signatures.filter(is_outer).select(OUTER_FACTS).to_pylist():
            outer.setdefault((row["source"], row["source_index"]), []).append(row)
        about = found.messages.select(("message_sha256", "coverage", "deciding_signature"))
        facts = as_table(found.mail).select(PROVEN).to_pylist()
        for row, message in zip(facts, about.to_pylist(), strict=True):
            place = (row["source"], row["source_index"])
            row |= message
            row["signatures"] = inside.get(place)
            row["outer"] = outer.get(place, [])
            yield row

    def compare(self, said: dict[str, Any], found: Mapping[str, Any]) -> None:
        """Settle the state of a message."""
        is_whole = found["message_sha256"] == said["output_sha256"]
        if said["state"] != WRITTEN:
            if not is_whole:
                fail(said, PROOF_FAILED)
            return
        outer = found["outer"][0] if len(found["outer"]) == 1 else {}
        is_opaque = self._is_opaque or said["reason"] == MADE_OPAQUE
        is_meant = (
            is_whole
            and found["as_written"] is True
            and found["signer"] == said["signer"] is not None
            and found["algorithms_before"] == said["algorithms_after"]
            and outer.get("format") == ("opaque" if is_opaque else "detached")
            and all(outer.get(name) == value for name, value in HOLDS.items())
        )
        is_equal = found["plaintext_hmac"] == said["plaintext_hmac"] is not None
        if not (is_meant and is_equal):
            fail(said, PROOF_FAILED, content_equal=is_equal)
        elif found["signatures"] != said["signatures"]:
            fail(said, SIGNATURE_CHANGED, content_equal=True, signatures_equal=False)
        else:
            said.update(state=COMMITTED, content_equal=True, signatures_equal=True)
            if not self._is_covered(found, outer):
                said.update(state=UNVERIFIED, reason=NOT_COVERED)

    def _is_covered(self, found: Mapping[str, Any], outer: Mapping[str, Any]) -> bool:
        """Whether the new signature speaks for all that a reader sees, and for the sender."""
        decides = (found["deciding_signature"] or "").rpartition("#")[0] == OUTERMOST
        is_whole = found["coverage"] == "full" or not decides
        return is_whole and (not self._binds or outer["address_match"] == "from")
