"""How sources read: the options they share, and the making of input batches from Python bytes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from smimebatch.schema import dataset_schema
from smimebatch.sources.items import InputBatch, Item, ReadError
from smimebatch.sources.stored import MESSAGE_STREAMED_BYTES, StoredRange

MESSAGE_HELD_BYTES = 256 << 20
"""RULES, budgets: the largest message that is held in memory."""
MAIL_HELD_BYTES = 160 << 20
"""The largest that is held by a job which writes mail, where each costs six times its length."""
MAIL_HELD_VARIABLE = "SMIMEBATCH_MAIL_HELD_BYTES"
"""Environment variable for another number of bytes, to try what is done with larger messages."""
VOUCHED_TIME = "vouched_time"
"""The column of times that the operator vouches for, beside those of the schema `input`."""
DEFAULT_BATCH_BYTES = 2 << 20
"""Small enough that a batch is still in the cache when it is verified, large enough to fill the
lanes (docs/design/20)."""


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """What a source needs to know."""

    batch_bytes: int = DEFAULT_BATCH_BYTES
    input_format: str | None = None
    mbox_variant: str | None = None
    """How messages of an mbox are cut; told from how each file begins when not given."""
    column: str | None = None
    vouched_column: str | None = None
    """Column of Parquet inputs whose times the operator vouches for."""
    limit: int | None = None
    jobs: int = 1
    """Threads that take what is read; with more than one, a source may have some of its own."""
    held_bytes: int = MESSAGE_HELD_BYTES
    """The largest message that is held in memory, if it is below the limit on all."""


def mail_held_bytes() -> int:
    """Return how large a message may be that is held by a job which writes mail piece by piece."""
    given = os.environ.get(MAIL_HELD_VARIABLE, "")
    return int(given) if given.isdecimal() else MAIL_HELD_BYTES


class InputBatchBuilder:
    """Collects whole messages, each from its own file, until they make a batch."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._raw: list[bytes | None] = []
        self._sources: list[str] = []
        self._offsets: list[int] = []
        self._lengths: list[int] = []
        self._errors: list[str | None] = []
        self._suspicious: list[bool | None] = []
        self.payload_bytes = 0

    def append(
        self, source: str, raw: bytes, offset: int = 0, *, is_doubtful: bool = False
    ) -> None:
        """Add the only message of `source`, which begins at `offset`, and may hold another."""
        self._raw.append(raw)
        self._sources.append(source)
        self._offsets.append(offset)
        self._lengths.append(len(raw))
        self._errors.append(None)
        self._suspicious.append(is_doubtful or None)
        self.payload_bytes += len(raw)

    def append_unread(self, source: str, length: int, error: str, offset: int = 0) -> None:
        """Add the only message of `source` as a row without bytes, and why there are none."""
        self._raw.append(None)
        self._sources.append(source)
        self._offsets.append(offset)
        self._lengths.append(length)
        self._errors.append(error)
        self._suspicious.append(None)

    def finish(self) -> InputBatch:
        """Return what was collected and start anew."""
        count = len(self._raw)
        has_errors = any(error is not None for error in self._errors)
        columns = {
            "raw": self._raw,
            "source": self._sources,
            "source_index": pa.repeat(pa.scalar(0, pa.int64()), count),
            "source_offset": self._offsets,
            "source_length": self._lengths,
            "split_suspicious": self._suspicious if any(self._suspicious) else None,
            "read_error": self._errors if has_errors else None,
        }
        batch = InputBatch(input_rows(columns, count), self.payload_bytes)
        self._begin()
        return batch

    def __bool__(self) -> bool:
        return bool(self._raw)


def large_message(
    source: str,
    index: int,
    offset: int,
    length: int,
    stored: StoredRange,
    **facts: Any,
) -> Iterator[Item]:
    """Give a message that may not be held: where it lies, or, beyond the limit, why not."""
    columns = place_of(source, index, offset, length, facts)
    if length <= MESSAGE_STREAMED_BYTES:
        yield InputBatch(input_rows(columns, 1), length, stored)
        return
    stored.close()
    yield unread_message(source, index, offset, length, "message_too_large", **facts)
    text = f"message {index} is larger than {MESSAGE_STREAMED_BYTES} bytes and was not judged"
    yield ReadError(source, offset, "message_too_large", text)


def unread_message(
    source: str, index: int, offset: int, length: int, error: str, **facts: Any
) -> InputBatch:
    """Make the row of a message without bytes, which says why there are none."""
    columns = place_of(source, index, offset, length, facts)
    return InputBatch(input_rows(columns | {"read_error": [error]}, 1), 0)


def place_of(
    source: str, index: int, offset: int, length: int, facts: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the columns of one message but its bytes."""
    columns = {
        "source": source,
        "source_index": index,
        "source_offset": offset,
        "source_length": length,
        **facts,
    }
    return {name: [value] for name, value in columns.items()}


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
