"""Units of work: what is committed whole or not at all.

A unit is so many messages or so many bytes of the stream of the inputs, cut while it is read: a
function of the inputs alone, never of threads, batches, shards or where a run was interrupted. The
end of one is put into the stream when the next message arrives, so that what is said of places
between two messages belongs to the unit before.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow.compute as pc

from smimebatch.job.shard import UNIT_MESSAGES, Shard
from smimebatch.sources import Archive
from smimebatch.sources.items import InputBatch, Item
from smimebatch.sources.position import Position
from smimebatch.sources.slicing import message_bytes, piece
from smimebatch.sources.walk import Files, Walk

UNIT_BYTES = 1 << 30
"""The other end of a unit, for archives of large mail (own choice)."""
NAME_DIGITS = 6
NAME_HASH_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit whose end is known."""

    ordinal: int
    begin: Position
    end: Position | None
    """Where the next one begins; null at the end of the inputs."""
    messages: int
    payload_bytes: int
    files: Files
    """Those opened in it; the one it begins within belongs to an earlier unit."""

    def as_json(self) -> dict[str, Any]:
        """Return it as units.jsonl and commits keep it."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Unit:
        """Return what `as_json` was made of."""
        end = None if kept["end"] is None else Position.from_json(kept["end"])
        begin, files = Position.from_json(kept["begin"]), Files.from_json(kept["files"])
        return cls(**{**kept, "begin": begin, "end": end, "files": files})

    def name(self, fingerprint: str) -> str:
        """Return the name of its parts: in input order, and of this run alone."""
        begin, end = asdict(self.begin), None if self.end is None else asdict(self.end)
        files = [self.files.count, self.files.names_sha256]
        text = json.dumps([fingerprint, self.ordinal, begin, end, files], sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()
        return f"{self.ordinal:0{NAME_DIGITS}d}-{digest[:NAME_HASH_DIGITS]}"


@dataclass(frozen=True, slots=True)
class UnitEnd:
    """Stands behind the last item of a unit."""

    unit: Unit
    is_own: bool


class Cutter:
    """The items of an archive with the ends of units between them."""

    def __init__(
        self,
        archive: Archive,
        *,
        unit_messages: int = UNIT_MESSAGES,
        shard: Shard | None = None,
        first_ordinal: int = 0,
        begin: Position | None = None,
    ) -> None:
        self._archive = archive
        self._begin = begin or Position()
        self._walk = archive.walk = Walk(self._begin.file)
        self._unit_messages = unit_messages
        self._shard = shard or Shard()
        self._ordinal = first_ordinal
        self._messages = self._payload_bytes = 0
        self._file = self._begin.file
        self._in_file = self._begin.messages
        """Messages so far of the file that the last one came from."""
        self._last: tuple[int | None, int | None] = (None, None)
        """Offset and index of the last message."""

    def __iter__(self) -> Iterator[Item | UnitEnd]:
        for item in self._archive:
            if isinstance(item, InputBatch):
                yield from self._cut(item)
                del item  # the memory that it was read into serves the next
                continue
            self._walk.settle(self._walk.opened_count - 1)
            if self._is_own:
                yield item
        yield self._ended(None, self._walk.opened_count)

    @property
    def _is_own(self) -> bool:
        return self._shard.owns(self._ordinal)

    def _cut(self, batch: InputBatch) -> Iterator[Item | UnitEnd]:
        """Give a batch in pieces that belong to one unit each."""
        start, count = 0, batch.rows.num_rows
        if not count:
            return
        sources = batch.rows["source"]
        first = self._walk.file_of(sources[0].as_py())
        self._walk.settle(first)
        last = self._walk.file_of(sources[count - 1].as_py())
        while start < count:
            if self._is_full:
                # A batch of several files holds one message of each.
                file = first if first == last else self._walk.file_of(sources[start].as_py())
                yield self._ended(self._position(file, sources[start].as_py()), file)
            stop = start + self._room(batch, start)
            taken = piece(batch, start, stop)
            self._messages += stop - start
            self._payload_bytes += taken.payload_bytes
            self._note(batch.rows, stop - 1, first if first == last else None, stop - start)
            if self._is_own:
                yield taken
            elif batch.stored is not None:
                batch.stored.close()
            start = stop

    @property
    def _is_full(self) -> bool:
        return self._messages >= self._unit_messages or self._payload_bytes >= UNIT_BYTES

    def _room(self, batch: InputBatch, start: int) -> int:
        """Return how many messages of the batch from `start` on belong to the unit at hand."""
        rows = batch.rows.slice(start)
        room: int = min(rows.num_rows, self._unit_messages - self._messages)
        if self._payload_bytes + batch.payload_bytes < UNIT_BYTES:
            return room
        sums = pc.cumulative_sum(message_bytes(rows))
        before_full = pc.sum(pc.less(sums, UNIT_BYTES - self._payload_bytes)).as_py() or 0
        return min(room, int(before_full) + 1)

    def _note(self, rows: Any, last: int, file: int | None, count: int) -> None:
        """Remember where the last message of a piece lies."""
        if file is None:
            file = self._walk.file_of(rows["source"][last].as_py())
            count = 1
        self._in_file = count + (self._in_file if file == self._file else 0)
        self._file = file
        offset, from_line = rows["source_offset"][last].as_py(), rows["mbox_from"][last]
        if offset is not None and from_line.is_valid:
            offset -= len(from_line.as_py())
        self._last = (offset, rows["source_index"][last].as_py())

    def _position(self, file: int, source: str) -> Position:
        """Return the place of the message that comes next."""
        if file == self._walk.opened_count - 1:
            source = self._walk.current_source or source  # not that of a member or an import
        if file != self._file:
            return Position(file, source)
        return Position(file, source, self._in_file, *self._last)

    def _ended(self, end: Position | None, file: int) -> UnitEnd:
        """End the unit at hand and begin the next."""
        self._walk.check_current()
        is_within = end is not None and end.messages > 0
        unit = Unit(
            ordinal=self._ordinal,
            begin=self._begin,
            end=end,
            messages=self._messages,
            payload_bytes=self._payload_bytes,
            files=self._walk.take(file + 1 if is_within else file),
        )
        ended = UnitEnd(unit, self._is_own)
        self._ordinal += 1
        self._begin = end or self._begin
        self._messages = self._payload_bytes = 0
        return ended
