"""How sources read: the options they share, and the making of input batches from Python bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from smimebatch.schema import dataset_schema
from smimebatch.sources.items import InputBatch

MESSAGE_HELD_BYTES = 256 << 20
"""RULES, budgets: the largest message that is held in memory."""
DEFAULT_BATCH_BYTES = 2 << 20
"""Small enough that a batch is still in the cache when it is verified, large enough to fill the
lanes (docs/design/20)."""


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """What a source needs to know."""

    batch_bytes: int = DEFAULT_BATCH_BYTES
    input_format: str | None = None
    column: str | None = None
    limit: int | None = None
    threads: bool = False
    """Whether a source may use threads of a library (never when one thread was asked for)."""


class InputBatchBuilder:
    """Collects whole messages, each from its own file, until they make a batch."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._raw: list[bytes | None] = []
        self._sources: list[str] = []
        self._lengths: list[int] = []
        self.payload_bytes = 0

    def append(self, source: str, raw: bytes) -> None:
        """Add the only message of `source`."""
        self._raw.append(raw)
        self._sources.append(source)
        self._lengths.append(len(raw))
        self.payload_bytes += len(raw)

    def append_unread(self, source: str, length: int) -> None:
        """Add the only message of `source` as a row without bytes."""
        self._raw.append(None)
        self._sources.append(source)
        self._lengths.append(length)

    def finish(self) -> InputBatch:
        """Return what was collected and start anew."""
        columns = {
            "raw": self._raw,
            "source": self._sources,
            "source_index": [0] * len(self._raw),
            "source_offset": [0] * len(self._raw),
            "source_length": self._lengths,
        }
        batch = InputBatch(input_rows(columns, len(self._raw)), self.payload_bytes)
        self._begin()
        return batch

    def __bool__(self) -> bool:
        return bool(self._raw)


def input_rows(columns: dict[str, Any], length: int) -> Any:
    """Make a record batch of the schema `input`; columns not given are null."""
    schema = dataset_schema("input")
    arrays = []
    for field in schema:
        values = columns.get(field.name)
        if values is None:
            arrays.append(pa.nulls(length, field.type))
        elif isinstance(values, pa.Array):
            arrays.append(values if values.type == field.type else values.cast(field.type))
        else:
            arrays.append(pa.array(values, field.type))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
