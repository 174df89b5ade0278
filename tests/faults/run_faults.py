"""Kills and faults at every call by which a run changes its directory; see README.md.

    python -m tests.faults.run_faults [--messages N] [--unit N] [--every N] [--random N]
                                     [--work JOB]
                                     [--mail parquet|mbox|eml|maildir]

Does a job on an archive once undisturbed, then once for every call and kind of
fault, each followed by the same command again, which is killed too. Exits with 1 at the first
promise that is not kept, and leaves the directory for a look.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator

from tests.faults.harness import FAULTS, KILL, KILL_BEFORE, Disturbed, Harness, with_shim

CALLS_OF_RECOVERY = 40
"""About so many calls of a run that goes on come before it works on."""


def trials(
    harness: Harness, every: int, every_kill: int, random_kills: int
) -> Iterator[tuple[str, list[Disturbed]]]:
    """Give what happens to runs one after another: at calls from the first on, then at any time."""
    chance = random.Random(7)
    for number, fault in enumerate(FAULTS):
        step = every_kill if fault.kind == KILL_BEFORE else every
        for at in range(1 + number % step, harness.calls + 1, step):
            yield fault.name, [Disturbed(at, fault)]
            if fault.kind == KILL_BEFORE:
                until = CALLS_OF_RECOVERY if at % 2 else harness.calls
                again = Disturbed(chance.randint(1, until), KILL)
                yield f"kill, then in the first {until} calls", [Disturbed(at, fault), again]
    for _ in range(random_kills):
        kills = [
            Disturbed(pause_s=chance.uniform(0.001, harness.length_s))
            for _ in range(chance.randint(1, 3))
        ]
        yield "kills at any time", kills


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--unit", type=int, default=500)
    parser.add_argument("--every", type=int, default=5, help="calls from one fault to the next")
    parser.add_argument("--every-kill", type=int, default=1, help="the same of kills")
    parser.add_argument("--random", type=int, default=200, help="kills at any time")
    parser.add_argument("--jobs", type=int, nargs="*", default=[1, 2], help="threads")
    works = ("verify", "decrypt", "encrypt", "reencrypt", "rewrap", "sign")
    parser.add_argument("--work", choices=works, default=works[0], help="what the runs do")
    formats = ("parquet", "mbox", "eml", "maildir")
    parser.add_argument("--mail", choices=formats, default=formats[0], help="what they write")
    arguments = parser.parse_args()
    folder = with_shim("tests.faults.run_faults")
    started = time.monotonic()
    harness = Harness(
        folder,
        arguments.messages,
        arguments.unit,
        work=arguments.work,
        mail_format=arguments.mail,
    )
    ended: Counter[str] = Counter()
    for jobs in arguments.jobs:
        harness.with_jobs(jobs)
        for what, runs in trials(harness, arguments.every, arguments.every_kill, arguments.random):
            try:
                codes = harness.trial(runs)
            except AssertionError as broken:
                said = ", then ".join(map(str, runs))
                print(
                    f"NOT KEPT: {broken}; {said} of {harness.calls}, {jobs} threads; "
                    f"see {harness.out}",
                    file=sys.stderr,
                )
                return 1
            ended[f"{jobs} threads, {what}: exit {codes}"] += 1
        harness.check_rows()
    found = {
        "calls": harness.calls,
        "trials": sum(ended.values()),
        "seconds": round(time.monotonic() - started),
        "ended": dict(sorted(ended.items())),
    }
    print(json.dumps(found, indent=2))
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
