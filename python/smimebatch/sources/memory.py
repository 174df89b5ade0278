"""Memory for windows, handed out again when nobody looks at what was read into it.

New memory costs a page fault every 4 KiB, which on virtual machines takes longer than to read them,
and nothing of it is in the cache. The C library's allocator cuts what was freed into small blocks,
so that the next window gets new memory all the same. Arrow's own pool asks for huge pages, and the
system may search for one for as long as a batch takes (docs/design/23).
"""

from __future__ import annotations

from collections import deque
from typing import Any

import pyarrow as pa

KEPT = 4
"""Memory of so many windows waits for the next; one or two threads need no more."""
MAX_KEPT_BYTES = 8 << 20
"""Of one window; a larger one is there for one large message."""

_free: deque[Any] = deque(maxlen=KEPT)


class Lent:
    """Memory of one window, until the last buffer of it is gone."""

    def __init__(self, memory: Any) -> None:
        self.memory = memory
        """A pyarrow Buffer, to be written to before any buffer of it is handed on."""

    def buffer(self, begin: int, end: int) -> Any:
        """Return a buffer of what was read, which keeps the memory from being handed out again."""
        return pa.foreign_buffer(self.memory.address + begin, end - begin, base=self)

    def __del__(self, free: deque[Any] = _free) -> None:
        if self.memory.size <= MAX_KEPT_BYTES:
            free.append(self.memory)


def lend(size: int) -> Lent:
    """Return memory of a size in bytes; any thread may ask."""
    try:
        memory = _free.pop()
    except IndexError:
        memory = None
    if memory is None or memory.size != size:
        memory = pa.allocate_buffer(size, memory_pool=pa.system_memory_pool())
    return Lent(memory)
