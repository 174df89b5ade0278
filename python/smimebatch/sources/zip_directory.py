"""The directory at the end of a zip archive: what it lists, and what it does not.

APPNOTE.TXT 6.3.10, §4.3.12 (central directory), §4.3.16 (end record). The standard library finds
it, and is content with octets behind its end and with any before the first member. There other
archives lie, joined to this one (`cat a.zip b.zip`), or the one around it, which breaks off. So
both places are looked at here.
"""

from __future__ import annotations

import os
import re
import stat
import struct
import zipfile
from typing import NamedTuple

from smimebatch.sources.zip_member import LOCAL_HEADER, Member

END_RECORD = struct.Struct("<4s4H2IH")
END_MAGIC = b"PK\x05\x06"
LOCAL_HEADER_LIKE = re.compile(rb"PK\x03\x04[\x0a-\x3f].{3}[\x00-\x63]\x00", re.DOTALL)
"""A local header by its magic, a version and a method: a self-extractor has the magic alone."""
LIKE_BYTES = 10
SEARCHED_AT_ONCE = 1 << 20


class Directory(NamedTuple):
    """What an archive says that it holds."""

    members: list[Member]
    has_unlisted: bool
    """Whether members stand before the first one that is listed."""
    is_at_end: bool
    """Whether the archive ends with its end record and the comment of that."""


def directory(descriptor: int) -> Directory:
    """Return what the directory at the end lists; ValueError where there is none."""
    try:
        with (
            os.fdopen(os.dup(descriptor), "rb") as file,
            zipfile.ZipFile(file) as archive,
        ):
            members = [member_of(info) for info in archive.infolist()]
            first = min([archive.start_dir, *(it.header_offset for it in members)])
            is_at_end = ends_with_record(descriptor, archive.comment)
            found = Directory(members, has_member_before(descriptor, first), is_at_end)
    except (
        zipfile.BadZipFile,
        struct.error,
        NotImplementedError,
        OSError,
        OverflowError,
    ) as error:
        raise ValueError(str(error)) from error
    if found.has_unlisted and not found.is_at_end:
        raise ValueError("what is there is that of a member, or of another archive")
    return found


def member_of(info: zipfile.ZipInfo) -> Member:
    """Return what an entry of the directory says; its name as it stands there, NUL and all."""
    return Member(
        name=info.orig_filename,
        method=info.compress_type,
        flags=info.flag_bits,
        header_offset=info.header_offset,
        compressed_size=info.compress_size,
        size=info.file_size,
        crc=info.CRC,
        is_link=stat.S_ISLNK(info.external_attr >> 16),
    )


def ends_with_record(descriptor: int, comment: bytes) -> bool:
    """Whether the last octets are an end record and its comment."""
    place = os.fstat(descriptor).st_size - END_RECORD.size - len(comment)
    record = os.pread(descriptor, END_RECORD.size, place) if place >= 0 else b""
    if len(record) < END_RECORD.size or not record.startswith(END_MAGIC):
        return False
    return bool(END_RECORD.unpack(record)[-1] == len(comment))


def has_member_before(descriptor: int, end: int) -> bool:
    """Whether a local header stands before an offset."""
    offset = 0
    while offset < end:
        wanted = min(SEARCHED_AT_ONCE, end - offset)
        piece = os.pread(descriptor, wanted, offset)
        if LOCAL_HEADER_LIKE.search(piece):
            return True
        if len(piece) < wanted or wanted < SEARCHED_AT_ONCE:
            return False
        offset += wanted - LIKE_BYTES + 1
    return False


def overlapping(members: list[Member]) -> set[int]:
    """Return the header offsets of members whose bytes are another's too."""
    found = set()
    furthest, end = 0, 0
    for member in sorted(members, key=lambda member: member.header_offset):
        if member.header_offset < end:
            found |= {furthest, member.header_offset}
        own_end = member.header_offset + LOCAL_HEADER.size + member.compressed_size
        if own_end > end:
            furthest, end = member.header_offset, own_end
    return found
