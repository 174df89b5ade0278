"""Breaks every rule of rules.toml in a scratch copy, one line at a time; each must be noticed.

usage: python tests/mutants/run_rules.py [NUMBER …] [--list]

Nearly all mutations are built at once, each in a copy of the body of its function, and awakened one
by one (switched.py); those of other crates, of Python and of what is no body are made one by one.
First every test named in the table has to pass with nothing broken. A mutation that does not build,
whose line is not there exactly once, or that no test notices fails the run.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass

from scratch import PYTHON, REPOSITORY
from switched import COPY, Mutant
from trees import CORE, BuildError, Stage, SwitchedTree, Tree

HERE = pathlib.Path(__file__).parent
BINARIES = {
    "core": "smimebatch_core",
    "mails": "integration",
    "crypto": "smimebatch_crypto",
    "crypto-tests": "crypto",
}
CPU_S = {"core": 30, "mails": 60, "crypto": 60, "crypto-tests": 60, "python": 120, "whole": 120}
"""Far more than a test takes; a mutation that hangs is noticed too."""


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

    @property
    def is_of_core(self) -> bool:
        return self.file.startswith(CORE) and self.kind in ("core", "mails", "whole")

    def mutant(self, number: int) -> Mutant:
        source = (REPOSITORY / self.file).read_text()
        if source.count(self.line) != 1:
            sys.exit(f"{self.file}: {source.count(self.line)} times: {self.line}")
        start = source.index(self.line)
        first, last = (place_of(source, at) for at in (start, start + len(self.line)))
        return Mutant(number, self.line, self.file, COPY, self.becomes, (*first, *last))


def place_of(source: str, at: int) -> tuple[int, int]:
    before = source[:at]
    return before.count("\n") + 1, at - before.rfind("\n")


def read_table() -> list[Mutation]:
    rules = tomllib.loads((HERE / "rules.toml").read_text())["rule"]
    return [Mutation(rule["number"], **one) for rule in rules for one in rule["mutation"]]


def build_for(tree: Tree, kind: str) -> None:
    """What the tests of a kind run."""
    if kind.startswith("crypto"):
        tree.build("test", "--no-run", "-p", "smimebatch-crypto", "--lib", "--test", "crypto")
    elif kind == "whole":
        tree.build_module()
    elif kind in BINARIES:
        tree.build_tests()


def stage_of(tree: Tree, mutation: Mutation) -> Stage:
    """The one test that must notice."""
    kind = mutation.kind
    if kind in BINARIES:
        command = [tree.tests[BINARIES[kind]], mutation.filter]
    else:
        options = ["-q", "-p", "no:cacheprovider", "--no-header", "-n0"]
        command = [PYTHON, "-m", "pytest", *options, *mutation.filter.split(" ")]
    return Stage(kind, command, CPU_S[kind], is_python=kind not in BINARIES)


def check_baseline(tree: Tree, mutations: list[Mutation]) -> None:
    """Every named test is there and passes before anything is broken."""
    stages = {one.test: stage_of(tree, one) for one in mutations}
    for test, stage in stages.items():
        # pytest itself fails where it finds nothing.
        if not stage.is_python:
            listed = subprocess.run([*stage.command, "--list"], capture_output=True, check=True)
            if b": test" not in listed.stdout:
                sys.exit(f"no such test: {test}")
        outcome = tree.passes(stage, 0)
        if outcome != "passed":
            sys.exit(f"{test}: {outcome} before any mutation")


def report(mutation: Mutation, outcome: str, started: float) -> bool:
    """Whether it was not noticed."""
    is_caught = outcome in ("failed", "timeout")
    word = "caught" if is_caught else outcome
    took = time.monotonic() - started
    print(f"{mutation.rule:3}  {word:8} {took:5.1f} s  {mutation.line}", flush=True)
    return not is_caught


def judge_asleep(tree: Tree, mutations: dict[int, Mutation]) -> int:
    """Those that are built already; how many were not noticed."""
    for kind in sorted({one.kind for one in mutations.values()}):
        build_for(tree, kind)
    check_baseline(tree, list(mutations.values()))
    wrong = 0
    for number, mutation in mutations.items():
        started = time.monotonic()
        wrong += report(mutation, tree.passes(stage_of(tree, mutation), number), started)
    return wrong


def judge_alone(mutations: list[Mutation]) -> int:
    """Those that are made one by one; how many were not noticed."""
    tree = Tree("mutants-alone", opt_level=0)
    for kind in sorted({one.kind for one in mutations}):
        build_for(tree, kind)
    check_baseline(tree, mutations)
    return sum(judge_one(tree, one) for one in mutations)


def judge_one(tree: Tree, mutation: Mutation) -> bool:
    started = time.monotonic()
    path = tree.folder / mutation.file
    before = path.read_text()
    path.write_text(before.replace(mutation.line, mutation.becomes))
    tree.has_module = False
    try:
        build_for(tree, mutation.kind)
        outcome = tree.passes(stage_of(tree, mutation), 0)
    except BuildError as error:
        print("\n".join(one["rendered"] for one in error.messages), file=sys.stderr)
        outcome = "broken"
    finally:
        path.write_text(before)
    return report(mutation, outcome, started)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("numbers", nargs="*", help="rules; all without")
    parser.add_argument("--list", action="store_true")
    given = parser.parse_args()
    chosen = [one for one in read_table() if not given.numbers or one.rule in given.numbers]
    if given.list:
        print("\n".join(f"{one.rule}  {one.file}: {one.line}" for one in chosen))
        return
    started = time.monotonic()
    numbered = dict(enumerate(chosen, 1))
    mutants = [one.mutant(number) for number, one in numbered.items() if one.is_of_core]
    switched = SwitchedTree(Tree("mutants-rules", opt_level=1), mutants)
    asleep: dict[int, Mutation] = {}
    wrong = 0
    if mutants:
        switched.build()
        asleep = {one.number: numbered[one.number] for one in mutants if switched.is_in(one)}
        wrong += judge_asleep(switched.tree, asleep)
    alone = [one for number, one in numbered.items() if number not in asleep]
    wrong += judge_alone(alone) if alone else 0
    took = time.monotonic() - started
    print(f"{len(chosen) - wrong} of {len(chosen)} mutations caught, {took:.0f} s")
    if wrong:
        sys.exit(1)


if __name__ == "__main__":
    os.nice(10)
    main()
