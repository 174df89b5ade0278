"""ASN.1 by elements: BER read into a tree that can be changed and written with lengths that fit.

An OCTET STRING or BIT STRING that holds an element counts as constructed, so that changes reach
into extensions and public keys. What is no BER stays octets. Fixtures only: depth is capped, and a
change never recurses further than that.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import der

MAX_DEPTH = 24
RENAMED = bytes.fromhex("0102030405060c131416171824303180818283a0a1a2a3")


@dataclass
class Element:
    """One value: identifier octet, then octets or elements."""

    tag: int
    octets: bytes = b""
    elements: list[Element] | None = None
    lead: bytes = b""
    indefinite: bool = False
    long_length: bool = False

    def content(self) -> bytes:
        """The content octets."""
        if self.elements is None:
            return self.octets
        return self.lead + b"".join(element.encoded() for element in self.elements)

    def encoded(self) -> bytes:
        content = self.content()
        if self.indefinite:
            return bytes([self.tag, 0x80]) + content + b"\0\0"
        return (der.tlv_long if self.long_length else der.tlv)(self.tag, content)


@dataclass
class Place:
    """An element and the list that holds it."""

    siblings: list[Element] = field(repr=False)
    index: int

    @property
    def element(self) -> Element:
        return self.siblings[self.index]


def read_all(data: bytes, depth: int = 0) -> list[Element]:
    """The elements that fill `data`; raises ValueError or IndexError where none do."""
    elements, at = [], 0
    while at < len(data):
        element, at = read(data, at, depth)
        elements.append(element)
    return elements


def read(data: bytes, at: int, depth: int) -> tuple[Element, int]:
    tag, first = data[at], data[at + 1]
    if tag & 0x1F == 0x1F or depth > MAX_DEPTH:
        raise ValueError("tag of several octets, or too deep")
    at += 2
    if first == 0x80:
        elements = []
        while at < len(data) and data[at : at + 2] != b"\0\0":
            element, at = read(data, at, depth + 1)
            elements.append(element)
        return Element(tag, elements=elements, indefinite=True), at + 2
    size = first
    if first & 0x80:
        size = int.from_bytes(data[at : at + (first & 0x7F)], "big")
        at += first & 0x7F
    if at + size > len(data):
        raise ValueError("longer than what holds it")
    content, at = data[at : at + size], at + size
    if tag & 0x20 or tag in (3, 4):
        lead = content[:1] if tag == 3 else b""
        try:
            elements = read_all(content[len(lead) :], depth + 1)
        except (ValueError, IndexError):
            elements = []
        if elements or (tag & 0x20 and not content):
            return Element(tag, elements=elements, lead=lead), at
    return Element(tag, content), at


def places(siblings: list[Element]) -> list[Place]:
    """Every element below `siblings`, outermost first."""
    found = []
    for index, element in enumerate(siblings):
        found.append(Place(siblings, index))
        if element.elements:
            found += places(element.elements)
    return found


def change(roots: list[Element], donors: list[Element], rng: random.Random) -> str:
    """Changes one element; gives the name of what was done."""
    place = rng.choice(places(roots))
    element, siblings, index = place.element, place.siblings, place.index
    what = rng.choice(CHANGES)
    match what:
        case "remove":
            del siblings[index]
        case "repeat":
            siblings.insert(index, element)
        case "swap":
            other = rng.randrange(len(siblings))
            siblings[index], siblings[other] = siblings[other], siblings[index]
        case "move":
            del siblings[index]
            into = rng.choice(places(roots)) if roots else Place(roots, 0)
            into.siblings.insert(into.index, element)
        case "foreign":
            siblings[index] = rng.choice(donors)
        case "foreign_of_same_tag":
            same = [donor for donor in donors if donor.tag == element.tag]
            siblings[index] = rng.choice(same or donors)
        case "foreign_beside":
            siblings.insert(index, rng.choice(donors))
        case "rename":
            element.tag = rng.choice(RENAMED)
        case "indefinite":
            element.indefinite = not element.indefinite
        case "long_length":
            element.long_length = not element.long_length
        case "wrap":
            siblings[index] = Element(rng.choice(RENAMED) | 0x20, elements=[element])
        case "pieces":
            content = b"" if element.elements is not None else element.octets
            cut = rng.randrange(len(content) + 1)
            parts = [Element(4, content[:cut]), Element(4, content[cut:])]
            siblings[index] = Element(element.tag | 0x20, elements=parts)
        case "octets":
            octets = bytearray(element.octets)
            for _ in range(rng.randint(1, 3)):
                if octets:
                    octets[rng.randrange(len(octets))] = rng.choice(
                        (0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256))
                    )
            element.octets = bytes(octets)
        case "shorter":
            element.octets = element.octets[rng.randint(0, 1) : -1]
        case _:
            octets = bytes(rng.randrange(256) for _ in range(rng.randint(1, 3)))
            element.octets = rng.choice(
                (octets + element.octets, element.octets + octets, b"\0" + element.octets)
            )
    return what


CHANGES = (
    "remove",
    "repeat",
    "swap",
    "move",
    "foreign",
    "foreign_of_same_tag",
    "foreign_beside",
    "rename",
    "indefinite",
    "long_length",
    "wrap",
    "pieces",
    "octets",
    "shorter",
    "longer",
)
