"""Verified batches: one native call each, and the core's tables as pyarrow's where Python looks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from smimebatch import _native
from smimebatch.arrow_input import pieces, record_batches, with_vouched_time
from smimebatch.certificates import certificate_objects
from smimebatch.envelopes import Envelopes
from smimebatch.errors import InputError, OptionError
from smimebatch.instants import unix_us
from smimebatch.job.stamping import Judge, check_runs
from smimebatch.options import Policy, check_lanes
from smimebatch.trust import Trust
from smimebatch.trust.together import check_lists

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from smimebatch.sources.stored import StoredRange


class VerifiedBatch:
    """The rows about the messages of one batch; enums may be dictionary arrays here (OUTPUT.md)."""

    def __init__(
        self,
        messages: Any,
        signatures: Any,
        certificate_sightings: Any,
        encryptions: Any,
        recipients: Any,
        payload_bytes: int = 0,
        mail: Any = None,
        octets: StoredRange | None = None,
    ) -> None:
        self.rows = {
            "messages": messages,
            "signatures": signatures,
            "certificate_sightings": certificate_sightings,
            "encryptions": encryptions,
            "recipients": recipients,
        }
        """As they came: the core's own, which the core takes back as they are, or tables."""
        self.payload_bytes = payload_bytes
        """Bytes of the stored messages, where the reader counted them."""
        self.mail = mail
        """Of a decrypting run: every message, without its envelope where that opened."""
        self.octets = octets
        """What is written of the only message, where that is not held."""
        self.is_lost = False
        """Whether no file of the format of the mail can hold it."""

    def __getstate__(self) -> dict[str, Any]:
        """Hand tables of pyarrow to another process."""
        rows = {name: as_table(rows) for name, rows in self.rows.items()}
        return {**self.__dict__, "rows": rows, "mail": as_table(self.mail)}

    @cached_property
    def messages(self) -> Any:
        """One row per message."""
        return as_table(self.rows["messages"])

    @cached_property
    def signatures(self) -> Any:
        """One row per signer."""
        return as_table(self.rows["signatures"])

    @cached_property
    def certificate_sightings(self) -> Any:
        """Certificates, and in how many messages of this batch they came."""
        return as_table(self.rows["certificate_sightings"])

    @cached_property
    def encryptions(self) -> Any:
        """One row per enveloped layer."""
        return as_table(self.rows["encryptions"])

    @cached_property
    def recipients(self) -> Any:
        """One row per recipient of an enveloped layer."""
        return as_table(self.rows["recipients"])

    @property
    def certificates(self) -> Any:
        """One row per distinct certificate of this batch, sorted by SHA-256."""
        return pa.table(_native.merge_certificates(self.certificate_sightings))

    def certificate_objects(self) -> dict[bytes, Certificate]:
        """Return the certificates as objects of `cryptography`, by their SHA-256."""
        return dict(certificate_objects(self.certificates))


def as_table(rows: Any) -> Any:
    """Return rows of the core as a table of pyarrow, which looks at the same memory."""
    return pa.table(rows) if isinstance(rows, _native.ArrowStream) else rows


def verified_batch(
    tables: _native.Tables, payload_bytes: int = 0, octets: StoredRange | None = None
) -> VerifiedBatch:
    """Take over the tables of the core."""
    return VerifiedBatch(
        messages=tables.rows("messages"),
        signatures=tables.rows("signatures"),
        certificate_sightings=tables.rows("certificate_sightings"),
        encryptions=tables.rows("encryptions"),
        recipients=tables.rows("recipients"),
        payload_bytes=payload_bytes,
        mail=tables.rows("mail"),
        octets=octets,
    )


def verified_data(
    engine: _native.Engine, data: Any, jobs: int, vouched_column: str | None = None
) -> VerifiedBatch:
    """Verify all record batches of some Arrow data; rows keep its order."""
    batches = (with_vouched_time(rows, vouched_column) for rows in record_batches(data))
    return verified_rows(engine, batches, jobs)


def verified_rows(engine: _native.Engine, batches: Iterable[Any], jobs: int) -> VerifiedBatch:
    """Verify record batches; rows keep their order.

    In pieces, between which Python looks whether it was interrupted; nothing of the result tells.
    """
    try:
        parts = [engine.verify(piece) for rows in batches for piece in pieces(rows, jobs)]
    except ValueError as error:
        raise InputError("record batch", found=str(error)) from error
    return verified_batch(parts[0] if len(parts) == 1 else _native.gather_tables(parts))


def given_trust(trust: Trust | None) -> Trust:
    """Return the trust that a caller gave, none where it gave none."""
    if trust is None:
        return Trust()
    if not isinstance(trust, Trust):
        raise OptionError(
            "trust",
            expected="a Trust",
            found=type(trust).__name__,
            remedy="Trust.load(…) or Trust.mozilla_email()",
        )
    return trust


def new_engine(
    trust: Trust,
    policy: Policy,
    now: datetime,
    jobs: int,
    tsa_trust: Trust | None = None,
    watch: _native.StageTimes | None = None,
    envelopes: Envelopes | None = None,
) -> _native.Engine:
    """Make the engine for one set of options; its caches live as long as it does.

    Earlier runs that are vouched for are audited and read; OptionError where one proves nothing.
    """
    check_lanes()
    check_lists(trust, tsa_trust)
    vault = None if envelopes is None else envelopes.vault
    engine = partial(
        _native.Engine,
        trust.native,
        trust.revocation.native,
        now_unix_us=unix_us(now),
        options=[*policy.texts, *([] if envelopes is None else envelopes.texts)],
        jobs=jobs,
        tsa_trust=None if tsa_trust is None else tsa_trust.native,
        watch=watch,
        vault=None if vault is None else vault.native,
        sealer=None if envelopes is None else envelopes.sealer,
        proof_key=None if envelopes is None else envelopes.proof_key,
    )
    if not policy.vouches.runs:
        return engine()
    check_runs(Judge(engine(), lambda: now, has_anchors=True), policy.vouches.runs)
    runs = [
        (run.checkpoint.text.encode(), run.token, run.message_hashes())
        for run in policy.vouches.runs
    ]
    return engine(runs=runs)


def new_judge(trust: Trust, policy: Policy, tsa_trust: Trust | None) -> Judge:
    """Return what judges time-stamps of runs by the clock, whatever else is judged with --now."""
    engine = new_engine(trust, policy.without_vouches, current_time(), 1, tsa_trust)
    return Judge(engine, current_time, has_anchors=tsa_trust is not None)


def current_time() -> datetime:
    """Read the clock: the one place that does."""
    return datetime.now(UTC)
