"""One Parquet file of raw messages, each with the place where it was found.

Row groups end where their messages reach a number of bytes or rows, never where a batch ended, so
that the same messages give the same file. It is written aside, synced and renamed: under its name
there is a whole file or none.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from smimebatch import _native
from smimebatch.errors import OutputError
from smimebatch.schema import dataset_schema
from smimebatch.sinks.parquet import stopping
from smimebatch.sources.imported import IMPORT_KEY

IMPORT_VERSION = "1"
ROW_GROUP_BYTES = 32 << 20
"""What is held; large enough for the compression, small enough for a reader of one group."""
ROW_GROUP_ROWS = 32_768
COMPRESSION_LEVEL = 3
"""Of a file that is made once and read often (zstd)."""
FAST_COMPRESSION_LEVEL = 1
"""Of what a job writes beside private operations: a seventh larger, in half the time."""


def mail_schema() -> Any:
    """Return the columns of the file: the schema `input` with types that Parquet has."""
    fields = []
    for field in dataset_schema("input"):
        is_view = pa.types.is_binary_view(field.type)
        fields.append(field.with_type(pa.large_binary() if is_view else field.type))
    return pa.schema(fields)


class MailRows:
    """The rows of a mail Parquet in the making, in row groups that are bounded by bytes."""

    def __init__(self, path: str, schema: Any, level: int = COMPRESSION_LEVEL) -> None:
        self.rows = 0
        self._schema = schema
        self._gathered: list[Any] = []
        self._gathered_rows = 0
        self._gathered_bytes = 0
        self._writer = pq.ParquetWriter(
            path,
            schema,
            version="2.6",
            compression="zstd",
            compression_level=level,
            store_schema=False,
            use_dictionary=[name for name in ("source", "read_error") if name in schema.names],
            write_statistics=["source_index"],
            write_page_checksum=True,
        )

    def write(self, rows: Any) -> None:
        """Add rows that have the columns of the schema."""
        # Of views the cast copies, so that the window of the archive does not stay with what is
        # gathered; what the core made is memory of its own, which does.
        table = rows.select(self._schema.names).cast(self._schema)
        lengths = pc.fill_null(pc.binary_length(table["raw"]), 0).to_pylist()
        start = 0
        for row, length in enumerate(lengths):
            is_full = self._gathered_rows >= ROW_GROUP_ROWS
            if self._gathered_rows and (is_full or self._gathered_bytes + length > ROW_GROUP_BYTES):
                self._gathered.append(table.slice(start, row - start))
                self._write_row_group()
                start = row
            self._gathered_rows += 1
            self._gathered_bytes += length
        self._gathered.append(table.slice(start))
        self.rows += len(lengths)

    def _write_row_group(self) -> None:
        group = pa.concat_tables(self._gathered).combine_chunks()
        with stopping():
            self._writer.write_table(group, row_group_size=ROW_GROUP_ROWS)
        self._gathered = []
        self._gathered_rows = self._gathered_bytes = 0

    def finish(self, metadata: Mapping[str, str]) -> None:
        """Write what is left, and the metadata."""
        if self._gathered_rows:
            self._write_row_group()
        with stopping():
            self._writer.add_key_value_metadata(dict(metadata))
            self._writer.close()

    def abandon(self) -> None:
        """Close the file; unless it is finished, what was written of it means nothing."""
        with suppress(OSError):
            self._writer.close()


class MailFile:
    """A mail Parquet in the making; under its own name once it is finished."""

    def __init__(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        self.path = os.fspath(path)
        if os.path.lexists(self.path) and not overwrite:
            raise OutputError(
                f"--output {self.path}",
                expected="a new file",
                found="one that exists",
                remedy="choose another name, or add --overwrite",
            )
        self.aside = self._opened_aside()
        """Where it lies until then."""
        self._rows = MailRows(self.aside, mail_schema())

    @property
    def rows(self) -> int:
        """Rows so far."""
        return self._rows.rows

    def _opened_aside(self) -> str:
        directory = os.path.dirname(os.path.abspath(self.path))
        try:
            descriptor, aside = tempfile.mkstemp(".parquet", ".smimebatch-", directory)
        except OSError as error:
            raise OutputError(
                f"--output {self.path}",
                expected="a directory that can be written",
                found=str(error.strerror or error),
            ) from error
        os.close(descriptor)
        return aside

    def write(self, rows: Any) -> None:
        """Add rows of the schema `input`."""
        self._rows.write(pa.Table.from_batches([rows]))

    def finish(self) -> None:
        """Write what is left, and put the file under its name."""
        self._rows.finish({IMPORT_KEY: IMPORT_VERSION, "smimebatch.version": _native.version})
        with stopping():
            with open(self.aside, "rb") as file:
                os.fsync(file.fileno())
            os.chmod(self.aside, 0o666 & ~current_umask())
            os.replace(self.aside, self.path)

    def abandon(self) -> None:
        """Remove what was written, if it was not finished."""
        self._rows.abandon()
        with suppress(OSError):
            os.unlink(self.aside)


def current_umask() -> int:
    """Return the umask, which can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
