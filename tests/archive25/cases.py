"""The table: every message of the archive, year by year.

Each year has the same kinds of mail, honest and forged, with the CAs, keys, digests and
time-stamp authorities of its day. To see it with the words of some settings:
`PYTHONPATH=tests:tests/interop python -m archive25.show`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

from archive25 import keys
from archive25.case import Case, Hop, Stamp
from archive25.house import NOW, House, Issued, Revoked, on, publish
from archive25.mails import DAMAGES, OWN_HOST

YEARS = range(1999, 2025)
LAST_STOLEN = 2023
"""Certificates of later years have not expired yet: who has their keys can sign."""
MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)
Kind = Callable[["Maker"], Iterator[Case]]
KINDS: list[tuple[str, str, Kind]] = []


def kind(name: str, why: str) -> Callable[[Kind], Kind]:
    def known(function: Kind) -> Kind:
        KINDS.append((name, why, function))
        return function

    return known


def all_cases(house: House) -> list[Case]:
    """Every case, in the order of the archive."""
    return [case for year in YEARS for case in Maker(house, year).all()]


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


# Honest mail ------------------------------------------------------------------------------------


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


def services(house: House) -> list[Issued]:
    return [house.tsa_2016, house.tsa_2011, house.tsa_2005, house.tsa_2000]


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


# Forged mail ------------------------------------------------------------------------------------


def change(case: Case, **given: Any) -> Case:
    return Case(**{**vars(case), **given})


def thief(make: Maker, years_later: int = 4) -> tuple[Case, dt.datetime]:
    """Whoever got the key of a certificate that has expired since, and claims the old day."""
    now = min(on(make.year + years_later, 5, 5, 5), NOW - 5 * DAY)
    case = make.case(forged=True, deceives=frozenset({"claimed", "date", "date-header"}))
    received = honest_way(now)
    return change(case, signed_at=now, received=received, from_line=now), now


@kind("altered", "another text under a true signature, time-stamped or not")
def altered(make: Maker) -> Iterator[Case]:
    yield make.case(altered=True, crypto="digest_mismatch", forged=True)
    at = make.moment()
    stamps = (make.stamp(at),)
    yield make.case(1, at, altered=True, crypto="digest_mismatch", forged=True, stamps=stamps)


@kind("wrong-key", "signed with a key that is not the certificate's")
def wrong_key(make: Maker) -> Iterator[Case]:
    case = make.case(forged=True, crypto="signature_mismatch")
    kinds = keys.pool()[case.signer.key_kind]
    yield change(case, key=next(key for key in kinds if key.n != case.signer.certificate.key.n))


@kind("own-ca", "a chain of the forger's own")
def own_ca(make: Maker) -> Iterator[Case]:
    if make.year % 2 == 0:
        house = make.house
        case = make.case(issuer=house.ca_strange, forged=True, trust="chain_no_path")
        yield case
        case = make.case(issuer=house.ca_strange, forged=True, trust="chain_untrusted_root")
        yield change(case, carried=(*case.signer.chain, house.stranger))


@kind("leaf-as-ca", "a certificate issued with the certificate of a person")
def leaf_as_ca(make: Maker) -> Iterator[Case]:
    if make.year % 2 == 1:
        issuer, key_kind, certified, _ = make.eras()[0]
        person = make.person(issuer, key_kind, certified)
        yield make.case(issuer=person, forged=True, trust="chain_not_a_ca")


@kind("web-server", "a certificate that is not for mail")
def web_server(make: Maker) -> Iterator[Case]:
    if make.year % 2 == 0:
        options = {"ekus": ("server",)}
        yield make.case(person=options, forged=True, trust="chain_extended_key_usage")


@kind("other-sender", "a good signature, by somebody else than From")
def other_sender(make: Maker) -> Iterator[Case]:
    at = make.moment()
    sender = "chief@example.org"
    yield make.case(at=at, sender=sender, forged=True, stamps=(make.stamp(at),))


@kind("backdated", "made with a stolen key years after the certificate expired; Date and claim lie")
def backdated(make: Maker) -> Iterator[Case]:
    if make.year <= LAST_STOLEN:
        case, _ = thief(make)
        yield case
        case, now = thief(make)
        yield change(case, received=(*honest_way(now), *honest_way(case.date)))
        case, _ = thief(make)
        yield change(case, nested_hop=Hop(OWN_HOST, case.date))


@kind("made-after-expiry", "the same, and a time-stamp inside the signature tells when it was made")
def made_after_expiry(make: Maker) -> Iterator[Case]:
    if make.year <= LAST_STOLEN:
        case, now = thief(make)
        services_of_now = services(make.house)
        service = next(it for it in services_of_now if it.not_before <= now <= it.not_after)
        inside = Stamp(service, now - 60 * MINUTE, service.digest, kind="content")
        yield change(case, stamps=(inside,))
        yield change(
            case,
            name=case.name + "-stamped",
            stamps=(inside, Stamp(service, now, service.digest)),
        )


@kind("fake-from-line", "the same, with a From_ line of the old day that nobody vouches for")
def fake_from_line(make: Maker) -> Iterator[Case]:
    if make.year <= LAST_STOLEN:
        case, _ = thief(make)
        deceives = case.deceives | {"mbox-from"}
        yield change(case, received=(), from_line=case.date, deceives=deceives)


@kind("token-elsewhere", "the same, with a true time-stamp over another signature")
def token_elsewhere(make: Maker) -> Iterator[Case]:
    if make.year <= LAST_STOLEN:
        case, _ = thief(make)
        yield change(case, stamps=(make.stamp(case.date, flaw="other_signature"),))


@kind("token-untrusted", "the same, with a time-stamp of somebody who may not make one")
def token_untrusted(make: Maker) -> Iterator[Case]:
    if make.year <= LAST_STOLEN:
        house = make.house
        flaws = [
            (house.tsa_untrusted, "untrusted"),
            (house.tsa_of_mail, "usage"),
            (house.tsa_of_both, "usage"),
            (house.tsa_not_critical, "usage"),
            (make.service(), "unnamed"),
        ]
        for step in range(2):
            service, flaw = flaws[(make.year * 2 + step) % len(flaws)]
            case, _ = thief(make)
            yield change(case, stamps=(make.stamp(case.date, service=service, flaw=flaw),))


@kind("token-weak", "the same, with a time-stamp whose hash was broken when it was made")
def token_weak(make: Maker) -> Iterator[Case]:
    if 2005 <= make.year <= LAST_STOLEN:
        case, _ = thief(make)
        digest = "sha1" if make.year >= 2014 and make.year % 2 else "md5"
        yield change(case, stamps=(make.stamp(case.date, digest=digest),))


@kind("token-stolen", "the same, with the key of a time-stamp authority that was stolen too")
def token_stolen(make: Maker) -> Iterator[Case]:
    if 2008 <= make.year <= 2018:
        case, _ = thief(make)
        deceives = case.deceives | {"off", "no-crls"}
        stamp = make.stamp(case.date, service=make.house.tsa_stolen)
        yield change(case, stamps=(stamp,), deceives=deceives)


@kind("strange-list", "a list signed by a stranger revokes a good certificate, or clears a bad one")
def strange_list(make: Maker) -> Iterator[Case]:
    if make.year % 2 == 1:
        house, at = make.house, make.moment()
        unchecked = {"forged": True, "deceives": frozenset({"off"})}
        case = make.case(at=at)
        issuer, key = case.signer.issuer, house.stranger.certificate.key
        assert issuer
        entries = {case.signer.serial: Revoked(at - 20 * DAY, "key_compromise")}
        fake = publish(issuer, at - 10 * DAY, at + 20 * DAY, entries, by=key)
        yield change(case, lists=(fake,))
        held = Revoked(at - 40 * DAY, "certificate_hold")
        case = make.case(1, at, **unchecked, stamps=(make.stamp(at),))
        issuer = case.signer.issuer
        assert issuer
        true = publish(issuer, at - 20 * DAY, at + 20 * DAY, {case.signer.serial: held})
        fake = publish(issuer, at - 10 * DAY, at + 30 * DAY, {}, by=key)
        yield change(case, lists=(true, fake))
        case = make.case(at=at, **unchecked, stamps=(make.stamp(at),))
        fakes = make.lists(case.signer, at, by=key)
        issuer = case.signer.issuer
        assert issuer
        revoked = {case.signer.serial: Revoked(at - 30 * DAY, "key_compromise")}
        true = publish(issuer, at - 25 * DAY, at - 5 * DAY, revoked)
        yield change(case, lists=(true, *fakes))
