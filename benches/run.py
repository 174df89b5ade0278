"""Measures smimebatch against OpenSSL and against its own cryptography, all in one run, and keeps
the raw rows.

usage: run.py [--rounds 5] [--quick] [--peer openssl_cms] [--floor floor]
              [--memory-bytes 4294967296]

1. verify: corpora of 2,000 and 50,000 signed mails, 1 and 2 threads: openssl_cms and smimebatch
   in turn, so that what disturbs the machine disturbs both; smimebatch writes its Parquet
   datasets.
2. floor: the cryptographic jobs alone on 1 and 2 threads, in the same rounds.
3. unsigned: ordinary list mail, one thread, Parquet written.
4. hostile: 1 % of hostile mail in a clean archive, against the clean one (hostile.py).
5. memory: peak resident size over an mbox of 4 GB, made in the temporary folder and deleted.

Every measurement checks the verdicts it got against the corpus; a wrong one is kept as a row
and fails the run. Writes benches/runs/<date>-<cpu>/rows.jsonl and machine.json, then
docs/benchmarks.md from all runs (report.py).
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from typing import Any

import gen_corpus
import hostile
from measure import Corpus, measure_floor, measure_peer, measure_smimebatch, python_command

import report

HERE = pathlib.Path(__file__).parent
REPOSITORY = HERE.parent
SIGNED_BYTES = 5_120
"""What is hashed of one reference mail to verify it, on average: its content and attributes."""
FLAGS = ("avx2", "bmi2", "adx", "sha_ni", "avx512f", "avx512ifma", "vaes")


def corpus(kind: str, name: str, **shape: Any) -> Corpus:
    """A corpus of the cache (benches/corpora, ignored by git), made when it is not there."""
    found = Corpus(name, HERE / "corpora" / name)
    if not (found.folder / "truth.json").exists():
        print(f"making the corpus {name} …", file=sys.stderr)
        gen_corpus.make(kind, found.folder, **shape)
    return found


def built_peer(given: pathlib.Path | None) -> pathlib.Path:
    if given:
        return given
    done = subprocess.run(
        [HERE / "peers" / "build_openssl.sh"], check=True, capture_output=True, text=True
    )
    return pathlib.Path(done.stdout.strip())


def built_floor(given: pathlib.Path | None) -> pathlib.Path:
    if given:
        return given
    command = ["cargo", "build", "--release", "-q", "-p", "smimebatch-crypto", "--example", "floor"]
    subprocess.run(command, check=True, cwd=REPOSITORY)
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))
    return target / "release" / "examples" / "floor"


def machine() -> dict[str, Any]:
    """What a reader needs to know before comparing two folders."""
    text = pathlib.Path("/proc/cpuinfo").read_text()

    def field(name: str) -> str:
        found = re.search(rf"^{name}\s*: (.*)$", text, re.MULTILINE)
        return found[1] if found else ""

    flags = set(field("flags").split())
    memory = re.search(r"MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text())
    return {
        "cpu": field("model name") or platform.processor(),
        "family_model_stepping": [field("cpu family"), field("model"), field("stepping")],
        "cores": os.cpu_count(),
        "flags": {flag: flag in flags for flag in FLAGS},
        "memory_mib": int(memory[1]) // 1024 if memory else None,
        "kernel": platform.release(),
        "commit": output("git", "rev-parse", "HEAD"),
        "tree_clean": not output("git", "status", "--porcelain", "--", "rust", "python"),
        "rustc": output("rustc", "--version"),
        "cc": output("cc", "--version").splitlines()[0],
        "python": platform.python_version(),
        "pyarrow": __import__("pyarrow").__version__,
        "smimebatch": output(
            sys.executable, "-c", "import smimebatch; print(smimebatch.__version__)"
        ),
        "lanes": os.environ.get("SMIMEBATCH_LANES", ""),
        "peer": "OpenSSL 4.0.3 (openssl-src 400.0.2), C API, see tests/interop/build_openssl.sh",
    }


def output(*command: str) -> str:
    return subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=REPOSITORY
    ).stdout.strip()


def measurements(given: argparse.Namespace, scratch: pathlib.Path) -> Any:
    """Every row of the run, in the order measured."""
    peer, floor, ours = built_peer(given.peer), built_floor(given.floor), python_command()
    sizes = (2_000,) if given.quick else (2_000, 50_000)
    signed = [corpus("signed", f"signed-{size}", messages=size) for size in sizes]
    unsigned = corpus("unsigned", "unsigned-400mb", bytes=400_000_000)
    for turn in range(given.rounds):
        for mails in signed:
            for threads in (1, 2):
                yield {"round": turn, "suite": "verify"} | measure_peer(peer, mails, threads)
                yield {"round": turn, "suite": "verify"} | measure_smimebatch(
                    ours, mails, threads, scratch
                )
        for found in measure_floor(floor, 2, 50_000, SIGNED_BYTES):
            yield {"round": turn, "suite": "floor"} | found
        yield {"round": turn, "suite": "unsigned"} | measure_smimebatch(ours, unsigned, 1, scratch)
    yield from hostile.measurements(given.rounds, max(sizes), scratch)
    if given.memory_bytes:
        yield from memory(given.memory_bytes, ours, scratch)


def memory(size: int, ours: list[str], scratch: pathlib.Path) -> Any:
    """Peak resident size over a large mbox, one thread and two."""
    large = Corpus(f"large-{size}", scratch / "large")
    gen_corpus.make("large", large.folder, bytes=size)
    try:
        for threads in (1, 2):
            yield {"round": 0, "suite": "memory"} | measure_smimebatch(
                ours, large, threads, scratch
            )
    finally:
        shutil.rmtree(large.folder)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--quick", action="store_true", help="2,000 mails only, no 4 GB mbox, 3 rounds"
    )
    parser.add_argument("--peer", type=pathlib.Path, help="a built openssl_cms")
    parser.add_argument("--floor", type=pathlib.Path, help="a built floor example of rust/crypto")
    parser.add_argument("--memory-bytes", type=int, default=4 << 30)
    parser.add_argument("--runs", type=pathlib.Path, default=HERE / "runs")
    given = parser.parse_args()
    if given.quick:
        given.rounds, given.memory_bytes = min(given.rounds, 3), 0
    about = machine() | {"date": dt.datetime.now(dt.UTC).isoformat(timespec="seconds")}
    slug = re.sub(r"[^a-z0-9]+", "-", about["cpu"].lower()).strip("-")
    folder = given.runs / f"{about['date'][:10]}-{slug}"
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    with tempfile.TemporaryDirectory(prefix="smimebatch-bench-") as scratch:
        for row in measurements(given, pathlib.Path(scratch)):
            rows.append(row)
            print(json.dumps(row), file=sys.stderr)
    (folder / "machine.json").write_text(json.dumps(about, indent=1) + "\n")
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    report.write(given.runs, REPOSITORY / "docs" / "benchmarks.md")
    if wrong := [row for row in rows if not row["correct"]]:
        sys.exit(f"{len(wrong)} measurements with wrong verdicts, the first: {wrong[0]}")


if __name__ == "__main__":
    main()
