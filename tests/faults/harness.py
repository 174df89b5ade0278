"""One archive, an undisturbed run over it, and the same run disturbed in a child.

The program is loaded once and forked for every run; `check` looks at what is left, without any of
our code, and `smimebatch audit verify` has a look too.
"""

from __future__ import annotations

import ctypes
import datetime as dt
import errno
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
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
KILL = FAULTS[0]


class Disturbed(NamedTuple):
    """One run, and what happens to it."""

    at: int = 0
    """The call; 0: none."""
    fault: Fault = KILL
    pause_s: float | None = None
    """A kill from outside after this time."""

    def __str__(self) -> str:
        if self.pause_s is not None:
            return f"kill after {self.pause_s:.4f} s"
        return f"{self.fault.name} at call {self.at}"


UNDISTURBED = Disturbed()


def build_shim(folder: pathlib.Path) -> pathlib.Path:
    """Compile the shim."""
    shim = folder / "shim.so"
    command = ["cc", "-O1", "-shared", "-fPIC", "-o", str(shim), str(HERE / "shim.c"), "-ldl"]
    subprocess.run([*command, "-lpthread"], check=True)
    return shim


def with_shim(module: str) -> pathlib.Path:
    """Start this program again with the shim loaded; return its folder, which is to be removed."""
    if SHIM_VARIABLE not in os.environ:
        # Memory, where it can be had: what a kill leaves is the same, and nothing waits for a disk.
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        shim = str(build_shim(pathlib.Path(tempfile.mkdtemp(prefix="faults-", dir=memory))))
        os.environ |= {SHIM_VARIABLE: shim, "LD_PRELOAD": shim}
        os.execv(sys.executable, [sys.executable, "-m", module, *sys.argv[1:]])
    return pathlib.Path(os.environ[SHIM_VARIABLE]).parent


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
    """One archive, its reference run, and runs that are disturbed."""

    def __init__(
        self,
        folder: pathlib.Path,
        messages: int,
        unit: int,
        shard: str = "0/1",
        work: str = "verify",
        mail_format: str = "parquet",
    ) -> None:
        from smimebatch import Trust
        from smimebatch.api import verify_archive
        from smimebatch.errors import SmimeBatchError
        from smimebatch.job.audit import Audit
        from smimebatch.job.shard import Shard
        from smimebatch.options import VerifyOptions

        self._verify, self._expected_error, self._audit = verify_archive, SmimeBatchError, Audit
        self._trust = Trust.load(str(MAILS / "root.pem"))
        self._options = VerifyOptions(
            now=NOW,
            jobs=1,
            unit_messages=unit,
            batch_bytes=1 << 18,
            shard=Shard.parse(shard),
        )
        self.shim = ctypes.CDLL(os.environ[SHIM_VARIABLE])
        self.shim.faults_count.restype = ctypes.c_long
        self.folder = folder
        for name in ("in", "job", "undisturbed"):
            (folder / name).mkdir()
        self.inputs = archive_of(folder / "in", messages)
        self._envelopes = None
        if work != "verify":
            from tests.faults.envelopes import encrypted

            self._envelopes = encrypted(self.inputs, folder, work, mail_format)
        self.out, self.reference = folder / "job/out", folder / "undisturbed/out"
        started = time.monotonic()
        assert self.run(UNDISTURBED, out=self.reference) == 0
        self.length_s = time.monotonic() - started
        self.calls = int((folder / "calls").read_text())

    def with_jobs(self, jobs: int) -> None:
        """Let the next runs have so many threads."""
        from dataclasses import replace

        self._options = replace(self._options, jobs=jobs)

    def begin(self) -> None:
        """Leave nothing of the runs before."""
        shutil.rmtree(self.out.parent, ignore_errors=True)
        self.out.parent.mkdir()

    def run(
        self,
        disturbed: Disturbed,
        *,
        out: pathlib.Path | None = None,
        record: pathlib.Path | None = None,
        overwrite: bool = False,
    ) -> int:
        """Run the job in a child; its exit code, negative for a signal."""
        child = os.fork()
        if child == 0:
            os._exit(self._child(out or self.out, disturbed, record, overwrite=overwrite))
        if disturbed.pause_s is not None:
            time.sleep(disturbed.pause_s)
            os.kill(child, signal.SIGKILL)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def _child(
        self,
        out: pathlib.Path,
        disturbed: Disturbed,
        record: pathlib.Path | None,
        *,
        overwrite: bool,
    ) -> int:
        if record is not None:
            self.shim.faults_record(os.open(record, os.O_WRONLY | os.O_CREAT | os.O_APPEND))
        where, fault = os.fsencode(str(out.parent)), disturbed.fault
        self.shim.faults_arm(where, ctypes.c_long(disturbed.at), fault.kind, fault.error)
        try:
            archive = [self.folder / "in"]
            self._verify(
                archive,
                self._trust,
                self._options,
                output=out,
                overwrite=overwrite,
                envelopes=self._envelopes,
            )
        except self._expected_error as error:
            return error.exit_code
        except BaseException:
            traceback.print_exc()
            return BUG
        (self.folder / "calls").write_text(str(self.shim.faults_count()))
        return 0

    def trial(self, runs: Sequence[Disturbed]) -> str:
        """Disturb runs one after another and check what each leaves; what they ended with."""
        self.begin()
        codes, before = [], {}
        for disturbed in runs:
            codes.append(self.run(disturbed))
            assert codes[-1] in (0, STOPPED, REFUSED, -signal.SIGKILL), f"exit code {codes[-1]}"
            if disturbed.fault.kind == SHORT:
                assert codes[-1] == 0, f"exit code {codes[-1]} for what is no fault"
            check.check_visible(self.out)
            assert before.items() <= self.inodes().items(), "a unit was done again"
            before = self.inodes()
        self.finish(before)
        return ", then ".join(map(str, codes))

    def finish(self, before: dict[str, int] | None = None, *, overwrite: bool = False) -> None:
        """Let the run end, and check everything."""
        code = self.run(UNDISTURBED, overwrite=overwrite)
        assert code == 0, f"exit code {code} of the next run"
        check.check_finished(self.out, self.reference)
        assert (before or {}).items() <= self.inodes().items(), "a unit was done again"
        findings = self._audit(str(self.out)).run().findings
        assert not findings, f"audit verify: {findings[0]}"

    def inodes(self) -> dict[str, int]:
        """The files of all visible parts."""
        return {name: path.stat().st_ino for name, path in check.visible(self.out).items()}

    def check_rows(self) -> None:
        """Let the checker, which has none of our code, look at the last directory."""
        command = [sys.executable, str(HERE / "check.py"), str(self.out), str(self.reference)]
        environment = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
        subprocess.run([*command, *map(str, self.inputs)], check=True, env=environment)
