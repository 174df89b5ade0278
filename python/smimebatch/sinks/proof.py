"""The proof of mail in new envelopes: what was read again from the disk against what was to be."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import repeat
from typing import Any, Generic, TypeVar

import pyarrow as pa

from smimebatch import _native
from smimebatch.batch import VerifiedBatch, as_table

WRITTEN, COMMITTED, UNVERIFIED = "WRITTEN", "COMMITTED", "COMMITTED_UNVERIFIED"
REFUSED = "REFUSED"
PROOF_FAILED, SIGNATURE_CHANGED = "proof_failed", "signature_changed"
NOT_COMPARED, TOO_LARGE = "not_compared", "too_large"
INNER_ENVELOPE = "inner_envelope"
NO_KEY, NO_PROOF_KEY = "no_key", "no_proof_key"
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
    "reason",
    "plaintext_hmac",
    "recipients_before",
    "algorithms_before",
    "key_mark",
    "nonce_mark",
    "as_written",
)
PLACE = ("source", "source_index")
Place = tuple[str | None, int | None]
Seen = TypeVar("Seen")


@dataclass(slots=True)
class Said:
    """What is said of one message, until its proof settles it."""

    state: str | None
    reason: str | None
    output_sha256: bytes | None
    plaintext_hmac: bytes | None
    recipients_after: list[str] | None
    algorithms_after: list[str] | None
    signer: str | None
    signatures: bytes | None
    """What is known of those inside, hashed."""
    is_written: bool
    is_large: bool = False
    is_lost: bool = False
    """Whether no file of the format can hold it."""
    content_equal: bool | None = None
    signatures_equal: bool | None = None

    def commit(self) -> None:
        """Say that everything is as it should be."""
        self.state = COMMITTED
        self.content_equal = self.signatures_equal = True

    def doubt(self, reason: str | None) -> None:
        """Say that it is as it should be, as far as that could be seen."""
        self.state, self.reason = UNVERIFIED, reason

    def fail(self, reason: str, *, content_equal: bool | None = None) -> None:
        """Refuse a message that is not as it should be, and take it out."""
        self.state, self.reason, self.is_written = REFUSED, reason, False
        self.content_equal = content_equal
        self.signatures_equal = False if reason == SIGNATURE_CHANGED else None


class Proof(ABC, Generic[Seen]):
    """Compares what was to be written with what was read, message by message of one part."""

    def settle(self, written: Sequence[Said], found: VerifiedBatch) -> None:
        """Settle the states of messages, of which each was read again in `found`."""
        for said, seen in zip(written, self.seen_in(found), strict=True):
            if said.is_lost:
                said.fail(TOO_LARGE)
            else:
                self.compare(said, seen)

    @abstractmethod
    def seen_in(self, found: VerifiedBatch) -> Iterator[Seen]:
        """Give what is found in each message."""

    @abstractmethod
    def compare(self, said: Said, seen: Seen) -> None:
        """Settle the state of a message."""


@dataclass(frozen=True, slots=True)
class SeenEnvelope:
    """What is found in a message in its new envelope."""

    reason: str | None
    plaintext_hmac: bytes | None
    recipients: list[str] | None
    algorithms: list[str] | None
    key_mark: bytes | None
    nonce_mark: bytes | None
    as_written: bool | None
    message_sha256: bytes | None
    is_large: bool
    signatures: bytes | None


class EnvelopeProof(Proof[SeenEnvelope]):
    """Of messages in new envelopes."""

    def __init__(self, *, keeps_content_keys: bool = False) -> None:
        self._keeps_content_keys = keeps_content_keys
        """Whether content keys are those of the source, of which two messages may be copies."""
        self._marks: set[bytes] = set()
        """Content keys and nonces of the part."""

    def seen_in(self, found: VerifiedBatch) -> Iterator[SeenEnvelope]:
        """Give what is found in each message."""
        rows, is_large = as_table(found.mail), found.octets is not None
        signatures = signature_facts(found.signatures)
        hashes = found.messages["message_sha256"].to_pylist()
        inside = map(signatures.get, places_of(rows))
        return map(SeenEnvelope, *columns_of(rows, PROVEN), hashes, repeat(is_large), inside)

    def compare(self, said: Said, seen: SeenEnvelope) -> None:
        """Settle the state of a message."""
        is_whole = seen.message_sha256 == said.output_sha256
        if said.state != WRITTEN:
            if not is_whole:
                said.fail(PROOF_FAILED)
            return
        is_meant = (
            is_whole
            and seen.as_written is True
            and seen.recipients == said.recipients_after
            and seen.algorithms == said.algorithms_after
            and self._is_fresh(seen.nonce_mark)
        )
        if is_meant and seen.reason == NO_KEY:
            said.doubt(INNER_ENVELOPE if said.reason == INNER_ENVELOPE else NO_PROOF_KEY)
            return
        is_equal = seen.plaintext_hmac == said.plaintext_hmac is not None
        if not (is_meant and is_equal and self._is_fresh(seen.key_mark)):
            said.fail(PROOF_FAILED, content_equal=is_equal)
        elif said.is_large or seen.is_large:
            # What lies inside was not looked into; of an envelope it is the same octet for octet.
            said.state, said.content_equal = COMMITTED, True
            if said.signatures is not None:  # in clear: line ends may be others now
                said.doubt(NOT_COMPARED)
            elif said.reason == INNER_ENVELOPE:
                said.doubt(INNER_ENVELOPE)
        elif seen.signatures != said.signatures:
            said.fail(SIGNATURE_CHANGED, content_equal=True)
        else:
            said.commit()

    def _is_fresh(self, mark: bytes | None) -> bool:
        """Whether a content key or nonce is there, and was not met before."""
        if self._keeps_content_keys:
            return mark is not None
        is_fresh = mark is not None and mark not in self._marks
        if mark is not None:
            self._marks.add(mark)
        return is_fresh


def columns_of(rows: Any, names: Sequence[str]) -> list[list[Any]]:
    """Return the values of some columns."""
    return [rows[name].to_pylist() for name in names]


def places_of(rows: Any) -> Iterator[Place]:
    """Give which messages these are."""
    return zip(*columns_of(rows, PLACE), strict=True)


def signature_facts(signatures: Any, lost: Set[Place] = frozenset()) -> dict[Place, bytes]:
    """Return what is known of the signatures of each message, hashed, in order.

    Of messages that have `lost` a signature around their envelope, only of those inside.
    """
    if lost and signatures.num_rows:
        paths = signatures["layer_path"].to_pylist()
        inside = [
            place not in lost or "enveloped" in path
            for place, path in zip(places_of(signatures), paths, strict=True)
        ]
        signatures = signatures.filter(pa.array(inside))
    if not signatures.num_rows:
        return {}
    leaves = _native.row_leaves(signatures.select(SIGNATURE_FACTS))
    facts: dict[Place, bytes] = {}
    for row, place in enumerate(places_of(signatures)):
        facts[place] = facts.get(place, b"") + leaves[32 * row : 32 * row + 32]
    return facts
