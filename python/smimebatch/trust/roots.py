"""Roots as lists tell them: a certificate, whether it is trusted for e-mail, and its limits.

Lists of several dates are joined here: what a root was trusted for then and is not any more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from smimebatch import _native
from smimebatch.instants import Instant, rows_of, written

TRUSTED = "trusted"
NOT_TRUSTED = "not_trusted"
DISTRUSTED = "distrusted"
UNSAID = "unsaid"
EMAIL_TRUST = (TRUSTED, NOT_TRUSTED, DISTRUSTED, UNSAID)
"""Trusted for e-mail, listed without it, actively distrusted; `unsaid`: the list does not say, as
a plain bundle of certificates, and the operator decides by naming it."""


@dataclass(frozen=True, slots=True)
class AnchorLimits:
    """Within which times an anchor is trusted; each bound belongs to what is permitted."""

    trusted_from: datetime | None = None
    """First control time."""
    trusted_until: datetime | None = None
    """Last control time."""
    distrust_after: datetime | None = None
    """Last notBefore of a signer's certificate, as Mozilla's distrust-after dates mean it."""

    @property
    def native(self) -> tuple[int | None, int | None, int | None]:
        """The limits in Unix seconds, as the core takes them."""
        return (
            unix_s(self.trusted_from),
            unix_s(self.trusted_until),
            unix_s(self.distrust_after),
        )

    def intersect(self, other: AnchorLimits) -> AnchorLimits:
        """Return what both permit: a root of two lists is trusted as far as both trust it."""
        ends = ("trusted_until", "distrust_after")
        latest = extreme(max, self.trusted_from, other.trusted_from)
        earliest = [extreme(min, getattr(self, name), getattr(other, name)) for name in ends]
        return AnchorLimits(latest, *earliest)


def extreme(
    choose: Callable[[list[datetime]], datetime], *bounds: datetime | None
) -> datetime | None:
    """Return the greatest or least of the bounds that there are."""
    there = [bound for bound in bounds if bound is not None]
    return choose(there) if there else None


NO_LIMITS = AnchorLimits()


@dataclass(frozen=True, slots=True)
class ListedRoot:
    """A certificate in a list."""

    der: bytes
    email_trust: str = UNSAID
    limits: AnchorLimits = NO_LIMITS

    @property
    def sha256(self) -> bytes:
        """SHA-256 of the certificate."""
        return hashlib.sha256(self.der).digest()

    @property
    def is_anchor(self) -> bool:
        """Whether naming the list with --trust trusts it."""
        return self.email_trust in (TRUSTED, UNSAID)


@dataclass(frozen=True, slots=True)
class RootList:
    """A list of roots, as one source gives it."""

    roots: tuple[ListedRoot, ...]
    not_for_email: frozenset[bytes] = field(default_factory=frozenset)
    """SHA-256 of roots that the list knows and does not trust for e-mail, not given as roots."""
    unreadable: int = 0
    """Entries without a certificate that can be used."""
    licence: str = ""
    """Of the list, where it has one of its own."""


@dataclass(frozen=True, slots=True)
class DatedList:
    """A list and the day at which it was current."""

    date: datetime
    roots: Sequence[ListedRoot]


def joined(lists: Sequence[DatedList]) -> tuple[ListedRoot, ...]:
    """Join lists of several dates into one with the times at which each root was trusted.

    A root counts from the list after which it is missing no more, and until the last one that
    trusts it: between two lists nobody knows when it was added or, perhaps for cause, removed. Of a
    root that went and came back, the latest time counts. The newest list that has a root tells its
    distrust-after date. docs/design/13-trust.md says why.
    """
    ordered = sorted(lists, key=lambda entry: entry.date)
    by_list = [{root.der: root for root in entry.roots} for entry in ordered]
    found = dict.fromkeys(der for roots in by_list for der in roots)
    return tuple(joined_root(der, ordered, by_list) for der in found)


def joined_root(
    der: bytes, ordered: Sequence[DatedList], by_list: Sequence[dict[bytes, ListedRoot]]
) -> ListedRoot:
    """Join what the lists say about one certificate."""
    known = [roots.get(der) for roots in by_list]
    newest = next(root for root in reversed(known) if root is not None)
    trusted = [root is not None and root.email_trust == TRUSTED for root in known]
    if not any(trusted):
        return newest
    last = len(trusted) - 1 - trusted[::-1].index(True)
    first = last
    while first and trusted[first - 1]:
        first -= 1
    limits = AnchorLimits(
        trusted_from=ordered[first - 1].date if first else None,
        trusted_until=ordered[last].date if last < len(trusted) - 1 else None,
        distrust_after=newest.limits.distrust_after,
    )
    return replace(newest, email_trust=TRUSTED, limits=limits)


def unix_s(instant: datetime | None) -> int | None:
    """Return whole Unix seconds."""
    return None if instant is None else int(instant.timestamp())


def in_iso(instant: Instant) -> str:
    """Return an instant as 2024-11-30T23:59:59Z."""
    return written(instant.astimezone(UTC), "%Y-%m-%dT%H:%M:%SZ")


CERTIFICATE_COLUMNS = ("sha256", "subject", "not_before", "not_after", "key_algorithm", "key_bits")


def described(certificates: Sequence[bytes]) -> dict[bytes, dict[str, Any]]:
    """Return what the core reads in certificates, by their bytes; unreadable ones are missing."""
    sightings = pa.table(
        {
            "sha256": pa.array([hashlib.sha256(der).digest() for der in certificates], pa.binary()),
            "der": pa.array(certificates, pa.binary()),
            "messages": pa.array([0] * len(certificates), pa.int64()),
            "first_seen": pa.nulls(len(certificates), pa.timestamp("us", "UTC")),
            "last_seen": pa.nulls(len(certificates), pa.timestamp("us", "UTC")),
        }
    )
    rows = pa.table(_native.merge_certificates(sightings))
    wanted = rows.select([*CERTIFICATE_COLUMNS, "der"])
    return {row.pop("der"): row for row in rows_of(wanted)}
