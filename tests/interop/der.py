"""DER as plain bytes, and a reader for editing what real tools wrote.

Every function returns the encoding of one value, so a malformed structure is made by ordinary
nesting: nothing here checks anything. `parse` reads BER (definite and indefinite lengths) into
`Node`s whose children can be replaced.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field


def length(n: int) -> bytes:
    """Minimal definite length octets."""
    if n < 0x80:
        return bytes([n])
    octets = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(octets)]) + octets


def tlv(tag: int, *parts: bytes) -> bytes:
    """One value with a one-octet tag."""
    content = b"".join(parts)
    return bytes([tag]) + length(len(content)) + content


def tlv_long(tag: int, *parts: bytes) -> bytes:
    """The same with a length of four octets, whatever the content: BER, not DER."""
    content = b"".join(parts)
    return bytes([tag, 0x84]) + len(content).to_bytes(4, "big") + content


def indefinite(tag: int, *parts: bytes) -> bytes:
    """One constructed value of indefinite length, ended by end-of-contents."""
    return bytes([tag, 0x80]) + b"".join(parts) + b"\0\0"


def seq(*parts: bytes) -> bytes:
    return tlv(0x30, *parts)


def set_in_order(*parts: bytes) -> bytes:
    """SET (OF) in the order given, sorted or not."""
    return tlv(0x31, *parts)


def set_of(*parts: bytes) -> bytes:
    """SET OF as DER orders it."""
    return tlv(0x31, *sorted(parts))


def explicit(number: int, *parts: bytes) -> bytes:
    """[number], constructed: EXPLICIT, or IMPLICIT over a constructed type."""
    return tlv(0xA0 | number, *parts)


def implicit(number: int, content: bytes) -> bytes:
    """[number] IMPLICIT over a primitive type, from its content octets."""
    return tlv(0x80 | number, content)


def integer(n: int) -> bytes:
    return tlv(0x02, n.to_bytes(n.bit_length() // 8 + 1, "big", signed=True))


def integer_octets(octets: bytes) -> bytes:
    """INTEGER from raw content octets (negative, non-minimal, empty)."""
    return tlv(0x02, octets)


def boolean(value: bool, true: int = 0xFF) -> bytes:
    return tlv(0x01, bytes([true if value else 0]))


def octets(content: bytes) -> bytes:
    return tlv(0x04, content)


def bits(content: bytes, unused: int = 0) -> bytes:
    return tlv(0x03, bytes([unused]), content)


NULL = b"\x05\x00"


def oid(dotted: str) -> bytes:
    return tlv(0x06, oid_content(dotted))


def oid_content(dotted: str) -> bytes:
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    out = b""
    for arc in (first * 40 + second, *rest):
        septets = [arc & 0x7F]
        while arc := arc >> 7:
            septets.append(0x80 | arc & 0x7F)
        out += bytes(reversed(septets))
    return out


def utf8(text: str) -> bytes:
    return tlv(0x0C, text.encode())


def printable(text: str) -> bytes:
    return tlv(0x13, text.encode("ascii"))


def ia5(text: str) -> bytes:
    return tlv(0x16, text.encode("latin-1"))


def t61(text: str) -> bytes:
    return tlv(0x14, text.encode("latin-1"))


def bmp(text: str) -> bytes:
    return tlv(0x1E, text.encode("utf-16-be"))


def universal(text: str) -> bytes:
    return tlv(0x1C, text.encode("utf-32-be"))


def time(when: dt.datetime) -> bytes:
    """UTCTime until 2049, GeneralizedTime from 2050 (RFC 5280 §4.1.2.5)."""
    if when.year < 2050:
        return tlv(0x17, when.strftime("%y%m%d%H%M%SZ").encode())
    return tlv(0x18, when.strftime("%Y%m%d%H%M%SZ").encode())


@dataclass
class Node:
    """One value read from BER: identifier octet, content octets, children if constructed."""

    tag: int
    content: bytes
    children: list[Node] = field(default_factory=list)
    encoded: bytes = b""

    def der(self) -> bytes:
        """The value written again with minimal definite lengths."""
        if self.tag & 0x20:
            return tlv(self.tag, *(child.der() for child in self.children))
        return tlv(self.tag, self.content)

    def at(self, *path: int) -> Node:
        """Child of child of … by position."""
        node = self
        for index in path:
            node = node.children[index]
        return node


def parse(data: bytes) -> Node:
    """Reads exactly one value; trailing bytes are an error."""
    node, end = read(data, 0)
    if end != len(data):
        raise ValueError(f"{len(data) - end} bytes after the value")
    return node


def read(data: bytes, at: int) -> tuple[Node, int]:
    """Reads the value at offset `at`; gives it and the offset after it. For shallow data only."""
    start, tag, first = at, data[at], data[at + 1]
    at += 2
    if first == 0x80:
        children = []
        while data[at : at + 2] != b"\0\0":
            child, at = read(data, at)
            children.append(child)
        content = b"".join(child.encoded for child in children)
        return Node(tag, content, children, data[start : at + 2]), at + 2
    size = first
    if first & 0x80:
        size = int.from_bytes(data[at : at + (first & 0x7F)], "big")
        at += first & 0x7F
    content, end = data[at : at + size], at + size
    children = list(read_all(content)) if tag & 0x20 else []
    return Node(tag, content, children, data[start:end]), end


def read_all(data: bytes) -> Iterable[Node]:
    at = 0
    while at < len(data):
        node, at = read(data, at)
        yield node
