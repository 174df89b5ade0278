"""Archives and compressed files that are not read, told by their first octets.

Mail may lie in them, so a file of these is an error that says what it is, and never passed over.
Each signature is so long, or has octets so unlike text, that no mail begins with it.
"""

from __future__ import annotations

import re

SIGNATURES = (
    ("a 7-Zip archive", rb"7z\xbc\xaf\x27\x1c"),
    ("a RAR archive", rb"Rar!\x1a\x07"),
    ("an lz4 file", rb"\x04\x22\x4d\x18|\x02\x21\x4c\x18"),  # its frame, and its old one
    ("a file of compress (.Z)", rb"\x1f\x9d[\x09-\x10\x89-\x90]"),  # bits, and block mode
    ("a file of pack (.z)", rb"\x1f\x1e\0"),
    ("an lzip file", rb"LZIP[\0\x01]"),
    # Properties, a dictionary of at least 4 KiB, and a length that is unknown or below 1 TiB.
    ("an LZMA file (.lzma)", rb"\x5d\0[\0\x10-\xf0]..(?:\xff{8}|.{5}\0{3})"),
    ("an lzop file", rb"\x89LZO\0\r\n\x1a\n"),
    ("a file of an early Zstandard", rb"[\x1e\x22-\x27]\xb5\x2f\xfd"),
    ("a cabinet (.cab)", rb"MSCF\0{4}"),
    ("an LHA archive", rb"..-lh[0-9d]-.{13}[\0-\3]"),
    ("a StuffIt archive", rb"SIT!.{6}rLau|StuffIt \(c\)1997"),
    ("a cpio archive", rb"07070[12][0-9A-Fa-f]{104}|070707[0-7]{70}"),
    ("a Parquet file whose footer is encrypted", rb"PARE..\0\0"),
)
"""What it is, and how it begins."""
NAMED = [(what, re.compile(begin, re.DOTALL)) for what, begin in SIGNATURES]
ANY = re.compile(b"|".join(begin for _, begin in SIGNATURES), re.DOTALL)


def packed_as(head: bytes) -> str | None:
    """Say what a file is that may hold mail and is not read; null for any other."""
    if ANY.match(head) is None:
        return None
    return next(what for what, begin in NAMED if begin.match(head))
