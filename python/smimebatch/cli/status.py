"""smimebatch status: what a run does, or where it stopped."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from math import isfinite
from typing import Annotated

import typer

from smimebatch.cli.formats import JSON, STATUS_FORMATS, TEXT, taken_by
from smimebatch.cli.options import one_of, word_or_path
from smimebatch.job.status import FINISHED, STOPPED, Status
from smimebatch.report.text import harmless, in_bytes, in_seconds, in_thousands, plural


def status(
    out: Annotated[
        str,
        typer.Argument(
            metavar="OUT",
            help="The directory of a run.",
            show_default=False,
            autocompletion=word_or_path(),
        ),
    ],
    form: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="text|json",
            help="For people or programs.",
            callback=taken_by(STATUS_FORMATS, TEXT),
            autocompletion=one_of(*STATUS_FORMATS),
        ),
    ] = TEXT,
) -> int:
    """Tell whether a run goes on, how far it is, and what is committed."""
    found = Status.of(out)
    if form == JSON:
        sys.stdout.write(json.dumps(asdict(found)) + "\n")
    else:
        sys.stdout.write("\n".join(lines(found)) + "\n")
    return 0


def lines(status: Status) -> list[str]:
    """Return what people read."""
    held = f" by process {status.process}" if status.process else ""
    said = [
        f"{status.state}{held}" + (f", as of {harmless(str(status.now))}" if status.now else "")
    ]
    said.append(
        f"committed: {plural(status.units, 'unit')}, {in_thousands(status.messages)} messages, "
        f"{in_thousands(status.errors)} places unreadable, {in_bytes(status.parts_bytes)}"
    )
    if status.limit is not None:
        said.append(f"--limit {status.limit}: what lies behind so many messages is not read")
    if status.progress is not None:
        said.append(progress_line(status))
    if status.state == STOPPED:
        said.append("the same command goes on from here")
    if status.state == FINISHED:
        said.append("smimebatch audit verify says whether it is as it was made")
    return said


def progress_line(status: Status) -> str:
    """Tell what the run said last."""
    said = {
        name: value
        for name, value in (status.progress or {}).items()
        if isinstance(value, int | float) and isfinite(value)
    }
    parts = [f"{in_thousands(round(said.get('messages', 0)))} messages judged"]
    if "fraction" in said:
        parts.insert(0, f"{said['fraction']:.0%}")
    parts.append(f"{in_thousands(round(said.get('messages_per_s', 0)))} messages/s")
    if "left_s" in said:
        parts.append(f"{in_seconds(said['left_s'])} left")
    return ", ".join(parts) + f" ({in_seconds(status.progress_age_s or 0.0)} ago)"
