"""The scratch copy of the tree that mutations are made in, and how cargo runs there."""

from __future__ import annotations

import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import tomllib

REPOSITORY = pathlib.Path(__file__).parents[2]
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))
"""The copies lie in the target folder."""
OUTCOMES = TARGET / "mutants" / "outcomes.jsonl"
"""What run_mutants.py found: a line of JSON for each mutant judged, the last one counts."""
PYTHON = str(REPOSITORY / ".venv" / "bin" / "python")


SURVIVORS = pathlib.Path(__file__).parent / "survivors.toml"
PLACE = re.compile(r"^([^:]+):\d+:\d+: ")


def unplaced(mutant: str) -> str:
    """Its name without line and column, which move."""
    return PLACE.sub(r"\1: ", mutant)


def explained() -> set[str]:
    """The survivors that need no test, by that name."""
    table = tomllib.loads(SURVIVORS.read_text(encoding="utf-8"))["survivor"]
    return {f"{one['file']}: {mutant}" for one in table for mutant in one["mutants"]}


def fingerprint(file: str) -> str:
    """Of a source file without its tests: what is known of one text says nothing of another."""
    path = REPOSITORY / file
    code = path.read_text().split("\n#[cfg(test)]\n")[0] if path.exists() else ""
    return hashlib.sha256(code.encode()).hexdigest()[:16]


def copy_tree(scratch: pathlib.Path) -> None:
    """What git knows or would add, with its times, so that what is unchanged is not built anew."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        capture_output=True,
        check=True,
    )
    wanted = {name for name in listed.stdout.decode().split("\0") if (REPOSITORY / name).is_file()}
    for name in wanted:
        source, copy = REPOSITORY / name, scratch / name
        if not copy.exists() or copy.read_bytes() != source.read_bytes():
            copy.parent.mkdir(parents=True, exist_ok=True)
            # A time before the last build would hide the change from cargo.
            shutil.copy(source, copy) if copy.exists() else shutil.copy2(source, copy)
    for path in (scratch / "rust").rglob("*.rs"):
        # A module that moved would be there twice.
        if str(path.relative_to(scratch)) not in wanted:
            path.unlink()
    for module in (REPOSITORY / "python" / "smimebatch").glob("_native*.so"):
        shutil.copy2(module, scratch / "python" / "smimebatch" / "_native.abi3.so")


def environment(scratch: pathlib.Path, **more: str) -> dict[str, str]:
    """Build without debug information, test with fewer made-up cases, import from the copy.

    A copy has a target folder of its own: cargo tells the same package in two places only by times.
    """
    # Compiled once, not for each mutant.
    given = {name: it for name, it in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return (
        given
        | {
            "CARGO_TARGET_DIR": str(scratch / "target"),
            "CARGO_PROFILE_DEV_DEBUG": "0",
            "PYO3_PYTHON": PYTHON,
            "PYTHONPATH": str(scratch / "python"),
            "PYTHONPYCACHEPREFIX": str(scratch / "target" / "pycache"),
            "PROPTEST_CASES": "64",
            # A case that one mutant failed is no test of the next.
            "PROPTEST_DISABLE_FAILURE_PERSISTENCE": "1",
        }
        | more
    )


def install_module(scratch: pathlib.Path) -> None:
    """Put the extension module that cargo just built where Python imports it from."""
    built = scratch / "target" / "debug" / "lib_native.so"
    shutil.copy2(built, scratch / "python" / "smimebatch" / "_native.abi3.so")
