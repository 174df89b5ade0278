"""What a run is given that encrypts, beside the options of verifying: recipients and algorithms."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from smimebatch import _native
from smimebatch.errors import OptionError
from smimebatch.recipients import Recipients
from smimebatch.schema import codes_of

ENCRYPT = "encrypt"
REENCRYPT = "reencrypt"
DEFAULT_CONTENT = "aes256-gcm"
DEFAULT_TRANSPORT = "oaep"
PROOF_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Sealing:
    """Which messages get a new envelope, for whom, and how."""

    job: str
    """`encrypt` or `reencrypt`."""
    recipients: Recipients
    content: str = DEFAULT_CONTENT
    transport: str = DEFAULT_TRANSPORT

    @classmethod
    def given(cls, job: str, recipients: Recipients, content: str, transport: str) -> Sealing:
        """Return it, if the algorithms are some; OptionError otherwise."""
        given = {
            "--content": ("content_choice", content),
            "--key-transport": ("transport_choice", transport),
        }
        for option, (vocabulary, word) in given.items():
            known = codes_of(vocabulary)
            if word not in known:
                raise OptionError(option, expected="one of " + ", ".join(known), found=repr(word))
        return cls(job, recipients, content, transport)

    def sealer(self, now: datetime, weak_keys: _native.WeakKeys) -> _native.Sealer:
        """Make the core's part; ValueError for a word that is none."""
        given = self.recipients
        return _native.Sealer(
            list(given.certificates),
            job=self.job,
            now_unix_s=int(now.timestamp()),
            weak_keys=weak_keys,
            always=list(given.always),
            by_address=None if given.by_address is None else list(given.by_address),
            content=self.content,
            transport=self.transport,
        )

    @property
    def fingerprint(self) -> str:
        """Equal for equal runs."""
        parts = (self.job, self.recipients.fingerprint, self.content, self.transport)
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    @property
    def record(self) -> dict[str, Any]:
        """What run.json says."""
        given = self.recipients
        hashes = [hashlib.sha256(der).hexdigest() for der in given.certificates]
        return {
            "fingerprint": self.fingerprint,
            "content": self.content,
            "key_transport": self.transport,
            "for_all": [hashes[position] for position in given.always],
            "by_address": None if given.by_address is None else len(given.by_address),
            "certificates": hashes,
        }


def kept_proof_key(path: str) -> bytes:
    """Return the key under which plaintexts of a run are compared, made when first asked for."""
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        with open(path, "rb") as file:
            return file.read()
    with os.fdopen(descriptor, "wb") as file:
        key = os.urandom(PROOF_KEY_BYTES)
        file.write(key)
        return key
