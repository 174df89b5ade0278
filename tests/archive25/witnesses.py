"""Honest mail whose age something else shows than a time-stamp over the signature or a header:
countersignatures, notaries, a column of the operator's, archive time-stamps, certificates by name.
"""

from __future__ import annotations

from collections.abc import Iterator

from archive25.case import Case, Counter
from archive25.days import DAY, MINUTE, NOW, on
from archive25.house import Issued
from archive25.maker import LAST_STOLEN, Maker, kind

WITNESSED_YEARS = range(2014, 2022)
REPAIRED = {"damage": "blank_line_added", "crypto": "repaired"}


@kind("witnessed", "a countersignature, with a time-stamp of its own or without")
def witnessed(make: Maker) -> Iterator[Case]:
    if make.year in WITNESSED_YEARS:
        at, house = make.moment(), make.house
        later = at + 30 * MINUTE
        for who in (house.witness, house.witness_robbed, house.witness_weak):
            counter = Counter(who, later, (make.stamp(later),))
            yield make.case(at=at, received=(), counters=(counter,))
        yield make.case(at=at, received=(), counters=(Counter(house.witness, later),))
        flawed = make.stamp(later, flaw="other_signature")
        counter = Counter(house.witness, later, (flawed,))
        yield make.case(at=at, received=(), counters=(counter,))


@kind("notary", "a countersignature by somebody whose claims the operator may vouch for")
def notary(make: Maker) -> Iterator[Case]:
    at, house = make.moment(), make.house
    known: list[Issued] = [house.notary, house.notary_weak]
    if make.year >= 2013:
        known.append(house.notary_robbed)
    for who in known:
        counter = Counter(who, at + 30 * MINUTE)
        yield make.case(at=at, received=(), counters=(counter,))


@kind("column", "the operator's own table says when it arrived")
def column(make: Maker) -> Iterator[Case]:
    at = make.moment()
    yield make.case(at=at, received=(), column=at + 5 * MINUTE)
    yield make.case(1, at, received=(), column=at + 5 * MINUTE, **REPAIRED)
    if make.year % 3 == 0:
        yield make.case(at=at, received=(), column=NOW + 400 * DAY)


@kind("archived", "an archive time-stamp, alone or beside one over the signature")
def archived(make: Maker) -> Iterator[Case]:
    at = make.moment()
    yield make.case(at=at, received=(), stamps=(make.stamp(at, kind="archive"),))
    if 2011 <= make.year <= LAST_STOLEN:
        early, late = make.stamp(at), make.stamp(at + 40 * DAY, kind="archive")
        yield make.case(at=at, received=(), stamps=(early, late))


@kind("named", "the signature names its certificate, which is then as old as itself")
def named(make: Maker) -> Iterator[Case]:
    at, service = make.moment(), make.house.tsa_strong
    for names in (True, False):
        stamps = (make.stamp(at, service=service),)
        yield make.case(at=at, received=(), names=names, stamps=stamps)
    if 2012 <= make.year <= 2013:
        # All of the chain but the signature on the leaf is strong today.
        at = on(make.year, 9, 9, 9)
        for names in (True, False):
            signer = make.person(make.house.ca_2013, "p256", "sha1")
            given = {"signer": signer, "digest": "sha256", "received": (), "names": names}
            yield make.case(at=at, stamps=(make.stamp(at, service=service),), **given)


@kind("named-robbed", "the same, of a CA whose key was stolen later")
def named_robbed(make: Maker) -> Iterator[Case]:
    at = make.moment()
    if on(2014) <= at <= on(2022):
        for names in (True, False):
            stamps = (make.stamp(at),)
            case = make.case(at=at, issuer=make.house.ca_robbed, names=names, stamps=stamps)
            yield case
