"""Honest mail of whose certificates others tell than lists of their CA: OCSP responses, deltas,
lists of somebody the certificate names.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from archive25.case import Case
from archive25.days import DAY
from archive25.house import Issued
from archive25.maker import Maker, change, kind
from archive25.told import Published, Revoked, answer, publish

TOLD_YEARS = range(2014, 2024)


def signed(make: Maker, at: dt.datetime, lister: Issued | None = None) -> Case:
    """By somebody of the CA that others tell of, with a time-stamp."""
    person = {"lister": lister} if lister else {}
    case = make.case(at=at, issuer=make.house.ca_told, person=person, stamps=(make.stamp(at),))
    return change(case, beside=lister.chain) if lister else case


def given(make: Maker, case: Case, *told: Published) -> Case:
    """The operator has these, the message does not."""
    make.house.given.extend(told)
    return case


def with_told(case: Case, *told: Published) -> Case:
    return change(case, lists=told)


def month(at: dt.datetime, days: int = 0) -> tuple[dt.datetime, dt.datetime]:
    """From some days after a time on."""
    return at + days * DAY, at + (days + 30) * DAY


@kind("answered", "an OCSP response of the CA or its delegate, in the message or at hand")
def answered(make: Maker) -> Iterator[Case]:
    if make.year in TOLD_YEARS:
        at, by = make.moment(), make.house.responder
        case = signed(make, at)
        yield with_told(case, answer(case.signer, *month(at, -1)))
        case = signed(make, at)
        yield with_told(case, answer(case.signer, *month(at, -1), speaker=by))
        case = signed(make, at)
        yield given(make, case, answer(case.signer, *month(at, 100), speaker=by))
        case = signed(make, at)
        yield given(make, case, answer(case.signer, *month(at, -90), speaker=by))
        case = signed(make, at)
        yield with_told(case, answer(case.signer, *month(at, 1), speaker=by))


@kind("answered-revoked", "an OCSP response tells of a revocation, before or after the signature")
def answered_revoked(make: Maker) -> Iterator[Case]:
    if make.year in TOLD_YEARS:
        at = make.moment()
        for days, by in ((-20, make.house.responder), (20, None)):
            case = signed(make, at)
            revoked = Revoked(at + days * DAY, "key_compromise")
            yield given(make, case, answer(case.signer, *month(at, 25), revoked, speaker=by))


@kind("delta", "a list from a base on")
def delta(make: Maker) -> Iterator[Case]:
    if make.year in TOLD_YEARS:
        at, ca = make.moment(), make.house.ca_told
        held = Revoked(at - 20 * DAY, "certificate_hold")
        for in_base, changed, days in (
            ([], [], -1),
            (None, [], 1),
            ([], [Revoked(at - 2 * DAY, "superseded")], -1),
            ([held], [], 1),
            ([held], [Revoked(at - 3 * DAY, "remove_from_crl")], -1),
            ([], [], 1),
            ([held], [Revoked(at - 3 * DAY, "remove_from_crl")], 1),
        ):
            case = signed(make, at)
            serials = [case.signer.serial]
            # Without a base at hand it goes on from one that nobody has.
            entries = dict(zip(serials, in_base or [], strict=False))
            base = publish(ca, *month(at, -15), entries)
            entries = dict(zip(serials, changed, strict=False))
            later = publish(ca, *month(at, days), entries, base=base)
            yield with_told(case, *([] if in_base is None else [base]), later)


@kind("indirect", "lists of another whom the certificate names")
def indirect(make: Maker) -> Iterator[Case]:
    if make.year in TOLD_YEARS:
        at, lister = make.moment(), make.house.lister
        ca = make.house.ca_told
        case = signed(make, at, lister)
        yield with_told(case, publish(ca, *month(at, -1), {}, speaker=lister))
        case = signed(make, at, lister)
        gone = {case.signer.serial: Revoked(at - 9 * DAY, "superseded")}
        yield given(make, case, publish(ca, *month(at, -1), gone, speaker=lister))
        # Whom this certificate does not name.
        case = signed(make, at)
        gone = {case.signer.serial: Revoked(at - 9 * DAY, "superseded")}
        case = change(case, beside=lister.chain)
        yield with_told(case, publish(ca, *month(at, -1), gone, speaker=lister))


@kind("lifted", "a hold that the CA told of, lifted by a delegate or a lister")
def lifted(make: Maker) -> Iterator[Case]:
    if make.year in TOLD_YEARS:
        at, house = make.moment(), make.house
        case = held(make, signed(make, at), at)
        yield with_told(case, answer(case.signer, *month(at, -5), speaker=house.responder))
        case = held(make, signed(make, at, house.lister), at)
        yield with_told(case, publish(house.ca_told, *month(at, -5), {}, speaker=house.lister))
        yield held(make, signed(make, at), at)


def held(make: Maker, case: Case, at: dt.datetime) -> Case:
    """On hold since a month, as an OCSP response of the CA says."""
    hold = Revoked(at - 30 * DAY, "certificate_hold")
    return given(make, case, answer(case.signer, *month(at, -29), hold))
