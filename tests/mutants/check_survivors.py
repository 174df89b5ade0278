"""Compares the mutants that no test kills with the survivors that are explained.

usage: python tests/mutants/check_survivors.py [FILE]      (outcomes of run_mutants.py)

Mutants are named by file and text, without the line, which moves. Fails for a survivor that
survivors.toml does not explain, and for an explained one that a test now kills.
"""

from __future__ import annotations

import json
import pathlib
import re
import sys
import tomllib
from collections import Counter

from scratch import OUTCOMES, fingerprint

PLACE = re.compile(r"^([^:]+):\d+:\d+: ")
TABLE = pathlib.Path(__file__).parent / "survivors.toml"


def main() -> None:
    path = pathlib.Path(sys.argv[1]) if sys.argv[1:] else OUTCOMES
    # The last word on each: a mutant may be judged again.
    judged = {one["mutant"]: one for one in map(json.loads, path.open(encoding="utf-8"))}
    sources = {name: fingerprint(name) for name in {mutant.split(":")[0] for mutant in judged}}
    last = {
        mutant: one["outcome"]
        for mutant, one in judged.items()
        if one["source"] == sources[mutant.split(":")[0]]
    }
    explained = {
        f"{one['file']}: {mutant}"
        for one in tomllib.loads(TABLE.read_text(encoding="utf-8")).get("survivor", [])
        for mutant in one["mutants"]
    }
    named = [(PLACE.sub(r"\1: ", mutant), outcome) for mutant, outcome in last.items()]
    missed = {name for name, outcome in named if outcome == "missed"}
    killed = {name for name, outcome in named if outcome in ("caught", "timeout")} - missed
    counts = Counter(outcome for _, outcome in named)
    print(", ".join(f"{count} {outcome}" for outcome, count in counts.most_common()))
    print(f"{len(judged) - len(last)} outcomes are of sources that have changed since")
    print(f"{sum(name in explained for name in missed)} of {len(missed)} survivors are explained")
    wrong = [f"survives: {name}" for name in sorted(missed - explained)]
    # Of two mutants with one name one may be explained and the other caught.
    wrong += [f"is killed now: {name}" for name in sorted(explained & killed)]
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
