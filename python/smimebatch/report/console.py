"""Printing for people: colours and full width on a terminal, plain lines elsewhere."""

from __future__ import annotations

import io
from typing import Any, TextIO

from rich.console import Console, RenderableType

WIDTH_WITHOUT_TERMINAL = 100
MAX_WIDTH = 120
"""Longer lines are hard to read, however wide the terminal."""
INDICATION_STYLES = {
    "TOTAL_PASSED": "bold green",
    "INDETERMINATE": "bold yellow",
    "TOTAL_FAILED": "bold red",
    "NOT_EVALUATED": "bold magenta",
}


def print_to(stream: TextIO, content: RenderableType) -> None:
    """Print to a terminal in its colours and width, elsewhere as plain lines of a fixed width.

    What the stream's encoding has not is escaped, and lines are drawn in ASCII there.
    """
    if stream.isatty():
        console = new_console(stream)
        console.width = min(console.width, MAX_WIDTH)
        console.print(content)
        return
    encoding = getattr(stream, "encoding", None) or "utf-8"
    gathered = io.TextIOWrapper(io.BytesIO(), encoding, "backslashreplace", newline="\n")
    console = new_console(
        gathered, width=WIDTH_WITHOUT_TERMINAL, color_system=None, force_terminal=False
    )
    console.print(content)
    gathered.seek(0)
    stream.writelines(line.rstrip() + "\n" for line in gathered)


def new_console(stream: TextIO, **settings: Any) -> Console:
    """Return a console that never interprets what it prints."""
    return Console(file=stream, highlight=False, markup=False, emoji=False, **settings)
