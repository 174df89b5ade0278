"""What commands say on stderr, a line each.

Errors and warnings name columns, keys and files that may have come with an archive, so that nothing
in a line acts on the terminal, and nobody else's line break begins another (RULES 46).
"""

from __future__ import annotations

import sys

from smimebatch.report.text import one_line


def say(text: str) -> None:
    """Write a line to stderr."""
    sys.stderr.write(one_line(text) + "\n")
