"""mbox: windows of a file go to the core's scanner, which finds the messages without copying them.

What a message is, which variant is at hand and where a boundary lies is the core's business
(RULES 29). A message that does not fit into one window makes the window grow, up to what may be
held in memory; one that is larger still is passed over, and the core gets the place where it lies.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from smimebatch import _native
from smimebatch.sources.ahead import AHEAD_FROM_JOBS, BATCHES_AHEAD, ReadAhead
from smimebatch.sources.items import InputBatch, Item
from smimebatch.sources.names import name_ending
from smimebatch.sources.reading import (
    MESSAGE_HELD_BYTES,
    ReadingOptions,
    large_message,
    unread_message,
)
from smimebatch.sources.stream import SNIFF_BYTES, PlainStream, Stream

FORMAT = "mbox"
SUFFIX = name_ending(r"\.mbox|\.mbx")
FROM_LINE = re.compile(rb"From (?![ \t]*:)")
"""And not the field From with blanks before its colon (RFC 5322 §4.5)."""
APPLE_MAIL = name_ending(r"^mbox|/mbox")
MEMBER_NUMBER = re.compile(r"#\d+$")
"""What tells members of one name in an archive apart."""
ONE_MESSAGE = name_ending(r"\.eml")
"""A file with a name that says so may begin with the From_ line that it had in an mbox."""
LATER_FROM_LINE = re.compile(rb"\n(From [^\n]*)(?=\n(?:>From |[!-9;-~]+[ \t]*:))")
"""With what the core asks for at the end of a line: a header behind it."""
TIME_OF_DAY = re.compile(rb"\d\d:\d\d")
COUNTING_VARIANTS = frozenset({"mboxcl", "mboxcl2"})
"""In these a message's end depends on Content-Length."""
PASSED_OVER_BYTES = 8 << 20
"""Read at once on the way to the end of a message that is not held."""


def sniff(head: bytes, name: str) -> int:
    """An mbox begins with a From_ line, perhaps after blank lines or a byte order mark.

    One by name may have anything before, a line of some program or a message without From_ line.
    """
    if FROM_LINE.match(head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")):
        is_whole = len(head) < SNIFF_BYTES and LATER_FROM_LINE.search(head) is None
        return 0 if is_whole and ONE_MESSAGE.search(name) else 2
    return 2 if SUFFIX.search(name) and begins_later(head) else 0


def is_called_mbox(source: str) -> bool:
    """Whether the name of a file says that it is one, as also in the folders of Apple Mail."""
    name = MEMBER_NUMBER.sub("", source)
    return SUFFIX.search(name) is not None or APPLE_MAIL.search(name) is not None


def begins_later(head: bytes) -> bool:
    """Whether a From_ line with a date and a header field behind it comes later."""
    return any(TIME_OF_DAY.search(it[1]) for it in LATER_FROM_LINE.finditer(head))


def read(streams: Iterator[Stream], reading: ReadingOptions) -> Iterator[Item]:
    """Give the messages of each file, a window at a time."""
    for stream in streams:
        variant = reading.mbox_variant or _native.sniff_mbox_variant(stream.window(SNIFF_BYTES))
        index = passed_over(stream, variant)
        scanner = _native.MboxScanner(stream.file.source, variant, index, stream.position)
        with windows_of(stream, reading) as windows:
            yield from MboxReading(stream, windows, scanner, reading, index).items()


def windows_of(stream: Stream, reading: ReadingOptions) -> AbstractContextManager[Windows]:
    """Return what gives the windows of a stream, read ahead where many wait for them."""
    if reading.jobs >= AHEAD_FROM_JOBS and isinstance(stream, PlainStream):
        return ReadAhead(stream, window_bytes(reading))
    return nullcontext(stream)


def window_bytes(reading: ReadingOptions) -> int:
    """Return the usual bytes of a window: several batches where many threads wait for them."""
    return reading.batch_bytes * (BATCHES_AHEAD if reading.jobs >= AHEAD_FROM_JOBS else 1)


def batches_of(rows: Any, batch_bytes: int) -> Iterator[InputBatch]:
    """Cut the messages of a window into batches, if it is much larger than one."""
    octets = pc.sum(rows["source_length"]).as_py() or 0
    if octets <= batch_bytes * 3 // 2:
        if rows.num_rows:
            yield InputBatch(rows, octets)
        return
    start, octets = 0, 0
    for end, length in enumerate(rows["source_length"].to_pylist(), 1):
        octets += length
        if octets >= batch_bytes or end == rows.num_rows:
            yield InputBatch(rows.slice(start, end - start), octets)
            start, octets = end, 0


def passed_over(stream: Stream, variant: str) -> int:
    """Go to the message before the one to begin with; return how many lie before it.

    What follows depends on that one alone: whether it ended inside its multipart, or in
    zeros. Only where Content-Length counts, it depends on how many lengths were wrong so far.
    """
    beginning = stream.beginning
    if beginning is None or variant in COUNTING_VARIANTS or not isinstance(stream, PlainStream):
        return 0
    position = beginning.position
    if position.last_offset is None or not position.messages:
        return 0
    stream.pass_over(position.last_offset)
    beginning.passed_over = position.messages - 1
    return beginning.passed_over


class Windows(Protocol):
    """Gives the windows of a stream."""

    def buffer(self, size: int) -> Any:
        """Return the window at the stream's position, `size` bytes or more if they are there."""


class MboxReading:
    """One mbox on its way through the scanner."""

    def __init__(
        self,
        stream: Stream,
        windows: Windows,
        scanner: _native.MboxScanner,
        reading: ReadingOptions,
        index: int,
    ) -> None:
        self._stream = stream
        self._windows = windows
        self._scanner = scanner
        self._window_bytes = window_bytes(reading)
        self._batch_bytes = reading.batch_bytes
        self._held_bytes = min(reading.held_bytes, MESSAGE_HELD_BYTES)
        self._index = index

    def items(self) -> Iterator[Item]:
        """Give every message."""
        stream, size = self._stream, self._window_bytes
        while True:
            window = self._windows.buffer(size)
            at_end = window.size < size
            octets = pa.Array.from_buffers(pa.uint8(), window.size, [None, window])
            batch, consumed = self._scanner.scan(octets, at_end and stream.failure is None)
            stream.advance(consumed)
            rows = pa.record_batch(batch)
            left_over = window.size - consumed
            del window, octets, batch  # all of them hold the bytes of the window, as rows do
            self._index += rows.num_rows
            yield from batches_of(rows, self._batch_bytes)
            del rows
            if at_end:
                break
            if consumed:
                size = self._window_bytes
            elif size < self._held_bytes:
                size = min(size * 2, self._held_bytes)
            else:
                yield from self._large()
                size = self._window_bytes
        if left_over and stream.failure is not None:
            yield from self._left_over(left_over)

    def _left_over(self, size: int) -> Iterator[Item]:
        """Give the message that breaks off with the file."""
        there = self._stream.window(size)
        from_line, is_suspicious = self._scanner.open_message(there)
        if from_line or there.strip(b"\r\n"):
            facts = {"mbox_from": there[:from_line] or None, "split_suspicious": is_suspicious}
            yield self._incomplete(self._stream.position, from_line, size, facts)

    def _large(self) -> Iterator[Item]:
        """Give the message at the window's start, which is larger than may be held."""
        stream = self._stream
        start = stream.position
        head = stream.window(SNIFF_BYTES)
        from_line, is_suspicious = self._scanner.open_message(head)
        facts: dict[str, Any] = {
            "mbox_from": head[:from_line] or None,
            "split_suspicious": is_suspicious,
        }
        stream.keep()
        stream.advance(self._scanner.pass_scanned())
        end, size = None, PASSED_OVER_BYTES
        while end is None:
            window = stream.window(size)
            at_end = len(window) < size
            if at_end and stream.failure is not None:
                stream.advance(len(window))
                stream.let_go()
                yield self._incomplete(start, from_line, stream.position - start, facts)
                return
            consumed, message_end, holds_from_line = self._scanner.skip(window, at_end)
            facts["split_suspicious"] = is_suspicious or holds_from_line
            if message_end is not None:
                end = stream.position + message_end
            stream.advance(consumed)
            del window
            size = PASSED_OVER_BYTES if consumed else size * 2
        offset = start + from_line
        kept = stream.kept(offset, end - offset)
        yield from large_message(
            stream.file.source, self._index, offset, end - offset, kept, **facts
        )
        self._index += 1

    def _incomplete(self, start: int, from_line: int, size: int, facts: dict[str, Any]) -> Item:
        """Make the row of a message that breaks off, and say so in what ended the bytes."""
        stream = self._stream
        if stream.failure is not None:
            text = f"{stream.failure.text}; the message that begins here is incomplete: not judged"
            stream.failure = replace(stream.failure, offset=start, text=text)
        source, offset, length = stream.file.source, start + from_line, size - from_line
        return unread_message(source, self._index, offset, length, "incomplete", **facts)
