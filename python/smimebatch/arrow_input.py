"""Arrow data of callers as the record batches that the core takes, in pieces of a sane size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from smimebatch.errors import InputError
from smimebatch.schema import dataset_schema
from smimebatch.sources.reading import VOUCHED_TIME

INDEX = "source_index"
PIECE_ROWS = 2048
"""For each thread; fewer leave threads waiting for each other."""
PIECE_BYTES = 8 << 20
"""The same; both take some tenths of a second, so long a Ctrl-C waits at most (own choice)."""


def record_batches(data: Any) -> Iterator[Any]:
    """Give the record batches of anything that speaks the Arrow PyCapsule interface.

    A record batch as it is; a table, data frame, relation or reader one batch after another. Rows
    without a column `source_index` are numbered, as rows of the result could not be told apart.
    """
    first = 0
    for rows in batches_of(data):
        yield rows if INDEX in rows.schema.names else numbered(rows, first)
        first += rows.num_rows


def numbered(rows: Any, first: int) -> Any:
    """Return rows with their numbers, from the first one's on."""
    numbers = pa.array(range(first, first + rows.num_rows), pa.int64())
    return rows.append_column(INDEX, numbers)


def batches_of(data: Any) -> Iterator[Any]:
    """Give the record batches as the core takes them."""
    if hasattr(data, "__arrow_c_array__"):
        rows = pa.record_batch(data)
        check_columns(rows.schema)
        yield as_input(rows)
    elif hasattr(data, "__arrow_c_stream__"):
        reader = pa.RecordBatchReader.from_stream(data)
        check_columns(reader.schema)
        none = [pa.nulls(0, field.type) for field in reader.schema]
        yield as_input(pa.RecordBatch.from_arrays(none, schema=reader.schema))
        yield from map(as_input, reader)
    else:
        raise InputError(
            "record batch",
            expected="Arrow data with __arrow_c_array__ or __arrow_c_stream__",
            found=type(data).__name__,
        )


def as_input(rows: Any) -> Any:
    """Return rows with the types that the core takes: numbers of any width, nothing for nulls."""
    schema = dataset_schema("input")
    for field in rows.schema:
        if field.name == "raw" or field.name not in schema.names:
            continue
        at = rows.schema.get_field_index(field.name)
        if pa.types.is_null(field.type):
            rows = rows.remove_column(at)
        elif pa.types.is_integer(field.type) and schema.field(field.name).type == pa.int64():
            rows = rows.set_column(at, field.name, rows.column(at).cast(pa.int64()))
    return rows


def check_columns(schema: Any) -> None:
    """Refuse columns of one name, of which only one would be looked at."""
    for name in dataset_schema("input").names:
        count = schema.names.count(name)
        if count > 1:
            raise InputError("record batch", expected=f"one column {name!r}", found=str(count))


def pieces(rows: Any, jobs: int) -> Iterator[Any]:
    """Give the rows so many at a time, without copying any."""
    count = min(rows.num_rows, PIECE_ROWS * jobs)
    raw = rows.schema.get_field_index("raw")
    if count and raw >= 0 and is_measured(rows.schema.field(raw).type):
        octets = pc.sum(pc.binary_length(rows.column(raw))).as_py() or 1
        count = max(1, min(count, rows.num_rows * PIECE_BYTES * jobs // octets))
    if count == rows.num_rows:
        yield rows
        return
    for start in range(0, rows.num_rows, count):
        yield rows.slice(start, count)


def is_measured(kind: Any) -> bool:
    """Whether Arrow tells the lengths of values of a type."""
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    return bool(is_text or pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def with_vouched_time(rows: Any, vouched_column: str | None) -> Any:
    """Return the rows with the column that the operator vouches for, as the core calls it."""
    if VOUCHED_TIME in rows.schema.names:
        rows = rows.drop_columns([VOUCHED_TIME])
    if vouched_column is None:
        return rows
    if vouched_column not in rows.schema.names:
        found = ", ".join(rows.schema.names)
        raise InputError("record batch", expected=f"a column {vouched_column!r}", found=found)
    return rows.append_column(VOUCHED_TIME, rows[vouched_column])
