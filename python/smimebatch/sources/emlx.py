"""Apple Mail's .emlx: a line with the message's length in bytes, the message, a property list.

Mail writes `.partial.emlx` for a message whose attachments it has left on the server or beside it:
what was signed is not there, so it is a row that says `incomplete`, never a broken signature. So is
one where the length cannot be right, going by what stands behind the octets that it counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from smimebatch.sources.eml import FIELD, passed_over
from smimebatch.sources.items import Item, ReadError
from smimebatch.sources.names import name_ending
from smimebatch.sources.reading import (
    MESSAGE_HELD_BYTES,
    InputBatchBuilder,
    ReadingOptions,
    large_message,
    unread_message,
)
from smimebatch.sources.stored import MESSAGE_STREAMED_BYTES, StoredRange
from smimebatch.sources.stream import Stream

FORMAT = "emlx"
SUFFIX, PARTIAL = name_ending(r"\.emlx"), name_ending(r"\.partial\.emlx")
LENGTH_LINE = re.compile(rb"(\d{1,10})[ \t]*\r?\n")
LENGTH_LINE_BYTES = 64
LIST_BEGINS = re.compile(rb"\s*(<\?xml|<!DOCTYPE plist|<plist)")
OPEN_LIST = re.compile(rb"<\?xml[^>]{0,100}\?>\s*(?:<!DOCTYPE plist[^>]{0,200}>\s*)?\Z")
"""The beginning of a property list that goes on behind."""
LIST_BYTES = 64 << 10
"""So much is looked at for it, in front of the end and behind it."""
WRONG_LENGTH = "the length in the first line is not that of the message: not judged"


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
        if PARTIAL.search(stream.file.path):
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
    is_there = len(raw) == length
    if is_there and is_fit(stream, raw):
        builder.append(source, raw, offset)
        return
    builder.append_unread(source, length, "incomplete", offset)
    if stream.failure is None:
        yield builder.finish()
        missing = f"{len(raw)} of {length} bytes of the message are there: not judged"
        yield ReadError(source, offset, "incomplete", WRONG_LENGTH if is_there else missing)


def is_fit(stream: Stream, raw: bytes) -> bool:
    """Whether a message ends where its length says, going by what comes before and behind."""
    stream.advance(len(raw))
    return is_end(raw[-LIST_BYTES:], stream.window(LIST_BYTES))


def is_end(before: bytes, behind: bytes) -> bool:
    """Whether a message can end between these octets: a property list follows, or nothing."""
    follows = LIST_BEGINS.match(behind)
    if follows is not None:
        return bool(before) and (follows[1] == b"<?xml" or OPEN_LIST.search(before) is None)
    is_nothing = len(behind) < LIST_BYTES and not behind.strip()
    return bool(before) and is_nothing and not before.rstrip().endswith(b"</plist>")


def read_large(stream: Stream, length: int) -> Iterator[Item]:
    """Give a message that is larger than may be held: where it lies."""
    source, offset = stream.file.source, stream.position
    there = passed_over(stream)[0] - offset
    if stream.failure is None and there >= length:
        octets = stream.kept(offset, there)
        end = max(0, length - LIST_BYTES)
        before, behind = octets.read_at(end, length - end), octets.read_at(length, LIST_BYTES)
        stored = StoredRange(octets.descriptor(), octets.offset, length)
        octets.close()
        if length > MESSAGE_STREAMED_BYTES or is_end(before, behind):
            yield from large_message(source, 0, offset, length, stored)
            return
        stored.close()
    stream.let_go()
    yield unread_message(source, 0, offset, length, "incomplete")
    if stream.failure is None:
        missing = f"{there} of {length} bytes of the message are there: not judged"
        text = WRONG_LENGTH if there >= length else missing
        yield ReadError(source, offset, "incomplete", text)
