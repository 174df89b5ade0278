"""Time-stamps over finished runs: asked for, looked at, and kept beside the manifest.

What is stamped is the text of the checkpoint, three lines with their ends, which is also what
--sign-with signs (C2SP tlog-checkpoint). The query has no nonce: a token over these octets shows
the same whenever it was given, and the query is the same whoever makes it.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from dataclasses import dataclass
from datetime import datetime, timedelta

from smimebatch import _native
from smimebatch.errors import InputError, StoppedError
from smimebatch.job import disk
from smimebatch.job.checkpoint import Checkpoint
from smimebatch.job.ledger import parsed
from smimebatch.job.output import MANIFEST_FILE, ROOM, TIME_STAMP_FILE, RunDirectory
from smimebatch.options import EPOCH
from smimebatch.report.text import harmless
from smimebatch.schema import codes_of, sentence

QUERY_HEAD = bytes.fromhex("30390201013031300d060960864801650304020105000420")
"""TimeStampReq (RFC 3161 §2.4.1) up to the hash: version 1, SHA-256 with NULL."""
QUERY_TAIL = bytes.fromhex("0101ff")
"""certReq: the authority's certificate shall come with the token."""
DOUBTS = ("chain_result", "crypto_result", "reason")
"""Vocabularies of what may speak against a token."""


@dataclass(frozen=True, slots=True)
class TimeStamp:
    """A token over a checkpoint whose signature and imprint are right."""

    token: bytes
    authority: str
    generated: datetime
    latest: datetime
    doubt: str | None
    """The code of why it is not believed, if it is not."""

    @classmethod
    def judge(cls, engine: _native.Engine, answer: bytes, checkpoint: Checkpoint) -> TimeStamp:
        """Judge an answer or a token; ValueError where it is none over this checkpoint."""
        token, authority, generated_us, latest_us, doubt = engine.judge_time_stamp(
            answer, checkpoint.text.encode()
        )
        return cls(token, authority, instant(generated_us), instant(latest_us), doubt)

    def said(self) -> str:
        """Say when and by whom, on one line."""
        return f"time-stamped {self.generated.isoformat()} by {harmless(self.authority)}"

    @property
    def doubted(self) -> str:
        """Say why it is not believed."""
        code = self.doubt or ""
        known = next((name for name in DOUBTS if code in codes_of(name)), None)
        return code if known is None else f"{code} ({sentence(known, code).rstrip('.')})"


def instant(unix_us: int) -> datetime:
    """Return the instant of microseconds since 1970."""
    return EPOCH + timedelta(microseconds=unix_us)


def query_over(checkpoint: Checkpoint) -> bytes:
    """Return what an authority is asked: a TimeStampReq in DER."""
    return QUERY_HEAD + hashlib.sha256(checkpoint.text.encode()).digest() + QUERY_TAIL


def finished_checkpoint(out: str) -> Checkpoint:
    """Return the checkpoint of a finished run; InputError where there is none."""
    content = disk.content_of(os.path.join(out, ROOM, MANIFEST_FILE))
    checkpoint = Checkpoint.parse(str(parsed(content or b"").get("checkpoint")))
    if checkpoint is None:
        raise InputError(
            out,
            expected="the directory of a finished run",
            found="none with a checkpoint",
            remedy="let the run finish",
        )
    return checkpoint


def answer_of(command: str, query: bytes, out: str) -> bytes:
    """Give a command the query on its standard input; return what it writes.

    It is the operator's own, run by the shell, and says what is wrong on standard error.
    """
    subject = f"--stamp-with {command}"
    remedy = f"the result is whole; run the same command again, or smimebatch audit stamp {out}"
    shell = ["/bin/sh", "-c", command]
    done = subprocess.run(shell, input=query, stdout=subprocess.PIPE, check=False)  # noqa: S603
    if done.returncode != 0 or not done.stdout:
        found = f"exit code {done.returncode} and {len(done.stdout)} bytes"
        expected = "exit code 0 and the authority's answer on standard output"
        raise StoppedError(subject, expected=expected, found=found, remedy=remedy)
    return done.stdout


def stamped(
    directory: RunDirectory, engine: _native.Engine, answer: bytes, subject: str
) -> TimeStamp:
    """Keep the token of an answer beside the manifest, if it is over this run's checkpoint."""
    checkpoint = finished_checkpoint(directory.path)
    try:
        stamp = TimeStamp.judge(engine, answer, checkpoint)
    except ValueError as error:
        remedy = f"the result is whole; try again with smimebatch audit stamp {directory.path}"
        raise StoppedError(f"{subject}: {error}", remedy=remedy) from error
    os.makedirs(directory.staging, exist_ok=True)
    staged = os.path.join(directory.staging, TIME_STAMP_FILE)
    disk.write_over(staged, stamp.token)
    disk.sync_file(staged)
    os.rename(staged, directory.in_room(TIME_STAMP_FILE))
    disk.sync_directory(directory.room)
    return stamp


def stamped_by(directory: RunDirectory, engine: _native.Engine, command: str) -> TimeStamp | None:
    """Get a finished run its time-stamp by a command; nothing where it has one."""
    if os.path.exists(directory.in_room(TIME_STAMP_FILE)):
        return None
    query = query_over(finished_checkpoint(directory.path))
    answer = answer_of(command, query, directory.path)
    return stamped(directory, engine, answer, f"--stamp-with {command}")
