r"""Names of files and members as they stand in `source`: valid UTF-8, one name for one file.

A byte that is no UTF-8, or NUL, is spelled `\xNN`, and so are the backslash itself, without which
a file could be called what another's bytes are spelled as, and the exclamation mark, which
separates an archive from its member. So the name of a file can be had back from `source`.
"""

from __future__ import annotations

import re

COMPRESSED = r"\.(gz|zst|xz|bz2)"
"""Endings of compressed files that are read."""
PACKED = r"\.(gz|zst|xz|bz2|z|lz4|lz|lzma)"
"""And of those that are not."""
MEMBER_SEPARATOR = "!"


def name_ending(kinds: str, compressed: str = COMPRESSED) -> re.Pattern[str]:
    """Return what finds names that end in one of these kinds, also compressed, in any case."""
    return re.compile(rf"({kinds})({compressed})?$", re.IGNORECASE)


def is_plain(name: str) -> bool:
    """Whether a name stands for itself, as nearly all do."""
    is_spelled = "\\" in name or MEMBER_SEPARATOR in name or "\0" in name
    return name.isascii() and not is_spelled


def printable_name(name: bytes) -> str:
    """Return a name as valid UTF-8 that no other name gives."""
    if b"\\" in name or b"!" in name:
        name = name.replace(b"\\", b"\\x5c").replace(b"!", b"\\x21")
    name = name.replace(b"\0", rb"\x00")
    return name.decode("utf-8", "backslashreplace")
