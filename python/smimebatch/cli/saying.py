"""What commands say on stderr, a line each.

Errors and warnings name columns, keys and files that may have come with an archive, so that nothing
in a line acts on the terminal, and nobody else's line break begins another (RULES 46). Nothing said
here is a result: a run whose stderr is closed or full goes on, and its exit code is the same. With
SMIMEBATCH_DEBUG in the environment, the library's log goes there, too: tracebacks of faults that
are an error of one file.
"""

from __future__ import annotations

import io
import logging
import os
import sys
from typing import Any

from smimebatch.report.text import one_line

STDERR_DESCRIPTOR = 2
DEBUG_VARIABLE = "SMIMEBATCH_DEBUG"


def say(text: str) -> None:
    """Write a line to stderr."""
    sys.stderr.write(one_line(text) + "\n")


class Stderr(io.FileIO):
    """Stderr that takes everything, also where nothing takes it any more."""

    def write(self, data: Any, /) -> int:
        """Write bytes, or lose them."""
        try:
            count = super().write(data)
        except OSError:
            count = None
        return len(data) if count is None else count


def prepare_stderr() -> None:
    """Let nothing end because of stderr; where it is closed, let no file get its number."""
    there = sys.stderr
    if there is None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), STDERR_DESCRIPTOR)
    sys.stderr = io.TextIOWrapper(
        io.BufferedWriter(Stderr(STDERR_DESCRIPTOR, "w", closefd=False)),
        encoding="utf-8" if there is None else there.encoding,
        errors="backslashreplace",
        line_buffering=True,
    )


class LogHandler(logging.Handler):
    """Says what is logged."""

    def emit(self, record: logging.LogRecord) -> None:
        """Say a record, line by line."""
        for line in self.format(record).splitlines():
            say(line)


def say_what_is_logged() -> None:
    """Say what the library logs, if the environment asks for it."""
    if os.environ.get(DEBUG_VARIABLE):
        logger = logging.getLogger("smimebatch")
        logger.setLevel(logging.DEBUG)
        logger.addHandler(LogHandler())
