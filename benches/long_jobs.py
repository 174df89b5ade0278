"""What exactly-once costs, and how soon a run that was stopped is at work again.

    python -m benches.long_jobs [--messages N] [--times N] [--resumed N]

The first part judges the same archive with the sinks alone (Parquet files of a whole run, no units,
no trees, no ledger, nothing synced) and as a run that can be killed, in turns, and compares
processor and wall-clock time. The second stops a run over `--resumed` messages half-way, starts it
again, and takes the time to its first new results; it is to be below that of 20,000 messages.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import pathlib
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from typing import Any

from smimebatch import Trust
from smimebatch.api import verify_archive
from smimebatch.batch import new_engine
from smimebatch.gathering import Gathering, verification
from smimebatch.job.record import file_metadata
from smimebatch.options import VerifyOptions
from smimebatch.pipeline import run as run_pipeline
from smimebatch.sinks import Sinks
from smimebatch.sinks.parquet import ParquetSink
from smimebatch.sinks.rows import TotalsSink
from smimebatch.sources import Archive, Inputs

MAILS = pathlib.Path(__file__).parents[1] / "tests/data/mail"
FROM_LINE = b"From a@example.org Mon Jan  1 00:00:00 2024\n"
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
RESUMED_WITHIN_MESSAGES = 20_000


class Stopped(BaseException):
    """The run has judged enough."""


class Until:
    """A sink that stops a run after so many messages, and knows when the first came."""

    def __init__(self, messages: int) -> None:
        self.left = messages
        self.first_s: float | None = None

    def write(self, batch: Any) -> None:
        self.first_s = self.first_s or time.perf_counter()
        self.left -= batch.messages.num_rows
        if self.left < 0:
            raise Stopped

    def write_error(self, error: Any) -> None:
        """Errors are not counted."""

    def write_remark(self, remark: Any) -> None:
        """Remarks are not counted."""


def archive_of(folder: pathlib.Path, messages: int) -> pathlib.Path:
    """Make one mbox of the fixture mails, as often as it takes."""
    mails = [path.read_bytes().rstrip(b"\n") for path in sorted(MAILS.glob("*.eml"))]
    mails = [mail for mail in mails if b"\nFrom " not in mail and b"\r" not in mail]
    with open(folder / "a.mbox", "wb") as file:
        for number in range(messages):
            file.write(FROM_LINE + mails[number % len(mails)] + b"\n\n")
    return folder / "a.mbox"


def with_sinks_alone(
    mbox: pathlib.Path, out: pathlib.Path, trust: Trust, options: VerifyOptions
) -> None:
    """Judge, count and write, and no more."""
    out.mkdir()
    parquet = ParquetSink(str(out), file_metadata(options, trust))
    engine = new_engine(trust, options.policy, NOW, 1, None)
    gathering = Gathering(Sinks([parquet, TotalsSink()]))
    archive = Archive(Inputs([str(mbox)]), options.reading)
    run_pipeline(archive, verification(engine), gathering, options.thread_count)
    parquet.gather()
    parquet.finish(options.thread_count)


def timed(work: Callable[[pathlib.Path], object], folder: pathlib.Path) -> tuple[float, float]:
    """Return seconds of the clock and of processors."""
    shutil.rmtree(folder / "out", ignore_errors=True)
    wall, processor = time.perf_counter(), time.process_time()
    work(folder / "out")
    return time.perf_counter() - wall, time.process_time() - processor


def cost(folder: pathlib.Path, messages: int, times: int) -> dict[str, Any]:
    """Compare both ways, in turns."""
    mbox, trust = archive_of(folder, messages), Trust.load(str(MAILS / "root.pem"))
    ways: dict[str, Callable[[pathlib.Path], object]] = {
        "sinks alone": lambda out: with_sinks_alone(mbox, out, trust, VerifyOptions(now=NOW))
    }
    for unit in (65_536, 16_384):
        options = VerifyOptions(now=NOW, unit_messages=unit)
        ways[f"units of {unit}"] = lambda out, options=options: verify_archive(
            [mbox], trust, options, output=out
        )
    took: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _ in range(times):
        for name, work in ways.items():
            took[name].append(timed(work, folder))
    return {
        name: {
            "wall_s": round(statistics.median(wall for wall, _ in both), 3),
            "processor_s": round(statistics.median(processor for _, processor in both), 3),
            "processor_s_best": round(min(processor for _, processor in both), 3),
        }
        for name, both in took.items()
    }


def resuming(folder: pathlib.Path, messages: int) -> dict[str, Any]:
    """Stop half-way, start again."""
    mbox, trust = archive_of(folder, messages), Trust.load(str(MAILS / "root.pem"))
    options = VerifyOptions(now=NOW)
    began, until = time.perf_counter(), Until(messages // 2)
    for sink in (until, Until(0)):
        if sink is not until:
            rate = messages // 2 / (time.perf_counter() - began)
            again = time.perf_counter()
        try:
            verify_archive([mbox], trust, options, output=folder / "resumed", sinks=[sink])
        except Stopped:
            continue
    assert sink.first_s is not None
    return {
        "messages": messages,
        "messages_per_s": round(rate),
        "at_work_again_s": round(sink.first_s - again, 3),
        "aim_s": round(RESUMED_WITHIN_MESSAGES / rate, 3),
    }


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--resumed", type=int, default=1_000_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=".") as place:
        folder, found = pathlib.Path(place), {}
        if arguments.times:
            found["cost"] = cost(folder, arguments.messages, arguments.times)
        if arguments.resumed:
            found["resuming"] = resuming(folder, arguments.resumed)
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
