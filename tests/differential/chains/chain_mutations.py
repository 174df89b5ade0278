"""One changed chain a seed: changed by fields or ASN.1 elements, and signed again.

A change without a new signature would only show that signatures are checked; here the issuer says
what the change says, so that the clauses of RFC 5280 have to judge it.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass, replace

import der
import elements
import pki
from chain_bases import Base, Settings, Signed, extensions, fields, key
from elements import Element
from made_chains import DAY, NOW

SECOND = dt.timedelta(seconds=1)


@dataclass
class Mutant:
    """A changed chain as both are given it."""

    seed: int
    base: str
    changes: tuple[str, ...]
    settings: Settings
    leaf_key: pki.PycaKey
    certificates: list[Signed]
    lists: list[Signed]
    identifier: bytes
    """IssuerAndSerialNumber of the leaf."""


def read(encoded: bytes) -> Element:
    return elements.read(encoded, 0, 0)[0]


class Mutations:
    """Knows the chains to start from, and all their extensions to put elsewhere."""

    def __init__(self, bases: list[Base]) -> None:
        self.bases = bases
        unique = {
            encoded
            for base in bases
            for tbs, _ in (*base.certificates, *base.lists)
            for encoded in extensions_of(read(tbs))
        }
        self.extensions = sorted(unique)
        self.donors = [
            place.element for one in self.extensions for place in elements.places([read(one)])
        ]

    def mutant(self, seed: int) -> Mutant:
        rng = random.Random(seed)
        base = rng.choice(self.bases)
        certificates = [Signed(read(tbs), signer) for tbs, signer in base.certificates]
        lists = [Signed(read(tbs), signer) for tbs, signer in base.lists]
        settings = replace(base.settings, revocation=rng.randrange(2) == 0)
        changes = []
        for _ in range(rng.choice((1, 1, 1, 2, 2, 3))):
            wants_list = settings.revocation and rng.randrange(2) and lists
            position = rng.randrange(len(lists) if wants_list else len(certificates))
            one = (lists if wants_list else certificates)[position]
            kind = f"list {position}" if wants_list else f"certificate {position}"
            try:
                what = self.change(one, bool(wants_list), certificates, rng)
            except (IndexError, AssertionError, ValueError):
                continue
            changes.append(f"{kind} {what}")
        if not rng.randrange(20):
            settings = replace(
                settings, explicit=not settings.explicit, no_any=rng.randrange(2) == 0
            )
            changes.append("settings")
        if not rng.randrange(25):
            changes.append(self.regroup(certificates, lists, rng))
        return Mutant(
            seed,
            base.name,
            tuple(changes),
            settings,
            base.leaf_key,
            certificates,
            lists,
            identifier(certificates[0].tbs),
        )

    def change(self, one: Signed, is_list: bool, others: list[Signed], rng: random.Random) -> str:
        """Changes one certificate or list; gives the name of what was done."""
        what = rng.choice(LIST_CHANGES if is_list else CERTIFICATE_CHANGES)
        match what:
            case "element":
                return "element " + elements.change([one.tbs], self.donors, rng)
            case "in extension":
                return "in extension " + self.in_extension(one, rng)
            case "extension":
                return "extension " + self.extension(one, is_list, rng)
            case "text":
                return "text " + change_text(one.tbs, rng)
            case "times":
                return "times " + change_times(one.tbs, is_list, rng)
            case "name":
                return "name " + change_name(one.tbs, is_list, rng)
            case "head":
                return "head " + change_head(one, is_list, rng)
            case "number":
                return "number " + change_number(one.tbs, rng)
            case "usage":
                return "usage " + change_usage(one.tbs, rng)
            case _:
                return "entries " + change_entries(one.tbs, others, rng)

    def regroup(self, certificates: list[Signed], lists: list[Signed], rng: random.Random) -> str:
        """Another chain's certificates and lists come too, or one is not there."""
        what = rng.choice(("others", "less", "lists", "unlisted"))
        if what == "less" and len(certificates) > 1:
            del certificates[rng.randrange(1, len(certificates))]
        elif what == "unlisted" and lists:
            del lists[rng.randrange(len(lists))]
        else:
            other = rng.choice(self.bases)
            certificates += [Signed(read(tbs), signer) for tbs, signer in other.certificates[1:]]
            lists += [Signed(read(tbs), signer) for tbs, signer in other.lists]
        return what

    def in_extension(self, one: Signed, rng: random.Random) -> str:
        chosen = rng.choice(extensions(block_of(one.tbs)))
        assert chosen.elements
        value = chosen.elements[-1]
        return elements.change(value.elements or [value], self.donors, rng)

    def extension(self, one: Signed, is_list: bool, rng: random.Random) -> str:
        block = block_of(one.tbs, is_list)
        held = extensions(block)
        what = rng.choice(("remove", "repeat", "critical", "add", "add", "exchange", "unknown"))
        if what in ("add", "unknown", "exchange"):
            encoded = pki.extension("1.3.6.1.4.1.55555.9", der.NULL, rng.randrange(2) == 0)
            if what != "unknown":
                encoded = rng.choice(self.extensions)
            new = read(encoded)
            if what == "exchange" and held:
                assert new.elements
                same = [
                    it
                    for it in held
                    if it.elements and it.elements[0].octets == new.elements[0].octets
                ]
                if same:
                    held.remove(same[0])
            held.insert(rng.randrange(len(held) + 1), new)
            return what
        index = rng.randrange(len(held))
        if what == "remove":
            del held[index]
        elif what == "repeat":
            held.insert(rng.randrange(len(held) + 1), held[index])
        else:
            parts = held[index].elements
            assert parts
            parts[1:-1] = [] if len(parts) == 3 else [Element(1, b"\xff")]
        return what


CERTIFICATE_CHANGES = (
    *("extension", "extension", "extension", "in extension", "in extension", "in extension"),
    *("text", "text", "times", "name", "head", "number", "usage", "usage", "element"),
)
LIST_CHANGES = (
    *("extension", "extension", "in extension", "in extension", "times", "times"),
    *("name", "head", "number", "entries", "entries", "entries", "element"),
)


def block_of(tbs: Element, is_list: bool | None = None) -> Element:
    """The element that holds the extensions, made where there is none and its tag is known."""
    found = [part for part in fields(tbs)[1:] if part.tag in (0xA3, 0xA0)]
    if found:
        return found[-1]
    assert is_list is not None
    block = Element(0xA0 if is_list else 0xA3, elements=[Element(0x30, elements=[])])
    fields(tbs).append(block)
    return block


def extensions_of(tbs: Element) -> list[bytes]:
    found = [part for part in fields(tbs)[1:] if part.tag in (0xA3, 0xA0)]
    return [one.encoded() for block in found for one in extensions(block)]


def identifier(tbs: Element) -> bytes:
    """Issuer and serial as they stand where they belong."""
    parts = fields(tbs)
    at = 1 if parts and parts[0].tag == 0xA0 else 0
    if len(parts) < at + 3:
        return der.seq()
    return der.seq(parts[at + 2].encoded(), parts[at].encoded())


def first_of(tbs: Element, is_list: bool) -> int:
    """The position of `signature`, behind the version and, of a certificate, the serial number."""
    parts = fields(tbs)
    if is_list:
        return 1 if parts[0].tag == 2 else 0
    return 2 if parts[0].tag == 0xA0 else 1


def change_times(tbs: Element, is_list: bool, rng: random.Random) -> str:
    parts = fields(tbs)
    at = first_of(tbs, is_list) + 2
    held, at = (parts, at) if is_list else (parts[at].elements or [], 0)
    moment = NOW + rng.choice(
        (-SECOND, 0 * SECOND, SECOND, -DAY, DAY, -4000 * DAY, 9000 * DAY, -20000 * DAY)
    )
    what = rng.choice(("move", "move", "move", "general", "short", "offset", "gone", "swap"))
    at += rng.randrange(2)
    if is_list and held[at].tag not in (0x17, 0x18):
        at -= 1
    match what:
        case "move":
            held[at] = read(der.time(moment))
        case "general":
            held[at] = Element(0x18, moment.strftime("%Y%m%d%H%M%SZ").encode())
        case "short":
            held[at] = Element(0x17, moment.strftime("%y%m%d%H%MZ").encode())
        case "offset":
            held[at] = Element(0x17, moment.strftime("%y%m%d%H%M%S+0100").encode())
        case "gone":
            del held[at]
        case _:
            held[at], held[at - 1] = held[at - 1], held[at]
    return what


def change_name(tbs: Element, is_list: bool, rng: random.Random) -> str:
    """Edits the issuer or the subject: attributes, their text and its type."""
    parts = fields(tbs)
    first = first_of(tbs, is_list)
    name = parts[first + 1 if is_list or rng.randrange(2) else first + 3]
    names = name.elements
    assert names is not None
    what = rng.choice(("text", "text", "type", "add", "less", "empty", "swap", "address"))
    match what:
        case "add":
            names.append(read(der.set_of(pki.attribute("OU", "More"))))
        case "address":
            address = rng.choice(("alice@example.org", "eve@example.net", "x", "a@.example.org"))
            names.append(read(der.set_of(pki.attribute("email", address))))
        case "less":
            del names[rng.randrange(len(names))]
        case "empty":
            names.clear()
        case "swap":
            names.reverse()
        case _:
            values = [one.element for one in elements.places(names) if one.element.tag in TEXTS]
            value = rng.choice(values)
            if what == "type":
                value.tag = rng.choice(TEXTS)
            else:
                value.octets = rng.choice(SPELLINGS)(value.octets)
    return what


TEXTS = (0x0C, 0x13, 0x14, 0x16)
SPELLINGS: tuple[Callable[[bytes], bytes], ...] = (
    bytes.upper,
    bytes.lower,
    lambda text: b" " + text + b"  ",
    lambda text: text.replace(b" ", b"  "),
    lambda text: text + b"x",
    lambda text: text + b"\0",
    lambda text: b"",
)


def change_head(one: Signed, is_list: bool, rng: random.Random) -> str:
    """Version, serial number, algorithm, who signs."""
    parts = fields(one.tbs)
    what = rng.choice(("version", "serial", "algorithm", "outer", "signer", "spoiled"))
    first = first_of(one.tbs, is_list)
    match what:
        case "version":
            version = der.integer(rng.choice((0, 1, 2, 3)))
            new = [read(version if is_list else der.explicit(0, version))]
            parts[: first if is_list else first - 1] = new if rng.randrange(3) else []
        case "serial":
            assert not is_list
            serial = rng.choice((b"\0", b"\xff", b"\0\x07", b"\x07", b"\x7f" * 21, b"\x08"))
            parts[first - 1] = Element(2, serial)
        case "algorithm":
            parts[first] = read(pki.algorithm("ed25519", der.NULL))
        case "outer":
            one.algorithm = rng.choice(
                (pki.algorithm("ed25519", der.NULL), pki.algorithm("ecdsaWithSHA256"))
            )
        case "signer":
            one.signer = key(b"nobody")
        case _:
            one.spoiled = True
    return what


def change_number(tbs: Element, rng: random.Random) -> str:
    """A number or truth value within an extension."""
    block = block_of(tbs)
    found = [one.element for one in elements.places([block])]
    value = rng.choice([one for one in found if one.tag in (1, 2, 0x80, 0x81, 0x82, 0x84)])
    value.octets = rng.choice(
        (b"\0", b"\1", b"\2", b"\xff", b"\5", b"\x7f\xff", b"\0\xff", b"\x80")
    )
    value.elements = None
    return value.octets.hex()


def change_usage(tbs: Element, rng: random.Random) -> str:
    """Key usage, extended key usage and basic constraints, written anew."""
    held = extensions(block_of(tbs, False))
    encoded, what = rng.choice(
        (
            (pki.key_usage(*rng.sample(pki.USAGES, rng.randint(1, 3))), "key"),
            (pki.key_usage(rng.choice(("cert_sign", "crl_sign", "non_repudiation"))), "key"),
            (pki.extended_key_usage(*rng.sample(list(pki.EKUS), rng.randint(1, 3))), "purpose"),
            (pki.basic_constraints(rng.randrange(2) == 0, rng.choice((None, 0, 1, 5))), "ca"),
            (pki.basic_constraints(True), "ca"),
        )
    )
    new = read(encoded)
    assert new.elements
    wanted = new.elements[0].octets
    held[:] = [one for one in held if one.elements and one.elements[0].octets != wanted]
    held.append(new)
    return what


def change_entries(tbs: Element, others: list[Signed], rng: random.Random) -> str:
    """Revokes certificates of the chain, or changes what is said of those revoked."""
    parts = fields(tbs)
    at = next((at for at, part in enumerate(parts) if at > 3 and part.tag == 0x30), None)
    what = rng.choice(("revoke", "revoke", "revoke", "none", "one less", "repeat"))
    if what == "none":
        assert at is not None
        del parts[at]
    elif what != "revoke":
        assert at is not None
        entries = parts[at].elements
        assert entries
        index = rng.randrange(len(entries))
        entries[index : index + 1] = [] if what == "one less" else [entries[index]] * 2
    else:
        if at is None:
            at = len(parts) - (parts[-1].tag == 0xA0)
            parts.insert(at, Element(0x30, elements=[]))
        entries = parts[at].elements
        assert entries is not None
        entries.insert(rng.randrange(len(entries) + 1), new_entry(others, rng))
    return what


def new_entry(certificates: list[Signed], rng: random.Random) -> Element:
    chosen = fields(rng.choice(certificates).tbs)
    since = NOW + rng.choice((-SECOND, 0 * SECOND, SECOND, -90 * DAY, 5 * DAY))
    more = []
    if rng.randrange(2):
        code = der.tlv(0x0A, bytes([rng.choice((0, 1, 2, 6, 8, 9, 11))]))
        more.append(pki.extension("2.5.29.21", code, not rng.randrange(6)))
    if not rng.randrange(4):
        invalid = (NOW + rng.choice((-90 * DAY, 90 * DAY))).strftime("%Y%m%d%H%M%SZ").encode()
        more.append(pki.extension("2.5.29.24", der.tlv(0x18, invalid)))
    if not rng.randrange(5):
        issuer = der.seq(der.explicit(4, fields(rng.choice(certificates).tbs)[3].encoded()))
        more.append(pki.extension("2.5.29.29", issuer, True))
    if not rng.randrange(8):
        more.append(pki.extension("1.3.6.1.4.1.55555.9", der.NULL, rng.randrange(2) == 0))
    serial = chosen[1 if chosen[0].tag == 0xA0 else 0].encoded()
    return read(der.seq(serial, der.time(since), der.seq(*more) if more else b""))


def change_text(tbs: Element, rng: random.Random) -> str:
    """An address, a host, a URI or an IP address among the names of an extension."""
    block = block_of(tbs)
    found = [one.element for one in elements.places([block])]
    value = rng.choice([one for one in found if one.tag in (0x81, 0x82, 0x86, 0x87)])
    if value.tag == 0x87:
        octets = bytearray(value.octets)
        octets[rng.randrange(len(octets))] ^= 1 << rng.randrange(8)
        value.octets = rng.choice((bytes(octets), bytes(octets), bytes(octets[:-1])))
        return "address"
    edit, name = rng.choice(EDITS)
    value.octets, value.elements = edit(value.content()), None
    return name


EDITS: tuple[tuple[Callable[[bytes], bytes], str], ...] = (
    (bytes.upper, "upper"),
    (lambda text: b"." + text, "dot before"),
    (lambda text: text + b".", "dot behind"),
    (lambda text: b"a." + text, "label before"),
    (lambda text: b"x" + text, "longer"),
    (lambda text: text.replace(b"example", b"Example"), "case"),
    (lambda text: text.replace(b"@", b"@sub."), "subdomain"),
    (lambda text: text.partition(b".")[2], "label less"),
    (lambda text: text.partition(b"@")[2], "host only"),
    (lambda text: b"", "empty"),
    (lambda text: text + b"\0.example.com", "nul"),
    (lambda text: b"*." + text, "star"),
    (lambda text: text.replace(b"//", b"//user:pass@"), "user"),
    (lambda text: text.replace(b"/a", b":80/a"), "port"),
    (lambda text: text.replace(b"host.example.org", b"192.0.2.7"), "literal"),
    (lambda text: text.replace(b"example", b"ex\xe4mple"), "latin"),
    (lambda text: b'"a b"@' + text.partition(b"@")[2], "quoted"),
    (lambda text: b"a@b@" + text.partition(b"@")[2], "two ats"),
)
