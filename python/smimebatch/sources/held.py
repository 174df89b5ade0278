"""A stream over bytes that are there already: a small member of an archive."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

from smimebatch.sources.stored import Keeping, StoredRange
from smimebatch.sources.stream import InputFile, Stream


class BytesStream(Stream):
    """A small file that is there already: a member of an archive."""

    def __init__(self, file: InputFile, data: bytes) -> None:
        super().__init__(file, len(data))
        self._data = data

    def window(self, size: int) -> bytes:
        if not self.position and size >= len(self._data):
            return self._data
        return self._data[self.position : self.position + size]

    def advance(self, count: int) -> None:
        self.position += count

    @property
    def stored_position(self) -> int:
        return self.position

    is_repeatable = True

    def again(self) -> AbstractContextManager[Stream]:
        return nullcontext(BytesStream(self.file, self._data))

    def keep(self) -> None:
        pass

    def kept(self, offset: int, length: int) -> StoredRange:
        keeping = Keeping(offset)
        keeping.append(self._data[offset : offset + length])
        return keeping.range(offset, length)

    def let_go(self) -> None:
        pass
