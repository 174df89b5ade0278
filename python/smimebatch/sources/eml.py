"""EML: one file is one message, as it stands; one that breaks off is a row that says so."""

from __future__ import annotations

import re
from collections.abc import Iterator

from smimebatch.sources import mbox
from smimebatch.sources.items import Item
from smimebatch.sources.names import name_ending
from smimebatch.sources.reading import (
    MESSAGE_HELD_BYTES,
    InputBatchBuilder,
    ReadingOptions,
    large_message,
    unread_message,
)
from smimebatch.sources.stream import SNIFF_BYTES, InputFile, Stream

FORMAT = "eml"
SUFFIX = name_ending(r"\.eml")
NUMBERED = name_ending(r"(^|/)\d+\.?(#\d+)?")
FIELD = re.compile(rb"[!-9;-~]+[ \t]*:")
"""RFC 5322 §3.6.8 and §4.5: a field name, and the blanks that old software put before the colon."""
MAIL_FIELD = re.compile(
    rb"^(received|return-path|delivered-to|from|to|subject|date|message-id|mime-version|content-type"
    rb"|x-[a-z-]+)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
"""Fields that tell a message from other text with a colon in its first line."""
APPLE_DOUBLE = b"\x00\x05\x16\x07"
"""What macOS keeps beside a file, under the same name with `._` before it."""
PASSED_OVER_BYTES = 8 << 20
"""Read at once of a message that is not held."""
LINES_BYTES = 4 << 10
"""Looked at on either side where two pieces meet: a From_ line and the field behind it."""


def sniff(head: bytes, name: str) -> int:
    """A file called .eml is believed; another must begin with fields of a mail."""
    if SUFFIX.search(name):
        return 0 if head.startswith(APPLE_DOUBLE) else 1
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:4096]
    return 1 if FIELD.match(start) and MAIL_FIELD.search(start) else 0


def read(streams: Iterator[Stream], reading: ReadingOptions) -> Iterator[Item]:
    """Give each file as one message, many files to a batch."""
    builder = InputBatchBuilder()
    held_bytes = min(reading.held_bytes, MESSAGE_HELD_BYTES)
    for stream in streams:
        raw = None if stream.holds_more_than(held_bytes) else read_whole(stream, held_bytes)
        if raw is None or len(raw) > held_bytes:
            if builder:
                yield builder.finish()
            del raw
            yield from read_large(stream)
        elif stream.failure is None:
            is_doubtful = may_be_many(stream.file, len(raw)) and mbox.begins_later(raw)
            builder.append(stream.file.source, raw, is_doubtful=is_doubtful)
        else:
            builder.append_unread(stream.file.source, len(raw), "incomplete")
        if builder.payload_bytes >= reading.batch_bytes:
            yield builder.finish()
    if builder:
        yield builder.finish()


def read_whole(stream: Stream, held_bytes: int) -> bytes:
    """Return the whole file, or one byte more than may be held."""
    size = max(stream.stored_bytes + 1, SNIFF_BYTES)
    while len(raw := stream.window(min(size, held_bytes + 1))) == size:
        size *= 2
    return raw


def read_large(stream: Stream) -> Iterator[Item]:
    """Give a message that is larger than may be held: where it lies."""
    length, is_doubtful = passed_over(stream)
    if stream.failure is None:
        facts = {"split_suspicious": is_doubtful or None}
        kept = stream.kept(0, length)
        yield from large_message(stream.file.source, 0, 0, length, kept, **facts)
    else:
        stream.let_go()
        yield unread_message(stream.file.source, 0, 0, length, "incomplete")


def passed_over(stream: Stream) -> tuple[int, bool]:
    """Go to the end of a stream, keeping what it holds outside memory.

    Return its length, and whether it may hold more than one message.
    """
    is_doubtful, before = False, b""
    is_asked = may_be_many(stream.file, PASSED_OVER_BYTES)
    stream.keep()
    while piece := stream.window(PASSED_OVER_BYTES):
        if is_asked and not is_doubtful:
            is_doubtful = mbox.begins_later(before + piece[:LINES_BYTES]) or mbox.begins_later(
                piece
            )
        before = piece[-LINES_BYTES:]
        stream.advance(len(piece))
    return stream.position, is_doubtful


def may_be_many(file: InputFile, length: int) -> bool:
    """Whether a file that begins like a message may be an mbox that lost its first From_ line.

    Not one whose place or name says that it is one message, nor where millions of messages lie,
    each short and under a number (MH, Cyrus): looking costs a tenth of reading them.
    """
    is_one = file.format is not None or SUFFIX.search(file.path) is not None
    return not is_one and (length > SNIFF_BYTES or NUMBERED.search(file.path) is None)
