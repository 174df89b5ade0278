"""Honest mail: every kind, and what befalls certificates and text."""

from __future__ import annotations

from collections.abc import Iterator

from archive25.case import Case, Hop, Stamp
from archive25.days import DAY, MINUTE, on
from archive25.mails import DAMAGES
from archive25.maker import Maker, change, honest_way, kind, services
from archive25.told import Revoked, publish


@kind("plain", "signed, received, kept: only what the operator vouches for shows its age")
def plain(make: Maker) -> Iterator[Case]:
    yield make.case()
    yield make.case(1)
    yield make.case(form="opaque")
    yield make.case(1, form="crlf")
    yield make.case(claimed=None)


@kind("way", "the topmost Received is by a stranger's host, or there is none")
def way(make: Maker) -> Iterator[Case]:
    at = make.moment()
    yield make.case(at=at, received=(Hop("mx.example.com", at + MINUTE), *honest_way(at)))
    yield make.case(1, received=())


@kind("stamped", "a time-stamp over the signature")
def stamped(make: Maker) -> Iterator[Case]:
    for era in (0, 1):
        at = make.moment()
        yield make.case(era, at, stamps=(make.stamp(at),))


@kind("stamped-late", "a time-stamp made when the certificate had expired")
def stamped_late(make: Maker) -> Iterator[Case]:
    if make.year <= 2021:
        late = on(make.year + 2, 7)
        service = next(it for it in services(make.house) if it.not_before <= late <= it.not_after)
        yield make.case(stamps=(Stamp(service, late, service.digest),))


@kind("between", "a time-stamp inside the signature and one over it")
def between(make: Maker) -> Iterator[Case]:
    at = make.moment()
    inside = make.stamp(at - 60 * MINUTE, kind="content")
    yield make.case(at=at, stamps=(inside, make.stamp(at)))


@kind("damaged", "text changed on its way, which can be undone")
def damaged(make: Maker) -> Iterator[Case]:
    names = list(DAMAGES)
    for step in range(7):
        damage = names[(make.year * 7 + step) % len(names)]
        at = make.moment()
        stamps = (make.stamp(at),) if step == 0 else ()
        yield make.case(step % 2, at, damage=damage, crypto="repaired", stamps=stamps)


@kind("footer", "a list wrapped the message and added a footer")
def footer(make: Maker) -> Iterator[Case]:
    yield make.case(footer=True)


@kind("carries-lists", "current lists about the whole chain are in the message")
def carries_lists(make: Maker) -> Iterator[Case]:
    at = make.moment()
    case = make.case(at=at)
    yield change(case, lists=make.lists(case.signer, at))
    case = make.case(1, at)
    yield change(case, lists=make.lists(case.signer, at), received=())


@kind("revoked-later", "revoked after the message was made")
def revoked_later(make: Maker) -> Iterator[Case]:
    if make.has_lists:
        at = make.moment()
        yield make.case(at=at, person={"revoked": Revoked(at + 20 * DAY, "superseded")})
        person = {"revoked": Revoked(at + 20 * DAY, "key_compromise")}
        yield make.case(at=at, person=person, stamps=(make.stamp(at),))


@kind("revoked-before", "made with a certificate that was revoked already")
def revoked_before(make: Maker) -> Iterator[Case]:
    if make.has_lists:
        at = make.moment()
        revoked = Revoked(at - 20 * DAY, "superseded")
        yield make.case(at=at, person={"revoked": revoked})
        yield make.case(at=at, person={"revoked": revoked}, stamps=(make.stamp(at),))
        inside = make.stamp(at - 60 * MINUTE, kind="content")
        yield make.case(at=at, person={"revoked": revoked}, stamps=(inside, make.stamp(at)))
        suspect = Revoked(at + 20 * DAY, "key_compromise", invalid_since=at - 5 * DAY)
        yield make.case(at=at, person={"revoked": suspect}, stamps=(make.stamp(at),))


@kind("revocation-carried", "the list that revokes is in the message itself")
def revocation_carried(make: Maker) -> Iterator[Case]:
    at = make.moment()
    case = make.case(1, at)
    issuer = case.signer.issuer
    assert issuer
    entries = {case.signer.serial: Revoked(at - 20 * DAY, "superseded")}
    yield change(case, lists=(publish(issuer, at - 10 * DAY, at + 20 * DAY, entries),))


@kind("hold", "on hold when it was made, for a month or for good")
def hold(make: Maker) -> Iterator[Case]:
    if make.has_lists:
        at = on(make.year, 6, 20, 10)
        short = Revoked(on(make.year, 6), "certificate_hold", lifted=on(make.year, 9))
        yield make.case(at=at, person={"revoked": short})
        lifted = on(make.year, 11, 5, 10)
        short = Revoked(on(make.year, 3), "certificate_hold", lifted=on(make.year, 6))
        yield make.case(at=lifted, person={"revoked": short}, stamps=(make.stamp(lifted),))
        yield make.case(at=at, person={"revoked": Revoked(on(make.year, 6), "certificate_hold")})


@kind("ca-revoked", "the CA was revoked in March 2011")
def ca_revoked(make: Maker) -> Iterator[Case]:
    if 2007 <= make.year <= 2012:
        at = make.moment()
        yield make.case(at=at, issuer=make.house.ca_gone, stamps=(make.stamp(at),))
        yield make.case(at=at, issuer=make.house.ca_gone)


@kind("cross", "the root is trusted by way of a cross-certificate alone")
def cross(make: Maker) -> Iterator[Case]:
    if 2008 <= make.year <= 2012:
        yield make.case(issuer=make.house.ca_bridge)
        house = make.house
        case = make.case(issuer=house.ca_bridge)
        alone = (case.signer, house.ca_bridge)
        yield change(case, carried=alone, trust="chain_no_path")
        rooted = (*alone, house.bridge_root)
        case = make.case(issuer=house.ca_bridge)
        rooted = (case.signer, house.ca_bridge, house.bridge_root)
        yield change(case, carried=rooted, trust="chain_untrusted_root")


@kind("wrong-clock", "the archive's times lie before the certificate was valid")
def wrong_clock(make: Maker) -> Iterator[Case]:
    if make.year % 2 == 0:
        early = on(make.year - 1, 11, 11, 11)
        yield make.case(received=honest_way(early), from_line=early)
        if early >= make.service().not_before:
            yield make.case(stamps=(make.stamp(early),))


@kind("order", "a time-stamp inside the signature that is younger than the one over it")
def order(make: Maker) -> Iterator[Case]:
    at = make.moment()
    inside = make.stamp(at + 3 * DAY, kind="content")
    yield make.case(at=at, stamps=(inside, make.stamp(at)))


@kind("imprint", "a time-stamp by a strong service over a digest that was good then and is not now")
def imprint(make: Maker) -> Iterator[Case]:
    if 2011 <= make.year <= 2013:
        at = make.moment()
        yield make.case(at=at, stamps=(make.stamp(at, digest="sha1"),))
        yield make.case(at=at, stamps=(make.stamp(at, digest="sha1"),), received=())


@kind("replaced-service", "the time-stamp authority was given up in 2015, without harm")
def replaced_service(make: Maker) -> Iterator[Case]:
    if 2009 <= make.year <= 2017:
        at = make.moment()
        service = make.house.tsa_replaced
        yield make.case(at=at, stamps=(make.stamp(at, service=service),))
