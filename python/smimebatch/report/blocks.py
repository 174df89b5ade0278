"""What summaries are built of: titled blocks, and tables of counts with a sentence a code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from smimebatch.report.text import in_thousands, share
from smimebatch.schema import codes_of, sentence


def counted(
    title: str, vocabulary: str, counter: Counter[str], whole: int
) -> Iterable[RenderableType]:
    """One row per code in the order of its vocabulary, with its sentence."""
    if not counter:
        return
    table = new_table()
    for code in in_vocabulary_order(vocabulary, counter):
        add_row(table, code, counter[code], whole, sentence(vocabulary, code))
    yield section(title, table)


def new_table() -> Table:
    """Return a table of count, share and what is counted."""
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(overflow="fold", style="dim")
    return table


def add_row(
    table: Table, code: str, count: int, whole: int, said: str, style: str = "bold"
) -> None:
    """Add a count with its code and sentence."""
    table.add_row(in_thousands(count), share(count, whole), Text(code, style), Text(said))


def section(title: str, content: RenderableType, style: str = "bold") -> RenderableType:
    """Return a titled block, an empty line before it."""
    return Group(Text(""), Text(title, style), Padding(content, (0, 0, 0, 2)))


def in_vocabulary_order(vocabulary: str, counter: Iterable[str]) -> list[str]:
    """Return the codes that occur, in the order in which the core declares them."""
    declared = {code: position for position, code in enumerate(codes_of(vocabulary))}
    return sorted(counter, key=lambda code: (declared.get(code, len(declared)), code))
