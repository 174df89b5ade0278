"""A verification that leaves no directory: totals, and what the caller makes of the rows."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack

from smimebatch import _native, pipeline
from smimebatch.gathering import Gathering, verification
from smimebatch.options import VerifyOptions
from smimebatch.sinks import Sinks
from smimebatch.sinks.rows import Totals, TotalsSink
from smimebatch.sinks.watching import Watcher, WatchingSink
from smimebatch.sources import Archive
from smimebatch.sources.spools import Spools


def judged(
    archive: Archive,
    engine: _native.Engine,
    options: VerifyOptions,
    watcher: Watcher | None,
    sinks: Sequence[pipeline.Sink],
    spools: Spools | None = None,
) -> Totals:
    """Judge everything for the totals and the sinks of the caller alone."""
    counting = TotalsSink()
    all_sinks: list[pipeline.Sink] = [counting, *sinks]
    with ExitStack() as stack:
        if watcher is not None:
            watcher.begin(archive)
            stack.callback(watcher.end)
            all_sinks.append(WatchingSink(watcher, lambda: counting.totals))
        gathering = Gathering(Sinks(all_sinks))
        operation = verification(engine, spools, options.believed)
        pipeline.run(archive, operation, gathering, options.thread_count)
        gathering.finish()
    return counting.totals
