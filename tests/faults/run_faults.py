"""Kills and faults at every call by which a run changes its directory; see README.md.

    python -m tests.faults.run_faults [--messages N] [--unit N] [--every N] [--random N]

Builds the shim, makes an archive of the fixture mails, verifies it once undisturbed, then once for
every call and kind of fault, each followed by the same command again. Exits with 1 at the first
promise that is not kept, and leaves the directory for a look.
"""

from __future__ import annotations

import argparse
import ctypes
import datetime as dt
import errno
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from tests.faults import check

HERE = pathlib.Path(__file__).parent
MAILS = HERE.parent / "data" / "mail"
FROM_LINE = b"From a@example.org Mon Jan  1 00:00:00 2024\n"
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
KILL_BEFORE, KILL_AFTER, KILL_WITHIN, FAIL, SHORT = range(5)
STOPPED, REFUSED, BUG = 5, 2, 99
SHIM_VARIABLE = "FAULTS_SHIM"


class Fault(NamedTuple):
    """What happens at a call."""

    name: str
    kind: int
    error: int = 0


FAULTS = (
    Fault("kill before", KILL_BEFORE),
    Fault("kill within", KILL_WITHIN),
    Fault("disk full", FAIL, errno.ENOSPC),
    Fault("input/output error", FAIL, errno.EIO),
    Fault("interrupted call", FAIL, errno.EINTR),
    Fault("short write", SHORT),
)


def build_shim(folder: pathlib.Path) -> pathlib.Path:
    """Compile the shim."""
    shim = folder / "shim.so"
    command = ["cc", "-O1", "-shared", "-fPIC", "-o", str(shim), str(HERE / "shim.c"), "-ldl"]
    subprocess.run(command, check=True)
    return shim


def archive_of(folder: pathlib.Path, messages: int) -> list[pathlib.Path]:
    """Make two mboxes of the fixture mails, as often as it takes."""
    mails = [path.read_bytes().rstrip(b"\n") for path in sorted(MAILS.glob("*.eml"))]
    mails = [mail for mail in mails if b"\nFrom " not in mail and b"\r" not in mail]
    chosen = [mails[number % len(mails)] for number in range(messages)]
    halves = {"a.mbox": chosen[: messages // 2], "b.mbox": chosen[messages // 2 :]}
    for name, half in halves.items():
        (folder / name).write_bytes(b"".join(FROM_LINE + mail + b"\n\n" for mail in half))
    return [folder / name for name in halves]


class Harness:
    """One archive, its reference run, and trials."""

    def __init__(self, folder: pathlib.Path, messages: int, unit: int) -> None:
        from smimebatch import Trust
        from smimebatch.api import verify_archive
        from smimebatch.errors import SmimeBatchError
        from smimebatch.options import VerifyOptions

        self._verify, self._expected_error = verify_archive, SmimeBatchError
        self._trust = Trust.load(str(MAILS / "root.pem"))
        self._options = VerifyOptions(now=NOW, jobs=1, unit_messages=unit, batch_bytes=1 << 18)
        self.shim = ctypes.CDLL(os.environ[SHIM_VARIABLE])
        self.shim.faults_count.restype = ctypes.c_long
        (folder / "in").mkdir()
        self.inputs = archive_of(folder / "in", messages)
        self.out, self.reference = folder / "out", folder / "reference"
        assert self.run(self.reference, 0, FAULTS[0]) == 0
        self.calls = int((folder / "calls").read_text())

    def run(self, out: pathlib.Path, at: int, fault: Fault, pause_s: float | None = None) -> int:
        """Run the job in a child; its exit code, negative for a signal."""
        child = os.fork()
        if child == 0:
            os._exit(self._child(out, at, fault))
        if pause_s is not None:
            time.sleep(pause_s)
            os.kill(child, signal.SIGKILL)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def _child(self, out: pathlib.Path, at: int, fault: Fault) -> int:
        where = os.fsencode(str(out))
        self.shim.faults_arm(where, ctypes.c_long(at), fault.kind, fault.error)
        try:
            self._verify([out.parent / "in"], self._trust, self._options, output=out)
        except self._expected_error as error:
            return error.exit_code
        except BaseException:
            traceback.print_exc()
            return BUG
        (out.parent / "calls").write_text(str(self.shim.faults_count()))
        return 0

    def trial(self, at: int, fault: Fault, pause_s: float | None = None) -> str:
        """Disturb a run, let it go on, and check what is there after both; what it ended with."""
        shutil.rmtree(self.out, ignore_errors=True)
        code = self.run(self.out, at, fault, pause_s)
        assert code in (0, STOPPED, REFUSED, -signal.SIGKILL), f"exit code {code}"
        if fault.kind == SHORT:
            assert code == 0, f"exit code {code} for what is no fault"
        check.check_visible(self.out)
        before = {name: path.stat().st_ino for name, path in check.visible(self.out).items()}
        code_after = self.run(self.out, 0, FAULTS[0])
        assert code_after == 0, f"exit code {code_after} of the next run"
        check.check_finished(self.out, self.reference)
        after = {name: path.stat().st_ino for name, path in check.visible(self.out).items()}
        assert before.items() <= after.items(), "a unit that was committed was done again"
        return str(code)

    def check_rows(self) -> None:
        """Let the checker, which has none of our code, look at the last directory."""
        command = [sys.executable, str(HERE / "check.py"), str(self.out), str(self.reference)]
        environment = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
        subprocess.run([*command, *map(str, self.inputs)], check=True, env=environment)


def trials(
    harness: Harness, every: int, every_kill: int, random_kills: int
) -> Iterator[tuple[int, Fault, float]]:
    """Calls with faults, from the first on, then kills at any time."""
    for number, fault in enumerate(FAULTS):
        step = every_kill if fault.kind == KILL_BEFORE else every
        for at in range(1 + number % step, harness.calls + 1, step):
            yield at, fault, 0.0
    started = time.monotonic()
    shutil.rmtree(harness.out, ignore_errors=True)
    harness.run(harness.out, 0, FAULTS[0])
    length_s = time.monotonic() - started
    chance = random.Random(7)
    for _ in range(random_kills):
        yield 0, FAULTS[0], chance.uniform(0.0, length_s) or 0.001


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--unit", type=int, default=500)
    parser.add_argument("--every", type=int, default=5, help="calls from one fault to the next")
    parser.add_argument("--every-kill", type=int, default=1, help="the same of kills")
    parser.add_argument("--random", type=int, default=200, help="kills at any time")
    arguments = parser.parse_args()
    # Memory, where it can be had: what a kill leaves is the same, and nothing waits for a disk.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    if SHIM_VARIABLE not in os.environ:
        shim = str(build_shim(pathlib.Path(tempfile.mkdtemp(prefix="faults-", dir=memory))))
        os.environ |= {SHIM_VARIABLE: shim, "LD_PRELOAD": shim}
        os.execv(sys.executable, [sys.executable, "-m", "tests.faults.run_faults", *sys.argv[1:]])
    folder = pathlib.Path(os.environ[SHIM_VARIABLE]).parent
    harness = Harness(folder, arguments.messages, arguments.unit)
    ended: Counter[str] = Counter()
    for at, fault, pause_s in trials(
        harness, arguments.every, arguments.every_kill, arguments.random
    ):
        what = "kill at any time" if pause_s else fault.name
        try:
            code = harness.trial(at, fault, pause_s or None)
        except AssertionError as broken:
            place = f"after {pause_s:.4f} s" if pause_s else f"at call {at} of {harness.calls}"
            print(f"NOT KEPT: {broken}; {what} {place}; see {harness.out}", file=sys.stderr)
            return 1
        ended[f"{what}: exit {code}"] += 1
    harness.check_rows()
    found = {"calls": harness.calls, "trials": sum(ended.values()), "ended": dict(ended)}
    print(json.dumps(found, indent=2))
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
