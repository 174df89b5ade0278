"""Parquet: one row is one message, in a column of raw bytes.

The column is the one that `--column` names, else the first of a list of names whose type fits. Row
groups are read one after another, in pieces of about the batch size, by ordinary reads. A null is a
row without bytes; a row group that cannot be read is an error, and the next one follows. Never
looks at what the bytes are. A file that `smimebatch import` made says where each message was found,
and its rows come out as if they were read there; beside other inputs its own name comes before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from smimebatch.errors import InputError, OptionError
from smimebatch.schema import SCHEMA_KEY, dataset_schema
from smimebatch.sources.imported import PLACE, below, has_doubled_keys, imported_facts
from smimebatch.sources.items import InputBatch, Item, ReadError, Remark
from smimebatch.sources.layouts import as_binary, as_meant, is_bytes, is_raw, is_text
from smimebatch.sources.parquet_footer import MAGIC, has_footer
from smimebatch.sources.places import Inputs
from smimebatch.sources.position import Beginning
from smimebatch.sources.reading import VOUCHED_TIME, ReadingOptions, input_rows
from smimebatch.sources.stream import InputFile, Stream

FORMAT = "parquet"
TELLING_NAMES = ("raw", "raw_message", "message", "eml", "mime", "rfc822")
"""Names that mean a whole message, the most telling first; compared without regard to case."""
COLUMN_NAMES = (*TELLING_NAMES, "content", "body", "data", "source")
"""Names of a column of raw messages where it holds bytes; text needs a telling name."""
DAMAGED = (pa.ArrowException, OSError, ValueError)
"""What the library raises for damage; names in a footer that are no UTF-8 are a ValueError."""
MAX_BATCH_ROWS = 4096
"""Bounds one read where the metadata promise tiny rows."""


class ColumnError(Exception):
    """No column of raw messages; the text lists the columns that are there."""


class AmbiguousColumnError(ColumnError):
    """Several columns may be the one of raw messages."""


def sniff(head: bytes, name: str) -> int:
    """Parquet says so in its first bytes."""
    return 3 if head.startswith(MAGIC) else 0


def read(streams: Iterator[Stream], reading: ReadingOptions) -> Iterator[Item]:
    """Give the rows of each file."""
    for stream in streams:
        with stream.spool() as file:
            if stream.failure is None or has_footer(file):
                yield from read_one(file, stream, reading)


def read_one(file: Any, stream: Stream, reading: ReadingOptions) -> Iterator[Item]:
    """Give the rows of one file, or say why there are none."""
    source = stream.file.source
    try:
        parquet = pq.ParquetFile(
            file, pre_buffer=False, memory_map=False, page_checksum_verification=True
        )
        name = raw_column(parquet.schema_arrow, reading.column)
    except ColumnError as error:
        is_certain = isinstance(error, AmbiguousColumnError) or reading.column is not None
        if is_certain or stream.file.named or may_hold_mail(parquet):
            yield ReadError(source, None, "column_missing", str(error))
        else:
            yield Remark(source, "not_mail", f"passed over: {error}")
        return
    except DAMAGED as error:
        yield ReadError(source, None, "corrupt_parquet", first_line(error))
        return
    if is_text(parquet.schema_arrow.field(name).type):
        text = (
            f"column {name!r} holds text: bytes that were no UTF-8 are lost, signatures may break"
        )
        yield Remark(source, "raw_column_is_text", text)
    first_group = passed_over(parquet, stream.beginning)
    yield from read_row_groups(parquet, name, stream.file, reading, first_group)


def passed_over(parquet: Any, beginning: Beginning | None) -> int:
    """Return the row group to begin with; those before it were all given before."""
    if beginning is None or imported_facts(parquet):
        return 0
    position = beginning.position
    if position.last_index is None or position.last_index + 1 != position.messages:
        return 0  # some rows could not be read: which ones, only reading tells
    group = 0
    while group < parquet.num_row_groups:
        rows = parquet.metadata.row_group(group).num_rows
        if beginning.passed_over + rows > position.messages:
            break
        beginning.passed_over += rows
        group += 1
    return group


def read_row_groups(
    parquet: Any, name: str, file: InputFile, reading: ReadingOptions, first_group: int = 0
) -> Iterator[Item]:
    """Give the rows of every row group that can be read."""
    source = file.source
    facts = imported_facts(parquet)
    if has_doubled_keys(parquet, facts, DAMAGED):
        facts = [fact for fact in facts if fact not in PLACE]
        text = "rows say that they are the same message of one source: known by their numbers here"
        yield Remark(source, "doubled_sources", text)
    vouched = vouched_column(parquet.schema_arrow, reading.vouched_column)
    if vouched is None and reading.vouched_column is not None:
        text = f"no column {reading.vouched_column!r} of times: nothing vouches for its messages"
        yield Remark(source, "vouched_column_missing", text)
    first_row = sum(parquet.metadata.row_group(it).num_rows for it in range(first_group))
    for group in range(first_group, parquet.num_row_groups):
        group_rows = parquet.metadata.row_group(group).num_rows
        index = first_row
        try:
            for batch in parquet.iter_batches(
                batch_size=rows_per_batch(parquet, group, reading.batch_bytes),
                row_groups=[group],
                columns=list({name, *facts, *([vouched] if vouched else [])}),
                use_threads=reading.jobs > 1,
            ):
                wanted = dataset_schema("input")
                columns = {it: as_meant(batch[it], wanted.field(it).type) for it in facts}
                if "source" in columns and not file.is_only:
                    columns["source"] = below(source, columns["source"])
                times = batch[vouched] if vouched is not None else None
                places = Places(source, index, columns, times)
                yield from cut(batch[name], places, reading.batch_bytes)
                index += batch.num_rows
        except DAMAGED as error:
            rows = f"rows {index} to {first_row + group_rows - 1} (row group {group})"
            yield ReadError(source, None, "corrupt_parquet", f"{rows}: {first_line(error)}")
        first_row += group_rows


def rows_per_batch(parquet: Any, group: int, batch_bytes: int) -> int:
    """Estimate how many rows make a batch from what the metadata say; at least one.

    Of all columns: `row_group.column` ends the process where statistics of a column are damaged
    (pyarrow 26: an exception of C++ that no signature there lets through).
    """
    row_group = parquet.metadata.row_group(group)
    mean_bytes = max(1, int(row_group.total_byte_size) // max(1, int(row_group.num_rows)))
    return max(1, min(MAX_BATCH_ROWS, batch_bytes // mean_bytes))


@dataclass(frozen=True, slots=True)
class Places:
    """What is known of rows besides their bytes."""

    source: str
    first_index: int
    facts: Mapping[str, Any]
    """Columns of an imported file, which say where its messages were found."""
    vouched_times: Any = None
    """When the archive had them, as the operator vouches."""


def cut(raw: Any, places: Places, batch_bytes: int) -> Iterator[InputBatch]:
    """Cut a column into batches of at most `batch_bytes`, a larger message alone."""
    raw = as_binary(raw)
    lengths = pc.fill_null(pc.binary_length(raw), 0).to_pylist()
    start = size = 0
    for row, length in enumerate(lengths):
        if row > start and size + length > batch_bytes:
            yield batch_of(raw, start, row - start, places, size)
            start, size = row, 0
        size += length
    if len(raw) > start:
        yield batch_of(raw, start, len(raw) - start, places, size)


def batch_of(raw: Any, start: int, count: int, places: Places, payload_bytes: int) -> InputBatch:
    """Make an input batch of a piece of the column."""
    first_index = places.first_index + start
    columns = {
        "source": pa.repeat(pa.scalar(places.source, pa.string()), count),
        "source_index": pa.array(range(first_index, first_index + count), pa.int64()),
        **{fact: column.slice(start, count) for fact, column in places.facts.items()},
        "raw": raw.slice(start, count),
    }
    rows = input_rows(columns, count)
    if places.vouched_times is not None:
        rows = rows.append_column(VOUCHED_TIME, places.vouched_times.slice(start, count))
    return InputBatch(rows, payload_bytes)


def vouched_column(schema: Any, wanted: str | None) -> str | None:
    """Return the name of the column of times that is vouched for, if the file has it."""
    if wanted is None or schema.names.count(wanted) != 1:
        return None
    kind = schema.field(wanted).type
    is_time = pa.types.is_timestamp(kind) or pa.types.is_date(kind) or pa.types.is_null(kind)
    return wanted if is_time else None


def raw_column(schema: Any, wanted: str | None) -> str:
    """Return the name of the column of raw messages."""
    if wanted is not None:
        if any(it.name == wanted and is_raw(it.type) for it in schema):
            return only_one(schema, [wanted])
        raise ColumnError(f"no column {wanted!r} of bytes; {listed(schema)}")
    for candidates, fits in ((COLUMN_NAMES, is_bytes), (TELLING_NAMES, is_text)):
        fitting = [field.name for field in schema if fits(field.type)]
        for name in candidates:
            alike = [name] if name in fitting else [it for it in fitting if it.lower() == name]
            if alike:
                return only_one(schema, alike)
    raise ColumnError(f"no column of raw messages; {listed(schema)}; --column names it")


def only_one(schema: Any, names: list[str]) -> str:
    """Return the only one of names, if a single column has it."""
    if len(names) > 1:
        spelled = " and ".join(names)
        raise AmbiguousColumnError(f"either of {spelled} may be meant: --column names it")
    if schema.names.count(names[0]) > 1:
        raise AmbiguousColumnError(f"several columns are called {names[0]!r}; {listed(schema)}")
    return names[0]


def may_hold_mail(parquet: Any) -> bool:
    """Whether a file has bytes in a column of another name, and none of our runs wrote it."""
    schema = parquet.schema_arrow
    ours = SCHEMA_KEY.encode() in (parquet.metadata.metadata or {})
    return not ours and any(is_bytes(field.type) for field in schema)


def listed(schema: Any) -> str:
    """Name the columns that a file has, with their types."""
    return "columns found: " + ", ".join(f"{field.name} ({field.type})" for field in schema)


def first_line(error: Exception) -> str:
    """Return what a library says, without the rest of its report."""
    return str(error).split("\n", 1)[0]


def check_vouched_column(schema: Any, wanted: str | None) -> None:
    """Refuse a file without the column of times that the operator vouches for."""
    if wanted is not None and vouched_column(schema, wanted) is None:
        raise ColumnError(f"no column {wanted!r} of times; {listed(schema)}")


def check_named_columns(
    inputs: Inputs, wanted: str | None, input_format: str | None, vouched: str | None = None
) -> None:
    """Look for the columns asked for in the Parquet files that the caller named, before any work.

    A file that is compressed or damaged is left to the run, which makes a row of what it finds.
    """
    if wanted is not None and input_format not in (None, FORMAT):
        raise OptionError(
            "--column", expected="Parquet inputs", found=f"--input-format {input_format}"
        )
    for file in inputs.named_files():
        try:
            with open(file.path, "rb") as opened:
                if input_format in (None, FORMAT) and opened.read(len(MAGIC)) == MAGIC:
                    schema = pq.read_schema(opened, memory_map=False)
                    raw_column(schema, wanted)
                    check_vouched_column(schema, vouched)
        except ColumnError as error:
            raise InputError(
                file.path, expected="the columns it is asked for", found=str(error)
            ) from error
        except DAMAGED:
            continue
