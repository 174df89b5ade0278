"""The times of a signature in words: what is claimed, what is proven, and what held then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from smimebatch.instants import Instant
from smimebatch.report.text import day_of, harmless, in_utc
from smimebatch.schema import sentence

PROOFS = {
    "signature_timestamp": "time-stamped {day} by {source}",
    "archive_timestamp": "time-stamped for the archive {day} by {source}",
    "countersignature": "countersigned by {source}, which was time-stamped {day}",
    "notary": "countersigned {day} by {source}, for whom you vouched",
    "earlier_run": "in an earlier run that was time-stamped {day} by {source}",
    "column": "in the archive {day} according to its column {source}, which you vouched for",
    "received": "received {day} according to {source}, which you vouched for",
    "mbox_from": "delivered {day} according to the From_ line, which you vouched for",
    "date_header": "written {day} according to its Date header, which you vouched for",
}
EVIDENCE_ORDER = "proven not older than {day}, by a time-stamp that the signature covers"


def time_lines(
    signature: dict[str, Any], not_after: Instant | None, now: datetime
) -> Iterator[str]:
    """Claimed and proven, kept apart, and the time the chain was judged at."""
    claimed = signature["signing_time_claim"]
    yield f"Claimed by the signer: {in_utc(claimed)}." if claimed else "The signer claims no time."
    if signature["poe_time"]:
        yield f"In short: {in_short(signature, not_after, now)}."
    else:
        yield "Nothing proves that it existed before now."
    if signature["not_before_evidence"]:
        told = EVIDENCE_ORDER.format(day=day_of(signature["not_before_evidence"]))
        yield told.capitalize() + "."
    judged = signature["control_time"]
    if judged:
        is_now = abs((judged - now).total_seconds()) < 1
        yield f"Certificates judged at {in_utc(judged)}{', the time of this run' * is_now}."


def in_short(signature: dict[str, Any], not_after: Instant | None, now: datetime) -> str:
    """Say when the certificate ended, what proves the signature older, and what held then."""
    parts = []
    if not_after is not None and not_after < now:
        parts.append(f"expired {day_of(not_after)}")
    proof = PROOFS.get(signature["poe_kind"])
    day, source = day_of(signature["poe_time"]), harmless(signature["poe_source"] or "")
    if proof is None:
        said = sentence("evidence_kind", signature["poe_kind"])
        proof = f"existed {{day}} ({said.rstrip('.')})"
    parts.append(proof.format(day=day, source=source))
    parts.append(held(signature))
    return "; ".join(parts)


def held(signature: dict[str, Any]) -> str:
    """Say whether the chain held at the proven time, if it was judged then."""
    judged, proven = signature["control_time"], signature["poe_time"]
    if judged is None or not 0 <= (judged - proven).total_seconds() < 1:
        return "the chain was judged at another time"
    return "the chain held then" if signature["chain_result"] == "ok" else "it did not hold then"
