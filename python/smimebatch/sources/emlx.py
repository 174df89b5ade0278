"""Apple Mail's .emlx: a line with the message's length in bytes, the message, a property list.

Mail writes `.partial.emlx` for a message whose attachments it has left on the server or beside it:
what was signed is not there, so it is a row that says `incomplete`, never a broken signature.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from smimebatch.sources.eml import FIELD, passed_over
from smimebatch.sources.items import Item, ReadError
from smimebatch.sources.reading import (
    MESSAGE_HELD_BYTES,
    InputBatchBuilder,
    ReadingOptions,
    large_message,
    unread_message,
)
from smimebatch.sources.stream import Stream

FORMAT = "emlx"
SUFFIX = re.compile(r"\.emlx(\.(gz|zst|xz|bz2))?$", re.IGNORECASE)
PARTIAL = re.compile(r"\.partial\.emlx(\.(gz|zst|xz|bz2))?$", re.IGNORECASE)
LENGTH_LINE = re.compile(rb"(\d{1,10})[ \t]*\r?\n")
LENGTH_LINE_BYTES = 64


def sniff(head: bytes, name: str) -> int:
    """A number alone in the first line and a header field in the second."""
    line = LENGTH_LINE.match(head)
    if line is None:
        return 0
    return 2 if FIELD.match(head, line.end()) or SUFFIX.search(name) else 0


def read(streams: Iterator[Stream], reading: ReadingOptions) -> Iterator[Item]:
    """Give each file as one message, many files to a batch."""
    builder = InputBatchBuilder()
    for stream in streams:
        source = stream.file.source
        line = LENGTH_LINE.match(stream.window(LENGTH_LINE_BYTES))
        if line is None:
            if builder:
                yield builder.finish()
            yield ReadError(source, 0, "unknown_format", "no length in the first line of the .emlx")
            continue
        length = int(line[1])
        stream.advance(line.end())
        if PARTIAL.search(source):
            builder.append_unread(source, length, "incomplete", line.end())
            yield builder.finish()  # what is said of a message comes behind it, not before
            text = "Apple Mail holds only a part of this message: not judged"
            yield ReadError(source, line.end(), "incomplete", text)
        elif length > min(reading.held_bytes, MESSAGE_HELD_BYTES):
            if builder:
                yield builder.finish()
            yield from read_large(stream, length)
        else:
            yield from read_one(stream, length, builder)
        if builder.payload_bytes >= reading.batch_bytes:
            yield builder.finish()
    if builder:
        yield builder.finish()


def read_one(stream: Stream, length: int, builder: InputBatchBuilder) -> Iterator[Item]:
    """Add a message that can be held, or say that it breaks off."""
    source, offset = stream.file.source, stream.position
    raw = stream.window(length)
    if len(raw) == length:
        builder.append(source, raw, offset)
        return
    builder.append_unread(source, length, "incomplete", offset)
    if stream.failure is None:
        yield builder.finish()
        text = f"{len(raw)} of {length} bytes of the message are there: not judged"
        yield ReadError(source, offset, "incomplete", text)


def read_large(stream: Stream, length: int) -> Iterator[Item]:
    """Give a message that is larger than may be held: where it lies."""
    source, offset = stream.file.source, stream.position
    there = passed_over(stream) - offset
    if stream.failure is None and there >= length:
        yield from large_message(source, 0, offset, length, stream.kept(offset, length))
        return
    stream.let_go()
    yield unread_message(source, 0, offset, length, "incomplete")
    if stream.failure is None:
        text = f"{there} of {length} bytes of the message are there: not judged"
        yield ReadError(source, offset, "incomplete", text)
