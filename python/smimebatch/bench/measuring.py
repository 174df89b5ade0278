"""Runs an archive and its cryptography alone, and says how long each took.

Everything is measured in turn, round after round, so that what disturbs the machine disturbs all
of it; figures are medians over the rounds. The floor is the digests and verifications of the first
messages of the archive, recorded once and done again without anything around them: nobody who
verifies these messages with this cryptography can be faster.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from smimebatch import _native
from smimebatch.api import verify_archive
from smimebatch.batch import current_time, new_engine
from smimebatch.bench.corpus import Corpus
from smimebatch.errors import InputError, StoppedError
from smimebatch.options import VerifyOptions
from smimebatch.run import Run
from smimebatch.sources import Archive, InputBatch, Inputs
from smimebatch.trust import Trust

RECORDED_BYTES = 32 << 20
"""Mail whose cryptographic jobs are kept in memory, about twice, for the floor."""
PLAYS_A_ROUND = 5
READ, WRITE = "read", "write"
BESIDE_THE_CORE = {
    READ: "Files read and cut into messages.",
    WRITE: "Parquet files, the run directory, and whatever else the job does.",
}


@dataclass(frozen=True, slots=True)
class Rate:
    """Something done by a number of threads, once a round."""

    threads: int
    messages: int
    payload_bytes: int
    seconds: list[float] = field(default_factory=list)

    @property
    def median_s(self) -> float:
        """Seconds."""
        return statistics.median(self.seconds)

    @property
    def messages_per_s(self) -> float:
        """Messages a second."""
        return self.messages / self.median_s

    @property
    def bytes_per_s(self) -> float:
        """Bytes of mail a second."""
        return self.payload_bytes / self.median_s

    def as_json(self) -> dict[str, Any]:
        """Return the rate as --json shows it."""
        return {
            "threads": self.threads,
            "messages": self.messages,
            "bytes": self.payload_bytes,
            "seconds": [round(seconds, 6) for seconds in self.seconds],
            "messages_per_s": round(self.messages_per_s, 1),
            "mb_per_s": round(self.bytes_per_s / 1e6, 1),
            "messages_per_s_and_core": round(self.messages_per_s / self.threads, 1),
            "mb_per_s_and_core": round(self.bytes_per_s / self.threads / 1e6, 1),
        }


@dataclass(frozen=True, slots=True)
class Jobs:
    """The cryptographic jobs of some messages."""

    native: _native.CryptoJobs
    messages: int
    payload_bytes: int

    def play(self, threads: int = 1, *, library_alone: bool = False) -> tuple[float, float]:
        """Return seconds for the digests and for the verifications, medians of several plays."""
        played = [
            self.native.play(threads, library_alone=library_alone) for _ in range(PLAYS_A_ROUND)
        ]
        digest_s, check_s = zip(*played, strict=True)
        return statistics.median(digest_s), statistics.median(check_s)


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage on one thread, per message."""

    name: str
    said: str
    us_per_message: float


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything about one archive."""

    corpus: Corpus
    jobs: Jobs
    whole: list[Rate]
    """By number of threads, from one on."""
    floor: list[Rate]
    """The same threads; digests and verifications together."""
    library: Rate
    """The floor on one thread with the library alone, one job at a time."""
    stages: list[Stage]


def measure(
    corpus: Corpus, trust: Trust, options: VerifyOptions, threads: Sequence[int], rounds: int
) -> Measured:
    """Measure an archive, the numbers of threads in turn."""
    now = options.now or current_time()
    jobs = recorded(corpus, trust, options, now)
    whole: list[Rate] = []
    watch = _native.StageTimes()
    floor = [Rate(count, jobs.messages, jobs.payload_bytes) for count in threads]
    library = Rate(1, jobs.messages, jobs.payload_bytes)
    read_s: list[float] = []
    for _ in range(rounds):
        runs = [run_once(corpus, trust, options, count) for count in threads]
        check_verdicts(corpus, runs[0])
        if not whole:
            totals = runs[0].totals
            whole = [Rate(count, totals.messages, totals.payload_bytes) for count in threads]
        for rate, run in zip(whole, runs, strict=True):
            rate.seconds.append(run.elapsed_s)
        for rate in floor:
            rate.seconds.append(sum(jobs.play(rate.threads)))
        library.seconds.append(sum(jobs.play(library_alone=True)))
        read_s.append(watched(corpus, trust, options, now, watch))
    one = whole[0]
    stages = stages_of(watch, one, statistics.median(read_s), rounds)
    return Measured(corpus, jobs, whole, floor, library, stages)


def batches(corpus: Corpus, options: VerifyOptions) -> Iterator[InputBatch]:
    """Give the messages of an archive that are held."""
    for item in Archive(Inputs(corpus.inputs), options.reading):
        if isinstance(item, InputBatch) and item.stored is None:
            yield item


def recorded(corpus: Corpus, trust: Trust, options: VerifyOptions, now: datetime) -> Jobs:
    """Record the jobs of the first messages."""
    engine = new_engine(trust, options.policy, now, 1)
    native = _native.CryptoJobs()
    messages = payload_bytes = 0
    for item in batches(corpus, options):
        native.record(engine, item.rows)
        messages += item.rows.num_rows
        payload_bytes += item.payload_bytes
        if payload_bytes >= RECORDED_BYTES:
            break
    if not messages:
        raise InputError("INPUT", expected="messages that can be read", found="none")
    return Jobs(native, messages, payload_bytes)


def run_once(corpus: Corpus, trust: Trust, options: VerifyOptions, threads: int) -> Run:
    """Do the whole job, its datasets written where temporary files go."""
    chosen = VerifyOptions(
        policy=options.policy,
        now=options.now,
        jobs=threads,
        batch_bytes=options.batch_bytes,
        limit=options.limit,
    )
    with tempfile.TemporaryDirectory(prefix="smimebatch-bench-") as scratch:
        return verify_archive(corpus.inputs, trust, chosen, output=os.path.join(scratch, "out"))


def check_verdicts(corpus: Corpus, run: Run) -> None:
    """Refuse to tell how fast wrong answers are."""
    found = dict(run.totals.indications)
    if corpus.expected is not None and found != {k: v for k, v in corpus.expected.items() if v}:
        raise StoppedError(
            "the measurement", expected=f"the verdicts {corpus.expected}", found=str(found)
        )


def watched(
    corpus: Corpus,
    trust: Trust,
    options: VerifyOptions,
    now: datetime,
    watch: _native.StageTimes,
) -> float:
    """Verify everything on one thread under the watch; how many seconds the reading took."""
    engine = new_engine(trust, options.policy, now, 1, watch=watch)
    read_s = 0.0
    for item, seconds in timed(batches(corpus, options)):
        engine.verify(item.rows)
        read_s += seconds
    return read_s


def timed(items: Iterator[InputBatch]) -> Iterator[tuple[InputBatch, float]]:
    """Give each batch with how many seconds it took to come."""
    started = time.perf_counter()
    for item in items:
        yield item, time.perf_counter() - started
        started = time.perf_counter()


def stages_of(watch: _native.StageTimes, whole: Rate, read_s: float, rounds: int) -> list[Stage]:
    """Return the stages of the job on one thread; what none of them took is the writing."""
    us = 1e6 / whole.messages
    core = [
        Stage(name, said, ns / 1e3 / rounds / whole.messages) for name, said, ns in watch.read()
    ]
    read = Stage(READ, BESIDE_THE_CORE[READ], read_s * us)
    left = whole.median_s * us - read.us_per_message - sum(it.us_per_message for it in core)
    return [read, *core, Stage(WRITE, BESIDE_THE_CORE[WRITE], max(0.0, left))]
