"""Lines of a message that an mbox would take for From_ lines, quoted as mboxrd does, and back.

Every line that begins with `From `, or with that behind any number of `>`, gets one `>` more. So
taking one away gives the very octets that there were, whatever they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

FROM = b"From "
OPEN_END = re.compile(rb"(>*)((?:F|Fr|Fro|From)?)\Z")
"""How a piece of a message may end, behind a line end, so that the next one decides."""
UNQUOTED = re.compile(rb"^(?=>*From )", re.MULTILINE)
QUOTED = re.compile(rb"^>(?=>*From )", re.MULTILINE)
FROM_LINE = re.compile(rb"^From ", re.MULTILINE)


def quoted(message: bytes) -> bytes:
    """Quote."""
    return UNQUOTED.sub(b">", message) if FROM in message else message


def unquoted(stored: bytes) -> bytes:
    """Take back what `quoted` did."""
    return QUOTED.sub(b"", stored) if FROM in stored else stored


def holds_from_line(message: bytes) -> bool:
    """Whether a line begins with `From `."""
    return FROM in message and FROM_LINE.search(message) is not None


def quoted_pieces(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Quote a message that comes in pieces."""
    return (quoted(piece) if starts else after_line(piece, quoted) for piece, starts in cut(pieces))


def unquoted_pieces(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Take back what `quoted_pieces` did."""
    return (
        unquoted(piece) if starts else after_line(piece, unquoted) for piece, starts in cut(pieces)
    )


def holds_from_line_in(pieces: Iterable[bytes]) -> bool:
    """Whether a line of a message that comes in pieces begins with `From `."""
    return any(
        holds_from_line(piece if starts else piece[piece.find(b"\n") + 1 or len(piece) :])
        for piece, starts in cut(pieces)
    )


def cut(pieces: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Give the same octets in pieces that are decided alone, and whether each begins a line.

    Of `>` at the end of a piece one is left to the next: one more or less of them is the same
    wherever it stands.
    """
    held, starts = b"", True
    for piece in pieces:
        octets = held + piece
        held = b""
        line = octets.rfind(b"\n") + 1
        is_open = OPEN_END.match(octets, line) if line or starts else None
        if is_open is not None:
            held = is_open[1][-1:] + is_open[2]
            octets = octets[: len(octets) - len(held)]
        yield octets, starts
        starts = is_open is not None
    yield held, starts


def after_line(piece: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """Change a piece from its first whole line on."""
    line = piece.find(b"\n") + 1
    return piece[:line] + change(piece[line:]) if line else piece
