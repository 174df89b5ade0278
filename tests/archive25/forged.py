"""Forged mail: whatever a forger without anybody's help, or with a stolen key, can try."""

from __future__ import annotations

from collections.abc import Iterator

from archive25 import keys
from archive25.case import Case, Hop, Stamp
from archive25.days import DAY, MINUTE
from archive25.mails import OWN_HOST
from archive25.maker import LAST_STOLEN, Maker, change, honest_way, kind, services, thief
from archive25.told import Revoked, publish


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
