"""What a run is given that encrypts, beside the options of verifying: recipients and algorithms."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from smimebatch import _native
from smimebatch.errors import OptionError
from smimebatch.keys.shared import AnyPassword, SharedSecrets
from smimebatch.options import Policy
from smimebatch.recipients import Named, Place, Recipients
from smimebatch.schema import codes_of
from smimebatch.trust import Trust
from smimebatch.weak_keys import load_blacklists

ENCRYPT = "encrypt"
REENCRYPT = "reencrypt"
REWRAP = "rewrap"
REFUSE = "refuse"
DEFAULT_CONTENT = "aes256-gcm"
DEFAULT_TRANSPORT = "oaep"


@dataclass(frozen=True, slots=True)
class Sealing:
    """Which messages get a new envelope, for whom, and how."""

    job: str
    """`encrypt`, `reencrypt` or `rewrap`."""
    recipients: Recipients
    content: str = DEFAULT_CONTENT
    transport: str = DEFAULT_TRANSPORT
    protects_header: bool = False
    """Whether the author's header fields go inside (RFC 9788)."""
    outer_signature: str = REFUSE
    """What becomes of a signature around an envelope."""
    shared: SharedSecrets = field(default_factory=SharedSecrets)
    """Secrets that readers have, too, and that every message is for."""

    def __post_init__(self) -> None:
        """Refuse words that are none."""
        given = {
            "--content": ("content_choice", self.content),
            "--key-transport": ("transport_choice", self.transport),
            "--outer-signature": ("outer_signature", self.outer_signature),
        }
        for option, (vocabulary, word) in given.items():
            known = codes_of(vocabulary)
            if word not in known:
                raise OptionError(option, expected="one of " + ", ".join(known), found=repr(word))

    @property
    def keeps_originals(self) -> bool:
        """Whether messages are kept as they were that lose a signature."""
        return self.outer_signature != REFUSE

    def sealer(self, weak_keys: _native.WeakKeys) -> _native.Sealer:
        """Make the core's part."""
        given = self.recipients
        return _native.Sealer(
            list(given.certificates),
            job=self.job,
            now_unix_s=int(given.checked_at.timestamp()),
            weak_keys=weak_keys,
            always=list(given.always),
            escrow=list(given.escrow),
            by_address=None if given.by_address is None else list(given.by_address),
            content=self.content,
            transport=self.transport,
            protects_header=self.protects_header,
            outer_signature=self.outer_signature,
            shared=self.shared.files,
        )

    @property
    def fingerprint(self) -> str:
        """Equal for equal runs."""
        parts = [self.job, self.recipients.fingerprint, self.content, self.transport]
        if self.protects_header:
            parts.append("header protection")
        if self.keeps_originals:
            parts.append(self.outer_signature)
        parts.extend(self.shared.ids)
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    @property
    def record(self) -> dict[str, Any]:
        """What run.json says."""
        given = self.recipients
        hashes = [hashlib.sha256(der).hexdigest() for der in given.certificates]
        certificates = [
            {"sha256": sha256, "subject": about.subject, "not_after": about.not_after.isoformat()}
            for sha256, about in zip(hashes, given.about, strict=True)
        ]
        return {
            "fingerprint": self.fingerprint,
            "content": self.content,
            "key_transport": self.transport,
            "header_protection": self.protects_header,
            "outer_signature": self.outer_signature,
            "for_all": [hashes[position] for position in (*given.always, *given.escrow)],
            "shared": list(self.shared.ids),
            "by_address": None if given.by_address is None else len(given.by_address),
            "certificates": certificates,
        }


@dataclass(frozen=True, slots=True)
class NewEnvelopes:
    """Whom new envelopes are for, and how they are made, as a caller gives it."""

    to: Sequence[Named] = ()
    recipients: Sequence[Place] = ()
    escrow: Sequence[Named] = ()
    secret_keys: Sequence[Place] = ()
    passwords: AnyPassword | Iterable[AnyPassword] = field(default=(), repr=False)
    content: str = DEFAULT_CONTENT
    transport: str = DEFAULT_TRANSPORT
    protects_header: bool = False
    outer_signature: str = REFUSE

    def sealing(
        self,
        job: str,
        trust: Trust | None,
        now: datetime,
        debian_weak_keys: str | None,
        policy: Policy | None = None,
    ) -> Sealing:
        """Load the certificates and check them, and the words."""
        shared = SharedSecrets.for_new_mail(self.secret_keys, self.passwords)
        loaded = Recipients.load(
            self.to,
            self.recipients,
            self.escrow,
            has_others=bool(shared),
            now=now,
            weak_keys=load_blacklists(debian_weak_keys).weak_keys(),
            trust=trust,
            policy=policy,
        )
        return Sealing(
            job,
            loaded,
            self.content,
            self.transport,
            self.protects_header,
            self.outer_signature,
            shared,
        )
