"""No core dump while keys are open: a crash would write them to disk, or hand them to a collector.

The soft limit becomes 1 byte rather than 0: Linux writes neither a file (no core is so small) nor
to a program (core_pattern with a pipe ignores the limit, but takes 1 for "never").
"""

from __future__ import annotations

import resource
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

NEVER_BYTES = 1


class _Holders:
    """Who needs it, and the limit from before the first of them."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.count = 0
        self.soft_bytes = 0


_holders = _Holders()


def forbid() -> Callable[[], None]:
    """Forbid core dumps until the function that is returned was called, once."""
    with _holders.lock:
        if _holders.count == 0:
            _holders.soft_bytes, hard = resource.getrlimit(resource.RLIMIT_CORE)
            set_soft_bytes(NEVER_BYTES if hard != 0 else 0)
        _holders.count += 1
    released = threading.Event()

    def release() -> None:
        with _holders.lock:
            if released.is_set():
                return
            released.set()
            _holders.count -= 1
            if _holders.count == 0:
                set_soft_bytes(_holders.soft_bytes)

    return release


@contextmanager
def forbidden() -> Iterator[None]:
    """Forbid core dumps for a while."""
    release = forbid()
    try:
        yield
    finally:
        release()


def set_soft_bytes(soft_bytes: int) -> None:
    """Set the soft limit under whatever hard limit there is by now."""
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    if hard != resource.RLIM_INFINITY and (
        soft_bytes == resource.RLIM_INFINITY or soft_bytes > hard
    ):
        soft_bytes = hard
    resource.setrlimit(resource.RLIMIT_CORE, (soft_bytes, hard))
