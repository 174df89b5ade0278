"""Chains written so that a known difference between the two programs goes away.

Each change takes out one thing on which they are known to differ, and the chain is signed again.
When OpenSSL then accepts the chain, the difference was that; the first set of changes that does
it is the class of the chain.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace

import der
import elements
import pki
from chain_bases import ANCHOR, Signed, extensions, fields, key, rekeyed
from chain_mutations import Mutant, block_of, first_of
from elements import Element
from made_chains import NOW, OTHER_ROOT, ROOT

PROCESSED = frozenset(der.oid_content(f"2.5.29.{arc}") for arc in (14, 20, 21, 24, 31, 35, 46))
AUTHORITY_KEY, SUBJECT_KEY = der.oid_content("2.5.29.35"), der.oid_content("2.5.29.14")
PURPOSES, ANY_PURPOSE = der.oid_content("2.5.29.37"), der.oid(pki.EKUS["any"])
NAME_CONSTRAINTS = der.oid_content("2.5.29.30")
INVALIDITY = der.oid("2.5.29.24")
OF_LISTS = frozenset(
    der.oid_content(f"2.5.29.{arc}") for arc in (20, 21, 24, 27, 28, 29, 35, 46, 60)
)
"""The extensions of lists and entries."""
SCOPE, LIST_NUMBER = der.oid("2.5.29.28"), der.oid("2.5.29.20")
ENTRY_ISSUER = der.oid("2.5.29.29")
MAPPINGS = der.oid_content("2.5.29.33")
EMAIL_ADDRESS = der.oid(pki.ATTRIBUTES["email"])
BROKEN_TYPE = re.compile(rb"(^|[\x00-\x7f])\x80|[\x80-\xff]$")
"""An object identifier with leading zeros in an arc, or whose last arc does not end."""
STRINGS = (0x0C, 0x13, 0x14, 0x16, 0x1C, 0x1E)
Change = Callable[[Mutant], None]


def everything(mutant: Mutant) -> Iterator[tuple[Signed, bool]]:
    """Each certificate and list, and whether it is a list."""
    yield from ((one, False) for one in mutant.certificates)
    yield from ((one, True) for one in mutant.lists)


def right_key_identifiers(mutant: Mutant) -> None:
    """Those of the subject's key and the signer's, as RFC 5280 §4.2.1.1, §4.2.1.2 make them.

    Where there are several of a kind, which a certificate may not have, they stay.
    """
    anchor = rekeyed()[ANCHOR]
    for one, is_list in everything(mutant):
        known = pki.key_identifier(one.signer)
        if one.signer is anchor.key and anchor.identifier:
            known = anchor.identifier
        if count(one.tbs, is_list, AUTHORITY_KEY) < 2:
            exchange(one.tbs, is_list, AUTHORITY_KEY, der.seq(der.implicit(0, known)))
        if not is_list and count(one.tbs, False, SUBJECT_KEY) < 2:
            spki = fields(one.tbs)[first_of(one.tbs, False) + 4].encoded()
            bits = der.parse(spki).at(1).content[1:]
            exchange(one.tbs, False, SUBJECT_KEY, der.octets(pki.hashed("sha1", bits)))


def count(tbs: Element, is_list: bool, oid: bytes) -> int:
    """How many extensions have that identifier."""
    held = [it.elements for it in extensions(block_of(tbs, is_list)) if it.elements]
    return sum(parts[0].octets == oid for parts in held)


def exchange(tbs: Element, is_list: bool, oid: bytes, value: bytes | None) -> None:
    """Puts one extension where there were any number of that identifier."""
    block = block_of(tbs, is_list)
    held = extensions(block)
    if block.elements and block.elements[0].tag == 0x30:
        block.elements[0].elements = held  # another list where there was none
    held[:] = [it for it in held if not it.elements or it.elements[0].octets != oid]
    if value is not None:
        new = der.seq(der.tlv(6, oid), der.octets(value))
        held.append(elements.read(new, 0, 0)[0])


def without_places(mutant: Mutant) -> None:
    """No distribution points where no list is asked for; none anywhere that are malformed."""
    for one in mutant.certificates:
        for oid in (der.oid_content("2.5.29.31"), der.oid_content("2.5.29.46")):
            values = values_of(one.tbs, oid)
            if not mutant.settings.revocation or any(map(is_malformed_place, values)):
                exchange(one.tbs, False, oid, None)


def places_for_all_reasons(mutant: Mutant) -> None:
    """No distribution points for some reasons alone."""
    for one in mutant.certificates:
        for value in values_of(one.tbs, der.oid_content("2.5.29.31")):
            for point in value.elements or []:
                if point.elements:
                    point.elements = [it for it in point.elements if it.tag != 0x81]


GENERAL_NAMES = frozenset((0xA0, 0x81, 0x82, 0xA3, 0xA4, 0xA5, 0x86, 0x87, 0x88))


def is_malformed_place(value: Element) -> bool:
    """No sequence of points, each at one name or more, or with a name that is none.

    A primitive of indefinite length is none either (X.690 §8.1.3.2).
    """
    points = value.elements or []
    tags = [[it.tag for it in point.elements or []] for point in points]
    located = [it for point in points for it in point.elements or [] if it.tag == 0xA0]
    choices = [it for location in located for it in location.elements or []]
    names = [it for choice in choices if choice.tag == 0xA0 for it in choice.elements or []]
    others = [[part.tag for part in it.elements or []] for it in names if it.tag == 0xA0]
    directories = [it.elements or [Element(0)] for it in names if it.tag == 0xA4]
    below = [place.element for place in elements.places([value])]
    is_unended = any(it.indefinite and it.elements is None for it in below)
    relative = [it for name in below if name.tag == 0x31 for it in name.elements or []]
    is_attribute = [[part.tag for part in it.elements or []][:1] == [6] for it in relative]
    is_well_formed = (
        {value.tag, *(point.tag for point in points)} == {0x30}
        and {tag for of_point in tags for tag in of_point} <= {0xA0, 0x81, 0xA2}
        and all(len(of_point) == len(set(of_point)) for of_point in tags)
        and all({0xA0, 0xA2} & set(of_point) for of_point in tags)
        and all(len(location.elements or []) == 1 for location in located)
        and all(it.elements and it.tag in (0xA0, 0xA1) for it in choices)
        and GENERAL_NAMES.issuperset(it.tag for it in names)
        and all(tags == [6, 0xA0] for tags in others)
        and all(len(held) == 1 and is_name(held[0]) for held in directories)
        and all(is_attribute)
        and not is_unended
    )
    return not is_well_formed


def is_name(name: Element) -> bool:
    """A sequence of sets of attributes, whatever these hold."""
    sets = name.elements or []
    attributes = [it for one in sets for it in one.elements or [Element(0)]]
    tags = (name.tag, {it.tag for it in sets}, {it.tag for it in attributes})
    return tags[0] == 0x30 and tags[1] <= {0x31} and tags[2] <= {0x30}


def values_of(tbs: Element, oid: bytes) -> list[Element]:
    """What the extensions of one identifier hold; an element without tag where that is nothing."""
    held = [it.elements for it in extensions(block_of(tbs, False)) if it.elements]
    values = [parts[-1].elements for parts in held if parts[0].octets == oid]
    return [value[0] if value else Element(0) for value in values]


def without_qualifiers(mutant: Mutant) -> None:
    """Policies as identifiers alone, each once."""
    for one in mutant.certificates:
        for value in values_of(one.tbs, der.oid_content("2.5.29.32")):
            for policy in value.elements or []:
                policy.elements = (policy.elements or [])[:1]
            if value.elements:
                value.elements = list({it.encoded(): it for it in value.elements}.values())


def without_malformed_identifiers(mutant: Mutant) -> None:
    """No extensions of lists and entries that are not critical and have a malformed identifier."""
    for one in mutant.lists:
        for place in [it for it in elements.places([one.tbs]) if it.element.tag == 0x30]:
            held = place.element.elements or []
            place.element.elements = [it for it in held if not is_misnamed(it)]
        for entry in [it for part in fields(one.tbs)[4:] for it in part.elements or []]:
            if entry.tag == 0x30 and (entry.elements or [entry])[0].tag == 2:
                kept = [it for it in entry.elements or [] if it.tag != 0x30 or it.elements]
                entry.elements = kept


def is_misnamed(extension: Element) -> bool:
    parts = extension.elements or []
    is_extension = [it.tag for it in parts] == [6, 4]
    return is_extension and bool(BROKEN_TYPE.search(parts[0].octets))


def without_empty_policy_constraints(mutant: Mutant) -> None:
    for one in mutant.certificates:
        oid = der.oid_content("2.5.29.36")
        if any(it.tag == 0x30 and not it.elements for it in values_of(one.tbs, oid)):
            exchange(one.tbs, False, oid, None)


def usual_names(mutant: Mutant) -> None:
    """Text where an attribute of a name holds something else; a type where that breaks off.

    Names of certificates and lists, alternative ones, those of constraints and of places.
    """
    for one, is_list in everything(mutant):
        first = first_of(one.tbs, is_list)
        names = [fields(one.tbs)[first + at] for at in ((1,) if is_list else (1, 3))]
        for arc in () if is_list else (17, 18, 30, 31):
            names += values_of(one.tbs, der.oid_content(f"2.5.29.{arc}"))
        for element in [place.element for place in elements.places(names)]:
            parts = element.elements or []
            if element.tag != 0x30 or len(parts) != 2 or parts[0].tag != 6:
                continue
            if BROKEN_TYPE.search(parts[0].octets):
                parts[0].octets = der.oid_content(pki.ATTRIBUTES["OU"])
            if parts[1].tag not in STRINGS or is_broken_text(parts[1]):
                parts[1] = Element(0x0C, b"x")


def is_broken_text(string: Element) -> bool:
    """A UTF8String that is not UTF-8."""
    try:
        string.octets.decode("utf-8" if string.tag == 0x0C else "latin-1")
    except UnicodeDecodeError:
        return True
    return False


def usual_addresses(mutant: Mutant) -> None:
    """IA5String where the emailAddress of a subject is another string of the same octets."""
    for one in mutant.certificates:
        subject = fields(one.tbs)[first_of(one.tbs, False) + 3]
        for element in [place.element for place in elements.places([subject])]:
            parts = element.elements or []
            is_address = len(parts) == 2 and parts[0].encoded() == EMAIL_ADDRESS
            if is_address and parts[1].tag in (0x0C, 0x13, 0x14) and parts[1].octets.isascii():
                parts[1].tag = 0x16


def keys_without_parameters(mutant: Mutant) -> None:
    for one in mutant.certificates:
        key = fields(one.tbs)[first_of(one.tbs, False) + 4]
        algorithm = (key.elements or [])[0]
        algorithm.elements = (algorithm.elements or [])[:1]


def without_empty_constraints(mutant: Mutant) -> None:
    """Permitted subtrees of a form that has an empty one among them, which permits all of it."""
    for one in mutant.certificates:
        for value in values_of(one.tbs, NAME_CONSTRAINTS):
            for permitted in [it for it in value.elements or [] if it.tag == 0xA0]:
                bases = [(it, (it.elements or [it])[0]) for it in permitted.elements or []]
                empty = {base.tag for _, base in bases if base.tag < 0xA0 and not base.content()}
                permitted.elements = [it for it, base in bases if base.tag not in empty]
                if not permitted.elements:
                    exchange(one.tbs, False, NAME_CONSTRAINTS, None)


def one_algorithm(mutant: Mutant) -> None:
    """Both identifiers without parameters, where they name the same."""
    plain = pki.algorithm("ed25519")
    oid = der.parse(plain).at(0).encoded
    for one, is_list in everything(mutant):
        inner = fields(one.tbs)[first_of(one.tbs, is_list)]
        is_same = inner.tag == 0x30 and [it.encoded() for it in inner.elements or []][:1] == [oid]
        if is_same and oid in one.algorithm:
            one.algorithm = plain
            fields(one.tbs)[first_of(one.tbs, is_list)] = elements.read(plain, 0, 0)[0]


def nothing_critical(mutant: Mutant) -> None:
    """The extensions that smimebatch processes whether critical or not."""
    for one, _ in everything(mutant):
        for element in [place.element for place in elements.places([one.tbs])]:
            parts = element.elements or []
            if len(parts) == 3 and parts[0].octets in PROCESSED and parts[1].tag == 1:
                del parts[1]


def instant(time: Element) -> str:
    """Digits of a time as GeneralizedTime, to compare; seconds are 00 where there are none."""
    digits = "".join(itertools.takewhile(str.isdigit, time.octets.decode("latin-1")))
    if time.tag == 0x17:
        digits = ("19" if digits[:2] >= "50" else "20") + digits
    digits = digits.ljust(14, "0")
    text = time.octets.decode("latin-1")
    if text[-5:-4] not in ("+", "-"):
        return digits
    sign = -1 if text[-5] == "+" else 1
    offset = dt.timedelta(hours=sign * int(text[-4:-2]), minutes=sign * int(text[-2:]))
    return (dt.datetime.strptime(digits + "Z", "%Y%m%d%H%M%S%z") + offset).strftime("%Y%m%d%H%M%S")


def now() -> str:
    return NOW.strftime("%Y%m%d%H%M%S")


def usual_times(mutant: Mutant) -> None:
    """UTCTime in seconds and UTC until 2049; what ends now ends a little later."""
    for one, is_list in everything(mutant):
        at = first_of(one.tbs, is_list) + 2
        held = fields(one.tbs) if is_list else fields(one.tbs)[at].elements or []
        span = range(at, at + 2) if is_list else range(2)
        for index in span:
            if index < len(held) and held[index].tag in (0x17, 0x18):
                digits = instant(held[index])
                if index == span[-1] and digits == now():
                    digits = digits[:-1] + "1"
                short = digits[:2] in ("19", "20") and "1950" <= digits[:4] < "2050"
                text = digits[2:] if short else digits
                held[index] = Element(0x17 if short else 0x18, text.encode() + b"Z")


def nothing_later(mutant: Mutant) -> None:
    """Lists made after now become current, entries that begin after now go."""
    for one in mutant.lists:
        parts = fields(one.tbs)
        at = first_of(one.tbs, True) + 2
        if at < len(parts) and instant(parts[at]) >= now():
            parts[at] = Element(0x17, b"251231000000Z")
            if len(parts) > at + 1 and parts[at + 1].tag in (0x17, 0x18):
                parts[at + 1] = Element(0x17, b"260201000000Z")
        for part in parts[at + 1 :]:
            if part.tag == 0x30 and part.elements:
                part.elements[:] = [it for it in part.elements if begins(it) <= now()]


def begins(entry: Element) -> str:
    parts = entry.elements or []
    found = [instant(parts[1])] if len(parts) > 1 else []
    for extension in parts[2].elements or [] if len(parts) > 2 else []:
        inner = extension.elements or []
        if inner and inner[0].encoded() == INVALIDITY and inner[-1].elements:
            found.append(instant(inner[-1].elements[0]))
    return min(found, default="")


def mail_for_any(mutant: Mutant) -> None:
    """anyExtendedKeyUsage with emailProtection beside it."""
    mail = elements.read(der.oid(pki.EKUS["email"]), 0, 0)[0]
    for one in mutant.certificates:
        for extension in extensions(block_of(one.tbs, False)):
            parts = extension.elements or []
            if parts and parts[0].octets == PURPOSES and parts[-1].elements:
                usages = parts[-1].elements[0].elements or []
                if any(it.encoded() == ANY_PURPOSE for it in usages):
                    usages.append(mail)


def short_serials(mutant: Mutant) -> None:
    for one in mutant.certificates:
        before = fields(one.tbs)[: first_of(one.tbs, False)]
        numbers = [place.element for place in elements.places(before) if place.element.tag == 2]
        for number in numbers:
            while len(number.octets) > 1 and number.octets[0] == 0 and number.octets[1] < 0x80:
                number.octets = number.octets[1:]


def unlisted_issuers(mutant: Mutant) -> None:
    mutant.settings = replace(mutant.settings, unlisted_issuers=True)


def anchors_unrevoked(mutant: Mutant) -> None:
    """No entry with a root's own number in that root's list."""
    anchor = fields(rekeyed()[ANCHOR].tbs)
    roots = {(ROOT.subject, ROOT.serial), (OTHER_ROOT.subject, OTHER_ROOT.serial)}
    roots.add((anchor[5].encoded(), anchor[1].encoded()))
    for one in mutant.lists:
        parts = fields(one.tbs)
        issuer = parts[first_of(one.tbs, True) + 1].encoded()
        for part in parts[4:]:
            if part.tag == 0x30 and part.elements:
                part.elements[:] = [
                    it
                    for it in part.elements
                    if it.elements and (issuer, it.elements[0].encoded()) not in roots
                ]


def without_other_issuers(mutant: Mutant) -> None:
    """No entries that name an issuer, in lists that are not indirect.

    Those stay that are of a certificate of the chain and name its issuer, which is the list's.
    """
    certificates = [(fields(one.tbs), first_of(one.tbs, False)) for one in mutant.certificates]
    issued = {(parts[at + 1].encoded(), parts[at - 1].encoded()) for parts, at in certificates}
    for one in mutant.lists:
        parts = fields(one.tbs)
        issuer = parts[first_of(one.tbs, True) + 1].encoded()
        scopes = [it for part in parts[4:] for it in extensions(part) if SCOPE in it.encoded()]
        if any(place.element.tag == 0x84 for place in elements.places(scopes)):
            continue
        for part in parts[4:]:
            if part.tag == 0x30 and part.elements:
                part.elements = [
                    it
                    for it in part.elements
                    if ENTRY_ISSUER not in it.encoded()
                    or (
                        issuer in it.encoded()
                        and (issuer, (it.elements or [it])[0].encoded()) in issued
                    )
                ]


def short_list_numbers(mutant: Mutant) -> None:
    for one in mutant.lists:
        for part in fields(one.tbs)[4:]:
            for number in [it for it in extensions(part) if LIST_NUMBER in it.encoded()]:
                for place in elements.places([number]):
                    if place.element.tag == 2 and len(place.element.octets) > 1:
                        place.element.octets = place.element.octets.lstrip(b"\0") or b"\0"


def leaf_without_mappings(mutant: Mutant) -> None:
    exchange(mutant.certificates[0].tbs, False, MAPPINGS, None)


def without_unique_identifiers(mutant: Mutant) -> None:
    """No issuerUniqueID and subjectUniqueID."""
    for one in mutant.certificates:
        fields(one.tbs)[:] = [it for it in fields(one.tbs) if it.tag not in (0x81, 0x82)]


def short_constraints(mutant: Mutant) -> None:
    """Policy and basic constraints whose numbers have no leading zeros."""
    for one in mutant.certificates:
        policy, basic = (values_of(one.tbs, der.oid_content(f"2.5.29.{arc}")) for arc in (36, 19))
        for value in [*policy, *basic]:
            for number in [it for it in value.elements or [] if it.tag != 1]:
                if len(number.octets) > 1:
                    number.octets = number.octets.lstrip(b"\0") or b"\0"


def short_lengths(mutant: Mutant) -> None:
    for one, _ in everything(mutant):
        for place in elements.places([one.tbs]):
            place.element.long_length = False


def usual_list_versions(mutant: Mutant) -> None:
    for one in mutant.lists:
        version = fields(one.tbs)[0]
        if version.tag == 2:
            version.octets = version.octets.lstrip(b"\0") or b"\x01"


def without_unread_scopes(mutant: Mutant) -> None:
    """No lists whose issuing distribution point is not of the form of RFC 5280 §5.2.5."""
    mutant.lists = [one for one in mutant.lists if not any(map(is_malformed_scope, scopes(one)))]


def without_unknown_critical(mutant: Mutant) -> None:
    """No lists with a critical extension, of theirs or of an entry, that nobody knows."""
    mutant.lists = [
        one
        for one in mutant.lists
        if not any(is_unknown_critical(place.element) for place in elements.places([one.tbs]))
    ]


def is_unknown_critical(extension: Element) -> bool:
    parts = extension.elements or []
    is_critical = [it.tag for it in parts] == [6, 1, 4] and parts[1].octets != b"\0"
    return is_critical and parts[0].octets not in OF_LISTS


def scopes(one: Signed) -> list[Element]:
    """What the issuing distribution points of a list hold."""
    held = [it.elements for part in fields(one.tbs)[4:] for it in extensions(part) if it.elements]
    values = [parts[-1].elements for parts in held if parts[0].encoded() == SCOPE]
    return [value[0] if value else Element(0) for value in values]


FIELDS_OF_SCOPE = bytes((0xA0, 0x81, 0x82, 0x83, 0x84, 0x85))


def is_malformed_scope(scope: Element) -> bool:
    """No sequence of at most one place, of flags, and of reasons, in their order."""
    parts = scope.elements or []
    places = [it for it in parts if it.tag == 0xA0]
    numbers = [FIELDS_OF_SCOPE.find(it.tag) for it in parts]
    is_in_order = numbers == sorted(set(numbers)) and -1 not in numbers
    as_points = Element(0x30, b"", [Element(0x30, b"", places)])
    return scope.tag != 0x30 or not is_in_order or is_malformed_place(as_points)


CHANGES: dict[str, Change] = {
    "processed-though-critical": nothing_critical,
    "key-identifiers": right_key_identifiers,
    "algorithm-named-twice": one_algorithm,
    "times-written-otherwise": usual_times,
    "said-later": nothing_later,
    "places-not-read": without_places,
    "reasons-of-places": places_for_all_reasons,
    "qualifiers-not-read": without_qualifiers,
    "identifier-malformed": without_malformed_identifiers,
    "empty-policy-constraints": without_empty_policy_constraints,
    "names-of-no-text": usual_names,
    "address-of-other-text": usual_addresses,
    "key-parameters": keys_without_parameters,
    "empty-constraint": without_empty_constraints,
    "any-purpose": mail_for_any,
    "serial-with-leading-zeros": short_serials,
    "list-issuer-without-list": unlisted_issuers,
    "anchor-revokes-itself": anchors_unrevoked,
    "issuer-named-in-direct-list": without_other_issuers,
    "list-number-with-leading-zeros": short_list_numbers,
    "mappings-of-leaf": leaf_without_mappings,
    "unique-identifiers-not-read": without_unique_identifiers,
    "scope-not-read": without_unread_scopes,
    "constraint-with-leading-zeros": short_constraints,
    "version-of-list": usual_list_versions,
    "lengths-written-long": short_lengths,
    "list-with-unknown-critical": without_unknown_critical,
}


def variants(mutant: Mutant, path: list[bytes]) -> Iterator[tuple[tuple[str, ...], Mutant]]:
    """The chain changed, by one change before by two and by three.

    `path` holds the hashes of the certificates of the chain that smimebatch found, leaf first:
    OpenSSL takes the first issuer of a name and key identifier, and none after it.
    """
    hashes = [hashlib.sha256(one.encoded()).digest() for one in mutant.certificates]
    kept = [0, *(hashes.index(one) for one in path if one in hashes[1:])]
    names = ("another-path", *CHANGES)
    for size in (1, 2, 3):
        for chosen in itertools.combinations(names, size):
            yield chosen, changed(mutant, chosen, kept)
        if size == 2:
            yield from without_lists(mutant, kept)


def without_lists(mutant: Mutant, kept: list[int]) -> Iterator[tuple[tuple[str, ...], Mutant]]:
    """The chain without one list or two that say nothing against it, as it was and changed once;
    then without one, changed twice.
    """
    names = ("another-path", *CHANGES)
    for chosen in ((), *((name,) for name in names)):
        yield from without_silent(changed(mutant, chosen, kept), chosen, (1, 2), kept)
    for chosen in itertools.combinations(names, 2):
        yield from without_silent(changed(mutant, chosen, kept), chosen, (1,), kept)


def without_silent(
    made: Mutant, chosen: tuple[str, ...], counts: tuple[int, ...], kept: list[int]
) -> Iterator[tuple[tuple[str, ...], Mutant]]:
    """A changed chain without so many of the lists that say nothing against it."""
    path = made.certificates if "another-path" in chosen else [made.certificates[it] for it in kept]
    silent = [index for index, one in enumerate(made.lists) if is_silent(one, path)]
    for gone in itertools.chain(*(itertools.combinations(silent, count) for count in counts)):
        lists = [one for index, one in enumerate(made.lists) if index not in gone]
        yield (*chosen, "another-list"), replace(made, lists=lists)


def issuer_of(tbs: Element) -> bytes:
    return fields(tbs)[first_of(tbs, False) + 1].encoded()


def serial_of(tbs: Element) -> int:
    return int.from_bytes(fields(tbs)[first_of(tbs, False) - 1].octets, "big", signed=True)


def is_silent(one: Signed, path: list[Signed]) -> bool:
    """Whether a list is not validly signed, has no number of its issuer's certificates in a chain,
    or is of another place.
    """
    is_indirect = any(it.tag == 0x84 for scope in scopes(one) for it in scope.elements or [])
    issuer = fields(one.tbs)[first_of(one.tbs, True) + 1].encoded()
    numbers = {serial_of(it.tbs) for it in path if is_indirect or issuer_of(it.tbs) == issuer}
    below = [entry.elements or [] for part in fields(one.tbs)[4:] for entry in part.elements or []]
    listed = [parts[0].octets for parts in below if parts and parts[0].tag == 2]
    is_forged = one.spoiled or one.signer is key(b"nobody")
    return (
        is_forged
        or is_elsewhere(one, path)
        or not numbers & {int.from_bytes(octets, "big", signed=True) for octets in listed}
    )


def is_elsewhere(one: Signed, path: list[Signed]) -> bool:
    """Whether a list is for a distribution point that no certificate of a chain names."""
    places = [
        name.content()
        for scope in scopes(one)
        for place in scope.elements or []
        if place.tag == 0xA0
        for name in place.elements or []
        if name.tag == 0xA0 and not is_malformed_scope(scope)
    ]
    return bool(places) and not any(
        place in certificate.encoded() for place in places for certificate in path
    )


def changed(mutant: Mutant, names: tuple[str, ...], kept: list[int]) -> Mutant:
    made = deepcopy(mutant)
    if "another-path" in names:
        made.certificates = [made.certificates[index] for index in kept]
    for name in names:
        if name in CHANGES:
            try:
                CHANGES[name](made)
            except (AssertionError, IndexError, ValueError):
                continue
    return made
