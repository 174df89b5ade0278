"""Runs the fuzz targets, keeps their figures, packs their corpora.

    campaign.py run [TARGET…] [--runs N] [--seconds S]    N new inputs or S seconds of each
    campaign.py minimise [TARGET…]                        corpora that reach all that was reached
    campaign.py report                                    README.md from figures.jsonl

Needs cargo-fuzz (`cargo install cargo-fuzz`). A working corpus lies in corpus/TARGET, ignored by
git; it starts from seeds/TARGET.tar.xz, the fixtures and the regression inputs of tests/data/fuzz.
Each run appends one line to figures.jsonl: inputs executed after the corpus was read, seconds, the
coverage (edges) whenever it grew, and, since 2026-11-26, the commit. A finding lands in
artifacts/TARGET and ends the run.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from typing import Any

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]
FIGURES = HERE / "figures.jsonl"
# Target: what it checks, its dictionaries, folders of tests/data to begin with, longest input.
TARGETS = {
    "mbox": ("an mbox cut in pieces and cut whole", "mail", "mail", 4_000),
    "mime": ("the walk over a message, transfer encodings", "mail", "mail", 6_000),
    "headers": ("header fields, dates, encoded words", "mail", "mail", 4_000),
    "addresses": ("address lists", "mail", "", 2_000),
    "base64": ("the fast base64 decoder against a slow one", "mail", "mail", 4_000),
    "cms": ("CMS objects of every type", "asn1", "cms", 8_000),
    "certificate": ("certificates", "asn1", "x509", 4_000),
    "crl": ("certificate lists, their index", "asn1", "", 4_000),
    "ocsp": ("OCSP responses", "asn1", "", 4_000),
    "keys": ("files of keys: PKCS#12, PKCS#8, PEM", "asn1", "keys", 4_000),
    "envelopes": (
        "what is encrypted anew proves what it should, held or piece by piece",
        "mail",
        "envelopes",
        6_000,
    ),
    "timestamp": ("time-stamp tokens and what carries them", "asn1", "time", 8_000),
    "verify_batch": (
        "a batch against its messages alone, one thread against two, no forged signature",
        "mail",
        "mail hostile",
        8_000,
    ),
    "lanes_match_library": ("every kernel against the library", "mail", "", 3_000),
}
# Under AddressSanitizer: what reaches unsafe Rust and is fast enough. The parsers are safe Rust
# throughout; a whole verification takes 28 ms with it, most of that the sanitizer's bookkeeping of
# Arrow's allocations, and AWS-LC is not instrumented anyhow.
SANITIZED = ("base64", "lanes_match_library")
# Smaller is better, and what a checkout can bear; `minimise` says when a corpus does not fit.
MAX_SEEDS_BYTES = 1 << 20
PROGRESS = re.compile(r"^#(\d+)\s+(\w+)\s+cov: (\d+) ft: (\d+)(?: corp: (\d+)/)?", re.MULTILINE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("command", choices=("run", "minimise", "report"))
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    parser.add_argument("--runs", type=int, default=0)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--no-build", action="store_true", help="the programs are built already")
    options = parser.parse_args()
    if unknown := set(options.targets) - set(TARGETS):
        raise SystemExit(
            f"no such target: {', '.join(sorted(unknown))}; there are {' '.join(TARGETS)}"
        )
    targets = options.targets or list(TARGETS)
    if options.command == "report":
        (HERE / "README.md").write_text(report(), encoding="utf-8")
        return
    if not options.no_build:
        build(targets)
    for target in targets:
        if options.command == "minimise":
            minimise(target)
        else:
            run(target, options.runs, options.seconds)


def build(targets: list[str]) -> None:
    environment = os.environ | {"RUSTC_BOOTSTRAP": "1"}
    for target in targets:
        command = ["cargo", "fuzz", "build", "--fuzz-dir", str(HERE), target]
        command += ["--sanitizer", sanitizer(target), "--target-dir", str(built(target))]
        subprocess.run(command, cwd=ROOT, env=environment, check=True)


def sanitizer(target: str) -> str:
    return "address" if target in SANITIZED else "none"


def built(target: str) -> pathlib.Path:
    """The sanitizers keep apart, or each build would undo the other's."""
    folder = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", HERE / "target"))
    return folder / sanitizer(target)


def program(target: str) -> pathlib.Path:
    host = subprocess.run(["rustc", "-vV"], capture_output=True, text=True, check=True).stdout
    triple = host.partition("host: ")[2].split()[0]
    return built(target) / triple / "release" / target


def arguments(target: str) -> list[str]:
    _, dictionary, _, longest = TARGETS[target]
    artifacts = HERE / "artifacts" / target
    artifacts.mkdir(parents=True, exist_ok=True)
    return [
        f"-dict={HERE / 'dictionaries' / dictionary}.dict",
        f"-max_len={longest}",
        "-timeout=20",
        "-rss_limit_mb=4096",
        f"-artifact_prefix={artifacts}/",
    ]


def folders(target: str) -> list[pathlib.Path]:
    """The working corpus first, as libFuzzer writes to the first."""
    corpus = HERE / "corpus" / target
    if not corpus.exists():
        corpus.mkdir(parents=True)
        seeds = HERE / "seeds" / f"{target}.tar.xz"
        if seeds.exists():
            with tarfile.open(seeds) as packed:
                packed.extractall(corpus, filter="data")
    data = ROOT / "tests" / "data"
    known = [data / name for name in TARGETS[target][2].split()]
    return [corpus, *known, *(path for path in [data / "fuzz" / target] if path.exists())]


def run(target: str, runs: int, seconds: int) -> None:
    """One run; raises where it finds something."""
    places = [str(folder) for folder in folders(target)]
    limits = [f"-runs={runs + inputs(target)}"] if runs else [f"-max_total_time={seconds}"]
    began = time.monotonic()
    command = [program(target), *arguments(target), *limits, "-print_final_stats=1", *places]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    row = figures(target, done.stderr, time.monotonic() - began)
    row |= {"found": done.returncode != 0, "commit": commit()}
    with FIGURES.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")
    print(f"{target}: {row['executions']:,} inputs, {row['coverage'][-1][1]} edges", flush=True)
    if done.returncode:
        print(done.stderr[-6000:], file=sys.stderr)
        raise SystemExit(f"{target}: a finding, see {HERE / 'artifacts' / target}")


def commit() -> str:
    """What was run, and whether something was changed since."""
    asked = ["git", "describe", "--always", "--dirty", "--exclude=*", "--abbrev=12"]
    done = subprocess.run(asked, capture_output=True, text=True, cwd=ROOT, check=False)
    return done.stdout.strip()


def inputs(target: str) -> int:
    """Files that libFuzzer executes before it makes its own."""
    return sum(1 for folder in folders(target) for path in folder.rglob("*") if path.is_file())


def figures(target: str, text: str, seconds: float) -> dict[str, Any]:
    """What libFuzzer printed, as a line of figures.jsonl."""
    lines = [tuple(match.groups()) for match in PROGRESS.finditer(text)]
    begun = next((int(count) for count, what, *_ in lines if what == "INITED"), 0)
    coverage: list[list[int]] = []
    for count, _, edges, *_ in lines:
        if int(count) >= begun and (not coverage or int(edges) > coverage[-1][1]):
            coverage.append([int(count) - begun, int(edges)])
    last = int(lines[-1][0]) - begun if lines else 0
    corpus = next((int(line[4]) for line in reversed(lines) if line[4]), 0)
    return {
        "target": target,
        "sanitizer": sanitizer(target),
        "executions": max(last, 0),
        "seconds": round(seconds),
        "corpus": corpus,
        "coverage": coverage or [[0, 0]],
    }


def minimise(target: str) -> None:
    """Keeps the fewest and shortest inputs that reach everything, in the corpus and packed."""
    places = folders(target)
    smaller = places[0].with_name(f"{target}.smaller")
    shutil.rmtree(smaller, ignore_errors=True)
    smaller.mkdir()
    command = [program(target), *arguments(target), "-merge=1", smaller, *places]
    subprocess.run(command, capture_output=True, check=True)
    shutil.rmtree(places[0])
    smaller.rename(places[0])
    packed = pack(places[0])
    if len(packed) > MAX_SEEDS_BYTES:
        raise SystemExit(f"{target}: {len(packed)} bytes of seeds are too many")
    (HERE / "seeds").mkdir(exist_ok=True)
    (HERE / "seeds" / f"{target}.tar.xz").write_bytes(packed)
    print(f"{target}: {len(list(places[0].iterdir()))} inputs, {len(packed):,} bytes packed")


def pack(folder: pathlib.Path) -> bytes:
    """A tar that is the same for the same files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:xz", preset=9) as packed:
        for path in sorted(folder.iterdir()):
            entry = tarfile.TarInfo(path.name)
            entry.size = path.stat().st_size
            packed.addfile(entry, io.BytesIO(path.read_bytes()))
    return buffer.getvalue()


def rows(target: str) -> Iterator[dict[str, Any]]:
    if FIGURES.exists():
        for line in FIGURES.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row["target"] == target:
                yield row


def totals(target: str) -> tuple[int, int, int, int]:
    """Executions, edges at the end, edges gained in the last third, findings.

    A finding is mended and the count begins anew: only what ran since then counts. Edges of another
    sanitizer's build are other edges: those of the last one count.
    """
    executions, findings, since = 0, 0, []
    for row in rows(target):
        if row["found"]:
            executions, findings, since = 0, findings + 1, []
            continue
        executions += row["executions"]
        since.append(row)
    comparable = [row for row in since if row["sanitizer"] == since[-1]["sanitizer"]]
    done, points = 0, [(0, 0)]
    for row in comparable:
        points += [(done + count, edges) for count, edges in row["coverage"]]
        done += row["executions"]
    edges = max(edges for _, edges in points)
    before = max((edges for count, edges in points if count <= done * 2 // 3), default=0)
    return executions, edges, edges - before, findings


def report() -> str:
    lines = [REPORT_HEAD]
    for target, (checks, *_) in TARGETS.items():
        executions, edges, gained, findings = totals(target)
        share = 100 * gained / edges if edges else 0
        lines.append(
            f"| `{target}` | {checks} | {executions:,} | {edges:,} | {gained} ({share:.1f} %)"
            f" | {findings} |"
        )
    return "\n".join(lines) + "\n" + REPORT_TAIL


REPORT_HEAD = """# Fuzz targets

`make fuzz` runs each target for a minute, `make fuzz FUZZ_RUNS=3000000` for three million inputs.
This table is made by `campaign.py report` from `figures.jsonl`, one line per run. Executions and
edges are those since the last finding was mended; the last third is what its last third of inputs
added to the coverage.

| target | checks | inputs | edges | last third | findings |
|---|---|---|---|---|---|"""
REPORT_TAIL = """
- `seeds/TARGET.tar.xz`: the minimised corpus, where the next run begins.
- `src/asn1.rs`, `src/mail.rs`: mutators that change elements, lines and header fields, so that what
  comes out still gets past the first length field; `dictionaries/` for the rest.
- Findings become files of `tests/data/fuzz/TARGET`, which `tests/rust/fuzz.rs` and every later run
  go through.
- Panics count: libFuzzer aborts on one before the engine could turn it into a row. Debug assertions
  and overflow checks are on; `base64` runs under AddressSanitizer.
- Two runs of `verify_batch` are marked `suspended`: they ended with a timeout since their process
  was stopped from outside for a minute; both inputs take a tenth of a second and are no findings.
"""

if __name__ == "__main__":
    main()
