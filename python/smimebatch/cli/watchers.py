"""Watchers for machines: a metrics file for Prometheus, and what `smimebatch status` reads.

Both are files that are replaced at once, so that a reader never sees half of one.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

from smimebatch.cli.progress import Pace, json_line
from smimebatch.errors import OptionError
from smimebatch.job.output import PROGRESS_FILE, ROOM
from smimebatch.sinks.rows import Totals
from smimebatch.sinks.watching import Watcher
from smimebatch.sources import Archive

FILE_INTERVAL_S = 5.0
PREFIX = "smimebatch_"


class Watchers:
    """Several watchers that all see everything."""

    def __init__(self, watchers: Sequence[Watcher]) -> None:
        self._watchers = watchers

    @property
    def beside_output(self) -> Watchers:
        """Those that write nothing into the run directory."""
        return Watchers([it for it in self._watchers if not isinstance(it, ProgressFile)])

    def begin(self, archive: Archive) -> None:
        """Pass on the archive."""
        for watcher in self._watchers:
            watcher.begin(archive)

    def advance(self, totals: Callable[[], Totals]) -> None:
        """Pass on that something was counted."""
        for watcher in self._watchers:
            watcher.advance(totals)

    def end(self) -> None:
        """Pass on that nothing more comes."""
        for watcher in self._watchers:
            watcher.end()


class FileWatcher:
    """Writes a file every few seconds, and once at the end if that tells anything."""

    def __init__(
        self, path: str, written: Callable[[Pace, Totals, bool], str], *, tells_the_end: bool
    ) -> None:
        self._path = path
        self._tells_the_end = tells_the_end
        self._written = written
        self._pace: Pace | None = None
        self._totals: Callable[[], Totals] = Totals
        self._next_s = FILE_INTERVAL_S

    def begin(self, archive: Archive) -> None:
        """Start the clock."""
        self._pace = Pace(archive)

    def advance(self, totals: Callable[[], Totals]) -> None:
        """Write the file if the time has come."""
        self._totals = totals
        pace = self._pace
        if pace is not None and pace.elapsed_s >= self._next_s:
            self._next_s = pace.elapsed_s + FILE_INTERVAL_S
            self._write(pace, is_running=True)

    def end(self) -> None:
        """Write what the run came to."""
        if self._pace is not None and self._tells_the_end:
            self._write(self._pace, is_running=False)

    def _write(self, pace: Pace, *, is_running: bool) -> None:
        """Replace the file; a disk that takes no metrics does not end a run."""
        staged = f"{self._path}.{os.getpid()}"
        with suppress(OSError):
            with open(staged, "w", encoding="utf-8") as file:
                file.write(self._written(pace, self._totals(), is_running))
            os.replace(staged, self._path)


class ProgressFile(FileWatcher):
    """What lies in the run directory."""


def metrics_file(path: str) -> FileWatcher:
    """Return the watcher of --metrics-file, whose place must be one that can be written."""
    folder = os.path.dirname(path) or os.curdir
    if not os.access(folder, os.W_OK):
        raise OptionError(
            f"--metrics-file {path}", expected="a place that can be written", found=folder
        )
    return FileWatcher(path, metrics, tells_the_end=True)


def progress_file(output: str) -> ProgressFile:
    """Return the watcher that keeps what `smimebatch status` tells of a run that goes on."""
    path = os.path.join(output, ROOM, PROGRESS_FILE)
    return ProgressFile(
        path, lambda pace, totals, _: json_line(pace, totals) + "\n", tells_the_end=False
    )


def metrics(pace: Pace, totals: Totals, is_running: bool) -> str:
    """Return the metrics in the text format of Prometheus."""
    lines = [
        *gauge("running", "Whether the run goes on.", int(is_running)),
        *gauge("elapsed_seconds", "Seconds since this process began.", round(pace.elapsed_s, 3)),
        *gauge("input_bytes", "Stored bytes of all inputs; 0: not known.", pace.stored_bytes),
        *gauge("read_bytes", "Stored bytes read so far.", pace.archive.stored_position),
        *gauge("messages_per_second", "Rate of this process.", round(pace.rate(totals), 3)),
        *counter("messages_total", "Messages judged.", totals.messages),
        *counter("payload_bytes_total", "Bytes of these messages.", totals.payload_bytes),
        *counter("errors_total", "Places that could not be read.", totals.errors),
        *counted("indications_total", "Messages by indication.", "indication", totals.indications),
        *counted("error_codes_total", "Unreadable places by code.", "code", totals.error_codes),
    ]
    if pace.left_s is not None:
        lines += gauge("left_seconds", "Seconds that the rest will take.", round(pace.left_s, 3))
    return "\n".join(lines) + "\n"


def gauge(name: str, said: str, value: float) -> list[str]:
    """Return the lines of a value that goes up and down."""
    return [
        f"# HELP {PREFIX}{name} {said}",
        f"# TYPE {PREFIX}{name} gauge",
        f"{PREFIX}{name} {value}",
    ]


def counter(name: str, said: str, value: int) -> list[str]:
    """Return the lines of a count."""
    head = [f"# HELP {PREFIX}{name} {said}", f"# TYPE {PREFIX}{name} counter"]
    return [*head, f"{PREFIX}{name} {value}"]


def counted(name: str, said: str, label: str, counts: Counter[str]) -> Iterable[str]:
    """Return the lines of a count for every code; codes are plain words of ours."""
    yield f"# HELP {PREFIX}{name} {said}"
    yield f"# TYPE {PREFIX}{name} counter"
    for code, count in sorted(counts.items()):
        yield f"{PREFIX}{name}{{{label}={json.dumps(code)}}} {count}"
