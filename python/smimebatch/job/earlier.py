"""An earlier run as proof of existence of its messages (--vouch run:OUT).

One time-stamp over its checkpoint is one over every message of it: the checkpoint holds the root of
the ledger, the ledger the hash of every commit, a commit that of every file, and the files of
`messages` the SHA-256 of each message as it was stored. All of that is audited, and the hashes are
taken from the very bytes that were compared with the commit. Whether the time-stamp is believed is
for the core (`batch.new_engine`), which takes the hashes and looks messages up.
"""

from __future__ import annotations

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

MESSAGES = "messages"
HASH, KIND = "message_sha256", "kind"
HASH_BYTES = 32
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
            token = disk.content_of(os.path.join(room, TIME_STAMP_FILE))
        except OSError as error:
            raise OptionError(
                subject, expected="the directory of a finished run", found=str(error.strerror)
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
        if not audited.checkpoint.startswith(self.checkpoint.text):
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
    rows = pq.read_table(pa.BufferReader(content), columns=[HASH, KIND])
    # A message without signature has none whose age could be asked for, one without bytes no hash.
    wanted = pc.and_(pc.not_equal(rows[KIND], WITHOUT_CMS), pc.is_valid(rows[HASH]))
    return b"".join(map(octets_of, rows.filter(wanted)[HASH].cast(pa.binary(HASH_BYTES)).chunks))


def octets_of(hashes: Any) -> bytes:
    """Return the values of an array of fixed width, which has no nulls, one after another."""
    first, end = hashes.offset * HASH_BYTES, (hashes.offset + len(hashes)) * HASH_BYTES
    return b"" if not len(hashes) else bytes(memoryview(hashes.buffers()[1])[first:end])
