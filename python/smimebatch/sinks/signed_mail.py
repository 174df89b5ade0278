"""The proof of mail that was signed: what was read again from the disk is verified as any mail is.

The message is octet for octet what would be written of its signatory, its entity and the value of
its signature; that value is right; the entity and the header outside are those of the source; the
certificate names the sender; and every signature inside says what it said before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow.compute as pc

from smimebatch.batch import VerifiedBatch, as_table
from smimebatch.sinks.proof import (
    PROOF_FAILED,
    SIGNATURE_CHANGED,
    WRITTEN,
    Place,
    Proof,
    Said,
    columns_of,
    places_of,
    signature_facts,
)

NOT_COVERED, MADE_OPAQUE = "not_covered", "made_opaque"
OUTERMOST = "signed"
"""The layer path of a signature over the whole of a message."""
PROVEN = ("plaintext_hmac", "signer", "algorithms_before", "as_written")
ABOUT = ("message_sha256", "coverage", "deciding_signature")
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


@dataclass(frozen=True, slots=True)
class SeenSignature:
    """What is found in a message that was signed."""

    plaintext_hmac: bytes | None
    signer: str | None
    algorithms: list[str] | None
    as_written: bool | None
    message_sha256: bytes | None
    coverage: str | None
    deciding_signature: str | None
    signatures: bytes | None
    """What is known of those inside, hashed."""
    outer: list[dict[str, Any]]
    """Those over the whole of it."""


class SignedProof(Proof[SeenSignature]):
    """Of messages under new signatures."""

    def __init__(self, *, is_opaque: bool, binds: bool) -> None:
        self._is_opaque = is_opaque
        """Whether the text lies in the signature, of every message and not only where it has to."""
        self._binds = binds
        """Whether the certificate has to name the sender."""

    def seen_in(self, found: VerifiedBatch) -> Iterator[SeenSignature]:
        """Give what is found in each message."""
        is_outer = pc.equal(found.signatures["layer_path"], OUTERMOST)
        inside = signature_facts(found.signatures.filter(pc.invert(is_outer)))
        outer: dict[Place, list[dict[str, Any]]] = {}
        for row in found.signatures.filter(is_outer).select(OUTER_FACTS).to_pylist():
            outer.setdefault((row["source"], row["source_index"]), []).append(row)
        rows = as_table(found.mail)
        places = list(places_of(rows))
        facts = [*columns_of(rows, PROVEN), *columns_of(found.messages, ABOUT)]
        over_all = (outer.get(place, []) for place in places)
        return map(SeenSignature, *facts, map(inside.get, places), over_all)

    def compare(self, said: Said, seen: SeenSignature) -> None:
        """Settle the state of a message."""
        is_whole = seen.message_sha256 == said.output_sha256
        if said.state != WRITTEN:
            if not is_whole:
                said.fail(PROOF_FAILED)
            return
        outer = seen.outer[0] if len(seen.outer) == 1 else {}
        is_opaque = self._is_opaque or said.reason == MADE_OPAQUE
        is_meant = (
            is_whole
            and seen.as_written is True
            and seen.signer == said.signer is not None
            and seen.algorithms == said.algorithms_after
            and outer.get("format") == ("opaque" if is_opaque else "detached")
            and all(outer.get(name) == value for name, value in HOLDS.items())
        )
        is_equal = seen.plaintext_hmac == said.plaintext_hmac is not None
        if not (is_meant and is_equal):
            said.fail(PROOF_FAILED, content_equal=is_equal)
        elif seen.signatures != said.signatures:
            said.fail(SIGNATURE_CHANGED, content_equal=True)
        else:
            said.commit()
            if not self._is_covered(seen, outer):
                said.doubt(NOT_COVERED)

    def _is_covered(self, seen: SeenSignature, outer: Mapping[str, Any]) -> bool:
        """Whether the new signature speaks for all that a reader sees, and for the sender."""
        decides = (seen.deciding_signature or "").rpartition("#")[0] == OUTERMOST
        is_whole = seen.coverage == "full" or not decides
        return is_whole and (not self._binds or outer["address_match"] == "from")
