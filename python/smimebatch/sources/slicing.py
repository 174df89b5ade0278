"""Pieces of input batches, without copying a message."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from smimebatch.sources.items import InputBatch


def message_bytes(rows: Any) -> Any:
    """Return how many bytes each message counts for; none where there are none to judge."""
    lengths = rows["source_length"]
    if lengths.null_count:
        raw = rows["raw"]
        if pa.types.is_binary_view(raw.type):
            raw = raw.cast(pa.large_binary())
        lengths = pc.coalesce(lengths, pc.binary_length(raw).cast(pa.int64()))
    errors = rows["read_error"]
    if errors.null_count < len(errors):
        lengths = pc.if_else(errors.is_null(), lengths, 0)
    return pc.fill_null(lengths, 0)


def piece(batch: InputBatch, start: int, stop: int) -> InputBatch:
    """Return some of the messages of a batch."""
    if stop - start == batch.rows.num_rows:
        return batch
    rows = batch.rows.slice(start, stop - start)
    return InputBatch(rows, pc.sum(message_bytes(rows)).as_py() or 0, batch.stored)
