"""Time-stamps over finished runs: asked for, looked at, and kept beside the manifest.

What is stamped is the text of the checkpoint, three lines with their ends, which is also what
--sign-with signs (C2SP tlog-checkpoint). The query has no nonce: a token over these octets shows
the same whenever it was given, and the query is the same whoever makes it.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from smimebatch import _native
from smimebatch.errors import InputError, OptionError, StoppedError
from smimebatch.instants import EPOCH
from smimebatch.job import disk
from smimebatch.job.checkpoint import Checkpoint
from smimebatch.job.earlier import EarlierRun
from smimebatch.job.ledger import parsed
from smimebatch.job.output import MANIFEST_FILE, ROOM, TIME_STAMP_FILE, RunDirectory
from smimebatch.report.text import harmless
from smimebatch.schema import codes_of, sentence

QUERY_HEAD = bytes.fromhex("30390201013031300d060960864801650304020105000420")
"""TimeStampReq (RFC 3161 §2.4.1) up to the hash: version 1, SHA-256 with NULL."""
QUERY_TAIL = bytes.fromhex("0101ff")
"""certReq: the authority's certificate shall come with the token."""
DOUBTS = ("chain_result", "crypto_result", "reason")
"""Vocabularies of what may speak against a token."""
IN_FUTURE, WEAK = "time_in_future", "weak_algorithm"
OWN_SENTENCES = {
    IN_FUTURE: "its authority says a time that has not come yet",
    WEAK: "an algorithm of the time-stamp, of its authority's certificates or of the run's hashes "
    "is too weak by now",
}
"""Of doubts that no row has, or has in other words."""
CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far an authority's clock may be ahead of this one (RFC 4120 §8.2 has the same figure)."""


@dataclass(frozen=True, slots=True)
class Judge:
    """What says whether a time-stamp is believed."""

    engine: _native.Engine
    now: Callable[[], datetime]
    """The time of judging, no earlier than the authority was asked."""
    has_anchors: bool
    """Whether --tsa-trust names any authority; else nobody is believed, and that says nothing."""


@dataclass(frozen=True, slots=True)
class TimeStamp:
    """A token over a checkpoint whose signature and imprint are right."""

    token: bytes
    authority: str
    generated: datetime
    latest: datetime
    doubt: str | None
    """The code of why it is not believed, if it is not."""
    is_judged: bool
    """Whether there was anybody to believe."""

    @classmethod
    def judge(cls, judge: Judge, answer: bytes, checkpoint: Checkpoint) -> TimeStamp:
        """Judge an answer or a token; ValueError where it is none over this checkpoint."""
        token, authority, generated_us, latest_us, doubt = judge.engine.judge_time_stamp(
            answer, checkpoint.text.encode()
        )
        generated, latest = instant(generated_us), instant(latest_us)
        if doubt is None and generated > judge.now() + CLOCK_TOLERANCE:
            doubt = IN_FUTURE
        return cls(token, authority, generated, latest, doubt, judge.has_anchors)

    def said(self) -> str:
        """Say when and by whom, and whether that is believed, on one line."""
        belief = "not judged: --tsa-trust names no authority"
        if self.is_judged:
            belief = f"not believed: {self.doubted}" if self.doubt else "believed"
        told = f"time-stamped {self.generated.isoformat()} by {harmless(self.authority)}"
        return f"{told}, {belief}"

    @property
    def is_doubted(self) -> bool:
        """Whether it is not believed, though authorities were named."""
        return self.is_judged and self.doubt is not None

    @property
    def doubted(self) -> str:
        """Say why it is not believed."""
        code = self.doubt or ""
        known = next((name for name in DOUBTS if code in codes_of(name)), None)
        told = OWN_SENTENCES.get(code) or (known and sentence(known, code).rstrip("."))
        return f"{code} ({told})" if told else code


def instant(unix_us: int) -> datetime:
    """Return the instant of microseconds since 1970; ValueError before or after our years."""
    try:
        return EPOCH + timedelta(microseconds=unix_us)
    except OverflowError as error:
        raise ValueError(
            "the time-stamp: expected a time of the years 1 to 9999, found another"
        ) from error


def query_over(checkpoint: Checkpoint) -> bytes:
    """Return what an authority is asked: a TimeStampReq in DER."""
    return QUERY_HEAD + hashlib.sha256(checkpoint.text.encode()).digest() + QUERY_TAIL


def finished_checkpoint(out: str) -> Checkpoint:
    """Return the checkpoint of a finished run; InputError where there is none."""
    place = os.path.join(out, ROOM, MANIFEST_FILE)
    try:
        content = disk.content_of(place)
    except OSError as error:
        raise InputError(place, expected="a manifest", found=str(error.strerror)) from error
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

    It is the operator's own, run by the shell, and says what is wrong on standard error. More than
    a token ever takes is no answer, and is not waited for.
    """
    subject = f"--stamp-with {command}"
    remedy = f"the result is whole; run the same command again, or smimebatch audit stamp {out}"
    shell = ["/bin/sh", "-c", command]
    pipe = subprocess.PIPE
    with subprocess.Popen(shell, stdin=pipe, stdout=pipe) as asked:  # noqa: S603
        if asked.stdin is None or asked.stdout is None:
            raise AssertionError("a command without pipes")
        with suppress(BrokenPipeError), asked.stdin as to:
            to.write(query)
        answer = asked.stdout.read(disk.MAX_TOKEN_BYTES + 1)
        if is_whole := len(answer) <= disk.MAX_TOKEN_BYTES:
            asked.wait()
        else:
            asked.kill()
    if not is_whole or asked.returncode != 0 or not answer:
        found = f"exit code {asked.returncode} and {len(answer):,} bytes"
        if not is_whole:
            found = f"more than {disk.MAX_TOKEN_BYTES:,} bytes"
        expected = "exit code 0 and the authority's answer on standard output"
        raise StoppedError(subject, expected=expected, found=found, remedy=remedy)
    return answer


def stamped(directory: RunDirectory, judge: Judge, answer: bytes, subject: str) -> TimeStamp:
    """Keep the token of an answer beside the manifest, if it is over this run's checkpoint."""
    checkpoint = finished_checkpoint(directory.path)
    try:
        stamp = TimeStamp.judge(judge, answer, checkpoint)
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


def stamped_by(directory: RunDirectory, judge: Judge, command: str) -> TimeStamp:
    """Get a finished run its time-stamp by a command, which is not asked where it has one."""
    if os.path.lexists(directory.in_room(TIME_STAMP_FILE)):
        return kept(directory, judge)
    query = query_over(finished_checkpoint(directory.path))
    answer = answer_of(command, query, directory.path)
    return stamped(directory, judge, answer, f"--stamp-with {command}")


def kept(directory: RunDirectory, judge: Judge) -> TimeStamp:
    """Judge the time-stamp that a run has; InputError where that is none over it."""
    place = directory.in_room(TIME_STAMP_FILE)
    try:
        token = disk.content_of(place, disk.MAX_TOKEN_BYTES) or b""
        return TimeStamp.judge(judge, token, finished_checkpoint(directory.path))
    except (OSError, ValueError) as error:
        expected = "a time-stamp over the checkpoint"
        remedy = "move it away, and run the same command again"
        raise InputError(place, expected=expected, found=str(error), remedy=remedy) from error


def check_runs(judge: Judge, runs: Iterable[EarlierRun]) -> None:
    """Refuse runs whose time-stamp is not believed, before their messages are read."""
    for run in runs:
        subject = f"--vouch run:{run.path}"
        try:
            stamp = TimeStamp.judge(judge, run.token, run.checkpoint)
        except ValueError as error:
            remedy = f"put back what was there, or see smimebatch audit verify {run.path}"
            raise OptionError(f"{subject}: {error}", remedy=remedy) from error
        if stamp.doubt is not None:
            raise OptionError(
                subject,
                expected="a time-stamp of an authority that holds under --tsa-trust",
                found=f"one by {harmless(stamp.authority)}: {stamp.doubted}",
                remedy="name the authority's root with --tsa-trust",
            )
