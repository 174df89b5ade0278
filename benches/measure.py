"""Runs one program and says what it cost: wall clock, processor time, peak memory, and its own
figures.
"""

from __future__ import annotations

import json
import pathlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pyarrow.compute as pc
import pyarrow.dataset as ds

NOW = "2026-01-01T00:00:00Z"
PEER_LINE = re.compile(r"threads=(\d+) messages=(\d+) good=(\d+) bad=(\d+) ([\d.]+)s")
FLOOR_LINE = re.compile(
    r"threads (\d+)\s+sha256 (\d+)/s\s+rsa2048 (\d+)/s\s+floor (\d+) messages/s"
)


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


def run(command: list[str]) -> tuple[dict[str, Any], str]:
    """Runs a program to its end; its costs and its standard output."""
    launch = [sys.executable, "-I", "-S", "-c", LAUNCHER, *command]
    done = subprocess.run(launch, stdout=subprocess.PIPE, text=True, check=True)
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


def measure_peer(program: pathlib.Path, corpus: Corpus, threads: int) -> dict[str, Any]:
    """openssl_cms; `inside_s` is its own clock, which starts after the file is read."""
    costs, output = run([str(program), str(corpus.mbox), str(corpus.root), str(threads)])
    line = PEER_LINE.search(output)
    if not line:
        raise RuntimeError(f"no figures from the peer: {output}")
    found = {"messages": int(line[2]), "good": int(line[3]), "bad": int(line[4])}
    return row("openssl_cms", corpus, threads, found, costs | {"inside_s": float(line[5])})


def measure_smimebatch(
    command: list[str],
    corpus: Corpus,
    threads: int,
    scratch: pathlib.Path,
    tool: str = "smimebatch",
    options: Iterable[str] = (),
) -> dict[str, Any]:
    """`smimebatch verify -o`; `inside_s` is its own clock, from the first read to the last file."""
    out = scratch / "out"
    shutil.rmtree(out, ignore_errors=True)
    trust = ["--trust", str(corpus.root)] if corpus.root.exists() else []
    given = ["-o", str(out), "-j", str(threads), "--now", NOW, "--progress", "none", *options]
    costs, _ = run([*command, "verify", str(corpus.mbox), *given, *trust])
    record = record_of(out)
    found = counts(out)
    written = sum(path.stat().st_size for path in out.rglob("*.parquet"))
    shutil.rmtree(out)
    costs |= {"inside_s": record["elapsed_s"], "parquet_bytes": written}
    return row(tool, corpus, threads, found, costs)


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


def measure_floor(
    program: pathlib.Path, threads: int, messages: int, size: int
) -> list[dict[str, Any]]:
    """The cryptographic jobs alone, on one thread and on `threads`."""
    options = ["--threads", str(threads), "--messages", str(messages), "--bytes", str(size)]
    costs, output = run([str(program), *options])
    found = [
        {"tool": "floor", "corpus": f"{messages} x {size} bytes", "threads": int(line[1])}
        | {
            "sha256_per_s": int(line[2]),
            "rsa2048_per_s": int(line[3]),
            "messages_per_s": int(line[4]),
        }
        | {"correct": True, "peak_mib": costs["peak_mib"]}
        for line in FLOOR_LINE.finditer(output)
    ]
    if len(found) < 2 and threads > 1:
        raise RuntimeError(f"no figures from the floor: {output}")
    return found


def python_command() -> list[str]:
    return [sys.executable, "-m", "smimebatch"]
