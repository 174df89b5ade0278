"""An earlier run as proof of existence of its messages (--vouch run:OUT).

One time-stamp over its checkpoint is one over every message of it: the checkpoint holds the root of
the ledger, the ledger the hash of every commit, a commit that of every file, and the files of
`messages` the SHA-256 of each message as it was stored. All of that is audited, and the hashes are
taken from the very bytes that were compared with the commit. Whether the time-stamp is believed is
for the core (`batch.new_engine`), which takes the hashes and looks messages up.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from smimebatch.errors import DamagedRunError, OptionError
from smimebatch.job import disk
from smimebatch.job.checkpoint import Checkpoint
from smimebatch.job.ledger import parsed
from smimebatch.job.output import MANIFEST_FILE, ROOM, TIME_STAMP_FILE
from smimebatch.schema import dataset_schema

MESSAGES = "messages"
HASH, KIND, LIMITS = NEEDED = ("message_sha256", "kind", "limits_hit")
HASH_BYTES = 32
AS_OURS = "Parquet with columns as ours and a SHA-256 of each message"
WITHOUT_CMS = "plain"
"""What most mail is."""


@dataclass(frozen=True, slots=True)
class EarlierRun:
    """A finished run, by what is time-stamped of it."""

    path: str
    checkpoint: Checkpoint
    token: bytes

    @classmethod
    def read(cls, path: str) -> EarlierRun:
        """Read checkpoint and time-stamp; OptionError where they are not there."""
        subject = f"--vouch run:{path}"
        room = os.path.join(os.path.expanduser(path), ROOM)
        try:
            manifest = disk.content_of(os.path.join(room, MANIFEST_FILE))
            token = disk.content_of(os.path.join(room, TIME_STAMP_FILE), disk.MAX_TOKEN_BYTES)
        except OSError as error:
            raise OptionError(
                subject,
                expected="the directory of a finished run with a time-stamp",
                found=f"{error.filename or room}: {error.strerror}",
                remedy="put back what was there",
            ) from error
        note = parsed(manifest or b"").get("checkpoint")
        checkpoint = Checkpoint.parse(note) if isinstance(note, str) else None
        if checkpoint is None:
            raise OptionError(
                subject,
                expected="the directory of a finished run",
                found=f"no {ROOM}/{MANIFEST_FILE} with a checkpoint",
            )
        if token is None:
            raise OptionError(
                subject,
                expected="a run with a time-stamp",
                found=f"no {ROOM}/{TIME_STAMP_FILE}",
                remedy=f"get one with smimebatch audit stamp {path}",
            )
        return cls(path, checkpoint, token)

    @property
    def word(self) -> str:
        """What it is known by, wherever it lies: the hash of checkpoint and time-stamp."""
        return "run:" + hashlib.sha256(self.checkpoint.text.encode() + self.token).hexdigest()

    @property
    def record(self) -> dict[str, str]:
        """What a later run keeps of it: enough to ask for it, and to check the time-stamp again."""
        token = base64.b64encode(self.token).decode()
        return {"known_as": self.word, "checkpoint": self.checkpoint.text, "time_stamp": token}

    def refuse_as_output(self, output: str) -> None:
        """Never let a result take the place of the run that proves it."""
        if os.path.realpath(output) == os.path.realpath(os.path.expanduser(self.path)):
            raise OptionError(
                f"--output {output}",
                expected="another directory than that of an earlier run that is vouched for",
                found=f"--vouch run:{self.path}",
                remedy="choose another directory; the earlier run is needed as long as the proof",
            )

    def message_hashes(self) -> Iterator[bytes]:
        """Give the hashes of all messages, one after another, a piece for each unit.

        DamagedRunError where anything in the directory is not as its records say.
        """
        # The audit needs what this is imported by.
        from smimebatch.job.audit import Audit

        out = os.path.expanduser(self.path)
        audited = Audit(out).run()
        for finding in audited.findings:
            raise DamagedRunError(
                f"--vouch run:{self.path}, {finding.place}",
                expected=finding.expected,
                found=finding.found,
                remedy="put back what was there; a run that was changed proves nothing",
            )
        if Checkpoint.parse(audited.checkpoint) != self.checkpoint:
            raise DamagedRunError(
                f"--vouch run:{self.path}", expected=self.checkpoint.text, found="another run"
            )
        for commit in audited.commits.values():
            for file in commit.files:
                if file.dataset == MESSAGES:
                    yield hashes_in(os.path.join(out, file.path), file.sha256)


def hashes_in(path: str, sha256: str) -> bytes:
    """Return the hashes of the messages in a file, which must still be the one of its commit."""
    content = disk.content_of(path) or b""
    found = disk.sha256_hex(content)
    if found != sha256:
        raise DamagedRunError(path, expected=f"SHA-256 {sha256}", found=f"SHA-256 {found}")
    try:
        hashes = read_hashes(pa.BufferReader(content))
    except ValueError as error:
        remedy = "choose another run"
        raise DamagedRunError(path, expected=AS_OURS, found=str(error), remedy=remedy) from error
    return b"".join(map(octets_of, hashes.chunks))


def fault_of(path: str) -> str:
    """Say what is not as ours in a file of `messages`; empty: nothing."""
    try:
        read_hashes(path)
    except ValueError as error:
        return str(error)
    return ""


def read_hashes(source: Any) -> Any:
    """Return the hashes that a file of `messages` has; ValueError where it is none of ours."""
    try:
        schema = pq.read_schema(source)
        if unlike := unlike_ours(schema):
            raise ValueError(unlike)
        rows = pq.read_table(source, columns=list(NEEDED), partitioning=None)
        return wanted_of(rows)[HASH].cast(pa.binary(HASH_BYTES))
    except (pa.ArrowException, OSError) as error:
        raise ValueError(str(error)) from error


def wanted_of(rows: Any) -> Any:
    """Return the rows of messages that may have a signature whose age could be asked for.

    Not all parts of a message that hit a limit were looked at. One without bytes has no hash.
    """
    is_looked_at = pc.equal(pc.fill_null(pc.list_value_length(rows[LIMITS]), 0), 0)
    is_plain = pc.fill_null(pc.equal(rows[KIND], WITHOUT_CMS), False)
    without = pc.and_(is_plain, is_looked_at)
    return rows.filter(pc.and_(pc.invert(without), pc.is_valid(rows[HASH])))


def unlike_ours(schema: Any) -> str:
    """Say which column of `messages` that is needed is not as we write it; empty: none."""
    for name in NEEDED:
        expected = dataset_schema(MESSAGES).field(name).type
        indexes = schema.get_all_field_indices(name)
        found = schema.field(indexes[0]).type if len(indexes) == 1 else None
        if found != expected:
            return f"{name} of {found}, not of {expected}" if indexes else f"no {name}"
    return ""


def octets_of(hashes: Any) -> bytes:
    """Return the values of an array of fixed width, which has no nulls, one after another."""
    first, end = hashes.offset * HASH_BYTES, (hashes.offset + len(hashes)) * HASH_BYTES
    return b"" if not len(hashes) else bytes(memoryview(hashes.buffers()[1])[first:end])
