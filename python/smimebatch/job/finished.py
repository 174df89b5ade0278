"""Whether a directory holds a whole result, for those who read results."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from typing import Any

from smimebatch.errors import InputError
from smimebatch.job.output import COMMITS, MANIFEST_FILE, ROOM
from smimebatch.job.records import damaged, read_record


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


def refuse_incomplete(out: str, dataset: str) -> None:
    """Refuse a dataset of which a part that the manifest names is gone or has another size.

    That is cheap, and what befalls results most; `audit verify` compares every byte.
    """
    path = os.path.join(out, ROOM, MANIFEST_FILE)
    manifest = read_record(path, "the manifest of a finished run", out)
    try:
        for part, size in () if manifest is None else sizes_of(manifest, dataset):
            expected = f"{size} bytes, as {MANIFEST_FILE} says"
            found = told(os.path.join(out, part))
            if found != f"{size} bytes":
                raise damaged(os.path.join(out, part), expected, found, out)
    except (KeyError, TypeError, AttributeError) as error:
        found = f"{type(error).__name__}: {error}"
        raise damaged(path, "files, each with its path and size", found, out) from error


def sizes_of(manifest: Mapping[str, Any], dataset: str) -> Iterator[tuple[str, int]]:
    """Give the parts of a dataset that a manifest names, each with its bytes."""
    for file in manifest["files"]:
        if file["path"].startswith(f"{dataset}/"):
            yield file["path"], file["size"]


def told(part: str) -> str:
    """Say what lies in the place of a part."""
    try:
        state = os.stat(part)
    except OSError as error:
        return str(error.strerror)
    except ValueError as error:  # a path with NUL
        return str(error)
    return f"{state.st_size} bytes" if stat.S_ISREG(state.st_mode) else "no file"
