"""What the C library does with memory that was freed: wrong for archives as it comes.

Only the command line says so, for the process is its own. Other libraries than glibc have no
mallopt, and none of these habits.
"""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8  # malloc.h of glibc
LARGE_BLOCK_BYTES = 64 << 20
ARENAS_SET_BY_USER = "MALLOC_ARENA_MAX"


def keep_freed_memory() -> None:
    """Keep what is freed for the next window of the archive.

    glibc gives large blocks back to the system at once, and the next one costs a page fault for
    every 4 KiB: 8 % of a run.
    """
    set_option(M_MMAP_THRESHOLD, LARGE_BLOCK_BYTES)
    set_option(M_TRIM_THRESHOLD, 2 * LARGE_BLOCK_BYTES)


def share_freed_memory(threads: int) -> None:
    """Let no more arenas be begun than threads work.

    Each keeps what was freed of it for itself, and the threads that encode row groups are new every
    time: by the end of a long run they had spread over many (docs/design/20).
    """
    if ARENAS_SET_BY_USER not in os.environ:
        set_option(M_ARENA_MAX, threads)


def set_option(option: int, value: int) -> None:
    """Tell glibc, if it is there."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(option, value)
