"""What a job keeps of each file that was made."""

from __future__ import annotations

from dataclasses import dataclass

PARQUET_SUFFIX = ".parquet"
MBOX_SUFFIX = ".mbox"
TREE_SUFFIX = ""
"""Of a part that is a directory (`trees`)."""


@dataclass(frozen=True, slots=True)
class MadeFile:
    """What a complete file came to."""

    rows: int
    size: int
    """Bytes."""
    sha256: str
    """Of what was handed to the disk, so that whatever the disk made of it is noticed."""
    suffix: str = PARQUET_SUFFIX
    """What its name ends with."""
