"""The members of a zip archive without a directory: found front to back by their own headers.

APPNOTE.TXT 6.3.10, §4.3.7 (local header), §4.3.9 (data descriptor). A writer to a pipe knows sizes
and checksum only behind a member, and puts them there. What is compressed says where it ends; of
what is stored, damaged or encrypted, the end is where sizes stand that are those up to there.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

from smimebatch.sources.budget import Budget
from smimebatch.sources.compressed import COMPRESSED_CHUNK_BYTES
from smimebatch.sources.items import ReadFaultError
from smimebatch.sources.zip_member import (
    ENCRYPTED,
    LOCAL_HEADER,
    LOCAL_MAGIC,
    Member,
    MemberReader,
    data_offset_of,
)
from smimebatch.sources.zip_methods import DECODERS, STORED

SIZES_FOLLOW, UTF8_NAME = 1 << 3, 1 << 11
ZIP64_EXTRA, IN_ZIP64 = 1, 0xFFFFFFFF
DESCRIPTOR_MAGIC = b"PK\x07\x08"
SIZES = (struct.Struct("<III"), struct.Struct("<IQQ"))
"""Checksum and sizes behind a member, the magic before them left out; the second one of ZIP64."""
SIZES_BYTES = len(DESCRIPTOR_MAGIC) + SIZES[1].size
"""The most that stands behind a member."""
BEHIND_MEMBERS = (b"PK\x01\x02", b"PK\x06\x08", b"PK\x06\x06", b"PK\x05\x06")
"""What follows the last member: the directory, or what stands before or in place of it."""
BEHIND_DATA = re.compile(rb"PK(?:\x07\x08|\x03\x04|\x01\x02)")
LIKE_BYTES = 4
SEARCHED_AT_ONCE = 1 << 20
SPLIT_MAGIC, NOT_SPLIT_MAGIC = DESCRIPTOR_MAGIC, b"PK00"
SPLIT_BEGINNINGS = (SPLIT_MAGIC + LOCAL_MAGIC, NOT_SPLIT_MAGIC + LOCAL_MAGIC)
"""APPNOTE.TXT 6.3.10, §8.5.3 and §8.5.4: the first part of a split archive, and an archive that was
written to be split, and fitted into one part."""


class Behind(NamedTuple):
    """What is known of the end of a member from what stands behind its data."""

    end: int
    size: int
    crc: int | None
    length: int
    """Of the sizes themselves."""


def members_in_order(descriptor: int, archive_bytes: int, budget: Budget) -> Iterator[Member]:
    """Find members front to back as far as they lead; raises where that is before the end."""
    is_split = os.pread(descriptor, 8, 0) in SPLIT_BEGINNINGS
    offset = len(SPLIT_MAGIC) if is_split else 0
    while offset < archive_bytes:
        head = os.pread(descriptor, LOCAL_HEADER.size + (128 << 10), offset)
        data_offset = data_offset_of(head)
        if data_offset is None or data_offset > len(head):
            if head.startswith((*BEHIND_MEMBERS, LOCAL_MAGIC)) or len(head) < LOCAL_HEADER.size:
                return
            text = f"no header of a member at byte {offset}: the rest of the archive was not read"
            raise ReadFaultError("corrupt_archive", text)
        member = member_of_local_header(head, data_offset, offset)
        begin = offset + data_offset
        if member.flags & SIZES_FOLLOW and member.compressed_size in (0, IN_ZIP64):
            behind = behind_member(descriptor, member, begin, archive_bytes, budget)
        else:
            end = begin + member.compressed_size
            behind = Behind(end, member.size, member.crc, 0)
            if member.flags & SIZES_FOLLOW:
                behind = sizes_at(descriptor, begin, end) or behind
        found = member._replace(
            compressed_size=behind.end - begin, size=behind.size, crc=behind.crc
        )
        yield found
        offset = behind.end + behind.length


def member_of_local_header(head: bytes, data_offset: int, offset: int) -> Member:
    """Read a local header, its sizes from the ZIP64 extra field where they lie there."""
    _, _, flags, method, _, _, crc, compressed, size, name_length, _ = LOCAL_HEADER.unpack_from(
        head
    )
    name = head[LOCAL_HEADER.size : LOCAL_HEADER.size + name_length]
    extra = head[LOCAL_HEADER.size + name_length : data_offset]
    if IN_ZIP64 in (compressed, size):
        while len(extra) >= 4:
            kind, length = struct.unpack_from("<HH", extra)
            if kind == ZIP64_EXTRA and length >= 16 and len(extra) >= 20:
                size, compressed = struct.unpack_from("<QQ", extra, 4)
                break
            extra = extra[4 + length :]
    encoding = "utf-8" if flags & UTF8_NAME else "cp437"
    return Member(
        name=name.decode(encoding, "backslashreplace"),
        method=method,
        flags=flags,
        header_offset=offset,
        compressed_size=compressed,
        size=size,
        crc=None if flags & SIZES_FOLLOW else crc,
    )


def behind_member(
    descriptor: int, member: Member, begin: int, archive_bytes: int, budget: Budget
) -> Behind:
    """Find where a member ends whose sizes stand behind it; beyond the archive if nowhere in it."""
    size = archive_bytes - begin
    if member.method in DECODERS and member.method != STORED and not member.flags & ENCRYPTED:
        unknown = member._replace(compressed_size=size, size=1 << 62)
        reader = MemberReader(descriptor, unknown, budget)
        try:
            while reader.read(COMPRESSED_CHUNK_BYTES):
                pass
        except ReadFaultError as fault:
            if fault.code == "archive_limit":
                raise
        size = reader.size
        if reader.has_ended:
            found = sizes_at(descriptor, begin, reader.end)
            return found or Behind(reader.end, size, None, length_at(descriptor, reader.end))
    found = searched(descriptor, begin, archive_bytes)
    return found or Behind(archive_bytes + 1, size + 1, None, 0)


def sizes_at(descriptor: int, begin: int, end: int) -> Behind | None:
    """Return what stands at the end of data, where it says that they began where they did."""
    return sizes_in(os.pread(descriptor, SIZES_BYTES, end), end, begin, end)


def sizes_in(octets: bytes, offset: int, begin: int, end: int) -> Behind | None:
    """Return what stands at the end of data, out of octets that were read from an offset."""
    at = end - offset
    low = (end - begin & IN_ZIP64).to_bytes(4, "little")
    if low not in octets[at + 4 : at + 12]:  # tells of nearly all places, and soon
        return None
    for start in (LIKE_BYTES, 0) if octets.startswith(DESCRIPTOR_MAGIC, at) else (0,):
        for sizes in SIZES:
            if at + start + sizes.size > len(octets):
                continue
            crc, compressed, size = sizes.unpack_from(octets, at + start)
            if compressed == end - begin:
                return Behind(end, size, crc, start + sizes.size)
    return None


def first_sizes(octets: bytes, offset: int, begin: int, place: int) -> Behind | None:
    """Return sizes without magic that stand before what follows a member."""
    for sizes in SIZES:
        end = place - sizes.size
        if end >= begin and (found := sizes_in(octets, offset, begin, end)) is not None:
            return found
    return None


def length_at(descriptor: int, end: int) -> int:
    """Return the length of what stands behind data and is not their sizes, by what follows it."""
    octets = os.pread(descriptor, 32, end)
    start = LIKE_BYTES if octets.startswith(DESCRIPTOR_MAGIC) else 0
    lengths = [start + sizes.size for sizes in SIZES]
    return next((it for it in lengths if octets[it:].startswith(b"PK")), 0)


def searched(descriptor: int, begin: int, archive_bytes: int) -> Behind | None:
    """Look for sizes that are those of the data up to there, by the magic of them or what follows.

    Each place is looked at once: where nothing is found, no member is looked for behind. Pieces
    overlap, so that sizes on both sides of a place are in the one in which it is looked at.
    """
    place = begin
    while place < archive_bytes:
        offset = max(begin, place - SIZES_BYTES)
        piece = os.pread(descriptor, SEARCHED_AT_ONCE, offset)
        is_last = len(piece) < SEARCHED_AT_ONCE
        beyond = offset + len(piece) - (0 if is_last else SIZES_BYTES)
        for match in BEHIND_DATA.finditer(piece, place - offset):
            place = offset + match.start()
            if place >= beyond:
                break
            found = sizes_in(piece, offset, begin, place) or first_sizes(
                piece, offset, begin, place
            )
            if found is not None:
                return found
        if is_last:
            break
        place = beyond
    offset = max(begin, archive_bytes - SIZES_BYTES)
    return first_sizes(os.pread(descriptor, SIZES_BYTES, offset), offset, begin, archive_bytes)
