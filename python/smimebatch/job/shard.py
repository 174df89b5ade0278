"""How work is divided: messages of a unit, and units among processes."""

from __future__ import annotations

from dataclasses import dataclass

from smimebatch.errors import OptionError

UNIT_MESSAGES = 65_536
"""Four row groups, some 1.3 s of work for one thread; what an interrupt costs at most (own
choice)."""


@dataclass(frozen=True, slots=True)
class Shard:
    """Which units one of several processes works on: those with this remainder."""

    index: int = 0
    count: int = 1

    @classmethod
    def parse(cls, text: str) -> Shard:
        """Read i/N, counted from 0."""
        index, slash, count = text.partition("/")
        if slash and index.isdecimal() and count.isdecimal() and int(index) < int(count):
            return cls(int(index), int(count))
        expected = "i/N with i from 0 to N-1, such as 0/4"
        raise OptionError("--shard", expected=expected, found=repr(text))

    def owns(self, ordinal: int) -> bool:
        """Whether a unit is to be worked on here."""
        return ordinal % self.count == self.index

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"
