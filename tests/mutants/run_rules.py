"""Breaks every rule of rules.toml in a scratch copy, one line at a time; each must be noticed.

usage: python tests/mutants/run_rules.py [NUMBER …] [--list] [--scratch FOLDER]

The copy lies in the target folder, with a target folder of its own. First every test named in the
table has to pass on the unchanged copy; then each mutation is made, its test run, and the line put
back. A mutation that does not build, whose line is not there exactly once, or that no test notices
fails the run.
"""

from __future__ import annotations

import argparse
import pathlib
import re
import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass

from scratch import PYTHON, TARGET, copy_tree, environment, install_module

HERE = pathlib.Path(__file__).parent
TIMEOUT_S = 300
"""One build of what changed and one test; a mutation that hangs is noticed too."""
FIRST_TIMEOUT_S = 3_600
"""The first build of a kind, which may have to build everything."""
CARGO = ["cargo", "test", "--quiet", "--locked"]
KINDS = {
    "core": [*CARGO, "-p", "smimebatch-core", "--lib", "--"],
    "crypto": [*CARGO, "-p", "smimebatch-crypto", "--"],
    "mails": [*CARGO, "-p", "smimebatch-core", "--test", "integration", "--"],
}


@dataclass(frozen=True)
class Mutation:
    """One line of the source, what becomes of it, and the test that must notice."""

    rule: str
    file: str
    line: str
    becomes: str
    test: str

    @property
    def kind(self) -> str:
        return self.test.split(" ", 1)[0]

    @property
    def filter(self) -> str:
        return self.test.split(" ", 1)[1]


def read_table() -> list[Mutation]:
    rules = tomllib.loads((HERE / "rules.toml").read_text())["rule"]
    return [Mutation(rule["number"], **one) for rule in rules for one in rule["mutation"]]


@dataclass
class Runner:
    """Runs tests in the scratch copy."""

    scratch: pathlib.Path
    timeout_s: int = FIRST_TIMEOUT_S

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.scratch,
            # What is mutated is built without optimisation: building is most of the work.
            env=environment(self.scratch, CARGO_PROFILE_DEV_OPT_LEVEL="0"),
            capture_output=True,
            text=True,
            timeout=self.timeout_s,
            check=False,
        )

    def test(self, kind: str, *filters: str) -> tuple[str, str]:
        """`passed`, `failed`, `broken` (it does not build) or `empty`, and what was printed."""
        if kind in KINDS:
            done = self.run(*KINDS[kind], *filters)
            text = done.stdout + done.stderr
            if "could not compile" in text:
                return "broken", text
            count = sum(map(int, re.findall(r"(\d+) passed", text)))
        else:
            if kind == "whole" and (broken := self.build_module()):
                return "broken", broken
            options = ["-q", "-p", "no:cacheprovider", "--no-header"]
            words = [word for one in filters for word in one.split(" ")]
            done = self.run(PYTHON, "-m", "pytest", *options, *words)
            text = done.stdout + done.stderr
            count = 0 if done.returncode in (4, 5) else 1
        if done.returncode == 0:
            return ("passed" if count else "empty"), text
        return "failed", text

    def build_module(self) -> str:
        done = self.run("cargo", "build", "--quiet", "--locked", "-p", "smimebatch-bindings")
        if done.returncode:
            return done.stdout + done.stderr
        install_module(self.scratch)
        return ""


def check_baseline(runner: Runner, kind: str, mutations: list[Mutation]) -> None:
    """Every named test of a kind runs and passes before anything is broken."""
    runner.timeout_s = FIRST_TIMEOUT_S
    filters = list(dict.fromkeys(one.filter for one in mutations))
    for batch in [filters] if kind in KINDS else [[one] for one in filters]:
        outcome, text = runner.test(kind, *batch)
        if outcome != "passed":
            sys.exit(f"{text}\n{kind} {batch}: {outcome} before any mutation")
    runner.timeout_s = TIMEOUT_S


def apply(runner: Runner, mutation: Mutation) -> str:
    """Makes one mutation, runs its test, puts the line back; says what came of it."""
    path = runner.scratch / mutation.file
    before = path.read_text()
    if before.count(mutation.line) != 1:
        return f"line found {before.count(mutation.line)} times"
    path.write_text(before.replace(mutation.line, mutation.becomes))
    try:
        outcome, text = runner.test(mutation.kind, mutation.filter)
    except subprocess.TimeoutExpired:
        return "caught"
    finally:
        path.write_text(before)
    if outcome == "broken":
        print(text[-3000:], file=sys.stderr)
    return "caught" if outcome == "failed" else outcome


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("numbers", nargs="*", help="rules; all without")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--scratch", type=pathlib.Path, default=TARGET / "mutants-rules")
    given = parser.parse_args()
    chosen = [one for one in read_table() if not given.numbers or one.rule in given.numbers]
    if given.list:
        print("\n".join(f"{one.rule}  {one.file}: {one.line}" for one in chosen))
        return
    copy_tree(given.scratch)
    runner = Runner(given.scratch)
    wrong = 0
    for kind in [*KINDS, "python", "whole"]:
        # Sorted by what has to be built again.
        of_kind = sorted((one for one in chosen if one.kind == kind), key=lambda one: one.file)
        if of_kind:
            check_baseline(runner, kind, of_kind)
        for mutation in of_kind:
            started = time.monotonic()
            outcome = apply(runner, mutation)
            wrong += outcome != "caught"
            took = time.monotonic() - started
            print(f"{mutation.rule}  {outcome:8} {took:5.1f} s  {mutation.line}", flush=True)
    if wrong:
        sys.exit(f"{wrong} of {len(chosen)} mutations were not caught")


if __name__ == "__main__":
    main()
