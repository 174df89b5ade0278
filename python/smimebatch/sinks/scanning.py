"""Messages without their envelopes, handed to whoever looks into them, and to no disk.

A callable of Python's, or a command that reads them from its standard input, one after another:

    {"source": "a.mbox", "source_index": 0, "opened": true, "bytes": 1234}   a line of JSON
    1234 bytes, and a line feed

A command is run once for each unit, which is committed when it has ended well. So after an
interrupt none is missed, and those of the unit that was interrupted come again.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from smimebatch.batch import VerifiedBatch, as_table
from smimebatch.envelopes import Envelopes
from smimebatch.errors import OptionError, StoppedError
from smimebatch.job.units import UnitEnd

OPTION = "--scan"
COLUMNS = ("source", "source_index", "opened", "raw")


@dataclass(frozen=True, slots=True)
class ScannedMessage:
    """A message without its envelope, if that opened, and where it came from."""

    source: str | None
    source_index: int | None
    opened: bool
    """Whether an envelope is gone."""
    raw: bytes


Scan = Callable[[ScannedMessage], None]


class ScanSink:
    """Hands on every message that is held."""

    def __init__(self, scan: Scan) -> None:
        self._scan = scan

    def write(self, batch: VerifiedBatch) -> None:
        """Hand on the messages of a batch."""
        for row in as_table(batch.mail).select(COLUMNS).to_pylist():
            if row["raw"] is not None:
                self._scan(ScannedMessage(**row))

    def end_unit(self, ended: UnitEnd) -> None:
        """Let a command read to its end what a unit has, before the unit is committed."""
        if ended.is_own and isinstance(self._scan, ScanCommand):
            self._scan.finish()

    def write_error(self, error: Any) -> None:
        """Places that could not be read hold no message."""

    def write_remark(self, remark: Any) -> None:
        """Remarks are about no message."""


def scanned_by(envelopes: Envelopes | None) -> tuple[list[ScanSink], Callable[[], None]]:
    """Return the sink of a run whose messages are looked into, and what ends that."""
    if envelopes is None or envelopes.scan is None:
        return [], lambda: None
    end = envelopes.scan.finish if isinstance(envelopes.scan, ScanCommand) else lambda: None
    return [ScanSink(envelopes.scan)], end


class ScanCommand:
    """A command that reads messages; no shell runs it, and it inherits no descriptor but three.

    What it prints goes to stderr.
    """

    def __init__(self, command: str) -> None:
        self._words = shlex.split(command)
        if not self._words:
            raise OptionError(OPTION, expected="a command", found="nothing")
        self._process: subprocess.Popen[bytes] | None = None

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            try:
                self._process = subprocess.Popen(  # noqa: S603 - what the operator asked for
                    self._words, stdin=subprocess.PIPE, stdout=sys.stderr, close_fds=True
                )
            except OSError as error:
                raise OptionError(
                    OPTION, expected="a command that can be run", found=str(error.strerror)
                ) from error
        return self._process

    def __call__(self, message: ScannedMessage) -> None:
        """Write a message to the command."""
        pipe = self._started().stdin
        if pipe is None:
            raise AssertionError("a command without standard input")
        facts = {
            "source": message.source,
            "source_index": message.source_index,
            "opened": message.opened,
            "bytes": len(message.raw),
        }
        try:
            pipe.write(json.dumps(facts).encode() + b"\n")
            pipe.write(message.raw)
            pipe.write(b"\n")
        except BrokenPipeError:
            self.finish()
            raise stopped("the end of its input before all messages were read") from None

    def finish(self) -> None:
        """Let the command end; StoppedError if it says that something went wrong."""
        if self._process is None:
            return
        was_read = True
        try:
            if self._process.stdin is not None:
                self._process.stdin.close()
        except BrokenPipeError:
            was_read = False
        code = self._process.wait()
        self._process = None
        if not was_read and code == 0:
            raise stopped("one that ended before it had read all")
        if code != 0:
            raise stopped(f"exit code {code}")


def stopped(found: str) -> StoppedError:
    """Say that a scanner did not do its work."""
    return StoppedError(
        OPTION,
        expected="a command that reads all of its input and ends with 0",
        found=found,
        remedy="mend it, and run the same command again",
    )
