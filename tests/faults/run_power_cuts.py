"""Power cuts at every call by which a run changes its directory; see README.md.

    python -m tests.faults.run_power_cuts [--messages N] [--unit N] [--every N] [--runs N]

Writes down the calls of a run, and of runs that go on after a kill, and does them again on a disk
that keeps only what was synced. After every call that shows something, what it stands on must be
kept; and from what a cut leaves, the same command makes the whole result. Exits with 1 at the first
promise that is not kept, and leaves the directory for a look.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import signal
import sys
import time
from collections import Counter

from tests.faults import check
from tests.faults.harness import KILL, UNDISTURBED, Disturbed, Harness, with_shim
from tests.faults.model import Call, Disk, Kept, calls_of, write_out
from tests.faults.promises import check_ended, check_promises, matters

OUT = "out"
CALLS_OF_RECOVERY = 60
"""Of a run that goes on: what the one before began, and the first of its own."""


def recorded(harness: Harness, kills: list[Disturbed], *, overwrites: bool = False) -> list[Call]:
    """Give the calls of a run that is killed so often and then goes on to its end.

    One that overwrites does so to the result of an undisturbed one, whose calls come first.
    """
    harness.begin()
    record = harness.folder / "record"
    record.unlink(missing_ok=True)
    if overwrites:
        assert harness.run(UNDISTURBED, record=record) == 0
    for kill in kills:
        code = harness.run(kill, record=record, overwrite=overwrites)
        assert code in (0, -signal.SIGKILL), f"exit code {code}"
    code = harness.run(UNDISTURBED, record=record, overwrite=overwrites)
    assert code == 0, f"exit code {code}"
    return list(calls_of(record.read_bytes()))


def check_order(harness: Harness, calls: list[Call]) -> int:
    """What is shown stands on what is synced, at every call; how many calls were looked at."""
    disk, looked = Disk(str(harness.out.parent)), 0
    for call in calls:
        disk.do(call)
        if matters(call):
            check_promises(disk, OUT)
            looked += 1
    check_ended(disk, OUT)
    return looked


def cuts(
    harness: Harness,
    calls: list[Call],
    every: int,
    chance: random.Random,
    *,
    overwrites: bool = False,
    among: range | None = None,
) -> Counter[str]:
    """Cut the power after calls, each in every way, and let the run go on.

    A result that is overwritten is there whole, or is none.
    """
    disk, done = Disk(str(harness.out.parent)), Counter[str]()
    for number, call in enumerate(calls):
        disk.do(call)
        if not call.changes or number % every or (among and number not in among):
            continue
        for kept in Kept:
            harness.begin()
            write_out(disk.files(kept, chance), harness.out.parent)
            room = harness.out / "_smimebatch"
            is_whole = (room / "manifest.json").exists()
            try:
                if is_whole and not (room / "replacing").exists():
                    check.check_whole(harness.out, harness.reference)
                harness.finish(overwrite=overwrites)
            except AssertionError as broken:
                at = f"{number} of {len(calls)} ({call.letter} {call.path})"
                raise AssertionError(f"{broken}; {kept.value} kept at call {at}") from broken
            done[f"power cuts that keep {kept.value}"] += 1
    return done


def naming_call(calls: list[Call]) -> int:
    """Which call, counted from 1, gives the third of a unit's files its name."""
    changing = [call for call in calls if call.changes]
    named = [
        at for at, call in enumerate(changing, 1) if call.letter == "R" and "/part-" in call.to
    ]
    return named[2]


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--unit", type=int, default=500)
    parser.add_argument("--every", type=int, default=1, help="calls from one cut to the next")
    parser.add_argument("--runs", type=int, default=12, help="runs that go on after a kill")
    parser.add_argument("--order", type=int, default=1, help="kills from one such run to the next")
    parser.add_argument("--shard", default="0/1", help="i/N, as verify has it")
    parser.add_argument("--jobs", type=int, nargs="*", default=[1, 2], help="threads")
    works = ("verify", "decrypt", "reencrypt")
    parser.add_argument("--work", choices=works, default=works[0], help="what the runs do")
    formats = ("parquet", "mbox", "eml", "maildir")
    parser.add_argument("--mail", choices=formats, default=formats[0], help="what they write")
    arguments = parser.parse_args()
    folder = with_shim("tests.faults.run_power_cuts")
    started, chance = time.monotonic(), random.Random(11)
    harness = Harness(
        folder,
        arguments.messages,
        arguments.unit,
        arguments.shard,
        work=arguments.work,
        mail_format=arguments.mail,
    )
    done: Counter[str] = Counter()
    what = ""
    try:
        for jobs in arguments.jobs:
            harness.with_jobs(jobs)
            what = f"{jobs} threads"
            calls = recorded(harness, [])
            done["calls looked at"] += check_order(harness, calls)
            done += cuts(harness, calls, arguments.every, chance)
            what = f"{jobs} threads, with --overwrite"
            # Some of a unit's files have their names, and the next run gives the others theirs.
            killed = naming_call(calls)
            what = f"{jobs} threads, killed at call {killed}, which gives a file its name"
            calls = recorded(harness, [Disturbed(killed, KILL)])
            begun = [at for at, call in enumerate(calls) if call.changes][killed - 1]
            among = range(begun, begun + CALLS_OF_RECOVERY)
            done += cuts(harness, calls, 1, chance, among=among)
            what = f"{jobs} threads, with --overwrite"
            calls = recorded(harness, [], overwrites=True)
            done["calls looked at"] += check_order(harness, calls)
            done += cuts(harness, calls, arguments.every * 2, chance, overwrites=True)
            for at in range(1, harness.calls + 1, arguments.order):
                what = f"{jobs} threads, killed at call {at}"
                calls = recorded(harness, [Disturbed(at, KILL)])
                done["calls looked at"] += check_order(harness, calls)
                done["runs that went on"] += 1
            for _ in range(arguments.runs):
                kills = [Disturbed(chance.randint(1, harness.calls), KILL) for _ in range(2)]
                what = f"{jobs} threads, {kills[0]}, then {kills[1]}"
                calls = recorded(harness, kills)
                done["calls looked at"] += check_order(harness, calls)
                done += cuts(harness, calls, arguments.every * arguments.runs, chance)
    except AssertionError as broken:
        print(f"NOT KEPT: {broken}; {what}; see {harness.out}", file=sys.stderr)
        return 1
    found = {
        "calls": harness.calls,
        "seconds": round(time.monotonic() - started),
        "done": dict(sorted(done.items())),
    }
    print(json.dumps(found, indent=2))
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
