"""Memory of windows is handed out again when nobody looks at it any more, and not before."""

from __future__ import annotations

import pyarrow as pa

from smimebatch.sources.memory import KEPT, MAX_KEPT_BYTES, Lent, lend

SIZE = 3 << 10


def filled(lent: Lent, octet: bytes) -> None:
    memoryview(lent.memory).cast("B")[:] = octet * lent.memory.size


def test_serves_the_next_window() -> None:
    lent = lend(SIZE)
    address = lent.memory.address
    buffer = lent.buffer(0, SIZE)
    del lent, buffer
    assert lend(SIZE).memory.address == address


def test_is_not_lent_while_a_piece_of_it_is_looked_at() -> None:
    lent = lend(SIZE)
    filled(lent, b"a")
    rows = pa.Array.from_buffers(pa.uint8(), 10, [None, lent.buffer(7, SIZE)]).slice(3)
    del lent
    others = [lend(SIZE) for _ in range(2 * KEPT)]
    for other in others:
        filled(other, b"b")
    assert rows.to_pylist() == [ord("a")] * 7


def test_keeps_no_more_than_a_few_and_no_large_one() -> None:
    several = [lend(SIZE) for _ in range(KEPT + 3)]
    addresses = {lent.memory.address for lent in several}
    assert len(addresses) == KEPT + 3
    before = pa.system_memory_pool().bytes_allocated()
    del several
    assert pa.system_memory_pool().bytes_allocated() <= before - 3 * SIZE
    lend(MAX_KEPT_BYTES + 1)
    assert pa.system_memory_pool().bytes_allocated() <= before - 3 * SIZE


def test_memory_of_another_size_is_let_go() -> None:
    lend(SIZE)
    assert lend(2 * SIZE).memory.size == 2 * SIZE
