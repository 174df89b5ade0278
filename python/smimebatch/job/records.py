"""Records of a run directory, read by those who only read results: an object, or what is wrong."""

from __future__ import annotations

import json
from typing import Any

from smimebatch.errors import DamagedRunError
from smimebatch.job import disk
from smimebatch.job.ledger import parsed

KINDS = {dict: "an object", list: "a list", str: "a text", bool: "a truth value"}
"""What JSON holds, by what Python makes of it; all others but null are numbers."""


def read_record(path: str, expected: str, out: str) -> dict[str, Any] | None:
    """Return the object that a file holds, None where there is no file.

    DamagedRunError names a file that holds anything else.
    """
    try:
        content = disk.content_of(path)
    except OSError as error:
        raise damaged(path, expected, str(error.strerror), out) from error
    if content is None:
        return None
    if not (record := parsed(content)):
        raise damaged(path, expected, kind_of(content), out)
    return record


def kind_of(content: bytes) -> str:
    """Say what some bytes are that are no object in JSON, or an empty one."""
    if not content.strip():
        return f"{len(content)} bytes" if content else "an empty file"
    try:
        value = json.loads(content)
    except RecursionError:
        return "JSON that is nested too deep"
    except ValueError as error:
        return f"no JSON ({error})"
    if value == {}:
        return "an empty object"
    return "null" if value is None else KINDS.get(type(value), "a number")


def damaged(path: str, expected: str, found: str, out: str) -> DamagedRunError:
    """Return the error about a file of a run that is not as the run left it."""
    return DamagedRunError(
        path,
        expected=expected,
        found=found,
        remedy=f"put back what was there; smimebatch audit verify {out} names every such place",
    )
