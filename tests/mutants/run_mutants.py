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
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from scratch import OUTCOMES, PYTHON, REPOSITORY, TARGET, copy_tree, environment, install_module
from switched import SWITCH, Mutant, Switched

ROOMS = ["verdict/", "path/", "cms/", "mail/"]
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
    *("tests/test_reference.py", "tests/test_fixtures.py", "tests/test_algorithms.py"),
    *("tests/test_ess.py", "tests/test_options.py", "tests/test_interop.py"),
    *("tests/test_compressed.py", "tests/test_header_protection.py", "tests/pkits"),
    *("tests/test_rule_06.py", "tests/test_rule_14.py", "tests/test_rule_21.py"),
    *("tests/test_rule_27.py", "tests/test_rule_30.py", "tests/test_rule_32.py"),
    *("tests/attacks", "tests/test_differential.py"),
]
PROFILE = ["--config", "profile.dev.package.smimebatch-crypto.opt-level=2"]
"""Cryptography is tested elsewhere; unoptimised it is most of the time."""
MEMORY_BYTES = 8 << 30
"""Of a test's process: a loop that never ends may fill what it appends to."""
WALL_TIMES = 20
"""How much longer than its processor time a test may take, on a busy machine."""


class BuildError(Exception):
    """The mutant does not build."""

    def __init__(self, messages: list[dict]) -> None:
        self.messages = messages


@dataclass(frozen=True)
class Stage:
    """One command that should fail, and the processor time after which it is stopped."""

    name: str
    command: list[str]
    cpu_s: int
    is_python: bool = False


class Tree:
    """A scratch copy and what was built of it."""

    def __init__(self, name: str, opt_level: int) -> None:
        self.folder = TARGET / name
        self.environment = environment(self.folder, CARGO_PROFILE_DEV_OPT_LEVEL=str(opt_level))
        copy_tree(self.folder)
        self.tests: dict[str, str] = {}
        self.has_module = False

    def build(self, *what: str) -> None:
        """Build; the test binaries are in `tests` afterwards, by name."""
        command = ["cargo", *what, "--quiet", "--locked", "--message-format=json", *PROFILE]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        if done.returncode:
            messages = [one["message"] for one in lines if one["reason"] == "compiler-message"]
            messages = [one for one in messages if one["level"].startswith("error")]
            if not messages:
                sys.exit(done.stderr)
            raise BuildError(messages)
        for one in lines:
            if one["reason"] == "compiler-artifact" and one["executable"]:
                self.tests[one["target"]["name"]] = one["executable"]

    def build_tests(self) -> None:
        self.build("test", "--no-run", "-p", "smimebatch-core", "--lib", "--test", "integration")

    def build_module(self) -> None:
        if not self.has_module:
            self.build("build", "-p", "smimebatch-bindings")
            install_module(self.folder)
            self.has_module = True

    def stages(self, mutant: Mutant, names: list[str]) -> Iterator[Stage]:
        """Those of a pass, the cheapest first."""
        unit, mails = self.tests["smimebatch_core"], self.tests["integration"]
        if "module" in names:
            module = tested_module(mutant.file)
            own = [name for name in SLOW_UNIT if name.startswith(module)]
            yield Stage("module", [unit, module, *without(SLOW_UNIT)], 2)
            for name in own:
                yield Stage("module", [unit, name], 10)
            yield Stage("unit", [unit, *without(SLOW_UNIT)], 10)
            yield Stage("mails", [mails, *without(SLOW_MAILS)], 15)
        elif "slow" in names:
            room = mutant.file.removeprefix("rust/core/src/").split("/")[0]
            of_room = [name for name in SLOW_UNIT if name.startswith(room)]
            if of_room:
                yield Stage("slow", [unit, *of_room], 60)
            yield Stage("slow", [mails, *SLOW_MAILS], 60)
        else:
            self.build_module()
            options = ["-q", "-x", "-p", "no:cacheprovider", "--no-header", "-n0"]
            yield Stage("python", [PYTHON, "-m", "pytest", *options, *PYTEST], 300, is_python=True)

    def passes(self, stage: Stage, number: int) -> str:
        """`passed`, `failed` or `timeout`, with one mutant awake (0: none)."""

        def limit() -> None:
            resource.setrlimit(resource.RLIMIT_CPU, (stage.cpu_s, stage.cpu_s + 5))
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

        started = time.monotonic()
        try:
            done = subprocess.run(
                stage.command,
                cwd=self.folder if stage.is_python else self.folder / "rust" / "core",
                env=self.environment | {"SMIMEBATCH_MUTANT": str(number)},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=stage.cpu_s * WALL_TIMES,
                check=False,
                preexec_fn=limit,
            )
        except subprocess.TimeoutExpired:
            return "timeout"
        if done.returncode in (-24, -9) and time.monotonic() - started > stage.cpu_s / 4:
            return "timeout"
        return "failed" if done.returncode else "passed"

    def judge(self, stages: Iterable[Stage], number: int) -> tuple[str, str]:
        """`caught`, `timeout` or `missed`, and the stage it came of."""
        for stage in stages:
            outcome = self.passes(stage, number)
            if outcome != "passed":
                return ("caught" if outcome == "failed" else outcome), stage.name
        return "missed", stage.name

    def check_baseline(self, stages: Iterable[Stage]) -> None:
        """Every stage passes while all mutants sleep."""
        for stage in stages:
            started = time.monotonic()
            outcome = self.passes(stage, 0)
            if outcome != "passed":
                sys.exit(f"{outcome} with no mutant awake: {' '.join(stage.command)}")
            took = time.monotonic() - started
            print(f"{stage.name:8} {took:5.1f} s with no mutant awake", flush=True)


class Outcomes:
    """The file of outcomes."""

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = path.read_text().splitlines() if path.exists() else []
        self.known = {one["mutant"]: one for one in map(json.loads, lines)}

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
        for mutant in mutants:
            if self.known.get(mutant.name, {}).get("outcome") == "missed":
                del self.known[mutant.name]

    def add(self, mutant: Mutant, outcome: str, stage: str, seconds: float) -> None:
        one = {"mutant": mutant.name, "outcome": outcome, "stage": stage}
        self.known[mutant.name] = one
        with self.path.open("a") as file:
            file.write(json.dumps(one) + "\n")
        print(f"{outcome:8} {stage:8} {seconds:5.1f} s  {mutant.name}", flush=True)


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
    return sorted(mutants, key=lambda one: [room not in one.file for room in ROOMS])


def build_switched(mutants: list[Mutant], outcomes: Outcomes) -> tuple[Tree, list[Mutant]]:
    """A tree with all mutants asleep in it, and those that cannot be in it.

    Of some of the latter the compiler says that they would not build alone either.
    """
    tree = Tree("mutants-switched", opt_level=1)
    left_out: dict[int, Mutant] = {}
    while True:
        switched = {}
        for name in sorted({one.file for one in mutants}):
            of_file = [one for one in mutants if one.file == name and one.number not in left_out]
            switched[name] = Switched((REPOSITORY / name).read_text(), of_file)
            left_out |= {one.number: one for one in switched[name].left_out}
            write(tree.folder / name, switched[name].text)
        root = "rust/core/src/lib.rs"
        write(tree.folder / root, (REPOSITORY / root).read_text() + SWITCH)
        print(f"building {len(mutants) - len(left_out)} of {len(mutants)} at once", flush=True)
        try:
            tree.build_tests()
        except BuildError as error:
            blamed = [blame(message, switched) for message in error.messages]
            if not any(blamed):
                sys.exit("\n".join(one["rendered"] for one in error.messages))
            left_out |= {one.number: one for one in mutants if one.number in set().union(*blamed)}
            for message, numbers in zip(error.messages, blamed, strict=True):
                for number in numbers:
                    if is_unviable(left_out[number], message) and len(numbers) == 1:
                        outcomes.add(left_out[number], "unviable", "", 0)
        else:
            return tree, list(left_out.values())


def is_unviable(mutant: Mutant, message: dict) -> bool:
    """Whether a value is not one of its function's type, wherever it is written."""
    code = (message["code"] or {}).get("code")
    return mutant.genre == "FnValue" and code in {"E0277", "E0308", "E0599"}


def blame(message: dict, switched: dict[str, Switched]) -> set[int]:
    """Whose text a complaint of the compiler is about."""
    spans = sorted(message["spans"], key=lambda span: not span["is_primary"])
    for span in spans:
        if span["file_name"] in switched and (
            numbers := switched[span["file_name"]].blamed(span["byte_start"])
        ):
            return set(numbers)
    return set()


def write(path: pathlib.Path, text: str) -> None:
    if path.read_text() != text:
        path.write_text(text)


def judge_switched(tree: Tree, mutants: list[Mutant], names: list[str], outcomes: Outcomes) -> None:
    """Those that are asleep in the tree, awakened one by one."""
    if mutants:
        tree.check_baseline(tree.stages(mutants[0], names))
    for mutant in mutants:
        started = time.monotonic()
        judged = tree.judge(tree.stages(mutant, names), mutant.number)
        outcomes.add(mutant, *judged, time.monotonic() - started)


def judge_alone(mutants: list[Mutant], names: list[str], outcomes: Outcomes) -> None:
    """Those that cannot be asleep: each is built, which is most of the work."""
    tree = Tree("mutants-alone", opt_level=0)
    tree.build_tests()
    if mutants:
        tree.check_baseline(tree.stages(mutants[0], names))
    for mutant in mutants:
        started = time.monotonic()
        path = tree.folder / mutant.file
        source = path.read_text()
        path.write_text(mutant.alone(source))
        tree.has_module = False
        try:
            tree.build_tests()
            outcome, stage = tree.judge(tree.stages(mutant, names), 0)
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
    stages = [one[-1] for one in PASSES]
    parser.add_argument("--until", choices=stages, default=stages[-1], help="the last stage to run")
    parser.add_argument("--out", type=pathlib.Path, default=OUTCOMES)
    given = parser.parse_args()
    outcomes = Outcomes(given.out)
    mutants = list_mutants(given.shard)
    chosen = [one for one in mutants if not given.parts or any(p in one.name for p in given.parts)]
    if given.again:
        outcomes.forget_missed(chosen)
    passes = PASSES[: stages.index(given.until) + 1]
    left = [one for one in chosen if any(outcomes.awaits(one, names) for names in passes)]
    if left:
        tree, alone = build_switched(left, outcomes)
        for names in passes:
            waiting = [one for one in left if outcomes.awaits(one, names)]
            judge_switched(tree, [one for one in waiting if one not in alone], names, outcomes)
            judge_alone([one for one in waiting if one in alone], names, outcomes)
    known = [outcomes.known[one.name] for one in chosen]
    print(Counter(f"{one['outcome']} {one['stage']}".strip() for one in known).most_common())


if __name__ == "__main__":
    os.nice(10)
    main()
