"""Revocation of one certificate as of a time, by all that is said of it (docs/design/17, 18).

The slow twin of the core's weighing: over plain facts, with no budget, no cache and no bytes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from archive25.days import NOW
from archive25.house import Issued
from archive25.told import Published, Revoked

HARMLESS = {"unspecified", "affiliation_changed", "superseded", "cessation_of_operation"}
"""RFC 3161 §4."""
HOLD, REMOVED = "certificate_hold", "remove_from_crl"
Brought = tuple[Published, ...]


@dataclass(frozen=True)
class Status:
    """What is known of a certificate as of a time."""

    state: str
    entry: Revoked | None = None
    """What revoked it, or put it on hold."""
    lists: tuple[Published, ...] = ()
    """What gave the state."""
    was_lifted: bool = False


class Statuses:
    """By what the operator has."""

    def __init__(self, store: Iterable[Published]) -> None:
        self.by_issuer: dict[int, list[Published]] = {}
        for each in store:
            self.by_issuer.setdefault(id(each.issuer), []).append(each)
        self.at = lru_cache(None)(self._at)
        self.stolen_since = lru_cache(None)(self._stolen_since)

    def _about(self, issued: Issued, brought: Brought) -> list[Published]:
        """Newest first."""
        known = self.by_issuer.get(id(issued.issuer), [])
        told = [it for it in (*known, *brought) if it.genuine and it.is_about(issued)]
        return sorted(told, key=lambda it: it.this_update, reverse=True)

    def _at(
        self, issued: Issued, at: dt.datetime, brought: Brought, tells_times: bool = False
    ) -> Status:
        told = self._about(issued, brought)
        entries = [(it, it.entries[issued.serial]) for it in told if issued.serial in it.entries]
        for it, entry in sorted(entries, key=lambda pair: pair[1].suspect_since):
            stands = entry.reason not in (HOLD, REMOVED) and entry.suspect_since <= at
            if stands and self._may_accuse(it, brought):
                return Status("revoked", entry, (it,))
        lifting: tuple[Published, ...] = ()
        for it, entry in entries:
            if entry.reason == HOLD and entry.since <= at:
                lifted = self._lifted(issued, it, told, at, brought)
                if not lifted and self._may_accuse(it, brought):
                    return Status("on_hold", entry, (it,))
                lifting += lifted
        is_stale = False
        for it in told:
            base = self._backed(it, issued, told, at, brought)
            if base is None or not is_clear(it, issued, at):
                continue
            if not is_timely(it, issued, at, tells_times):
                is_stale = is_stale or self._may_clear(it, it.this_update, brought)
            elif self._may_clear(it, max(it.this_update, at), brought):
                return Status("good", None, (*lifting, it, *base), bool(lifting))
        return Status("stale" if is_stale else "unknown", was_lifted=bool(lifting))

    def _lifted(
        self,
        issued: Issued,
        hold: Published,
        told: list[Published],
        at: dt.datetime,
        brought: Brought,
    ) -> tuple[Published, ...]:
        """What lifted a hold by then: a later complete list or response, or removeFromCRL."""
        for it in told:
            if not hold.this_update < it.this_update <= at:
                continue
            entry = it.entries.get(issued.serial)
            lifts = (entry is not None and entry.reason == REMOVED) if it.base else entry is None
            base = self._backed(it, issued, told, at, brought)
            may = base is not None and self._may_clear(it, it.this_update, brought)
            if lifts and base is not None and may and tells_of(it, issued):
                return (it, *base)
        return ()

    def _backed(
        self,
        it: Published,
        issued: Issued,
        told: list[Published],
        at: dt.datetime,
        brought: Brought,
    ) -> tuple[Published, ...] | None:
        """The base of a delta; without one it says nothing good."""
        if it.base is None:
            return ()
        entry = it.entries.get(issued.serial)
        removes = entry is not None and entry.reason == REMOVED
        for base in told:
            goes_on = it.base.this_update <= base.this_update < it.this_update
            of_base = base.entries.get(issued.serial)
            was_held = of_base is not None and of_base.reason == HOLD
            is_clean = is_clear(base, issued, at) or (was_held and removes)
            is_list = base.base is None and base.about is None and base.speaker is it.speaker
            may = is_list and goes_on and is_clean
            if may and self._may_clear(base, base.this_update, brought):
                return (base,)
        return None

    # Who may say so -----------------------------------------------------------------------------

    def _may_accuse(self, it: Published, brought: Brought) -> bool:
        """What he said while he might stands, whatever became of him (RULES 22)."""
        return all(self._stood(each, it.this_update, brought) for each in speakers(it))

    def _may_clear(self, it: Published, at: dt.datetime, brought: Brought) -> bool:
        """Not once his key was somebody else's: the time that he gives is his own word."""
        return all(
            self._stood(each, at, brought) and self.stolen_since(each, brought) is None
            for each in speakers(it)
        )

    def _stood(self, issued: Issued, at: dt.datetime, brought: Brought) -> bool:
        is_valid = issued.not_before <= at <= issued.not_after
        return is_valid and self.at(issued, at, brought).state not in ("revoked", "on_hold")

    def _stolen_since(self, issued: Issued, brought: Brought) -> dt.datetime | None:
        """Since when a certificate's key may be in other hands, by anything that was ever said."""
        entries = (
            it.entries[issued.serial]
            for it in self._about(issued, brought)
            if issued.serial in it.entries and self._may_accuse(it, brought)
        )
        doubts = (it for it in entries if it.reason not in (*HARMLESS, HOLD, REMOVED))
        return min((it.suspect_since for it in doubts), default=None)


def speakers(it: Published) -> list[Issued]:
    """Whoever is not of the path: a delegate, whom its CA certified; a lister with his CAs."""
    if it.speaker is None:
        return []
    return [it.speaker] if it.about is not None else it.speaker.chain


def is_clear(it: Published, issued: Issued, at: dt.datetime) -> bool:
    """It says that nothing was known against a certificate at a time."""
    entry = it.entries.get(issued.serial)
    if entry is None:
        return True
    return it.base is not None if entry.reason == REMOVED else entry.suspect_since > at


def is_timely(it: Published, issued: Issued, at: dt.datetime, tells_times: bool) -> bool:
    """RULES 22: absence counts if it was said at or after the time, or if nothing newer is due; for
    whoever tells times himself, at the end of all that he can tell.
    """
    this, is_told_of = it.this_update, tells_of(it, issued)
    is_by_right = max(this, at) <= it.issuer.not_after or it.issuer.issuer is None
    last = min(NOW, issued.not_after)
    since, until = (last, last) if tells_times else (at, max(at, NOW))
    is_newest = until <= it.next_update
    return bool((this >= since or is_newest) and is_told_of and is_by_right)


def tells_of(it: Published, issued: Issued) -> bool:
    """Whether it would tell of a certificate still: lists leave out whoever has expired."""
    remembers = it.remembers_since
    is_kept = remembers is not None and remembers <= issued.not_after
    return it.this_update <= issued.not_after or is_kept
