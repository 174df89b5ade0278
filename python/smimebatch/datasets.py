"""Parquet files opened as one dataset, for those who read results."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet as pq

from smimebatch.errors import InputError, SmimeBatchError
from smimebatch.job.finished import refuse_incomplete, refuse_unfinished
from smimebatch.job.records import damaged
from smimebatch.schema import dataset_schema
from smimebatch.sources.layouts import as_meant, is_as_meant
from smimebatch.sources.parquet import DAMAGED

BATCH_ROWS = 16_384
PARQUET_SUFFIX = ".parquet"
KEYS = {"certificates": "sha256"}
"""The column that every row of a dataset has, where it is not `source`."""
OURS = "Parquet as the run wrote it"


def dataset_of(files: str | Sequence[str], schema: Any = None) -> Any:
    """Return files, or those of a directory, as a pyarrow dataset."""
    return pyarrow.dataset.dataset(files, schema=schema, format="parquet")


def parts_of_run(run: str, name: str) -> list[str]:
    """Return the parts of a dataset of a finished run, all of which are there, in their order."""
    refuse_unfinished(run)
    folder = os.path.join(run, name)
    if not os.path.isdir(folder):
        raise InputError(run, expected="the directory of a verify run", found=f"no {name}/")
    refuse_incomplete(run, name)
    return sorted(it for it in os.listdir(folder) if it.endswith(PARQUET_SUFFIX))


def rows_of_run(
    run: str,
    name: str,
    *,
    parts: Iterable[str] | None = None,
    columns: Sequence[str] | None = None,
    chosen: Any = None,
    batch_rows: int = BATCH_ROWS,
) -> Iterator[Any]:
    """Give the rows of a dataset of a finished run, or of some parts of it, so many at a time.

    What cannot be read is an error that names it, before a row of it is given.
    """
    schema, key = dataset_schema(name), KEYS.get(name, "source")
    for part in parts_of_run(run, name) if parts is None else parts:
        path = os.path.join(run, name, part)
        wrong = partial(damaged, path, OURS, out=run)
        yield from batches_of(path, wrong, schema, key, columns, chosen, batch_rows)


def batches_of(
    path: str,
    wrong: Callable[[str], SmimeBatchError],
    schema: Any = None,
    key: str | None = None,
    columns: Iterable[str] | None = None,
    chosen: Any = None,
    batch_rows: int = BATCH_ROWS,
) -> Iterator[Any]:
    """Give the rows of a Parquet file; where it cannot be read, `wrong` makes the error of why.

    A column that the file lacks is null, as of a result of an earlier version, but not the key.
    `chosen` is an expression about columns that are given. Rows are chosen in memory, once they are
    known to be valid: a dataset of pyarrow chooses by statistics, and one flipped bit of those
    kept it busy without end, or ended the process (pyarrow 26).
    """
    if not os.path.isfile(path):  # of a pipe nobody may ever write the other end
        raise wrong("no file")
    try:
        with pq.ParquetFile(path, memory_map=False) as file:
            names = file.schema_arrow.names
            needed = [] if key is None else [key]
            if columns is None:
                columns = names if schema is None else schema.names
            wanted = list(columns)
            for name in needed if schema is not None else [*needed, *wanted]:
                if name not in names:
                    raise wrong(f"Parquet without a column {name}")
            present = [name for name in wanted if name in names] or needed
            for batch in file.iter_batches(batch_rows, columns=present):
                batch.validate(full=True)  # text that is no UTF-8, lists beyond their values
                rows = as_in(schema, batch, wanted)
                yield rows if chosen is None else rows.filter(chosen)
    except DAMAGED as error:
        raise wrong(str(error)) from error


def as_in(schema: Any, batch: Any, names: Sequence[str]) -> Any:
    """Return columns of a batch by their names, where there is a schema as it has them."""
    columns = []
    for name in names:
        if name not in batch.schema.names:
            columns.append(pa.nulls(batch.num_rows, schema.field(name).type))
        elif schema is None:
            columns.append(batch[name])
        else:
            columns.append(as_field(batch[name], schema.field(name)))
    return pa.record_batch(columns, list(names))


def as_field(column: Any, field: Any) -> Any:
    """Return a column in the type of a field; ArrowTypeError where it holds something else."""
    if column.type.id != field.type.id and not is_as_meant(column.type, field.type):
        raise pa.ArrowTypeError(f"column {field.name} of {column.type}, not of {field.type}")
    return as_meant(column, field.type)
