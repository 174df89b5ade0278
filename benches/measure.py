"""Runs one program and says what it cost: wall clock, processor time, peak memory, and its own
figures.
"""

from __future__ import annotations

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow.compute as pc
import pyarrow.dataset as ds

NOW = "2026-01-01T00:00:00Z"
FROM_LINE = re.compile(rb"(?:\A|(?<=\n\n))From [^\n]*\n")
"""Of a mail in a corpus: none has such a line in its body."""


@dataclass(frozen=True)
class Corpus:
    """A folder of gen_corpus.py."""

    name: str
    folder: pathlib.Path

    @property
    def mbox(self) -> pathlib.Path:
        return self.folder / "mail.mbox"

    @property
    def root(self) -> pathlib.Path:
        return self.folder / "root.pem"

    @property
    def truth(self) -> dict[str, int]:
        return json.loads((self.folder / "truth.json").read_text())


LAUNCHER = """
import json, os, subprocess, sys, time
started = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stderr=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
wall = time.perf_counter() - started
print(json.dumps({
    "exit": os.waitstatus_to_exitcode(status),
    "wall_s": round(wall, 4),
    "cpu_s": round(usage.ru_utime + usage.ru_stime, 4),
    "peak_mib": round(usage.ru_maxrss / 1024, 1),
}))
"""
"""A small process between this one and the measured one: Linux counts the memory of a process into
the peak of those it starts, and this one has read whole result files."""


def run(
    command: list[str], environment: dict[str, str] | None = None
) -> tuple[dict[str, Any], str]:
    """Runs a program to its end; its costs and its standard output."""
    launch = [sys.executable, "-I", "-S", "-c", LAUNCHER, *command]
    settings = os.environ | (environment or {})
    done = subprocess.run(launch, stdout=subprocess.PIPE, text=True, check=True, env=settings)
    output, _, last = done.stdout.rstrip("\n").rpartition("\n")
    costs = json.loads(last)
    if exit_code := costs.pop("exit"):
        raise RuntimeError(f"exit {exit_code}: {' '.join(command)}")
    return costs, output


def row(
    tool: str, corpus: Corpus, threads: int, found: dict[str, int], costs: dict[str, Any]
) -> dict[str, Any]:
    """One measurement; `correct` says whether the tool found what is true of the corpus."""
    truth = corpus.truth
    correct = all(truth[key] == value for key, value in found.items())
    rates = {
        "messages_per_s": round(truth["messages"] / costs["wall_s"]),
        "messages_per_s_inside": round(truth["messages"] / costs["inside_s"]),
        "mb_per_s": round(truth["bytes"] / costs["wall_s"] / 1e6, 1),
        "mb_per_s_inside": round(truth["bytes"] / costs["inside_s"] / 1e6, 1),
    }
    head = {"tool": tool, "corpus": corpus.name, "threads": threads, "bytes": truth["bytes"]}
    return head | found | costs | rates | {"correct": correct}


def measure_smimebatch(
    command: list[str],
    corpus: Corpus,
    threads: int,
    scratch: pathlib.Path,
    tool: str = "smimebatch",
    options: Iterable[str] = (),
    lanes: str = "auto",
) -> dict[str, Any]:
    """`smimebatch verify -o`; `inside_s` is its own clock, from the first read to the last file."""
    out = scratch / "out"
    shutil.rmtree(out, ignore_errors=True)
    trust = ["--trust", str(corpus.root)] if corpus.root.exists() else []
    given = ["-o", str(out), "-j", str(threads), "--now", NOW, "--progress", "none", *options]
    environment = {"SMIMEBATCH_LANES": lanes}
    costs, _ = run([*command, "verify", str(corpus.mbox), *given, *trust], environment)
    record = record_of(out)
    found = counts(out)
    written = sum(path.stat().st_size for path in out.rglob("*.parquet"))
    shutil.rmtree(out)
    costs |= {"inside_s": record["elapsed_s"], "parquet_bytes": written}
    return row(tool, corpus, threads, found, costs) | {"lanes": lanes}


def record_of(out: pathlib.Path) -> dict[str, Any]:
    """What a run says of itself."""
    return json.loads((out / "_smimebatch" / "manifest.json").read_text())


def counts(out: pathlib.Path) -> dict[str, int]:
    """Verdicts, from the files a reader would read."""
    column = ds.dataset(out / "messages", format="parquet").to_table(["indication"])["indication"]
    tally = {entry["values"].as_py(): entry["counts"].as_py() for entry in pc.value_counts(column)}
    return {
        "messages": len(column),
        "good": tally.get("TOTAL_PASSED", 0),
        "bad": tally.get("TOTAL_FAILED", 0),
        "unsigned": tally.get("NOT_SIGNED", 0),
    }


FLOOR = """
import json, sys
from datetime import datetime
from smimebatch import Trust
from smimebatch.bench.corpus import Corpus
from smimebatch.bench.measuring import recorded
from smimebatch.options import VerifyOptions

mbox, root, now, *threads = sys.argv[1:]
trust = Trust.load(root) if root else Trust()
options = VerifyOptions(jobs=1)
jobs = recorded(Corpus("", "", [mbox]), trust, options, datetime.fromisoformat(now))
digests, octets, checks = jobs.native.counts
for count in map(int, threads):
    digest_s, check_s = jobs.play(count)
    print(json.dumps({
        "threads": count, "messages": jobs.messages, "digests": digests, "digest_bytes": octets,
        "signatures": checks, "digest_s": digest_s, "check_s": check_s,
    }))
"""


def measure_floor(
    corpus: Corpus, threads: Iterable[int], lanes: str = "auto"
) -> Iterator[dict[str, Any]]:
    """The cryptographic jobs of a corpus alone; every answer is compared with the recorded one."""
    root = str(corpus.root) if corpus.root.exists() else ""
    command = [sys.executable, "-c", FLOOR, str(corpus.mbox), root, NOW, *map(str, threads)]
    costs, output = run(command, {"SMIMEBATCH_LANES": lanes})
    for line in output.splitlines():
        found = json.loads(line)
        rate = found["messages"] / (found["digest_s"] + found["check_s"])
        head = {"tool": "floor", "corpus": corpus.name, "lanes": lanes}
        yield head | found | {"messages_per_s": round(rate), "correct": True} | costs


STAGES = """
import json, sys, tempfile
from datetime import datetime
from smimebatch import Trust
from smimebatch.bench.corpus import Corpus
from smimebatch.bench.measuring import measure
from smimebatch.options import VerifyOptions

mbox, root, now, rounds = sys.argv[1:]
trust = Trust.load(root) if root else Trust()
options = VerifyOptions(now=datetime.fromisoformat(now))
measured = measure(Corpus("", "", [mbox]), trust, options, [1], int(rounds))
for stage in measured.stages:
    print(json.dumps({"stage": stage.name, "does": stage.said, "us": stage.us_per_message}))
"""


def measure_stages(corpus: Corpus, rounds: int = 3) -> Iterator[dict[str, Any]]:
    """Microseconds a message that each stage takes on one thread."""
    root = str(corpus.root) if corpus.root.exists() else ""
    command = [sys.executable, "-c", STAGES, str(corpus.mbox), root, NOW, str(rounds)]
    _, output = run(command)
    for line in output.splitlines():
        yield {"tool": "smimebatch", "corpus": corpus.name} | json.loads(line) | {"correct": True}


def python_command() -> list[str]:
    return [sys.executable, "-m", "smimebatch"]


def mails_of(mbox: pathlib.Path) -> list[bytes]:
    """The messages of a corpus, without their From_ lines."""
    return [mail.rstrip(b"\n") + b"\n" for mail in FROM_LINE.split(mbox.read_bytes())[1:]]


def first_of(corpus: Corpus, messages: int) -> Corpus:
    """A corpus of the first messages of another, beside it."""
    if messages >= corpus.truth["messages"]:
        return corpus
    folder = corpus.folder.with_name(f"{corpus.folder.name}-first-{messages}")
    part = Corpus(f"{corpus.name}, first {messages:,}", folder)
    if not (folder / "truth.json").exists():
        folder.mkdir(exist_ok=True)
        stored = corpus.mbox.read_bytes()
        starts = [found.start() for found in FROM_LINE.finditer(stored)]
        (folder / "mail.mbox").write_bytes(stored[: starts[messages]])
        for name in ("root.pem", "below.pem"):
            shutil.copy(corpus.folder / name, folder / name)
        lines = (corpus.folder / "truth.tsv").read_text().splitlines()
        tampered = [line.split("\t")[2] == "1" for line in lines[:messages]]
        truth = {"messages": messages, "unsigned": 0, "bytes": starts[messages]}
        truth |= {"bad": sum(tampered), "good": messages - sum(tampered)}
        (folder / "truth.json").write_text(json.dumps(truth) + "\n")
    return part
