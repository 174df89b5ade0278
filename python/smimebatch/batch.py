"""One verified batch: the core's tables as pyarrow tables, without a copy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from smimebatch import _native
from smimebatch.options import Policy, unix_us
from smimebatch.trust import Trust


@dataclass(frozen=True, slots=True)
class VerifiedBatch:
    """The rows about the messages of one batch; enums may be dictionary arrays here (OUTPUT.md)."""

    messages: Any
    signatures: Any
    certificate_sightings: Any
    encryptions: Any
    recipients: Any
    payload_bytes: int = 0
    """Bytes of the stored messages, where the reader counted them."""

    @property
    def certificates(self) -> Any:
        """One row per distinct certificate of this batch, sorted by SHA-256."""
        return pa.table(_native.merge_certificates(self.certificate_sightings))


def verified_batch(tables: _native.Tables, payload_bytes: int = 0) -> VerifiedBatch:
    """Take over the tables of the core."""
    return VerifiedBatch(
        messages=pa.table(tables.messages),
        signatures=pa.table(tables.signatures),
        certificate_sightings=pa.table(tables.certificate_sightings),
        encryptions=pa.table(tables.encryptions),
        recipients=pa.table(tables.recipients),
        payload_bytes=payload_bytes,
    )


def new_engine(trust: Trust, policy: Policy, now: datetime, jobs: int) -> _native.Engine:
    """Make the engine for one set of options; its caches live as long as it does."""
    return _native.Engine(
        trust.native,
        now_unix_us=unix_us(now),
        jobs=jobs,
        at=policy.native_at,
        bind=policy.bind,
        bind_missing=policy.bind_missing,
        strict=policy.strict,
    )


def current_time() -> datetime:
    """Read the clock: the one place that does."""
    return datetime.now(UTC)


Operation = Callable[[Any, int], VerifiedBatch]
"""Takes input rows and their payload bytes, gives what was found out about them."""


def verification(engine: _native.Engine) -> Operation:
    """Return the operation of a verify run: one native call per batch."""

    def verify(rows: Any, payload_bytes: int) -> VerifiedBatch:
        return verified_batch(engine.verify(rows), payload_bytes)

    return verify
