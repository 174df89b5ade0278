"""Whether a directory holds a whole result, for those who read results."""

from __future__ import annotations

import os

from smimebatch.errors import InputError
from smimebatch.job.output import COMMITS, MANIFEST_FILE, ROOM


def is_unfinished(out: str) -> bool:
    """Whether a run was begun there that has no manifest; results of earlier versions have none."""
    room = os.path.join(out, ROOM)
    is_begun = os.path.isdir(os.path.join(room, COMMITS))
    return is_begun and not os.path.exists(os.path.join(room, MANIFEST_FILE))


def refuse_unfinished(out: str) -> None:
    """Refuse to answer for the whole where only a part is there."""
    if is_unfinished(out):
        raise InputError(
            out,
            expected="the directory of a finished run",
            found="one that goes on or was interrupted",
            remedy="start the same verify command again and let it finish",
        )
