"""What the mail of a year is made of: people and authorities of its day, and how they write."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

from archive25.case import Case, Hop, Stamp
from archive25.days import DAY, MINUTE, NOW, on
from archive25.house import House, Issued
from archive25.mails import OWN_HOST
from archive25.told import publish

YEARS = range(1999, 2025)
LAST_STOLEN = 2023
"""Certificates of later years have not expired yet: who has their keys can sign."""
Kind = Callable[["Maker"], Iterator[Case]]
KINDS: list[tuple[str, str, Kind]] = []
"""In the order of the modules that `cases` imports, and there in the order of their making."""


def kind(name: str, why: str) -> Callable[[Kind], Kind]:
    def known(function: Kind) -> Kind:
        KINDS.append((name, why, function))
        return function

    return known


class Maker:
    """What the mail of one year is made of."""

    def __init__(self, house: House, year: int) -> None:
        self.house, self.year = house, year
        self.kind, self.why = "", ""
        self.count = 0

    def all(self) -> Iterator[Case]:
        for self.kind, self.why, function in KINDS:
            yield from function(self)

    # People -----------------------------------------------------------------------------------

    def eras(self) -> list[tuple[Issued, str, str, str]]:
        """CA, signer's key, digest of his certificate, digest of his mail."""
        house, year = self.house, self.year
        if year <= 2000:
            ca = house.ca_1998
            return [(ca, "rsa1024", "md5", "md5"), (ca, "rsa512", "md5", "sha1")]
        if year <= 2002:
            ca = house.ca_1998
            return [(ca, "rsa1024", "md5", "sha1"), (ca, "rsa768", "md5", "md5")]
        if year <= 2004:
            ca = house.ca_2003
            return [(ca, "rsa1024", "sha1", "md5"), (ca, "rsa1024", "sha1", "sha1")]
        if year <= 2012:
            ca, late = house.ca_2005, "sha256" if year >= 2009 else "sha1"
            small = "rsa1024" if year <= 2010 else "rsa2048"
            return [(ca, "rsa2048", "sha1", late), (ca, small, "sha1", "sha1")]
        if year <= 2015:
            ca = house.ca_2013
            return [(ca, "rsa2048", "sha256", "sha256"), (ca, "rsa2048", "sha256", "sha1")]
        second = (house.ca_2016, "p256", "sha256", "sha256")
        if year <= 2019:
            return [(house.ca_2013, "rsa4096", "sha256", "sha512"), second]
        return [(house.ca_2020, "rsa2048", "sha256", "sha256"), second]

    @property
    def has_lists(self) -> bool:
        """Whether the operator has the lists of this year's CA."""
        return self.eras()[0][0].publishes

    def service(self) -> Issued:
        house, year = self.house, self.year
        if year <= 2005:
            return house.tsa_2000
        if year <= 2010:
            return house.tsa_2005
        return house.tsa_2011 if year <= 2015 else house.tsa_2016

    def person(self, issuer: Issued, key_kind: str, digest: str, **options: Any) -> Issued:
        """Someone new, for the two years from the tenth of January on."""
        name = f"{self.kind} {self.year} {self.count}"
        begin = max(on(self.year, 1, 10), issuer.not_before)
        end = on(self.year + 2, 1, 10)
        address = f"{name.replace(' ', '.')}@example.org"
        return self.house.signer(name, issuer, key_kind, digest, begin, end, address, **options)

    # Messages ---------------------------------------------------------------------------------

    def moment(self) -> dt.datetime:
        """Some working hour from March to October, another one for each message."""
        days = (self.count * 37 + len(self.kind) * 53) % 240
        return on(self.year, 3) + days * DAY + dt.timedelta(hours=9 + self.count % 7)

    def case(self, era: int = 0, at: dt.datetime | None = None, **given: Any) -> Case:
        """An honest clear-signed message, received by the operator's host; `given` changes it."""
        self.count += 1
        issuer, key_kind, certified, digest = self.eras()[era]
        person = given.pop("person", {})
        issuer = given.pop("issuer", issuer)
        signer = given.pop("signer", None) or self.person(issuer, key_kind, certified, **person)
        at = at or self.moment()
        facts: dict[str, Any] = {
            "name": f"{self.kind}-{self.year}-{self.count}",
            "kind": self.kind,
            "why": self.why,
            "signer": signer,
            "digest": digest,
            "signed_at": at,
            "claimed": at,
            "date": at,
            "received": honest_way(at),
            "from_line": at + 3 * MINUTE,
            "form": "crlf" if self.count % 11 == 7 else "clear",
        }
        return Case(**{**facts, **given})

    def stamp(self, at: dt.datetime, **given: Any) -> Stamp:
        service = given.pop("service", None) or self.service()
        given.setdefault("digest", service.digest)
        return Stamp(service, at + MINUTE, **given)

    def lists(self, signer: Issued, at: dt.datetime, **entries: Any) -> tuple[Any, ...]:
        """Current lists about a whole chain, as a careful mail program adds them."""
        begin = at - 10 * DAY
        issuers = [each.issuer for each in signer.chain if each.issuer]
        return tuple(publish(it, begin, begin + 30 * DAY, {}, **entries) for it in issuers)


def honest_way(at: dt.datetime) -> tuple[Hop, ...]:
    return Hop(OWN_HOST, at + 2 * MINUTE), Hop("relay.example.com", at + MINUTE)


def services(house: House) -> list[Issued]:
    return [house.tsa_2016, house.tsa_2011, house.tsa_2005, house.tsa_2000]


def change(case: Case, **given: Any) -> Case:
    return Case(**{**vars(case), **given})


def thief(make: Maker, years_later: int = 4) -> tuple[Case, dt.datetime]:
    """Whoever got the key of a certificate that has expired since, and claims the old day."""
    now = min(on(make.year + years_later, 5, 5, 5), NOW - 5 * DAY)
    case = make.case(forged=True, deceives=frozenset({"claimed", "date", "date-header"}))
    received = honest_way(now)
    return change(case, signed_at=now, received=received, from_line=now), now
