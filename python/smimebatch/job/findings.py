"""What an audit found: places that are not as the rest of a run directory says."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from smimebatch.job.commits import Commit
from smimebatch.job.ledger import Record

SHORT_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Finding:
    """One place that is not as the rest says."""

    place: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.place}: expected {self.expected}; found {self.found}"


@dataclass(slots=True)
class Audited:
    """What an audit came to."""

    findings: list[Finding] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    commits: dict[str, Commit] = field(default_factory=dict)
    """By name, in the order of the ledger."""
    manifest: dict[str, Any] | None = None
    files: int = 0
    rows: int = 0

    def say(self, place: str, expected: str, found: str) -> None:
        """Add a finding."""
        self.findings.append(Finding(place, expected, found))

    @property
    def checkpoint(self) -> str:
        """The checkpoint of the manifest, signed or not; empty where there is none."""
        found = (self.manifest or {}).get("checkpoint")
        return found if isinstance(found, str) else ""


def short(value: Any) -> str:
    """Return a value for a message, not all of a long one."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHORT_CHARACTERS else f"{text[:SHORT_CHARACTERS]}…"
