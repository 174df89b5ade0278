"""Windows of a plain file that other threads read ahead of whoever looks through them.

Finding the messages of an mbox is the work of one thread at a time, and so was reading: with many
threads both together were what the others waited for (docs/design/20). Here the file is read in
pieces of one size, several at once. In front of each piece there is room, into which the end of the
window before it is copied, where a message is not whole yet.
"""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, NamedTuple, Self

from smimebatch.sources.memory import Lent, lend
from smimebatch.sources.stream import PlainStream

AHEAD_FROM_JOBS = 4
"""Below, the others are busy while one reads, and two threads more only disturb them."""
BATCHES_AHEAD = 2
"""So many batches come out of one window: whoever waits for a batch soon has one, and messages are
looked for in larger pieces by one thread at a time."""
READERS = 2
PIECES_AHEAD = 3
STEADY_WINDOWS = 2
"""So many windows of one size before anything is read ahead: not where messages are larger."""


class Piece(NamedTuple):
    """Bytes of the file behind the room for those before them."""

    lent: Lent
    """Twice the size of a window."""
    is_whole: bool
    """Whether as many bytes as asked for were there."""


class ReadAhead:
    """The windows of a stream, of which the next ones are read beside."""

    def __init__(self, stream: PlainStream, size: int) -> None:
        self._stream = stream
        self._size = size
        self._readers: ThreadPoolExecutor | None = None
        self._pieces: deque[Future[Piece]] = deque()
        self._next = 0
        """Where in the file the first of the pieces begins."""
        self._begin = 0
        """Where the piece after the last one will begin."""
        self._window: Any = None
        self._steady = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wait for those who read: the descriptor is closed next."""
        self._forget()
        if self._readers is not None:
            self._readers.shutdown()

    def buffer(self, size: int) -> Any:
        """Return the window at the stream's position as a pyarrow Buffer, as the stream would.

        At least `size` bytes; fewer only where the bytes end.
        """
        window = self._window_of_next() if size == self._size else None
        if window is None:
            self._forget()
            self._steady = self._steady + 1 if size == self._size else 0
            window = self._stream.buffer(size)
            if self._steady > STEADY_WINDOWS and window.size == size:
                self._begin_ahead()
        else:
            self._read_on()
        self._window = window
        return window

    def _begin_ahead(self) -> None:
        """Read on behind the window at hand."""
        if self._readers is None:
            self._readers = ThreadPoolExecutor(READERS, "smimebatch-read")
        self._next = self._begin = self._stream.position + self._size
        self._read_on()

    def _read_on(self) -> None:
        while self._readers is not None and len(self._pieces) < PIECES_AHEAD:
            self._pieces.append(self._readers.submit(self._read, self._begin))
            self._begin += self._size

    def _read(self, offset: int) -> Piece:
        """Read one piece; runs beside. What goes wrong the stream meets again, and tells."""
        lent = lend(2 * self._size)
        filled, room = 0, memoryview(lent.memory)[self._size :]
        try:
            while filled < self._size:
                count = os.preadv(self._stream.descriptor, [room[filled:]], offset + filled)
                if not count:
                    break
                filled += count
        except OSError:
            pass
        return Piece(lent, filled == self._size)

    def _window_of_next(self) -> Any | None:
        """Return what is left of the last window and the next piece, if that is what comes next."""
        left = self._next - self._stream.position
        if not self._pieces or not 0 <= left <= min(self._size, self._window.size):
            return None
        piece = self._pieces.popleft().result()
        if not piece.is_whole:
            return None
        self._next += self._size
        begin = self._size - left
        if left:
            last = memoryview(self._window)[self._window.size - left :]
            memoryview(piece.lent.memory)[begin : self._size] = last
        return piece.lent.buffer(begin, 2 * self._size)

    def _forget(self) -> None:
        """Let go of what was read ahead."""
        for piece in self._pieces:
            piece.cancel()
        self._pieces.clear()
        self._window = None
