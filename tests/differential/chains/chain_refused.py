"""Chains that OpenSSL alone accepts, written so that what smimebatch objects to goes away.

The other direction of chain_reduce.py: each change takes out one thing that smimebatch is known to
refuse, and the chain is signed again; the first set of changes after which it accepts the chain is
its class.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace

import der
import elements
from chain_bases import Signed, extensions, fields
from chain_mutations import Mutant, block_of, first_of
from chain_reduce import ENTRY_ISSUER, SCOPE, Change, everything, exchange, values_of
from cryptography import x509
from elements import Element

CONSTRAINTS = der.oid_content("2.5.29.30")
NAMES, NUMBER = der.oid_content("2.5.29.17"), der.oid_content("2.5.29.20")
DELTA, REASON = der.oid_content("2.5.29.27"), der.oid("2.5.29.21")
UNKNOWN = der.oid("1.3.6.1.4.1.55555.9")
REMOVED = der.tlv(0x0A, b"\x08")
DOMAIN = rb"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*"
MAILBOX = rb"[!#-)+-?A-~]+@" + DOMAIN
MASK = rb"\xff*[\x80\xc0\xe0\xf0\xf8\xfc\xfe]?\x00*"
BASES = {
    0x87: re.compile(rb"(?s)(.{4}(?=.{4}\Z)|.{16}(?=.{16}\Z))" + MASK),
    0x81: re.compile(rb"(" + MAILBOX + rb"|\.?" + DOMAIN + rb")?"),
    0x82: re.compile(rb"(\.?" + DOMAIN + rb")?"),
    0x86: re.compile(rb"(\.?" + DOMAIN + rb")?"),
}
FORMS = {
    0x81: re.compile(MAILBOX),
    0x82: re.compile(rb"(\*\.)?" + DOMAIN),
    0x86: re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*://([^/?#@]*@)?" + DOMAIN + rb"(:\d+)?([/?#].*)?"),
    0x87: re.compile(rb"(?s).{4}|.{16}"),
}
PIECES = (3, 4, 0x0C, 0x13, 0x14, 0x16, 0x17, 0x18, 0x1E)
"""Types that DER knows in one piece only (X.690 §10.2)."""


def in_one_piece(mutant: Mutant) -> None:
    """Strings and times without pieces; what is wrapped in such a type without it."""
    for one, _ in everything(mutant):
        for place in reversed(elements.places([one.tbs])):
            element, below = place.element, place.element.elements
            is_name = element.tag in (0xA1, 0xA2, 0xA6, 0xA7) and below
            is_string = element.tag - 0x20 in PIECES and below is not None
            if not is_string and not (is_name and all(it.tag == 4 for it in below or [])):
                continue
            below = below or []
            if len(below) == 1 and below[0].tag == 0x30:
                place.siblings[place.index] = below[0]
            else:
                content = b"".join(piece.content() for piece in below)
                place.siblings[place.index] = Element(element.tag - 0x20, content)


def blocks(mutant: Mutant) -> Iterator[list[Element]]:
    """The extensions of each certificate and list."""
    return (extensions(block_of(one.tbs, is_list)) for one, is_list in everything(mutant))


def each_once(mutant: Mutant) -> None:
    for held in blocks(mutant):
        first: dict[bytes, Element] = {}
        for extension in held:
            first.setdefault((extension.elements or [extension])[0].encoded(), extension)
        held[:] = first.values()


def one_value(mutant: Mutant) -> None:
    """Extensions without what follows their value."""
    for held in blocks(mutant):
        for value in [parts[-1] for it in held if (parts := it.elements)]:
            value.elements = value.elements and value.elements[:1]


def known_version(mutant: Mutant) -> None:
    for one in mutant.certificates:
        for version in [it for it in fields(one.tbs)[:1] if it.tag == 0xA0]:
            for number in version.elements or []:
                if int.from_bytes(number.octets, "big") > 2:
                    number.octets = b"\x02"


def constraints(mutant: Mutant) -> Iterator[tuple[Signed, Element]]:
    return ((one, it) for one in mutant.certificates for it in values_of(one.tbs, CONSTRAINTS))


def without_subtrees(mutant: Mutant, tags: tuple[int, ...], wanted: dict[int, re.Pattern]) -> None:
    """Without the subtrees of fields `tags` of which a form of `wanted` has another base."""
    for one, value in constraints(mutant):
        for subtrees in [it for it in value.elements or [] if it.tag in tags]:
            bases = [(it, (it.elements or [it])[0]) for it in subtrees.elements or []]
            subtrees.elements = [
                it
                for it, base in bases
                if base.tag not in wanted or wanted[base.tag].fullmatch(base.content())
            ]
        value.elements = [it for it in value.elements or [] if it.elements]
        if not value.elements:
            exchange(one.tbs, False, CONSTRAINTS, None)


def readable_constraints(mutant: Mutant) -> None:
    without_subtrees(mutant, (0xA0, 0xA1), BASES)


def excluding_something(mutant: Mutant) -> None:
    """Without empty bases among what is excluded."""
    without_subtrees(mutant, (0xA1,), dict.fromkeys(BASES, re.compile(rb"(?s).+")))


def names_of_their_form(mutant: Mutant) -> None:
    """Subject alternative names without those that are no names, or have an empty part."""
    for one in mutant.certificates:
        for value in values_of(one.tbs, NAMES):
            value.elements = [
                it
                for it in value.elements or []
                if (it.tag not in FORMS or FORMS[it.tag].fullmatch(it.content()))
                and all(place.element.content() for place in elements.places([it]))
            ]
            if not value.elements:
                exchange(one.tbs, False, NAMES, None)


def any_policy_permitted(mutant: Mutant) -> None:
    mutant.settings = replace(mutant.settings, no_any=False)


def lists_with_end(mutant: Mutant) -> None:
    for one in mutant.lists:
        parts, at = fields(one.tbs), first_of(one.tbs, True) + 3
        if at >= len(parts) or parts[at].tag not in (0x17, 0x18):
            parts.insert(at, Element(0x17, b"300101000000Z"))


def entries(one: Signed) -> Iterator[Element]:
    """What holds the entries of a list."""
    return (part for part in fields(one.tbs)[4:] if part.tag == 0x30 and part.elements)


def is_delta(one: Signed) -> bool:
    held = [it.elements for it in extensions(block_of(one.tbs, True)) if it.elements]
    return any(parts[0].octets == DELTA for parts in held)


def without_removals(mutant: Mutant) -> None:
    """Complete lists without entries that lift a hold, and without others of the same number."""
    for one in [it for it in mutant.lists if not is_delta(it)]:
        for part in entries(one):
            numbers = [(entry.elements or [entry])[0].encoded() for entry in part.elements or []]
            both = list(zip(part.elements or [], numbers, strict=True))
            lifts = {
                number
                for entry, number in both
                if REASON in entry.encoded() and REMOVED in entry.encoded()
            }
            part.elements = [entry for entry, number in both if number not in lifts]


def without_deltas(mutant: Mutant) -> None:
    mutant.lists = [one for one in mutant.lists if not is_delta(one)]


def without_other_issuers(mutant: Mutant) -> None:
    """Lists that are not indirect without entries that name an issuer, and those behind them."""
    for one in mutant.lists:
        held = extensions(block_of(one.tbs, True))
        scopes = [it for it in held if SCOPE in it.encoded()]
        if not any(place.element.tag == 0x84 for place in elements.places(scopes)):
            for part in entries(one):
                kept = itertools.takewhile(
                    lambda it: ENTRY_ISSUER not in it.encoded(), part.elements or []
                )
                part.elements = list(kept)


def readable_lists(mutant: Mutant) -> None:
    """Lists without a scope and with another number where one of their extensions is malformed."""
    for one in mutant.lists:
        try:
            _ = x509.load_der_x509_crl(one.encoded()).extensions
        except ValueError:
            exchange(one.tbs, True, der.oid_content("2.5.29.28"), None)
            exchange(one.tbs, True, NUMBER, der.integer(2))
        except (x509.DuplicateExtension, x509.InvalidVersion):
            continue


def lists_of_one_algorithm(mutant: Mutant) -> None:
    """Lists whose inner algorithm identifier is the outer one."""
    for one in mutant.lists:
        inner = elements.read(one.algorithm, 0, 0)[0]
        fields(one.tbs)[first_of(one.tbs, True)] = inner


def nothing_unknown(mutant: Mutant) -> None:
    """Lists and entries whose unknown extensions are not critical."""
    for one in mutant.lists:
        for element in [place.element for place in elements.places([one.tbs])]:
            parts = element.elements or []
            if len(parts) == 3 and parts[1].tag == 1 and parts[0].encoded() == UNKNOWN:
                del parts[1]


def readable_policies(mutant: Mutant) -> None:
    """Certificates without policies that are not each an identifier first."""
    policies = der.oid_content("2.5.29.32")
    for one in mutant.certificates:
        for value in values_of(one.tbs, policies):
            below = [[part.tag for part in it.elements or []][:1] for it in value.elements or []]
            if value.tag != 0x30 or any(tags != [6] for tags in below):
                exchange(one.tbs, False, policies, None)


CHANGES: dict[str, Change] = {
    "not-der": in_one_piece,
    "extension-repeated": each_once,
    "more-behind-a-value": one_value,
    "version-unknown": known_version,
    "constraint-not-read": readable_constraints,
    "excludes-all": excluding_something,
    "name-of-no-form": names_of_their_form,
    "any-policy-inhibited": any_policy_permitted,
    "list-without-end": lists_with_end,
    "removal-in-complete-list": without_removals,
    "delta-revokes": without_deltas,
    "issuer-named-in-direct-list": without_other_issuers,
    "list-not-read": readable_lists,
    "unknown-critical-in-list": nothing_unknown,
    "policies-not-read": readable_policies,
    "list-algorithm-named-twice": lists_of_one_algorithm,
}


def variants(mutant: Mutant) -> Iterator[tuple[tuple[str, ...], Mutant]]:
    """The chain by one change, then by two; then without one list, as it was and changed."""
    singles = [(name,) for name in CHANGES]
    for chosen in (*singles, *itertools.combinations(CHANGES, 2)):
        yield chosen, changed(mutant, chosen)
    for chosen in ((), *singles):
        made = changed(mutant, chosen)
        for gone in range(len(made.lists)):
            lists = [one for index, one in enumerate(made.lists) if index != gone]
            yield (*chosen, "another-list-revokes"), replace(made, lists=lists)


def changed(mutant: Mutant, names: tuple[str, ...]) -> Mutant:
    made = deepcopy(mutant)
    for name in names:
        try:
            CHANGES[name](made)
        except (AssertionError, IndexError, ValueError):
            continue
    return made
