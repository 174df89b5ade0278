"""What lies among the mail of a run and is not listed by its index: told, never passed over.

    OUT/mail/part-<unit>…       without OUT/mail_index/part-<unit>.parquet
    OUT/mail/part-<unit>/FILE   that the index of its part does not name
    OUT/_smimebatch/manifest.json, which is missing until the run has finished

What somebody appended to a file that is listed is for `audit verify` to find.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

NO_INDEX = "the index of the mail does not list it: not judged"
UNFINISHED = "the run that writes this mail has not finished: what it has not reached is missing"
PART_SUFFIX, INDEX_SUFFIX = ".mbox", ".parquet"


def parts_without_index(mail: str, indexes: list[str]) -> list[str]:
    """Return what lies in a directory of mail and belongs to none of the files of its index."""
    listed = {name.removesuffix(INDEX_SUFFIX) for name in indexes}
    try:
        found = sorted(os.listdir(mail), key=os.fsencode)
    except OSError:
        return []  # each message that is listed and not there is told
    return [name for name in found if name.removesuffix(PART_SUFFIX) not in listed]


def files_not_named(stem: str, named: set[str]) -> Iterator[str]:
    """Give what lies in a part and its index does not name, by what comes behind the stem.

    Directories only where they are links or may not be listed, which is as far as one can look.
    """
    if PART_SUFFIX not in named and os.path.lexists(stem + PART_SUFFIX):
        yield PART_SUFFIX
    unlistable: list[OSError] = []
    for directory, below, names in os.walk(stem, onerror=unlistable.append):
        below.sort()
        links = [name for name in below if os.path.islink(os.path.join(directory, name))]
        for name in sorted([*names, *links], key=os.fsencode):
            file = os.path.join(directory, name)[len(stem) :]
            if file not in named:
                yield file
    for error in unlistable:
        if not isinstance(error, FileNotFoundError):  # a part that is one file, or has none
            yield str(error.filename)[len(stem) :]
