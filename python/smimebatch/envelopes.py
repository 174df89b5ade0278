"""What a run does beside verifying: opens envelopes, makes new ones, signs, writes mail."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from smimebatch import _native
from smimebatch.keys import Vault
from smimebatch.sealing import Sealing
from smimebatch.signing import Signing

DECRYPT = "decrypt"
PARQUET = "parquet"
"""The format of mail that every run had before there were others."""
HASH_MAIL = "hash-mail"
"""Asks for the hash of every message, which the index of a plain format keeps; rows stay equal."""


@dataclass(frozen=True, slots=True)
class Envelopes:
    """Keys that open envelopes, recipients of new ones, and what of that is written."""

    vault: Vault | None = None
    inner_facts: bool = False
    """Whether digests and lengths of what lay inside are written (RULES 40)."""
    writes_mail: bool = False
    """Whether the messages are written, without their envelopes or in new ones."""
    mail_format: str | None = None
    """As what: `parquet`, `mbox`, `eml` or `maildir`; null until it is known: as the input."""
    scan: Callable[[Any], None] | None = None
    """Who is handed the messages in place of the disk."""
    sealing: Sealing | Signing | None = None
    """Who gets new envelopes, or who signs."""
    sealer: _native.Sealer | None = None
    """The core's part of that, made for the time of a run."""
    proof_key: bytes | None = field(default=None, repr=False)
    """The key under which plaintexts of a run are compared."""
    proves: bool = False
    """Whether the messages were written already, and are looked into."""

    @property
    def command(self) -> str:
        """What the command line calls the job."""
        return DECRYPT if self.sealing is None else self.sealing.job

    @property
    def texts(self) -> list[tuple[str, str]]:
        """The options as the core spells them."""
        wanted = {
            "inner-facts": self.inner_facts,
            "write-mail": self.writes_mail,
            HASH_MAIL: self.writes_mail and self.mail_format not in (None, PARQUET),
            "prove-mail": self.proves,
        }
        return [(name, "") for name, is_wanted in wanted.items() if is_wanted]

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the ids of the keys and what is written; equal for equal runs."""
        parts = [*self.key_ids, *(name for name, _ in self.texts if name != HASH_MAIL)]
        if self.scan is not None:
            parts.append("scan")
        if self.mail_format not in (None, PARQUET):
            parts.append(f"mail as {self.mail_format}")
        if self.sealing is not None:
            parts.append(self.sealing.fingerprint)
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    @property
    def key_ids(self) -> list[str]:
        """The ids of the keys."""
        if self.vault is None:
            return []
        return [*(key.id for key in self.vault.keys), *self.vault.shared.ids]

    @property
    def record(self) -> dict[str, Any]:
        """What run.json says: nothing of a key but what is public."""
        return {
            "fingerprint": self.fingerprint,
            "keys": self.key_ids,
            "problems": [] if self.vault is None else [str(it) for it in self.vault.problems],
            "skipped": 0 if self.vault is None else self.vault.skipped,
            "inner_facts": self.inner_facts,
            "scanned": self.scan is not None,
            "mail_format": self.mail_format,
        }

    @property
    def proof(self) -> Envelopes:
        """What reads new envelopes again, to compare."""
        return replace(self, inner_facts=False, proves=True)
