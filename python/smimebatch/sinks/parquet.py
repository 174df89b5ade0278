"""Parquet datasets whose bytes depend on their rows only.

Rows are gathered until a row group of a fixed number is whole, in one piece, before it is written:
how batches were cut and how many threads worked leaves no trace. Files hold plain strings and no
Arrow schema (OUTPUT.md), so the dictionaries that the core uses in memory are written as what they
stand for.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from smimebatch.batch import VerifiedBatch
from smimebatch.errors import StoppedError
from smimebatch.schema import dataset_schema
from smimebatch.sinks.certificates import SPILL_BYTES, CertificateStore
from smimebatch.sources.items import ReadError, Remark

ROW_GROUP_ROWS = 16_384
"""A row group is written when it is whole: small enough that the rest at the end of a run is soon
written, large enough for every reader (DuckDB asks for more than 5,000)."""
FORMAT_VERSION = "2.6"
COMPRESSION = "zstd"
COMPRESSION_LEVEL = 1
PART_NAME = "part-00000.parquet"
UNIQUE_TEXT = frozenset({"message_id", "signer_serial", "deciding_signature"})
"""Columns of text in which values hardly repeat: a dictionary costs time and saves nothing."""
ERRORS_BATCH_ROWS = 1024
UNIT_DATASETS = (
    "messages",
    "signatures",
    "encryptions",
    "recipients",
    "errors",
    "certificate_sightings",
)
"""What every unit has a part of."""


class DatasetFile:
    """One Parquet file in the making."""

    def __init__(self, path: str, schema: Any, metadata: Mapping[str, str]) -> None:
        self.path = path
        self.rows = 0
        self._schema = schema
        self._metadata = metadata
        self._gathered: list[Any] = []
        self._gathered_rows = 0
        self._writer: Any = None

    def write(self, table: Any) -> None:
        """Add rows; columns may be dictionaries of what the schema says.

        A whole row group waits for the rows behind it: the last ones are then written by `finish`,
        several files at a time.
        """
        if not table.num_rows:
            return
        if self._writer is None:
            self._open(written_schema(table.schema, self._schema))
        self._write_whole_row_groups()
        self._gathered.append(as_written(table, self._schema))
        self._gathered_rows += table.num_rows

    def _write_whole_row_groups(self) -> None:
        while self._gathered_rows >= ROW_GROUP_ROWS:
            self._write_row_group(ROW_GROUP_ROWS)

    def _open(self, schema: Any) -> None:
        """Open the file; dictionaries of the core are written as they are, which saves hashing."""
        columns = leaves(self._schema)
        codes = {field.name for field in schema if pa.types.is_dictionary(field.type)}
        packed = [leaf for leaf, kind in columns if leaf not in codes and packs(leaf, kind)]
        self._schema = schema
        self._writer = pq.ParquetWriter(
            self.path,
            schema,
            version=FORMAT_VERSION,
            compression={leaf: COMPRESSION if leaf in packed else "none" for leaf, _ in columns},
            compression_level=dict.fromkeys(packed, COMPRESSION_LEVEL),
            store_schema=False,
            use_dictionary=[leaf for leaf, kind in columns if repeats(leaf, kind)],
            write_statistics=[leaf for leaf, kind in columns if is_ordered(leaf, kind)],
        )

    def _write_row_group(self, rows: int) -> None:
        gathered = pa.concat_tables(self._gathered)
        group = gathered.slice(0, rows).combine_chunks()
        self._writer.write_table(group, row_group_size=ROW_GROUP_ROWS)
        self._gathered = [gathered.slice(rows)]
        self._gathered_rows -= rows
        self.rows += rows

    def finish(self) -> None:
        """Write what is left, the metadata and the footer."""
        if self._writer is None:
            self._open(self._schema)
        self._write_whole_row_groups()
        if self._gathered_rows:
            self._write_row_group(self._gathered_rows)
        self._writer.add_key_value_metadata(dict(self._metadata))
        self._writer.close()

    def abandon(self) -> None:
        """Close the file; what was written of it means nothing."""
        self._gathered = []
        if self._writer is not None:
            self._writer.close()


class ParquetSink:
    """Writes every dataset of a unit into one directory, one file each, empty ones too."""

    def __init__(self, directory: str, metadata: Mapping[str, str]) -> None:
        self._directory = directory
        self._metadata = metadata
        self._files: dict[str, DatasetFile] = {}
        self._errors: list[ReadError] = []
        self._certificates = CertificateStore(directory)
        self.sightings: list[Any] | None = []
        """One row per certificate of the unit, once gathered; null where they are too many."""
        with stopping():
            for dataset in UNIT_DATASETS:
                self._files[dataset] = new_file(directory, dataset, metadata)

    def write(self, batch: VerifiedBatch) -> None:
        """Add the rows of one batch."""
        with stopping():
            for dataset in ("messages", "signatures", "encryptions", "recipients"):
                self._files[dataset].write(getattr(batch, dataset))
            self._certificates.add(batch.certificate_sightings)

    def write_error(self, error: ReadError) -> None:
        """Add a place that could not be read."""
        self._errors.append(error)
        if len(self._errors) >= ERRORS_BATCH_ROWS:
            self._write_errors()

    def _write_errors(self) -> None:
        schema = dataset_schema("errors")
        columns = {name: [getattr(error, name) for error in self._errors] for name in schema.names}
        self._files["errors"].write(pa.table(columns, schema=schema))
        self._errors = []

    def write_remark(self, remark: Remark) -> None:
        """Remarks are for the operator, not for the datasets."""

    def gather(self) -> None:
        """Make what depends on all messages, before the files are completed."""
        with stopping():
            self._write_errors()
            for table in self._certificates.sightings():
                self._files["certificate_sightings"].write(table)
                if self.sightings is not None:
                    self.sightings.append(table)
                    if sum(kept.nbytes for kept in self.sightings) > SPILL_BYTES:
                        self.sightings = None
            self._certificates.close()

    def finish(self, jobs: int, beside: Sequence[Any] = ()) -> dict[str, int]:
        """Complete every file, `jobs` at a time; return the rows of each dataset.

        Files `beside` those of the unit are completed together with them.
        """
        files = [*beside, *self._files.values()]
        with stopping():
            if jobs == 1:
                for file in files:
                    file.finish()
            else:
                with ThreadPoolExecutor(jobs, "smimebatch-finish") as threads:
                    list(threads.map(lambda file: file.finish(), files))
        return {dataset: file.rows for dataset, file in self._files.items()}

    def abandon(self) -> None:
        """Let go of every file after a failure."""
        for file in self._files.values():
            with suppress(OSError):
                file.abandon()
        with suppress(OSError):
            self._certificates.close()


def new_file(directory: str, dataset: str, metadata: Mapping[str, str]) -> DatasetFile:
    """Begin the file of a dataset, called like it."""
    path = os.path.join(directory, f"{dataset}.parquet")
    return DatasetFile(path, dataset_schema(dataset), metadata)


class stopping:  # noqa: N801 - reads as a statement
    """Turns a full disk or another fault of the target into StoppedError."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError):
            raise StoppedError(
                "writing the results",
                expected="a target that takes them",
                found=str(error.strerror or error),
                remedy="make room and run the same command again",
            ) from error


def written_schema(found: Any, schema: Any) -> Any:
    """Return the schema with those columns as dictionaries that come as dictionaries of it.

    The core's dictionaries hold a whole vocabulary, so they are the same for every batch and leave
    no trace; without an Arrow schema in the file they read back as plain strings.
    """
    return pa.schema(
        [
            field.with_type(kind)
            if pa.types.is_dictionary(kind := found.field(field.name).type)
            and kind.value_type == field.type
            else field
            for field in schema
        ]
    )


def as_written(table: Any, schema: Any) -> Any:
    """Return the columns of the schema, in its order and types."""
    if table.schema.equals(schema):
        return table
    columns = []
    for field in schema:
        column = table.column(field.name)
        columns.append(column if column.type == field.type else column.cast(field.type))
    return pa.table(columns, schema=schema)


def leaves(schema: Any) -> list[tuple[str, Any]]:
    """Return the Parquet path and type of every leaf column."""
    found: list[tuple[str, Any]] = []
    pending = [(field.name, field.type) for field in reversed(schema)]
    while pending:
        path, kind = pending.pop()
        if pa.types.is_list(kind):
            pending.append((f"{path}.list.element", kind.value_type))
        elif pa.types.is_struct(kind):
            pending.extend((f"{path}.{field.name}", field.type) for field in reversed(list(kind)))
        else:
            found.append((path, kind))
    return found


def packs(leaf: str, kind: Any) -> bool:
    """Whether compression pays: hashes get no smaller, bits and nulls have no size to speak of.

    Nor do codes of a vocabulary, whose run lengths are encoded already: together these columns are
    half of all, and their compressors cost a sixth of the writing.
    """
    is_hash = pa.types.is_binary(kind) and "sha256" in leaf
    return not (is_hash or pa.types.is_boolean(kind))


def repeats(leaf: str, kind: Any) -> bool:
    """Whether a dictionary pays: text that repeats, never hashes or numbers."""
    return bool(pa.types.is_string(kind)) and leaf not in UNIQUE_TEXT


def is_ordered(leaf: str, kind: Any) -> bool:
    """Whether least and greatest values help a reader to skip: not for hashes and unique text."""
    return not pa.types.is_binary(kind) and leaf not in UNIQUE_TEXT
