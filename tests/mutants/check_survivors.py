"""Compares what cargo-mutants could not kill with the survivors that are explained.

usage: python tests/mutants/check_survivors.py FOLDER      (what `cargo mutants --output` was given)

Mutants are named by file and text, without the line, which moves. Fails for a survivor that
survivors.toml does not explain, and for an explained one that a test now kills.
"""

from __future__ import annotations

import pathlib
import re
import sys
import tomllib

PLACE = re.compile(r"^([^:]+):\d+:\d+: ")


def names(path: pathlib.Path) -> list[str]:
    """The mutants of a list, as `file: text`."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [PLACE.sub(r"\1: ", line) for line in lines if line]


def main() -> None:
    folder = pathlib.Path(sys.argv[1]) / "mutants.out"
    table = tomllib.loads((pathlib.Path(__file__).parent / "survivors.toml").read_text())
    explained = {f"{one['file']}: {one['mutant']}" for one in table.get("survivor", [])}
    missed, caught = names(folder / "missed.txt"), names(folder / "caught.txt")
    print(f"{len(caught)} caught, {len(missed)} missed")
    wrong = [f"survives: {name}" for name in missed if name not in explained]
    # Of two mutants with one name one may be explained and the other caught.
    wrong += [f"is killed now: {name}" for name in caught if name in explained - set(missed)]
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
