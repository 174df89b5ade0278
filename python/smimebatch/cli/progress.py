"""Progress on stderr: a bar with rate and time left on a terminal, else a line now and then."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn
from rich.progress import TimeRemainingColumn as TimeLeftColumn

from smimebatch.errors import OptionError
from smimebatch.report.text import in_bytes, in_seconds, in_thousands
from smimebatch.sinks.rows import Totals
from smimebatch.sinks.watching import Watcher
from smimebatch.sources import Archive

STYLES = ("auto", "bar", "plain", "json", "none")
LINE_INTERVAL_S = 5.0
BAR_INTERVAL_S = 0.1


def new_progress(style: str, stream: TextIO) -> Watcher | None:
    """Return the watcher for a value of --progress."""
    if style not in STYLES:
        raise OptionError("--progress", expected="one of " + ", ".join(STYLES), found=repr(style))
    if style == "auto":
        style = "bar" if stream.isatty() else "plain"
    if style == "none":
        return None
    return Bar(stream) if style == "bar" else Lines(stream, as_json=style == "json")


class Pace:
    """How far a run is and how fast it goes."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        size = archive.inputs.size()
        self.stored_bytes = size.stored_bytes if size.is_exact else 0
        """Bytes to read in all, 0 where it is not known."""
        self.begun_at = archive.stored_position / self.stored_bytes if self.stored_bytes else 0.0
        """The part of the input that an earlier run had read."""
        self.started = time.monotonic()

    @property
    def elapsed_s(self) -> float:
        """Seconds since the run began."""
        return max(time.monotonic() - self.started, 1e-6)

    @property
    def fraction(self) -> float | None:
        """The part of the input that was read, 0 to 1."""
        if not self.stored_bytes:
            return None
        return min(1.0, self.archive.stored_position / self.stored_bytes)

    @property
    def left_s(self) -> float | None:
        """Seconds that the rest takes at this rate."""
        fraction = self.fraction
        if fraction is None or (read := fraction - self.begun_at) < 0.005:
            return None
        return self.elapsed_s * (1 - fraction) / read

    def rate(self, totals: Totals) -> float:
        """Messages a second, without those of an earlier run."""
        return (totals.messages - self.archive.messages_before) / self.elapsed_s


class Lines:
    """A line every few seconds, for logs; nothing at all for a run that is over before."""

    def __init__(self, stream: TextIO, *, as_json: bool) -> None:
        self._stream = stream
        self._as_json = as_json
        self._pace: Pace | None = None
        self._next_s = LINE_INTERVAL_S

    def begin(self, archive: Archive) -> None:
        """Start the clock."""
        self._pace = Pace(archive)

    def advance(self, totals: Callable[[], Totals]) -> None:
        """Write a line if the time has come."""
        pace = self._pace
        if pace is None or pace.elapsed_s < self._next_s:
            return
        self._next_s = pace.elapsed_s + LINE_INTERVAL_S
        line = json_line(pace, totals()) if self._as_json else plain_line(pace, totals())
        self._stream.write(line + "\n")
        self._stream.flush()

    def end(self) -> None:
        """Leave the lines as they are."""


def plain_line(pace: Pace, totals: Totals) -> str:
    """Tell the progress in words."""
    rate = pace.rate(totals)
    parts = [
        f"{in_thousands(totals.messages)} messages",
        in_bytes(totals.payload_bytes),
        f"{in_thousands(round(rate))} messages/s",
    ]
    if pace.fraction is not None:
        parts.insert(0, f"{pace.fraction:.0%}")
    if pace.left_s is not None:
        parts.append(f"{in_seconds(pace.left_s)} left")
    if totals.errors:
        parts.append(f"{in_thousands(totals.errors)} places unreadable")
    return ", ".join(parts)


def json_line(pace: Pace, totals: Totals) -> str:
    """Tell the progress to a program."""
    return json.dumps(
        {
            "elapsed_s": round(pace.elapsed_s, 3),
            "messages": totals.messages,
            "messages_per_s": round(pace.rate(totals), 1),
            "payload_bytes": totals.payload_bytes,
            "errors": totals.errors,
            "fraction": pace.fraction,
            "left_s": pace.left_s,
        }
    )


class Bar:
    """A bar that is gone when the run is over."""

    def __init__(self, stream: TextIO) -> None:
        self._console = Console(file=stream)
        self._pace: Pace | None = None
        self._bar: Progress | None = None
        self._task = TaskID(0)
        self._next_s = 0.0

    def begin(self, archive: Archive) -> None:
        """Show the bar."""
        self._pace = Pace(archive)
        columns = (
            SpinnerColumn(),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f}%" if self._pace.stored_bytes else ""),
            TextColumn("{task.fields[said]}"),
            TimeLeftColumn(),
        )
        self._bar = Progress(*columns, console=self._console, transient=True)
        self._bar.start()
        total = self._pace.stored_bytes or None
        begun = archive.stored_position
        self._task = self._bar.add_task("verify", total=total, completed=begun, said="")

    def advance(self, totals: Callable[[], Totals]) -> None:
        """Move the bar, a few times a second at most."""
        pace, bar = self._pace, self._bar
        if pace is None or bar is None or pace.elapsed_s < self._next_s:
            return
        self._next_s = pace.elapsed_s + BAR_INTERVAL_S
        so_far = totals()
        rate = round(pace.rate(so_far))
        said = f"{in_thousands(so_far.messages)} messages, {in_thousands(rate)}/s"
        if so_far.errors:
            said += f", {in_thousands(so_far.errors)} unreadable"
        bar.update(self._task, completed=pace.archive.stored_position, said=said)

    def end(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
