"""`import_mail`: any input to one mail Parquet, which `verify` reads to the same rows."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

import pyarrow as pa

from smimebatch.given import places_of
from smimebatch.sinks.mail import MailFile
from smimebatch.sources import Archive, InputBatch, Inputs, ReadError, ReadingOptions, Remark
from smimebatch.sources.parquet import check_named_columns

Place = str | os.PathLike[str]
MAX_KEPT = 20


@dataclass(slots=True)
class Import:
    """A finished import."""

    output: str
    messages: int = 0
    payload_bytes: int = 0
    errors: int = 0
    remarks: int = 0
    first_errors: list[ReadError] = field(default_factory=list)
    first_remarks: list[Remark] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """The exit code of the command line: 3 where some inputs could not be read."""
        return 3 if self.errors else 0


def import_mail(
    inputs: Place | Sequence[Place],
    output: Place,
    *,
    overwrite: bool = False,
    input_format: str | None = None,
    mbox_variant: str | None = None,
    column: str | None = None,
    files_from: Place | None = None,
    limit: int | None = None,
) -> Import:
    """Write every message of the inputs to one Parquet file, in order, bytes as they are stored.

    A message that is too large to be held is a row without bytes, and an error.
    """
    places = places_of(inputs, "inputs")
    reading = ReadingOptions(
        input_format=input_format, mbox_variant=mbox_variant, column=column, limit=limit
    )
    archive = Archive(Inputs(places, files_from), reading)
    check_named_columns(archive.inputs, column, input_format)
    with ExitStack() as stack:
        file = MailFile(output, overwrite=overwrite)
        stack.callback(file.abandon)
        archive.inputs.check_apart_from(output)
        archive.inputs.leave_out(output, file.aside)
        done = Import(os.fspath(output))
        for item in archive:
            take(item, file, done)
        file.finish()
    done.messages = file.rows
    return done


def take(item: InputBatch | ReadError | Remark, file: MailFile, done: Import) -> None:
    """Write a batch, or take note of what could not be read."""
    if isinstance(item, InputBatch):
        rows = item.rows
        if item.stored is not None:
            item.stored.close()
            rows = without_bytes(rows)
            note_error(too_large(rows), done)
        file.write(rows)
        done.payload_bytes += item.payload_bytes
    elif isinstance(item, ReadError):
        note_error(item, done)
    else:
        done.remarks += 1
        if len(done.first_remarks) < MAX_KEPT:
            done.first_remarks.append(item)


def note_error(error: ReadError, done: Import) -> None:
    """Count an error; the first are kept."""
    done.errors += 1
    if len(done.first_errors) < MAX_KEPT:
        done.first_errors.append(error)


def without_bytes(row: pa.RecordBatch) -> pa.RecordBatch:
    """Return the row of a message that no Parquet cell can hold in bounded memory."""
    at = row.schema.get_field_index("read_error")
    return row.set_column(at, row.schema.field(at), pa.array(["message_too_large"], pa.string()))


def too_large(row: pa.RecordBatch) -> ReadError:
    """Say of such a message that it was not imported."""
    source, offset = row["source"][0].as_py(), row["source_offset"][0].as_py()
    text = f"message {row['source_index'][0].as_py()} is too large for a mail Parquet: left out"
    return ReadError(source, offset, "message_too_large", text)
