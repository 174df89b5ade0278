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

from smimebatch.errors import DamagedRunError, OptionError
from smimebatch.job import disk
from smimebatch.job.audit import Audit
from smimebatch.job.checkpoint import Checkpoint
from smimebatch.job.ledger import parsed
from smimebatch.job.message_hashes import MESSAGES, hashes_in
from smimebatch.job.output import MANIFEST_FILE, ROOM, TIME_STAMP_FILE


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
