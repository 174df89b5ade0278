"""mbox: windows of a file go to the core's scanner, which finds the messages without copying them.

What a message is, which variant is at hand and where a boundary lies is the core's business (RULES
29). A message that does not fit into one window makes the window grow, up to what may be held in
memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pyarrow as pa

from smimebatch._native import MboxScanner
from smimebatch.sources.items import InputBatch, Item, ReadError
from smimebatch.sources.reading import MESSAGE_HELD_BYTES, ReadingOptions
from smimebatch.sources.stream import Stream

FORMAT = "mbox"


def sniff(head: bytes, name: str) -> int:
    """An mbox begins with a From_ line, perhaps after blank lines or a byte order mark."""
    return 2 if head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n").startswith(b"From ") else 0


def read(streams: Iterator[Stream], reading: ReadingOptions) -> Iterator[Item]:
    """Give the messages of each file, a window at a time."""
    for stream in streams:
        yield from read_one(stream, reading.batch_bytes)


def read_one(stream: Stream, batch_bytes: int) -> Iterator[Item]:
    """Give the messages of one file."""
    scanner = MboxScanner(stream.file.source)
    size = batch_bytes
    while True:
        window = stream.window(size)
        at_end = len(window) < size
        rows, consumed = scanner.scan(window, at_end and stream.failure is None)
        stream.advance(consumed)
        rows = pa.record_batch(rows)
        if rows.num_rows:
            yield InputBatch(rows, consumed)
        if at_end:
            break
        if consumed:
            size = batch_bytes
        elif size < MESSAGE_HELD_BYTES:
            size = min(size * 2, MESSAGE_HELD_BYTES)
        else:
            yield too_large(stream)
            return
    if stream.failure is not None and len(window) > consumed:
        text = (
            f"{stream.failure.text}; the message that begins here is incomplete and was not judged"
        )
        stream.failure = replace(stream.failure, offset=stream.position, text=text)


def too_large(stream: Stream) -> ReadError:
    """A message that may not be held: nothing behind it can be found without it."""
    text = f"the message is larger than {MESSAGE_HELD_BYTES} bytes; it and the rest were not read"
    return ReadError(stream.file.source, stream.position, "message_too_large", text)
