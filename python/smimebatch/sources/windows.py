"""How far back a compressed file reaches, which is the memory that decompressing it takes.

A decoder that may not have as much says no more than that. What the file asks for stands in its
first octets: RFC 8878 §3.1.1.1 (Zstandard), and the .xz file format 1.2.1, §3.1 (block header) and
§5.3.1 (LZMA2).
"""

from __future__ import annotations

HEAD_BYTES = 64
"""Enough for either header; one of .xz may be longer, with filters that nobody uses."""
XZ_STREAM_HEADER_BYTES = 12
LZMA2 = 0x21


def window_bytes(compression: str, head: bytes) -> int | None:
    """Return what a .zst or .xz beginning so asks for; null for others, and where it is unknown."""
    try:
        if compression == "zst":
            return zstd_window(head)
        return xz_window(head[XZ_STREAM_HEADER_BYTES:]) if compression == "xz" else None
    except IndexError:
        return None


def zstd_window(frame: bytes) -> int:
    """Read a frame header, behind its magic of four octets."""
    descriptor, at = frame[4], 5
    if not descriptor & 0x20:
        exponent, mantissa = frame[at] >> 3, frame[at] & 7
        base = 1 << (10 + exponent)
        return base + base // 8 * mantissa
    at += (0, 1, 2, 4)[descriptor & 3]
    size = (1, 2, 4, 8)[descriptor >> 6]
    content = int.from_bytes(frame[at : at + size], "little")
    return content + 256 if size == 2 else content


def xz_window(block: bytes) -> int | None:
    """Read a block header up to its last filter."""
    flags, at = block[1], 2
    for is_there in (flags & 0x40, flags & 0x80):
        if is_there:
            _, at = multibyte(block, at)
    for _ in range((flags & 3) + 1):
        kind, at = multibyte(block, at)
        length, at = multibyte(block, at)
        if kind == LZMA2:
            bits = block[at]
            return (2 | bits & 1) << (bits // 2 + 11) if bits < 40 else (1 << 32) - 1
        at += length
    return None


def multibyte(block: bytes, at: int) -> tuple[int, int]:
    """Read a number of seven bits an octet (§1.2); return it, and where the next thing begins."""
    number = shift = 0
    while True:
        octet = block[at]
        number |= (octet & 0x7F) << shift
        shift, at = shift + 7, at + 1
        if not octet & 0x80:
            return number, at
