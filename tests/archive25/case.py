"""One message of the archive: what was made, as plain facts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pki

from archive25.house import Issued
from archive25.told import Published


@dataclass(frozen=True)
class Hop:
    """A Received field: which host wrote it, when."""

    host: str
    at: dt.datetime


@dataclass(frozen=True, eq=False)
class Stamp:
    """A time-stamp token over the signature; of kind `content`, over what is signed; of kind
    `archive`, over all of it (an archive time-stamp, version 3)."""

    service: Issued
    at: dt.datetime
    digest: str = "sha256"
    kind: str = "signature"
    flaw: str | None = None
    """Why it proves nothing to anybody: `other_signature`, `usage`, `untrusted`, `unnamed`."""


@dataclass(frozen=True, eq=False)
class Counter:
    """A countersignature: by whom, when by his own word, and time-stamps over it."""

    signer: Issued
    claimed: dt.datetime
    stamps: tuple[Stamp, ...] = ()
    digest: str = "sha256"


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """A message; `why` says what is to be seen in it."""

    name: str
    kind: str
    why: str
    signer: Issued
    digest: str
    signed_at: dt.datetime
    claimed: dt.datetime | None
    """signingTime."""
    date: dt.datetime
    received: tuple[Hop, ...] = ()
    """Topmost first."""
    from_line: dt.datetime
    """Without a zone, as mbox writes it."""
    stamps: tuple[Stamp, ...] = ()
    counters: tuple[Counter, ...] = ()
    column: dt.datetime | None = None
    """When it arrived, by the operator's own table."""
    names: bool = False
    """The signature names its certificate."""
    lists: tuple[Published, ...] = ()
    """Lists and responses, carried by the message."""
    beside: tuple[Issued, ...] = ()
    """Whose certificates the message carries besides those of the chains."""
    form: str = "clear"
    damage: str | None = None
    footer: bool = False
    carried: tuple[Issued, ...] | None = None
    """Certificates in the message, where they are not the signer's chain."""
    trust: str = "ok"
    """Reason why there is no chain whatever the time."""
    crypto: str = "ok"
    sender: str | None = None
    """The From address, where it is not the signer's."""
    altered: bool = False
    """The text was changed after it was signed."""
    key: pki.Key | None = None
    """Signs instead of the signer's."""
    nested_hop: Hop | None = None
    """A Received field of a message inside the message."""
    forged: bool = False
    deceives: frozenset[str] = frozenset()
    """Settings that believe the forger (`claimed`, `date`, `mbox-from`, `date-header`) or do not
    look (`off`, `no-crls`, `if-available`)."""
