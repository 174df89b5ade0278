"""Compares the mutants that no test kills with the survivors that are explained.

usage: python tests/mutants/check_survivors.py [FILE]      (outcomes of run_mutants.py)

Mutants are named by file and text, without the line, which moves. Fails for a survivor that
survivors.toml does not explain, for an explained one that a test now kills, and for one that
cargo-mutants no longer makes. Says how many are not judged yet.
"""

from __future__ import annotations

import pathlib
import sys
from collections import Counter

from run_mutants import Outcomes, list_mutants
from scratch import OUTCOMES, explained, unplaced


def main() -> None:
    mutants = [one.name for one in list_mutants(None)]
    known = Outcomes(pathlib.Path(sys.argv[1]) if sys.argv[1:] else OUTCOMES).known
    judged = [(unplaced(one), known[one]["outcome"]) for one in mutants if one in known]
    reasons = explained()
    missed = {name for name, outcome in judged if outcome == "missed"}
    killed = {name for name, outcome in judged if outcome in ("caught", "timeout")} - missed
    counts = Counter(outcome for _, outcome in judged)
    print(", ".join(f"{count} {outcome}" for outcome, count in counts.most_common()))
    print(f"{len(mutants) - len(judged)} of {len(mutants)} mutants are not judged yet")
    print(f"{len(missed & reasons)} of {len(missed)} survivors are explained")
    wrong = [f"survives: {name}" for name in sorted(missed - reasons)]
    # Of two mutants with one name one may be explained and the other caught.
    wrong += [f"is killed now: {name}" for name in sorted(reasons & killed)]
    named = {unplaced(one) for one in mutants}
    wrong += [f"is none any more: {name}" for name in sorted(reasons - named)]
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
