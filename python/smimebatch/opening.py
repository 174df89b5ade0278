"""What a decrypting run is given beside the options of verifying: keys, and what may be written."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from smimebatch.keys import Vault


@dataclass(frozen=True, slots=True)
class Opening:
    """Keys that open envelopes, and what of that is written."""

    vault: Vault
    inner_facts: bool = False
    """Whether digests and lengths of what lay inside are written (RULES 40)."""
    writes_mail: bool = False
    """Whether the messages are written without their envelopes."""

    @property
    def texts(self) -> list[tuple[str, str]]:
        """The options as the core spells them."""
        wanted = {"inner-facts": self.inner_facts, "write-opened": self.writes_mail}
        return [(name, "") for name, is_wanted in wanted.items() if is_wanted]

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the ids of the keys and what is written; equal for equal runs."""
        ids = [key.id for key in self.vault.keys]
        return hashlib.sha256(
            "\n".join([*ids, *(name for name, _ in self.texts)]).encode()
        ).hexdigest()

    @property
    def record(self) -> dict[str, Any]:
        """What run.json says: nothing of a key but what is public."""
        return {
            "fingerprint": self.fingerprint,
            "keys": [key.id for key in self.vault.keys],
            "problems": [str(problem) for problem in self.vault.problems],
            "skipped": self.vault.skipped,
            "inner_facts": self.inner_facts,
        }
