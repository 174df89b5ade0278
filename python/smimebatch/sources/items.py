"""What a source yields: batches of messages, places it could not read, and remarks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

READ_ERROR_CODES = {
    "not_found": "The file disappeared before it was read.",
    "permission_denied": "The file may not be read by this user.",
    "read_failed": "The operating system reported an error while reading.",
    "unrecognised_format": "The content is neither mbox, EML nor Parquet.",
    "truncated_stream": "The compressed stream ends before its end mark.",
    "corrupt_stream": "The compressed stream is damaged.",
    "trailing_garbage": "Something that is no further compressed stream follows the compressed stream.",
    "incomplete_message": "The input broke off inside a message; that message was not judged.",
    "message_too_large": "A message is larger than the 256 MiB that are held in memory.",
    "parquet_invalid": "The Parquet file is damaged.",
    "column_missing": "The Parquet file has no column of raw messages.",
}
"""Every code of the dataset `errors`, with its sentence."""


@dataclass(frozen=True, slots=True)
class InputBatch:
    """Messages on their way into the core."""

    rows: Any
    """pyarrow RecordBatch of the schema `input`."""
    payload_bytes: int
    """Bytes of the stored messages, for the rates."""


@dataclass(frozen=True, slots=True)
class ReadError:
    """A place of the input that could not be read: one row of the dataset `errors`."""

    source: str
    offset: int | None
    """Byte in the (decompressed) source from which on nothing could be read; null where none applies."""
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Remark:
    """Something the operator should know about an input that was read all the same."""

    source: str
    code: str
    text: str


Item: TypeAlias = InputBatch | ReadError | Remark
