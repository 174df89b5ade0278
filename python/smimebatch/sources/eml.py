"""EML: one file is one message, as it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator

from smimebatch.sources.items import Item, ReadError
from smimebatch.sources.reading import MESSAGE_HELD_BYTES, InputBatchBuilder, ReadingOptions
from smimebatch.sources.stream import SNIFF_BYTES, Stream

FORMAT = "eml"
SUFFIX = re.compile(r"\.eml(\.(gz|zst|xz|bz2))?$", re.IGNORECASE)
FIELD = re.compile(rb"[!-9;-~]+[ \t]*:")
"""RFC 5322 §3.6.8 and §4.5: a field name, and the blanks that old software put before the colon."""
MAIL_FIELD = re.compile(
    rb"^(received|return-path|delivered-to|from|to|subject|date|message-id|mime-version|content-type"
    rb"|x-[a-z-]+)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
"""Fields that tell a message from other text with a colon in its first line."""


def sniff(head: bytes, name: str) -> int:
    """A file called .eml is believed; another must begin with fields of a mail."""
    if SUFFIX.search(name):
        return 1
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:4096]
    return 1 if FIELD.match(start) and MAIL_FIELD.search(start) else 0


def read(streams: Iterator[Stream], reading: ReadingOptions) -> Iterator[Item]:
    """Give each file as one message, many files to a batch."""
    builder = InputBatchBuilder()
    for stream in streams:
        raw = read_whole(stream)
        if len(raw) > MESSAGE_HELD_BYTES:
            text = f"the message is larger than {MESSAGE_HELD_BYTES} bytes and was not judged"
            builder.append_unread(stream.file.source, max(stream.stored_bytes, len(raw)))
            yield ReadError(stream.file.source, 0, "message_too_large", text)
        elif stream.failure is None:
            builder.append(stream.file.source, raw)
        if builder.payload_bytes >= reading.batch_bytes:
            yield builder.finish()
    if builder:
        yield builder.finish()


def read_whole(stream: Stream) -> bytes:
    """Return the whole file, or one byte more than may be held."""
    size = max(stream.stored_bytes + 1, SNIFF_BYTES)
    while len(raw := stream.window(min(size, MESSAGE_HELD_BYTES + 1))) == size:
        size *= 2
    return raw
