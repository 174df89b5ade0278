"""Lines of a message that an mbox would take for From_ lines, quoted as mboxrd does, and back.

Every line that begins with `From `, or with that behind any number of `>`, gets one `>` more. So
taking one away gives the very octets that there were, whatever they are.
"""

from __future__ import annotations

import re

FROM = b"From "
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
