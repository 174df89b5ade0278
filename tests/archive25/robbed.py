"""Forged mail, with keys that somebody stole or broke: of signers, CAs, time-stamp authorities,
whoever tells of certificates, and notaries.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from archive25.case import Case, Counter
from archive25.days import DAY, MINUTE, NOW, on
from archive25.maker import LAST_STOLEN, Maker, change, honest_way, kind, thief
from archive25.tellers import TOLD_YEARS, given, held, month, signed, with_told
from archive25.told import Revoked, answer, publish

UNSEEN = frozenset({"off", "no-crls"})
"""Who does not look cannot know of a theft."""


@kind("robbed-teller", "a stolen key on hold, which the stolen key of one who tells lifts")
def robbed_teller(make: Maker) -> Iterator[Case]:
    if make.year in TOLD_YEARS:
        at, house = make.moment(), make.house
        delegate, lister = house.responder_robbed, house.lister_robbed
        case = held(make, signed(make, at), at)
        case = with_told(case, answer(case.signer, *month(at, -5), speaker=delegate))
        yield change(case, forged=True, deceives=UNSEEN)
        case = held(make, signed(make, at, lister), at)
        case = with_told(case, publish(house.ca_told, *month(at, -5), {}, speaker=lister))
        yield change(case, forged=True, deceives=UNSEEN)


@kind(
    "robbed-clearing",
    "the stolen key of one who tells says that all is well, where that is asked for",
)
def robbed_clearing(make: Maker) -> Iterator[Case]:
    # What the CA says of the theft says nothing of certificates that had expired by then.
    if 2014 <= make.year <= 2019:
        at, house = make.moment(), make.house
        deceives = frozenset({"off", "if-available"})
        case = signed(make, at)
        told = answer(case.signer, *month(at, -1), speaker=house.responder_robbed)
        yield change(with_told(case, told), forged=True, deceives=deceives)
        case = signed(make, at, house.lister_robbed)
        told = publish(house.ca_told, *month(at, -1), {}, speaker=house.lister_robbed)
        yield change(with_told(case, told), forged=True, deceives=deceives)


@kind(
    "robbed-after-telling", "signed with a revoked certificate; whoever told of it was robbed later"
)
def robbed_after_telling(make: Maker) -> Iterator[Case]:
    if 2014 <= make.year <= 2021:
        at, house = make.moment(), make.house
        gone = Revoked(at - 20 * DAY, "key_compromise")
        case = signed(make, at)
        told = answer(case.signer, *month(at, -19), gone, speaker=house.responder_robbed)
        yield change(given(make, case, told), forged=True, deceives=UNSEEN)
        case = signed(make, at, house.lister_robbed)
        told = publish(
            *(house.ca_told, *month(at, -19), {case.signer.serial: gone}),
            speaker=house.lister_robbed,
        )
        yield change(given(make, case, told), forged=True, deceives=UNSEEN)


@kind(
    "robbed-ca",
    "a certificate that a stolen CA key made afterwards, for a signature stamped long ago",
)
def robbed_ca(make: Maker) -> Iterator[Case]:
    if 2014 <= make.year <= 2021:
        at, later = make.moment(), on(2023, 5, 5, 5)
        case = make.case(at=at, issuer=make.house.ca_robbed, stamps=(make.stamp(at),))
        deceives = UNSEEN | {"claimed", "date", "date-header"}
        yield change(arriving(case, later), deceives=deceives)


def arriving(case: Case, at: dt.datetime) -> Case:
    """Forged, and received when it was sent, which is late."""
    return change(case, forged=True, received=honest_way(at), from_line=at)


@kind("robbed-ca-lifts", "a stolen key on hold, which the stolen key of its CA lifts")
def robbed_ca_lifts(make: Maker) -> Iterator[Case]:
    if 2014 <= make.year <= 2021:
        at = make.moment()
        given_stamps = {"names": True, "stamps": (make.stamp(at),)}
        case = make.case(at=at, issuer=make.house.ca_robbed, **given_stamps)
        case = held(make, case, at)
        case = with_told(case, answer(case.signer, *month(at, -5)))
        deceives = UNSEEN | {"claimed", "date", "date-header"}
        yield change(arriving(case, on(2023, 5, 5, 5)), deceives=deceives)


@kind(
    "broken-ca",
    "a certificate made with a CA key that was broken since, for a signature stamped then",
)
def broken_ca(make: Maker) -> Iterator[Case]:
    if make.year <= 2004:
        issuer, _, certified, _ = make.eras()[0]
        at, service = make.moment(), make.house.tsa_strong
        signer = make.person(issuer, "p256", certified)
        case = make.case(at=at, signer=signer, digest="sha256")
        case = change(case, stamps=(make.stamp(at, service=service),))
        yield change(arriving(case, on(2023, 5, 5, 5)), deceives=frozenset({"date-header"}))


@kind("broken-key", "a key that anybody can break by now signs for its expired certificate")
def broken_key(make: Maker) -> Iterator[Case]:
    if make.year <= 2008:
        now = NOW - 90 * DAY
        case = make.case(1)
        case = change(arriving(case, now), signed_at=now, deceives=frozenset({"date-header"}))
        yield case
        service = make.house.tsa_strong
        yield change(case, name=case.name + "-stamped", stamps=(make.stamp(now, service=service),))


@kind("false-notary", "a stolen signer's key, and a notary's that was stolen or broken")
def false_notary(make: Maker) -> Iterator[Case]:
    house = make.house
    if make.year <= LAST_STOLEN:
        robbed = [house.notary_robbed] if make.year >= 2013 else []
        for who in (*robbed, house.notary_weak, house.witness):
            case, _ = thief(make)
            unseen = UNSEEN if who in robbed else frozenset[str]()
            counter = Counter(who, case.date + 30 * MINUTE)
            yield change(case, counters=(counter,), deceives=case.deceives | unseen)


@kind(
    "false-archive",
    "the same, with an archive time-stamp over something else, or by a robbed authority",
)
def false_archive(make: Maker) -> Iterator[Case]:
    if make.year <= LAST_STOLEN:
        case, _ = thief(make)
        stamp = make.stamp(case.date, kind="archive", flaw="other_signature")
        yield change(case, stamps=(stamp,))
    if 2008 <= make.year <= 2018:
        case, _ = thief(make)
        stamp = make.stamp(case.date, kind="archive", service=make.house.tsa_stolen)
        yield change(case, stamps=(stamp,), deceives=case.deceives | UNSEEN)


@kind("late-column", "the same, and the operator's own table says when it came")
def late_column(make: Maker) -> Iterator[Case]:
    if make.year <= LAST_STOLEN:
        case, now = thief(make)
        yield change(case, column=now + 5 * MINUTE)
