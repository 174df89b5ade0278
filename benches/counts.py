"""Instructions of every stage on a fixed small corpus, against those kept in the repository.

usage: counts.py [--update] [--program stage_counts]       (make bench-check [UPDATE=1])

`rust/core/examples/stage_counts.rs` verifies benches/counted/*.mbox.xz twice under callgrind: with
empty caches and with full ones. The cryptography is left out (callgrind has neither SHA-NI nor
AVX-512, and the library's code is not ours); it is told as a ratio to the library instead, which
is for information. More than 3 % above what is kept fails; as much below asks for --update.

Times differ from run to run by a fifth, instructions by a thousandth. What they depend on is fixed:
the compiler (rust-toolchain.toml), the profile (`counted` in Cargo.toml), SMIMEBATCH_LANES=off, and
the CPU that callgrind shows: AVX2 at most, whatever the machine has (one without AVX2 counts more,
since memchr and base64 then take other paths). Hash tables are seeded anew in every process.
Counts are kept by architecture; on one that has none yet, --update makes them.
"""

from __future__ import annotations

import argparse
import json
import lzma
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from typing import Any

HERE = pathlib.Path(__file__).parent
CORPORA = HERE / "counted"
KEPT = CORPORA / "counts.json"
TOLERANCE = 0.03
LEAST = 300
"""Instructions a message that nobody needs to ask about."""
CRYPTOGRAPHY = (
    "smimebatch_crypto::digest::many_with*",
    "smimebatch_crypto::digest::one*",
    "smimebatch_crypto::signature::verify_many_with*",
    "smimebatch_crypto::signature::verify_one*",
)
"""What is not counted while it runs."""
COUNTED = re.compile(
    r"^\s*([\d,]+)\s+\S*stage_counts::((?:first|again)_\w+|split)(?:'\d+)? ", re.MULTILINE
)
SAID = re.compile(r"(\d+) messages, (\d+) passed")
PASSED = {"signed": 0.9, "unsigned": 0.0}
"""Shares of good mail, at least: what is counted is verification, not refusal."""
Counts = dict[str, dict[str, int]]


def built() -> pathlib.Path:
    """The program, built as the counts ask for."""
    command = ["cargo", "build", "--quiet", "--locked", "--profile", "counted"]
    subprocess.run(
        [*command, "-p", "smimebatch-core", "--example", "stage_counts"],
        check=True,
        cwd=HERE.parent,
    )
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", HERE.parent / "target"))
    return target / "counted" / "examples" / "stage_counts"


def counted(program: pathlib.Path) -> Counts:
    """Instructions a message, by corpus and stage."""
    with tempfile.TemporaryDirectory(prefix="smimebatch-counts-") as scratch:
        return {
            path.name.removesuffix(".mbox.xz"): counted_corpus(program, path, pathlib.Path(scratch))
            for path in sorted(CORPORA.glob("*.mbox.xz"))
        }


def counted_corpus(
    program: pathlib.Path, packed: pathlib.Path, scratch: pathlib.Path
) -> dict[str, int]:
    """Instructions a message of one corpus, by stage."""
    mbox, out = scratch / packed.stem, scratch / "callgrind.out"
    mbox.write_bytes(lzma.decompress(packed.read_bytes()))
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}"]
    command += [f"--toggle-collect={name}" for name in CRYPTOGRAPHY]
    command += ["--collect-atstart=yes", str(program), str(mbox), str(CORPORA / "root.pem")]
    environment = os.environ | {"SMIMEBATCH_LANES": "off"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    said = SAID.search(done.stdout)
    if said is None:
        sys.exit(f"stage_counts under callgrind said nothing:\n{done.stderr[-2000:]}")
    messages, passed = map(int, said.groups())
    if passed < PASSED[packed.name.removesuffix(".mbox.xz")] * messages:
        sys.exit(f"{packed.name}: only {passed} of {messages} messages passed")
    return by_stage(annotated(out), messages)


def annotated(out: pathlib.Path) -> str:
    """Every function with what it and those below it took."""
    command = ["callgrind_annotate", "--inclusive=yes", "--threshold=100", "--show-percs=no", out]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def by_stage(listing: str, messages: int) -> dict[str, int]:
    """Instructions a message, by stage."""
    found: dict[str, int] = {}
    for number, stage in COUNTED.findall(listing):
        found[stage] = max(found.get(stage, 0), int(number.replace(",", "")))
    if "again_scan" not in found:
        sys.exit("the listing of callgrind_annotate has no stages")
    return {stage: round(count / messages) for stage, count in sorted(found.items())}


def compared(kept: Counts, found: Counts) -> tuple[list[str], list[str], list[str]]:
    """(a line for each stage, what is worse, what is better)."""
    lines, worse, better = [], [], []
    for corpus, stages in found.items():
        for stage in sorted({*stages, *kept.get(corpus, {})}):
            now, before = stages.get(stage, 0), kept.get(corpus, {}).get(stage, 0)
            change = (now - before) / before if before else float(now > 0)
            line = f"{corpus:9} {stage:14} {before:>9,} {now:>9,} {change:+8.1%}"
            lines.append(line)
            if abs(now - before) > LEAST and abs(change) > TOLERANCE:
                (worse if now > before else better).append(line)
    return lines, worse, better


def cryptography() -> list[str]:
    """The kernels of this machine against its library, with the mails of the corpus."""
    from smimebatch import Trust
    from smimebatch.bench.corpus import Corpus
    from smimebatch.bench.measuring import recorded
    from smimebatch.options import VerifyOptions, parse_instant

    now = parse_instant("2026-01-01T00:00:00Z")
    corpus = Corpus("", "", [str(CORPORA / "signed.mbox.xz")])
    trust, options = Trust.load(CORPORA / "root.pem"), VerifyOptions(now=now)
    jobs = recorded(corpus, trust, options, now).native
    kernels = [min(times) for times in zip(*(jobs.play() for _ in range(50)), strict=True)]
    library = (jobs.play(library_alone=True) for _ in range(50))
    gains = (min(it) / one for it, one in zip(zip(*library, strict=True), kernels, strict=True))
    return [f"{what}: {gain:.2f} times the library" for what, gain in zip(
        ("digests", "verifications"), gains, strict=True
    )]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--update", action="store_true", help="keep what is counted now")
    parser.add_argument("--program", type=pathlib.Path, help="a built stage_counts")
    given = parser.parse_args()
    if shutil.which("valgrind") is None:
        sys.exit("valgrind is not there: it counts (Debian: valgrind)")
    found = counted(given.program or built())
    kept: dict[str, Any] = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    architecture = platform.machine()
    lines, worse, better = compared(kept.get(architecture, {}), found)
    print("\n".join([f"{'corpus':9} {'stage':14} {'kept':>9} {'now':>9}   change", *lines]))
    print("\n".join(["", "cryptography (for information):", *cryptography()]))
    if given.update:
        KEPT.write_text(json.dumps(kept | {architecture: found}, indent=1, sort_keys=True) + "\n")
    elif architecture not in kept:
        sys.exit(f"no counts are kept for {architecture}: make bench-check UPDATE=1")
    elif worse:
        sys.exit("\n".join([f"\nmore than {TOLERANCE:.0%} above what is kept:", *worse]))
    elif better:
        print("\n".join(["\nbetter than what is kept (make bench-check UPDATE=1):", *better]))


if __name__ == "__main__":
    main()
