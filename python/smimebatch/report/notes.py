"""What of the messages asks for a look by a person: flags, each with what to do about it.

A flag whose advice is to do nothing is counted in the totals alone. The doubt about a boundary in
the archive stands first and apart: it touches what a message is, whatever its verdict.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from rich.console import RenderableType
from rich.text import Text

from smimebatch.report.advice import BY_FLAG
from smimebatch.report.blocks import add_row, in_vocabulary_order, new_table, section
from smimebatch.report.text import plural
from smimebatch.schema import sentence

SPLIT = "split_suspicious"
NOTHING = "Nothing"


def boundaries(flags: Counter[str]) -> Iterable[RenderableType]:
    """Say of how many messages it is in doubt where they begin or end, and what that means."""
    if not flags[SPLIT]:
        return
    said = [f"{plural(flags[SPLIT], 'message')} ({SPLIT}).", sentence("flag", SPLIT)]
    text = Text(" ".join([*said, BY_FLAG[SPLIT]]))
    yield section("Where messages begin and end is in doubt", text, "yellow")


def flags_seen(flags: Counter[str]) -> Iterable[RenderableType]:
    """Give the flags that ask for something, with what they mean and what to do."""
    asking = [
        code
        for code in in_vocabulary_order("flag", flags)
        if code != SPLIT and not BY_FLAG.get(code, "").startswith(NOTHING)
    ]
    if not asking:
        return
    table = new_table()
    for code in asking:
        said = " ".join(filter(None, (sentence("flag", code), BY_FLAG.get(code))))
        add_row(table, code, flags[code], 0, said)
    yield section("What to look at (flags; one message can have several)", table)
