"""Whom mail is encrypted to: certificates for every message, and certificates by address.

`files` reads them; here one is chosen for each address, and whoever is unfit is refused before
anything is written (RULES 39).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from smimebatch import _native
from smimebatch.errors import KeysError, OptionError
from smimebatch.options import Policy
from smimebatch.recipients.files import Listed, Named, Place, certificates_at, listed_in
from smimebatch.recipients.standing import Standing
from smimebatch.schema import sentence
from smimebatch.trust import Trust

__all__ = ["Named", "Place", "Recipients"]

NAMED_WARNINGS = 20
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST_UNIX_S = 253_402_300_799
"""The last second of the year 9999."""


@dataclass(frozen=True, slots=True)
class About:
    """What is to be known of a certificate to encrypt to, or to sign with."""

    subject: str
    named: str
    """How an envelope or a signature names it: serial number and issuer."""
    not_after: datetime
    not_before_unix_s: int
    addresses: tuple[str, ...]
    unfit: str | None
    """Why nothing is encrypted to it, or signed with it."""

    @classmethod
    def of(cls, described: tuple[str | None, list[str], int, int, str, str]) -> About:
        """Take it as the core says it."""
        unfit, addresses, not_before, not_after, subject, named = described
        ends = EPOCH + timedelta(seconds=min(not_after, LAST_UNIX_S))
        return cls(subject, named, ends, not_before, tuple(addresses), unfit)


@dataclass(frozen=True, slots=True)
class Recipients:
    """Certificates that are fit, and who gets which."""

    certificates: tuple[bytes, ...]
    """DER."""
    about: tuple[About, ...]
    """Of each."""
    always: tuple[int, ...]
    """Positions of those that every message is encrypted to."""
    escrow: tuple[int, ...]
    """Positions of those that every message is encrypted to beside somebody else."""
    by_address: tuple[tuple[str, int], ...] | None
    """Addresses as they are compared, each with the position of its certificate; None: nobody
    asks."""
    checked_at: datetime
    """When they are fit."""
    warnings: tuple[str, ...] = ()

    @classmethod
    def load(
        cls,
        to: Sequence[Named] = (),
        recipients: Sequence[Place] = (),
        escrow: Sequence[Named] = (),
        *,
        now: datetime,
        weak_keys: _native.WeakKeys,
        trust: Trust | None = None,
        has_others: bool = False,
        policy: Policy | None = None,
    ) -> Recipients:
        """Load certificates: `to` and `escrow` for every message, `recipients` by address.

        KeysError names a certificate of `to` or `escrow` that is unfit, and a place that has none.
        Of those by address the unfit are left out with a warning; of several fit ones the latest.
        What others say against them, and whether certificates that came with mail count, `trust`
        and `policy` decide (`standing`). With recipients that have no certificate (`has_others`)
        there need be none.
        """
        if not to and not recipients and not has_others:
            found = "only --escrow" if escrow else "neither"
            raise OptionError("recipients", expected="--to or --recipients", found=found)
        for_all = [
            (f"{option} {shown(place)}", option, certificates_at(place, option))
            for option, places in (("--to", to), ("--escrow", escrow))
            for place in places
        ]
        listed = [one for place in recipients for one in listed_in(os.fspath(place))]
        given = [(der, False) for _, _, ders in for_all for der in ders]
        given += [(one.certificate, one.came_with_mail) for one in listed]
        standing = Standing(given, trust, policy or Policy(), now)
        chosen = Chosen(now.astimezone(UTC), weak_keys, standing)
        for subject, option, ders in for_all:
            chosen.add_for_all(option, subject, ders[0])
        if recipients:
            chosen.add_by_address(listed)
        return chosen.finish(asks=bool(recipients))

    @property
    def fingerprint(self) -> str:
        """SHA-256 over who gets which certificate."""
        hashes = [hashlib.sha256(der).hexdigest() for der in self.certificates]
        always = sorted(hashes[position] for position in self.always)
        always += sorted(f"escrow {hashes[position]}" for position in self.escrow)
        named = self.by_address
        addresses = [] if named is None else [f"{name} {hashes[at]}" for name, at in named]
        text = "\n".join([*always, "-" if named is None else "+", *sorted(addresses)])
        return hashlib.sha256(text.encode()).hexdigest()


def shown(given: Named) -> str:
    """Name what was given: a file by its path, a certificate by what it is."""
    if isinstance(given, str | os.PathLike):
        return os.fspath(given)
    return f"({type(given).__name__})"


class Chosen:
    """Certificates in the order in which they are met, each once."""

    def __init__(self, now: datetime, weak_keys: _native.WeakKeys, standing: Standing) -> None:
        self._now = now
        self._now_unix_s = int(now.timestamp())
        self._weak_keys = weak_keys
        self._standing = standing
        self._positions: dict[bytes, int] = {}
        self._about: list[About] = []
        self._for_all: dict[str, list[int]] = {"--to": [], "--escrow": []}
        self._latest: dict[str, tuple[int, bytes]] = {}
        self._warnings: list[str] = []

    def _describe(self, der: bytes) -> About:
        return About.of(_native.describe_target(der, self._now_unix_s, self._weak_keys))

    def _position(self, der: bytes) -> int:
        if der not in self._positions:
            self._positions[der] = len(self._positions)
            self._about.append(self._describe(der))
        return self._positions[der]

    def _why_unfit(self, der: bytes, about: About, *, came_with_mail: bool = False) -> str | None:
        """Return the sentence that says why nothing is encrypted to a certificate."""
        if about.unfit is not None:
            return sentence("unfit", about.unfit)
        return self._standing.against(der, came_with_mail=came_with_mail)

    def add_for_all(self, option: str, subject: str, der: bytes) -> None:
        """Add the first certificate of a file, that of its owner."""
        about = self._describe(der)
        why = self._why_unfit(der, about)
        if why is not None:
            raise KeysError(
                subject,
                expected="a certificate that mail can be encrypted to",
                found=f"{about.subject}: {why}",
            )
        position = self._position(der)
        if position not in self._for_all[option]:
            self._for_all[option].append(position)

    def add_by_address(self, listed: Iterable[Listed]) -> None:
        """Add certificates to those of their addresses; of several the latest counts."""
        for one in listed:
            der = one.certificate
            about = self._describe(der)
            why = self._why_unfit(der, about, came_with_mail=one.came_with_mail)
            if why is not None:
                sha256 = hashlib.sha256(der).hexdigest()
                named = f"{about.subject} ({sha256})" if one.came_with_mail else about.subject
                self._warnings.append(f"{one.place}: {named}: {why} Left out.")
                continue
            for address in one.addresses or about.addresses:
                candidate = (about.not_before_unix_s, der)
                comparable = _native.comparable_address(address)
                known = self._latest.get(comparable)
                if known is None or known < candidate:
                    self._latest[comparable] = candidate

    def _refuse_namesakes(self) -> None:
        """Refuse two certificates that an envelope names alike: nobody could tell whose it is."""
        known: dict[str, bytes] = {}
        for der, about in zip(self._positions, self._about, strict=True):
            if known.setdefault(about.named, der) != der:
                pair = (known[about.named], der)
                hashes = " and ".join(hashlib.sha256(one).hexdigest() for one in pair)
                raise KeysError(
                    "recipients",
                    expected="certificates that differ in issuer or serial number",
                    found=f"two of {about.named}: {hashes} (SHA-256)",
                    remedy="leave one of them out",
                )

    def finish(self, *, asks: bool) -> Recipients:
        """Return what was chosen."""
        named = [(name, self._position(der)) for name, (_, der) in sorted(self._latest.items())]
        self._refuse_namesakes()
        warnings = [*self._standing.warnings, *self._warnings]
        told = warnings[:NAMED_WARNINGS]
        if len(warnings) > len(told):
            told.append(f"{len(warnings) - len(told)} more certificates were left out")
        return Recipients(
            certificates=tuple(self._positions),
            about=tuple(self._about),
            always=tuple(self._for_all["--to"]),
            escrow=tuple(self._for_all["--escrow"]),
            by_address=tuple(named) if asks else None,
            checked_at=self._now,
            warnings=tuple(told),
        )
