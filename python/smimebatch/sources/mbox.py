"""mbox: windows of a file go to the core's scanner, which finds the messages without copying them.

What a message is, which variant is at hand and where a boundary lies is the core's business
(RULES 29). A message that does not fit into one window makes the window grow, up to what may be
held in memory; one that is larger still is a row without bytes and an error, and the next is read.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from smimebatch._native import MboxScanner
from smimebatch.sources.items import InputBatch, Item, ReadError
from smimebatch.sources.reading import MESSAGE_HELD_BYTES, ReadingOptions, input_rows
from smimebatch.sources.stream import Stream

FORMAT = "mbox"
BOUNDARY = re.compile(rb"\n\r?\n(?=From [^\n]{1,2000}\n[!-9;-~]{1,200}[ \t]*:)")
"""Where the message after one that was too large begins, as the core's scanner has it."""
BOUNDARY_BYTES = 4096
"""A boundary and what makes it one fit into this."""
SKIPPED_BYTES = 8 << 20


def sniff(head: bytes, name: str) -> int:
    """An mbox begins with a From_ line, perhaps after blank lines or a byte order mark."""
    return 2 if head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n").startswith(b"From ") else 0


def read(streams: Iterator[Stream], reading: ReadingOptions) -> Iterator[Item]:
    """Give the messages of each file, a window at a time."""
    for stream in streams:
        index = yield from read_up_to_too_large(stream, 0, reading)
        while index is not None:
            offset = stream.position
            skip_message(stream)
            yield from too_large(stream, index, offset)
            index = yield from read_up_to_too_large(stream, index + 1, reading)


def read_up_to_too_large(
    stream: Stream, first_index: int, reading: ReadingOptions
) -> Generator[Item, None, int | None]:
    """Give messages until the file ends (None) or one is too large (its index)."""
    scanner = MboxScanner(stream.file.source)
    first_offset, index, size = stream.position, first_index, reading.batch_bytes
    while True:
        window = stream.window(size)
        at_end = len(window) < size
        batch, consumed = scanner.scan(window, at_end and stream.failure is None)
        stream.advance(consumed)
        rows = pa.record_batch(batch)
        if rows.num_rows:
            index += rows.num_rows
            yield InputBatch(moved(rows, first_index, first_offset), consumed)
        left_over = len(window) - consumed
        del window, batch, rows  # all of them hold the bytes of the window
        if at_end:
            break
        if consumed:
            size = reading.batch_bytes
        elif size >= MESSAGE_HELD_BYTES:
            return index
        else:
            size = min(size * 2, MESSAGE_HELD_BYTES)
    if stream.failure is not None and left_over:
        text = f"{stream.failure.text}; the message that begins here is incomplete: not judged"
        stream.failure = replace(stream.failure, offset=stream.position, text=text)
    return None


def moved(rows: Any, index: int, offset: int) -> Any:
    """Return rows of a scanner that began in the middle of a file with their places in the file."""
    for name, distance in (("source_index", index), ("source_offset", offset)):
        if distance:
            position = rows.schema.get_field_index(name)
            rows = rows.set_column(position, rows.schema.field(name), pc.add(rows[name], distance))
    return rows


def skip_message(stream: Stream) -> None:
    """Move to the next boundary, or to the end; what was scanned already holds none."""
    stream.advance(MESSAGE_HELD_BYTES - BOUNDARY_BYTES)
    while window := stream.window(SKIPPED_BYTES):
        boundary = BOUNDARY.search(window)
        if boundary is not None:
            stream.advance(boundary.end())
            return
        at_end = len(window) < SKIPPED_BYTES
        stream.advance(len(window) if at_end else len(window) - BOUNDARY_BYTES)


def too_large(stream: Stream, index: int, offset: int) -> Iterator[Item]:
    """Give the row without bytes and the error of a message that may not be held."""
    columns = {
        "source": [stream.file.source],
        "source_index": [index],
        "source_offset": [offset],
        "source_length": [stream.position - offset],
    }
    yield InputBatch(input_rows(columns, 1), stream.position - offset)
    text = f"message {index} is larger than {MESSAGE_HELD_BYTES} bytes and was not judged"
    yield ReadError(stream.file.source, offset, "message_too_large", text)
