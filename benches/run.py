"""Measures smimebatch against its peers and against its own cryptography, and keeps the raw rows.

usage: run.py [--full | --smoke] [--suites reference matrix …] [--rounds N] [--runs benches/runs]
              [--commit HASH]

Suites (suites.py says what each does): reference, matrix, unsigned, memory, envelopes, hostile,
chains, containers, scaling (only where there are more than two cores). The default takes about a
quarter of an hour on two cores, --full two hours; --smoke only says whether everything works, and
keeps nothing unless --runs is given. Peers that cannot be installed are told as not run, with the
reason.

Every measurement checks the verdicts it got against the corpus; a wrong one is kept as a row
and fails the run. Writes benches/runs/<date>-<cpu>/rows.jsonl and machine.json, then
docs/benchmarks.md and its charts (report.py).
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import pathlib
import sys
import tempfile
from typing import Any

from machine import REPOSITORY, machine, slug
from suites import DEFAULT, FULL, SMOKE, SUITES

import report

HERE = pathlib.Path(__file__).parent


def main() -> None:
    given = arguments()
    extent = SMOKE if given.smoke else FULL if given.full else DEFAULT
    if given.rounds:
        extent = type(extent)(**vars(extent) | {"rounds": given.rounds})
    about = machine() | {"date": dt.datetime.now(dt.UTC).isoformat(timespec="seconds")}
    about |= {"extent": vars(extent)}
    if given.commit:
        about |= {"commit": given.commit, "tree_clean": True}
    folder = (given.runs or HERE / "runs") / f"{about['date'][:10]}-{slug(about)}"
    keeps = given.runs is not None or not given.smoke
    if keeps:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "machine.json").write_text(json.dumps(about, indent=1) + "\n")
        replaced(folder / "rows.jsonl", given.suites)
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="smimebatch-bench-") as scratch:
        for name in given.suites:
            for row in SUITES[name](extent, pathlib.Path(scratch)):
                told = {"of": name, "commit": about["commit"][:12]} | row
                wrong += not row["correct"]
                print(json.dumps(told), file=sys.stderr)
                if keeps:
                    with open(folder / "rows.jsonl", "a") as file:
                        file.write(json.dumps(told) + "\n")
    if keeps and given.runs is None:
        report.write(folder, REPOSITORY / "docs" / "benchmarks.md")
    if wrong:
        sys.exit(f"{wrong} measurements with wrong verdicts")


def replaced(rows: pathlib.Path, suites: list[str]) -> None:
    """Drops the rows of suites that are measured again on the same day."""
    if rows.exists():
        lines = rows.read_text().splitlines(keepends=True)
        rows.write_text("".join(it for it in lines if json.loads(it).get("of") not in suites))


def arguments() -> Any:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    extent = parser.add_mutually_exclusive_group()
    extent.add_argument("--full", action="store_true", help="more of everything")
    extent.add_argument("--smoke", action="store_true", help="the least of everything")
    parser.add_argument("--suites", nargs="+", choices=SUITES, default=list(SUITES))
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--runs", type=pathlib.Path, help="another folder for the raw rows")
    parser.add_argument("--commit", help="what was built, where there is no checkout to ask")
    return parser.parse_args()


if __name__ == "__main__":
    main()
