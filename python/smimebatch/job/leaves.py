"""The leaves of a unit's tree: where a message lies, its hash, and what was judged of it.

A row is spelled as `_native.row_leaves` says, its columns in this order; `leaf_of` does the same
for one row, for whoever checks a proof. Both can be done from the Parquet files alone.
"""

from __future__ import annotations

import hashlib
from typing import Any

from smimebatch.instants import Instant, unix_us

LEAF_COLUMNS = [
    "source",
    "source_index",
    "source_offset",
    "source_length",
    "message_sha256",
    "message_id",
    "kind",
    "indication",
    "sub_indication",
    "reasons",
    "flags",
    "coverage",
    "control_time",
]
ABSENT, PRESENT = b"\0", b"\1"
LEAF = b"\0"


def leaf_of(row: dict[str, Any]) -> bytes:
    """Return the leaf hash of one row, as Python reads it from a file."""
    return hashlib.sha256(LEAF + b"".join(spelled(row[name]) for name in LEAF_COLUMNS)).digest()


def spelled(value: Any) -> bytes:
    """Spell one value."""
    if value is None:
        return ABSENT
    if isinstance(value, list):
        return PRESENT + len(value).to_bytes(4, "big") + b"".join(map(spelled, value))
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return PRESENT + len(value).to_bytes(4, "big") + value
    if isinstance(value, bool):
        return PRESENT + bytes([value])
    if isinstance(value, Instant):
        value = unix_us(value)
    return PRESENT + int(value).to_bytes(8, "big", signed=True)
