"""Where in the inputs a run begins that goes on: the files before it are passed over.

A position counts files of the walk and messages of one file, which every source can pass over by
reading. A source that knows a quicker way (mbox, Parquet) takes it and says how many messages it
left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from smimebatch.sources.items import InputBatch, Item
from smimebatch.sources.slicing import piece


@dataclass(frozen=True, slots=True)
class Position:
    """The place of one message in the inputs."""

    file: int = 0
    """Files of the walk before the one that holds it."""
    source: str | None = None
    """That file; null at the start of the walk."""
    messages: int = 0
    """Messages of that file before it."""
    last_offset: int | None = None
    """Where the one before it begins in that file, with its From_ line; null where unknown."""
    last_index: int | None = None
    """The `source_index` of the one before it."""

    def as_json(self) -> dict[str, Any]:
        """Return it as commits keep it."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Position:
        """Return what `as_json` was made of."""
        return cls(**kept)


@dataclass(slots=True)
class Beginning:
    """A position, and how much of the way to it a source has taken."""

    position: Position
    passed_over: int = 0
    """Messages that the source of the file left out."""


def from_position(items: Iterator[Item], beginning: Beginning) -> Iterator[Item]:
    """Leave out the messages before a position, and what was said before it."""
    left: int | None = None
    for item in items:
        if not isinstance(item, InputBatch):
            continue
        if left is None:
            left = beginning.position.messages - beginning.passed_over
        if item.rows.num_rows <= left:
            left -= item.rows.num_rows
            if item.stored is not None:
                item.stored.close()
            continue
        yield piece(item, left, item.rows.num_rows)
        yield from items
        return
