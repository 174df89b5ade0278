"""Rows as text for other programs: JSON lines and CSV, one line per row whatever a mail holds.

JSON keeps everything: null, lists, binary as hexadecimal, times as 2021-06-01T12:00:00Z. CSV is for
spreadsheets: lists are JSON in their cell, null is an empty cell. Nothing of a mail acts on who
reads it (RULES 46): what could act on a terminal is escaped in JSON and replaced in CSV. A cell
that is more than a word is in quotes, so that it stays one cell where a spreadsheet splits at
other marks, too, and what could be taken for a formula gets an apostrophe before it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, BinaryIO

import pyarrow as pa

from smimebatch.batch import VerifiedBatch
from smimebatch.errors import OutputClosedError, stopped_rows
from smimebatch.instants import Instant, values_of
from smimebatch.sources.items import ReadError, Remark
from smimebatch.trust.roots import in_iso

FORMATS = ("jsonl", "csv")
SLICE_ROWS = 1024
"""Rows that are Python objects at a time."""
FORMULA = re.compile(r"(^|[;|\t])([\s\uFFFD\"']*)(?=[=+\-@\uFF0B\uFF0D\uFF1D\uFF20])")
"""Where spreadsheets may see the start of a formula, also after blanks and in full width: at the
beginning, and behind what some of them split lines at."""
PLAIN = re.compile(r"[\w.:-]*", re.ASCII)
"""Words, numbers, times: cells that need no quotes, whatever lines are split at."""
ACTIVE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
"""Controls, line separators, marks that hide or reorder text."""
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

Line = Callable[[Sequence[Any]], str]


class LinesSink:
    """Writes the rows of messages to a stream as they come."""

    def __init__(self, stream: BinaryIO, form: str) -> None:
        self._stream = stream
        self._form = form
        self._has_head = False

    def write(self, batch: VerifiedBatch) -> None:
        """Write the messages of one batch."""
        self.write_table(batch.messages)

    def write_table(self, table: Any) -> None:
        """Write the rows of any table, and the names of its columns before the first, if CSV."""
        self.write_head(table.column_names)
        write_line = line_writer(self._form, table.column_names)
        for start in range(0, table.num_rows, SLICE_ROWS):
            self._write("".join(map(write_line, values(table.slice(start, SLICE_ROWS)))))

    def write_head(self, names: Sequence[str]) -> None:
        """Write the names of the columns, if CSV and not there yet: also where no row came."""
        if self._form == "csv" and not self._has_head:
            self._write(csv_line(names))
        self._has_head = True

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text.encode())
            self._stream.flush()
        except BrokenPipeError as error:
            raise OutputClosedError("rows on stdout") from error
        except OSError as error:
            raise stopped_rows(error) from error

    def write_error(self, error: ReadError) -> None:
        """Errors are in the summary on stderr."""

    def write_remark(self, remark: Remark) -> None:
        """Remarks are in the summary on stderr."""


def line_writer(form: str, names: Sequence[str]) -> Line:
    """Return what makes a line of the values of a row."""
    return json_liner(names) if form == "jsonl" else csv_line


def values(table: Any) -> Iterator[tuple[Any, ...]]:
    """Give the rows of a table as plain values."""
    return zip(*(column_values(column) for column in table.columns), strict=True)


def column_values(column: Any) -> list[Any]:
    """Return a column as None, bool, int, str, or lists and dictionaries of these."""
    if pa.types.is_timestamp(column.type):
        return [at and at.isoformat().replace("+00:00", "Z") for at in values_of(column)]
    found = values_of(column)
    if pa.types.is_binary(column.type):
        return [value if value is None else value.hex() for value in found]
    return found


def json_liner(names: Sequence[str]) -> Line:
    """Return what makes a line of JSON of a row."""
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=json_value).encode

    def line(row: Sequence[Any]) -> str:
        text = encode(dict(zip(names, row, strict=True)))
        return ACTIVE.sub(escaped, text) + "\n"

    return line


def escaped(match: re.Match[str]) -> str:
    """Return a character as JSON escapes it."""
    return f"\\u{ord(match[0]):04x}"


def json_value(value: object) -> object:
    """Return what JSON has no type for, where it lies inside a list or a structure."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Instant):
        return in_iso(value)
    raise TypeError(type(value).__name__)


def csv_line(row: Iterable[Any]) -> str:
    """Return a line of CSV (RFC 4180)."""
    return ",".join(map(csv_cell, row)) + "\r\n"


def csv_cell(value: Any) -> str:
    """Return a cell, in quotes unless it is a plain word."""
    text = csv_text(value)
    return text if PLAIN.fullmatch(text) else '"' + text.replace('"', '""') + '"'


def csv_text(value: Any) -> str:
    """Return the text of a cell, in which no spreadsheet finds a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    text = (
        value
        if isinstance(value, str)
        else json.dumps(value, ensure_ascii=False, default=json_value)
    )
    return FORMULA.sub(r"\1'\2", ACTIVE.sub(REPLACEMENT, text))
