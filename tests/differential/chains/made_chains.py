"""Chains for what PKITS lacks: names of every form, usages of CAs, crossed CAs, odd lists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import der
import pki
from chain_bases import Base, Settings, key, tbs_of

PERMITTED, EXCLUDED = 0, 1
NAMES = {"rfc822": 1, "dns": 2, "uri": 6}
NOW = dt.datetime(2026, 1, 1, tzinfo=pki.UTC)
DAY = dt.timedelta(days=1)
POLICIES = ("1.3.6.1.4.1.55555.1", "1.3.6.1.4.1.55555.2", "1.3.6.1.4.1.55555.3")


def constraint(form: str, text: str) -> bytes:
    return der.implicit(NAMES[form], text.encode())


def constraints(permitted: list[bytes] = [], excluded: list[bytes] = []) -> bytes:  # noqa: B006
    """NameConstraints (RFC 5280 §4.2.1.10)."""
    subtrees = [
        der.explicit(number, *(der.seq(base) for base in bases)) if bases else b""
        for number, bases in ((PERMITTED, permitted), (EXCLUDED, excluded))
    ]
    return pki.extension("2.5.29.30", der.seq(*subtrees), True)


def directory(*pairs: tuple[str, str]) -> bytes:
    return der.explicit(4, pki.name(*pairs))


def policies(*dotted: str) -> bytes:
    return pki.extension("2.5.29.32", der.seq(*(der.seq(der.oid(one)) for one in dotted)))


def mappings(*pairs: tuple[str, str]) -> bytes:
    inner = (der.seq(der.oid(issuer), der.oid(subject)) for issuer, subject in pairs)
    return pki.extension("2.5.29.33", der.seq(*inner), True)


def policy_constraints(explicit: int | None = None, mapping: int | None = None) -> bytes:
    parts = [
        der.implicit(number, bytes([value]))
        for number, value in ((0, explicit), (1, mapping))
        if value is not None
    ]
    return pki.extension("2.5.29.36", der.seq(*parts), True)


def points(*uris: str) -> bytes:
    """CRLDistributionPoints."""
    return pki.extension("2.5.29.31", der.seq(*(der.seq(point(uri)) for uri in uris)))


def point(uri: str) -> bytes:
    return der.explicit(0, der.explicit(0, der.implicit(6, uri.encode())))


def scope(*parts: bytes) -> bytes:
    """IssuingDistributionPoint."""
    return pki.extension("2.5.29.28", der.seq(*parts), True)


def authority(
    name: str, issuer: pki.Certificate | None = None, **options: object
) -> pki.Certificate:
    by = issuer.subject if issuer else b""
    serial = der.integer(int.from_bytes(pki.hashed("sha256", name.encode() + by)[:8], "big") >> 1)
    return pki.authority(name, key(name.encode()), issuer, serial=serial, **options)


ROOT, OTHER_ROOT = authority("Made Root"), authority("Other Made Root")
SAN = [
    pki.rfc822("alice@example.org"),
    constraint("dns", "host.example.org"),
    constraint("uri", "http://host.example.org/a"),
    der.implicit(7, bytes([192, 0, 2, 7])),
    der.implicit(7, bytes([0x20, 1, 0xD, 0xB8, *bytes(11), 7])),
    directory(("O", "Fixture"), ("CN", "Alice")),
]


def leaf(issuer: pki.Certificate, serial: int = 7, **options: object) -> pki.Certificate:
    options.setdefault("names", SAN)
    return pki.leaf("Alice", key(b"Alice"), issuer, serial=der.integer(serial), **options)


def entry(serial: int, reason: int | None = None, more: bytes = b"") -> bytes:
    code = b"" if reason is None else pki.extension("2.5.29.21", der.tlv(0x0A, bytes([reason])))
    extensions = der.seq(code, more) if code or more else b""
    return der.seq(der.integer(serial), der.time(NOW - 30 * DAY), extensions)


def list_of(
    issuer: pki.Certificate, *entries: bytes, more: tuple[bytes, ...] = (), number: int = 1
) -> tuple[bytes, pki.PycaKey]:
    """A list's to-be-signed part, current now, and its issuer's key."""
    extensions = [
        pki.extension("2.5.29.35", der.seq(der.implicit(0, issuer.ski))),
        pki.extension("2.5.29.20", der.integer(number)),
        *more,
    ]
    tbs = der.seq(
        der.integer(1),
        pki.algorithm("ed25519"),
        issuer.subject,
        der.time(NOW - 10 * DAY),
        der.time(NOW + 10 * DAY),
        der.seq(*entries) if entries else b"",
        der.explicit(0, der.seq(*extensions)),
    )
    return tbs, key_of(issuer)


def key_of(certificate: pki.Certificate) -> pki.PycaKey:
    assert isinstance(certificate.key, pki.PycaKey)
    return certificate.key


def base(
    name: str,
    end: pki.Certificate,
    lists: list[tuple[bytes, pki.PycaKey]] | None = None,
    more: list[pki.Certificate] = [],  # noqa: B006
    settings: Settings = Settings(),  # noqa: B008
) -> Base:
    """The chain of a leaf without its root; a clean list of each issuer unless lists are given."""
    roots = (ROOT.der, OTHER_ROOT.der)
    below = [one for one in (end, *end.chain, *more) if one.der not in roots]
    issuers = {one.subject: one for one in (*end.chain, *(up for it in more for up in it.chain))}
    if lists is None:
        lists = [list_of(one) for one in issuers.values()]
    certificates = [
        (tbs_of(one.der).encoded(), key_of(one.chain[0] if one.chain else one)) for one in below
    ]
    return Base(f"made-{name}", key(b"Alice"), certificates, lists, settings)


def named() -> Iterator[Base]:
    """Name constraints of each form, permitted and excluded, alone and together."""
    kinds = {
        "rfc822-mailbox": ([constraint("rfc822", "alice@example.org")], []),
        "rfc822-host": ([constraint("rfc822", "example.org")], []),
        "rfc822-domain": ([constraint("rfc822", ".org")], [constraint("rfc822", "other.org")]),
        "dns": ([constraint("dns", "example.org")], [constraint("dns", "bad.example.org")]),
        "uri": ([constraint("uri", ".example.org")], [constraint("uri", "bad.example.org")]),
        "ip": (
            [
                der.implicit(7, bytes([192, 0, 2, 0, 255, 255, 255, 0])),
                der.implicit(7, bytes([0x20, 1, 0xD, 0xB8, *bytes(12), *([255] * 4), *bytes(12)])),
            ],
            [der.implicit(7, bytes([192, 0, 2, 128, 255, 255, 255, 128]))],
        ),
        "directory": ([directory(("O", "Fixture"))], [directory(("O", "Fixture"), ("CN", "Eve"))]),
    }
    together = ([], [])
    for permitted, excluded in kinds.values():
        together[0].extend(permitted)
        together[1].extend(excluded)
    for name, (permitted, excluded) in (*kinds.items(), ("all", together)):
        ca = authority("Made CA", ROOT, more=[constraints(permitted, excluded)])
        yield base(f"names-{name}", leaf(ca))
        inner = authority("Inner CA", ca, more=[constraints([], excluded)])
        yield base(f"names-{name}-deeper", leaf(inner))
    mail = authority("Made CA", ROOT, more=[constraints([constraint("rfc822", "example.org")])])
    subject = pki.person("Alice", ("email", "alice@example.org"))
    yield base("names-subject-address", leaf(mail, names=[], subject=subject))
    yield base("names-utf8-address", leaf(mail, names=[pki.smtp_utf8("älice@example.org")]))


def used() -> Iterator[Base]:
    """Usages of CAs, path lengths, policies and their mappings."""
    mail = authority("Made CA", ROOT, ekus=("email", "client"))
    yield base("usages", leaf(mail, ekus=("email", "client")))
    yield base("no-usages", leaf(authority("Made CA", ROOT), ekus=(), usages=()))
    short = authority("Inner CA", authority("Made CA", ROOT, path_length=1), path_length=0)
    yield base("path-length", leaf(short))
    for number, settings in enumerate(
        (
            Settings(),
            Settings(POLICIES[:1], explicit=True),
            Settings(explicit=True, no_any=True),
            Settings(POLICIES[1:], explicit=True, no_mapping=True),
        )
    ):
        outer = authority(
            "Made CA", ROOT, more=[policies(POLICIES[0], "2.5.29.32.0"), policy_constraints(2, 2)]
        )
        inner = authority("Inner CA", outer, more=[policies(*POLICIES[:2]), mappings(POLICIES[:2])])
        inhibit = pki.extension("2.5.29.54", der.integer(0), True)
        last = authority("Last CA", inner, more=[policies(POLICIES[1]), inhibit])
        end = leaf(last, more=[policies(*POLICIES[:2])])
        yield base(f"policies-{number}", end, settings=settings)


def crossed() -> Iterator[Base]:
    """Two ways up, a loop, and a CA of two certificates with one name and one key."""
    ca, other = authority("Made CA", ROOT), authority("Made CA", OTHER_ROOT)
    yield base("crossed", leaf(ca), more=[other])
    bridge, loop = authority("Bridge", ROOT), authority("Bridge", ca)
    looped = authority("Made CA", bridge)
    yield base("looped", leaf(looped), more=[loop, ca, other])
    narrow = authority("Made CA", ROOT, more=[constraints([constraint("rfc822", "example.net")])])
    yield base("crossed-narrow", leaf(narrow), more=[other])


def revoked() -> Iterator[Base]:
    """Lists complete, partitioned, indirect and delta."""
    uri = "http://example.org/ca.crl"
    ca = authority("Made CA", ROOT, more=[points("http://example.org/root.crl")])
    end, top = leaf(ca, more=[points(uri)]), list_of(ROOT)
    yield base("list-entries", end, [top, list_of(ca, entry(8), entry(9, 1), entry(10, 6))])
    yield base("list-revoked", end, [top, list_of(ca, entry(7, 1))])
    yield base("list-held", end, [top, list_of(ca, entry(7, 6))])
    users = list_of(ca, more=(scope(point(uri), der.implicit(1, b"\xff")),))
    authorities = list_of(ROOT, more=(scope(der.implicit(2, b"\xff")),))
    yield base("list-scopes", end, [authorities, users])
    some = list_of(ca, more=(scope(point(uri), der.implicit(3, bytes([1, 0b01100000]))),))
    rest = list_of(ca, more=(scope(point(uri), der.implicit(3, bytes([7, 0b00011111, 0x80]))),))
    yield base("list-reasons", end, [top, some, rest])
    fresh = points(uri).replace(der.oid("2.5.29.31"), der.oid("2.5.29.46"))
    freshest = leaf(ca, more=[points(uri), fresh])
    change = list_of(ca, entry(8, 8), more=(indicator(1),), number=2)
    yield base("list-delta", freshest, [top, list_of(ca, entry(8, 6), more=(fresh,)), change])
    lister = authority("Lister", ROOT, usages=("crl_sign",), ca=False)
    there = der.seq(point(uri), der.explicit(2, der.explicit(4, lister.subject)))
    elsewhere = leaf(ca, more=[pki.extension("2.5.29.31", der.seq(there))])
    whose = pki.extension("2.5.29.29", der.seq(der.explicit(4, ca.subject)), True)
    indirect = list_of(
        lister,
        *(entry(9, 1, whose), entry(10, 1)),
        more=(scope(point(uri), der.implicit(4, b"\xff")),),
    )
    yield base("list-indirect", elsewhere, [top, indirect], more=[lister])
    date = der.tlv(0x18, b"20200101000000Z")
    since = pki.extension("2.5.29.60", date)
    old = leaf(ca, not_after=NOW - 200 * DAY)
    yield base("list-expired", old, [top, list_of(ca, more=(since,))])


def indicator(number: int) -> bytes:
    return pki.extension("2.5.29.27", der.integer(number), True)


def made() -> list[Base]:
    return [*named(), *used(), *crossed(), *revoked()]
