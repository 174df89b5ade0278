"""Judges the mutants of cargo-mutants in stages, the cheapest first; a stopped run goes on.

usage: python tests/mutants/run_mutants.py [PART …] [--shard K/N] [--again] [--until STAGE]
PART: only mutants whose name contains it, as `verdict/` or `mail/date.rs`.

cargo-mutants lists them (its settings: .cargo/mutants.toml). Nearly all are built at once and
awakened one by one, see switched.py; the others are built one by one. A test that fails, or that
takes more processor time than it ever should, catches a mutant, and no later stage is run. The
outcomes are appended to FILE, a line of JSON each; check_survivors.py reads it.

Stages: unit tests of the mutated module; all unit tests; tests/rust; then, for what is left, those
of both that are slow; at the end the Python tests that judge mail, with a module of the mutants.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import subprocess
import time
from collections import Counter
from collections.abc import Iterable, Iterator

from scratch import OUTCOMES, PYTHON, REPOSITORY, explained, fingerprint, unplaced
from switched import Mutant
from trees import BuildError, Stage, SwitchedTree, Tree

ROOMS = ["verdict/", "path/", "verify/", "x509/", "cms/", "mail/"]
"""In the order of how bad a wrong answer is."""
PASSES = [["module", "unit", "mails"], ["slow"], ["python"]]
"""Stages; all mutants go through the first pass before the survivors go through the next."""
SLOW_UNIT = [
    "verdict::truth_table::truth_table_whole_product_is_monotonic",
    "mail::outline::tests::outline_walk_equals_the_walk_over_the_message",
]
SLOW_MAILS = [
    "budgets::rule_43_layers_that_would_be_copied_too_often_are_not_decoded",
    "budgets::rule_43_message_larger_than_is_held_is_a_row_that_says_so",
    "bombs::rule_41_deep_mime_ends_in_a_row",
]
"""Tests of a second or more: nine tenths of all the time, for few mutants."""
PYTEST = [
    *("tests/test_time.py", "tests/test_rule_22.py", "tests/test_rule_15.py"),
    *("tests/test_path_rules.py", "tests/revocation", "tests/policies", "tests/pkits"),
    *("tests/test_reference.py", "tests/test_fixtures.py", "tests/test_algorithms.py"),
    *("tests/test_coverage_reasons.py", "tests/test_ess.py", "tests/test_options.py"),
    "tests/test_interop.py",
    *("tests/test_compressed.py", "tests/test_header_protection.py"),
    *("tests/test_rule_06.py", "tests/test_rule_14.py", "tests/test_rule_21.py"),
    *("tests/test_rule_27.py", "tests/test_rule_30.py", "tests/test_rule_32.py"),
    *("tests/test_forged_words.py", "tests/test_stolen_keys.py", "tests/test_stolen_list_keys.py"),
    *("tests/test_stolen_twins.py", "tests/test_stolen_twins_speak.py"),
    *("tests/test_stolen_anchors.py", "tests/test_cross_certified.py"),
    *("tests/test_time_chains.py", "tests/test_time_renewed.py"),
    *("tests/attacks", "tests/test_differential.py"),
]
PYTEST_FIRST = {
    "path": [
        *("tests/test_stolen_keys.py", "tests/test_stolen_list_keys.py"),
        *("tests/test_stolen_twins.py", "tests/test_stolen_twins_speak.py"),
        *("tests/test_stolen_anchors.py", "tests/test_cross_certified.py"),
        *("tests/test_forged_words.py", "tests/revocation"),
    ],
    "mail": ["tests/attacks", "tests/test_fixtures.py"],
    "cms": ["tests/test_fixtures.py", "tests/test_time.py"],
    "verdict": ["tests/test_fixtures.py"],
}
"""Those that are most likely to notice, by room: the order decides only how long it takes."""
TIME = "rust/core/src/verify/time/"
TIME_TESTS = ["tests/test_time.py", "tests/test_coverage_reasons.py"]
"""Its own tests are in Python, so that they come first."""


class Outcomes:
    """The file of outcomes."""

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = path.read_text().splitlines() if path.exists() else []
        self.sources: dict[str, str] = {}
        known = {one["mutant"]: one for one in map(json.loads, lines)}
        self.known = {name: one for name, one in known.items() if self.is_of_today(one)}

    def source(self, mutant: str) -> str:
        file = mutant.split(":", 1)[0]
        return self.sources.setdefault(file, fingerprint(file))

    def is_of_today(self, one: dict[str, str]) -> bool:
        """Whether the source is still the one that was judged."""
        return one["source"] == self.source(one["mutant"])

    def awaits(self, mutant: Mutant, names: list[str]) -> bool:
        """Whether a pass is its next."""
        one = self.known.get(mutant.name)
        if one is None:
            return names is PASSES[0]
        if one["outcome"] != "missed":
            return False
        come_to = next(number for number, each in enumerate(PASSES) if one["stage"] in each)
        return names in PASSES[come_to + 1 : come_to + 2]

    def forget_missed(self, mutants: list[Mutant]) -> None:
        """All but those that are explained, which new tests are not for."""
        reasons = explained()
        for mutant in mutants:
            is_missed = self.known.get(mutant.name, {}).get("outcome") == "missed"
            if is_missed and unplaced(mutant.name) not in reasons:
                del self.known[mutant.name]

    def add(self, mutant: Mutant, outcome: str, stage: str, seconds: float) -> None:
        source = self.source(mutant.name)
        one = {"mutant": mutant.name, "outcome": outcome, "stage": stage, "source": source}
        self.known[mutant.name] = one
        with self.path.open("a") as file:
            file.write(json.dumps(one) + "\n")
        print(f"{outcome:8} {stage:8} {seconds:5.1f} s  {mutant.name}", flush=True)


def stages(tree: Tree, mutant: Mutant, names: list[str]) -> Iterator[Stage]:
    """Those of a pass, the cheapest first."""
    unit, mails = tree.tests["smimebatch_core"], tree.tests["integration"]
    room = mutant.file.removeprefix("rust/core/src/").split("/")[0]
    if "module" in names:
        module = tested_module(mutant.file)
        # Of a whole room they come later.
        own = [name for name in SLOW_UNIT if name.startswith(module) and module != f"{room}::"]
        yield Stage("module", [unit, module, *without(SLOW_UNIT)], 10)
        for name in own:
            yield Stage("module", [unit, name], 300)
        if mutant.file.startswith(TIME):
            yield python_stage(tree, TIME_TESTS, 60)
        yield Stage("unit", [unit, *without(SLOW_UNIT)], 10)
        yield Stage("mails", [mails, *without(SLOW_MAILS)], 15)
    elif "slow" in names:
        of_room = [name for name in SLOW_UNIT if name.startswith(room)]
        if of_room:
            yield Stage("slow", [unit, *of_room], 300)
        yield Stage("slow", [mails, *SLOW_MAILS], 60)
    else:
        yield python_stage(tree, [*PYTEST_FIRST.get(room, []), *PYTEST], 300)


def python_stage(tree: Tree, files: list[str], cpu_s: int) -> Stage:
    tree.build_module()
    options = ["-q", "-x", "-p", "no:cacheprovider", "--no-header", "-n0"]
    return Stage("python", [PYTHON, "-m", "pytest", *options, *files], cpu_s, is_python=True)


def judge(tree: Tree, stages: Iterable[Stage], number: int) -> tuple[str, str]:
    """`caught`, `timeout` or `missed`, and the stage it came of."""
    for stage in stages:
        outcome = tree.passes(stage, number)
        if outcome != "passed":
            return ("caught" if outcome == "failed" else outcome), stage.name
    return "missed", stage.name


def without(tests: Iterable[str]) -> list[str]:
    return [word for name in tests for word in ("--skip", name)]


def tested_module(file: str) -> str:
    """The module of a source file; where that has no tests, the one it is in."""
    module = file.removeprefix("rust/core/src/").removesuffix(".rs").removesuffix("/mod")
    if "#[cfg(test)]" not in (REPOSITORY / file).read_text():
        module = module.rsplit("/", 1)[0]
    return module.replace("/", "::") + "::"


def list_mutants(shard: str | None) -> list[Mutant]:
    command = ["cargo", "mutants", "--list", "--json", *(["--shard", shard] if shard else [])]
    listed = subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=True)
    mutants = [Mutant.of(number, one) for number, one in enumerate(json.loads(listed.stdout), 1)]
    reasons = explained()

    def order(mutant: Mutant) -> list[bool]:
        """What is explained is last in every pass."""
        return [unplaced(mutant.name) in reasons, *(room not in mutant.file for room in ROOMS)]

    return sorted(mutants, key=order)


def build_switched(mutants: list[Mutant], outcomes: Outcomes) -> SwitchedTree:
    tree = Tree("mutants-switched", opt_level=1)
    switched = SwitchedTree(tree, mutants, lambda mutant: outcomes.add(mutant, "unviable", "", 0))
    switched.build()
    return switched


def judge_switched(tree: Tree, mutants: list[Mutant], names: list[str], outcomes: Outcomes) -> None:
    """Those that are asleep in the tree, awakened one by one."""
    for mutant in {one.file.split("/")[3]: one for one in mutants}.values():
        tree.check_baseline(stages(tree, mutant, names))
    for mutant in mutants:
        started = time.monotonic()
        judged = judge(tree, stages(tree, mutant, names), mutant.number)
        outcomes.add(mutant, *judged, time.monotonic() - started)


def judge_alone(mutants: list[Mutant], names: list[str], outcomes: Outcomes) -> None:
    """Those that cannot be asleep: each is built."""
    if not mutants:
        return
    tree = Tree("mutants-alone", opt_level=0)
    tree.build_tests()
    tree.check_baseline(stages(tree, mutants[0], names))
    for mutant in mutants:
        started = time.monotonic()
        path = tree.folder / mutant.file
        source = path.read_text()
        path.write_text(mutant.alone(source))
        tree.has_module = False
        try:
            tree.build_tests()
            outcome, stage = judge(tree, stages(tree, mutant, names), 0)
        except BuildError:
            outcome, stage = "unviable", ""
        finally:
            path.write_text(source)
        outcomes.add(mutant, outcome, stage, time.monotonic() - started)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", help="parts of names; all without")
    parser.add_argument("--shard", help="k/n, as cargo-mutants divides them")
    parser.add_argument("--again", action="store_true", help="judge anew those that survived")
    ends = [one[-1] for one in PASSES]
    parser.add_argument("--until", choices=ends, default=ends[-1], help="the last stage to run")
    parser.add_argument("--out", type=pathlib.Path, default=OUTCOMES)
    given = parser.parse_args()
    outcomes = Outcomes(given.out)
    mutants = list_mutants(given.shard)
    chosen = [one for one in mutants if not given.parts or any(p in one.name for p in given.parts)]
    # What is judged is the source as it is now, whoever works on meanwhile.
    for mutant in chosen:
        outcomes.source(mutant.name)
    if given.again:
        outcomes.forget_missed(chosen)
    passes = PASSES[: ends.index(given.until) + 1]
    left = [one for one in chosen if any(outcomes.awaits(one, names) for names in passes)]
    if left:
        switched = build_switched(left, outcomes)
        for names in passes:
            waiting = [one for one in left if outcomes.awaits(one, names)]
            asleep = [one for one in waiting if switched.is_in(one)]
            judge_switched(switched.tree, asleep, names, outcomes)
            judge_alone([one for one in waiting if not switched.is_in(one)], names, outcomes)
    known = [outcomes.known[one.name] for one in chosen]
    print(Counter(f"{one['outcome']} {one['stage']}".strip() for one in known).most_common())


if __name__ == "__main__":
    os.nice(10)
    main()
