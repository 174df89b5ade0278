"""What a glob stands for: `**` goes down without following links.

The library's `**` follows linked directories, so that one to a directory above is read over and
over. As there, hidden directories are left out. One that may not be listed is a match itself, so
that whoever reads it says why. A linked directory that the glob itself names, as `links/*` does, is
meant.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator

ANY_DEPTH = "**"


def matches(pattern: str) -> list[str]:
    """Return what a glob matches, in byte order."""
    return sorted(set(found(pattern)), key=os.fsencode)


def found(pattern: str) -> Iterator[str]:
    """Give what a glob matches; twice, where it has `**` twice."""
    parts = pattern.split(os.sep)
    if ANY_DEPTH not in parts:
        yield from glob.iglob(pattern)
        return
    at = parts.index(ANY_DEPTH)
    head, rest = os.sep.join(parts[:at]), os.sep.join(parts[at + 1 :]).lstrip(os.sep)
    top = head or (os.sep if at else "")
    if not rest:  # everything below, which a directory stands for
        yield from glob.iglob(top or "*")
        return
    unlistable: list[OSError] = []
    for base in glob.iglob(top) if top else [""]:
        for directory in unlinked_below(base, unlistable):
            yield from found(os.path.join(glob.escape(directory), rest))
    is_none = (NotADirectoryError, FileNotFoundError)
    yield from (str(error.filename) for error in unlistable if not isinstance(error, is_none))


def unlinked_below(base: str, unlistable: list[OSError]) -> Iterator[str]:
    """Give a directory and those below it, but for linked and hidden ones."""
    for directory, below, _ in os.walk(base or os.curdir, onerror=unlistable.append):
        below[:] = sorted(name for name in below if not name.startswith("."))
        yield directory if base else os.path.relpath(directory).removeprefix(os.curdir)
