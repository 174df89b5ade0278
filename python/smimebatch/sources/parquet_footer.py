"""The end of a Parquet file: what can be known of it before the library reads it."""

from __future__ import annotations

import os
from typing import Any

MAGIC = b"PAR1"


def has_footer(file: Any) -> bool:
    """Whether a file ends as Parquet does, so that nothing of it is missing."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - len(MAGIC)))
    return bool(file.read(len(MAGIC)) == MAGIC)
