"""Rows on stdout: for programs as lines, for people as a table."""

from __future__ import annotations

import sys
from typing import Any

from rich import box
from rich.table import Table

from smimebatch.errors import OptionError
from smimebatch.sinks.lines import FORMATS, LinesSink


def new_lines(form: str) -> LinesSink:
    """Return the writer of rows to stdout for a value of --format."""
    if form not in FORMATS:
        raise OptionError("--format", expected="one of " + ", ".join(FORMATS), found=repr(form))
    return LinesSink(sys.stdout.buffer, form)


def write_rows(table: Any, form: str) -> None:
    """Write every row of a table to stdout."""
    new_lines(form).write_table(table)


def new_table(*heads: str) -> Table:
    """Return a table for people with these heads; the first column takes what room there is."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column(heads[0], overflow="fold")
    for head in heads[1:]:
        table.add_column(head, no_wrap=True)
    return table
