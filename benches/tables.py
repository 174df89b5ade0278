"""Rows of a run folder: chosen, summed up as medians with their spread, and set as Markdown."""

from __future__ import annotations

import json
import pathlib
import statistics
from collections.abc import Callable, Iterable
from typing import Any

Row = dict[str, Any]
INSIDE, WHOLE = "messages_per_s_inside", "messages_per_s"
MISSED = "**no**"


def load(folder: pathlib.Path) -> tuple[Row, list[Row]]:
    rows = [json.loads(line) for line in (folder / "rows.jsonl").read_text().splitlines()]
    return json.loads((folder / "machine.json").read_text()), rows


def select(rows: Iterable[Row], **wanted: Any) -> list[Row]:
    return [row for row in rows if all(row.get(key) == value for key, value in wanted.items())]


def distinct(rows: Iterable[Row], column: str) -> list[Any]:
    """Values in the order in which they were measured."""
    return list(dict.fromkeys(row[column] for row in rows if column in row))


def median(rows: list[Row], column: str) -> float | None:
    values = [row[column] for row in rows if column in row]
    return statistics.median(values) if values else None


def spread(rows: list[Row], column: str, form: str = "{:,.0f}") -> str:
    """Median with the smallest and largest of the rounds."""
    values = [row[column] for row in rows if column in row]
    if not values:
        return "not run"
    middle = form.format(statistics.median(values))
    if len(values) == 1:
        return middle
    return f"{middle} ({form.format(min(values))} to {form.format(max(values))})"


def ratio(one: float | None, other: float | None) -> float | None:
    return one / other if one is not None and other else None


def shown(value: float | None, form: str = "{:.2f}") -> str:
    return "not run" if value is None else form.format(value)


def table(head: Iterable[str], lines: Iterable[Iterable[str]]) -> list[str]:
    """A Markdown table with an empty line behind it; nothing without lines."""
    head, rows = list(head), [list(line) for line in lines]
    if not rows:
        return ["Not run.", ""]
    bar = "|" + "---|" * len(head)
    return (
        [*("| " + " | ".join(cells) + " |" for cells in [head]), bar]
        + ["| " + " | ".join(cells) + " |" for cells in rows]
        + [""]
    )


def aim(name: str, value: float | None, form: str, met: Callable[[float], bool]) -> list[str]:
    """An aim, what was found, and whether that is enough."""
    answer = "not run" if value is None else "yes" if met(value) else MISSED
    return [name, shown(value, form), answer]
