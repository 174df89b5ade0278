"""What a source yields: batches of messages, places it could not read, and remarks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from smimebatch.sources.stored import StoredRange

READ_ERROR_CODES = (
    "unreadable_file",
    "unknown_format",
    "corrupt_compression",
    "message_too_large",
    "incomplete",
    "corrupt_parquet",
    "column_missing",
    "corrupt_archive",
    "encrypted_member",
    "unsupported_member",
    "archive_limit",
    "envelope_kept",
)
"""The codes that sources give to dataset `errors`; their sentences are in the core's vocabulary
`error`."""


@dataclass(frozen=True, slots=True)
class InputBatch:
    """Messages on their way into the core."""

    rows: Any
    """pyarrow RecordBatch of the schema `input`."""
    payload_bytes: int
    """Bytes of the stored messages, for the rates."""
    stored: StoredRange | None = None
    """Where the bytes of its only message lie, when that is too large to be held."""


@dataclass(frozen=True, slots=True)
class ReadError:
    """A place of the input that could not be read: one row of the dataset `errors`."""

    source: str
    offset: int | None
    """Byte in the (decompressed) source from which on nothing could be read; null where none
    applies."""
    code: str
    text: str


class ReadFaultError(Exception):
    """Why bytes end here, as what lies below a stream says it."""

    def __init__(self, code: str, text: str, *, is_confirmed: bool = True) -> None:
        self.code = code
        self.text = text
        self.is_confirmed = is_confirmed
        """False where a checksum should have confirmed the bytes before, and did not."""
        super().__init__(text)


@dataclass(frozen=True, slots=True)
class Remark:
    """Something the operator should know about an input that was read all the same."""

    source: str
    code: str
    text: str


Item: TypeAlias = InputBatch | ReadError | Remark
