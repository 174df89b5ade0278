"""Scratch trees, what is built of them, and the commands that should notice a mutant."""

from __future__ import annotations

import json
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from scratch import REPOSITORY, TARGET, copy_tree, environment, install_module
from switched import COPY, SWITCH, Mutant, Switched, without_const

PROFILE = ["--config", "profile.dev.package.smimebatch-crypto.opt-level=2"]
"""Cryptography is tested elsewhere; unoptimised it is most of the time."""
MEMORY_BYTES = 8 << 30
"""Of a test's process: a loop that never ends may fill what it appends to."""
WALL_TIMES = 200
"""How much longer than its processor time a test may take: others may be measuring meanwhile."""
CORE = "rust/core/src"
NOT_CONST = re.compile(
    r"non-const (?:associated function|function|method) `(?:.*::)?(\w+)(?:::<.*>)?`"
)


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

    def check(self) -> None:
        """Much cheaper than to build, and complains of the same."""
        self.build("check", "-p", "smimebatch-core", "--lib")

    def build_module(self) -> None:
        if not self.has_module:
            self.build("build", "-p", "smimebatch-bindings")
            install_module(self.folder)
            self.has_module = True

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

    def check_baseline(self, stages: Iterable[Stage]) -> None:
        """Every stage passes while all mutants sleep."""
        for stage in stages:
            started = time.monotonic()
            outcome = self.passes(stage, 0)
            if outcome != "passed":
                sys.exit(f"{outcome} with no mutant awake: {' '.join(stage.command)}")
            took = time.monotonic() - started
            print(f"{stage.name:8} {took:5.1f} s with no mutant awake", flush=True)


@dataclass
class SwitchedTree:
    """A tree with many mutants asleep in it, and those that cannot be in it."""

    tree: Tree
    mutants: list[Mutant]
    note_unviable: Callable[[Mutant], None] = lambda mutant: None
    """Told of each at once: a stopped run need not find it again."""
    left_out: dict[int, Mutant] = field(default_factory=dict)
    """To be built alone."""
    unviable: dict[int, Mutant] = field(default_factory=dict)
    """The compiler says that they would not build alone either."""
    copies: set[int] = field(default_factory=set)
    """Mutants that are a copy of the body, since they cannot be written beside what they change."""
    kept_const: set[str] = field(default_factory=set)
    """Functions that constants call."""
    sources: dict[str, str] = field(default_factory=dict)
    """As they were when the tree was made: whoever works on meanwhile disturbs nothing."""

    def build(self) -> None:
        while True:
            files = self.write()
            count = len(self.mutants) - len(self.left_out) - len(self.unviable)
            print(f"building {count} of {len(self.mutants)} at once", flush=True)
            try:
                self.tree.check()
                return self.tree.build_tests()
            except BuildError as error:
                self.heed(error.messages, files)

    def write(self) -> dict[str, Switched]:
        """The source, with what is still to be in it."""
        files = {}
        for name, source in self.read_sources().items():
            text = without_const(source, self.kept_const)
            of_file = [one for one in self.mutants if one.file == name and self.is_in(one)]
            if of_file:
                files[name] = self.switch(text, of_file)
                text = files[name].text
            copy = self.tree.folder / name
            text += SWITCH if name == f"{CORE}/lib.rs" else ""
            if copy.read_text() != text:
                copy.write_text(text)
        return files

    def read_sources(self) -> dict[str, str]:
        if not self.sources:
            paths = sorted((REPOSITORY / CORE).rglob("*.rs"))
            self.sources = {str(it.relative_to(REPOSITORY)): it.read_text() for it in paths}
        return self.sources

    def is_in(self, mutant: Mutant) -> bool:
        return mutant.number not in self.left_out and mutant.number not in self.unviable

    def switch(self, text: str, mutants: list[Mutant]) -> Switched:
        shaped = Switched(text, mutants, self.copies)
        self.copies |= {one.number for one in shaped.left_out}
        switched = Switched(text, mutants, self.copies)
        self.left_out |= {one.number: one for one in switched.left_out}
        for mutant in switched.unviable:
            self.leave_unviable(mutant)
        return switched

    def heed(self, messages: list[dict], files: dict[str, Switched]) -> None:
        """Of what the compiler complains about, do as it says."""
        blamed = [blame(message, files) for message in messages]
        of_source = [one for one, numbers in zip(messages, blamed, strict=True) if not numbers]
        found = [NOT_CONST.search(one["message"]) for one in of_source]
        if called := {one[1] for one in found if one} - self.kept_const:
            self.kept_const |= called
            return
        if not any(blamed):
            sys.exit("\n".join(one["rendered"] for one in messages))
        by_number = {one.number: one for one in self.mutants}
        for message, numbers in zip(messages, blamed, strict=True):
            for number in numbers:
                self.heed_one(by_number[number], message, len(numbers) == 1)

    def heed_one(self, mutant: Mutant, message: dict, is_alone: bool) -> None:
        if NOT_CONST.search(message["message"]):
            self.left_out[mutant.number] = mutant
        elif is_alone and (is_value_of_no_type(mutant, message) or mutant.number in self.copies):
            self.leave_unviable(mutant)
        elif mutant.number in self.copies or mutant.genre == COPY:
            self.left_out[mutant.number] = mutant
        else:
            self.copies.add(mutant.number)

    def leave_unviable(self, mutant: Mutant) -> None:
        if mutant.number not in self.unviable:
            self.unviable[mutant.number] = mutant
            self.note_unviable(mutant)


def is_value_of_no_type(mutant: Mutant, message: dict) -> bool:
    """Whether a value is not one of its function's type, wherever it is written."""
    code = (message["code"] or {}).get("code")
    return mutant.genre == "FnValue" and code in {"E0271", "E0277", "E0308", "E0599"}


def blame(message: dict, files: dict[str, Switched]) -> set[int]:
    """Whose text a complaint of the compiler is about."""
    spans = sorted(message["spans"], key=lambda span: not span["is_primary"])
    for span in spans:
        if span["file_name"] in files and (
            numbers := files[span["file_name"]].blamed(span["byte_start"])
        ):
            return set(numbers)
    return set()
